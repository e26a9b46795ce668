"""Strings that nobody writes twice by chance: codes of letters and digits, long numbers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

MOST = 50
"""Strings of one text that are taken; a table of numbers is no canary."""
_TOKEN = re.compile(rb"[A-Za-z0-9](?<![A-Za-z0-9_./@%#\\=&?].)(?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9])){7,199}(?![\w/@])")
_NUMBER = re.compile(
    rb"[0-9](?<![\w.,/@$%#+=*-].)(?<![0-9] .)(?:[0-9]{8,29}|[0-9]{1,3}([ -])[0-9]{2,4}(?:\1[0-9]{2,4}){1,6})"
    rb"(?! ?[=*/%]|[\w/@]|[.,-][0-9])"
)
_SHAPE = bytes(48 if 48 <= code < 58 else 97 if chr(code).isalpha() and code < 128 else code for code in range(256))
_WORDS = bytes(code if code in b"a0" else 32 for code in range(256))
_DIGITS = bytes(code for code in range(256) if not 48 <= code < 58)
_SIGNS = b"-_ "
_WORDLIKE = re.compile(rb"[a-z]{4}|[A-Z]{5}|[A-Z][a-z]{3}")
_CHANGE = re.compile(rb"(?<=[0-9])[A-Za-z]|(?<=[A-Za-z])[0-9]")
_FORMULA = re.compile(rb"(?:(?:A[gl]|Br?|C[alru]?|Fe?|H|I|K|Li|M[gn]|Na?|O|P|Si?|Zn)[0-9]{0,2})+")
_DATED = re.compile(
    rb"(?:1[5-9]|20)\d\d[ -]?(?:0[1-9]|1[0-2])[ -]?(?:[0-2]\d|3[01])|(?:1[5-9]|20)\d\d[ -]+(?:1[5-9]|20)\d\d"
)
_ENOUGH_DIGITS = 3
_KEY, _TURNS = 16, 0.4
"""Least length of a random key, and share of its characters that are of another kind than the one before."""
_TURN = re.compile(rb"(?<=[a-z])[A-Z0-9]|(?<=[A-Z])[a-z0-9]|(?<=[0-9])[A-Za-z]")
_DIFFERENT = 5
_CHANGING = r"(?:[A-Za-z][-_]*[0-9]|[0-9][-_]*[A-Za-z])"
SIGNS = (
    r"[0-9][-_]*[0-9][-_]* [-_]*[0-9][-_]*[0-9]",
    r"(?:[0-9][-_]*){8}[0-9]",
    r"[A-Za-z][-_]*(?:[0-9][-_]*)+(?:[A-Za-z][-_]*)+[0-9]",
    r"[0-9][-_]*(?:[A-Za-z][-_]*)+(?:[0-9][-_]*)+[A-Za-z]",
    rf"(?:[A-Za-z0-9][-_]*){{7}}{_CHANGING}",
    rf"{_CHANGING}(?:[-_]*[A-Za-z0-9]){{7}}",
)
"""Patterns of which one fits every text that holds something strange: long runs of digits, two numbers side by side,
letters and digits that change three times, or once at eight letters or digits from an end."""


def strange(data: bytes) -> list[bytes]:
    """Codes and long numbers in a text, without the signs between their parts.

    Args:
        data: The text in UTF-8.

    Examples:
        >>> strange(b"The code is 7Q2-KX9-4MD, the number 281 265 017; gpt-4-turbo-16k, 2024-03-01, 1,000,000 copies")
        [b'7Q2KX94MD', b'281265017']
    """
    shape = data.translate(_SHAPE, b"-_")
    found: dict[bytes, None] = {}
    if shape.count(b"a0") + shape.count(b"0a") > 1 and _coded(shape):
        found |= dict.fromkeys(_codes(data))
    if b"00 00" in shape or b"0" * 9 in shape:
        found |= dict.fromkeys(_numbers(data))
    return list(found)[:MOST]


def _coded(shape: bytes) -> bool:
    """Whether one word at least is long enough and changes often enough between letters and digits."""
    words = shape.translate(_WORDS)
    for change in (b"a0", b"0a"):
        place = words.find(change)
        while place >= 0:
            begin, end = words.rfind(b" ", 0, place) + 1, words.find(b" ", place)
            word = words[begin:] if end < 0 else words[begin:end]
            if len(word) >= _KEY or (len(word) >= 8 and word.count(b"a0") + word.count(b"0a") >= _ENOUGH_DIGITS):
                return True
            place = words.find(change, begin + len(word))
    return False


def _codes(data: bytes) -> Iterator[bytes]:
    """Letters and digits that change places often, and no word among them."""
    for match in _TOKEN.finditer(data):
        bare = match[0].translate(None, _SIGNS)
        digits, changes = len(bare.translate(None, _DIGITS)), len(_CHANGE.findall(bare))
        if len(bare) < 8 or not digits or len(set(bare)) < _DIFFERENT or _FORMULA.fullmatch(bare):
            continue
        if _mixed(match[0]) or (digits >= _ENOUGH_DIGITS <= changes and not _WORDLIKE.search(match[0])):
            yield bare


def _mixed(said: bytes) -> bool:
    """Whether small letters, capitals and digits take turns as in a random key, and not as in camelCase."""
    return len(said) >= _KEY and said.isalnum() and len(_TURN.findall(said)) >= _TURNS * len(said)


def _numbers(data: bytes) -> Iterator[bytes]:
    """Nine digits or more that are no date, no count and no round number."""
    for match in _NUMBER.finditer(data):
        bare = match[0].translate(None, _SIGNS)
        different = len(bare) >= 9 and len(set(bare)) >= _DIFFERENT and bare[-3:] != b"000"
        if different and not _DATED.match(match[0]) and not _counts(bare):
            yield bare


def _counts(bare: bytes) -> bool:
    """Whether the digits go up or down in equal steps."""
    return len({(after - before) % 10 for before, after in itertools.pairwise(bare)}) == 1
