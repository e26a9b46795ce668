from __future__ import annotations

import asyncio
import contextlib
import email
import email.message
import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from assay.domain.alerting import Case, Channel, Notice
from assay.domain.errors import ConfigurationError
from assay.domain.watched import Alarm
from assay.interfaces.alert_channels import send_of
from assay.report import alerts
from assay.watch.posting import signed_by
from assay.watch.senders import Mailer, without

HOUR = 3600 * 10**9
EVIL = "<!channel> \u202e\x1b[31m\r\nBcc: eve@example.org"


def notice(**changed: Any) -> Notice:
    about = Alarm(
        metric="refusal", segment=(("route", EVIL),), at_ns=12 * HOUR, since_ns=10 * HOUR, since_low_ns=9 * HOUR,
        since_high_ns=11 * HOUR, before=0.02, now=0.06, low=0.04, high=0.08, n=500, detector="test", severity="high",
        changed=(f"served: 'a' -> '{EVIL}'",),
    )  # fmt: skip
    case = Case(id="c0ffee0001", alarm=about, state="open", at="1970-01-01T12:00:00Z", owner="Ana")
    return replace(
        Notice(id="n1", items=((case, "raised"),), seqs=(2,), at_s=50_000.0, link="https://watch.example.org/"),
        **changed,
    )


@dataclass
class Heard:
    """What a fake server was told."""

    port: int = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@contextlib.contextmanager
def hook() -> Iterator[Heard]:
    heard = Heard()

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(heard.answers.pop(0) if heard.answers else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
    heard.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_webhook_is_signed_and_says_what_happened() -> None:
    with hook() as heard:
        channel = Channel(
            name="pager",
            kind="webhook",
            url=f"http://127.0.0.1:{heard.port}/x",
            secret_env="KEY",
            headers_env={"X-Team": "TEAM"},
        )
        assert send_of(channel, {"KEY": "s3cret", "TEAM": "blue"})(notice()).ok
    headers, body = heard.got[0]
    assert signed_by("s3cret", body, headers["x-assay-signature"], time.time())
    assert not signed_by("other", body, headers["x-assay-signature"], time.time())
    assert not signed_by("s3cret", body + b" ", headers["x-assay-signature"], time.time())
    told = json.loads(body)
    assert (headers["x-assay-id"], headers["x-team"], told["id"], told["schema"]) == (
        "n1",
        "blue",
        "n1",
        "assay/alert/1",
    )
    assert told["alarms"][0]["news"] == "raised" and told["alarms"][0]["owner"] == "Ana" and told["severity"] == "high"
    assert "\u202e" not in body.decode() and "\\u001b" not in body.decode()


def test_a_webhook_is_tried_again_and_no_secret_is_told() -> None:
    with hook() as heard:
        heard.answers += [503, 200]
        channel = Channel(name="pager", kind="webhook", url_env="HOOK")
        told = send_of(channel, {"HOOK": f"http://127.0.0.1:{heard.port}/s3cret"})(notice())
        assert (told.ok, told.attempts) == (True, 2)
        heard.answers += [403]
        told = send_of(channel, {"HOOK": f"http://127.0.0.1:{heard.port}/s3cret"})(notice())
        assert (told.ok, told.attempts, told.status) == (False, 1, 403) and "s3cret" not in told.problem


def test_slack_cannot_be_made_to_call_everybody() -> None:
    with hook() as heard:
        assert send_of(
            Channel(name="chat", kind="slack", url_env="SLACK"), {"SLACK": f"http://127.0.0.1:{heard.port}/T0/B0/key"}
        )(notice()).ok
    told = json.loads(heard.got[0][1])
    words = told["text"] + json.dumps(told["blocks"][1])
    assert "<!channel>" not in words and "&lt;!channel&gt;" in words and "c0ffee0001" in words
    assert told["blocks"][0]["text"]["type"] == "plain_text" and len(told["blocks"][0]["text"]["text"]) <= 150


def test_otlp_log_records_are_read_by_the_standard_reader() -> None:
    with hook() as heard:
        assert send_of(Channel(name="logs", kind="otlp", url=f"http://127.0.0.1:{heard.port}/v1/logs"), {})(notice()).ok
    service = pytest.importorskip("opentelemetry.proto.collector.logs.v1.logs_service_pb2")
    from google.protobuf import json_format

    read = json_format.Parse(heard.got[0][1], service.ExportLogsServiceRequest())
    record = read.resource_logs[0].scope_logs[0].log_records[0]
    attributes = {one.key: one.value for one in record.attributes}
    assert (record.severity_text, record.severity_number, record.event_name) == ("high", 17, "assay.alarm.raised")
    assert attributes["assay.now"].double_value == 0.06 and attributes["assay.n"].int_value == 500
    assert attributes["assay.case"].string_value == "c0ffee0001" and record.time_unix_nano == 12 * HOUR


class Postman(asyncio.Protocol):
    """A mail server, as small as one can be."""

    def __init__(self, heard: list[str], says: dict[str, str]) -> None:
        self.heard, self.says, self.data, self.buffer = heard, says, False, ""

    def connection_made(self, transport: Any) -> None:
        self.out = transport
        self.say("220 fake")

    def say(self, line: str) -> None:
        self.out.write(f"{line}\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self.buffer += data.decode("utf-8", "replace")
        while "\r\n" in self.buffer:
            line, _, self.buffer = self.buffer.partition("\r\n")
            self.heard.append(line)
            self.line(line)

    def line(self, line: str) -> None:
        if self.data:
            self.data = line != "."
            if not self.data:
                self.say("250 kept")
            return
        word = line.split(" ")[0].upper()
        if word == "DATA":
            self.data = True
        if word == "QUIT":
            self.say("221 bye")
            self.out.close()
            return
        usual = {"EHLO": "250-fake\r\n250 AUTH PLAIN", "DATA": "354 go on", "AUTH": "235 in"}
        self.say(self.says.get(word, usual.get(word, "250 ok")))


@contextlib.contextmanager
def post_office(**says: str) -> Iterator[tuple[int, list[str]]]:
    heard: list[str] = []
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: Postman(heard, says), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:

        async def close() -> None:
            server.close()
            await asyncio.sleep(0.05)

        asyncio.run_coroutine_threadsafe(close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def mail(port: int, **changed: Any) -> Channel:
    values: dict[str, Any] = {"name": "mail", "kind": "email", "host": "127.0.0.1", "port": port, "tls": "none",
                              "sender": "w@example.org", "to": ("a@example.org", "b@example.org"), "timeout_s": 2.0, **changed}  # fmt: skip
    return Channel(**values)


def test_a_letter_arrives_and_holds_no_foreign_header() -> None:
    with post_office() as (port, heard):
        assert send_of(mail(port), {})(notice()).ok
    assert "mail FROM:<w@example.org>" in heard[1] and sum(one.lower().startswith("rcpt to") for one in heard) == 2
    text = "\r\n".join(heard[heard.index("data") + 1 : heard.index(".")])
    letter = email.message_from_string(text)
    assert letter["Bcc"] is None and "eve" not in str(letter["To"])
    assert "refusal" in str(email.header.make_header(email.header.decode_header(letter["Subject"])))
    assert letter["Message-ID"] == "<n1.assay-watch@example.org>" and letter["Auto-Submitted"] == "auto-generated"
    told = letter.get_payload(decode=True).decode()
    assert "https://watch.example.org/alarms/c0ffee0001" in told and "\x1b" not in told


def test_a_login_that_fails_tells_no_password() -> None:
    with post_office(AUTH="535 no: w aHVudGVyMg== hunter2") as (port, _):
        told = send_of(mail(port, user="w", password_env="MAIL"), {"MAIL": "hunter2"})(notice())
    assert not told.ok and told.problem == "login refused (535)"
    assert "hunter2" not in repr(Mailer(channel=mail(port), password="hunter2"))


def test_no_letter_goes_without_the_privacy_that_was_asked_for() -> None:
    with post_office() as (port, heard):
        told = send_of(mail(port, tls="starttls"), {})(notice())
    assert not told.ok and "STARTTLS" in told.problem and not any("data" in one for one in heard)


def test_a_mail_server_that_is_not_there_or_refuses() -> None:
    assert "ConnectionRefusedError" in send_of(mail(9), {})(notice()).problem
    with post_office(RCPT="550 nobody here") as (port, _):
        told = send_of(mail(port), {})(notice())
    assert not told.ok and "SMTPRecipientsRefused" in told.problem


@pytest.mark.parametrize(
    ("tls", "begin", "said"),
    [
        ("none", b"", "not taken within 0.9 s"),
        ("none", b"220 hi\r\n250-x\r\n", "not taken within 0.9 s"),
        ("tls", b"\x16\x03\x03\x40\x00", "handshake operation timed out"),
    ],
)
def test_a_mail_server_that_drips_holds_nobody_up(tls: Any, begin: bytes, said: str) -> None:
    """Each byte begins the timeout of a socket anew; the letter as a whole has to end, or other channels wait."""
    sent: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            line, _ = listening.accept()
            with line, contextlib.suppress(OSError):
                line.sendall(begin)
                for _ in range(400):
                    line.sendall(b"2")
                    sent.append(b"x")
                    time.sleep(0.05)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        told = send_of(mail(listening.getsockname()[1], tls=tls, timeout_s=0.15), {})(notice())
        assert not told.ok and said in told.problem
        thread.join(30)
        assert 0 < len(sent) < 400


def test_a_file_gets_a_line_each(tmp_path: Path) -> None:
    send = send_of(Channel(name="f", kind="file", path=str(tmp_path / "new" / "alerts.jsonl")), {})
    assert send(notice()).ok and send(notice(id="n2")).ok
    lines = (tmp_path / "new" / "alerts.jsonl").read_text().splitlines()
    assert [json.loads(one)["id"] for one in lines] == ["n1", "n2"]
    told = send_of(Channel(name="f", kind="file", path=str(tmp_path)), {})(notice())
    assert not told.ok and "IsADirectoryError" in told.problem


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        (Channel(name="a", kind="webhook", url_env="GONE"), "set GONE"),
        (Channel(name="a", kind="webhook", url="http://h", secret_env="GONE"), "set GONE"),
        (Channel(name="a", kind="webhook", url_env="ODD"), "channel 'a': a webhook's address"),
        (Channel(name="a", kind="webhook", url="http://h", headers_env={"X": "LINES"}), "holds no header"),
        (Channel(name="a", kind="email", user="w", password_env="GONE"), "set GONE"),
    ],
)
def test_a_secret_that_is_missing_is_told_by_its_name(channel: Channel, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as told:
        send_of(channel, {"ODD": "s3cret", "LINES": "a\r\nb"})
    assert "s3cret" not in str(told.value)


def test_short_values_are_not_looked_for() -> None:
    assert without("a b c", {"X": "b"}) == "a b c"


def test_an_alarm_of_a_word_names_it_and_a_first_call_has_no_figure() -> None:
    case = notice().items[0][0]
    moved = {"test": "chi-square", "category": "m-2", "gone": "m-1"}
    words = replace(case.alarm, metric="served_model", segment=(), before=0.0, now=1.0, evidence=moved)
    tool = replace(words, metric="new_tool", n=1, evidence={"tool": "drop_table", "category": "drop_table"})
    said = [alerts.title(notice(items=((replace(case, alarm=one), "raised"),))) for one in (words, tool)]
    assert said == [
        "[high] served_model: new alarm, all traffic, m-1 -> m-2, 0 % -> 100 %",
        "[high] new_tool: new alarm, all traffic, first seen: drop_table",
    ]
    line = alerts.lines(notice(items=((replace(case, alarm=tool), "raised"),)))[0]
    assert "first seen: drop_table since 1970-01-01T10:00:00Z" in line and "1 traces" not in line


@pytest.mark.parametrize(
    ("compared", "changed", "said"),
    [
        ("reference", ("model: 'a' -> 'b'",), "  changed too since the reference: model: 'a' -> 'b'"),
        ("before", ("model: 'a' -> 'b'",), "  changed too: model: 'a' -> 'b'"),
        ("nothing", (), "  changed too: nobody can tell, as there was nothing to compare with"),
    ],
)
def test_a_notice_says_since_when_something_else_changed(compared: str, changed: tuple[str, ...], said: str) -> None:
    case = notice().items[0][0]
    about = replace(case.alarm, changed=changed, evidence={"compared": compared})
    assert said in alerts.lines(notice(items=((replace(case, alarm=about), "raised"),)))
