"""A copy of a file of JSON Lines without some of its rows, and a log of what was left out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from assay.domain.errors import DataError
from assay.store.training_bytes import DAMAGED, STDIN, Opened, lines

Reasons = Mapping[int, Sequence[str]]
"""Line -> the findings for which it goes."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of one file."""

    file: str
    """Its name."""
    kept: int
    """Rows that stayed."""
    removed: int
    """Rows that went."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Code of a finding -> rows that went for it."""


def target_of(name: str, folder: Path) -> Path:
    """Where the copy of a file stands.

    Raises:
        DataError: The file is a pipe or no JSON Lines, or something stands there already.
    """
    path = Path(name)
    if name == STDIN or not path.is_file():
        raise DataError(f"{name}: a cleaned copy needs a file that can be read twice, not a pipe")
    stem = path.name
    for packed in (".gz", ".gzip", ".zst", ".zstd"):
        stem = stem.removesuffix(packed)
    target = folder / stem
    if target.exists():
        raise DataError(f"{target}: stands there already. Nothing is overwritten; choose an empty folder")
    return target


def copied(name: str, target: Path, log: IO[str], reasons: Reasons, digest: str) -> Copied:
    """Copies the lines that stay, byte for byte, and logs each that goes with its reasons.

    Args:
        name: The file.
        target: The copy, which must not exist.
        log: Where each removal is written, a JSON object a line.
        reasons: The lines that go.
        digest: Digest of the file as it was checked.

    Raises:
        DataError: The file is another one than the one that was checked.
    """
    opened = Opened(name)
    kept = removed = 0
    counts: Counter[str] = Counter()
    try:
        with target.open("xb") as stream:
            for line in lines(opened.stream):
                why = reasons.get(line.number, ())
                if why or line.cause:
                    removed += 1
                    why = why or (f"format.{line.cause}",)
                    counts.update(why)
                    _log(log, name, line.number, why)
                else:
                    kept += 1
                    stream.write(line.content + b"\n")
        _, seen, _ = opened.end()
    except DAMAGED as error:
        raise DataError(f"{name}: cannot be read to the end: {error}") from error
    finally:
        opened.close()
    if seen != digest:
        target.unlink(missing_ok=True)
        raise DataError(f"{name}: is not the file that was checked; it changed meanwhile")
    return Copied(name, kept, removed, dict(counts.most_common()))


def _log(log: IO[str], file: str, line: int, codes: Sequence[str]) -> None:
    log.write(json.dumps({"file": file, "line": line, "codes": sorted(codes)}, ensure_ascii=False) + "\n")
