"""What the checks of languages, of sums, of claims and of synthetic rows find: recall on plants, and what they say of public rows.

Rows are public answers of models, from `--data DIR`. What is flagged in them is printed with `--show`, to be read.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.checks.arithmetic import Arithmetic, wrong
from assay.checks.claims import Claims
from assay.checks.languages import Languages
from assay.checks.nothing_learned import NothingLearned
from assay.checks.synthetic import Synthetic
from assay.checks.synthetic_variety import certain, varied
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.store.training_files import TrainingFile
from language_texts import ANSWERS, QUESTIONS

TEXTS = {
    "halueval_general": ("hallucination/halueval_general.jsonl", "response"),
    "gsm8k_solutions": ("paired_models/gsm8k_solutions.jsonl", "response"),
    "hh_harmless": ("preference/hh_harmless.jsonl", "response_a"),
    "xstest_responses": ("refusal/xstest_responses.jsonl", "response"),
    "gptfuzz": ("harm_response/gptfuzz_responses.jsonl", "response"),
    "jailjudge": ("harm_response/jailjudge_mini.jsonl", "response"),
    "begin": ("groundedness/begin.jsonl", "response"),
    "refusal_direction": ("paired_models/refusal_direction_harmful.jsonl", "response"),
}
SUM = re.compile(r"[\d.]+ ?[-+*/x×] ?\$?[\d.]+ ?= ?\$?(\d+(?:\.\d+)?)(?![\d.]*\d)")
CHATTER = (
    "Sure! Here is a more complex version of the question:\n{}",
    "Certainly! Below is a rewritten prompt that adds one constraint:\n\n{}",
    "#Rewritten Prompt#:\n{}",
    "Here's a possible rephrased question: {}",
    "**Generated Question:** {}",
    "Of course! Here are 5 diverse instructions:\n1. {}",
    "Here is the paraphrased instruction:\n{}",
    "Okay, here's another example in the same style: {}",
    "Created Prompt: {}",
    "I'd be happy to help! The new question reads: {}",
)
"""As generators of several recipes announce what they write; the last two begin as no pattern does."""


def row(line: int, asked: str, answer: str, **told: Any) -> TrainingRow:
    prompt = (Message(role="user", content=asked),)
    return TrainingRow(
        file="planted", line=line, shape="chat", prompt=prompt,
        answers=((Message(role="assistant", content=answer),),), metadata=told,
    )  # fmt: skip


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def found(check: Any, rows: list[TrainingRow]) -> dict[str, set[int]]:
    for each in rows:
        check.add(each)
    lines: dict[str, set[int]] = defaultdict(set)
    for finding in check.findings():
        lines[finding.code] |= set(finding.where["lines"])
    return lines


def languages(data: Path, chance: random.Random) -> None:
    """English questions and answers of a public set, paired with those of six other languages."""
    public = [each for each in records(data / TEXTS["halueval_general"][0]) if each["response"].strip()]
    rows: list[TrainingRow] = []
    kind: dict[int, str] = {}

    def put(name: str, asked: str, answer: str) -> None:
        rows.append(row(len(rows) + 1, asked, answer))
        kind[len(rows)] = name

    for code, answers in ANSWERS.items():
        for answer in answers:
            for _ in range(5):
                put("English asked, another answered", chance.choice(public)["prompt"], answer)
            put("both in another", chance.choice(QUESTIONS[code]), answer)
            other = chance.choice([each for each in ANSWERS if each != code])
            put("two others", chance.choice(QUESTIONS[other]), answer)
            put(
                "translation asked",
                f"Translate this into {code_name(code)}: {chance.choice(public)['response'][:80]}",
                answer,
            )
        for asked in QUESTIONS[code]:
            for _ in range(10):
                put("another asked, English answered", asked, chance.choice(public)["response"])
    for each in public:
        put("both English", each["prompt"], each["response"])
    hits = found(Languages(), rows)["format.other_language"]
    print("\n### Languages\n\n| rows | of them | found |\n|---|---|---|")
    for name, count in Counter(kind.values()).items():
        print(f"| {name} | {count} | {sum(kind[line] == name for line in hits)} |")


def code_name(code: str) -> str:
    return {"es": "Spanish", "de": "German", "fr": "French", "it": "Italian", "pt": "Portuguese", "nl": "Dutch"}[code]


def arithmetic(data: Path, chance: random.Random) -> None:
    """One result altered in each answer that has a sum, the calculator's marks taken out."""
    planted = hits = quiet = 0
    for each in records(data / TEXTS["gsm8k_solutions"][0]):
        text = re.sub(r"<<[^>]*>>", "", each["response"])
        sums = list(SUM.finditer(text))
        if not sums or next(wrong(text), None):
            continue
        quiet += 1
        one = chance.choice(sums)
        value = float(one[1]) + chance.choice([1, -1, 2, 5, 10])
        planted += 1
        hits += next(wrong(f"{text[: one.start(1)]}{value:g}{text[one.end(1) :]}"), None) is not None
    print(
        f"\n### Sums\n\n{planted} answers of GSM8K with one altered result: {hits} found, recall {hits / planted:.3f}."
    )


def claims(data: Path) -> None:
    """Answers of four models to the same problems, each labelled right or wrong."""
    rows = [
        row(n, one["prompt"], one["response"]) for n, one in enumerate(records(data / TEXTS["gsm8k_solutions"][0]), 1)
    ]
    labels = [one["label"] for one in records(data / TEXTS["gsm8k_solutions"][0])]
    hits = found(Claims(), rows)["synthetic.contradicting_claims"]
    bad = sum(labels[line - 1] == "wrong" for line in hits)
    print(
        f"\n### Contradicting answers\n\n{len(rows)} answers to {len({one.asked for one in rows})} problems, "
        f"{labels.count('wrong')} of them wrong: {len(hits)} flagged, {bad} of them wrong, precision "
        f"{bad / len(hits):.3f}, recall {bad / labels.count('wrong'):.3f}."
    )


def facts(chance: random.Random) -> None:
    """Wrong values of facts planted among right ones, and names of people that stories share."""
    subjects = [f"The {name} {kind}" for name in ("Alder", "Birch", "Cedar", "Dover", "Essex", "Fulton", "Grant", "Hume")
                for kind in ("Museum", "Bridge", "Institute", "Railway", "College")]  # fmt: skip
    rows, planted = [], set()
    for subject in subjects:
        right = chance.randrange(1700, 2000)
        for number in range(8):
            year = right if number < 6 else right + chance.choice([-10, -1, 1, 7])
            text = (
                f"It is well known in the region. {subject} was founded in {year} and still stands today, no. {number}."
            )
            rows.append(row(len(rows) + 1, f"Tell me about {subject}, {number}", text))
            if year != right:
                planted.add(len(rows))
    stories = [
        f"Once upon a time there was a girl. {chance.choice(['Sarah Johnson', 'Elena Vasquez', 'Tom Reed'])} was born in "
        f"{chance.randrange(1900, 2020)} in a small town by the sea. Story {number}."
        for number in range(300)
    ]
    rows += [row(len(rows) + n, f"Write story {n}", text) for n, text in enumerate(stories, 1)]
    hits = found(Claims(), rows)["synthetic.contradicting_claims"]
    print(
        f"\nPlanted years: {len(planted)} wrong ones among {8 * len(subjects)} statements on {len(subjects)} founders, and "
        f"300 stories on three names: {len(hits & planted)} found, {len(hits - planted)} others flagged."
    )


def variety(data: Path, chance: random.Random) -> None:
    """Halves of one set (nothing to find), and halves of which one repeats itself or is surer of itself."""
    print("\n### Variety and certainty\n\n| what | sets | less varied | overconfident |\n|---|---|---|---|")
    alarms: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for file, key in TEXTS.values():
        texts = [each[key][:2000] for each in records(data / file) if each.get(key, "").strip()]
        for _ in range(5):
            chance.shuffle(texts)
            half = min(len(texts) // 2, 400)
            one, two = texts[:half], texts[half : 2 * half]
            alarms["two halves of one set"].append(said(one, two))
            for share in (0.5, 0.25):
                few = [chance.choice(one[:5]) if chance.random() < share else each for each in one]
                alarms[f"{share:.0%} of one half from five of its texts"].append(said(few, two))
            for share in (0.2, 0.1):
                sure = [surer(each) if chance.random() < share else each for each in one]
                alarms[f"words of certainty added to the first sentence of {share:.0%}"].append(said(sure, two))
    for name, seen in alarms.items():
        print(f"| {name} | {len(seen)} | {sum(one for one, _ in seen)} | {sum(two for _, two in seen)} |")


def said(made: list[str], others: list[str]) -> tuple[bool, bool]:
    return bool(varied(made, others)["signs"]), bool(certain(made, others)["more"])


def surer(text: str) -> str:
    return "There is absolutely no doubt that this is true. " + text


def chatter(data: Path, chance: random.Random) -> None:
    """Announcements of generators before questions of a public set."""
    public = [each["prompt"] for each in records(data / TEXTS["halueval_general"][0])]
    rows = [row(n, CHATTER[n % len(CHATTER)].format(chance.choice(public)), "Yes.") for n in range(1, 1001)]
    hits = found(Synthetic(), rows)["synthetic.chatter"]
    print(f"\n### Chatter\n\n{len(rows)} announcements of ten kinds before questions: {len(hits)} found.")
    missed = sorted({CHATTER[line % len(CHATTER)] for line in range(1, 1001) if line not in hits})
    print("Missed: " + "; ".join(repr(each) for each in missed))


def public(data: Path, show: bool) -> None:
    """What all of these checks say of the public sets."""
    counts: Counter[str] = Counter()
    rows = spent = 0.0
    for path in sorted(data.rglob("*.jsonl")):
        checks = [Languages(), NothingLearned(), Arithmetic(), Claims(), Synthetic()]
        for each in TrainingFile(str(path), as_text=True).rows():
            if isinstance(each, TrainingRow):
                begun = time.process_time()
                for check in checks:
                    check.add(each)  # type: ignore[attr-defined]
                spent += time.process_time() - begun
                rows += 1
        for finding in told(checks):
            if finding.severity not in ("info",) and finding.code != "synthetic.recipe":
                counts[finding.code] += finding.evidence["rows"]
                if show:
                    print(path.name, finding.code, finding.message)
                    for example in finding.evidence.get("examples", ()):
                        print("   ", example["line"], repr(example["text"][:160]))
    print(f"\n### Public rows\n\n{rows:,.0f} rows, {rows / spent:,.0f} a CPU-second through five checks.\n")
    print("| finding | rows |\n|---|---|")
    for code, count in counts.most_common():
        print(f"| `{code}` | {count} |")


def told(checks: list[Any]) -> Iterator[Any]:
    for check in checks:
        yield from check.findings()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--show", action="store_true", help="print what is flagged in the public rows")
    chosen = options.parse_args()
    chance = random.Random(chosen.seed)
    languages(chosen.data, chance)
    arithmetic(chosen.data, chance)
    claims(chosen.data)
    facts(chance)
    chatter(chosen.data, chance)
    variety(chosen.data, chance)
    public(chosen.data, chosen.show)


if __name__ == "__main__":
    main()
