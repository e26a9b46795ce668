"""Datasets from files: JSON Lines, JSON, CSV, Parquet. Bytes become samples here and nowhere else."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from assay.domain.errors import DataError
from assay.domain.sample import Dataset, Message, Role, Sample, ToolCall
from assay.store.lines import numbered_lines
from assay.store.parquet import parquet_rows

_SHAPE = "A sample is a JSON object with 'id' and 'input'"


class _Call(msgspec.Struct):
    name: str = ""
    arguments: Any = None
    id: str = ""
    function: Any = None


class _Turn(msgspec.Struct):
    role: str
    content: Any = ""
    tool_calls: list[_Call] | None = None
    tool_call_id: str | None = None


class _Row(msgspec.Struct):
    input: str | list[_Turn]
    id: str | int | None = None
    target: str | int | float | bool | list[str] | None = None
    choices: list[str] | None = None
    tools: list[dict[str, Any]] | None = None
    context: str | list[str] | None = None
    metadata: dict[str, Any] | None = None


def read_dataset(path: Path, *, name: str = "", role: Role = "gate", limit: int | None = None) -> Dataset:
    """A dataset from a file, told by its ending: .jsonl, .json, .csv, .parquet (also .jsonl.gz).

    Args:
        path: The file.
        name: What people call it; the file's stem when empty.
        role: dev, gate or sealed.
        limit: Keep only the first so many samples.

    Raises:
        DataError: Not readable, empty, a row that is no sample, or two rows with one id.
        MissingExtra: Parquet without pyarrow.
    """
    samples: list[Sample] = []
    places: dict[str, str] = {}
    for place, row in _rows(path):
        sample = sample_of(row, place, fallback_id=str(len(samples) + 1))
        if sample.id in places:
            raise DataError(
                f"{place}: id '{sample.id}' stands already at {places[sample.id]}. "
                "Ids pair the two models' answers; give each sample its own"
            )
        places[sample.id] = place
        samples.append(sample)
        if limit is not None and len(samples) >= limit:
            break
    if not samples:
        raise DataError(f"{path}: no samples. {_SHAPE}, one a line")
    return Dataset(name=name or path.name.split(".")[0], samples=tuple(samples), role=role)


def _rows(path: Path) -> Iterator[tuple[str, Any]]:
    kind = path.name.removesuffix(".gz").rsplit(".", 1)[-1].lower()
    readers = {"jsonl": _jsonl, "ndjson": _jsonl, "json": _json, "csv": _csv, "parquet": _parquet}
    if kind not in readers:
        raise DataError(f"{path}: cannot tell the format from the ending '.{kind}'. Known: {', '.join(readers)}")
    if not path.exists():
        raise DataError(f"{path}: no such file")
    return readers[kind](path)


def _jsonl(path: Path) -> Iterator[tuple[str, Any]]:
    for number, line in numbered_lines(path):
        yield f"{path.name}:{number}", _decoded(line, f"{path.name}:{number}")


def _decoded(line: bytes, place: str) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{place}: not JSON ({error}). {_SHAPE}, one a line") from error
    except RecursionError as error:
        raise DataError(f"{place}: JSON nested too deeply. {_SHAPE}") from error


def _json(path: Path) -> Iterator[tuple[str, Any]]:
    rows = _decoded(path.read_bytes(), path.name)
    if not isinstance(rows, list):
        raise DataError(f"{path.name}: expected a JSON array of samples, found {type(rows).__name__}")
    for index, row in enumerate(rows):
        yield f"{path.name}[{index}]", row


def _csv(path: Path) -> Iterator[tuple[str, Any]]:
    known = {"id", "input", "target", "choices", "tools", "context", "metadata"}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            for row in reader:
                place = f"{path.name}:{reader.line_num}"
                if None in row:
                    raise DataError(f"{place}: more cells than the header has columns")
                yield place, _from_cells(row, known)
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path.name}: not CSV in UTF-8: {error}") from error


def _from_cells(row: dict[str, Any], known: set[str]) -> dict[str, Any]:
    """Columns beside the known ones become metadata; cells that hold a JSON list or object are read as such."""
    sample: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for key, cell in row.items():
        if cell is None or cell == "":
            continue
        value = _cell(cell) if key in {"choices", "tools", "context", "metadata"} or key == "input" else cell
        if key == "metadata" and isinstance(value, dict):
            metadata.update(value)
        else:
            (sample if key in known else metadata)[key] = value
    return {**sample, "metadata": metadata}


def _cell(cell: str) -> Any:
    if cell[:1] in "[{":
        try:
            return json.loads(cell)
        except json.JSONDecodeError:
            return cell
    return cell


def _parquet(path: Path) -> Iterator[tuple[str, Any]]:
    known = {"id", "input", "target", "choices", "tools", "context", "metadata"}
    for place, row in parquet_rows(path):
        extra = {key: value for key, value in row.items() if key not in known and value is not None}
        kept = {key: value for key, value in row.items() if key in known and value is not None}
        yield place, {**kept, "metadata": {**extra, **(kept.get("metadata") or {})}}


def sample_of(row: Any, place: str, fallback_id: str) -> Sample:
    """The sample that a JSON object is.

    Raises:
        DataError: It is none.
    """
    if not isinstance(row, dict):
        raise DataError(f"{place}: not a sample (a JSON {type(row).__name__}). {_SHAPE}")
    if "input" not in row:
        raise DataError(f"{place}: not a sample (no 'input'). {_SHAPE}")
    try:
        read = msgspec.convert(row, _Row)
    except msgspec.ValidationError as error:
        raise DataError(f"{place}: not a sample ({error}). {_SHAPE}; input is text or chat messages") from error
    if isinstance(read.input, str):
        asked: str | tuple[Message, ...] = read.input
    else:
        asked = tuple(_message(turn, place) for turn in read.input)
    if not asked:
        raise DataError(f"{place}: 'input' is empty. {_SHAPE}")
    return Sample(
        id=fallback_id if read.id is None else str(read.id),
        input=asked,
        target=_target(read.target),
        choices=tuple(read.choices or ()),
        tools=tuple(read.tools or ()),
        context=_texts(read.context),
        metadata=read.metadata or {},
    )


def _target(target: str | int | float | bool | list[str] | None) -> str | tuple[str, ...] | None:
    if isinstance(target, list):
        return tuple(target)
    if isinstance(target, bool):
        return "true" if target else "false"
    return target if target is None or isinstance(target, str) else str(target)


def _texts(value: str | list[str] | None) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)


def _message(turn: _Turn, place: str) -> Message:
    content = turn.content
    if isinstance(content, list):  # chat dialects allow content in parts; only text can be asked of every subject
        content = "".join(_part(part, place) for part in content)
    if content is None:
        content = ""
    if not isinstance(content, str):
        raise DataError(f"{place}: a message's content is text, found {type(content).__name__}")
    return Message(
        role=turn.role,
        content=content,
        tool_calls=tuple(_call(call) for call in turn.tool_calls or ()),
        tool_call_id=turn.tool_call_id or "",
    )


def _part(part: Any, place: str) -> str:
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    raise DataError(f"{place}: a message holds a part that is not text; assay asks text only")


def _call(call: _Call) -> ToolCall:
    function = call.function if isinstance(call.function, dict) else {"name": call.name, "arguments": call.arguments}
    arguments = function.get("arguments")
    raw = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except json.JSONDecodeError:
            arguments = None
    parsed = arguments if isinstance(arguments, dict) else None
    return ToolCall(name=str(function.get("name", "")), arguments=parsed, raw=raw, id=call.id)


def missing_keys(samples: Iterable[Sample], key: str) -> int:
    """How many samples have no such metadata key."""
    return sum(1 for sample in samples if sample.metadata.get(key) is None)
