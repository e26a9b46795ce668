"""What is counted in one sentence of an answer, laid beside its passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assay.scorers.alignment import Alignment
from assay.scorers.contradiction import SURE, Conflict
from assay.scorers.passages import Passages
from assay.scorers.tokens import JOINT, NUMBER, Tokens
from assay.scorers.wordforms import HEDGE, LIGHT, NEGATION, OPINION, OTHER, SELF, word_set

KNOWN = 0.5
"""Match from which a word counts as there."""
_TALK = SELF | OTHER | OPINION | HEDGE | NEGATION
NEAR = 0.6
"""Share of a sentence that one sentence of the passages covers, from which a sure conflict decides alone."""
_BREAKS = word_set("but because so that although though while which who")
_BINDS = word_set("of in on at by for with from to into as between about than")
_ARTICLES = frozenset(("the", "a", "an"))
_WEAK = word_set("""
    may might could some sometimes one only about around nearly almost mostly most often usually many several likely
    possibly partly partially slightly more less than not no never least
    """)  # Words that, left out between two copied ones, make a claim stronger than its source.
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
    content: tuple[int, ...]
    """Places of its content words."""
    pairs: tuple[bool, ...]
    """Whether each neighbouring pair of its words stands in the passages."""


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
    own = other = opinion = hedge = negation = 0
    for word in part.said.words[part.first : part.last]:
        if word not in _TALK:
            continue
        own += word in SELF
        other += word in OTHER
        opinion += word in OPINION
        hedge += word in HEDGE
        negation += word in NEGATION
    return {
        "words": float(part.last - part.first),
        "self": float(own),
        "other": float(other),
        "opinion": float(opinion),
        "hedge": float(hedge),
        "negation": float(negation),
        "capital_words": float(sum(part.said.capitals[part.first : part.last])),
    }


_KNOWN = (
    "content", "weight", "there", "weight_there", "exact", "alike", "unknown", "unknown_count", "unknown_asked",
    "unknown_named", "telling", "telling_weight", "telling_there", "telling_unknown", "telling_unknown_count", "asked",
    "asked_there", "beyond_asked", "numbers", "numbers_there", "capitals", "capitals_there",
)  # fmt: skip


def _known(part: Part) -> dict[str, float]:
    """Which content words are there, and how heavy those are that are not."""
    c = dict.fromkeys(_KNOWN, 0.0)
    said, match, first = part.said, part.laid.match, part.first
    for at in part.content:
        score, heavy, asked = match[at - first], part.weights[at], said.keys[at] in part.asked
        known = score >= KNOWN
        capital = at > first and said.capitals[at]
        c["content"] += 1
        c["weight"] += heavy
        c["there"] += score
        c["weight_there"] += heavy * score
        if score == 1.0:
            c["exact"] += 1
        elif score:
            c["alike"] += 1
        if asked:
            c["asked"] += 1
            c["asked_there"] += known
        else:
            c["beyond_asked"] += heavy * score
        if not known:
            c["unknown"] += heavy
            c["unknown_count"] += 1
            c["unknown_asked"] += heavy * asked
            c["unknown_named"] += capital
        if known or said.words[at] not in LIGHT:
            c["telling"] += 1
            c["telling_weight"] += heavy
            if known:
                c["telling_there"] += heavy * score
            else:
                c["telling_unknown"] += heavy
                c["telling_unknown_count"] += 1
        if said.kinds[at] == NUMBER:
            c["numbers"] += 1
            c["numbers_there"] += score == 1.0
        elif capital:
            c["capitals"] += 1
            c["capitals_there"] += known
    return {**c, "covered": part.laid.covered * c["weight"], "covered_two": part.laid.covered_two * c["weight"]}


def _order(part: Part) -> dict[str, float]:
    """Whether words that are there also stand together there."""
    keys, passages = part.said.keys, part.passages
    content = part.content
    homes = [passages.sentences_of(keys[at]) for at in content]
    scattered = sum(bool(one and two) and one.isdisjoint(two) for one, two in pairwise(homes))
    neighbours = list(pairwise(content))
    match, window = part.laid.match, part.laid.window
    kinds = [conflict.kind for conflict in part.conflicts]
    sure = sum(map(SURE.__contains__, kinds))
    here = sum(match[at - part.first] >= KNOWN and window in home for at, home in zip(content, homes, strict=True))
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
        "number_conflicts": float(kinds.count("number")),
        "name_conflicts": float(kinds.count("name")),
        "word_conflicts": float(kinds.count("word")),
        "sure_conflicts": float(sure),
        "near_conflicts": float(part.laid.covered >= NEAR and sure > 0),
        "conflicts": float(len(kinds)),
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
    there = part.pairs
    triples = sum(
        one and two and passages.triple(keys[first + at], keys[first + at + 1], keys[first + at + 2])
        for at, (one, two) in enumerate(pairwise(there))
    )
    runs = part.laid.runs
    copied = [at for at, held in enumerate(there) if held]
    return {
        "all_there": float(part.laid.match.count(1.0)),
        "before_copied": float(copied[0] if copied else len(there) + 1),
        "after_copied": float(len(there) - 1 - copied[-1] if copied else len(there) + 1),
        "longest_strange": float(_longest_strange(part.laid.match)),
        "pairs": float(len(there)),
        "pairs_there": float(sum(there)),
        "triples": float(max(0, len(there) - 1)),
        "triples_there": float(triples),
        "runs": float(len(runs)),
        "in_run": float(sum(runs)),
        "run_squares": float(sum(run * run for run in runs)),
    }


def _longest_strange(match: Sequence[float]) -> int:
    """Words in a row of which none is there.

    Examples:
        >>> _longest_strange((1.0, 0.0, 0.0, 0.9, 0.0))
        2
    """
    if 0.0 not in match:
        return 0
    most = run = 0
    for score in match:
        run = 0 if score else run + 1
        most = max(most, run)
    return most


def _clauses(part: Part) -> dict[str, float]:
    """Clauses that speak of the speaker or the reader apart from those that claim something."""
    c = dict.fromkeys(_CLAIMS, 0.0)
    said, first, begin = part.said, part.first, part.first
    for end in range(first + 1, part.last + 1):
        if end < part.last and not said.breaks[end] and said.words[end] not in _BREAKS:
            continue
        _clause(part, begin, end, c)
        begin = end
    return c


_CLAIMS = (
    "claim_content", "claim_bare", "claim_weight", "claim_there", "claim_unknown", "claim_words", "claim_pairs",
    "talk_unknown",
)  # fmt: skip


def _clause(part: Part, begin: int, end: int, c: dict[str, float]) -> None:
    said, match, first = part.said, part.laid.match, part.first
    words = said.words[begin:end]
    talk = not (SELF.isdisjoint(words) and OTHER.isdisjoint(words))
    for at in range(begin, end):
        if not talk:
            c["claim_words"] += 1
            c["claim_pairs"] += at > first and part.pairs[at - first - 1]
        if said.kinds[at] == JOINT:
            continue
        heavy, score = part.weights[at], match[at - first]
        if talk:
            c["talk_unknown"] += heavy * (score < KNOWN)
            continue
        c["claim_content"] += 1
        c["claim_bare"] += said.words[at] not in OPINION
        c["claim_weight"] += heavy
        c["claim_there"] += heavy * score
        c["claim_unknown"] += heavy * (score < KNOWN)


def _kept(part: Part) -> dict[str, float]:
    """What was left out between copied words, and whether "of", "from", "by" still bind the same words."""
    dropped, weak = 0, 0
    whole, words = part.passages.tokens, part.said.words
    for (left, above), (right, below) in pairwise(part.laid.path):
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
