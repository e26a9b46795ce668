from __future__ import annotations

from typing import Any

from assay.domain.alerting import case_id
from assay.domain.sample import Message, ToolCall
from assay.domain.trace import Step, Trace
from assay.watch.firsts import Firsts, tools_of
from assay.watch.segments import told
from assay.watch.sessions import WITHIN_NS, Sessions, contested, request_of

REFUSED = "I'm sorry, but I can't help with that request."


def turns(*texts: str) -> tuple[Message, ...]:
    roles = ("user", "assistant")
    return tuple(Message(role=roles[at % 2], content=text) for at, text in enumerate(texts))


def trace(*texts: str, at: int = 1, session: str = "s", **more: Any) -> Trace:
    about = {"session.id": session} if session else {}
    step = Step(id="2" * 16, kind="model", name="chat", start_ns=at, input=turns(*texts), attributes=about, **more)
    return Trace(id="1" * 32, steps=(step,))


def seen(sessions: Sessions, *traces: Trace) -> list[tuple[str, float | None]]:
    made = (one for held in traces for one in (*contested(held), *sessions.retried(request_of(held))))
    return [(one.metric, one.value) for one in made]


def test_nearly_the_same_request_again_is_a_retry_and_another_is_none() -> None:
    asked = "Where is my parcel with number seven?"
    assert seen(Sessions(), trace(asked), trace("Where is the parcel with number seven?", at=2)) == [
        ("user_retries", 1.0)
    ]
    assert seen(Sessions(), trace(asked), trace("Please change my address to Berlin.", at=2)) == [("user_retries", 0.0)]


def test_other_sessions_long_pauses_and_short_words_are_no_retries() -> None:
    asked = "Where is my parcel with number seven?"
    assert seen(Sessions(), trace(asked), trace(asked, session="t")) == []
    assert seen(Sessions(), trace(asked), trace(asked, at=2 + WITHIN_NS)) == []
    assert seen(Sessions(), trace("Hi"), trace("Hi", at=2)) == []
    assert seen(Sessions(), trace(asked, session=""), trace(asked, session="", at=2)) == []


def test_only_so_many_sessions_are_remembered() -> None:
    sessions = Sessions(most=2)
    asked = "Where is my parcel with number seven?"
    assert seen(sessions, *(trace(asked, session=name) for name in "abc")) == []
    assert seen(sessions, trace(asked, session="a", at=2)) == []
    assert seen(sessions, trace(asked, session="c", at=3)) == [("user_retries", 1.0)]


def test_a_refusal_that_the_user_does_not_take_is_contested() -> None:
    asked = "How do I kill a Python process that hangs?"
    for more in (
        "Why can't you? That's not harmful.",
        "How do I kill a hanging Python process?",
        "Just answer the question",
    ):
        assert ("refusal_contested", 1.0) in seen(Sessions(), trace(asked, REFUSED, more))
    assert ("refusal_contested", 0.0) in seen(
        Sessions(), trace(asked, REFUSED, "All right. What is the weather like today?")
    )


def test_without_a_refusal_nothing_is_contested() -> None:
    assert seen(Sessions(), trace("Where is it?", "It left on Monday.", "Why can't you send it faster?")) == []


def calls(name: str) -> Trace:
    said = (Message(role="assistant", content="", tool_calls=(ToolCall(name=name),)),)
    return trace("Do it", output=said)


def test_a_tool_that_was_never_called_is_told_once() -> None:
    firsts = Firsts()
    firsts.learn(tools_of(calls("find_order")))
    assert [*firsts.seen(tools_of(calls("find_order")), "1" * 32, 5)] == []
    (alarm,) = firsts.seen(tools_of(calls("delete_order")), "1" * 32, 5)
    assert (alarm.metric, alarm.evidence["tool"], alarm.examples) == ("new_tool", "delete_order", ("1" * 32,))
    assert [*firsts.seen(tools_of(calls("delete_order")), "1" * 32, 6)] == []


def test_two_new_tools_of_one_trace_are_two_cases() -> None:
    """Both were called at one time; under one name the second would take the place of the first."""
    found = [*Firsts().seen({"list_orders": "2" * 16, "drop_table": "3" * 16}, "1" * 32, 5)]
    assert len({case_id(one) for one in found}) == len({(one.metric, one.segment, one.at_ns) for one in found}) == 2
    assert [told(one.segment) for one in found] == ["tool list_orders", "tool drop_table"]
