"""Findings rule: how many open findings of a kind may stand."""

from __future__ import annotations

from fnmatch import fnmatchcase

from assay.domain.data import place
from assay.domain.estimate import Estimate
from assay.domain.verdict import Decision, Rule, RuleOutcome
from assay.gate.circumstances import Circumstances
from assay.gate.data import NO_DATA
from assay.gate.words import listed, plural


def counted(rule: Rule, circumstances: Circumstances) -> RuleOutcome:
    """Up to `at_most` open findings whose code matches: deploy. More: block, since the plan states the number.

    A finding that people accepted or fixed is not open. A rule over training data that could not be audited, or that
    rows which nobody could read might break, never passes.
    """
    found = [one for one in circumstances.findings if one.state == "open" and fnmatchcase(one.code, rule.code)]
    number = sum(int(one.evidence.get("count", 1)) for one in found)
    most = int(rule.at_most or 0)
    unknown = Estimate(value=None, method="a count")
    seen = listed(f"{one.message.rstrip('.')}{place(one)}" for one in found[:3])
    reason = f"{plural(number, 'open finding')} of {rule.code}, at most {most} may stand" + (
        f": {seen}" if seen else ""
    )
    unknown_rows = _unknown(rule, number, most, circumstances)
    settled = Decision.INCONCLUSIVE if unknown_rows else Decision.DEPLOY
    return RuleOutcome(
        rule=rule,
        slice={},
        decision=Decision.BLOCK if number > most else settled,
        reason=f"{unknown_rows}; {reason}" if unknown_rows else reason,
        missed="an audit of all rows of the training data" if unknown_rows else "",
        reference=unknown,
        candidate=unknown,
        drop=unknown,
        difference=unknown,
        n=number,
        remediation=next((one.remediation for one in found if one.remediation), ""),
    )


def _unknown(rule: Rule, number: int, most: int, circumstances: Circumstances) -> str:
    """Why what was counted in training data may not be all; empty when it is, or is too much already."""
    data = circumstances.data
    if data is None or number > most or not data.reads(rule.code):
        return ""
    if data.broken:
        return f"{NO_DATA}: {data.broken}"
    if not data.looked_for(rule.code):
        return f"nobody looked for {rule.code}: nothing was asked of the data that could find it"
    unseen = data.unseen(rule.code)
    return f"{plural(unseen, 'row')} of the training data could not be read" if number + unseen > most else ""
