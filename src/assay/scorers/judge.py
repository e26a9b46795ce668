"""What does a model say of the answer, by a rubric."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from assay.domain.asking import NOT_JUDGED, Reply
from assay.domain.errors import PlanError
from assay.domain.metrics import stated
from assay.domain.plan import SubjectSpec
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score, Span
from assay.domain.subject import Ask
from assay.domain.trial import Output
from assay.scorers.judged import Judged, read
from assay.scorers.model import check_model, endpoint, repeated, unreadable
from assay.scorers.rubric import put


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What does a judge model say of the answer, by a rubric?

    Looks for: whatever the rubric states, true or false or from 0 to 1, as an endpoint's model reads it. The
        judge sees conversation, passages and answer between marks that no answer can close, never which
        subject wrote it, and replies with one JSON object: reason, quote, verdict.
    Why: some properties have no rule that a program can check.
    Misses: what the judge misses, and more often of one subject than of the other, perhaps. A judge that is
        right in nine of ten cases makes a loss look smaller than it is: label a random part by people, and
        `assay calibrate judge` puts its error into the interval. A reply that is prose, cut off, filtered, a
        refusal or out of range, and a judge that cannot be reached, leave the answer unscored with that cause.
    Example: `{type: judge, url: "http://127.0.0.1:8000/v1", model: judge-7b, name: politeness,
        rubric: "The answer is polite."}`.
    Settings: url, model, dialect, api_key_env, headers_env, extra, price (as of an endpoint); rubric (in a plan
        also rubric_file); name (of the metric) and higher_is_better; scale (true/false or 0..1); repeats,
        temperature, max_tokens, seed; show_context, show_target; longest; safety.
    Measured: by you, on your own labels: `assay calibrate judge`. assay ships no judge.
    Source: own frame; correction after Angelopoulos et al. 2024 (PPI++).

    Examples:
        >>> made = Judge(url="http://127.0.0.1:9/v1", model="m", metric="politeness", rubric="The answer is polite.")
        >>> sample, answer = Sample(id="1", input="Hi"), Output(text="Hello!")
        >>> len(made.questions(sample, answer)), made.score(sample, answer)[0].unscored
        (1, 'not_judged')
        >>> said = Output(text='{"reason": "A greeting.", "quote": "Hello", "verdict": true}')
        >>> made.verdict(sample, answer, [said])[0].value
        True
    """

    name: ClassVar[str] = "judge"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    url: str
    """Address of the judge up to `/v1`."""
    model: str
    """Model name sent with each request."""
    rubric: str
    """What is true of an answer that gets `true`, or 1."""
    metric: str
    """Name of the metric (`name` in a plan)."""
    higher_is_better: bool | None = None
    """Direction; None takes the known one, or true where the name does not sound of something bad."""
    scale: Literal["true/false", "0..1"] = "true/false"
    """What the judge gives."""
    dialect: Literal["openai", "anthropic"] = "openai"
    """What the server speaks."""
    api_key_env: str = ""
    """Environment variable that holds the key."""
    headers_env: Mapping[str, str] = field(default_factory=dict)
    """Header name to environment variable."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further request parameters; null takes a usual one out."""
    price: Mapping[str, float] | None = None
    """US dollars per million tokens, `input` and `output`."""
    repeats: int = 1
    """How often each answer is judged: the majority, or the mean, counts."""
    temperature: float = 0.0
    """0 is greedy; repeats at 0 mostly repeat themselves."""
    max_tokens: int = 512
    """Longest reply."""
    seed: int | None = None
    """Seed sent with the first repeat, one more with each further; none is sent when None."""
    show_context: bool = True
    """Whether the judge sees the sample's passages and those that a workflow retrieved."""
    show_target: bool = False
    """Whether the judge sees the expected answer."""
    longest: int = 40_000
    """Characters of an answer beyond which it is unscored ("too long") and the judge is not asked."""
    safety: bool | None = None
    """Whether the base-floor rule applies; None takes the known flag, or true."""

    def __post_init__(self) -> None:
        """Refuse what no judge can be asked with."""
        check_model(self)
        if not self.rubric.strip():
            raise PlanError("rubric is empty; say what is true of an answer that gets `true`")
        self.metrics()

    @property
    def asks(self) -> SubjectSpec:
        """The endpoint that judges."""
        return endpoint(self)

    def possible(self, sample: Sample) -> Sequence[Ask]:
        """One question for each repeat."""
        return self.questions(sample, Output(text="-"))

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """The one metric that is named."""
        metric, kind = stated(self.metric, self.higher_is_better), self._kind
        if metric.kind not in ("proportion", "share"):
            raise PlanError(
                f"name {self.metric!r} is taken by a metric of another kind ({metric.kind}). Choose another"
            )
        return (replace(metric, kind=kind, safety=metric.safety if self.safety is None else self.safety),)

    def questions(self, sample: Sample, output: Output) -> Sequence[Ask]:
        """The rubric and the answer, once for each repeat; nothing about an answer that cannot be shown."""
        if self._unreadable(output):
            return ()
        turns = put(self.rubric, self.scale, sample, output, context=self.show_context, target=self.show_target)
        return repeated(self, sample, turns)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Unscored: nobody was asked."""
        cause = self._unreadable(output)
        return (self._told(None, cause or NOT_JUDGED, "" if cause else "the judge was not asked"),)

    def verdict(self, sample: Sample, output: Output, replies: Sequence[Reply]) -> Sequence[Score]:
        """The majority of all repeats, or their mean; unscored where some cannot be read and might have decided."""
        judged = [read(reply, self.scale) for reply in replies]
        return (self._shares(output, judged) if self.scale == "0..1" else self._majority(output, judged),)

    @property
    def _kind(self) -> Literal["proportion", "share"]:
        return "proportion" if self.scale == "true/false" else "share"

    def _unreadable(self, output: Output) -> str:
        return unreadable(output, self.longest)

    def _majority(self, output: Output, judged: Sequence[Judged]) -> Score:
        votes = Counter(one.value for one in judged if one.value is not None)
        value, count = votes.most_common(1)[0] if votes else (None, 0)
        if 2 * count <= self.repeats:
            return self._undecided(judged)
        one = next(each for each in judged if each.value == value)
        told = self._told(bool(value), "", one.reason, _quoted(output, one.quote))
        return told if self.repeats == 1 else replace(told, probability=votes[True] / sum(votes.values()))

    def _shares(self, output: Output, judged: Sequence[Judged]) -> Score:
        values = [float(one.value) for one in judged if one.value is not None]
        if len(values) < self.repeats:
            return self._undecided(judged)
        return self._told(sum(values) / len(values), "", judged[0].reason, _quoted(output, judged[0].quote))

    def _undecided(self, judged: Sequence[Judged]) -> Score:
        silent = next((one for one in judged if one.value is None), None)
        if silent is None:
            return self._told(None, "judge_tie", "as many repeats said true as false")
        return self._told(None, silent.cause, silent.reason)

    def _told(self, value: bool | float | None, cause: str, why: str, spans: tuple[Span, ...] = ()) -> Score:
        return Score(
            metric=self.metric,
            value=value,
            unscored=cause,
            answer="" if value is None else str(value).lower() if isinstance(value, bool) else f"{value:.3g}",
            explanation=why,
            evidence=spans,
            scorer=self.name,
            version=self.version,
        )


def _quoted(output: Output, quote: str) -> tuple[Span, ...]:
    at = output.text.find(quote) if quote.strip() else -1
    return () if at < 0 else (Span(start=at, end=at + len(quote), reason="quoted by the judge"),)
