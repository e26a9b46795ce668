"""What the circumstances ask for, whatever the rules say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assay.domain.data import place
from assay.domain.verdict import Decision, Rule
from assay.gate.case import Case, Ground
from assay.gate.circumstances import Circumstances
from assay.gate.data import left_out, spoken_for, unaudited
from assay.gate.words import listed, plural


def demands(cases: Sequence[Case], circumstances: Circumstances, rules: Sequence[Rule] = ()) -> list[Ground]:
    """Grounds beyond the rules; they can raise a decision and never lower it.

    Args:
        cases: The rules that read a metric, with their evidence.
        circumstances: What surrounded the run.
        rules: All rules; a finding in training data that one of them counts needs no person beside it.
    """
    return [
        *_no_rules(cases),
        *_missing(cases, circumstances),
        *_limit(circumstances),
        *_required(cases, circumstances),
        *_seen_before(circumstances),
        *unaudited(circumstances),
        *left_out(circumstances),
        *_findings(circumstances, rules),
    ]


def signature(decision: Decision, circumstances: Circumstances) -> list[Ground]:
    """A person's signature, where the risk context asks for one and the decision would otherwise be a pass."""
    by = circumstances.requirements.reviewer
    if not by or decision > Decision.DEPLOY_MONITORED:
        return []
    return [Ground(decision=Decision.REVIEW, reason=f"{by}: a person must sign, although every rule passes")]


def _no_rules(cases: Sequence[Case]) -> Iterable[Ground]:
    if not cases:
        yield Ground(
            decision=Decision.INCONCLUSIVE,
            reason="the gate has no rules, and an empty gate never passes. Add at least one rule",
        )


def _missing(cases: Sequence[Case], circumstances: Circumstances) -> Iterable[Ground]:
    """Required metrics without a rule; a rule whose metric is missing speaks for itself."""
    for metric in sorted(set(circumstances.missing_metrics) - {case.rule.metric for case in cases}):
        reason = f"the plan requires '{metric}', and no scorer made it"
        yield Ground(decision=Decision.INCONCLUSIVE, reason=reason, missed=f"scores of {metric}")


def _limit(circumstances: Circumstances) -> Iterable[Ground]:
    if circumstances.limit_reached:
        reason = f"{circumstances.limit_reached}, so the run is not complete"
        yield Ground(decision=Decision.INCONCLUSIVE, reason=reason, missed="the planned prompts")


def _required(cases: Sequence[Case], circumstances: Circumstances) -> Iterable[Ground]:
    asked = circumstances.requirements
    judged = {case.rule.metric for case in cases}
    for metric, by in asked.metrics.items():
        count = circumstances.n_prompts.get(metric, 0)
        if metric not in judged or not count:
            state = "it is measured, but no rule judges it" if count else "it was not measured"
            reason = f"{by}: {metric} must be judged; {state}"
            yield Ground(decision=Decision.INCONCLUSIVE, reason=reason, missed=f"scores of {metric}")
        elif count < asked.min_prompts:
            yield Ground(
                decision=Decision.INCONCLUSIVE,
                reason=f"{metric} rests on {plural(count, 'prompt')}; "
                f"{asked.min_prompts_by} asks for {asked.min_prompts}",
                missed=f"{asked.min_prompts} prompts of {metric}",
                needed_n=asked.min_prompts,
            )


def _seen_before(circumstances: Circumstances) -> Iterable[Ground]:
    """Figures of suites seen while building flatter, so they cannot carry a pass alone."""
    if circumstances.dev_suites and set(circumstances.suites) == set(circumstances.dev_suites):
        yield Ground(
            decision=Decision.INCONCLUSIVE,
            reason=f"only suites seen while building were asked ({listed(circumstances.dev_suites)} has the role dev), "
            "and their figures flatter",
            missed="a suite that was not seen while building",
        )


def _findings(circumstances: Circumstances, rules: Sequence[Rule]) -> Iterable[Ground]:
    every = [one for one in circumstances.findings if one.state == "open" and one.severity in {"high", "critical"}]
    grave = [one for one in every if not spoken_for(one, rules, circumstances)]
    if grave:
        said = listed(f"{one.message.rstrip('.')}{place(one)} ({one.code})" for one in grave[:3])
        more = f", and {len(grave) - 3} more" if len(grave) > 3 else ""
        yield Ground(decision=Decision.REVIEW, reason=f"an open finding needs a person: {said}{more}")
