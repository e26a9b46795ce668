"""How much of the evidence the answer uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.domain.metrics import standard
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score, Span
from assay.domain.trial import Output
from assay.scorers.boosted import boosted
from assay.scorers.contradiction import SURE
from assay.scorers.groundedness import MODEL, checked, laid
from assay.scorers.passages import Passages, indexed
from assay.scorers.reading import answer_start
from assay.scorers.sentence_verdicts import judged, spans
from assay.scorers.support import LIMIT, read

_COVERAGE = standard("evidence_coverage")
Fact = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceCoverage:
    """How much of what the context offers for this question does the answer use?

    Looks for: the facts that the answer should hold: `facts` of the sample's metadata, a list of short texts (or of
        lists of alternatives), else the sample's target. A fact counts when its words stand in one place of the
        answer, no number is missing and nothing is said otherwise. Where neither is given, the share of the
        answer's sentences that the context supports.
    Why: an answer can be grounded and useless: one true sentence of five that were needed.
    Misses: facts told in other words; order and emphasis; facts spread over several sentences.
    Example: facts "opens at seven" and "two doors", answer "It opens at seven." gives 0.5.
    Settings: threshold (of the sentence model, where no facts are given), enough (weighted share of a fact's words).
    Measured: on own cases only (tests/scorers/test_evidence_coverage.py); the sentence model as in `groundedness`.
    Source: own rules; nugget recall of TREC question answering (Voorhees 2003) for the idea.

    Examples:
        >>> sample = Sample(id="1", input="?", metadata={"facts": ["opens at seven", "two doors"]})
        >>> EvidenceCoverage().score(sample, Output(text="It opens at seven."))[0].value
        0.5
    """

    name: ClassVar[str] = "evidence_coverage"
    version: ClassVar[str] = "4"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    threshold: float = 0.5
    """Probability from which a sentence counts as supported."""
    enough: float = 0.75
    """Weighted share of a fact's words from which it counts as used."""

    def __post_init__(self) -> None:
        checked(self.threshold)

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`evidence_coverage`."""
        return (_COVERAGE,)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """The share, and what is missing."""
        facts = facts_of(sample)
        return (self._by_facts(facts, output) if facts else self._by_sentences(sample, output),)

    def _by_facts(self, facts: Sequence[Fact], output: Output) -> Score:
        start = answer_start(output.text)
        if start is None:
            return self._told(None, "reasoning only")
        answer = output.text[start : start + LIMIT]
        if not answer.strip():
            return self._told(None, "empty")
        said = indexed((answer,))
        found = [self._used(fact, said) for fact in facts]
        missing = [fact[0] for fact, place in zip(facts, found, strict=True) if place is None]
        used = len(facts) - len(missing)
        why = f"uses {used} of {len(facts)} facts" + (f"; missing: {missing[0]!r}" if missing else "")
        places = tuple(
            Span(start=start + place[0], end=start + place[1], reason=f"uses: {fact[0][:80]}")
            for fact, place in zip(facts, found, strict=True)
            if place is not None
        )
        return self._told(used / len(facts), why=why, places=places)

    def _used(self, fact: Fact, said: Passages) -> tuple[int, int] | None:
        """Where the answer uses a fact."""
        if not said.tokens.words:
            return None
        for way in fact:
            reading = read(way, said, "", boosted(MODEL).rarity)
            parts = reading.sentences
            held = all(
                part.laid.covered >= self.enough
                and part.counts["numbers"] == part.counts["numbers_there"]
                and not any(conflict.kind in SURE for conflict in part.conflicts)
                for part in parts
            )
            if parts and held:
                first, last = said.bounds[parts[0].laid.window]
                return said.tokens.starts[first], said.tokens.ends[last - 1]
        return None

    def _by_sentences(self, sample: Sample, output: Output) -> Score:
        found = laid(sample, output)
        if found.reading is None:
            return self._told(None, found.cause)
        claims = judged(found.reading, boosted(MODEL), self.threshold).claims
        if not claims:
            return self._told(None, "no claim")
        held = sum(part.label == "supported" for part in claims)
        why = f"{held} of {len(claims)} sentences that claim something are supported; no facts are listed"
        return self._told(held / len(claims), why=why, places=spans(claims, found.start))

    def _told(self, value: float | None, cause: str = "", why: str = "", places: tuple[Span, ...] = ()) -> Score:
        return Score(
            metric="evidence_coverage",
            value=value,
            unscored=cause,
            explanation=why[:300],
            evidence=places,
            scorer=self.name,
            version=self.version,
        )


def facts_of(sample: Sample) -> list[Fact]:
    """Facts that the answer should hold, each with its alternatives.

    Examples:
        >>> facts_of(Sample(id="1", input="?", target=("six", "6")))
        [('six', '6')]
        >>> facts_of(Sample(id="1", input="?", metadata={"facts": ["six rooms", ["two floors", "two storeys"]]}))
        [('six rooms',), ('two floors', 'two storeys')]
    """
    listed = sample.metadata.get("facts")
    if isinstance(listed, list | tuple) and listed:
        made = [tuple(map(str, fact)) if isinstance(fact, list | tuple) else (str(fact),) for fact in listed]
        return [fact for fact in made if fact]
    words = tuple(target for target in sample.targets if target.strip())
    return [words] if words and words[0].strip().lower() not in ("refuse", "comply") else []
