"""Whole replays of traffic through `assay watch`: how often any monitor is wrong, and what is found. Prints Markdown.

    python benchmarks/simulate_replay.py [--runs 18] [--seed 1]

Chats of a shop's assistant (benchmarks/watch_traffic.py) are written to a file and watched by the command itself, in all
traffic and six cohorts, with all that traces tell, refusals, distributions and requests; the reference is the first
week, or what `assay watch init` makes of a run of 1,000 prompts, its figures uncommented, with its eight scorers. In the
null replays nothing changes; a fifth as many have each planted change, at noon of the tenth day.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from assay.interfaces.cli import run
from watch_traffic import BEGIN_S, DAY_S, PLANTS, UNEVEN, Plan, chats

CHANGE_S = 9.5 * DAY_S
WATCHED = {
    "refusals 2 % -> 6 %": "refusal", "latency, 95th percentile x 2": "latency",
    "languages, German 13 % -> 35 %": "asked_language", "mix alone, health 15 % -> 80 %": "refusal",
    "fingerprint of the model": "served_model",
}  # fmt: skip
"""Planted change -> the figure that must tell of it, in all traffic."""
BASELINE = ("--baseline", "7d", "--segment", "route", "--segment", "tier", "--scorer", "refusal")
PROMPTS = 1_000
Alarm = Mapping[str, Any]
Outcome = Sequence[Alarm]
"""The alarms of a replay."""
_AUDIT = """assay: 1
name: shop
reference: {type: recorded, path: answers.jsonl}
candidate: {type: recorded, path: answers.jsonl}
suites: [{name: shop, dataset: suite.jsonl, role: gate, scorers: [refusal]}]
gate: {policy: fine-tuning-safety}
owner: watch@example.org
"""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=18)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    runs, fewer, began = options.runs, -(-options.runs // 5), time.process_time()
    plan, seeds = Plan(days=20, a_day=250), iter(range(1000 * options.seed, 10**9))
    uneven = replace(plan, before=UNEVEN)
    with tempfile.TemporaryDirectory() as home, contextlib.chdir(home):
        print(f"{plan.days} days, some {len(chats(plan, 0)):,} chats a replay, seed {options.seed}.\n")
        print("| nothing changes; the reference | replays | with any alarm | alarms |\n|---|---|---|---|")
        for name, many, replay in (
            ("baseline of 7 days", runs, lambda seed: replayed(plan, seed, BASELINE)),
            (
                "baseline of 7 days; latency of days differs by 10 %",
                fewer,
                lambda seed: replayed(uneven, seed, BASELINE),
            ),
            ("`assay watch init`, released figures", fewer, lambda seed: released(plan, seed)),
        ):
            outcomes = [replay(next(seeds)) for _ in range(many)]
            print(f"| {name} | {many} | {sum(map(bool, outcomes))} | {_names(outcomes)} |", flush=True)
        print("\n| planted | replays | alarm before it | found | dated within its interval | median delay "
              "| called behaviour | called mix |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
        for name, world in PLANTS.items():
            moved = replace(plan, after=world, change_s=CHANGE_S)
            outcomes = [replayed(moved, next(seeds), BASELINE) for _ in range(fewer)]
            print(f"| {name} | {fewer} | {_row(WATCHED[name], outcomes)} |", flush=True)
    print(f"\n{time.process_time() - began:.0f} CPU-s")


def replayed(plan: Plan, seed: int, arguments: Sequence[str]) -> Outcome:
    """Traffic written as a file and watched."""
    rows = chats(plan, seed)
    Path("traffic.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    _assay("watch", "replay", "traffic.jsonl", *arguments, "--format", "json", "-o", "outcome.json")
    alarms: Outcome = json.loads(Path("outcome.json").read_text(encoding="utf-8"))["alarms"]
    return alarms


def released(plan: Plan, seed: int) -> Outcome:
    """A replay by the plan that `assay watch init` writes after an audit of the same assistant."""
    folder = Path(f"run{seed}")
    folder.mkdir()
    first = [row for row in chats(plan, -seed) if len(row["messages"]) == 1 and "output" in row][:PROMPTS]
    (folder / "audit.yaml").write_text(_AUDIT, encoding="utf-8")
    for name, make in (
        ("suite", lambda row: {"input": row["messages"][0]["content"]}),
        ("answers", lambda row: {"output": row["output"]}),
    ):
        lines = (json.dumps({"id": row["id"], **make(row)}) + "\n" for row in first)
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    with contextlib.chdir(folder):
        _assay("audit", "audit.yaml", "-q")
        _assay("watch", "init", "assay-runs/shop", "--segment", "route", "--segment", "tier", "-o", "watch.yaml")
        opened = Path("watch.yaml").read_text(encoding="utf-8").replace("    # reference", "    reference")
        Path("watch.yaml").write_text(opened, encoding="utf-8")
        return replayed(plan, seed, ("--plan", "watch.yaml"))


def _assay(*arguments: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        code = run([*arguments])
    if code not in (0, 1, 3, 4):
        raise SystemExit(f"assay {' '.join(arguments)} ended with {code}: {said.getvalue()}")


def _names(outcomes: Sequence[Outcome]) -> str:
    found = Counter(alarm["metric"] for one in outcomes for alarm in one)
    return ", ".join(f"{name} {count}" for name, count in found.most_common()) or "none"


def _row(metric: str, outcomes: Sequence[Outcome]) -> str:
    """Cells of a planted change."""
    truth = BEGIN_S + CHANGE_S
    early = sum(any(_at(alarm, "at") < truth for alarm in one) for one in outcomes)
    firsts = [first for one in outcomes if (first := _first(metric, one, truth)) is not None]
    dated = sum(_at(one, "since_low") <= truth <= _at(one, "since_high") for one in firsts)
    late = statistics.median((_at(one, "at") - truth) / 3600 for one in firsts) if firsts else float("nan")
    apart = [one["evidence"].get("sure") for one in firsts if "sure" in one["evidence"]]
    said = [f"{sum(part in one for one in apart)} of {len(apart)}" if apart else "" for part in ("behaviour", "mix")]
    cells = f"{early} | {len(firsts)} | {dated} of {len(firsts)} | {late:.0f} h"
    return f"{cells} | {said[0]} | {said[1]}"


def _first(metric: str, one: Outcome, truth: float) -> Alarm | None:
    """The first alarm of a figure in all traffic since a time."""
    found = [alarm for alarm in one if alarm["metric"] == metric and not alarm["segment"] and _at(alarm, "at") >= truth]
    return min(found, key=lambda alarm: _at(alarm, "at"), default=None)


def _at(alarm: Alarm, name: str) -> float:
    return datetime.fromisoformat(alarm[name]).timestamp()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
