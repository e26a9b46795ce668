"""Logs of Inspect AI: `.eval` archives and `.json` documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assay.domain.errors import DataError
from assay.store.archives import Archive, archive
from assay.store.foreign import (
    ForeignRow,
    ForeignRun,
    Problems,
    Value,
    calls_of,
    content_text,
    decoded,
    finite,
    json_document,
    list_of,
    messages_of,
    object_of,
    seconds,
    tokens,
    words_of,
)

WHAT = "an Inspect log: `.eval`, or `.json` with 'eval' and 'samples'"
VALUES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
"""Inspect's letters (correct, partial, incorrect, no answer) as its own metrics count them."""
_SETTINGS = (
    *("temperature", "max_tokens", "top_p", "top_k", "seed", "stop_seqs", "frequency_penalty", "presence_penalty"),
    *("num_choices", "best_of", "reasoning_effort", "reasoning_tokens", "system_message", "effort", "response_schema"),
)
_FINISH = {"stop": "stop", "max_tokens": "length", "model_length": "length", "content_filter": "content_filter"}


def read_inspect(path: Path, model: str = "") -> ForeignRun:
    """A run from its log. `model` is not needed: a log holds one.

    Raises:
        DataError: No log, or a hostile or damaged archive.
        MissingExtra: The archive is packed with Zstandard and nothing here can unpack that.
    """
    problems = Problems()
    if path.suffix == ".eval":
        with archive(path) as log:
            header = _header(log)
        return _run(path, header, _archived(path, problems), problems)
    document = json_document(path, WHAT)
    if not isinstance(document, dict) or not isinstance(document.get("eval"), dict):
        raise DataError(f"{path}: not a log of Inspect (no object 'eval'). Expected {WHAT}")
    return _run(path, document, _listed(path, document.get("samples"), problems), problems)


def _header(log: Archive) -> dict[str, Any]:
    """What stands in front of the samples; of a run that did not end only how it began."""
    for name in ("header.json", "_journal/start.json"):
        if name in log.names:
            header = decoded(log.read(name), f"{log.path}: {name}", WHAT)
            if isinstance(header, dict) and isinstance(header.get("eval"), dict):
                return header if name == "header.json" else {**header, "status": "started"}
            raise DataError(f"{log.path}: {name}: not the header of an Inspect log (no object 'eval')")
    raise DataError(f"{log.path}: neither header.json nor _journal/start.json: not a log of Inspect")


def _run(path: Path, header: Mapping[str, Any], rows: Iterator[ForeignRow], problems: Problems) -> ForeignRun:
    made, plan = object_of(header.get("eval")), object_of(header.get("plan"))
    config = {**object_of(made.get("model_generate_config")), **object_of(plan.get("config"))}
    status = str(header.get("status") or "")
    return ForeignRun(
        program="inspect",
        version=str(object_of(made.get("packages")).get("inspect_ai") or ""),
        path=str(path),
        model=str(made.get("model") or ""),
        task=str(made.get("task") or ""),
        status="" if status == "success" else status or "unknown",
        settings={
            **{key: config[key] for key in _SETTINGS if config.get(key) is not None},
            "epochs": object_of(made.get("config")).get("epochs") or 1,
        },
        prompt={
            "solvers": [
                [object_of(step).get("solver"), object_of(step).get("params")] for step in list_of(plan.get("steps"))
            ],
            "task_args": object_of(made.get("task_args")),
            "task_version": made.get("task_version"),
        },
        scoring=_scoring(made),
        rows=rows,
        problems=problems,
    )


def _scoring(made: Mapping[str, Any]) -> dict[str, Any]:
    scorers = [object_of(one) for one in list_of(made.get("scorers"))]
    scoring: dict[str, Any] = {str(one.get("name")): object_of(one.get("options")) for one in scorers}
    roles = {role: object_of(one).get("model") for role, one in object_of(made.get("model_roles")).items()}
    return {**scoring, "model_roles": roles} if roles else scoring


def _archived(path: Path, problems: Problems) -> Iterator[ForeignRow]:
    with archive(path) as log:
        for name in log.names:
            if name.startswith("samples/") and name.endswith(".json"):
                place = f"{path.name}: {name}"
                yield from _sample(decoded(log.read(name), place, "a sample of Inspect"), place, problems)


def _listed(path: Path, samples: Any, problems: Problems) -> Iterator[ForeignRow]:
    if not isinstance(samples, list):
        raise DataError(
            f"{path}: the log holds no 'samples'. Was it written with --no-log-samples, or read header only?"
        )
    for index, sample in enumerate(samples):
        yield from _sample(sample, f"{path.name}: samples[{index}]", problems)


def _sample(sample: Any, place: str, problems: Problems) -> Iterator[ForeignRow]:
    if not isinstance(sample, dict) or not isinstance(sample.get("id"), str | int) or "input" not in sample:
        problems.add("not a sample (no 'id' and 'input')", place)
        return
    sample = _attached(sample, object_of(sample.get("attachments")))
    try:
        yield _row(sample, place, problems)
    except DataError as error:
        problems.add(str(error).removeprefix(f"{place}: "), place)


def _row(sample: Mapping[str, Any], place: str, problems: Problems) -> ForeignRow:
    asked = sample["input"]
    question = asked if isinstance(asked, str) else messages_of(asked, place)
    choices = [str(choice) for choice in list_of(sample.get("choices"))]
    target, epoch = sample.get("target"), sample.get("epoch", 1)
    if not isinstance(epoch, int) or isinstance(epoch, bool) or epoch < 1:
        raise DataError(f"{place}: epoch {epoch!r}; epochs are counted from 1")
    turns = [object_of(turn) for turn in list_of(sample.get("messages"))]
    said, more = _output(sample, turns, place)
    error = object_of(sample.get("error")).get("message")
    return ForeignRow(
        place=place,
        id=str(sample["id"]),
        epoch=epoch,
        row=[asked if isinstance(asked, str) else question, target, choices],
        input=question,
        sent=[[turn.get("role"), content_text(turn.get("content"))] for turn in _before(turns)] or None,
        target=target if isinstance(target, str) else [str(one) for one in list_of(target)] or None,
        choices=choices,
        metadata=words_of(object_of(sample.get("metadata"))),
        output=None if error else said,
        error=str(error)[:2000] if error else "" if said is not None else "the log holds no output",
        more=more,
        scores=dict(_scores(object_of(sample.get("scores")), place, problems)),
    )


def _output(
    sample: Mapping[str, Any], turns: list[dict[str, Any]], place: str
) -> tuple[str | list[dict[str, Any]] | None, dict[str, Any]]:
    output = object_of(sample.get("output"))
    choice = object_of((list_of(output.get("choices")) or [None])[0])
    message = object_of(choice.get("message"))
    usage = object_of(output.get("usage"))
    more: dict[str, Any] = {
        "finish_reason": _FINISH.get(str(choice.get("stop_reason"))),
        "model": output.get("model") if isinstance(output.get("model"), str) else None,
        "latency_s": seconds(output.get("time")),
        "usage": tokens(usage.get("input_tokens"), usage.get("output_tokens")),
    }
    wrote = turns[len(_before(turns)) :]
    if any(turn.get("role") == "tool" or calls_of(turn) for turn in wrote):
        return messages_of(wrote, place), more
    if not message:
        return None, more
    return content_text(message.get("content")), more


def _before(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Turns up to the first that the model wrote."""
    for index, turn in enumerate(turns):
        if turn.get("role") == "assistant" and turn.get("source") != "input":
            return turns[:index]
    return turns


def _scores(scores: Mapping[str, Any], place: str, problems: Problems) -> Iterator[tuple[str, Value]]:
    for name, score in scores.items():
        value = object_of(score).get("value")
        if isinstance(value, dict):
            for key, one in value.items():
                yield f"{name}.{key}", _value(one)
        elif isinstance(value, list):
            problems.add(f"score '{name}' is a list, which is no score of one answer", place)
            yield name, None
        else:
            yield name, _value(value)


def _value(value: Any) -> Value:
    if isinstance(value, str):
        return VALUES[value] if value in VALUES else _number(value)
    return finite(value)


def _number(text: str) -> Value:
    words = {"yes": True, "true": True, "no": False, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return finite(float(text))
    except ValueError:
        return text[:200]


def _attached(value: Any, attachments: Mapping[str, Any], depth: int = 0) -> Any:
    """The sample with its long texts back in place, which a log keeps apart; events are left out."""
    if isinstance(value, str) and value.startswith("attachment://"):
        return attachments.get(value.removeprefix("attachment://"), value)
    if depth > 20:
        return value
    if isinstance(value, list):
        return [_attached(one, attachments, depth + 1) for one in value]
    if isinstance(value, dict):
        left_out = {"events", "attachments", "events_data", "store"} if depth == 0 else set()
        return {key: _attached(one, attachments, depth + 1) for key, one in value.items() if key not in left_out}
    return value
