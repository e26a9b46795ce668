"""Kills audits of two served models at random moments, and looks at what is left.

    python benchmarks/kill_ledger.py [--kills 50] [--samples 400] [--seed 1]

An audit against the mock server of `assay.testing` is ended by SIGKILL after a random time, given again, and killed
again, until it is done; then the next one is begun, until there were enough kills. After every kill the ledger must be
sound. At the end of every audit each trial must stand in the run file once, and once in the ledger as it stands there;
the signed verdict must verify, and say what an audit says that nobody disturbed. Prints Markdown; exits with 1 when
something does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from measuring import DECISIONS, assay, served


def main() -> None:
    """Kill, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--latency", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice, wrong = random.Random(options.seed), []
    moments: Counter[str] = Counter()
    kills = finished = 0
    with tempfile.TemporaryDirectory() as name, served(options.latency) as url:
        home = Path(name)
        subprocess.run(
            assay("ledger", "init", "--key", home / "own.key", "--name", "bench"), check=True, capture_output=True
        )
        os.environ["ASSAY_LEDGER_KEY_FILE"] = str(home / "own.key")
        _plan(home, url, options.samples)
        began = time.perf_counter()
        whole = _run(home, home / "whole", None)
        assert whole in DECISIONS, f"the undisturbed audit ended with {whole}"
        longest, wanted = time.perf_counter() - began, _said(home / "whole")
        while kills < options.kills:
            folder, attempts = home / f"run{finished}", 0
            while (code := _run(home, folder, dice.uniform(0.3, longest) if kills < options.kills else None)) is None:
                kills, attempts = kills + 1, attempts + 1
                moments[_moment(folder)] += 1
                wrong += [f"after kill {kills}: {problem}" for problem in _problems(folder)]
            finished += 1
            wrong += [
                f"run {finished}: {problem}" for problem in _end(home, folder, code, whole, wanted, options.samples)
            ]
            print(f"run {finished}: {attempts} kills", file=sys.stderr)
    print(f"{kills} kills of {finished} audits of {options.samples} samples, asked of two served models\n")
    print("| when it was killed | kills |\n|---|---|")
    print("".join(f"| {moment} | {count} |\n" for moment, count in sorted(moments.items())), end="")
    print(f"\nLedgers that were not sound, trials lost or told twice, other decisions: {len(wrong)}")
    if wrong:
        sys.exit("\n".join(wrong))


def _plan(home: Path, url: str, samples: int) -> None:
    rows = ({"id": f"s{n}", "input": f"Question {n}?", "target": "Answer"} for n in range(samples))
    (home / "asked.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (home / "audit.yaml").write_text(
        f"assay: 1\nname: kills\nreference: {{type: endpoint, url: '{url}', model: old}}\n"
        f"candidate: {{type: endpoint, url: '{url}', model: new}}\n"
        "suites: [{name: asked, dataset: asked.jsonl, scorers: [{type: match, kind: any}]}]\n"
        "limits: {concurrency: 8, retries: 0}\n"
    )


def _run(home: Path, folder: Path, after_s: float | None) -> int | None:
    """Exit code of an audit; None when it was killed after so many seconds."""
    command = assay("audit", home / "audit.yaml", "-o", folder, "-q", "--no-cache")
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            _, said = process.communicate(timeout=after_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None
    if process.returncode not in DECISIONS:
        sys.exit(f"the audit ended with {process.returncode}: {said.decode()[-2000:]}")
    return process.returncode


def _moment(folder: Path) -> str:
    if not (folder / "ledger.sqlite").exists():
        return "before the ledger was there"
    kinds = _kinds(folder)
    if "decided" in kinds:
        return "after the decision was told"
    if "ended" in kinds:
        return "after the end was told"
    return "while answers came in" if "trials" in kinds else "before the first answers were told"


def _kinds(folder: Path) -> set[str]:
    from assay.domain.errors import AssayError
    from assay.store.ledger.book import Ledger

    try:
        with Ledger(folder) as ledger:
            return {entry.kind for entry in ledger.entries()}
    except AssayError:
        return set()


def _problems(folder: Path) -> list[str]:
    """What is wrong with a ledger that was left behind; one that was never begun has nothing wrong."""
    import sqlite3

    from assay.store.ledger.book import Ledger
    from assay.store.ledger.check import examine

    if not (folder / "ledger.sqlite").exists():
        return []
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as base:
        if not base.execute("SELECT 1 FROM sqlite_master").fetchone():
            return []  # killed while the file was made
    with Ledger(folder) as ledger:
        return [one.message for one in examine(ledger).problems]


def _said(folder: Path) -> Any:
    verdict = json.loads((folder / "verdict.json").read_text())
    return [verdict["decision"], verdict["counts"], verdict["rules"]]


def _end(home: Path, folder: Path, code: int, whole: int, wanted: Any, samples: int) -> list[str]:
    from assay.store.ledger.book import Ledger
    from assay.store.ledger.commitments import TAG, split
    from assay.store.runs import RunFile

    found = _problems(folder)
    run = RunFile(folder, write=False)
    with Ledger(folder) as ledger:
        told = [one for entry in ledger.entries("trials") for one in split(ledger.packed(entry.seq))]
    held = [run.salt.commit(*row) for row in run.rows()]
    run.close()
    if len(held) != 2 * samples:
        found.append(f"{len(held)} trials, expected {2 * samples}")
    if sorted(told) != sorted(held):
        twice = len(told) - len({one[:TAG] for one in told})
        found.append(f"the ledger holds {len(told)} commitments ({twice} twice) of {len(held)} trials")
    if code != whole or _said(folder) != wanted:
        found.append("the decision is another than that of an undisturbed audit")
    command = assay("verify", folder / "verdict.dsse.json", "--key", home / "own.key.pub", "--run", folder)
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    late = done.returncode == 4 and "were told to the ledger late" in done.stdout and "NOT VERIFIED" not in done.stdout
    if done.returncode and not late:
        found.append(f"assay verify ended with {done.returncode}: {done.stdout}{done.stderr}")
    return found


if __name__ == "__main__":
    main()
