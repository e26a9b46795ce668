"""Why a rejected answer would be rejected at a glance: empty, nonsense, a refusal, another script."""

from __future__ import annotations

from assay.checks.nonsense import nonsense
from assay.checks.refusing import refuses
from assay.checks.scripts import script
from assay.checks.sides import Sides
from assay.checks.surface import declines

REFUSE = "both refuse"
_HEAD = 600
_SURE = 0.9


def at_a_glance(found: Sides) -> tuple[str, str]:
    """What is plainly wrong with both answers, and if nothing is, with the rejected one alone.

    Returns:
        A word for both and a word for the rejected one; at most one of them is not empty.

    Examples:
        >>> from assay.domain.sample import Message
        >>> from assay.checks.sides import sides
        >>> from assay.domain.training import TrainingRow
        >>> said = [(Message(role="assistant", content=text),) for text in ("It is four.", "...")]
        >>> at_a_glance(sides(TrainingRow(file="a", line=1, shape="preference", answers=tuple(said))))
        ('', 'marks only')
    """
    worse, better = nonsense(found.rejected), nonsense(found.chosen)
    if worse:
        return (worse, "") if better else ("", worse)
    if better:
        return "", ""
    if _refuses(found.rejected):
        return (REFUSE, "") if _refuses(found.chosen) else ("", "" if declines(found.chosen) else "refusal")
    return "", "another script" if _other_script(found) else ""


def _refuses(text: str) -> bool:
    return declines(text) and refuses(text)[0] >= _SURE and refuses(text)[1] == "full"


def _other_script(found: Sides) -> bool:
    if found.rejected.isascii() and found.chosen.isascii():
        return False
    other, own = script(found.rejected[:_HEAD]), script(found.chosen[:_HEAD])
    return bool(other and own and other != own and script(found.row.asked[-_HEAD:]) in ("", own))
