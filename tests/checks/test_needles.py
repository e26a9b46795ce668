"""Quick looks: a no is final, with and without google-re2, whatever the text."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks import needles
from assay.checks.needles import holds, may_fit, may_hold, quick
from assay.checks.obedience_words import LOOSENED, PLEDGED, RITUAL, SHIFTED, UNLIMITED
from assay.scorers.phrases import DENIES, HOLDS, STARTS
from assay.scorers.phrases_elsewhere import ELSEWHERE

WORDS = ("obey", "no rule", "a.b", "(x", "é")
LETTERS = st.text(alphabet="obey no rule.ab(xé?\n\x1c\u2003I'mst8ß", max_size=40)
FORMS = (
    re.compile(r"\bi(?: am|'m)\s[^.]{0,5}\w+"),
    re.compile(r"^be\b|ru[^\w\s]?le$", re.IGNORECASE | re.MULTILINE),
    re.compile(r"(?:\W|\d)[\w'é]+(?:\.|$)"),
    re.compile(r"a\$?b"),
)
QUICK = [(form, quick(form)) for form in FORMS]
MAY_FIT = [
    (form, may_fit(form))
    for form in (*FORMS, LOOSENED, PLEDGED, RITUAL, SHIFTED, UNLIMITED, DENIES, HOLDS, STARTS, ELSEWHERE)
]


@given(LETTERS)
def test_words_are_found_as_they_are_written(text: str) -> None:
    assert holds(WORDS)(text) == any(word in text for word in WORDS)


@given(LETTERS)
def test_a_quick_search_finds_what_the_pattern_finds(text: str) -> None:
    for form, search in QUICK:
        hit, plain = search(text), form.search(text)
        assert (hit and hit.span()) == (plain and plain.span())


@given(st.text(max_size=60))
def test_a_no_is_final_for_all_texts(text: str) -> None:
    for form, may in MAY_FIT:
        assert may(text) or form.search(text) is None


def test_without_the_engine_words_are_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    found = holds(["obey"], ["[0-9]:[0-9]"])
    assert found("to obey") and found("at 5:30") and not found("at five")
    assert may_fit(UNLIMITED)("nothing of the kind") and may_hold(["obey"])("nothing of the kind")
    assert quick(UNLIMITED) == UNLIMITED.search


def test_a_pattern_that_looks_around_is_searched_as_it_is() -> None:
    form = re.compile(r"(?<!no )rule")
    assert quick(form)("a rule") and not quick(form)("no rule")
    assert may_fit(form)("anything")


def test_a_large_text_is_looked_at_once() -> None:
    pytest.importorskip("re2")
    text = "the house and the river, " * 40_000
    assert not may_fit(UNLIMITED)(text)
    assert needles.holds(WORDS)(text + "obey")
