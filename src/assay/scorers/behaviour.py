"""Does the answer keep a behaviour contract, clause by clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from assay.domain.behaviour import Behaviour
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score
from assay.domain.trial import Output
from assay.scorers.clause import Answered, Clause
from assay.scorers.clauses import clauses


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviourContract:
    """Does the answer keep a behaviour contract, clause by clause?

    Looks for: each clause of the contract that reaches the prompt, as a metric of its own, `contract_NAME`: tone
        (emoji, exclamation marks, address, speaker, greeting, closing, phrases), the boundary (what is refused,
        answered, handed to people; what a refusal holds), form, certainty, length by kind of request, language.
    Why: what rows of training data are held to (`assay check data --contract`) and what the model is held to are one
        definition, so a model that breaks a clause can be traced to rows that break it.
    Misses: what each clause misses stands on the page of the scorer that reads it; tone beyond the listed signs.
        Clauses on refusals, hedges and closings read English; other languages are unscored there.
    Example: with `style: {emoji: false}`, "Done 🎉" gives contract_emoji = false.
    Settings: contract (a file, in a plan).
    Measured: docs/data/contract.md, on labelled answers.
    Source: own.

    Examples:
        >>> from assay.domain.behaviour import Style
        >>> judge = BehaviourContract(contract=Behaviour(name="shop", style=Style(exclamation=False)))
        >>> [(one.metric, one.value) for one in judge.score(Sample(id="1", input="?"), Output(text="Great!"))]
        [('contract_exclamation', False)]
    """

    name: ClassVar[str] = "contract"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    contract: Behaviour | None = None
    """The behaviour contract."""
    _clauses: tuple[Clause, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        if self.contract is not None:
            object.__setattr__(self, "_clauses", clauses(self.contract))

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`contract_NAME` for each clause; of a sample those that reach it."""
        return tuple(metric(one) for one in self._clauses if sample is None or one.reaches(sample))

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether each clause that reaches the prompt is kept."""
        answered = Answered(sample, output)
        return tuple(self._score(one, answered) for one in self._clauses if one.reaches(sample))

    def floors(self) -> Mapping[str, float]:
        """Per metric the share of answers that must keep the clause."""
        return {f"contract_{one.name}": one.at_least for one in self._clauses}

    def forewarnings(self, samples: Sequence[Sample]) -> tuple[str, ...]:
        """Clauses that reach none of the prompts."""
        idle = [one.name for one in self._clauses if not any(one.reaches(sample) for sample in samples)]
        if not idle:
            return ()
        return (
            f"clauses of the contract that reach none of {len(samples)} prompts and are not measured: "
            f"{', '.join(idle)}. Add prompts of their kind, or metadata that tells it (docs/data/contract.md)",
        )

    def _score(self, clause: Clause, answered: Answered) -> Score:
        cause = answered.read.cause
        kept = clause.kept(answered) if not cause else None
        value = kept.value if kept else None
        why = kept.why if kept else ""
        return Score(
            metric=f"contract_{clause.name}",
            value=value,
            unscored="" if value is not None else cause or why or "cannot be told",
            answer="" if value is None else "kept" if value else "broken",
            explanation=why[:300] if value is not None else "",
            evidence=kept.spans[:5] if kept else (),
            scorer=self.name,
            version=self.version,
        )


def metric(clause: Clause) -> Metric:
    """The metric of a clause."""
    return Metric(
        name=f"contract_{clause.name}",
        diagnostic=True,
        meaning=f"The contract is kept: {clause.says}.",
        remediation="Look at the rows of training data that break this clause: assay check data --contract.",
    )
