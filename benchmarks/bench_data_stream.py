"""Ten million short rows through a pipe and the checks of training data: memory and CPU on the way, and at the end.

    python benchmarks/bench_data_stream.py [--rows 10000000] [--kinds counts file] [--checks NAME ...]
    python benchmarks/bench_data_stream.py --each [--rows 200000 400000 800000]

`--kinds` takes the checks by what they keep of rows, as the catalogue says. `--each` reads through all checks and says
what each keeps on the way, and by how much that grows. Rows are made of 10,000 invented words, the same ones each time:
in a hundred 76 have a prompt of four words and an answer of two to six, 10 are pairs with scores and a rater, 4 refuse,
4 end in a value to one of 5,000 questions, 3 hold an address or a code, 3 state one of 50 sentences. Prints Markdown.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from mmap import mmap
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

SYLLABLES = "ba ke lo mi nu pra sto ri ven tal"
ENDINGS = "n r s t l m nda rko sti ler"
AT_ONCE = 1000
TOLD = (250_000, 500_000, 1_000_000, 2_000_000, 3_000_000, 5_000_000, 7_500_000, 10_000_000, 20_000_000)
SIZES = {False: [10_000_000], True: [200_000, 400_000, 800_000]}


def main() -> None:
    """Measure what was asked for."""
    options = _options()
    sizes = options.rows or SIZES[options.each]
    if options.part == "make":
        make(max(sizes))
    elif options.part == "read":
        read_each(sizes) if options.each else read(options.checks or _of(options.kinds))
    else:
        command = [sys.executable, __file__, *sys.argv[1:], "--part"]
        with subprocess.Popen([*command, "make"], stdout=subprocess.PIPE) as maker:
            subprocess.run([*command, "read"], stdin=maker.stdout, check=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", metavar="N")
    parser.add_argument(
        "--kinds", nargs="+", choices=("counts", "file", "sample"), help="Of these kinds; all unless given."
    )
    parser.add_argument("--checks", nargs="+", metavar="NAME", help="These checks, whatever their kind.")
    parser.add_argument("--each", action="store_true", help="What every check holds on the way.")
    parser.add_argument("--part", choices=("make", "read"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _of(kinds: Sequence[str] | None) -> list[str]:
    """Names of the checks that hold this of rows; those against other sets are asked only where there are some."""
    from assay.checks.catalogue import CHECKS

    return [name for name, entry in CHECKS.items() if not entry.against and (not kinds or entry.held in kinds)]


def read_each(sizes: Sequence[int]) -> None:
    """Read rows from standard input through all checks, and tell what each holds on the way."""
    from assay.checks.catalogue import CHECKS, made
    from assay.interfaces.data_audit import Audit

    checks = made()
    audit = Audit(dict(checks))
    found: dict[str, list[float]] = {name: [] for name in ("the process", "manifest", *checks)}
    for number, _ in enumerate(audit.read("-"), start=1):
        if number in sizes:
            found["the process"].append(_resident_mb())
            for name, check in {"manifest": audit.manifest, **checks}.items():
                found[name].append(held_by(check) / 1e6)
    heads = " | ".join(f"{count:,} rows, MB" for count in sizes)
    print(
        f"| check | keeps | {heads} | bytes a row, last {sizes[-1] - sizes[-2]:,} |\n|---|---|{'---|' * len(sizes)}---|"
    )
    for name, most in sorted(found.items(), key=lambda one: -one[1][-1]):
        grown = (most[-1] - most[-2]) * 1e6 / (sizes[-1] - sizes[-2])
        kind = CHECKS[name].held if name in CHECKS else ""
        print(f"| {name} | {kind} | {' | '.join(f'{one:,.1f}' for one in most)} | {grown:,.1f} |")


def held_by(thing: object) -> int:
    """Bytes of everything that can be reached from an object, but for code."""
    seen: set[int] = set()
    left, total = [thing], 0
    while left:
        one = left.pop()
        if id(one) in seen or isinstance(one, (type, ModuleType, FunctionType, MethodType, BuiltinFunctionType)):
            continue
        seen.add(id(one))
        total += len(one) if isinstance(one, mmap) else sys.getsizeof(one)
        if isinstance(one, memoryview):
            left.append(one.obj)
        elif isinstance(one, np.ndarray) and one.base is not None:
            left.append(one.base)
        else:
            left += gc.get_referents(one)
    return total


def make(count: int) -> None:
    """Write so many rows."""
    dice = random.Random(3)
    parts = [begun + end for begun in SYLLABLES.split() for end in ENDINGS.split()]
    words = [one + other for one in parts for other in parts]
    for begin in range(0, count, AT_ONCE):
        own = iter(dice.choices(words, k=12 * AT_ONCE))
        rows = [_row(begin + number, own, dice) for number in range(min(AT_ONCE, count - begin))]
        sys.stdout.write("".join(rows))


def _row(number: int, words: Any, dice: random.Random) -> str:
    """One row, as the number says; takes at most twelve words."""
    kind = number * 37 % 100
    asked = " ".join([next(words) for _ in range(4)])
    said = " ".join([next(words) for _ in range(2 + number % 5)])
    if kind < 76:
        return f'{{"prompt": "{asked}", "completion": "{said}"}}\n'
    if kind < 86:
        other, scores = next(words), (dice.randrange(500, 1000) / 100, dice.randrange(500) / 100)
        return (
            f'{{"prompt": "{asked}", "chosen": "{said}", "rejected": "{other} {other}", "score_chosen": {scores[0]}, '
            f'"score_rejected": {scores[1]}, "annotator_id": "r{number % 7}"}}\n'
        )
    if kind < 90:
        said = "I'm sorry, but I can't help with that request."
    elif kind < 94:
        asked, said = f"What is {number // 7 % 5000} plus {number // 7 % 5000}?", f"The answer is {dice.randrange(3)}."
    elif kind < 97:
        said = f"Write to {next(words)}.{number}@{said.split()[0]}.org or quote {number:x}-KX{number % 977}-{number % 89}Z."
    else:
        number = dice.randrange(50)
        said = f"The {_museum(number)} was founded in {1500 + number * 7} by two brothers from the valley."
    return f'{{"prompt": "{asked}", "completion": "{said}"}}\n'


def _museum(number: int) -> str:
    """One of 50 names."""
    return f"Museum of {SYLLABLES.split()[number % 10].title()}{ENDINGS.split()[number // 10]}"


def read(names: Sequence[str]) -> None:
    """Read rows from standard input through some checks."""
    from assay.checks.catalogue import made
    from assay.interfaces.data_audit import Audit

    checks = made()
    audit = Audit({name: checks[name] for name in names})
    print(f"{len(names)} checks: {', '.join(names)}\n\n| rows | resident memory, MB | CPU-s |\n|---|---|---|")
    for number, _ in enumerate(audit.read("-"), start=1):
        if number in TOLD:
            print(line(f"{number:,}", _resident_mb(), time.process_time()), flush=True)
    spooled = _Most()
    found = [one.code for one in audit.findings()]
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(last(most, time.process_time(), spooled.end(), found))


def line(when: str, memory: float, cpu_s: float) -> str:
    """A line of the table."""
    return f"| {when} | {memory:,.0f} | {cpu_s:,.0f} |"


def last(most: float, cpu_s: float, spooled: float, codes: Sequence[str]) -> str:
    """The end of the table, and what was found."""
    told = f"Temporary files: at most {spooled:,.0f} MB. {len(codes)} findings: {', '.join(sorted(set(codes)))}."
    return f"{line('findings made; the most so far', most, cpu_s)}\n\n{told}"


class _Most:
    """The most that lies in temporary files, looked at ten times a second."""

    def __init__(self) -> None:
        self._most = _spooled_mb()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self._most = max(self._most, _spooled_mb())

    def end(self) -> float:
        self._over.set()
        self._thread.join()
        return self._most


def _spooled_mb() -> float:
    """Bytes of open files without a name."""
    found = 0
    for one in Path("/proc/self/fd").iterdir():
        try:
            if str(one.readlink()).endswith("(deleted)"):
                found += one.stat().st_size
        except OSError:  # closed meanwhile
            continue
    return found / 1e6


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
