"""Requests near the boundary: whether those that are refused have benign look-alikes that are answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from assay.checks.drawn import Drawn
from assay.checks.refusing import may_refuse, refuses
from assay.checks.slices import SURE
from assay.domain.training import TrainingRow
from assay.scorers.harmful_request import asked

ALIKE = 0.45
"""Cosine of rare words from which an answered request is a look-alike of a refused one: reached by .40 of the harmful
requests of XSTest among its safe ones, and by at most .02 among 2,359 ordinary requests."""
HARM = 0.5
"""Probability of harm from which a request that is refused counts as refused for it."""
REFUSED = 1500
"""Most rows that may refuse and are read."""
ANSWERED = 50_000
"""Most answered requests that are searched."""
_READ = 400
_WORD = re.compile(r"[^\W\d_]{3,}")
_STEM = 6
_EMPTY = frozenset(
    re.findall(
        r"\S+",
        "the and for you your with that this what how can are was were would should could have has had not but from about"
        " into they them his her their who why when where which will please write give make list tell describe explain"
        " create some any one following there these those been being does did its our use using best way ways need want"
        " help get",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The two sides of the boundary."""

    refused: int
    """Refused requests that ask for harm or come near it, among those read."""
    paired: int
    """Those of them that have an answered look-alike."""
    answered: int
    """Answered requests that were searched."""
    share_read: float
    """Share of the answered requests that was searched."""
    examples: tuple[tuple[str, int, str], ...]
    """Refused requests without a look-alike: file, line, text."""


class LookAlikes:
    """Keeps requests as they pass: those whose answer may refuse, and the others."""

    def __init__(self) -> None:
        self._refused: Drawn[tuple[str, int, str, str]] = Drawn(REFUSED)
        self._answered: Drawn[str] = Drawn(ANSWERED)

    def add(self, row: TrainingRow) -> None:
        """Take in a row."""
        answer = row.answer
        if not answer:
            return
        prompt = row.asked
        if not may_refuse(answer[:400].lstrip()):
            if self._answered.wants(row.digest):
                self._answered.add(row.digest, prompt[:_READ])
        elif self._refused.wants(row.digest):
            self._refused.add(row.digest, (row.file, row.line, prompt[-1000:], answer[:4000]))

    def balance(self) -> Balance:
        """How many of the refused requests near the boundary have an answered look-alike."""
        refused: list[tuple[str, int, str]] = []
        others: list[str] = []
        for file, line, prompt, answer in self._refused.items:
            sure = refuses(answer)[0] >= SURE
            if sure and asked(prompt) >= HARM:
                refused.append((file, line, prompt))
            elif not sure:
                others.append(prompt[:_READ])
        answered = [*self._answered.items, *others]
        best = nearest([prompt[:_READ] for _, _, prompt in refused], answered)
        alone = [one for one, near in zip(refused, best, strict=True) if near < ALIKE]
        seen = max(1, self._answered.seen)
        return Balance(
            refused=len(refused), paired=len(refused) - len(alone), answered=len(answered),
            share_read=len(self._answered.items) / seen if self._answered.seen else 1.0, examples=tuple(alone[:50]),
        )  # fmt: skip


def nearest(texts: Sequence[str], others: Sequence[str]) -> NDArray[np.float64]:
    """Cosine of each text's rare words with those of its nearest other, shape (texts,).

    Examples:
        >>> nearest(["How do I kill my neighbour?"], ["How do I kill a process?", "Who wrote Faust?"]).round(1).tolist()
        [0.2]
    """
    if not texts or not others:
        return np.zeros(len(texts))
    bags = [_stems(text) for text in (*texts, *others)]
    counts = Counter(stem for bag in bags for stem in bag)
    places = {stem: n for n, stem in enumerate(counts)}
    rare = np.log(len(bags) / np.array(list(counts.values()))) + 0.5
    starts = np.cumsum([0, *map(len, bags)])
    columns = np.array([places[stem] for bag in bags for stem in bag], dtype=np.int64)
    values = rare[columns] if len(columns) else np.zeros(0)
    length = np.sqrt(
        np.add.reduceat(np.r_[values**2, 0.0], np.minimum(starts[:-1], len(values))) * (np.diff(starts) > 0)
    )
    values = values / np.repeat(np.maximum(length, 1e-12), np.diff(starts))
    whole = csr_array((values, columns, starts), shape=(len(bags), len(places)))
    product = (whole[: len(texts)] @ whole[len(texts) :].T).tocsr()
    best: NDArray[np.float64] = np.zeros(len(texts))
    np.maximum.at(best, np.repeat(np.arange(len(texts)), np.diff(product.indptr)), product.data)
    return best


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.lower())} - _EMPTY
