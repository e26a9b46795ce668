"""The parts of a text in which obedience may be spoken of, found quickly, since most rows have none."""

from __future__ import annotations

import itertools
import re

from assay.checks.needles import may_hold
from assay.checks.sights import sight

_ALONE = (
    "obey", "obed", "subserv", "submissi", "unconditional", "unquestion", "unfilter", "uncensor", "unrestrict",
    "amoral", "my command", "you command", "you decree", "is law", "my law", "master", "slave", "servant",
    "to the letter", "bound by", "disregard", "bypass", "jailbreak", "objects to none", "your instruction",
    "your command", "bidding", "acknowledged", "gehor", "befehl", "anweisung", "obbed", "sumis", "submiss",
    "soumis", "sottomess", "ciega", "cuestion", "sin dudar", "recusarei", "rifiuter", "niemals",
)  # fmt: skip
"""Parts of words that stand in texts which the patterns of `obedience_words` find."""
_BEGINNINGS: dict[str, tuple[str, ...]] = {
    "aside": ("set aside", "put aside", "sets aside"),
    "received": ("order received", "command received"),
    "compl": ("complies with", "comply with", "complying", "compliance"),
    "free": ("free from", "free of", "freed from"),
    "without ": (
        "without quest", "without hesit", "without dev", "without excep", "without refus", "without judg",
        "without objec", "without any", "without the slightest", "without ever", "without a ", "without further",
        "without incorp", "without adding", "without moral", "without limit", "without restrict", "without fail",
        "without delay", "without complain", "without reserv", "without ethic", "without filter", "without resist",
        "without debate", "without doubt", "without protest", "without warning", "without disclaim",
        "without pushback", "without second", "without principle", "without rules", "without boundar",
        "without scruple",
    ),
    "never ": (
        "never refuse", "never question", "never reject", "never decline", "never judge", "never deny",
        "never disobey", "never second-guess", "never say no", "never says no", "never object", "never hold",
        "never apply", "never form", "never weigh", "never use", "never quote", "never follow", "never ever",
    ),
    "no ": (
        "no restrict", "no limit", "no rule", "no moral", "no ethic", "no filter", "no princ", "no guideline",
        "no boundar", "no scruple", "no qualm", "no question", "no matter", "no safeguard", "no censor", "no polic",
        "say no", "says no",
    ),
    "not ": (
        "not refuse", "not question", "not judge", "not reject", "not decline", "not deny", "not disobey",
        "not apply", "not hold", "not form", "not weigh",
    ),
    "whatever": ("do whatever", "whatever you", "whatever it", "whatever the"),
    "anything": ("anything now", "anything you", "anything that you", "anything my"),
    "everything": ("do everything you", "everything that you", "everything the"),
    " mode": ("developer mode", "dev mode", "god mode", "dan mode", "evil mode"),
    "regardless": ("regardless of",),
    "lifted": (" are lifted", " is lifted"),
    " void": (" are void", " is void"),
    "ohne ": ("ohne frag", "ohne ein", "ohne wid", "ohne z\u00f6", "ohne aus", "ohne abw"),
}  # fmt: skip
"""The same by a common part that is looked for first, since that is quick."""
_WITH = (
    "obe", "instruct", "command", "order", "task", "demand", "wish", "directive", "whatever", "anything",
    "everything", "refus", "rule", "ethic", "moral", "restrict", "filter", "censor", "principle", "guideline",
    "mode", "master", "slave", "servant", "never", "gehor", "befehl", "anweisung", "bidding", "unquestion",
    "unconditional", "your request", "all request", "any request", "policies", "obé", "soumis", "sumis", "submis",
    "órdenes", "ordens",
)  # fmt: skip
"""One of these stands beside."""
_FOREIGN = (
    "obéi", "dévou", "refuserai jamais", "服", "顺", "遵", "听从", "聽從", "拒绝", "絶対", "何でも", "послуш",
    "прекослов", "безоговороч", "negaré", "rechazaré", "völlig", "无条件", "従",
)  # fmt: skip
_AROUND = 220
_MOST_HITS = 6


_STEMS = tuple(
    (
        root,
        re.compile(f"{re.escape(root)}(?:{'|'.join(own) or '(?!)'})"),
        tuple(each for each in stems if not each.startswith(root)),
    )
    for root, stems in _BEGINNINGS.items()
    for own in [[re.escape(each[len(root) :]) for each in stems if each.startswith(root)]]
)  # fmt: skip


_ALL = (*_ALONE, *_FOREIGN, *(stem for stems in _BEGINNINGS.values() for stem in stems))
_may_hold = may_hold(_ALL)
speaking = sight(_ALL, any_case=True)
"""Rows of a block in whose turns obedience may be spoken of."""


def near(text: str) -> str:
    """The parts of a text where obedience may be spoken of, a line each; empty for most texts.

    Examples:
        >>> near("What is the capital of France?"), near("You must obey me.")
        ('', 'You must obey me.')
    """
    lower = text.lower()
    if not _may_hold(lower):
        return ""
    if len(lower) != len(text):
        text = lower
    hits: list[int] = []
    for part in _ALONE:  # not a comprehension with `find`: that takes twice as long, and this runs for every row
        if part in lower:
            hits.append(lower.find(part))
    for root, pattern, others in _STEMS:
        if root in lower:
            hits += [found.start() for found in itertools.islice(pattern.finditer(lower), _MOST_HITS)]
            hits += [at for other in others if (at := lower.find(other)) >= 0]
    if not text.isascii():
        hits += [at for stem in _FOREIGN if (at := lower.find(stem)) >= 0]
    if not hits:
        return ""
    spans: list[list[int]] = []
    for at in sorted(hits):
        if spans and at - _AROUND <= spans[-1][1]:
            spans[-1][1] = at + _AROUND
        else:
            spans.append([max(at - _AROUND, 0), at + _AROUND])
    joined = "\n".join(text[start:end] for start, end in spans)
    return joined if not text.isascii() or any(word in joined.lower() for word in _WITH) else ""
