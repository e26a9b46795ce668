"""The surface of an answer as a few numbers: what a judge may look at in place of what is said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log1p

from assay.checks.refusing import refuses

READ = 20_000
"""Characters of an answer that are read for signs; its length counts whole."""
_MARKS = str.maketrans(dict.fromkeys('.,;:!?()[]{}"*_`#<>/|=+~“”…—–', " ") | {"’": "'"})
_HEDGES = frozenset(
    {
        "maybe", "perhaps", "possibly", "probably", "presumably", "apparently", "likely", "might", "may", "could",
        "seems", "seem", "appears", "usually", "typically", "often", "sometimes", "generally", "roughly",
        "approximately", "unclear", "uncertain", "depends", "arguably", "potentially",
    }
)  # fmt: skip
_MYSELF = frozenset(["i", "i'm", "i'd", "i'll", "i've", "me", "my", "mine", "myself"])
_LIST = re.compile(r"^[ \t]{0,8}(?:[-*•+]|\d{1,3}[.)])[ \t]", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_SENTENCE = re.compile(r"[.!?](?=\s|\Z)|[。！？]")
_EMOJI = re.compile("[\u2600-\u27bf\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff]")
_PRAISE = re.compile(
    r"\W{0,3}(?:(?:what|that'?s|this is) (?:a |an )?(?:\w+ )?)?(?:great|good|excellent|fantastic|wonderful|interesting"
    r"|insightful|brilliant|fascinating|amazing|thoughtful|lovely) (?:question|point|idea|choice|observation|thought)"
)
_AGREES = re.compile(
    r"\W{0,3}(?:yes,? )?(?:(?:you'?re|you are|that'?s|that is) (?:\w+ly )?(?:right|correct|true)\b|i (?:\w+ly )?agree\b"
    r"|absolutely\b|exactly\b|of course\b|definitely\b|certainly\b|sure\b|indeed\b)"
)
_GREETS = re.compile(r"\W{0,3}(?:hello|hi|hey|greetings|dear|good (?:morning|afternoon|evening|day)|welcome)\b")
_REGRETS = re.compile(r"\bsorry\b|\bapolog|\bregret\b|\bunfortunately\b")
_MAY_REFUSE = re.compile(
    r"sorry|apolog|can ?not|can't|unable|won't|will not|\bnot (?:able|comfortable|appropriate|going|something|ok)"
    r"|as an? (?:ai|language|assistant)|illegal|unethical|inappropriate|harmful|against|refus|declin|don't think"
    r"|do not (?:think|have|provide)|don't (?:have|provide|feel|want)|shouldn't|should not|please don't|advise|not okay"
)
"""Words near the beginning of a refusal; fewer than the scorer is asked for, whose model takes small talk ("I'm not
sure", "It depends") for refusals."""
_BEGINNING = 120
_MAY_STAND = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Something that a side may have more of."""

    name: str
    """One word."""
    more: str
    """What is said of a chosen answer that has more of it."""
    fewer: str
    """What is said of one that has less."""
    what: str
    """What a model would prefer or avoid that goes by it alone."""
    of: str = ""
    """The feature of which it is another measure; it has then no column of its own in the model of all."""


def _having(name: str, what: str, of: str = "") -> Feature:
    return Feature(name=name, more=f"has more {what}", fewer=f"has fewer {what}", what=what, of=of)


def _doing(name: str, does: str, what: str) -> Feature:
    return Feature(name=name, more=f"{does}, rejected does not,", fewer=f"does not, rejected {does},", what=what)


FEATURES = (
    Feature(name="length", more="is longer", fewer="is shorter", what="length"),
    _having("words", "words", of="length"),
    _having("sentences", "sentences", of="length"),
    _having("lines", "lines"),
    _having("lists", "list items"),
    _having("headings", "headings"),
    _having("bold", "bold words"),
    _having("code", "code blocks"),
    _having("hedges", "hedges"),
    _doing("refusal", "refuses", "refusals"),
    _doing("praise", "opens with praise", "praise of the question"),
    _doing("agreement", "opens with agreement", "agreement as opening"),
    _doing("greeting", "opens with a greeting", "greetings"),
    _doing("apology", "apologises or regrets", "apologies"),
    _having("first_person", "words of the first person"),
    _having("exclamations", "exclamation marks"),
    _having("emoji", "emoji"),
    _doing("asks_back", "ends with a question", "questions at the end"),
    Feature(
        name="overlap", more="takes a larger share of its words from the prompt",
        fewer="takes a smaller share of its words from the prompt", what="the prompt's words",
    ),
)  # fmt: skip
"""In the order of the numbers of `surface`."""


def words_of(text: str) -> list[str]:
    """Words in lower case, without the marks around them."""
    return text[:READ].lower().translate(_MARKS).split()


def surface(text: str, asked: frozenset[str]) -> list[float]:
    """One number for each of `FEATURES`; counts as log(1 + count).

    Args:
        text: An answer.
        asked: Words of its prompt, as `words_of` gives them.

    Examples:
        >>> found = dict(zip([each.name for each in FEATURES], surface("Great question! I think so.", frozenset())))
        >>> [name for name, value in found.items() if value > 0]
        ['length', 'words', 'sentences', 'lines', 'praise', 'first_person', 'exclamations']
    """
    head = text[:READ]
    words = words_of(text)
    opening = head[:_BEGINNING].lower().replace("’", "'").lstrip()
    distinct = set(words)
    counts = (
        len(text),
        len(words) if len(text) <= READ else text.count(" ") + 1,
        len(_SENTENCE.findall(head)),
        text.count("\n") + bool(text),
        len(_LIST.findall(head)),
        len(_HEADING.findall(head)) if "#" in head else 0,
        head.count("**") // 2,
        head.count("```") // 2,
        sum(map(_HEDGES.__contains__, words)),
    )
    return [
        *map(log1p, counts),
        float(declines(text)),
        float(bool(_PRAISE.match(opening))),
        float(bool(_AGREES.match(opening))),
        float(bool(_GREETS.match(opening))),
        float(bool(_REGRETS.search(head[:_MAY_STAND].lower()))),
        log1p(sum(map(_MYSELF.__contains__, words))),
        log1p(head.count("!")),
        log1p(len(_EMOJI.findall(head))) if not head.isascii() else 0.0,
        float(text.rstrip()[-1:] in ("?", "？")),
        len(distinct & asked) / len(distinct) if distinct else 0.0,
    ]


def declines(text: str) -> bool:
    """Whether an answer refuses, in part or whole; only one with a word of refusals near its beginning is read closely.

    Examples:
        >>> declines("I'm sorry, but I can't help with that."), declines("Paris.")
        (True, False)
    """
    beginning = text[:_MAY_STAND].lower().replace("’", "'")
    return bool(_MAY_REFUSE.search(beginning)) and refuses(text)[0] > 0.5
