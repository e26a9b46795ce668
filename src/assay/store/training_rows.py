"""One decoded row of training data -> `TrainingRow`: its shape is recognised by its keys and said."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from assay.domain.sample import Message
from assay.domain.training import Shape, TrainingRow, Unfit
from assay.store.quick import row
from assay.store.training_pairs import SEVERAL, pair, ranked
from assay.store.training_parts import ANSWERS, CHATS, PROMPTS, Parts, first, number, prompt_of, split
from assay.store.training_turns import ROLES, Misfit, Notes, coded, plain, turns

_TEXTS = ("text", "content", "document", "body")
_RATINGS = ("rating", "score", "reward", "quality", "overall_score", "helpfulness", "stars")
_CONTEXTS = ("context", "contexts", "documents", "passages")
_TOOLS = ("tools", "functions")


def row_of(value: Any, file: str, line: int, repeated_keys: bool = False) -> TrainingRow | Unfit:
    """The row that a decoded value is.

    Args:
        value: A decoded JSON value, a line of a table, or a text.
        file: Name of the file.
        line: Its line or place.
        repeated_keys: Whether some object in it had a key twice.
    """
    notes = Notes()
    if repeated_keys:
        notes.add("duplicate_keys")
    if isinstance(value, str):
        return _text(value, file, line)
    if not isinstance(value, dict):
        return Unfit(file=file, line=line, cause="not_a_row", detail=f"an object was expected, not {_kind(value)}")
    try:
        parts = _parts(value, notes)
        return _made(value, parts, notes, file, line)
    except Misfit as error:
        return Unfit(file=file, line=line, cause="unknown_shape", detail=str(error))
    except RecursionError:
        return Unfit(file=file, line=line, cause="too_deep", detail="nested too deeply")


def _kind(value: Any) -> str:
    return {list: "a list", type(None): "null", bool: "true or false"}.get(type(value), "a number")


def _parts(value: Mapping[str, Any], notes: Notes) -> Parts:
    for reader in (_conversation, _asked, _plain_text) if SEVERAL.isdisjoint(value) else _READERS:
        found = reader(value, notes)
        if found is not None:
            return found
    keys = ", ".join(sorted(map(str, value))[:12])
    raise Misfit(f"no known shape has the keys {keys[:150] or '(none)'}")


def _conversation(value: Mapping[str, Any], notes: Notes) -> Parts | None:
    """OpenAI messages or ShareGPT conversations."""
    key = first(value, CHATS, list)
    if key is None:
        return None
    said = turns(value[key], notes)
    begun: Any = value[key][0] if value[key] else {}
    form = "sharegpt" if isinstance(begun, dict) and "from" in begun else "openai messages"
    used = {key}
    if _masked(value[key]):
        notes.add("turns_masked")
    if isinstance(value.get("system"), str) and not (said and said[0].role == "system"):
        said, used = (Message(role="system", content=value["system"]), *said), {*used, "system"}
    if said and said[-1].role == "user":
        answer = first(value, ANSWERS, str)
        if answer is not None:
            said, used = (*said, *turns(value[answer], notes)), {*used, answer}
    prompt, answer_turns = split(said)
    return _rated(value, Parts("chat", form, prompt, (answer_turns,) if answer_turns else (), used), notes)


_LEARNED = ("weight", "train", "loss", "trainable")
"""Keys of a turn that say whether it is learned from: `weight: 0` of OpenAI, `train: false` of others."""


def _masked(written: Sequence[Any]) -> bool:
    """Whether all turns of the assistant are left out of the loss."""
    if not any(len(each) > 2 for each in written if isinstance(each, dict)):
        return False  # a role and a text and nothing else, as most rows have it
    said = [each for each in written if isinstance(each, dict) and _is_assistant(each)]
    return bool(said) and all(any(each.get(key) in (0, False) for key in _LEARNED if key in each) for each in said)


def _is_assistant(written: Mapping[str, Any]) -> bool:
    role = written.get("role", written.get("from"))
    return isinstance(role, str) and ROLES.get(role.strip().lower()) == "assistant"


def _asked(value: Mapping[str, Any], notes: Notes) -> Parts | None:
    """A prompt and its answer, each a text or messages; a prompt alone where nothing answers it."""
    prompt = prompt_of(value, notes)
    if prompt is None:
        return None
    asked, used, form = prompt
    key = first(value, ANSWERS, object, but=used)
    if key is None:
        if first(value, _TEXTS, str, but=used):
            return None
        return Parts("chat", "prompt only", asked, (), used)
    said = value[key]
    if isinstance(said, Sequence) and not isinstance(said, (str, bytes)) and said and isinstance(said[0], dict):
        answer, form = turns(said, notes), "trl prompt and completion"
    else:
        answer = (Message(role="assistant", content=plain(said, notes)),)
    if not form:
        form = "prompt and completion" if "prompt" in used and key == "completion" else f"{_main(used)} and {key}"
    return _rated(value, Parts("chat", form, asked, (answer,), {*used, key}), notes)


def _main(used: set[str]) -> str:
    return next(key for key in PROMPTS if key in used)


_SPECIAL = frozenset({*_RATINGS, "label"})
_UNFOLDED = frozenset({*_TOOLS, *_CONTEXTS, "metadata", "meta"})


def _rated(value: Mapping[str, Any], parts: Parts, notes: Notes) -> Parts:
    """The same with its rating, where the row has one."""
    if _SPECIAL.isdisjoint(value):
        return parts
    key = next((each for each in _RATINGS if value.get(each) is not None), None)
    if key is None and isinstance(value.get("label"), bool):
        key = "label"
    if key is None or not parts.answers or key in parts.used:
        return parts
    rating = number(value[key], notes)
    if rating is None:
        notes.add("rating_unreadable")
        return parts
    return Parts("rated", f"{parts.form}, rated", parts.prompt, parts.answers, {*parts.used, key}, (rating,))


def _plain_text(value: Mapping[str, Any], notes: Notes) -> Parts | None:
    key = first(value, _TEXTS, str)
    if key is None:
        return None
    return Parts("text", "plain text", (), ((Message(role="assistant", content=value[key]),),), {key})


_READERS = (pair, ranked, _conversation, _asked, _plain_text)


def _text(text: str, file: str, line: int) -> TrainingRow:
    answers = ((Message(role="assistant", content=text),),)
    return TrainingRow(
        file=file, line=line, shape="text", form="plain text", answers=answers, digest=_digest("text", (), answers)
    )


def _made(value: Mapping[str, Any], parts: Parts, notes: Notes, file: str, line: int) -> TrainingRow:
    used = parts.used
    plainly = _UNFOLDED.isdisjoint(value)
    tools = () if plainly else _tools(value, notes, used)
    context = () if plainly else _context(value, notes, used)
    metadata = {str(key): each for key, each in value.items() if key not in used and each is not None}
    for name in () if plainly else ("metadata", "meta"):
        if isinstance(metadata.get(name), dict):
            inner = metadata.pop(name)
            metadata = {**inner, **metadata}
    digest = _digest(parts.shape, parts.prompt, parts.answers, parts.ratings, tools, context)
    return row(
        file, line, parts.shape, parts.form, parts.prompt, parts.answers, parts.ratings, parts.places, tools, context,
        metadata, digest, tuple(notes.words),
    )  # fmt: skip


def _tools(value: Mapping[str, Any], notes: Notes, used: set[str]) -> tuple[Mapping[str, Any], ...]:
    key = next((each for each in _TOOLS if value.get(each)), None)
    if key is None:
        return ()
    used.add(key)
    offered = value[key]
    if isinstance(offered, str):
        try:
            offered = msgspec.json.decode(offered)
        except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
            offered = None
    if not isinstance(offered, list) or not all(isinstance(each, dict) for each in offered):
        notes.add("tools_unreadable")
        return ()
    return tuple([each["function"] if isinstance(each.get("function"), dict) else each for each in offered])


def _context(value: Mapping[str, Any], notes: Notes, used: set[str]) -> tuple[str, ...]:
    key = next((each for each in _CONTEXTS if value.get(each) and each not in used), None)
    if key is None:
        return ()
    used.add(key)
    passages = value[key]
    return tuple([plain(each, notes) for each in passages]) if isinstance(passages, list) else (plain(passages, notes),)


def _digest(
    shape: Shape,
    prompt: tuple[Message, ...],
    answers: tuple[tuple[Message, ...], ...],
    *more: Sequence[Any],
) -> str:
    """Digest of what a row says; how it was written, its place and its metadata are no part of it."""
    content: list[Any] = [
        shape, [_written(turn) for turn in prompt], [[_written(turn) for turn in answer] for answer in answers]
    ]  # fmt: skip
    content += [list(each) for each in more if each]
    return "sha256:" + hashlib.sha256(coded(content)).hexdigest()


def _written(turn: Message) -> list[Any]:
    if turn.tool_calls or turn.tool_call_id:
        return [turn.role, turn.content, [[call.name, call.raw] for call in turn.tool_calls], turn.tool_call_id]
    return [turn.role, turn.content]
