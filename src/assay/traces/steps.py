"""A span as a step, whoever wrote it: the words of all families are tried, their own first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from assay.domain.numbers import count, finite
from assay.domain.sample import Message, ToolCall
from assay.domain.span import Event, Span
from assay.domain.trace import Passage, Step
from assay.domain.trial import Usage
from assay.traces.kinds import dialect_of, first, kind_of
from assay.traces.times import nanoseconds
from assay.traces.turns import call_of, loaded, nested, turns

DETAILS = "gen_ai.client.inference.operation.details"
"""Log record in which OpenTelemetry's own instrumentation puts messages that are not on the span."""
_ROLES = {
    "gen_ai.system.message": "system", "gen_ai.user.message": "user", "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}  # fmt: skip
"""Events of messages, before messages became attributes."""
_TIMES = ("updated_at", "last_updated", "timestamp", "date", "created_at", "published_at", "last_modified")


def step_of(span: Span, beside: Sequence[Event] = ()) -> Step:
    """A span as a step.

    Args:
        span: The span.
        beside: Log records of the span.
    """
    held = span.attributes
    details = next((event.attributes for event in beside if event.name == DETAILS), {})
    more = {**details, **held}
    kind = kind_of(span)
    error = _error(span)
    return Step(
        id=span.id,
        kind=kind,
        name=span.name,
        parent=span.parent,
        start_ns=span.start_ns,
        end_ns=span.end_ns,
        error=error,
        model=_asked_model(more),
        served_model=_served_model(more, span),
        input=_input(span, more, beside),
        output=_output(span, more, beside),
        call=_call(more) if kind == "tool" else None,
        result=_result(more) if kind in ("tool", "memory", "guardrail", "plan") else "",
        passages=_passages(more) if kind in ("retrieval", "memory") else (),
        usage=_usage(more),
        finish_reason=_reason(more),
        attributes=held,
    )


def _error(span: Span) -> str:
    if not span.failed and "error.type" not in span.attributes:
        return ""
    raised = next((event.attributes for event in span.events if event.name == "exception"), {})
    told = (
        span.status,
        raised.get("exception.message"),
        span.attributes.get("error.type"),
        raised.get("exception.type"),
    )
    return str(next((one for one in told if one), "error"))


def _asked_model(held: Mapping[str, Any]) -> str:
    """OpenInference and traceAI name the served model; what was asked for stands among their parameters."""
    for name in ("gen_ai.request.parameters", "llm.invocation_parameters"):
        found = loaded(held.get(name))
        if isinstance(found, Mapping) and found.get("model"):
            return str(found["model"])
    return str(first(held, "gen_ai.request.model", "llm.model_name", "embedding.model_name") or "")


def _served_model(held: Mapping[str, Any], span: Span) -> str:
    if dialect_of(span) == "traceai":
        return str(first(held, "gen_ai.response.model", "gen_ai.request.model") or "")
    return str(first(held, "gen_ai.response.model", "llm.model_name") or "")


def _input(span: Span, held: Mapping[str, Any], beside: Sequence[Event]) -> tuple[Message, ...]:
    told = turns(held.get("gen_ai.input.messages")) if "gen_ai.input.messages" in held else ()
    for prefix in ("llm.input_messages", "gen_ai.input.messages", "gen_ai.prompt"):
        told = told or turns(nested(held, prefix))
    told = told or _from_events((*span.events, *beside))
    told = told or turns(first(held, "gen_ai.prompt", "input.value", "traceloop.entity.input"))
    system = held.get("gen_ai.system_instructions")
    if system and not any(turn.role == "system" for turn in told):
        parts = loaded(system)
        made = turns([{"role": "system", "content": parts if isinstance(parts, list) else str(system)}])
        return (*made, *told)
    return told


def _from_events(events: Sequence[Event]) -> tuple[Message, ...]:
    found: list[Message] = []
    for event in events:
        role = _ROLES.get(event.name)
        if role is not None:
            body = event.body if isinstance(event.body, Mapping) else event.attributes
            found += turns([{"role": role, **body}])
    return tuple(found)


def _output(span: Span, held: Mapping[str, Any], beside: Sequence[Event]) -> tuple[Message, ...]:
    told = turns(held.get("gen_ai.output.messages")) if held.get("gen_ai.output.messages") else ()
    for prefix in ("llm.output_messages", "gen_ai.output.messages", "gen_ai.completion"):
        told = told or turns(nested(held, prefix))
    if not told:
        choices = [event for event in (*span.events, *beside) if event.name == "gen_ai.choice"]
        bodies = [event.body if isinstance(event.body, Mapping) else event.attributes for event in choices]
        told = turns([{"role": "assistant", **body} for body in bodies])
    if not told:
        said = first(held, "gen_ai.completion", "output.value", "traceloop.entity.output")
        text = said if isinstance(said, str) else json.dumps(said, default=str) if said is not None else ""
        told = (Message(role="assistant", content=text),) if text.strip() else ()
    return told


def _call(held: Mapping[str, Any]) -> ToolCall:
    name = first(held, "gen_ai.tool.name", "tool.name", "traceloop.entity.name")
    arguments = first(
        held, "gen_ai.tool.call.arguments", "tool.parameters", "input.value", "traceloop.entity.input",
        "gen_ai.tool.parameters",
    )  # fmt: skip
    return call_of(str(name or ""), arguments, str(first(held, "gen_ai.tool.call.id", "tool_call.id", "tool.id") or ""))


def _result(held: Mapping[str, Any]) -> str:
    found = first(
        held, "gen_ai.tool.call.result", "gen_ai.guardrail.result", "output.value", "traceloop.entity.output",
        "gen_ai.output.messages",
    )  # fmt: skip
    return found if isinstance(found, str) else "" if found is None else json.dumps(found, default=str)


def _passages(held: Mapping[str, Any]) -> tuple[Passage, ...]:
    found = loaded(first(held, "gen_ai.retrieval.documents", "retrieval.documents"))
    if not isinstance(found, list):
        found = nested(held, "retrieval.documents") or nested(held, "gen_ai.retrieval.documents")
    if not found:
        inside = loaded(first(held, "traceloop.entity.output", "output.value"))
        listed = inside.get("documents", inside.get("results")) if isinstance(inside, Mapping) else inside
        found = listed if isinstance(listed, list) else []
    return tuple(passage for one in found[:1000] if (passage := _passage(one)) is not None)


def _passage(given: Any) -> Passage | None:
    if isinstance(given, str):
        return Passage(text=given)
    if not isinstance(given, Mapping):
        return None
    held = given.get("document", given)
    if not isinstance(held, Mapping):
        return Passage(text=str(held))
    text = first(held, "content", "text", "page_content", "body")
    if text is None:
        return None
    score = first(held, "score", "similarity")
    about = loaded(held.get("metadata"))
    dated = first({**held, **(about if isinstance(about, Mapping) else {})}, *_TIMES)
    return Passage(
        text=str(text),
        id=str(held.get("id") or ""),
        score=finite(score),
        time_ns=nanoseconds(dated),
    )


def _usage(held: Mapping[str, Any]) -> Usage | None:
    read = first(held, "gen_ai.usage.input_tokens", "llm.token_count.prompt", "gen_ai.usage.prompt_tokens")
    wrote = first(held, "gen_ai.usage.output_tokens", "llm.token_count.completion", "gen_ai.usage.completion_tokens")
    read, wrote = count(read), count(wrote)
    return None if read is None and wrote is None else Usage(input_tokens=read or 0, output_tokens=wrote or 0)


def _reason(held: Mapping[str, Any]) -> str:
    found = first(held, "gen_ai.response.finish_reasons", "llm.finish_reason")
    listed = loaded(found)
    reason = str(listed[0]) if isinstance(listed, list) and listed else str(found or "")
    return "tool_calls" if reason == "tool_call" else reason
