"""Sources that a text cites by an identifier, and what is wrong with the form of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from assay.scorers.wording import Piece

_READ = 200_000
_DASH = "\u2010\u2011\u2012\u2013-"


@dataclass(frozen=True, slots=True)
class Citation:
    """One source that a text cites."""

    kind: str
    """doi, isbn, issn, arxiv, pmid, url, case, orcid, study."""
    key: str
    """What must be found in a context that holds it: normalised."""
    piece: Piece
    """As written."""
    fault: str = ""
    """What is wrong with its form; empty when nothing is."""


def citations(text: str) -> list[Citation]:
    """Citations in order of their place, in the first 200,000 characters.

    Examples:
        >>> [(c.kind, c.fault) for c in citations("ISBN 978-3-16-148410-0, doi:10.1000/182, ISBN 978-3-16-148410-1")]
        [('isbn', ''), ('doi', ''), ('isbn', 'its check digit is wrong')]
    """
    text = text[:_READ]
    found: list[Citation] = []
    taken: list[tuple[int, int]] = []
    low = text.lower()
    marked = _FOLDED.search(text) is None  # else letters of any case may be written in ways that `lower` does not know
    for kind, pattern, read in _KINDS:
        if marked and not _may_hold(kind, text, low):
            continue
        for hit in pattern.finditer(text):
            start, end = hit.span("key")
            if any(low < end and start < high for low, high in taken[-200:]):
                continue
            made = read(hit)
            if made is not None:
                taken.append((start, end))
                key, fault = made
                found.append(Citation(kind, key, Piece(start, hit["key"]), fault))
    return sorted(found, key=lambda one: one.piece.start)


def _doi(hit: re.Match[str]) -> tuple[str, str] | None:
    key = hit["key"].rstrip(".,;:)]}>\"'*_")
    fault = (
        "" if re.match(r"10\.\d{4,9}(?:\.\d+)*/\S", key) else "a DOI begins with 10., four digits or more and a slash"
    )
    return key.lower(), fault


def _isbn(hit: re.Match[str]) -> tuple[str, str] | None:
    digits = re.sub(rf"[\s{_DASH}]", "", hit["key"]).upper()
    if len(digits) == 10:
        numbers = [10 if char == "X" else int(char) for char in digits if char.isdigit() or char == "X"]
        right = len(numbers) == 10 and "X" not in digits[:9]
        right = right and sum((10 - at) * n for at, n in enumerate(numbers)) % 11 == 0
    elif len(digits) == 13:
        right = digits.isdigit() and sum(int(char) * (1 + 2 * (at % 2)) for at, char in enumerate(digits)) % 10 == 0
        if right and digits[:3] not in ("978", "979"):
            return digits, "an ISBN of 13 digits begins with 978 or 979"
    else:
        return digits, f"an ISBN has 10 or 13 digits, this one {len(digits)}"
    return digits, "" if right else "its check digit is wrong"


def _issn(hit: re.Match[str]) -> tuple[str, str] | None:
    digits = re.sub(rf"[{_DASH}]", "", hit["key"]).upper()
    numbers = [10 if char == "X" else int(char) for char in digits]
    right = sum((8 - at) * n for at, n in enumerate(numbers)) % 11 == 0
    return digits, "" if right else "its check digit is wrong"


def _orcid(hit: re.Match[str]) -> tuple[str, str] | None:
    digits = hit["key"].replace("-", "").upper()
    total = 0
    for char in digits[:15]:
        total = (total + int(char)) * 2
    check = (12 - total % 11) % 11
    return digits, "" if digits[15] == ("X" if check == 10 else str(check)) else "its check digit is wrong"


def _arxiv(hit: re.Match[str]) -> tuple[str, str] | None:
    """Since April 2007 YYMM.NNNN, since January 2015 with five digits; before that archive/YYMMNNN."""
    key = re.sub(r"v\d+\Z", "", hit["key"].lower())
    new = re.fullmatch(r"(\d\d)(\d\d)\.(\d+)", key)
    if new:
        year, month, digits = int(new[1]), int(new[2]), len(new[3])
        if not 1 <= month <= 12:
            return key, f"month {month:02d}"
        if (year, month) < (7, 4):
            return key, "this form began in April 2007"
        return key, "" if digits == (5 if year >= 15 else 4) else f"{digits} digits after the point"
    old = re.fullmatch(r"[a-z-]+(?:\.[a-z]{2})?/(\d\d)(\d\d)\d{3}", key)
    if not old:
        return key, "not the form of an arXiv identifier"
    within = 1 <= int(old[2]) <= 12 and (int(old[1]) >= 91 or (int(old[1]), int(old[2])) <= (7, 3))
    return key, "" if within else "no month of the years 1991 to 2007"


def _pmid(hit: re.Match[str]) -> tuple[str, str] | None:
    return hit["key"], "" if len(hit["key"]) <= 8 else "a PubMed number has at most 8 digits"


def _url(hit: re.Match[str]) -> tuple[str, str] | None:
    key = hit["key"].rstrip(".,;:!?)]}>\"'*_`")
    host = re.sub(r"^https?://", "", key.lower()).partition("/")[0].partition("?")[0].rpartition("@")[2]
    name = host.partition(":")[0]
    reserved = re.search(r"(?:^|\.)(?:example\.(?:com|org|net)|example|test|invalid|localhost)$", name)
    if not name or reserved or re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name):
        return None
    labels = name.split(".")
    if len(labels) < 2 or not all(re.fullmatch(r"(?!-)[\w-]{1,63}(?<!-)", label) for label in labels):
        return key.lower(), "its host is no domain name"
    if not re.fullmatch(r"[^\W\d_]{2,24}|xn--[a-z0-9-]+", labels[-1]):
        return key.lower(), "its host ends in no top-level domain"
    return re.sub(r"^https?://(?:www\.)?", "", key.lower()).rstrip("/"), ""


_SERIES = {  # reporter: last volume of the series, first and last year of its decisions; series that ended
    "F.2d": (999, 1924, 1993), "F.3d": (999, 1993, 2021), "F. Supp.": (999, 1932, 1998),
    "F. Supp. 2d": (999, 1997, 2014), "S.W.2d": (999, 1928, 1999), "N.E.2d": (999, 1936, 2014),
    "So. 2d": (999, 1941, 2008), "P.2d": (999, 1931, 2000), "A.2d": (999, 1938, 2010),
}  # fmt: skip
_OPEN = ("U.S.", "S. Ct.", "L. Ed. 2d", "F.4th", "F. Supp. 3d", "F.", "S.W.3d", "N.E.3d", "So. 3d", "P.3d", "A.3d")


def _case(hit: re.Match[str]) -> tuple[str, str] | None:
    volume, page = int(hit["volume"]), int(hit["page"])
    reporter = next(name for name in (*_SERIES, *_OPEN) if _bare(name) == _bare(hit["reporter"]))
    key = f"{volume} {_bare(reporter)} {page}"
    last, first_year, last_year = _SERIES.get(reporter, (0, 0, 0))
    year = int(hit["year"]) if hit["year"] else None
    if not volume or not page:
        return key, "volume and page count from 1"
    if last and volume > last:
        return key, f"{reporter} ended with volume {last}"
    if last and year and not first_year - 1 <= year <= last_year + 1:  # printed around the turn of a series
        return key, f"{reporter} holds decisions of {first_year} to {last_year}"
    return key, ""


def _study(hit: re.Match[str]) -> tuple[str, str] | None:
    if hit["name"].lower() in _NO_NAMES:
        return None
    return f"{hit['name'].lower()} {hit['year']}", ""


def _bare(name: str) -> str:
    return re.sub(r"[\s.]", "", name).lower()


_BEFORE_YEARS = (
    "in since by until during after before from around january february march april may june july august "
    "september october november december spring summer autumn fall winter early late mid circa the and about "
    "version window windows copyright edition chapter section figure table step year between"
)
_NO_NAMES = frozenset(_BEFORE_YEARS.split())
_REPORTERS = "|".join(
    re.escape(name).replace(r"\ ", r"\s?").replace(r"\.", r"\.?\s?")
    for name in sorted((*_SERIES, *_OPEN), key=len, reverse=True)
)
_FOLDED = re.compile("[\u0130\u0131\u017f\u212a]")
_MARKS = {
    "doi": ("doi", "10."),
    "isbn": ("isbn",),
    "issn": ("issn",),
    "orcid": ("0000-",),
    "arxiv": ("arxiv",),
    "pmid": ("pmid",),
    "url": ("http", "www."),
}
"""Kinds and what stands in every text that cites so, in lower case."""
_LATER = {
    "case": re.compile(rf" (?:{_REPORTERS}) ?\d"),
    "study": re.compile(r"(?: et al\.?| (?:and|&) [A-Z][\w'\-]{1,30}),? ?\(?(?:19|20)\d\d"),
}
"""Kinds and how all such citations end; it begins with what is quickly found."""


def _may_hold(kind: str, text: str, low: str) -> bool:
    """Whether a text may cite in one way; most ways are ruled out by a glance."""
    if kind in _LATER:
        return _LATER[kind].search(text) is not None
    return any(mark in low for mark in _MARKS[kind])


_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], tuple[str, str] | None]], ...] = (
    (
        "doi",
        re.compile(r"(?:\bdoi(?:\.org/|:\s?| )|\bDOI(?::\s?| ))(?P<key>\d[^\s,;<>\"]{2,200})", re.IGNORECASE),
        _doi,
    ),
    ("doi", re.compile(r"(?<![\w./])(?P<key>10\.\d{4,9}/[^\s<>\"]{1,200})"), _doi),
    (
        "isbn",
        re.compile(
            rf"\bISBN(?:[-\s]?1[03])?(?:\s?\((?:1[03])\))?[:#\s]{{0,3}}(?P<key>\d[\d\s{_DASH}]{{7,24}}[\dXx])(?!\d)"
        ),
        _isbn,
    ),
    ("issn", re.compile(rf"\bISSN[:\s]{{0,3}}(?P<key>\d{{4}}[{_DASH}]\d{{3}}[\dXx])(?!\w)", re.IGNORECASE), _issn),
    ("orcid", re.compile(r"(?<![\d-])(?P<key>0000-\d{4}-\d{4}-\d{3}[\dXx])(?![\d-])"), _orcid),
    (
        "arxiv",
        re.compile(
            r"\barxiv(?:\.org/(?:abs|pdf)/|:\s?| )(?P<key>\d{4}\.\d{1,8}(?:v\d{1,2})?|"
            r"[a-z-]{2,12}(?:\.[A-Za-z]{2})?/\d{5,9})",
            re.IGNORECASE,
        ),
        _arxiv,
    ),
    ("pmid", re.compile(r"\bPMID[:\s]{1,3}(?P<key>\d{1,20})(?!\d)"), _pmid),
    (
        "url",
        re.compile(r"(?P<key>https?://[^\s<>\"“”’\u3000-\u9fff]{1,500}|(?<![\w@./])www\.[^\s<>\"“”’]{3,500})"),
        _url,
    ),
    (
        "case",
        re.compile(
            rf"(?<![\w.])(?P<key>(?P<volume>\d{{1,4}}) (?P<reporter>{_REPORTERS}) ?(?P<page>\d{{1,5}})(?!\w))"
            r"(?:[,\s\d-]{0,20}\((?:[^()]{0,30} )?(?P<year>\d{4})\))?"
        ),
        _case,
    ),
    (
        "study",
        re.compile(
            r"(?<![\w'])(?P<key>(?P<name>[A-Z][a-zà-öø-ÿ'\-]{2,30})(?:,? et al\.?|,? (?:and|&) [A-Z][\w'\-]{1,30})"
            r",? ?\(?(?P<year>(?:19|20)\d\d)[a-z]?\)?)"
        ),
        _study,
    ),
)
