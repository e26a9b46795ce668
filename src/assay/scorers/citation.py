"""Do the passages that an answer cites exist, and do they support it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.domain.metrics import standard
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score, Span
from assay.domain.trial import Output
from assay.scorers.boosted import boosted
from assay.scorers.cited import Citation, citations, quotations
from assay.scorers.groundedness import MODEL, asked, checked, passages_of
from assay.scorers.passages import indexed
from assay.scorers.reading import answer_start
from assay.scorers.sentence_verdicts import judged
from assay.scorers.support import LIMIT, SENTENCES, read
from assay.scorers.tokens import JOINT, sentences, tokens

_CITATION = standard("citation")
_SPANS = 50
_OPENING = 200  # Characters before a marker that are looked at.


@dataclass(frozen=True, slots=True, kw_only=True)
class Citations:
    """Do the passages that the answer cites exist, and do they support what it says?

    Looks for: markers ([1], [2, 4], [doc 3], (source 2), [^1]), named sources ((Source: House rules)) and quotations of
        three words and more in an answer that cites. False when a number lies beyond the context, a named source is
        none of the passages, a quotation stands in no passage, or the cited passages do not support the sentence that
        cites them (the sentence model of `groundedness`, with only those passages before it).
    Why: a citation is a promise that can be checked; invented ones look most trustworthy.
    Misses: footnotes that list their sources elsewhere, links, cited pages of a passage, indices in code that look
        like markers. A sentence that paraphrases its passage freely may be called unsupported.
    Example: two passages and the answer "It opens at nine [3]." give false: "cites passage 3 of 2".
    Settings: threshold (of the sentence model), first (number of the first passage; 1).
        The sample's metadata: `must_cite` true makes an answer without any citation false; `sources` lists the
        passages' names in their order. Without a citation and without `must_cite` it is unscored ("nothing cited").
    Measured: on own cases only (tests/scorers/test_citation.py): no labelled set of citations is at hand.
    Source: own rules.

    Examples:
        >>> sample = Sample(id="1", input="?", context=("The clinic opens at seven.", "It has two doors."))
        >>> scorer = Citations()
        >>> [scorer.score(sample, Output(text=f"The clinic opens at seven [{n}].")) [0].value for n in (1, 2, 3)]
        [True, False, False]
    """

    name: ClassVar[str] = "citation"
    version: ClassVar[str] = "4"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    threshold: float = 0.5
    """Probability from which a sentence counts as supported by what it cites."""
    first: int = 1
    """Number of the first passage."""

    def __post_init__(self) -> None:
        checked(self.threshold)

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`citation`."""
        return (_CITATION,)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether all citations hold, and which do not."""
        start = answer_start(output.text)
        if start is None:
            return (self._told(None, "reasoning only"),)
        answer = output.text[start : start + LIMIT]
        if not answer.strip():
            return (self._told(None, "empty"),)
        given = passages_of(sample, output)
        if not given:
            return (self._told(None, "no context"),)
        marks = citations(answer)
        if not marks:
            if sample.metadata.get("must_cite") is True:
                return (self._told(False, why="it cites nothing, and must"),)
            return (self._told(None, "nothing cited"),)
        wrong = list(self._wrong(answer, marks, given, _names(sample), asked(sample.prompt, given)))
        spans = tuple(Span(start=start + a, end=start + b, reason=reason) for a, b, reason in wrong[:_SPANS])
        why = wrong[0][2] if wrong else f"all {len(marks)} citations hold"
        return (self._told(not wrong, why=why, spans=spans),)

    def _told(self, value: bool | None, cause: str = "", why: str = "", spans: tuple[Span, ...] = ()) -> Score:
        return Score(
            metric="citation",
            value=value,
            unscored=cause,
            answer="" if value is None else "holds" if value else "does not hold",
            explanation=why[:300],
            evidence=spans,
            scorer=self.name,
            version=self.version,
        )

    def _wrong(
        self, answer: str, marks: Sequence[Citation], given: Sequence[str], names: Sequence[str], prompt: str
    ) -> Iterator[tuple[int, int, str]]:
        cuts = sentences(answer, LIMIT)
        by_sentence: dict[tuple[int, int], set[int]] = {}
        for mark in marks:
            places, fault = self._passages(mark, given, names)
            if fault:
                yield mark.start, mark.end, fault
                continue
            by_sentence.setdefault(_sentence_of(answer, cuts, mark), set()).update(places)
        for begin, end in quotations(answer):
            if not any(_holds(passage, answer[begin:end]) for passage in given):
                yield begin, end, "this quotation stands in no passage"
        for (begin, end), cited in list(by_sentence.items())[:SENTENCES]:
            passages = indexed(tuple(given[at] for at in sorted(cited)))
            if not passages.tokens.words:
                continue
            reading = read(answer[begin:end], passages, prompt, boosted(MODEL).rarity)
            for one in judged(reading, boosted(MODEL), self.threshold).claims:
                if one.label != "supported":
                    yield begin, end, f"its passage does not support this: {one.reason}"
                    break

    def _passages(self, mark: Citation, given: Sequence[str], names: Sequence[str]) -> tuple[set[int], str]:
        if mark.name:
            at = _named(mark.name, given, names)
            return at, "" if at else f"no passage is called {mark.name[:60]!r}"
        beyond = [number for number in mark.numbers if not 0 <= number - self.first < len(given)]
        if beyond:
            return set(), f"cites passage {beyond[0]} of {len(given)}"
        return {number - self.first for number in mark.numbers}, ""


def _names(sample: Sample) -> list[str]:
    names = sample.metadata.get("sources")
    return [str(name) for name in names] if isinstance(names, list | tuple) else []


def _named(name: str, given: Sequence[str], names: Sequence[str]) -> set[int]:
    """Passages with that name, or, where none has a name, those that hold all its words."""
    wanted = {key for key, kind in zip(*_keys(name), strict=True) if kind != JOINT}
    where = names if names else given
    return {
        at
        for at, text in enumerate(where[: len(given)])
        if wanted and wanted <= set(indexed((text,)).places if not names else _keys(text)[0])
    }


def _keys(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    found = tokens(text, 1000)
    return found.keys, found.kinds


def _holds(passage: str, quoted: str) -> bool:
    """Whether a passage holds these words in this order."""
    wanted = tokens(quoted, 1000).words
    whole = indexed((passage,))
    first = tokens(quoted, 1000).keys[:1]
    words = whole.tokens.words
    return bool(wanted) and any(words[at : at + len(wanted)] == wanted for at in whole.places.get(first[0], ()))


def _sentence_of(answer: str, cuts: Sequence[tuple[int, int]], mark: Citation) -> tuple[int, int]:
    """The sentence that a marker belongs to: its own, or the one before when nothing stands before it."""
    at = min(bisect_right(cuts, mark.start, key=lambda cut: cut[1]), len(cuts) - 1)
    own = any(char.isalnum() for char in answer[cuts[at][0] : mark.start][:_OPENING])
    return cuts[at] if own or at == 0 else cuts[at - 1]
