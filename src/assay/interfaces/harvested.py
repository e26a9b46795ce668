"""What a harvest gives: its rows with their parents, the files, the lines of the next plan, and the words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from assay.domain.digest import digest_bytes
from assay.domain.errors import ConfigurationError
from assay.domain.plan import Plan, SubjectSpec
from assay.domain.sample import Sample
from assay.engine.alike import stand_for
from assay.engine.failures import Failing
from assay.engine.reproduce import FLAKY, GONE, REPRODUCED, UNKNOWN, Item
from assay.interfaces.runs import write_whole
from assay.statistics.proportion import clopper_pearson
from assay.store.regressions import lines_of, rule_line, suite_line

RECORDED = "recorded"
"""Why nobody was asked: there is nobody to ask."""
_FLAG = "failed_"
"""How the metadata key begins that says which metric a row failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asks for."""

    candidate: str
    metrics: tuple[str, ...]
    conditions: tuple[tuple[str, str], ...]
    every: bool
    below: float
    times: int
    keep: bool
    shorten: bool
    tries: int
    near: float
    quiet: bool


@dataclass(slots=True)
class Harvest:
    """What came of it."""

    plan: Plan
    spec: SubjectSpec
    run_id: str
    run_digest: str
    items: tuple[Item, ...] = ()
    failures: int = 0
    """Prompts that fail, before any is left out."""
    sealed: int = 0
    gone: int = 0
    calls: int = 0
    not_asked: str = ""
    stopped: str = ""
    interrupted: bool = False
    others: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """Ids of the near-identical prompts that each kept one stands for."""

    def states(self) -> Counter[str]:
        return Counter(item.worst for item in self.items)


def settle(found: Harvest, wish: Wish) -> None:
    """Leaves out what did not fail again, and lets one prompt stand for its near-copies."""
    if not wish.keep:
        kept = [_without_gone(item) for item in found.items]
        found.gone = sum(not item.failures for item in kept)
        found.items = tuple(item for item in kept if item.failures)
    ranked = sorted(found.items, key=lambda item: (REPRODUCED, FLAKY, UNKNOWN, GONE).index(item.worst))
    kinds = [(_scorers(item), tuple(sorted(one.metric.name for one in item.failures))) for item in ranked]
    places = stand_for([item.sample for item in ranked], kinds, wish.near)
    others: dict[tuple[str, str], list[str]] = {}
    for item, place in zip(ranked, places, strict=True):
        if ranked[place] is not item:
            others.setdefault(ranked[place].key, []).append(f"{item.task.name}/{item.sample.id}")
    chosen = {ranked[place].key for place in places}
    found.items = tuple(item for item in found.items if item.key in chosen)
    found.others = {key: tuple(ids) for key, ids in others.items()}


def _without_gone(item: Item) -> Item:
    return replace(item, failures=tuple(one for one in item.failures if item.state(one.metric.name) != GONE))


def _scorers(item: Item) -> str:
    return json.dumps([dict(spec) for spec in item.task.scorer_specs], sort_keys=True, default=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One dataset of the harvest: rows that one list of scorers judges."""

    path: Path
    items: tuple[Item, ...]
    digest: str

    @property
    def name(self) -> str:
        """Of the suite."""
        return self.path.name.removesuffix(".jsonl")


def free(found: Harvest, target: Path) -> None:
    """That no file would be written over, before anybody is asked.

    Raises:
        ConfigurationError: There is one.
    """
    suites = [item.task.name for item in found.items]
    taken = [path for path in (target, *(_beside(target, name) for name in dict.fromkeys(suites))) if path.exists()]
    if taken and str(target) != "-":
        raise ConfigurationError(f"{taken[0]} exists already; give another file with -o, or --force to replace it")


def _beside(target: Path, suite: str) -> Path:
    """The file of one suite, where several need one each."""
    return target.with_name(f"{target.name.removesuffix('.jsonl')}-{suite}.jsonl")


def written(found: Harvest, target: Path) -> dict[str, File]:
    """The datasets, by their scorers: one file, or one for each list of scorers, which one suite needs."""
    groups: dict[str, list[Item]] = {}
    for item in found.items:
        groups.setdefault(_scorers(item), []).append(item)
    if len(groups) > 1 and str(target) == "-":
        raise click.UsageError(f"these rows need {len(groups)} suites, since other scorers judge them. Give -o FILE")
    files = {}
    for key, items in groups.items():
        path = target if len(groups) == 1 else _beside(target, items[0].task.name)
        content = lines_of(_samples(found, items))
        write_whole(path, content)
        files[key] = File(path=path, items=tuple(items), digest=digest_bytes(content.encode()).removeprefix("sha256:"))
    return files


def _samples(found: Harvest, items: Sequence[Item]) -> list[Sample]:
    """The rows: samples with their parents. An id that several suites use gets its suite's name."""
    used = Counter(item.sample.id for item in items)
    return [
        replace(
            item.sample,
            id=item.sample.id if used[item.sample.id] == 1 else f"{item.task.name}/{item.sample.id}",
            metadata={
                **item.sample.metadata,
                **{f"{_FLAG}{one.metric.name}": True for one in item.failures},
                "harvest": _parents(found, item),
            },
        )
        for item in items
    ]


def _parents(found: Harvest, item: Item) -> dict[str, Any]:
    """Where a row comes from and what it failed, as its metadata keeps it."""
    first = item.failures[0]
    told: dict[str, Any] = {
        "run": found.run_id,
        "run_digest": found.run_digest,
        "suite": item.task.name,
        "sample": item.sample.id,
        "sample_digest": first.sample.digest,
        "candidate": found.spec.name,
        "role": "dev",
        "state": item.worst,
        "failures": [_failure(item, one) for one in item.failures],
    }
    if item.why_not:
        told["why_not"] = item.why_not
    if item.minimised_from:
        told["minimised_from"] = item.minimised_from
    if found.others.get(item.key):
        told["stands_for"] = list(found.others[item.key])
    if "harvest" in first.sample.metadata:
        told["parent"] = first.sample.metadata["harvest"]
    return told


def _failure(item: Item, one: Failing) -> dict[str, Any]:
    again = item.again.get(one.metric.name)
    told: dict[str, Any] = {
        "metric": one.metric.name,
        "scorer": one.scorer,
        "version": one.version,
        "reason": one.reason,
        "state": item.state(one.metric.name),
        "failed": one.candidate.failed,
        "of": one.candidate.scored,
        "reference_failed": one.reference.failed,
        "reference_of": one.reference.scored,
    }
    if again is not None and again.scored:
        low, high = clopper_pearson(again.failed, again.scored)
        told |= {"again_failed": again.failed, "again_of": again.scored, "low": round(low, 4), "high": round(high, 4)}
    return told


def counts_of(found: Harvest) -> dict[str, int]:
    states = found.states()
    return {
        "failures": found.failures,
        "rows": len(found.items),
        "reproduced": states[REPRODUCED],
        "flaky": states[FLAKY],
        "not_reproduced": states[UNKNOWN],
        "kept_though_gone": states[GONE],
        "not_again": found.gone,
        "stood_for": sum(len(ids) for ids in found.others.values()),
        "minimised": sum(bool(item.minimised_from) for item in found.items),
        "sealed": found.sealed,
        "calls": found.calls,
    }


def fragment_of(found: Harvest, files: Mapping[str, File], wish: Wish) -> dict[str, list[str]]:
    """Lines for the next plan: a suite for each file, and for each metric the rule that every row must pass."""
    suites, rules = [], []
    for one in files.values():
        suites.append(suite_line(one.name, str(one.path), one.digest, one.items[0].task.scorer_specs))
        metrics = {each.metric.name: each.metric for item in one.items for each in item.failures}
        for name, metric in metrics.items():
            partly = any(name not in {each.metric.name for each in item.failures} for item in one.items)
            level = wish.below if metric.kind == "share" else None
            rules.append(rule_line(name, one.name, f"{_FLAG}{name}" if partly else "", level))
    return {"suites": suites, "rules": rules}


def json_of(found: Harvest, files: Mapping[str, File], fragment: Mapping[str, Sequence[str]]) -> str:
    told = {
        "candidate": found.spec.name,
        "counts": counts_of(found),
        "stopped": found.stopped,
        "files": [{"path": str(one.path), "sha256": one.digest, "rows": len(one.items)} for one in files.values()],
        "plan": {"suites": "\n".join(fragment["suites"]), "rules": "\n".join(fragment["rules"])},
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def text_of(found: Harvest, files: Mapping[str, File], fragment: Mapping[str, Sequence[str]], wish: Wish) -> str:
    lines = list(_told(found, wish))
    for one in files.values():
        lines.append(f"wrote {one.path}: {_rows(len(one.items), 'row')}")
    if files:
        lines += ["", "For the next plan (every row must pass; the other rules do not see these rows):", "suites:"]
        lines += [*fragment["suites"], "gate:", "  rules:", *fragment["rules"]]
    return "\n".join(lines)


def _told(found: Harvest, wish: Wish) -> Iterable[str]:
    counts = counts_of(found)
    whose = "" if wish.every else " that the reference does not have"
    yield f"{_rows(found.failures, 'failing prompt')} of {found.spec.name}{whose}"
    if found.sealed:
        yield f"  {_rows(found.sealed, 'row')} of sealed suites: counted, never written"
    if found.not_asked and found.failures > found.sealed:
        why = "the candidate's answers are recorded" if found.not_asked == RECORDED else "--no-ask"
        yield f"  taken as they are in the run; nobody was asked again ({why})"
    elif found.failures > found.sealed:
        kept = "" if wish.keep else " and left out"
        gone = counts["kept_though_gone"] if wish.keep else counts["not_again"]
        yield (
            f"  asked again {wish.times} times each ({found.calls} calls): {counts['reproduced']} reproduced, "
            f"{counts['flaky']} flaky, {gone} not failing again{kept}, "
            f"{counts['not_reproduced']} without a scored answer"
        )
    if found.stopped:
        yield f"  {found.stopped}"
    for item in [item for item in found.items if item.worst == FLAKY][:5]:
        yield from (f"    {item.task.name}/{item.sample.id}: {_often(item, one)}" for one in item.failures)
    if counts["stood_for"]:
        yield f"  {_rows(counts['stood_for'], 'near-identical prompt')} behind one that stands for them"
    if counts["minimised"]:
        yield f"  {_rows(counts['minimised'], 'prompt')} shortened while the failure stayed"
    if not found.items:
        yield "nothing to harvest; no file was written"


def _often(item: Item, one: Failing) -> str:
    told = _failure(item, one)
    if "again_of" not in told:
        return f"{one.metric.name} was not asked again"
    return (
        f"{one.metric.name} failed {told['again_failed']} of {told['again_of']} times "
        f"(95 % {100 * told['low']:.0f} to {100 * told['high']:.0f} %)"
    )


def _rows(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
