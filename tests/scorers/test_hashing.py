"""The same text gives the same buckets everywhere; what does not count does not count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.scorers.hashing import View, buckets_of_many, grams

VIEW = View(field="answer", bits=16)
EXPECTED = [
    44771,
    34674,
    50372,
    44722,
    27375,
    3065,
    46318,
    40271,
    39866,
    50496,
    39117,
    47790,
    46478,
    41701,
    13479,
    59891,
    1327,
    45981,
    31372,
    12879,
    63721,
    4981,
    33443,
]


def buckets(text: str, view: View = VIEW) -> list[int]:
    return sorted(grams(text, view).buckets.tolist())


def test_buckets_are_the_same_on_every_machine() -> None:
    """Shipped coefficients are read by these numbers: a change here needs every model trained again."""
    view = View(field="answer", words=(1, 2), chars=(3,), bits=16)
    assert grams("I can't. 42!", view).buckets.tolist() == EXPECTED


def test_case_quotes_blanks_and_digits_do_not_count() -> None:
    assert buckets("I can\u2019t  pay 15 EUR") == buckets("i can't pay 27 eur")


@given(st.text(max_size=300))
def test_places_lie_in_the_text(text: str) -> None:
    found = grams(text, VIEW)
    assert len(found.buckets) == len(found.starts) == len(found.ends)
    assert np.all(found.starts < found.ends) and np.all(found.ends <= len(text)) and np.all(found.starts >= 0)
    assert np.all((found.buckets >= 0) & (found.buckets < 1 << 16))


@given(st.text(max_size=60), st.text(max_size=60))
def test_only_head_and_tail_are_read(head: str, tail: str) -> None:
    view = View(field="answer", head=60, tail=60)
    start, end = head.ljust(60, "a"), tail.rjust(60, "b")
    assert buckets(start + "x" * 50 + end, view) == buckets(start + "y" * 70 + end, view)


@pytest.mark.parametrize("text", ["", "\ud800", "\x00" * 10, "ع" * 5000, "😀" * 5000, " " * 5000, "ß" * 10])
def test_odd_texts_are_hashed(text: str) -> None:
    assert len(grams(text, VIEW).buckets) >= 0


@given(st.lists(st.text(max_size=60), max_size=5))
def test_many_texts_have_the_buckets_of_each(texts: list[str]) -> None:
    found, of = buckets_of_many(texts, VIEW)
    for place, text in enumerate(texts):
        assert sorted(found[of == place].tolist()) == buckets(text.replace("\0", " "))
