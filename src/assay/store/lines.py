"""Lines of a file with their numbers, in bounded memory."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from assay.domain.errors import DataError

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes. A longer line is never a sample; reading it whole would let one file take all memory."""


def numbered_lines(path: Path, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes]]:
    """Non-empty lines as (number from 1, bytes without the line end); `.gz` is unpacked on the way.

    Raises:
        DataError: The file cannot be opened, or a line is longer than `longest` bytes.
    """
    with _opened(path) as stream:
        yield from stream_lines(stream, str(path), longest)


def stream_lines(stream: IO[bytes], path: str, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes]]:
    """The same of an open stream; `path` serves messages."""
    number = 0
    while True:
        try:
            line = stream.readline(longest + 1)
        except (OSError, EOFError) as error:
            raise DataError(f"{path}:{number + 1}: cannot be read: {error}") from error
        if not line:
            return
        number += 1
        if len(line) > longest:
            raise DataError(
                f"{path}:{number}: line is longer than {longest // 1024 // 1024} MiB. "
                "JSON Lines holds one record a line; is this a JSON array or a binary file?"
            )
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        line = line.strip()
        if line:
            yield number, line


def _opened(path: Path) -> IO[bytes]:
    try:
        if path.suffix == ".gz":
            return cast(IO[bytes], gzip.open(path, "rb"))
        return path.open("rb")
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror or error}") from error
