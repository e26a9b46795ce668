"""OpenAI chat completions, as spoken by OpenAI, vLLM, SGLang, llama.cpp, Ollama and many gateways."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from assay.domain.sample import Message, Sample
from assay.domain.subject import Ask
from assay.domain.trial import Output, Usage
from assay.subjects.dialect import Body, Dialect, finish, function_of, malformed, no_choices, tool_call
from assay.subjects.wording import Wording


class Counted(msgspec.Struct):
    """Tokens as OpenAI counts them."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Function(msgspec.Struct):
    name: str = ""
    arguments: Any = None


class _Call(msgspec.Struct):
    function: _Function
    id: str | None = None


class _Part(msgspec.Struct):
    text: str | None = None


class _Turn(msgspec.Struct):
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    message: _Turn
    finish_reason: str | None = None
    logprobs: Any = None


class _Reply(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: Counted | None = None
    model: str | None = None
    system_fingerprint: str | None = None


_decode = msgspec.json.Decoder(_Reply).decode


def headers(key: str) -> dict[str, str]:
    """The key as a bearer token."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def sampling(ask: Ask) -> Body:
    """How the answer is drawn, as both OpenAI dialects write it."""
    how = ask.generation
    body: Body = {"temperature": how.temperature, "max_tokens": how.max_tokens}
    if how.seed is not None:
        body["seed"] = how.seed + ask.epoch - 1
    if how.top_p is not None:
        body["top_p"] = how.top_p
    if how.stop:
        body["stop"] = list(how.stop)
    return body


def usage_of(counted: Counted | None) -> Usage | None:
    """Tokens, when the server counted them."""
    if counted is None or counted.prompt_tokens is None:
        return None
    return Usage(input_tokens=counted.prompt_tokens, output_tokens=counted.completion_tokens or 0)


def worded(sample: Sample, wording: Wording) -> list[Message]:
    """The sample's turns in this subject's wording: template around the last user turn, system prompt first."""
    turns = list(sample.messages)
    last = max((at for at, turn in enumerate(turns) if turn.role == "user"), default=None)
    if last is not None:
        turns[last] = Message(role="user", content=wording.fill(turns[last].content, sample))
    if not wording.system:
        return turns
    if turns and turns[0].role == "system":
        return [Message(role="system", content=f"{wording.system}\n\n{turns[0].content}"), *turns[1:]]
    return [Message(role="system", content=wording.system), *turns]


def _body(model: str, ask: Ask, wording: Wording) -> Body:
    body: Body = {"model": model, "messages": [written(turn) for turn in worded(ask.sample, wording)], **sampling(ask)}
    if ask.sample.tools:
        body["tools"] = [{"type": "function", "function": function_of(tool)} for tool in ask.sample.tools]
    return body


def written(turn: Message) -> Body:
    """A turn of a chat as the OpenAI dialect writes it."""
    body: Body = {"role": turn.role, "content": turn.content}
    if turn.tool_calls:
        body["content"] = turn.content or None
        body["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.raw}}
            for call in turn.tool_calls
        ]
    if turn.tool_call_id:
        body["tool_call_id"] = turn.tool_call_id
    return body


def _read(body: bytes) -> tuple[Output, ...]:
    try:
        reply = _decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise malformed(error, body) from None
    if not reply.choices:
        raise no_choices(body)
    return tuple(_output(choice, reply) for choice in reply.choices)


def _output(choice: _Choice, reply: _Reply) -> Output:
    turn = choice.message
    content = turn.content
    if isinstance(content, list):
        content = "".join(part.text or "" for part in content)
    return Output(
        text=content or turn.refusal or "",
        tool_calls=tuple(
            tool_call(call.function.name, call.function.arguments, call.id or "") for call in turn.tool_calls or ()
        ),
        finish_reason=finish(choice.finish_reason),
        usage=usage_of(reply.usage),
        logprobs=_logprobs(choice.logprobs),
        served_model=reply.model or "",
        fingerprint=reply.system_fingerprint or "",
    )


def _logprobs(given: Any) -> tuple[float, ...] | None:
    content = given.get("content") if isinstance(given, dict) else None
    if not isinstance(content, list):
        return None
    return numbers(token.get("logprob") if isinstance(token, dict) else None for token in content)


def numbers(values: Iterable[Any]) -> tuple[float, ...] | None:
    """Log probabilities, or None when one of them is no number: a part of them would mislead."""
    found = list(values)
    if not found or not all(isinstance(value, int | float) and not isinstance(value, bool) for value in found):
        return None
    return tuple(float(value) for value in found)


OPENAI = Dialect(
    name="openai",
    path="/chat/completions",
    headers=headers,
    body=_body,
    read=_read,
    probe={"seed": {"seed": 7}, "n": {"n": 2}, "logprobs": {"logprobs": True}},
)
"""Chat completions."""
