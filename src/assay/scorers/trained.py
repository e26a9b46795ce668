"""What the scorers with a trained model share: which answers they can read, and where their evidence lies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from assay.domain.errors import PlanError
from assay.domain.score import Score, Scorer, Span
from assay.domain.trial import Output
from assay.scorers.reading import answer_start

_SEEN = 2000
_FOREIGN = 0.5  # Share of letters that are not Latin from which a model that has read English says nothing.


def unreadable(output: Output) -> str:
    """Why an answer cannot be judged by a model that has read English; empty when it can.

    Examples:
        >>> unreadable(Output(text="Dear sir")), unreadable(Output(text=" ")), unreadable(Output(text="您好，我很好"))
        ('', 'empty', 'other script')
    """
    if output.finish_reason == "content_filter":
        return "filtered"
    start = answer_start(output.text)
    if start is None:
        return "reasoning only"
    read = output.text[start : start + _SEEN]
    if not read.strip() and not output.text[start:].strip():
        return "empty"
    if read.isascii():
        return "" if any(map(str.isalnum, read)) else "no words"
    letters = [char for char in read if char.isalpha()]
    if not letters:
        return "" if any(map(str.isdigit, read)) else "no words"
    return "other script" if sum(char > "\u024f" for char in letters) > _FOREIGN * len(letters) else ""


def judged(output: Output) -> tuple[int, str, str]:
    """Where the answer begins, the answer without outer blanks, and why it cannot be judged."""
    cause = unreadable(output)
    if cause:
        return 0, "", cause
    text = output.text[answer_start(output.text) or 0 :]
    return len(output.text) - len(text.lstrip()), text.strip(), ""


def told(
    metric: str,
    judge: Scorer,
    *,
    value: bool,
    probability: float,
    answer: str,
    explanation: str,
    evidence: tuple[Span, ...],
) -> tuple[Score, ...]:
    """The one score of an answer that was judged."""
    return (
        Score(
            metric=metric,
            value=value,
            probability=probability,
            answer=answer,
            explanation=explanation,
            evidence=evidence,
            scorer=judge.name,
            version=judge.version,
        ),
    )


def unscored(metric: str, cause: str, judge: Scorer) -> tuple[Score, ...]:
    """The one score of an answer that cannot be judged."""
    return (Score(metric=metric, value=None, unscored=cause, scorer=judge.name, version=judge.version),)


def probable(setting: str, value: float) -> None:
    """Check a setting that is a probability.

    Raises:
        PlanError: It is none.
    """
    if not 0.0 < value < 1.0:
        raise PlanError(f"{setting}: expected a probability between 0 and 1; it is {value}")


def moved(spans: Iterable[Span], by: int) -> tuple[Span, ...]:
    """Spans of an answer as spans of the whole text."""
    return tuple(replace(span, start=span.start + by, end=span.end + by) for span in spans)
