"""What single raters lean to: the first place, length, their own model; where they leave the label, or themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.checks.sides import prompt_key, sides
from assay.checks.sides import said as text_of
from assay.checks.verdicts import Verdict, slot_of
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding, Severity
from assay.statistics.multiplicity import holm
from assay.statistics.rates import rate_gap, smallest_gap
from assay.statistics.signs import signs

CODES = ("preference.rater_bias",)
"""Findings that are made otherwise than from a defect."""

_ALPHA = 0.05
_FEWEST = 20
"""Judgements on either side of a comparison, below which a rater is not tested."""
_SHOWN = 30
_CLEAR = 0.1
"""Judgements turned, from which a leaning is of severity medium."""
LEANINGS = {
    "first": "the first place",
    "longer": "the longer answer",
    "own": "its own answer",
}


@dataclass(frozen=True, slots=True)
class _Judgement:
    file: str
    rater: str
    prompt: int
    left: bool
    """Whether it went against the label."""
    first: int
    """1 when the answer that the label rejects stands first, -1 second, 0 unknown."""
    longer: int
    """1 when the answer that the label rejects is the longer one, -1 the shorter."""
    own: int
    """1 when the answer that the label rejects is the rater's own, -1 when the other one is."""
    turned: int | None
    """In both orders: 1 when it took what stood first each time, -1 second, 0 when it stayed; None in one order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """One test of one rater."""

    file: str
    """File of the rows."""
    rater: str
    """Who."""
    what: str
    """first, longer or own."""
    size: float
    """Judgements turned towards it, net, as a share of all."""
    low: float
    """Lower 95 % limit of that."""
    high: float
    """Upper limit."""
    error: float
    """Standard error of the size if there were no leaning."""
    p: float
    """Before adjustment."""
    told: str
    """The figures in words."""


class Leanings:
    """Keeps what each rater of a sample of rows did, and tests all raters and leanings together."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[_Judgement, ...]] = {}

    def put(self, place: int, row: TrainingRow, verdicts: Sequence[Verdict]) -> None:
        """Keep the verdicts on a row at its place in the sample."""
        self._held.pop(place, None)
        if len(row.answers) == 2 and len(row.places) == 2 and any(each.rater for each in verdicts):
            self._held[place] = tuple(_judgements(row, verdicts))

    def tests(self) -> list[Leaning]:
        """Every rater and leaning that has rows enough."""
        every: dict[tuple[str, str], list[_Judgement]] = {}
        for held in self._held.values():
            for each in held:
                every.setdefault((each.file, each.rater), []).append(each)
        return [found for own in every.values() for what in LEANINGS for found in _test(own, what)]


def findings_of(tests: Sequence[Leaning]) -> Iterator[Finding]:
    """One finding for each rater and leaning that is more than chance; adjusted for all of them."""
    adjusted = holm([each.p for each in tests])
    for one, p in zip(tests, adjusted, strict=True):
        if p <= _ALPHA:
            yield finding(one, p, len(tests))
    if tests and min(adjusted) > _ALPHA:
        yield _clean(tests)


def _clean(tests: Sequence[Leaning]) -> Finding:
    """That no rater leans, and what could have stayed unseen of each."""
    unseen = [smallest_gap(one.error, _ALPHA / len(tests)) for one in tests]
    raters = len({(one.file, one.rater) for one in tests})
    return Finding(
        code="preference.rater_bias",
        severity="info",
        message=f"none of {len(tests)} tests of {raters} raters shows a leaning; one of "
        f"{100 * max(unseen):.0f} points, or less, could have stayed unseen",
        where={"file": tests[0].file},
        evidence={
            "rows": 0, "tests": len(tests), "smallest": max(unseen),
            "said": [f"rater {one.rater}, {LEANINGS[one.what]}: {100 * one.size:+.1f} points [{100 * one.low:+.1f}, "
                     f"{100 * one.high:+.1f}], would have seen {100 * least:.1f}"
                     for one, least in list(zip(tests, unseen, strict=True))[:_SHOWN]],
        },
        remediation="Nothing to do: this says what was looked at, and how small a leaning would have been seen",
    )  # fmt: skip


def _judgements(row: TrainingRow, verdicts: Sequence[Verdict]) -> Iterator[_Judgement]:
    label = 1 if row.places[0] < row.places[1] else -1
    chosen, rejected = (len(text_of(answer)) for answer in row.answers)
    pair = sides(row)
    models = pair.models if pair is not None else ("", "")
    for each in verdicts:
        slot, swapped = slot_of(each.said), slot_of(each.swapped)
        if each.rater and slot:
            yield _Judgement(
                file=row.file, rater=each.rater, prompt=prompt_key(row), left=slot == -label, first=-label,
                longer=int(np.sign(rejected - chosen)),
                own=1 if each.rater == models[1].lower() else -1 if each.rater == models[0].lower() else 0,
                turned=(slot if swapped == -slot else 0) if swapped else None,
            )  # fmt: skip


def _test(own: Sequence[_Judgement], what: str) -> Iterator[Leaning]:
    """The test of one leaning: by both orders where they were asked, else by where the rater leaves the label."""
    both = [each for each in own if each.turned is not None]
    if what == "first" and len(both) >= _FEWEST:
        yield from _turned(both)
        return
    known = [each for each in own if getattr(each, what)]
    towards = [getattr(each, what) > 0 for each in known]
    if min(sum(towards), len(towards) - sum(towards)) < _FEWEST:
        return
    gap = rate_gap([each.left for each in known], towards, [each.prompt for each in known])
    if gap is not None:
        yield Leaning(
            file=own[0].file, rater=own[0].rater, what=what, size=gap.one - gap.other, low=gap.low, high=gap.high,
            error=gap.error, p=gap.p,
            told=f"leaves the label in {100 * gap.one:.1f} % of {gap.n_one:,} rows where that means {LEANINGS[what]}, "
            f"in {100 * gap.other:.1f} % of {gap.n_other:,} where it means the other",
        )  # fmt: skip


def _turned(both: Sequence[_Judgement]) -> Iterator[Leaning]:
    found = signs([each.turned or 0 for each in both], [each.prompt for each in both])
    size, part = (found.more - found.fewer) / found.n, found.differ / found.n
    wins, same = 0.5 + size / 2.0, 1.0 - part
    yield Leaning(
        file=both[0].file, rater=both[0].rater, what="first", size=size, low=2.0 * found.right_low - 1.0,
        high=2.0 * found.right_high - 1.0, error=part / math.sqrt(max(found.worth, 1.0)), p=found.p,
        told=f"takes what stands first in {100 * wins:.1f} % of {2 * found.n:,} judgements in both orders; says the "
        f"same in both in {100 * same:.1f} %",
    )  # fmt: skip


def finding(one: Leaning, p: float, tests: int) -> Finding:
    """A leaning in words.

    Args:
        one: The test.
        p: Its p-value after Holm.
        tests: How many tests there were.
    """
    towards = one.size > 0
    sure = one.low if towards else -one.high
    severity: Severity = "medium" if sure >= _CLEAR else "low"
    evidence: dict[str, Any] = {
        "rows": 0, "rater": one.rater, "leaning": one.what, "size": one.size, "limits": [one.low, one.high],
        "p_of_all": p, "tests": tests,
        "said": [f"leaning {100 * one.size:+.1f} points [{100 * one.low:+.1f}, {100 * one.high:+.1f}], "
                 f"p {p:.2g} after Holm over {tests} tests of raters"],
    }  # fmt: skip
    return Finding(
        code="preference.rater_bias",
        severity=severity,
        message=f"rater {one.rater} leans {'towards' if towards else 'away from'} {LEANINGS[one.what]}: {one.told}",
        where={"file": one.file},
        evidence=evidence,
        remediation="Ask in both orders, balance lengths and models, or leave this rater's judgements out",
    )
