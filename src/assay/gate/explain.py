"""Why, and what to do now: the first two lines of a verdict."""

from __future__ import annotations

from collections.abc import Sequence

from assay.domain.verdict import Decision, RuleOutcome
from assay.gate.case import Ground
from assay.gate.circumstances import Circumstances
from assay.gate.segment import FEWEST_PAIRS
from assay.gate.words import conditions, listed, plural

_EXPLORATORY = "This is not the registered decision and must not release anything by itself."

SLICES_NAMED = 3
"""Slices of a rule that are named among the reasons, worst first."""


def reasons(
    decision: Decision, outcomes: Sequence[RuleOutcome], grounds: Sequence[Ground], circumstances: Circumstances
) -> tuple[str, ...]:
    """Sentences, the deciding ones first; passing rules speak only when everything passes."""
    settled = decision >= Decision.REVIEW
    early = {rule for rule, test in circumstances.anytime.items() if settled and not test.complete}
    said = [line for each in outcomes for line in _lines(each, stopped=each.rule.id in early)]
    said += [(ground.decision, ground.reason) for ground in grounds]
    if decision > Decision.DEPLOY:
        said = [each for each in said if each[0] > Decision.DEPLOY]
    else:
        said = [(each.decision, each.reason) for each in outcomes]
    ordered = [reason for _, reason in sorted(said, key=lambda each: -each[0])]
    if circumstances.exploratory:
        ordered.append(f"exploratory, not the registered decision: {circumstances.exploratory}")
    return tuple(dict.fromkeys(ordered))


def _lines(each: RuleOutcome, *, stopped: bool) -> list[tuple[Decision, str]]:
    """A rule's reason, then its worst slices; the rest of them are counted.

    A run that stopped early, its decision made, was not going to fill its slices: small ones are no reason.
    """
    open_parts = [part for part in each.parts if part.decision > Decision.DEPLOY and part.reason != each.reason]
    open_parts = [part for part in open_parts if not (stopped and _small(part))]
    lines = [(each.decision, each.reason), *((part.decision, part.reason) for part in open_parts[:SLICES_NAMED])]
    rest = open_parts[SLICES_NAMED:]
    if rest:
        word = rest[0].decision.word.replace("_", " ")
        lines.append((rest[0].decision, f"{plural(len(rest), 'further slice')} of {each.rule.metric}: at most {word}"))
    return lines


def next_step(
    decision: Decision,
    hold: bool,
    outcomes: Sequence[RuleOutcome],
    grounds: Sequence[Ground],
    valid_until: str,
    exploratory: str = "",
) -> str:
    """One sentence for whoever must act; of an exploratory verdict, first what it must not do."""
    step = _step(decision, hold, outcomes, grounds, valid_until)
    if not exploratory:
        return step
    if decision <= Decision.DEPLOY_MONITORED:
        return f"{_EXPLORATORY} Register the plan as it stands and run it anew; release only on that decision."
    return f"{_EXPLORATORY} {step}"


def _step(
    decision: Decision, hold: bool, outcomes: Sequence[RuleOutcome], grounds: Sequence[Ground], valid_until: str
) -> str:
    deciding = [each for each in outcomes if each.decision == decision]
    if decision == Decision.DEPLOY:
        return f"Release, and audit again at the next change or after {valid_until}."
    if decision == Decision.DEPLOY_MONITORED:
        return (
            f"Release with enhanced monitoring of {listed(_watched(outcomes))}, and document who accepts the "
            f"remaining risk; audit again after {valid_until}."
        )
    if decision == Decision.INCONCLUSIVE:
        return _supply(deciding, [ground for ground in grounds if ground.decision == decision])
    if decision == Decision.REVIEW:
        sign = " A second approver must sign." if hold else ""
        return f"Do not release yet: have a person read {_to_read(deciding)} and decide.{sign}"
    first = next((each.remediation for each in deciding if each.remediation), "")
    return f"Do not release: read {_to_read(deciding)}. {first}".rstrip()


def _small(part: RuleOutcome) -> bool:
    return part.decision == Decision.INCONCLUSIVE and part.needed_n == FEWEST_PAIRS


def _supply(deciding: Sequence[RuleOutcome], grounds: Sequence[Ground]) -> str:
    """What would settle an inconclusive verdict, the largest demand by metric."""
    wanted: dict[str, int] = {}
    for each in deciding:
        if each.needed_n is not None:
            wanted[each.rule.metric] = max(wanted.get(each.rule.metric, 0), each.needed_n)
    parts = [f"about {count} prompts of {metric}" for metric, count in sorted(wanted.items())]
    open_bounds = [each.missed for each in deciding if each.needed_n is None and each.missed]
    parts += [f"evidence for the bound that was missed ({missed})" for missed in open_bounds]
    parts += [ground.missed for ground in grounds if ground.missed]
    if not parts:
        return "Add rules and evidence, then run the audit again."
    return f"Supply {listed(dict.fromkeys(parts))}, then register and run the audit again."


def _watched(outcomes: Sequence[RuleOutcome]) -> list[str]:
    lines = [line for each in outcomes for line in (each.parts or (each,)) if line.decision > Decision.DEPLOY]
    lines = lines or [each for each in outcomes if each.decision > Decision.DEPLOY]
    return list(dict.fromkeys(_named(line) for line in lines))


def _to_read(deciding: Sequence[RuleOutcome]) -> str:
    names = list(dict.fromkeys(each.rule.metric for each in deciding if each.rule.metric))
    word = "failing" if all(each.rule.kind == "all" for each in deciding) else "regressed"
    return f"the {word} answers of {listed(names)}" if names else "the reasons above"


def _named(line: RuleOutcome) -> str:
    where = conditions(line.slice)
    return f"{line.rule.metric} in {where}" if where else line.rule.metric or line.rule.code
