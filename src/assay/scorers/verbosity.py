"""How many words has the answer, and how many of them add nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.domain.metrics import standard
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score
from assay.domain.trial import Output
from assay.scorers.content import padding
from assay.scorers.wording import READ, spans, wording, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Verbosity:
    """How many words has the answer, and how many of them add nothing?

    Looks for: `verbosity`, the words of the answer (each letter in scripts without blanks; code blocks left off);
        `padding`, the percent of them in sentences that bring nothing: stock phrases ("Great question!", "I hope this
        helps"), the question again, what was said before (at most a fifth of a sentence's content words is new).
    Why: preference tuning rewards length. `padding` tells length at equal content: an answer that grows because it says
        more keeps its padding; one that grows because it says it twice does not.
    Misses: repeats in other words; sentences that are new and beside the point. Content is told by English stop words,
        so padding of answers in other languages is read low. The first 100,000 characters are read. Both are amounts,
        shorter counts as better, and no default rule reads them: make a rule only where long answers are not wanted.
    Example: "Great question! It is 7." has 5 words, 40 % of them padding.
    Settings: none.
    Measured: length and padding against the preferred answers of LLMBar and PandaLM: docs/scorers/verbosity.md.
    Source: own.

    Examples:
        >>> answer = Output(text="Great question! It is 7.")
        >>> [score.value for score in Verbosity().score(Sample(id="1", input="What is 3 + 4?"), answer)]
        [5.0, 40.0]
    """

    name: ClassVar[str] = "verbosity"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`verbosity` and `padding`."""
        return (standard("verbosity"), standard("padding"))

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Words, and the percent of them that add nothing."""
        read = wording(output)
        count = len(words(read.text))
        cause = read.cause or ("" if count else "no words")
        if cause:
            return tuple(self._score(metric.name, None, cause) for metric in self.metrics())
        idle = padding(read.text, sample.prompt[:READ])
        wasted = sum(len(words(sentence.text)) for sentence in idle)
        return (
            self._score("verbosity", float(count), ""),
            Score(
                metric="padding",
                value=100.0 * wasted / count,
                explanation=f"{wasted} of {count} words stand in {len(idle)} sentences that add nothing",
                evidence=spans(read, idle, "adds nothing"),
                scorer=self.name,
                version=self.version,
            ),
        )

    def _score(self, metric: str, value: float | None, cause: str) -> Score:
        return Score(metric=metric, value=value, unscored=cause, scorer=self.name, version=self.version)
