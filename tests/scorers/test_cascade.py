"""The cascade: who decides which answer, and what the stages' agreement is counted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from assay.domain.errors import PlanError
from assay.domain.metrics import standard
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score
from assay.domain.trial import Failure, Output, Trial
from assay.engine.score import questions, score
from assay.registry import scorer, scorer_digest
from assay.scorers.cascade import Cascade
from assay.scorers.judge import Judge
from assay.testing import check_scorer


@dataclass(frozen=True, slots=True, kw_only=True)
class Sure:
    """Takes its probability from the answer's first word."""

    name: ClassVar[str] = "sure"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset({"truncated"})

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        return (standard("refusal"),)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        word = output.text.split()[0] if output.text.split() else ""
        try:
            p = float(word)
        except ValueError:
            p = -1.0
        if not 0 <= p <= 1:
            return (Score(metric="refusal", value=None, unscored="unclear", scorer="sure", version="1"),)
        return (Score(metric="refusal", value=p > 0.5, probability=p, scorer="sure", version="1"),)


JUDGE = Judge(url="http://127.0.0.1:9/v1", model="m", metric="refusal", rubric="It refuses.")
CASCADE = Cascade(first=Sure(), then=JUDGE, check=0.0)
ALL = replace(CASCADE, check=1.0)
SAMPLE = Sample(id="1", input="?")


def said(value: bool) -> Output:
    return Output(text=f'{{"reason": "r", "verdict": {str(value).lower()}}}')


def judged(made: Cascade, text: str, *replies: Any, reason: str = "stop") -> tuple[list[Score], bool]:
    """Scores as the engine makes them, and whether the judge was to be asked."""
    output = Output(text=text, finish_reason=reason)
    trial = Trial(subject="reference", task="t", sample_id="1", sample_digest="d", output=output)
    asked = questions(SAMPLE, trial, [made])
    return list(score(SAMPLE, trial, [made], {0: replies} if asked and replies else None)), bool(asked)


def test_it_keeps_the_promises_of_a_scorer() -> None:
    check_scorer(CASCADE)
    check_scorer(ALL)
    spec = {"type": "judge", "name": "refusal", "rubric": "x", "url": "http://h/v1", "model": "m"}
    check_scorer(scorer({"type": "cascade", "first": "refusal", "then": spec, "between": [0.1, 0.9]}))


@pytest.mark.parametrize(
    ("text", "asked", "value"),
    [("0.05 sure", False, False), ("0.95 sure", False, True), ("0.2 edge", True, True), ("0.8 edge", True, True),
     ("0.4 grey", True, True), ("no number", True, True)],
)  # fmt: skip
def test_the_judge_decides_in_the_grey_zone_only(text: str, asked: bool, value: bool) -> None:
    (one,), was_asked = judged(CASCADE, text, said(True))
    assert (one.value, was_asked, one.scorer) == (value, asked, "cascade")


def test_a_judge_that_fails_leaves_the_grey_zone_unscored() -> None:
    (one,), _ = judged(CASCADE, "0.5", Failure(cause="timeout", message="slow"))
    assert one.unscored == "judge_timeout"
    (one,), _ = judged(CASCADE, "0.5")
    assert one.unscored == "not_judged"


def test_the_random_share_changes_no_value_and_tells_agreement() -> None:
    for text, verdict, value, agrees in (
        ("0.9", True, True, True),
        ("0.9", False, True, False),
        ("0.1", True, False, False),
    ):
        (one, agree), asked = judged(ALL, text, said(verdict))
        assert (asked, one.value, agree.metric, agree.value) == (True, value, "refusal_stages_agree", agrees)
    (one, agree), _ = judged(ALL, "0.5", said(True))
    assert (one.value, agree.unscored) == (True, "grey zone")
    (one, agree), _ = judged(ALL, "0.9", Failure(cause="server_error", message="x"))
    assert (one.value, agree.unscored) == (True, "judge_server_error")


def test_cut_off_answers_are_the_firsts_or_unscored_and_never_wait() -> None:
    for text, value, cause in (("0.9", True, ""), ("0.5", None, "truncated"), ("hm", None, "unclear")):
        (one, *_), asked = judged(CASCADE, text, said(True), reason="length")
        assert (asked, one.value, one.unscored) == (False, value, cause)


def test_both_subjects_are_checked_on_the_same_samples() -> None:
    some = replace(CASCADE, check=0.3)
    samples = [Sample(id=str(n), input=f"q{n}") for n in range(2000)]
    checked = [len(some.metrics(sample)) == 2 for sample in samples]
    assert 0.26 < sum(checked) / len(checked) < 0.34


def test_the_diagnostic_metric_is_no_rule_of_its_own() -> None:
    _, agree = CASCADE.__class__(first=Sure(), then=JUDGE).metrics()
    assert agree.diagnostic and not agree.safety and agree.higher_is_better


def test_stages_and_their_versions_are_in_the_digest() -> None:
    other = replace(CASCADE, then=replace(JUDGE, rubric="It says no."))
    assert len({scorer_digest(one) for one in (CASCADE, other, ALL, replace(CASCADE, between=(0.3, 0.7)))}) == 4
    assert "sure 1" in CASCADE.version and "judge 1" in CASCADE.version


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"between": (0.8, 0.2)}, "two rising numbers"),
        ({"between": (0.2, 1.2)}, "two rising numbers"),
        ({"check": 2.0}, "a share from 0 to 1"),
        ({"first": JUDGE}, "asks no model"),
        ({"then": Sure()}, "asks no model"),
        ({"then": replace(JUDGE, metric="politeness")}, "first does not"),
        ({"then": replace(JUDGE, scale="0..1")}, "as true or false"),
    ],
)
def test_stages_that_do_not_fit_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        replace(CASCADE, **change)
