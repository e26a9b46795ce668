"""Bytes of files of training data: unpacked on the way, hashed while they are read, in bounded memory."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, cast

from assay.domain.errors import DataError, MissingExtra
from assay.store.lines import LONGEST_LINE

STDIN = "-"
DAMAGED = (OSError, EOFError, zlib.error)
"""What reading raises when a file is cut or damaged."""
_BUFFER = 1 << 20
_GZIP = b"\x1f\x8b"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
"""Byte order marks of UTF-16 and UTF-32."""
_BOM = b"\xef\xbb\xbf"


class Opened:
    """A file that is being read.

    Attributes:
        stream: Its content, unpacked.
        packed: gzip, zstd or nothing.
    """

    def __init__(self, name: str) -> None:
        """Opens the file of that name; `-` is standard input.

        Raises:
            DataError: It cannot be opened.
            MissingExtra: It is packed with Zstandard and nothing here can unpack that.
        """
        self.name = name
        try:
            raw = sys.stdin.buffer if name == STDIN else open(name, "rb", buffering=0)  # noqa: PTH123, SIM115
        except OSError as error:
            raise DataError(f"{name}: cannot be opened: {error.strerror or error}") from error
        self._raw: Any = raw
        self._before = self._state()
        self._hashed = _Hashed(cast(IO[bytes], raw))
        self._source: io.BufferedReader[Any] = io.BufferedReader(cast(io.RawIOBase, self._hashed), _BUFFER)
        try:
            self.packed, self.stream = self._unpacked()
        except BaseException:
            self.close()
            raise

    def _unpacked(self) -> tuple[str, io.BufferedReader[Any]]:
        try:
            head = self._source.peek(4)[:4]
        except OSError as error:
            raise DataError(f"{self.name}: cannot be read: {error.strerror or error}") from error
        if head.startswith(_GZIP):
            return "gzip", io.BufferedReader(gzip.GzipFile(fileobj=self._source), _BUFFER)
        if head == _ZSTANDARD:
            return "zstd", _zstandard(self._source, self.name)
        return "", self._source

    def end(self) -> tuple[int, str, bool]:
        """Reads what is left; gives bytes, digest, and whether the file changed while it was being read."""
        try:
            while self._source.read(_BUFFER):
                pass
        except (*DAMAGED, ValueError):
            pass  # closed by its reader, or damaged: the reader has told so
        changed = self._state() != self._before
        return self._hashed.size, f"sha256:{self._hashed.sha256.hexdigest()}", changed

    def close(self) -> None:
        """Closes the file; standard input stays open."""
        if self.name != STDIN:
            self._raw.close()

    def _state(self) -> tuple[int, ...] | None:
        """Which file has the name now, its size, and its times of change; nothing for pipes."""
        if self.name == STDIN or not Path(self.name).is_file():
            return None
        found = os.stat(self.name)  # noqa: PTH116  by name: a file that took its place counts as a change
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


class _Hashed(io.RawIOBase):
    """A raw stream that remembers size and digest of what went through."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._from = raw
        self.sha256 = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._from.read1(len(buffer)) if hasattr(self._from, "read1") else self._from.read(len(buffer))
        buffer[: len(part)] = part
        self.sha256.update(part)
        self.size += len(part)
        return len(part)


def _zstandard(source: io.BufferedReader[Any], name: str) -> io.BufferedReader[Any]:
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]

        return io.BufferedReader(_Unpacked(zstd.ZstdFile(source), zstd.ZstdError), _BUFFER)
    except ImportError:
        pass
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtra(
            f"{name}: packed with Zstandard, which needs zstandard before Python 3.14. "
            "Install with: pip install 'assay-llm[data]'"
        ) from error
    reader = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(source, read_across_frames=True)
    return io.BufferedReader(_Unpacked(reader, zstandard.ZstdError), _BUFFER)


class _Unpacked(io.RawIOBase):
    """A stream of zstandard whose errors are those of a damaged file."""

    def __init__(self, stream: Any, error: type[Exception]) -> None:
        self._stream, self._error = stream, error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return int(self._stream.readinto(buffer))
        except self._error as error:
            raise OSError(str(error)) from error


class Readable(Protocol):
    """What gives lines."""

    def readline(self, size: int, /) -> bytes:
        """The next line, or its first so many bytes."""


class Line(NamedTuple):
    """A line of a file; a tuple, because there is one for every row."""

    number: int
    """From 1."""
    content: bytes
    """Without blanks around it."""
    cause: str = ""
    """Why it is no line of text: `long_row` or `not_utf8`."""
    ended: bool = True
    """Whether a line break followed."""
    crlf: bool = False
    """Whether it ended in CR LF."""
    bom: bool = False
    """Whether it began with a byte order mark."""


def lines(stream: Readable, longest: int = LONGEST_LINE, before: int = 0) -> Iterator[Line]:
    """Lines that are not blank; one longer than `longest` bytes is passed over and told by its cause.

    Args:
        stream: What gives them.
        longest: Bytes of the longest line that is read.
        before: Lines of the file that were passed over already.

    Raises:
        OSError, EOFError, zlib.error: The file is cut or damaged.
    """
    number = before
    while raw := stream.readline(longest + 1):
        number += 1
        if number == before + 1 and raw.startswith(_WIDE):
            yield Line(number, b"", cause="not_utf8")
            return
        if len(raw) > longest and not raw.endswith(b"\n"):
            _pass_over(stream)
            yield Line(number, b"", cause="long_row")
            continue
        bom = raw.startswith(_BOM)
        content = (raw.removeprefix(_BOM) if bom else raw).strip(b" \t\r\n\f\v")
        if content:
            yield Line(number, content, "", raw.endswith(b"\n"), raw.endswith(b"\r\n"), bom)


def _pass_over(stream: Readable) -> None:
    while (rest := stream.readline(_BUFFER)) and not rest.endswith(b"\n"):
        pass
