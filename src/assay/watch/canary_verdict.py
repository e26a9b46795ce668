"""From the evidence of a step to one word; a canary is widened only when nothing is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assay.domain.canary import ARMS, Arm, GuardEvidence, Rollout, Stage, Word
from assay.statistics.two_samples import chi_square

FEWEST = 20
"""Requests before a share of them says that something is wrong."""
UNEVEN = 0.03
"""Difference of the shares that are left unscored from which the arms are not comparable."""
_SURE = 1e-5
Why = tuple[str, str]
"""A word for machines and a sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a rollout stands at a look."""

    policy: Rollout
    """What it follows."""
    stage: Stage
    """Its step."""
    now_ns: int
    """The clock."""
    since_ns: int
    """When the step began; -1 before the first request."""
    last: Mapping[Arm, int]
    """Time of each arm's last request in this step."""
    requests: Mapping[Arm, int]
    """Requests of each arm in this step."""
    keys: Mapping[Arm, int]
    """Keys of each arm in this step."""
    units: Mapping[Arm, int]
    """Observations of each arm in this step."""
    crossed: int
    """Keys that both arms served."""
    without_key: int
    """Requests without a key."""
    p_split: float
    """Of the split of keys."""
    guards: tuple[GuardEvidence, ...]
    """By guard."""


def verdict(at: Standing) -> tuple[Word, tuple[Why, ...]]:
    """The decision and why.

    Harm that is proved rolls back even where the evidence has other faults: of the two mistakes that is the safe one.
    """
    worse = tuple(_worse(at))
    faults = tuple(_faults(at))
    if worse:
        return "roll_back", (*worse, *faults)
    if faults:
        return "hold", faults
    lacking = tuple(_lacking(at))
    if lacking:
        return "wait", lacking
    proved = (("proved", f"all {len(at.guards)} guards are proved within their margins in this step"),)
    beyond = [one for one in at.policy.stages if at.stage.share < one.share < 1]
    return ("widen" if beyond else "complete"), proved


def _worse(at: Standing) -> Iterator[Why]:
    for one in at.guards:
        if one.worse:
            told = (
                f"{_percent(one.rate['canary'][0])} of the canary and {_percent(one.rate['control'][0])} of the control"
            )
            yield (
                f"worse:{one.guard}",
                f"{one.guard} is worse by more than its margin: {told} in this step, "
                f"p {one.p_worse:.2g} at most {one.needs_worse:.2g}",
            )


def _faults(at: Standing) -> Iterator[Why]:
    """What makes the evidence unfit, or tells that there is none."""
    if at.since_ns < 0:
        yield "no_traffic", f"no request says {at.policy.arm}: nothing is known of either arm"
        return
    if at.p_split <= at.policy.alpha_split:
        share = at.keys["canary"] / max(sum(at.keys.values()), 1)
        yield (
            "split",
            f"keys are not assigned as meant: the canary has {share:.2%} of them instead of {at.stage.share:.2%} "
            f"({at.keys['canary']} of {sum(at.keys.values())}), p {at.p_split:.2g}",
        )
    yield from _misplaced(at)
    for one in at.guards:
        yield from _unscored(at, one)
    yield from _late(at)


def _misplaced(at: Standing) -> Iterator[Why]:
    requests, keys = sum(at.requests.values()), sum(at.keys.values())
    limit = at.policy.most_misplaced
    if requests >= FEWEST and at.without_key > limit * requests:
        yield (
            "no_key",
            f"{at.without_key} of {requests} requests have no {at.policy.key}; at most {limit:.1%} may lack it",
        )
    if keys >= FEWEST and at.crossed > limit * keys:
        yield (
            "crossed",
            f"{at.crossed} of {keys} keys were served by both arms in this step; at most {limit:.1%} may be",
        )


def _unscored(at: Standing, one: GuardEvidence) -> Iterator[Why]:
    guard = next(guard for guard in at.policy.guards if guard.name == one.guard)
    limit = at.policy.most_unscored if guard.most_unscored is None else guard.most_unscored
    for arm in ARMS:
        if one.asked[arm] >= FEWEST and one.unscored[arm] > limit:
            yield (
                f"unscored:{one.guard}",
                f"{one.guard} left {one.unscored[arm]:.1%} of the {arm}'s requests unscored; "
                f"at most {limit:.1%} may be",
            )
    if _unlike(one):
        control, canary = (one.unscored[arm] for arm in ARMS)
        yield (
            f"uneven:{one.guard}",
            f"{one.guard} left {canary:.1%} of the canary's requests unscored and {control:.1%} of the control's: "
            "what is left is no fair comparison",
        )
    if at.units["canary"] >= max(at.stage.requests, FEWEST) and not one.n["canary"]:
        yield f"unseen:{one.guard}", f"{one.guard} has no value in {at.units['canary']} requests of the canary"


def _unlike(one: GuardEvidence) -> bool:
    """Whether the arms are left unscored surely and by some points unlike each other."""
    if min(one.asked.values()) < FEWEST or abs(one.unscored["canary"] - one.unscored["control"]) <= UNEVEN:
        return False
    left = {arm: {"scored": one.n[arm], "unscored": one.asked[arm] - one.n[arm]} for arm in ARMS}
    return chi_square(left["control"], left["canary"]).p_value < _SURE


def _late(at: Standing) -> Iterator[Why]:
    for arm in ARMS:
        quiet = (at.now_ns - at.last.get(arm, at.since_ns)) / 1e9
        if quiet > at.policy.silence_s:
            yield f"silent:{arm}", f"no request of the {arm} for {_time(quiet)}; at most {_time(at.policy.silence_s)}"
    lasted = (at.now_ns - at.since_ns) / 1e9
    if lasted > at.policy.patience_s:
        yield "patience", f"the step lasts {_time(lasted)} without an answer; at most {_time(at.policy.patience_s)}"


def _lacking(at: Standing) -> Iterator[Why]:
    """What is not there yet for the next share."""
    if at.units["canary"] < at.stage.requests:
        yield "requests", f"{at.units['canary']} of {at.stage.requests} requests of the canary are counted"
    lasted = (max(at.last.values(), default=at.since_ns) - at.since_ns) / 1e9
    if lasted < at.stage.time_s:
        yield "time", f"{_time(max(lasted, 0))} of {_time(at.stage.time_s)} of the step are seen"
    for one in at.guards:
        if not one.within:
            yield (
                f"unproved:{one.guard}",
                f"{one.guard} is not proved within its margin yet: p {one.p_within:.2g}, needs {one.needs_within:.2g}",
            )


def _time(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def _percent(share: float) -> str:
    return f"{share:.2%}" if share == share else "nothing"
