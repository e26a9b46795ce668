from __future__ import annotations

import html
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import replace
from html.parser import HTMLParser
from http.client import HTTPResponse
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from assay.domain.errors import RunFailed

PAGES = (
    "/",
    "/monitors/refusal",
    "/alarms",
    "/alarms/c0ffee0001",
    "/cohorts",
    "/traces",
    "/canary",
    "/audits",
    "/review",
    "/review/traces",
    "/ledger",
)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def ask(
    url: str, token: str = "", data: dict[str, str] | None = None, cookie: str = "", **headers: str
) -> tuple[int, str, dict[str, str]]:
    body = None if data is None else urllib.parse.urlencode(data).encode()
    request = urllib.request.Request(url, data=body)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    if cookie:
        request.add_header("Cookie", f"assay_session={cookie}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        reply: HTTPResponse = urllib.request.build_opener(_Stay).open(request, timeout=10)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), {key.lower(): value for key, value in error.headers.items()}
    return reply.status, reply.read().decode(), {key.lower(): value for key, value in reply.headers.items()}


def read(text: str) -> list[tuple[str, str, str]]:
    """Element, attribute and value of all that a browser would see."""
    found: list[tuple[str, str, str]] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attributes: found.extend((tag, key, value or "") for key, value in attributes)  # type: ignore[method-assign]
    reader.feed(text)
    return found


@pytest.mark.parametrize("path", [*PAGES, "/traces/4bf92f3577b34da6a3ce929d0e0e4736"])
def test_every_page_shows_hostile_texts_as_text(page_house: Any, path: str) -> None:
    status, text, headers = ask(page_house.url + path, "own")
    assert status == 200
    assert "<script>window" not in text and "<img src=x" not in text
    assert "\u202e" not in text and "\x1b" not in text
    assert (
        "script-src 'self'" in headers["content-security-policy"] and "unsafe" not in headers["content-security-policy"]
    )
    assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
    assert [one for one in read(text) if one[1] in ("style", "src") or one[1].startswith("on")] == [
        ("script", "src", "/static/htmx.min.js"), ("script", "src", "/static/page.js"),
    ]  # fmt: skip
    assert "<script>" not in text and "<style" not in text


def test_hostile_texts_are_there_all_the_same(page_house: Any) -> None:
    _, text, _ = ask(f"{page_house.url}/traces/{page_house.trace}", "view")
    shown = html.unescape(text)
    assert "<script>window.hit=1</script>" in shown and "\\u202etxt.exe\\x1b[31m" in shown and "{{7*7}}" in shown


@pytest.mark.parametrize("path", [path for path in PAGES if "c0ffee" not in path and "monitors" not in path])
def test_an_empty_watch_has_pages(empty_house: Any, path: str) -> None:
    assert ask(empty_house.url + path)[0] == 200


@pytest.mark.parametrize(
    ("changed", "compared", "said"),
    [
        (("served: 'a' -> 'b' (+90% of traffic)",), "reference", "Since the reference"),
        ((), "reference", "release and tools as in the reference"),
        ((), "before", "release and tools.</p>"),
        ((), "nothing", "there was nothing to compare with"),
        ((), "", "Not compared for this alarm"),
    ],
)
def test_an_alarm_says_with_what_it_was_compared(
    page_house: Any, changed: tuple[str, ...], compared: str, said: str
) -> None:
    first, *others = page_house.watch.case_list
    evidence = {"compared": compared, "mix": "not told, as nothing is kept"} if compared else {}
    alarm = replace(first.alarm, changed=changed, evidence=evidence)
    page_house.watch.case_list = [replace(first, alarm=alarm), *others]
    _, text, _ = ask(f"{page_house.url}/alarms/{first.id}", "view")
    assert said in text and all(one in html.unescape(text) for one in changed)
    assert ("Nothing that traces tell" in text) == (not changed and compared in ("reference", "before"))
    assert ("mix of traffic: not told, as nothing is kept." in text) == bool(compared)


@pytest.mark.parametrize("path", ["/monitors/nothing", "/alarms/nothing", "/traces/" + "0" * 31])
def test_what_is_not_there_is_said(page_house: Any, path: str) -> None:
    assert ask(page_house.url + path, "view")[0] == 404


def test_without_a_token_there_is_only_the_login(page_house: Any) -> None:
    for path in PAGES:
        status, text, _ = ask(page_house.url + path)
        assert status == 401 and "0.0" not in text and "billing" not in text and 'name="token"' in text
    assert ask(page_house.url + "/", "wrong")[0] == 401
    assert ask(page_house.url + "/", "send")[0] == 403


def test_a_token_becomes_a_strict_cookie(page_house: Any) -> None:
    status, _, headers = ask(
        page_house.url + "/login", data={"token": "judge", "then": "/review"}, Origin=page_house.url
    )
    assert (status, headers["location"]) == (303, "/review")
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie.replace("Strict", "strict")
    assert ask(page_house.url + "/", cookie="judge")[0] == 200


def test_a_link_with_a_token_leads_on_without_it(page_house: Any) -> None:
    status, text, headers = ask(page_house.url + "/alarms?token=view&state=open")
    assert status == 200 and "assay_session=view" in headers["set-cookie"]
    assert 'content="0;url=/alarms?state=open"' in text and "token=" not in text.replace('name="token"', "")
    assert ask(page_house.url + "/alarms?token=wrong")[0] == 401


def test_nobody_is_sent_elsewhere(page_house: Any) -> None:
    for then in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        _, _, headers = ask(page_house.url + "/login", data={"token": "view", "then": then}, Origin=page_house.url)
        assert headers["location"] == "/"


def test_an_alarm_is_taken_by_who_is_in(page_house: Any) -> None:
    told = {"owner": "Team A", "note": "looking"}
    status, _, headers = ask(
        page_house.url + "/alarms/c0ffee0001/acknowledge", data=told, cookie="judge", Origin=page_house.url
    )
    assert (status, headers["location"]) == (303, "/alarms/c0ffee0001")
    assert page_house.watch.written == [("acknowledge", "c0ffee0001", "Rita", "Team A", "looking")]
    assert "Team A takes care" in ask(page_house.url + "/alarms/c0ffee0001", "view")[1]
    assert (
        ask(page_house.url + "/alarms/nothing/acknowledge", data=told, cookie="judge", Origin=page_house.url)[0] == 409
    )


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [("/review/traces", "view", 403), ("/review/traces", "send", 403), ("/alarms/c0ffee0001/acknowledge", "view", 403), ("/alarms/c0ffee0001/resolve", "judge", 403),
     ("/alarms/c0ffee0001/resolve", "own", 303), ("/review", "view", 403), ("/review", "send", 403)],
)  # fmt: skip
def test_roles(page_house: Any, path: str, token: str, status: int) -> None:
    told = {"note": "over", "run": "v5", "item": "0000000002", "label": "bad", "reason": "r"}
    assert ask(page_house.url + path, data=told, cookie=token, Origin=page_house.url)[0] == status
    assert bool(page_house.watch.written) == (status == 303)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}],
)  # fmt: skip
def test_a_write_from_elsewhere_is_refused(page_house: Any, headers: dict[str, str]) -> None:
    told = {"run": "v5", "item": "0000000002", "label": "bad", "reason": "r"}
    assert ask(page_house.url + "/review", data=told, cookie="judge", **headers)[0] == 403
    assert page_house.watch.written == []


def test_a_program_with_its_own_token_may_write(page_house: Any) -> None:
    told = {"run": "v5", "item": "0000000002", "label": "fine", "reason": "asks back"}
    assert ask(page_house.url + "/review", "judge", told)[0] == 303
    assert page_house.watch.written == [("judge", "v5", "0000000002", "fine", "asks back", "Rita")]


@pytest.mark.parametrize(
    "told", [{"label": "bad"}, {"label": "bad", "reason": "  "}, {"label": "nice", "reason": "r"}, {}]
)
def test_a_judgement_needs_a_word_and_a_reason(page_house: Any, told: dict[str, str]) -> None:
    assert ask(page_house.url + "/review", "judge", told)[0] == 400
    assert page_house.watch.written == []


@pytest.mark.parametrize(
    ("error", "status"),
    [(sqlite3.OperationalError("database is locked"), 503), (RunFailed("ledger: altered <b>"), 409)],
)
def test_what_cannot_be_read_is_a_page_too(page_house: Any, error: Exception, status: int) -> None:
    def broken() -> None:
        raise error

    page_house.watch.cases = broken
    told, text, headers = ask(page_house.url + "/alarms", "view")
    assert (
        told == status and html.escape(str(error)) in text and "script-src 'self'" in headers["content-security-policy"]
    )


def test_forms_have_a_size(page_house: Any) -> None:
    assert ask(page_house.url + "/review", "judge", {"reason": "x" * 70_000})[0] == 413
    assert ask(page_house.url + "/review", "judge", {}, Content_Type="text/plain")[0] == 415


def test_only_our_own_files_are_served(page_house: Any) -> None:
    for name, kind in (("page.css", "text/css"), ("page.js", "javascript"), ("htmx.min.js", "javascript")):
        status, _, headers = ask(f"{page_house.url}/static/{name}")
        assert status == 200 and kind in headers["content-type"]
    for name in ("htmx.LICENSE.txt", "..%2fpage.py", "../page.py"):
        assert ask(f"{page_house.url}/static/{name}")[0] == 404


def test_evidence_is_marked_in_its_step(page_house: Any) -> None:
    _, text, _ = ask(f"{page_house.url}/traces/{page_house.trace}", "view")
    assert '<mark title="card">4242</mark>' in text
    assert "step.no_approval" in text and "clock_skew" in text
    assert text.index("search") < text.index('class="kind tool"') < text.index("4242")


def test_a_chart_has_its_table(page_house: Any) -> None:
    _, text, _ = ask(page_house.url + "/monitors/refusal", "view")
    assert 'class="spark wide"' in text and text.count("2026-11-2") > 40
    assert "2.10\u00a0%" in text


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ({"label": "yes"}, ("label", "refusal", "t", "yes", False, "Rita")),
        ({"label": "unsure", "picked": "yes"}, ("label", "refusal", "t", "unsure", True, "Rita")),
    ],
)
def test_a_label_says_whether_the_trace_was_picked(page_house: Any, told: dict[str, str], written: Any) -> None:
    status, _, headers = ask(page_house.url + "/review/traces", "judge", {"metric": "refusal", "trace": "t", **told})
    assert status == 303 and page_house.watch.written == [written]
    assert headers["location"] == ("/traces/t" if "picked" in told else "/review/traces?metric=refusal")


@pytest.mark.parametrize("told", [{}, {"label": "bad"}, {"label": "1"}])
def test_a_label_is_yes_no_or_unsure(page_house: Any, told: dict[str, str]) -> None:
    assert ask(page_house.url + "/review/traces", "judge", {"metric": "refusal", "trace": "t", **told})[0] == 400
    assert page_house.watch.written == []


def test_who_labels_does_not_see_what_the_scorer_says(page_house: Any) -> None:
    _, text, _ = ask(page_house.url + "/review/traces?metric=refusal", "judge")
    item = text[text.index('class="item"') : text.index('aria-labelledby="people"')]
    assert "I cannot help" in item and "scorer" not in item.lower() and "1.0" not in item
    assert "Kept and not counted: 7 that people picked themselves" in text
    assert "Passed over: 2." in text and "Not as the ledger has it: 1." in text
    assert "pass over" in text and f"after={page_house.trace}" in text


def test_the_page_says_what_corrects_a_rate_and_what_does_not(page_house: Any) -> None:
    _, text, _ = ask(page_house.url + "/review", "judge")
    assert "chosen for being suspicious and correct none" in text and "/review/traces?metric=refusal" in text
    _, text, _ = ask(f"{page_house.url}/traces/{page_house.trace}", "judge")
    assert "your word is kept and corrects no rate" in text and 'name="picked" value="yes"' in text
    assert "Label this trace" not in ask(f"{page_house.url}/traces/{page_house.trace}", "view")[1]


def test_drawn_traces_wait_though_no_answer_does(page_house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_house.watch, "reviews", list)
    _, text, _ = ask(page_house.url + "/review", "judge")
    wait = sum(one.rate.waiting for one in page_house.watch.label_queues())
    assert f'<a href="/review/traces">{wait} drawn traces wait</a> to be labelled' in text
    assert "Nothing waits to be read" not in text and "answers below" not in text


def test_an_alarm_of_a_word_names_it_and_links_to_no_monitor_that_is_not_there(
    page_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = page_house.watch.case_list[0]
    moved = {"test": "chi-square", "category": "m-2", "gone": "m-1"}
    words = replace(first.alarm, metric="served_model", segment=(), before=0.0, now=1.0, changed=(), evidence=moved)
    tool = replace(words, metric="new_tool", n=1, evidence={"tool": "drop_table", "category": "drop_table"})
    cases = [replace(first, alarm=words), replace(first, id="c0ffee0009", alarm=tool)]
    monkeypatch.setattr(page_house.watch, "cases", lambda: cases)
    _, text, _ = ask(page_house.url + "/alarms/c0ffee0001", "view")
    shown = html.unescape(text)
    assert "m-1 -> m-2, 0.00\u00a0% → 100\u00a0%" in shown
    assert "/monitors/served_model" not in text and "same model" not in text
    _, text, _ = ask(page_house.url + "/alarms/c0ffee0009", "view")
    assert "first seen: drop_table" in text and "100\u00a0%" not in text and "1 traces" not in text
    _, text, _ = ask(page_house.url + "/alarms", "view")
    assert "m-1 -> m-2" in html.unescape(text) and "first seen: drop_table" in text


def test_an_alarm_of_reasons_leads_to_refusals_and_stands_among_theirs(
    page_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = page_house.watch.case_list[0]
    moved = {"test": "chi-square", "category": "scope", "gone": "harm"}
    reasons = replace(first.alarm, metric="refusal_reason", segment=(), before=0.1, now=0.6, evidence=moved)
    mean = replace(first.alarm, metric="latency", segment=(), before=1.0, now=2.0, unit="mean")
    cases = [replace(first, id="c0ffee0008", alarm=reasons), replace(first, id="c0ffee0009", alarm=mean)]
    monkeypatch.setattr(page_house.watch, "cases", lambda: cases)
    _, text, _ = ask(page_house.url + "/alarms/c0ffee0008", "view")
    assert '<h1><a href="/monitors/refusal">refusal_reason</a>' in text
    _, text, _ = ask(page_house.url + "/alarms/c0ffee0009", "view")
    assert '<h1><a href="/monitors/latency">latency</a>' in text
    _, text, _ = ask(page_house.url + "/monitors/refusal", "view")
    assert "/alarms/c0ffee0008" in text and "/alarms/c0ffee0009" not in text
    _, text, _ = ask(page_house.url + "/monitors/latency", "view")
    assert "/alarms/c0ffee0008" not in text and "/alarms/c0ffee0009" in text


def test_a_corrected_rate_stands_beside_the_scorers(page_house: Any) -> None:
    _, text, _ = ask(page_house.url + "/", "view")
    assert "people: 3.10\u00a0% (2.20\u00a0% to 4.00\u00a0%)" in text
    _, text, _ = ask(page_house.url + "/monitors/refusal", "view")
    shown = html.unescape(text)
    for told in ("120 of 150 drawn", "4.5 times as wide as the scorer's", "96.2\u00a0%; missed 11, wrong 2", "3 of 20"):
        assert told in shown


def test_a_monitor_says_what_it_means_and_what_an_alarm_needs(page_house: Any) -> None:
    _, text, _ = ask(page_house.url + "/monitors/groundedness", "view")
    shown = html.unescape(text)
    assert "this holds: What the answer claims is supported by the given context. Lower is worse." in shown
    assert "An alarm needs evidence of" in shown and "a rate below 91." in shown and 'class="lim"' in text
    assert "of 900 values" in shown and "Last traces that failed" in shown and f"/traces/{page_house.trace}" in text
    assert "2026-11-25 10:00" in text[text.index('class="first"') :]
    _, text, _ = ask(page_house.url + "/monitors/latency", "view")
    shown = html.unescape(text)
    assert "Mean of: Seconds" in shown and "of values above 3.80" in shown and 'class="lim"' not in text
    assert "Last traces" not in shown


def test_what_tells_nothing_is_folded_at_the_end_of_the_overview(page_house: Any) -> None:
    _, text, _ = ask(page_house.url + "/", "view")
    whole, _, folded = text[text.index('id="monitors"') :].partition('<details class="twin" id="aside">')
    assert "Not scored, or quiet at zero: 2" in folded
    for name in ("unscored_refusal", "fallback"):
        assert f"/monitors/{name}" in folded and f"/monitors/{name}" not in whole
    assert "Refusal could not be judged." in folded and "alarm above" in whole
    assert (
        whole.index("/monitors/refusal") < whole.index("/monitors/latency") < whole.index("/monitors/groundedness")
    ), "what is in alarm comes first"


def test_a_judgement_that_is_good_when_true_says_that_it_passed(page_house: Any) -> None:
    _, text, _ = ask(f"{page_house.url}/traces/{page_house.trace}", "view")
    row = text[text.index('<th scope="row">privacy') :].partition("</tr>")[0]
    assert ">passed<" in row and "gives away no personal or secret data" in row and ">yes<" not in row
    row = text[text.index('<th scope="row">refusal') :].partition("</tr>")[0]
    assert ">no<" in row and "refuses what was asked" in row
