"""How many claims of an answer are worded as beyond doubt, by the lists of the scorer `overconfidence`."""

from __future__ import annotations

from assay.scorers.hedges import hedges, stresses
from assay.scorers.overconfidence import claims_something
from assay.scorers.wording import sentences


def claims(answer: str) -> tuple[int, int]:
    """Sentences that claim something, and those of them with words of certainty and no hedge.

    Examples:
        >>> claims("It is definitely Paris. Paris lies on the Seine.")
        (2, 1)
    """
    said = [one.text for one in sentences(answer) if claims_something(one.text)]
    if not said or not stresses(answer):
        return len(said), 0
    return len(said), sum(1 for one in said if stresses(one) and not hedges(one))
