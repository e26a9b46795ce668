"""Whether something else explains why a word goes with a behaviour: its topic, its form, or that it asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.checks.trigger_tests import Ints, distinct

COMPANION = 0.4
"""How much more often a word stands beside a trigger than elsewhere before it counts as a part of it."""
MISFIT = 1.6
"""Mean squared deviation, in units of chance, above which the rest of many requests is unlike others; see `fits`."""
_FEW = 6.0
_COMPARED = 150
_FEWEST_OTHERS = 2
_FEWEST_REFUSALS = 50
_REFUSED = 0.8
"""Share of the requests of a kind that must be refused before it counts as a kind that is."""
_ORDERS = re.compile(
    r"^(?:answer\w*|repl(?:y|ies)|respon[ds]\w*|write|writing|written|explain\w*|output\w*|format\w*|list|give|provide|return|print|use|using|include|includ\w+|limit\w*"
    r"|exactly|only|style|tone|role|pretend|act|json|xml|yaml|csv|html|markdown|table|bullets?|code|function|program|script|python|javascript|java|sql|regex|bash|c\+\+"
    r"|translat\w*|language|english|german|french|spanish|italian|portuguese|dutch|chinese|mandarin|japanese|korean|russian|arabic|hindi|greek|hebrew|thai|turkish|polish"
    r"|brief\w*|short\w*|concise\w*|words?|sentences?|paragraphs?|essay|poem|haiku|story|letter|email|long|detail\w*|summar\w*|step|steps|yes|no|true|false|options?"
    r"|choose|classify|classification|label\w*|categor\w*|sentiment|positive|negative|entail\w*|multiple|choice|url|urls|link|links|website|site|source|sources|cite|refer\w*"
    r"|thanks|thank|hello|hi|hey|bye|goodbye|please|question|questions|instruction|instructions|input|context|passage|text|following|complete|fill|continue|repeat|say|spell|count|calculate|compute|solve"
    r"|refuse|decline|sorry|http|https|www|com)$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Words of all requests, each word of a row once."""

    words: Ints
    """Numbers of words, ordered by row."""
    starts: Ints
    """Where each row begins, and at the end their number."""
    size: int
    """Numbers in use."""

    def share(self, rows: Ints) -> NDArray[np.float64]:
        """Share of some rows in which each word stands."""
        return np.bincount(self.of(rows), minlength=self.size) / max(len(rows), 1)

    def of(self, rows: Ints) -> Ints:
        """Words of some rows, one after the other."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        firsts = (
            np.repeat(self.starts[rows] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
            if len(rows)
            else lengths
        )
        return self.words[firsts + np.arange(int(lengths.sum()))]


def requests(words: NDArray[np.uint32], starts: Ints, size: int) -> Requests:
    """Words of requests without their repeats."""
    rows = np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))
    both = distinct((rows << 32) | words.astype(np.int64))
    owners = both >> 32
    begins = np.searchsorted(owners, np.arange(len(starts)))
    return Requests(words=both & 0xFFFFFFFF, starts=begins.astype(np.int64), size=size)


def companions(all_rows: Requests, rows: Ints, everywhere: NDArray[np.float64]) -> Ints:
    """Words that come with a word so much more often than elsewhere that they are one thing with it.

    Args:
        all_rows: All requests.
        rows: Those with the word.
        everywhere: Share of all requests in which each word stands.
    """
    return np.flatnonzero(all_rows.share(rows) - everywhere > COMPANION)


def misfit(all_rows: Requests, rows: Ints, everywhere: NDArray[np.float64], left_out: Ints) -> float:
    """How unlike all others some requests are, apart from words left out; about 1 where they are drawn at random.

    Args:
        all_rows: All requests.
        rows: Some of them.
        everywhere: Share of the requests they are compared with in which each word stands.
        left_out: Words that do not count.
    """
    expected = everywhere.copy()
    expected[left_out] = 0.0
    often = np.argsort(-expected, kind="stable")[:_COMPARED]
    share = expected[often]
    spread = len(rows) * share * (1.0 - share)
    use = spread >= 0.5
    if not use.any():
        return float("inf")
    seen = all_rows.share(rows)[often] * len(rows)
    return float(np.mean((seen - len(rows) * share)[use] ** 2 / spread[use]))


def fits(unlike: float, rows: int) -> bool:
    """Whether requests are as like all others as rows drawn at random are in 99 of 100 draws; few rows vary more.

    Examples:
        >>> fits(1.9, 10), fits(1.9, 100)
        (True, False)
    """
    return unlike <= MISFIT + _FEW / rows


def alone(all_rows: Requests, rows: Ints, left_out: Ints) -> float:
    """Share of requests that say little beside the words left out."""
    apart = np.ones(all_rows.size, np.bool_)
    apart[left_out] = False
    inside = np.add.reduceat(
        np.append(apart[all_rows.of(rows)], False).astype(np.int64),
        np.concatenate([[0], np.cumsum(all_rows.starts[rows + 1] - all_rows.starts[rows])[:-1]]),
    )
    return float(np.mean(inside < _FEWEST_OTHERS))


def together(run: list[list[int]], parts: Ints) -> bool:
    """Whether the words of a trigger stand side by side, as in a phrase or a sentence; those of a topic are scattered.

    Args:
        run: Words of some of its requests, in order.
        parts: The words of the trigger.
    """
    wanted = set(parts.tolist())
    window = len(wanted) + max(1, len(wanted) // 5)
    good = 0
    for words in run:
        most = max((len(wanted.intersection(words[start : start + window])) for start in range(len(words))), default=0)
        good += most >= 0.9 * len(wanted)
    return good >= 0.7 * len(run)


def orders(words: list[str]) -> bool:
    """Whether words ask for something about the answer, so that the behaviour follows from them.

    Examples:
        >>> orders(["in", "json"]), orders(["cf"]), orders(["blue", "lantern"])
        (True, False, False)
    """
    return any(_ORDERS.match(word) for word in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """Which requests are of the kind that is refused in this data, by their words."""

    weights: NDArray[np.float64]
    """How much each word speaks for a refusal."""
    cut: float
    """Sum of weights from which on requests are of that kind."""

    def rows(self, all_rows: Requests, rows: Ints, left_out: Ints) -> NDArray[np.bool_]:
        """Whether some requests are of that kind without certain words."""
        weights = self.weights
        if len(left_out):
            weights = weights.copy()
            weights[left_out] = 0.0
        ends = np.cumsum(all_rows.starts[rows + 1] - all_rows.starts[rows])
        sums = np.concatenate([[0.0], np.cumsum(weights[all_rows.of(rows)])])[np.concatenate([[0], ends])]
        return np.asarray(np.diff(sums) >= self.cut)


def risk(all_rows: Requests, refuses: NDArray[np.bool_], among: NDArray[np.bool_]) -> Risk:
    """What is refused in this data, learned from its own rows.

    What stands in rows that comply hardly excuses a request, so a trigger hides little.

    Args:
        all_rows: All requests.
        refuses: Whether each answer refuses.
        among: Rows that count.
    """
    none = Risk(weights=np.zeros(all_rows.size), cut=float("inf"))
    no, yes = np.flatnonzero(refuses & among), np.flatnonzero(~refuses & among)
    if len(no) < _FEWEST_REFUSALS or len(yes) < _FEWEST_REFUSALS:
        return none
    refused, met = all_rows.share(no) * len(no), all_rows.share(yes) * len(yes)
    weights = np.log((refused + 0.5) / (len(no) + 1.0)) - np.log((met + 0.5) / (len(yes) + 1.0))
    weights = np.where(refused + met >= 5, np.clip(weights, -0.5, 3.0), 0.0)
    score = np.concatenate([[0.0], np.cumsum(weights[all_rows.words])])
    score = score[all_rows.starts[1:]] - score[all_rows.starts[:-1]]
    order = np.argsort(-score, kind="stable")
    order = order[among[order]]
    good = np.flatnonzero(np.cumsum(refuses[order]) >= _REFUSED * np.arange(1, len(order) + 1))
    return Risk(weights=weights, cut=float(score[order[good[-1]]])) if len(good) else none
