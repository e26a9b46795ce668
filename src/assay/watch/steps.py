"""An agent's steps in production: what breaks their policy as findings that name the span, and as figures to watch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.domain.step_policy import StepPolicy
from assay.domain.trace import Trace
from assay.domain.verdict import Finding
from assay.domain.watched import Monitor, Observation
from assay.scorers.step_breach import RULES, Breach
from assay.scorers.step_judging import Judgement, StepJudge

SCORER = "steps 2"
"""Who judges, in observations."""


def step_judge(policy: StepPolicy) -> StepJudge:
    """The policy made ready to judge traces.

    Raises:
        PlanError: A schema in it is not valid.
    """
    return StepJudge(policy)


def step_findings(trace: Trace, judgement: Judgement, file: str = "") -> Iterator[Finding]:
    """A finding for each breach.

    Args:
        trace: The trace.
        judgement: What the judge of `step_judge` says of it.
        file: Where it was read from; the line is told too where the trace has one there.

    Examples:
        >>> from assay.domain.sample import ToolCall
        >>> from assay.domain.step_policy import ToolRule
        >>> from assay.domain.trace import Step
        >>> judge = step_judge(StepPolicy(name="p", tools=(ToolRule(tool="drop_*", allowed=False),)))
        >>> step = Step(id="2" * 16, kind="tool", name="t", call=ToolCall(name="drop_table", arguments={}))
        >>> trace = Trace(id="1" * 32, steps=(step,))
        >>> [(one.code, one.where["span"]) for one in step_findings(trace, judge(trace))]
        [('step.allowed', '2222222222222222')]
    """
    line = trace.place.removeprefix(f"{file}:") if file else ""
    place: dict[str, Any] = ({"file": file} if file else {}) | ({"line": int(line)} if line.isdecimal() else {})
    for one in judgement.breaches:
        evidence = {"rule": one.rule, "seen": one.seen, "expected": one.expected}
        if one.other:
            evidence["after_span"] = one.other
        yield Finding(
            code=f"step.{one.rule}",
            severity=one.severity,
            message=_message(one),
            where={**place, "trace": trace.id, "span": one.step, "step": one.name},
            evidence=evidence,
            remediation=RULES[one.rule][2],
        )


def _message(one: Breach) -> str:
    because = f" ({one.because})" if one.because else ""
    return f"{one.name}: {RULES[one.rule][1]}: {one.seen}; expected {one.expected}{because}"


def step_observations(trace: Trace, judgement: Judgement) -> Iterator[Observation]:
    """For each rule that had something to judge whether it was broken, as `step.RULE`."""
    broken = {one.rule: one.step for one in reversed(judgement.breaches)}
    untold = {one.rule: one for one in reversed(judgement.untold)}
    for rule in sorted(judgement.applied | broken.keys() | untold.keys()):
        open_ = untold.get(rule) if rule not in broken else None
        yield Observation(
            metric=f"step.{rule}",
            value=None if open_ is not None else float(rule in broken),
            trace=trace.id,
            time_ns=trace.start_ns,
            unscored=open_.why if open_ is not None else "",
            step=open_.step if open_ is not None else broken.get(rule, ""),
            scorer=SCORER,
        )


def step_monitors(owner: str = "") -> list[Monitor]:
    """A monitor for each rule: the share of traces with something to judge in which it is broken."""
    return [
        Monitor(metric=f"step.{rule}", kind="rate", worse="higher", scorer=SCORER, severity=severity, owner=owner)
        for rule, (severity, _, _) in RULES.items()
    ]
