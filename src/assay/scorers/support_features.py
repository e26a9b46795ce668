"""The numbers that the groundedness model reads of an answer, or of one of its sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assay.scorers.sentence_counts import KNOWN
from assay.scorers.support import Reading, Sentence
from assay.scorers.tokens import JOINT
from assay.scorers.wordforms import ASKING, word_set

_YES = word_set("yes yeah yep true sure definitely right")
_NO = word_set("no nope not")
_POINTS = word_set("it they he she there this these")

RISING = word_set("""
    there weight_there exact pairs content_pairs in_run density longest_run covered covered_two beyond_asked path
    all_there worst_there worst_pairs worst_covered triples claim_there claim_pairs run_share order
    """)
"""Features that may only raise the probability."""
FALLING = word_set("""
    unknown_most unknown_sum unknown_count unknown_named numbers_missing capitals_missing scattered swaps swap_weight
    held_swaps number_conflicts name_conflicts word_conflicts sure_conflicts near_conflicts conflicts
    repeated repeated_count bound_otherwise
    bound_otherwise_count claim_unknown disorder dropped_weak longest_strange
    """)
"""Features that may only lower it."""
STEADY = (
    RISING
    | FALLING
    | word_set("""
        small small_spaced large_unspaced passage_small spaced split_quotes capital_style words content sentences
        passage_words passage_spaced self opinion own_talk questions claim_share asked_you yes_to_you
        """)
)
"""Features of the steady layer: those whose direction is known, and how the text is set."""
MANNER = word_set("""
    small spaced small_spaced large_unspaced passage_small split_quotes capital_style words passage_words
    passage_sentences no_prompt capitals asked_words ends_open opens_self sentences passage_spaced both_spaced
    passage_alone_spaced typed
    """)
"""Features that tell how the text is set and how long it is, and so by whose rules it was labelled."""


def features(reading: Reading, chosen: Sequence[Sentence]) -> dict[str, float]:
    """Features by name, always the same names in the same order.

    Args:
        reading: The answer beside its passages.
        chosen: All its sentences, or one of them.
    """
    if len(chosen) > 1:
        columns = zip(*(sentence.counts.values() for sentence in chosen), strict=True)
        c = _Counts(zip(chosen[0].counts, map(sum, columns), strict=True))
    else:
        c = _Counts(chosen[0].counts if chosen else {})
    return {
        **_overlap(c),
        **_order(c),
        **_talk(c, chosen),
        **_worst(chosen, c),
        **_shape(reading, chosen, c),
        **_frame(reading, chosen),
    }


class _Counts(dict[str, float]):
    def __missing__(self, key: str) -> float:
        return 0.0

    def share(self, part: str, whole: str, least: float = 1.0) -> float:
        """One count over another, which is at least `least`."""
        size = self[whole]
        return self[part] / (size if size > least else least)


def _overlap(c: _Counts) -> dict[str, float]:
    return {
        "there": c.share("there", "content"),
        "all_there": c.share("all_there", "words"),
        "weight_there": c.share("weight_there", "weight", 0.1),
        "exact": c.share("exact", "content"),
        "alike": c.share("alike", "content"),
        "pairs": c.share("pairs_there", "pairs"),
        "content_pairs": c.share("content_pairs_there", "content_pairs"),
        "triples": c.share("triples_there", "triples"),
        "in_run": c.share("in_run", "words"),
        "density": math.log1p(c.share("run_squares", "words")),
        "runs": c.share("runs", "words"),
        "covered": c.share("covered", "weight", 0.1),
        "covered_two": c.share("covered_two", "weight", 0.1),
        "unknown_sum": math.log1p(c["unknown"]),
        "unknown_count": math.log1p(c["unknown_count"]),
        "unknown_asked": c.share("unknown_asked", "weight", 0.1),
        "unknown_named": math.log1p(c["unknown_named"]),
        "asked": c.share("asked", "content"),
        "asked_there": c.share("asked_there", "content"),
        "beyond_asked": c.share("beyond_asked", "weight", 0.1),
        "numbers": math.log1p(c["numbers"]),
        "numbers_missing": c["numbers"] - c["numbers_there"],
        "capitals": c.share("capitals", "words"),
        "capitals_missing": (c["capitals"] - c["capitals_there"]) / max(c["capitals"], 1.0),
    }


def _order(c: _Counts) -> dict[str, float]:
    return {
        "scattered": c.share("scattered", "content_pairs"),
        "swaps": c.share("swaps", "content"),
        "swap_weight": c.share("swap_weight", "weight", 0.1),
        "held_swaps": c.share("held_swaps", "content"),
        "path": c.share("path", "content"),
        "order": c.share("path", "there"),
        "disorder": c.share("disorder", "content"),
        "repeated": c.share("repeated", "content"),
        "repeated_count": c["repeated"],
        "dropped": c.share("dropped", "content"),
        "dropped_weak": c["dropped_weak"],
        "bound_otherwise": c.share("bound_otherwise", "bound"),
        "bound_otherwise_count": c["bound_otherwise"],
        "number_conflicts": math.log1p(c["number_conflicts"]),
        "name_conflicts": math.log1p(c["name_conflicts"]),
        "word_conflicts": math.log1p(c["word_conflicts"]),
        "sure_conflicts": math.log1p(c["sure_conflicts"]),
        "near_conflicts": float(c["near_conflicts"] > 0),
        "conflicts": math.log1p(c["conflicts"]),
    }


def _talk(c: _Counts, chosen: Sequence[Sentence]) -> dict[str, float]:
    own = [sentence for sentence in chosen if sentence.counts["self"] or sentence.counts["questions"]]
    return {
        **{name: c.share(name, "words") for name in ("self", "other", "opinion", "hedge", "negation")},
        "questions": c["questions"] / max(len(chosen), 1),
        "own_talk": len(own) / max(len(chosen), 1),
        "claim_share": c.share("claim_content", "content"),
        "claim_there": c.share("claim_there", "claim_weight", 0.1) if c["claim_weight"] else 0.5,
        "claim_unknown": math.log1p(c["claim_unknown"]),
        "claim_pairs": c.share("claim_pairs", "claim_words"),
        "talk_unknown": math.log1p(c["talk_unknown"]),
    }


def _worst(chosen: Sequence[Sentence], whole: _Counts) -> dict[str, float]:
    claims = [_Counts(sentence.counts) for sentence in chosen if sentence.counts["content"] >= 2] or [whole]
    return {
        "worst_there": min(claim.share("weight_there", "weight", 0.1) for claim in claims),
        "worst_pairs": min(claim.share("pairs_there", "pairs") for claim in claims),
        "worst_covered": min(claim.share("covered", "weight", 0.1) for claim in claims),
    }


def _shape(reading: Reading, chosen: Sequence[Sentence], c: _Counts) -> dict[str, float]:
    said, passages = reading.said, reading.passages
    content = [
        (at, s.laid.match[at - s.first]) for s in chosen for at in range(s.first, s.last) if said.kinds[at] != JOINT
    ]
    keys = [said.keys[at] for at, _ in content]
    runs = [run for sentence in chosen for run in sentence.laid.runs]
    length = len(passages.tokens.words)
    first, last = (chosen[0], chosen[-1]) if chosen else (None, None)
    return {
        "first_there": float(first is not None and first.laid.match[0] == 1.0),
        "last_there": float(last is not None and last.laid.match[-1] == 1.0),
        "before_copied": math.log1p(first.counts["before_copied"] if first else 0.0),
        "after_copied": math.log1p(last.counts["after_copied"] if last else 0.0),
        "longest_strange": math.log1p(max((one.counts["longest_strange"] for one in chosen), default=0.0)),
        "unknown_most": max((reading.weights[at] for at, match in content if match < KNOWN), default=0.0),
        "longest_run": math.log1p(max(runs, default=0)),
        "run_share": max(runs, default=0) / max(c["words"], 1.0),
        "content": math.log1p(c["content"]),
        "words": math.log1p(c["words"]),
        "sentences": math.log1p(len(chosen)),
        "passage_words": math.log1p(length),
        "passage_sentences": math.log1p(len(passages.bounds)),
        "answer_to_passages": c["words"] / (length + 1.0),
        "used": len({key for key in keys if key in passages.places}) / max(passages.n_content, 1),
        "repeats": 1.0 - len(set(keys)) / max(len(keys), 1),
        "weight_mean": c.share("weight", "content"),
        "capital_style": c.share("capital_words", "words"),
        "passage_asked": reading.asked_there,
    }


def _frame(reading: Reading, chosen: Sequence[Sentence]) -> dict[str, float]:
    """How the answer opens and ends, what was asked, and how the text is set."""
    said, answer = reading.said, reading.answer
    places = range(chosen[0].first, chosen[0].last) if chosen else range(0)
    opening = [said.words[at] for at in places[:2]] or [""]
    subject = opening[-1] if opening[0] in _YES or opening[0] in _NO or opening[0] == "well" else opening[0]
    whole = reading.passages.tokens
    keys = whole.keys
    spaced, cased = reading.spaced, reading.cased
    small = reading.passages.cased and not cased
    return {
        "opens_yes": float(opening[0] in _YES),
        "opens_no": float(opening[0] in _NO),
        "opens_asking": float(opening[0] in ASKING),
        "opens_self": float(opening[0] in ("i", "my", "we", "im")),
        "opens_same": float(bool(places) and bool(keys) and said.keys[places[0]] == keys[0]),
        "points": float(subject in _POINTS),
        "asked_question": float(reading.asks),
        "asked_you": float(reading.asks_you),
        "yes_to_you": float(reading.asks_you and opening[0] in _YES),
        "asked_words": math.log1p(len(reading.asked)),
        "no_prompt": float(not reading.prompt),
        "gender": float(reading.gender),
        "spaced": float(spaced),
        "small": float(small),
        "small_spaced": float(small and spaced),
        "large_unspaced": float(cased and not spaced),
        "passage_small": float(not reading.passages.cased),
        "passage_spaced": float(reading.passages.spaced),
        "both_spaced": float(reading.passages.spaced and spaced),
        "passage_alone_spaced": float(reading.passages.spaced and cased and not spaced),
        "typed": float(reading.passages.cased and cased and not spaced),
        "split_quotes": float(" ' " in answer),
        "ends_open": float(answer.rstrip()[-1:] not in ".!?\"'"),
    }


def direction(name: str) -> int:
    """1: a feature that may only raise the probability, -1: only lower it, 0: either."""
    return 1 if name in RISING else -1 if name in FALLING else 0
