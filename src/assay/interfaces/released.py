"""What a released candidate scored in its audit, as what production is held against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.domain.errors import DataError
from assay.domain.watched import Segment
from assay.watch.reference import Reference

Figures = Mapping[tuple[str, Segment], Reference]
"""Metric and cohort -> figure of the candidate, in the metric's own direction, with the prompts that it comes from."""


def released(run: Path) -> Figures:
    """The candidate's figures of a run: of proportions and shares, of the whole and of each slice.

    Args:
        run: Folder of the run, or its verdict.json.

    Raises:
        DataError: There is no verdict, or it is of several candidates.
    """
    return {
        (one["metric"], _cohort(one)): Reference(mean=value, n=int(one["candidate"].get("n") or 0))
        for one in _verdict(run)["comparisons"]
        if one.get("kind") in ("proportion", "share") and (value := one["candidate"].get("value")) is not None
    }


def not_released(run: Path) -> str:
    """The decision of a run that let nobody out, as people read it; nothing where its candidate was released.

    Raises:
        DataError: As for `released`.
    """
    told = _verdict(run)
    word = str(told.get("decision", "unknown")).upper()
    if told.get("exit_code") == 0:
        return ""
    return word if word not in ("DEPLOY", "DEPLOY_MONITORED") else f"{word}, exploratory"


def _verdict(run: Path) -> dict[str, Any]:
    path = run / "verdict.json" if run.is_dir() else run
    try:
        told: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(
            f"{path}: no verdict to hold production against ({error.strerror}). Expected a run's folder"
        ) from error
    except ValueError as error:
        raise DataError(f"{path}: not a verdict in JSON: {error}") from error
    if not isinstance(told, dict) or not isinstance(told.get("comparisons"), list):
        raise DataError(f"{path}: not the verdict of one candidate (no list 'comparisons')")
    return told


def _cohort(compared: Mapping[str, Any]) -> Segment:
    return tuple(sorted((str(key), str(value)) for key, value in compared.get("slice", {}).items()))
