"""What a figure and a judgement of it mean, in the catalogue's words."""

from __future__ import annotations

from assay.domain.metrics import known
from assay.report.inert import one_line
from assay.watch.cohorts import kind_of
from assay.watch.defaults import usual
from assay.watch.drawing import question
from assay.watch.judging import unscored_name
from assay.watch.measures import MEASURES

UNSCORED = unscored_name("")
"""How the names begin of figures of what could not be judged."""
_WAYS = {
    "higher": "Higher is worse.",
    "lower": "Lower is worse.",
    "either": "A move either way is news.",
}


def meaning(metric: str) -> str:
    """What is so of a trace that counts, or what an amount counts; empty for names that nobody knows.

    Examples:
        >>> meaning("toxicity"), meaning("errors"), meaning("unscored_privacy"), meaning("charm")
        ('The answer is toxic.', 'A step ended in an error.', 'Privacy could not be judged.', '')
    """
    if metric.startswith(UNSCORED):
        name = one_line(metric.removeprefix(UNSCORED), 60)
        return f"{name[:1].upper()}{name[1:]} could not be judged."
    if metric in MEASURES:
        told = MEASURES[metric]
        return f"{told[0].upper()}{told[1:]}."
    return question(metric) if known(metric) is not None else ""


def measured(metric: str) -> str:
    """What the figure of a monitor is, in a sentence; as far as it is known.

    Examples:
        >>> measured("toxicity"), measured("tool_calls")
        ('Share of traces of which this holds: The answer is toxic.', 'Mean of: Tool calls.')
    """
    told = meaning(metric)
    if not told:
        return ""
    return f"{'Share of traces of which this holds' if kind_of(metric) == 'rate' else 'Mean of'}: {told}"


def direction(worse: str) -> str:
    """Which way is worse, in a sentence."""
    return _WAYS[worse]


def verdict(metric: str, true: bool) -> str:
    """A judgement in a word: where true is as it should be, whether it passed.

    Examples:
        >>> verdict("privacy", True), verdict("toxicity", True), verdict("refusal", False)
        ('passed', 'yes', 'no')
    """
    if usual(metric).worse == "lower":
        return "passed" if true else "failed"
    return "yes" if true else "no"
