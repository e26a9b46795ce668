"""Personal data and secrets in rows: found by type and place, never shown."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from assay.checks.personal_data import IN_ANSWER, PersonalData
from assay.checks.private import MOST_VALUES, masked, private
from assay.checks.secrets import SECRETS, Secrets
from assay.domain.sample import Message, ToolCall
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.scorers.credentials import KEYS
from assay.scorers.identity import NUMBERS
from assay.scorers.labelled import LABELS

CARD, MAIL, PHONE = "4556 6019 3807 1755", "ana.ruiz@posteo.de", "+41 71 526 99 04"
TOKEN = "ghp_a8Fj2kLmQ9xTz7Rw4YbN3vCd5EgH1sUpQ2rT"


def row(asked: str, said: str, line: int = 1, **more: object) -> TrainingRow:
    return TrainingRow(
        file="a.jsonl",
        line=line,
        shape="chat",
        prompt=(Message(role="user", content=asked),),
        answers=((Message(role="assistant", content=said),),),
        **more,  # type: ignore[arg-type]
    )


def findings(check: PersonalData | Secrets, *rows: TrainingRow) -> dict[str, Finding]:
    for each in rows:
        check.add(each)
    return {finding.code: finding for finding in check.findings()}


def test_answer_that_tells_what_the_prompt_does_not_is_apart_and_worse() -> None:
    found = findings(PersonalData(), row("Who?", f"Pay with {CARD}."), row(f"Is {CARD} a card?", "It is.", 2))
    assert {code: (one.severity, one.where["lines"]) for code, one in found.items()} == {
        "privacy.card": ("high", [1]),
        "privacy.card_in_prompt": ("medium", [2]),
    }


@pytest.mark.parametrize("spelled", [CARD, CARD.replace(" ", "-"), CARD.replace(" ", "")])
def test_what_the_prompt_holds_is_no_leak_of_the_answer_however_it_is_written(spelled: str) -> None:
    found = findings(PersonalData(), row(f"My card is {CARD}", f"I have charged the card {spelled}."))
    assert list(found) == ["privacy.card_in_prompt"]
    assert found["privacy.card_in_prompt"].evidence["repeated_in_answers"] == 1


def test_what_the_context_holds_is_no_leak_of_the_answer() -> None:
    assert list(findings(PersonalData(), row("Who?", f"Mail {MAIL}", context=(f"Ana: {MAIL}",)))) == [
        "privacy.email_in_prompt"
    ]


def test_evidence_counts_kinds_and_values_and_tells_none() -> None:
    said = [f"Mail {MAIL} or call {PHONE}", f"Mail {MAIL}", "Mail jo@firma.ch", f"{CARD} is her card, SSN 311-95-9973"]
    found = findings(PersonalData(), *(row("Who?", text, line) for line, text in enumerate(said, 1)))
    assert found["privacy.email"].evidence["distinct_values"] == 2
    assert found["privacy.email"].evidence["kinds"] == {"email": 3}
    told = json.dumps([one.evidence for one in found.values()])
    assert "a***@p***.de" in told
    for part in ("ana", "ruiz", "posteo", "526", "6019", "3807", "9973", "firma"):
        assert part not in told


def test_secrets_are_critical_or_high_and_not_shown() -> None:
    found = findings(
        Secrets(),
        row("Push", f"git push https://x:{TOKEN}@github.com/a/b"),
        row("?", f"export GITHUB={TOKEN}", 2),
        row("?", "password: Tr0ub4dor&3", 3),
        row("?", "postgresql://admin:S3cr3tPw9@db.corp.net", 4),
    )
    severities = {code: one.severity for code, one in found.items()}
    assert severities["privacy.key"] == severities["privacy.connection"] == "critical"
    assert severities["privacy.password"] == "high"
    told = json.dumps([one.evidence for one in found.values()])
    assert TOKEN[5:12] not in told and "Tr0ub" not in told and "S3cr" not in told


@pytest.mark.parametrize(
    "text",
    [
        "Version 10.0.19041.1234 of 2021-03-04; ISBN 978-3-16-148410-0; 1,234,567 copies",
        "password = os.environ['PW']; api_key = 'YOUR_API_KEY'",
        "Write to support@company.com or call 1-800-273-8255",
        "",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert not findings(PersonalData(), row(text, text)) and not findings(Secrets(), row(text, text))


def test_arguments_of_tool_calls_are_read() -> None:
    call = ToolCall(name="pay", arguments={"card": CARD, "note": "her credit card"})
    said = Message(role="assistant", content="", tool_calls=(call,))
    paid = TrainingRow(
        file="a", line=1, shape="chat", prompt=(Message(role="user", content="Pay"),), answers=((said,),)
    )
    assert list(findings(PersonalData(), paid)) == ["privacy.card"]


def test_plain_text_is_learned() -> None:
    text = TrainingRow(file="a", line=1, shape="text", answers=((Message(role="assistant", content=f"Mail {MAIL}"),),))
    assert list(findings(PersonalData(), text)) == ["privacy.email"]


def test_every_type_of_the_scorer_has_a_family() -> None:
    types = {number.type for number in NUMBERS} | {label.type for label in LABELS} | {name for _, name, _ in KEYS}
    assert types <= IN_ANSWER.keys() | SECRETS.keys()
    assert not IN_ANSWER.keys() & SECRETS.keys()


@pytest.mark.parametrize(("said", "kind"), [("", "email"), ("@", "email"), ("x", "phone"), ("\ud800" * 9, "token")])
def test_masks_are_short_and_hold_at_most_the_first_character(said: str, kind: str) -> None:
    assert len(masked(said, kind)) <= 40
    assert masked("ana [at] posteo [dot] de", "email") == "a***"


def test_an_address_book_in_one_row_takes_linear_time(linear: Callable[..., None]) -> None:
    def book(addresses: int) -> TrainingRow:
        asked, said = (" ".join(f"{name}{number}@posteo.de" for number in range(addresses)) for name in ("a", "b"))
        return row(asked, said)

    def read(book: TrainingRow) -> None:
        assert set(findings(PersonalData(), book)) == {"privacy.email", "privacy.email_in_prompt"}

    linear(read, book, 8_000)


def test_web_addresses_hide_their_digits_and_are_no_find() -> None:
    assert private("See https://example.com/call/212-555-0187/x and tel. 212-555-0188")[0].type == "phone"
    assert len(private("See https://example.com/call/212-555-0187/x and tel. 212-555-0188")) == 1
    assert MOST_VALUES >= 1000
