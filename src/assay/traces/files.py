"""Traces of files: OTLP in JSON, chats a line each, logs of Inspect."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assay.domain.errors import DataError
from assay.domain.span import Event, Span
from assay.domain.trace import Trace
from assay.store.inspect_logs import read_inspect
from assay.store.lines import numbered_lines
from assay.traces.assembly import trace_of
from assay.traces.chats import Row, chat, peeked
from assay.traces.otlp_json import from_json
from assay.traces.turns import parsed

OPEN = 2_000
"""Traces that are held together while their spans come; the one that was touched least recently goes first."""
_WHOLE = 512 * 1024 * 1024


@dataclass(slots=True)
class Replayed:
    """Traces of files, one after another, and what could not be read."""

    traces: int = 0
    """Traces given so far."""
    spans: int = 0
    """Spans in them."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Spans, records and lines that are no part of a trace, by cause."""
    places: dict[str, str] = field(default_factory=dict)
    """Cause -> the first place."""
    _open: dict[str, tuple[list[Span], list[Event], str]] = field(default_factory=dict)
    _first: dict[str, int] = field(default_factory=dict)
    _read: int = 0

    def read(self, path: Path) -> Iterator[Trace]:
        """The traces of a file. A trace is given when its spans end, or when OPEN others were touched since.

        Raises:
            DataError: The file does not exist, or is of none of the forms.
        """
        return (one for one in self._items(path) if isinstance(one, Trace))

    def rows(self, path: Path) -> Iterator[Trace | Row]:
        """The same; lines of chats as rows, which somebody else makes traces of and tells of with `take` or `reject`.

        Raises:
            DataError: The file does not exist, or is of none of the forms.
        """
        return self._items(path, lazily=True)

    def take(self, steps: int) -> None:
        """Count a trace that was made of a row."""
        self.traces += 1
        self.spans += steps

    def reject(self, cause: str, place: str, number: int) -> None:
        """Count a row that is no trace."""
        self.rejected[cause] += 1
        if number < self._first.get(cause, number + 1):
            self._first[cause], self.places[cause] = number, place

    def _items(self, path: Path, *, lazily: bool = False) -> Iterator[Trace | Row]:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "no such file"
            raise DataError(f"{path}: {what}. Expected OTLP in JSON, JSON Lines of chats, or a log of Inspect")
        if path.suffix == ".eval":
            yield from self._inspect(path)
        elif (whole := _document(path)) is not None:
            yield from self._whole(path, whole)
        else:
            yield from self._lines(path, lazily)
        yield from self._closed()

    def _given(self, trace: Trace) -> Trace:
        self.take(len(trace.steps))
        return trace

    def _reject(self, cause: str, place: str, count: int = 1) -> None:
        self.reject(cause, place, self._read)
        self.rejected[cause] += count - 1

    def _whole(self, path: Path, document: Any) -> Iterator[Trace]:
        if isinstance(document, dict) and ("resourceSpans" in document or "resourceLogs" in document):
            yield from self._request(json.dumps(document).encode(), str(path))
        elif isinstance(document, dict) and isinstance(document.get("eval"), dict):
            yield from self._inspect(path)
        elif isinstance(document, list):
            for number, row in enumerate(document, start=1):
                yield from self._row(row, f"{path}: item {number}")
        else:
            raise DataError(f"{path}: neither OTLP in JSON (resourceSpans), nor chats, nor a log of Inspect")

    def _lines(self, path: Path, lazily: bool) -> Iterator[Trace | Row]:
        for number, line in numbered_lines(path):
            if not line.strip():
                continue
            self._read += 1
            place = f"{path}:{number}"
            if lazily and (lazy := peeked(line, place, self._read)) is not None:
                yield lazy
                continue
            try:
                row = parsed(line)
            except (ValueError, RecursionError):
                self._reject("not_json", place)
                continue
            if isinstance(row, dict) and ("resourceSpans" in row or "resourceLogs" in row):
                yield from self._request(line, place)
            else:
                yield from self._row(row, place)

    def _request(self, body: bytes, place: str) -> Iterator[Trace]:
        try:
            arrived = from_json(body)
        except DataError:
            self._reject("not_otlp", place)
            return
        for cause, count in arrived.rejected.items():
            self._reject(cause, place, count)
        if arrived.repaired:
            self._reject("repaired_characters", place, arrived.repaired)
        for span in arrived.spans:
            self._held(span.trace, place)[0].append(span)
        for log in arrived.logs:
            if log.trace:
                self._held(log.trace, place)[1].append(log)
        while len(self._open) > OPEN:
            yield from self._made(next(iter(self._open)))

    def _held(self, trace: str, place: str) -> tuple[list[Span], list[Event], str]:
        held = self._open.pop(trace, None) or ([], [], place)
        self._open[trace] = held  # the last that was touched
        return held

    def _made(self, name: str) -> Iterator[Trace]:
        spans, logs, place = self._open.pop(name)
        if spans:
            yield self._given(replace(trace_of(spans, logs), place=place))
        else:
            self._reject("log_without_span", name)

    def _closed(self) -> Iterator[Trace]:
        for name in [*self._open]:
            yield from self._made(name)

    def _row(self, row: Any, place: str) -> Iterator[Trace]:
        made = chat(row, place)
        if isinstance(made, str):
            self._reject(made, place)
        else:
            yield self._given(made)

    def _inspect(self, path: Path) -> Iterator[Trace]:
        for row in read_inspect(path).rows:
            about = {"id": f"{row.id}#{row.epoch}", "input": row.input, "output": row.output, "error": row.error}
            yield from self._row({**row.more, **about, "metadata": dict(row.metadata)}, row.place)


def _document(path: Path) -> Any:
    """The file as one JSON value; None when it is lines."""
    if path.suffix in (".jsonl", ".ndjson") or path.stat().st_size > _WHOLE:
        return None
    try:
        return parsed(path.read_bytes())
    except (ValueError, RecursionError):
        return None
