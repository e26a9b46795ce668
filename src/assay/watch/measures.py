"""What a trace tells without anybody judging it: time, tokens, errors, tools, models, feedback."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from assay.domain.numbers import finite
from assay.domain.trace import Step, Trace
from assay.domain.watched import Observation
from assay.watch.formats import asked_for_json, is_json

MEASURES: Mapping[str, str] = {
    "errors": "a step ended in an error",
    "latency": "seconds from the beginning of the root to its end",
    "model_latency": "seconds of a model call",
    "input_tokens": "tokens read by all model calls",
    "output_tokens": "tokens written by all model calls",
    "cost": "what the calls cost, where the spans say so",
    "empty_answer": "there is no answer",
    "truncated": "the last model call was cut at its length",
    "filtered": "a content filter stopped a model call",
    "invalid_json": "the answer is no JSON, of those that were asked for as JSON",
    "invalid_arguments": "the arguments of a tool call are no JSON object, of calls with arguments",
    "model_calls": "model calls",
    "tool_calls": "tool calls",
    "tool_failures": "a tool call failed",
    "tool_repeats": "a tool was called again with the same arguments",
    "fallback": "another model was asked after the first",
    "retries": "a model was asked the same again after an error",
    "guardrail": "a guardrail stepped in",
    "no_passages": "a retrieval gave nothing",
    "thumbs_down": "the user was not content, of those who said anything",
    "escalated": "the user was handed to a person",
    "user_retries": "a user asked nearly the same again within a quarter of an hour, of those who asked again",
    "refusal_contested": "a user complained of a refusal or asked the same again, of those who went on after one",
    "confidence": "how sure the answer is, where the spans say so",
}
"""Rates and amounts, each with what it counts."""
RATES = frozenset(MEASURES) - {
    "latency", "model_latency", "input_tokens", "output_tokens", "cost", "model_calls", "tool_calls", "confidence"
}  # fmt: skip
"""Those that are 0 or 1."""
SIGNED = frozenset(("confidence",))
"""Amounts that may be negative: some state the logarithm of a probability."""
_THUMBS = ("user.feedback", "feedback", "user_feedback", "feedback.score", "rating.thumbs")
_ESCALATED = ("escalated", "handoff", "human_handoff", "user.escalated")
_CONFIDENCE = ("confidence", "gen_ai.response.confidence", "answer.confidence")
_PASSAGES = ("gen_ai.retrieval.documents", "retrieval.documents", "traceloop.entity.output", "output.value")
NO_NUMBER = "no finite number"
"""Why a figure that a trace states is no value."""
_COSTS = ("gen_ai.cost.total", "llm.cost.total", "gen_ai.usage.cost")
_BAD = frozenset(("down", "thumbs_down", "negative", "bad", "dislike", "-1", "0", "false", "no"))
_GOOD = frozenset(("up", "thumbs_up", "positive", "good", "like", "1", "true", "yes"))


@dataclass(frozen=True, slots=True)
class _Of:
    """Makes observations of one trace."""

    trace: Trace

    def __call__(self, metric: str, value: float | None, step: str = "") -> Observation:
        """What was measured; None for a number that cannot be reckoned with, which is counted beside the figure."""
        return Observation(
            metric=metric,
            value=None if value is None else float(value),
            trace=self.trace.id,
            time_ns=self.trace.start_ns,
            unscored=NO_NUMBER if value is None else "",
            step=step,
        )


def measured(trace: Trace) -> Iterator[Observation]:
    """All that a trace tells by itself.

    Examples:
        >>> trace = Trace(id="1" * 32, steps=(Step(id="2" * 16, kind="model", name="chat", end_ns=2 * 10**9),))
        >>> {one.metric: one.value for one in measured(trace)}["latency"]
        2.0
    """
    of = _Of(trace)
    models, tools = [*trace.of("model")], [*trace.of("tool")]
    yield of("errors", any(step.error for step in trace.steps))
    if trace.root.end_ns:
        yield of("latency", trace.root.seconds)
    yield from _models(of, models)
    yield from _tools(of, tools)
    yield from _others(of, trace)
    yield from _feedback(of, trace)


def _models(of: _Of, models: Sequence[Step]) -> Iterator[Observation]:
    if not models:
        return
    yield of("model_calls", len(models))
    yield from (of("model_latency", step.seconds, step.id) for step in models if step.end_ns)
    usages = [step.usage for step in models if step.usage is not None]
    if usages:
        yield of("input_tokens", sum(one.input_tokens for one in usages))
        yield of("output_tokens", sum(one.output_tokens for one in usages))
    yield of("empty_answer", not of.trace.answer and not models[-1].error and not _called(models[-1]))
    yield of("truncated", models[-1].finish_reason in ("length", "max_tokens"))
    if asked_for_json(models[-1]) and of.trace.answer and not models[-1].error:
        yield of("invalid_json", not is_json(of.trace.answer))
    yield of("filtered", any(step.finish_reason == "content_filter" for step in models))
    yield of("fallback", len({step.model for step in models if step.model}) > 1)
    yield of("retries", any(one.error and one.input == two.input for one, two in pairwise(models)))


def _called(step: Step) -> bool:
    return any(turn.tool_calls for turn in step.output)


def _tools(of: _Of, tools: Sequence[Step]) -> Iterator[Observation]:
    yield of("tool_calls", len(tools))
    if not tools:
        return
    yield from (of("tool_failures", bool(step.error), step.id) for step in tools)
    calls = [(step, step.call) for step in tools if step.call is not None]
    yield from (
        of("invalid_arguments", call.arguments is None, step.id)
        for step, call in calls
        if call.raw or call.arguments is not None
    )
    seen = Counter(_key(step) for step in tools)
    yield of("tool_repeats", max(seen.values()) > 1)


def _key(step: Step) -> str:
    call = step.call
    return json.dumps([call.name, call.arguments or call.raw], sort_keys=True, default=str) if call else step.name


def _tells_passages(step: Step) -> bool:
    """Whether the span would hold passages if there were any: without its content nothing is known of them."""
    return any(name in step.attributes for name in _PASSAGES)


def _others(of: _Of, trace: Trace) -> Iterator[Observation]:
    retrievals = [step for step in trace.of("retrieval") if step.passages or _tells_passages(step)]
    yield from (of("no_passages", not step.passages, step.id) for step in retrievals)
    guards = [*trace.of("guardrail")]
    if guards:
        yield of("guardrail", any(_stepped_in(step) for step in guards))
    costs = [told for step in trace.steps if (told := _told(step.attributes, _COSTS)) is not None]
    if costs:
        yield of("cost", finite(sum(math.inf if (cost := finite(told)) is None else cost for told in costs)))
    sure = _told(trace.attributes, _CONFIDENCE)
    if sure is not None:
        yield of("confidence", finite(sure))


def _stepped_in(step: Step) -> bool:
    said = str(step.attributes.get("gen_ai.guardrail.result") or step.result).strip().lower()
    return said.startswith(("block", "fail", "flag", "reject", "denied", "deny", "true", "unsafe")) or bool(step.error)


def _feedback(of: _Of, trace: Trace) -> Iterator[Observation]:
    about = trace.attributes
    said = next((str(about[name]).strip().lower() for name in _THUMBS if about.get(name) is not None), "")
    if said in _BAD | _GOOD:
        yield of("thumbs_down", said in _BAD)
    told = [about[name] for name in _ESCALATED if name in about]
    if told:
        yield of("escalated", any(str(one).strip().lower() in ("true", "1", "yes") for one in told))


def _told(attributes: Mapping[str, Any], names: Sequence[str]) -> int | float | None:
    """The number that stands there, whatever it is worth."""
    found = next((attributes[name] for name in names if name in attributes), None)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None
