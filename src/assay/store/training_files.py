"""Files of training data: JSON Lines, JSON, CSV, Parquet, Arrow, text; packed or not; streamed.

A row that does not fit is an `Unfit` record and reading goes on. What is raised is what the user wrote wrongly: a name
that does not exist, a format that nothing tells.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from assay.domain.errors import DataError
from assay.domain.training import FileFacts, TrainingRow, Unfit
from assay.store.lines import LONGEST_LINE
from assay.store.tables import arrow_rows, parquet_rows
from assay.store.training_bytes import DAMAGED, STDIN, Opened, Readable, lines
from assay.store.training_json import NotJson, decoded, elements
from assay.store.training_rows import row_of

FORMATS = {
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "json",
    "csv": "csv",
    "tsv": "csv",
    "parquet": "parquet",
    "arrow": "arrow",
    "feather": "arrow",
    "ipc": "arrow",
    "txt": "text",
}
"""Ending -> format."""
_STEPS, _REMOVED = "transformations.json", "removed.jsonl"
"""Names of what a cleaned copy comes with; in folders they are no data."""
_PACKED = (".gz", ".gzip", ".zst", ".zstd")
_WRAPPERS = (
    "data", "rows", "train", "examples", "instances", "items", "samples", "test", "validation", "valid", "dev", "eval"
)  # fmt: skip
_LARGEST_DOCUMENT = 512 * 1024 * 1024
"""Bytes of a JSON file that is one object and so must be held whole."""

Rows = Iterator[TrainingRow | Unfit]


def files(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The files that are meant by names of files, folders and `-`; and the files in folders that are passed over.

    Folders are searched through, in the order of names; hidden files and links to folders are left out, pipes are
    passed over. A path that is meant twice is given once.

    Raises:
        DataError: There is no such file, or no file of a known format.
    """
    meant: list[str] = []
    passed: list[str] = []
    for name in names:
        if name != STDIN and Path(name).is_dir():
            for path in _inside(name):
                if not _own(path):
                    (meant if _format(path) and Path(path).is_file() else passed).append(path)
        elif name == STDIN or Path(name).exists():
            meant.append(name)
        else:
            raise DataError(f"{name}: no such file or folder")
    if not meant:
        raise DataError(f"{', '.join(names)}: no file of a known format. Known: {', '.join(FORMATS)}, packed or not")
    return _once(meant), _once(passed)


def _once(names: Sequence[str]) -> list[str]:
    """The same without those that are the same path in other words."""
    return list({name if name == STDIN else os.path.abspath(name): name for name in reversed(names)}.values())[::-1]  # noqa: PTH100  links stay


def _inside(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        yield from (str(Path(place) / name) for name in sorted(names) if not name.startswith("."))


def _own(path: str) -> bool:
    """Whether a file is what a cleaned copy comes with; data under the name of its log is data."""
    name = Path(path).name
    if name == _STEPS:
        return True
    if name != _REMOVED or not Path(path).is_file():
        return False
    with Path(path).open("rb") as stream:
        return stream.read(9) in (b"", b'{"file": ')


def _ending(name: str) -> str:
    path = name.lower()
    for packed in _PACKED:
        path = path.removesuffix(packed)
    return Path(path).suffix.lstrip(".")


def _format(name: str) -> str:
    return FORMATS.get(_ending(name), "")


class TrainingFile:
    """One file, read once.

    Attributes:
        name: As given; `-` is standard input.
        facts: What is known of it when all rows were read; None before.
    """

    def __init__(self, name: str, *, as_text: bool = False, longest: int = LONGEST_LINE) -> None:
        """A file of that name.

        Args:
            name: Its name; `-` is standard input.
            as_text: Whether a file that nothing tells to be otherwise holds plain text, a row a line.
            longest: Bytes of the longest row that is read.
        """
        self.name = name
        self.facts: FileFacts | None = None
        self._as_text = as_text
        self._longest = longest
        self._format = _format(name)

    def rows(self) -> Rows:
        """All rows in order, and what could not be read as one.

        Raises:
            DataError: It cannot be opened, or nothing tells its format.
            MissingExtra: Parquet, Arrow or Zstandard without the package for it.
        """
        opened = Opened(self.name)
        try:
            try:
                yield from self._read(opened)
            except DAMAGED as error:
                yield self._whole("unreadable", str(error) or type(error).__name__)
            size, digest, changed = opened.end()
        finally:
            opened.close()
        self.facts = FileFacts(
            file=self.name, bytes=size, digest=digest, format=self._format or "jsonl", packed=opened.packed
        )
        if changed:
            yield self._whole("changed_while_read", "its size or its time of change is not what it was")

    def _read(self, opened: Opened) -> Rows:
        head = opened.stream.peek(64)[:64]
        if not head:
            yield self._whole("empty_file", "")
            return
        self._format = self._format or self._told(head)
        table = {b"PAR1": "parquet", b"ARROW1": "arrow"}.get(head[:4] if head[:4] == b"PAR1" else head[:6])
        self._format = table or self._format
        if self._format == "jsonl" and head.split(b"\n")[0].strip() == b"[":
            self._format = "json"
        readers: dict[str, Callable[[IO[bytes]], Rows]] = {
            "jsonl": self._jsonl,
            "json": self._json,
            "csv": self._csv,
            "text": self._text,
            "parquet": lambda _: self._table(parquet_rows, opened),
            "arrow": lambda _: self._table(arrow_rows, opened),
        }
        empty = True
        for row in readers[self._format](opened.stream):
            empty = False
            yield row
        if empty:
            yield self._whole("empty_file", "")

    def _told(self, head: bytes) -> str:
        """The format that the first bytes tell."""
        begun = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        if begun in (b"{", b"["):
            return "json"
        if self._as_text:
            return "text"
        if self.name == STDIN or head[:4] in (b"PAR1", b"ARRO"):
            return "jsonl"
        raise DataError(
            f"{self.name}: neither its ending nor its beginning tells the format. Known endings: {', '.join(FORMATS)}"
        )

    def _whole(self, cause: str, detail: str) -> Unfit:
        return Unfit(file=self.name, line=0, cause=cause, detail=detail)

    def _unfit(self, line: int, cause: str, detail: str = "") -> Unfit:
        return Unfit(file=self.name, line=line, cause=cause, detail=detail)

    def _jsonl(self, stream: Readable, before: int = 0) -> Rows:
        crlf = bom = False
        for line in lines(stream, self._longest, before):
            if line.bom and not bom:
                bom = True
                yield self._unfit(line.number, "byte_order_mark")
            if line.crlf and not crlf:
                crlf = True
                yield self._unfit(line.number, "crlf")
            if line.cause:
                yield self._unfit(line.number, line.cause)
                continue
            try:
                value, repeated = decoded(line.content)
            except NotJson as error:
                half = error.cause == "not_json" and not line.ended
                yield self._unfit(line.number, "half_line" if half else error.cause, str(error))
                continue
            yield row_of(value, self.name, line.number, repeated)

    def _json(self, stream: IO[bytes]) -> Rows:
        """An array, an object that holds one, or in truth JSON Lines."""
        assert isinstance(stream, io.BufferedReader)
        begun, before = _skipped(stream)
        if begun == b"[":
            yield from self._array(stream)
            return
        again = _Again(stream, self._longest)
        if begun != b"{" or again.begins_with_a_row():
            self._format = "jsonl"
            yield from self._jsonl(again, before)
            return
        yield from self._document(again)

    def _array(self, stream: IO[bytes]) -> Rows:
        number = 0
        try:
            for content in elements(stream, self._longest):
                number += 1
                if content is None:
                    yield self._unfit(number, "long_row")
                    continue
                yield self._element(content, number)
        except NotJson as error:
            yield self._unfit(0 if error.cause == "unreadable" else number + 1, error.cause, str(error))

    def _element(self, content: bytes, number: int) -> TrainingRow | Unfit:
        try:
            value, repeated = decoded(content)
        except NotJson as error:
            return self._unfit(number, error.cause, str(error))
        return row_of(value, self.name, number, repeated)

    def _document(self, stream: _Again) -> Rows:
        content = stream.read(_LARGEST_DOCUMENT + 1)
        if len(content) > _LARGEST_DOCUMENT:
            yield self._whole("unreadable", "one object of more than 512 MiB; write an array or JSON Lines")
            return
        try:
            value, repeated = decoded(content)
        except NotJson as error:
            yield self._whole(error.cause, str(error))
            return
        for number, row in enumerate(_unwrapped(value), start=1):
            yield row_of(row, self.name, number, repeated)
        if left := _left(value):
            yield self._whole("lists_left", f"under {', '.join(left)}"[:200])

    def _csv(self, stream: IO[bytes]) -> Rows:
        csv.field_size_limit(self._longest)
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        delimiter = "\t" if _ending(self.name) == "tsv" else ","
        reader = csv.reader(text, delimiter=delimiter)
        try:
            header = next(reader, [])
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    yield self._unfit(line, "not_csv", str(error))
                    continue
                if cells is None:
                    return
                if cells:
                    yield self._record(header, cells, line)
        finally:
            text.detach()

    def _record(self, header: list[str], cells: list[str], line: int) -> TrainingRow | Unfit:
        if len(cells) != len(header):
            return self._unfit(line, "not_csv", f"{len(cells)} cells where the header has {len(header)}")
        try:
            "".join(cells).encode()
        except UnicodeEncodeError:
            return self._unfit(line, "not_utf8")
        try:
            values = {key: _cell(cell) for key, cell in zip(header, cells, strict=True)}
        except NotJson as error:
            return self._unfit(line, error.cause, str(error))
        return row_of(values, self.name, line, len(values) != len(header))

    def _text(self, stream: IO[bytes]) -> Rows:
        for line in lines(stream, self._longest):
            if line.cause:
                yield self._unfit(line.number, line.cause)
                continue
            try:
                yield row_of(line.content.decode(), self.name, line.number)
            except UnicodeDecodeError as error:
                yield self._unfit(line.number, "not_utf8", str(error))

    def _table(self, reader: Callable[[str], Iterable[dict[str, Any]]], opened: Opened) -> Rows:
        if self.name == STDIN or not Path(self.name).is_file() or opened.packed:
            yield self._whole("unreadable", f"{self._format} is read from files, not from pipes or packed")
            return
        try:
            for number, values in enumerate(reader(self.name), start=1):
                yield row_of({key: each for key, each in values.items() if each is not None}, self.name, number)
        except DataError as error:
            yield self._whole("unreadable", str(error))


def _skipped(stream: io.BufferedReader) -> tuple[bytes, int]:
    """The first byte that is no blank and no mark, which stays in the stream, and the lines before it."""
    before = 0
    if stream.peek(3)[:3] == b"\xef\xbb\xbf":
        stream.read(3)
    while (head := stream.peek(1)[:1]) and head in b" \t\r\n":
        before += stream.read(1) == b"\n"
    return head, before


class _Again:
    """A stream whose first line was looked at and is read again."""

    def __init__(self, stream: IO[bytes], longest: int) -> None:
        self._stream = stream
        self._first = stream.readline(longest + 1)
        self._alone = not self._first.endswith(b"\n")

    def begins_with_a_row(self) -> bool:
        """Whether the first line is an object by itself and holds no rows: JSON Lines under the name of JSON."""
        try:
            value, _ = decoded(self._first.strip())
        except NotJson:
            return b'"' in self._first and self._first.rstrip().endswith(b"}") and not self._alone
        return not self._alone or _unwrapped(value) == [value]

    def readline(self, size: int) -> bytes:
        """The next line."""
        first, self._first = self._first, b""
        return first or self._stream.readline(size)

    def read(self, size: int) -> bytes:
        """Bytes, the first line among them."""
        first, self._first = self._first, b""
        return first + self._stream.read(size)


def _unwrapped(value: Any) -> list[Any]:
    """The rows in an object that holds them under usual keys; else the value itself."""
    return [row for key in _wrappers(value) for row in value[key]] or [value]


def _wrappers(value: Any) -> list[str]:
    return [key for key in _WRAPPERS if _holds_rows(value.get(key))] if isinstance(value, dict) else []


def _left(value: Any) -> list[str]:
    """Keys of an object that holds rows, under which there are lists of further rows that were not read."""
    if not isinstance(value, dict) or not _wrappers(value):
        return []
    others = {key: inside for key, inside in value.items() if key not in _WRAPPERS and _holds_rows(inside)}
    return sorted(key for key, inside in others.items() if isinstance(row_of(inside[0], "", 0), TrainingRow))


def _holds_rows(inside: Any) -> bool:
    return isinstance(inside, list) and bool(inside) and isinstance(inside[0], dict)


def _cell(cell: str) -> Any:
    """A cell that holds a JSON list or object is read as such; an empty one is absent."""
    if cell[:1] in ("[", "{") and cell[-1:] in ("]", "}"):
        try:
            return decoded(cell.encode())[0]
        except NotJson as error:
            if error.cause == "too_deep":
                raise
            return cell
    return cell
