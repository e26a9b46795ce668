"""Street addresses in a text: a number beside a name that ends or begins as streets do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.scorers.finding import Found, words

_WORD = r"[A-ZÀ-ÖØ-Þ\d][\w'.-]{0,30}"
_ENGLISH = re.compile(
    rf"(?<![\w.,/$-])\d{{1,5}}[A-Za-z]? (?:[NSEW]\.? )?(?:{_WORD} ){{1,3}}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|"
    r"Terrace|Way|Circle|Cir|Crescent|Close|Highway|Hwy|Parkway|Pkwy|Square|Sq|Trail|Row|Gardens)(?![\w'])\.?"
    r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|#)\.? ?\w{1,6})?"
)
_GERMANIC = re.compile(
    r"(?<![\w-])[A-ZÀ-ÖØ-Þ][\w-]{1,30}(?:stra(?:ß|ss)e|str\.|weg|gasse|platz|allee|damm|ring|ufer|straat|laan|gatan|vägen|gata|vej|veien|gade|tie|katu) \d{1,4} ?[a-zA-Z]?(?!\w|[.,]\d)"
)
_ROMANCE = re.compile(
    r"(?<!\w)(?:\d{1,4}(?: ?(?:bis|ter))?,? )?(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Cc]hemin|[Cc]alle|[Aa]venida|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|[Rr]ua|[Ss]trada|[Uu]l\.|[Uu]lica)"
    rf" (?:(?:de|du|des|la|le|les|del|della|dei|di|da|do|dos|los|las|el|l') ){{0,2}}{_WORD}(?: {_WORD}){{0,3}}(?:,? ?\d{{1,4}}[a-z]?(?!\w|[.,]\d))?"
)
_BOX = re.compile(r"(?<![a-z])(?:p\.? ?o\.? ?box|psc \d{1,5},? box|unit \d{1,5},? box|postfach|apartado(?: de correos)?) \d{1,6}(?!\w)", re.IGNORECASE)
_STREETS = ("treet", " st", "ave", "road", " rd", "boulevard", "blvd", "lane", " ln", "drive", " dr", "court", " ct", "place", " pl", "terrace",
            " way", "circle", " cir", "crescent", "close", "highway", "hwy", "parkway", "pkwy", "square", " sq", "trail", " row", "gardens")  # fmt: skip
_GERMANIC_ENDS = ("straße", "strasse", "str.", "weg ", "gasse", "platz", "allee", "damm", "ring ", "ufer", "straat", "laan", "gata", "väg", "vej", "veien", "gade", "tie ", "katu")  # fmt: skip
_ROMANCE_HEADS = ("rue ", "avenue ", "boulevard ", "chemin ", "calle ", "avenida ", "via ", "viale ", "piazza ", "corso ", "rua ", "strada ", "ul. ", "ulica ")  # fmt: skip
_HOME = words("live[sd]?", "living", "address", "resid", "wohn", "adresse", "domicil", "habit", "ship(?:ping|ped)? to", "deliver", "mail", "home", "moved")


def addresses(text: str, low: str) -> Iterator[Found]:
    """Street addresses and post boxes; surer when the text says that somebody lives there.

    Args:
        text: Plain text.
        low: The same in lower case.

    Examples:
        >>> [find.type for find in addresses("She lives at 12 Old Mill Road.", "she lives at 12 old mill road.")]
        ['address']
    """
    for hints, form in ((_STREETS, _ENGLISH), (_GERMANIC_ENDS, _GERMANIC), (_ROMANCE_HEADS, _ROMANCE), (("box ", "postfach", "apartado"), _BOX)):
        if not any(hint in low for hint in hints):
            continue
        for match in form.finditer(text):
            if any(map(str.isdigit, match[0])):
                sure = 0.85 if _HOME.search(low, max(0, match.start() - 50), match.start()) else 0.6
                yield Found(match.start(), match.end(), "address", sure)
