"""Findings rule: how many open findings of a kind may stand."""

from __future__ import annotations

from fnmatch import fnmatchcase

from assay.domain.estimate import Estimate
from assay.domain.verdict import Decision, Rule, RuleOutcome
from assay.gate.circumstances import Circumstances
from assay.gate.words import listed, plural


def counted(rule: Rule, circumstances: Circumstances) -> RuleOutcome:
    """Up to `at_most` open findings whose code matches: deploy. More: block, since the plan states the number.

    A finding that people accepted or fixed is not open.
    """
    found = [one for one in circumstances.findings if one.state == "open" and fnmatchcase(one.code, rule.code)]
    number = sum(int(one.evidence.get("count", 1)) for one in found)
    most = int(rule.at_most or 0)
    unknown = Estimate(value=None, method="a count")
    seen = listed(one.message.rstrip(".") for one in found[:3])
    reason = f"{plural(number, 'open finding')} of {rule.code}, at most {most} may stand" + (
        f": {seen}" if seen else ""
    )
    return RuleOutcome(
        rule=rule,
        slice={},
        decision=Decision.BLOCK if number > most else Decision.DEPLOY,
        reason=reason,
        reference=unknown,
        candidate=unknown,
        drop=unknown,
        difference=unknown,
        n=number,
        remediation=next((one.remediation for one in found if one.remediation), ""),
    )
