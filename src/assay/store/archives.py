"""Zip archives of strangers: members are read in memory, within limits, and nothing is ever unpacked to disk."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO, Any

from assay.domain.errors import DataError, MissingExtra

MOST_MEMBERS = 250_000
"""More is no log of an evaluation; each costs memory before a byte of it is read."""
LARGEST_MEMBER = 256 * 1024 * 1024
"""Bytes, unpacked. One member is one sample, held whole while it is read."""
LARGEST_TOTAL = 16 * 1024 * 1024 * 1024
"""Bytes, unpacked, over all members."""
HIGHEST_RATIO = 300
"""Unpacked to packed bytes of a member above `RATIO_FROM`. Transcripts of agents reach about 100."""
RATIO_FROM = 4 * 1024 * 1024
"""Bytes, unpacked, below which a ratio harms nobody."""
ZSTANDARD = 93
"""Compression method of the zip format that Inspect writes since 0.3.17x; Python reads it from 3.14 on."""
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, ZSTANDARD}
_PART = 1024 * 1024
_CODE = {".pkl", ".pickle", ".pt", ".pth", ".joblib", ".npy", ".dill"}
"""Endings of files that run code, or may, when the usual libraries load them."""


class Archive:
    """The members of a zip archive that passed all checks.

    Attributes:
        path: The archive, for messages.
    """

    def __init__(self, path: Path, opened: zipfile.ZipFile) -> None:
        self.path = path
        self._zip = opened
        self._infos = {info.filename: info for info in opened.infolist()}
        self._read = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members in the order of the archive."""
        return tuple(self._infos)

    def read(self, name: str) -> bytes:
        """Bytes of a member.

        Raises:
            DataError: There is none of that name, it is damaged, or it is larger than it says.
            MissingExtra: It is packed with Zstandard and nothing here can unpack that.
        """
        place = f"{self.path}: {name}"
        info = self._infos.get(name)
        if info is None:
            raise DataError(f"{self.path}: no member '{name}'")
        try:
            with self._stream(info, place) as stream:
                content = _at_most(stream, info.file_size, place)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise DataError(f"{place}: cannot be unpacked: {error}") from error
        if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
            raise DataError(f"{place}: damaged: length or checksum differ from what the archive says")
        self._read += len(content)
        if self._read > LARGEST_TOTAL:
            raise DataError(f"{self.path}: unpacks to more than {LARGEST_TOTAL // 2**30} GiB; refused")
        return content

    def _stream(self, info: zipfile.ZipInfo, place: str) -> Any:
        if info.compress_type == ZSTANDARD:
            return _zstandard(self._packed(info, place), place)
        return self._zip.open(info)

    def _packed(self, info: zipfile.ZipInfo, place: str) -> bytes:
        """The packed bytes, which stand behind the local header: 30 bytes, name and extra."""
        source = self._zip.fp
        assert source is not None
        source.seek(info.header_offset)
        head = source.read(30)
        if len(head) < 30 or head[:4] != b"PK\x03\x04":
            raise DataError(f"{place}: the archive does not hold it where it says")
        source.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
        return source.read(info.compress_size)


@contextmanager
def archive(path: Path) -> Iterator[Archive]:
    """An archive, after all of its members were looked at.

    Raises:
        DataError: Not a zip archive, cut, encrypted, or a member that has no place in a log: one whose
            name leads out of the archive, a link, a pickle, a second one of a name, one that is too large or packed
            too densely, or members that share their bytes.
    """
    try:
        opened = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError, UnicodeDecodeError, ValueError) as error:
        raise DataError(f"{path}: {_no_archive(path, error)}") from error
    with opened:
        _checked(path, opened)
        yield Archive(path, opened)


def _no_archive(path: Path, error: Exception) -> str:
    try:
        with path.open("rb") as stream:
            head = stream.read(4)
    except OSError:
        return f"cannot be opened: {getattr(error, 'strerror', None) or error}"
    if head.startswith(b"PK"):
        return f"a zip archive that is cut or damaged ({error}). Copy it again"
    if head[:1] == b"\x80":
        return "a Python pickle, which is never loaded: it could run code. Export the results as JSON"
    return f"not a zip archive ({error})"


def _checked(path: Path, opened: zipfile.ZipFile) -> None:
    infos = opened.infolist()
    if len(infos) > MOST_MEMBERS:
        raise DataError(f"{path}: {len(infos):,} members; at most {MOST_MEMBERS:,} are read")
    twice = [name for name, count in Counter(info.filename for info in infos).items() if count > 1]
    if twice:
        raise DataError(
            f"{path}: {len(twice)} names stand twice, first {twice[0][:200]!r}; which one counts is not told"
        )
    for info in infos:
        reason = _name_fault(info) or _size_fault(info)
        if reason:
            raise DataError(f"{path}: member {info.filename[:200]!r} {reason}; the archive is refused")
    total = sum(info.file_size for info in infos)
    if total > LARGEST_TOTAL:
        raise DataError(f"{path}: unpacks to {total:,} bytes; at most {LARGEST_TOTAL:,} are read")
    _apart(path, infos)


def _name_fault(info: zipfile.ZipInfo) -> str:
    name = info.orig_filename
    path = PurePosixPath(name)
    if path.is_absolute() or "\\" in name or ".." in path.parts or name[1:2] == ":":
        return "has a name that leads out of the archive"
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        return "has control characters in its name"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a special file"
    if path.suffix.lower() in _CODE:
        return "is a pickle or another file that can run code when loaded"
    return ""


def _size_fault(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 1:
        return "is encrypted"
    if info.compress_type not in _METHODS:
        return f"is packed with method {info.compress_type}; stored, deflate and zstandard are read"
    if info.file_size > LARGEST_MEMBER:
        return f"unpacks to {info.file_size:,} bytes, at most {LARGEST_MEMBER:,} are read"
    if info.file_size > RATIO_FROM and info.file_size > HIGHEST_RATIO * max(info.compress_size, 1):
        ratio = info.file_size // max(info.compress_size, 1)
        return f"unpacks to {ratio} times its size, at most {HIGHEST_RATIO} is taken for a log"
    return ""


def _apart(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    """Members that overlap are how small archives unpack to much more than they could hold."""
    placed = sorted(infos, key=lambda info: info.header_offset)
    for one, following in pairwise(placed):
        if one.header_offset + 30 + one.compress_size > following.header_offset:
            raise DataError(
                f"{path}: members {one.filename[:200]!r} and {following.filename[:200]!r} share bytes; refused"
            )


def _at_most(stream: IO[bytes], size: int, place: str) -> bytes:
    """What a stream holds, when it is no more than was said: headers can lie."""
    parts: list[bytes] = []
    left = size
    while part := stream.read(min(_PART, left + 1)):
        left -= len(part)
        if left < 0:
            raise DataError(f"{place}: unpacks to more than the {size:,} bytes that the archive says; refused")
        parts.append(part)
    return b"".join(parts)


def _zstandard(packed: bytes, place: str) -> Any:
    import io

    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]

        return zstd.ZstdFile(io.BytesIO(packed))
    except ImportError:
        pass
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtra(
            f"{place}: packed with Zstandard, which needs zstandard before Python 3.14. Install with: "
            "pip install 'assay-llm[inspect]', or convert the log: inspect log convert LOG --to json --output-dir DIR"
        ) from error
    return _Readable(zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(io.BytesIO(packed)), zstandard)


class _Readable:
    """A stream of zstandard whose errors are those of a damaged archive."""

    def __init__(self, stream: Any, library: Any) -> None:
        self._stream, self._error = stream, library.ZstdError

    def __enter__(self) -> _Readable:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read(self, size: int) -> bytes:
        try:
            return bytes(self._stream.read(size))
        except self._error as error:
            raise zipfile.BadZipFile(str(error)) from error
