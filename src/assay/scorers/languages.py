"""In which of thirteen languages is a text: by its script, else by its little words, letters and endings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

NAMES: Mapping[str, str] = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "ru": "Russian", "ar": "Arabic", "hi": "Hindi",
}  # fmt: skip
"""Codes (ISO 639-1) and names of the languages that are told apart."""

_READ = 20_000
SCRIPTS: Mapping[str, str] = {
    "kana": "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d",
    "han": "\u3400-\u9fff\uf900-\ufaff",
    "hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "cyrillic": "\u0400-\u04ff",
    "arabic": "\u0620-\u064a\u066e-\u06d3",
    "devanagari": "\u0904-\u0963\u0971-\u097f",
    "latin": "A-Za-z\u00c0-\u024f",
}
"""Letters of each script, as a part of a character class."""
_SCRIPTS = {name: re.compile(f"[{letters}]") for name, letters in SCRIPTS.items()}
_ASCII = bytes(code for code in range(128) if chr(code).isalpha())
SCRIPT_OF: Mapping[str, tuple[str, ...]] = {
    "zh": ("han",), "ja": ("kana", "han"), "ko": ("hangul",), "ru": ("cyrillic",), "ar": ("arabic",),
    "hi": ("devanagari",), **dict.fromkeys(("en", "de", "fr", "es", "it", "pt", "nl"), ("latin",)),
}  # fmt: skip
"""Scripts in which each language is written."""

LITTLE: Mapping[str, str] = {
    "en": "the of and to in is that it was for on are with as his they at be this have from or had by not but what "
    "all were we when your can said there an which she do how their if will other about out many then them these so "
    "some her would him has two more no could my than been who its now you i he me our us did does don't it's i'm "
    "because into just very where why should may must here also only too after before while over under such any each",
    "de": "der die das und ist von zu mit sich des auf für nicht ein eine einen einem einer eines als auch es an "
    "werden aus er hat dass sie nach wird bei um am sind noch wie über so zum war haben nur oder aber vor zur bis mehr "
    "durch man sein wurde sei ich du wir ihr kann können muss müssen wenn weil schon immer mein meine dein deine unser "
    "im den dem kein keine hier dort sehr wo warum gibt dann diese dieser dieses jeder jede ohne gegen zwischen",
    "fr": "le la les de des du et est un une en que qui dans pour pas sur au aux avec ce cette ces il elle ils elles "
    "ne se sa son ses plus par je tu nous vous mais ou où sont était être avoir fait comme tout tous leur leurs même "
    "aussi bien très peut sans entre chez quand donc alors c'est j'ai n'est d'un d'une qu'il l'on y a été ont mon ma "
    "mes votre vos notre nos deux quel quelle si lui depuis toujours jamais encore",
    "es": "el la los las de del y es en que un una por con para no se su sus al lo como más pero o este esta estos "
    "estas ese esa fue ha son también muy ya entre cuando todo todos sobre ser tiene hay porque sin yo tú él ella "
    "nosotros ustedes mi mis me te le les nos qué cómo donde dónde si hasta desde puede pueden está están era eran "
    "siempre nunca cada dos mientras después antes aquí",
    "it": "il lo la i gli le di del della dei delle degli dal dalla dalle nel nella nei nelle sul sulla e è un una "
    "uno che in per non con si al alla ai alle sono come più ma anche o ha ho hanno questo questa questi queste era "
    "erano molto se suo sua suoi quando dove perché ci mi ti vi noi voi loro io tu lui lei cosa essere c'è l'ho "
    "può possono ogni sempre mai ancora dopo prima tra fra senza tutti tutto due così già",
    "pt": "o a os as de do da dos das em no na nos nas e é um uma que para com não por se ao à aos às mais como mas "
    "ou foi são ser está estão tem têm seu sua seus suas ele ela eles elas eu você vocês nós meu minha isso isto este "
    "esta esse essa quando onde também muito já até pelo pela pelos pelas sem entre depois antes sobre há era eram "
    "porque pode podem sempre nunca cada dois duas só ainda num numa",
    "nl": "de het een en van ik te dat die in is niet op aan met als voor er maar om zijn was hij ze zij dan zou wat "
    "mijn men dit zo door over bij ook tot uit wel heb hebben heeft had nog naar geen wordt worden werd deze we wij "
    "jij je u uw ons onze hun haar kan kunnen moet moeten wil waar waarom hoe veel meer al altijd nooit omdat "
    "tussen zonder na onder elke iedere hier daar dus toch",
}
"""Little words of each language in Latin script, most of them its own."""
_LETTERS = {
    "de": "ßäöü", "fr": "çèêëàâîïôûùœé", "es": "ñáíóúé¿¡", "it": "àèìòù", "pt": "ãõçáâêóôíú", "nl": "ëï",
}  # fmt: skip
_ENDING = 0.15
"""Points of an ending."""
_ENDINGS = {
    "en": r"ing\b|ed\b|ly\b|th|wh|ough|tion\b|\w's\b",
    "de": r"ung\b|ungen\b|keit\b|lich|sch|isch\b|tz|cht|ein",
    "fr": r"eux\b|ment\b|tion\b|aux\b|ais\b|ait\b|oir|eau|\b[ldjnscmt]'|\bqu'|ent\b|er\b",
    "es": r"ción\b|ciones\b|dad\b|ando\b|iendo\b|mente\b|ll|ue|ía\b|os\b|as\b",
    "it": r"zione\b|zioni\b|tà\b|gli|cch|zz|mente\b|are\b|ere\b|ato\b|\b(?:l|un|dell|nell|all|sull|dall|c)'",
    "pt": r"ção\b|ções\b|dade\b|ão\b|ões\b|nh|lh|ando\b|endo\b|mente\b|ou\b",
    "nl": r"ij|aa|oe|ee|uu|oo|heid\b|lijk|\bge\w+d\b|cht|sch|en\b",
}
_ENDED = {code: re.compile(pattern) for code, pattern in _ENDINGS.items()}
_BORDER = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_WEIGHTS: dict[str, dict[str, float]] = {}


def _weights() -> dict[str, dict[str, float]]:
    """Each little word with its languages; a word of several counts less in each."""
    if not _WEIGHTS:
        holders: dict[str, list[str]] = {}
        for code, listed in LITTLE.items():
            for word in set(listed.split()):
                holders.setdefault(word, []).append(code)
        made = {word: dict.fromkeys(codes, 1.0 / len(codes)) for word, codes in holders.items()}
        _WEIGHTS.update(made)
    return _WEIGHTS


@dataclass(frozen=True, slots=True)
class Guess:
    """The language of a text, and what that rests on."""

    code: str = ""
    """Its code, empty when it cannot be told."""
    letters: int = 0
    """Letters of the known scripts that were read."""
    scripts: tuple[tuple[str, float], ...] = ()
    """Share of each script in the letters, largest first; a letter of scripts without blanks counts three times."""

    def foreign(self, code: str) -> float:
        """Share of letters in scripts that a language is not written in."""
        return sum(share for script, share in self.scripts if script not in SCRIPT_OF[code])


def language(text: str) -> str:
    """Code of the language of a text, or nothing when it is too short or none of the known.

    Examples:
        >>> language("Where is the nearest station?"), language("东京是日本的首都。"), language("OK")
        ('en', 'zh', '')
    """
    return guess(text).code


def guess(text: str) -> Guess:
    """The language of a text with the scripts it is written in.

    Examples:
        >>> guess("Wo ist hier bitte der nächste Bahnhof?").code
        'de'
    """
    text = text[:_READ].replace("’", "'")
    plain = text.isascii()  # then no other script's letters need be looked for
    if plain:
        written = text.encode()
        counts = {**dict.fromkeys(_SCRIPTS, 0), "latin": len(written) - len(written.translate(None, _ASCII))}
    else:
        counts = {name: len(one.findall(text)) for name, one in _SCRIPTS.items()}
    dense = {name: count * (3 if name in ("han", "kana", "hangul") else 1) for name, count in counts.items()}
    total = sum(dense.values())
    if not total:
        return Guess()
    shares = tuple(sorted(((name, n / total) for name, n in dense.items() if n), key=lambda pair: -pair[1]))
    return Guess(_named(text, counts, shares[0][0]), sum(counts.values()), shares)


def _named(text: str, counts: Mapping[str, int], script: str) -> str:
    if script in ("han", "kana"):
        if counts["han"] + counts["kana"] < 2:
            return ""
        return "ja" if counts["kana"] >= 0.1 * counts["han"] else "zh"
    if script == "latin":
        return _latin(text)
    if counts[script] < 4:
        return ""
    return {"hangul": "ko", "cyrillic": "ru", "arabic": "ar", "devanagari": "hi"}[script]


def _latin(text: str) -> str:
    """By points: little words, letters that others lack, endings; the best must lead clearly."""
    lower = text.lower()
    read = _BORDER.findall(lower)
    if not read:
        return ""
    weights = _weights()
    points = dict.fromkeys(LITTLE, 0.0)
    for word, times in Counter(read).items():
        for code, weight in weights.get(word, {}).items():
            points[code] += 2.0 * weight * times
    if not lower.isascii():
        for code, letters in _LETTERS.items():
            points[code] += 0.5 * sum(map(lower.count, letters))
    best = _leading(points, len(read), more=_ENDING * len(lower) / 2)  # an ending has two letters at least
    if best:
        return best
    for code, pattern in _ENDED.items():
        points[code] += _ENDING * len(pattern.findall(lower))
    return _leading(points, len(read))


def _leading(points: Mapping[str, float], words: int, more: float = 0.0) -> str:
    """The code with most points, if it leads clearly even where another one gets some more."""
    (best, most), (_, second) = sorted(points.items(), key=lambda pair: -pair[1])[:2]
    return best if most >= 2.0 and most >= 0.25 * words and most >= 1.15 * (second + more) else ""
