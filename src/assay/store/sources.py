"""Where names in a document point: files are found beside the document that names them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.domain.errors import DataError, PlanError
from assay.domain.score import Scorer
from assay.store.documents import Document

MakeScorer = Callable[[Mapping[str, Any]], Scorer]
"""Gives the scorer of a saved form; handed in, because store knows no scorers."""

KnownCodes = Callable[[], Sequence[str]]
"""Gives the codes of findings in training data; handed in, because store knows no checks."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document that holds suites: the plan, or a pack's file."""

    document: Document
    folder: Path
    scorer: MakeScorer
    pack: str = ""

    def found(self, name: str) -> Path:
        path = Path(name).expanduser()
        return path if path.is_absolute() else (self.folder / path).resolve()


def existing(source: Source, name: str, where: tuple[str | int, ...]) -> Path:
    path = source.found(name)
    if not path.exists():
        raise PlanError(f"{source.document.place(where)}: no such file or folder: {name} (looked for {path})")
    return path


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pinned(path: Path, expected: str | None, source: Source, where: tuple[str | int, ...]) -> None:
    """Nothing, when the file is the one that the plan expects, or the plan expects none in particular.

    Raises:
        DataError: It is another one.
    """
    if expected is None:
        return
    seen = file_digest(path)
    if seen != expected.removeprefix("sha256:").lower():
        raise DataError(f"{source.document.place(where)}: {path.name} has digest {seen}, the plan expects {expected}")
