"""Where failures gather: slices, suites, prompt templates and shared words that new failures prefer, with a remedy."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from assay.domain.estimate import Comparison
from assay.domain.plan import Plan, Task
from assay.domain.sample import Sample
from assay.domain.verdict import Finding
from assay.statistics.multiplicity import holm

FEWEST = 3
"""Failures below which nothing is said of where they gather."""
LEVEL = 0.05
"""Chance that any pattern is named where failures fall at random, per metric."""
SHOWN = 3
"""Most patterns named per metric."""
Floats = NDArray[np.float64]
_MOST_BAD, _MOST_GOOD = 1000, 4000
_KINDS = ("slice", "suite", "template", "words")
_WORD = re.compile(r"[^\W\d_]{3,20}")
_GROUNDED = ("groundedness", "citation", "evidence_coverage")


@dataclass(frozen=True, slots=True)
class _Pattern:
    kind: str
    name: str
    bad: frozenset[str]
    n: int
    p: float


def patterns(plan: Plan, comparisons: Iterable[Comparison]) -> Iterator[Finding]:
    """Findings on where the new failures of each metric gather.

    A group (a value of metadata, a suite, a template, a word of the prompt) is named when its share of failures is
    higher than chance puts there: one-sided Fisher's exact test, Holm over all groups of the metric.

    Args:
        plan: The plan, with its samples.
        comparisons: Of one candidate; those over all samples are read.
    """
    ruled = {rule.metric for rule in plan.measured}
    for one in comparisons:
        if not one.slice and one.metric.name in ruled and len(one.regressed) >= FEWEST:
            yield from _of(plan, one)


def _of(plan: Plan, compared: Comparison) -> Iterator[Finding]:
    name, bad = compared.metric.name, set(compared.regressed)
    makers = [task for task in plan.tasks if any(m.name == name for s in task.scorers for m in s.metrics())]
    rows = [(task, sample) for task in makers for sample in task.dataset.samples]
    drawn = random.Random(1)
    failed = _some([row for row in rows if row[1].id in bad], _MOST_BAD, drawn)
    fine = _some([row for row in rows if row[1].id not in bad], _MOST_GOOD, drawn)
    if len(failed) < FEWEST or not fine:
        return
    members: dict[tuple[str, str], set[int]] = defaultdict(set)
    for place, (task, sample) in enumerate([*failed, *fine]):
        for group in _groups(task, sample, len(makers) > 1):
            members[group].add(place)
    found = sorted(_tested(members, [sample.id for _, sample in failed], len(fine)), key=_first)
    seen: list[frozenset[str]] = []  # groups with the same failures are one pattern, told by its first name
    for one in found:
        if len(seen) < SHOWN and one.bad not in seen:
            seen.append(one.bad)
            yield _finding(one, compared, len(failed), len(fine))


def _first(one: _Pattern) -> tuple[float, int, int, str]:
    """Surest first; among equals what people can act on, and always in the same order."""
    return one.p, _KINDS.index(one.kind), -len(one.bad), one.name


def _some(rows: Sequence[tuple[Task, Sample]], most: int, drawn: random.Random) -> list[tuple[Task, Sample]]:
    return list(rows) if len(rows) <= most else drawn.sample(rows, most)


def _groups(task: Task, sample: Sample, several: bool) -> Iterator[tuple[str, str]]:
    if several:
        yield "suite", task.name
    for key, value in sample.metadata.items():
        if isinstance(value, (str, bool)) and len(str(value)) <= 60:
            yield ("template" if key == task.cluster else "slice"), f"{key}={value}"
    for word in set(_WORD.findall(sample.prompt.casefold()[:4000])):
        yield "words", word


def _tested(members: Mapping[tuple[str, str], set[int]], bad: Sequence[str], n_fine: int) -> list[_Pattern]:
    """The groups that hold more failures than chance, all groups considered."""
    n_bad = len(bad)
    total = n_bad + n_fine
    groups = [(key, places) for key, places in members.items() if 2 < len(places) < total]
    counts = [sum(place < n_bad for place in places) for _, places in groups]
    p_values = [_fisher(k, len(places), n_bad, total) for k, (_, places) in zip(counts, groups, strict=True)]
    kept = holm(p_values) if p_values else []
    return [
        _Pattern(kind, name, frozenset(bad[place] for place in places if place < n_bad), len(places), p)
        for ((kind, name), places), k, p in zip(groups, counts, kept, strict=True)
        if p <= LEVEL and k >= FEWEST
    ]


def _fisher(k: int, n: int, bad: int, total: int) -> float:
    """One-sided: as many or more of a group of n among the bad, drawn from the total."""
    of_bad = np.arange(max(k, n - (total - bad)), min(n, bad) + 1, dtype=float)
    if not len(of_bad):
        return 0.0
    logs = _choose(bad, of_bad) + _choose(total - bad, n - of_bad) - _choose(total, np.array([float(n)]))
    return min(1.0, float(np.exp(logs).sum()))


def _choose(n: int, k: Floats) -> Floats:
    """Logarithm of the binomial coefficient."""
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _finding(one: _Pattern, compared: Comparison, n_bad: int, n_fine: int) -> Finding:
    inside, outside = len(one.bad), n_bad - len(one.bad)
    rest = n_bad + n_fine - one.n
    what = {"words": f"prompts with '{one.name}'", "suite": f"suite {one.name}"}.get(one.kind, one.name)
    return Finding(
        code=f"pattern.{one.kind}",
        severity="low",
        message=(
            f"new failures of {compared.metric.name} gather at {what}: {inside} of {one.n}, "
            f"against {outside} of {rest} elsewhere (Fisher, Holm-adjusted p {one.p:.2g})"
        ),
        where={"metric": compared.metric.name, one.kind: one.name, "samples": sorted(one.bad)[:20]},
        evidence={"inside": inside, "n": one.n, "outside": outside, "rest": rest, "p": one.p},
        remediation=_remedy(one, compared.metric.name, what),
    )


def _remedy(one: _Pattern, metric: str, what: str) -> str:
    if metric in _GROUNDED:
        return f"Look at what was retrieved for {what} before touching the model; then harvest these rows."
    if one.kind == "slice":
        return f"Guard {what} more strictly, or leave it on the reference, until its answers were read."
    if one.kind == "template":
        return f"Change the prompt template of {what}, and audit that change like a candidate."
    if one.kind == "suite":
        return f"Read the regressed answers of {what} first, and harvest them as regression rows."
    return f"Read what {what} ask; add rows like them with `assay harvest RUN`."
