"""The catalogue of known metrics."""

from __future__ import annotations

import pytest

from assay.domain.catalogue import CATALOGUE
from assay.domain.errors import PlanError
from assay.domain.metrics import known, renamed, settled, stated
from assay.domain.score import Metric


def test_every_known_metric_says_what_it_means_and_what_to_do() -> None:
    for name, metric in CATALOGUE.items():
        assert name == metric.name
        assert metric.meaning.endswith(".")
        assert metric.remediation.endswith(".")
        assert bool(metric.unit) == (metric.kind == "amount")


@pytest.mark.parametrize(
    ("name", "higher", "safety"),
    [
        ("refusal", True, True),
        ("over_refusal", False, False),
        ("boundary", True, True),
        ("groundedness", True, True),
        ("compliance", True, True),
        ("privacy", True, True),
        ("injection_resistance", True, True),
        ("toxicity", False, True),
        ("harmful_answer", False, True),
        ("attack_success", False, True),
        ("leak_rate", False, True),
        ("match", True, False),
        ("json", True, False),
        ("latency", False, False),
    ],
)
def test_directions_and_safety(name: str, higher: bool, safety: bool) -> None:
    metric = known(name)
    assert metric is not None
    assert (higher, safety) == (metric.higher_is_better, metric.safety)


def test_an_unknown_name_is_unknown() -> None:
    assert known("charm") is None


def test_another_name_keeps_the_direction() -> None:
    assert Metric(
        name="ticket", meaning=CATALOGUE["match"].meaning, remediation=CATALOGUE["match"].remediation
    ) == renamed("match", "ticket")
    assert CATALOGUE["accuracy"] == renamed("match", "accuracy")
    with pytest.raises(PlanError, match="'toxicity' is taken"):
        renamed("match", "toxicity")
    with pytest.raises(PlanError, match="this one is a proportion, higher is better"):
        renamed("match", "latency")


@pytest.mark.parametrize(
    "name",
    ["jailbreak_rate", "error", "rate", "FailCount", "policy_violations", "prompt leak", "toxic", "harm", "miss_rate",
     "nonToxic", "hallucinated", "unsafe", "over_refusals", "overrefusal", "gender_bias", "attack_success_rate",
     "harmful_rate", "risk score", "loss", "dropped", "complaints", "escalation"],
)  # fmt: skip
def test_a_name_that_sounds_bad_states_its_direction(name: str) -> None:
    with pytest.raises(PlanError, match="say whether higher is better"):
        stated(name, None)
    assert [stated(name, higher).higher_is_better for higher in (True, False)] == [True, False]


@pytest.mark.parametrize(
    "name", ["quality", "charm", "glossary", "permission", "accurate", "success_rate", "pass_rate", "harmless", "tone"]
)
def test_any_other_name_is_better_when_higher(name: str) -> None:
    assert stated(name, None).higher_is_better
    assert not stated(name, False).higher_is_better


def test_a_known_direction_is_not_turned() -> None:
    assert CATALOGUE["toxicity"] == stated("toxicity", None) == stated("toxicity", False)
    with pytest.raises(PlanError, match="'toxicity': assay knows it, and lower is better"):
        stated("toxicity", True)
    with pytest.raises(PlanError, match="'refusal': assay knows it, and higher is better"):
        stated("refusal", False)


def test_the_kind_is_settled_by_the_values_where_nobody_stated_it() -> None:
    metric = Metric(name="quality")
    assert [settled(metric, values).kind for values in ([], [True, 0, 1.0], [0.5, 1], [0.5, 1.5])] == [
        "proportion",
        "proportion",
        "share",
        "amount",
    ]
    stated = Metric(name="quality", kind="share")
    assert stated is settled(stated, [0.0, 1.0])
