"""Each sentence of an answer judged against its passages: supported, contradicted, not found, or no claim at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assay.domain.score import Span
from assay.scorers.boosted import Boosted
from assay.scorers.contradiction import KINDS, SURE, Conflict
from assay.scorers.sentence_counts import KNOWN, NEAR
from assay.scorers.support import Reading, Sentence
from assay.scorers.support_features import features
from assay.scorers.support_wording import worded
from assay.scorers.tokens import JOINT, Tokens
from assay.scorers.wordforms import NEGATION

Label = Literal["supported", "contradicted", "not_found", "generic"]
_SHOWN = 4  # Words named in a reason.
_NEXT = 4  # Words before a number in which it is said what it counts.
_ABSTAINS = re.compile(
    r"\b(?:does|do|did|is|are|was|were)(?:n't| not) (?:\w+ ){0,2}?"
    r"(?:say|mention|state|specif\w+|contain|provide|include|cover|give|tell|disclose|indicate|answer|list|address"
    r"|mentioned|stated|provided|given|found|covered|available|included|disclosed|listed)\b"
    r"|\b(?:do not|don't|cannot|can't|could not|couldn't|am not able to|unable to) "
    r"(?:\w+ )?(?:know|find|tell|determine|answer|say|confirm)\b"
    r"|\bno (?:\w+ )?(?:information|mention|details?|data)\b|\bnot enough information\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One sentence with its judgement."""

    sentence: Sentence
    """Where it stands and what was seen."""
    label: Label
    """What it is."""
    probability: float
    """Probability that it is supported."""
    reason: str = ""
    """Why it is not."""
    abstains: bool = False
    """Whether it says that the passages do not tell."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """An answer judged as a whole and by sentence."""

    probability: float
    """Probability that the whole is supported."""
    parts: tuple[Judged, ...]
    """Its sentences, in order."""

    @property
    def claims(self) -> tuple[Judged, ...]:
        """Sentences that claim something."""
        return tuple(part for part in self.parts if part.label != "generic")


def judged(reading: Reading, model: Boosted, threshold: float) -> Verdicts:
    """The answer and each of its sentences with their judgement."""
    if not reading.sentences:
        return Verdicts(0.0, ())
    whole, *each = model.probabilities(features(reading), worded(reading.said, reading.sentences))
    return Verdicts(
        whole,
        tuple(
            _judged(reading, sentence, probability, threshold)
            for sentence, probability in zip(reading.sentences, each, strict=True)
        ),
    )


def _judged(reading: Reading, sentence: Sentence, probability: float, threshold: float) -> Judged:
    text = reading.answer[sentence.start : sentence.end]
    if sentence.counts["negation"] and _ABSTAINS.search(text[:500]):
        return Judged(sentence, "generic", probability, "says that it is not told", abstains=True)
    if not _claims(sentence):
        return Judged(sentence, "generic", probability, "no claim")
    sure = [one for one in sentence.conflicts if one.kind in SURE]
    if probability >= threshold and not (sure and sentence.laid.covered >= NEAR):
        return Judged(sentence, "supported", probability)
    told = [one for one in sentence.conflicts if sentence.laid.covered >= NEAR or _same_matter(reading, one)]
    if told:
        return Judged(sentence, "contradicted", probability, _against(reading, told))
    return Judged(sentence, "not_found", probability, _missing(reading, sentence))


def _same_matter(reading: Reading, conflict: Conflict) -> bool:
    """Whether a sentence whose words are mostly strange contradicts: another number does if it counts the same thing.

    That is, where the word after it or the last content word before it is the same: "80 metres" against "90 metres",
    "opens at 7" against "opens at 6"; 40 keepers are no contradiction of 300 animals.
    """
    if conflict.kind != "number" or conflict.there < 0:
        return conflict.kind in SURE
    ours, theirs = (reading.said, conflict.said), (reading.passages.tokens, conflict.there)
    return any("" != one(*ours) == one(*theirs) for one in (_after, _before))


def _after(words: Tokens, at: int) -> str:
    return words.keys[at + 1] if at + 1 < len(words.keys) and words.kinds[at + 1] != JOINT else ""


def _before(words: Tokens, at: int) -> str:
    near = range(at - 1, max(at - _NEXT, 0) - 1, -1)
    return next((words.keys[place] for place in near if words.kinds[place] != JOINT), "")


def _claims(sentence: Sentence) -> bool:
    """Whether a sentence says something about the world: not a question, a greeting, or talk of the speaker alone."""
    c = sentence.counts
    if c["questions"]:
        return False
    return c["claim_bare"] > 0 or (c["there"] > 0 and c["content"] > c["opinion"]) or c["content"] > c["opinion"] + 3


def _against(reading: Reading, conflicts: Sequence[Conflict]) -> str:
    first = min(conflicts, key=lambda conflict: KINDS.index(conflict.kind))
    said, whole = reading.said, reading.passages.tokens
    ours = _written(reading.answer, said, first.said, 1)
    if first.there < 0:
        return f"contradicted: '{ours[:40]}' is not in the passage"
    if first.kind == "negation" and said.words[first.said] not in NEGATION:
        return f"contradicted: '{ours[:40]}' without '{whole.words[first.there]}'"
    theirs = _written(reading.passages.text, whole, first.there, 1)
    if ours == theirs:  # "5 am" against "5 pm"
        ours, theirs = (
            _written(reading.answer, said, first.said, 2),
            _written(reading.passages.text, whole, first.there, 2),
        )
    return f"contradicted: '{ours[:40]}' against '{theirs[:40]}'"


def _written(text: str, words: Tokens, at: int, many: int) -> str:
    return text[words.starts[at] : words.ends[min(at + many, len(words.ends)) - 1]]


def _missing(reading: Reading, sentence: Sentence) -> str:
    said = reading.said
    places = [
        at
        for at in range(sentence.first, sentence.last)
        if said.kinds[at] != JOINT and sentence.laid.match[at - sentence.first] < KNOWN
    ]
    heavy = sorted(sorted(places, key=lambda at: -reading.weights[at])[:_SHOWN])
    words = list(dict.fromkeys(reading.answer[said.starts[at] : said.ends[at]][:40] for at in heavy))
    if not words:
        return "not found: its words stand apart in the passages"
    return "not found: " + ", ".join(f"'{word}'" for word in words)


def spans(found: Sequence[Judged], offset: int, most: int = 50) -> tuple[Span, ...]:
    """Sentences that claim something and are not supported, as places in the output."""
    wrong = [one for one in found if one.label in ("contradicted", "not_found")]
    return tuple(
        Span(start=offset + one.sentence.start, end=offset + one.sentence.end, reason=one.reason)
        for one in wrong[:most]
    )
