"""Sealed segments: spans and log records of an hour in a Parquet file, its digest in the ledger."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.domain.errors import MissingExtra
from assay.traces.cold_reading import ColdReading
from assay.traces.cold_rows import COLUMNS, digest_of, log_of, says, schema, table
from assay.traces.hot import HotTraces

MOST_ROWS = 200_000
"""Rows of one segment; an hour with more has several."""
_GROUP = 5_000
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


class Cold(ColdReading):
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
        with self._parquet.ParquetWriter(part, schema(self._arrow), compression="zstd") as stream:
            batch: list[tuple[Any, ...]] = []
            for row in rows:
                batch.append(row)
                if len(batch) >= _GROUP:
                    stream.write_table(table(self._arrow, batch))
                    batch = []
            stream.write_table(table(self._arrow, batch))
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
        _synced(self.folder)

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
            self._put(self.folder / name, (tuple(row[one] for one in COLUMNS) for row in kept))
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


def _erased(row: Mapping[str, Any], traces: set[str], key: str, value: str) -> bool:
    if row["trace"]:
        return row["trace"] in traces
    return row["kind"] == "log" and says(log_of(row), key, value)


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
