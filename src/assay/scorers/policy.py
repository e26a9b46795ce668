"""Does the answer keep a written policy, statement by statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from assay.domain.contract import Contract
from assay.domain.metrics import standard
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score, Span
from assay.domain.trial import Output
from assay.scorers.reading import answer_start
from assay.scorers.sentences import sentences
from assay.scorers.statements import Compiled, Finding, answered, compiled

LONGEST = 50_000
"""Characters that are read; a longer answer in which nothing is broken is unscored, never a pass."""
_SHOWN = 5
_METRIC = standard("policy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Does the answer keep a written policy?

    Looks for: every statement of the policy that applies to the prompt: words that must or must not
        be there, what must be disclosed or must not be claimed (a denial is no claim, and a denied
        disclosure none), topics, figures that neither the policy nor the prompt holds. Phrases are
        found with other endings, in another order, with numbers in words.
    Why: a policy that nobody holds the answers to is a wish. One broken statement makes the answer
        false; true means that every statement that applies was judged and kept. What cannot be told
        locally is unscored ("needs a judge: ids"), never passed.
    Misses: paraphrases with other words than the policy's; a claim spread over sentences; irony;
        every language but English. Reads 50,000 characters.
    Example: `must_not_claim: refund within 90 days`; "We do not offer refunds within 90 days" keeps it.
    Settings: policy (a file, in a plan).
    Measured: 52 of 53 held cases of our own are kept, broken or left to a judge as they should be;
        written by the author of the scorer, so they flatter it. No public set has this form.
    Source: own.

    Examples:
        >>> from assay.domain.contract import Statement
        >>> late = Statement(id="late", kind="must_not_claim", text="No late refunds.", any=("refund within 90 days",))
        >>> judge = Policy(policy=Contract(name="shop", statements=(late,)))
        >>> judge.score(Sample(id="1", input="?"), Output(text="You get a refund within ninety days."))[0].value
        False
    """

    name: ClassVar[str] = "policy"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    policy: Contract | None = None
    """The written policy."""
    _compiled: tuple[Compiled, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        if self.policy is not None:
            object.__setattr__(self, "_compiled", compiled(self.policy))

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`policy`."""
        return (_METRIC,)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether every statement that applies was kept."""
        if not self._compiled:
            return (self._told(None, "no policy" if self.policy is None else "no statements"),)
        start = answer_start(output.text)
        if start is None:
            return (self._told(None, "reasoning only"),)
        if not output.text[start:].strip():
            return (self._told(None, "empty"),)
        asked = list(sentences(sample.prompt[:LONGEST]))
        applying = [one for one in self._compiled if one.applies(sample, asked)]
        if not applying:
            return (self._told(None, "no statement applies"),)
        held = [*(message.content for message in sample.messages), *sample.context, *output.context]
        answer = answered(output.text, start, start + LONGEST, held, asked)
        found = [(one, one.judged(answer)) for one in applying]
        return (self._verdict(found, len(output.text) - start > LONGEST),)

    def forewarnings(self, samples: Sequence[Sample]) -> tuple[str, ...]:
        """How many statements nothing but a judge can tell, and how many prompts they leave unscored."""
        judged = [one for one in self._compiled if not one.written.local]
        if not judged or self.policy is None:
            return ()
        reach = sum(_any_applies(judged, sample) for sample in samples)
        ids = ", ".join(one.written.id for one in judged[:_SHOWN]) + (", .." if len(judged) > _SHOWN else "")
        return (
            f"{len(judged)} of {len(self._compiled)} statements of {self.policy.place} need a judge ({ids}) and none "
            f"is asked: answers that break nothing will be unscored on {reach} of {len(samples)} prompts. Give these "
            "statements any, all, patterns, numbers or topics, or take them out and let a scorer `judge` read them",
        )

    def _verdict(self, found: Sequence[tuple[Compiled, Finding]], cut: bool) -> Score:
        broken = [(one.written, finding) for one, finding in found if finding.kept is False]
        spans = tuple(span for _, finding in found if finding.kept is False for span in finding.spans)
        if broken:
            why = "; ".join(f"{one.id} ({one.severity}): {finding.why}" for one, finding in broken)
            return self._told(False, answer="breaks " + ", ".join(one.id for one, _ in broken), why=why, evidence=spans)
        if cut:
            return self._told(None, "too long")
        open_ids = [one.written.id for one, finding in found if finding.kept is None]
        if open_ids:
            return self._told(None, f"needs a judge: {', '.join(open_ids)}"[:200])
        kept = tuple(span for _, finding in found for span in finding.spans)
        return self._told(True, answer="keeps", why=f"keeps {len(found)} statements that apply", evidence=kept)

    def _told(
        self, value: bool | None, cause: str = "", *, answer: str = "", why: str = "", evidence: tuple[Span, ...] = ()
    ) -> Score:
        return Score(
            metric="policy",
            value=value,
            unscored=cause,
            answer=answer[:200],
            explanation=why[:500],
            evidence=evidence,
            scorer=self.name,
            version=self.version,
        )


def _any_applies(statements: Sequence[Compiled], sample: Sample) -> bool:
    asked = list(sentences(sample.prompt[:LONGEST]))
    return any(one.applies(sample, asked) for one in statements)
