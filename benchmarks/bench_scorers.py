"""How many answers a second of CPU each text scorer judges: 10,000 answers of about 1 KB.

    python benchmarks/bench_scorers.py [NAME ...] [--count 10000] [--rounds 3] [--shared DIR] [--at-least 0]

Without names all scorers that judge text by themselves are measured. Answers are a seeded mixture of prose, lists,
code, arithmetic, refusals and letters with personal data that the script writes, half and half with public answers
where the folder of shared data is there. Prints a Markdown table of the best of the rounds; ends with an error when
a scorer is slower than --at-least answers per CPU second.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from assay.domain.errors import AssayError
from assay.domain.sample import Sample
from assay.domain.score import Scorer
from assay.domain.trial import Output
from assay.registry import scorer, scorer_names

SIZE = 1024
PUBLIC = {
    "refusal/xstest_responses.jsonl": "response",
    "preference/pandalm.jsonl": "response_a",
    "paired_models/gsm8k_solutions.jsonl": "response",
    "harm_response/gptfuzz_responses.jsonl": "response",
}
WORDS = (
    "the a of to and in that it is was for on with as by this from they which or an were their has have would could about "
    "people water market city results often small large system first second however because method energy simple careful "
    "history garden travel recipe teacher student computer language question answer number example reason morning"
)
NAMES = ("Ana", "Tomas", "Priya", "Liang", "Fatima", "Jonas", "Chidi", "Maria")


def main() -> None:
    """Measure what was named and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("ASSAY_SHARED", "shared")))
    parser.add_argument("--at-least", type=float, default=0)
    options = parser.parse_args()
    texts = answers(options.count, options.shared)
    size = sum(map(len, texts)) / len(texts)
    print(f"{len(texts)} answers of {size:.0f} characters on average.\n")
    print("| scorer | answers per CPU-s | us per answer | first answer, ms |\n|---|---|---|---|")
    slow = []
    for name in options.names or scorer_names():
        judge = _made(name, explicit=bool(options.names))
        if judge is None:
            continue
        first, best = _measured(judge, texts, options.rounds)
        print(f"| {name} | {len(texts) / best:,.0f} | {best / len(texts) * 1e6:.0f} | {first * 1e3:.1f} |", flush=True)
        slow += [name] if len(texts) / best < options.at_least else []
    if slow:
        sys.exit(f"slower than {options.at_least:g} answers per CPU-s: {', '.join(slow)}")


def _made(name: str, *, explicit: bool) -> Scorer | None:
    try:
        return scorer(name)
    except AssayError:
        if explicit:
            raise
        return None  # it needs settings, so it does not judge text by itself


def _measured(judge: Scorer, texts: Sequence[str], rounds: int) -> tuple[float, float]:
    """CPU seconds of the first answer, which loads what the scorer loads, and of all answers in the best round."""
    sample = Sample(id="1", input="Tell me about it.", context=("The market in the city opens in the morning.",))
    outputs = [Output(text=text) for text in texts]
    began = time.process_time()
    judge.score(sample, outputs[0])
    first = time.process_time() - began
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        for output in outputs:
            judge.score(sample, output)
        spent.append(time.process_time() - began)
    return first, min(spent)


def answers(count: int, shared: Path) -> list[str]:
    """So many answers of about 1 KB, the same ones each time."""
    dice = random.Random(4)
    public = list(_public(shared / "data"))
    made = [_mixture(dice) for _ in range(count // 2 if public else count)]
    rest = [_joined(dice, public) for _ in range(count - len(made))]
    texts = made + rest
    dice.shuffle(texts)
    return texts


def _public(data: Path) -> Iterator[str]:
    for name, key in PUBLIC.items():
        if (data / name).exists():
            with (data / name).open(encoding="utf-8") as stream:
                yield from (text for line in stream if (text := json.loads(line).get(key)))


def _joined(dice: random.Random, texts: Sequence[str]) -> str:
    text = ""
    while len(text) < SIZE:
        text += dice.choice(texts)[:SIZE] + "\n\n"
    return text[:SIZE]


def _mixture(dice: random.Random) -> str:
    kinds = (_prose, _prose, _prose, _steps, _code, _sums, _refusal, _letter)
    text = ""
    while len(text) < SIZE:
        text += dice.choice(kinds)(dice) + "\n\n"
    return text[: SIZE + dice.randrange(-200, 200)]


def _prose(dice: random.Random) -> str:
    words = WORDS.split()
    sentences = [" ".join(dice.choices(words, k=dice.randrange(6, 18))).capitalize() + "." for _ in range(4)]
    return " ".join(sentences)


def _steps(dice: random.Random) -> str:
    return "\n".join(f"{number}. **{_prose(dice)[:40]}**: {_prose(dice)[:60]}" for number in range(1, 5))


def _code(dice: random.Random) -> str:
    name = dice.choice(WORDS.split())
    return f"```python\ndef {name}(items: list[int]) -> int:\n    total = {dice.randrange(999)}\n    for item in items:\n        total += item * 2\n    return total\n```"


def _sums(dice: random.Random) -> str:
    one, two = dice.randrange(2, 900), dice.randrange(2, 900)
    return f"{one} + {two} = <<{one}+{two}={one + two}>>{one + two}, so each costs ${one / 4:.2f} in {dice.randrange(1950, 2024)}."


def _refusal(dice: random.Random) -> str:
    return (
        f"I'm sorry, but I can't help with that. {_prose(dice)} If you are in danger, call your local emergency number."
    )


def _letter(dice: random.Random) -> str:
    name = dice.choice(NAMES)
    digits = "".join(dice.choices("0123456789", k=7))
    return f"Dear {name},\nplease write to {name.lower()}.{digits[:3]}@posteo.net or call +41 79 {digits[:3]} {digits[3:5]} {digits[5:]}.\n{_prose(dice)}"


if __name__ == "__main__":
    main()
