from __future__ import annotations

import json
from collections import Counter

import pytest

from assay.domain.errors import DataError
from assay.domain.watched import Monitor, Observation
from assay.watch.baseline import Baseline
from assay.watch.before import KEPT, before_read, before_written
from assay.watch.surroundings import PARTS, Surroundings

ROUTE = (("route", "chat"),)
OLD, NEW = ("m", "m-1", "", "", "", "find"), ("m", "m-2", "", "", "", "")


def learned(many: int, around: Surroundings) -> Baseline:
    """A reference in which each fourth trace had the new model; only those have the figure `grounded`."""
    baseline = Baseline(length_ns=10**18)
    for at in range(1, many + 1):
        new = at % 4 == 0
        metrics = ["refusal", "grounded"] if new else ["refusal", "unwatched"]
        found = [Observation(metric=name, value=1.0, trace=f"{at:032x}", time_ns=at) for name in metrics]
        lost = Observation(metric="grounded", value=None, trace=f"{at:032x}", time_ns=at)
        baseline.put([*found, lost], ((), ROUTE), around.number(NEW if new else OLD))
    return baseline


def test_the_reference_keeps_what_surrounded_the_values_of_each_figure_in_fixed_memory() -> None:
    around = Surroundings()
    monitors = {name: Monitor(metric=name, kind="rate") for name in ("refusal", "grounded")}
    found = learned(20_000, around).befores(monitors)
    assert found.keys() == {(metric, segment) for metric in monitors for segment in ((), ROUTE)}
    assert found["grounded", ROUTE].keys() == {around.number(NEW)}
    held = found["refusal", ()]
    assert KEPT / 3 < sum(held.values()) <= KEPT
    assert 0.18 < held[around.number(NEW)] / sum(held.values()) < 0.32
    few = learned(40, around).befores(monitors)
    assert few["refusal", ()] == {around.number(OLD): 30, around.number(NEW): 10}


def test_what_was_saved_is_the_same_under_the_numbers_of_another_process() -> None:
    around, other = Surroundings(), Surroundings()
    held = {("refusal", ROUTE): Counter({around.number(OLD): 30, around.number(NEW): 10})}
    other.number(NEW)
    found = before_read(before_written({**held}, around), other)
    (counts,) = found.values()
    assert {other.parts(number): count for number, count in counts.items()} == {OLD: 30, NEW: 10}
    assert found.keys() == held.keys()
    assert before_read(None, other) == before_read(b"", other) == {}
    assert before_read(b'[["model", "region"], [["m", "eu"]], [["refusal", [], [[0, 3]]]]]', other) == {}
    for rest in ([[], [1]], [[["m"]], []], [[], [["refusal", [], [[0, 3]]]]], [[]]):
        with pytest.raises(DataError, match="saved surroundings"):
            before_read(json.dumps([PARTS, *rest]).encode(), other)
