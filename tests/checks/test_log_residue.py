"""Traces of real logs in texts: each kind found, what only looks like it left alone, nothing told again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from assay.checks.log_residue import LogResidue, form_of
from assay.checks.log_traces import traces
from assay.domain.sample import Message
from assay.domain.training import TrainingRow

IS = {
    "log_line": [
        "2024-03-01 10:22:31,120 [main] ERROR Payment failed", "2024-03-01T10:22:31.120Z INFO started",
        '203.0.113.9 - - [10/Oct/2023:13:55:36 -0700] "GET / HTTP/1.1" 200', "Mar  3 04:05:06 web01 sshd[812]: Accepted",
        "2024-03-01 10:22:31 | WARN | disk",
    ],
    "chat_log": ["12/03/2021, 14:05 - Ana Ruiz: are you there?", "[12:30:45] <jo>: hi", "[03.04.22, 10:11:12] Jo: hi"],
    "mail_header": [
        "From: Ana Ruiz\nSent: Tuesday, March 3, 2020 4:05 PM\nTo: Jo\nSubject: Re: invoice", "-----Original Message-----",
        "Von: Ana Ruiz\nGesendet: Dienstag, 3. März 2020 16:05\nAn: Jo", "Message-ID: <20200303.abc@mail.firma.ch>",
        "On Tue, Mar 3, 2020 at 4:05 PM Ana Ruiz <ana@posteo.de> wrote:",
    ],
    "ip_and_agent": ['203.0.113.9 "GET /" "Mozilla/5.0 (X11; Linux x86_64)"', "198.51.100.7 curl/8.1.2"],
    "session": ["session_id=9f8e7d6c5b4a39281706", "JSESSIONID=7A3F99B2C1D0E5F64B2A", '"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"'],
    "ticket": ["INC0012345 was closed", "Ticket #482913 is open", "Case number: 00482913", "##- Please type your reply above this line -##"],
    "signature": ["Thanks\nSent from my iPhone", "This e-mail and any attachments are confidential", "CONFIDENTIALITY NOTICE: this"],
    "internal_host": ["ssh db01.prod.corp", "on app-3.eu.internal again", r"see \\fs01\share\x", "ping nas2.local"],
    "mask": ["Dear <PERSON>, call <PHONE_NUMBER>", "NAME_1 said", "[REDACTED]", "[PERSON_3]", "SSN XXX-XX-1234"],
}  # fmt: skip
IS_NOT = [
    "The meeting is on 2024-03-01 at 10:22:31.", "Subject: Holiday\n\nDear [Your Name],\nFrom: here\nTo: there", "Ticket 45 costs $120000",
    "import com.example.internal.Service", "this.local = 3; self.internal(1)", "Mozilla/5.0 is a string of browsers", "In case: 5",
    "Best regards,\n[Name]", "12:30 - Lunch: soup", "session id = None", "request_id: string", "the INC file", "NAME_OF_THE_ROSE",
    "std::chrono 10:22:31", "the information is confidential", "http://printer.local/", "case 100000: return", "[EDITED]", "C:\\\\Users\\\\x",
    "2024-03-01 10:22:31 was the time", "session-management-and-cookies", "<address>", "git log --oneline",
]  # fmt: skip


def row(said: str, **metadata: object) -> TrainingRow:
    return TrainingRow(
        file="a.jsonl",
        line=1,
        shape="chat",
        prompt=(Message(role="user", content="Hi"),),
        answers=((Message(role="assistant", content=said),),),
        metadata=metadata,
    )


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in IS.items() for text in texts])
def test_traces_are_found(kind: str, text: str) -> None:
    for padded in (text, f"Some words before.\n{text}\nand é after."):
        assert kind in [trace.kind for trace, _, _ in traces(padded)]


@pytest.mark.parametrize("text", IS_NOT)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert not [trace.kind for trace, _, _ in traces(text)]


@pytest.mark.parametrize(
    ("said", "metadata", "code", "severity"),
    [
        ("INC0012345", {}, "privacy.log_residue", "medium"),
        ("INC0012345", {"generator": "gpt-4"}, "privacy.synthetic_log_residue", "high"),
        ("INC0012345", {"synthetic": False}, "privacy.log_residue", "medium"),
        ("NAME_1", {}, "privacy.mask", "low"),
        ("NAME_1", {"synthetic": True}, "privacy.synthetic_mask", "medium"),
    ],
)
def test_rows_that_say_they_are_synthetic_are_apart(
    said: str, metadata: dict[str, object], code: str, severity: str
) -> None:
    check = LogResidue()
    check.add(row(said, **metadata))
    (finding,) = check.findings()
    assert (finding.code, finding.severity, finding.where["lines"]) == (code, severity, [1])


def test_evidence_shows_form_and_tells_nothing() -> None:
    check = LogResidue()
    check.add(row("Ticket #482913\n" + IS["mail_header"][0]))
    check.add(replace(row("Ticket #482914"), line=2))
    (finding,) = check.findings()
    assert finding.evidence["kinds"] == {"mail_header": 1, "ticket": 2}
    told = json.dumps(finding.evidence)
    assert "xxxxxx #000000" in told and "48291" not in told and "Ana" not in told
    assert len(form_of("9" * 1000)) == 80


@pytest.mark.parametrize(
    "piece",
    ["a", "1", "0:00:00 ", "\\\\a", "From: x\n", "session_id=", "db1.", "-" * 5, "> ", "[NAME_", "ticket ", "1.1.1.1 "],
)
def test_time_grows_with_length_alone(piece: str, linear: Callable[..., None]) -> None:
    linear(lambda text: list(traces(text + "Sent REDACTED session corp .corp Mozilla/ ticket wrote:")), piece)
