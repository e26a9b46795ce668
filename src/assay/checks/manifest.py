"""What a dataset is: digests, counts, shapes, sources, licences; and which shares moved since an earlier one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from assay.checks.provenance import SOURCES
from assay.domain.training import FileFacts, TrainingRow, Unfit

SCHEMA = "assay/data-manifest/1"
_MOST = 1000
"""Different values of a slice that are counted; the rest are put together."""
_REST = "(others)"
_WHOLE = 1 << 256
_KEYS: dict[str, tuple[str, ...]] = {
    "sources": SOURCES,
    "licences": ("licence", "license"),
    "languages": ("language", "lang", "locale"),
    "generators": ("generator", "model", "generated_by"),
}
"""What is counted -> the keys of metadata that may hold it, the first that a row has."""


_SIZES = ("answer_characters", "prompt_characters", "turns")
"""What is counted by powers of two."""


@dataclass(slots=True)
class _File:
    rows: int = 0
    unfit: int = 0
    forms: Counter[str] = field(default_factory=Counter)


class Manifest:
    """Counts rows as they pass; memory does not grow with them."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}
        self._facts: list[FileFacts] = []
        self.transformations: Sequence[Mapping[str, Any]] = ()
        """What was done to the files before, oldest first, as it is told beside them."""
        self._sum = 0
        self._sizes: dict[str, Counter[int]] = {name: Counter() for name in _SIZES}
        self._answers, self._prompts, self._turns = (self._sizes[name] for name in _SIZES)
        self._slices: dict[str, Counter[str]] = {name: Counter() for name in ("shapes", "forms", *_KEYS, "problems")}

    def add(self, row: TrainingRow) -> None:
        """Count a row."""
        file = self._files.get(row.file)
        if file is None:
            file = self._files.setdefault(row.file, _File())
        file.rows += 1
        file.forms[row.form] += 1
        self._sum += int(row.digest[7:], 16)
        slices, metadata = self._slices, row.metadata
        slices["shapes"][row.shape] += 1
        for name, keys in _KEYS.items():
            value = None
            for key in keys:
                if key in metadata:
                    value = metadata[key]
                    break
            _count(slices[name], value)
        for word in row.problems:
            slices["problems"][word] += 1
        self._measure(row)

    def _measure(self, row: TrainingRow) -> None:
        said = row.answers[0] if row.answers else ()
        letters = 0
        for turn in said:
            letters += len(turn.content)
        self._answers[letters.bit_length()] += 1
        letters = 0
        for turn in row.prompt:
            letters += len(turn.content)
        self._prompts[letters.bit_length()] += 1
        self._turns[(len(row.prompt) + len(said)).bit_length()] += 1

    def add_unfit(self, row: Unfit) -> None:
        """Count what could not be read."""
        if row.cause not in ("byte_order_mark", "crlf"):
            self._files.setdefault(row.file, _File()).unfit += 1

    def add_file(self, facts: FileFacts) -> None:
        """Take in a file that was read to its end."""
        self._facts.append(facts)

    @property
    def rows(self) -> int:
        """Rows so far."""
        return sum(file.rows for file in self._files.values())

    @property
    def files(self) -> tuple[FileFacts, ...]:
        """The files that were read to their end."""
        return tuple(self._facts)

    def told(self) -> dict[str, Any]:
        """The manifest as a JSON-like value.

        `digest` is that of all rows whatever their order, files and form: the sum of their digests. A row that stands
        twice counts twice.
        """
        return {
            "schema": SCHEMA,
            "rows": self.rows,
            "unfit": sum(file.unfit for file in self._files.values()),
            "digest": _told(self._sum),
            "files": [self._file(facts) for facts in self._facts],
            "transformations": [dict(step) for step in self.transformations],
            **{name: dict(counts.most_common()) for name, counts in self._told_slices().items()},
            **{name: {_range(size): counts[size] for size in sorted(counts)} for name, counts in self._sizes.items()},
        }

    def _told_slices(self) -> dict[str, Counter[str]]:
        forms = sum((file.forms for file in self._files.values()), Counter[str]())
        return {**self._slices, "forms": forms}

    def _file(self, facts: FileFacts) -> dict[str, Any]:
        seen = self._files.get(facts.file, _File())
        return {**asdict(facts), "rows": seen.rows, "unfit": seen.unfit, "forms": dict(seen.forms.most_common())}


def rows_digest(rows: Iterable[TrainingRow]) -> str:
    """The digest of rows whatever their order, as a manifest tells it.

    Examples:
        >>> rows_digest(())[:15]
        'sum-sha256:0000'
    """
    return _told(sum(int(row.digest[7:], 16) for row in rows))


def _told(total: int) -> str:
    return f"sum-sha256:{total % _WHOLE:064x}"


def _count(counts: Counter[str], value: Any) -> None:
    name = "(none)" if value is None else str(value)[:200]
    counts[name if name in counts or len(counts) < _MOST else _REST] += 1


def _range(bits: int) -> str:
    """The numbers of so many bits: `0`, `1`, `2-3`, `4-7`."""
    low, high = (1 << bits) >> 1, (1 << bits) - 1
    return str(low) if low >= high else f"{low:,}-{high:,}"


def moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Slices whose share moved between two manifests: slice -> value -> rows and share before and now."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("shapes", "forms", *_KEYS):
        old, new = before.get(name) or {}, now.get(name) or {}
        totals = max(sum(old.values()), 1), max(sum(new.values()), 1)
        for value in sorted({*old, *new}):
            counts = old.get(value, 0), new.get(value, 0)
            shares = counts[0] / totals[0], counts[1] / totals[1]
            if counts[0] != counts[1]:
                found.setdefault(name, {})[value] = {
                    "rows": list(counts), "shares": [round(each, 4) for each in shares]
                }  # fmt: skip
    return found
