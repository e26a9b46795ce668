"""Phone numbers in runs of digits: by international and national forms, and by the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.scorers.checksums import ean13, isbn10
from assay.scorers.finding import LETTER, Found, nearest, words

# Calling codes of the ITU (E.164) by length; 1 and 7 are whole zones.
_SHORT_CODES = (
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 "
    "86 90 91 92 93 94 95 98"
)
_CODES = frozenset(_SHORT_CODES.split())
_LONG_CODES = re.compile(r"2[1-69]\d|3[578]\d|42[0-3]|5[09]\d|6[789]\d|8[0578]\d|9[679]\d")
STRONG = words(
    r"phones?",
    r"tel(?:s|\.|e(?:ph|f)\w*)?(?![^\W_])",
    r"mobiles?",
    r"mobil\w*",
    r"cell(?:s|ular\w*|"
    r"phones?)?(?![^\W_])",
    r"fax\w*",
    r"land ?line",
    r"whats ?app",
    r"sms",
    r"dial\w*",
    r"handy\w*",
    r"(?:ruf|durchwahl)\w*",
    r"t[eé]l[eé]\w*",
    r"portable",
    r"m[oó]vil",
    r"cellulare",
    r"recapito",
    r"puhelin",
    r"viber",
    r"pager",
    r"(?:direct|main) line",
    r"ext(?:ension)?\.?(?![^\W_])",
    r"ph(?:\.|:)",
    r"[mtpf]:",
    r"電話",
    r"电话",
    r"手机",
    r"手機",
    r"联系",
    r"携帯",
    r"전화",
    r"휴대",
    r"тел(?:ефон\w*|\.)?",
    r"моб\w*",
    r"звон\w*",
    r"هاتف",
    r"फ़ोन",
)
WEAK = words(
    r"call(?:s|ed|ing)?(?: \w+){0,2}",
    r"ring(?:ing)? (?:me|us|him|her|them|up)",
    r"text(?:ed|ing)? (?:me|"
    r"us|him|her|them|to|at|on)",
    r"answer(?:s|ed|ing)? (?:at|on)",
    r"reach(?:es|ed|ing|able)?(?![^\W_])",
    r"messag\w* (?:to|at|on)",
    r"contact\w*",
    r"signal",
    r"(?:my|his|her|their|your|our|the) (?:line|number|no)(?![^\W_])",
    r"numero di",
    r"hot ?line",
)
LABEL = (
    r"(?<![^\W_])(?:desk|office|home|work|main|business|private)(?: line| number|"
    r" no\.?)?(?: is)?[ *_]{0,3}[:=]?[ *_]{0,3}"
)
"""What makes a number one of a telephone only right before it."""
_LABEL = re.compile(rf"{LABEL}\Z")
_SENTENCE_END = re.compile(r"[.!?]\s+(?=[^\W\d_])|\n\s*\n")
BEHIND = r"(?:office|fax|mobile|cell|phone|desk|home\b|work\b|land ?line|tel\b|telefon|handy|portable|voicemail)"
"""Words that say behind a number whose it is."""
_AFTER = re.compile(rf"[\s\-,(/\\|]{{0,3}}{BEHIND}")
_OTHER = words(
    "order",
    "invoice",
    "ticket",
    "isbn",
    "issn",
    "version",
    "account",
    "tracking",
    "serial",
    "part (?:no|number)",
    "sku",
    "model",
    "case (?:no|number)",
    "reference",
    "id(?![^\\W_])",
    "population",
    "about",
    "approximately",
    "roughly",
    "total",
    "equals?",
    "sum",
    "product",
    "nearly",
    "almost",
    "over",
    "under",
    "worth",
    "price",
    "cost",
    "years?",
    "between",
    "zip",
    "postal",
    "plz",
    "patent",
    "arxiv",
    "doi",
    "pmid",
    "rfc",
    "iso",
    "oclc",
    "lat(?:itude)?(?![^\\W_])",
    "lon(?:gitude)?(?![^\\W_])",
    "coordinates?",
    "pi(?![^\\W_])",
    "routing",
    "policy (?:no|number)",
    "pages?",
    "pp\\.",
    "chapter",
    "date",
    "licen[cs]e",
    "passport",
    "iban",
    "swift",
    "card",
    "figure",
    "build",
    "release",
    "commit",
)
_UNIT = re.compile(
    r"\s?(?:%|°|[€$£¥₹]|(?:usd|eur|gbp|chf|km|m|cm|mm|kg|g|lb|lbs|mb|gb|kb|bytes?|people|million|billion|miles?|years?|"
    r"dollars?|euros?|pounds?|hours?|minutes?|seconds?|votes?|inhabitants?|units?|items?|users?|tons?|"
    r"tonnes?|acres?)\b)"
)
_DATE = re.compile(
    r"(?:1[5-9]|20|21)\d\d[-/. ](?:0?[1-9]|1[0-2])[-/. ](?:0?[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/. ](?:0?[1-9]|[12]\d|3[01])[-/. ](?:1[5-9]|20|21)\d\d(?!\d)"
    r"|(?:0?[1-9]|[12]\d|3[01])[/.-](?:0?[1-9]|1[0-2])[/.-]\d\d(?!\d|[/.-]\d)"
)
_YEARS = re.compile(r"(?:(?:1[5-9]|20)\d\d(?:[ ./-]{1,3}|\Z)){1,}(?:\d\d)?")
_NANP = re.compile(r"(?:(?:\+|00)?1[ .-]?)?(?:\(\d{3}\)[ -]?|\d{3}([ .-]))\d{3}(?(1)\1|[ .-])\d{4}")
_AREA = re.compile(r"\(\d{2,5}\) ?(?:\d{2,5}[ -]\d{3,4}(?:[ -]\d{2,4})?|\d{6,9})|8 ?\(\d{3}\) ?\d{3}[ -]\d\d[ -]\d\d")
_MOBILE = re.compile(r"1[3-9]\d{9}")  # China; no other common number is so long and begins so
_LATIN = re.compile(r"[^\W_\u0e00-\U0010ffff]{2}")
_DOTTED = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_DECIMAL = re.compile(r"\d+\.\d+")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[ .]\d{3})+")
_TOLL_FREE = re.compile(
    r"(?:(?:\+|00)?1[ .-]?)?\(?8(?:00|33|44|55|66|77|88)\)?[ .-]|\(?0(?:800|808|300|900)\b|1[38]00\b"
)
_EXTENSION = re.compile(r"(?:\s?x|,?\s?ext(?:\.|ension)?)\s?\d{1,6}(?!\w)", re.IGNORECASE)
_SERVICE = words(
    "hot ?lines?", "help ?lines?", "life ?line", "crisis", "emergency", "suicide", "toll.free", "customer ser"
)


def phone(text: str, low: str, start: int, end: int) -> Iterator[Found]:
    """The phone number that a run of digits and separators is, if it is one.

    Args:
        text: Plain text.
        low: The same in lower case.
        start: First character of the run.
        end: One past its last.

    Examples:
        >>> list(phone("+41 (0)71 526 99 04", "+41 (0)71 526 99 04", 0, 19))
        [Found(start=0, end=19, type='phone', confidence=0.95)]
    """
    raw = text[start:end]
    if not _may_be(text, raw, start, end):
        return
    extension = _EXTENSION.match(text, end)
    before, after = _sentence(low[_word_end(low, start - 48) : start]), low[end : end + 24]
    sure = _surety(raw, _named(before, after, extension is not None))
    if sure < 0.93 and (_UNIT.match(after) or nearest(_OTHER, before) >= 0) and _named(before, after, False) < 2:
        sure = min(sure, 0.4)
    if not extension and (_TOLL_FREE.match(raw) or (sure < 0.9 and _SERVICE.search(before))):
        sure = min(sure, 0.35)
    if sure:
        yield Found(start, extension.end() if extension else end, "phone", sure)


def _word_end(low: str, place: int) -> int:
    """A place, or the end of the word that is cut there: the rest of `hotel` is no telephone."""
    place = max(0, place)
    while place and _LATIN.fullmatch(low, place - 1, place + 1):
        place += 1
    return place


def _sentence(before: str) -> str:
    """What stands before, from the last end of a sentence on; `tel. 12` ends none."""
    ends = [match.end() for match in _SENTENCE_END.finditer(before)]
    return before[ends[-1] :] if ends else before


def _named(before: str, after: str, extended: bool) -> int:
    """How clearly the words around call it a phone number: 2 clearly, 1 perhaps, 0 not."""
    if extended or _AFTER.match(after):
        return 2
    if LETTER.search(before) is None:  # a list of numbers: nothing announces them
        return 0
    other = nearest(_OTHER, before)
    if _LABEL.search(before):
        return 2
    for words_before, strength in ((STRONG, 2), (WEAK, 1)):
        ours = nearest(words_before, before)
        if ours >= 0 and (other < 0 or ours <= other):
            return strength
    return 0


def _may_be(text: str, raw: str, start: int, end: int) -> bool:
    """Whether a run is of a form that no date, year, version, book, sum or code has."""
    digits = "".join(filter(str.isdigit, raw))
    if not 6 <= len(digits) <= 15 or len(set(digits)) < 3 or raw.count("(") != raw.count(")"):
        return False
    before = text[start - 1 : start]
    if before and (
        (before.isalnum() and before < "\u0e00")
        or before in "_.$€£¥#=<>%^&~@"
        or (before in "-/*+" and text[start - 2 : start - 1].isalnum())
    ):
        return False
    if (
        text[end : end + 2].lstrip()[:1] in tuple("=×÷<>*")
        or text[end : end + 1] in ("%", "°", "=", "*", "@", "_")
        or (text[end : end + 1] in (".", ",") and text[end + 1 : end + 2].isdigit())
    ):
        return False
    if _DATE.match(raw) or _YEARS.fullmatch(raw) or _DOTTED.fullmatch(raw) or _DECIMAL.fullmatch(raw):
        return False
    return not _book(raw, digits) and " / " not in raw and " - " not in raw


def _book(raw: str, digits: str) -> bool:
    if len(digits) == 13 and digits[:3] in ("978", "979"):
        return ean13(digits)
    return len(digits) == 10 and raw.count("-") == 3 and raw[-2] == "-" and isbn10(digits)


def _surety(raw: str, named: int) -> float:
    digits = "".join(filter(str.isdigit, raw))
    count, separated = len(digits), not raw.isdigit()
    if raw.startswith(("+", "(+")):
        known = digits[0] in "17" or digits[:2] in _CODES or bool(_LONG_CODES.match(digits))
        return (0.95 if count >= 8 and known else 0.6) if count >= 7 else 0
    if raw.startswith("00") and separated and 10 <= count <= 15:
        return 0.93
    if _NANP.fullmatch(raw):
        return 0.97 if named else 0.85
    groups = re.findall(r"\d+", raw)
    if (raw[0] == "0" and raw[1] != "." and raw[1].isdigit()) or raw.startswith("(0"):
        if separated and 9 <= count <= 12 and len(groups) <= 6:
            return 0.95 if named else 0.8
        return 0.9 if named and count >= 7 else 0.45 if count in (10, 11) else 0
    if max(map(len, groups)) < 2 or (count > 11 and len(groups) < 3):
        return 0
    if named < 2 and not (named and count >= (7 if separated else 8)):
        return 0.55 if _AREA.fullmatch(raw) or _MOBILE.fullmatch(raw) else 0
    if named < 2 and not separated:
        return 0.6
    if _THOUSANDS.fullmatch(raw) and "." in raw:
        return 0.3
    return 0.85 if separated or count >= 7 else 0.4
