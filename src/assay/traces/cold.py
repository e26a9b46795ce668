"""Sealed segments: spans and log records of an hour in a Parquet file, its digest in the ledger."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.domain.errors import DataError, MissingExtra
from assay.domain.span import Event, Span
from assay.traces.hot import HotTraces
from assay.traces.payload import unpacked, unpacked_log, unpacked_mapping

MOST_ROWS = 200_000
"""Rows of one segment; an hour with more has several."""
_GROUP = 5_000
_COLUMNS = ("kind", "trace", "id", "parent", "name", "start_ns", "end_ns", "failed", "resource", "payload")
Told = Callable[[str, Mapping[str, Any]], None]
"""Takes an entry for the ledger: kind and data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A segment that was written."""

    name: str
    """Name of its file."""
    digest: str
    """SHA-256 of it."""
    spans: int
    """Spans in it."""
    logs: int
    """Log records in it."""
    low_ns: int
    """When the first of them began."""
    high_ns: int
    """When the last one did."""
    sealed_ns: int
    """When it was sealed, by our own clock."""

    def data(self) -> dict[str, Any]:
        """What the ledger is told."""
        return {"segment": self.name, "sha256": self.digest, "spans": self.spans, "logs": self.logs}


class Cold:
    """The sealed segments of a state folder."""

    def __init__(self, folder: Path, hot: HotTraces) -> None:
        """Work in a folder.

        Raises:
            MissingExtra: pyarrow is not installed.
        """
        self.folder = folder
        self._hot = hot
        self._arrow = _package("pyarrow")
        self._parquet = _package("pyarrow.parquet")

    # Sealing

    def seal(self, now_ns: int, tell: Told) -> list[Sealed]:
        """Write what came since the last segment; each segment is in the ledger before the database knows of it.

        Raises:
            OSError: The disk is full; nothing is lost, the next time begins where this one did.
        """
        made: list[Sealed] = []
        while (place := self._hot.unsealed(MOST_ROWS)) is not None:
            one = self._written(place, now_ns)
            tell("sealed", one.data())
            self._hot.seal((one.name, one.digest, one.spans, one.logs, one.low_ns, one.high_ns, now_ns), place)
            made.append(one)
        return made

    def _written(self, place: tuple[int, int, int, int], now_ns: int) -> Sealed:
        hour = datetime.fromtimestamp(now_ns / 1e9, UTC).strftime("%Y-%m-%dT%H")
        path = self.folder / f"{hour}-{place[0]:012d}-{place[2]:012d}.parquet"
        low, high, counts = 2**63 - 1, 0, {"span": 0, "log": 0}

        def told(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
            nonlocal low, high
            for row in rows:
                low, high = min(low, row[5]), max(high, row[5])
                counts[row[0]] += 1
                yield row

        self._put(path, told(self._hot.rows(place)))
        return Sealed(
            name=path.name, digest=digest_of(path), spans=counts["span"], logs=counts["log"], low_ns=low,
            high_ns=high, sealed_ns=now_ns,
        )  # fmt: skip

    def _put(self, path: Path, rows: Iterable[tuple[Any, ...]]) -> None:
        """Writes a file whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with self._parquet.ParquetWriter(part, self._schema(), compression="zstd") as stream:
            batch: list[tuple[Any, ...]] = []
            for row in rows:
                batch.append(row)
                if len(batch) >= _GROUP:
                    stream.write_table(self._table(batch))
                    batch = []
            stream.write_table(self._table(batch))
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
        _synced(self.folder)

    def _schema(self) -> Any:
        numbers = {"start_ns", "end_ns"}
        return self._arrow.schema(
            [
                (name, self._arrow.int64() if name in numbers else self._arrow.bool_() if name == "failed"
                 else self._arrow.string())
                for name in _COLUMNS
            ]
        )  # fmt: skip

    def _table(self, rows: Sequence[tuple[Any, ...]]) -> Any:
        columns = [*zip(*rows, strict=True)] if rows else [()] * len(_COLUMNS)
        arrays = [self._arrow.array(one, kind.type) for one, kind in zip(columns, self._schema(), strict=True)]
        return self._arrow.table(arrays, schema=self._schema())

    # Reading

    def read(self, trace: str) -> tuple[tuple[Span, ...], tuple[Event, ...]]:
        """Spans and log records of a trace, from all segments.

        Raises:
            DataError: A segment is gone or damaged.
        """
        spans: list[Span] = []
        logs: list[Event] = []
        for name in self._hot.segments():
            for row in self._rows(name, [("trace", "=", trace)]):
                if row["kind"] == "span":
                    spans.append(_span(row))
                else:
                    logs.append(_log(row))
        return tuple(sorted(spans, key=lambda one: (one.start_ns, one.id))), tuple(logs)

    def _rows(self, name: str, filters: Any = None) -> Iterator[dict[str, Any]]:
        try:
            yield from self._parquet.read_table(self.folder / name, filters=filters).to_pylist()
        except (OSError, ValueError) as error:
            raise DataError(f"{self.folder / name}: the sealed segment cannot be read: {error}") from error

    def holding(self, key: str, value: str) -> set[str]:
        """Ids of traces of which a span or a log record says that `key` is `value`, in all segments."""
        found: set[str] = set()
        for name in self._hot.segments():
            for row in self._rows(name):
                if value in row["payload"] or value in row["resource"] or "\\" in row["payload"]:
                    made: Span | Event = _span(row) if row["kind"] == "span" else _log(row)
                    if row["trace"] and says(made, key, value):
                        found.add(row["trace"])
        return found

    # Erasing

    def erase(self, traces: set[str], key: str, value: str, tell: Told) -> int:
        """Write anew each segment that holds one of these traces, or a log record without one that says so.

        The ledger is told the segment, both digests and how many rows went: never whose.

        Returns:
            Rows that are gone.
        """
        gone = 0
        for name, before in self._hot.segments().items():
            rows = [*self._rows(name)]
            kept = [row for row in rows if not _erased(row, traces, key, value)]
            if len(kept) == len(rows):
                continue
            gone += len(rows) - len(kept)
            self._put(self.folder / name, (tuple(row[one] for one in _COLUMNS) for row in kept))
            digest = digest_of(self.folder / name)
            told = {"segment": name, "before": before, "sha256": digest, "rows_removed": len(rows) - len(kept)}
            tell("resealed", {**told, "why": "erasure of one person's traces"})
            self._hot.reseal(name, digest)
        return gone

    def expire(self, before_ns: int, tell: Told) -> list[str]:
        """Remove segments that were sealed before a time."""
        old = self._hot.segments(before_ns)
        for name, digest in old.items():
            tell("expired", {"segment": name, "sha256": digest, "why": "retention"})
            (self.folder / name).unlink(missing_ok=True)
            self._hot.unseal(name)
        return [*old]

    def differing(self) -> list[str]:
        """Segments that are gone, or whose bytes are not those that were sealed."""
        return [
            name
            for name, digest in self._hot.segments().items()
            if not (self.folder / name).is_file() or digest_of(self.folder / name) != digest
        ]


def _erased(row: Mapping[str, Any], traces: set[str], key: str, value: str) -> bool:
    if row["trace"]:
        return row["trace"] in traces
    return row["kind"] == "log" and says(_log(row), key, value)


def says(held: Span | Event, key: str, value: str) -> bool:
    """Whether a span, one of its events, its resource, or a log record says that `key` is `value`."""
    places: list[Mapping[str, Any]] = [held.attributes]
    if isinstance(held, Span):
        places += [held.resource, *(event.attributes for event in held.events)]
    elif isinstance(held.body, Mapping):
        places.append(held.body)
    return any(key in one and plain(one[key]) == value for one in places)


def plain(value: Any) -> str:
    """A value as a command line would say it.

    Examples:
        >>> plain("a"), plain(7), plain(True)
        ('a', '7', 'true')
    """
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _span(row: Mapping[str, Any]) -> Span:
    head = (row["trace"], row["id"], row["parent"], row["name"], row["start_ns"], row["end_ns"], int(row["failed"]))
    return unpacked(head, row["payload"].encode(), unpacked_mapping(row["resource"].encode()))


def _log(row: Mapping[str, Any]) -> Event:
    return unpacked_log(row["trace"], row["id"], row["start_ns"], row["payload"].encode())


def _synced(folder: Path) -> None:
    """The folder's own entry for the file must survive a power cut too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtra(
            "sealed segments need pyarrow, which is not installed. Install with: pip install 'assay-llm[serve]'"
        ) from error
