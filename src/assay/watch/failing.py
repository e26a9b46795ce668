"""Traces that fail: by a scorer, by a policy of steps, or as examples of an alarm."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.domain.sample import Message, Sample
from assay.domain.score import Metric, Scorer
from assay.domain.step_policy import StepPolicy
from assay.domain.trace import Trace
from assay.engine.failures import PASS, fails
from assay.engine.score import score
from assay.scorers.steps import Steps
from assay.watch.judging import sample_of, trial_of
from assay.watch.steps import step_judge

STEPS = "steps"
"""Metric of the policy of steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a trace fails."""

    metric: str
    """What it fails."""
    why: str
    """In words."""
    scorer: str
    """Who judges."""
    version: str
    """Its version."""
    spans: tuple[str, ...] = ()
    """Ids of the spans that show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is held to be a failure."""

    scorers: Sequence[Scorer] = ()
    """Who judges."""
    metrics: Collection[str] = ()
    """Only these figures; empty: all of theirs."""
    policy: StepPolicy | None = None
    """The policy of steps."""
    examples: Mapping[str, frozenset[str]] | None = None
    """Id of a trace -> figures of the alarms that show it as an example; None: all traces are looked at."""
    below: float = PASS
    """A share fails below this."""


def metrics_of(scorers: Sequence[Scorer]) -> dict[str, Metric]:
    """The figures of scorers that can fail in single answers."""
    made = {metric.name: metric for one in scorers for metric in one.metrics()}
    return {name: one for name, one in made.items() if one.kind in ("proportion", "share")}


def reasons(trace: Trace, wanted: Wanted) -> Iterator[Reason]:
    """Why a trace fails; nothing for one that does not."""
    if wanted.examples is not None and trace.id not in wanted.examples:
        return
    if wanted.policy is not None:
        yield from _by_steps(trace, wanted.policy)
    known = metrics_of(wanted.scorers)
    asked = set(wanted.metrics) or set(known)
    if wanted.examples is not None:
        asked &= wanted.examples[trace.id]
    if not asked:
        return
    sample = sample_of(trace)
    for one in score(sample, trial_of(trace, sample), wanted.scorers):
        metric = known.get(one.metric)
        if metric is not None and one.metric in asked and fails(one, metric, wanted.below):
            yield Reason(
                metric=one.metric,
                why=one.explanation or one.answer,
                scorer=one.scorer,
                version=one.version,
                spans=(_said(trace),),
            )


def _by_steps(trace: Trace, policy: StepPolicy) -> Iterator[Reason]:
    found = step_judge(policy)(trace).breaches
    if found:
        spans = tuple(dict.fromkeys(one.step for one in found))
        why = "; ".join(one.line for one in found)
        yield Reason(metric=STEPS, why=why, scorer=Steps.name, version=Steps.version, spans=spans)


def _said(trace: Trace) -> str:
    """The span whose answer was judged."""
    found = [*trace.of("answer")] or [*trace.of("model")] or [trace.root]
    return found[-1].id


def asked_again(trace: Trace, keys: Collection[str], *, system: bool) -> Sample:
    """What a trace was asked, as a sample that can be asked anew.

    Args:
        trace: The trace.
        keys: Attributes that become metadata.
        system: Whether the system prompt is part of it; a subject that has one of its own needs no second.
    """
    turns = tuple(turn for turn in trace.asked if system or turn.role != "system")
    plain: str | tuple[Message, ...] = turns
    if len(turns) == 1 and turns[0].role == "user" and not turns[0].tool_calls:
        plain = turns[0].content
    about = trace.attributes
    metadata = {key: about[key] for key in keys if isinstance(about.get(key), str | int | float | bool)}
    context = tuple(passage.text for step in trace.of("retrieval") for passage in step.passages)
    return Sample(id=trace.id[:16], input=plain, context=context, tools=_tools(trace), metadata=metadata)


def _tools(trace: Trace) -> tuple[Mapping[str, object], ...]:
    """Tools on offer, where the spans tell them."""
    for step in trace.of("model", "agent"):
        listed = _loaded(step.attributes.get("gen_ai.tool.definitions"))
        if isinstance(listed, list):
            found = [one.get("function", one) for one in listed if isinstance(one, Mapping)]
            return tuple(one for one in found if isinstance(one, Mapping) and isinstance(one.get("name"), str))
    return ()


def _loaded(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None
