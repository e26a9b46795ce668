"""Numbers in words, harmless text, columns."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.estimate import Estimate
from assay.domain.verdict import Decision
from assay.report.data import change_lines
from assay.report.grid import Cell, cells, fit, grid, stacked, wrap
from assay.report.inert import one_line, visible
from assay.report.words import (
    LOOKS,
    amount,
    bounds,
    counted,
    duration,
    money,
    percent,
    points,
    short_digest,
    slice_name,
)

ANY = st.text(st.characters(exclude_categories=()), max_size=300)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.05, "5.0 %"),
        (-0.032, "-3.2 %"),
        (-0.0004, "0.0 %"),
        (1.0, "100.0 %"),
        (None, "not defined"),
        (float("nan"), "not defined"),
        (float("inf"), "not defined"),
    ],
)
def test_percent(value: float | None, said: str) -> None:
    assert said == percent(value)


def test_points_and_amounts() -> None:
    assert points(0.026) == "2.6 points"
    assert amount(0.0, "s") == "0 s"
    assert amount(12_345.6, "tokens") == "12,346 tokens"
    assert amount(None, "s") == "not defined"


def test_bounds_say_open_ends() -> None:
    assert bounds(Estimate(value=0.1, low=0.05, high=0.2)) == "[5.0, 20.0]"
    assert bounds(Estimate(value=0.1)) == ""
    assert bounds(Estimate(value=0.1, low=float("-inf"), high=0.2)) == "[…, 20.0]"
    assert bounds(Estimate(value=3, low=1.5, high=4500), "tokens") == "[1.5, 4,500]"


def test_counts_times_and_money() -> None:
    assert counted(360, 2) == "n=360, 2 unscored"
    assert counted(2000, 0) == "n=2,000"
    assert [duration(s) for s in (0.84, 9.96, 42, 59.7, 724.4, 7500)] == [
        "0.8 s",
        "10.0 s",
        "42 s",
        "1 min 0 s",
        "12 min 4 s",
        "2 h 5 min",
    ]
    assert [money(x) for x in (None, 0, 0.0312, 12.5)] == ["no price known", "$0.00", "$0.0312", "$12.50"]


def test_slices_and_digests() -> None:
    assert slice_name({}) == "all"
    assert slice_name({"category": "fraud", "locale": "de"}) == "category=fraud, locale=de"
    assert short_digest("sha256:" + "ab" * 32) == "sha256:abababababab"


def test_every_decision_has_its_own_word_and_sign() -> None:
    assert set(LOOKS) == set(Decision)
    assert len({look.word for look in LOOKS.values()}) == len({look.sign for look in LOOKS.values()}) == len(Decision)


@given(ANY)
def test_visible_text_hides_and_commands_nothing(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\n"]
    assert not [
        char
        for char in shown
        if unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    ]
    assert visible(shown) == shown


@given(ANY, st.integers(min_value=1, max_value=80))
def test_one_line_is_one_line(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1


def test_emoji_and_scripts_stay_as_they_are() -> None:
    assert visible("👩‍🚀 日本語 سلام é") == "👩‍🚀 日本語 سلام é"
    assert visible("a" + "\u0301" * 50) == "a" + "\u0301" * 3


@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=200),
    st.integers(min_value=20, max_value=90),
)
def test_wrapped_lines_keep_the_width(text: str, width: int) -> None:
    lines = wrap(visible(text), width, first="first  ", rest="  ")
    assert all(cells(line) <= width for line in lines)


def test_wide_characters_take_two_columns() -> None:
    assert cells("日本") == 4
    assert fit("日本語", 5) == "日本…"


def test_grid_aligns_shrinks_and_gives_up() -> None:
    table = [
        [Cell("a"), Cell("", right=True), Cell("n=1", right=True)],
        [Cell("a long name of a rule"), Cell(""), Cell("n=1,000", right=True)],
    ]
    assert grid(table, 40, indent=2) == ["  a                          n=1", "  a long name of a rule  n=1,000"]
    assert grid(table, 30, indent=2, shrink=0)[1] == "  a long name of a r…  n=1,000"
    assert grid(table, 30, indent=2) == []
    assert stacked(table, 20, indent=2) == ["  a n=1", "  a long name of a", "      rule n=1,000"]


def test_slices_that_kept_their_share_are_not_told_as_moved() -> None:
    values = {"chat": {"rows": [10, 20], "shares": [1.0, 1.0]}}
    sources = {"a": {"rows": [9, 9], "shares": [0.9, 0.45]}, "b": {"rows": [1, 2], "shares": [0.1, 0.1]}}
    counted = {"came": 10, "went": 0, "changed": 0, "same": 10}
    told = change_lines({"previous": "old", **counted, "moved": {"shapes": values, "sources": sources}})
    assert told[1:] == ["  sources: a 90.0% -> 45.0% (9 -> 9)"]
