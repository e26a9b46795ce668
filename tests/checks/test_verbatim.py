"""Items inside texts against sets of runs of words, and sealed sets."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from assay.checks.item_runs import keyed
from assay.checks.verbatim import Verbatim, scan
from assay.checks.words import hashed, words
from assay.domain.errors import EvidenceError


def grams(text: str, size: int) -> set[tuple[str, ...]]:
    own = words(text)
    return {tuple(own[n : n + size]) for n in range(len(own) - size + 1)}


def brute(items: list[str], texts: list[str], share: float) -> dict[tuple[int, int], float]:
    found = {}
    for place, text in enumerate(texts):
        for number, item in enumerate(items):
            count = len(words(item))
            size, least = (13, share) if count >= 13 else (8, 1.0)
            own = grams(item, size)
            value = len(own & grams(text, size)) / len(own) if own else 0.0
            if count and words(text) == words(item):
                value = 1.0
            if value and value >= least - 1e-9:
                found[place, number] = value
    return found


def sets(seed: int) -> tuple[list[str], list[str]]:
    dice = random.Random(seed)
    vocabulary = [f"w{n}" for n in range(300)]
    items = [" ".join(dice.choices(vocabulary, k=dice.choice([0, 3, 8, 10, 12, 13, 20, 40]))) for _ in range(60)]
    items += [*items[:5], " ".join(items[8].split()[:15] + ["else"] * 3)]
    texts = []
    for _ in range(150):
        part = dice.choice(items).split()
        part = part[dice.choice([0, 0, 5]) : dice.choice([None, None, -5])]
        around = dice.choice([0, 0, 30])
        texts.append(
            ", ".join([*dice.choices(vocabulary, k=around), *part, *dice.choices(vocabulary, k=around)]).upper()
        )
    return items, texts


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_hits_are_those_of_sets(seed: int, share: float) -> None:
    items, texts = sets(seed)
    found = {(text, item): value for text, item, value in scan(Verbatim(items), texts, share)}
    assert found == pytest.approx(brute(items, texts, share))


@pytest.mark.parametrize("seed", range(3))
def test_any_run_of_thirteen(seed: int) -> None:
    items, texts = sets(seed)
    every = set().union(*(grams(item, 13) for item in items))
    assert Verbatim(items).touched(hashed(texts)).tolist() == [bool(grams(text, 13) & every) for text in texts]


@pytest.mark.parametrize("seed", range(4))
def test_disguised_texts_are_found_like_plain_ones(seed: int) -> None:
    items, texts = sets(seed)
    dice = random.Random(seed)
    ways: list[Callable[[str], str]] = [
        lambda text: text.translate(str.maketrans("wW", "ԝԜ")),
        lambda text: text.replace("0", "\u200b0\u0336").replace("1", "１"),
        lambda text: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text),
        lambda text: text.replace(", ", "_"),
    ]
    odd = [dice.choice(ways)(text) for text in texts]
    assert list(scan(Verbatim(items), odd)) == list(scan(Verbatim(items), texts))
    assert list(scan(Verbatim([dice.choice(ways)(item) for item in items]), odd)) == list(scan(Verbatim(items), texts))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 13, 14, 40])
def test_runs_in_one_text_and_across_two(size: int) -> None:
    words_of = [f"w{n}" for n in range(size)]
    every = set().union(*(grams(" ".join(words_of), 13),))
    for cut in range(size + 1):
        for before in range(6):
            pair = [" ".join(["x"] * before + words_of[:cut]), " ".join([*words_of[cut:], "y"])]
            found = Verbatim([" ".join(words_of)]).touched(hashed(pair)).tolist()
            assert found == [bool(grams(text, 13) & every) for text in pair]


def test_sealed_items_find_the_same() -> None:
    items, texts = sets(7)
    known = Verbatim(items)
    data = known.sealed()
    assert not any(item.encode() in data for item in items if item)
    assert list(scan(Verbatim.unsealed(data), texts)) == list(scan(known, texts))
    assert Verbatim.unsealed(data).sealed() == data


def test_two_seals_of_one_set_share_no_hash() -> None:
    known = Verbatim(["", "one two three four five six seven eight nine", " ".join(f"w{n}" for n in range(30))])
    one, other = (Verbatim.unsealed(known.sealed()) for _ in range(2))
    assert not set(one.whole.tolist()) & {*other.whole.tolist(), *known.whole.tolist()} - {0}
    assert one.whole.tolist().count(0) == known.whole.tolist().count(0) == 1


def test_keyed_hashes_are_one_for_one_as_far_as_can_be_seen() -> None:
    plain = np.arange(1, 100_001, dtype=np.uint64)
    made = keyed(plain, b"0123456789abcdef")
    assert len(np.unique(made)) == len(plain)
    assert keyed(plain, b"").tolist() == plain.tolist()
    ones = np.unpackbits(made.view(np.uint8)).mean()
    assert abs(ones - 0.5) < 0.002


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"{}", b"\x93NUMPY", Verbatim(["a b"]).sealed()[:200]])
def test_what_is_no_sealed_file_is_said_so(data: bytes) -> None:
    with pytest.raises(EvidenceError, match="sealed"):
        Verbatim.unsealed(data)


def test_nothing_against_nothing() -> None:
    assert list(scan(Verbatim([]), ["a b c"])) == []
    assert list(scan(Verbatim(["a b c", "", "🙂"]), [])) == []
    assert list(scan(Verbatim(["", "?!"]), ["", "🙂"])) == []


def test_hostile_texts() -> None:
    item = "هل يمكنك أن تخبرني كم عدد الكواكب التي تدور حول الشمس في نظامنا الشمسي اليوم"
    long = ("word " * 100_000) + item + (" more" * 100_000)
    assert [hit[:2] for hit in scan(Verbatim([item]), ["x" * 1_000_000, long, item + " 🙂"])] == [(1, 0), (2, 0)]
    assert len(list(scan(Verbatim([item]), [item] * 10_000))) == 10_000
