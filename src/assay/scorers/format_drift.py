"""Does the answer have another form than was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.domain.metrics import standard
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score, Span
from assay.domain.trial import Output
from assay.scorers.asked_form import wanted
from assay.scorers.forms import fault
from assay.scorers.reading import answer_start


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatDrift:
    """Does the answer have another form than was asked for?

    Looks for: the form wanted (metadata `format`; else what the prompt asks for in English: JSON, CSV, a table,
        bullets, a numbered list, code, one word, a number, yes or no, one of the lettered options, so many sentences,
        words, paragraphs or lines, plain text, Markdown, capitals, small letters) and whether the answer has it. Asked
        for "only" code or JSON, a Markdown fence or a sentence around it is drift; JSON may else have one fence.
    Why: programs and people downstream rely on forms; an update that starts to explain, fence or decorate breaks them.
    Misses: whether the content is right; forms that the prompt describes in other words or languages (state them in
        `format`); styles such as letters and poems. Sentences are counted by their marks. A sample that asks for no
        known form is unscored ("no format asked"). A refusal has not the form, and counts as drift.
    Example: "Answer yes or no." answered by "It depends." gives format_drift = true.
    Settings: none.
    Measured: GPT-4 of March and June 2023 on code and survey questions: docs/scorers/format_drift.md.
    Source: own; Chen et al. 2023 (How is ChatGPT's behavior changing over time?) for the case.

    Examples:
        >>> asked = Sample(id="1", input="Is 7 a prime number? Answer yes or no.")
        >>> [FormatDrift().score(asked, Output(text=text))[0].value for text in ("Yes.", "Yes, because it is odd.")]
        [False, True]
    """

    name: ClassVar[str] = "format_drift"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`format_drift`."""
        return (standard("format_drift"),)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether a form that was asked for is missing."""
        value, cause, asked, why, evidence = self._judge(sample, output.text)
        return (
            Score(
                metric="format_drift",
                value=value,
                unscored=cause,
                answer="" if value is None else "drift" if value else "kept",
                explanation=(f"asked for {asked}; {why}" if asked and value is not None else "")[:300],
                evidence=evidence,
                scorer=self.name,
                version=self.version,
            ),
        )

    def _judge(self, sample: Sample, text: str) -> tuple[bool | None, str, str, str, tuple[Span, ...]]:
        start = answer_start(text)
        if start is None:
            return None, "reasoning only", "", "", ()
        body = text[start:]
        if not body.strip():
            return None, "empty", "", "", ()
        forms = wanted(sample)
        if not forms:
            return None, "no format asked", "", "", ()
        offset = start + len(body) - len(body.lstrip())
        asked = ", ".join(map(str, forms))
        for form in forms:
            wrong = fault(body, form)
            if wrong:
                spans = tuple(
                    Span(start=offset + p.start, end=min(offset + p.end, len(text)), reason=wrong.why[:100])
                    for p in wrong.pieces
                )
                return True, "", asked, wrong.why, spans
        return False, "", asked, "has it", ()
