"""Policy files of canaries."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from assay.domain.canary import Guard, Rollout, Stage
from assay.domain.digest import digest_bytes
from assay.store.documents import checked, read_document
from assay.store.planfile import Alpha, Minority, Number, Seconds, Strict, seconds

_Time = Annotated[float, BeforeValidator(seconds), Field(ge=0)]
_Part = Annotated[Number, Field(gt=0, le=1)]


class StageFile(Strict):
    """One share of traffic on the way."""

    share: _Part = Field(description="Part of the assignment keys that the canary gets")
    requests: Annotated[int, Field(ge=0)] = Field(0, description="Units of the canary before the next share")
    time: _Time = Field(0.0, description="Time of traffic in the step before the next share, such as 1h")
    slack: Annotated[Number, Field(ge=1, le=100)] = Field(
        1.0, description="Margins are multiplied by it where the next share is decided"
    )


class GuardFile(Strict):
    """A figure that may not get worse by more than a margin."""

    metric: str = Field(description="A measure of the watch, or a metric of the scorer")
    name: str | None = Field(None, description="Unique in the policy; the metric when left out")
    scorer: str | dict[str, Any] | None = Field(None, description="As in a plan; left out for what traces tell alone")
    worse: Literal["higher", "lower"] | None = Field(
        None, description="Which way is worse; left out where the metric says it"
    )
    margin: Annotated[Number, Field(ge=0, lt=1)] = Field(0.0, description="Allowed difference to the control")
    relative: Annotated[Number, Field(ge=0, le=10)] = Field(
        0.0, description="Allowed difference as a share of the control's mean; added to the margin"
    )
    above: Number | None = Field(None, description="Of amounts: compare the share of requests above this")
    most_unscored: Annotated[Number, Field(ge=0, lt=1)] | None = Field(
        None, description="Share of an arm's requests that it may leave unscored; that of the policy when left out"
    )

    @model_validator(mode="after")
    def _has_margin(self) -> GuardFile:
        if not self.margin and not self.relative:
            raise ValueError("a guard needs margin, relative or both: no difference at all cannot be proved")
        return self


class CanaryFile(Strict):
    """How a canary is widened, and what stops it."""

    name: str = Field(description="What people call the rollout")
    arm: str = Field(description="Attribute of the root span or the resource that says which arm served")
    control: str = Field("control", description="Its value for the control")
    canary: str = Field("canary", description="Its value for the canary")
    key: str = Field(description="Attribute by which requests are assigned, such as user.id")
    unit: Literal["key", "request"] = Field(
        "key", description="One observation: the first request of a key in a step, or every request"
    )
    steps: Annotated[list[StageFile], Field(min_length=1)] = Field(description="Shares of traffic, rising")
    guards: Annotated[list[GuardFile], Field(min_length=1)] = Field(description="What may not get worse")
    alpha: Alpha = Field(0.05, description="Chance of a false roll-back over the whole rollout and all guards")
    alpha_split: Alpha = Field(0.001, description="Chance of a false mismatch of the split, in each step")
    most_unscored: Minority = Field(0.05, description="Share of an arm's requests that a guard may leave unscored")
    most_misplaced: Minority = Field(0.01, description="Share of requests without key, and of keys on both arms")
    silence: Seconds = Field(3600.0, description="Time without a request of an arm after which people are asked")
    patience: Seconds = Field(14 * 86400.0, description="Longest time of a step")
    settle: _Time = Field(600.0, description="Time after a new share that is left out")

    @model_validator(mode="after")
    def _in_order(self) -> CanaryFile:
        shares = [one.share for one in self.steps]
        if any(one >= two for one, two in pairwise(shares)):
            raise ValueError(f"shares of steps rise, got {', '.join(f'{one:g}' for one in shares)}")
        if shares[0] == 1:
            raise ValueError("the first step leaves the control some traffic; its share lies below 1")
        names = [one.name or one.metric for one in self.guards]
        twice = {one for one in names if names.count(one) > 1}
        if twice:
            raise ValueError(f"guard '{min(twice)}' stands twice; give one of them another name")
        if self.control == self.canary:
            raise ValueError(f"control and canary have the same value '{self.control}' of {self.arm}")
        return self


def read_canary(path: Path) -> Rollout:
    """The policy of a canary.

    Raises:
        PlanError: Not there, or it says something else; a line for each problem.
    """
    written = checked(read_document(path), CanaryFile)
    return Rollout(
        name=written.name,
        arm=written.arm,
        control=written.control,
        canary=written.canary,
        key=written.key,
        unit=written.unit,
        stages=tuple(
            Stage(share=one.share, requests=one.requests, time_s=one.time, slack=one.slack) for one in written.steps
        ),
        guards=tuple(_guard(one) for one in written.guards),
        alpha=written.alpha,
        alpha_split=written.alpha_split,
        most_unscored=written.most_unscored,
        most_misplaced=written.most_misplaced,
        silence_s=written.silence,
        patience_s=written.patience,
        settle_s=written.settle,
        digest=digest_bytes(path.read_bytes()),
    )


def _guard(one: GuardFile) -> Guard:
    return Guard(
        name=one.name or one.metric,
        metric=one.metric,
        scorer=one.scorer or "",
        worse=one.worse or "",
        margin=one.margin,
        relative=one.relative,
        above=one.above,
        most_unscored=one.most_unscored,
    )
