"""Reading sealed segments: one trace with the digests checked, ids that begin so, whoever says something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.domain.errors import DataError
from assay.domain.span import Event, Span
from assay.traces.cold_rows import digest_of, log_of, says, span_of
from assay.traces.hot import HotTraces


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A trace in sealed segments."""

    id: str
    """Its id."""
    start_ns: int
    """When its first span began."""
    spans: int
    """Its spans."""


class ColdReading:
    """The part of the sealed segments that changes nothing."""

    folder: Path
    """Where they lie."""
    _hot: HotTraces
    _parquet: Any

    def read(self, trace: str) -> tuple[tuple[Span, ...], tuple[Event, ...], tuple[str, ...]]:
        """Spans and log records of a trace, from all segments that are as they were sealed; and the names of others.

        Those others are gone or damaged, or hold some of it and are not as they were sealed: nothing of them is told.
        """
        spans: list[Span] = []
        logs: list[Event] = []
        damaged: list[str] = []
        for name in self._hot.segments():
            try:
                rows = self._sealed_rows(name, trace)
            except DataError:
                damaged.append(name)
                continue
            spans += [span_of(row) for row in rows if row["kind"] == "span"]
            logs += [log_of(row) for row in rows if row["kind"] != "span"]
        return tuple(sorted(spans, key=lambda one: (one.start_ns, one.id))), tuple(logs), tuple(damaged)

    def _sealed_rows(self, name: str, trace: str) -> list[dict[str, Any]]:
        if not self._ids(name, trace, trace):
            return []
        self._as_sealed(name)
        return [*self._rows(name, [("trace", "=", trace)])]

    def find(self, wanted: str, most: int) -> tuple[list[Found], list[str]]:
        """Traces whose id begins so, of the latest segments that hold any, the latest first; and the names of segments
        that are gone or damaged.

        Args:
            wanted: Beginning of an id, in hexadecimal digits.
            most: So many of them at most.
        """
        starts: dict[str, int] = {}
        spans: Counter[str] = Counter()
        damaged: list[str] = []
        for name in reversed(self._hot.segments()):
            try:
                rows = self._ids(name, wanted, wanted + "g")
            except DataError:
                damaged.append(name)
                continue
            for trace, start, kind in rows:
                if kind == "span":
                    starts[trace] = min(starts.get(trace, start), start)
                    spans[trace] += 1
            if len(starts) >= most:
                break
        found = [Found(id=trace, start_ns=start, spans=spans[trace]) for trace, start in starts.items()]
        return sorted(found, key=lambda one: (-one.start_ns, one.id))[:most], damaged

    def _ids(self, name: str, low: str, high: str) -> list[tuple[str, int, str]]:
        """Trace, time and kind of each row of a segment between two ids; groups of rows that hold none are not read."""
        found: list[tuple[str, int, str]] = []
        try:
            with self._parquet.ParquetFile(self.folder / name) as file:
                for group in range(file.metadata.num_row_groups):
                    known = file.metadata.row_group(group).column(1).statistics
                    if known is not None and known.has_min_max and (known.max < low or known.min > high):
                        continue
                    held = file.read_row_group(group, columns=["trace", "start_ns", "kind"]).to_pydict()
                    rows = zip(held["trace"], held["start_ns"], held["kind"], strict=True)
                    found += [row for row in rows if low <= row[0] <= high]
        except (OSError, ValueError) as error:
            raise self._unreadable(name, error) from error
        return found

    def _rows(self, name: str, filters: Any = None) -> Iterator[dict[str, Any]]:
        try:
            yield from self._parquet.read_table(self.folder / name, filters=filters).to_pylist()
        except (OSError, ValueError) as error:
            raise self._unreadable(name, error) from error

    def _unreadable(self, name: str, error: Exception) -> DataError:
        return DataError(f"{self.folder / name}: the sealed segment cannot be read: {error}")

    def _as_sealed(self, name: str) -> None:
        found = digest_of(self.folder / name)
        if found != self._hot.segments().get(name):  # asked after reading: an erasure may just have written it anew
            if digest_of(self.folder / name) == self._hot.segments().get(name):
                return
            raise DataError(
                f"{self.folder / name}: not as it was sealed: its SHA-256 is {found[:16]}.. now. "
                "Restore the file; `assay watch status` names all that differ"
            )

    def holding(self, key: str, value: str) -> set[str]:
        """Ids of traces of which a span or a log record says that `key` is `value`, in all segments."""
        found: set[str] = set()
        for name in self._hot.segments():
            for row in self._rows(name):
                if value in (told := row["payload"] + row["resource"]) or "\\" in told:  # JSON escapes what it escapes
                    made: Span | Event = span_of(row) if row["kind"] == "span" else log_of(row)
                    if row["trace"] and says(made, key, value):
                        found.add(row["trace"])
        return found

    def differing(self) -> list[str]:
        """Segments that are gone, or whose bytes are not those that were sealed."""
        return [
            name
            for name, digest in self._hot.segments().items()
            if not (self.folder / name).is_file() or digest_of(self.folder / name) != digest
        ]
