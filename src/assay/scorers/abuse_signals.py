"""Abuse as a form: who is named, what is said of them, whether it is denied, quoted or condemned.

Words are replaced by their kinds, so that what is learned of one group or one insult holds for the others.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from assay.scorers.abuse_words import KINDS, tokens

_FRAME_WORDS = (
    "a an the this that these those i i'm i've i'd i'll me my we we'll we're us our you your you're yourself it "
    "its it's is are was were be been being am do does did have has had having will would should could can may "
    "might must ought shall to of in on at for from with by as than into about over under off up down and or but "
    "if because so such too very just only even every each all any some most many more much few other another one "
    "what when where which who whom why how there here they're he's she's that's can't make makes made want wants "
    "get gets let let's feel feels look looks see need needs go going never always again stop really still after"
)
_FRAME = frozenset(_FRAME_WORDS.split())
_STOPS = frozenset('.!?,;:"\n')
_ENDS = frozenset(".!?\n")
_PLAIN = frozenset({"group", "slur"})
_ILL = frozenset({"hate", "bad", "insult", "beast", "harm", "expel"})
_MEANT = _PLAIN | _ILL | {"coarse"}
"""A sentence without any of these kinds says nothing that is counted."""
_YOU = frozenset({"you", "your", "you're"})
_CAPITALS, _SMALL = string.ascii_uppercase.encode(), string.ascii_lowercase.encode()
_SELF = frozenset({"i", "i'm", "me", "my", "myself", "we", "we're", "us", "our"})
_COMING = frozenset({"will", "i'll", "we'll", "should", "must", "going", "want", "let's", "ought", "need"})

NAMES = (
    *(f"{kind} words" for kind in KINDS),
    *("ill of a group", "harm to a group", "beasts and a group", "coarse and a group", "good of a group"),
    *("good of a group, denied", "ill of a group, denied", "ill and condemned", "ill in quotation marks"),
    *(
        "ill of you",
        "harm to come",
        "ill without a group",
        "slur for others",
        "only one sentence",
        "questions",
        "shouting",
    ),
)
_TOLD = len(NAMES) - len(KINDS) - 3
"""How many of them a sentence tells."""


def read(text: str) -> tuple[list[str], list[str]]:
    """The words of a text and the kind of each; stops are words without a kind."""
    found = tokens(text)
    return [word for word, _ in found], [of for _, of in found]


def form(words: Sequence[str], kinds: Sequence[str]) -> str:
    """The text with words replaced by their kinds; words that hold a sentence together stay, others become `o`.

    Examples:
        >>> form(["those", "women", "bake"], ["", "group", ""])
        'those qgroup o'
    """
    return " ".join(map(_formed, words, kinds))


@lru_cache(maxsize=65536)
def _formed(word: str, of: str) -> str:
    return "q" + of if of and of != "folk" else word if of or word in _FRAME or word in _STOPS else "o"


def numbers(words: Sequence[str], kinds: Sequence[str], text: str) -> tuple[float, ...]:
    """Plain numbers, in the order of `NAMES`, each between 0 and 1."""
    size = max(len(words), 12)
    many = Counter(kinds)
    rates = [min(6 * many[of] / size, 1.0) for of in KINDS]
    found = _sentences(words, kinds)
    told = [_sentence(*sentence) for sentence in found if not _MEANT.isdisjoint(sentence[1])]
    most = [max(column) for column in zip(*told, strict=True)] if told else [0.0] * _TOLD
    large, small = _cases(text[:200])
    shout = large / (large + small) if large + small > 8 else 0.0
    return (*rates, *most, float(len(found) <= 1), min(text[:2000].count("?"), 3) / 3, float(shout > 0.6))


def _cases(text: str) -> tuple[int, int]:
    """How many capitals and how many small letters it holds."""
    if text.isascii():  # ten times as fast
        raw = text.encode()
        return len(raw) - len(raw.translate(None, _CAPITALS)), len(raw) - len(raw.translate(None, _SMALL))
    return sum(map(str.isupper, text)), sum(map(str.islower, text))


def _sentences(words: Sequence[str], kinds: Sequence[str]) -> list[tuple[Sequence[str], Sequence[str]]]:
    ends = [at for at, word in enumerate(words) if word in _ENDS] + [len(words)]
    found, begin = [], 0
    for end in ends:
        if end > begin:
            found.append((words[begin:end], kinds[begin:end]))
        begin = end + 1
    return found


def _sentence(words: Sequence[str], kinds: Sequence[str]) -> list[float]:
    seen = set(kinds)
    group, ill = not seen.isdisjoint(_PLAIN), not seen.isdisjoint(_ILL)
    denied, spoken = "not" in seen, "denounce" in seen or "saying" in seen
    you = not _YOU.isdisjoint(words)
    quoted = words.count('"') > 1
    coming = not _COMING.isdisjoint(words)
    return [
        float(group and ill and not denied),
        float(group and "harm" in seen),
        float(group and "beast" in seen),
        float(group and "coarse" in seen),
        float(group and "good" in seen and not denied and not ill),
        float(group and "good" in seen and denied),
        float(group and ill and denied),
        float(ill and spoken),
        float(ill and quoted),
        float(you and (ill or "coarse" in seen or "slur" in seen)),
        float("harm" in seen and coming),
        float(ill and not group),
        float("slur" in seen and not spoken and _SELF.isdisjoint(words)),
    ]
