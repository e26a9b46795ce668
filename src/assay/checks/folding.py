"""Texts in which words are runs of word characters in any script: folded, without typography."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ASCII = bytes(range(128))
_PARTED = bytes(code if code < 128 else 32 for code in range(256))
_LETTERS = re.compile(r"[\w\u0300-\u036f]")
"""Searched for in what a text holds beyond ASCII: where there is none, typography alone, all of that parts words."""
_ALIEN = re.compile(r"[^\x00-\x7f\w\u0300-\u036f]+")
"""What is no word beyond ASCII: dashes, curly quotes, emoji, lone surrogates; accents that stand alone wait for their
letter."""
_MARKED = re.compile(r"[^\x00-\x7f\w]+")
_SCRIPTS = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
_SCRIPT = re.compile(_SCRIPTS)
_UNSPACED = re.compile(f"(?={_SCRIPTS})|(?<={_SCRIPTS})")
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese write no blanks: each character counts as a word."""
_FEW = 24
"""Different characters beyond ASCII in a text up to which each is exchanged by itself."""


def plain(text: str) -> str:
    """A text whose words are what `\\w+` finds in it, folded beyond ASCII, and each character
    of scripts without blanks.

    Examples:
        >>> plain("“Ähre, Größe” – 漢字").split()
        ['ähre,', 'Grösse', '漢', '字']
    """
    return text if text.isascii() else coded(text).decode()


def coded(text: str) -> bytes:
    """A plain text in UTF-8. Most texts hold few different characters beyond ASCII, which are exchanged one by one."""
    if text.isascii():
        return text.encode()
    try:
        data = text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return _folded(text).encode()
    beyond = data.translate(None, _ASCII).decode()
    if not _LETTERS.search(beyond):
        return data.translate(_PARTED)
    different = set(beyond)
    if len(different) > _FEW:
        return _folded(text).encode()
    for one in different:
        pair = _alone(one)
        if pair is None:
            return _folded(text).encode()
        if pair[0] != pair[1]:
            data = data.replace(*pair)
    return data


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", _ALIEN.sub(" ", text)).casefold()
    text = _MARKED.sub(" ", text)
    return _UNSPACED.sub(" ", text) if _SCRIPT.search(text) else text


@lru_cache(maxsize=1 << 14)
def _alone(one: str) -> tuple[bytes, bytes] | None:
    """A character, and what it becomes wherever it stands; None where that hangs on its neighbours."""
    if not _LETTERS.match(one):
        return one.encode(), b" "
    becomes = unicodedata.normalize("NFKC", one)
    if any(unicodedata.category(each)[0] == "M" or "\u1100" <= each <= "\u11ff" for each in one + becomes):
        return None
    return one.encode(), _folded(one).encode()
