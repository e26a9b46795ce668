"""Evaluation sets: their items, what is expected, and where the items stand in texts word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assay.checks.calibration import innocent
from assay.checks.innocent import Threshold
from assay.checks.item_runs import SIZE
from assay.checks.rephrased import Rephrased
from assay.checks.verbatim import Hits, Verbatim
from assay.checks.words import Words, words
from assay.domain.training import TrainingRow

_KEY_WORDS = 3
"""Words from which an expected answer inside a longer one is no accident."""
_ANSWER = re.compile(r"####\s*(.+)\s*$")
"""Where the answer of a worked solution stands by convention, as in GSM8K."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One evaluation set."""

    name: str
    """File it came from."""
    lines: Sequence[int] = ()
    """Line of each item; empty for a sealed set."""
    texts: Sequence[str] = ()
    """What each item asks; empty for a sealed set."""
    keys: Sequence[str] = ()
    """Expected answer of each item, empty where there is none; empty for a sealed set."""
    rephrased: Rephrased | None = None
    """Its items in other words; None for a sealed set."""


@dataclass(frozen=True, slots=True)
class Known:
    """Items of suites that are searched word for word at once."""

    verbatim: Verbatim
    suites: tuple[int, ...]
    """Number of each suite."""
    begins: tuple[int, ...]
    """Number of the first item of each."""

    def hits(self, found: Words, share: float) -> Iterator[tuple[int, int, int, float]]:
        """(text, suite, item of the suite, share)."""
        hits: Hits = self.verbatim.hits(found, share)
        own = np.searchsorted(self.begins, hits.item, side="right") - 1
        for text, place, item, value in zip(
            hits.text.tolist(), own.tolist(), hits.item.tolist(), hits.share.tolist(), strict=True
        ):
            yield text, self.suites[place], item - self.begins[place], value


def suites_of(against: Sequence[TrainingRow]) -> Iterator[Suite]:
    """The suites of some rows: each file is one."""
    files: dict[str, list[TrainingRow]] = {}
    for row in against:
        files.setdefault(row.file, []).append(row)
    for name, rows in files.items():
        texts = [item_text(row) for row in rows]
        yield Suite(
            name=name,
            lines=[row.line for row in rows],
            texts=texts,
            keys=[row.answer if row.prompt else "" for row in rows],
            rephrased=Rephrased(texts),
        )


def item_text(row: TrainingRow) -> str:
    """What a row of an evaluation set asks."""
    return row.asked or row.text


def thresholds(suites: Sequence[Suite], false_alarms: float) -> list[Threshold | None]:
    """Of each suite; those that can be calibrated get equal parts of the false alarms, the others no threshold."""
    every = [None if suite.rephrased is None else innocent(suite.rephrased) for suite in suites]
    able = sum(own is not None and own.threshold(false_alarms).least < np.inf for own in every)
    return [None if own is None else own.threshold(false_alarms / max(able, 1)) for own in every]


def given(key: str, row: TrainingRow) -> bool:
    """Whether what is learned from the row holds an expected answer: a long one anywhere, a short one as its end."""
    said = words(row.answer if row.prompt else row.text)
    last = _ANSWER.search(key)
    forms = [words(key), words(last[1]) if last else []]
    return any(own and _holds(said, own) for own in forms)


def _holds(said: Sequence[str], key: Sequence[str]) -> bool:
    if said[-len(key) :] == key or (len(said) <= SIZE and said[: len(key)] == key):
        return True
    return len(key) >= _KEY_WORDS and f" {' '.join(key)} " in f" {' '.join(said)} "
