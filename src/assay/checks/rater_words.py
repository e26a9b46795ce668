"""How far raters agree, in the words of a finding."""

from __future__ import annotations

from collections.abc import Sequence

from assay.domain.verdict import Finding
from assay.statistics.agreement import agreement
from assay.statistics.agreement_limits import Limits, agreement_limits

CODES = ("preference.rater_agreement",)
"""Findings that are made otherwise than from a defect."""

_POOR = 0.4
"""AC1 below which agreement is called no more than fair (Landis & Koch 1977 give .41 as moderate)."""


def agreement_finding(
    file: str, key: str, table: Sequence[Sequence[str | None]], prompts: Sequence[int], who: str, raters: int
) -> Finding:
    """The finding that says how far raters agree.

    Args:
        file: Name of the file.
        key: What holds the verdicts.
        table: Shape (items, raters).
        prompts: Number of the prompt of each item.
        who: What the raters are called.
        raters: How many there are.
    """
    found, limits = agreement(table), agreement_limits(table, prompts)
    poor = limits.ac1 is not None and limits.ac1[1] < _POOR
    figures = ", ".join(
        f"{name} {value:.3f}{_between(around)}"
        for name, value, around in (("AC1", found.ac1, limits.ac1), ("alpha", found.alpha, limits.alpha))
        if value is not None
    )
    percent = f"{100 * found.percent:.1f} %" if found.percent is not None else "none"
    return Finding(
        code="preference.rater_agreement",
        severity="medium" if poor else "info",
        message=f"{raters} {who} ({key}) agree in {percent} of their pairs{_between(limits.percent)} on "
        f"{found.n:,} rows; {figures or 'one word was said throughout'}",
        where={"file": file},
        evidence={
            "rows": 0, "items": found.n, "percent": found.percent, "ac1": found.ac1, "alpha": found.alpha,
            "ac1_limits": limits.ac1, "alpha_limits": limits.alpha, "prevalence": dict(found.prevalence),
            "said": [f"said: {', '.join(f'{word} {100 * share:.1f} %' for word, share in found.prevalence[:8])}"],
        },
        remediation="Mend the guideline where raters disagree before collecting more: a model learns the noise too"
        if poor else "Nothing to do; the rows on which raters disagree are listed apart",
    )  # fmt: skip


def _between(limits: Limits | None) -> str:
    return f" [{limits[0]:.3f}, {limits[1]:.3f}]" if limits is not None else ""
