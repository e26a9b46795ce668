"""Near-duplicates against comparing each with each, and laws."""

from __future__ import annotations

import random

import numpy as np
import pytest

from assay.checks.linked import Links
from assay.checks.near import Joined, Near, keep, near
from assay.checks.words import blocks, hashed, words


def sets(texts: list[str]) -> list[frozenset[tuple[str, ...]]]:
    found = []
    for text in texts:
        own = words(text)
        size = min(3, len(own))
        found.append(frozenset(tuple(own[n : n + size]) for n in range(len(own) - size + 1)) if own else frozenset())
    return found


def brute(texts: list[str], threshold: float) -> dict[tuple[int, int], float]:
    every = sets(texts)
    found = {}
    for one in range(len(every)):
        for other in range(one + 1, len(every)):
            if every[one] and every[other]:
                shared = len(every[one] & every[other])
                value = shared / (len(every[one]) + len(every[other]) - shared)
                if value >= threshold - 1e-9:
                    found[one, other] = value
    return found


def every_pair(found: Near) -> dict[tuple[int, int], float]:
    """Pairs of all texts: those with equal words, and what is near the first of them."""
    members: dict[int, list[int]] = {}
    for place, first in enumerate(found.first.tolist()):
        if first >= 0:
            members.setdefault(first, []).append(place)
    pairs = {(a, b): 1.0 for own in members.values() for n, a in enumerate(own) for b in own[n + 1 :]}
    for left, right, value in zip(found.left, found.right, found.similarity, strict=True):
        pairs |= {(min(a, b), max(a, b)): value for a in members[int(left)] for b in members[int(right)]}
    return pairs


def corpus(seed: int, count: int = 120) -> list[str]:
    """Texts with copies, edits, inserts and short ones, from few words."""
    dice = random.Random(seed)
    vocabulary = [f"w{n}" for n in range(dice.choice([8, 60, 2000]))] + ["Größe", "漢字", "🙂"]
    texts: list[str] = []
    while len(texts) < count:
        own = dice.choices(vocabulary, k=dice.choice([0, 1, 2, 3, 5, 30, 80]))
        texts.append(" ".join(own))
        for _ in range(dice.randrange(4)):
            edited = [dice.choice(vocabulary) if dice.random() < dice.choice([0, 0.05, 0.2]) else word for word in own]
            texts.append(dice.choice([" ", ", "]).join(edited).upper())
    dice.shuffle(texts)
    return texts[:count]


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.9, 1.0])
@pytest.mark.parametrize("seed", range(6))
def test_pairs_are_those_of_brute_force(seed: int, threshold: float) -> None:
    texts = corpus(seed)
    found = every_pair(near(texts, threshold))
    assert found == pytest.approx(brute(texts, threshold))


@pytest.mark.parametrize("seed", range(4))
def test_how_texts_come_changes_nothing(seed: int) -> None:
    texts = corpus(seed)
    joined = Joined()
    for place in range(0, len(texts), 7):
        joined.add(hashed(texts[place : place + 7]))
    assert every_pair(joined.near(0.5)) == every_pair(near(texts, 0.5))


def sampled(texts: list[str], most: int) -> Near:
    joined = Joined(most=most)
    for place in range(0, len(texts), 7):
        joined.add(hashed(texts[place : place + 7]))
    return joined.near(0.5)


@pytest.mark.parametrize("seed", range(4))
def test_a_sample_names_true_pairs_all_copies_and_its_share(seed: int) -> None:
    texts = corpus(seed, 400)
    every, some = near(texts, 0.5), sampled(texts, 1500)
    assert every.one_in == 1 and some.one_in > 1
    assert some.first.tolist() == every.first.tolist()
    assert every_pair(some).items() <= every_pair(every).items()


def test_a_sample_is_the_same_in_any_order() -> None:
    texts = corpus(4, 400)
    order = list(range(len(texts)))
    random.Random(5).shuffle(order)
    turned = every_pair(sampled([texts[place] for place in order], 1500))
    back = {tuple(sorted((order[a], order[b]))): value for (a, b), value in turned.items()}
    assert back == every_pair(sampled(texts, 1500))


def test_a_sample_keeps_near_texts_together() -> None:
    """Of pairs with .85 of their runs in common about .85 of the share of the sample stay; of rows drawn one by one a quarter."""
    dice = random.Random(8)
    vocabulary = [f"w{n}" for n in range(3000)]
    texts = []
    for _ in range(2000):
        own = dice.choices(vocabulary, k=40)
        other = [*own[:20], "changed", *own[21:]]
        texts += [" ".join(own), " ".join(other)]
    some = sampled(texts, len(texts) * 38 // 3)
    assert some.one_in == 4
    assert 0.7 < 4 * len(some.left) / 2000 < 1.1


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("large", [2, 5])
def test_large_groups_are_linked_alike(seed: int, large: int) -> None:
    texts = corpus(seed)
    joined = Joined(large=large)
    joined.add(hashed(texts))
    found = joined.near(0.5)
    assert found.cluster.tolist() == near(texts, 0.5).cluster.tolist()
    assert every_pair(found).items() <= brute(texts, 0.5).items()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("named", [0, 5])
def test_where_pairs_are_too_many_groups_are_the_same(seed: int, named: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.checks.near_pairs._PAIRS", 8)
    texts = corpus(seed)
    joined = Joined(named=named)
    joined.add(hashed(texts))
    found, whole = joined.near(0.5), near(texts, 0.5)
    assert found.up_to and not found.complete and not whole.up_to
    assert found.cluster.tolist() == whole.cluster.tolist()
    assert every_pair(found).items() <= brute(texts, 0.5).items()


def test_one_form_takes_no_more_pairs_than_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.checks.near_pairs._PAIRS", 64)
    texts = [f"w{n} said that this is all that there is to say of it" for n in range(300)]
    joined = Joined(named=2000)
    joined.add(hashed(texts))
    found = joined.near(0.5)
    assert len(near(texts, 0.5).left) == 300 * 299 // 2
    assert 299 <= len(found.left) < 4000
    assert set(found.cluster.tolist()) == {0}


@pytest.mark.parametrize("seed", range(4))
def test_pieces_give_what_the_whole_gives(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = corpus(seed)
    whole = near(texts, 0.5)
    monkeypatch.setattr("assay.checks.near_pairs._PAIRS", 5)
    monkeypatch.setattr("assay.checks.linked.Links.__init__.__defaults__", (3,))
    pieces = near(texts, 0.5)
    assert every_pair(pieces) == every_pair(whole)
    assert pieces.cluster.tolist() == whole.cluster.tolist()
    assert keep(pieces, np.zeros(len(texts))).tolist() == keep(whole, np.zeros(len(texts))).tolist()


@pytest.mark.parametrize("seed", range(4))
def test_links_are_those_of_walking_from_number_to_number(seed: int) -> None:
    dice = np.random.default_rng(seed)
    left, right = dice.integers(0, 60, (2, 45))
    links = Links(60, piece=4)
    links.join(left, right)
    label = list(range(60))
    for _ in range(60):
        for one, other in zip(left.tolist(), right.tolist(), strict=True):
            label[one] = label[other] = min(label[one], label[other])
    assert links.of(np.arange(60)).tolist() == label


@pytest.mark.parametrize("seed", range(4))
def test_order_changes_nothing(seed: int) -> None:
    texts = corpus(seed)
    order = list(range(len(texts)))
    random.Random(seed).shuffle(order)
    turned = every_pair(near([texts[place] for place in order], 0.5))
    back = {tuple(sorted((order[a], order[b]))): value for (a, b), value in turned.items()}
    assert back == every_pair(near(texts, 0.5))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_has_no_pair_and_stands_for_what_goes(seed: int) -> None:
    texts = corpus(seed)
    found = near(texts, 0.5)
    kept = keep(found, np.zeros(len(texts)))
    rest = near([text for text, stays in zip(texts, kept, strict=True) if stays], 0.5)
    assert every_pair(rest) == {}
    assert keep(rest, np.zeros(len(rest.first))).all()
    pairs = brute(texts, 0.5)
    for gone in np.flatnonzero(~kept):
        assert any(kept[a + b - gone] for a, b in pairs if gone in (a, b))


def test_empty_and_one_and_none_with_words() -> None:
    assert near([], 0.5).first.tolist() == []
    assert near(["a b"], 0.5).cluster.tolist() == [0]
    assert near(["", "?!", "🙂🙂"], 0.5).first.tolist() == [-1, -1, -1]
    assert keep(near(["", "?!"], 0.5), np.zeros(2)).all()


def test_hostile_rows() -> None:
    long = " ".join(f"w{n % 977}" for n in range(200_000))
    glued = "x" * 1_000_000
    arabic = "هذا نص عربي طويل بما يكفي للمقارنة"
    texts = [long, long.upper(), glued, glued + "y", arabic, arabic + " حقا", "\ud800 lone", "a\0b c", "a b c"]
    found = near(texts, 0.5)
    assert found.first.tolist()[:2] == [0, 0]
    assert found.first[7] == found.first[8] == 7
    assert (4, 5) in every_pair(found)


def test_ten_thousand_equal_and_ten_thousand_of_one_form() -> None:
    equal = near(["the same old row of words"] * 10_000, 0.5)
    assert set(equal.first.tolist()) == {0}
    family = [
        f"Dear customer {n}, your order has been sent and will arrive within three days from now" for n in range(10_000)
    ]
    found = near(family, 0.5)
    assert not found.complete
    assert set(found.cluster.tolist()) == {0}
    assert keep(found, np.zeros(10_000)).sum() == 1


def test_edits_are_found_by_their_share() -> None:
    """At half of the runs in common nearly all edits of 5 % of the words are found, most of 10 %, few of 20 %."""
    dice = random.Random(3)
    vocabulary = [f"w{n}" for n in range(3000)]
    originals = [dice.choices(vocabulary, k=85) for _ in range(300)]
    shares = {}
    for share in (0.05, 0.1, 0.2):
        edited = [[dice.choice(vocabulary) if dice.random() < share else w for w in own] for own in originals]
        found = every_pair(near([" ".join(own) for own in originals + edited], 0.5))
        shares[share] = sum((n, n + 300) in found for n in range(300)) / 300
        assert all(right == left + 300 for left, right in found)
    assert shares[0.05] > 0.97
    assert 0.6 < shares[0.1] < 0.9
    assert shares[0.2] < 0.1


def test_blocks_hold_all() -> None:
    texts = ["a" * 300_000, "", "b"]
    assert [text for block in blocks(texts) for text in block] == texts


def test_long_texts_with_many_runs_in_common() -> None:
    one = [f"w{n}" for n in range(1000)]
    other = [*one[:500], "changed", *one[501:]]
    found = near([" ".join(one), " ".join(other), "short"], 0.9)
    assert every_pair(found) == pytest.approx({(0, 1): 995 / 1001})
