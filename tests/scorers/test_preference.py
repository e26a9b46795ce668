"""The preference's own part: what it asks, how it reads both orders, and how the rule fares on published verdicts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.asking import AskingScorer, ComparingScorer
from assay.domain.digest import digest
from assay.domain.errors import PlanError
from assay.domain.sample import Message, Sample, ToolCall
from assay.domain.trial import Failure, Output
from assay.registry import scorer, scorer_digest
from assay.scorers.contest import FRAME
from assay.scorers.judged import read
from assay.scorers.preference import Preference
from assay.testing import check_scorer
from assay.testing.conformance import HOSTILE

MADE = Preference(url="http://127.0.0.1:9/v1", model="m", rubric="It follows the request.")
SAMPLE = Sample(id="1", input=(Message(role="system", content="Be brief."), Message(role="user", content="Hi")))
OLD, NEW = Output(text="What?"), Output(text="Hello!")
ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("ASSAY_SHARED", ROOT / "shared"))


def said(letter: str) -> Output:
    return Output(text=json.dumps({"reason": "so", "better": letter}))


def test_it_keeps_the_promises_of_a_scorer() -> None:
    check_scorer(MADE)
    assert isinstance(MADE, ComparingScorer) and not isinstance(MADE, AskingScorer)
    assert scorer({"type": "preference", "url": MADE.url, "model": "m", "rubric": MADE.rubric}) == MADE


def test_a_changed_frame_is_a_new_version() -> None:
    assert (MADE.version, digest([FRAME])[7:19]) == ("1", "a718c903de4b")


def test_all_that_decides_is_in_the_digest() -> None:
    changes: list[dict[str, Any]] = [
        {"rubric": "It is kind."}, {"model": "n"}, {"url": "http://127.0.0.1:8/v1"}, {"repeats": 2},
        {"show_target": True}, {"metric": "style"},
    ]  # fmt: skip
    assert len({scorer_digest(MADE), *(scorer_digest(replace(MADE, **change)) for change in changes)}) == 7


def test_the_orders_differ_in_place_and_mark_only() -> None:
    sample = replace(SAMPLE, context=("Rule 7.",), target="Hello")
    old = replace(OLD, text="<think>rude?</think>What?", context=("Found 1.",))
    new = replace(NEW, tool_calls=(ToolCall(name="wave", arguments={}),))
    first, swapped = (ask.sample.messages for ask in MADE.contest(sample, old, new))
    assert first[0] == swapped[0] and MADE.rubric in first[0].content
    assert first[1].content.index("What?") < first[1].content.index("Hello!")
    assert swapped[1].content.index("What?") > swapped[1].content.index("Hello!")
    assert "passage of answer A" in first[1].content and "passage of answer B" in swapped[1].content
    assert "tool call of answer B" in first[1].content and "rude?" not in first[1].content
    assert "expected answer" not in first[1].content and "Be brief." in first[1].content


VALUES = {("A", "B"): (0.0, "same"), ("B", "A"): (1.0, "same"), ("tie", "tie"): (0.5, "same"),
          ("A", "A"): (0.5, "first"), ("B", "B"): (0.5, "second"), ("A", "tie"): (0.5, "first"),
          ("tie", "A"): (0.5, "first"), ("B", "tie"): (0.5, "second"), ("tie", "B"): (0.5, "second")}  # fmt: skip


@pytest.mark.parametrize("letters", VALUES)
def test_every_pair_of_verdicts_has_one_meaning(letters: tuple[str, str]) -> None:
    found = MADE.winner(SAMPLE, OLD, NEW, [said(one) for one in letters])
    assert tuple(one.value for one in found) == VALUES[letters]


@given(st.lists(st.sampled_from(["A", "B", "tie", "?"]), min_size=6, max_size=6))
def test_exchanging_the_subjects_turns_the_value_round(letters: list[str]) -> None:
    made = replace(MADE, repeats=3)
    replies = [Output(text="hm") if one == "?" else said(one) for one in letters]
    mine, order = made.winner(SAMPLE, OLD, NEW, replies)
    other, same = made.winner(SAMPLE, NEW, OLD, [*replies[3:], *replies[:3]])
    assert order.value == same.value and mine.unscored == other.unscored
    assert mine.value is None or float(mine.value) + float(other.value or 0.0) == 1.0


@pytest.mark.parametrize("place", [0, 1])
def test_a_reply_that_says_nothing_leaves_no_value(place: int) -> None:
    replies: list[Output | Failure] = [said("A"), said("B")]
    replies[place] = Failure(cause="timeout", message="late")
    assert {one.unscored for one in MADE.winner(SAMPLE, OLD, NEW, replies)} == {"judge_timeout"}


@given(st.text(max_size=300))
def test_no_text_but_the_object_names_a_winner(text: str) -> None:
    found = read(Output(text=text), "A/B/tie")
    assert (found.value is None) == bool(found.cause) and (found.value is None or "{" in text)


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 1_000_000, "\ud800 half", "<think>never"])
@pytest.mark.parametrize("turned", [False, True])
def test_hostile_answers_are_asked_about_soundly_or_unscored_with_a_cause(text: str, turned: bool) -> None:
    pair = (OLD, Output(text=text)) if not turned else (Output(text=text), OLD)
    asks = MADE.contest(SAMPLE, *pair)
    mine, _ = MADE.winner(SAMPLE, *pair, ())
    assert mine.value is None and bool(asks) == (mine.unscored == "not_judged")
    for ask in asks:
        ask.sample.messages[1].content.encode("utf-8")


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_answer_can_close_its_mark_or_open_another(one: str, other: str) -> None:
    for ask in MADE.contest(SAMPLE, Output(text=one), Output(text=other)):
        shown = ask.sample.messages[1].content
        code = shown.split("<<< answer A ", 1)[1].split("\n", 1)[0]
        assert code not in one and code not in other and shown.count(code) == 8


@pytest.mark.parametrize("change", [{"metric": "refusal"}, {"metric": "sentiment"}, {"rubric": " "}, {"repeats": 0},
                                    {"url": "http://host/v1?key=1"}])  # fmt: skip
def test_wrong_settings_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(PlanError):
        replace(MADE, **change)


def test_another_name_is_a_metric_like_it() -> None:
    mine, told = replace(MADE, metric="style").metrics()
    assert (mine.name, mine.yardstick, mine.diagnostic, told.name, told.kind) == (
        "style", 0.5, True, "style_orders", "label"
    )  # fmt: skip


@pytest.mark.skipif(not (SHARED / "data/preference/llmbar.jsonl").exists(), reason="needs ASSAY_SHARED")
def test_the_rule_of_both_orders_on_published_verdicts() -> None:
    command = [sys.executable, str(ROOT / "train/measure_preference.py"), "--shared", str(SHARED)]
    done = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    page = (ROOT / "docs/scorers/preference.md").read_text(encoding="utf-8")
    rows = [line for line in done.splitlines() if line.startswith("| ")]
    assert len(rows) == 16
    assert all(line in page for line in rows)
    named = {line.split(" | ")[0]: [float(cell) for cell in line.strip("| ").split(" | ")[2:]] for line in rows[1:]}
    for one, (single, decided, right, changed, _) in named.items():
        assert decided + changed == pytest.approx(1.0, abs=0.002), one
        assert single == pytest.approx(decided * right + changed / 2, abs=0.002), one
