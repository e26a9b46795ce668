"""The error rates that this run's procedure promises, and what weakens the promise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from assay.domain.policy import Policy
from assay.domain.verdict import RuleKind
from assay.gate.case import Case
from assay.gate.circumstances import Circumstances
from assay.gate.every import EXACT
from assay.gate.words import limit, plural


def error_statement(policy: Policy, cases: Sequence[Case], circumstances: Circumstances) -> str:
    """What may be said of wrong decisions, in sentences; nothing when there is no rule."""
    if not cases:
        return "No rule, no promise."
    kinds = {case.rule.kind for case in cases}
    said = [*_passes(policy, kinds), _blocks(policy, cases, kinds), *_weaknesses(policy, cases, circumstances)]
    return " ".join(said)


def _passes(policy: Policy, kinds: Set[RuleKind]) -> Iterable[str]:
    alpha = limit(policy.alpha_pass)
    if "band" in kinds:
        yield (
            f"A candidate whose true drop on any band rule is {limit(policy.deploy)} or more is deployed without "
            f"further monitoring in at most {alpha} of audits; one of {limit(policy.monitor)} or more is deployed "
            f"at all in at most {alpha}."
        )
    if "floor" in kinds:
        yield f"One truly below a floor is deployed in at most {alpha}."
    if "points" in kinds:
        yield f"One that truly loses more than a points rule allows is deployed in at most {alpha}."
    if "no_increase" in kinds:
        yield (
            f"A no_increase rule deploys a candidate with a true drop of {limit(policy.deploy)} or more in at most "
            f"{alpha}; smaller increases can pass by chance."
        )
    if "all" in kinds:
        yield "An all rule counts and estimates nothing: it speaks of the rows asked and of no others."


def _blocks(policy: Policy, cases: Sequence[Case], kinds: Set[RuleKind]) -> str:
    harmless = []
    estimated = sum(case.rule.kind not in EXACT for case in cases)
    if not estimated:
        return "A row that fails blocks."
    if "band" in kinds:
        harmless.append(
            f"truly drops at most {limit(policy.monitor)} overall and "
            f"{limit(policy.category_concern)} in every category"
        )
    if kinds - {"band"} - EXACT:
        harmless.append("truly keeps its floors and margins")
    family = f" (split by Holm over {estimated} rules)" if estimated > 1 else ""
    strict = " A strict policy also blocks on points without proof, beyond this rate." if policy.strict else ""
    return f"One that {' and '.join(harmless)} is blocked in at most {limit(policy.alpha_block)}{family}.{strict}"


def _weaknesses(policy: Policy, cases: Sequence[Case], circumstances: Circumstances) -> Iterable[str]:
    if circumstances.exploratory:
        yield "These rates do not hold here: the decision is exploratory, its terms were changed after the data."
    if circumstances.n_unscored:
        yield (
            f"They hold for scored pairs: {plural(circumstances.n_unscored, 'pair')} of {circumstances.n_pairs} "
            "went unscored, and if those differ the rates do too."
        )
    segments = [case.overall for case in cases if case.overall is not None]
    if any(one.evidence.few_clusters for one in segments):
        yield "With fewer than 10 clusters they are approximate, so passes go to review."
    elif any(one.comparison.pairs.clustered or one.evidence.n_units < one.evidence.n for one in segments):
        yield (
            "Repeats and clusters are counted at what they are worth (Rao-Scott); "
            "with few of them the rates are approximate."
        )
    if any(part.comparison.n < 50 for case in cases for part in case.parts):
        yield "Categories below 50 pairs raise alarms later than large ones: small ones exclude only large drops."
    if circumstances.anytime:
        yield (
            "The run could stop early by a registered anytime test, for which these rates were split; "
            "categories are read as they stood at the stop."
        )
