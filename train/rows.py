"""Labelled rows for training: read from public files in one shape, split by group, never from `nc/`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled text."""

    set: str
    """Name of the set."""
    group: str
    """Near-duplicates share it; a split never divides it."""
    texts: dict[str, str]
    """By field: answer, prompt, context."""
    labels: dict[str, bool]
    """By question; a question may be absent."""


def read(data: Path, name: str, make: Callable[[dict[str, Any]], Row | None]) -> list[Row]:
    """Rows of one file, in order; those that `make` turns down are left out."""
    if "nc" in Path(name).parts:
        raise SystemExit(f"{name}: non-commercial terms; nothing that ships may be trained on it")
    return [row for raw in raws(data, name) if (row := make(raw)) is not None]


def raws(data: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows as they stand in the file."""
    path = data / name
    if not path.is_file():
        raise SystemExit(f"{path}: not there. train/README.md says where each file comes from, and its shape")
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def row(raw: dict[str, Any], labels: dict[str, bool], *, set: str = "", **texts: str | None) -> Row:
    """A row of one raw one: its own set and group, unless said otherwise."""
    name = set or str(raw["set"])
    group = f"{name}/{raw.get('group') or raw['id']}"
    return Row(set=name, group=group, texts={field: text or "" for field, text in texts.items()}, labels=labels)
