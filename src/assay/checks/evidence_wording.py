"""How an answer stands to what it knows: it abstains, asks back, or refers to a text that nobody gave it."""

from __future__ import annotations

import re

from assay.checks.sights import sight
from assay.scorers.asking import request
from assay.scorers.reading import lowered, plain
from assay.scorers.refusal_wording import boundary

_READ = 600
_ENDING = 200
_GIVEN = r"(?:passages?|texts?|documents?|articles?|context|information|sources?|excerpts?|paragraphs?|reports?)"
_ABSTAINS = re.compile(
    r"\b(?:i|we) (?:do not|don't|cannot|can't|could not|couldn't|am not|'m not|would not|wouldn't)(?: \w+){0,2} "
    r"(?:know|sure|certain|find|determine|verify|confirm|tell|aware|answer|say (?:for|with))\b"
    r"|\b(?:i|we)(?:'m| am| are|'re) (?:not (?:sure|certain|aware)|unsure|unaware)\b"
    r"|\b(?:i|we)(?:'m| am| are|'re) unable to (?:find|determine|verify|answer|confirm)\b"
    r"|\b(?:not|n't|no|in)(?: \w+){0,2} (?:enough|sufficient) (?:information|context|details?|data|evidence)\b"
    r"|\binsufficient (?:information|context|details?|data|evidence)\b"
    rf"|\b{_GIVEN}(?: \w+){{0,3}} (?:does not|doesn't|do not|don't) (?:\w+ )?"
    r"(?:say|mention|state|specify|contain|provide|include|tell|give|address|indicate|answer)\b"
    r"|\b(?:is|are|was|were) (?:not|n't) (?:\w+ )?(?:mentioned|stated|specified|given|provided|available|known|clear)\b"
    r"|\b(?:i|we) (?:have|found) no (?:\w+ )?(?:information|record|data|knowledge|way of knowing)\b"
    r"|\b(?:it is|it's) (?:not possible|impossible|unclear|unknown|not known)\b|\bunanswerable\b"
    r"|\bcannot be (?:determined|answered|known|verified)\b"
)
_TEXT = (
    r"(?:passage|article|document|paragraph|excerpt|e-?mail|text|transcript|table|image|picture|painting|photo|poem"
    r"|attachment|sentence|code|report)s?\b"
)
_REFERS = re.compile(
    rf"\b(?:summari[sz]e|read|edit|proofread|translate|rewrite|paraphrase|analy[sz]e|classify|correct|shorten) (?:me )?"
    rf"(?:the|this|that) (?:following |given |above |provided |attached |below )?{_TEXT}"
    r"(?! (?:of|by|about|on|called)\b)"
    rf"|\b(?:according to|based on|given|using|from|in) the (?:following|given|above|provided|attached|below) {_TEXT}"
)
_LEAST = 4
referring = sight(
    (),
    (
        "(?:summari[sz]e|read|edit|translate|rewrite|phrase|analy[sz]e|classify|correct|shorten) (?:me )?th",
        "(?:according to|based on|given|using|from|in) the (?:following|given|above|provided|attached|below) ",
    ),
    any_case=True,
)
"""Rows of a block that may refer to a text."""


def abstains(answer: str) -> bool:
    """Whether an answer opens by saying that it does not know, or that what it was given does not tell; no refusal.

    Examples:
        >>> abstains("The passage does not mention the price."), abstains("It costs 5 euros.")
        (True, False)
    """
    return _ABSTAINS.search(lowered(plain(answer[:_READ]))) is not None and not boundary(answer)


def asks_back(answer: str) -> bool:
    """Whether an answer ends by asking its reader for something that is missing.

    Examples:
        >>> asks_back("Sure. Which city do you mean?"), asks_back("Why? Because it rains."), asks_back("Anything else?")
        (True, False, False)
    """
    end = answer.rstrip()[-_ENDING:]
    if not end.endswith(("?", "？")):
        return False
    last = re.split(r"(?<=[.!?。！？])\s+|\n+", end[:-1])[-1].lower()
    if re.search(r"\b(?:else|anything|help you with|further|any other|would you like me)\b", last):
        return False
    return request(last) is not None and re.search(r"\b(?:you|your|me|i)\b", last) is not None


def missing_text(asked: str) -> str:
    """The words by which a prompt refers to a text, where it holds nothing that could be one; else empty.

    Examples:
        >>> missing_text("Summarize the following article."), missing_text("Translate this text: Good morning, all.")
        ('summarize the following article', '')
    """
    if len(asked) > 300:
        return ""
    low = lowered(asked)
    found = _REFERS.search(low)
    if found is None or any(mark in asked for mark in ('"', "“", "«", "[", "`", "'", "<")):
        return ""
    rest = low[found.end() :]
    held = (
        len(rest.split()) >= _LEAST or "\n" in rest.strip() or (":" in rest and len(rest.partition(":")[2].split()) > 1)
    )
    before = low[: found.start()]
    return "" if held or len(before.split()) >= _LEAST or "\n" in before.strip() else found[0]
