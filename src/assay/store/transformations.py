"""What was done to files of training data: declared or recorded beside them, in `transformations.json`.

The file holds a list of objects, oldest first. `what` says what was done, `from` and `to` name file and digest before
and after; a step that names no digest in `to` is for all files of the folder. Further keys are kept as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.domain.errors import DataError
from assay.domain.training import FileFacts

TRANSFORMATIONS = "transformations.json"
"""Name of the file, beside the data."""
_LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was done to some files."""

    steps: tuple[Mapping[str, Any], ...] = ()
    """The steps, oldest first."""
    others: tuple[str, ...] = ()
    """Files beside which steps are told, and all of them of other bytes."""
    unreadable: tuple[str, ...] = ()
    """Files beside which something stands that tells no steps."""


def transformations(files: Sequence[FileFacts]) -> Told:
    """What stands beside files about them.

    Args:
        files: The files as they were read.
    """
    steps: list[Mapping[str, Any]] = []
    others: list[str] = []
    unreadable: list[str] = []
    for file in files:
        path = Path(file.file).parent / TRANSFORMATIONS
        if file.file == "-" or not path.is_file():
            continue
        try:
            told = read(path)
        except DataError:
            unreadable.append(file.file)
            continue
        own = _chain(told, file)
        if not own and any(_of(one, "to", "file") == Path(file.file).name for one in told):
            others.append(file.file)
        steps += [one for one in own if one not in steps]
    return Told(steps=tuple(steps), others=tuple(others), unreadable=tuple(unreadable))


def _chain(told: Sequence[Mapping[str, Any]], file: FileFacts) -> list[Mapping[str, Any]]:
    """The steps that made a file, those that made what they began with, and those that are for all files."""
    wanted, found = {file.digest}, []
    for step in reversed(told):
        made = _of(step, "to", "digest")
        if made in wanted or not made:
            found.append(step)
            wanted.add(_of(step, "from", "digest"))
    return found[::-1]


def read(path: Path) -> list[dict[str, Any]]:
    """The steps that a file tells.

    Raises:
        DataError: It is no list of objects with `what`.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"larger than {_LARGEST} bytes")
        told = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: cannot be read: {error}. Expected a list of objects with `what`") from error
    if not isinstance(told, list) or not all(
        isinstance(one, dict) and isinstance(one.get("what"), str) for one in told
    ):
        raise DataError(f"{path}: expected a list of objects with `what`, a text that says what was done")
    return told


def _of(step: Mapping[str, Any], end: str, key: str) -> str:
    """The file or digest that a step names as its beginning (`from`) or its end (`to`)."""
    named = step.get(end)
    return str(named.get(key, "")) if isinstance(named, Mapping) else ""
