"""What a judge's reply says: a value with its reason, or the cause why it says none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.domain.asking import Reply
from assay.domain.trial import Failure
from assay.scorers.json_text import parsed, unfenced
from assay.scorers.phrases import refusing
from assay.scorers.reading import answer_start, lowered, plain

_LONGEST_REASON = 400
_KEYS = {"true/false": "verdict", "0..1": "score", "A/B/tie": "better"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One reply, read."""

    value: bool | float | str | None = None
    """What the judge decided; None when it decided nothing that can be read."""
    cause: str = ""
    """Why there is no value."""
    reason: str = ""
    """The judge's words, or what was wrong with them."""
    quote: str = ""
    """Words of the answer that it rests on."""


def read(reply: Reply, scale: str) -> Judged:
    """Read one reply. Nothing but the JSON object that was asked for gives a value.

    A verdict within prose is not taken: it may be one that the judged answer brought along.
    The scales are `true/false`, `0..1`, and `A/B/tie` for two answers.

    Examples:
        >>> from assay.domain.trial import Output
        >>> read(Output(text='{"reason": "It says no.", "verdict": true}'), "true/false").value
        True
        >>> read(Output(text="I think it is fine."), "true/false").cause
        'judge_unreadable'
    """
    if isinstance(reply, Failure):
        return Judged(cause=f"judge_{reply.cause}", reason=_short(reply.message))
    if reply.finish_reason == "content_filter":
        return Judged(cause="judge_refused", reason="the judge's provider filtered its reply")
    if reply.finish_reason == "length":
        return Judged(cause="judge_truncated", reason="the judge's reply was cut off; raise max_tokens")
    start = answer_start(reply.text)
    text = "" if start is None else reply.text[start:].strip()
    if not text:
        return Judged(cause="judge_empty", reason="the judge said nothing")
    try:
        return _decided(parsed(unfenced(text)), scale)
    except ValueError as error:
        if not text.startswith(("{", "`", "[")) and refusing(lowered(plain(text[:200]))) is not None:
            return Judged(cause="judge_refused", reason=_short(text))
        return Judged(cause="judge_unreadable", reason=_short(f"{error}; the judge said: {text}"))


def _decided(said: Any, scale: str) -> Judged:
    if not isinstance(said, Mapping):
        raise ValueError("not an object")
    key = _KEYS[scale]
    if key not in said:
        raise ValueError(f"no '{key}' in the object")
    value = said[key]
    reason, quote = (found if isinstance(found := said.get(name), str) else "" for name in ("reason", "quote"))
    if scale == "true/false":
        if not isinstance(value, bool):
            raise ValueError("'verdict' is neither true nor false")
        return Judged(value=value, reason=_short(reason), quote=quote)
    if scale == "A/B/tie":
        if value not in ("A", "B", "tie"):
            raise ValueError('\'better\' is neither "A" nor "B" nor "tie"')
        return Judged(value=str(value), reason=_short(reason))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("'score' is no number")
    if not 0 <= value <= 1:
        return Judged(cause="judge_out_of_range", reason=_short(f"score {value} lies outside 0 to 1: {reason}"))
    return Judged(value=float(value), reason=_short(reason), quote=quote)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST_REASON else words[: _LONGEST_REASON - 3] + "..."
