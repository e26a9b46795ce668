"""The forest plot: places, bands, arrows, escapes."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from assay.report.chart import Band, Mark, Panel, forest

BANDS = (
    Band(start=-10, end=0.05, look="deploy", word="deploy"),
    Band(start=0.05, end=0.15, look="deploy_monitored", word="monitor"),
    Band(start=0.15, end=0.3, look="review", word="review"),
    Band(start=0.3, end=10, look="block", word="block"),
)


def mark(value: float | None, low: float | None = None, high: float | None = None, label: str = "refusal") -> Mark:
    return Mark(label=label, said="said", value=value, low=low, high=high, look="block")


def drawn(*marks: Mark, narrow: bool = False) -> ElementTree.Element:
    panel = Panel(title="Overall", bands=BANDS, marks=marks)
    return ElementTree.fromstring(forest([panel], title="plot", narrow=narrow))


@pytest.mark.parametrize("narrow", [False, True])
def test_marks_lie_in_order_and_inside(narrow: bool) -> None:
    root = drawn(mark(-0.05, -0.1, 0.0), mark(0.1, 0.05, 0.2), mark(0.9, 0.8, 0.95), narrow=narrow)
    width = float(root.get("viewBox", "").split()[2])
    places = [float(circle.get("cx", "")) for circle in root.iter("circle")]
    assert places == sorted(places) and all(0 < place < width for place in places)


def test_bands_meet_without_gap() -> None:
    bands = [(float(r.get("x", "")), float(r.get("width", ""))) for r in drawn(mark(0.5, 0.4, 0.6)).iter("rect")]
    assert len(bands) == 4
    for (start, width), (following, _) in pairwise(bands):
        assert start + width == pytest.approx(following, abs=0.11)


def test_an_interval_beyond_the_picture_ends_in_an_arrow() -> None:
    assert [p.get("class") for p in drawn(mark(0.5, -3.0, 0.9)).iter("path")] == ["arrow"]
    assert [p.get("class") for p in drawn(mark(0.5, 0.1, 0.9)).iter("path")] == []


def test_an_undefined_drop_draws_no_mark_and_keeps_its_words() -> None:
    root = drawn(mark(None))
    assert not list(root.iter("circle"))
    assert "said" in [text.text for text in root.iter("text")]


def test_labels_are_text() -> None:
    root = drawn(mark(0.1, label='</svg><script x="">&\x1b\u202e'))
    assert not list(root.iter("script"))
    assert any((text.text or "").startswith("</svg><script") for text in root.iter("text"))


def test_no_number_runs_long() -> None:
    panel = Panel(title="", bands=BANDS, marks=(mark(1 / 3, 0.1234567, 0.7654321),))
    assert not re.findall(r"\d\.\d{3,}", forest([panel], title=""))


def test_narrow_words_stand_clear_of_their_own_mark_and_of_the_one_above() -> None:
    root = drawn(*[mark(0.1, 0.05, 0.2, label="a" * 60)] * 3, narrow=True)
    words = sorted(
        {float(one.get("y", "")) for one in root.iter("text") if (one.get("class") or "").startswith("label")}
    )
    middles = sorted(float(one.get("cy", "")) for one in root.iter("circle"))
    assert all(middle - 6.5 - (word + 3) > 3 for word, middle in zip(words, middles, strict=True))
    assert all(word - 11 - (middle + 6.5) > 3 for middle, word in zip(middles, words[1:], strict=False))
    assert all(len(one.text or "") <= 24 for one in root.iter("text"))
