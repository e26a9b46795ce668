"""Lines and trees of whatever production sends."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("starlette")

from assay.domain.sample import Message
from assay.domain.score import Score, Span
from assay.domain.trace import Step, Trace
from assay.web.shown import Point, TraceShown
from assay.web.sparkline import chart, sparkline
from assay.web.tree import DEEPEST, MOST_STEPS, rows

NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=32)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=30), st.one_of(st.none(), NUMBERS), st.text(max_size=20))
def test_a_line_stays_in_its_drawing_whatever_the_figures(
    values: list[tuple[float, float, float]], reference: float | None, label: str
) -> None:
    points = [Point(time_ns=at * 10**9, value=v, low=low, high=high, n=1) for at, (v, low, high) in enumerate(values)]
    made = str(sparkline(points, label=label, reference=reference))
    if sum(math.isfinite(one.value) for one in points) < 2:
        assert made == ""
        return
    drawn = ElementTree.fromstring(made)
    numbers = [float(one) for part in drawn.iter() for one in re.findall(r"-?\d+\.?\d*", part.get("points", ""))]
    assert numbers and all(0 <= one <= 180 for one in numbers)
    assert "nan" not in made.replace(drawn.get("aria-label") or "", "") and "inf" not in re.sub(
        r'aria-label="[^"]*"', "", made
    )


def test_a_figure_that_stands_still_and_times_that_do_too() -> None:
    still = [Point(time_ns=5, value=0.0, low=0.0, high=0.0, n=1)] * 3
    assert "polyline" in sparkline(still, label="x", reference=0.0)


def step(name: str, parent: str = "", **more: object) -> Step:
    return Step(id=name, kind="other", name=name, parent=parent, **more)  # type: ignore[arg-type]


def shown(*steps: Step) -> TraceShown:
    return TraceShown(trace=Trace(id="1" * 32, steps=steps))


def test_children_follow_their_parent_whatever_the_order() -> None:
    found = rows(shown(step("c", "b"), step("a"), step("b", "a"), step("d", "a"), step("e", "gone")))
    assert [(one.step.id, one.depth) for one in found] == [("a", 0), ("b", 1), ("c", 2), ("d", 1), ("e", 0)]


def test_a_circle_and_a_step_that_is_its_own_parent_are_shown() -> None:
    found = rows(shown(step("a", "b"), step("b", "a"), step("c", "c")))
    assert sorted(one.step.id for one in found) == ["a", "b", "c"]


def test_a_deep_and_a_long_trace_are_cut_and_read_in_linear_time(linear: Callable[..., None]) -> None:
    def deep(steps: int) -> TraceShown:
        return shown(step("0"), *(step(str(at), str(at - 1)) for at in range(1, steps)))

    found = rows(deep(5000))
    assert len(found) == MOST_STEPS and max(one.depth for one in found) == DEEPEST
    linear(rows, deep, 40_000)


def test_clocks_that_are_wrong_draw_within_the_bar() -> None:
    found = rows(
        shown(
            step("a", start_ns=10**18, end_ns=5),
            step("b", start_ns=0, end_ns=2**62),
            step("c", start_ns=2**62, end_ns=0),
        )
    )
    assert all(0 <= one.left <= 99 and one.width > 0 and one.left + one.width <= 101 for one in found)


def test_evidence_is_marked_where_the_answer_was_said_and_nowhere_else() -> None:
    said = "The key is hunter2."
    model = Step(id="m", kind="model", name="chat", parent="a", output=(Message(role="assistant", content=said),))
    other = Step(id="n", kind="tool", name="t", parent="a", result=said)
    score = Score(metric="privacy", value=False, evidence=(Span(start=11, end=18, reason="secret"),))
    found = rows(TraceShown(trace=Trace(id="1" * 32, steps=(step("a"), model, other)), scores=[score]))
    marks = {one.step.id: [p.text for text in one.texts for p in text.pieces if p.marked] for one in found}
    assert marks == {"a": [], "m": ["hunter2"], "n": []}
    assert [one.scores for one in found if one.step.id == "m"] == [[("privacy", "failed", False)]]


def test_a_giant_text_is_cut_around_its_evidence() -> None:
    said = "x" * 900_000 + "SECRET" + "y" * 900_000
    model = Step(id="m", kind="model", name="chat", output=(Message(role="assistant", content=said),))
    score = Score(metric="privacy", value=False, evidence=(Span(start=900_000, end=900_006),))
    (row,) = rows(TraceShown(trace=Trace(id="1" * 32, steps=(model,)), scores=[score]))
    pieces = row.texts[0].pieces
    assert sum(len(one.text) for one in pieces) < 20_000 and any(one.marked and one.text == "SECRET" for one in pieces)
    assert sum(one.hidden for one in pieces) > 1_700_000


def test_a_chart_has_a_scale_and_times_and_its_limits() -> None:
    points = [Point(time_ns=(1_795_773_600 + at * 3600) * 10**9, value=0.4, low=0.3, high=0.5, n=9) for at in range(3)]
    made = chart(points, label="x", kind="rate", reference=0.3, limits=(0.9, 0.1))
    for told in ("100.0\u00a0%", ">0.00\u00a0%<", "2026-11-27 10:00", "2026-11-27 12:00"):
        assert told.replace("100.0", "100") in made
    assert made.count('class="lim"') == 2 and made.count('class="ref"') == 1 and "style=" not in made
    assert chart(points[:1], label="x", kind="rate") == ""


def test_a_small_line_shows_limits_that_are_in_sight() -> None:
    points = [Point(time_ns=at, value=0.4, low=0.35, high=0.45, n=9) for at in range(3)]
    assert "lim" not in sparkline(points, label="x", kind="rate", limits=(0.9,))
    assert 'class="lim"' in sparkline(points, label="x", kind="rate", limits=(0.42,))
