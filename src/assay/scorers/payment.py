"""Card numbers and IBANs in a text, by their check digits, lengths and issuers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.scorers.checksums import luhn, mod97
from assay.scorers.finding import Found, nearest, words

# Lengths by country, from the SWIFT registry of IBAN formats (release 96).
IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD FK", 19: "MK SI", 20: "AT BA EE KZ LT LU XK MN",
        21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM TL SO",
        24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
_IBAN = re.compile(r"[0-9]{2}(?<=[A-Za-z]{2}..)(?=[ -]?[A-Za-z0-9]{4})")
_TOKEN = re.compile(r"[A-Za-z0-9]{15,34}(?![A-Za-z0-9])")
_CARD = re.compile(
    r"(?<![\w.+\-/])(?:\d{12,19}"
    r"|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?"
    r"|\d{4}([ -])\d{6}\2\d{4,5}"
    r"|\d{6}([ -])\d{13}"
    r"|\d{4}([ -])\d{4}\4\d{4}\4\d{1,3})(?!\w|[.,/-]\d)",
    re.ASCII,
)
_ABOUT_CARDS = words(
    "card",
    "cc(?![^\\W_])",
    "credit",
    "debit",
    "visa",
    "master ?card",
    "amex",
    "american express",
    "diners",
    "discover",
    "maestro",
    "jcb",
    "union ?pay",
    "cvv",
    "cvc",
    "expir",
    "pay(?:ing|ment)?(?![^\\W_])",
    "karte",
    "kreditkart",
    "carte",
    "tarjeta",
    "carta",
    "cart[aã]o",
    "kort",
    "pan(?![^\\W_])",
    "billing",
    "charge",
)
_ABOUT_OTHERS = words(
    "isbn",
    "ean(?![^\\W_])",
    "upc",
    "gtin",
    "order",
    "tracking",
    "shipment",
    "invoice",
    "imei",
    "serial",
    "timestamp",
    "ticket",
    "transaction id",
    "iccid",
    "sim(?![^\\W_])",
    "barcode",
    "factorial",
    "prime",
    "hash",
)


def cards(text: str, low: str, start: int, end: int) -> Iterator[Found]:
    """Card numbers: Luhn's check digit, and an issuer's first digits and length or words about cards.

    Args:
        text: Plain text.
        low: The same in lower case.
        start: First character of a run of digits and separators.
        end: One past its last.

    Examples:
        >>> [find.type for find in cards("It is 4556 6019 3807 1755.", "", 6, 25)]
        ['credit_card']
    """
    if end - start < 12:
        return
    for match in _CARD.finditer(text, start, end + 2):
        digits = re.sub(r"\D", "", match[0])
        if luhn(digits) and len(set(digits)) > 1:
            yield Found(match.start(), match.end(), "credit_card", _surety(low, match, digits))


def _surety(low: str, match: re.Match[str], digits: str) -> float:
    before = low[max(0, match.start() - 60) : match.start()]
    ours, theirs = nearest(_ABOUT_CARDS, before), nearest(_ABOUT_OTHERS, before)
    if ours >= 0 and (theirs < 0 or ours < theirs):
        return 0.97 if issued(digits) else 0.85
    if not issued(digits) or theirs >= 0 or before.rstrip().endswith(("=", "*", "+", "×", "-", "^")):
        return 0.3
    if len(match[0]) > len(digits):
        return 0.9
    # One of ten numbers passes Luhn by chance; the rarer a length among cards, the more often it was chance.
    return {16: 0.85, 15: 0.8, 14: 0.5, 19: 0.5}.get(len(digits), 0.4)


def issued(digits: str) -> bool:
    """Whether a large issuer gives out numbers of this length that begin so (ISO/IEC 7812 ranges)."""
    first, two, three, four, length = digits[0], int(digits[:2]), int(digits[:3]), int(digits[:4]), len(digits)
    if first == "4":
        return length in (13, 16, 19)
    if two in (34, 37):
        return length == 15
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return length == 16
    if 300 <= three <= 305 or two in (36, 38, 39) or three == 309:
        return 14 <= length <= 19
    if 3528 <= four <= 3589:
        return 16 <= length <= 19
    if four in (2131, 1800):
        return length == 15
    if four == 6011 or 644 <= three <= 649 or two in (65, 60, 81, 82, 62):
        return length in (16, 19) or (two in (60, 62, 65) and 12 <= length <= 19)
    return (two in (50, 56, 57, 58) or two in range(61, 70)) and 12 <= length <= 19


def ibans(text: str, low: str = "") -> Iterator[Found]:
    """IBANs with their country's length and right check digits; with wrong ones when the text says IBAN.

    Examples:
        >>> [find.confidence for find in ibans("CH93 0076 2011 6238 5295 7")]
        [0.99]
    """
    for match in _IBAN.finditer(text):
        start = match.start() - 2
        inside = start > 0 and text[start - 1].isascii() and text[start - 1].isalnum()
        if inside:
            continue
        end = _end(text, start)
        if not end:
            token = _TOKEN.match(text, start)
            if token and mod97(token[0].upper()):  # a country or a length that the registry does not hold yet
                yield Found(start, token.end(), "iban", 0.85)
            continue
        code = re.sub(r"[ -]", "", text[start:end]).upper()
        if mod97(code):
            yield Found(start, end, "iban", 0.99)
        elif "iban" in text[max(0, start - 40) : start].lower():
            yield Found(start, end, "iban", 0.6)


def _end(text: str, start: int) -> int:
    """Where as many letters and digits end as an IBAN of that country has; 0 when there are not so many."""
    length = IBAN_LENGTHS.get(text[start : start + 2].upper(), 0)
    place, seen = start, 0
    while seen < length and place < len(text):
        char = text[place]
        if char in " -":
            if text[place - 1] in " -":
                return 0
        elif char.isascii() and char.isalnum():
            seen += 1
        else:
            return 0
        place += 1
    whole = place == len(text) or not (text[place].isascii() and text[place].isalnum())
    return place if length and seen == length and whole else 0
