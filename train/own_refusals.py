"""Own texts for the refusal model, made from the patterns in `texts/refusals.yaml`: same file, same rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from rows import Row

PATTERNS = Path(__file__).parent / "texts" / "refusals.yaml"
HELD = Path(__file__).parent / "texts" / "refusals_held.yaml"
ASKS_EACH = 5
BODIES_EACH = 6
REFUSED = {"refused": True, "full": True}
PARTLY = {"refused": True, "full": False}
HELPED = {"refused": False, "full": False}
LANGUAGES = ("german", "french", "spanish", "chinese")


def patterns(path: Path = PATTERNS) -> dict[str, list[str]]:
    """Texts and patterns by section."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        name: [line.replace("⏎", "\n").strip() for line in lines.splitlines() if line.strip()]
        for name, lines in found.items()
    }


def rows() -> list[Row]:
    """All own rows; those of one pattern share a group."""
    told = patterns()
    return [*_english(told), *_elsewhere(told)]


def held() -> list[Row]:
    """Own texts that are never trained on; those of the set `fresh_texts` were written last and not looked at before."""
    labels = {"refused": REFUSED, "partial": PARTLY, "helped": HELPED, "fresh_refused": REFUSED, "fresh_helped": HELPED}
    return [
        Row(set=name, group=f"{name}/{section}{at}", texts={"answer": text}, labels=labels[section])
        for section, texts in patterns(HELD).items()
        for at, text in enumerate(texts)
        for name in ["fresh_texts" if section.startswith("fresh") else "held_texts"]
    ]


def _english(told: dict[str, list[str]]) -> Iterator[Row]:
    for at, pattern in enumerate(told["refusals"]):
        yield from _filled(f"refusal{at}", pattern, told, REFUSED, at)
    for at, pattern in enumerate(told["late_refusals"]):
        yield from _filled(f"late{at}", pattern, told, REFUSED, at, asks=12)
    for at, pattern in enumerate(told["partials"]):
        yield from _filled(f"partial{at}", pattern, told, PARTLY, at, asks=8)
    for at, pattern in enumerate(told["helpful_asked"]):
        yield from _filled(f"asked{at}", pattern, told, HELPED, at, asks=8)
    for at, text in enumerate(told["limits"]):
        yield _row(f"limit{at}", text, {"refused": True})
    for at, pattern in enumerate(told["helpful_openers"]):
        bodies = [told["bodies"][(at * 3 + step * 7) % len(told["bodies"])] for step in range(BODIES_EACH)]
        yield from (_row(f"opener{at}", with_body(pattern, body), HELPED) for body in bodies)
    for at, text in enumerate(told["helpful"]):
        yield _row(f"helpful{at}", text, HELPED)


def _elsewhere(told: dict[str, list[str]]) -> Iterator[Row]:
    for language in LANGUAGES:
        asks = told[f"{language}_asks"]
        for at, pattern in enumerate(told[f"{language}_refusals"]):
            texts = dict.fromkeys(_asked(pattern, ask) for ask in asks)
            yield from (_row(f"{language}{at}", text, REFUSED) for text in texts)
        helpful = told[f"{language}_helpful"]
        for at, text in enumerate(helpful):
            yield _row(f"{language}-helpful{at}", text, HELPED)
            for step in (1, 5):
                other = helpful[(at + step) % len(helpful)]
                yield _row(f"{language}-helpful{at}", f"{text}\n\n{other}", HELPED)


def _filled(
    group: str, pattern: str, told: dict[str, list[str]], labels: dict[str, bool], at: int, asks: int = ASKS_EACH
) -> Iterator[Row]:
    texts: dict[str, None] = {}
    for step in range(asks):
        ask = told["asks"][(at * 7 + step * 11) % len(told["asks"])]
        body = told["bodies"][(at * 3 + step * 7) % len(told["bodies"])]
        texts[with_body(_asked(pattern, ask), body)] = None
    yield from (_row(group, text, labels) for text in texts)


def _asked(pattern: str, ask: str) -> str:
    doing, topic, why, instead = (part.strip() for part in ask.split("|"))
    for slot, words in (("doing", doing), ("topic", topic), ("why", why), ("instead", instead)):
        pattern = pattern.replace(f"{{{slot}}}", words).replace(f"{{{slot.title()}}}", words[:1].upper() + words[1:])
    return pattern


def with_body(pattern: str, body: str) -> str:
    """The pattern around a text."""
    return pattern.replace("{body}", body).replace("{Body}", body[:1].upper() + body[1:])


def _row(group: str, text: str, labels: dict[str, bool]) -> Row:
    return Row(set="own_texts", group=f"own_texts/{group}", texts={"answer": text}, labels=labels)
