"""Counts as bars: every count is drawn or put together, sizes keep their order, hostile labels stay texts."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from assay.domain.verdict import Finding
from assay.report.bars import MOST, Bar, Part, bars, drawn
from assay.report.data_html import data_html

MANIFEST = {
    "rows": 3,
    "files": [],
    "digest": "sum-sha256:00",
    "languages": {"de": 2, "en": 1},
    "answer_characters": {f"{2**n}": n + 1 for n in range(20)},
    "sources": {"(none)": 3},
}


def svgs(markup: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(f"<x>{markup}</x>"))


@given(st.dictionaries(st.text(max_size=30), st.integers(0, 10**12), min_size=1, max_size=60), st.booleans())
def test_all_that_is_counted_is_drawn_and_the_picture_is_sound(counts: dict[str, int], ordered: bool) -> None:
    for picture in svgs(bars(counts, "title", ordered=ordered)):
        numbers = [int((one.text or "").replace(",", "")) for one in picture if one.get("class") == "count"]
        assert sum(numbers) == sum(counts.values())
        edge = float((picture.get("viewBox") or "").split()[2])
        assert all(float(one.get("x", 0)) + float(one.get("width", 0)) <= edge for one in picture)


def test_sizes_keep_their_order_and_other_counts_are_put_together() -> None:
    counts = {f"n{n}": 100 - n for n in range(20)}
    (wide, _) = svgs(bars(counts, "t"))
    labels = [one.text for one in wide if one.tag == "text" and one.get("class") != "count"]
    assert labels == [*[f"n{n}" for n in range(MOST)], "all others"]
    (wide, _) = svgs(bars(counts, "t", ordered=True))
    assert sum(one.tag == "rect" for one in wide) == 20


def test_parts_of_a_bar_stand_side_by_side() -> None:
    (wide, narrow) = svgs(drawn([Bar(label="x", parts=(Part(count=3, look="block"), Part(count=1, look="none")))], "t"))
    first, second = [one for one in wide if one.tag == "rect"]
    assert (first.get("class"), second.get("class")) == ("block", "none")
    assert float(first.get("x", 0)) + float(first.get("width", 0)) == float(second.get("x", 0))
    assert float((narrow.get("viewBox") or "").split()[2]) <= 360


def test_hostile_texts_are_shown_as_texts() -> None:
    hostile = '"/><script>alert(1)</script>\x1b[31m\u202e'
    finding = Finding(
        code=f"x.{hostile}",
        severity="high",
        message=hostile,
        evidence={"distribution": {hostile: 3, "b": True, "c": -1}},
    )
    page = data_html([finding], MANIFEST | {"sources": {hostile: 3}}, {}, "1")
    assert "<script" not in page and "\x1b" not in page and "\u202e" not in page
    assert "<summary>Distribution</summary>" in page
    for found in re.findall(r"<svg class=\"bars.*?</svg>", page, re.S):
        ElementTree.fromstring(found)


def test_a_page_draws_what_the_data_is_and_what_was_found() -> None:
    low = Finding(code="format.crlf", severity="info", message="m", evidence={"rows": 4})
    high = Finding(code="privacy.email", severity="high", message="m", evidence={"rows": 2})
    page = data_html([low, high], MANIFEST, {}, "1")
    heads = re.findall(r"<h3>(.*?)</h3>", page)
    assert heads == ["Rows with findings, by kind of check", "Languages", "Characters of an answer"]
    assert page.index(">privacy</text>") < page.index(">format</text>")
    assert "privacy: 2 high" in page
    assert "<style" in page and "script-src" not in page and "default-src &#39;none&#39;" in page


def test_the_head_names_the_files_the_day_and_what_comes_next() -> None:
    files = [{"file": f"{n}.jsonl", "rows": 1, "unfit": 0, "bytes": 9, "digest": "sha256:00"} for n in range(5)]
    info = Finding(code="a.told", severity="info", message="m", evidence={})
    high = Finding(code="privacy.email", severity="high", message="m", evidence={"rows": 2}, remediation="Take it out")
    page = data_html([info, high], MANIFEST | {"files": files}, {}, "1", "2026-03-31")
    assert "<b>0.jsonl, 1.jsonl, 2.jsonl, 2 more</b>, read on 2026-03-31: 3 rows in 5 files" in page
    assert "<b>Next</b> privacy.email: Take it out" in page
    assert "<div><small>Remedy: Take it out</small></div>" in page and page.count("Remedy: ") == 1
    assert not re.search(r"</small>\s*<small>", page)
    assert 'data-label="Rows">0<' not in page and 'data-label="Rows">2<' in page
    assert "<b>Next</b>" not in data_html([info], MANIFEST, {}, "1")


def test_what_is_no_distribution_is_not_drawn() -> None:
    for told in (None, [], "text", {}, {"a": 0}, {"a": "3"}, {"a": 1.5}):
        finding = Finding(code="a.b", severity="low", message="m", evidence={"rows": 1, "distribution": told})
        assert "<summary>Distribution" not in data_html([finding], MANIFEST, {}, "1")
