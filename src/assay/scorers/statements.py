"""Statements of a written policy, compiled, and whether an answer keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.domain.contract import Contract, Statement, When
from assay.domain.errors import PlanError
from assay.domain.sample import Sample
from assay.domain.score import Span
from assay.scorers.pattern import searchable
from assay.scorers.phrases import refusing
from assay.scorers.quantities import Quantity, quantities
from assay.scorers.reading import lowered, plain
from assay.scorers.sentences import Hit, Phrase, Sentence, hits, phrase, sentences

GUARDED = frozenset({"money", "percent", "duration", "date"})
"""Kinds of quantity that `numbers_allowed` holds an answer to."""
_FORBIDS = frozenset({"must_not", "must_not_claim"})
_ASSERTS = frozenset({"must_disclose", "must_not_claim"})
_OFF_TOPIC = 8
"""Content words that an answer without any topic word needs to be called off topic."""
_REDIRECTS = re.compile(r"\bcan only (?:help|assist|answer|talk|support)\b|\b(?:help|assist) you with\b")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as statements read it."""

    text: str
    """As written, up to `stop`."""
    start: int
    """Where the answer begins."""
    stop: int
    """Where reading ends."""
    sentences: tuple[Sentence, ...]
    """Its sentences."""
    held: tuple[Quantity, ...] = ()
    """Quantities of the prompt and the context."""
    asked: frozenset[str] = frozenset()
    """Stems of the prompt."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether one statement was kept."""

    kept: bool | None
    """None: a judge has to tell."""
    why: str
    """For people."""
    spans: tuple[Span, ...] = ()
    """Where in the answer."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement ready to judge."""

    written: Statement
    any: tuple[Phrase, ...]
    all: tuple[Phrase, ...]
    patterns: tuple[re.Pattern[str], ...]
    numbers: tuple[Quantity, ...]
    topics: frozenset[str]
    prompt: tuple[Phrase, ...]

    def applies(self, sample: Sample, asked: Sequence[Sentence]) -> bool:
        """Whether its condition holds for a sample; `asked` is what the user said."""
        when = self.written.when or When()
        for key, wanted in when.metadata.items():
            words = (wanted,) if isinstance(wanted, str) else wanted
            if sample.word(key) not in words:
                return False
        return not self.prompt or any(True for part in asked for one in self.prompt for _ in hits(one, part))

    def judged(self, answer: Answer) -> Finding:
        """Whether an answer keeps it, as far as can be told without a judge."""
        kind = self.written.kind
        if not self.written.local:
            return Finding(None, "needs a judge")
        if kind == "only_topics":
            return self._on_topic(answer)
        if kind == "numbers_allowed":
            return self._numbers(answer)
        return self._forbidden(answer) if kind in _FORBIDS else self._required(answer)

    def _required(self, answer: Answer) -> Finding:
        spans: list[Span] = []
        for name, group in (("any", self.any), ("all", self.all)):
            if not group:
                continue
            found = [self._first(one, answer) for one in group]
            if (name == "any" and not any(found)) or (name == "all" and not all(found)):
                missing = group if name == "any" else [one for one, hit in zip(group, found, strict=True) if not hit]
                return Finding(False, f"does not say {_listed(one.text for one in missing)}")
            spans.extend(self._span(hit.start, hit.end, "keeps") for hit in found if hit)
        for number, wanted in zip(self.numbers, self.written.numbers or (), strict=True):
            said = [q for q in _said(answer) if q.same(number)]
            if not said:
                return Finding(False, f"does not name {wanted}")
            spans.append(self._span(said[0].start, said[0].end, "keeps"))
        if self.patterns:
            match = next((m for one in self.patterns if (m := self._search(one, answer))), None)
            if match is None:
                return Finding(False, "holds none of its patterns")
            spans.append(self._span(match.start(), match.end(), "keeps"))
        return Finding(True, "said", tuple(spans))

    def _forbidden(self, answer: Answer) -> Finding:
        for hit in self._broken(answer):
            shown = " ".join(answer.text[hit.start : hit.end][:120].split())
            return Finding(False, f"says {shown!r}", (self._span(hit.start, hit.end, "breaks"),))
        return Finding(True, "not said")

    def _broken(self, answer: Answer) -> Iterator[Hit]:
        for part in answer.sentences:
            for one in self.any:
                yield from (hit for hit in hits(one, part) if self._counts(hit))
            if self.all:
                found = [next((hit for hit in hits(one, part) if self._counts(hit)), None) for one in self.all]
                whole = [hit for hit in found if hit]
                if len(whole) == len(self.all):
                    yield Hit(min(hit.start for hit in whole), max(hit.end for hit in whole), True)
            for word in part.words:
                if word.quantity and any(word.quantity.same(number) for number in self.numbers):
                    hit = Hit(word.start, word.end, not word.denied and not word.supposed)
                    if self._counts(hit):
                        yield hit
        for regex in self.patterns:
            match = self._search(regex, answer)
            if match is not None:
                yield Hit(match.start(), match.end(), True)

    def _numbers(self, answer: Answer) -> Finding:
        for number in _said(answer):
            known = any(number.same(other) for other in (*self.numbers, *answer.held))
            if number.kind in GUARDED and not number.loose and not known:
                shown = answer.text[number.start : number.end]
                return Finding(
                    False,
                    f"states {shown!r}, which neither the policy nor the prompt holds",
                    (self._span(number.start, number.end, "not allowed"),),
                )
        return Finding(True, "no other figures")

    def _on_topic(self, answer: Answer) -> Finding:
        with_topic = [part for part in answer.sentences if any(word.stem in self.topics for word in part.words)]
        if with_topic and 4 * len(with_topic) >= len(answer.sentences):
            return Finding(True, "on topic")
        head = lowered(plain(answer.text[answer.start : answer.start + 300].lstrip()))
        if refusing(head) or _REDIRECTS.search(head):
            return Finding(True, "turns the request down")
        content = sum(word.content for part in answer.sentences for word in part.words)
        if content < _OFF_TOPIC and self.topics & answer.asked:
            return Finding(True, "a short answer to a prompt on topic")
        if not with_topic and content >= _OFF_TOPIC:
            last = answer.sentences[-1].end
            return Finding(
                False, "holds no word of its topics", (self._span(answer.sentences[0].start, last, "off topic"),)
            )
        return Finding(None, "needs a judge: few words of its topics")

    def _first(self, one: Phrase, answer: Answer) -> Hit | None:
        return next((hit for part in answer.sentences for hit in hits(one, part) if self._counts(hit)), None)

    def _counts(self, hit: Hit) -> bool:
        return hit.affirmed or self.written.kind not in _ASSERTS

    def _search(self, regex: re.Pattern[str], answer: Answer) -> re.Match[str] | None:
        return regex.search(answer.text, answer.start, answer.stop)

    def _span(self, start: int, end: int, what: str) -> Span:
        return Span(start=start, end=end, reason=f"{what} '{self.written.id}'")


def _said(answer: Answer) -> Iterator[Quantity]:
    return (word.quantity for part in answer.sentences for word in part.words if word.quantity)


def _listed(texts: Iterator[str]) -> str:
    shown = [repr(text) for text in texts]
    return ", ".join(shown[:3]) + (" .." if len(shown) > 3 else "")


def answered(text: str, start: int, stop: int, held: Sequence[str] = (), asked: Sequence[Sentence] = ()) -> Answer:
    """An answer as statements read it.

    Args:
        text: The whole answer.
        start: First character that is read.
        stop: One past the last.
        held: Prompt and context, whose figures the answer may repeat.
        asked: What the user said.
    """
    known = tuple(quantity for part in held for quantity in quantities(part[:50_000]))
    stems = frozenset(word.stem for part in asked for word in part.words)
    return Answer(text, start, min(stop, len(text)), tuple(sentences(text[:stop], start)), known, stems)


def compiled(contract: Contract) -> tuple[Compiled, ...]:
    """The statements of a policy, ready to judge.

    Raises:
        PlanError: A number or pattern cannot be read, or two statements contradict each other.
    """
    made = tuple(_compiled(statement, contract.place) for statement in contract.statements)
    for first in made:
        for second in made:
            _check(first, second, contract.place)
    return made


def _compiled(statement: Statement, place: str) -> Compiled:
    where = f"{place}: statement '{statement.id}'"
    try:
        patterns = tuple(searchable(one) for one in statement.patterns)
    except PlanError as error:
        raise PlanError(f"{where}: {error}") from None
    numbers: list[Quantity] = []
    for text in statement.numbers or ():
        read = quantities(text)
        if len(read) != 1:
            raise PlanError(
                f"{where}: numbers: {text!r} is no single quantity; write '30 days', '15 %', '$25' or '31 March'"
            )
        numbers.append(read[0])
    return Compiled(
        written=statement,
        any=tuple(phrase(one) for one in statement.any),
        all=tuple(phrase(one) for one in statement.all),
        patterns=patterns,
        numbers=tuple(numbers),
        topics=frozenset(word.stem for one in statement.topics for part in sentences(one) for word in part.words),
        prompt=tuple(phrase(one) for one in statement.when.prompt) if statement.when else (),
    )


def _check(first: Compiled, second: Compiled, place: str) -> None:
    """Whether what the first demands breaks the second, where both can apply."""
    if first.written.kind not in ("must", "must_disclose") or not _meet(first.written.when, second.written.when):
        return
    if second.written.kind not in (*_FORBIDS, "numbers_allowed"):
        return
    written = first.written
    always = [*written.all, *(written.numbers or ())]
    bad = next((text for text in always if _breaks(text, second)), None)
    if bad is None and written.any and all(_breaks(text, second) for text in written.any):
        bad = written.any[0]
    if bad is not None:
        one, other = written, second.written
        raise PlanError(
            f"{place}: statements '{one.id}' ({one.kind}) and '{other.id}' ({other.kind}) contradict each other: "
            f"{bad!r}, which '{one.id}' demands, breaks '{other.id}'. "
            f"Change one of them, or part them by 'when: {{metadata: ..}}'"
        )


def _breaks(text: str, second: Compiled) -> bool:
    return second.judged(answered(text, 0, len(text))).kept is False


def _meet(first: When | None, second: When | None) -> bool:
    """Whether two conditions can hold for one sample: no key asks for different words."""
    if first is None or second is None:
        return True
    for key in first.metadata.keys() & second.metadata.keys():
        one, other = (
            {value} if isinstance(value, str) else set(value) for value in (first.metadata[key], second.metadata[key])
        )
        if not one & other:
            return False
    return True
