"""Rows of a published benchmark file, in whatever container it came, with their places."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from assay.domain.errors import DataError
from assay.store.lines import numbered_lines
from assay.store.parquet import parquet_rows


@dataclass(frozen=True, slots=True)
class Row:
    """One record as published."""

    place: str
    """File and line (or row, or path inside a JSON document), for messages."""
    number: int
    """Position among the rows, from 1."""
    values: Mapping[str, Any]
    """Its columns."""
    file: str = ""
    """Name of its file, which some sets label their rows by."""

    @property
    def columns(self) -> str:
        """Names of its columns, for messages."""
        return ", ".join(str(key) for key in self.values)[:200] or "nothing"

    def has(self, name: str) -> bool:
        """Whether the column is there and not blank."""
        value = self.values.get(name)
        return value is not None and value != ""

    def text(self, *names: str) -> str:
        """Text of the first of these columns that is there.

        Raises:
            DataError: None is there, or it holds something else than text or a number.
        """
        for name in names:
            if self.has(name):
                return self._plain(name)
        raise DataError(f"{self.place}: no '{names[0]}'. The row holds: {self.columns}")

    def optional(self, *names: str) -> str:
        """The same, empty when there is none."""
        return self.text(*names) if any(self.has(name) for name in names) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """A column that holds a list of texts.

        Raises:
            DataError: It is not one, or it is empty.
        """
        value = self.values.get(name)
        if isinstance(value, list | tuple) and value and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise DataError(f"{self.place}: '{name}' should be a list of texts, found {str(value)[:60]!r}")

    def mapping(self, name: str) -> Mapping[str, Any]:
        """A column that holds an object; empty when it is not there."""
        value = self.values.get(name)
        return value if isinstance(value, Mapping) else {}

    def _plain(self, name: str) -> str:
        value = self.values[name]
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise DataError(f"{self.place}: '{name}' should be text, found {type(value).__name__}")


def rows(path: Path) -> Iterator[Row]:
    """Rows of a .csv, .jsonl, .json, .parquet or .txt file (also .jsonl.gz), in order.

    A line of a .txt file is a row with the column `text`.
    A JSON document that is an object of objects of lists of texts gives one row per text, with
    the two keys as `category` and `subcategory` and the text as `question`.

    Raises:
        DataError: No such file, another ending, or not what its ending says.
        MissingExtra: Parquet without pyarrow.
    """
    kind = path.name.removesuffix(".gz").rsplit(".", 1)[-1].lower()
    readers: dict[str, Callable[[Path], Iterator[tuple[str, Any]]]] = {
        "csv": _csv,
        "jsonl": _jsonl,
        "ndjson": _jsonl,
        "json": _json,
        "parquet": parquet_rows,
        "txt": _lines,
    }
    if kind not in readers:
        raise DataError(f"{path}: cannot tell the format from the ending '.{kind}'. Known: {', '.join(readers)}")
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    for number, (place, values) in enumerate(readers[kind](path), start=1):
        if not isinstance(values, Mapping):
            raise DataError(f"{place}: expected an object with named columns, found {type(values).__name__}")
        yield Row(place, number, values, path.name)


def _csv(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            for values in reader:
                place = f"{path.name}:{reader.line_num}"
                if None in values:
                    raise DataError(f"{place}: more cells than the header has columns. Is it cut or quoted wrongly?")
                yield place, values
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path.name}: not CSV in UTF-8: {error}") from error


def _jsonl(path: Path) -> Iterator[tuple[str, Any]]:
    for number, line in numbered_lines(path):
        place = f"{path.name}:{number}"
        yield place, _decoded(line, place)


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    for number, line in numbered_lines(path):
        try:
            yield f"{path.name}:{number}", {"text": line.decode("utf-8")}
        except UnicodeDecodeError as error:
            raise DataError(f"{path.name}:{number}: not text in UTF-8: {error}") from error


def _json(path: Path) -> Iterator[tuple[str, Any]]:
    document = _decoded(path.read_bytes(), path.name)
    if isinstance(document, list):
        for index, item in enumerate(document):
            yield f"{path.name}[{index}]", item
    elif isinstance(document, dict):
        yield from _nested(path.name, document)
    else:
        raise DataError(f"{path.name}: expected a JSON array or object, found {type(document).__name__}")


def _nested(name: str, document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for category, parts in document.items():
        if not isinstance(parts, dict):
            raise DataError(f"{name}: '{category}' should be an object of lists, found {type(parts).__name__}")
        for part, texts in parts.items():
            if not isinstance(texts, list):
                raise DataError(f"{name}: '{category}/{part}' should be a list, found {type(texts).__name__}")
            for index, text in enumerate(texts):
                place = f"{name}: {category}/{part}[{index}]"
                yield place, {"category": category, "subcategory": part.rstrip(": "), "question": text}


def _decoded(content: bytes, place: str) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{place}: not JSON ({error})") from error
    except RecursionError as error:
        raise DataError(f"{place}: JSON nested too deeply") from error
