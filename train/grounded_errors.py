"""Print which kinds of rows the scorer `groundedness` orders wrongly, and what each kind costs.

    python train/grounded_errors.py --data DIR

The rows are judged by models that saw no row of their group, as train/groundedness.py cross-validates them. A pair is
a grounded row and another one of the same set and fold; the table counts the pairs that are ordered wrongly by the
kind of either row, and says what AUROC would be were all pairs of that kind of row ordered rightly.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np
from numpy.typing import NDArray

from grounded_layers import Table
from groundedness import CUTS, FOLDS, SETS, UNCOOPERATIVE, Cut, cross, labelled, rarity
from measuring import auroc
from rows import raws

Kinds = NDArray[np.str_]


def kinds(table: Table, data: Path) -> Kinds:
    """What kind of answer each row is."""
    value = dict(zip(table.names, table.x.T, strict=True))
    rows = [raw for file in SETS.values() for raw in raws(data, f"groundedness/{file}.jsonl")]
    told = np.array([raw["label"] == "generic" for raw in rows])
    silent = np.array([(raw.get("meta") or {}).get("raw") == UNCOOPERATIVE for raw in rows])
    there, own = value["there"], value["self"] > 0
    found = np.select(
        [
            silent,
            told,
            (value["in_run"] >= 0.8) & (there >= 0.95),
            there >= 0.85,
            own & (value["claim_there"] >= 0.6),
            value["questions"] > 0,
            there >= 0.4,
        ],
        [
            "uncooperative",
            "generic",
            "copied nearly whole",
            "all its words there, not copied",
            "talk of the speaker beside a copy",
            "a question",
            "partly there",
        ],
        "little there",
    )
    return np.asarray(found)


def wrong(table: Table, name: str, kind: Kinds, cuts: Sequence[Cut]) -> None:
    """Print the table of one set."""
    of = table.of == name
    lost: dict[tuple[str, str], float] = {}
    pairs = 0
    for cut in cuts:
        chances = cut.chances(table)
        for part in range(FOLDS):
            yes, no = (np.flatnonzero(of & (cut.fold == part) & (table.y == label)) for label in (1, 0))
            gap = chances[yes][:, None] - chances[no]
            bad = (gap < 0) + (gap == 0) / 2
            pairs += bad.size
            for side, rows, sums in (("grounded", yes, bad.sum(axis=1)), ("not grounded", no, bad.sum(axis=0))):
                for row, many in zip(rows, sums, strict=True):
                    lost[side, kind[row]] = lost.get((side, kind[row]), 0.0) + float(many)
    total = sum(many for (side, _), many in lost.items() if side == "grounded")
    for (side, which), many in sorted(lost.items()):
        count = int((of & (kind == which) & (table.y == (side == "grounded"))).sum())
        print(f"| {name} | {side} | {which} | {count} | {many / total:.0%} | {1 - (total - many) / pairs:.3f} |")
    print(f"| {name} | all | all | {of.sum()} | 100% | {1 - total / pairs:.3f} as it is |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    given = parser.parse_args()
    table = labelled(given.data, tuple((rarity(given.data) / 255.0).tolist()))
    print("| set | people say | kind | rows | of the wrong pairs | AUROC were they right |\n" + "|---" * 6 + "|")
    kind, cuts = kinds(table, given.data), [cross(table, seed) for seed in range(CUTS)]
    for name in SETS:
        wrong(table, name, kind, cuts)
    there = table.x[:, table.names.index("all_there")]
    for name in SETS:
        value = auroc(there[table.of == name], table.y[table.of == name] == 1)
        print(f"{name}: the share of words that are there alone has AUROC {value:.3f}")


if __name__ == "__main__":
    main()
