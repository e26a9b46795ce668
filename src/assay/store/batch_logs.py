"""Output files of OpenAI's Batch API, with the request file that they answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assay.domain.digest import canonical
from assay.domain.errors import DataError
from assay.store.foreign import (
    ForeignRow,
    ForeignRun,
    Problems,
    calls_of,
    content_text,
    decoded,
    json_lines,
    list_of,
    messages_of,
    object_of,
    tokens,
)

WHAT = "an output file of the Batch API: lines with 'custom_id' and 'response'"
REQUESTS = "a request file of the Batch API: lines with 'custom_id', 'url' and 'body'"
_NOT_SETTINGS = {"messages", "model", "input", "prompt", "instructions", "metadata", "user", "store", "tools"}


def read_batch(path: Path, model: str = "", requests: Path | None = None) -> ForeignRun:
    """A run from its output file and its requests.

    Args:
        path: Output file; failed requests may be appended from the error file, which has the same form.
        model: Not needed: requests name it.
        requests: Request file; outputs hold no prompts.

    Raises:
        DataError: Not such files, or no request file is named.
    """
    if requests is None:
        raise DataError(f"{path}: outputs of a batch hold no prompts. Name its request file with --requests FILE")
    problems = Problems()
    asked = _Requests(requests, problems)
    first = asked.body(next(iter(asked.places)))
    settings = _settings(first)
    return ForeignRun(
        program="openai-batch",
        path=str(path),
        model=str(first.get("model") or ""),
        settings=settings,
        prompt={"system": _system(first), "tools": first.get("tools")},
        rows=_rows(path, asked, canonical([settings, _system(first)]), problems),
        problems=problems,
    )


class _Requests:
    """A request file: where each request stands, so that memory holds no prompts."""

    def __init__(self, path: Path, problems: Problems) -> None:
        if path.suffix == ".gz":
            raise DataError(f"{path}: unpack the request file first; its lines are looked up by their place")
        self.path, self.places = path, dict[str, int]()
        for place, row in json_lines(path, REQUESTS, problems):
            name = row.get("custom_id")
            if not isinstance(name, str) or not isinstance(row.get("body"), dict):
                raise DataError(f"{place}: not a request (no 'custom_id' and 'body'). Expected {REQUESTS}")
            if name in self.places:
                raise DataError(f"{place}: custom_id '{name}' stands twice; answers cannot be told apart")
            self.places[name] = int(place.rpartition(":")[2])
        if not self.places:
            raise DataError(f"{path}: holds no request. Expected {REQUESTS}")
        self._offsets = self._found()

    def _found(self) -> dict[int, int]:
        """Line number -> byte offset."""
        offsets, offset = {}, 0
        with self.path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                offsets[number] = offset
                offset += len(line)
        return offsets

    def body(self, name: str) -> dict[str, Any]:
        """The request's body."""
        with self.path.open("rb") as stream:
            stream.seek(self._offsets[self.places[name]])
            line = stream.readline().removeprefix(b"\xef\xbb\xbf")
        return object_of(object_of(decoded(line.strip(), str(self.path), REQUESTS)).get("body"))


def _settings(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in _NOT_SETTINGS and value is not None}


def _system(body: Mapping[str, Any]) -> list[Any]:
    """What stands before the question: instructions and leading system turns."""
    turns = [object_of(turn) for turn in list_of(body.get("messages"))]
    leading = [content_text(turn.get("content")) for turn in turns if turn.get("role") in ("system", "developer")]
    return [body["instructions"], *leading] if isinstance(body.get("instructions"), str) else leading


def _rows(path: Path, asked: _Requests, usual: bytes, problems: Problems) -> Iterator[ForeignRow]:
    left = dict(asked.places)
    for place, row in json_lines(path, WHAT, problems):
        name = row.get("custom_id")
        if not isinstance(name, str) or not ("response" in row or "error" in row):
            if place.endswith(":1"):
                raise DataError(f"{place}: not an answer of a batch (no 'custom_id' and 'response'). Expected {WHAT}")
            problems.add("not an answer (no 'custom_id' and 'response')", place)
            continue
        if name not in asked.places:
            problems.add("answer to a request that the request file does not hold", place)
            continue
        left.pop(name, None)
        try:
            yield _answer(row, place, name, asked.body(name), usual, problems)
        except DataError as error:
            problems.add(str(error).removeprefix(f"{place}: "), place)
    for name in left:
        place = f"{asked.path.name}:{asked.places[name]}"
        problems.add("request without an answer (is it in the batch's error file?)", place)
        yield _answer(
            {"error": {"message": "no line in the output file"}}, place, name, asked.body(name), usual, problems
        )


def _answer(
    row: Mapping[str, Any], place: str, name: str, request: Mapping[str, Any], usual: bytes, problems: Problems
) -> ForeignRow:
    if canonical([_settings(request), _system(request)]) != usual:
        problems.add("request with other settings or another system prompt than the first", place)
    turns = _asked(request, place)
    question = [turn for turn in turns if turn["role"] not in ("system", "developer")]
    response = object_of(row.get("response"))
    body, status = object_of(response.get("body")), response.get("status_code", 200)
    error = _error(row, body, status)
    output, more = (None, {}) if error else _said(body, place)
    return ForeignRow(
        place=place,
        id=name,
        row=question,
        input=turns[0]["content"] if len(turns) == 1 and turns[0]["role"] == "user" else turns,
        sent=turns,
        output=output,
        error=error or ("" if output is not None else "the answer holds no text"),
        more=more,
    )


def _asked(request: Mapping[str, Any], place: str) -> list[dict[str, Any]]:
    for key in ("messages", "input", "prompt"):
        value = request.get(key)
        if isinstance(value, str) and value:
            turns = [{"role": "user", "content": value}]
            break
        if isinstance(value, list):
            turns = messages_of(value, place)
            break
    else:
        raise DataError(f"{place}: the request asks nothing (no 'messages', 'input' or 'prompt')")
    system = request.get("instructions")
    return [{"role": "system", "content": system}, *turns] if isinstance(system, str) else turns


def _error(row: Mapping[str, Any], body: Mapping[str, Any], status: Any) -> str:
    fault = row.get("error") or body.get("error")
    if fault:
        return str(object_of(fault).get("message") or object_of(fault).get("code") or fault)[:2000]
    return "" if status == 200 else f"status {status}"


def _said(body: Mapping[str, Any], place: str) -> tuple[str | None, dict[str, Any]]:
    """Text and what goes with it, of chat completions, completions and responses."""
    usage = object_of(body.get("usage"))
    read = usage.get("prompt_tokens", usage.get("input_tokens"))
    wrote = usage.get("completion_tokens", usage.get("output_tokens"))
    more: dict[str, Any] = {
        "model": body.get("model") if isinstance(body.get("model"), str) else None,
        "fingerprint": body.get("system_fingerprint") if isinstance(body.get("system_fingerprint"), str) else None,
        "usage": tokens(read, wrote),
    }
    if isinstance(body.get("choices"), list):
        choice = object_of((body["choices"] or [None])[0])
        message = object_of(choice.get("message"))
        reason = choice.get("finish_reason")
        more |= {"finish_reason": reason if isinstance(reason, str) else None, "tool_calls": calls_of(message) or None}
        if message:
            content = message.get("content") if message.get("content") is not None else message.get("refusal")
            return content_text(content), more
        return (choice["text"] if isinstance(choice.get("text"), str) else None), more
    if isinstance(body.get("output"), list):
        return _responded(body["output"]), more
    raise DataError(f"{place}: neither a chat completion, a completion nor a response; only these hold answers")


def _responded(items: list[Any]) -> str | None:
    texts = [
        str(object_of(part).get("text") or object_of(part).get("refusal") or "")
        for item in items
        if object_of(item).get("type") == "message"
        for part in list_of(object_of(item).get("content"))
    ]
    return "".join(texts) if texts else None
