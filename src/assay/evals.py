"""Scorers at once: judge one answer, or the rows of a dataset, without a plan and without a network.

    from assay.evals import IsCompliant, Groundedness, ContentSafety

    result = Groundedness().evaluate(input=question, output=answer, context=passage)
    print(result.score, result.passed, result.reason)

What cannot be judged has no score and has not passed: both are None, and the reason says why.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from assay.domain.errors import DataError, PlanError
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score, Scorer
from assay.domain.trial import Output, Trial
from assay.engine.score import score as judged
from assay.registry import scorer

__all__ = [
    "BiasDetection",
    "ContentSafety",
    "DataPrivacyCompliance",
    "Dataset",
    "Evaluation",
    "Evidence",
    "Groundedness",
    "IsCompliant",
    "ProtectFlash",
    "Result",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A place in the answer that the judgement rests on."""

    start: int
    """First character."""
    end: int
    """One past the last."""
    text: str
    """What stands there."""
    reason: str
    """What was seen in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The judgement of one answer."""

    name: str
    """Name of the evaluation."""
    score: float | None
    """From 0 (bad) to 1 (good): the probability of good where the scorer has one; None when unscored."""
    passed: bool | None
    """Whether the answer is good; None when unscored."""
    reason: str
    """One sentence for people."""
    evidence: tuple[Evidence, ...] = ()
    """Where in the answer."""
    label: str = ""
    """What the answer was read as, for example `supported`."""
    unscored: str = ""
    """Why there is no score."""
    scorer: str = ""
    """Name and version of the scorer."""


class Evaluation(Protocol):
    """Whatever judges an answer at once."""

    @property
    def name(self) -> str:
        """Name of the evaluation."""
        ...

    def evaluate(self, *, input: str = "", output: str = "", context: str | Sequence[str] | None = None) -> Result:
        """Judge one answer."""
        ...


def _result(
    name: str, judge: Scorer, input: str, output: str, context: str | Sequence[str] | None, metadata: Mapping[str, Any]
) -> Result:
    """The first score of a scorer, read so that more is better."""
    if not isinstance(output, str) or not isinstance(input, str):  # who calls may have no types
        cause = "no text"
        why = f"not judged: {cause} (input {type(input).__name__}, output {type(output).__name__})"
        said = f"{judge.name} {judge.version}"
        return Result(name=name, score=None, passed=None, reason=why, unscored=cause, scorer=said)
    passages = () if context is None else (context,) if isinstance(context, str) else tuple(context)
    sample = Sample(id="1", input=input, context=passages, metadata=metadata)
    trial = Trial(
        subject="candidate", task=name, sample_id="1", sample_digest=sample.digest, output=Output(text=output)
    )
    one = judged(sample, trial, [judge])[0]
    metric = next(metric for metric in judge.metrics(sample) if metric.name == one.metric)
    said = f"{judge.name} {judge.version}"
    if one.value is None:
        why = f"not judged: {one.unscored}" + (f" ({one.explanation})" if one.explanation else "")
        return Result(name=name, score=None, passed=None, reason=why, unscored=one.unscored, scorer=said)
    goodness = _goodness(one, metric)
    return Result(
        name=name,
        score=goodness,
        passed=bool(one.value) == metric.higher_is_better if isinstance(one.value, bool) else goodness >= 0.5,
        reason=one.explanation,
        evidence=tuple(
            Evidence(start=span.start, end=span.end, text=output[span.start : span.end], reason=span.reason)
            for span in one.evidence
        ),
        label=one.answer,
        scorer=said,
    )


def _goodness(one: Score, metric: Metric) -> float:
    chance = one.probability if one.probability is not None else float(one.value or 0.0)
    return chance if metric.higher_is_better else 1.0 - chance


@dataclass(frozen=True, slots=True, kw_only=True)
class _Single:
    """One scorer by name."""

    name: ClassVar[str]
    spec: ClassVar[Mapping[str, Any]]

    def evaluate(
        self,
        *,
        input: str = "",
        output: str = "",
        context: str | Sequence[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Result:
        """Judge one answer.

        Args:
            input: What was asked.
            output: The answer.
            context: Passages that the answer must rest on.
            metadata: What the scorer needs to know beside it, for example `canaries`.
        """
        return _result(self.name, scorer(self.spec), input, output, context, metadata or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Groundedness(_Single):
    """Is what the answer says supported by the context?

    Examples:
        >>> Groundedness().evaluate(output="It opens at nine.").unscored
        'no context'
    """

    name: ClassVar[str] = "groundedness"
    spec: ClassVar[Mapping[str, Any]] = {"type": "groundedness"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSafety(_Single):
    """Is the answer free of harmful and abusive content?"""

    name: ClassVar[str] = "content_safety"
    spec: ClassVar[Mapping[str, Any]] = {"type": "content_safety"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPrivacyCompliance(_Single):
    """Does the answer give away no personal or secret data that the input did not hold?

    Examples:
        >>> result = DataPrivacyCompliance().evaluate(output="Write to j.miller@northmail.com.")
        >>> result.passed, [one.text for one in result.evidence]
        (False, ['j.miller@northmail.com'])
    """

    name: ClassVar[str] = "privacy"
    spec: ClassVar[Mapping[str, Any]] = {"type": "privacy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectFlash(_Single):
    """Is the input, or its context, free of an attack on the model's instructions?"""

    name: ClassVar[str] = "injection"
    spec: ClassVar[Mapping[str, Any]] = {"type": "injection"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasDetection(_Single):
    """Does the answer leave groups of people as they are, without sweeping or demeaning claims about them?

    One answer shows nothing about equal treatment: for that ask the same prompt with the groups exchanged
    (scorer `bias`, `agree: pair` in a suite).
    """

    name: ClassVar[str] = "group_claims"
    spec: ClassVar[Mapping[str, Any]] = {"type": "group_claims"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IsCompliant:
    """Does the answer keep the written policy?

    Without a policy there is no rule to keep; the answer is then held to what nobody's policy allows: content
    that is harmful or abusive, and personal or secret data. The reason says which of the two was done.
    """

    name: ClassVar[str] = "compliance"

    policy: str | Path | Mapping[str, Any] | None = None
    """A policy file, or its content; see docs/scorers/policy.md."""

    def evaluate(self, *, input: str = "", output: str = "", context: str | Sequence[str] | None = None) -> Result:
        """Judge one answer; see `Groundedness.evaluate`."""
        if self.policy is not None:
            judge = scorer({"type": "policy", "policy": _policy(self.policy)})
            return _result(self.name, judge, input, output, context, {})
        parts = [
            one.evaluate(input=input, output=output, context=context)
            for one in (ContentSafety(), DataPrivacyCompliance())
        ]
        return _worst(self.name, parts)


def _policy(policy: str | Path | Mapping[str, Any]) -> Mapping[str, Any]:
    from assay.store.contracts import plain_contract, read_contract

    return policy if isinstance(policy, Mapping) else plain_contract(read_contract(Path(policy)))


def _worst(name: str, parts: Sequence[Result]) -> Result:
    """Passed when all passed; unscored when one is and none failed."""
    failed = [part for part in parts if part.passed is False]
    missing = [part for part in parts if part.passed is None]
    told = failed or missing or parts
    reason = "no policy given; " + "; ".join(f"{part.name}: {part.reason}" for part in told)
    scores = [part.score for part in parts if part.score is not None]
    unscored = "" if failed or not missing else missing[0].unscored
    return Result(
        name=name,
        score=None if unscored else min(scores),
        passed=None if unscored else not failed,
        reason=reason,
        evidence=tuple(evidence for part in failed for evidence in part.evidence),
        label=", ".join(part.name for part in failed),
        unscored=unscored,
        scorer=", ".join(part.scorer for part in parts),
    )


@dataclass(slots=True)
class Dataset:
    """Rows with answers, and the judgements attached to them.

    Examples:
        >>> data = Dataset([{"id": 1, "output": "Write to j.miller@northmail.com."}, {"id": 2, "output": "No."}])
        >>> data.add_evaluation(DataPrivacyCompliance()).summary()
        {'privacy': {'n': 2, 'passed': 1, 'failed': 1, 'unscored': 0}}
        >>> [row["privacy"]["passed"] for row in data]
        [False, True]
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    """Any mappings; the judgement of an evaluation stands under its name."""
    names: list[str] = field(default_factory=list)
    """Evaluations in the order in which they were added."""

    @classmethod
    def read(cls, path: str | Path) -> Dataset:
        """Rows of a file of JSON Lines.

        Raises:
            DataError: Not there, or a line is no JSON object.
        """
        from assay.store.lines import numbered_lines

        return cls([_row(line, f"{path}:{number}") for number, line in numbered_lines(Path(path))])

    def add_evaluation(
        self,
        evaluation: Evaluation,
        *,
        name: str = "",
        input: str = "input",
        output: str = "output",
        context: str = "context",
    ) -> Dataset:
        """Judge every row and attach the judgement under `name`.

        Args:
            evaluation: One of this module, or whatever has a name and `evaluate`.
            name: Key in the rows; the evaluation's own name when empty.
            input: Key of what was asked; absent is empty.
            output: Key of the answer; absent is empty.
            context: Key of the passages; absent is none.

        Returns:
            The dataset itself, so that calls can be chained.

        Raises:
            PlanError: The key is taken.
        """
        key = name or evaluation.name
        if any(key in row for row in self.rows):
            raise PlanError(f"dataset: rows hold '{key}' already; give the evaluation another name")
        for row in self.rows:
            row[key] = _plain(
                evaluation.evaluate(
                    input=_text(row.get(input)), output=_text(row.get(output)), context=row.get(context) or None
                )
            )
        self.names.append(key)
        return self

    def summary(self) -> dict[str, dict[str, int]]:
        """Counts by evaluation: n, passed, failed, unscored."""
        found = {}
        for name in self.names:
            passed = [row[name]["passed"] for row in self.rows]
            found[name] = {
                "n": len(passed),
                "passed": passed.count(True),
                "failed": passed.count(False),
                "unscored": passed.count(None),
            }
        return found

    def write(self, path: str | Path) -> None:
        """Write the rows as JSON Lines."""
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in self.rows)
        Path(path).write_text("".join(lines), encoding="utf-8", errors="backslashreplace")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def _row(line: bytes, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise DataError(f"{place}: not JSON ({error}). A row is a JSON object, one a line") from error
    if not isinstance(row, dict):
        raise DataError(f"{place}: a JSON {type(row).__name__}. A row is a JSON object, one a line")
    return row


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _plain(result: Result) -> dict[str, Any]:
    places: Iterable[Evidence] = result.evidence
    return {
        "score": result.score,
        "passed": result.passed,
        "reason": result.reason,
        "evidence": [{"start": one.start, "end": one.end, "text": one.text, "reason": one.reason} for one in places],
        "label": result.label,
        "unscored": result.unscored,
        "scorer": result.scorer,
    }
