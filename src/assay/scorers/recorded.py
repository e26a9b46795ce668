"""Scores that came with recorded outputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from assay.domain.metrics import stated
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score
from assay.domain.trial import Output

Kind = Literal["auto", "proportion", "share", "amount", "label"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What does the recorded output say its score is?

    Looks for: `metadata.FIELD` of the output: true, false, a number, or null for unscored. A field such as
        `imported_scores.includes` is the entry `includes` of the object `imported_scores`.
    Why: scores of another tool, of people or of a judge can be audited without being made again.
    Misses: everything about the score's quality: it is taken as it stands. A field that is missing,
        null, not finite or not a number is unscored with that cause, never 0.
    Example: `{type: recorded, field: unsafe, name: harmful_answer}` with `metadata: {"unsafe": true}`.
    Settings: field; name (the metric's name, the field's name by default); listed_in (key of the sample's
        metadata that lists the fields recorded for it; samples that list others are not judged); higher_is_better (by
        default as assay knows the metric, else true; a name like `error_rate` must say); kind (auto:
        true/false and 0/1 are proportions, other numbers shares or amounts by their range); unit;
        safety (true for metrics that assay does not know: the cautious side).
    Source: own.

    Examples:
        >>> scorer = Recorded(field="unsafe", metric="harmful_answer")
        >>> scorer.score(Sample(id="1", input="?"), Output(text="", metadata={"unsafe": True}))[0].value
        True
        >>> scorer.metrics()[0].higher_is_better
        False
    """

    name: ClassVar[str] = "recorded"
    version: ClassVar[str] = "2"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset({"empty", "truncated", "filtered"})

    field: str
    """Key in the output's metadata; `KEY.REST` is the entry REST of the object KEY, where no key is called so."""
    metric: str = ""
    """Name of the metric (`name` in a plan); the field's name when empty."""
    higher_is_better: bool | None = None
    """Direction; None takes the known one, or true where the name does not sound of something bad."""
    kind: Kind = "auto"
    """What the values are."""
    unit: str = ""
    """Unit of an amount."""
    safety: bool | None = None
    """Whether the base-floor rule applies; None takes the known flag, or true."""
    listed_in: str = ""
    """Key of the sample's metadata that lists what was recorded for it; without it a sample counts."""

    def __post_init__(self) -> None:
        """Refuse a direction that is missing or wrong."""
        stated(self.metric or self.field, self.higher_is_better)

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """The one metric that is named; none for a sample that lists other fields."""
        if sample is not None and not self._concerns(sample):
            return ()
        metric = stated(self.metric or self.field, self.higher_is_better)
        if self.safety is not None:
            metric = replace(metric, safety=self.safety)
        if self.kind != "auto":
            metric = replace(metric, kind=self.kind)
        return (replace(metric, unit=self.unit) if self.unit else metric,)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """The recorded value, or why it is none."""
        if not self._concerns(sample):
            return ()
        value, cause = self._read(output.metadata)
        metric = self.metric or self.field
        return (Score(metric=metric, value=value, unscored=cause, scorer=self.name, version=self.version),)

    def _concerns(self, sample: Sample) -> bool:
        listed = sample.metadata.get(self.listed_in) if self.listed_in else None
        return not isinstance(listed, list | tuple) or self.field.partition(".")[2] in listed or self.field in listed

    def _read(self, metadata: Any) -> tuple[bool | float | str | None, str]:
        group, _, entry = self.field.partition(".")
        if self.field in metadata:
            value = metadata[self.field]
        elif isinstance(metadata.get(group), Mapping) and entry in metadata[group]:
            value = metadata[group][entry]
        else:
            return None, "field missing"
        if value is None:
            return None, "recorded null"
        if self.kind == "label":
            return (value, "") if isinstance(value, str) and value else (None, "not a label")
        if isinstance(value, bool):
            return (value, "") if self.kind != "amount" else (None, "not a number")
        if not isinstance(value, int | float):
            return None, "not a number"
        return self._number(value)

    def _number(self, value: int | float) -> tuple[bool | float | None, str]:
        try:
            number = float(value)
        except OverflowError:
            return None, "not a finite number"
        if not math.isfinite(number):
            return None, "not a finite number"
        if self.kind == "proportion" and number not in (0.0, 1.0):
            return None, "not true or false"
        if self.kind == "share" and not 0.0 <= number <= 1.0:
            return None, "outside 0 to 1"
        return number, ""
