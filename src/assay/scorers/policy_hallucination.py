"""Does the answer cite rules that the written policy does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from assay.domain.contract import Contract
from assay.domain.errors import PlanError
from assay.domain.metrics import standard
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score, Span
from assay.domain.trial import Output
from assay.scorers.reading import answer_start
from assay.scorers.rules import Book, book, claims, fault
from assay.scorers.sentences import sentences
from assay.scorers.statements import compiled

LONGEST = 50_000
"""Characters that are read."""
_METRIC = standard("policy_hallucination")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyHallucination:
    """Does the answer cite rules that the written policy does not hold?

    Looks for: sentences that name a policy, rules, terms or a handbook, or promise in the house's name
        ("we refund"), and compares each with the policy: its figures, what it affirms and denies, and
        whether the words of the claim are in the two closest rules at all. Citing nothing is false.
    Why: customers are owed what a bot says the policy is; courts have held companies to it.
    Misses: invented rules in words that the policy uses for something else; claims without any sign
        that a rule is told; rules told over several sentences; languages other than English. Calls
        honest paraphrases in quite other words invented. A sentence that says the policy holds nothing
        on a matter is no claim. A policy that leaves rules out makes true answers look invented.
    Example: "According to our policy, refunds are allowed up to 90 days" when the policy says 30.
    Settings: policy (a file, in a plan), enough (share of a claim's words that the two closest rules
        must hold).
    Measured: accuracy .881 on 84 held cases of our own, half of them invented rules; .992 on the 132
        that it was tuned on. No public set has this form.
    Source: own.

    Examples:
        >>> judge = PolicyHallucination(policy=Contract(name="shop", says=("Refunds are given within 30 days.",)))
        >>> asked = Sample(id="1", input="Can I return it?")
        >>> judge.score(asked, Output(text="According to our policy, refunds are given within 90 days."))[0].value
        True
        >>> judge.score(asked, Output(text="Our policy gives refunds within thirty days."))[0].value
        False
    """

    name: ClassVar[str] = "policy_hallucination"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    policy: Contract | None = None
    """The written policy."""
    enough: float = 0.5
    """Share of a claim's words that the two closest rules must hold."""
    _book: Book = field(init=False, repr=False, compare=False, default=Book((), ()))

    def __post_init__(self) -> None:
        if not 0 <= self.enough <= 1:
            raise PlanError(f"enough: expected a share from 0 to 1; it is {self.enough}")
        if self.policy is not None:
            compiled(self.policy)  # contradicting statements fail here, as in `policy`
            object.__setattr__(self, "_book", book(self.policy))

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`policy_hallucination`."""
        return (_METRIC,)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether some cited rule is not in the policy."""
        if self.policy is None:
            return (self._told(None, "no policy"),)
        start = answer_start(output.text)
        if start is None:
            return (self._told(None, "reasoning only"),)
        if not output.text[start:].strip():
            return (self._told(None, "empty"),)
        text = output.text[: start + LONGEST]
        asked = "\n".join([*(message.content for message in sample.messages), *sample.context, *output.context])
        told = list(claims(text, list(sentences(text, start))))
        faults = [(claim, why) for claim in told if (why := fault(claim, text, self._book, asked, self.enough))]
        if faults:
            spans = tuple(Span(start=c.sentence.start, end=c.sentence.end, reason=why[:200]) for c, why in faults[:20])
            return (self._told(True, answer="invents", why=faults[0][1], evidence=spans),)
        if len(output.text) > len(text):
            return (self._told(None, "too long"),)
        spans = tuple(Span(start=c.sentence.start, end=c.sentence.end, reason="held") for c in told[:20])
        why = "the policy holds what it cites" if told else "cites no rule"
        return (self._told(False, answer="holds" if told else "cites nothing", why=why, evidence=spans),)

    def _told(
        self, value: bool | None, cause: str = "", *, answer: str = "", why: str = "", evidence: tuple[Span, ...] = ()
    ) -> Score:
        return Score(
            metric="policy_hallucination",
            value=value,
            unscored=cause,
            answer=answer,
            explanation=why[:500],
            evidence=evidence,
            scorer=self.name,
            version=self.version,
        )
