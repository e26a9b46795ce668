"""Is what the answer claims supported by the passages it was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.domain.errors import PlanError
from assay.domain.metrics import standard
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score
from assay.domain.trial import Output
from assay.scorers.boosted import boosted
from assay.scorers.passages import Passages, indexed
from assay.scorers.reading import answer_start
from assay.scorers.sentence_verdicts import Judged, judged, spans
from assay.scorers.support import Reading, read

_GROUNDEDNESS = standard("groundedness")
_QUESTION = 1000  # Characters of the prompt that may be the question.
_LONG, _MANY = 1_000_000, 100  # Longer prompts, and more passages, are not searched for each other.
MODEL = "groundedness"
"""Name of the trained model."""


def passages_of(sample: Sample, output: Output) -> tuple[str, ...]:
    """What the answer must rest on: the sample's passages, then those that a workflow retrieved."""
    return tuple(passage for passage in (*sample.context, *output.context) if passage.strip())


def checked(threshold: float) -> None:
    """Stop at a threshold that is no probability.

    Raises:
        PlanError: It is not between 0 and 1.
    """
    if not 0 < threshold < 1:
        raise PlanError(f"threshold: expected a probability between 0 and 1; it is {threshold}")


def asked(prompt: str, given: Sequence[str]) -> str:
    """What the user asks: the end of the prompt, passages that it repeats left off.

    Examples:
        >>> asked("Read this: It has two doors. How many doors?", ["It has two doors."])
        'Read this:   How many doors?'
    """
    if len(prompt) < _LONG:
        for passage in given[:_MANY]:
            prompt = prompt.replace(passage, " ")
    return prompt[-_QUESTION:]


@dataclass(frozen=True, slots=True)
class Read:
    """An answer laid beside its passages, or the cause why it is not."""

    start: int = 0
    """Where the answer begins in the output."""
    cause: str = ""
    """Why there is nothing to judge."""
    reading: Reading | None = None
    """The answer beside its passages."""
    passages: Passages | None = None
    """Those passages."""


def laid(sample: Sample, output: Output) -> Read:
    """Lay an output beside its passages."""
    start = answer_start(output.text)
    if start is None:
        return Read(cause="reasoning only")
    answer = output.text[start:]
    if not answer.strip():
        return Read(cause="empty")
    given = passages_of(sample, output)
    if not given:
        return Read(cause="no context")
    passages = indexed(given)
    if not passages.tokens.words:
        return Read(cause="no words in the context")
    reading = read(answer, passages, asked(sample.prompt, given), boosted(MODEL).rarity)
    if not reading.sentences:
        return Read(cause="no words")
    return Read(start=start, reading=reading, passages=passages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Groundedness:
    """Is what the answer claims supported by the context it was given?

    Looks for: each sentence in the passages (the sample's `context`, then what a workflow retrieved): the same words,
        stems, neighbours and order in one place; and what is said otherwise: numbers, dates, names, opposites,
        negation, amounts, he for she, a changed verb. Times of day, and plain ways to say that nothing is to be paid,
        are read alike. A small trained model makes a probability of it. `answer` is supported, contradicted,
        not_found or generic; the evidence is the sentences that are not supported.
    Why: an assistant that was given documents and states something else is worse than one that was given none.
        Overlap of words alone does not see one changed number. Generic talk ("I see, interesting!") rests on nothing;
        the people who labelled BEGIN and FaithDial do not count it as grounded, so it is false, with the answer
        generic. An answer that only says that the passages do not tell claims nothing: unscored ("no claim"), unless
        the sample's metadata hold `answerable`: false makes it true, true makes it false.
    Misses: paraphrase in other words, what follows only by inference, facts that are true but not in the context,
        languages other than English beyond copied words. Does not read beyond 400,000 characters of context,
        30,000 characters and 500 sentences of answer. Without context: unscored ("no context").
    Example: context "The clinic opens at seven.", answer "It opens at five." gives false: 'five' against 'seven'.
    Settings: threshold.
    Measured: against people's labels, cross-validated by group: AUROC .957 on BEGIN, .801 on Q2, .855 on
        FaithDial; with the set left out .898, .640, .837; of BUMP's pairs, never trained on, .811. The level of
        the probability does not carry over to other kinds of text: compare, do not read the rate itself.
        docs/scorers/groundedness.md has the tables and the calibration.
    Source: own features; boosted trees (Friedman 2001), Daume 2007, Platt 1999; labels of BEGIN (Dziri et al. 2022),
        Q2 (Honovich et al. 2021) and FaithDial (Dziri et al. 2022). BUMP (Ma et al. 2023) is measured and never
        trained on.

    Examples:
        >>> sample = Sample(id="1", input="When does it open?", context=("The clinic opens at seven on weekdays.",))
        >>> score = Groundedness().score(sample, Output(text="The clinic opens at five on weekdays."))[0]
        >>> score.value, score.answer, score.evidence[0].reason
        (False, 'contradicted', "contradicted: 'five' against 'seven'")
    """

    name: ClassVar[str] = "groundedness"
    version: ClassVar[str] = "4"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()
    card: ClassVar[str] = MODEL

    threshold: float = 0.5
    """Probability from which an answer counts as grounded."""

    def __post_init__(self) -> None:
        checked(self.threshold)

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`groundedness`."""
        return (_GROUNDEDNESS,)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether the answer is grounded, and which sentences are not."""
        found = laid(sample, output)
        if found.reading is None:
            return (self._told(None, found.cause),)
        verdicts = judged(found.reading, boosted(MODEL), self.threshold)
        parts, claims, probability = verdicts.parts, verdicts.claims, verdicts.probability
        if not claims and any(part.abstains for part in parts):
            return (self._abstained(sample, probability),)
        value = probability >= self.threshold
        return (
            Score(
                metric="groundedness",
                value=value,
                probability=probability,
                answer=_label(value, claims),
                explanation=_why(claims),
                evidence=spans(parts, found.start),
                scorer=self.name,
                version=self.version,
            ),
        )

    def _told(self, value: bool | None, cause: str, probability: float | None = None, why: str = "") -> Score:
        return Score(
            metric="groundedness",
            value=value,
            unscored=cause,
            probability=probability,
            answer="generic" if why else "",
            explanation=why,
            scorer=self.name,
            version=self.version,
        )

    def _abstained(self, sample: Sample, probability: float) -> Score:
        answerable = sample.metadata.get("answerable")
        if isinstance(answerable, bool):
            why = "it says that the passages do not tell, and they " + ("do" if answerable else "do not")
            return self._told(not answerable, "", 0.0 if answerable else 1.0, why)
        return self._told(None, "no claim", probability, "it only says that the passages do not tell")


def _label(value: bool, claims: Sequence[Judged]) -> str:
    if value:
        return "supported"
    if not claims:
        return "generic"
    return "contradicted" if any(part.label == "contradicted" for part in claims) else "not_found"


def _why(claims: Sequence[Judged]) -> str:
    if not claims:
        return "no sentence claims anything"
    held = sum(part.label == "supported" for part in claims)
    wrong = next((part for kind in ("contradicted", "not_found") for part in claims if part.label == kind), None)
    text = f"{held} of {len(claims)} sentences that claim something are supported"
    return (f"{text}; {wrong.reason}" if wrong else text)[:300]
