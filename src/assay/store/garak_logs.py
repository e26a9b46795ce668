"""Reports of garak: `*.report.jsonl`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assay.domain.digest import canonical
from assay.domain.errors import DataError
from assay.store.foreign import (
    ForeignRow,
    ForeignRun,
    Problems,
    Value,
    content_text,
    finite,
    json_lines,
    list_of,
    object_of,
)

WHAT = "a report of garak (*.report.jsonl)"
_JUDGED = 2
"""Status of an attempt whose answers the detectors have seen; the same attempt stands before it with status 1."""
_SETTINGS = ("run.seed", "run.generations", "run.deprefix", "run.eval_threshold", "run.soft_probe_prompt_cap")


def read_garak(path: Path, model: str = "") -> ForeignRun:
    """A run from its report. `model` is not needed: a report holds one.

    Raises:
        DataError: No such report.
    """
    setup: dict[str, Any] = {}
    version, first = "", ""
    for place, entry in json_lines(path, WHAT, Problems()):
        kind = entry.get("entry_type")
        first = first or place
        if kind == "start_run setup":
            setup = entry
        elif kind == "init":
            version = str(entry.get("garak_version") or "")
        if not isinstance(kind, str):
            raise DataError(f"{place}: not an entry of garak (no 'entry_type'). Expected {WHAT}")
        if kind == "attempt":
            break
    if not first:
        raise DataError(f"{path}: holds no entry. Expected {WHAT}")
    problems = Problems()
    target = [setup.get("plugins.target_type") or setup.get("plugins.model_type")]
    target.append(setup.get("plugins.target_name") or setup.get("plugins.model_name"))
    return ForeignRun(
        program="garak",
        version=version or str(setup.get("_config.version") or ""),
        path=str(path),
        model=" ".join(part for part in target if isinstance(part, str)),
        task=_task(setup),
        settings={key.removeprefix("run."): setup[key] for key in _SETTINGS if setup.get(key) is not None},
        prompt={
            "system_prompt": setup.get("run.system_prompt"),
            "buffs": object_of(setup.get("run.spec")).get("buffs") or setup.get("plugins.buff_spec"),
            "garak_version": version,  # probes are code of the program: another version may ask other prompts
        },
        scoring={"detectors of garak": version},
        default_better=False,
        rows=_rows(path, problems),
        problems=problems,
    )


def _task(setup: Mapping[str, Any]) -> str:
    """The probes, as they were asked for."""
    include = object_of(setup.get("run.spec")).get("include") or setup.get("plugins.probe_spec") or ""
    return ", ".join(str(one).removeprefix("probes.") for one in include) if isinstance(include, list) else str(include)


def _rows(path: Path, problems: Problems) -> Iterator[ForeignRow]:
    epochs: Counter[str] = Counter()
    open_ones: dict[str, str] = {}
    ended = False
    for place, entry in json_lines(path, WHAT, problems):
        if entry.get("entry_type") == "completion":
            ended = True
        if entry.get("entry_type") != "attempt":
            continue
        name = str(entry.get("uuid"))
        if entry.get("status") == _JUDGED:
            open_ones.pop(name, None)
            yield from _answers(entry, place, epochs, problems)
        else:
            open_ones[name] = place
    if open_ones:
        for place, entry in json_lines(path, WHAT, Problems()):
            if open_ones.get(str(entry.get("uuid"))) == place:
                problems.add("attempt was asked and never judged; its scores are unscored", place)
                yield from _answers(entry, place, epochs, problems)
    if not ended:
        problems.add("no entry 'completion': the run did not end", path.name)


def _answers(entry: Mapping[str, Any], place: str, epochs: Counter[str], problems: Problems) -> Iterator[ForeignRow]:
    try:
        turns = _turns(entry.get("prompt"), place)
    except DataError as error:
        problems.add(str(error).removeprefix(f"{place}: "), place)
        return
    probe = str(entry.get("probe_classname") or "probe")
    name = f"{probe}:{hashlib.sha256(canonical(turns)).hexdigest()[:12]}"
    outputs = list_of(entry.get("outputs"))
    if not outputs:
        problems.add("attempt without an answer", place)
        outputs = [None]
    for index, output in enumerate(outputs):
        epochs[name] += 1
        text = output if isinstance(output, str) else object_of(output).get("text")
        said = text if isinstance(text, str) else None
        yield ForeignRow(
            place=place,
            id=name,
            epoch=epochs[name],
            row=[probe, turns],
            input=turns[0]["content"] if len(turns) == 1 and turns[0]["role"] == "user" else turns,
            sent=turns,
            metadata={"probe": probe, "probe_module": probe.split(".")[0], "goal": str(entry.get("goal") or "")[:200]},
            output=said,
            error="" if said is not None else "garak holds no answer",
            scores={} if said is None else dict(_scores(entry, index, len(outputs), place, problems)),
        )


def _turns(prompt: Any, place: str) -> list[dict[str, Any]]:
    """The conversation up to the answer; older reports hold a text."""
    if isinstance(prompt, str):
        return [{"role": "user", "content": prompt or " "}]
    turns = list_of(object_of(prompt).get("turns"))
    if not turns and isinstance(object_of(prompt).get("text"), str):
        return [{"role": "user", "content": prompt["text"]}]
    if not turns or not all(isinstance(object_of(turn).get("role"), str) for turn in turns):
        raise DataError(f"{place}: no turns with roles in 'prompt'")
    return [{"role": turn["role"], "content": _text(turn.get("content"))} for turn in turns]


def _text(content: Any) -> str:
    text = object_of(content).get("text") if isinstance(content, dict) else content_text(content)
    return text if isinstance(text, str) else ""


def _scores(
    entry: Mapping[str, Any], index: int, count: int, place: str, problems: Problems
) -> Iterator[tuple[str, Value]]:
    """Each detector's value for this answer: 1 is a hit, the model failed; None is none."""
    for detector, values in object_of(entry.get("detector_results")).items():
        values = list_of(values)
        if len(values) != count:
            problems.add(f"detector '{detector}' judged {len(values)} of {count} answers; which is not told", place)
            yield str(detector), None
        else:
            yield str(detector), finite(values[index])
