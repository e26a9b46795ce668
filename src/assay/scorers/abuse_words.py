"""Words that abuse is made of, by kind, through the tricks of spelling that hide them.

The list ships as hashes (`coefficients/abuse_words.npz`, made by `train/lexicon.py`): no coarse word stands anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from itertools import chain

import numpy as np

from assay.domain.errors import AssayError
from assay.scorers.reading import lowered, plain
from assay.scorers.word_senses import key, ratings

KINDS = (
    *("slur", "coarse", "group", "folk", "hate", "bad", "insult", "beast", "harm", "expel"),
    *("good", "not", "denounce", "saying", "myself", "body", "agree", "doubt", "doctor"),
)
"""Kinds of words. Groups are named neutrally; a slur names one with contempt."""

READ = 2000
"""Characters of a text that are read."""

_TOKEN = re.compile(r"[^\W_](?:[\w@$!*'+#-]{0,40}[\w*])?|[@$*#][\w@$!*#]{2,40}|[.!?,;:\"\n]")
_SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .*_-]{1,2}[^\W\d_]){2,15}(?!\w)")
_BETWEEN = ("", "_", "*", "-")
_ALONE = frozenset("ai")
_SEPARATORS = re.compile(r"[ .*_-]+")
_LEET = str.maketrans("4310578@$!+9", "aeiostbasitg")
_LEET_L = str.maketrans("4310578@$!+9", "aelostbasltg")
_REPEATED = re.compile(r"(.)\1{2,}")
_NAMED = frozenset({"slur", "coarse", "group"})
_MENDED = frozenset({"slur", "coarse", "group", "hate", "bad", "harm", "beast"})
_JOINT_WORDS = "i a to so the all are these those many of be is and you my no just such absolute"
_JOINTS = frozenset(_JOINT_WORDS.split())
_RUDE = 1.5
"""Rating of abuse from which a known word may be a compound of listed ones."""
_ODD = re.compile(r"[^aeiouy]{3}|[^aeiouyhlr][lmnr]s?$|^[^aeiouy]+$|eth$")
"""Letters that rarely follow one another: a vowel may have fallen out."""
_SOUND = frozenset(["hats", "bats", "slim", "lest", "stan", "raps", "lads", "lair", "satin", "sacred"])


def tokens(text: str) -> list[tuple[str, str]]:
    """Words and stops of the opening of a text, spelled plainly, each with its kind.

    Letters set apart are put together.

    Examples:
        >>> [word for word, kind in tokens("They are d e a d, sooooo d3ad")]
        ['they', 'are', 'dead', ',', 'so', 'dead']
    """
    read = lowered(plain(text[:READ]))
    found = _TOKEN.findall(read)
    if any(map(_apart, set(found))):
        found = _TOKEN.findall(_SPACED.sub(_joined, read))
    return list(chain.from_iterable(map(_told, found)))


@lru_cache(maxsize=65536)
def _apart(token: str) -> bool:
    """Whether a token may be one of letters set apart; looking for those takes longer than all the rest."""
    return token[1:2] in _BETWEEN and token not in _ALONE if token[0].isalpha() else False


@lru_cache(maxsize=65536)
def kind(word: str) -> str:
    """What kind of word it is; empty for most.

    Examples:
        >>> kind("women"), kind("table")
        ('group', '')
    """
    return _listed(word)


def _joined(found: re.Match[str]) -> str:
    return _SEPARATORS.sub("", found.group())


@lru_cache(maxsize=65536)
def _told(token: str) -> tuple[tuple[str, str], ...]:
    return tuple((word, kind(word)) for word in _plainly(token))


def _plainly(token: str) -> tuple[str, ...]:
    """The plain word, or two where they were written as one."""
    if len(token) < 2 or kind(token) or _ordinary(token):
        return (token,)
    for word in _spellings(token):
        if kind(word):
            return (word,)
    bare = _REPEATED.sub(r"\1", token)
    if not 3 < len(bare) < 24:
        return (bare,)
    return _divided(bare) or _mended(bare) or (bare,)


def _ordinary(word: str) -> bool:
    """Whether people know the word and do not rate it as abuse: it is no other word in disguise."""
    told = None if _REPEATED.search(word) else ratings(word)
    return told is not None and told[0] < _RUDE


def _spellings(token: str) -> list[str]:
    found = [token.replace("'s", "").strip("'")]
    if not token.isalpha() and any(map(str.isalpha, token)):
        found += [token.translate(_LEET), token.translate(_LEET_L), token.replace("-", "")]
    return [form for word in found for form in (word, _REPEATED.sub(r"\1\1", word), _REPEATED.sub(r"\1", word))]


def _divided(word: str) -> tuple[str, ...]:
    """Two words written as one, such as "manywomen"."""
    for at in range(1, len(word) - 1):
        first, last = word[:at], word[at:]
        if (first in _JOINTS and kind(last)) or (last in _JOINTS and kind(first)):
            return (first, last)
        told = kind(first) if at > 2 else ""
        if told in _NAMED and len(last) > 3 and (kind(last) or (told == "slur" and ratings(last) is not None)):
            return (first, last)
    return ()


def _mended(word: str) -> tuple[str, ...]:
    """The word meant, where two letters changed places or a vowel fell out."""
    if word in _SOUND or len(word) > 14:
        return ()
    swapped = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))
    filled = (word[:at] + vowel + word[at:] for at in range(1, len(word)) for vowel in "aeiou")
    tried = chain(swapped, filled) if _ODD.search(word) else swapped
    return next(((other,) for other in tried if _listed(other) in _MENDED), ())


def _listed(word: str) -> str:
    """The kind of a spelling that is tried once and not worth remembering."""
    return _kinds().get(key(word), "")


@cache
def _kinds() -> Mapping[int, str]:
    path = resources.files("assay.scorers") / "coefficients" / "abuse_words.npz"
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            return {int(word): KINDS[of] for word, of in zip(kept["words"], kept["kinds"], strict=True)}
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise AssayError(f"the word list of 'toxicity' cannot be read: {error}. Install assay again") from error
