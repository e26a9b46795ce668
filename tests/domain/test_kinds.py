"""Every metric of the catalogue has one kind, so that an incident card can say where to look."""

from __future__ import annotations

from assay.domain.kinds import _METRICS, KIND_OF, KINDS, kind_of
from assay.domain.metrics import CATALOGUE


def test_every_metric_of_the_catalogue_has_a_kind_and_no_other() -> None:
    assert set(KIND_OF) == set(CATALOGUE)


def test_no_metric_has_two_kinds() -> None:
    assert sum(len(names) for names in _METRICS.values()) == len(KIND_OF)
    assert set(_METRICS) == set(KINDS)


def test_a_metric_that_a_plan_names_has_the_kind_of_its_scorer() -> None:
    scorers = [{"type": "tool_call", "name": "books"}, {"type": "judge", "name": "warmth"}]
    assert kind_of("books", scorers) == "tool use"
    assert kind_of("warmth", scorers) is None, "what a judge reads, only its rubric tells"
    assert kind_of("refusal", [{"type": "json", "name": "refusal"}]) == "behaviour"
