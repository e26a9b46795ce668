"""Looks at distributions where the same users come back: how often nothing is told as a change. Prints Markdown.

    python benchmarks/simulate_sessions.py [--runs 40] [--seed 1] [--alone]

Each user has a language, reason, length or request of his own and comes at most once a day, some for days or weeks; one
watch is 60 days in all traffic and three routes, the first seven of them the reference. In the null watches users come
and go and nothing else changes; in a quarter as many all are users of another mix from the thirtieth day on. `--alone` hides
whose requests they are, so that each counts as independent.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from assay.watch.distributions import Distributions, Shown
from assay.watch.traits import INPUTS, SIZE

DAY_NS, DAYS, REFERENCE = 86_400 * 10**9, 60, 7
REASONS = ("none given", "law", "scope", "harm", "own rules", "lacks ability", "privacy", "expertise")
Make = Callable[[np.random.Generator, bool, bool], Any]
"""(dice, whether a regular, whether after the change) -> what is a user's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Traffic of a day."""

    name: str
    """For the table."""
    figure: str
    """What is watched of each request."""
    own: Make
    """What a user is like."""
    again: Callable[[np.random.Generator, Any], Any] = lambda dice, own: own
    """What one of his requests is like."""
    regulars: int = 150
    """Users who come back."""
    comes: float = 1.0
    """Chance that a regular comes on a day."""
    life_days: float = 20.0
    """Mean days until another user takes the place of a regular."""
    once: int = 50
    """Users of a day who never come back."""
    rare: bool = False
    """Whether the figure is one of few traces."""
    change: int = 30
    """Day of the change."""


def _language(dice: np.random.Generator, regular: bool, after: bool) -> str:
    return str(dice.choice(["en", "de", "fr", "es"], p=[0.35, 0.45, 0.12, 0.08] if after else [0.6, 0.2, 0.12, 0.08]))


def _market(dice: np.random.Generator, regular: bool, after: bool) -> str:
    """Regulars speak another language than those who come once."""
    german = (0.6 if regular else 0.05) + 0.25 * after
    return "de" if dice.random() < german else "en"


def _reason(dice: np.random.Generator, regular: bool, after: bool) -> str:
    weights = np.array([30, 20, 15, 10, 10, 8, 5, 40 if after else 2], float)
    return str(dice.choice(REASONS, p=weights / weights.sum()))


def _length(dice: np.random.Generator, regular: bool, after: bool) -> float:
    return float(dice.normal(0.8 if after else 0.0, 0.8))


def _request(dice: np.random.Generator, regular: bool, after: bool) -> np.ndarray:
    return dice.normal(0.25 if after else 0.0, 1.0, SIZE)


WORLDS = (
    World(name="language; 150 regulars of 20 days, 50 of one", figure="asked_language", own=_language),
    World(name="language; 200 regulars of 5 days, 50 of one", figure="asked_language", own=_language, life_days=5.0, regulars=200),
    World(name="language, another of 30 regulars than of 170 of one", figure="asked_language", own=_market, regulars=30, once=170),
    World(name="reason of refusals; 40 a day of 200 users of a week", figure="refusal_reason", own=_reason, rare=True,
          regulars=200, comes=0.2, life_days=7.0, once=0),
    World(name="reason; 22 a day, 12 of them of 15 users of a month", figure="refusal_reason", own=_reason, rare=True,
          regulars=15, comes=0.8, life_days=30.0, once=10),
    World(name="length; own of each user", figure="output_tokens", own=_length,
          again=lambda dice, own: float(np.exp(5 + own + dice.normal(0, 0.6)))),
    World(name="requests; own of each user", figure=INPUTS, own=_request,
          again=lambda dice, own: own + dice.normal(0, 0.5, SIZE)),
)  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alone", action="store_true", help="count every request as independent")
    options = parser.parse_args()
    began, fewer = time.process_time(), -(-options.runs // 4)
    print(
        "| users | null watches | with any alarm | watches with a change | alarm before it | found | median days until found |"
    )
    print("|---|---|---|---|---|---|---|")
    for number, world in enumerate(WORLDS):
        seeds = iter(range(10**6 * options.seed + 10**4 * number, 10**9))
        null = [_watched(world, next(seeds), options.alone, moved=False) for _ in range(options.runs)]
        moved = [_watched(world, next(seeds), options.alone, moved=True) for _ in range(fewer)]
        late = [found[0] - world.change for one in moved if (found := [day for day in one if day >= world.change])]
        early = sum(any(day < world.change for day in one) for one in moved)
        median = f"{statistics.median(late):.0f}" if late else ""
        print(f"| {world.name} | {options.runs} | {sum(map(bool, null))} | {fewer} | {early} | {len(late)} | {median} |",
              flush=True)  # fmt: skip
    print(f"\n{time.process_time() - began:.0f} CPU-s")


def _watched(world: World, seed: int, alone: bool, *, moved: bool) -> list[float]:
    """Days of the alarms of a watch."""
    dice, found = np.random.default_rng(seed), []
    watch = Distributions(DAY_NS, 0.05, firsts=False)
    for at, (day, session, value) in enumerate(_traffic(world, dice, moved)):
        said = ((world.figure, value),)
        shown = Shown(words=said, session=session) if world.rare else Shown(values=said, session=session)
        segments = ((), (("route", str(dice.integers(3))),))
        shown = replace(shown, session="") if alone else shown
        alarms = watch.take(shown, segments, f"{at:032x}", int(day * DAY_NS), reference=day < REFERENCE)
        found += [alarm.at_ns / DAY_NS for alarm in alarms]
    return found


def _traffic(world: World, dice: np.random.Generator, moved: bool) -> Iterator[tuple[float, str, Any]]:
    """Day, session and value of each request, in order of time."""
    users = [world.own(dice, True, False) for _ in range(world.regulars)]
    names, next_name = [*range(world.regulars)], world.regulars
    for day in range(DAYS):
        after = moved and day >= world.change
        for at in range(world.regulars):
            if dice.random() < 1 / world.life_days or (after and day == world.change):
                users[at], names[at], next_name = world.own(dice, True, after), next_name, next_name + 1
        come = [(f"r{names[at]}", users[at]) for at in range(world.regulars) if dice.random() < world.comes]
        come += [(f"o{day}-{at}", world.own(dice, False, after)) for at in range(world.once)]
        for place, at in enumerate(dice.permutation(len(come))):
            session, own = come[at]
            yield day + place / len(come), session, world.again(dice, own)


if __name__ == "__main__":
    main()
