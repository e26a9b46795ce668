"""What single raters said of a pair, wherever the metadata hold it: lists of votes, judges by name, both orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assay.domain.training import TrainingRow

_LISTS = (
    "votes", "annotations", "annotator_labels", "annotator_votes", "judgements", "judgments", "verdicts", "labels",
)  # fmt: skip
JUDGES = frozenset({"judges"})
"""Keys of verdicts that are held against the label, not the source of it."""
_NAMED = ("judges", "raters", "annotators")
_RATERS = (
    "rater",
    "annotator",
    "annotator_id",
    "rater_id",
    "worker_id",
    "worker",
    "labeler",
    "judge",
    "judge_model",
    "name",
)
_WORDS = ("label", "vote", "winner", "preference", "choice", "verdict", "preferred", "rating", "score")
_FIRST = frozenset({"a", "1", "first", "response_a", "response_1", "model_a", "answer_a", "output_1", "left", "[[a]]"})
_SECOND = frozenset(
    {"b", "2", "second", "response_b", "response_2", "model_b", "answer_b", "output_2", "right", "[[b]]"}
)
_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one rater said of one pair."""

    rater: str
    """Who; empty when the row does not tell."""
    said: str
    """The verdict, in lower case."""
    swapped: str = ""
    """The verdict with the answers in the other order, naming the answers as they stand in the row; empty if none."""


def verdicts(row: TrainingRow) -> tuple[str, tuple[Verdict, ...]]:
    """The key that holds single verdicts and what they are; nothing where there is none.

    Examples:
        >>> verdicts(TrainingRow(file="a", line=1, shape="preference", metadata={"votes": ["a", "B", None]}))[1][1].said
        'b'
    """
    for key in _NAMED:
        told = row.metadata.get(key)
        if isinstance(told, Mapping):
            return key, tuple(_named(told))
    for key in _LISTS:
        told = row.metadata.get(key)
        if isinstance(told, list) and told:
            return key, tuple(_listed(told[:_MOST]))
    return "", ()


def rater_of(row: TrainingRow) -> str:
    """Who preferred, where one rater is named for the row; empty otherwise."""
    return next((_word(row.metadata[key]) for key in _RATERS[:-1] if key in row.metadata), "")


def slot_of(said: str) -> int:
    """1 for the first answer, -1 for the second, 0 for a tie and for what names neither.

    Examples:
        >>> slot_of("a"), slot_of("2"), slot_of("tie")
        (1, -1, 0)
    """
    return 1 if said in _FIRST else -1 if said in _SECOND else 0


def _named(told: Mapping[Any, Any]) -> Iterator[Verdict]:
    for name, value in list(told.items())[:_MOST]:
        if isinstance(value, list) and len(value) == 2:
            first, second = _word(value[0]), _word(value[1])
            if first:
                yield Verdict(rater=str(name)[:120], said=first, swapped=second)
        elif _word(value):
            yield Verdict(rater=str(name)[:120], said=_word(value))


def _listed(told: list[Any]) -> Iterator[Verdict]:
    for value in told:
        if isinstance(value, Mapping):
            said = next((_word(value[key]) for key in _WORDS if key in value), "")
            rater = next((_word(value[key]) for key in _RATERS if key in value), "")
            if said:
                yield Verdict(rater=rater, said=said)
        elif _word(value):
            yield Verdict(rater="", said=_word(value))


def _word(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return (f"{value:g}" if isinstance(value, float) else str(value)).strip().lower()[:80]
