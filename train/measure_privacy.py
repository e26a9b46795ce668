"""How well personal data are found, by type, and how often ordinary answers are taken for personal data.

    python train/measure_privacy.py [--shared DIR] [--floor 0.5] [--errors N] [--part all|even|odd]

Reads `data/pii/presidio_synth.jsonl` (made-up names and numbers in templates) and public answers under the folder
of shared data. A find counts when its type agrees and the spans share half of their characters; parts are by the
first digits of a row's template group, so that no template is in both. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assay.scorers.finding import Found
from assay.scorers.personal import found

TYPES: Mapping[str, frozenset[str]] = {
    "CREDIT_CARD": frozenset({"credit_card"}),
    "PHONE_NUMBER": frozenset({"phone"}),
    "EMAIL_ADDRESS": frozenset({"email"}),
    "US_SSN": frozenset({"ssn", "itin"}),
    "IBAN_CODE": frozenset({"iban"}),
    "DOMAIN_NAME": frozenset({"url"}),
    "IP_ADDRESS": frozenset({"ip"}),
    "US_DRIVER_LICENSE": frozenset({"driver_license"}),
    "ZIP_CODE": frozenset({"zip_code"}),
}
CORE = ("CREDIT_CARD", "PHONE_NUMBER", "EMAIL_ADDRESS", "US_SSN", "IBAN_CODE", "DOMAIN_NAME", "IP_ADDRESS")
ANSWERS = {
    "refusal/xstest_responses.jsonl": ("response",),
    "paired_models/gsm8k_solutions.jsonl": ("response",),
    "preference/pandalm.jsonl": ("response_a", "response_b"),
    "capability/ifeval.jsonl": ("prompt",),
    "capability/gsm8k_test.jsonl": ("prompt", "response", "text"),
    "capability/truthfulqa.jsonl": ("response", "prompt"),
    "drift/llm_drift.jsonl": ("response",),
    "hallucination/halueval_general.jsonl": ("response",),
    "groundedness/begin.jsonl": ("response",),
    "harm_response/gptfuzz_responses.jsonl": ("response",),
    "harm_response/jailjudge_mini.jsonl": ("response",),
    "training_data/emergent_misalignment.jsonl": ("messages",),
    "prompts/frr_cyber.jsonl": ("prompt",),
    "preference/hh_harmless.jsonl": ("response_a", "response_b"),
}


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("ASSAY_SHARED", "shared")))
    parser.add_argument("--floor", type=float, default=0.5)
    parser.add_argument("--errors", type=int, default=0, help="also print so many misses and false finds")
    parser.add_argument("--part", choices=("all", "even", "odd"), default="all")
    options = parser.parse_args()
    data = options.shared / "data"
    spans(data / "pii" / "presidio_synth.jsonl", options)
    false_alarms(data, options)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    with path.open(encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def spans(path: Path, options: argparse.Namespace) -> None:
    """Precision, recall and F1 by type."""
    hit: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for row in rows(path):
        if options.part != "all" and int(row["group"][:6], 16) % 2 != (options.part == "odd"):
            continue
        text, left = row["text"], found(row["text"], options.floor)
        for gold in row.get("spans", ()):
            if gold["type"] not in TYPES:
                continue
            match = next((find for find in left if _agree(find, gold)), None)
            if match is None:
                missed[gold["type"]] += 1
                _tell(options, missed, "missed", gold["type"], text, gold["start"], gold["end"])
            else:
                hit[gold["type"]] += 1
                left.remove(match)
        for find in left:
            kind = next((name for name, ours in TYPES.items() if find.type in ours), "")
            if kind:
                wrong[kind] += 1
                _tell(options, wrong, "false", find.type, text, find.start, find.end)
    print("| type | spans | precision | recall | F1 |\n|---|---|---|---|---|")
    for name, kinds in (*((kind, (kind,)) for kind in TYPES), ("structured", CORE), ("all of these", tuple(TYPES))):
        good, lost, bad = (sum(count[kind] for kind in kinds) for count in (hit, missed, wrong))
        precision, recall = good / max(1, good + bad), good / max(1, good + lost)
        f1 = 2 * good / max(1, 2 * good + lost + bad)
        print(f"| {name} | {good + lost} | {precision:.3f} | {recall:.3f} | {f1:.3f} |")


def _agree(find: Found, gold: Mapping[str, Any]) -> bool:
    shared = min(find.end, gold["end"]) - max(find.start, gold["start"])
    whole = max(find.end, gold["end"]) - min(find.start, gold["start"])
    return find.type in TYPES[gold["type"]] and shared * 2 >= whole


def _texts(row: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    yield from (row[key] for key in keys if isinstance(row.get(key), str))
    yield from (turn["content"] for turn in row.get("messages", ()) if "messages" in keys)


def _tell(
    options: argparse.Namespace, seen: Counter[str], word: str, kind: str, text: str, start: int, end: int
) -> None:
    if sum(seen.values()) <= options.errors:
        shown = f"{text[max(0, start - 40) : start]}<<{text[start:end]}>>{text[end : end + 25]}"
        print(f"  {word} {kind}: {shown!r}")


def false_alarms(data: Path, options: argparse.Namespace) -> None:
    """Answers in which something personal is seen, per thousand; few of these hold any."""
    print("\n| answers | n | with a find, per 1,000 | types |\n|---|---|---|---|")
    for name, keys in ANSWERS.items():
        if not (data / name).exists():
            continue
        texts = [text for row in rows(data / name) for text in _texts(row, keys) if text]
        types: Counter[str] = Counter()
        seen: Counter[str] = Counter()
        for text in texts:
            finds = [find for find in found(text, options.floor) if find.type != "url"]
            types.update({find.type for find in finds})
            seen["answers"] += bool(finds)
            for find in finds:
                seen["finds"] += 1
                _tell(options, Counter(finds=seen["finds"]), "seen", find.type, text, find.start, find.end)
        rate = 1000 * seen["answers"] / max(1, len(texts))
        listed = ", ".join(f"{kind} {count}" for kind, count in types.most_common())
        print(f"| {name} | {len(texts)} | {rate:.1f} | {listed} |")


if __name__ == "__main__":
    main()
