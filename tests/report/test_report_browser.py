"""Written pages in headless Chromium: no violation of axe, nothing wider than the window, nothing of a model's text runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assay.domain.verdict import Finding
from assay.report.data_html import data_html
from assay.report.html import html

pytestmark = pytest.mark.browser

NAMES = ("deployed", "monitored", "reviewed", "blocked", "inconclusive", "hostile", "several", "data")
EVIL = "<script>window.hit=1</script><img src=x onerror=window.hit=2>\u202etxt\x1b[31m"


def written(name: str, made: ModuleType) -> str:
    if name == "data":
        manifest = {
            "rows": 3,
            "files": [{"file": f"{EVIL}{'long' * 30}.jsonl", "rows": 3, "unfit": 0, "bytes": 9, "digest": "sha256:00"}],
            "digest": "sum-sha256:00",
            "languages": {"de": 2, EVIL: 1},
            "answer_characters": {f"{2**n}": n + 1 for n in range(20)},
            "sources": {"x" * 200: 3},
        }
        found = [
            Finding(code=code, severity=severity, message=f"{EVIL} {'long ' * 60}", evidence={"distribution": {EVIL: 3, "b": 1}})
            for code, severity in (("privacy.email", "high"), ("format.crlf", "info"))
        ]  # fmt: skip
        held = [{"name": f"{EVIL}{'long' * 30}", "items": 3, "found": 0, "looked_for": "word for word"}]
        return data_html(found, manifest, {"asked": {"held": held}}, "1", "2026-03-31")
    if name == "several":
        return html([made.blocked(), made.deployed(), made.hostile()])
    return html([getattr(made, name)()])


@pytest.fixture(params=NAMES)
def address(request: pytest.FixtureRequest, made: ModuleType, tmp_path: Path) -> Iterator[str]:
    page = tmp_path / "page.html"
    page.write_text(written(request.param, made), encoding="utf-8")
    yield page.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
def test_a_written_page_in_a_browser(browser: Any, violations: Any, address: str, scheme: str, width: int) -> None:
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda one: said.append(str(one)))
    page.goto(address)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("window.hit") is None, "even without the page's content policy"
    assert said == []
    context.close()
