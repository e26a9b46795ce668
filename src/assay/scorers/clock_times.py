"""Times of day that an answer writes otherwise than its passages: "17:00" for "5 pm", "12:00" for "noon"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from assay.scorers.tokens import JOINT, NUMBER, Tokens
from assay.scorers.wordforms import word_set

_NAMED = {"noon": 12 * 60, "midday": 12 * 60, "midnight": 0}
_HALVES = {"am": 0, "pm": 12 * 60}
_CUES = frozenset({"am", "pm", "m", *_NAMED})
_UNITS = word_set("""
    g h hour hours hr hrs kg km l litre litres liter liters mg min mins minute minutes ml mm cm m s sec secs second
    seconds percent euro euros dollar dollars pound pounds point points
    """)
"""What counts, so that the number before it is no time: "2:30 hours"."""
_HALF_A_DAY = 12 * 60


@dataclass(frozen=True, slots=True)
class Time:
    """One time of day."""

    at: int
    """Its first word."""
    end: int
    """One past its last."""
    minutes: int
    """Minutes since midnight."""
    told: bool
    """Whether it says which half of the day it is in; "8:15" may be in either."""
    named: bool = False
    """Whether it is a word: "noon"."""


def times(text: Tokens) -> list[Time]:
    """The times of day in a text.

    Examples:
        >>> from assay.scorers.tokens import tokens
        >>> [found.minutes for found in times(tokens("From 5 p.m. to 17:30, not 8 am, at noon, 5 to 6", 99))]
        [1020, 1050, 480, 720]
    """
    if _CUES.isdisjoint(text.words) and not any(":" in word for word in text.words):
        return []
    return list(_times(text))


def _times(text: Tokens) -> Iterator[Time]:
    for at, word in enumerate(text.words):
        if word in _NAMED:
            yield Time(at, at + 1, _NAMED[word], True, True)
        elif text.kinds[at] == NUMBER and word[0].isdigit():
            half, end = _half(text, at + 1)
            minutes = _minutes(word, half)
            if minutes is not None and (half is not None or _UNITS.isdisjoint(text.words[end : end + 1])):
                sure = minutes >= 13 * 60 or word[0] == "0"
                yield Time(at, end, minutes, sure or half is not None)


def _half(text: Tokens, at: int) -> tuple[int | None, int]:
    """Minutes that am or pm directly behind a number adds, and where it ends; "p.m." is two words."""
    word = text.words[at] if at < len(text.words) and text.starts[at] - text.ends[at - 1] < 2 else ""
    if word in _HALVES:
        return _HALVES[word], at + 1
    if word in ("a", "p") and text.words[at + 1 : at + 2] == ("m",) and text.starts[at + 1] - text.ends[at] == 1:
        return _HALVES[word + "m"], at + 2
    return None, at


def _minutes(word: str, half: int | None) -> int | None:
    """Minutes of the day; "5.30" is a time only where am or pm stands behind it."""
    hour, mark, minute = word.partition(":" if half is None or ":" in word else ".")
    if not (hour.isdecimal() and len(hour) <= 2) or (mark and not (minute.isdecimal() and len(minute) == 2)):
        return None
    if half is None:
        hours, past = int(hour), int(minute or 0)
        return hours * 60 + past if mark and hours < 24 and past < 60 else None
    if not 1 <= int(hour) <= 12 or int(minute or 0) > 59:
        return None
    return int(hour) % 12 * 60 + int(minute or 0) + half


def retimed(said: Tokens, there: Tokens) -> Tokens:
    """The answer's words with each time compared as the passages write it, or as another where they hold it not.

    Only the same minute of the day is the same time. What may be half a day off ("8:15 pm" where the passages say
    "8:15" and nothing tells which half of the day they mean) and a word ("noon") that they hold not stay as they are.

    Examples:
        >>> from assay.scorers.tokens import tokens
        >>> shop = tokens("The shop closes at 5 pm.", 99)
        >>> retimed(tokens("It closes at 17:00.", 99), shop).keys[-1], retimed(tokens("At 5 am.", 99), shop).keys[1]
        ('5', '5:00')
    """
    ours = times(said)
    theirs = times(there) if ours else []
    if not theirs:
        return said
    vague = {other.minutes for other in theirs} if not any(other.told for other in theirs) else frozenset()
    keys, kinds = list(said.keys), list(said.kinds)
    for time in ours:
        same = [other for other in theirs if other.minutes == time.minutes]
        written = {there.keys[other.at : other.end] for other in same}
        if said.keys[time.at : time.end] in written:
            continue
        if same:
            keys[time.at], kinds[time.at] = there.keys[same[0].at], there.kinds[same[0].at]
            kinds[time.at + 1 : time.end] = [JOINT] * (time.end - time.at - 1)
        elif time.told and not time.named and (time.minutes + _HALF_A_DAY) % (2 * _HALF_A_DAY) not in vague:
            keys[time.at], kinds[time.at] = f"{time.minutes // 60}:{time.minutes % 60:02}", NUMBER
    return replace(said, keys=tuple(keys), kinds=tuple(kinds))
