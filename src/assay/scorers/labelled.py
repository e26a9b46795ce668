"""Values that are personal because the text says what they are: a birthday, a passport, a licence, a postcode."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assay.scorers.finding import Found

_QUOTES = r"[ \t\"'*_`:]{0,5}"
_GAP = (
    rf"(?:[ \t]?\([^()\n]{{0,20}}\))?{_QUOTES}(?:(?:number|no|num|nr|nummer|code|id)\b\.?|n°|nº|№|#)?{_QUOTES}"
    rf"(?:is|was|are|:|=|ist|lautet|est|es|è|of|on|#|-)?{_QUOTES}"
)
_MONTH = r"(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zäéû.]{0,8}"
_DATE = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/. ]{{1,2}}\d{{1,2}}[-/. ]{{1,2}}\d{{2,4}}|"
    rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)? (?:of )?{_MONTH},? \d{{4}}|\d{{4}}年\d{{1,2}}月\d{{1,2}}日)(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Label:
    """One kind of value that its label makes personal."""

    type: str
    """Its name in evidence."""
    hints: tuple[str, ...]
    """One of these stands in the text, in lower case; cheap to look for."""
    form: re.Pattern[str]
    """Label, gap, and the value as the first group; read in lower case."""
    confidence: float
    """How surely the value is one."""
    digits: int = 0
    """Least number of digits in the value."""


def _label(kind: str, hints: str, label: str, value: str, confidence: float, digits: int = 0) -> Label:
    form = re.compile(rf"(?<![^\W_])(?:{label}){_GAP}({value})")
    return Label(kind, tuple(hints.split("|")), form, confidence, digits)


_END = r"(?![^\W_])"
_CODE = rf"[a-z0-9](?:[a-z0-9]|[-/ ](?=[a-z0-9]*\d)){{3,20}}{_END}"
LABELS = (
    _label(
        "birth_date",
        "birth|dob|d.o.b|i was born|i'm born|i am born|geburt|naissance|nacimiento|nascita|nascimento|出生|生年",
        r"i(?: was|'m| am) born|(?:date|day) of birth|birth ?da(?:te|y)|dob|d\.o\.b\.?|geburts(?:datum|tag)|"
        r"date de naissance|fecha de nacimiento|data di nascita|data de nascimento|出生日期|生年月日",
        _DATE,
        0.85,
        4,
    ),
    # Said of a third person it is mostly history; given for who sets the floor low.
    _label("birth_date", "born|geb|née? le|nac", r"born|geboren(?: am)?|geb\.|née? le|nacid[oa] el", _DATE, 0.45, 4),
    _label(
        "passport",
        "passport|reisepass|passeport|pasaporte|passaporto|护照",
        r"passports?|reisepass(?:nummer)?|passeport|pasaporte|passaporto|护照(?:号码?)?",
        rf"[a-z]{{0,3}}\d[a-z0-9]{{5,10}}{_END}",
        0.9,
        5,
    ),
    _label(
        "driver_license",
        "licen|fahrerlaubnis|führerschein|permis|dl ",
        r"driv(?:er|ing)(?:'?s|s'|s)?[ -]licen[cs]e|licen[cs]e (?:number|no)|führerschein(?:nummer)?|"
        r"permis de conduire|dl (?:number|no)",
        _CODE,
        0.9,
        4,
    ),
    _label(
        "bank_account",
        "account|acct|konto|routing|sort code|cuenta|compte",
        r"(?:bank )?account|acct|konto(?:nummer)?|sort code|routing|numéro de compte|número de cuenta",
        rf"\d(?:[ -]?\d){{5,17}}{_END}",
        0.85,
        6,
    ),
    _label(
        "medical_record",
        "medical|patient|mrn|health|medicare|insurance|policy",
        r"medical record|mrn|patient id|health card|medicare|(?:health )?insurance (?:id|number|policy number)|"
        r"policy (?:number|no)",
        _CODE,
        0.85,
        5,
    ),
    _label(
        "tax_id",
        "tax|steuer|tin|fiscal",
        r"tax(?:payer)?[ -]?(?:id(?:entification)?|number|file number)|steuer(?:-?id|nummer|identifikationsnummer)|tin",
        rf"\d(?:[ /-]?\d){{7,12}}{_END}",
        0.85,
        8,
    ),
    _label(
        "national_id",
        "national id|identity card|id card|id number|personalausweis|cédula|carte d'identit",
        r"national id(?:entity)?(?: card)?|identity card|id card|id number|personalausweis(?:nummer)?|cédula|"
        r"carte d'identité",
        _CODE,
        0.85,
        5,
    ),
    _label(
        "zip_code",
        "zip|postal|postcode|post code|plz|postleitzahl|code postal",
        r"zip(?:[ -]?code)?|post(?:al)?[ -]?code|plz|postleitzahl|code postal|código postal",
        rf"[a-z]{{1,2}}\d[a-z\d]? ?\d[a-z]{{2}}{_END}|[a-z]\d[a-z] ?\d[a-z]\d{_END}|"
        rf"\d{{3,6}}(?:[ -]\d{{2,4}})?(?: [a-z]{{2}}{_END})?{_END}",
        0.8,
        2,
    ),
    _label(
        "plate",
        "plate|kennzeichen|immatricul",
        r"(?:licen[cs]e|number|registration) plate|kennzeichen|plaque d'immatriculation",
        rf"(?=[^\d\n]{{0,10}}\d)[a-z0-9]{{1,4}}(?:[ -]?[a-z0-9]{{1,4}}){{1,2}}{_END}",
        0.8,
        1,
    ),
    _label("vin", "vin|vehicle id", r"vin|vehicle identification", rf"[a-hj-npr-z0-9]{{17}}{_END}", 0.95, 4),
    _label("imei", "imei", r"imei", rf"\d{{2}}[ -]?\d{{6}}[ -]?\d{{6}}[ -]?\d{_END}", 0.95, 15),
)
"""Kinds of value and the words that announce them."""


def labelled(text: str, low: str) -> Iterator[Found]:
    """Values that follow a label.

    Args:
        text: Plain text.
        low: The same in lower case.

    Examples:
        >>> [find.type for find in labelled("", "my driver's license number is u62928788")]
        ['driver_license']
    """
    assert not text or len(text) == len(low)
    for label in LABELS:
        for hint in label.hints:
            if hint in low:
                yield from _values(label, low)
                break


def _values(label: Label, low: str) -> Iterator[Found]:
    for match in label.form.finditer(low):
        if sum(map(str.isdigit, match[1])) >= label.digits:
            yield Found(match.start(1), match.end(1), label.type, label.confidence)
