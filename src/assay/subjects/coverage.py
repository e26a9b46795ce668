"""What a file of recorded outputs holds of what a plan will ask, before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay.domain.sample import Sample
from assay.subjects.recordings import RecordedOutputs
from assay.subjects.rows import Key, belongs, read_row

SHOWN = 20
"""Most ids that are named of a kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How a file of recorded outputs meets the samples of a plan. Ids are named up to `SHOWN` of a kind."""

    subject: str
    """Key of the subject."""
    path: str
    """File."""
    rows: int
    """Rows that can be read, repeated and ambiguous ones left out."""
    asked: int
    """Answers that the plan asks for: samples times epochs."""
    matched: int
    """Those that the file holds."""
    missing: tuple[str, ...]
    """Ids of samples without an answer in at least one epoch."""
    n_missing: int
    """How many answers are missing."""
    extra: tuple[str, ...]
    """Ids that the plan does not ask for."""
    n_extra: int
    """How many rows are not asked for, by id or by epoch."""
    mismatched: tuple[str, ...]
    """Ids whose row answers another prompt, by what the row itself says."""
    n_mismatched: int
    """How many rows do."""
    corrupt: tuple[int, ...]
    """Lines that cannot be read."""
    n_corrupt: int
    """How many lines cannot be read, or hold different answers to one question."""


def coverage(subject: str, outputs: RecordedOutputs, asked: Mapping[Key, Sample]) -> Coverage:
    """What a file holds of what is asked.

    Args:
        subject: Key of the subject.
        outputs: The file, read.
        asked: The sample of each id and epoch that the plan asks for.
    """
    there = [key for key in asked if key in outputs.rows]
    wrong = [key for key in there if not belongs(read_row(outputs.rows[key]), asked[key])]
    missing = [key for key in asked if key not in outputs.rows]
    extra = [key for key in outputs.rows if key not in asked]
    ambiguous = [line for lines in outputs.ambiguous.values() for line in lines]
    corrupt = sorted([one.line for one in outputs.corrupt] + ambiguous)
    return Coverage(
        subject=subject,
        path=outputs.path,
        rows=len(outputs.rows),
        asked=len(asked),
        matched=len(there) - len(wrong),
        missing=_ids(missing),
        n_missing=len(missing),
        extra=_ids(extra),
        n_extra=len(extra),
        mismatched=_ids(wrong),
        n_mismatched=len(wrong),
        corrupt=tuple(corrupt[:SHOWN]),
        n_corrupt=len(corrupt),
    )


def _ids(keys: Iterable[Key]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name, _ in keys))[:SHOWN]
