"""Does a regular expression occur in the answer, or stay out of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

from assay.domain.errors import PlanError
from assay.domain.metrics import renamed
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score, Span
from assay.domain.trial import Output
from assay.scorers.reading import answer_start

LONGEST = 50_000
"""Characters that are searched: a search may take time by the square of them, which is seconds at this length."""

_NESTED = re.compile(r"(?<!\\)[+*]\??\)(?:[+*](?!\+)|\{\d*,\d*\})")


@lru_cache(maxsize=1024)
def searchable(pattern: str, ignore_case: bool = False) -> re.Pattern[str]:
    """A regular expression that is safe to run on any text.

    Raises:
        PlanError: It is not one, or it repeats a repetition, which can take longer than anyone waits.

    Examples:
        >>> searchable("^[0-9]{4}$").pattern
        '^[0-9]{4}$'
    """
    nested = _NESTED.search(pattern)
    if nested:
        raise PlanError(
            f"pattern {pattern[:60]!r} repeats a repetition at character {nested.start()}, which can run for ever. "
            f"Make the inner one possessive: '++' or '*+'"
        )
    try:
        return re.compile(pattern, re.IGNORECASE | re.MULTILINE if ignore_case else re.MULTILINE)
    except (re.error, RecursionError, OverflowError) as error:
        raise PlanError(f"pattern {pattern[:60]!r} is not a regular expression: {error}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Does the answer have, or not have, the given form?

    Looks for: one occurrence of a regular expression (Python's), anywhere in the answer; with
        `forbidden`, that there is none. `^` and `$` stand at line ends, `\\A` and `\\Z` at the answer's.
    Why: forms that other programs read (ids, dates, citations), and strings that must never appear.
    Misses: meaning. Reads the first 50,000 characters; a longer answer without an occurrence in them
        is unscored ("too long"), never a pass. A pattern that repeats a repetition, like
        `(a+)+`, is refused when the plan is read, because it can run for ever on some answers; this
        check knows the plain form only.
    Example: `{type: pattern, pattern: "TICKET-[0-9]{4}", name: has_ticket}`.
    Settings: pattern, forbidden, ignore_case, name (of the metric).
    Source: own.

    Examples:
        >>> scorer = Pattern(pattern="TICKET-[0-9]{4}")
        >>> scorer.score(Sample(id="1", input="?"), Output(text="See TICKET-0042."))[0].value
        True
    """

    name: ClassVar[str] = "pattern"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    pattern: str
    """Regular expression."""
    forbidden: bool = False
    """Whether it must not occur."""
    ignore_case: bool = False
    """Whether case does not count."""
    metric: str = "pattern"
    """Name of the metric (`name` in a plan)."""
    _regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.metrics()
        object.__setattr__(self, "_regex", searchable(self.pattern, self.ignore_case))

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`pattern`, or the name it was given."""
        return (renamed("pattern", self.metric),)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether the answer has the form."""
        start = answer_start(output.text)
        if start is None:
            return (self._told(None, "reasoning only"),)
        found = self._regex.search(output.text, start, start + LONGEST)
        if found is None and len(output.text) - start > LONGEST:
            return (self._told(None, "too long"),)
        if found is None:
            return (self._told(self.forbidden, why="does not occur"),)
        span = Span(start=found.start(), end=found.end(), reason="matches the pattern")
        return (self._told(not self.forbidden, answer=found.group()[:200], why="occurs", evidence=(span,)),)

    def _told(
        self, value: bool | None, cause: str = "", *, answer: str = "", why: str = "", evidence: tuple[Span, ...] = ()
    ) -> Score:
        return Score(
            metric=self.metric,
            value=value,
            unscored=cause,
            answer=answer,
            explanation=why,
            evidence=evidence,
            scorer=self.name,
            version=self.version,
        )
