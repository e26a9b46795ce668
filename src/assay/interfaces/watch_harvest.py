"""`assay harvest --watch`: failing traces of production as regression rows, asked again first."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assay.casting import judging, prices, subject
from assay.domain.errors import ConfigurationError, DataError
from assay.domain.plan import Plan, SubjectSpec, Task
from assay.domain.sample import Dataset, Sample
from assay.domain.score import Metric
from assay.domain.step_policy import StepPolicy
from assay.domain.subject import Subject
from assay.domain.trace import Trace
from assay.engine.alike import stand_for
from assay.engine.failures import Count, Failing
from assay.engine.memory import Memory
from assay.engine.reproduce import FLAKY, GONE, REPRODUCED, UNKNOWN, Asking, Item, reproduce
from assay.interfaces.progress import Meter
from assay.interfaces.runs import made_scorer
from assay.interfaces.watch_wanted import (
    Judge,
    WatchWish,
    alarms_of,
    candidate_of,
    judges_of,
    known_metrics,
    specs_of,
    steps_scorer,
    steps_spec,
)
from assay.store.plans import read_plan
from assay.store.step_policies import read_step_policy
from assay.traces.assembly import trace_of
from assay.traces.files import Replayed
from assay.traces.hot import HotTraces
from assay.watch.failing import STEPS, Reason, Wanted, asked_again, reasons
from assay.watch.judging import output_of
from assay.watch.stand_ins import StandIns

SUITE = "production"
"""Task of harvested traces while they are asked again."""
MOST = 5_000
"""Failing traces that are taken; more are counted."""
_ANSWER = 8_000
_WHY = 300
_NOBODY = "nobody was asked (no --plan)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """A failing trace."""

    trace: str
    sample: Sample
    """What it was asked, without personal data."""
    answer: str
    """What production said, without personal data."""
    reasons: tuple[Reason, ...]
    alarms: tuple[str, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class WatchHarvest:
    """What came of it."""

    specs: dict[str, dict[str, Any]]
    """Metric -> saved form of the scorer that makes it, as a plan writes it."""
    metrics: dict[str, Metric]
    caught: dict[str, Caught] = field(default_factory=dict)
    """Failing traces by the id of their sample."""
    items: tuple[Item, ...] = ()
    candidate: str = ""
    traces: int = 0
    failing: int = 0
    gone: int = 0
    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    calls: int = 0
    not_asked: str = ""
    stopped: str = ""
    interrupted: bool = False
    rejected: dict[str, int] = field(default_factory=dict)


def harvest_traces(names: Sequence[Path], wish: WatchWish) -> WatchHarvest:
    """The failing traces of files and databases, asked again where a plan says whom.

    Raises:
        ConfigurationError: Nothing says what a failure is, or no scorer makes a figure that is asked for.
        DataError: There is no trace.
    """
    if not (wish.metrics or wish.policy or wish.alarms):
        raise ConfigurationError("--watch: nothing says what fails. Give --metric NAME, --policy FILE or --alarms FILE")
    plan = read_plan(wish.plan, made_scorer) if wish.plan is not None else None
    policy = read_step_policy(wish.policy) if wish.policy is not None else None
    alarms = alarms_of(wish.alarms) if wish.alarms is not None else None
    judges = judges_of(wish, plan, {metric for held in (alarms or {}).values() for metric in held})
    found = WatchHarvest(specs=specs_of(judges, wish), metrics=known_metrics(judges, policy))
    wanted = Wanted(
        scorers=[one for _, one in judges] if wish.metrics or alarms is not None else (),
        metrics=wish.metrics or found.specs.keys() - {STEPS},
        policy=policy,
        examples={key: frozenset(held) for key, held in alarms.items()} if alarms is not None else None,
        below=wish.below,
    )
    spec = candidate_of(plan, wish.candidate) if plan is not None else None
    keys = [*wish.segments, *(key for rule in policy.tools for key in rule.only_where)] if policy else wish.segments
    own = spec is not None and bool(spec.settings.get("system"))
    _catch(found, names, wanted, alarms or {}, list(dict.fromkeys(keys)), system=not own)
    task = _task(found, judges, policy)
    found.items = tuple(_item(found, task, one) for one in found.caught.values())
    if plan is None or spec is None or wish.no_ask or not found.items:
        found.not_asked = "nobody was asked (--no-ask)" if wish.no_ask else _NOBODY if plan is None else ""
        found.items = tuple(replace(one, why_not=found.not_asked) for one in found.items)
    else:
        found.candidate = spec.name
        with contextlib.redirect_stdout(sys.stderr):
            asyncio.run(_asked(found, replace(plan, tasks=(task,)), spec, wish))
    _settle(found, wish)
    return found


def _task(found: WatchHarvest, judges: Sequence[Judge], policy: StepPolicy | None) -> Task:
    scorers = [(spec, one) for spec, one in judges]
    if policy is not None:
        scorers.append((steps_spec(policy), steps_scorer(policy)))
    samples = tuple(one.sample for one in found.caught.values()) or (Sample(id="none", input="?"),)
    return Task(
        name=SUITE,
        dataset=Dataset(name=SUITE, samples=samples, role="dev"),
        scorers=tuple(one for _, one in scorers),
        scorer_specs=tuple(spec for spec, _ in scorers),
    )


def traces(names: Sequence[Path], read: Replayed) -> Iterator[Trace]:
    """The traces of files and of databases of `assay watch serve`."""
    for name in names:
        if _is_database(name):
            hot = HotTraces(name)
            try:
                for one in hot.between(0, 2**63 - 1):
                    spans = hot.spans(one)
                    if spans:
                        read.traces += 1
                        yield trace_of(spans, hot.logs(one))
            finally:
                hot.close()
        else:
            yield from read.read(name)


def _is_database(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(16) == b"SQLite format 3\0"


def _catch(
    found: WatchHarvest, names: Sequence[Path], wanted: Wanted, alarms: Mapping[str, set[str]], keys: Sequence[str],
    *, system: bool,
) -> None:  # fmt: skip
    read = Replayed()
    for trace in traces(names, read):
        why = tuple(reasons(trace, wanted))
        if not why:
            continue
        found.failing += 1
        if len(found.caught) >= MOST:
            continue
        taken = StandIns()
        sample = taken.sample(asked_again(trace, keys, system=system))
        answer = taken.text(output_of(trace).text)[:_ANSWER]
        why = tuple(replace(one, why=taken.text(one.why)[:_WHY]) for one in why)
        found.caught[sample.id] = Caught(
            trace=trace.id, sample=sample, answer=answer, reasons=why, alarms=tuple(sorted(alarms.get(trace.id, ()))),
            redacted=dict(taken.counts),
        )  # fmt: skip
    found.traces, found.rejected = read.traces, dict(read.rejected)
    if not read.traces:
        raise DataError(f"{', '.join(map(str, names))}: no trace to harvest")


def _item(found: WatchHarvest, task: Task, one: Caught) -> Item:
    failures = tuple(
        Failing(
            task=task, sample=one.sample, metric=found.metrics[why.metric], candidate=Count(failed=1, scored=1),
            reference=Count(), reason=why.why, scorer=why.scorer, version=why.version,
        )
        for why in one.reasons
    )  # fmt: skip
    return Item(task=task, sample=one.sample, failures=failures)


async def _asked(found: WatchHarvest, plan: Plan, spec: SubjectSpec, wish: WatchWish) -> None:
    if spec.kind == "recorded":
        found.not_asked = "recorded"
        found.items = tuple(replace(one, why_not=found.not_asked) for one in found.items)
        return
    made: dict[str, Subject] = {spec.name: subject(plan, spec), **judging(plan)}
    async with contextlib.AsyncExitStack() as stack:
        for one in made.values():
            stack.push_async_callback(one.close)
            await one.open()
        with Meter({spec.name: len(found.items) * wish.times}, {}) as meter:
            asking = Asking(
                plan=plan, candidate=spec.name, subjects=made, journal=Memory(), prices=prices(plan), below=wish.below,
                progress=None if wish.quiet else meter,
            )  # fmt: skip
            found.items = await reproduce(asking, found.items, wish.times)
    found.calls, found.stopped, found.interrupted = asking.calls, asking.stopped, asking.interrupted


def _settle(found: WatchHarvest, wish: WatchWish) -> None:
    """Leaves out what does not fail again, and lets one row stand for its near-copies."""
    if not wish.keep:
        kept = [replace(one, failures=tuple(f for f in one.failures if one.state(f.metric.name) != GONE))
                for one in found.items]  # fmt: skip
        found.gone = sum(not one.failures for one in kept)
        found.items = tuple(one for one in kept if one.failures)
    order = (REPRODUCED, FLAKY, UNKNOWN, GONE)
    ranked = sorted(found.items, key=lambda one: order.index(one.worst))
    kinds = [tuple(sorted(f.metric.name for f in one.failures)) for one in ranked]
    places = stand_for([one.sample for one in ranked], kinds, wish.near)
    others: dict[str, list[str]] = {}
    for at, place in enumerate(places):
        if place != at:
            others.setdefault(ranked[place].sample.id, []).append(found.caught[ranked[at].sample.id].trace)
    chosen = {ranked[place].sample.id for place in places}
    found.items = tuple(one for one in found.items if one.sample.id in chosen)
    found.others = {key: tuple(ids) for key, ids in others.items()}
