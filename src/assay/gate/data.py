"""What training data does to a verdict: suites that the model has seen, and data that nobody could audit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from assay.domain.data import rows_of
from assay.domain.verdict import Decision, Finding, Rule, RuleOutcome
from assay.gate.case import Ground
from assay.gate.circumstances import Circumstances
from assay.gate.words import listed, plural

NO_DATA = "the training data was not audited"
"""How a reason begins where nothing can be said of the data."""
REPHRASED = "contamination.rephrased"
"""Code of the finding that counts items in other words."""


def marked(outcome: RuleOutcome, circumstances: Circumstances) -> RuleOutcome:
    """A rule's outcome with the contaminated suites that it reads; a pass that rests on one needs a person."""
    suites = circumstances.reads.get(outcome.rule.id, ())
    if not suites or circumstances.data is None:
        return outcome
    said = listed(f"suite {name} is contaminated ({circumstances.data.contaminated[name].said})" for name in suites)
    passes = outcome.decision <= Decision.DEPLOY_MONITORED
    return replace(
        outcome,
        decision=Decision.REVIEW if passes else outcome.decision,
        reason=f"{outcome.reason}; but {said}",
        missed=outcome.missed or ("a suite that the training data does not hold" if passes else ""),
    )


def unaudited(circumstances: Circumstances) -> Iterable[Ground]:
    """Data that is named and of which nothing is known keeps every verdict open, with rules over it or without."""
    data = circumstances.data
    if data is not None and data.broken:
        yield Ground(
            decision=Decision.INCONCLUSIVE,
            reason=f"{NO_DATA}: {data.broken}",
            missed="an audit of the training data as it is",
        )


def left_out(circumstances: Circumstances) -> Iterable[Ground]:
    """Suites that were not asked since the data holds their items: what they would have shown must be watched for."""
    if circumstances.left_out:
        names = listed(f"suite {name} ({why})" for name, why in circumstances.left_out.items())
        yield Ground(
            decision=Decision.DEPLOY_MONITORED,
            reason=f"left out, so that nobody knows what it would have shown: {names}",
            missed="a suite that the training data does not hold",
        )


def spoken_for(finding: Finding, rules: Sequence[Rule], circumstances: Circumstances) -> bool:
    """Whether the plan says how many rows with a finding in training data may stand.

    A rule that counts it says so. Of items of a suite in the data the plan's own limit says it: beyond that the suite
    is left out, or has a finding of its own. Expected answers in the data ask for a person below it too.
    """
    data = circumstances.data
    if data is None or finding.code not in data.codes:
        return False
    suite = finding.evidence.get("suite")
    if finding.code.startswith("contamination.") and suite:
        beyond = suite in data.contaminated
        return beyond or finding.code != "contamination.key"
    return any(rule.kind == "findings" and fnmatchcase(finding.code, rule.code) for rule in rules)


def trained_on(circumstances: Circumstances) -> Iterable[str]:
    """What an audit of the data cannot show, and the suites whose items may stand there in other words.

    These mark a suite only where the plan counts such items.
    """
    if circumstances.data is not None and circumstances.data.read_from:
        yield (
            f"Training data: its findings were read from {circumstances.data.read_from}, and no ledger vouches that "
            "they stand there as they were made."
        )
    if circumstances.data is not None:
        yield "Training data: that the candidate was trained on these files, and on nothing else, is the plan's word."
    marked_ones = circumstances.data.contaminated if circumstances.data is not None else {}
    for one in circumstances.findings:
        suite = one.evidence.get("suite")
        if one.code == REPHRASED and isinstance(suite, str) and suite not in marked_ones:
            yield (
                f"Contamination: {plural(rows_of(one), 'row')} of the training data may say items of suite {suite} in "
                "other words; about one innocent row in a thousand looks so too."
            )
