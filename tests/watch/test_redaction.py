from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.span import Arrived, Event, Span
from assay.scorers.personal import found
from assay.watch.redaction import SECRETS, Redaction, perhaps_secret

KEY = "sk-proj-Zq3vB8nM2kL9xW4rT7yU1aQ6"


def span(**more: Any) -> Span:
    return Span(trace="a" * 32, id="b" * 16, **{"name": "chat", **more})


def test_secrets_go_wherever_they_stand_and_are_counted() -> None:
    given = Arrived(
        spans=(
            span(
                name=f"call {KEY}",
                status=f"refused {KEY}",
                attributes={
                    "plain": "nothing",
                    "messages": f'[{{"content":"my key is {KEY} ok"}}]',
                    "nested": {"deep": [f"x {KEY}"]},
                    "db.password": "geheim",
                    "gen_ai.usage.output_tokens": 7,
                },
                events=(Event(name="exception", attributes={"exception.message": f"bad {KEY}"}),),
                resource={"deployment": KEY},
            ),
        ),
        logs=(Event(name="note", body={"text": f"use {KEY}"}, attributes={"authorization": "Basic abcdef"}),),
    )
    made = Redaction()(given)
    assert KEY not in repr(made)
    assert made.redacted == {"openai_key": 7, "named_secret": 2}
    attributes = made.spans[0].attributes
    assert attributes["messages"] == '[{"content":"my key is [redacted:openai_key] ok"}]'
    assert attributes["gen_ai.usage.output_tokens"] == 7
    assert attributes["plain"] == "nothing"


def test_what_holds_nothing_is_the_same_object() -> None:
    given = Arrived(spans=(span(attributes={"x": "An ordinary sentence about keys and passes.", "n": [1, "two"]}),))
    assert Redaction()(given) is given


@pytest.mark.parametrize(
    "text",
    [
        "The tokens were cheap today, 120 of them.",
        "gpt-4o-mini-2024-07-18",
        "antidisestablishmentarianism internationalisation",
        "Your password must have 12 characters.",
        "https://example.org/a/long/path/to/some/page.html?x=1",
        "00f067aa0ba902b700f067aa0ba902b7",
    ],
)
def test_near_misses_stay(text: str) -> None:
    assert Redaction().text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "password: Tr0ub4dor&3",
        'inside JSON: {\\"password\\": \\"Tr0ub4dor&3\\"}',
        "postgres://shop:Tr0ub4dor@db.internal/orders",
        "key sk-proj-Zq3v\u200bB8nM2kL9xW4rT7yU1aQ6 with something unseen in it",
        "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" * 4 + "\n-----END PRIVATE KEY-----",
    ],
)
def test_secrets_in_disguise_go(text: str) -> None:
    made = Redaction().text(text)
    assert "[redacted:" in made
    assert not any(part in made for part in ("Tr0ub4dor", "M2kL9xW4", "MIIEvQ"))


def test_personal_data_stay_unless_asked_for() -> None:
    text = "Mail ana.ruiz@posteo.de or call +41 71 526 99 04."
    assert Redaction().text(text) == text
    assert Redaction(personal=True).text(text) == "Mail [redacted:email] or call [redacted:phone]."
    assert Redaction(secrets=False).text("password: Tr0ub4dor&3") == "password: Tr0ub4dor&3"


WORDS = st.sampled_from(
    ["password", "pass", "secret", "key", "token", "pin", "api", "is", ":", "=", '"', " ", "\n", "4711", "hunter2Xy",
     "sk-", "AKIA", "://", "@", "kennwort", "пароль", "é", "Zq3vB8nM2kL9xW4rT7yU1aQ6", "-----BEGIN PRIVATE KEY-----"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=14).map("".join))
def test_the_gate_lets_no_secret_by(text: str) -> None:
    assert perhaps_secret(text) or not found(text, may=lambda plain, low: SECRETS)


@pytest.mark.parametrize("part", ["a", "password ", "://@", "key=", "sk-", '"', "\\", "é", "eyJ."])
def test_long_texts_take_linear_time(part: str, linear: Callable[..., None]) -> None:
    linear(Redaction().text, part)
