"""Quantities in a text: amounts of money, percentages, durations, dates, times, measures and counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assay.scorers.stems import STOP, Token, listed, stem, tokens

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_ONES += " seventeen eighteen nineteen"
_SMALL = {word: value for value, word in enumerate(listed(_ONES))}
_TENS = {word: 10 * n for n, word in enumerate(listed("twenty thirty forty fifty sixty seventy eighty ninety"), 2)}
_ORDINALS = {
    word: n for n, word in enumerate(listed("first second third fourth fifth sixth seventh eighth ninth tenth"), 1)
}
_LARGE = {"hundred": 100.0, "thousand": 1000.0, "million": 1e6, "billion": 1e9}
_HOURS = {"minute": 1 / 60, "min": 1 / 60, "hour": 1.0, "day": 24.0, "night": 24.0, "week": 168.0, "fortnight": 336.0}
_MONTHS = {"month": 1.0, "year": 12.0}
_MEASURES = {
    word: (unit, factor)
    for unit, factor, words in (
        ("kg", 1.0, "kg kilo kilos kilogram kilograms kgs"),
        ("kg", 0.001, "g gram grams"),
        ("lb", 1.0, "lb lbs"),
        ("m", 1.0, "metre metres meter meters"),
        ("m", 0.01, "cm centimetre centimetres centimeter centimeters"),
        ("m", 1000.0, "km kilometre kilometres kilometer kilometers"),
        ("mile", 1.0, "mile miles"),
        ("gb", 1.0, "gb gigabyte gigabytes"),
        ("gb", 0.001, "mb megabyte megabytes"),
        ("gb", 1000.0, "tb terabyte terabytes"),
        ("ml", 1.0, "ml millilitre millilitres milliliter milliliters"),
        ("ml", 1000.0, "litre litres liter liters"),
        ("mg", 1.0, "mg milligram milligrams"),
    )
    for word in words.split()
}
_SIGNS = {"$": "usd", "€": "eur", "£": "gbp", "¥": "jpy"}
_MONEY = {
    **_SIGNS,
    **dict.fromkeys(("dollar", "dollars", "usd", "bucks"), "usd"),
    **dict.fromkeys(("euro", "euros", "eur"), "eur"),
    **dict.fromkeys(("pound", "pounds", "gbp"), "gbp"),
    **dict.fromkeys(("yen", "jpy"), "jpy"),
}
_NAMES = "january february march april may june july august september october november december"
_CALENDAR = {name: n for n, name in enumerate(_NAMES.split(), 1)}
_CALENDAR |= {name[:3]: n for name, n in _CALENDAR.items() if name != "may"} | {"sept": 9}
_BEFORE_ONE = frozenset(listed("within in after for to of than under least one's over every"))
_AFTER_ONE = frozenset({"before", "after", "later", "earlier", "notice"})
_WHOLE_ONE = frozenset({"free", "full", "whole", "further", "extra", "additional"})
_BETWEEN = frozenset({"to", "or", "and", "\u2013", "until"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts."""

    value: float
    """In its unit; of a date month * 100 + day."""
    unit: str
    """hour, month, workday, percent, usd, date, time, kg .. or the counted thing's stem; empty: a bare number."""
    kind: str
    """money, percent, duration, date, time, measure, count or number."""
    start: int
    """First character."""
    end: int
    """One past the last."""
    year: int = 0
    """Of a date, where it is told."""
    loose: bool = False
    """`a month` for `1 month`: may be meant as a number."""

    def same(self, other: Quantity) -> bool:
        """Whether both say the same; a week is 7 days, a date without a year fits every year.

        Examples:
            >>> first, second = quantities("two weeks"), quantities("14 days")
            >>> first[0].same(second[0])
            True
        """
        if self.unit != other.unit or abs(self.value - other.value) > 1e-6 * max(1.0, abs(other.value)):
            return False
        return not (self.year and other.year and self.year != other.year)


def quantities(text: str) -> list[Quantity]:
    """All quantities of a text, in order.

    Examples:
        >>> [(q.value, q.unit) for q in quantities("Up to ten GB within 30-60 days costs $7.95, or 15 %")]
        [(10.0, 'gb'), (720.0, 'hour'), (1440.0, 'hour'), (7.95, 'usd'), (15.0, 'percent')]
    """
    return [quantity for quantity, _, _ in placed(list(tokens(text)))]


def placed(words: Sequence[Token]) -> list[tuple[Quantity, int, int]]:
    """Quantities with the range of tokens that each takes up."""
    found: list[tuple[Quantity, int, int]] = []
    at = 0
    while at < len(words):
        read = _read(words, at)
        if read is None:
            at += 1
            continue
        quantity, end = read
        if found and found[-1][2] in (at, at - 1) and found[-1][0].kind in ("number", "count"):
            found[-1] = _ranged(found[-1], quantity, words, at)
        found.append((quantity, at, end))
        at = end
    return found


def _ranged(
    before: tuple[Quantity, int, int], after: Quantity, words: Sequence[Token], at: int
) -> tuple[Quantity, int, int]:
    """`30` of `30-60 days`, `30 to 60 days`: with the unit of what follows."""
    quantity, start, end = before
    between = words[end].text if end < at else "-"
    if after.kind in ("number", "count", "date", "time") or (between not in _BETWEEN and between != "-"):
        return before
    scale = _scale(words, at)
    value = quantity.value * scale
    return Quantity(value, after.unit, after.kind, quantity.start, quantity.end), start, end


def _scale(words: Sequence[Token], at: int) -> float:
    read = _number(words, at)
    unit = _unit(words, read[1]) if read else None
    return unit[2] if unit else 1.0


def _read(words: Sequence[Token], at: int) -> tuple[Quantity, int] | None:
    text = words[at].text
    if text in _MONEY and at + 1 < len(words):
        return _priced(words, at)
    if text in _CALENDAR:
        return _dated(words, at)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        year, month, day = (int(part) for part in text.split("-"))
        return Quantity(month * 100.0 + day, "date", "date", words[at].start, words[at].end, year), at + 1
    if ":" in text and len(text) > 1:
        hour, minute = (int(part) for part in text.split(":"))
        return Quantity(hour + minute / 60, "time", "time", words[at].start, words[at].end), at + 1
    if text in ("a", "an", "the"):
        return _single(words, at)
    number = _number(words, at)
    if number is None:
        return None
    quantity, end = _counted(words, at, *number)
    pronoun = text == "one" and end == at + 1 and quantity.kind in ("count", "number")  # "a new one", "one of them"
    return None if pronoun else (quantity, end)


def _priced(words: Sequence[Token], at: int) -> tuple[Quantity, int] | None:
    read = _number(words, at + 1)
    if read is None or words[at].text not in (*_SIGNS, "usd", "eur", "gbp", "jpy"):
        return None
    value, end = read
    return Quantity(value, _MONEY[words[at].text], "money", words[at].start, words[end - 1].end), end


def _dated(words: Sequence[Token], at: int) -> tuple[Quantity, int] | None:
    """`March 31, 2027`."""
    read = _number(words, at + 1)
    if read is None or not 1 <= read[0] <= 31:
        return None
    return _with_year(words, at, read[1], _CALENDAR[words[at].text], int(read[0]))


def _with_year(words: Sequence[Token], at: int, end: int, month: int, day: int) -> tuple[Quantity, int]:
    end += end < len(words) and words[end].text in ("st", "nd", "rd", "th")
    after = end + (end < len(words) and words[end].text == ",")
    year = 0
    if after < len(words) and re.fullmatch(r"(?:19|20)\d\d", words[after].text):
        year, end = int(words[after].text), after + 1
    return Quantity(month * 100.0 + day, "date", "date", words[at].start, words[end - 1].end, year), end


def _single(words: Sequence[Token], at: int) -> tuple[Quantity, int] | None:
    """`within a month`, `a week before`, `a free month`, `the day before`: one of it; `have a nice day` is none."""
    unit = _unit(words, at + 1)
    free = unit is None and at + 2 < len(words) and words[at + 1].text in _WHOLE_ONE
    unit = _unit(words, at + 2) if free else unit
    if unit is None or unit[1] != "duration":
        return None
    before = words[at - 1].text if at else ""
    after = words[unit[3]].text if unit[3] < len(words) else ""
    article = words[at].text != "the"
    if not (after in _AFTER_ONE or (article and (free or before in _BEFORE_ONE))):
        return None
    return Quantity(unit[2], unit[0], "duration", words[at].start, words[unit[3] - 1].end, loose=True), unit[3]


def _counted(words: Sequence[Token], at: int, value: float, end: int) -> tuple[Quantity, int]:
    start = words[at].start
    after = words[end].text if end < len(words) else ""
    if after in ("st", "nd", "rd", "th") and words[end].start == words[end - 1].end:
        end += 1
        after = words[end].text if end < len(words) else ""
    month = end + (after == "of")
    if month < len(words) and words[month].text in _CALENDAR and 1 <= value <= 31:
        return _with_year(words, at, month + 1, _CALENDAR[words[month].text], int(value))
    if after in ("am", "pm"):
        return Quantity(value % 12 + 12 * (after == "pm"), "time", "time", start, words[end].end), end + 1
    unit = _unit(words, end)
    if unit is not None:
        name, kind, factor, stop = unit
        return Quantity(value * factor, name, kind, start, words[stop - 1].end), stop
    noun = next((w.text for w in words[end : end + 2] if w.text.isalpha() and w.text not in STOP), "")
    return Quantity(value, stem(noun), "count" if noun else "number", start, words[end - 1].end), end


def _unit(words: Sequence[Token], at: int) -> tuple[str, str, float, int] | None:
    """Unit, kind, factor and end of what stands at a place, or None when it is no unit."""
    if at >= len(words):
        return None
    text = words[at].text
    single = text[:-1] if text.endswith("s") else text
    if text in ("%", "percent", "percentage", "pct"):
        return "percent", "percent", 1.0, at + 1
    if text == "per" and at + 1 < len(words) and words[at + 1].text == "cent":
        return "percent", "percent", 1.0, at + 2
    if text in _MONEY:
        return _MONEY[text], "money", 1.0, at + 1
    if single == "cent":
        return "usd", "money", 0.01, at + 1
    if text in ("working", "business", "calendar", "full", "consecutive") and at + 1 < len(words):
        inner = _unit(words, at + 1)
        if inner is None or inner[1] != "duration":
            return None
        if text in ("working", "business") and inner[0] == "hour":
            return "workday", "duration", inner[2] / 24, inner[3]
        return inner
    if single in _HOURS:
        return "hour", "duration", _HOURS[single], at + 1
    if single in _MONTHS:
        return "month", "duration", _MONTHS[single], at + 1
    if text in _MEASURES:
        return _MEASURES[text][0], "measure", _MEASURES[text][1], at + 1
    return None


def _number(words: Sequence[Token], at: int) -> tuple[float, int] | None:
    """Value and end of the number that starts at a place, in digits or words."""
    if at >= len(words):
        return None
    text = words[at].text
    if text[:1].isdigit():
        try:
            value = float(text.replace(",", "")[:30])
        except ValueError:
            return None
        end = at + 1
        if end < len(words) and words[end].text in _LARGE:
            value, end = value * _LARGE[words[end].text], end + 1
        return value, end
    if text in _ORDINALS:
        following = words[at + 1].text if at + 1 < len(words) else ""
        return (float(_ORDINALS[text]), at + 1) if following.rstrip("s") in (*_HOURS, *_MONTHS) else None
    return _spelled(words, at)


def _spelled(words: Sequence[Token], at: int) -> tuple[float, int] | None:
    total, part, end = 0.0, 0.0, at
    while end < len(words) and end - at < 12:
        text = words[end].text
        if text in _TENS and part % 100 == 0:
            part += _TENS[text]
        elif text in _SMALL and part % 10 == 0 and (part % 100 == 0 or _SMALL[text] < 10):
            part += _SMALL[text]
        elif text in _LARGE and end > at:
            scaled = (part or 1) * _LARGE[text]
            total, part = (total, scaled) if text == "hundred" else (total + scaled, 0.0)
        elif not (text == "and" and words[end - 1].text in _LARGE and end > at):
            break
        end += 1
    if end > at and words[end - 1].text == "and":
        end -= 1
    return (total + part, end) if end > at else None
