"""Street addresses in a text: a number beside a name that ends or begins as streets do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.scorers.finding import Found, words

_WORD = r"[A-ZÀ-ÖØ-Þ\d][\w'.-]{0,30}"
_NAME = r"[A-ZÀ-ÖØ-Þ][^\W\d_'.-]{1,30}"
KINDS = (
    "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Terrace|Way|Circle|Cir|Crescent"
    "|Close|Highway|Hwy|Parkway|Pkwy|Square|Sq|Trail|Row|Gardens"
)
"""Last words of English street names."""
GERMANIC = (
    r"stra(?:ß|ss)e|str\.|weg|gasse|platz|allee|damm|ring|ufer|straat|laan|gatan|vägen|gata|vej|veien|gade|tie|katu"
)
"""Endings of street names that are one word with them."""
_ENGLISH = re.compile(
    rf"[0-9](?<![\w.,/$-].)[0-9]{{0,4}}[A-Za-z]? (?:[NSEW]\.? )?(?:{_WORD} ){{1,3}}(?:{KINDS})(?![\w'])\.?"
    r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|#)\.? ?\w{1,6})?"
)
# The number of a house, behind the last letters of what `_STREET` ends in: so that most numbers are passed by quickly.
_HOUSE = re.compile(
    r"[0-9](?<=sse .|aße .|tr\. .|weg .|atz .|lee .|amm .|ing .|fer .|aat .|aan .|tan .|gen .|ata .|vej .|ien .|ade ."
    r"|tie .|atu .)[0-9]{0,3} ?[a-zA-Z]?(?!\w|[.,][0-9])"
)
_STREET = re.compile(rf"[A-ZÀ-ÖØ-Þ][\w-]{{1,30}}(?:{GERMANIC}) \Z")
_ROMANCE = re.compile(
    r"(?<!\w)(?:\d{1,4}(?: ?(?:bis|ter))?,? )?(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Cc]hemin|[Cc]alle|"
    r"[Aa]venida|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|[Rr]ua|[Ss]trada|[Uu]l\.|[Uu]lica)"
    rf" (?:(?:de|du|des|la|le|les|del|della|dei|di|da|do|dos|los|las|el|"
    rf"l') ){{0,2}}{_WORD}(?: {_WORD}){{0,3}}(?:,? ?\d{{1,4}}[a-z]?(?!\w|[.,]\d))?"
)
_CUED = re.compile(
    r"(?:(?:[Ll]ive[sd]?|[Ll]iving|[Rr]esid[a-z]{2,5}) at|[Mm]oved to|wohn[a-z]{1,3} in der|"
    r"(?:my|his|her|their|home|[Mm]y|[Hh]is|[Hh]er|[Tt]heir|[Hh]ome) address(?: is|:)) "
    rf"([0-9]{{1,5}}[A-Za-z]?,? {_WORD}(?: {_WORD}){{0,3}}|{_NAME}(?: {_NAME}){{0,3}} [0-9]{{1,5}}(?!\w|[.,][0-9]))"
)
CUES = ("lives at", "live at", "lived at", "living at", "resid", "moved to", "wohn", "address is", "address: ")
"""One of these stands in the text, in lower case, where somebody is said to live at an address."""
_BOX = re.compile(
    r"(?<![a-z])(?:p\.? ?o\.? ?box|psc \d{1,5},? box|unit \d{1,5},? box|postfach|"
    r"apartado(?: de correos)?) \d{1,6}(?!\w)",
    re.IGNORECASE,
)
ROMANCE_HEADS = (
    "rue ",
    "avenue ",
    "boulevard ",
    "chemin ",
    "calle ",
    "avenida ",
    "via ",
    "viale ",
    "piazza ",
    "corso ",
    "rua ",
    "strada ",
    "ul. ",
    "ulica ",
)
"""One of these stands in the text, in lower case, where a street is named as Romance and Slavic languages do."""
BOXES = ("box ", "postfach", "apartado")
"""One of these stands in the text, in lower case, where a post box does."""
_HOME = words(
    "live[sd]?",
    "living at",
    "resid",
    "wohn",
    "domicil",
    "habit",
    "ship(?:ping|ped)? to",
    "deliver",
    "home",
    "moved",
    "(?:my|his|her|their|your|mailing|home|postal|billing|shipping|delivery) address",
)
_LABEL = re.compile(r"(?:address|adresse|anschrift|dirección|indirizzo|endereço)[ *_]{0,3}:[\s*_]{0,4}\Z")


AT_HOME = (
    *("live", "living at", "resid", "wohn", "domicil", "habit", "ship", "deliver", "home", "moved", "address"),
    *("adresse", "anschrift", "dirección", "indirizzo", "endereço"),
)
"""One of these stands in the text, in lower case, where an address is more likely somebody's home than not."""


def addresses(text: str, low: str) -> Iterator[Found]:
    """Street addresses and post boxes; surer when the text says that somebody lives there.

    Args:
        text: Plain text.
        low: The same in lower case.

    Examples:
        >>> {find.type for find in addresses("She lives at 12 Old Mill Road.", "she lives at 12 old mill road.")}
        {'address'}
    """
    spans = [match.span() for match in _ENGLISH.finditer(text)]
    spans += _germanic(text)
    if any(cue in low for cue in CUES):
        spans += [match.span(1) for match in _CUED.finditer(text)]
    for head in ROMANCE_HEADS:
        if head in low:
            spans += [match.span() for match in _ROMANCE.finditer(text) if any(map(str.isdigit, match[0]))]
            break
    if any(box in low for box in BOXES):
        spans += [match.span() for match in _BOX.finditer(text)]
    for start, end in spans:
        before = low[max(0, start - 50) : start]
        # Without such words it is more often a shop, an office or a sight than somebody's home.
        yield Found(start, end, "address", 0.85 if _HOME.search(before) else 0.55 if _LABEL.search(before) else 0.4)


def _germanic(text: str) -> Iterator[tuple[int, int]]:
    """Streets whose name and kind are one word with the number behind it, looked for from the number."""
    for match in _HOUSE.finditer(text):
        first = max(0, match.start() - 40)
        street = _STREET.search(text[first : match.start()])
        if street:
            yield first + street.start(), match.end()
