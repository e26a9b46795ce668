"""Numbers that states give people, by form, check digit and the words around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from assay.scorers import checksums
from assay.scorers.finding import Found, words


@dataclass(frozen=True, slots=True)
class Number:
    """One kind of number."""

    type: str
    """Its name in evidence."""
    form: re.Pattern[str]
    """How it is written."""
    about: re.Pattern[str]
    """Words that announce it."""
    alone: float
    """How sure one may be without such a word; 0 when not at all."""
    named: float = 0.95
    """How sure with one."""
    holds: Callable[[str], bool] = bool
    """Its own rule, on letters and digits alone."""


_BEFORE, _AFTER = r"(?<![\w.+/])(?<!\d-)(?:", r")(?!\w|[-.,/]\d)"


def _digits(form: str) -> re.Pattern[str]:
    return re.compile(_BEFORE + form + _AFTER, re.ASCII)


def ssn(digits: str) -> bool:
    """A number that the US Social Security Administration may have given out.

    Examples:
        >>> ssn("123456789"), ssn("666456789"), ssn("900456789"), ssn("123006789")
        (True, False, False, False)
    """
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def _born(year: int, month: int, day: int) -> bool:
    return 1880 <= year <= 2030 and 1 <= month <= 12 and 1 <= day <= 31


def _chinese(code: str) -> bool:
    return _born(int(code[6:10]), int(code[10:12]), int(code[12:14])) and checksums.chinese(code)


def _swedish(digits: str) -> bool:
    return _born(2000, int(digits[-8:-6]), int(digits[-6:-4])) and checksums.luhn(digits[-10:])


def _korean(digits: str) -> bool:
    return _born(2000, int(digits[2:4]), int(digits[4:6]))


def _german(digits: str) -> bool:
    counts = sorted(map(digits[:10].count, set(digits[:10])))
    return digits[0] != "0" and counts[-1] in (2, 3) and checksums.iso7064_11_10(digits)


_TAX = ("tax(?:payer)? ?(?:id|number|file|no)", "steuer", "tin(?![^\\W_])", "idnr", "fiscal")

NUMBERS = (
    Number("ssn", _digits(r"\d{3}-\d{2}-\d{4}"), words("ssn", "social sec", "social insurance"), 0.8, 0.97, ssn),
    Number("ssn", _digits(r"\d{3} \d{2} \d{4}|\d{9}"), words("ssn", "social sec"), 0, 0.93, ssn),
    Number("itin", _digits(r"9\d{2}-?[5-9]\d-?\d{4}"), words("itin", *_TAX), 0, 0.9),
    Number(
        "ahv",
        _digits(r"756[. -]?\d{4}[. -]?\d{4}[. -]?\d{2}"),
        words("ahv", "avs", "navs13"),
        0.95,
        0.98,
        checksums.ean13,
    ),
    Number("nhs", _digits(r"\d{3}[ -]?\d{3}[ -]?\d{4}"), words("nhs"), 0, 0.95, checksums.nhs),
    Number("tax_id", _digits(r"\d{2} ?\d{3} ?\d{3} ?\d{3}"), words(*_TAX), 0, 0.95, _german),
    Number(
        "sin",
        _digits(r"\d{3}([ -]?)\d{3}\1\d{3}"),
        words("sin(?![^\\W_])", "social insurance"),
        0,
        0.95,
        checksums.luhn,
    ),
    Number("cpf", _digits(r"\d{3}\.\d{3}\.\d{3}-\d{2}"), words("cpf"), 0.95, 0.98, checksums.cpf),
    Number("cpf", _digits(r"\d{11}"), words("cpf"), 0, 0.95, checksums.cpf),
    Number(
        "aadhaar", _digits(r"[2-9]\d{3}([ -]?)\d{4}\1\d{4}"), words("aadhaa?r", "uidai"), 0, 0.95, checksums.verhoeff
    ),
    Number(
        "nir",
        _digits(r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d{2} ?\d{3} ?\d{3} ?\d{2}"),
        words("s[eé]curit[eé] sociale", "insee", "nir(?![^\\W_])"),
        0.85,
        0.98,
        checksums.french,
    ),
    Number(
        "dni",
        _digits(r"(?:\d{8}|[XYZxyz]-?\d{7})-?[A-Za-z]"),
        words("dni", "nie", "nif", "documento", "identi"),
        0.8,
        0.97,
        checksums.spanish,
    ),
    Number(
        "nric",
        _digits(r"[STFG]\d{7}[A-Z]"),
        words("nric", "fin(?![^\\W_])", "identity"),
        0.85,
        0.97,
        checksums.singaporean,
    ),
    Number(
        "nino",
        _digits(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"),
        words("nino", "national insurance", "ni (?:no|number)"),
        0.75,
        0.97,
    ),
    Number("bsn", _digits(r"\d{9}"), words("bsn", "burgerservice", "sofi"), 0, 0.95, checksums.bsn),
    Number("pesel", _digits(r"\d{11}"), words("pesel"), 0, 0.97, checksums.pesel),
    Number("oib", _digits(r"\d{11}"), words("oib"), 0, 0.97, checksums.iso7064_11_10),
    Number(
        "personnummer",
        _digits(r"(?:19|20)?\d{6}[-+]\d{4}"),
        words("person ?n(?:umme)?r", "personal (?:id|number)"),
        0.7,
        0.97,
        _swedish,
    ),
    Number(
        "resident_id",
        _digits(r"[1-9]\d{16}[\dXx]"),
        words("身份", "身分", "resident", "identity"),
        0.93,
        0.98,
        _chinese,
    ),
    Number("rrn", _digits(r"\d{6}-[1-8]\d{6}"), words("rrn", "resident", "주민"), 0.8, 0.97, _korean),
)
"""Kinds whose form has six digits in a row of digits and separators."""


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    """One pattern that is found where any of these is: most runs of digits hold none, and are spared the others."""
    forms = [pattern.removeprefix(_BEFORE).removesuffix(_AFTER) for pattern in patterns]
    for n, form in enumerate(forms):  # back references get names of their own
        if r"\1" in form:
            forms[n] = form.replace("([", f"(?P<gap{n}>[", 1).replace(r"\1", f"(?P=gap{n})")
    return re.compile(_BEFORE + "|".join(forms) + _AFTER, re.ASCII)


_ANY = _any(kind.form.pattern for kind in NUMBERS)

_LETTERS = 4  # a form may begin or end with so many letters and separators around its digits
_ITALIAN = re.compile(r"[0-9]{2}(?<=[A-Za-z]{6}..)[A-EHLMPRSTa-ehlmprst][0-9]{2}[A-Za-z][0-9]{3}[A-Za-z](?![^\W_])")
_INDIAN = re.compile(r"[0-9]{4}(?<=[A-Z]{3}[PCHFATBLJG][A-Z]....)[A-Z](?![^\W_])")


def numbers(text: str, low: str, start: int, end: int) -> Iterator[Found]:
    """Identity numbers in a run of digits and separators that keep the rule of their kind.

    Args:
        text: Plain text.
        low: The same in lower case.
        start: First character of the run.
        end: One past its last.

    Examples:
        >>> [find.type for find in numbers("My SSN: 311-95-9973", "my ssn: 311-95-9973", 8, 19)]
        ['ssn']
    """
    first, last = max(0, start - _LETTERS), end + _LETTERS
    if _ANY.search(text, first, last) is None:
        return
    for kind in NUMBERS:
        for match in kind.form.finditer(text, first, last):
            if kind.holds(re.sub(r"[\W_]", "", match[0])):
                sure = kind.named if _announced(kind, low, match) else kind.alone
                if sure:
                    yield Found(match.start(), match.end(), kind.type, sure)


def lettered(text: str, low: str) -> Iterator[Found]:
    """Identity codes of letters with few digits: Italian codice fiscale, Indian PAN.

    Args:
        text: Plain text.
        low: The same in lower case; not needed.
    """
    for match in _ITALIAN.finditer(text):
        start = match.start() - 6
        if not _goes_on(text, start) and checksums.italian(text[start : match.end()].upper()):
            yield Found(start, match.end(), "codice_fiscale", 0.98)
    for match in _INDIAN.finditer(text):
        start = match.start() - 5
        if not _goes_on(text, start):
            personal = text[start + 3] == "P" or "pan" in text[max(0, start - 30) : start].lower()
            yield Found(start, match.end(), "pan", 0.8 if personal else 0.4)


def _goes_on(text: str, start: int) -> bool:
    """Whether a letter or digit stands right before."""
    return start > 0 and text[start - 1].isascii() and text[start - 1].isalnum()


def _announced(kind: Number, low: str, match: re.Match[str]) -> bool:
    return bool(
        kind.about.search(low, max(0, match.start() - 60), match.start())
        or kind.about.search(low, match.end(), match.end() + 25)
    )
