"""Facts in a form that allows one value: how an answer ends, and sentences such as "X was founded in 1901"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assay.checks.needles import holds
from assay.checks.sights import sight

READ = 2000
"""Characters of an answer that are read for facts."""
_FINAL = re.compile(
    r"####[ \t]*([^\n]{1,60})|\\boxed\{([^{}\n]{1,60})\}"
    r"|(?:\A|\n)(?:A|Answer|Final [Aa]nswer)[:=][ \t]*([^\n]{1,60})\s*\Z"
    r"|\b[Tt]he (?:final |correct )?answer is:?[ \t]*([^\n.,;]{1,60}?(?:\.\d+)?)(?:\.\s|[\n,;]|\.?\s*\Z)"
)
_MARKS = ("####", "\\boxed{", "nswer is", "nswer:", "nswer=", "\nA:", "\nA=")
"""One of these stands in every text that `_FINAL` fits, unless it begins with such an A."""
marking = sight([mark.lstrip() for mark in _MARKS])
"""Rows of a block in which the value may be marked in which an answer ends."""
_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:/\d+)?")
_YES = re.compile(r"\W*(yes|no)\b(?!\s+(?:one|body|matter|idea|problem|doubt))", re.IGNORECASE)
_CLOSED = re.compile(
    r"(?:\A|[.!?\n]\s*)(?:is|are|was|were|does|did|has|have) "
    r"(?!(?:you|it|this|that|these|those|they|he|she|there|i|we)\b)[^?\n]{3,300}\?",
    re.I,
)
_OPEN = re.compile(
    r"\byou(?:r|rs)?\b|\bshould\b|\bbetter\b|\bbest\b|opinion|survey|random|think (?:that )?(?:it|we|people)",
    re.IGNORECASE,
)
_NAME = r"(?:[A-Z][\w'’.-]+|of|the|de|von|van|and|&)"
_SUBJECT = rf"((?:The )?[A-Z][\w'’.-]+(?: {_NAME}){{0,5}}?)"
_MONTH = (
    r"(?:(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"(?: \d{1,2})?,? )?"
)
_DATED = re.compile(
    rf"(?<![\w'’-] )(?<![\w.]){_SUBJECT},? was (?:first )?"
    r"(founded|established|born|built|invented|discovered|published|completed|launched|signed|opened) "
    rf"(?:in|on) {_MONTH}(\d{{4}})\b"
)
_BY = re.compile(
    rf"(?<![\w'’-] )(?<![\w.]){_SUBJECT} was (written|invented|discovered|painted|composed|directed|founded) by "
    r"((?:[A-Z][\w'’.-]+ ){1,3}?[A-Z][\w'’-]+)(?=[,.;\n]| in | and )"
)
_OF = re.compile(
    r"\b(?:The|the) (capital|chemical symbol|currency|largest city) (?:city )?(?:of|for) "
    r"([A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,2}) is (?:the )?([A-Z][\w'’-]*(?: [A-Z][\w'’-]+){0,2})"
)
_MEASURED = re.compile(
    r"\b(?:The|the) (boiling point|melting point|freezing point|atomic number|speed|population|height|length|"
    r"area|diameter|depth)"
    r" of ((?:[\w'’-]+ ){0,3}[\w'’-]+) is (?:about |approximately |roughly |around )?"
    r"(-?\d[\d,]*(?:\.\d+)?) ?([^\s\d.,;]*(?: (?:million|billion|per) ?\w*)?)"
)
_PRONOUNS = frozenset(
    {"it", "he", "she", "they", "this", "that", "these", "those", "i", "we", "there", "the", "who", "which", "what"}
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of something that has one."""

    key: str
    """What it is a value of, in lower case."""
    value: str
    """The value in one form, so that equal values are equal texts."""
    said: str
    """As it was written."""


def final(asked: str, answer: str, may_mark: bool = True) -> Fact | None:
    """The value in which an answer ends, where it is marked as the answer or says yes or no to a closed question.

    Examples:
        >>> final("How many?", "3 * 4 = 12\\n#### 12").value, final("Is 7 a prime number?", "Yes, it is.").value
        ('12', 'yes')
        >>> final("Is tea better?", "Yes.") is None
        True
    """
    if len(asked) > READ:
        return None
    tail = answer[-400:] if may_mark else ""
    if any(map(tail.__contains__, _MARKS)) or tail.startswith(("A:", "A=")):
        hits = list(_FINAL.finditer(tail))
        if hits and not _OPEN.search(asked):
            written = next(each for each in hits[-1].groups() if each is not None).strip()
            return _marked(asked, written)
    yes = _YES.match(answer[:20])
    if yes is not None and _CLOSED.search(asked) and not _OPEN.search(asked):
        return Fact(f"{asked.strip().lower()} [yes or no]", yes[1].lower(), answer[:100])
    return None


def _marked(asked: str, written: str) -> Fact | None:
    numbers = _NUMBER.findall(written)
    if len(numbers) == 1:
        return Fact(f"{asked.strip().lower()} [number]", number(numbers[0]), written)
    plain = written.strip(" .*$\"'()[]").lower()
    option = not numbers and len(plain) == 1 and plain.isalpha()
    return Fact(f"{asked.strip().lower()} [option]", plain, written) if option else None


def number(text: str) -> str:
    """A number in one form.

    Examples:
        >>> number("1,200.0"), number("12."), number("3/4")
        ('1200', '12', '0.75')
    """
    plain = text.replace(",", "")
    above, slash, below = plain.partition("/")
    try:
        value = float(above) / float(below) if slash else float(plain)
    except (ValueError, ZeroDivisionError):
        return plain
    return f"{value:.6g}"


def stated(text: str) -> Iterator[Fact]:
    """Facts that sentences of a text state.

    Examples:
        >>> [(fact.key, fact.value) for fact in stated("The capital of Chile is Lima. Rome was founded in 753.")]
        [('capital of chile', 'lima')]
    """
    text = text[:READ]
    if not _may_state(text):
        return
    for needed, words, pattern, make in _FORMS:
        if all(map(text.__contains__, needed)) and any(map(text.__contains__, words)):
            for hit in pattern.finditer(text):
                yield from make(hit)


def _dated(hit: re.Match[str]) -> Iterator[Fact]:
    return _fact(f"{hit[1]} was {hit[2]}", hit[1], hit[3], hit[0])


def _by(hit: re.Match[str]) -> Iterator[Fact]:
    return _fact(f"{hit[1]} was {hit[2]} by", hit[1], hit[3].lower(), hit[0])


def _of(hit: re.Match[str]) -> Iterator[Fact]:
    return _fact(f"{hit[1]} of {hit[2]}", hit[2], hit[3].lower(), hit[0])


def _measured(hit: re.Match[str]) -> Iterator[Fact]:
    return _fact(f"{hit[1]} of {hit[2]} in {hit[4] or 'units'}", hit[2], number(hit[3]), hit[0])


def _fact(key: str, subject: str, value: str, said: str) -> Iterator[Fact]:
    words = subject.lower().split()
    if words[0] not in _PRONOUNS or (words[0] == "the" and len(words) > 1):
        yield Fact(key.lower().replace("’", "'"), value, " ".join(said.split()))


_Form = tuple[tuple[str, ...], tuple[str, ...], re.Pattern[str], Callable[[re.Match[str]], Iterator[Fact]]]
_FORMS: tuple[_Form, ...] = (
    (
        (" was ", " in "),
        ("founded ", "established ", " born ", "built ", "invented ", "discovered ", "published ", "completed ",
         "launched ", "signed ", "opened "),
        _DATED, _dated,
    ),
    (
        (" was ", " by "),
        ("written by", "invented by", "discovered by", "painted by", "composed by", "directed by", "founded by"),
        _BY, _by,
    ),
    ((" is ",), ("e capital ", "e currency ", "e largest city ", "e chemical symbol "), _OF, _of),
    (
        (" is ",),
        ("point of", "number of", "speed of", "population of", "height of", "length of", "area of", "diameter of",
         "depth of"),
        _MEASURED, _measured,
    ),
)  # fmt: skip
"""Words that a text has where the form can occur: all of the first, one of the second; the form; what to make of it."""
_STATING = (
    r" was (?:first )?(?:founded|established|born|built|invented|discovered|published|completed|launched|signed"
    r"|opened) (?:in|on) ",
    r" was (?:written|invented|discovered|painted|composed|directed|founded) by ",
    r"[Tt]he (?:capital|chemical symbol|currency|largest city) (?:city )?(?:of|for) ",
    r"[Tt]he (?:boiling point|melting point|freezing point|atomic number|speed|population|height|length|area"
    r"|diameter|depth) of ",
)
_may_state = holds((), _STATING)
stating = sight((), _STATING)
"""Rows of a block that may state a fact."""
