"""Requests near the boundary: whether those that are refused have benign look-alikes that are answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from assay.checks.drawn import Drawn
from assay.checks.refusing import may_refuse
from assay.checks.refusing_ahead import together, treats
from assay.checks.slices import LIKELY, SURE
from assay.domain.training import TrainingRow
from assay.scorers.harmful_request import asked

ALIKE = 0.45
"""Cosine of rare words from which an answered request is a look-alike of a refused one: .40 of the harmful requests
of XSTest have one among its safe requests, at most .02 among 2,359 ordinary ones."""
SAME = 0.9
"""Cosine from which it is the same request."""
HARM = 0.8
"""Probability of harm from which a request that is refused counts as refused for it."""
REFUSED = 1500
"""Most rows that may refuse and are read."""
ANSWERED = 20_000
"""Most answered requests that are searched."""
_READ = 400
_WORD = re.compile(r"[^\W\d_]{3,}")
_STEM = 6
_BLOCK = 100
_TRIED = 10
_SHARED = 3
_EMPTY = frozenset(
    re.findall(
        r"\S+",
        "the and for you your with that this what how can are was were would should could have has had not but from"
        " about into they them his her their who why when where which will please write give make list tell describe"
        " explain create some any one following there these those been being does did its our use using best way ways"
        " need want help get",
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
            self._answered.add(row, lambda: prompt[:_READ])
        else:
            self._refused.add(row, lambda: (row.file, row.line, prompt[-1000:], answer[:4000]))

    def balance(self) -> Balance:
        """How many of the refused requests near the boundary have an answered look-alike; equal ones count once."""
        refused: dict[str, tuple[str, int, str]] = {}
        answered = dict.fromkeys(self._answered.items)
        together(answer for _, _, _, answer in self._refused.items)
        for file, line, prompt, answer in self._refused.items:
            sure = treats(answer)[0] >= SURE
            if sure and asked(prompt) >= HARM:
                refused.setdefault(prompt, (file, line, prompt))
            elif not sure:
                answered[prompt[:_READ]] = None
        alone = _unpaired(list(refused.values()), list(answered))
        return Balance(
            refused=len(refused), paired=len(refused) - len(alone), answered=len(answered),
            share_read=len(self._answered.items) / self._answered.offered if self._answered.offered else 1.0,
            examples=tuple(alone[:50]),
        )  # fmt: skip


def _unpaired(refused: Sequence[tuple[str, int, str]], answered: Sequence[str]) -> list[tuple[str, int, str]]:
    """Refused requests without a look-alike; an answered one stands for a few, or one form of attack would for all."""
    used: Counter[int] = Counter()
    alone = []
    for one, near in zip(refused, nearest([prompt[:_READ] for _, _, prompt in refused], answered), strict=True):
        found = next((n for n in near if used[n] < _SHARED and _benign(answered[n])), None)
        if found is None:
            alone.append(one)
        else:
            used[found] += 1
    return alone


def _benign(prompt: str) -> bool:
    return asked(prompt) < LIKELY


def nearest(texts: Sequence[str], others: Sequence[str]) -> list[list[int]]:
    """Places of the others that are like each text and not the same, by the cosine of rare words, most like first.

    Examples:
        >>> nearest(["How do I hide an old kitchen knife?"], ["Who wrote Faust?", "Sharpen an old kitchen knife."])
        [[1]]
    """
    if not texts or not others:
        return [[] for _ in texts]
    whole = _weighed([_stems(text) for text in (*texts, *others)])
    found = []
    for start in range(0, len(texts), _BLOCK):
        product = (whole[start : min(start + _BLOCK, len(texts))] @ whole[len(texts) :].T).tocsr()
        found += [_best(product[row : row + 1]) for row in range(product.shape[0])]
    return found


def _best(row: csr_array) -> list[int]:
    fit = np.flatnonzero((row.data >= ALIKE) & (row.data < SAME))
    return [int(row.indices[n]) for n in fit[np.argsort(-row.data[fit], kind="stable")][:_TRIED]]


def _weighed(bags: Sequence[set[str]]) -> csr_array:
    """Rarity of each bag's stems, each row of length one; shape (bags, stems)."""
    counts = Counter(stem for bag in bags for stem in bag)
    places = {stem: n for n, stem in enumerate(counts)}
    rare = np.log(len(bags) / np.array([*counts.values(), 1])) + 0.5
    starts = np.cumsum([0, *map(len, bags)])
    columns = np.array([places[stem] for bag in bags for stem in sorted(bag)], dtype=np.int64)
    values = rare[columns]
    rows = np.repeat(np.arange(len(bags)), np.diff(starts))
    length = np.sqrt(np.bincount(rows, values**2, len(bags)))
    return csr_array((values / np.maximum(length[rows], 1e-12), columns, starts), shape=(len(bags), len(places)))


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.lower())} - _EMPTY
