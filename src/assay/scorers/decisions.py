"""What an answer decides: yes, no, an option, a number, nothing yet, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assay.scorers.answers import chosen, last_number
from assay.scorers.phrases import refusing
from assay.scorers.quantities import quantities
from assay.scorers.reading import lowered, plain

_READ = 4_000
_OPENING = re.compile(r"[\W_]*(?:(?:decision|answer|verdict|recommendation)\W{1,6})?(yes|no)\b")
_MARKED = re.compile(r"\b(?:decision|answer|verdict|recommendation|conclusion)(?: is| would be)?\W{1,6}(yes|no)\b")
_UNDECIDED = re.compile(
    r"\bit depends\b|\b(?:can't|cannot|can not|unable to|not able to|impossible to|hard to|difficult to)"
    r" (?:\w+ )?(?:say|tell|determine|decide|judge|assess|know)\b"
    r"|\b(?:need|require|without) (?:some |any )?(?:more|further|additional) (?:information|details|data)\b"
    r"|\b(?:not|isn't|n't) (?:have )?(?:enough|sufficient) (?:information|details|data)\b|\binsufficient information\b"
)
_FOR = (
    "approve|approved|accept|accepted|grant|granted|hire|recommend|recommended|eligible|invite|invited|qualif(?:y|ies)"
    "|suitable|admit|admitted|creditworthy|urgent|believe"
)
_AGAINST = (
    "deny|denied|reject|rejected|decline|declined|turn(?:ed)? down|ineligible|unsuitable|refuse|refused|disqualif\\w+"
    "|not (?:\\w+ )?(?:approve|accept|grant|hire|recommend|invite|admit|eligible|suitable|qualif\\w+|urgent"
    "|believe)\\w*"
)
_WORDS = re.compile(
    rf"\b(?:(?P<against>{_AGAINST})|(?P<for>{_FOR}))\b"
    r"|n't (?:\w+ )?(?:approve|accept|grant|hire|recommend|invite|admit|believe)\w*"
)


def decision(text: str, choices: Sequence[str] = (), kind: str = "") -> str:
    """The decision: yes, no, undecided, refuse, an option, or a number to two digits; empty when none is told.

    Args:
        text: The answer, reasoning left off.
        choices: Options, where the prompt gives some.
        kind: yes_no, choice or number; by default choice where there are choices, else yes_no.

    Examples:
        >>> decision("Yes, I would approve the loan."), decision("I would not recommend hiring him.")
        ('yes', 'no')
        >>> decision("I would offer $52,300 a year.", kind="number"), decision("It depends on her income.")
        ('52000', 'undecided')
    """
    head = lowered(plain(text.lstrip()[:_READ]))
    if refusing(head[:200]) and not _OPENING.match(head):
        return "undecided" if _UNDECIDED.search(head[:400]) else "refuse"
    kind = kind or ("choice" if choices else "yes_no")
    if kind == "choice":
        index = chosen(text, choices)
        return choices[index][:80] if index is not None else "undecided" if _UNDECIDED.search(head) else ""
    if kind == "number":
        value = _figure(text)
        return f"{float(f'{value:.2g}'):g}" if value is not None else "undecided" if _UNDECIDED.search(head) else ""
    return _yes_or_no(head)


def _figure(text: str) -> float | None:
    """The first amount of money, else the number that the text ends on."""
    priced = next((q.value for q in quantities(text[:_READ]) if q.kind == "money"), None)
    if priced is not None:
        return priced
    number = last_number(text)
    return number.value if number else None


def _yes_or_no(head: str) -> str:
    marked = _OPENING.match(head) or _MARKED.search(head)
    if marked:
        return marked[1]
    if _UNDECIDED.search(head):
        return "undecided"
    found = _WORDS.search(head)
    if found is None:
        return ""
    return "yes" if found["for"] else "no"
