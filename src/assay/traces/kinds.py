"""Which family wrote a span, and what the span does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.domain.span import Span
from assay.domain.trace import STEP_KINDS, StepKind

_OPERATIONS: Mapping[str, StepKind] = {
    "chat": "model", "generate_content": "model", "text_completion": "model", "embeddings": "other",
    "retrieval": "retrieval", "execute_tool": "tool", "create_agent": "agent", "invoke_agent": "agent",
    "invoke_workflow": "agent", "plan": "plan", "create_memory": "memory", "search_memory": "memory",
    "update_memory": "memory", "upsert_memory": "memory", "delete_memory": "memory", "create_memory_store": "memory",
    "delete_memory_store": "memory",
}  # fmt: skip
"""`gen_ai.operation.name`."""
_SPAN_KINDS: Mapping[str, StepKind] = {
    "LLM": "model", "RETRIEVER": "retrieval", "RERANKER": "retrieval", "TOOL": "tool", "AGENT": "agent",
    "CHAIN": "agent", "WORKFLOW": "agent", "GUARDRAIL": "guardrail", "PROMPT": "other", "EMBEDDING": "other",
    "EVALUATOR": "other", "VECTOR_DB": "retrieval", "MEMORY": "memory", "CONVERSATION": "agent",
}  # fmt: skip
"""`openinference.span.kind` and `gen_ai.span.kind`."""
_ENTITIES: Mapping[str, StepKind] = {"workflow": "agent", "task": "other", "agent": "agent", "tool": "tool"}
"""`traceloop.span.kind`."""
_NAMED: tuple[tuple[str, StepKind], ...] = (
    ("guardrail", "guardrail"), ("moderation", "guardrail"), ("retriev", "retrieval"), ("vector", "retrieval"),
    ("memory", "memory"), ("plan", "plan"), ("final_answer", "answer"), ("final answer", "answer"),
)  # fmt: skip
"""Parts of names that tell what a span does where its family has no word for it."""
STATED = "assay.step"
"""Attribute by which a program may say itself what a step does."""


def dialect_of(span: Span) -> str:
    """otel, openinference, traceloop, traceai, or nothing for a span of something else."""
    held = span.attributes
    if "openinference.span.kind" in held:
        return "openinference"
    if "gen_ai.span.kind" in held or "fi.span.kind" in held:
        return "traceai"
    if "traceloop.span.kind" in held or "gen_ai.is_streaming" in held or "llm.request.type" in held:
        return "traceloop"
    if any(key.startswith("gen_ai.") for key in held):
        return "otel"
    return "traceloop" if any(key.startswith("traceloop.") for key in held) else ""


def kind_of(span: Span) -> StepKind:
    """What a span does."""
    held = span.attributes
    stated = next((kind for kind in STEP_KINDS if kind == held.get(STATED)), None)
    if stated is not None:
        return stated
    told = _SPAN_KINDS.get(str(held.get("openinference.span.kind") or held.get("gen_ai.span.kind") or "").upper())
    told = told or _OPERATIONS.get(str(held.get("gen_ai.operation.name") or ""))
    told = told or ("model" if held.get("llm.request.type") in ("chat", "completion") else None)
    told = told or _ENTITIES.get(str(held.get("traceloop.span.kind") or ""))
    if told in ("agent", "other", None):
        name = f"{span.name} {held.get('traceloop.entity.name') or ''}".lower()
        by_name = next((kind for part, kind in _NAMED if part in name), None)
        if told != "agent" and by_name is not None:
            return by_name
    if told is None and ("db.vector.query.top_k" in held or "gen_ai.retrieval.documents" in held):
        return "retrieval"
    return told or "other"


def first(attributes: Mapping[str, Any], *names: str) -> Any:
    """The first of these that is there and says something; None for none."""
    return next((attributes[name] for name in names if attributes.get(name) not in (None, "")), None)
