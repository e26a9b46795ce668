"""Tables of a page, line by line in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from assay.domain.audit import Audit, Side
from assay.domain.data import place
from assay.domain.estimate import Comparison
from assay.domain.verdict import Decision, Finding, RuleOutcome
from assay.report import causes, readings, rules
from assay.report.inert import one_line
from assay.report.machine import plain
from assay.report.words import LOOKS, UNKNOWN, amount, finite, money, percent, plural, slice_name

Lines = list[tuple[str, ...]]
"""Cells of each line."""
LONGEST = 60_000
"""Characters of a plan that are shown."""


def compared(audit: Audit, comparison: Comparison) -> dict[str, Any]:
    """A metric on a slice: both levels, drop, loss, counts, and what the rules say of it."""
    metric = comparison.metric
    fell, interval = readings.drop_of(comparison)
    lost, lost_interval = readings.loss(comparison)
    outcome = rules.outcome_of(audit, comparison)
    return {
        "metric": one_line(metric.name, 60),
        "meaning": one_line(metric.meaning, 200),
        "lower": not metric.higher_is_better,
        "slice": slice_name(comparison.slice),
        "reference": readings.level(comparison.reference, metric),
        "candidate": readings.level(comparison.candidate, metric),
        "drop": fell,
        "interval": interval,
        "loss": lost,
        "loss_interval": lost_interval,
        "n": f"{comparison.n:,}",
        "unscored": f"{comparison.n_unscored:,}" if comparison.n_unscored else "",
        "because": one_line(outcome.reason, 300) if outcome is not None and _needs_words(outcome) else "",
        "look": outcome.decision.word if outcome else "none",
        "word": LOOKS[outcome.decision].word.lower() if outcome else "not judged",
    }


def errors(audit: Audit) -> Lines:
    """Failed calls: cause, its meaning, how many of the reference and of the candidate."""
    sides = (causes.errors_by_cause(audit.reference), causes.errors_by_cause(audit.candidate))
    counts = {cause: [f"{side.get(cause, 0):,}" for side in sides] for cause in (*sides[0], *sides[1])}
    return [(one_line(cause, 60), causes.meaning(cause), *both) for cause, both in counts.items()]


def unscored(audit: Audit) -> Lines:
    """Pairs without a score: metric, cause, its meaning, how many."""
    return [
        (one_line(metric.name, 60), one_line(cause, 60), causes.meaning(cause), f"{count:,}")
        for metric, by_cause in causes.unscored_by_cause(audit)
        for cause, count in by_cause.items()
    ]


def power(audit: Audit) -> list[dict[str, str]]:
    """Per rule: prompts, chance to pass unchanged, prompts needed, note."""
    return [_power(each) for each in audit.power]


def behaviour(audit: Audit) -> Lines:
    """What both subjects did; lines that say nothing on both sides are left out."""
    sides = (audit.reference, audit.candidate)
    reasons = dict.fromkeys(reason for side in sides for reason in side.finish_reasons)
    quantiles = dict.fromkeys(quantile for side in sides for quantile in side.latency_s)
    lines: Lines = [
        *((f"Answers {state}", *(f"{side.counts.get(state, 0):,}" for side in sides)) for state in causes.STATES),
        ("Failed calls", *(f"{sum(causes.errors_by_cause(side).values()):,}" for side in sides)),
        *(
            (
                f"Finish reason: {one_line(reason, 40) or 'not stated'}",
                *(f"{side.finish_reasons.get(reason, 0):,}" for side in sides),
            )
            for reason in reasons
        ),
        ("Tokens read", *(f"{side.tokens_in:,}" for side in sides)),
        ("Tokens written", *(f"{side.tokens_out:,}" for side in sides)),
        *(
            (f"Latency {one_line(quantile, 20)}", *(_seconds(side, quantile) for side in sides))
            for quantile in quantiles
        ),
        ("Cost", *(money(side.cost_usd) for side in sides)),
        ("Answers from the cache", *(f"{side.cached:,}" for side in sides)),
        ("Repeats itself with a seed", *(_able(side.capabilities.seed) for side in sides)),
        ("Gives log probabilities", *(_able(side.capabilities.logprobs) for side in sides)),
    ]
    return [line for line in lines if not set(line[1:]) <= {"0", UNKNOWN}]


def defects(audit: Audit) -> list[Finding]:
    """The findings that are not a rule's own; those stand in the table of rules."""
    return [each for each in audit.verdict.findings if not each.code.startswith("rule.")]


def findings(found: Sequence[Finding]) -> Lines:
    """Findings: severity, code, what, owner, what to do first, state."""
    return [
        (
            each.severity,
            one_line(each.code, 80),
            one_line(f"{each.message}{place(each)}", 400),
            one_line(each.owner, 80) or "–",
            one_line(each.remediation, 300) or "–",
            each.state,
        )
        for each in found
    ]


def digests(audit: Audit) -> Lines:
    """Name and digest of everything that was registered or asked."""
    lines = [
        (name, audit.registered.get(key, "")) for name, key in (("registered", "digest"), ("registered at", "time"))
    ]
    for role, side in (("reference", audit.reference), ("candidate", audit.candidate)):
        identity = side.identity
        lines.append((f"{role}: {identity.name} ({identity.kind})", identity.digest))
        lines += [(f"{role}: revision", identity.revision), (f"{role}: prompt", identity.prompt)]
        lines += [(f"{role}: {key}", value) for key, value in identity.details.items()]
    registered = audit.config.get("digests")
    if isinstance(registered, Mapping):
        lines += [(str(key), str(value)) for key, value in registered.items()]
    return [(one_line(name, 120), one_line(value, 300)) for name, value in lines if value]


def config(audit: Audit) -> str:
    """The plan as YAML, without the digests that stand in their own table."""
    rest = {key: value for key, value in audit.config.items() if key != "digests"}
    if not rest:
        return ""
    text: str = yaml.safe_dump(plain(rest), sort_keys=False, allow_unicode=True, width=110)
    over = len(text) - LONGEST
    return text if over <= 0 else f"{text[:LONGEST]}\n… {plural(over, 'character')} not shown"


def _needs_words(outcome: RuleOutcome) -> bool:
    """Whether the numbers alone would not explain the outcome."""
    return bool(outcome.missed or outcome.hold or outcome.decision == Decision.INCONCLUSIVE)


def _power(each: Mapping[str, Any]) -> dict[str, str]:
    chance, needed = each.get("power"), each.get("needed")
    value = finite(chance) if isinstance(chance, (int, float)) else None
    return {
        "rule": one_line(str(each.get("rule", "")), 80),
        "n": f"{each.get('n') or 0:,}",
        "power": UNKNOWN if value is None else percent(value),
        "needed": f"{needed:,.0f}" if isinstance(needed, (int, float)) and finite(needed) is not None else UNKNOWN,
        "note": one_line(str(each.get("note") or ""), 300) or "–",
        "look": "none" if value is None else "deploy" if value >= 0.8 else "review",
    }


def _seconds(side: Side, quantile: str) -> str:
    return amount(side.latency_s.get(quantile), "s") if quantile in side.latency_s else UNKNOWN


def _able(answer: bool | None) -> str:
    return UNKNOWN if answer is None else "yes" if answer else "no"
