"""Is the right option the likeliest, by the model's own log-likelihoods."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from assay.domain.metrics import renamed
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score
from assay.domain.trial import Output
from assay.scorers.answers import option


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Is the right option the likeliest?

    Looks for: the option with the highest log-likelihood after the prompt, summed over its tokens or
        divided by its characters, against the target (its text, its letter, or its index from 0).
    Why: what a model knows shows before its style of answering does, and nothing has to be parsed.
    Misses: whether the model would say it: base models do better here than in words. Sums favour
        short options, `per_character` favours long ones. Needs weights on this machine.
    Example: choices ["red", "blue"], target "B", log-likelihoods (-3.1, -0.4) give choice = true.
    Settings: normalise (sum, per_character), name (of the metric).
    Source: Gao et al., lm-evaluation-harness, `acc` and `acc_norm`.

    Examples:
        >>> sample = Sample(id="1", input="The sky is", target="B", choices=("red", "blue"))
        >>> Choice().score(sample, Output(text="", choice_logprobs=(-3.1, -0.4)))[0].value
        True
    """

    name: ClassVar[str] = "choice"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"choices"})
    judges: ClassVar[frozenset[str]] = frozenset()

    normalise: Literal["sum", "per_character"] = "sum"
    """What is compared: the sum, or the sum divided by the option's characters."""
    metric: str = "choice"
    """Name of the metric (`name` in a plan)."""

    def __post_init__(self) -> None:
        self.metrics()  # a name that cannot be used fails here, not in the middle of a run

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`choice`, or the name it was given."""
        return (renamed("choice", self.metric),)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether the likeliest option is the target's, and by how much it leads."""
        cause = unusable(sample, output)
        wanted = {index for target in sample.targets if (index := option(target, sample.choices)) is not None}
        if not cause and not wanted:
            cause = "target is no option" if sample.targets else "no target"
        if cause:
            return (self._told(None, cause),)
        values = self._values(sample.choices, output.choice_logprobs or ())
        first, second = sorted(range(len(values)), key=lambda i: -values[i])[:2]
        margin = values[first] - values[second]
        if margin == 0:
            return (self._told(None, "tie"),)
        why = f"leads {sample.choices[second][:40]!r} by {margin:.3f} nats"
        return (self._told(first in wanted, "", sample.choices[first][:200], why),)

    def _values(self, choices: Sequence[str], sums: Sequence[float]) -> list[float]:
        if self.normalise == "sum":
            return list(sums)
        return [total / max(1, len(choice)) for total, choice in zip(sums, choices, strict=True)]

    def _told(self, value: bool | None, cause: str = "", answer: str = "", why: str = "") -> Score:
        return Score(
            metric=self.metric,
            value=value,
            unscored=cause,
            answer=answer,
            explanation=why,
            scorer=self.name,
            version=self.version,
        )


def unusable(sample: Sample, output: Output) -> str:
    """Why the log-likelihoods of an output cannot be compared; empty when they can."""
    sums = output.choice_logprobs
    if len(sample.choices) < 2:
        return "fewer than two choices"
    if sums is None:
        return "no log-likelihoods"
    if len(sums) != len(sample.choices):
        return "log-likelihoods do not fit the choices"
    return "" if all(math.isfinite(value) for value in sums) else "log-likelihood is not finite"
