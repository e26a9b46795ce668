"""Numbers of rows by their file, in one table that may be longer than memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numpy.typing import ArrayLike, NDArray

from assay.checks.spool import Spool, Table


class ByFile:
    """A few numbers of each row; those of a file lie side by side, as one file is read after another.

    Examples:
        >>> rows = ByFile(Spool(), number="u4")
        >>> for file, number in (("a", 7), ("a", 8), ("b", 9), ("a", 6)):
        ...     rows.add(file, number)
        >>> [(begin, part.tolist()) for begin, part in rows.parts("a", "number")], rows.counts()
        ([(0, [7, 8]), (3, [6])], {'a': 3, 'b': 1})
    """

    def __init__(self, spool: Spool, **kinds: str) -> None:
        self._table = Table(spool, **kinds)
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self._file = ""
        self._begin = 0

    def add(self, file: str, *values: int) -> None:
        """Add a row of a file."""
        if file != self._file:
            self._close()
            self._file = file
        self._table.add(*values)

    def counts(self) -> dict[str, int]:
        """Rows of each file."""
        self._close()
        return {file: sum(end - begin for begin, end in own) for file, own in self._spans.items()}

    def parts(self, file: str, name: str) -> Iterator[tuple[int, NDArray[Any]]]:
        """Pieces of a column that are of a file, each with the place of its first number."""
        self._close()
        for begin, end in self._spans[file]:
            yield from self._table.within(name, begin, end)

    def at(self, name: str, places: ArrayLike) -> NDArray[Any]:
        """What a column holds at some places."""
        return self._table.at(name, places)

    def _close(self) -> None:
        if self._begin < len(self._table):
            self._spans.setdefault(self._file, []).append((self._begin, len(self._table)))
            self._begin = len(self._table)
