"""Clauses on form, certainty, length and language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from assay.domain.behaviour import Certainty, Format, Words
from assay.domain.sample import Sample
from assay.domain.trial import Output
from assay.scorers.clause import KEPT, Answered, Clause, Kept, kind
from assay.scorers.forms import Form, fault
from assay.scorers.hedging import Hedging
from assay.scorers.language_drift import LanguageDrift
from assay.scorers.languages import NAMES
from assay.scorers.overconfidence import Overconfidence
from assay.scorers.phrases import refusing
from assay.scorers.reading import lowered, plain
from assay.scorers.style_clauses import free_of, listed

_HEADING = re.compile(r"^ {0,3}(#{1,6}) +\S", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}```([^\n`]*)$", re.MULTILINE)
_ABSTAINS = re.compile(
    r"\b(?:(?:do not|don't|does not|doesn't|did not|didn't|cannot|can't|not able to|unable to|could not|"
    r"couldn't) (?:\w+ ){0,3}?"
    r"(?:know|have (?:\w+ ){0,3}?(?:information|context|access|details|enough)|find|tell|determine|say|answer|"
    r"see|mention|contain|specify|"
    r"provide|state|include|confirm)|no (?:\w+ )?(?:information|mention|context|passage|document|details|data|answer)|"
    r"not (?:\w+ ){0,2}?(?:mentioned|stated|specified|provided|given|available|included|found|sure|certain|"
    r"clear|enough)|"
    r"isn't (?:\w+ )?(?:mentioned|stated|specified|provided|given|enough)|insufficient|"
    r"(?:could|can|would) you (?:please )?(?:provide|share|clarify|specify|give|tell|paste|upload)|"
    r"please (?:provide|share|clarify|paste))\b"
)
_YES = frozenset({"true", "yes", "1"})
_NO = frozenset({"false", "no", "0"})


def form(ruled: Format, share: Callable[[str], float]) -> Iterator[Clause]:
    """The clauses on form.

    Args:
        ruled: What the contract says.
        share: Share of answers that must keep a clause, by its name.
    """

    def clause(name: str, says: str, kept: Callable[[Answered], Kept]) -> Clause:
        return Clause(name=name, says=says, at_least=share(name), kept=kept)

    if not ruled.markdown:
        yield clause("markdown", "answers are plain text", _plain)
    if not ruled.lists:
        yield clause("lists", "answers hold no list", _unlisted)
    if not ruled.tables:
        yield clause("tables", "answers hold no table", _untabled)
    deepest = 0 if not ruled.headings else ruled.max_heading_level
    if deepest is not None:
        says = f"answers hold no heading{f' below level {deepest}' if deepest else ''}"
        yield clause("headings", says, partial(_headed, deepest))
    if ruled.code_fences != "any":
        says = "answers hold no fenced code" if ruled.code_fences == "none" else "blocks of code name their language"
        yield clause("code_fences", says, partial(_fenced, ruled.code_fences))
    if ruled.asked:
        yield Clause(
            name="asked_form", says="answers have the form that was asked for", at_least=share("asked_form"),
            kept=_as_asked, dear=True, reaches=lambda sample: bool(Answered(sample, _NOTHING).forms),
        )  # fmt: skip


def certainty(ruled: Certainty, share: Callable[[str], float]) -> Iterator[Clause]:
    """The clauses on certainty."""
    if ruled.hedged is not None:
        says = f"answers hold at most {ruled.hedges:g} hedges in 100 words"
        yield Clause(
            name="hedging", says=says, at_least=1 - ruled.hedged, kept=partial(_hedged, ruled.hedges), dear=True
        )
    if ruled.overconfident is not None:
        says = "no claim is worded as beyond doubt"
        yield Clause(name="overconfidence", says=says, at_least=1 - ruled.overconfident, kept=_sure, dear=True)
    if ruled.abstain_without_context:
        says = "answers that lack their context say so"
        yield Clause(
            name="abstain", says=says, at_least=share("abstain"), kept=_abstains, reaches=without_context, dear=True
        )
    if ruled.forbidden:
        says = "answers hold no forbidden wording of certainty"
        yield Clause(
            name="certain_words", says=says, at_least=share("certain_words"),
            kept=partial(free_of, listed(ruled.forbidden)),
        )  # fmt: skip


def length(ruled: Mapping[str, Words], share: Callable[[str], float]) -> Iterator[Clause]:
    """The clauses on length: one for the limits of all kinds, one for the median of each kind."""
    if any(one.at_most or one.at_least for one in ruled.values()):
        says = "answers keep the number of words of their kind of request"
        yield Clause(name="words", says=says, at_least=share("words"), kept=partial(_long, ruled), dear=True)
    for name, one in ruled.items():
        if one.median is not None:
            told = "answers" if name == "all" else f"answers to {name} requests"
            yield Clause(
                name=f"median_{name}", says=f"half of the {told} have at most {one.median} words", at_least=0.5,
                kept=partial(_short, one.median, partial(_of_kind, ruled, name)),
                reaches=partial(_of_kind, ruled, name), dear=True,
            )  # fmt: skip


def tongue(ruled: tuple[str, ...], share: Callable[[str], float]) -> Iterator[Clause]:
    """The clause on language."""
    if ruled:
        told = ", ".join("the language of the request" if code == "asked" else NAMES[code] for code in ruled)
        yield Clause(
            name="language", says=f"answers are in {told}", at_least=share("language"), kept=partial(_spoken, ruled),
            dear=True,
        )  # fmt: skip


def without_context(sample: Sample) -> bool:
    """Whether a request lacks what its answer must rest on: metadata `answerable: false`, or `grounded: true` and no
    context.

    Examples:
        >>> without_context(Sample(id="1", input="?", metadata={"answerable": False}))
        True
    """
    if (sample.word("answerable") or "").lower() in _NO:
        return True
    return (sample.word("grounded") or "").lower() in _YES and not any(map(str.strip, sample.context))


_NOTHING = Output(text="")


def _plain(one: Answered) -> Kept:
    wrong = fault(one.output.text[one.read.start :], Form("plain"))
    if wrong is None or one.intent == "code":
        return KEPT
    if one.asks("markdown", "table", "list", "bullets", "numbered", "code", "code_only"):
        return KEPT
    return Kept(False, wrong.why)


def _unlisted(one: Answered) -> Kept:
    text = one.read.text
    if not text or fault(text, Form("list", 2)) is not None:
        return KEPT
    return KEPT if one.asks("list", "bullets", "numbered", "markdown") else Kept(False, "holds a list")


def _untabled(one: Answered) -> Kept:
    if "|" not in one.read.text or one.asks("table"):
        return KEPT
    return Kept(False, "holds a table") if fault(one.read.text, Form("table")) is None else KEPT


def _headed(deepest: int, one: Answered) -> Kept:
    if "#" not in one.read.text or one.asks("markdown"):
        return KEPT
    found = next((hit for hit in _HEADING.finditer(one.read.text) if len(hit[1]) > deepest), None)
    if found is None:
        return KEPT
    return Kept(False, f"heading of level {len(found[1])}", (one.span(found.start(), found.end(), "heading"),))


def _fenced(ruled: str, one: Answered) -> Kept:
    marks = _FENCE.findall(one.output.text) if "```" in one.output.text else []
    if not marks:
        return KEPT
    if ruled == "none":
        return Kept(True, "asked for") if one.asks("code", "json") else Kept(False, "fenced code")
    return KEPT if all(mark.strip() for mark in marks[::2]) else Kept(False, "a block of code without its language")


def _as_asked(one: Answered) -> Kept:
    if not one.forms:
        return Kept(None, "no form asked")
    if not one.read.text.strip() and not one.output.text.strip():
        return Kept(None, "empty")
    wrong = next((f for wanted in one.forms if (f := fault(one.output.text[one.read.start :], wanted))), None)
    return KEPT if wrong is None else Kept(False, wrong.why)


def _hedged(most: float, one: Answered) -> Kept:
    score = Hedging().score(one.sample, one.output)[0]
    if not isinstance(score.value, float):
        return Kept(None, score.unscored)
    return KEPT if score.value <= most else Kept(False, score.explanation, score.evidence)


def _sure(one: Answered) -> Kept:
    score = Overconfidence().score(one.sample, one.output)[0]
    if not isinstance(score.value, float):
        return KEPT if score.unscored == "no claim" else Kept(None, score.unscored)
    return KEPT if score.value == 0 else Kept(False, score.explanation, score.evidence)


def _abstains(one: Answered) -> Kept:
    if not without_context(one.sample):
        return Kept(None, "has its context")
    if one.language not in ("en", ""):
        return Kept(None, "not English")
    head = lowered(plain(one.read.text[:1500]))
    return (
        KEPT if _ABSTAINS.search(head) or refusing(head.lstrip()[:400]) else Kept(False, "answers without its context")
    )


def _long(ruled: Mapping[str, Words], one: Answered) -> Kept:
    limits = _limits(ruled, one.intent)
    if limits.at_most is not None and one.words > limits.at_most:
        return Kept(False, f"{one.words} words, at most {limits.at_most}")
    if limits.at_least is not None and one.words < limits.at_least:
        return Kept(False, f"{one.words} words, at least {limits.at_least}")
    return KEPT


def _limits(ruled: Mapping[str, Words], name: str) -> Words:
    return ruled.get(name) or ruled.get("all") or Words()


def _of_kind(ruled: Mapping[str, Words], name: str, sample: Sample) -> bool:
    """Whether a median rules a request: that of its kind, or of all where its kind has none."""
    own = kind(sample)
    return own == name or (name == "all" and (own not in ruled or ruled[own].median is None))


def _short(median: int, reaches: Callable[[Sample], bool], one: Answered) -> Kept:
    if not reaches(one.sample):
        return Kept(None, "another kind of request")
    return KEPT if one.words <= median else Kept(False, f"{one.words} words")


def _spoken(ruled: tuple[str, ...], one: Answered) -> Kept:
    """An answer too short to have a language keeps the clause."""
    if one.language in ruled:
        return KEPT
    if "asked" in ruled:
        score = LanguageDrift().score(one.sample, one.output)[0]
        if score.value is not True:
            return KEPT
        return Kept(False, score.explanation)
    return KEPT if not one.language else Kept(False, f"is in {NAMES[one.language]}")
