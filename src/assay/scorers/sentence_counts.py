"""What is counted in one sentence of an answer, laid beside its passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.scorers.alignment import Alignment
from assay.scorers.contradiction import SURE, Conflict
from assay.scorers.passages import Passages
from assay.scorers.tokens import JOINT, NUMBER, Tokens
from assay.scorers.wordforms import HEDGE, NEGATION, OPINION, OTHER, SELF

KNOWN = 0.5
"""Match from which a word counts as there."""
NEAR = 0.6
"""Share of a sentence that one sentence of the passages covers, from which a sure conflict decides alone."""
_BREAKS = frozenset("but because so that although though while which who".split())
_BINDS = frozenset("of in on at by for with from to into as between about than".split())
_ARTICLES = frozenset(("the", "a", "an"))
_WEAK = frozenset(
    """
    may might could some sometimes one only about around nearly almost mostly most often usually many several likely
    possibly partly partially slightly more less than not no never least
    """.split()
)  # Words that, left out between two copied ones, make a claim stronger than its source.
_REACH = 12  # Words of the passage that are looked through between two that agree.


@dataclass(frozen=True, slots=True)
class Part:
    """One sentence with all that is known of it."""

    said: Tokens
    """Words of the answer."""
    first: int
    """Its first word."""
    last: int
    """One past its last word."""
    weights: tuple[float, ...]
    """Weight of each word of the answer."""
    asked: frozenset[str]
    """Keys of the last user turn."""
    passages: Passages
    """What it must rest on."""
    laid: Alignment
    """How its words stand to the passages."""
    conflicts: tuple[Conflict, ...]
    """What it says otherwise."""
    asks: bool
    """Whether it is a question."""


def counted(part: Part) -> dict[str, float]:
    """All counts of one sentence by name; those of several are added."""
    return {
        **_talk(part),
        **_known(part),
        **_order(part),
        **_copied(part),
        **_clauses(part),
        **_kept(part),
        "questions": float(part.asks),
    }


def _talk(part: Part) -> dict[str, float]:
    words = part.said.words[part.first : part.last]
    return {
        "words": float(len(words)),
        "self": float(sum(word in SELF for word in words)),
        "other": float(sum(word in OTHER for word in words)),
        "opinion": float(sum(word in OPINION for word in words)),
        "hedge": float(sum(word in HEDGE for word in words)),
        "negation": float(sum(word in NEGATION for word in words)),
        "capital_words": float(sum(part.said.capitals[part.first : part.last])),
    }


def _content(part: Part) -> list[int]:
    return [at for at in range(part.first, part.last) if part.said.kinds[at] != JOINT]


def _known(part: Part) -> dict[str, float]:
    """Which content words are there, and how heavy those are that are not."""
    said, match, first = part.said, part.laid.match, part.first
    content = _content(part)
    score = {at: match[at - first] for at in content}
    missing = [at for at in content if score[at] < KNOWN]
    numbers = [at for at in content if said.kinds[at] == NUMBER]
    capitals = [at for at in content if at > first and said.capitals[at] and said.kinds[at] != NUMBER]
    asked = [at for at in content if said.keys[at] in part.asked]
    weights = part.weights
    return {
        "content": float(len(content)),
        "weight": sum(weights[at] for at in content),
        "there": sum(score.values()),
        "weight_there": sum(weights[at] * score[at] for at in content),
        "exact": float(sum(score[at] == 1.0 for at in content)),
        "alike": float(sum(0 < score[at] < 1 for at in content)),
        "unknown": sum(weights[at] for at in missing),
        "unknown_count": float(len(missing)),
        "unknown_asked": sum(weights[at] for at in missing if said.keys[at] in part.asked),
        "unknown_named": float(sum(said.capitals[at] for at in missing if at > first)),
        "asked": float(len(asked)),
        "asked_there": float(sum(score[at] >= KNOWN for at in asked)),
        "beyond_asked": sum(weights[at] * score[at] for at in content if said.keys[at] not in part.asked),
        "numbers": float(len(numbers)),
        "numbers_there": float(sum(score[at] == 1.0 for at in numbers)),
        "capitals": float(len(capitals)),
        "capitals_there": float(sum(score[at] >= KNOWN for at in capitals)),
        "covered": part.laid.covered * sum(weights[at] for at in content),
        "covered_two": part.laid.covered_two * sum(weights[at] for at in content),
    }


def _order(part: Part) -> dict[str, float]:
    """Whether words that are there also stand together there."""
    keys, passages = part.said.keys, part.passages
    content = _content(part)
    scattered = 0
    for left, right in zip(content, content[1:], strict=False):
        one, two = passages.sentences_of(keys[left]), passages.sentences_of(keys[right])
        scattered += bool(one and two) and one.isdisjoint(two)
    neighbours = list(zip(content, content[1:], strict=False))
    here = sum(part.laid.match[at - part.first] >= KNOWN and part.laid.window in passages.sentences_of(keys[at]) for at in content)  # noqa: E501
    return {
        "content_pairs": float(len(neighbours)),
        "content_pairs_there": float(sum((keys[a], keys[b]) in passages.content_pairs for a, b in neighbours)),
        "scattered": float(scattered),
        "swaps": float(len(part.laid.swaps)),
        "swap_weight": sum(part.weights[at] for swap in part.laid.swaps for at in swap.said),
        "held_swaps": float(sum(swap.held for swap in part.laid.swaps)),
        "path": float(len(part.laid.path)),
        "disorder": float(max(0, here - len(part.laid.path))),
        "repeated": float(_repeated(part, content)),
        "number_conflicts": float(sum(conflict.kind == "number" for conflict in part.conflicts)),
        "name_conflicts": float(sum(conflict.kind == "name" for conflict in part.conflicts)),
        "word_conflicts": float(sum(conflict.kind == "word" for conflict in part.conflicts)),
        "sure_conflicts": float(sum(conflict.kind in SURE for conflict in part.conflicts)),
        "near_conflicts": float(part.laid.covered >= NEAR and any(one.kind in SURE for one in part.conflicts)),
        "conflicts": float(len(part.conflicts)),
    }


def _repeated(part: Part, content: Sequence[int]) -> int:
    """Content words said more often than the window says them: "from Africa to Africa"."""
    seen: dict[str, int] = {}
    for at in content:
        seen[part.said.keys[at]] = seen.get(part.said.keys[at], 0) + 1
    start, stop = part.passages.bounds[part.laid.window] if part.laid.window >= 0 else (0, 0)
    return sum(
        max(0, count - max(1, sum(start <= place < stop for place in part.passages.places.get(key, ()))))
        for key, count in seen.items()
        if count > 1
    )


def _copied(part: Part) -> dict[str, float]:
    keys, passages, first = part.said.keys, part.passages, part.first
    there = [(keys[at - 1], keys[at]) in passages.pairs for at in range(first + 1, part.last)]
    triples = sum(
        one and two and passages.triple(keys[first + at], keys[first + at + 1], keys[first + at + 2])
        for at, (one, two) in enumerate(zip(there, there[1:], strict=False))
    )
    runs = part.laid.runs
    return {
        "pairs": float(len(there)),
        "pairs_there": float(sum(there)),
        "triples": float(max(0, len(there) - 1)),
        "triples_there": float(triples),
        "runs": float(len(runs)),
        "in_run": float(sum(runs)),
        "run_squares": float(sum(run * run for run in runs)),
    }


def _clauses(part: Part) -> dict[str, float]:
    """Clauses that speak of the speaker or the reader apart from those that claim something."""
    c = dict.fromkeys(("claim_content", "claim_bare", "claim_weight", "claim_there", "claim_unknown", "claim_words", "claim_pairs"), 0.0)
    talked = 0.0
    said, first, begin = part.said, part.first, part.first
    for end in range(first + 1, part.last + 1):
        if end < part.last and not said.breaks[end] and said.words[end] not in _BREAKS:
            continue
        places, begin = range(begin, end), end
        content = [at for at in places if said.kinds[at] != JOINT]
        missing = sum(part.weights[at] for at in content if part.laid.match[at - first] < KNOWN)
        if any(said.words[at] in SELF or said.words[at] in OTHER for at in places):
            talked += missing
            continue
        c["claim_content"] += len(content)
        c["claim_bare"] += sum(said.words[at] not in OPINION for at in content)
        c["claim_weight"] += sum(part.weights[at] for at in content)
        c["claim_there"] += sum(part.weights[at] * part.laid.match[at - first] for at in content)
        c["claim_unknown"] += missing
        c["claim_words"] += len(places)
        c["claim_pairs"] += sum(at > first and (said.keys[at - 1], said.keys[at]) in part.passages.pairs for at in places)
    return {**c, "talk_unknown": talked}


def _kept(part: Part) -> dict[str, float]:
    """What was left out between copied words, and whether "of", "from", "by" still bind the same words."""
    dropped, weak = 0, 0
    whole, words = part.passages.tokens, part.said.words
    for (left, above), (right, below) in zip(part.laid.path, part.laid.path[1:], strict=False):
        if right - left > 3:
            continue
        ours = set(words[left + 1 : right])
        between = range(above + 1, min(below, above + _REACH))
        dropped += sum(whole.kinds[place] != JOINT for place in between)
        weak += sum(whole.words[place] in _WEAK and whole.words[place] not in ours for place in between)
    bound, otherwise, bind = 0, 0, ""
    for at in range(part.first, part.last):
        word, key = words[at], part.said.keys[at]
        if word in _ARTICLES:
            continue
        if bind and part.said.kinds[at] != JOINT and key in part.passages.places:
            bound += 1
            otherwise += not _binds(part.passages, bind, key)
        bind = word if word in _BINDS else ""
    return {
        "dropped": float(dropped),
        "dropped_weak": float(weak),
        "bound": float(bound),
        "bound_otherwise": float(otherwise),
    }


def _binds(passages: Passages, bind: str, key: str) -> bool:
    words = passages.tokens.words
    for place in passages.places[key][:24]:
        before = place - 1
        while before >= 0 and before > place - 4 and words[before] in _ARTICLES:
            before -= 1
        if before >= 0 and words[before] == bind:
            return True
    return False
