"""What tests of features say, in the words of findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assay.checks.shortcut_survey import LENGTH, Outcome, Survey
from assay.domain.verdict import Finding, Severity
from assay.statistics.signs import Signs

CODES = ("preference.shortcut", "preference.surface")
"""Findings that are made otherwise than from a defect."""

_REMEDY = (
    "Hold the answers level in this (pairs of equal length, both orders, the same models), or say that it is meant; "
    "a model learns it first"
)
_STRONG = 0.75
_CLEAR = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Where the pairs come from."""

    files: tuple[str, ...]
    """Their files."""
    seen: int
    """Pairs of which those tested are a sample."""

    longer: tuple[tuple[str, Signs], ...] = ()
    """Of some files how often the longer answer is chosen."""

    @property
    def where(self) -> dict[str, Any]:
        """The place of a finding about all of them."""
        return {"file": self.files[0], **({"files": list(self.files[:100])} if len(self.files) > 1 else {})}


def findings_of(surveyed: Survey, facts: Facts) -> Iterator[Finding]:
    """A finding for each feature that alarms, one for all measures of length, and one that says what was looked at."""
    told_of: set[str] = set()
    for one in surveyed.outcomes:
        own = one.feature.of if one.feature.of == "length" else one.feature.name
        if one.alarming and own not in told_of:
            told_of.add(own)
            yield _shortcut(one, surveyed, facts)
    yield _summary(surveyed, facts)


def _shortcut(one: Outcome, surveyed: Survey, facts: Facts) -> Finding:
    found = one.signs
    return Finding(
        code="preference.shortcut",
        severity=_severity(one),
        message=told(one),
        where=facts.where,
        evidence={
            "rows": found.differ, "feature": one.feature.name, **_numbers(one), "pairs": surveyed.n,
            "pairs_in_all": facts.seen, "prompts": surveyed.prompts, "said": _beside(one, surveyed),
        },
        remediation=_REMEDY,
    )  # fmt: skip


def told(one: Outcome) -> str:
    """The feature's share with its limits, and what a model would score that goes by it alone.

    Examples:
        >>> import numpy as np
        >>> from assay.checks.shortcut_survey import Column, survey
        >>> from assay.checks.surface import FEATURES
        >>> longer = np.where(np.arange(100) < 70, 1.0, -1.0)
        >>> told(survey([Column(feature=FEATURES[0], differences=longer)], np.arange(100)).outcomes[0])[:82]
        'chosen is longer in 70.0 % of the 100 pairs that differ [60.4, 78.1]; a model that'
    """
    found, feature = one.signs, one.feature
    less = found.share < 0.5
    share, low, high = (found.fewer / found.differ, 1 - found.high, 1 - found.low) if less else (
        found.share, found.low, found.high
    )  # fmt: skip
    scores, least, most = _scores(found)
    return (
        f"chosen {feature.fewer if less else feature.more} in {_percent(share)} % of the {found.differ:,} pairs that "
        f"differ [{_percent(low)}, {_percent(high)}]; a model that only {'avoids' if less else 'prefers'} "
        f"{feature.what} scores {_percent(scores)} % here [{_percent(least)}, {_percent(most)}]"
    )


def _scores(found: Signs) -> tuple[float, float, float]:
    """How often a model is right that looks at nothing else, in the better direction, with limits."""
    if found.share < 0.5:
        return 1.0 - found.right, 1.0 - found.right_high, 1.0 - found.right_low
    return found.right, found.right_low, found.right_high


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f}"


def _severity(one: Outcome) -> Severity:
    """By how often a model that looks at nothing else would surely be right."""
    surely = _scores(one.signs)[1]
    return "high" if surely >= _STRONG else "medium" if surely >= _CLEAR else "low"


def _numbers(one: Outcome) -> dict[str, Any]:
    found = one.signs
    return {
        "more": found.more, "fewer": found.fewer, "share": round(found.share, 4), "low": round(found.low, 4),
        "high": round(found.high, 4), "p": found.p, "p_of_all": one.adjusted,
        "scores": [round(each, 4) for each in _scores(found)],
        "auroc": round(one.auroc, 4), "effect": [round(each, 3) for each in one.effect] if one.effect else None,
        "smallest_bias": round(one.smallest, 4),
    }  # fmt: skip


def _beside(one: Outcome, surveyed: Survey) -> list[str]:
    """Lines under the finding: the test, the AUROC, the effect with all else equal."""
    lines = [f"{_p(one, surveyed)} over all {surveyed.tests} features; AUROC of it alone {one.auroc:.3f}"]
    if one.effect is not None:
        effect, low, high = one.effect
        lines.append(
            f"with all other features equal: log odds {effect:+.2f} [{low:+.2f}, {high:+.2f}] a standard deviation"
        )
    return lines


def _p(one: Outcome, surveyed: Survey) -> str:
    """Its p-value; flips by chance cannot tell how far it lies below one in their number."""
    assert one.adjusted is not None
    return f"p {one.adjusted:.2g}{' or less' if one.adjusted <= surveyed.least else ''}"


def _looked(surveyed: Survey) -> str:
    """What was tested, and how small a preference for length would have been seen."""
    if not surveyed.tests:
        return f"{surveyed.n:,} pairs are too few to tell whether the surface of answers decides"
    alarms = sum(one.alarming for one in surveyed.outcomes)
    length = next((one for one in surveyed.outcomes if one.feature.name == LENGTH), None)
    told = f"{alarms} of {surveyed.tests} features tell" if alarms else f"none of {surveyed.tests} features tells"
    return (
        f"{told} chosen from rejected in {surveyed.n:,} pairs; a preference for length that decides "
        f"{_percent(length.smallest if length is not None else 1.0)} % of them, or less, could have stayed unseen"
    )


def _summary(surveyed: Survey, facts: Facts) -> Finding:
    return Finding(
        code="preference.surface",
        severity="info",
        message=_looked(surveyed),
        where=facts.where,
        evidence={
            "rows": 0, "pairs": surveyed.n, "pairs_in_all": facts.seen, "prompts": surveyed.prompts,
            "tests": surveyed.tests, "joint_auroc": surveyed.joint, "joint_auroc_by_chance": surveyed.joint_by_chance,
            "joint_pairs": surveyed.joint_pairs, "said": [*_by_file(facts), *_table(surveyed)],
            "features": {one.feature.name: _numbers(one) for one in surveyed.outcomes},
        },
        remediation="Nothing to do: this says what was looked at, and how small a bias would have been seen",
    )  # fmt: skip


def _by_file(facts: Facts) -> list[str]:
    """A line for each of several files."""
    if len(facts.files) < 2:
        return []
    return [
        f"{name}: chosen is longer in {_percent(found.share)} % of {found.differ:,} "
        f"[{_percent(found.low)}, {_percent(found.high)}]"
        for name, found in facts.longer
    ]


def _table(surveyed: Survey) -> list[str]:
    """A line for all together, one for each feature that was tested, one for the others."""
    ordered = sorted(surveyed.outcomes, key=lambda one: one.signs.p)
    lines = []
    if surveyed.joint is not None:
        lines.append(
            f"all together: AUROC {surveyed.joint:.3f} on prompts left out of the fit, by chance up to "
            f"{surveyed.joint_by_chance:.3f} ({surveyed.joint_pairs:,} pairs)"
        )
    for one in ordered:
        found = one.signs
        if one.adjusted is not None:
            lines.append(
                f"{one.feature.name}: chosen has more in {_percent(found.share)} % of {found.differ:,} "
                f"[{_percent(found.low)}, {_percent(found.high)}], AUROC {one.auroc:.3f}, {_p(one, surveyed)}, would "
                f"have seen a bias of {_percent(one.smallest)} % of these"
            )
    few = [f"{one.feature.name} {one.signs.differ}" for one in ordered if one.adjusted is None]
    return [*lines, *([f"too few pairs differ to say anything: {', '.join(few)}"] if few else [])]
