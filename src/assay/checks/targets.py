"""Shares of slices against the targets of a contract, and the synthetic share against its caps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assay.domain.behaviour import Cap, Target
from assay.domain.verdict import Finding
from assay.statistics.proportion import clopper_pearson

_ROUNDING = 1e-9
CODES = ("mixture.target", "mixture.synthetic_cap", "mixture.unmarked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How often each label of one slice was seen."""

    name: str
    """What is counted, for example intent."""
    counts: Counter[str]
    """Label -> rows."""
    read: str = "all rows"
    """Of how many rows the counts come."""
    whole: bool = True
    """Whether all rows were read."""
    where: Mapping[str, Any] = field(default_factory=dict)
    """The file, where there is one."""


def missed(seen: Counted, labels: Sequence[str], target: Target) -> Iterator[Finding]:
    """A finding where the share of some labels is outside its limits.

    Args:
        seen: What was counted.
        labels: Labels that the target is about, together.
        target: The limits; low instead of medium where a drawn sample cannot prove that they are missed.
    """
    total = sum(seen.counts.values())
    if not total:
        return
    count = sum(seen.counts[one] for one in labels)
    share = count / total
    if target.at_least - _ROUNDING <= share <= target.at_most + _ROUNDING:
        return
    low, high = clopper_pearson(count, total)
    sure = seen.whole or high < target.at_least or low > target.at_most
    label = " or ".join(labels)
    yield Finding(
        code="mixture.target",
        severity="medium" if sure else "low",
        message=f"{seen.name} {label}: {share:.1%} of rows [{low:.1%}, {high:.1%}], "
        f"the contract asks for {_asked(target)}",
        where=seen.where,
        evidence={
            "slice": seen.name, "label": label, "count": count, "of": total, "share": round(share, 4),
            "low": round(low, 4), "high": round(high, 4), "at_least": target.at_least, "at_most": target.at_most,
            "read": seen.read,
        },
        remediation=f"{'Add' if share < target.at_least else 'Take out'} rows of this slice, or tag rows in their "
        "metadata where the rules read them wrongly",
    )  # fmt: skip


def _asked(target: Target) -> str:
    """The limits of a target in words.

    Examples:
        >>> _asked(Target(at_least=0.1)), _asked(Target(at_most=0.3)), _asked(Target(at_least=0.1, at_most=0.3))
        ('at least 10%', 'at most 30%', '10% to 30%')
    """
    if target.at_most >= 1:
        return f"at least {target.at_least:.0%}"
    if target.at_least <= 0:
        return f"at most {target.at_most:.0%}"
    return f"{target.at_least:.0%} to {target.at_most:.0%}"


def capped(seen: Counted, cap: Cap | None) -> Iterator[Finding]:
    """A finding where more rows are synthetic than the cap allows, or where that cannot be told.

    Args:
        seen: Rows that are `synthetic`, `real` and `unmarked`.
        cap: The cap that holds now.
    """
    total = sum(seen.counts.values())
    if cap is None or not total:
        return
    share, unmarked = seen.counts["synthetic"] / total, seen.counts["unmarked"]
    when = (f" in stage {cap.stage}" if cap.stage else "") + (f" until {cap.until}" if cap.until else "")
    evidence = {"distribution": dict(seen.counts), "at_most": cap.at_most, "until": cap.until, "stage": cap.stage}
    if share > cap.at_most:
        yield Finding(
            code="mixture.synthetic_cap",
            severity="high",
            message=f"{share:.1%} of rows are synthetic, the contract allows {cap.at_most:.0%}{when}",
            where=seen.where,
            evidence=evidence,
            remediation="Take synthetic rows out, those with near-duplicates first, or add real ones",
        )
    elif share + unmarked / total > cap.at_most:
        yield Finding(
            code="mixture.unmarked",
            severity="medium",
            message=f"{unmarked:,} rows do not say whether they are synthetic, so the cap of {cap.at_most:.0%}{when} "
            "cannot be shown to hold",
            where=seen.where,
            evidence=evidence,
            remediation="Mark rows in their metadata: synthetic (true or false), or generator",
        )


def cap_of(caps: Sequence[Cap], day: str, stage: str) -> Cap | None:
    """The first cap that fits a day and a stage; without a day none has expired.

    Examples:
        >>> caps = (Cap(at_most=0.7, stage="warm-up"), Cap(at_most=0.5, until="2026-06-30"), Cap(at_most=0.3))
        >>> [cap_of(caps, *now).at_most for now in (("2026-01-01", ""), ("2026-07-01", ""), ("", "warm-up"))]
        [0.5, 0.3, 0.7]
    """
    return next((cap for cap in caps if cap.stage in ("", stage) and (not cap.until or day <= cap.until)), None)
