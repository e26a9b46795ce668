"""One sentence laid beside the passages: what it repeats, and what it puts in the place of something else."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assay.scorers.passages import Passages, pieces
from assay.scorers.tokens import CONTENT, JOINT, Tokens
from assay.scorers.word_relations import alike
from assay.scorers.wordforms import stem

_NEAR = 3  # Words that may stand in one exchanged place.
_COMPOUND = 6  # Letters from which a word may be two; initials are shorter.
_COUNTRIES = {
    short: (stem(one), stem(two))
    for short, one, two in (
        ("usa", "united", "states"), ("uk", "united", "kingdom"), ("ny", "new", "york"), ("la", "los", "angeles"),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Swap:
    """Words of the sentence where the passage has others, between neighbours that agree."""

    said: tuple[int, ...]
    """Places in the sentence's words."""
    there: tuple[int, ...]
    """Places in the passages' words."""
    held: bool
    """Whether neighbours on both sides agree."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the words of one sentence stand to the passages."""

    match: tuple[float, ...]
    """Per word: 1 it is there, 0.9 a word alike, 0.5 to 0.85 spelled alike, 0 not there."""
    runs: tuple[int, ...]
    """Lengths of copied runs that cover the sentence, single joints left off."""
    window: int
    """The passages' sentence that covers most of it; -1 when none does."""
    covered: float
    """Weighted share of its content in that sentence."""
    covered_two: float
    """The same with the better neighbour of that sentence."""
    swaps: tuple[Swap, ...]
    """Exchanged words, against that sentence."""
    path: tuple[tuple[int, int], ...]
    """Agreeing content words: place in the sentence, place in the passages."""


def aligned(said: Tokens, first: int, last: int, passages: Passages, weights: Sequence[float]) -> Alignment:
    """Lay the words `first` to `last` of an answer beside the passages.

    Args:
        said: Words of the answer.
        first: First word of the sentence.
        last: One past its last word.
        passages: What it must rest on.
        weights: Weight of each word of the answer; rare words weigh more.
    """
    keys, kinds = said.keys, said.kinds
    found: dict[int, str] = {}
    match: list[float] = []
    places = passages.places
    for at in range(first, last):
        key, score = keys[at], 1.0
        if key not in places:
            key, score = _nearest(key, kinds[at], passages)
            if not score and kinds[at] == CONTENT:
                key, score = _written(said, at, passages)
        match.append(score)
        if score:
            found[at] = key
    window, covered, two = _window(found, kinds, passages, weights, first, last)
    path = _path(found, kinds, passages, window) if window >= 0 else ()
    swaps = _swaps(path, kinds, first, last, match, passages, window, keys) if path else ()
    return Alignment(tuple(match), _runs(keys, kinds, first, last, passages), window, covered, two, swaps, path)


def _nearest(key: str, kind: int, passages: Passages) -> tuple[str, float]:
    if kind == JOINT or len(key) < 2 or key[0].isdigit():
        return "", 0.0
    for other in alike(key):
        if other in passages.places:
            return other, 0.9
    if len(key) < 4:
        return "", 0.0
    best, share = "", 0.0
    for other in passages.openings.get(key[:4], ())[:16]:
        same = 4
        short = min(len(key), len(other))
        while same < short and key[same] == other[same]:
            same += 1
        if (part := same / max(len(key), len(other))) > share:
            best, share = other, part
    if share >= 0.6:
        return best, 0.5 + 0.35 * share
    if len(key) < 6:
        return "", 0.0
    parts = pieces(key)
    known = sum(part in passages.trigrams for part in parts) / len(parts)
    return "", 0.3 if known >= 0.9 else 0.0


def _written(said: Tokens, at: int, passages: Passages) -> tuple[str, float]:
    """A word that the passages write otherwise: as two words, or as the name whose initials it is."""
    word, key = said.words[at], said.keys[at]
    if len(word) >= _COMPOUND:
        found = passages.apart(word)
        return found, 0.9 if found else 0.0
    if _COUNTRIES.get(key) in passages.pairs:
        return _COUNTRIES[key][1], 0.9
    if said.capitals[at] and len(word) > 1 and (place := passages.initials.find(word)) >= 0:
        return passages.tokens.keys[place + len(word) - 1], 0.9
    return "", 0.0


def _window(
    found: dict[int, str],
    kinds: tuple[int, ...],
    passages: Passages,
    weights: Sequence[float],
    first: int,
    last: int,
) -> tuple[int, float, float]:
    total = sum(weights[at] for at in range(first, last) if kinds[at] != JOINT)
    if not total:
        return -1, 0.0, 0.0
    homes = [(weights[at], passages.sentences_of(key)) for at, key in found.items() if key and kinds[at] != JOINT]
    held: dict[int, float] = {}
    for heavy, home in homes:
        for sentence in home:
            held[sentence] = held.get(sentence, 0.0) + heavy
    if not held:
        return -1, 0.0, 0.0
    best = max(held, key=lambda sentence: (held[sentence], -sentence))
    both = [
        sum(heavy for heavy, home in homes if best in home or other in home)
        for other in (best - 1, best + 1)
        if other in held
    ]
    return best, held[best] / total, max([held[best], *both]) / total


def _path(
    found: dict[int, str], kinds: tuple[int, ...], passages: Passages, window: int
) -> tuple[tuple[int, int], ...]:
    """Longest order of content words common to the sentence and the window."""
    start, stop = passages.bounds[window]
    ends: list[int] = []
    tails: list[int] = []
    chosen: list[tuple[int, int, int]] = []
    for at, key in sorted(found.items()):
        if kinds[at] == JOINT or not key:
            continue
        places = [place for place in passages.places[key] if start <= place < stop]
        for place in reversed(places):
            length = bisect_left(ends, place)
            chosen.append((at, place, tails[length - 1] if length else -1))
            if length == len(ends):
                ends.append(place)
                tails.append(len(chosen) - 1)
            elif place < ends[length]:
                ends[length] = place
                tails[length] = len(chosen) - 1
    path: list[tuple[int, int]] = []
    node = tails[-1] if tails else -1
    while node >= 0:
        at, place, node = chosen[node]
        path.append((at, place))
    return tuple(reversed(path))


def _swaps(
    path: tuple[tuple[int, int], ...],
    kinds: tuple[int, ...],
    first: int,
    last: int,
    match: list[float],
    passages: Passages,
    window: int,
    keys: tuple[str, ...],
) -> tuple[Swap, ...]:
    start, stop = passages.bounds[window]
    whole = passages.tokens.kinds
    own = set(keys[first:last])
    edges = [(first - 1, start - 1), *path, (last, stop)]
    swaps: list[Swap] = []
    for number, ((left, above), (right, below)) in enumerate(pairwise(edges)):
        said = [at for at in range(left + 1, right) if kinds[at] != JOINT]
        if not said or len(said) > _NEAR:
            continue
        inner = 0 < number < len(edges) - 2
        there = [
            place
            for place in range(above + 1, below)
            if whole[place] != JOINT and passages.tokens.keys[place] not in own
        ]
        if not inner:
            there = there[-len(said) :] if number == 0 else there[: len(said)]
        if there and len(there) <= _NEAR + 2:
            swaps.append(Swap(tuple(said), tuple(there[:_NEAR]), inner))
    return tuple(swaps)


def _runs(keys: tuple[str, ...], kinds: tuple[int, ...], first: int, last: int, passages: Passages) -> tuple[int, ...]:
    """Lengths of the longest copied runs, taken from the right, that hold more than joints."""
    ending = _endings(keys[first:last], passages)
    runs: list[int] = []
    at = last - first - 1
    while at >= 0:
        size = ending[at]
        if size and any(kinds[first + at - size + 1 : first + at + 1]):  # a joint's kind is 0
            runs.append(size)
        at -= size or 1
    return tuple(runs)


def _endings(keys: tuple[str, ...], passages: Passages) -> list[int]:
    """Length of the longest copied run that ends at each word."""
    ending: list[int] = []
    before: dict[int, int] = {}
    whole, pairs, places = passages.tokens.keys, passages.pairs, passages.places
    last_key = ""
    for key in keys:
        if (last_key, key) in pairs:
            before = {at: before.get(at - 1, 1) + 1 for at in places[key] if at and whole[at - 1] == last_key}
            ending.append(max(before.values(), default=1))
        else:
            before = {}
            ending.append(int(key in places))
        last_key = key
    return ending
