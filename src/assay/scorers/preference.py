"""Which of two answers does a model prefer, whatever their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from assay.domain.asking import NOT_JUDGED, ORDERS, Reply
from assay.domain.errors import PlanError
from assay.domain.metrics import renamed
from assay.domain.plan import SubjectSpec
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score
from assay.domain.subject import Ask
from assay.domain.trial import Output
from assay.scorers.contest import alike, outcome, shown
from assay.scorers.judged import Judged, read
from assay.scorers.model import check_model, endpoint, repeated, unreadable

_VALUES = {"reference": 0.0, "tie": 0.5, "candidate": 1.0}
_WORDS = {"reference": "lost", "tie": "tie", "candidate": "won"}
_ALIKE = "identical"
"""Label of a pair that nobody was asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Does a judge model prefer the candidate's answer to the reference's?

    Looks for: which of the two answers to one prompt is better by the rubric. The judge sees both, as A and B, once
        in each order, between marks that no answer can close, never which subject wrote which. The same winner in both
        orders won; different winners are a tie. The candidate's value is 1 won, 0.5 tie, 0 lost; the reference's is
        0.5, what an answer gets against itself. So a drop of 20 % says: lost 20 points more often than won.
    Why: for open answers, better or worse is easier to tell side by side than one by one.
    Misses: what the judge misses. Both orders cancel a liking for a place; a liking for length or for its own style
        stays. Identical answers are a tie unasked. A reply in either order that is prose, cut off, filtered or a
        refusal, a judge that cannot be reached, and a failed or empty answer of either subject leave the pair
        unscored with that cause.
    Example: `{type: preference, url: "http://127.0.0.1:8000/v1", model: judge-7b, rubric: "It follows the request."}`.
    Settings: url, model, dialect, api_key_env, headers_env, extra, price (as of an endpoint); rubric (in a plan also
        rubric_file); name (of the metric); repeats (of each order), temperature, max_tokens, seed; show_context,
        show_target; longest.
    Measured: the rule of both orders on published verdicts of five judges on LLMBar: `train/measure_preference.py`.
        assay ships no judge.
    Source: own frame; swapping after Wang et al. 2023, "Large language models are not fair evaluators".

    Examples:
        >>> made = Preference(url="http://127.0.0.1:9/v1", model="m", rubric="It is polite.")
        >>> sample, old, new = Sample(id="1", input="Hi"), Output(text="What?"), Output(text="Hello!")
        >>> len(made.contest(sample, old, new))
        2
        >>> said = [Output(text='{"reason": "B greets.", "better": "B"}'), Output(text='{"reason": "", "better": "A"}')]
        >>> [one.value for one in made.winner(sample, old, new, said)]
        [1.0, 'same']
    """

    name: ClassVar[str] = "preference"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    url: str
    """Address of the judge up to `/v1`."""
    model: str
    """Model name sent with each request."""
    rubric: str
    """What makes one answer better than the other."""
    metric: str = "preference"
    """Name of the metric (`name` in a plan)."""
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
    """How often each order is judged: what more than half say counts, else it is a tie."""
    temperature: float = 0.0
    """0 is greedy; repeats at 0 mostly repeat themselves."""
    max_tokens: int = 512
    """Longest reply."""
    seed: int | None = None
    """Seed sent with the first question, one more with each further; none is sent when None."""
    show_context: bool = True
    """Whether the judge sees the sample's passages and those that a workflow retrieved."""
    show_target: bool = False
    """Whether the judge sees the expected answer."""
    longest: int = 40_000
    """Characters of an answer beyond which the pair is unscored ("too long") and the judge is not asked."""

    def __post_init__(self) -> None:
        """Refuse what no judge can be asked with."""
        check_model(self)
        if not self.rubric.strip():
            raise PlanError("rubric is empty; say what makes one answer better than the other")
        self.metrics()

    @property
    def asks(self) -> SubjectSpec:
        """The endpoint that judges."""
        return endpoint(self)

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """The preference, and what the order did to it."""
        mine = renamed("preference", self.metric)
        if mine.yardstick is None:
            raise PlanError(f"name {self.metric!r} is taken by a metric that compares nothing. Choose another")
        told = replace(
            mine,
            name=self.metric + ORDERS,
            kind="label",
            yardstick=None,
            meaning="Both orders named one winner (same), or the answer shown first or second was favoured.",
            remediation="",
        )
        return mine, told

    def possible(self, sample: Sample) -> Sequence[Ask]:
        """A question for each order and repeat."""
        return self.contest(sample, Output(text="-"), Output(text="+"))

    def contest(self, sample: Sample, reference: Output, candidate: Output) -> Sequence[Ask]:
        """Both orders, each once for each repeat; nothing about answers that are alike or cannot be shown."""
        if self._unreadable(reference, candidate) or alike(reference, candidate):
            return ()
        how = self.show_context, self.show_target
        orders = ((reference, candidate), (candidate, reference))
        turns = [shown(self.rubric, sample, *pair, context=how[0], target=how[1]) for pair in orders]
        return [ask for each in turns for ask in repeated(self, sample, each)]

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Unscored: one answer alone wins against nobody."""
        cause = unreadable(output, self.longest)
        return self._none(cause or NOT_JUDGED, "" if cause else "no second answer was there to compare it with")

    def winner(self, sample: Sample, reference: Output, candidate: Output, replies: Sequence[Reply]) -> Sequence[Score]:
        """Who is better in both orders; without replies a tie of identical answers, or why nobody was asked."""
        cause = self._unreadable(reference, candidate)
        if cause:
            return self._none(cause, "one of the two answers cannot be shown to the judge")
        if alike(reference, candidate):
            return self._told("tie", _ALIKE, "both answers are the same; the judge was not asked")
        if not replies:
            return self._none(NOT_JUDGED, "the judge was not asked")
        judged = [read(reply, "A/B/tie") for reply in replies]
        first, swapped = judged[: self.repeats], judged[self.repeats :]
        found = outcome((first, swapped))
        if found.silent is not None or found.winner is None:
            silent = found.silent or Judged(cause=NOT_JUDGED)
            return self._none(silent.cause, silent.reason)
        why = f"the reference as A: {_said(first)}; the candidate as A: {_said(swapped)}"
        return self._told(found.winner, found.order, why)

    def _unreadable(self, *outputs: Output) -> str:
        return next((cause for one in outputs if (cause := unreadable(one, self.longest))), "")

    def _told(self, winner: str, order: str, why: str) -> tuple[Score, ...]:
        mine, told = self._none(NOT_JUDGED, why)
        return (
            replace(mine, value=_VALUES[winner], unscored="", answer=_WORDS[winner]),
            replace(told, value=order, unscored="", answer=order),
        )

    def _none(self, cause: str, why: str) -> tuple[Score, ...]:
        return tuple(
            Score(metric=one.name, value=None, unscored=cause, explanation=why, scorer=self.name, version=self.version)
            for one in self.metrics()
        )


def _said(repeats: Sequence[Judged]) -> str:
    """The verdicts of one order, and the reason of the first."""
    letters = ", ".join(str(one.value or one.cause) for one in repeats)
    reason = next((one.reason for one in repeats if one.value is not None and one.reason), "")
    return f"{letters} ({reason})" if reason else letters
