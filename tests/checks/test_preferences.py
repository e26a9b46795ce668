"""Pairs, contradictions, raters, judges and tags: each defect is found, and what is near it is passed."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.check import Check
from assay.checks.contradictions import Contradictions, circles
from assay.checks.coverage import Coverage
from assay.checks.judge_leaks import JudgeLeaks, judge_words
from assay.checks.margins import Margins
from assay.checks.pairs import Pairs, alike
from assay.checks.raters import Raters
from assay.checks.shortcuts import Shortcuts
from assay.checks.sides import sides
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.store.training_files import TrainingFile
from assay.store.training_rows import row_of

LONG = "The river rises in the hills north of the town and flows past three old mills before it meets the grey sea."
REFUSAL = "I'm sorry, but I can't help with that request."


def pair(line: int, chosen: str, rejected: str, prompt: str = "", **more: Any) -> TrainingRow:
    """A row with two answers to a prompt of its own, or to the one given."""
    return TrainingRow(
        file="pairs.jsonl",
        line=line,
        shape="preference",
        prompt=(Message(role="user", content=prompt or f"What of number {line}?"),),
        answers=tuple((Message(role="assistant", content=text),) for text in (chosen, rejected)),
        digest=f"sha256:{line * 0x9E3779B97F4A7C15 % (1 << 64):016x}{line:048x}",
        **more,
    )


def read(line: int, **value: Any) -> TrainingRow:
    """A row as the reader makes it of a decoded object."""
    row = row_of(value, "pairs.jsonl", line)
    assert isinstance(row, TrainingRow)
    return row


def found(check: Check, rows: Iterable[TrainingRow]) -> list[Finding]:
    """All findings of a check on some rows."""
    for row in rows:
        check.add(row)
    return list(check.findings())


def told(check: Check, rows: Iterable[TrainingRow]) -> dict[str, list[int]]:
    """Lines that the findings of each code name."""
    return {one.code: list(one.where.get("lines", ())) for one in found(check, rows)}


def only(findings: Sequence[Finding], code: str) -> Finding:
    """The one finding of a code."""
    (one,) = (each for each in findings if each.code == code)
    return one


# Pairs


def test_twins_are_found_and_a_number_or_a_negation_makes_a_difference() -> None:
    rows = [
        pair(1, LONG, f"{LONG} \n"),
        pair(2, LONG, LONG.replace("old", "ancient")),
        pair(3, LONG, LONG.replace("three", "3")),
        pair(4, LONG, LONG.replace("flows", "never flows")),
        pair(5, "Yes.", "Yes!"),
        pair(6, LONG, LONG[:60]),
    ]
    assert told(Pairs(), rows) == {"preference.identical": [1], "preference.near_identical": [2]}


@given(st.text(max_size=200), st.text(max_size=200))
def test_likeness_does_not_depend_on_the_side(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one)


@pytest.mark.parametrize(
    ("rejected", "kind"),
    [
        ("", "empty"),
        ("...", "marks only"),
        ("and so on " * 30, "one run of 3 words over and over"),
        (REFUSAL, "refusal"),
        ("Это совсем другой язык, нежели язык вопроса.", "another script"),
    ],
)
def test_easy_negatives_are_found_with_their_kind(rejected: str, kind: str) -> None:
    one = only(found(Pairs(), [pair(1, LONG, rejected), pair(2, LONG, "It is a stream.")]), "preference.easy_negative")
    assert one.where["lines"] == [1]
    assert one.evidence["kinds"] == {kind: 1}
    assert one.severity == "low"


@pytest.mark.parametrize("rejected", ["No.", "Relevant", "Sorry, I mean the Rhine.", "Größe", "42", "👍"])
def test_short_answers_are_no_easy_negatives(rejected: str) -> None:
    assert not found(Pairs(), [pair(1, "Yes, it is.", rejected)])


@pytest.mark.parametrize(("easy", "severity"), [(5, "low"), (70, "medium"), (100, "high")])
def test_a_set_of_easy_negatives_weighs_more_than_a_few(easy: int, severity: str) -> None:
    rows = [pair(line, LONG, "..." if line <= easy else "A stream.") for line in range(1, 101)]
    one = only(found(Pairs(), rows), "preference.easy_negative")
    assert one.severity == severity
    assert one.evidence["said"][0].startswith(f"{easy:.1f} % of the 100 pairs")


def test_answers_to_other_prompts_are_found_unless_they_are_short_or_their_own() -> None:
    rows = [
        pair(1, LONG, "A stream."),
        pair(2, "Nine minutes.", LONG, "How long does an egg boil?"),
        pair(3, "Ten minutes.", "A stream.", "How long?"),
        pair(4, "It is a stream.", LONG, "What of number 1?"),
    ]
    assert told(Pairs(), rows) == {"preference.borrowed_negative": [2]}


def test_pairs_of_which_both_sides_are_bad_are_told_from_those_that_refuse() -> None:
    rows = [pair(1, "", " "), pair(2, REFUSAL, "I cannot help with this."), pair(3, REFUSAL, LONG)]
    assert told(Pairs(), rows) == {"preference.both_bad": [1], "preference.both_refuse": [2]}


def test_scores_are_held_against_the_order() -> None:
    def scored(line: int, chosen: Any, rejected: Any) -> TrainingRow:
        return read(
            line, prompt=f"q {line}", chosen=LONG, rejected="A stream.", score_chosen=chosen, score_rejected=rejected
        )

    rows = [scored(1, 3, 3), scored(2, "2", 4), scored(3, float("nan"), 1), scored(4, True, 2)]
    rows += [scored(line, 5, 1) for line in range(10, 40)] + [scored(50, 1.1, 1)]
    assert told(Pairs(), rows) == {
        "preference.tie": [1],
        "preference.against_score": [2],
        "preference.thin_margin": [50],
    }


@given(st.lists(st.floats(1e-300, 1e300), min_size=20, max_size=60))
def test_thin_margins_are_those_under_a_twentieth_of_the_median(margins: list[float]) -> None:
    check = Margins()
    for line, margin in enumerate(margins, 1):
        one = sides(pair(line, "a", "b", metadata={"score_chosen": margin, "score_rejected": 0.0}))
        assert one is not None
        check.add(one)
    expected = [line for line, margin in enumerate(margins, 1) if margin < 0.05 * float(np.median(margins))]
    assert [one.where["lines"] for one in check.findings()] == ([expected] if expected else [])


def test_ratings_that_are_all_the_same_are_said_and_others_not() -> None:
    def rated(values: Sequence[float]) -> list[TrainingRow]:
        return [read(line, prompt="q", response="a", rating=value) for line, value in enumerate(values, 1)]

    one = only(found(Pairs(), rated([5.0] * 99 + [1.0])), "preference.flat_ratings")
    assert one.message.startswith("99.0 % of 100 ratings are 5")
    assert not found(Pairs(), rated([5.0] * 80 + [1.0] * 20))
    assert not found(Pairs(), rated([5.0] * 10))


# Contradictions


def test_opposite_rows_and_cycles_are_found_and_chosen_here_rejected_there_is_not() -> None:
    rows = [
        pair(1, "a", "b", "q"),
        pair(2, "b", "a", "q"),
        pair(3, "x", "y", "p"),
        pair(4, "y", "z", "p"),
        pair(5, "z", "x", "p"),
        pair(6, "y", "w", "p"),
        pair(7, "b", "a", "another"),
        pair(8, "c", "c", "q"),
    ]
    assert told(Contradictions(), rows) == {"preference.contradiction": [1, 2], "preference.cycle": [3, 4, 5]}


@pytest.mark.parametrize("seed", range(4))
def test_what_lies_in_a_file_gives_the_findings_of_what_is_held(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    answers = [f"{LONG} It was told {n} times by the people of the valley." for n in range(9)]
    rows = [
        pair(
            n, *chance.sample(answers, 2), prompt=f"What of {chance.randrange(25)}?",
            metadata={"rater": chance.choice("xyz"), "score_chosen": 1 + chance.random() ** 9, "score_rejected": 1},
        )
        for n in range(1, 200)
    ]  # fmt: skip

    def every() -> list[Finding]:
        return [*found(Contradictions(), rows), *found(Pairs(), rows), *found(Raters(), rows)]

    held = every()
    codes = {one.code for one in held}
    assert {"contradiction", "cycle", "thin_margin", "rater_agreement"} <= {code.split(".")[1] for code in codes}
    for name, value in {"spool.PIECE": 16, "spool._WAITING": 7}.items():
        monkeypatch.setattr(f"assay.checks.{name}", value)
    for module in ("contradictions", "borrowed", "margins", "repeated_ratings"):
        monkeypatch.setattr(f"assay.checks.{module}._HELD", 0)
    for module in ("contradictions", "borrowed", "repeated_ratings"):
        monkeypatch.setattr(f"assay.checks.{module}.AT_ONCE", 10)
    assert every() == held


def test_rankings_count_neighbour_by_neighbour_and_ties_do_not() -> None:
    rows = [
        read(1, prompt="q", responses=["a", "b", "c"], scores=[3, 2, 1]),
        read(2, prompt="q", chosen="c", rejected="a"),
        read(3, prompt="p", responses=["a", "b"], scores=[1, 1]),
        read(4, prompt="p", chosen="b", rejected="a"),
    ]
    assert told(Contradictions(), rows) == {"preference.cycle": [1, 2]}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(6, 11)), max_size=30))
def test_preferences_that_all_go_one_way_never_form_a_circle(edges: list[tuple[int, int]]) -> None:
    better, worse = np.array([edge[0] for edge in edges], np.int64), np.array([edge[1] for edge in edges], np.int64)
    assert not any(each.any() for each in circles(better, worse))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda edge: edge[0] != edge[1]), max_size=20))
def test_a_preference_is_in_a_circle_where_a_way_leads_back(edges: list[tuple[int, int]]) -> None:
    better, worse = np.array([edge[0] for edge in edges], np.int64), np.array([edge[1] for edge in edges], np.int64)
    opposite, circular = circles(better, worse)
    for at, (one, other) in enumerate(edges):
        reached, last = {other}, set[int]()
        while reached != last:
            last, reached = reached, reached | {end for start, end in edges if start in reached}
        assert (opposite | circular)[at] == (one in reached)
        assert opposite[at] == ((other, one) in edges)


# Raters


def voted(line: int, votes: Any, label: str = "a", key: str = "votes", **more: Any) -> TrainingRow:
    return read(
        line, prompt=f"q {line}", response_a="Yes, it is.", response_b="No.", label=label, **{key: votes}, **more
    )


def test_agreement_is_told_with_limits_and_the_rows_without_one_voice_are_listed() -> None:
    rows = [voted(line, ["a", "a", "b"] if line % 4 == 0 else ["a"] * 3) for line in range(1, 41)]
    findings = found(Raters(), rows)
    one = only(findings, "preference.rater_agreement")
    assert one.message.startswith("3 votes a row (votes) agree in 83.3 % of their pairs [")
    assert one.severity == "info"
    assert one.evidence["ac1_limits"][0] < one.evidence["ac1"] < one.evidence["ac1_limits"][1]
    assert only(findings, "preference.disagreement").where["lines"] == list(range(4, 41, 4))
    assert only(findings, "preference.disagreement").evidence["kinds"] == {"2:1": 10}


def test_raters_that_agree_no_more_than_chance_are_of_medium_severity() -> None:
    chance = random.Random(1)
    rows = [voted(line, [chance.choice("ab") for _ in range(3)]) for line in range(1, 101)]
    assert only(found(Raters(), rows), "preference.rater_agreement").severity == "medium"


def test_a_label_against_the_majority_is_found_and_a_split_vote_is_not() -> None:
    rows = [
        voted(1, ["b", "b", "a"]),
        voted(2, ["a", "b", "tie"]),
        voted(3, ["b", "a"]),
        voted(4, [{"annotator": "x", "label": "B"}, {"annotator": "y", "label": "B"}], key="annotations"),
        voted(5, {"model": "b", "other": "b"}, key="judges"),
    ]
    assert told(Raters(), rows)["preference.against_majority"] == [1, 4]


def test_a_judge_of_both_orders_that_takes_the_first_place_is_named_and_a_steady_one_is_not() -> None:
    chance = random.Random(1)

    def both(lean: float) -> list[int]:
        wins = chance.choice((1, 2))
        return [1, 2] if chance.random() < lean else [wins, wins]

    rows = [voted(line, {"eager": both(0.3), "steady": both(0.0)}, key="judges") for line in range(1, 201)]
    one = only(found(Raters(), rows), "preference.rater_bias")
    assert one.evidence["rater"] == "eager"
    assert one.severity == "medium"
    assert one.evidence["limits"][0] < 0.3 < one.evidence["limits"][1]
    assert "leans towards the first place" in one.message


def named(line: int, chance: random.Random, lean: float) -> TrainingRow:
    """The label is a coin; `long` errs towards the longer answer more than towards the shorter one, `fair` alike."""
    answers = ["A river.", LONG] if chance.random() < 0.5 else [LONG, "A river."]
    label = chance.choice("ab")
    other = "b" if label == "a" else "a"
    longer = "a" if answers[0] == LONG else "b"
    says = {
        "long": other if chance.random() < (0.15 + lean if other == longer else 0.15) else label,
        "fair": other if chance.random() < 0.3 else label,
    }
    return read(line, prompt=f"q {line}", response_a=answers[0], response_b=answers[1], label=label, raters=says)


def test_a_rater_that_leaves_the_label_for_the_longer_answer_is_named() -> None:
    chance = random.Random(2)
    one = only(found(Raters(), [named(line, chance, 0.4) for line in range(1, 301)]), "preference.rater_bias")
    assert (one.evidence["rater"], one.evidence["leaning"]) == ("long", "longer")
    assert one.evidence["limits"][0] < 0.4 < one.evidence["limits"][1]


def test_raters_without_a_leaning_are_seldom_named() -> None:
    alarms = 0
    for seed in range(60):
        chance = random.Random(seed)
        findings = found(Raters(), [named(line, chance, 0.0) for line in range(1, 121)])
        alarms += any(one.severity != "info" for one in findings if one.code == "preference.rater_bias")
    assert alarms <= 8  # of 60 at .05, with a chance of .007 to exceed it


def test_a_rater_who_takes_the_first_place_more_than_the_others_is_named() -> None:
    def rows(lean: float) -> list[TrainingRow]:
        chance = random.Random(4)
        return [
            read(
                line, prompt=f"q {line}", response_a="One.", response_b="Two.", annotator_id=line % 4,
                label="a" if chance.random() < (lean if line % 4 == 0 else 0.5) else "b",
            )
            for line in range(1, 801)
        ]  # fmt: skip

    one = only(found(Raters(), rows(0.8)), "preference.rater_bias")
    assert (one.evidence["rater"], one.evidence["leaning"]) == ("0", "first")
    assert one.evidence["limits"][0] < 0.3 < one.evidence["limits"][1]
    clean = only(found(Raters(), rows(0.5)), "preference.rater_bias")
    assert clean.severity == "info" and clean.evidence["rows"] == 0
    assert 0.1 < clean.evidence["smallest"] < 0.25


def test_rows_that_judge_two_answers_again_are_held_against_each_other() -> None:
    rows = [read(2 * at, prompt=f"q {at}", chosen="a", rejected="b", annotator="x") for at in range(10)]
    rows += [
        read(2 * at + 1, prompt=f"q {at}", annotator="y", chosen=first, rejected=second)
        for at in range(10)
        for first, second in [("a", "b") if at < 7 else ("b", "a")]
    ]
    one = only(found(Raters(), rows), "preference.rater_agreement")
    assert one.evidence["percent"] == pytest.approx(0.7)
    assert (one.evidence["pairs_judged_again"], one.evidence["pairs_read"]) == (10, 10)
    assert not found(Raters(), rows[:10])


def test_of_very_many_pairs_judged_again_a_sample_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.checks.repeated_ratings.MOST_PAIRS", 40)
    monkeypatch.setattr("assay.checks.repeated_ratings.AT_ONCE", 50)
    rows = [
        read(n, prompt=f"q {n % 150}", chosen="ab"[n // 150], rejected="ba"[n // 150], rater="x") for n in range(300)
    ]
    one = only(found(Raters(), rows), "preference.rater_agreement")
    assert (one.evidence["pairs_judged_again"], one.evidence["pairs_read"]) == (150, 40)
    assert one.evidence["percent"] == 0.0


@pytest.mark.parametrize("votes", [None, [], "a", [None, {}], {}, {"x": [1, 2, 3]}, [float("nan")], [["a"]], 7])
def test_votes_that_cannot_be_read_are_passed_over(votes: Any) -> None:
    assert "preference.disagreement" not in told(Raters(), [voted(1, votes), voted(2, votes, key="judges")])


# Judges


@pytest.mark.parametrize(
    "text",
    [
        "Response A is better because it is complete.",
        "Assistant B provides a more helpful answer.",
        "My final verdict is: [[B]]",
        "Model 2 gives a clearer explanation.",
        "Both responses answer the question.",
    ],
)
def test_words_of_a_judge_are_found(text: str) -> None:
    assert judge_words(text)
    assert told(JudgeLeaks(), [pair(1, f"It rains. {text}", "No.")]) == {"preference.judge_words": [1]}


@pytest.mark.parametrize(
    "text",
    [
        "The answer is better than I hoped.",
        "Model A of the car is red.",
        "See [[Main page]] and [1].",
        "Vitamin A is better absorbed with fat.",
        "The response was helpful.",
        "Both of them are correct.",
    ],
)
def test_words_that_are_like_a_judges_are_passed(text: str) -> None:
    assert not told(JudgeLeaks(), [pair(1, f"It rains. {text}", "No.")])


def test_a_row_that_asks_for_a_verdict_may_have_one() -> None:
    row = pair(1, "Response A is better because it is complete.", "B.", "Compare these two responses.")
    assert not found(JudgeLeaks(), [row])


@pytest.mark.parametrize(("own", "severity"), [(0.9, "medium"), (0.5, "info")])
def test_a_judge_that_prefers_its_own_model_is_said_with_its_share(own: float, severity: str) -> None:
    rows = [
        read(
            line, prompt=f"q {line}", chosen="a", rejected="b", judge="Big",
            chosen_model="big" if line % 10 < 10 * own else "small",
            rejected_model="small" if line % 10 < 10 * own else "big",
        )
        for line in range(100)
    ]  # fmt: skip
    one = only(found(JudgeLeaks(), rows), "preference.own_model")
    assert one.severity == severity
    assert one.message.startswith(f"judge big prefers its own answers in {100 * own:.1f} % of 100 pairs")


# Tags


def test_tags_are_counted_and_thin_ones_named() -> None:
    rows = [
        read(line, prompt="q", chosen="a", rejected="b", category="maths" if line < 90 else "law", difficulty=1)
        for line in range(100)
    ]
    one = only(found(Coverage(), rows), "preference.coverage")
    assert one.evidence["tags"] == {"intent": {"maths": 90, "law": 10}, "difficulty": {"1": 100}}
    assert one.evidence["thin"] == {"intent law": 10}
    assert "no tag of risk" in one.message
    assert one.severity == "info"


def test_a_function_may_give_the_intent_but_the_rows_own_tag_wins() -> None:
    rows = [read(1, prompt="q", chosen="a", rejected="b", intent="law"), pair(2, "a", "b")]
    one = only(found(Coverage(lambda row: "guessed"), rows), "preference.coverage")
    assert one.evidence["tags"] == {"intent": {"law": 1, "guessed": 1}}


# All of them

EVERY = (Shortcuts, Pairs, Contradictions, Raters, JudgeLeaks, Coverage)


@pytest.mark.parametrize("make", EVERY, ids=lambda make: str(make.__name__))
def test_nothing_is_said_of_rows_that_prefer_nothing(make: type[Check]) -> None:
    rows = [
        read(1, messages=[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]),
        read(2, text="plain"),
        read(3, prompt="q"),
    ]
    assert not found(make(), rows)
    assert not found(make(), [])


@pytest.mark.parametrize("make", EVERY, ids=lambda make: str(make.__name__))
@pytest.mark.parametrize("piece", ["\ud800", "a", "response a is ", "sorry i "])
def test_odd_and_huge_answers_take_linear_time(make: type[Check], piece: str, linear: Callable[..., None]) -> None:
    def read(text: str) -> None:
        found(make(), [pair(1, text, "Fine."), pair(2, "Fine.", text), pair(3, text, text + " more")])

    read("")
    linear(read, piece)


@pytest.mark.skipif("ASSAY_SHARED" not in os.environ, reason="public sets: set ASSAY_SHARED")
def test_the_three_rows_of_pandalm_in_a_cycle_are_found_and_nothing_else() -> None:
    file = Path(os.environ["ASSAY_SHARED"], "data", "preference", "pandalm.jsonl")
    rows = [row for row in TrainingFile(str(file)).rows() if isinstance(row, TrainingRow)]
    assert told(Contradictions(), rows) == {"preference.cycle": [33, 128, 302]}
