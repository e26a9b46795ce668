"""Columns of numbers that may be longer than memory: up to a limit they are held, beyond it they lie in a file.

The file has no name where the system allows it, so nothing of it stays when the process ends, however it ends.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from mmap import mmap
from typing import IO, Any
from weakref import finalize

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.domain.errors import RunFailed

HELD = 1 << 27
"""Bytes that a spool holds in memory: those of about a million short rows."""
PIECE = 1 << 16
"""Numbers of a column that are put away together."""
_WAITING = 1 << 12


@dataclass(frozen=True, slots=True)
class Piece:
    """Numbers that were put away."""

    held: NDArray[Any] | None
    """The numbers, where they are in memory."""
    begin: int
    """Else the first of their bytes in the file."""
    length: int
    """How many there are."""
    kind: np.dtype[Any]
    """What they are."""

    @property
    def bytes(self) -> int:
        """Bytes they take."""
        return self.length * self.kind.itemsize


class Spool:
    """Where pieces are put: memory up to a limit, then a temporary file.

    Examples:
        >>> spool = Spool(most=16)
        >>> one, other = spool.put(np.arange(2)), spool.put(np.arange(3))
        >>> spool.held, spool.get(one).tolist(), spool.get(other).tolist()
        (16, [0, 1], [0, 1, 2])
    """

    def __init__(self, most: int = HELD) -> None:
        self.held = 0
        """Bytes in memory."""
        self.written = 0
        """Bytes of the file."""
        self._most = most
        self._free: dict[int, list[int]] = {}

    def put(self, values: NDArray[Any]) -> Piece:
        """Put numbers away; they are copied.

        Raises:
            RunFailed: The file cannot be written.
        """
        size = values.nbytes
        if self.held + size <= self._most:
            self.held += size
            # pages of a map of its own go back to the system with it; pieces of the heap leave holes that stay
            kept = np.frombuffer(mmap(-1, max(size, 1)), values.dtype, len(values))
            kept[:] = values
            return Piece(kept, 0, len(values), values.dtype)
        room = self._free.get(size)
        begin = room.pop() if room else self.written
        self.written = max(self.written, begin + size)
        self._write(begin, np.ascontiguousarray(values).data.cast("B"))
        return Piece(None, begin, len(values), values.dtype)

    def get(self, piece: Piece) -> NDArray[Any]:
        """The numbers of a piece, not to be written to."""
        if piece.held is not None:
            return piece.held
        found = np.empty(piece.length, piece.kind)
        left = found.data.cast("B")
        self._file.seek(piece.begin)
        while left:
            read = self._file.readinto(left)  # type: ignore[attr-defined]  # an unbuffered file has it
            if not read:
                raise RunFailed(f"temporary file in {tempfile.gettempdir()}: ends {len(left):,} bytes too early")
            left = left[read:]
        return found

    def free(self, piece: Piece) -> None:
        """Give up a piece; its place is used again."""
        if piece.held is not None:
            self.held -= piece.bytes
        else:
            self._free.setdefault(piece.bytes, []).append(piece.begin)

    @cached_property
    def _file(self) -> IO[bytes]:
        try:
            made = tempfile.TemporaryFile(buffering=0, prefix="assay-")  # noqa: SIM115  as long as the spool
        except OSError as error:
            raise _full(error) from error
        finalize(self, made.close)
        return made

    def _write(self, begin: int, left: memoryview) -> None:
        self._file.seek(begin)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            raise _full(error) from error


def _full(error: OSError) -> RunFailed:
    return RunFailed(
        f"temporary file in {tempfile.gettempdir()}: {os.strerror(error.errno or 0)}. What checks keep of rows "
        "beyond their memory is written there, up to some 400 bytes a row; set TMPDIR to a folder with more room"
    )


class Column:
    """Numbers in order, one kind, put away piece by piece.

    Examples:
        >>> column = Column(Spool(most=0), "u4", piece=2)
        >>> column.extend([7, 8, 9, 10, 11])
        >>> len(column), column.at([4, 0]).tolist(), column.between(1, 4).tolist()
        (5, [11, 7], [8, 9, 10])
    """

    def __init__(self, spool: Spool, kind: str, piece: int | None = None) -> None:
        self._spool = spool
        self._pieces: list[Piece] = []
        self._open = np.zeros(piece or PIECE, np.dtype(kind))
        self._filled = 0
        self._last = -1, self._open[:0]

    def __len__(self) -> int:
        return len(self._pieces) * len(self._open) + self._filled

    def extend(self, values: ArrayLike) -> None:
        """Add numbers."""
        left = np.asarray(values, self._open.dtype)
        while len(left):
            some = left[: len(self._open) - self._filled]
            self._open[self._filled : self._filled + len(some)] = some
            self._filled += len(some)
            left = left[len(some) :]
            if self._filled == len(self._open):
                self._pieces.append(self._spool.put(self._open))
                self._filled = 0

    def parts(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Pieces in order, each with the place of its first number."""
        for number in range(len(self._pieces) + bool(self._filled)):
            yield number * len(self._open), self._part(number)

    def within(self, begin: int, end: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """The same of the numbers from one place to another."""
        while begin < end:
            stop = min((begin // len(self._open) + 1) * len(self._open), end)
            yield begin, self.between(begin, stop)
            begin = stop

    def between(self, begin: int, end: int) -> NDArray[Any]:
        """The numbers from one place to another, few enough to be held."""
        size = len(self._open)
        first, last = begin // size, max(end - 1, begin) // size
        found = [self._part(number) for number in range(first, last + 1)]
        whole = found[0] if first == last else np.concatenate(found)
        return whole[begin - first * size : end - first * size]

    def at(self, places: ArrayLike) -> NDArray[Any]:
        """The numbers at some places, in the order of the places."""
        wanted = np.asarray(places, np.int64)
        found = np.empty(len(wanted), self._open.dtype)
        number = wanted // len(self._open)
        order = np.argsort(number, kind="stable")
        cuts = np.flatnonzero(np.diff(number[order])) + 1
        for own in np.split(order, cuts) if len(order) else ():
            first = int(number[own[0]])
            found[own] = self._part(first)[wanted[own] - first * len(self._open)]
        return found

    def _part(self, number: int) -> NDArray[Any]:
        if number >= len(self._pieces):
            return self._open[: self._filled]
        if self._last[0] != number:
            self._last = number, self._spool.get(self._pieces[number])
        return self._last[1]


class Table:
    """Columns of one length that are filled row by row.

    Examples:
        >>> table = Table(Spool(), number="u4", able="?")
        >>> table.add(7, True)
        >>> table.add(8, False)
        >>> len(table), table.at("number", [1]).tolist()
        (2, [8])
    """

    def __init__(self, spool: Spool, **kinds: str) -> None:
        self._columns = {name: Column(spool, kind) for name, kind in kinds.items()}
        self._waiting: list[tuple[int, ...]] = []

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()))) + len(self._waiting)

    def add(self, *values: int) -> None:
        """Add a row: a number below 2^64 for each column."""
        self._waiting.append(values)
        if len(self._waiting) >= _WAITING:
            self._put()

    def parts(self, name: str) -> Iterator[tuple[int, NDArray[Any]]]:
        """Pieces of a column, as `Column.parts`; those of all columns have the same length."""
        self._put()
        return self._columns[name].parts()

    def within(self, name: str, begin: int, end: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """Pieces of a column, from one row to another."""
        self._put()
        return self._columns[name].within(begin, end)

    def at(self, name: str, places: ArrayLike) -> NDArray[Any]:
        """What a column holds at some places."""
        self._put()
        return self._columns[name].at(places)

    def _put(self) -> None:
        if self._waiting:
            values, self._waiting = np.array(self._waiting, np.uint64), []
            for column, own in zip(self._columns.values(), values.T, strict=True):
                column.extend(own)


class Marks:
    """A bit for each row.

    Examples:
        >>> marks = Marks(20)
        >>> marks.put([3, 4, 17])
        >>> marks.between(2, 6).tolist(), marks.at([17, 18]).tolist()
        ([False, True, True, False], [True, False])
    """

    def __init__(self, count: int) -> None:
        self._bits = np.zeros((count >> 3) + 1, np.uint8)

    def put(self, places: ArrayLike) -> None:
        """Mark some places."""
        own = np.asarray(places, np.int64)
        np.bitwise_or.at(self._bits, own >> 3, (1 << (own & 7)).astype(np.uint8))

    def at(self, places: ArrayLike) -> NDArray[np.bool_]:
        """Which of some places are marked."""
        own = np.asarray(places, np.int64)
        found: NDArray[np.bool_] = (self._bits[own >> 3] >> (own & 7).astype(np.uint8)) & 1 == 1
        return found

    def between(self, begin: int, end: int) -> NDArray[np.bool_]:
        """Which are marked from one place to another."""
        bits = np.unpackbits(self._bits[begin >> 3 : (end >> 3) + 1], bitorder="little")
        return bits[begin & 7 : (begin & 7) + end - begin].astype(np.bool_)
