"""What a harvest of production gives: rows with their parents, the lines of the next plan, the words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from assay.domain.digest import digest_bytes
from assay.domain.harvested import MARK
from assay.domain.sample import Sample
from assay.engine.failures import Failing
from assay.engine.reproduce import FLAKY, REPRODUCED, UNKNOWN, Item
from assay.interfaces.runs import write_whole
from assay.interfaces.watch_harvest import WatchHarvest
from assay.report.inert import one_line
from assay.statistics.proportion import clopper_pearson
from assay.store.regressions import lines_of, rule_line, suite_line

_FLAG = "failed_"


def write_rows(found: WatchHarvest, target: Path) -> str:
    """The rows as a dataset; gives its digest."""
    content = lines_of([_row(found, item) for item in found.items])
    write_whole(target, content)
    return digest_bytes(content.encode()).removeprefix("sha256:")


def _row(found: WatchHarvest, item: Item) -> Sample:
    flags = {f"{_FLAG}{one.metric.name}": True for one in item.failures}
    return replace(item.sample, metadata={**item.sample.metadata, **flags, MARK: _parents(found, item)})


def _parents(found: WatchHarvest, item: Item) -> dict[str, Any]:
    """Where a row comes from and what it failed, as its metadata keeps it."""
    caught = found.caught[item.sample.id]
    told: dict[str, Any] = {
        "from": "production",
        "trace": caught.trace,
        "spans": list(dict.fromkeys(span for one in caught.reasons for span in one.spans)),
        "role": "dev",
        "state": item.worst,
        "failures": [_failure(found, item, one) for one in item.failures],
        "answer": caught.answer,
    }
    if found.candidate:
        told["candidate"] = found.candidate
    if item.why_not:
        told["why_not"] = item.why_not
    if caught.alarms:
        told["alarms"] = list(caught.alarms)
    if caught.redacted:
        told["redacted"] = dict(caught.redacted)
    if found.others.get(item.sample.id):
        told["stands_for"] = list(found.others[item.sample.id])
    return told


def _failure(found: WatchHarvest, item: Item, one: Failing) -> dict[str, Any]:
    name = one.metric.name
    spans = next(why.spans for why in found.caught[item.sample.id].reasons if why.metric == name)
    told: dict[str, Any] = {
        "metric": name,
        "scorer": one.scorer,
        "version": one.version,
        "reason": one.reason,
        "spans": list(spans),
        "state": item.state(name),
    }
    again = item.again.get(name)
    if again is not None and again.scored:
        low, high = clopper_pearson(again.failed, again.scored)
        told |= {"again_failed": again.failed, "again_of": again.scored, "low": round(low, 4), "high": round(high, 4)}
    return told


def watch_counts(found: WatchHarvest) -> dict[str, int]:
    """The harvest in numbers."""
    states = Counter(item.worst for item in found.items)
    return {
        "traces": found.traces,
        "failing": found.failing,
        "taken": len(found.caught),
        "rows": len(found.items),
        "reproduced": states[REPRODUCED],
        "flaky": states[FLAKY],
        "not_reproduced": states[UNKNOWN],
        "not_again": found.gone,
        "stood_for": sum(map(len, found.others.values())),
        "redacted": sum(sum(one.redacted.values()) for one in found.caught.values()),
        "calls": found.calls,
    }


def watch_fragment(found: WatchHarvest, target: Path, sha256: str) -> dict[str, list[str]]:
    """Lines for the next plan: the suite, and for each figure the rule that every row must pass."""
    failed = Counter(one.metric.name for item in found.items for one in item.failures)
    specs = list({json.dumps(found.specs[name], sort_keys=True): found.specs[name] for name in failed}.values())
    name = target.name.removesuffix(".jsonl")
    rules = []
    for metric, count in failed.items():
        share = found.metrics[metric].kind == "share"
        flag = f"{_FLAG}{metric}" if count < len(found.items) else ""
        rules.append(rule_line(metric, name, flag, 0.5 if share else None))
    return {"suites": [suite_line(name, str(target), sha256, specs)], "rules": rules}


def watch_json(found: WatchHarvest, target: Path, sha256: str, fragment: Mapping[str, list[str]]) -> str:
    """The harvest for machines."""
    told = {
        "counts": watch_counts(found),
        "rejected": found.rejected,
        "not_asked": found.not_asked,
        "stopped": found.stopped,
        "files": [{"path": str(target), "sha256": sha256, "rows": len(found.items)}] if sha256 else [],
        "plan": {"suites": "\n".join(fragment["suites"]), "rules": "\n".join(fragment["rules"])},
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def watch_text_of(found: WatchHarvest, target: Path, sha256: str, fragment: Mapping[str, list[str]], times: int) -> str:
    """The harvest for people."""
    lines = [*_told(found, times)]
    if not sha256:
        return "\n".join([*lines, "nothing to harvest; no file was written"])
    lines += [f"wrote {target}: {len(found.items)} rows, role dev; they may never be sealed", ""]
    lines += ["For the next plan (every row must pass; the other rules do not see these rows):", "suites:"]
    lines += [*fragment["suites"], "gate:", "  rules:", *fragment["rules"]]
    return "\n".join(lines)


def _told(found: WatchHarvest, times: int) -> Iterator[str]:
    counts = watch_counts(found)
    yield f"{counts['failing']:,} of {counts['traces']:,} traces fail"
    if counts["failing"] > counts["taken"]:
        yield f"  {counts['taken']:,} of them were taken"
    if counts["redacted"]:
        yield f"  {counts['redacted']:,} personal data and secrets replaced by words"
    if found.not_asked:
        yield f"  not reproduced: {found.not_asked}"
    elif found.caught:
        yield (
            f"  asked again {times} times each ({found.calls} calls): {counts['reproduced']} reproduced, "
            f"{counts['flaky']} flaky, {counts['not_again']} not failing again, "
            f"{counts['not_reproduced']} without a score"
        )
    if found.stopped:
        yield f"  {found.stopped}"
    if counts["stood_for"]:
        yield f"  {counts['stood_for']:,} near-identical behind one that stands for them"
    for item in found.items[:5]:
        yield f"  trace {found.caught[item.sample.id].trace}: {_why(item)}"


def _why(item: Item) -> str:
    one = item.failures[0]
    return f"{one.metric.name} ({item.state(one.metric.name)}): {one_line(one.reason, 160)}"
