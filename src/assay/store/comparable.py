"""Whether the figures of two runs may be held against each other, and exactly what stands in the way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from assay.domain.asking import AskingScorer, ComparingScorer
from assay.domain.audit import Side
from assay.domain.digest import digest
from assay.domain.plan import Plan, SubjectSpec, Task
from assay.domain.sample import Sample
from assay.domain.subject import Generation
from assay.store.runs import RunFile
from assay.store.saved import saved_versions
from assay.store.sources import MakeScorer

Affects = Literal["answers", "scores", "decision"]
"""What a difference makes incomparable: from the answers on, from the scores on, or the decision alone."""
_NOT_THE_MODEL = frozenset(
    {"system_prompt", "template", "served_model", "fingerprint", "asked", "run", "side", "registered"}
)
"""Details of an identity that other differences tell, or that say where answers come from."""
_NAMED = 20
"""Most rows of a dataset that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing in which two runs differ."""

    topic: str
    """prompt, system prompt, generation, model, served model, dataset, scorer, judge, coefficients, policy, ..."""
    affects: Affects
    """What it makes incomparable."""
    where: str = ""
    """Which subject, suite or scorer."""
    what: str
    """What differs, in words."""
    rows: tuple[str, ...] = ()
    """dataset: ids of the rows, at most 20."""
    count: int = 0
    """dataset: how many rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """All of a run, or of a plan, that decides whether its figures can stand beside another's."""

    plan: Plan
    sides: Mapping[str, Side] = field(default_factory=dict)
    served: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Models and fingerprints that replies named, by subject key."""
    code: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Versions of the scorers that judged, by task."""
    coefficients: Mapping[str, str] | None = None
    """None: not recorded."""
    unfinished: str = ""
    """Why not all was asked that would have been; empty when it was."""


def drawn(run: RunFile, scorer: MakeScorer) -> Drawn:
    """What a run file tells.

    Raises:
        DataError: The run was never registered.
        RunFailed: It is damaged, or was altered since.
    """
    plan = run.plan(scorer)
    saved, told = json.loads(run.fact("plan")), run.fact("coefficients")
    served: dict[str, Counter[str]] = {}
    for trial, _ in run.trials():
        if trial.output is not None and (trial.output.served_model or trial.output.fingerprint):
            name = " ".join(filter(None, (trial.output.served_model, trial.output.fingerprint)))
            served.setdefault(trial.subject, Counter())[name] += 1
    return Drawn(
        plan=plan,
        sides=run.sides(),
        served={key: tuple(sorted(names)) for key, names in served.items()},
        code=json.loads(run.fact("code") or "{}"),
        versions=saved_versions(saved),
        coefficients=json.loads(told) if told else None,
        unfinished=_unasked(run),
    )


def _unasked(run: RunFile) -> str:
    reason, count = run.ended(), run.count()
    if not reason:
        return f"is not finished: {count} answers so far"
    return f"ended at its limit of {reason}, after {count} answers" if reason in ("time", "cost") else ""


def differences(left: Drawn, right: Drawn) -> tuple[Difference, ...]:
    """What two runs differ in, those first that spoil most; none when they are comparable.

    Candidates may be different models, that is what runs are compared for; how they are asked may not differ.
    Where names differ they are paired in their order.
    """
    found = [
        *_unfinished(left, right),
        *generation(left.plan.generation, right.plan.generation),
        *_subjects(left, right),
        *datasets(left.plan.tasks, right.plan.tasks),
        *_tasks(left.plan.tasks, right.plan.tasks),
        *_scorers(left, right),
        *_judges(left, right),
        *_coefficients(left.coefficients, right.coefficients),
        *_decision(left, right),
    ]
    order: Sequence[Affects] = ("answers", "scores", "decision")
    return tuple(sorted(found, key=lambda one: order.index(one.affects)))


def _unfinished(left: Drawn, right: Drawn) -> Iterator[Difference]:
    for name, one in (("the first", left), ("the second", right)):
        if one.unfinished:
            yield Difference(topic="run", affects="answers", what=f"{name} run {one.unfinished}")
    if left.plan.stopping != right.plan.stopping:
        said = f"{left.plan.stopping} against {right.plan.stopping}: one may have asked a part of its prompts only"
        yield Difference(topic="stopping", affects="answers", what=said)


def generation(left: Generation, right: Generation) -> Iterator[Difference]:
    """How answers are drawn."""
    for name in ("temperature", "max_tokens", "seed", "top_p", "stop"):
        before, after = getattr(left, name), getattr(right, name)
        if before != after:
            yield Difference(
                topic="generation", affects="answers", where=name, what=f"{name} {_said(before)} against {_said(after)}"
            )


def wording(left: SubjectSpec, right: SubjectSpec, where: str) -> Iterator[Difference]:
    """How two subjects word what they are asked."""
    for key, topic, usual in (
        ("system", "system prompt", ""),
        ("template", "prompt template", "{input}"),
        ("prompt_version", "prompt version", ""),
    ):
        before, after = (str(spec.settings.get(key) or usual) for spec in (left, right))
        if before != after:
            yield Difference(
                topic=topic, affects="answers", where=where, what=f"{_text(before)} against {_text(after)}"
            )


def _subjects(left: Drawn, right: Drawn) -> Iterator[Difference]:
    yield from wording(left.plan.reference, right.plan.reference, "reference")
    yield from _same_model(left, right)
    pairs = _paired(left.plan.candidates, right.plan.candidates)
    for before, after in pairs:
        yield from wording(before, after, before.name if before.name == after.name else f"{before.name}, {after.name}")
        if before.name == after.name and before.digest == after.digest:
            yield from _served(left.served.get(before.name, ()), right.served.get(after.name, ()), before.name)


def _paired(left: Sequence[SubjectSpec], right: Sequence[SubjectSpec]) -> list[tuple[SubjectSpec, SubjectSpec]]:
    """Candidates of one name; where no name is in both, in their order."""
    named = {spec.name: spec for spec in right}
    same = [(spec, named[spec.name]) for spec in left if spec.name in named]
    return same or list(zip(left, right, strict=False))


def _same_model(left: Drawn, right: Drawn) -> Iterator[Difference]:
    """The yardstick: both runs must have held their candidates against one and the same reference."""
    before, after = (one.sides.get("reference") for one in (left, right))
    if before is not None and after is not None and _asked(before) != _asked(after):
        details = before.identity.details, after.identity.details
        keys = [key for key in sorted({*details[0], *details[1]}) if details[0].get(key) != details[1].get(key)]
        keys = [key for key in keys if key not in _NOT_THE_MODEL]
        named = "; ".join(
            f"{key} {_said(details[0].get(key))} against {_said(details[1].get(key))}" for key in keys[:5]
        )
        prompts = before.identity.details.get("system_prompt") != after.identity.details.get("system_prompt") or (
            before.identity.details.get("template") != after.identity.details.get("template")
        )
        if named or not prompts:
            said = named or f"{_short(before.identity.digest)} against {_short(after.identity.digest)}"
            yield Difference(topic="model", affects="answers", where="reference", what=said)
    yield from _served(left.served.get("reference", ()), right.served.get("reference", ()), "reference")


def _asked(side: Side) -> str:
    """Digest of the model that was asked; of a side of an earlier run, the one that was asked there."""
    return side.identity.details.get("asked", side.identity.digest)


def _served(left: Sequence[str], right: Sequence[str], where: str) -> Iterator[Difference]:
    if set(left) != set(right):
        said = f"replies named {', '.join(left) or 'none'} against {', '.join(right) or 'none'}"
        yield Difference(topic="served model", affects="answers", where=where, what=said)


def datasets(left: Iterable[Task], right: Iterable[Task]) -> Iterator[Difference]:
    """Suites and rows that only one side has, or that ask something else."""
    before, after = ({task.name: task for task in tasks} for tasks in (left, right))
    for name in sorted(before.keys() ^ after.keys()):
        which = "first" if name in before else "second"
        task = before.get(name) or after[name]
        affects: Affects = "decision" if task.apart else "answers"  # no other figure holds its rows
        said = f"only the {which} has this suite"
        yield Difference(topic="dataset", affects=affects, where=name, what=said, count=len(task.dataset.samples))
    for name in sorted(before.keys() & after.keys()):
        yield from _rows_differing(before[name].dataset.samples, after[name].dataset.samples, name)


def _rows_differing(left: Sequence[Sample], right: Sequence[Sample], where: str) -> Iterator[Difference]:
    """Rows of one suite that only one side has, that ask or expect something else, or that carry other metadata."""
    before, after = ({one.id: one for one in samples} for samples in (left, right))
    both = [name for name in before if name in after]
    yield from rows("only in the first", [name for name in before if name not in after], where, "answers")
    yield from rows("only in the second", [name for name in after if name not in before], where, "answers")
    other = [name for name in both if before[name].digest != after[name].digest]
    yield from rows("with another question or expectation", other, where, "answers")
    tagged = [n for n in both if n not in set(other) and _tags(before[n]) != _tags(after[n])]
    yield from rows("with other metadata", tagged, where, "scores")


def _tags(sample: Sample) -> str:
    return digest(dict(sample.metadata))


def rows(how: str, ids: Sequence[str], where: str, affects: Affects) -> Iterator[Difference]:
    """The difference of some rows of a suite; nothing without any."""
    if ids:
        named = ", ".join(ids[:5]) + (", ..." if len(ids) > 5 else "")
        said = f"{len(ids)} row{'' if len(ids) == 1 else 's'} {how}: {named}"
        yield Difference(
            topic="dataset", affects=affects, where=where, what=said, rows=tuple(ids[:_NAMED]), count=len(ids)
        )


def _tasks(left: Sequence[Task], right: Sequence[Task]) -> Iterator[Difference]:
    after = {task.name: task for task in right}
    for one in left:
        other = after.get(one.name)
        for name in ("epochs", "cluster", "agree", "agreement", "apart", "slices") if other is not None else ():
            if getattr(one, name) != getattr(other, name):
                affects: Affects = "answers" if name == "epochs" else "scores"
                said = f"{name} {_said(getattr(one, name))} against {_said(getattr(other, name))}"
                yield Difference(topic="suite", affects=affects, where=one.name, what=said)
        if other is not None and one.dataset.role != other.dataset.role:
            said = f"role {one.dataset.role} against {other.dataset.role}"
            yield Difference(topic="suite", affects="decision", where=one.name, what=said)


def _scorers(left: Drawn, right: Drawn) -> Iterator[Difference]:
    after = {task.name: task for task in right.plan.tasks}
    seen: set[tuple[str, str]] = set()
    for task in left.plan.tasks:
        if task.name not in after:
            continue
        for found in _judged(task, after[task.name], left.versions, right.versions):
            if (found.where, found.what) not in seen:  # suites that share a scorer tell it once
                seen.add((found.where, found.what))
                yield found


def _judged(
    left: Task, right: Task, before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]
) -> Iterator[Difference]:
    ours, theirs = _by_name(left, before), _by_name(right, after)
    for name in sorted(ours.keys() ^ theirs.keys()):
        which = "first" if name in ours else "second"
        said = f"only the {which} has this scorer in suite {left.name}"
        yield Difference(topic="scorer", affects="scores", where=name, what=said)
    for name in sorted(ours.keys() & theirs.keys()):
        (version, spec, judge), (other, given, _) = ours[name], theirs[name]
        if version != other:
            said = f"version {version} against {other}"
            yield Difference(topic="scorer version", affects="scores", where=name, what=said)
        for key in sorted({*spec, *given}):
            if spec.get(key) != given.get(key):
                said = f"{key} {_said(spec.get(key))} against {_said(given.get(key))}"
                yield Difference(topic="judge" if judge else "scorer", affects="scores", where=name, what=said)


def _by_name(task: Task, versions: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, dict[str, Any], bool]]:
    """Version, saved form, and whether it asks a model, of each scorer by its name; repeated names are numbered."""
    known = versions.get(task.name) or [made.version for made in task.scorers]
    found: dict[str, tuple[str, dict[str, Any], bool]] = {}
    for made, version, spec in zip(task.scorers, known, task.scorer_specs, strict=True):
        name = made.name if made.name not in found else f"{made.name}.{len(found)}"
        plain = json.loads(json.dumps(dict(spec), default=list))
        found[name] = (version, plain, isinstance(made, AskingScorer | ComparingScorer))
    return found


def _judges(left: Drawn, right: Drawn) -> Iterator[Difference]:
    """Models that scorers asked, as the replies named them."""
    for key in sorted(key for key in left.served.keys() & right.served.keys() if key.startswith("judge:")):
        for one in _served(left.served[key], right.served[key], key):
            yield Difference(topic="judge", affects="scores", where=one.where, what=one.what)


def _coefficients(left: Mapping[str, str] | None, right: Mapping[str, str] | None) -> Iterator[Difference]:
    if left is None or right is None:
        return
    for name in sorted(left.keys() & right.keys()):
        if left[name] != right[name]:
            said = f"{_short(left[name])} against {_short(right[name])}"
            yield Difference(topic="coefficients", affects="scores", where=name, what=said)


def _decision(left: Drawn, right: Drawn) -> Iterator[Difference]:
    for name in sorted({*left.code, *right.code}):
        before, after = left.code.get(name), right.code.get(name)
        if before != after:
            said = f"{name} {_short(str(before))} against {_short(str(after))}"
            yield Difference(topic="code", affects="decision", where=name, what=said)
    for item in left.plan.policy.__dataclass_fields__:
        before, after = (getattr(one.plan.policy, item) for one in (left, right))
        if item != "digest" and before != after:
            said = "profiles differ" if item == "profiles" else f"{item} {_said(before)} against {_said(after)}"
            yield Difference(topic="policy", affects="decision", where=left.plan.policy.name, what=said)
    if dict(left.plan.risk) != dict(right.plan.risk):
        said = f"{_said(dict(left.plan.risk))} against {_said(dict(right.plan.risk))}"
        yield Difference(topic="risk", affects="decision", what=said)
    yield from _rules(left.plan, right.plan)


def _rules(left: Plan, right: Plan) -> Iterator[Difference]:
    before, after = ({rule.id: rule for rule in plan.rules} for plan in (left, right))
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            both = name in before and name in after
            said = "asks something else" if both else f"only the {'first' if name in before else 'second'} has it"
            yield Difference(topic="rule", affects="decision", where=name, what=said)


def _said(value: Any) -> str:
    if value is None or value == "" or value == () or value == [] or value == {}:
        return "none"
    if isinstance(value, str):
        return _text(value)
    return _text(json.dumps(value, default=list, ensure_ascii=False))


def _text(text: str) -> str:
    """A short text as it is, a long one by its beginning and digest, so that two long ones can be told apart."""
    flat = " ".join(text.split())
    if not flat:
        return "none"
    return flat if len(flat) <= 60 else f"{flat[:40]}... ({_short(digest(text))})"


def _short(value: str) -> str:
    return value.removeprefix("sha256:")[:12]
