"""Texts folded all at once against each folded by itself, and what is one word however it is written."""

from __future__ import annotations

import random
import unicodedata
from itertools import pairwise

import numpy as np
import pytest

from assay.checks import folding
from assay.checks.folding import _SLICE, Together, coded, together
from assay.checks.words import words

PIECES = [
    *"aB -5éßẞ’—🙂ﬁ漢カ한İΣςا①Å½ⓗ𝐱𝟕ᾳ",
    "E\u0301",
    "ｶﾞ",
    "\u1112\u1161",
    "\u00a8",
    "हिन्दी",
    "ไทย",
    "\u200b",
    "\u00ad",
]
PIECES += [
    "\u0928\u093c",
    "\u094d\u093c",
    "\u0e01\u0e33",
    "\u0627\u0654\u0651\u064e",
    "\u09c7\u09be",
    "カ\u3099",
    "\u11a8",
]
PIECES += ["\ud800", "\0", "\u0430", "\u0336", "\u0345", "\U000e0041"]
PLANET = "which planet of our solar system is the largest one and how many moons has it got"


def parted(data: bytes) -> list[bytes]:
    """What is left when case and what is no word are put aside."""
    kept = bytes(code if code >= 128 or chr(code).isalnum() else 32 for code in range(256))
    return data.lower().translate(kept).split()


def texts_of(found: Together) -> list[list[bytes]]:
    """The words of each text."""
    begins = [0, *found.ends.tolist()]
    result = []
    for begin, end in pairwise(begins):
        own = sorted({begin, end, *found.cuts[(found.cuts > begin) & (found.cuts < end)].tolist()})
        result.append([word for a, b in pairwise(own) for word in parted(bytes(found.buffer[a:b]))])
    return result


@pytest.mark.parametrize("seed", range(20))
def test_all_at_once_is_as_one_by_one(seed: int) -> None:
    dice = random.Random(seed)
    texts = ["".join(dice.choices(PIECES, k=dice.randrange(14))) for _ in range(300)]
    expected = [parted(coded(text)) for text in texts]
    assert texts_of(together(texts)) == expected
    assert [texts_of(together([text]))[0] for text in texts] == expected


@pytest.mark.parametrize("text", ["हिन्दी में लिखा वाक्य, ज़्यादा", "اللُّغَةُ العَرَبِيَّةُ", "বাংলা ভাষা", "தமிழ் மொழி"])
def test_no_text_of_vowel_signs_is_folded_by_itself(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "_mended", None)
    assert texts_of(together([text])) == [parted(coded(text))]


def test_every_character() -> None:
    """Of those that nobody has taken, and of letters that are made of nothing else, every sixteenth."""
    every = map(chr, [*range(128, 0xD800), *range(0xE000, 0x32000), *range(0xE0000, 0xE0200)])
    texts = [
        f"x{one}y"
        for number, one in enumerate(every)
        if number % 16 == 0 or unicodedata.category(one) not in ("Lo", "Cn", "Co") or unicodedata.decomposition(one)
    ]
    for text, own in zip(texts, texts_of(together(texts)), strict=True):
        assert own == parted(coded(text)), ascii(text)


def test_a_text_longer_than_what_is_looked_at_at_once() -> None:
    for before in range(4):
        text = "x" * (_SLICE - before) + "é漢\u0430\u200b𝐱½"
        assert texts_of(together(["é", text, "e\u0301"])) == [[b"e"], parted(coded(text)), [b"e"]]


def test_nothing_and_nothing_beyond_ascii() -> None:
    assert texts_of(together([])) == []
    assert texts_of(together(["", "a b", "\0"])) == [[], [b"a", b"b"], []]
    assert together(["a b"]).ends.tolist() == [4]


def test_scripts_without_blanks() -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 500)))
    assert len(texts_of(together([text]))[0]) == 500
    assert words("漢字abcカ") == ["漢", "字", "abc", "カ"]


def test_accents_make_no_difference_however_they_are_written() -> None:
    for code in [*range(0xC0, 0x250), *range(0x370, 0x530), *range(0x1E00, 0x2000)]:
        one = chr(code)
        assert words(f"x{unicodedata.normalize('NFD', one)}") == words(f"x{one}"), hex(code)


def _instead(letters: str, others: str) -> str:
    return PLANET.translate(str.maketrans(letters, others))


@pytest.mark.parametrize(
    "text",
    [
        _instead("aceopsxyi", "асеорѕхуі"),
        _instead("aeov", "αεον"),
        "".join(chr(ord(one) + 0xFEE0) if one != " " else "\u3000" for one in PLANET),
        "".join(chr(ord(one) - 97 + 0x1D41A) if one != " " else " " for one in PLANET),
        "\u200b".join(PLANET),
        "\u00ad".join(PLANET),
        "".join(f"{one}\u0336" for one in PLANET),
        "".join(f"{one}\u0301\u0323" for one in PLANET),
        "".join(chr(ord(one) - 97 + 0x24D0) if one != " " else " " for one in PLANET),
        PLANET.replace("a", "á").replace("o", "ö"),
        PLANET.replace(" ", "_"),
        PLANET.replace(" ", "-"),
    ],
)
def test_disguises(text: str) -> None:
    assert words(text) == PLANET.split()
    assert texts_of(together([text.replace("_", "-")])) == [PLANET.encode().split()]


def test_words_of_one_script_stay_apart() -> None:
    other = ["да", "нет", "λόγος", "شمس", "שמש", "हिन्दी", "한국어"]
    assert len({tuple(words(text)) for text in other}) == len(other)
    assert words("ΣΊΣΥΦΟΣ") == words("Σίσυφος")


def test_giant_texts() -> None:
    assert coded("é" * 1_000_000) == b"e" * 1_000_000
    found = together(["é" * 1_000_000])
    assert len(found.buffer) == 1_000_017 and found.ends.tolist() == [1_000_001]
    assert np.frombuffer(found.buffer, np.uint8).max() < 128
