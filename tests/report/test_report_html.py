"""The page: what it says, what it must not hold, how large it grows."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.domain.score import Span
from assay.report.exhibits import LONGEST, passages
from assay.report.html import html, typeset

NAMES = ("deployed", "monitored", "reviewed", "blocked", "inconclusive", "hostile")
VOID = {"meta", "br"}
_TAGS = """
html head meta title style body a header p h1 h2 h3 h4 h5 b main section article div dl dt dd nav ul
li figure figcaption span i table caption thead tbody tr th td small br details summary pre mark
code footer svg g path line circle rect text
"""
TAGS = frozenset(_TAGS.split())

PARTS = (
    "Block</h2>",
    "refusal fell 97.1\u00a0%",
    "<b>Next</b>",
    'class="forest wide"',
    'class="forest narrow"',
    "The same numbers, overall",
    "Rules, worst first",
    "Category by category",
    "category=fraud",
    "Regressed: good in the reference only",
    "Fixed:",
    '<mark title="opens with agreement">Sure!</mark>',
    "331 more not shown here: <code>assay show RUN --failing</code>",
    "Failed calls by cause",
    "no reply within the time limit",
    "Could this test see what it should?",
    "94.3\u00a0%",
    "What was not tested",
    "What the risk context changed",
    "What this procedure promises",
    '<table class="stacked">',
    "How both behaved",
    "Latency p95",
    "sha256:" + "0d" * 32,
    "The plan as registered",
)


class Reader(HTMLParser):
    """Collects tags, ids, links and attributes, and checks that tags close in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.headings: list[int] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("name", NAMES)
def test_page_is_well_formed_and_reachable_by_keyboard(made: ModuleType, name: str) -> None:
    reader = read(html([getattr(made, name)()]))
    ids = [value for _, key, value in reader.attributes if key == "id"]
    assert len(ids) == len(set(ids))
    links = [value for _, key, value in reader.attributes if key == "href"]
    assert links and all(link.startswith("#") and link[1:] in ids for link in links)
    assert reader.headings[0] == 1
    assert all(later - earlier <= 1 for earlier, later in zip(reader.headings, reader.headings[1:], strict=False))
    assert ("html", "lang", "en") in reader.attributes
    named = {one for _, key, value in reader.attributes if key == "aria-labelledby" for one in value.split()}
    assert named <= set(ids)


@pytest.mark.parametrize("name", NAMES)
def test_page_runs_and_loads_nothing(made: ModuleType, name: str) -> None:
    page = html([getattr(made, name)()])
    reader = read(page)
    assert set(reader.tags) <= TAGS
    for _, key, value in reader.attributes:
        assert not key.startswith("on") and key not in ("style", "src", "srcset", "action")
        assert "javascript:" not in value.lower() or key in ("title", "aria-label")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style and "url(" not in style[1] and "@import" not in style[1]
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(value for _, key, value in reader.attributes if key == "content")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_hostile_text_is_only_text(made: ModuleType) -> None:
    page = html([made.hostile()])
    reader = read(page)
    assert not set(page) & set("\x00\x07\x1b\u202e\ud800")
    assert "script" not in reader.tags
    assert any("<script>alert(1)</script>\\x1b[31mred" in text for text in reader.text)
    page.encode("utf-8")


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@settings(max_examples=40, deadline=None)
def test_no_answer_changes_the_shape_of_the_page(made: ModuleType, answer: str) -> None:
    def page(text: str) -> list[str]:
        trial = made.trial("candidate", "x", "a" + text)
        shown = replace(made.EXAMPLES[1], candidate=trial, metadata={"category": "c" + text}, prompt="p" + text)
        return read(html([replace(made.reviewed(), examples=(shown,), name="n" + text)])).tags

    assert page(answer) == page("")


def test_page_holds_every_part(made: ModuleType) -> None:
    page = html([made.blocked()])
    for part in PARTS:
        assert part in page, part


def test_undefined_drops_are_said(made: ModuleType) -> None:
    page = html([made.inconclusive()])
    assert "not defined (reference at 0)" in page
    assert not re.search(r"\bnan\b", page, re.IGNORECASE)


def test_several_candidates_stand_on_one_page_worst_first(made: ModuleType) -> None:
    page = html([made.deployed(), made.blocked(), made.inconclusive()])
    reader = read(page)
    ids = [value for _, key, value in reader.attributes if key == "id"]
    assert len(ids) == len(set(ids))
    assert page.index('href="#c1">eroded') < page.index('href="#c2">thin') < page.index('href="#c3">healthy')


@pytest.mark.usefixtures("no_hang")
def test_ten_thousand_samples_stay_small(made: ModuleType) -> None:
    many = []
    for index in range(10_000):
        shown = made.EXAMPLES[index % 4]
        trial = made.trial("candidate", str(index), "an answer that goes on. " * 200)
        many.append(replace(shown, sample_id=f"s{index}", candidate=trial))
    slices = [made.comparison(made.REFUSAL, 0.9, 0.8, 10, 0, {"cohort": f"cohort {index}"}) for index in range(1000)]
    audit = made.blocked()
    audit = replace(audit, examples=tuple(many), examples_total={}, comparisons=(*audit.comparisons, *slices))
    page = html([audit])
    assert len(page.encode()) < 2_000_000
    assert "7,460 more not shown here" in page


def test_passages_mark_evidence_and_say_what_is_left_out() -> None:
    pieces = passages(
        "0123456789", (Span(start=2, end=4, reason="r"), Span(start=3, end=6), Span(start=9, end=99)), 100
    )
    assert "".join(piece.text for piece in pieces) == "0123456789"
    assert [piece.text for piece in pieces if piece.marked] == ["23", "45", "9"]
    text = "a" * 10_000 + "EVIDENCE" + "b" * 10_000
    long = passages(text, (Span(start=10_000, end=10_008),), LONGEST)
    assert "EVIDENCE" in [piece.text for piece in long if piece.marked]
    assert sum(len(piece.text) + piece.hidden for piece in long) == len(text)


@given(
    st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 80), st.integers(-5, 80)), max_size=6), st.integers(1, 40)
)
def test_passages_account_for_every_character(text: str, ends: list[tuple[int, int]], limit: int) -> None:
    pieces = passages(text, [Span(start=a, end=b) for a, b in ends], limit)
    assert sum(len(piece.text) + piece.hidden for piece in pieces) == len(text)


def test_typeset_touches_numbers_only() -> None:
    assert typeset("-8.9 % of sha-256 and a - b") == "−8.9\u00a0% of sha-256 and a - b"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(made: ModuleType, scheme: str) -> None:
    """Contrast of at least 4.5 (WCAG 2.2 AA), on the card and on a decision's tinted banner."""
    blocks = re.findall(r":root \{(.*?)\}", html([made.deployed()]), re.DOTALL)
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", blocks[0 if scheme == "light" else 1]))
    tint = {"light": 0.09, "dark": 0.13}[scheme]
    for name in ("deploy", "deploy_monitored", "inconclusive", "review", "block"):
        banner = _mixed(colours[name], colours["card"], tint)
        for ground in (_mixed(colours["card"], colours["card"], 1), banner):
            assert _contrast(_mixed(colours[name], colours["card"], 1), ground) >= 4.5, name
            assert _contrast(_mixed(colours["ink"], colours["card"], 1), ground) >= 7
    for below in ("card", "paper"):
        for words in ("soft", "link", "none"):
            assert (
                _contrast(_mixed(colours[words], colours[words], 1), _mixed(colours[below], colours[below], 1)) >= 4.5
            )


def _mixed(one: str, other: str, share: float) -> tuple[float, ...]:
    parts = [[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in (one, other)]
    return tuple(share * a + (1 - share) * b for a, b in zip(*parts, strict=True))


def _contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    def light(colour: tuple[float, ...]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
