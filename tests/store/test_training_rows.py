"""Shapes of training data: the same row however it was written."""

from __future__ import annotations

import random
from typing import Any

import pytest

from assay.domain.training import TrainingRow, Unfit
from assay.store.training_rows import row_of

ASKED, SAID = "What is the capital of France?", "Paris."
USER, BOT = {"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}
SAME: list[tuple[str, dict[str, Any]]] = [
    ("openai messages", {"messages": [USER, BOT]}),
    ("sharegpt", {"conversations": [{"from": "human", "value": ASKED}, {"from": "gpt", "value": SAID}]}),
    ("alpaca", {"instruction": ASKED, "input": "", "output": SAID}),
    ("prompt and completion", {"prompt": ASKED, "completion": SAID}),
    ("trl prompt and completion", {"prompt": [USER], "completion": [BOT]}),
    ("question and answer", {"question": ASKED, "answer": SAID}),
    ("instruction and response", {"instruction": ASKED, "response": SAID, "context": ""}),
    ("openai messages", {"messages": [{"role": "user", "content": [{"type": "text", "text": ASKED}]}, BOT]}),
]
WORSE = {"role": "assistant", "content": "Lyon."}
PAIRS: list[dict[str, Any]] = [
    {"prompt": ASKED, "chosen": SAID, "rejected": "Lyon."},
    {"prompt": [USER], "chosen": [BOT], "rejected": [WORSE]},
    {"chosen": [USER, BOT], "rejected": [USER, WORSE]},
    {"prompt": ASKED, "chosen": [USER, BOT], "rejected": [USER, WORSE]},
    {"prompt": ASKED, "chosen": BOT, "rejected": WORSE},
    {"chosen": f"\n\nHuman: {ASKED}\n\nAssistant: {SAID}", "rejected": f"\n\nHuman: {ASKED}\n\nAssistant: Lyon."},
    {"conversations": [{"from": "human", "value": ASKED}], "chosen": {"from": "gpt", "value": SAID}, "rejected": WORSE},
    {"prompt": ASKED, "response_a": "Lyon.", "response_b": SAID, "label": "b"},
    {"prompt": ASKED, "response_0": SAID, "response_1": "Lyon.", "better_response_id": 0},
    {"question": ASKED, "response_j": SAID, "response_k": "Lyon."},
]


def read(value: Any) -> TrainingRow:
    found = row_of(value, "a.jsonl", 1)
    assert isinstance(found, TrainingRow), found
    return found


@pytest.mark.parametrize(("form", "value"), SAME)
def test_one_conversation_in_all_forms_is_one_row(form: str, value: dict[str, Any]) -> None:
    row = read(value)
    assert (row.shape, row.form) == ("chat", form)
    assert (row.asked, row.answer, row.problems) == (ASKED, SAID, ())
    assert row.digest == read(SAME[0][1]).digest


@pytest.mark.parametrize("value", PAIRS)
def test_one_preference_in_all_forms_is_one_row(value: dict[str, Any]) -> None:
    row = read(value)
    assert row.shape == "preference"
    assert row.asked == ASKED
    assert [answer[0].content for answer in row.answers] == [SAID, "Lyon."]
    assert row.digest == read(PAIRS[0]).digest


def test_what_is_in_no_key_of_its_own_is_metadata() -> None:
    row = read({"messages": [USER, BOT], "source": "web", "metadata": {"licence": "CC0", "source": "inner"}, "x": None})
    assert dict(row.metadata) == {"source": "web", "licence": "CC0"}
    assert row.digest == read({"messages": [USER, BOT]}).digest


@pytest.mark.parametrize(
    ("value", "best"),
    [
        ({"prompt": "q", "answers": [{"answer": "b", "rank": 2}, {"answer": "a", "rank": 1}]}, ["a", "b"]),
        (
            {"instruction": "q", "completions": [{"response": "b", "score": 1}, {"response": "a", "score": 9}]},
            ["a", "b"],
        ),
        ({"prompt": "q", "responses": ["b", "a"], "scores": ["0.5", "0.7"]}, ["a", "b"]),
        ({"prompt": "q", "ranked_responses": ["a", "b"]}, ["a", "b"]),
    ],
)
def test_ranked_lists_come_best_first(value: dict[str, Any], best: list[str]) -> None:
    row = read(value)
    assert row.shape == "ranked"
    assert [answer[0].content for answer in row.answers] == best


def test_ratings_of_one_answer() -> None:
    assert read({"prompt": "q", "response": "a", "score": 4}).ratings == (4.0,)
    row = read({"prompt": "q", "completion": "a", "label": True})
    assert (row.shape, row.ratings) == ("rated", (1.0,))
    row = read({"prompt": "q", "response": "a", "rating": "4.5"})
    assert (row.ratings, row.problems) == ((4.5,), ("number_as_text",))
    assert read({"prompt": "q", "response": "a", "rating": "good"}).problems == ("rating_unreadable",)


def test_conversations_part_after_the_last_turn_of_the_user() -> None:
    tool = {"role": "tool", "content": "12", "tool_call_id": "c1"}
    call = {"role": "assistant", "content": None, "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 5, "b": 7}'}}]}  # fmt: skip
    row = read({"messages": [{"role": "system", "content": "s"}, USER, BOT, USER, call, tool, BOT], "tools": [
        {"type": "function", "function": {"name": "add", "parameters": {}}}]})  # fmt: skip
    assert [turn.role for turn in row.prompt] == ["system", "user", "assistant", "user"]
    assert [turn.role for turn in row.answers[0]] == ["assistant", "tool", "assistant"]
    assert row.answers[0][0].tool_calls[0].arguments == {"a": 5, "b": 7}
    assert row.tools == ({"name": "add", "parameters": {}},)


def test_hh_prompts_keep_their_turns() -> None:
    text = "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Why?\n\nAssistant:"
    row = read({"chosen": f"{text} Because.", "rejected": f"{text} No."})
    assert [(turn.role, turn.content) for turn in row.prompt] == [
        ("user", "Hi"),
        ("assistant", "Hello"),
        ("user", "Why?"),
    ]
    assert row.form == "hh transcript"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"messages": [{"role": "narrator", "content": "x"}, BOT]}, "unknown_role"),
        ({"messages": [{"role": "user", "content": 5}, BOT]}, "content_not_text"),
        ({"messages": [{"role": "user", "content": {"a": 1}}, BOT]}, "content_not_text"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}, BOT]}, "image_part"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}, BOT]}, "media_part"),
        ({"messages": [USER, BOT], "tools": "not json"}, "tools_unreadable"),
        ({"prompt": "q", "response_a": "x", "response_b": "y", "label": "tie"}, "no_preference"),
        ({"prompt": "q", "responses": ["x", "y"]}, "order_untold"),
    ],
)
def test_what_is_read_around_is_said(value: dict[str, Any], problem: str) -> None:
    assert read(value).problems == (problem,)


@pytest.mark.parametrize(
    "value", [{}, {"a": 1}, {"messages": ["x"]}, {"messages": [{"content": "x"}]}, 5, None, [1], {"chosen": 5, "rejected": 6},
              {"messages": []}, {"prompt": []}, {"chosen": [], "rejected": []}, {"messages": [{"role": 5}]}],
)  # fmt: skip
def test_what_is_no_row_is_no_crash(value: Any) -> None:
    found = row_of(value, "a.jsonl", 1)
    assert isinstance(found, Unfit) or not found.answer


@pytest.mark.parametrize("odd", [10**30, 1e308 * 10, {1: 2}, {None: 3}, b"bytes", {"x": {1, 2}}, object])
def test_what_json_cannot_say_has_a_digest(odd: Any) -> None:
    call = {"function": {"name": "f", "arguments": odd if isinstance(odd, dict) else {"x": odd}}}
    row = read(
        {"messages": [USER, {"role": "assistant", "tool_calls": [call]}], "tools": [{"name": "f", "parameters": odd}]}
    )
    assert row.digest.startswith("sha256:")


def test_random_values_never_crash() -> None:
    """Law: any JSON value gives a row or an Unfit, and a row's digest stays when keys change their order."""
    random.seed(5)
    keys = ["messages", "prompt", "chosen", "rejected", "role", "content", "from", "value", "tools", "rating", "responses",
            "ranks", "input", "text", "history", "context", "label", "tool_calls", "function", "system", "metadata"]  # fmt: skip

    def some(depth: int) -> Any:
        kind = random.randrange(8 if depth else 5)
        if kind < 5:
            return random.choice([None, True, 0, -1.5, "", "user", "text", "[1]", "\n\nHuman: a\n\nAssistant: b"])
        if kind == 5:
            return [some(depth - 1) for _ in range(random.randrange(3))]
        return {random.choice(keys): some(depth - 1) for _ in range(random.randrange(5))}

    for _ in range(5_000):
        value = {random.choice(keys): some(3) for _ in range(4)}
        found = row_of(value, "a", 1)
        if isinstance(found, TrainingRow):
            again = row_of(dict(reversed(value.items())), "b", 2)
            assert isinstance(again, TrainingRow)
            assert again.digest == found.digest
            assert isinstance(found.text + found.answer + found.asked, str)


def test_where_each_answer_stood_is_kept_where_a_label_or_scores_make_the_order() -> None:
    def places(**value: Any) -> tuple[int, ...]:
        row = row_of(value, "a", 1)
        assert isinstance(row, TrainingRow)
        return row.places

    assert places(prompt="q", response_a="x", response_b="y", label="a") == (0, 1)
    assert places(prompt="q", response_a="x", response_b="y", label="b") == (1, 0)
    assert places(prompt="q", responses=["x", "y", "z"], scores=[2, 1, 3]) == (2, 0, 1)
    assert places(prompt="q", response_a="x", response_b="y", label="tie") == ()
    assert places(prompt="q", chosen="x", rejected="y") == places(prompt="q", ranking=["x", "y"]) == ()
