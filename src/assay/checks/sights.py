"""Rows of a block in which something may stand: one pass over all their turns, so that most rows are never asked."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from assay.checks.blocks import Block
from assay.domain.training import TrainingRow

Sight = Callable[[Block], Sequence[TrainingRow]]


def sight(words: Iterable[str], patterns: Iterable[str] = (), *, any_case: bool = False) -> Sight:
    """What gives the rows of a block that may hold one of some words, or fit one of some patterns, in order.

    A row that is left out holds none; one that is given is to be looked at closely. Without google-re2 all are given.

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
    search = _search("|".join([*told, _GROWS] if any_case else told), any_case)
    if search is None:
        return lambda block: block.rows

    def seen(block: Block) -> Sequence[TrainingRow]:
        found: list[TrainingRow] = []
        place = 0
        while (at := search(block.joined, place)) >= 0:
            row = bisect_left(block.row_ends, at)
            if row == len(block.rows):
                break
            found.append(block.rows[row])
            place = block.row_ends[row]
        return found

    return seen


_GROWS = "\u0130"
"""The only letter that `str.lower` makes two of, and one of them an i."""


def _search(pattern: str, any_case: bool) -> Callable[[bytes, int], int] | None:
    """Where a pattern fits next in UTF-8, from a place on; -1 for nowhere. None without google-re2."""
    try:
        import re2
    except ImportError:
        return None
    options = re2.Options()
    options.max_mem = 64 << 20
    options.never_capture = True
    options.case_sensitive = not any_case
    search = re2.compile(pattern.encode(), options).search

    def begins(data: bytes, place: int) -> int:
        match = search(data, place)
        return -1 if match is None else match.start()

    return begins
