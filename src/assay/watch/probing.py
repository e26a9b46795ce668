"""Golden prompts: the live model's answers beside the released ones, by pairs, over repeated looks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.domain.estimate import Comparison
from assay.domain.probed import Answers, Probed, ProbeResult, ProbeTest
from assay.statistics.evidence import evidence
from assay.statistics.multiplicity import holm
from assay.statistics.two_samples import chi_square, ks, spent

FEWEST = 20
"""Values of a side before its latencies or words are held against others."""
SLOWER = 1.5
"""Factor between median latencies from which a sure difference is told: networks differ a little at all times."""
_SURE = 0.001
_NO_LEVEL = frozenset(("latency", "cost"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeBounds:
    """What a probe must show."""

    alpha: float = 0.05
    """Chance of any false change over all probes of a release."""
    margin: float = 0.1
    """Change of a rate that must be ruled out before it is called unchanged."""
    most_missing: float = 0.1
    """Share of questions that may stay without an answer."""


def probed(
    comparisons: Sequence[Comparison],
    released: Answers,
    live: Answers,
    *,
    number: int,
    bounds: ProbeBounds,
    before: tuple[int, int] = (0, 0),
) -> Probed:
    """What a probe says.

    Args:
        comparisons: Of the released answers and those of now, by metric and slice.
        released: The released answers.
        live: The answers of now.
        number: Number of this probe, from 1.
        bounds: What it must show.
        before: Of earlier probes that found no change: answers word for word as released, and all.
    """
    alpha = spent(bounds.alpha, number)
    same = _same_words(released, live)
    tests = [*_figures(comparisons, bounds.margin), *_words(same, before, bounds.margin)]
    adjusted = holm([one.p for one in tests])
    found = tuple(replace(one, p=p) for one, p in zip(tests, adjusted, strict=True))
    changed = (*_served(released, live), *(_told(one) for one in found if one.p <= alpha))
    unknown = tuple(_unknown(found, live, bounds))
    result: ProbeResult = "changed" if changed else "cannot tell" if unknown else "unchanged"
    answered = len(live.texts)
    return Probed(
        result=result,
        changed=changed,
        unknown=unknown,
        noted=tuple(_latency(released, live)),
        number=number,
        alpha=alpha,
        asked=answered + sum(live.failures.values()),
        answered=answered,
        same_words=same,
        tests=found,
        served=(_names(released), _names(live)),
    )


def _figures(comparisons: Sequence[Comparison], margin: float) -> Iterator[ProbeTest]:
    for one in comparisons:
        suite = dict(one.slice)
        if one.metric.name in _NO_LEVEL or not one.n or set(suite) - {"suite"}:
            continue
        rate = one.metric.kind != "amount"
        sign = -1.0 if one.metric.higher_is_better else 1.0
        ends = sorted(sign * end for end in (one.difference.low, one.difference.high) if end is not None)
        low, high = ends if len(ends) == 2 else (math.nan, math.nan)
        yield ProbeTest(
            figure=one.metric.name + (f" in {suite['suite']}" if suite else ""),
            released=_value(one.reference.value),
            live=_value(one.candidate.value),
            low=low,
            high=high,
            n=one.n,
            p=_p(one),
            bounded=rate and -margin <= low and high <= margin,
            rate=rate and not suite,
            samples=(*one.regressed[:5], *one.fixed[:5]),
        )


def _value(value: float | None) -> float:
    return math.nan if value is None else value


def _p(one: Comparison) -> float:
    """Two-sided p-value against "nothing changed"."""
    if "exact" in one.mcnemar and not one.pairs.clustered and len(set(one.pairs.units)) == one.n:
        return float(one.mcnemar["exact"])
    found = evidence(one.pairs, one.metric.kind)
    return min(1.0, 2.0 * min(found.p_difference_below(0.0), found.p_difference_above(0.0)))


def _latency(released: Answers, live: Answers) -> Iterator[str]:
    """That answers take another time: of load and network as well as of the model, so it proves nothing alone."""
    if min(len(released.seconds), len(live.seconds)) < FEWEST:
        return
    old, new = (float(np.median(side.seconds)) for side in (released, live))
    found = ks(released.seconds, live.seconds)
    if max(old, new) > SLOWER * max(min(old, new), 1e-3) and found.p_value < _SURE:
        yield f"latency: median {old:.3g} s as released, {new:.3g} s now; another load does that as another model does"


def _same_words(released: Answers, live: Answers) -> tuple[int, int]:
    shared = [key for key in live.texts if key in released.texts]
    return sum(live.texts[key].strip() == released.texts[key].strip() for key in shared), len(shared)


def _words(same: tuple[int, int], before: tuple[int, int], margin: float) -> Iterator[ProbeTest]:
    """Whether answers are word for word the released ones as often as in earlier probes.

    A server under another load computes a little otherwise, so only a difference beyond the margin counts.
    """
    if min(same[1], before[1]) < FEWEST:
        return
    old, new = ({"same": one, "other": all_ - one} for one, all_ in (before, same))
    shares = before[0] / before[1], same[0] / same[1]
    far = abs(shares[0] - shares[1]) > margin
    yield ProbeTest(
        figure="same words", released=shares[0], live=shares[1], low=math.nan, high=math.nan, n=same[1],
        p=chi_square(old, new).p_value if far else 1.0, bounded=False, rate=False,
    )  # fmt: skip


def _served(released: Answers, live: Answers) -> Iterator[str]:
    """Names that replies gave and never gave before; of fingerprints only where the model's name is the same."""
    for place, what in enumerate(("model", "fingerprint")):
        old, new = ({names[place] for names in side.served if names[place]} for side in (released, live))
        if old and new - old:
            came, was = ", ".join(sorted(new - old)), ", ".join(sorted(old))
            yield f"served {what}: '{came}', released was '{was}'"
            return


def _told(one: ProbeTest) -> str:
    figures = f"{one.released:.4g} as released, {one.live:.4g} now"
    limits = "" if math.isnan(one.low) else f", change {one.low:+.3g} to {one.high:+.3g}"
    return f"{one.figure}: {figures}{limits} ({one.n} pairs, p {one.p:.2g})"


def _unknown(tests: Sequence[ProbeTest], live: Answers, bounds: ProbeBounds) -> Iterator[str]:
    missing = sum(live.failures.values())
    asked = missing + len(live.texts)
    if not asked or missing > bounds.most_missing * asked:
        causes = ", ".join(f"{cause} {count}" for cause, count in live.failures.items()) or "nothing was asked"
        yield f"{missing} of {asked} questions have no answer ({causes}); at most {bounds.most_missing:.0%} may lack it"
    rates = [one for one in tests if one.rate]
    if not rates and live.texts:
        yield "no rate could be compared; a suite whose scorer gives a rate is needed"
    for one in rates:
        if not one.bounded:
            yield (
                f"{one.figure} may have changed by {one.low:+.3f} to {one.high:+.3f} in {one.n} pairs, and a change "
                f"beyond {bounds.margin:g} is not ruled out; ask more prompts"
            )


def _names(side: Answers) -> tuple[str, ...]:
    return tuple(sorted({" ".join(filter(None, names)) for names in side.served}))
