"""Answers of about 1 KB, the same ones each time: a seeded mixture, half and half with public answers where they are."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

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


def answers(count: int, data: Path | None) -> list[str]:
    """So many answers of about 1 KB, the same ones each time."""
    dice = random.Random(4)
    public = list(_public(data)) if data else []
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
