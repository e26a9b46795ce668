"""Why something is missing: causes of failed calls and of pairs without a score, counted and explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assay.domain.audit import Audit, Side
from assay.domain.score import Metric
from assay.domain.trial import CAUSES

STATES = ("answered", "empty", "truncated", "filtered")
"""States of a trial that came back."""
JUDGE = "judge_"
"""How causes begin that a judge model gave."""
_OF_JUDGES = {
    "unreadable": "the judge's reply was not the JSON object it was asked for",
    "refused": "the judge refused to judge",
    "truncated": "the judge's reply was cut at its token limit",
    "empty": "the judge said nothing",
    "out_of_range": "the judge's score lay outside 0 to 1",
    "tie": "the judge's repeats did not agree",
}


def errors_by_cause(side: Side) -> dict[str, int]:
    """Failed trials of one subject by cause, most frequent first."""
    failed = {cause: count for cause, count in side.counts.items() if cause not in STATES and count}
    return dict(sorted(failed.items(), key=lambda pair: -pair[1]))


def meaning(cause: str) -> str:
    """What a cause means, for people."""
    own = {
        "empty": "the answer was empty",
        "truncated": "the answer was cut at the token limit",
        "filtered": "the provider's filter removed the answer",
        "not_judged": "the judge has not been asked yet",
    }
    if cause.startswith(JUDGE):
        of_judge = cause.removeprefix(JUDGE)
        return _OF_JUDGES.get(of_judge) or (f"the judge: {CAUSES[of_judge]}" if of_judge in CAUSES else "")
    return CAUSES.get(cause) or own.get(cause, "")


def unscored_by_cause(audit: Audit) -> Iterator[tuple[Metric, Mapping[str, int]]]:
    """For every metric with unscored pairs: how often each cause left one."""
    for each in audit.comparisons:
        if not each.slice and each.n_unscored:
            yield each.metric, each.unscored or {"cause not recorded": each.n_unscored}
