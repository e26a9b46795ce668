"""The page in headless Chromium: no violation of axe, no script of strangers, keys, both schemes, 360 px."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytestmark = pytest.mark.browser

PAGES = ("/", "/monitors/refusal", "/alarms", "/alarms/c0ffee0001", "/alarms/c0ffee0002", "/cohorts", "/traces",
         "/traces/4bf92f3577b34da6a3ce929d0e0e4736", "/canary", "/audits", "/review", "/review/traces", "/ledger", "/alarms/nothing", "/login")  # fmt: skip


def entered(browser: Any, house: Any, token: str = "own", **settings: Any) -> Any:
    context = browser.new_context(**settings)
    context.add_cookies([{"name": "assay_session", "value": token, "url": house.url}])
    return context.new_page()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
def test_no_violation_of_axe(browser: Any, violations: Any, page_house: Any, scheme: str, width: int) -> None:
    page = entered(browser, page_house, bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in PAGES:
        page.goto(page_house.url + path)
        assert violations(page) == [], path
    page.context.close()


@pytest.mark.parametrize("width", [1200, 360])
def test_nothing_sticks_out_and_no_script_of_strangers_runs(browser: Any, page_house: Any, width: int) -> None:
    page = entered(browser, page_house, viewport={"width": width, "height": 800})
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda one: said.append(str(one)))
    for path in PAGES:
        page.goto(page_house.url + path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate("window.hit") is None, path
    assert [one for one in said if "404" not in one] == []
    page.context.close()


def test_login_by_form_then_out_again(browser: Any, page_house: Any) -> None:
    page = browser.new_context().new_page()
    page.goto(page_house.url + "/alarms")
    page.fill("input[name=token]", "view")
    page.click("main button")
    assert page.url == page_house.url + "/alarms" and "refusal" in page.inner_text("main")
    assert page.evaluate("document.cookie") == "", "no script can read the cookie"
    page.click("text=Log out")
    page.goto(page_house.url + "/")
    assert page.locator("input[name=token]").count() == 1
    page.context.close()


def test_a_link_with_a_token_from_elsewhere_leads_in(browser: Any, page_house: Any) -> None:
    page = browser.new_context().new_page()
    page.goto(f"data:text/html,<a href='{page_house.url}/ledger?token=view'>in</a>")
    page.click("a")
    page.wait_for_url(page_house.url + "/ledger")
    assert "Ledger" in page.inner_text("h1")
    page.context.close()


def test_the_queue_by_keys(browser: Any, page_house: Any) -> None:
    page = entered(browser, page_house, "judge")
    page.goto(page_house.url + "/review")
    page.keyboard.press("j")
    page.wait_for_url("**item=0000000003")
    page.keyboard.press("k")
    page.wait_for_url("**item=0000000002")
    page.keyboard.press("b")
    page.keyboard.type("gives no help")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page_house.watch.written == [("judge", "v5", "0000000002", "bad", "gives no help", "Rita")]
    assert page.url.endswith("item=0000000003"), "the next one that is open"
    page.uncheck("#keys")
    page.locator("h1").click()
    page.keyboard.press("g")
    assert not page.is_checked("input[value=fine]"), "keys that are turned off do nothing"
    page.reload()
    assert not page.is_checked("#keys"), "and stay turned off"
    page.context.close()


def test_traces_are_labelled_by_keys(browser: Any, page_house: Any) -> None:
    page = entered(browser, page_house, "judge")
    page.goto(page_house.url + "/review/traces?metric=refusal")
    page.keyboard.press("n")
    page.keyboard.press("y")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page_house.watch.written == [("label", "refusal", page_house.trace, "yes", False, "Rita")]
    page.keyboard.press("j")
    page.wait_for_url(f"**after={page_house.trace}")
    page.context.close()


def test_the_overview_renews_itself(browser: Any, page_house: Any) -> None:
    page = entered(browser, page_house)
    page.clock.install()
    page.goto(page_house.url + "/")
    page.wait_for_load_state("networkidle")
    assert "refusal, route billing" in page.inner_text(".cases")
    page.click("#aside > summary")
    page_house.watch.case_list = []
    page.clock.fast_forward(31_000)
    page.wait_for_selector("text=None.")
    assert page.locator("#live").count() == 1 and page.locator(".cases").count() == 0
    assert page.locator("#aside[open]").count() == 1, "what somebody opened stays open"
    page.context.close()


def test_a_page_that_renews_itself_asks_for_a_token_when_the_session_is_over(browser: Any, page_house: Any) -> None:
    page = entered(browser, page_house)
    page.clock.install()
    page.goto(page_house.url + "/")
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()
    page.clock.fast_forward(31_000)
    page.wait_for_selector("input[name=token]")
    assert "refusal" not in page.inner_text("main")
    page.context.close()


def test_an_alarm_is_taken_by_a_click(browser: Any, page_house: Any) -> None:
    page = entered(browser, page_house, "judge")
    page.goto(page_house.url + "/alarms/c0ffee0001")
    page.fill("input[name=note]", "rolled back")
    page.click("text=Acknowledge")
    page.wait_for_selector("text=Rita takes care")
    assert page_house.watch.written == [("acknowledge", "c0ffee0001", "Rita", "Rita", "rolled back")]
    assert page.locator("text=Resolve").count() == 0, "only an owner resolves"
    page.context.close()
