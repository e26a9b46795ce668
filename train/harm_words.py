"""Weighs the word beginnings by which requests for harm differ from ordinary ones: the cheap look before a model.

    python train/harm_words.py --data DIR [--write]

Naive Bayes over word beginnings, once per request; weights in halves.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from pathlib import Path

import numpy as np

from assay.scorers.harm_words import PATH, Weights, beginnings, loudest
from harmful_request import ASKS
from rows import Row, read, row, sources

ORDINARY = (
    *("capability/gsm8k_test", "capability/ifeval", "capability/truthfulqa", "hallucination/halueval_general"),
    *("preference/llmbar", "preference/pandalm", "prompts/coconot"),
)
FEWEST = 4
"""Requests that hold a beginning, or it has no weight."""
LEAST = 0.7
"""Weights nearer to 0 are left out."""
SPARED = 0.94
"""Share of ordinary requests, of those not trained on, that the threshold spares."""


def main() -> None:
    """Weigh, measure on the other half, and keep with --write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public files; see README.md")
    parser.add_argument("--write", action="store_true", help="keep the weights")
    given = parser.parse_args()
    harm = [one for name in ASKS for one in read(given.data, f"prompts/{name}.jsonl", lambda raw: _row(raw, True))]
    ordinary = [
        one
        for name in ORDINARY
        for one in read(
            given.data,
            f"{name}.jsonl",
            lambda raw: None if raw.get("label") == "noncompliance_expected" else _row(raw, False),
        )
    ]
    half = _weights([one for one in harm if _side(one)], [one for one in ordinary if _side(one)])
    asked, rest = (
        [loudest(one.texts["prompt"], Weights(half)) for one in rows if not _side(one)] for rows in (harm, ordinary)
    )
    threshold = float(np.quantile(rest, SPARED))
    print(f"halves: {len(half)} beginnings; at {threshold:.2f} {np.mean(np.array(rest) > threshold):.3f} of ordinary")
    print(f"requests pass and {np.mean(np.array(asked) > threshold):.3f} of those that ask for harm")
    if given.write:
        weights = _weights(harm, ordinary)
        kept: dict[str, list[str]] = {}
        for word, weight in sorted(weights.items()):
            kept.setdefault(f"{weight:.1f}", []).append(word)
        told = {"threshold": round(threshold, 2), "sources": sources([*harm, *ordinary])}
        told |= {"weights": {weight: " ".join(kept[weight]) for weight in sorted(kept, key=float)}}
        PATH.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        print(f"{len(weights)} beginnings kept in {PATH.name}")


def _row(raw: dict[str, object], harm: bool) -> Row:
    return row(raw, {"asked": harm}, prompt=str(raw["prompt"]))


def _side(one: Row) -> bool:
    return sum(one.group.encode()) % 2 == 0


def _weights(harm: list[Row], ordinary: list[Row]) -> dict[str, float]:
    seen = [Counter(word for one in rows for word in set(beginnings(one.texts["prompt"]))) for rows in (harm, ordinary)]
    found = {}
    for word in seen[0] | seen[1]:
        if seen[0][word] + seen[1][word] >= FEWEST:
            shares = [
                (counts[word] + 0.5) / (len(rows) + 1) for counts, rows in zip(seen, (harm, ordinary), strict=True)
            ]
            weight = math.log(shares[0] / shares[1])
            if abs(weight) >= LEAST:
                found[word] = round(2 * weight) / 2
    return found


if __name__ == "__main__":
    main()
