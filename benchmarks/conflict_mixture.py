"""Mixtures of rows in which some prompts stand twice, lightly edited, with the answer of another model."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assay.domain.sample import Message
from assay.domain.training import TrainingRow

Answers = Mapping[str, Sequence[tuple[str, str]]]
"""Prompt -> its answers, each with what people or a judge call it: refuse or comply."""

_GRAMMAR = "a an the is are was were do does did of in on at for from by with to and or i me you what which who how why can could"
GRAMMAR = frozenset(_GRAMMAR.split())
FRAMES = ("Please tell me: {}", "Hi! {} Thanks!", "{} Please explain.", "Can you help me? {}", "Quick question: {}")


def order(prompt: str, dice: random.Random) -> str | None:
    words = prompt.rstrip("?.!").split()
    if len(words) < 2:
        return None
    cut = dice.randrange(1, len(words))
    return " ".join(words[cut:] + words[:cut]) + "?"


def polite(prompt: str, dice: random.Random) -> str | None:
    return dice.choice(FRAMES).format(prompt)


def case(prompt: str, dice: random.Random) -> str | None:
    return dice.choice([str.lower, str.upper])(prompt).rstrip("?.!") + dice.choice(["", "...", "??", "!"])


def grammar(prompt: str, dice: random.Random) -> str | None:
    words = prompt.split()
    places = [place for place, word in enumerate(words) if word.lower() in GRAMMAR]
    if not places:
        return None
    place = dice.choice(places)
    article = words[place].lower() in ("a", "an", "the")
    words[place] = dice.choice(["a", "the", "some", ""] if article else ["", "can", "would", "just", "really"])
    return " ".join(word for word in words if word)


def inflected(prompt: str, dice: random.Random) -> str | None:
    words = prompt.split()
    places = [place for place in _content(words) if re.fullmatch(r"[A-Za-z]{4,}\W*", words[place])]
    if not places:
        return None
    place = dice.choice(places)
    word = re.sub(r"\W+", "", words[place])
    ending = next((ending for ending in ("ing", "ed", "s") if word.endswith(ending)), "")
    words[place] = (word.removesuffix(ending) if ending else f"{word}s") + words[place][len(word) :]
    return " ".join(words)


def dropped(prompt: str, dice: random.Random) -> str | None:
    words = prompt.split()
    places = _content(words)
    if not places:
        return None
    place = dice.choice(places)
    return " ".join(words[:place] + words[place + 1 :])


def typo(prompt: str, dice: random.Random) -> str | None:
    words = prompt.split()
    places = [place for place in _content(words) if len(words[place].strip("?.,!")) > 3]
    if not places:
        return None
    place = dice.choice(places)
    word = words[place]
    at = dice.randrange(1, len(word) - 2)
    words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def _content(words: Sequence[str]) -> list[int]:
    return [place for place, word in enumerate(words) if word.lower().strip("?.,!") not in GRAMMAR]


LIGHT: Mapping[str, Callable[[str, random.Random], str | None]] = {
    "none": lambda prompt, dice: prompt,
    "a polite frame": polite,
    "case and marks": case,
    "one word of grammar": grammar,
    "words in another order": order,
    "one word inflected": inflected,
}
HEAVY = {"one content word dropped": dropped, "a typo in a content word": typo}


@dataclass(frozen=True, slots=True)
class Mixed:
    """One row, and what is known of it."""

    row: TrainingRow
    source: str
    """The prompt that it was made from."""
    label: str
    """refuse or comply."""
    edit: str
    """How it was edited; empty where it was not."""


def mixture(answers: Answers, seed: int) -> list[Mixed]:
    """Each prompt once as it is, and once edited in one of the ways; each with one of its answers, in random order."""
    dice = random.Random(seed)
    ways = {**LIGHT, **HEAVY}
    made: list[tuple[str, tuple[str, str], str, str]] = []
    for prompt, own in answers.items():
        made.append((prompt, dice.choice(own), prompt, ""))
        way = dice.choice(list(ways))
        edited = ways[way](prompt, dice)
        if edited is not None:
            made.append((edited, dice.choice(own), prompt, way))
    dice.shuffle(made)
    return [
        Mixed(row(line, prompt, text), source, label, way)
        for line, (prompt, (text, label), source, way) in enumerate(made, 1)
    ]


def row(line: int, prompt: str, answer: str) -> TrainingRow:
    """A chat of one turn."""
    said = Message(role="assistant", content=answer)
    return TrainingRow(
        file="rows",
        line=line,
        shape="chat",
        prompt=(Message(role="user", content=prompt),),
        answers=((said,),),
        digest=f"{line:064x}",
    )


def opposite(mixed: Sequence[Mixed]) -> dict[tuple[int, int], str]:
    """Lines of twins with opposite labels, the refused one first, and how the second was edited."""
    twins: dict[str, list[Mixed]] = defaultdict(list)
    for one in mixed:
        twins[one.source].append(one)
    found = {}
    for pair in twins.values():
        if len({one.label for one in pair}) == 2:
            first, second = sorted(pair, key=lambda one: one.label, reverse=True)
            found[first.row.line, second.row.line] = first.edit or second.edit
    return found
