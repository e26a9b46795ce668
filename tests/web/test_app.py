from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from assay.domain.errors import ConfigurationError
from assay.domain.span import Arrived, Span
from assay.domain.watched import Observation, Part
from assay.interfaces.watch_listening import alone
from assay.statistics.percentile import bin_of, middle
from assay.traces.hot import HotTraces
from assay.traces.observed import Judged, Observed
from assay.traces.writing import Writer
from assay.watch.corrected import Corrected
from assay.web.app import House, app, meant
from assay.web.doors import Doors, Visitor, digest_of
from assay.web.receiver import Receiver
from assay.web.shown import ChannelLine
from assay.web.tokens import Kept, add_token, doors_of


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: str


def ask(made: Any, path: str, method: str = "GET", **headers: str) -> Reply:
    """One request straight to the application."""
    given = {"host": "127.0.0.1:4318", **headers}
    scope: MutableMapping[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": b"", "scheme": "http", "server": ("127.0.0.1", 4318),
        "client": ("127.0.0.1", 9), "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
    }  # fmt: skip
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(made(scope, receive, send))
    names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], names, b"".join(one.get("body", b"") for one in sent[1:]).decode())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    hot = HotTraces(tmp_path / "traces.db")
    writer = Writer(hot)
    yield House(
        folder=tmp_path, hot=hot, observed=Observed(tmp_path / "observed.db"), writer=writer,
        receiver=Receiver(writer=writer, doors=Doors()),
    )  # fmt: skip
    writer.close()


def test_it_lives_and_is_ready_until_something_is_wrong(house: House) -> None:
    made = app(house)
    assert ask(made, "/healthz").status == 200
    assert (ask(made, "/readyz").status, ask(made, "/readyz").body) == (200, '{"ready":true,"problems":[]}')
    house.writer.failed = "database or disk is full"
    assert (ask(made, "/readyz").status, ask(made, "/healthz").status) == (503, 200)
    house.writer.failed = ""
    house.working = lambda: False
    assert "has ended" in ask(made, "/readyz").body


def test_every_answer_has_the_headers_that_keep_browsers_safe(house: House) -> None:
    made = app(house)
    for path in ("/healthz", "/nowhere", "/metrics"):
        headers = ask(made, path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_a_page_is_served_beside_and_may_have_a_policy_of_its_own(house: House) -> None:
    async def page(request: Request) -> Response:
        return PlainTextResponse(str(request.app.state.house.folder), headers={"X-Frame-Options": "SAMEORIGIN"})

    reply = ask(app(house, [Route("/page", page)]), "/page")
    assert (reply.body, reply.headers["x-frame-options"]) == (str(house.folder), "SAMEORIGIN")


@pytest.mark.parametrize(
    ("host", "any_address", "expected"),
    [
        ("127.0.0.1:4318", False, True),
        ("localhost", False, True),
        ("[::1]:4318", False, True),
        ("evil.example", False, False),
        ("127.0.0.1.evil.example", True, False),
        ("10.0.0.7:80", False, False),
        ("10.0.0.7:80", True, True),
        ("[fe80::1]:80", True, True),
        ("watch.example:443", True, True),
        ("", True, False),
    ],
)
def test_only_what_was_meant_for_us_is_answered(house: House, host: str, any_address: bool, expected: bool) -> None:
    house.hosts = (*house.hosts, "watch.example") if any_address else house.hosts
    house.any_address = any_address
    assert meant(host, house) is expected
    assert (ask(app(house), "/healthz", host=host).status == 200) is expected


def test_figures_are_told_to_prometheus_with_what_was_lost(house: House) -> None:
    span = Span(trace="a" * 32, id="b" * 16, name="chat", start_ns=1)
    house.hot.add([Arrived(spans=(span,), rejected={"trace_id": 2}, redacted={"aws_key": 3})], 5)
    now = 10**18
    one = Observation(metric="errors", value=0.25, trace="a" * 32, time_ns=now)
    segment = (("route", 'a"b\n'),)
    house.observed.keep(
        [Judged(trace="a" * 32, start_ns=2 * 10**18, arrived_ns=1, segments=(segment,), observations=(one,))]
    )
    told = ask(app(house), "/metrics").body
    for line in (
        'assay_kept_total{kind="spans"} 1',
        'assay_rejected_total{cause="trace_id"} 2',
        'assay_found_total{what="redacted_aws_key"} 3',
        "assay_traces_waiting 1",
        r'assay_figure{metric="errors",segment="route=a\"b\n"} 0.25',
    ):
        assert line in told.splitlines()


def test_a_flood_of_cohorts_does_not_push_all_traffic_out_of_the_figures(house: House) -> None:
    """Whoever sends spans names cohorts; the alerts that others set on all traffic must not go silent by that."""
    now = time.time_ns()
    segments = ((), *((("route", f"r{at:04}"),) for at in range(2_500)))
    found = tuple(Observation(metric=name, value=1.0, trace="a" * 32, time_ns=now) for name in ("errors", "toxicity"))
    house.observed.keep([Judged(trace="a" * 32, start_ns=now, arrived_ns=1, segments=segments, observations=found)])
    told = ask(app(house), "/metrics").body.splitlines()
    for line in ('assay_figure{metric="toxicity",segment=""} 1', "assay_figures_left_out 3002"):
        assert line in told
    assert sum(one.startswith("assay_figure{") for one in told) == 2_000


def test_percentiles_and_reasons_are_told_to_prometheus(house: House) -> None:
    now = time.time_ns()
    parts = (Part("latency", str(bin_of(2.0))), Part("refusal_reason", 'a"b'))
    segments = ((), *((("route", f"r{at:04}"),) for at in range(300)))
    house.observed.keep(
        [Judged(trace="a" * 32, start_ns=now, arrived_ns=1, segments=segments, observations=(), parts=parts)]
    )
    told = ask(app(house), "/metrics").body.splitlines()
    assert f'assay_percentile{{metric="latency",segment="",quantile="0.99"}} {middle(bin_of(2.0)):.6g}' in told
    assert r'assay_refusals{metric="refusal_reason",segment="",reason="a\"b"} 1' in told
    assert sum(one.startswith("assay_percentile{") for one in told) == 600
    assert "assay_spreads_left_out 202" in told


def test_labels_and_channels_are_told_to_prometheus(house: House) -> None:
    enough = Corrected(
        metric="refusal", segment=(("route", "a"),), value=0.2, low=0.15, high=0.25, own=0.1, own_low=0.09,
        own_high=0.11, judged=900, drawn=120, labels=100, unsure=2, needed=0, trust=0.5, agree=0.9, ac1=None, missed=9,
        wrong=1, twice=10, disputed=3,
    )  # fmt: skip
    few = replace(
        enough, metric="toxicity", segment=(), value=math.nan, low=math.nan, high=math.nan, labels=4, needed=26
    )
    house.people = lambda: [enough, few]
    house.channels = lambda: [
        ChannelLine(name="all of them", kind="", problem="disk full"),
        ChannelLine(name="pager", kind="webhook", sent=12, failed=3, waiting=2, limited=4, dropped=1),
        ChannelLine(name="mail", kind="email", failed=9, problem="refused"),
    ]
    lines = ask(app(house), "/metrics").body.splitlines()
    for line in (
        'assay_corrected_rate{metric="refusal",segment="route=a"} 0.2',
        'assay_corrected_rate_low{metric="refusal",segment="route=a"} 0.15',
        'assay_corrected_rate_wider{metric="refusal",segment="route=a"} 5',
        'assay_labels{metric="toxicity",segment=""} 4',
        'assay_labels_needed{metric="toxicity",segment=""} 26',
        'assay_label_agreement{metric="refusal",segment="route=a"} 0.9',
        'assay_alert_sent_total{channel="pager"} 12',
        'assay_alert_failed_total{channel="pager"} 3',
        'assay_alert_limited_total{channel="pager"} 4',
        'assay_alert_given_up_total{channel="pager"} 1',
        'assay_alert_waiting{channel="pager"} 2',
        'assay_alert_up{channel="mail"} 0',
        'assay_alert_up{channel="pager"} 1',
    ):
        assert line in lines
    assert not [line for line in lines if line.startswith("assay_corrected_rate{") and "toxicity" in line]
    assert not [line for line in lines if "all of them" in line]


def test_figures_are_for_viewers_where_there_are_tokens(house: House) -> None:
    house.doors = Doors(
        tokens={
            digest_of("send"): Visitor(name="shop", role="exporter"),
            digest_of("look"): Visitor(name="ana", role="viewer"),
        }
    )
    made = app(house)
    statuses = [ask(made, "/metrics", authorization=f"Bearer {one}").status for one in ("wrong", "send", "look")]
    assert (statuses, ask(made, "/healthz").status) == ([401, 401, 200], 200)


def test_a_token_is_kept_by_digest_alone(tmp_path: Path) -> None:
    token = add_token(tmp_path, "ana", "reviewer")
    written = (tmp_path / "tokens").read_text(encoding="utf-8")
    assert token not in written
    assert (tmp_path / "tokens").stat().st_mode & 0o077 == 0
    assert doors_of(tmp_path, environment={}).tokens == {digest_of(token): Visitor(name="ana", role="reviewer")}
    with pytest.raises(ConfigurationError, match="has a token"):
        add_token(tmp_path, "ana", "viewer")
    with pytest.raises(ConfigurationError, match="no name"):
        add_token(tmp_path, "ana ruiz", "viewer")


def test_a_token_opens_while_its_line_stands_and_nothing_opens_without_one(house: House) -> None:
    """A token that leaked must be taken back without ending the intake of spans."""
    house.doors = Doors(tokens=Kept(house.folder, environment={}))
    made = app(house)

    def status(token: str) -> int:
        return ask(made, "/metrics", authorization=f"Bearer {token}").status

    assert status("none") == 200, "loopback without tokens is open"
    ana, bob = (add_token(house.folder, name, "viewer") for name in ("ana", "bob"))
    assert [status(one) for one in (ana, bob, "none")] == [200, 200, 401]
    path = house.folder / "tokens"
    lines = path.read_text().splitlines()
    path.write_text(lines[1] + "\n")
    assert [status(one) for one in (ana, bob)] == [401, 200]
    path.write_text("nonsense\n")
    assert [status(one) for one in (ana, bob)] == [401, 200], "what cannot be read changes nothing"
    path.write_text("")
    assert [status(one) for one in (ana, bob, "none")] == [401, 401, 401]
    path.unlink()
    assert [status(one) for one in (ana, bob, "none")] == [401, 401, 401]


def test_a_state_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    with alone(tmp_path / "served"):
        pass
    add_token(tmp_path / "first", "ana", "viewer")
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("served", "first")} == {0o700}


def test_tokens_of_the_environment_open_too_and_wrong_ones_are_told(tmp_path: Path) -> None:
    made = doors_of(
        tmp_path, environment={"ASSAY_WATCH_TOKENS": "shop:exporter:abcdefghijklmnop1, ana:owner:qrstuvwxyz1234567"}
    )
    assert {(who.name, who.role) for who in made.tokens.values()} == {("shop", "exporter"), ("ana", "owner")}
    for wrong in ("shop:exporter:short", "shop:king:abcdefghijklmnop1", "token"):
        with pytest.raises(ConfigurationError, match="ASSAY_WATCH_TOKENS: item 1: no token"):
            doors_of(tmp_path, environment={"ASSAY_WATCH_TOKENS": wrong})
    (tmp_path / "tokens").write_text("# people\nana owner abc\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="tokens:2"):
        doors_of(tmp_path, environment={})
    with pytest.raises(ConfigurationError, match="no such file"):
        doors_of(tmp_path, tmp_path / "other", environment={})
