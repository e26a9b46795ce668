"""A small support assistant, instrumented by the package named first; its own steps are written in that dialect.

    python program.py NAME MODEL_URL RECEIVER_URL

Run by make.py, in an environment that holds the package.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any

NAME, MODEL, RECEIVER = sys.argv[1:4]
os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_AND_EVENT"
os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
os.environ["TRACELOOP_TRACE_CONTENT"] = "true"

from openai import OpenAI, OpenAIError  # noqa: E402
from opentelemetry import trace  # noqa: E402
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter  # noqa: E402
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: E402
from opentelemetry.sdk._logs import LoggerProvider  # noqa: E402
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor  # noqa: E402
from opentelemetry.sdk.resources import Resource  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: E402

PASSAGE = "Order A-17: left the warehouse on Monday 2026-11-23."
ARGUMENTS, RESULT = json.dumps({"id": "A-17"}), json.dumps({"state": "shipped", "day": "Monday"})
TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "find_order",
            "description": "Finds an order.",
            "parameters": {"type": "object", "properties": {"id": {"type": "string"}}},
        },
    }
]
ROOT = {
    "otel": {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "support"},
    "openinference": {"openinference.span.kind": "AGENT", "input.value": "Where is order A-17?"},
    "traceloop": {"traceloop.span.kind": "workflow", "traceloop.entity.name": "support"},
    "traceai": {"gen_ai.span.kind": "AGENT", "input.value": "Where is order A-17?"},
}
RETRIEVAL: dict[str, dict[str, Any]] = {
    "otel": {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": "orders",
        "gen_ai.retrieval.query.text": "order A-17",
        "gen_ai.retrieval.documents": json.dumps([{"id": "o-17", "score": 0.9, "content": PASSAGE}]),
    },
    "openinference": {
        "openinference.span.kind": "RETRIEVER",
        "input.value": "order A-17",
        "retrieval.documents.0.document.id": "o-17",
        "retrieval.documents.0.document.score": 0.9,
        "retrieval.documents.0.document.content": PASSAGE,
        "retrieval.documents.0.document.metadata": json.dumps({"updated_at": "2026-11-23T08:00:00Z"}),
    },
    "traceloop": {
        "traceloop.span.kind": "task",
        "traceloop.entity.name": "retrieve",
        "traceloop.entity.input": json.dumps({"query": "order A-17"}),
        "traceloop.entity.output": json.dumps({"documents": [{"id": "o-17", "content": PASSAGE}]}),
    },
    "traceai": {
        "gen_ai.span.kind": "RETRIEVER",
        "gen_ai.retrieval.query": "order A-17",
        "gen_ai.retrieval.documents": json.dumps([{"id": "o-17", "score": 0.9, "content": PASSAGE}]),
    },
}
TOOL: dict[str, dict[str, Any]] = {
    "otel": {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "find_order",
        "gen_ai.tool.call.id": "call_0",
        "gen_ai.tool.call.arguments": ARGUMENTS,
        "gen_ai.tool.call.result": RESULT,
    },
    "openinference": {
        "openinference.span.kind": "TOOL",
        "tool.name": "find_order",
        "input.value": ARGUMENTS,
        "output.value": RESULT,
    },
    "traceloop": {
        "traceloop.span.kind": "tool",
        "traceloop.entity.name": "find_order",
        "traceloop.entity.input": ARGUMENTS,
        "traceloop.entity.output": RESULT,
    },
    "traceai": {
        "gen_ai.span.kind": "TOOL",
        "gen_ai.tool.name": "find_order",
        "gen_ai.tool.call.arguments": ARGUMENTS,
        "gen_ai.tool.call.result": RESULT,
    },
}


def instrument(provider: TracerProvider, logger: LoggerProvider) -> None:
    """Switch the package on."""
    if NAME == "otel":
        from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
    elif NAME == "traceloop":
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor
    elif NAME == "openinference":
        from openinference.instrumentation.openai import OpenAIInstrumentor
    else:
        from traceai_openai import OpenAIInstrumentor
    OpenAIInstrumentor().instrument(tracer_provider=provider, logger_provider=logger)


def main() -> None:
    """One request with a retrieval, a tool and two model calls; one that streams; one that fails."""
    resource = Resource.create({"service.name": "support", "deployment.environment.name": "production"})
    if NAME == "traceai":
        resource = Resource({"project_name": "support", "project_type": "observe"})
    provider, logger = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    route = "/tracer/v1/traces" if NAME == "traceai" else "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=RECEIVER + route)))
    logger.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(endpoint=RECEIVER + "/v1/logs")))
    trace.set_tracer_provider(provider)
    instrument(provider, logger)
    tracer = trace.get_tracer("shop")
    client = OpenAI(base_url=MODEL, api_key="none", max_retries=0)
    turns: list[dict[str, Any]] = [
        {"role": "system", "content": "You are the support of a shop."},
        {"role": "user", "content": "Where is order A-17?"},
    ]
    common = {"route": "orders", "user.id": "u-1", "session.id": "s-1", "tier": "gold", "prompt.version": "7"}
    with tracer.start_as_current_span("support", attributes={**common, **ROOT[NAME]}) as root:
        with tracer.start_as_current_span("retrieve", attributes=RETRIEVAL[NAME]):
            pass
        first = client.chat.completions.create(model="demo-model", messages=turns, tools=TOOLS, temperature=0.2)
        turns.append(first.choices[0].message.model_dump(exclude_none=True))
        with tracer.start_as_current_span("find_order", attributes=TOOL[NAME]):
            pass
        turns.append({"role": "tool", "tool_call_id": "call_0", "content": RESULT})
        last = client.chat.completions.create(model="demo-model", messages=turns, tools=TOOLS)
        if NAME in ("openinference", "traceai"):
            root.set_attribute("output.value", str(last.choices[0].message.content))
    with tracer.start_as_current_span("support", attributes={**common, **ROOT[NAME], "route": "chat"}):
        stream = client.chat.completions.create(model="demo-model", messages=turns[:2], stream=True)
        for _ in stream:
            pass
    with tracer.start_as_current_span("support", attributes={**common, **ROOT[NAME], "route": "broken"}):
        lost = OpenAI(base_url="http://127.0.0.1:9/v1", api_key="none", max_retries=0, timeout=5)
        with contextlib.suppress(OpenAIError):
            lost.chat.completions.create(model="demo-model", messages=[{"role": "user", "content": "Hello?"}])
    provider.shutdown()
    logger.shutdown()


main()
