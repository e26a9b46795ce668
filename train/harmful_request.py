"""Trains `harmful_request`: does a request ask for harm, from public prompts that were written to, and ordinary ones.

    python train/harmful_request.py --data DIR [--write]

The labels say what a set was made for; nobody read the single prompts. Ordinary requests whose
answers `harmful_answer` learns from or is measured by are left out here, since it reads this model's probability.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from assay.scorers.hashing import View
from fitting import Recipe, keep, report, train
from rows import Row, read, row, sources

ASKS = (
    "advbench",
    "ailuminate_demo",
    "catqa",
    "do_not_answer",
    "harmbench_text",
    "simple_safety_tests",
    "strongreject",
)
ORDINARY = {
    "capability/ifeval": slice(None),
    "capability/gsm8k_test": slice(None, None, 6),
    "capability/truthfulqa": slice(None, None, 2),
    "hallucination/halueval_general": slice(1, None, 2),
    "injection/deepset_injection": slice(None),
    "injection/notinject": slice(None),
    "injection/wildguard_benign": slice(None),
    "prompts/frr_cyber": slice(None, None, 3),
}
"""File, and which of its rows are read."""
LEFT_OUT = ("catqa", "coconot", "do_not_answer", "halueval_general")
RECIPE = Recipe(
    name="harmful_request",
    views=(
        View(field="prompt", head=400, words=(1, 2), chars=(), bits=13),
        View(field="prompt", head=400, words=(), chars=(3, 4, 5), bits=13),
    ),
    questions=("asked",),
    strength=10.0,
)


def rows(data: Path) -> list[Row]:
    """All requests."""
    found = [made for name in ASKS for made in read(data, f"prompts/{name}.jsonl", lambda raw: _asks(raw, True))]
    found += read(data, "prompts/coconot.jsonl", _contrast)
    for name, some in ORDINARY.items():
        found += read(data, f"{name}.jsonl", _ordinary)[some]
    return found


def _asks(raw: dict[str, Any], harm: bool) -> Row:
    return row(raw, {"asked": harm}, prompt=raw["prompt"])


def _ordinary(raw: dict[str, Any]) -> Row | None:
    """Ordinary requests; attacks on instructions are none."""
    if raw.get("label") == "injection":
        return None
    return row(raw, {"asked": False}, prompt=raw.get("prompt") or raw["text"])


def _contrast(raw: dict[str, Any]) -> Row | None:
    """Requests near the line that should be answered."""
    return _asks(raw, False) if raw["label"] == "compliance_expected" else None


def main() -> None:
    """Print the tables; with `--write` keep the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public files; see README.md")
    parser.add_argument("--write", action="store_true", help="write coefficients and card")
    given = parser.parse_args()
    found = rows(given.data)
    trained = train(found, RECIPE, leave_out=LEFT_OUT)
    print(report(trained))
    if given.write:
        keep(trained, RECIPE, {"reads": "the request's end", "sources": sources(found)})


if __name__ == "__main__":
    main()
