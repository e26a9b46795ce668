"""How fast a canary is rolled back, how often wrongly, and what it costs to reach 100 %. Prints Markdown tables.

    python benchmarks/simulate_canary.py [--runs 200] [--seed 1]

Traffic is split at random at the share of the step. Four guards are watched together: a harm at 2 %, refusals at 10 %,
errors at 1 % and slow answers at 5 %. The command looks after every 2,000 requests of both arms. Harm of the bad
canaries begins with the first request, or with the step to 25 % (under load). A canary at its margin is worse by just
as much as the policy allows; a rollout that neither ended is given up after --most requests of both arms.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assay.domain.canary import Guard, Rollout, Stage
from assay.watch.canary_progress import Progress
from assay.watch.canary_seen import SeenHere

RATES = {"harm": 0.02, "refusals": 0.10, "errors": 0.01, "slow": 0.05}
GUARDS = (
    Guard(name="harm", metric="harm", margin=0.005),
    Guard(name="refusals", metric="refusals", margin=0.02),
    Guard(name="errors", metric="errors", margin=0.005),
    Guard(name="slow", metric="slow", margin=0.02),
)
POLICY = Rollout(
    name="simulated", arm="arm", control="control", canary="canary", key="user", guards=GUARDS, settle_s=0.0,
    stages=(
        Stage(share=0.01, requests=200, slack=6.0),
        Stage(share=0.05, requests=500, slack=3.0),
        Stage(share=0.25, requests=1_000, slack=2.0),
        Stage(share=0.50, requests=2_000),
        Stage(share=1.0),
    ),
)  # fmt: skip
LOOK = 2_000
Rate = Callable[[str, float], float]
"""Guard and share of the step -> rate of the canary."""


@dataclass(frozen=True)
class Ran:
    """One simulated rollout."""

    ended: str
    canary: int
    both: int
    step: int


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--most", type=int, default=300_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng, began = np.random.default_rng(given.seed), time.process_time()
    print(f"{given.runs} rollouts each, a look after {LOOK:,} requests, alpha {POLICY.alpha}, seed {given.seed}\n")
    print("| canary | rolled back | 100 % | held | open | canary requests: median | 90 % | both arms: median |")
    print("|---|---|---|---|---|---|---|---|")
    for name, rate in cases().items():
        show(name, [rollout(rng, rate, given.most) for _ in range(given.runs)])
    print(f"\n{time.process_time() - began:.0f} CPU-s")


def cases() -> dict[str, Rate]:
    """What canaries are simulated."""
    margins = {one.name: one.margin for one in GUARDS}

    def worse(guard: str, factor: float, since: float = 0.0) -> Rate:
        return lambda name, share: RATES[name] * (factor if name == guard and share >= since else 1.0)

    return {
        "as the control": lambda name, share: RATES[name],
        "better: harm halved": worse("harm", 0.5),
        "at its margin, all guards": lambda name, share: RATES[name] + margins[name],
        "harm 2 % -> 6 %": worse("harm", 3.0),
        "harm 2 % -> 6 % from 25 % on": worse("harm", 3.0, since=0.25),
        "harm 2 % -> 4 %": worse("harm", 2.0),
        "errors 1 % -> 3 %": worse("errors", 3.0),
        "refusals 10 % -> 20 %": worse("refusals", 2.0),
    }


def show(name: str, ran: list[Ran]) -> None:
    """A line of the table."""
    ended = [one.ended for one in ran]
    shares = " | ".join(f"{ended.count(word) / len(ran):.1%}" for word in ("roll_back", "complete", "hold", ""))
    canary, both = (np.array([getattr(one, side) for one in ran]) for side in ("canary", "both"))
    print(
        f"| {name} | {shares} | {np.median(canary):,.0f} | {np.quantile(canary, 0.9):,.0f} | {np.median(both):,.0f} |",
        flush=True,
    )


def rollout(rng: np.random.Generator, rate: Rate, most: int) -> Ran:
    """One rollout to its end; requests of the canary are counted from the first step on."""
    progress, seen, canary, both = Progress(POLICY), SeenHere(), 0, 0
    progress.since_ns = 1
    while not progress.ended and both < most:
        share = progress.stage.share
        mine = rng.random(LOOK) < share
        for state in progress.guards:
            name = state.guard.name
            state.add(rng.random(LOOK) < np.where(mine, rate(name, share), RATES[name]), mine)
        own = int(mine.sum())
        canary, both = canary + own, both + LOOK
        counts = {"control": LOOK - own, "canary": own}
        for arm, count in counts.items():
            for kept in (progress.requests, progress.keys, progress.units):
                kept[arm] += count  # type: ignore[index]
            progress.last[arm] = 1  # type: ignore[index]
        progress.split.update((counts["control"], own))
        told = progress.decide(1, dict.fromkeys(RATES, True), seen)
        if told.word == "hold":
            return Ran("hold", canary, both, progress.step)
    return Ran(progress.ended, canary, both, progress.step)


if __name__ == "__main__":
    main()
