"""Results of other programs as they come: one row per answer, what was met on the way, and how the run was made."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from assay.domain.errors import DataError
from assay.store.lines import LONGEST_LINE, numbered_lines

LARGEST_DOCUMENT = 1024 * 1024 * 1024
"""Bytes. A JSON document is held whole; what is larger should come line by line."""
Value = bool | int | float | str | None
"""A score of another program; None is unscored."""
_PLACES = 20
_KINDS = 100
_HIGHEST_RATIO, _RATIO_FROM = 300, 64 * 1024 * 1024
"""Unpacked to packed bytes of a `.gz`, and the unpacked bytes from which it is looked at: a bomb fills the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRow:
    """One answer of another program's run."""

    place: str
    """File and line, member or path inside a JSON document."""
    id: str
    """Id of the sample; the same for the same row of the dataset in another run."""
    epoch: int = 1
    """Which repeat."""
    row: Any
    """What the dataset holds: a JSON value that is equal in two runs when they asked the same."""
    input: str | list[dict[str, Any]]
    """What was asked, as a sample's input."""
    sent: Any = None
    """The prompt as it was sent, where the program tells; a changed template shows here."""
    target: str | list[str] | None = None
    """The expected answer."""
    choices: list[str] = field(default_factory=list)
    """Options of a question."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Of the sample: texts and numbers that slices can name."""
    output: str | list[dict[str, Any]] | None = None
    """The answer; None when there is an error."""
    error: str = ""
    """Why there is none."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further keys of a recorded output: finish_reason, usage, latency_s, model, tool_calls, choice_logprobs."""
    scores: Mapping[str, Value] = field(default_factory=dict)
    """The program's own scores by name."""


class Problems:
    """What was met in a file and could not be imported, counted, with the first places."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.places: dict[str, list[str]] = {}

    def add(self, kind: str, place: str) -> None:
        """Count one. What differs in each row is put together after a hundred kinds."""
        if kind not in self.counts and len(self.counts) >= _KINDS:
            kind = "other faults"
        self.counts[kind] += 1
        places = self.places.setdefault(kind, [])
        if len(places) < _PLACES:
            places.append(place)

    def take(self, others: Problems) -> None:
        """Count what others have counted."""
        for kind, count in others.counts.items():
            for place in others.places[kind]:
                self.add(kind, place)
            self.counts[kind if kind in self.places else "other faults"] += count - len(others.places[kind])

    def lines(self) -> list[str]:
        """A sentence each, most frequent first."""
        return [
            f"{count} x {kind}: {', '.join(self.places[kind][:3])}{' ...' if count > 3 else ''}"
            for kind, count in self.counts.most_common()
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRun:
    """A run of another program."""

    program: str
    """inspect, lm-eval, promptfoo, garak or openai-batch."""
    version: str = ""
    """The program's version, as the file says."""
    path: str
    """The file."""
    model: str = ""
    """Name of the model that answered."""
    task: str = ""
    """What was run."""
    status: str = ""
    """Anything but empty: the run did not end well, in the program's words."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """How answers were drawn."""
    prompt: Mapping[str, Any] = field(default_factory=dict)
    """Template, system prompt, few-shot settings."""
    scoring: Mapping[str, Any] = field(default_factory=dict)
    """Scorers with their settings and the model that graded, by name."""
    better: Mapping[str, bool] = field(default_factory=dict)
    """Scores whose direction the program states: whether higher is better."""
    default_better: bool = True
    """Direction of scores that `better` does not name."""
    rows: Iterator[ForeignRow]
    """The answers; can be run through once."""
    problems: Problems = field(default_factory=Problems)
    """Filled while the rows are run through."""


def json_document(path: Path, what: str) -> Any:
    """A whole JSON document; NaN and infinities become None, as they are no scores.

    Raises:
        DataError: Not readable, too large, not JSON, cut.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_DOCUMENT:
            raise DataError(f"{path}: {size:,} bytes; a JSON document of at most {LARGEST_DOCUMENT:,} is read whole")
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    if content[:1] == b"\x80":
        raise DataError(f"{path}: a Python pickle, which is never loaded: it could run code. Export {what} as JSON")
    return decoded(content, str(path), what)


def decoded(content: bytes, place: str, what: str) -> Any:
    """Bytes as a JSON value; NaN and infinities, which several programs write, become None.

    Halves of surrogate pairs, which JSON can spell and no file can hold, become the replacement character.

    Raises:
        DataError: Not JSON.
    """
    value = _value(content, place, what)
    return _sound(value) if b"\\ud" in content or b"\\uD" in content else value


def _sound(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_sound(key): _sound(one) for key, one in value.items()}
    return [_sound(one) for one in value] if isinstance(value, list) else value


def _value(content: bytes, place: str, what: str) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = error
    if any(mark in content for mark in (b"NaN", b"Infinity", b"\\ud", b"\\uD")):  # what Python's own writer lets pass
        try:
            return json.loads(content, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            pass
    raise DataError(f"{place}: not JSON ({_said(reason)}). Expected {what}") from reason


def _said(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def json_lines(path: Path, what: str, problems: Problems) -> Iterator[tuple[str, dict[str, Any]]]:
    """Objects of a JSON Lines file as (place, object); lines that are none are counted.

    Raises:
        DataError: Not readable, or a line longer than a row can be.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file. Expected {what}")
    pending = ""
    size, packed = 0, path.stat().st_size if path.suffix == ".gz" else 0
    for number, line in numbered_lines(path, LONGEST_LINE):
        place = f"{path.name}:{number}"
        size += len(line)
        if packed and size > _RATIO_FROM and size > _HIGHEST_RATIO * packed:
            raise DataError(f"{place}: the file unpacks to more than {_HIGHEST_RATIO} times its size; refused")
        if pending:
            problems.add("line is not JSON", pending)
            pending = ""
        if number == 1 and line[:1] == b"\x80":
            raise DataError(f"{path}: a Python pickle, which is never loaded: it could run code. Expected {what}")
        try:
            value = decoded(line, place, what)
        except DataError:
            if number == 1:
                raise
            pending = place
            continue
        if isinstance(value, dict):
            yield place, value
        else:
            problems.add(f"line holds {type(value).__name__}, not an object", place)
    if pending:
        problems.add("last line is cut: the program was stopped while it wrote", pending)


def finite(value: Any) -> Value:
    """A score as a plain value; what is no finite number, text or truth is None, that is unscored.

    Examples:
        >>> finite(float("nan")) is None, finite(True), finite([1])
        (True, True, None)
    """
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, int | float):
        try:
            return value if math.isfinite(value) else None
        except OverflowError:
            return None
    return None


def tokens(read: Any, wrote: Any) -> dict[str, int] | None:
    """Usage of a call, when both counts are whole numbers from 0."""
    if all(isinstance(one, int) and not isinstance(one, bool) and 0 <= one < 2**53 for one in (read, wrote)):
        return {"input_tokens": read, "output_tokens": wrote}
    return None


def seconds(value: Any, per_second: float = 1.0) -> float | None:
    """A duration, when it is a finite number from 0."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12:
        return float(value) / per_second
    return None


def object_of(value: Any) -> dict[str, Any]:
    """The value when it is an object, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The value when it is a list, an empty one otherwise."""
    return value if isinstance(value, list) else []


def words_of(values: Mapping[str, Any], longest: int = 200) -> dict[str, Any]:
    """Those entries that a slice can name: short texts, numbers, truths."""
    return {
        str(key): value
        for key, value in values.items()
        if isinstance(value, bool | int | float) or (isinstance(value, str) and 0 < len(value) <= longest)
    }


def text_or_messages(raw: str, place: str) -> str | list[dict[str, Any]]:
    """The chat messages that a text is the JSON of, or the text where it is none."""
    try:
        return messages_of(decoded(raw.encode(), place, "chat messages"), place)
    except DataError:
        return raw


def messages_of(turns: Any, place: str) -> list[dict[str, Any]]:
    """Chat messages with text content; parts that are no text become a mark.

    Raises:
        DataError: Not a list of objects with a role.
    """
    if not isinstance(turns, list) or not turns:
        raise DataError(f"{place}: chat messages should be a list of objects, found {type(turns).__name__}")
    return [_message(turn, place) for turn in turns]


def _message(turn: Any, place: str) -> dict[str, Any]:
    if not isinstance(turn, dict) or not isinstance(turn.get("role"), str):
        raise DataError(f"{place}: a chat message should be an object with 'role' and 'content'")
    message = {"role": turn["role"], "content": content_text(turn.get("content"))}
    calls = [_call(call) for call in list_of(turn.get("tool_calls")) if isinstance(call, dict)]
    if calls:
        message["tool_calls"] = calls
    if isinstance(turn.get("tool_call_id"), str):
        message["tool_call_id"] = turn["tool_call_id"]
    return message


def _call(call: dict[str, Any]) -> dict[str, Any]:
    function = call.get("function")
    inner = function if isinstance(function, dict) else {"name": function or call.get("name"), **call}
    arguments = inner.get("arguments")
    written = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
    return {
        "id": str(call.get("id") or ""),
        "function": {"name": str(inner.get("name") or ""), "arguments": written},
    }


def calls_of(turn: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tool calls of an assistant's turn, in the shape of recorded outputs."""
    return [_call(call) for call in list_of(turn.get("tool_calls")) if isinstance(call, dict)]


def content_text(content: Any) -> str:
    """A message's text; parts of another kind as `[image]`."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(_part(part) for part in content)


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    kind, text = object_of(part).get("type"), object_of(part).get("text")
    if isinstance(text, str):
        return text
    return "" if kind == "reasoning" else f"[{kind or 'part'}]"
