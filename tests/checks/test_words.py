"""Word hashes against the words themselves."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import numpy as np
import pytest

from assay.checks.word_hashes import SLICE
from assay.checks.words import digests, hashed, inside, runs, shingles, words

ODD = [
    "",
    "?",
    "a",
    "A b",
    "it's",
    "5+3",
    "x_y",
    "Größe ẞ",
    "“quoted”—dash",
    "漢字かな",
    "สวัสดี",
    "🙂 ok",
    "نص عربي",
    "a\u00a0b",
    "\ud800",
    "é e\u0301",
    "a\0b",
]


def texts(seed: int) -> list[str]:
    dice = random.Random(seed)
    return [" ".join(dice.choices(ODD, k=dice.randrange(12))) for _ in range(200)]


def equal_as(hashes: Sequence[int], things: Sequence[object]) -> bool:
    """Whether hashes are equal where and only where the things are."""
    return len(set(hashes)) == len(set(things)) == len(set(zip(hashes, things, strict=True)))


@pytest.mark.parametrize("seed", range(5))
def test_words_and_hashes_say_the_same(seed: int) -> None:
    some = texts(seed)
    found = hashed(some)
    every = [words(text) for text in some]
    assert found.counts.tolist() == [len(own) for own in every]
    flat = [word for own in every for word in own]
    assert equal_as(found.hashes.tolist(), flat)
    assert hashed(some, 6).digits.tolist() == [word[0] in "0123456789" for word in flat]
    assert equal_as(digests(found).tolist(), [tuple(own) for own in every])


@pytest.mark.parametrize(("size", "step"), [(3, 2), (5, 4), (9, 5), (13, 1)])
@pytest.mark.parametrize("count", [0, 4, 8, 9, 10, 33, 100_003])
def test_runs_at_each_step(size: int, step: int, count: int) -> None:
    own = np.random.default_rng(count).integers(0, 1 << 64, count, dtype=np.uint64)
    assert runs(own, size, step).tolist() == runs(own, size)[::step].tolist()


def test_stems_keep_the_first_letters_of_plain_words() -> None:
    def same(one: str, other: str) -> bool:
        return hashed([one], 6).hashes.tolist() == hashed([other], 6).hashes.tolist()

    assert same("receives", "RECEIVED") and same("receivership", "receive")
    assert not same("receive", "receptor") and not same("12345678", "12345679") and not same("желтее", "желтеет")


def test_words_of_any_length() -> None:
    some = ["x" * n + end for n in range(70) for end in ("", "y", "z")]
    found = hashed(some)
    assert equal_as(found.hashes.tolist(), [one for one in some if one])
    assert len(set(hashed([" ".join(some)]).hashes.tolist())) == len(set(some) - {""})


@pytest.mark.parametrize("size", [1, 3, 8, 13])
def test_runs_and_shingles(size: int) -> None:
    some = texts(9)
    found = hashed(some)
    every = [words(text) for text in some]
    expected = [tuple(own[n : n + size]) for own in every for n in range(len(own) - size + 1)]
    own = runs(found.hashes, size)[inside(found.counts, size, len(found.hashes))]
    assert equal_as(own.tolist(), expected)
    grams, counts = shingles(found, size)
    assert counts.tolist() == [max(len(own) - size + 1, 1 if own else 0) for own in every]
    assert len(grams) == counts.sum()


def test_long_texts_are_hashed_like_short_ones() -> None:
    dice = random.Random(1)
    many = dice.choices([f"w{n}" for n in range(500)], k=200_000)
    one = hashed([" ".join(many)])
    parts = [hashed([word]).hashes[0] for word in many[:1000]]
    assert one.hashes[:1000].tolist() == parts
    assert len(one.hashes) == 200_000
    assert equal_as(one.hashes.tolist(), many)
    for size in (3, 13):
        assert np.array_equal(runs(one.hashes, size)[150_000:], runs(one.hashes[150_000:], size))


def test_a_word_longer_than_a_block_is_cut_alike_everywhere() -> None:
    word = "".join(random.Random(2).choices("abc", k=2 * SLICE + 5))
    alone, among = hashed([word]), hashed(["b", word, "c"])
    assert alone.counts.tolist() == [3]
    assert among.hashes[1:4].tolist() == alone.hashes.tolist()


def test_ascii_words_are_those_of_the_pattern() -> None:
    text = "".join(map(chr, range(128))) * 2
    assert words(text) == re.findall(r"[a-z0-9]+", text.lower())


def test_forms_of_letters_make_no_difference() -> None:
    assert words("ＦＵＬＬ") == ["full"]
    assert len(set(digests(hashed(["Straße", "STRASSE"])).tolist())) == 1
