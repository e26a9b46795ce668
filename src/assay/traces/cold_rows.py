"""Rows of sealed segments: their columns, and spans and log records of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.domain.span import Event, Span
from assay.traces.payload import unpacked, unpacked_log, unpacked_mapping

COLUMNS = ("kind", "trace", "id", "parent", "name", "start_ns", "end_ns", "failed", "resource", "payload")
"""Columns of a segment."""


def schema(arrow: Any) -> Any:
    """The columns with their types, as pyarrow has them."""
    types = {"start_ns": arrow.int64(), "end_ns": arrow.int64(), "failed": arrow.bool_()}
    return arrow.schema([(name, types.get(name, arrow.string())) for name in COLUMNS])


def table(arrow: Any, rows: Sequence[tuple[Any, ...]]) -> Any:
    """Rows as a table of pyarrow."""
    columns = [*zip(*rows, strict=True)] if rows else [()] * len(COLUMNS)
    made = schema(arrow)
    return arrow.table([arrow.array(one, kind.type) for one, kind in zip(columns, made, strict=True)], schema=made)


def span_of(row: Mapping[str, Any]) -> Span:
    """The span of a row."""
    head = (row["trace"], row["id"], row["parent"], row["name"], row["start_ns"], row["end_ns"], int(row["failed"]))
    return unpacked(head, row["payload"].encode(), unpacked_mapping(row["resource"].encode()))


def log_of(row: Mapping[str, Any]) -> Event:
    """The log record of a row."""
    return unpacked_log(row["trace"], row["id"], row["start_ns"], row["payload"].encode())


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
