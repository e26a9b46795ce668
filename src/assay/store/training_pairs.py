"""Rows with several answers: chosen and rejected, two with a label, ranked lists."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from assay.domain.sample import Message
from assay.store.training_parts import ANSWERS, CHATS, Parts, first, number, prompt_of
from assay.store.training_turns import Misfit, Notes, is_transcript, plain, transcript, turns

_PAIRS = (
    ("response_a", "response_b"),
    ("response_0", "response_1"),
    ("response_1", "response_2"),
    ("answer_a", "answer_b"),
    ("output_a", "output_b"),
    ("output_1", "output_2"),
    ("response_j", "response_k"),
)
"""Keys of two answers; of response_j and response_k the first is the better one."""
_LABELS = ("label", "winner", "preference", "preferred", "better_response_id", "choice")
_RANKED = ("ranked_responses", "ranking", "ranked")
_LISTS = (*_RANKED, "responses", "answers", "completions", "candidates", "outputs")
_ORDERS = ("rank", "score", "rating", "reward", "overall_score")
_LIST_ORDERS = ("ranks", "rank", "scores", "ratings", "rewards")

SEVERAL = frozenset({"chosen", *_LISTS, *(key for keys in _PAIRS for key in keys)})
"""Keys of which a row with several answers has one."""

Turns = tuple[Message, ...]


def pair(value: Mapping[str, Any], notes: Notes) -> Parts | None:
    """A row with a better and a worse answer; None when it is of another shape."""
    if value.get("chosen") is not None and "rejected" in value:
        return _chosen(value, notes)
    for keys in _PAIRS:
        if isinstance(value.get(keys[0]), str) and isinstance(value.get(keys[1]), str):
            return _labelled(value, keys, notes)
    return None


def _chosen(value: Mapping[str, Any], notes: Notes) -> Parts:
    used = {"chosen", "rejected"}
    written = value["chosen"], value["rejected"]
    asked = _asked(value, notes, used)
    if all(isinstance(each, str) for each in written):
        if asked is None and is_transcript(written[0]):
            prompt, better, worse = _parted(transcript(written[0]), transcript(written[1]))
            return Parts("preference", "hh transcript", prompt, (better, worse), used)
        form = "chosen and rejected" if asked is not None else "chosen and rejected, no prompt"
        return Parts("preference", form, asked or (), (_said(written[0]), _said(written[1])), used)
    better, worse = (turns(each, notes) if each is not None else () for each in written)
    if asked is not None and (not better or better[0].role == "assistant"):
        return Parts("preference", "chosen and rejected messages", asked, (better, worse), used)
    prompt, better, worse = _parted(better, worse)
    return Parts("preference", "chosen and rejected messages", prompt, (better, worse), used)


def _asked(value: Mapping[str, Any], notes: Notes, used: set[str]) -> Turns | None:
    key = first(value, CHATS, list)
    if key is not None:
        used.add(key)
        return turns(value[key], notes)
    found = prompt_of(value, notes)
    if found is None:
        return None
    used |= found[1]
    return found[0]


def _said(text: str) -> Turns:
    return (Message(role="assistant", content=text),)


def _parted(better: Turns, worse: Turns) -> tuple[Turns, Turns, Turns]:
    """Two conversations as their common beginning and what each goes on with."""
    same = sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(better, worse, strict=False)))
    same = max(min(same, len(better) - 1, len(worse) - 1), 0)
    return better[:same], better[same:], worse[same:]


def _labelled(value: Mapping[str, Any], keys: tuple[str, str], notes: Notes) -> Parts:
    used = set(keys)
    asked = _asked(value, notes, used) or ()
    both = (_said(value[keys[0]]), _said(value[keys[1]]))
    if keys[1] == "response_k":
        return Parts("preference", "two answers, the first better", asked, both, used)
    label = next((each for each in _LABELS if value.get(each) is not None), None)
    side = _side(value[label], keys) if label is not None else None
    if label is not None:
        used.add(label)
    if side is None:
        notes.add("no_preference")
        return Parts("ranked", "two answers, none better", asked, both, used, (0.0, 0.0))
    places = (side, 1 - side)
    better, worse = both[places[0]], both[places[1]]
    return Parts("preference", "two answers and a label", asked, (better, worse), used, places=places)


def _side(label: Any, keys: tuple[str, str]) -> int | None:
    """Which of the two answers a label names: by its key, by the end of its key, or by a usual word."""
    word = str(label).strip().lower()
    for index, key in enumerate(keys):
        if word in {key, key.rsplit("_", 1)[1], f"model_{key.rsplit('_', 1)[1]}"}:
            return index
    return None


def ranked(value: Mapping[str, Any], notes: Notes) -> Parts | None:
    """A row with a list of answers, best first by their ranks, scores or order; None when it is of another shape."""
    key = first(value, _LISTS, list)
    if key is None or len(value[key]) < 2 or (key == "answers" and first(value, ANSWERS, str)):
        return None
    used = {key}
    asked = _asked(value, notes, used)
    if asked is None:
        return None
    answers = [_answer(each, notes) for each in value[key]]
    orders, by_rank = _orders(value, key, used, notes)
    if orders is None:
        if key not in _RANKED:
            notes.add("order_untold")
        return Parts("ranked", "list of answers, best first as written", asked, tuple(answers), used)
    place = sorted(range(len(answers)), key=lambda index: orders[index] if by_rank else -orders[index])
    ratings = tuple([-orders[index] if by_rank else orders[index] for index in place])
    form = "ranked list" if by_rank else "list with scores"
    return Parts("ranked", form, asked, tuple([answers[index] for index in place]), used, ratings, tuple(place))


def _answer(value: Any, notes: Notes) -> Turns:
    if isinstance(value, str):
        return _said(value)
    if isinstance(value, dict):
        key = first(value, (*ANSWERS, "text", "content", "value"), object)
        if "role" not in value and key is not None:
            return _said(plain(value[key], notes))
        return turns(value, notes)
    if isinstance(value, list):
        return turns(value, notes)
    raise Misfit(f"an answer of a list is text or turns, found {type(value).__name__}")


def _orders(value: Mapping[str, Any], key: str, used: set[str], notes: Notes) -> tuple[list[float] | None, bool]:
    """What orders the answers of a list, and whether it is a rank, where lower is better."""
    answers = value[key]
    for name in _LIST_ORDERS:
        if isinstance(value.get(name), list) and len(value[name]) == len(answers):
            used.add(name)
            return _numbers(value[name], notes), name in {"ranks", "rank"}
    for name in _ORDERS:
        if all(isinstance(each, dict) and each.get(name) is not None for each in answers):
            return _numbers([each[name] for each in answers], notes), name == "rank"
    return None, False


def _numbers(written: list[Any], notes: Notes) -> list[float] | None:
    found = [number(each, notes) for each in written]
    if any(each is None for each in found):
        notes.add("rating_unreadable")
        return None
    return [each for each in found if each is not None]
