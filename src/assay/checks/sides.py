"""The two sides of a preference: their texts, prompt, models and scores, wherever the row tells them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from assay.domain.sample import Message
from assay.domain.training import TrainingRow

_MODELS = (
    ("chosen_model", "rejected_model"),
    ("chosen-model", "rejected-model"),
    ("model_chosen", "model_rejected"),
    ("chosen_generator", "rejected_generator"),
    ("chosen_source", "rejected_source"),
)
_PLACED = (("model_a", "model_b"), ("model_1", "model_2"), ("model_0", "model_1"), ("generator_a", "generator_b"))
_LISTS = ("models", "generators")
_SCORES = (
    ("score_chosen", "score_rejected"),
    ("chosen_score", "rejected_score"),
    ("chosen-rating", "rejected-rating"),
    ("chosen_rating", "rejected_rating"),
    ("rating_chosen", "rating_rejected"),
    ("reward_chosen", "reward_rejected"),
    ("chosen_reward", "rejected_reward"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """A better and a worse answer to one prompt."""

    row: TrainingRow
    """The row they stand in."""
    chosen: str
    """Text of the better answer."""
    rejected: str
    """Text of the worse one."""
    slot: int
    """1 when the better answer stood first as written, -1 when second, 0 where the row does not tell."""

    @property
    def models(self) -> tuple[str, str]:
        """Who wrote each; empty texts where the row does not tell both."""
        return _models(self.row, self.slot) if self.row.shape == "preference" else ("", "")

    @property
    def scores(self) -> tuple[float, float] | None:
        """What each was given; None where the row does not tell both."""
        return _scores(self.row)


def sides(row: TrainingRow) -> Sides | None:
    """The best and the worst answer of a row; None when it prefers none.

    Examples:
        >>> said = [(Message(role="assistant", content=text),) for text in ("Yes.", "No.")]
        >>> row = TrainingRow(file="a", line=1, shape="preference", answers=tuple(said), places=(1, 0))
        >>> found = sides(row)
        >>> found.chosen, found.rejected, found.slot
        ('Yes.', 'No.', -1)
    """
    if row.shape not in ("preference", "ranked") or len(row.answers) < 2:
        return None
    if row.shape == "ranked" and (
        (row.ratings[:1] == row.ratings[-1:] and row.ratings) or "order_untold" in row.problems
    ):
        return None
    slot = 0
    if len(row.places) >= 2 and len(row.places) == len(row.answers):
        slot = 1 if row.places[0] < row.places[-1] else -1
    return Sides(
        row=row,
        chosen=said(row.answers[0]),
        rejected=said(row.answers[-1]),
        slot=slot,
    )


def said(turns: tuple[Message, ...]) -> str:
    """What the assistant says in some turns."""
    if len(turns) == 1:
        return turns[0].content if turns[0].role == "assistant" else ""
    return "\n".join(turn.content for turn in turns if turn.role == "assistant")


def prompt_key(row: TrainingRow) -> int:
    """A number for the prompt, the same for the same turns; 63 bits."""
    content = "\0".join(f"{turn.role}\1{turn.content}" for turn in row.prompt)
    return _hashed(content)


def answer_key(text: str) -> int:
    """A number for an answer, the same up to blanks at its ends; 63 bits."""
    return _hashed(text.strip())


def _hashed(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def word(value: Any) -> str:
    """A name as told in metadata; empty when it is none."""
    return value.strip()[:120] if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """A finite number as told in metadata; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _models(row: TrainingRow, slot: int) -> tuple[str, str]:
    told = row.metadata
    for chosen, rejected in _MODELS:
        if chosen in told and rejected in told:
            return _both(told[chosen], told[rejected])
    if slot:
        for both in _placed(told):
            return both if slot == 1 else both[::-1]
    return "", ""


def _placed(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Models by the places of their answers."""
    for first, second in _PLACED:
        if first in told and second in told:
            yield _both(told[first], told[second])
    for name in _LISTS:
        listed = told.get(name)
        if isinstance(listed, list) and len(listed) == 2:
            yield _both(*listed)


def _both(chosen: Any, rejected: Any) -> tuple[str, str]:
    found = word(chosen), word(rejected)
    return found if all(found) else ("", "")


def _scores(row: TrainingRow) -> tuple[float, float] | None:
    if len(row.ratings) >= 2:
        return row.ratings[0], row.ratings[-1]
    for chosen, rejected in _SCORES:
        if chosen in row.metadata and rejected in row.metadata:
            found = number(row.metadata[chosen]), number(row.metadata[rejected])
            if found[0] is not None and found[1] is not None:
                return found[0], found[1]
    return None
