from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.domain.errors import EvidenceError
from assay.statistics.e_detector import RateDetectors, stakes, threshold


def by_hand(values: list[float], tolerated: float) -> list[float]:
    """The recursion as the papers write it."""
    bets = stakes(tolerated)
    state, levels = np.zeros(len(bets)), []
    for x in values:
        state = (state + 1) * (1 + bets * (x - tolerated))
        levels.append(float(state.mean()))
    return levels


@given(st.lists(st.sampled_from([0.0, 0.3, 1.0]), min_size=1, max_size=300), st.sampled_from([0.01, 0.05, 0.4]))
def test_a_batch_is_the_recursion_value_by_value(values: list[float], tolerated: float) -> None:
    watch = RateDetectors([tolerated], threshold=1e9)
    watch.update([0] * len(values), values)
    assert watch.level[0] == pytest.approx(by_hand(values, tolerated)[-1], rel=1e-9)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 1.0])), min_size=2, max_size=200), st.data())
def test_how_values_are_cut_into_batches_changes_nothing(seen: list[tuple[int, float]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(seen)))
    streams, values = [one for one, _ in seen], [x for _, x in seen]
    whole, parts = (RateDetectors([0.1] * 4, threshold=1e9) for _ in range(2))
    whole.update(streams, values)
    parts.update(streams[:cut], values[:cut])
    parts.update(streams[cut:], values[cut:])
    assert parts.level == pytest.approx(whole.level, rel=1e-9)
    assert parts.n.tolist() == whole.n.tolist()


def test_the_first_crossing_is_named_by_its_place_among_all_streams() -> None:
    watch = RateDetectors([0.05, 0.05], threshold=200.0)
    streams, values = [0, 1] * 40, [1.0, 0.0] * 40
    crossed = watch.update(streams, values)
    levels = by_hand([1.0] * 40, 0.05)
    first = next(at for at, level in enumerate(levels) if level >= 200.0)
    assert (crossed[0].stream, crossed[0].place) == (0, 2 * first)
    assert {one.stream for one in crossed} == {0}
    assert crossed[0].state == pytest.approx(levels[first])
    assert watch.n.tolist() == [40 % (first + 1), 40]
    watch.restart(0)
    assert watch.level.tolist()[0] == 0.0


def test_the_expected_state_at_the_tolerated_rate_is_the_number_of_values() -> None:
    rng = np.random.default_rng(7)
    watch = RateDetectors([0.2] * 20_000, threshold=1e12)
    streams = np.repeat(np.arange(20_000), 8)
    watch.update(streams, rng.random(len(streams)) < 0.2)
    assert watch.level.mean() == pytest.approx(8, rel=0.05)


def test_false_alarms_keep_the_promise_and_a_rise_is_found() -> None:
    rng = np.random.default_rng(11)
    streams, values = 40, 1500
    limit = threshold(0.1, values, streams)
    alarms = 0
    for _ in range(20):
        watch = RateDetectors([0.02] * streams, limit)
        alarms += bool(watch.update(np.tile(np.arange(streams), values), rng.random(streams * values) < 0.02))
    assert alarms <= 4  # at most 2 expected
    watch = RateDetectors([0.025], limit)
    assert watch.update([0] * 4000, rng.random(4000) < 0.10)


def test_a_stream_that_crossed_begins_anew_and_may_cross_again() -> None:
    watch = RateDetectors([0.05], threshold=200.0)
    first = watch.update([0] * 6, [1.0] * 6)
    once = [one.place for one in first]
    watch = RateDetectors([0.05], threshold=200.0)
    assert [one.place for one in watch.update([0] * 40, [1.0] * 40)] == [
        once[0] + (once[0] + 1) * k for k in range(40 // (once[0] + 1))
    ]


def test_a_stream_of_few_values_does_not_cross() -> None:
    watch = RateDetectors([0.05], threshold=200.0, fewest=30)
    assert [one.place for one in watch.update([0] * 40, [1.0] * 40)] == [29]


def test_a_state_never_overflows() -> None:
    watch = RateDetectors([0.01], threshold=10.0)
    for _ in range(5):
        watch.update([0] * 5000, [1.0] * 5000)
    assert np.isfinite(watch.level).all()
    watch.update([0] * 50_000, [0.0] * 50_000)
    assert 0 <= watch.level[0] < 1e200


@pytest.mark.parametrize("values", [[1.5], [-0.1], [float("nan")]])
def test_a_value_that_is_no_rate_is_refused(values: list[float]) -> None:
    with pytest.raises(EvidenceError, match=r"in \[0, 1\]"):
        RateDetectors([0.1], threshold=10.0).update([0], values)


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(EvidenceError, match="between 0 and 1"):
        RateDetectors([0.0], threshold=10.0)
    with pytest.raises(EvidenceError, match="above 1"):
        RateDetectors([0.1], threshold=1.0)
    with pytest.raises(EvidenceError, match="differ in shape"):
        RateDetectors([0.1], threshold=10.0).update([0, 0], [1.0])
    with pytest.raises(EvidenceError, match="no threshold"):
        threshold(0.0, 10)


def test_nothing_given_changes_nothing() -> None:
    watch = RateDetectors([0.1], threshold=10.0)
    assert watch.update([], []) == []
    assert watch.level.tolist() == [0.0]
