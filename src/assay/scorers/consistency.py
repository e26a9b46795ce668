"""Do repeats of one prompt agree: by their scores, or by their words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assay.scorers.reading import normalised

Value = bool | float | str | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How many prompts change their answer from epoch to epoch."""

    disagreeing: int
    """Prompts whose repeats differ."""
    decided: int
    """Prompts with two or more repeats that could be compared."""
    undecided: int
    """Prompts with fewer."""

    @property
    def share(self) -> float | None:
        """Share of the decided prompts that disagree; None when none was decided."""
        return self.disagreeing / self.decided if self.decided else None


def agree(values: Sequence[Value]) -> bool | None:
    """Whether all scored epochs of one prompt have the same value: the metric `consistency`.

    For true/false scores and labels. None, which is unscored, when fewer than two epochs have a value.

    Examples:
        >>> agree([True, True, None]), agree([True, False]), agree([True, None])
        (True, False, None)
    """
    scored = [value for value in values if value is not None]
    if len(scored) < 2:
        return None
    return all(value == scored[0] for value in scored)


def agree_in_words(texts: Sequence[str | None]) -> bool | None:
    """Whether all answers to one prompt are the same text, case, blanks and outer punctuation aside.

    For scores that are amounts, and for prompts without a scorer. None and blank answers are left out.

    Examples:
        >>> agree_in_words(["Paris.", "paris"]), agree_in_words(["Paris", "Lyon"]), agree_in_words(["Paris", ""])
        (True, False, None)
    """
    return agree([normalised(text) for text in texts if text is not None and text.strip()])


def disagreement(prompts: Iterable[Sequence[Value]]) -> Disagreement:
    """Share of prompts whose epochs disagree.

    Args:
        prompts: For each prompt the values of its epochs.

    Examples:
        >>> disagreement([[True, True], [True, False], [None, True]])
        Disagreement(disagreeing=1, decided=2, undecided=1)
    """
    verdicts = [agree(values) for values in prompts]
    return Disagreement(verdicts.count(False), len(verdicts) - verdicts.count(None), verdicts.count(None))


def wavers(values: Sequence[Value]) -> bool:
    """Whether a prompt is borderline for this subject: its scored epochs do not all agree.

    Examples:
        >>> wavers([True, False, True]), wavers([True, True]), wavers([None])
        (True, False, False)
    """
    return agree(values) is False
