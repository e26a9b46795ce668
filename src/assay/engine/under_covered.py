"""Where data and model meet: slices that the training data hardly holds, beside the suites that regressed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assay.domain.estimate import Comparison
from assay.domain.findings import UNDER_COVERED
from assay.domain.verdict import Finding
from assay.statistics.proportion import clopper_pearson

LARGE = 0.2
"""Share of a suite from which a slice can be what the suite is about."""
SCARCE = 0.25
"""Part of its share in the suite below which the data under-cover a slice."""
Slices = Mapping[str, Mapping[str, int]]
"""What is counted (intent, difficulty, ..) -> label -> how often."""


def under_covered(data: Slices, suites: Mapping[str, Slices], comparisons: Sequence[Comparison]) -> Iterator[Finding]:
    """Slices that are large in a suite which regressed, and scarce in the training data.

    A suite, or a slice of metadata that the data count too, regressed where the interval of its loss lies above zero.
    That the data lack a slice does not prove that this is why the model lost it; it is where to look first.

    Args:
        data: Slices of the training data, as `mixture.*` findings hold them in `distribution`.
        suites: Slices of the prompts of each suite, by its name.
        comparisons: All comparisons of the audit.

    Examples:
        >>> list(under_covered({"intent": {"chat": 100}}, {"maths": {"intent": {"maths": 40}}}, []))
        []
    """
    told: set[tuple[str, str, str]] = set()
    for one in sorted(comparisons, key=lambda each: -(each.difference.low or 0.0)):
        if one.difference.low is None or one.difference.low <= 0:
            continue
        for suite, name, label, share in _asked(one, data, suites):
            found = _scarce(one, data, suite, name, label, share)
            if found is not None and (suite, name, label) not in told:
                told.add((suite, name, label))
                yield found


def _asked(one: Comparison, data: Slices, suites: Mapping[str, Slices]) -> Iterator[tuple[str, str, str, float]]:
    """What a comparison is about: suite, slice, label, and the label's share of it."""
    sliced = {key: value for key, value in one.slice.items() if key != "suite"}
    for name, label in sliced.items():
        if name in data:
            yield one.slice.get("suite", ""), name, label, 1.0
    suite = one.slice.get("suite") or (next(iter(suites)) if len(suites) == 1 and not one.slice else "")
    if sliced or suite not in suites:
        return
    for name, counts in suites[suite].items():
        total = sum(counts.values())
        for label, count in counts.items():
            if name in data and count >= LARGE * total:
                yield suite, name, label, count / total


def _scarce(one: Comparison, data: Slices, suite: str, name: str, label: str, share: float) -> Finding | None:
    count, total = data[name].get(label, 0), sum(data[name].values())
    if not total:
        return None
    low, high = clopper_pearson(count, total)
    if high >= SCARCE * share:
        return None
    of = f"suite '{suite}'" if suite else "the audit"
    lost = one.difference
    return Finding(
        code=UNDER_COVERED,
        severity="medium",
        message=f"{of} lost on {one.metric.name}, and its prompts are {share:.0%} {name} {label}: of the training rows "
        f"{count / total:.1%} are ({count:,} of {total:,})",
        where={"suite": suite, "metric": one.metric.name, "slice": {name: label}},
        evidence={
            "asked_share": round(share, 4), "rows_share": round(count / total, 4), "low": round(low, 4),
            "high": round(high, 4), "training_rows": count, "of": total, "loss": lost.value, "loss_low": lost.low,
            "loss_high": lost.high, "distribution": dict(data[name]),
        },
        remediation=f"Add training rows of {name} {label} and train again; if the loss stays, it has another cause",
    )  # fmt: skip
