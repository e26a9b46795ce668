"""Characters exchanged one by one against folding the whole text."""

from __future__ import annotations

import random

import pytest

from assay.checks.folding import _folded, coded

PIECES = ["a", "B", " ", "-", "5", "é", "E\u0301", "ß", "’", "—", "🙂", "ﬁ", "漢", "カ", "ｶﾞ", "한", "\u1112\u1161", "İ"]
PIECES += ["Σ", "ς", "हिन्दी", "ا", "①", "Å", "\u00a8", "\u200b", "ไทย", "\ud800"]


def parted(data: bytes) -> list[bytes]:
    """What is left when case and what is no word are put aside."""
    kept = bytes(code if code >= 128 or chr(code).isalnum() else 32 for code in range(256))
    return data.lower().translate(kept).split()


@pytest.mark.parametrize("seed", range(20))
def test_one_by_one_is_as_all_at_once(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(300):
        text = "".join(dice.choices(PIECES, k=dice.randrange(14)))
        assert parted(coded(text)) == parted(_folded(text).encode()), ascii(text)


def test_every_character_of_the_first_plane() -> None:
    for code in range(128, 0x10000):
        if not 0xD800 <= code < 0xE000:
            text = f"x{chr(code)}y"
            assert parted(coded(text)) == parted(_folded(text).encode()), hex(code)


def test_long_and_many_different() -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 500)))
    assert len(parted(coded(text))) == 500
    assert coded("é" * 1_000_000) == ("é" * 1_000_000).encode()
