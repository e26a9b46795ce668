"""Logs of lm-evaluation-harness: `samples_TASK_TIME.jsonl`, with `results_TIME.json` beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assay.domain.errors import DataError
from assay.store.foreign import (
    ForeignRow,
    ForeignRun,
    Problems,
    Value,
    finite,
    json_document,
    json_lines,
    list_of,
    messages_of,
    object_of,
    text_or_messages,
    words_of,
)

WHAT = "a samples_*.jsonl of lm-evaluation-harness (--log_samples)"
_OWN = {
    *("doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics"),
    *("doc_hash", "prompt_hash", "target_hash"),
}
_TEMPLATE = (
    *("doc_to_text", "doc_to_target", "doc_to_choice", "description", "target_delimiter", "fewshot_delimiter"),
    *("num_fewshot", "gen_prefix", "fewshot_config"),
)


def read_lm_eval(path: Path, model: str = "") -> ForeignRun:
    """A run from the samples of one task, or of all tasks of the newest run in a folder.

    Args:
        path: A samples file, or the folder that `--output_path` names or made for a model.
        model: Not needed: a file holds one.

    Raises:
        DataError: No such file, or its first line is no sample.
    """
    return _together(path, _newest(path)) if path.is_dir() else _one(path)


def _newest(folder: Path) -> list[Path]:
    files = sorted(folder.glob("samples_*.jsonl")) or _one_level_down(folder)
    if not files:
        raise DataError(f"{folder}: no samples_*.jsonl in this folder. Expected {WHAT}")
    time = max(file.stem.rpartition("_")[2] for file in files)
    return [file for file in files if file.stem.endswith(f"_{time}")]


def _one_level_down(folder: Path) -> list[Path]:
    """Samples in the one folder that `--output_path` made for a model.

    Raises:
        DataError: There are several.
    """
    found = sorted(folder.glob("*/samples_*.jsonl"))
    models = sorted({file.parent.name for file in found})
    if len(models) > 1:
        raise DataError(f"{folder}: holds runs of several models ({', '.join(models[:5])}). Name one of these folders")
    return found


def _together(folder: Path, files: Sequence[Path]) -> ForeignRun:
    """Tasks of one run as one: ids, and facts that can differ, bear the task's name."""
    runs = [_one(file) for file in files]
    problems = Problems()
    return replace(
        runs[0],
        path=str(folder),
        task=", ".join(run.task for run in runs),
        settings={run.task: run.settings for run in runs},
        prompt={run.task: run.prompt for run in runs},
        scoring={run.task: run.scoring for run in runs},
        better={name: value for run in runs for name, value in run.better.items()},
        rows=_in_turn(runs, problems),
        problems=problems,
    )


def _in_turn(runs: Sequence[ForeignRun], problems: Problems) -> Iterator[ForeignRow]:
    for run in runs:
        for row in run.rows:
            yield replace(row, id=f"{run.task}:{row.id}", metadata={**row.metadata, "task": run.task})
        problems.take(run.problems)


def _one(path: Path) -> ForeignRun:
    first = next(json_lines(path, WHAT, Problems()), None)
    if first is None:
        raise DataError(f"{path}: holds no sample. Expected {WHAT}")
    place, row = first
    if "doc_id" not in row or "resps" not in row:
        raise DataError(f"{place}: not a sample of lm-evaluation-harness (no 'doc_id' and 'resps'). Expected {WHAT}")
    task = _task(path)
    results = _results(path)
    config = object_of(object_of(results.get("configs")).get(task))
    problems = Problems()
    if not results:
        problems.add("no results_*.json beside it: model, template and seeds are not known", path.name)
    return ForeignRun(
        program="lm-eval",
        version=str(results.get("lm_eval_version") or ""),
        path=str(path),
        model=str(results.get("model_name") or ""),
        task=task,
        settings=_settings(row, results),
        prompt={
            **{key: config[key] for key in _TEMPLATE if config.get(key) not in (None, "")},
            "system_instruction_sha": results.get("system_instruction_sha"),
            "chat_template_sha": results.get("chat_template_sha"),
            "fewshot_as_multiturn": results.get("fewshot_as_multiturn"),
            "task_version": object_of(results.get("versions")).get(task),
        },
        scoring={str(object_of(one).get("metric")): object_of(one) for one in list_of(config.get("metric_list"))},
        better=_better(object_of(object_of(results.get("higher_is_better")).get(task))),
        rows=_rows(path, problems),
        problems=problems,
    )


def _task(path: Path) -> str:
    name = path.name.removesuffix(".gz").removesuffix(".jsonl").removeprefix("samples_")
    task, found, time = name.rpartition("_")
    return task if found and time[:4].isdigit() else name


def _results(path: Path) -> dict[str, Any]:
    """The results of the same moment; of the only file when none bears it."""
    time = path.name.removesuffix(".gz").removesuffix(".jsonl").rpartition("_")[2]
    beside = sorted(path.parent.glob("results_*.json"))
    same = [one for one in beside if one.name == f"results_{time}.json"] or (beside if len(beside) == 1 else [])
    return object_of(json_document(same[0], "results of lm-evaluation-harness")) if same else {}


def _better(stated: Mapping[str, Any]) -> dict[str, bool]:
    return {name: value for name, value in stated.items() if isinstance(value, bool)}


def _settings(row: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, Any]:
    config = object_of(results.get("config"))
    arguments = _arguments(row)
    asked = arguments[0][1] if arguments and len(arguments[0]) > 1 else None
    seeds: dict[str, Any] = {
        key: config[key] for key in ("random_seed", "numpy_seed", "torch_seed", "fewshot_seed") if key in config
    }
    drawn = {key: value for key, value in object_of(asked).items() if not isinstance(value, dict)}
    return {**drawn, **seeds, "kind": "generation" if isinstance(asked, dict) else "log-likelihood"}


def _arguments(row: Mapping[str, Any]) -> list[list[Any]]:
    """Arguments of each request: newer files name them, older ones list them."""
    arguments = row.get("arguments")
    if isinstance(arguments, dict):
        return [list(object_of(one).values()) for one in arguments.values()]
    return [list_of(one) for one in list_of(arguments)]


def _rows(path: Path, problems: Problems) -> Iterator[ForeignRow]:
    """Rows of the first filter, with the scores of all: a task with several filters is written once for each."""
    others, first = _other_filters(path)
    for place, row in json_lines(path, WHAT, problems):
        if row.get("filter") != first:
            continue
        try:
            yield from _answers(row, place, others.get(str(row.get("doc_id")), {}), problems)
        except DataError as error:
            problems.add(str(error).removeprefix(f"{place}: "), place)


def _other_filters(path: Path) -> tuple[dict[str, dict[str, Value]], Any]:
    """Scores by document under all filters but the first, and the first's name."""
    first: Any = None
    scores: dict[str, dict[str, Value]] = {}
    ignored = Problems()
    for number, (place, row) in enumerate(json_lines(path, WHAT, ignored)):
        if number == 0:
            first = row.get("filter")
        elif row.get("filter") != first:
            scores.setdefault(str(row.get("doc_id")), {}).update(_scores(row, place, ignored))
    return scores, first


def _answers(
    row: Mapping[str, Any], place: str, others: Mapping[str, Value], problems: Problems
) -> Iterator[ForeignRow]:
    name, arguments, replies = row.get("doc_id"), _arguments(row), list_of(row.get("resps"))
    if not isinstance(name, int | str) or not arguments or not arguments[0]:
        raise DataError(f"{place}: not a sample (no 'doc_id' and 'arguments')")
    scores = {**dict(_scores(row, place, problems)), **others}
    prompt = _prompt(arguments[0][0], place)
    doc = object_of(row.get("doc"))
    target = row.get("target")
    shared: dict[str, Any] = {
        "place": place,
        "id": str(name),
        "row": doc or row.get("doc"),
        "input": prompt,
        "sent": prompt,
        "metadata": words_of(doc),
    }
    if len(arguments[0]) > 1 and isinstance(arguments[0][1], str):
        chances = [_chance(reply, place) for reply in replies]
        choices = [str(one[1]) for one in arguments if len(one) > 1]
        if len(chances) != len(choices):
            raise DataError(f"{place}: {len(choices)} choices and {len(chances)} likelihoods")
        likeliest = choices[max(range(len(chances)), key=chances.__getitem__)].strip()
        more = {"choice_logprobs": chances} if len(choices) > 1 else {"metadata": {"logprob": chances[0]}}
        wanted = _option(target, choices)
        yield ForeignRow(
            **shared,
            target=wanted,
            choices=choices if len(choices) > 1 else [],
            output=likeliest,
            more=more,
            scores=scores,
        )
        return
    if len(arguments[0]) < 2:
        raise DataError(f"{place}: a rolling log-likelihood, which is no answer to import")
    texts = replies[0] if replies and isinstance(replies[0], list) else replies
    several = len(texts) > 1
    if several and scores:
        problems.add("scores stand for several answers at once and are left out", place)
    for epoch, text in enumerate(texts, start=1):
        yield ForeignRow(
            **shared,
            epoch=epoch,
            target=target if isinstance(target, str) else [str(one) for one in list_of(target)] or _plain(target),
            output=text if isinstance(text, str) else None,
            error="" if isinstance(text, str) else f"the answer is {type(text).__name__}, not text",
            scores=dict.fromkeys(scores) if several else scores,
        )


def _plain(target: Any) -> str | None:
    return str(target) if isinstance(target, int | float) and not isinstance(target, bool) else None


def _option(target: Any, choices: list[str]) -> str | None:
    """The right option's letter, as our choices name their targets."""
    place = int(target) if isinstance(target, int | str) and str(target).isdigit() else -1
    if 0 <= place < min(len(choices), 26):
        return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place]
    return target if isinstance(target, str) else None


def _chance(reply: Any, place: str) -> float:
    """Log-likelihood of one choice: [[value, greedy]] or [value, greedy]."""
    inner = reply
    while isinstance(inner, list) and inner:
        inner = inner[0]
    try:
        value = finite(float(inner))
    except (TypeError, ValueError):
        value = None
    if not isinstance(value, float):
        raise DataError(f"{place}: a log-likelihood should be a finite number, found {str(inner)[:40]!r}")
    return value


def _prompt(asked: Any, place: str) -> str | list[dict[str, Any]]:
    """Text, or chat messages, which the program keeps as JSON inside a list."""
    inner = asked[0] if isinstance(asked, list) and len(asked) == 1 else asked
    if isinstance(inner, list):
        return messages_of(inner, place)
    if not isinstance(inner, str):
        raise DataError(f"{place}: the prompt should be text, found {type(inner).__name__}")
    packed = isinstance(asked, list) or inner.startswith('[{"role"')
    return text_or_messages(inner, place) if packed else inner


def _scores(row: Mapping[str, Any], place: str, problems: Problems) -> Iterator[tuple[str, Value]]:
    named = row.get("metrics")
    names = [str(one) for one in named] if isinstance(named, list) else [key for key in row if key not in _OWN]
    filter_name = row.get("filter")
    for name in names:
        value = row.get(name)
        full = name if filter_name in (None, "none") else f"{name},{filter_name}"
        if isinstance(value, list | dict):
            problems.add(f"'{name}' is no score of one answer: the program puts it together later", place)
            continue
        yield full, finite(value)
