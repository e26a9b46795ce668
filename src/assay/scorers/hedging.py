"""How much does the answer hedge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.domain.metrics import standard
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score
from assay.domain.trial import Output
from assay.scorers.hedges import hedges
from assay.scorers.wording import listed, spans, wording, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Hedging:
    """How much does the answer hedge?

    Looks for: expressions that limit the certainty of what is said ("perhaps", "it seems that", "may be", "I'm not
        sure", "some experts argue", "in most cases"), counted per 100 words. Code blocks and a leading block of
        reasoning are left off; the first 100,000 characters are read.
    Why: tuning on preferences can teach a model to leave everything open, or to leave nothing open. Both show here.
    Misses: whether a hedge is called for: an open question deserves one. Tone, and hedges in other words. Answers in
        another language than English are unscored. Lower is called better because a surplus of hedges is the commoner
        complaint; it is an amount, so no default rule reads it. Make a rule of it only where you want fewer.
    Example: "Perhaps it rains." has one hedge in three words: 33.3.
    Settings: none.
    Measured: hedged or not, on 180 labelled sentences of our own: docs/scorers/hedging.md.
    Source: own lists; Hyland 1998 (Hedging in Scientific Research Articles) for the idea.

    Examples:
        >>> Hedging().score(Sample(id="1", input="?"), Output(text="It is perhaps blue."))[0].value
        25.0
    """

    name: ClassVar[str] = "hedging"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset({"truncated"})

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`hedging`."""
        return (standard("hedging"),)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Hedges per 100 words."""
        read = wording(output, english=True)
        count = len(words(read.text))
        cause = read.cause or ("" if count else "no words")
        seen = [] if cause else hedges(read.text)
        return (
            Score(
                metric="hedging",
                value=None if cause else 100.0 * len(seen) / count,
                unscored=cause,
                explanation="" if cause else f"{len(seen)} hedges in {count} words{listed(seen)}"[:300],
                evidence=spans(read, seen, "hedges"),
                scorer=self.name,
                version=self.version,
            ),
        )
