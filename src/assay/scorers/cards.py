"""Cards of the trained models: where they come from and how often they were right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

_COLUMNS = ("accuracy", "recall", "specificity", "auroc", "calibration", "calibration_null")
_HEAD = ("question", "set", "measured", "n", "yes", "accuracy", "recall", "specificity", "AUROC", "L2", "L2 null")


def card(name: str) -> Mapping[str, Any]:
    """What the training script wrote of a model: sources, licences, measured accuracy."""
    path = resources.files("assay.scorers") / "coefficients" / f"{name}.json"
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def measured_on(told: Mapping[str, Any]) -> str:
    """The measured table of a card, as Markdown that a terminal shows as well.

    `L2` is the debiased calibration error, `L2 null` the value that perfect probabilities stay below
    in 95 of 100 draws of labels.

    Examples:
        >>> print(measured_on({"measured": [{"question": "spam", "set": "mail", "how": "set left out", "n": 9,
        ...     "yes": 4, "accuracy": 0.75}]}), end="")
        | question | set  | measured     | n | yes | accuracy | recall | specificity | AUROC | L2 | L2 null |
        |----------|------|--------------|---|-----|----------|--------|-------------|-------|----|---------|
        | spam     | mail | set left out | 9 | 4   | .750     |        |             |       |    |         |
    """
    rows = [_HEAD, *(_cells(found) for found in told["measured"])]
    wide = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in wide) + "|")
    return "\n".join(lines) + "\n"


def _cells(found: Mapping[str, Any]) -> tuple[str, ...]:
    figures = [found.get(name) for name in _COLUMNS]
    shown = ["" if value is None else f"{value:.3f}".removeprefix("0") for value in figures]
    return (*(str(found[name]) for name in ("question", "set", "how", "n", "yes")), *shown)
