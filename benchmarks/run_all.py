"""Runs the benchmarks one after another, prints their tables, and keeps `docs/benchmarks.md` up to date.

    python benchmarks/run_all.py [--quick] [--update] [--only NAME ...] [--skip NAME ...]

`--quick` takes fewer rounds and runs (about ten minutes in all). `--update` writes each table into its place on the
page, between `<!-- NAME -->` and `<!-- /NAME -->`, with the command, the date and the machine. A benchmark whose
packages are not installed is left out, and its old table stays.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from measuring import HERE, machine, versions

PAGE = HERE.parent / "docs" / "benchmarks.md"
SHOWN = ("aiohttp", "msgspec", "numpy", "scipy", "torch", "transformers", "xllamacpp")


@dataclass(frozen=True, slots=True)
class Bench:
    """One script, and how it is run."""

    script: str
    full: str = ""
    """Arguments of a full run."""
    quick: str | None = ""
    """Arguments of a quick run; None leaves it out there."""
    needs: tuple[str, ...] = ()
    """Packages that do not come with assay itself."""
    data: bool = False
    """Whether it reads the public data that `--data` names, and is left out without."""
    more_with_data: bool = False
    """Whether it runs without them, and measures more where they are."""


BENCHES = {
    "start": Bench("bench_start.py", "--rounds 15", "--rounds 7"),
    "engines": Bench("bench_engines.py", "--rounds 5 --peer-rounds 3", "--rounds 3 --peer-rounds 1"),
    "collect": Bench("bench_collect.py", "--rounds 5", "--rounds 2"),
    "faults": Bench("bench_faults.py"),
    "recorded": Bench("bench_recorded.py", "--rounds 3", "--rounds 1"),
    "report": Bench("bench_report.py", "--rounds 5", "--rounds 3"),
    "ledger": Bench("bench_ledger.py", "--rounds 7", "--rounds 2 --pairs 20000"),
    "kills": Bench("kill_ledger.py", "--kills 50", "--kills 10 --samples 200"),
    "scorers": Bench("bench_scorers.py", "", "--count 2000 --rounds 2 --peer-cpu 4", more_with_data=True),
    "training": Bench(
        "bench_training_data.py", "--rounds 3", "--rounds 1 --count 60000 --peer-cpu 10", more_with_data=True
    ),
    "training_all": Bench("bench_data_all.py", "", "--rows 20000", more_with_data=True),
    "data_stream": Bench("bench_data_stream.py", "--kinds counts file", "--rows 100000 --kinds counts file"),
    "data_kept": Bench("bench_data_stream.py", "--each", "--each --rows 10000 20000 40000"),
    "data_policy": Bench("bench_data_policy.py", data=True),
    "data_danger": Bench("bench_data_danger.py", "", "--draws 10", data=True),
    "data_privacy": Bench("bench_data_privacy.py", more_with_data=True),
    "data_preference": Bench("bench_data_preference.py", data=True),
    "data_mixture": Bench("bench_data_mixture.py", data=True),
    "data_synthetic": Bench("bench_data_synthetic.py", data=True),
    "watch_detectors": Bench("simulate_watch.py", "--runs 200", "--runs 20"),
    "watch_replays": Bench("simulate_replay.py", "--runs 18 --seed 5", "--runs 3"),
    "watch_sessions": Bench("simulate_sessions.py", "--runs 40", "--runs 3"),
    "watch_peers": Bench("bench_drift.py", "--runs 20", "--runs 3", needs=("river",)),
    "watch_labels": Bench("simulate_labels.py", "--runs 1000", "--runs 100"),
    "watch_canary": Bench("simulate_canary.py", "", "--runs 20"),
    "watch_drift": Bench("drift_traffic.py", data=True),
    "likelihood": Bench("bench_likelihood.py", "--rounds 3", "--rounds 1", needs=("torch", "transformers")),
    "adapters": Bench("bench_adapters.py", needs=("torch", "transformers", "xllamacpp")),
    "generation": Bench(
        "bench_generation.py", "", "--rounds 1 --count 40", needs=("torch", "transformers", "xllamacpp")
    ),
    "sequential": Bench("simulate_sequential.py", "--runs 20000", "--runs 3000"),
    "cases": Bench("recorded_cases.py", data=True),
    "gate": Bench("simulate_gate.py", "--runs 20000", "--runs 2000"),
    "judge": Bench("simulate_judge.py", "--runs 500", "--runs 100 --test-runs 5000"),
    "preference": Bench("simulate_preference.py", "", "--runs 100"),
    "intervals": Bench("simulate_intervals.py", "--runs 10000", None),
}
"""By the name of their place on the page; light ones first."""


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--update", action="store_true")
    parser.add_argument(
        "--data", metavar="DIR", help="Folder of public data sets; without it what needs them is left out."
    )
    parser.add_argument("--only", nargs="+", choices=list(BENCHES), default=list(BENCHES), metavar="NAME")
    parser.add_argument("--skip", nargs="+", choices=list(BENCHES), default=[], metavar="NAME")
    options = parser.parse_args()
    began, failed = time.perf_counter(), []
    for name in options.only:
        bench = BENCHES[name]
        arguments = bench.quick if options.quick else bench.full
        if name in options.skip or arguments is None:
            continue
        missing = [package for package in bench.needs if importlib.util.find_spec(package) is None]
        if missing:
            print(f"## {name}\n\nNot run: {', '.join(missing)} not installed.\n", flush=True)
            continue
        if bench.data and not options.data:
            print(f"## {name}\n\nNot run: give the folder of the public data sets with --data.\n", flush=True)
            continue
        given = {"DIR": options.data} if options.data and (bench.data or bench.more_with_data) else {}
        block, code = _block(bench.script, shlex.split(arguments), given)
        print(f"## {name}\n\n{block}\n", flush=True)
        failed += [name] if code else []
        if options.update and not code:
            _place(name, block)
    print(f"{time.perf_counter() - began:.0f} s in all.")
    if failed:
        sys.exit(f"ended with an error: {', '.join(failed)}")


def _block(script: str, arguments: list[str], folders: dict[str, str]) -> tuple[str, int]:
    """What is written about one benchmark, and its exit code; folders are called by name there."""
    data = [f"--data={folder}" for folder in folders.values()]
    where = machine()
    done = subprocess.run(
        [sys.executable, HERE / script, *arguments, *data], stdout=subprocess.PIPE, text=True, check=False
    )
    command = " ".join(["python", f"benchmarks/{script}", *arguments, *(f"--data {name}" for name in folders)])
    packages = ", ".join(f"{name} {found}" for name, found in versions(*SHOWN).items() if found != "-")
    load = os.getloadavg()[0]
    said = re.sub(r"^#+ (.+)$", r"**\1**", done.stdout.strip(), flags=re.MULTILINE)
    return (
        f"`{command}`\n\n{said}\n\n<sub>{where} at the start, {load:.1f} at the end. {packages}.</sub>",
        done.returncode,
    )


def _place(name: str, block: str, page: Path = PAGE) -> None:
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        sys.exit(f"{page.name}: no place for '{name}'. Expected {begin} and {end}, each on a line of its own")
    page.write_text(f"{before}{begin}\n\n{block}\n\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
