"""Rows of a block in which something may stand: one pass over each row for all checks, so that most are never asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import count
from typing import Any
from weakref import WeakSet

from assay.checks.blocks import Block
from assay.domain.training import TrainingRow

Match = Callable[[bytes], Sequence[int] | None]
_MEMORY = 64 << 20


class Sight:
    """What gives the rows of a block that may hold one of some words, or fit one of some patterns, in order."""

    _numbers = count(1)

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        """What a row is searched for."""
        self.number = next(self._numbers)
        """When it was made."""

    def __call__(self, block: Block) -> Sequence[TrainingRow]:
        """The rows that may hold something; without google-re2 all rows."""
        return _LOOKED.rows(block, self)

    def places(self, block: Block) -> frozenset[int]:
        """The same as the `id` of each of these rows, for checks that ask something else of all rows."""
        return frozenset(map(id, self(block)))


def sight(words: Iterable[str], patterns: Iterable[str] = (), *, any_case: bool = False) -> Sight:
    """Something that gives the rows of a block that may hold one of some words, or fit one of some patterns.

    A row that is left out holds none; one that is given is to be looked at closely. Without google-re2 all are given.
    All sights that were ever asked are looked for at once: another one costs next to nothing.

    Args:
        words: Parts of texts; blanks and marks count.
        patterns: Regular expressions without look-arounds, back references, anchors, and negated classes.
        any_case: Whether what is in lower case stands for all that `str.lower` makes so.

    Examples:
        >>> from assay.checks.blocks import Waiting
        >>> from assay.domain.sample import Message
        >>> waiting = Waiting()
        >>> for line, said in enumerate(("He OBEYS.", "She does not.", "I obey."), start=1):
        ...     answers = ((Message(role="assistant", content=said),),)
        ...     _ = waiting.add(TrainingRow(file="a", line=line, shape="chat", answers=answers))
        >>> [block] = waiting.rest()
        >>> {1, 3} <= {row.line for row in sight(["obey"], any_case=True)(block)}
        True
    """
    told = [*map(re.escape, words), *(f"(?:{pattern})" for pattern in patterns)]
    return Sight(f"(?i:{'|'.join([*told, _GROWS])})" if any_case else "|".join(told))


_GROWS = "[\u0130\u0131]"
"""The only letter that `str.lower` makes two of, one of them an i; and the one that `re.IGNORECASE` takes for an i."""


class _Looked:
    """What each sight saw in the block that was looked at last."""

    def __init__(self) -> None:
        self._used: WeakSet[Sight] = WeakSet()
        self._match: Match | None = None
        self._numbers: list[int] = []
        self._block: Block | None = None
        self._seen: dict[int, list[TrainingRow]] = {}

    def rows(self, block: Block, one: Sight) -> Sequence[TrainingRow]:
        """The rows that a sight sees."""
        if self._engine is None:
            return block.rows
        if one not in self._used:
            self._used.add(one)
            self._block = None
            self._match = self._together(self._engine)
        if self._block is not block:
            self._look(block)
        return self._seen[one.number]

    @cached_property
    def _engine(self) -> Any:
        try:
            import re2
        except ImportError:
            return None
        return re2

    def _together(self, re2: Any) -> Match:
        """All sights as one automaton; the first pattern fits every text: without it the engine gave up."""
        options = re2.Options()
        options.max_mem = _MEMORY
        options.log_errors = False
        made = re2.Set.SearchSet(options)
        made.Add(r"(?s)\A.")
        used = sorted(self._used, key=lambda one: one.number)
        for one in used:
            made.Add(one.pattern)
        made.Compile()
        self._numbers = [0, *(one.number for one in used)]
        match: Match = made.Match
        return match

    def _look(self, block: Block) -> None:
        assert self._match is not None
        match, joined, begin = self._match, block.joined, 0
        hits: list[list[TrainingRow]] = [[] for _ in self._numbers]
        for row, end in zip(block.rows, block.row_ends, strict=True):
            said = joined[begin:end]
            begin = max(begin, end + 1)
            for each in match(said) or (range(len(hits)) if said else ()):
                hits[each].append(row)
        self._seen = dict(zip(self._numbers, hits, strict=True))
        self._block = block


_LOOKED = _Looked()
