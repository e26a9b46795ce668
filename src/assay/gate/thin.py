"""Evidence that is missing: why a rule must not be answered, and what it then still says."""

from __future__ import annotations

from dataclasses import replace

from assay.domain.estimate import Comparison
from assay.domain.verdict import Decision, RuleOutcome
from assay.gate.case import Case, Ground, outcome
from assay.gate.circumstances import Circumstances
from assay.gate.words import conditions, limit, listed, percent, plural

CAUSES_NAMED = 3
"""Causes of missing scores that are named, the most frequent first."""


def why_thin(case: Case, circumstances: Circumstances) -> str:
    """Why too much of a rule's evidence is missing, or an empty text.

    A thin rule never passes and is not judged on what is there; only harm that is
    proved with every missing pair counted for the candidate survives.
    """
    one = case.overall
    if one is None or one.comparison.n_unscored == 0:
        return ""
    missing, total = one.comparison.n_unscored, one.comparison.n + one.comparison.n_unscored
    causes = _causes(one.comparison)
    seen = f"{missing} of {plural(total, 'pair')} of {one.name} ({percent(one.unscored_share)}) have no score"
    seen += f" ({causes})" if causes else ""
    if one.unscored_share > case.policy.max_unscored:
        return f"{seen}; at most {limit(case.policy.max_unscored)} may be missing"
    return f"{circumstances.limit_reached} before all was asked; {seen}" if circumstances.limit_reached else ""


def _causes(comparison: Comparison) -> str:
    """The most frequent causes of missing scores with their counts: `timeout 30 and missing 2`."""
    ranked = sorted(comparison.unscored.items(), key=lambda each: (-each[1], each[0]))
    return listed(f"{cause} {count}" for cause, count in ranked[:CAUSES_NAMED])


def withheld(judged: RuleOutcome, why: str) -> RuleOutcome:
    """A thin rule's outcome: inconclusive, with what the scored pairs would have said."""
    said = f"; the {judged.n} scored pairs alone would say {judged.decision.word}: {judged.reason}" if judged.n else ""
    return replace(
        judged,
        decision=Decision.INCONCLUSIVE,
        hold=False,
        reason=f"{why}{said}",
        missed="a score for nearly every pair",
    )


def absent(case: Case, circumstances: Circumstances) -> RuleOutcome:
    """A rule without any scored pair: inconclusive, with the reason."""
    where = conditions(case.rule.slice)
    metric = case.rule.metric
    if case.overall is None:
        known = ", ".join(sorted(circumstances.n_prompts)) or "none"
        reason = (
            f"slice {where} of {metric} has no pairs; check the rule's slice against the samples' metadata"
            if where and metric in circumstances.n_prompts
            else f"no scorer made '{metric}'. Measured: {known}"
        )
    else:
        missing = case.overall.comparison.n_unscored
        subject = f"slice {where} of {metric}" if where else metric
        causes = _causes(case.overall.comparison)
        mostly = f" (mostly {causes})" if causes else ""
        reason = f"{subject} has 0 scored pairs and {missing} unscored{mostly}; nothing can be said"
    suite = case.rule.slice.get("suite")
    gone = [f"{name} ({why})" for name, why in circumstances.left_out.items() if suite in (None, name)]
    if gone:
        reason = f"{reason}. Left out of this audit: {listed(gone)}"
    missed = f"scored pairs of {metric}"
    return outcome(case, case.overall, [Ground(decision=Decision.INCONCLUSIVE, reason=reason, missed=missed)])
