"""What the ledger costs: entries appended and verified, and whole audits with and without it.

    python benchmarks/bench_ledger.py [--entries 50000] [--samples 2000] [--pairs 100000] [--rounds 5]

Entries are written in synced batches of 100 (`synchronous=FULL`), then all are checked: hashes, chain, clock and
checkpoint. The audits are `assay audit` from start to end with a signing key, in interleaved rounds with one in which
nothing is told to a ledger; of served models (64 in flight, the mock server as a process of its own) and of recorded
answers. Prints Markdown: medians, and the median of the ratios of each round.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import DECISIONS, HERE, Cost, assay, cost, middle, served, verdict_of


def main() -> None:
    """Measure all and print the tables."""
    if sys.argv[1:2] == ["--audit"]:
        _audit(sys.argv[2] == "with", sys.argv[3:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=50_000)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print("| figure | found | target | reached |\n|---|---|---|---|")
    rows = [_entries(options.entries) for _ in range(options.rounds)]
    for name, place, target in (("appended", 0, 10_000), ("verified", 1, 200_000)):
        found = middle([row[place] for row in rows])
        print(f"| entries {name} per CPU second | {found:,.0f} | {target:,} | {verdict_of(found, least=target)} |")
    print(
        f"| entries appended per second of wall, synced | {middle([row[2] for row in rows]):,.0f} | | |\n", flush=True
    )
    print("| audit | wall s without | with | ratio | CPU s without | with | ratio | target | reached |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        cost(assay("ledger", "init", "--key", home / "own.key", "--name", "bench"))
        for latency in (0.1, 0.0):
            with served(latency) as url:
                plan = _served_plan(home / f"served{latency}", url, options.samples)
                title = f"{options.samples:,} samples, served, {latency * 1000:.0f} ms"
                rounds = options.rounds * 2 + 1 if latency else options.rounds  # waiting is what varies most
                _compare(title, plan, home, rounds, 1.05 if latency else None)
        _compare(
            f"{options.pairs:,} pairs, recorded",
            _recorded_plan(home, options.pairs),
            home,
            max(1, options.rounds // 2),
            None,
        )


def _entries(count: int) -> tuple[float, float, float]:
    """Entries appended per CPU second, verified per CPU second, appended per second of wall."""
    from assay.store.ledger.book import Ledger
    from assay.store.ledger.check import examine
    from assay.store.ledger.notes import SigningKey

    key = SigningKey.make("bench")
    with tempfile.TemporaryDirectory() as name:
        wall, busy = time.perf_counter(), time.process_time()
        with Ledger(Path(name), write=True, origin="bench") as ledger:
            for first in range(0, count, 100):
                body = {"run": "0123456789abcdef", "digest": "ab" * 32}
                ledger.extend([("note", {**body, "n": first + n}) for n in range(100)])
            ledger.checkpoint(key)
        wall, busy = time.perf_counter() - wall, time.process_time() - busy
        checking = time.process_time()
        with Ledger(Path(name)) as ledger:
            found = examine(ledger, key.public)
        checking = time.process_time() - checking
    if found.problems or not found.trusted or found.unsigned:
        sys.exit(f"the ledger is not sound: {found.problems}")
    return count / busy, found.entries / checking, count / wall


def _compare(title: str, plan: Path, home: Path, rounds: int, most: float | None) -> None:
    found: dict[str, list[Cost]] = {"without": [], "with": []}
    environment = {"ASSAY_LEDGER_KEY_FILE": str(home / "own.key"), "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    for turn in range(rounds + 1):
        for how in sorted(found, reverse=turn % 2 == 0):
            with tempfile.TemporaryDirectory(dir=home) as folder:
                told = ["audit", plan, "-o", Path(folder) / "run", "-q", "--no-cache"]
                command = [sys.executable, HERE / "bench_ledger.py", "--audit", how, *told]
                used = cost(command, codes=DECISIONS, **environment)
                signed = (Path(folder) / "run" / "verdict.dsse.json").exists()
            if signed != (how == "with"):
                sys.exit(f"{how} a ledger: a signed verdict is {'there' if signed else 'missing'}")
            if turn:  # the first round warms the machine
                found[how].append(used)
                print(f"{title}, {how}: {used.wall_s:.2f} s, CPU {used.cpu_s:.2f} s", file=sys.stderr)
    cells = []
    for name in ("wall_s", "cpu_s"):
        one, other = ([getattr(used, name) for used in found[how]] for how in ("without", "with"))
        ratio = middle([more / less for less, more in zip(one, other, strict=True)])
        cells += [f"{middle(one):.2f}", f"{middle(other):.2f}", f"{ratio:.3f}"]
    wall = float(cells[2])
    target = f"at most {most:.2f} of wall | {verdict_of(wall, most=most)}" if most else " | "
    print(f"| {title} | {' | '.join(cells)} | {target} |", flush=True)


def _served_plan(folder: Path, url: str, samples: int) -> Path:
    folder.mkdir()
    rows = ({"id": f"s{n}", "input": f"Question {n}?", "target": "Answer"} for n in range(samples))
    (folder / "asked.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    old = ({"id": f"s{n}", "output": f"Answer {n}."} for n in range(samples))
    (folder / "old.jsonl").write_text("".join(json.dumps(row) + "\n" for row in old))
    plan = folder / "audit.yaml"
    plan.write_text(
        "assay: 1\nname: bench\nreference: {type: recorded, path: old.jsonl}\n"
        f"candidate: {{type: endpoint, url: '{url}', model: new}}\n"
        "suites: [{name: asked, dataset: asked.jsonl, scorers: [{type: match, kind: any}]}]\n"
        "limits: {concurrency: 64, retries: 0}\n"
    )
    return plan


def _recorded_plan(home: Path, pairs: int) -> Path:
    from bench_recorded import write

    folder = home / "recorded"
    folder.mkdir()
    write(folder, pairs, 20)
    return folder / "audit.yaml"


# The measured process


class _Silence:
    """In place of the ledger: is told everything and keeps nothing."""

    def __init__(self, *_: Any) -> None: ...

    def ended(self) -> None: ...

    def decided(self, _: Any) -> str:
        return ""

    def close(self) -> None: ...


def _audit(told: bool, arguments: list[str]) -> None:
    from assay.interfaces import auditing
    from assay.interfaces.cli import main as command

    if not told:
        auditing.Recording = _Silence  # type: ignore[misc, assignment]
    command(arguments)


if __name__ == "__main__":
    main()
