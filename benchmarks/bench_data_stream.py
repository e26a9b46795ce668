"""Ten million short rows through a pipe and all checks: resident memory on the way, and at the end.

    python benchmarks/bench_data_stream.py [--rows 10000000] [--checks duplicates ...]

Rows are made of 10,000 invented words, 10 asked and 1 to 20 answered, the same ones each time. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

TOLD = (2_000, 200_000, 500_000, 1_000_000, 2_000_000, 3_000_000, 5_000_000, 10_000_000, 20_000_000)
SYLLABLES = "ba ke lo mi nu pra sto ri ven tal"
ENDINGS = "n r s t l m nda rko sti ler"


def main() -> None:
    """Start the maker of rows, and read what it writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--checks", nargs="+", metavar="NAME", help="all unless given")
    parser.add_argument("--part", choices=("make", "read"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part == "make":
        make(options.rows)
    elif options.part == "read":
        read(options.checks)
    else:
        command = [sys.executable, __file__, "--rows", str(options.rows), "--part"]
        checks = ["--checks", *options.checks] if options.checks else []
        with subprocess.Popen([*command, "make"], stdout=subprocess.PIPE) as maker:
            subprocess.run([*command, "read", *checks], stdin=maker.stdout, check=True)


def make(count: int) -> None:
    """Write so many rows."""
    dice = random.Random(3)
    parts = [begun + end for begun in SYLLABLES.split() for end in ENDINGS.split()]
    words = [one + other for one in parts for other in parts]
    for _ in range(0, count, 1000):
        own = dice.choices(words, k=30_000)
        rows = [
            (own[begin : begin + 10], own[begin + 10 : begin + 11 + begin // 30 % 20]) for begin in range(0, 30_000, 30)
        ]
        sys.stdout.write(
            "".join([f'{{"prompt": "{" ".join(asked)}", "completion": "{" ".join(said)}"}}\n' for asked, said in rows])
        )


def read(names: Sequence[str] | None) -> None:
    """Read rows from standard input through some checks, or all."""
    from assay.checks.catalogue import made
    from assay.interfaces.data_audit import Audit

    checks = made()
    audit = Audit({name: checks[name] for name in names or checks})
    print("| rows | resident memory, MB | the most so far, MB | CPU-s |\n|---|---|---|---|")
    for number, _ in enumerate(audit.read("-"), start=1):
        if number in TOLD:
            _tell(f"{number:,}")
    found = list(audit.findings())
    _tell("findings made")
    print(f"\n{len(found)} findings: {', '.join(sorted({one.code for one in found}))}.")


def _tell(when: str) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(f"| {when} | {_resident_mb():,.0f} | {peak:,.0f} | {time.process_time():.0f} |", flush=True)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
