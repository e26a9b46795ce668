"""Ways to write a text so that people read the same words and a search by words may not."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Mapping

_CYRILLIC = str.maketrans("aceopxyisjhABCEHKMOPTXSI", "асеорхуіѕјһАВСЕНКМОРТХЅІ")
_GREEK = str.maketrans("aoviputABEHIKMNOPTXYZ", "αονιρυτΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")
_ATTACK = dict(zip("abcdefghijklmnopqrstuvwxyz", "ɑЬϲԁе𝚏ɡհіϳ𝒌ⅼｍոорԛⲅѕ𝚝սѵԝ×уᴢ", strict=True))
"""A published table of look-alikes. The Coptic letters were folded after it was read here; × still parts words.

Source: the homoglyph swaps of TextAttack, Morris et al. 2020.
"""


def disguises() -> Mapping[str, Callable[[str], str]]:
    """By name; each is seeded and gives the same for the same text."""
    return {
        "as it is": str,
        "Cyrillic look-alikes, all": lambda text: text.translate(_CYRILLIC),
        "Cyrillic look-alikes, one letter in three": lambda text: _some(text, lambda one: one.translate(_CYRILLIC), 3),
        "Greek look-alikes, all": lambda text: text.translate(_GREEK),
        "look-alikes of TextAttack, one letter in ten": lambda text: _some(text, lambda one: _ATTACK.get(one, one), 10),
        "look-alikes of TextAttack, all": lambda text: "".join(_ATTACK.get(one, one) for one in text),
        "full width": lambda text: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text),
        "mathematical letters": lambda text: "".join(map(_bold, text)),
        "zero-width blank in each word": lambda text: _in_words(text, "\u200b"),
        "soft hyphen in each word": lambda text: _in_words(text, "\u00ad"),
        "struck through": lambda text: "".join(f"{one}\u0336" if one.isalnum() else one for one in text),
        "accents on vowels": lambda text: "".join(_accent(one) for one in text),
        "underscores for blanks": lambda text: "_".join(text.split()),
        "hyphens for blanks": lambda text: "-".join(text.split()),
        "capitals for blanks": lambda text: "".join(word[:1].upper() + word[1:] for word in text.split()),
    }


def _some(text: str, other: Callable[[str], str], one_in: int) -> str:
    dice = random.Random(text)
    return "".join(other(one) if dice.randrange(one_in) == 0 else one for one in text)


def _bold(one: str) -> str:
    if "a" <= one <= "z":
        return chr(0x1D41A + ord(one) - 97)
    return chr(0x1D400 + ord(one) - 65) if "A" <= one <= "Z" else one


def _in_words(text: str, sign: str) -> str:
    return " ".join(word[: len(word) // 2] + sign + word[len(word) // 2 :] for word in text.split(" "))


def _accent(one: str) -> str:
    return unicodedata.normalize("NFC", f"{one}\u0301") if one in "aeiouAEIOU" else one
