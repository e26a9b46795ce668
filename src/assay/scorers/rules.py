"""Rules that an answer cites, and whether a written policy holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.domain.contract import Contract
from assay.scorers.quantities import Quantity, quantities
from assay.scorers.reading import lowered, plain
from assay.scorers.sentences import Phrase, Sentence, Word, hits, phrase, sentences
from assay.scorers.stems import listed, stem

_BOOK = (
    r"(?:polic(?:y|ies)|rules?|guidelines?|terms|conditions|regulations?|procedures?|handbook|protocols?|agreement"
    r"|code of conduct|rulebook)"
)
_CITES = re.compile(rf"\b{_BOOK}\b")
_OTHERS = re.compile(
    rf"\b(?:your|his|her|their|my)(?: \w+){{0,2}} {_BOOK}\b|\binsurance polic|\bin terms of\b|\brules? of thumb\b"
    rf"|\bas a rule\b|\brules? out\b|\b(?:long|short)[- ]term|\b(?:medical|weather|air) conditions\b"
)
_PROMISES = re.compile(
    r"\bwe (?:always |never |only |also |do not |don't |can't |cannot )?(?:accept|allow|charge|cover|give|grant"
    r"|guarantee|offer|permit|provide|refund|replace|require)\b"
    r"|\b(?:you|customers|employees|patients|guests|passengers) (?:are|'re) (?:entitled|eligible|required|allowed)\b"
)
_UNKNOWN = re.compile(
    r"\b(?:can't|cannot|couldn't|can not|don't|do not|didn't) (?:\w+ )?(?:find|see|have|know)\b"
    rf"[^.;]{{0,80}}\b{_BOOK}\b"
    rf"|\b(?:not aware|unaware)\b[^.;]{{0,80}}\b{_BOOK}\b"
    rf"|\b{_BOOK}\b[^.;]{{0,30}}\b(?:doesn't|does not|don't|do not) (?:mention|say|state|specify|cover|address|contain)"
    rf"|\b{_BOOK}\b[^.;]{{0,30}}\b(?:says?|states?|contains?) nothing\b"
    rf"|\bthere(?:'s| is| are|'re) no (?:\w+ ){{0,2}}{_BOOK}\b|\bno (?:\w+ )?{_BOOK} (?:on|about|for|regarding)\b"
)
_LEADS = re.compile(r":\s*$")
_TALK = (
    "policy policies rule rules guideline guidelines term terms condition conditions regulation regulations"
    " procedure handbook protocol agreement conduct according accordance per state states stated say says line"
    " based under follow follows set sets make makes give gives grant grants ask asks promise promises oblige we"
    " you i they us them me it they're our your case please sorry thank congratulations company yes no"
    " let lets allow allows permit get gets have has mean means look looks wrong afraid possibly automatically"
    " special house life grants demand demands commit sorry ensure provide provides"
)
_CHATTER = frozenset(stem(word) for word in listed(_TALK))
"""Stems that speak of rules, not of what they say."""
_WHOLE = frozenset(stem(word) for word in listed("everyone everybody every all always regardless unlimited anytime"))
_LIMITLESS = re.compile(
    r"\bat any time\b|\bno matter\b|\b(?:without|no) (?:any |a )?limit|\bfor (?:all|everyone)\b"
    r"|\ball (?:customers|users)\b"
)
_EVERY = re.compile(r"\b(?:every|each|all|any|always|everyone|no limit)\b")
_AFTER = re.compile(r"\b(?:after|past|beyond|later|over|more than|exceed\w*|too)\b")


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence of a written policy."""

    text: str
    """As written."""
    stems: frozenset[str]
    """Stems of its content."""
    denied: frozenset[str]
    """Those that it denies."""
    quantities: tuple[Quantity, ...]
    """Its figures."""


@dataclass(frozen=True, slots=True)
class Book:
    """A written policy as its rules."""

    rules: tuple[Rule, ...]
    """What it says, and the texts of its statements."""
    banned: tuple[tuple[str, Phrase], ...]
    """Statement id and phrase of what must not be claimed."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer that tells a rule."""

    sentence: Sentence
    """Where."""
    cited: bool
    """Whether it names the policy; else it only promises in the house's name."""


def book(contract: Contract) -> Book:
    """The rules of a written policy."""
    texts = [*contract.says, *(one.text for one in contract.statements)]
    rules = tuple(_rule(text, part) for text in texts for part in sentences(text))
    kinds = ("must_not_claim", "must_not")
    banned = tuple((one.id, phrase(text)) for one in contract.statements if one.kind in kinds for text in one.any)
    return Book(rules, banned)


def _rule(text: str, part: Sentence) -> Rule:
    words = _content(part.words)
    return Rule(
        text[part.start : part.end],
        frozenset(word.stem for word in words),
        frozenset(word.stem for word in words if word.denied),
        tuple(word.quantity for word in part.words if word.quantity),
    )


def _content(words: Sequence[Word]) -> list[Word]:
    return [word for word in words if word.content and not word.quantity and word.stem not in _CHATTER]


def claims(text: str, parts: Sequence[Sentence]) -> Iterator[Claim]:
    """Sentences that tell a rule: they name a policy, follow a line that announces one, or promise in the house's name.

    A sentence that says the policy holds nothing on a matter tells no rule, nor does one on somebody else's policy.
    """
    announced = 0
    for part in parts:
        low = lowered(plain(text[part.start : part.end]))[:2000]
        cited = bool(_CITES.search(low)) and not _OTHERS.search(low)
        if cited and _UNKNOWN.search(low):
            announced = 0
            continue
        bare = len(_content(part.words)) < 2 and not any(word.quantity for word in part.words)
        if cited and (_LEADS.search(low) or bare):
            announced = 3
            continue
        if cited or announced:
            announced = max(0, announced - 1)
            yield Claim(part, True)
        elif _PROMISES.search(low):
            yield Claim(part, False)


def fault(claim: Claim, text: str, rules: Book, asked: str, enough: float) -> str:
    """What is wrong with a rule that an answer tells; empty when the policy holds it.

    Args:
        claim: The sentence.
        text: The answer.
        rules: The written policy.
        asked: Prompt and context, whose figures an answer may repeat.
        enough: Share of the claim's words that the closest two rules must hold.
    """
    low = lowered(plain(text[claim.sentence.start : claim.sentence.end]))
    for id, banned in rules.banned:
        if any(hit.affirmed for hit in hits(banned, claim.sentence)):
            return f"claims what statement '{id}' forbids"
    words = _content(claim.sentence.words)
    said = {word.stem for word in words}
    near = sorted(rules.rules, key=lambda rule: -_closeness(said, rule))[:3]
    shared = [rule for rule in near if said & rule.stems]
    close = [rule for rule in shared if _closeness(said, rule) >= 0.34 or len(said & rule.stems) >= 3]
    numbers = [word for word in claim.sentence.words if word.quantity]
    wrong = _number_fault(numbers, rules.rules if claim.cited else close, shared, low, asked, claim.cited)
    if wrong:
        return wrong
    if close and _turned(words, close[0], numbers, low):
        return f"says the opposite of {close[0].text[:80]!r}"
    for rule in shared:  # a short rule, all of it turned round: "cats are not allowed"
        if rule.stems <= said and all(w.denied != (w.stem in rule.denied) for w in words if w.stem in rule.stems):
            return f"says the opposite of {rule.text[:80]!r}"
    if close and _unlimited(said, low, close):
        return f"knows no limit, unlike {close[0].text[:80]!r}"
    if claim.cited and said and _covered(said, numbers, shared[:2]) < enough:
        return "is not in the policy"
    return ""


def _covered(said: set[str], numbers: Sequence[Word], near: Sequence[Rule]) -> float:
    """Share of a claim's words and figures that the closest rules hold."""
    held = set().union(*(rule.stems for rule in near))
    own = [word.quantity for word in numbers if word.quantity]
    figures = sum(any(_holds(q, one) for rule in near for q in rule.quantities) for one in own)
    return (len(said & held) + figures) / (len(said) + len(own))


def _closeness(said: set[str], rule: Rule) -> float:
    both = len(said & rule.stems)
    return 2 * both / (len(said) + len(rule.stems)) if both else 0.0


def _number_fault(
    words: Sequence[Word], every: Sequence[Rule], near: Sequence[Rule], low: str, asked: str, cited: bool
) -> str:
    known = quantities(asked[:50_000]) if words else []
    own = [word.quantity for word in words if word.quantity]
    for word in words:
        number = word.quantity
        assert number is not None
        where = near if number.kind in ("count", "number") else every
        if any(_holds(other, number) for rule in where for other in rule.quantities):
            continue
        if number.loose:
            spans = [q for rule in near[:1] for q in rule.quantities if q.kind == "duration"]
            if spans and not any(_holds(q, mine) for q in spans for mine in own):
                return f"tells another time than the policy ({number.value:g} {number.unit})"
            continue
        if any(_product(number, times, rule) for times in known for rule in every):
            continue
        rivals = [q for rule in near[:2] for q in rule.quantities if q.unit == number.unit]
        repeated = any(_holds(other, number) for other in known)
        told = any(_holds(q, mine) for q in rivals for mine in own)
        if repeated and (told or not rivals or word.denied or _AFTER.search(low)):
            continue
        if not cited and not rivals:
            continue
        return f"states a figure that the policy does not hold ({number.value:g} {number.unit})".replace(" )", ")")
    return ""


def _holds(other: Quantity, number: Quantity) -> bool:
    if other.same(number):
        return True
    plain_kinds = ("count", "number")
    if other.kind in plain_kinds and number.kind in plain_kinds:
        return other.value == number.value
    years = number if number.unit == "month" else other
    bare = other if years is number else number
    return years.unit == "month" and bare.kind in plain_kinds and years.value == 12 * bare.value


def _product(number: Quantity, times: Quantity, rule: Rule) -> bool:
    """`3 months would be $45` at $15 a month."""
    priced = number.kind == "money"
    return priced and any(q.unit == number.unit and number.value == q.value * times.value for q in rule.quantities)


def _turned(words: Sequence[Word], rule: Rule, numbers: Sequence[Word], low: str) -> bool:
    """Whether what claim and rule share is affirmed by one and denied by the other."""
    both = [word for word in words if word.stem in rule.stems]
    free = any(word.stem == "free" and not word.denied for word in words)
    if free and "fee" in {*rule.stems} and "free" not in rule.stems and len(both) >= 1:
        return True
    if len({word.stem for word in both}) < 2:
        return False
    turned = [word for word in both if word.denied != (word.stem in rule.denied)]
    if not turned:
        return False
    if all(word.denied for word in turned):  # denied outside the rule's limits is no contradiction
        beyond = any(n.quantity and any(q.unit == n.quantity.unit for q in rule.quantities) for n in numbers)
        return not beyond and not _AFTER.search(low)
    return True


def _unlimited(said: set[str], low: str, close: Sequence[Rule]) -> bool:
    if not (said & _WHOLE or _LIMITLESS.search(low)):
        return False
    return bool(close[0].quantities) and not any(_EVERY.search(rule.text.lower()) for rule in close)
