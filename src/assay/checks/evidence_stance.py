"""How sure the answers of a file sound: shares that abstain, ask back or hedge, and two distributions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from assay.checks.evidence_wording import abstains, asks_back
from assay.domain.trial import Output
from assay.domain.verdict import Finding
from assay.scorers.hedges import hedges, stresses
from assay.scorers.wording import wording, words
from assay.statistics.proportion import clopper_pearson

CODES = ("evidence.stance",)
"""The finding that is made here."""
BINS = (0, 0.5, 1, 2, 4, 8)
"""Lower ends of the bins of both distributions, in expressions per 100 words; 0 alone is the first."""
UNCERTAIN = 2.0
"""Hedges per 100 words from which an answer states uncertainty."""


def stance(name: str, answers: Sequence[str], of: int) -> Finding | None:
    """What a sample of a file's answers says of its own certainty; nothing where no answer is English.

    Args:
        name: The file.
        answers: The sample.
        of: Answers that it was drawn from.
    """
    counts: Counter[str] = Counter()
    spread = {"hedges": Counter[str](), "certainty": Counter[str]()}
    for answer in answers:
        read = wording(Output(text=answer), english=True)
        size = len(words(read.text))
        if read.cause or not size:
            continue
        low = read.text.lower()
        rates = {"hedges": 100 * len(hedges(low)) / size, "certainty": 100 * len(stresses(low)) / size}
        counts["read"] += 1
        counts["abstain"] += abstains(answer)
        counts["ask_back"] += asks_back(answer)
        counts["state_uncertainty"] += rates["hedges"] >= UNCERTAIN
        counts["sound_certain"] += rates["certainty"] > 0 and rates["hedges"] == 0
        for kind, rate in rates.items():
            spread[kind][_bin(rate)] += 1
    return _told(name, counts, spread, of) if counts["read"] else None


def _told(name: str, counts: Counter[str], spread: dict[str, Counter[str]], of: int) -> Finding:
    total = counts["read"]
    kinds = ("abstain", "ask_back", "state_uncertainty", "sound_certain")
    shares = {kind: share(counts[kind], total) for kind in kinds}
    abstain, ask, unsure, certain = (f"{counts[kind] / total:.1%}" for kind in kinds)
    return Finding(
        code=CODES[0],
        severity="info",
        message=f"{abstain} of answers abstain, {ask} ask back, {unsure} state uncertainty, {certain} sound certain",
        where={"file": name},
        evidence={
            "read": total,
            "of": of,
            "shares": shares,
            "hedges_per_100_words": {label: spread["hedges"][label] for label in _labels()},
            "certainty_words_per_100_words": {label: spread["certainty"][label] for label in _labels()},
        },
    )


def share(count: int, total: int) -> dict[str, Any]:
    """A share with its exact 95 % limits.

    Examples:
        >>> share(5, 10)
        {'share': 0.5, 'low': 0.187, 'high': 0.813}
    """
    low, high = clopper_pearson(count, total)
    return {"share": round(count / total, 4), "low": round(low, 3), "high": round(high, 3)}


def _labels() -> list[str]:
    return ["0", *(f"{low:g} to {high:g}" for low, high in pairwise(BINS)), f"{BINS[-1]:g} and more"]


def _bin(rate: float) -> str:
    if rate == 0:
        return "0"
    place = max(at for at, low in enumerate(BINS) if rate >= low)
    return _labels()[place + 1]
