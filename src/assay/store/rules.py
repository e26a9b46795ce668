"""The rules of a plan: as written and checked, or one band for every quality metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from assay.domain.errors import PlanError
from assay.domain.families import family_metric
from assay.domain.findings import CODES
from assay.domain.metrics import standard
from assay.domain.plan import Task
from assay.domain.score import Metric
from assay.domain.verdict import Rule
from assay.store.datasets import missing_keys
from assay.store.documents import Document
from assay.store.planfile import RuleFile

_FROM_TRIALS = ("latency", "tokens", "cost", "consistency")


def _metrics(tasks: Sequence[Task]) -> dict[str, Metric]:
    every = [m for task in tasks for scorer in task.scorers for m in scorer.metrics()]
    made = {m.name: m for m in every} | {m.name: m for m in every if not m.diagnostic}
    return made | {m.name: m for task in tasks if (m := family_metric(task))}


def applicable_metrics(task: Task) -> set[str]:
    """Metrics for which this task has at least one sample."""
    made = {m.name for scorer in task.scorers for sample in task.dataset.samples for m in scorer.metrics(sample)}
    return made | ({task.agreement} if task.agree else set())


def read_rules(
    written: Sequence[RuleFile] | None,
    tasks: Sequence[Task],
    document: Document,
    data_codes: Sequence[str] | None = None,
    demanded: Sequence[Rule] = (),
) -> tuple[Rule, ...]:
    """The rules, each with its id.

    Args:
        written: As written; None where the plan states none.
        tasks: All suites.
        document: The plan.
        data_codes: Codes of findings in training data, none where they are not known; None where the plan names no
            such data.
        demanded: Rules that a behaviour contract brings; one of the plan with the same id takes its place.

    Raises:
        PlanError: An empty list, an unknown metric or slice, or a kind that does not fit the metric.
    """
    metrics = _metrics(tasks)
    _check_apart(written or (), tasks, document)
    if written is None:
        return (*_default_rules(metrics, tasks, needed=not demanded), *demanded)
    if not written:
        raise PlanError(f"{document.place(('gate', 'rules'))}: an empty list would let everything pass; name a rule")
    rules: list[Rule] = []
    known = {**metrics, **{name: standard(name) for name in _FROM_TRIALS}}
    for index, item in enumerate(written):
        where = ("gate", "rules", index)
        if item.kind == "findings":
            _check_count(item, data_codes, document, where)
        else:
            _check_rule(item, known, tasks, document, where)
        name = item.id or ".".join([item.metric or item.code, item.kind, *(f"{k}={v}" for k, v in item.slice.items())])
        if name in {rule.id for rule in rules}:
            name = f"{name}.{index + 1}"
        values = item.model_dump(exclude={"id", "slice"})
        rules.append(Rule(id=name, slice={key: _word(value) for key, value in item.slice.items()}, **values))
    return (*rules, *(one for one in demanded if one.id not in {rule.id for rule in rules}))


def _check_apart(written: Sequence[RuleFile], tasks: Sequence[Task], document: Document) -> None:
    """A suite that stands apart and that no rule names would be measured and judged by nothing.

    Raises:
        PlanError: There is one.
    """
    named = {rule.slice.get("suite") for rule in written}
    read = {(rule.slice.get("suite"), rule.metric) for rule in written if len(rule.slice) == 1}
    for task in tasks:
        made = {m.name for scorer in task.scorers for m in scorer.metrics() if m.safety and not m.diagnostic}
        safety = sorted(made & applicable_metrics(task))
        if task.apart and task.name in named and safety and not any((task.name, name) in read for name in safety):
            raise PlanError(
                f"{document.place(('gate', 'rules'))}: suite '{task.name}' stands apart, and no rule reads its "
                f"{' or '.join(safety)} as a whole. Add one, for example "
                f"{{metric: {safety[0]}, kind: all, slice: {{suite: {task.name}}}}}, or leave the scorers out"
            )
        if task.apart and task.name not in named:
            raise PlanError(
                f"{document.place(('gate', 'rules'))}: suite '{task.name}' stands apart and no rule names it. "
                f"Add one, for example {{metric: M, kind: all, slice: {{suite: {task.name}}}}}"
            )


def _word(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_count(
    item: RuleFile, data_codes: Sequence[str] | None, document: Document, where: tuple[str | int, ...]
) -> None:
    if item.at_most is not None and (item.at_most < 0 or item.at_most != int(item.at_most)):
        raise PlanError(f"{document.place((*where, 'at_most'))}: expected a count; found {item.at_most}")
    known = (*CODES, *(data_codes or ()))
    if data_codes == () or any(fnmatchcase(code, item.code) for code in known):
        return
    near = [*get_close_matches(item.code, known, 3, 0.5)] or [*known]
    more = ". Findings in training data have codes of their own: name it under `data`" if data_codes is None else ""
    raise PlanError(
        f"{document.place((*where, 'code'))}: no finding has a code like '{item.code}'. Known: {', '.join(near)}{more}"
    )


def _check_rule(
    item: RuleFile, known: Mapping[str, Metric], tasks: Sequence[Task], document: Document, where: tuple[str | int, ...]
) -> None:
    if item.metric not in known:
        raise PlanError(
            f"{document.place((*where, 'metric'))}: no scorer of this plan makes a metric called '{item.metric}'. "
            f"Known: {', '.join(sorted(known))}"
        )
    metric = known[item.metric]
    if metric.kind == "label":
        raise PlanError(f"{document.place((*where, 'metric'))}: '{item.metric}' is a label; a rule needs numbers")
    if metric.kind == "amount" and item.kind != "points":
        raise PlanError(
            f"{document.place((*where, 'kind'))}: '{item.metric}' is measured in {metric.unit or 'units'}; "
            f"kind '{item.kind}' needs a share. Use kind: points with at_most in {metric.unit or 'its unit'}"
        )
    if item.kind == "all" and item.at_least is not None and metric.kind != "share":
        raise PlanError(
            f"{document.place((*where, 'at_least'))}: '{item.metric}' is true or false of a row, and every row must "
            "pass; leave at_least out"
        )
    if metric.kind != "amount" and item.at_most is not None and not 0 <= item.at_most < 1:
        raise PlanError(f"{document.place((*where, 'at_most'))}: expected a share below 1; found {item.at_most}")
    for key, value in item.slice.items():
        if key == "suite" and value in {task.name for task in tasks}:
            continue
        if all(missing_keys(task.dataset.samples, key) == len(task.dataset.samples) for task in tasks):
            raise PlanError(f"{document.place((*where, 'slice'))}: no sample of this plan has metadata '{key}'")


def _default_rules(metrics: Mapping[str, Metric], tasks: Sequence[Task], *, needed: bool) -> tuple[Rule, ...]:
    """A band for every quality metric that the samples at hand can make."""
    present = {name for task in tasks for name in applicable_metrics(task)}
    if present & {"refusal", "over_refusal"}:
        present.discard("boundary")
    shares = {name for name, one in metrics.items() if one.kind in {"proportion", "share"} and not one.diagnostic}
    names = [name for name in metrics if name in present & shares]
    if not names and needed:
        raise PlanError("no metric of this plan can be held to bands; name gate.rules")
    return tuple(Rule(id=f"{name}.band", kind="band", metric=name) for name in names)
