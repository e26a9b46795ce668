"""JSON output of promptfoo: `promptfoo eval -o FILE.json`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
    list_of,
    object_of,
    seconds,
    text_or_messages,
    tokens,
    words_of,
)

WHAT = "JSON output of promptfoo (`promptfoo eval -o FILE.json`)"
_ERROR = 2
"""`failureReason` of an answer that never came; 1 is an assertion that failed."""
_SETTINGS = (
    *("temperature", "max_tokens", "max_completion_tokens", "top_p", "top_k", "seed", "stop", "frequency_penalty"),
    *("presence_penalty", "response_format", "reasoning_effort", "maxOutputTokens", "tool_choice"),
)
_GRADED = re.compile(
    r"llm-rubric|model-graded|factuality|g-eval|answer-relevance|context-|select-best|similar|search-rub"
)


def read_promptfoo(path: Path, model: str = "") -> ForeignRun:
    """A run: one provider with one prompt, which is one column of promptfoo's table.

    Args:
        path: The output file.
        model: Which column: the provider's id or label, or the column's number from 1; not needed when there is one.

    Raises:
        DataError: No such output, or the column cannot be told.
    """
    document = json_document(path, WHAT)
    results = object_of(object_of(document).get("results"))
    rows = results.get("results")
    if not isinstance(rows, list):
        raise DataError(f"{path}: not an output of promptfoo (no list 'results.results'). Expected {WHAT}")
    columns = _columns(results, rows)
    column = _chosen(path, columns, model)
    config = object_of(object_of(document).get("config"))
    problems = Problems()
    kept = [
        (f"{path.name}: results.results[{index}]", row)
        for index, row in enumerate(rows)
        if isinstance(row, dict) and row.get("promptIdx", 0) == column
    ]
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            problems.add("not a result (no object)", f"{path.name}: results.results[{index}]")
    provider, template = columns.get(column, ("", ""))
    return ForeignRun(
        program="promptfoo",
        version=str(object_of(object_of(document).get("metadata")).get("promptfooVersion") or ""),
        path=str(path),
        model=provider,
        task=str(config.get("description") or ""),
        settings=_settings(config, provider),
        prompt={"template": template},
        scoring=_scoring(config, [row for _, row in kept]),
        rows=_answers(kept, problems),
        problems=problems,
    )


def _columns(results: Mapping[str, Any], rows: Sequence[Any]) -> dict[int, tuple[str, str]]:
    """Provider and template by column."""
    prompts = [object_of(one) for one in list_of(results.get("prompts"))]
    named = {index: (str(one.get("provider") or ""), str(one.get("raw") or "")) for index, one in enumerate(prompts)}
    for row in rows:
        row = object_of(row)
        column = row.get("promptIdx", 0)
        if isinstance(column, int) and column not in named:
            named[column] = (_provider(row), "")
    return named


def _provider(row: Mapping[str, Any]) -> str:
    provider = row.get("provider")
    if isinstance(provider, str):
        return provider
    return str(object_of(provider).get("label") or object_of(provider).get("id") or "")


def _chosen(path: Path, columns: Mapping[int, tuple[str, str]], model: str) -> int:
    fitting = [index for index, (provider, _) in columns.items() if not model or model in (provider, str(index + 1))]
    if len(fitting) == 1:
        return fitting[0]
    shown = "; ".join(f"{index + 1} is {provider}" for index, (provider, _) in sorted(columns.items())[:20])
    if not columns:
        raise DataError(f"{path}: holds no results. Expected {WHAT}")
    asked = f"'{model}' is {'none' if not fitting else 'several'} of its columns" if model else "several columns"
    raise DataError(f"{path}: {asked}. Name a provider or the column's number with --model: {shown}")


def _settings(config: Mapping[str, Any], provider: str) -> dict[str, Any]:
    for one in list_of(config.get("providers")):
        one = object_of(one)
        if provider in (one.get("id"), one.get("label")):
            own = object_of(one.get("config"))
            return {key: own[key] for key in _SETTINGS if own.get(key) is not None}
    return {}


def _scoring(config: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Kinds of assertions, and who graded where a model did."""
    scoring: dict[str, Any] = {}
    usual = object_of(object_of(config.get("defaultTest")).get("options"))
    for row in rows:
        options = {**usual, **object_of(object_of(row.get("testCase")).get("options"))}
        for name, component in _components(row):
            assertion = object_of(component.get("assertion"))
            told: dict[str, Any] = {"type": assertion.get("type")}
            if _GRADED.match(str(assertion.get("type"))):
                grader = assertion.get("provider") or options.get("provider")
                told["grader"] = grader if isinstance(grader, str) else object_of(grader).get("id")
                told["rubricPrompt"] = assertion.get("rubricPrompt") or options.get("rubricPrompt")
            scoring.setdefault(name, told)
    return scoring


def _components(row: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Assertions by name: their metric or kind, with a number from the second of a name on."""
    seen: Counter[str] = Counter()
    for component in list_of(object_of(row.get("gradingResult")).get("componentResults")):
        component = object_of(component)
        assertion = object_of(component.get("assertion"))
        name = str(assertion.get("metric") or assertion.get("type") or "assertion")
        seen[name] += 1
        yield (name if seen[name] == 1 else f"{name}_{seen[name]}"), component


def _answers(rows: Sequence[tuple[str, Mapping[str, Any]]], problems: Problems) -> Iterator[ForeignRow]:
    epochs: Counter[str] = Counter()
    for place, row in rows:
        name = row.get("testIdx")
        if not isinstance(name, int) or isinstance(name, bool):
            problems.add("not a result (no number 'testIdx')", place)
            continue
        epochs[str(name)] += 1
        try:
            yield _answer(row, place, str(name), epochs[str(name)], problems)
        except DataError as error:
            problems.add(str(error).removeprefix(f"{place}: "), place)


def _answer(row: Mapping[str, Any], place: str, name: str, epoch: int, problems: Problems) -> ForeignRow:
    test, response = object_of(row.get("testCase")), object_of(row.get("response"))
    values = object_of(row.get("vars")) or object_of(test.get("vars"))
    prompt = _prompt(row.get("prompt"), place)
    output, failed = response.get("output"), response.get("error")
    if output is not None and not isinstance(output, str):
        import json

        output = json.dumps(output, ensure_ascii=False)
    if failed is None and (output is None or row.get("failureReason") == _ERROR):
        failed = row.get("error") or "no output"
    usage = object_of(response.get("tokenUsage"))
    return ForeignRow(
        place=place,
        id=name,
        epoch=epoch,
        row=[
            values,
            [[object_of(one).get("type"), object_of(one).get("value")] for one in list_of(test.get("assert"))],
        ],
        input=prompt,
        sent=prompt,
        metadata={**words_of(values), **words_of(object_of(test.get("metadata")))},
        output=None if failed else output,
        error=str(failed)[:2000] if failed else "",
        more={
            "finish_reason": response.get("finishReason") if isinstance(response.get("finishReason"), str) else None,
            "latency_s": seconds(row.get("latencyMs"), 1000),
            "usage": tokens(usage.get("prompt"), usage.get("completion")),
        },
        scores={} if failed else dict(_scores(row, place, problems)),
    )


def _prompt(prompt: Any, place: str) -> str | list[dict[str, Any]]:
    raw = prompt if isinstance(prompt, str) else object_of(prompt).get("raw")
    if not isinstance(raw, str) or not raw:
        raise DataError(f"{place}: no text 'prompt.raw'")
    return text_or_messages(raw, place) if raw.lstrip()[:1] == "[" else raw


def _scores(row: Mapping[str, Any], place: str, problems: Problems) -> Iterator[tuple[str, Value]]:
    """Pass or fail overall, each assertion, each named score; what a grader failed to judge is unscored, not 0."""
    failed = 0
    for name, component in _components(row):
        if object_of(component.get("metadata")).get("graderError"):
            problems.add(f"the grader of '{name}' failed; unscored here, counted as 0 by promptfoo", place)
            failed += 1
            yield name, None
        else:
            passed = component.get("pass")
            yield name, passed if isinstance(passed, bool) else finite(component.get("score"))
    if isinstance(row.get("success"), bool):
        yield "success", None if failed else row["success"]
    for name, value in object_of(row.get("namedScores")).items():
        yield f"named.{name}", finite(value)
