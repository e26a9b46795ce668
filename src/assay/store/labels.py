"""Labels of people: files that they wrote, and what is kept of them with the run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.domain.digest import digest
from assay.domain.errors import DataError
from assay.domain.labels import Answer, Labels
from assay.domain.plan import Plan, Task
from assay.domain.score import Metric
from assay.store.lines import numbered_lines
from assay.store.runs import RunFile, readable

_NAME = "labels:"
_DRAWN = "drawn:"
_WORDS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}


def read_labels(
    path: Path, plan: Plan, tasks: Sequence[Task], metric: Metric, texts: Mapping[Answer, str]
) -> dict[Answer, float]:
    """Labels by answer, from JSON Lines of `id, epoch?, suite?, subject, label`.

    Rows whose label is null or missing are not labelled yet and left out.

    Args:
        path: The file.
        plan: The run's plan.
        tasks: Those of its tasks that make the metric.
        metric: What was labelled.
        texts: The run's answers; a row that holds another one was not labelled on this run.

    Raises:
        DataError: Not there, not such rows, unknown ids or subjects, an answer labelled twice, or rows about
            another metric or other answers.
    """
    places = {(task.name, sample.id): task for task in tasks for sample in task.dataset.samples}
    names = {"reference": "reference", plan.reference.name: "reference"}
    names |= {spec.name: spec.name for spec in plan.candidates}
    if len(plan.candidates) == 1:
        names.setdefault("candidate", plan.candidates[0].name)
    found: dict[Answer, float] = {}
    lines: dict[Answer, int] = {}
    for number, row in _rows(path):
        where = f"{path.name}:{number}"
        answer = _answer(row, where, places, names)
        if answer in lines:
            raise DataError(f"{where}: '{answer[2]}' of {answer[0]} is labelled already on line {lines[answer]}")
        lines[answer] = number
        if row.get("metric", metric.name) != metric.name:
            raise DataError(f"{where}: labels '{row['metric']}', not '{metric.name}'; give the right --metric or file")
        if answer in texts and row.get("output", texts[answer]) != texts[answer]:
            raise DataError(f"{where}: labels another answer than the one of this run to '{answer[2]}'; draw again")
        value = _value(row.get("label"), metric, where)
        if value is not None:
            found[answer] = value
    return found


def _rows(path: Path) -> Iterable[tuple[int, Mapping[str, Any]]]:
    for number, line in numbered_lines(path):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path.name}:{number}: not JSON: {error}") from error
        if not isinstance(row, dict):
            raise DataError(f"{path.name}:{number}: not a JSON object; expected id, subject and label")
        yield number, row


def _answer(
    row: Mapping[str, Any], where: str, places: Mapping[tuple[str, str], Task], names: Mapping[str, str]
) -> Answer:
    name, said, epoch = str(row.get("id", "")), row.get("subject"), row.get("epoch", 1)
    subject = names.get(said) if isinstance(said, str) else None
    if subject is None:
        raise DataError(f"{where}: no subject is called {said!r}. Known: {', '.join(names)}")
    suites = [task for task, sample in places if sample == name and row.get("suite") in (None, task)]
    if not suites:
        raise DataError(f"{where}: no sample of this run has the id {name!r} in a suite that makes the metric")
    if len(suites) > 1:
        raise DataError(f"{where}: the id {name!r} is in several suites ({', '.join(suites)}); say which by 'suite'")
    if type(epoch) is not int or not 1 <= epoch <= places[suites[0], name].epochs:
        raise DataError(f"{where}: epoch is {epoch!r}; expected 1 to {places[suites[0], name].epochs}")
    return subject, suites[0], name, epoch


def _value(label: Any, metric: Metric, where: str) -> float | None:
    if label is None or label == "":
        return None
    value = _WORDS.get(label.strip().lower()) if isinstance(label, str) else label
    if isinstance(value, bool | int | float) and value in (0, 1):
        return float(value)
    if metric.kind == "share" and isinstance(value, int | float) and 0 <= value <= 1:
        return float(value)
    expected = "true or false" if metric.kind == "proportion" else "a number from 0 to 1"
    raise DataError(f"{where}: label is {label!r}; {metric.name} takes {expected}, or null for not labelled")


def keep_labels(run: RunFile, labels: Labels) -> Labels:
    """Stores the labels of a metric with the run, in place of earlier ones, which are counted."""
    before = run_labels(run).get(labels.metric)
    rows = sorted([*answer, value] for answer, value in labels.values.items())
    seen = digest([labels.metric, rows])
    earlier = 0 if before is None else before.earlier + (before.digest != seen)
    draws = _draws(run, labels.metric)
    whole = len(draws) == 1 and {tuple(row[1:4]) for row in rows} == draws[0]
    kept = {"rows": rows, "digest": seen, "earlier": earlier, "drawn": len(draws[0]) if whole else None}
    run.set_fact(_NAME + labels.metric, json.dumps(kept, ensure_ascii=False))
    return run_labels(run)[labels.metric]


def run_labels(run: RunFile) -> dict[str, Labels]:
    """Labels that are kept with a run, by metric."""
    found: dict[str, Labels] = {}
    for name, value in run.facts(_NAME).items():
        with readable(run.path):
            kept = json.loads(value)
            values = {(str(s), str(t), str(i), int(e)): float(v) for s, t, i, e, v in kept["rows"]}
            found[name] = Labels(
                metric=name, values=values, digest=kept["digest"], drawn=kept["drawn"], earlier=kept["earlier"]
            )
    return found


def keep_drawn(run: RunFile, metric: str, pairs: Iterable[tuple[str, str, int]]) -> None:
    """Remembers a draw of pairs for labelling, beside other draws; the same draw again is no other one."""
    draws = _draws(run, metric)
    drawn = set(pairs)
    if drawn not in draws:
        every = [sorted(draw) for draw in (*draws, drawn)]
        run.set_fact(_DRAWN + metric, json.dumps(every, ensure_ascii=False))


def _draws(run: RunFile, metric: str) -> list[set[tuple[str, str, int]]]:
    with readable(run.path):
        draws = json.loads(run.fact(_DRAWN + metric) or "[]")
        return [{(str(task), str(id), int(epoch)) for task, id, epoch in draw} for draw in draws]
