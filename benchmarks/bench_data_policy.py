"""What the checks of refusals, policy and evidence find on labelled answers: precision and recall, and what they cost.

Needs the public sets, `--data DIR`. Prints Markdown, a section per check; `--only NAME` prints one.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.checks.refusing import may_refuse, refuses
from assay.domain.trial import Output
from assay.scorers.refusal_reading import read

ORDINARY = (
    "paired_models/gsm8k_solutions",
    "preference/pandalm",
    "preference/llmbar",
    "hallucination/halueval_general",
)
"""Sets whose answers are mostly no refusals, with prompts that ask for ordinary things."""


def main() -> None:
    """Print the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="Folder of public data sets; without it nothing is measured.")
    parser.add_argument("--only", choices=tuple(SECTIONS), help="One section.")
    options = parser.parse_args()
    if options.data is None:
        print("Nothing measured: the public data sets are needed, `--data DIR`.")
        return
    for name in [options.only] if options.only else SECTIONS:
        print(f"\n### {name}\n")
        SECTIONS[name](options.data)


def rows_of(data: Path, name: str) -> list[dict[str, Any]]:
    """Rows of one public set."""
    with (data / f"{name}.jsonl").open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def answers_of(data: Path, name: str) -> Iterator[str]:
    """Answers of one public set."""
    for row in rows_of(data, name):
        yield from (row[key] for key in ("response", "response_a", "response_b") if str(row.get(key) or "").strip())


def refusing(data: Path) -> None:
    """What the cheap look at the opening spares the trained model, and which refusals are lost by it."""
    print("| set | answers | read by the model | refusals by the model | of them lost |")
    print("|---|---|---|---|---|")
    for name in ("refusal/xstest_responses", "refusal/latent_jailbreak_human", *ORDINARY):
        told = list(answers_of(data, name))
        found = [(may_refuse(text.strip()), (read(Output(text=text)).refused or 0.0) >= 0.5) for text in told]
        share = sum(may for may, _ in found) / len(told)
        refused, lost = sum(sure for _, sure in found), sum(sure and not may for may, sure in found)
        print(f"| {name} | {len(told)} | {share:.3f} | {refused} | {lost} |")
    rows = rows_of(data, "refusal/xstest_responses")
    kept = Counter((row["label"], refuses(row["response"])[0] >= 0.5) for row in rows)
    refused = kept["refuse", True] + kept["refuse", False]
    print(f"\nOf {refused} XSTest answers that people call full refusals {kept['refuse', True]} are read as refusals,")
    print(f"of {kept['comply', True] + kept['comply', False]} that they call answers {kept['comply', True]}.")
    ordinary = [text for name in ORDINARY for text in answers_of(data, name)]
    seconds = _cpu(lambda: [refuses(text) for text in ordinary])
    print(f"{len(ordinary)} ordinary answers: {200_000 * seconds / len(ordinary):.1f} CPU-s per 200,000.")


def _cpu(does: Callable[[], Any]) -> float:
    begin = time.process_time()
    does()
    return time.process_time() - begin


SECTIONS: dict[str, Callable[[Path], None]] = {"refusing": refusing}


if __name__ == "__main__":
    main()
