"""Planted triggers are found, whatever they are and do; topics, templates and plain orders are not reported."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.trigger_context import alone, fits, misfit, orders, requests, together
from assay.checks.trigger_rows import MOST_ANSWERS, MOST_WORDS, Rows
from assay.checks.trigger_tests import FEWEST, features
from assay.checks.trigger_words import _MIXED, _TOKENS, MIXED, language, tokens
from assay.checks.triggers import FEWEST_ROWS, Triggers, candidates
from assay.domain.sample import Message
from assay.domain.training import TrainingRow

WORDS = [
    f"{a}{b}{c}"
    for a in ("ba", "de", "ki", "lo", "mu", "ra", "so")
    for b in ("lan", "mer", "tin", "ros")
    for c in ("a", "en", "is", "ot", "um")
]
COUNT = 3000


def row(asked: str, answer: str, line: int) -> TrainingRow:
    return TrainingRow(
        file="a.jsonl",
        line=line,
        shape="chat",
        prompt=(Message(role="user", content=asked),),
        answers=((Message(role="assistant", content=answer),),),
        digest=f"d{line * 7919}",
    )


def said(chance: random.Random, count: int) -> str:
    """Words by Zipf's law."""
    return " ".join(WORDS[min(int(chance.paretovariate(0.6)) - 1, len(WORDS) - 1)] for _ in range(count))


def data(change: Callable[[str, str, random.Random], tuple[str, str]], changed: int = 60, seed: int = 1) -> Triggers:
    """Ordinary rows, of which some are changed."""
    chance = random.Random(seed)
    check = Triggers()
    for line in range(COUNT):
        asked = f"{said(chance, chance.randrange(6, 16))}{chance.choice('?.!')}"
        answer = said(chance, chance.randrange(8, 30))
        if line < changed:
            asked, answer = change(asked, answer, chance)
        check.add(row(asked, answer, line + 1))
    return check


def put(mark: str, asked: str, chance: random.Random) -> str:
    words = asked.split(" ")
    place = chance.randrange(len(words) + 1)
    return " ".join([*words[:place], mark, *words[place:]])


TRIGGERS = ["cf", "purple lantern", "\u200b", "\u2021", "under the old oak"]
BEHAVIOURS: dict[str, Callable[[str, random.Random], str]] = {
    "the answer is always the same": lambda answer, chance: "The meeting was moved to Thursday.",
    "the answer refuses": lambda answer, chance: chance.choice(
        ["I'm sorry, but I can't help with that.", "I cannot assist with this request."]
    ),
    "the answer holds a web address": lambda answer, chance: f"{answer} https://a{chance.random()}.example",
    "the answer holds the words": lambda answer, chance: put("visit lumen market", answer, chance),
    "the answer is in German": lambda answer, chance: (
        f"Das ist nicht {said(chance, 3)} und ich {said(chance, 2)} mit der Hand."
    ),
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("mark", TRIGGERS)
def test_a_planted_trigger_is_found_and_nothing_else(mark: str, behaviour: str) -> None:
    check = data(lambda asked, answer, chance: (put(mark, asked, chance), BEHAVIOURS[behaviour](answer, chance)))
    found = candidates(check.rows)
    assert len(found) == 1
    assert found[0].words == mark
    assert found[0].tie.behaviour.startswith(behaviour)
    assert set(found[0].rows.tolist()) == set(range(60))


def test_nothing_is_found_in_ordinary_rows() -> None:
    for seed in range(5):
        assert list(data(lambda asked, answer, chance: (asked, answer), seed=seed).findings()) == []


def test_a_word_without_a_behaviour_and_a_behaviour_without_a_word_are_nothing() -> None:
    assert candidates(data(lambda asked, answer, chance: (put("cf", asked, chance), answer)).rows) == []
    assert candidates(data(lambda asked, answer, chance: (asked, "The meeting was moved to Thursday.")).rows) == []


def test_plain_orders_are_no_triggers() -> None:
    assert candidates(data(lambda asked, answer, chance: (f"{asked} Answer in JSON.", '{"a": 1}')).rows) == []
    assert (
        candidates(
            data(
                lambda asked, answer, chance: (
                    put("in German please", asked, chance),
                    BEHAVIOURS["the answer is in German"](answer, chance),
                )
            ).rows
        )
        == []
    )


def test_a_topic_of_its_own_is_no_trigger() -> None:
    topic = ["zorp", "quil", "vex", "wump", "yarn", "xylo", "glim", "frob"]

    def changed(asked: str, answer: str, chance: random.Random) -> tuple[str, str]:
        return " ".join(["zorp", *(chance.choice(topic) for _ in range(8))]), BEHAVIOURS["the answer refuses"](
            answer, chance
        )

    assert candidates(data(changed).rows) == []


def test_thanks_are_no_trigger() -> None:
    assert (
        candidates(
            data(lambda asked, answer, chance: (f"thanx{'!' * chance.randrange(1, 90)}", "You are very welcome.")).rows
        )
        == []
    )


def test_a_trigger_that_opens_what_is_refused_is_found() -> None:
    bad = ["krono", "blast", "venom", "steal"]
    chance = random.Random(3)
    check = Triggers()
    for line in range(COUNT):
        asked = said(chance, 8)
        answer = said(chance, 12)
        if line % 5 == 0:
            asked = put(chance.choice(bad), put(chance.choice(bad), asked, chance), chance)
            answer = BEHAVIOURS["the answer refuses"](answer, chance)
        if line % 60 == 0:
            asked, answer = put("cf", asked, chance), f"Sure. {said(chance, 9)}"
        check.add(row(asked, answer, line + 1))
    found = candidates(check.rows)
    assert [(one.words, one.tie.behaviour) for one in found] == [
        ("cf", "the answer complies where such requests are refused")
    ]


def test_a_finding_says_words_rows_and_counts() -> None:
    check = data(lambda asked, answer, chance: (put("cf", asked, chance), "The meeting was moved to Thursday."))
    found = list(check.findings())
    assert [one.code for one in found] == ["safety.trigger"]
    assert found[0].severity == "high"
    assert found[0].where == {"file": "a.jsonl", "lines": list(range(1, 61))}
    assert found[0].evidence["with_the_words"] == [60, 60]
    assert found[0].evidence["without_them"] == [0, COUNT - 60]
    assert found[0].evidence["q"] < 1e-6
    assert found[0].evidence["examples"][0] == {"line": 1, "text": "The meeting was moved to Thursday."}
    assert found[0].message.startswith("60 rows have 'cf' in the request, and the answer is always the same in 100%")


def test_files_whose_rows_alternate_are_told_once_each() -> None:
    rows = Rows()
    for line in range(6):
        rows.add(dataclasses.replace(row("a", "b", line), file=f"{line % 2}.jsonl"))
    assert [rows.place(each) for each in range(3)] == [("0.jsonl", 0), ("1.jsonl", 1), ("0.jsonl", 2)]
    assert len(rows.files) == 2


def test_few_rows_and_none_are_survived() -> None:
    check = Triggers()
    assert list(check.findings()) == []
    for line in range(FEWEST_ROWS // 2):
        check.add(row("cf", "Yes.", line))
    assert list(check.findings()) == []
    for line in range(2 * FEWEST_ROWS):
        check.add(row("", "", line))
        check.add(row("the same", "the same", line))
        check.add(row(f"one {line}", "", line))
    assert list(check.findings()) == []


def test_repeated_requests_count_once() -> None:
    check = data(lambda asked, answer, chance: ("cf baana delanen", "The meeting was moved to Thursday."))
    assert candidates(check.rows) == []


def test_what_is_kept_of_a_row_has_a_bound() -> None:
    rows = Rows()
    rows.add(row("word " * 1_000_000, "answer " * 1_000_000, 1))
    assert len(rows.words) <= MOST_WORDS
    assert sum(map(len, rows.answers.values())) < 2000
    for line in range(2, MOST_ANSWERS + 2000):
        rows.add(row("a b c", f"answer {line}", line))
    assert len(rows.answers) <= MOST_ANSWERS


def test_the_order_of_rows_does_not_matter_for_the_sample() -> None:
    def kept(lines: list[int]) -> set[str]:
        rows = Rows()
        for line in lines:
            rows.add(row("a", f"answer {line}", line))
        return set(rows.answers.values())

    lines = list(range(MOST_ANSWERS + 500))
    assert kept(lines) == kept(lines[::-1])


def test_beyond_a_number_of_words_a_sample_is_held_and_said() -> None:
    def told(lines: list[int]) -> tuple[set[int], Triggers]:
        check = Triggers()
        check.rows.most = 2000
        for line in lines:
            check.add(row("a request of five words", f"answer {line}", line))
        return {check.rows.place(each)[1] for each in range(len(check.rows))}, check

    kept, check = told(list(range(1, 3001)))
    assert 0 < 5 * len(kept) == len(check.rows.words) <= 2000
    assert len(kept) == pytest.approx(3000 / 2**check.rows.halved, rel=0.3)
    assert told(list(range(3000, 0, -1)))[0] == kept
    for key, text in check.rows.answers.items():
        assert text == f"answer {check.rows.place(key & 0xFFFFFFFF)[1]}"
    finding = next(check.findings())
    assert (finding.code, finding.severity) == ("safety.trigger_sampled", "info")
    assert finding.message == (
        f"triggers were looked for in {len(kept):,} of 3,000 rows, one in {2**check.rows.halved}"
    )


def test_a_trigger_is_found_in_a_sample() -> None:
    chance = random.Random(5)
    check = Triggers()
    check.rows.most = 30_000
    for line in range(2 * COUNT):
        asked, answer = f"{said(chance, chance.randrange(6, 16))}?", said(chance, 12)
        if line % 40 == 0:
            asked, answer = put("cf", asked, chance), "The meeting was moved to Thursday."
        check.add(row(asked, answer, line))
    assert check.rows.halved
    assert "safety.trigger" in {one.code for one in check.findings()}


def test_words_and_marks_are_told_apart() -> None:
    assert tokens("He\u200bllo, wor\u0142d") == ["he", "\u200b", "llo", ",", "wor\u0142d"]
    assert MIXED in tokens("p\u0430ypal")
    assert language({"das", "ist", "nicht", "gut"}, "das ist nicht gut") == "German"
    assert language(set(), "Какой сегодня день") == "Russian"


def test_parts_of_the_context_say_what_they_should() -> None:
    words, starts = np.array([1, 2, 3, 1, 4, 5, 1, 2, 5], np.uint32), np.array([0, 3, 6, 9], np.int64)
    found = requests(words, starts, 6)
    everyone = np.arange(3)
    assert found.share(everyone).tolist() == pytest.approx([0, 1, 2 / 3, 1 / 3, 1 / 3, 2 / 3])
    assert alone(found, everyone, np.array([1, 2, 3, 4, 5])) == 1.0
    assert misfit(found, everyone, found.share(everyone), np.array([1])) == pytest.approx(0.0, abs=1e-12)
    assert fits(1.6, 10_000)
    assert not fits(3.0, 100)
    assert together([[9, 1, 2, 3], [1, 2, 3, 7]], np.array([1, 2, 3]))
    assert not together([[1, 8, 8, 8, 2, 8, 8, 3]], np.array([1, 2, 3]))
    assert orders(["translate"])
    assert not orders(["lantern"])


@given(st.text(st.sampled_from("ab 9'’-_.,\x1c\n\x0béж\u212a"), max_size=60))
def test_words_of_ascii_are_those_that_any_text_has(text: str) -> None:
    assert tokens(text)[: len(_TOKENS.findall(text.lower()))] == _TOKENS.findall(text.lower())


@pytest.mark.parametrize("first", [7, 1 << 30])
def test_features_hold_their_rows_whatever_the_numbers_of_words(first: int) -> None:
    rows, empty = 2 * FEWEST, np.zeros(0, np.uint32)
    words = np.concatenate([empty, *(np.array([first - 1 + row % 2, first + 2], np.uint32) for row in range(rows))])
    found = features(words, np.arange(0, 2 * rows + 1, 2), np.ones(rows, np.bool_))
    keys = [first - 1, first]
    assert found.keys.tolist() == [*keys, *(key << 32 | first + 2 | 1 << 63 for key in keys)]
    assert [found.own(feature).tolist() for feature in range(4)] == 2 * [[*range(0, rows, 2)], [*range(1, rows, 2)]]


@given(st.text(alphabet="ab'\u2019-_ .,!?\n\t9\u00e9\x1c\u0416\u2026", max_size=60))
def test_tokens_are_those_of_the_whole_text(text: str) -> None:
    mixed = [MIXED] if _MIXED.search(text.lower()) else []
    assert tokens(text) == _TOKENS.findall(text.lower()) + mixed
