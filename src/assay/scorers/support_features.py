"""The numbers that the groundedness model reads of an answer and of each of its sentences, as columns."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain, compress
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from assay.scorers.sentence_counts import KNOWN
from assay.scorers.support import Reading, Sentence
from assay.scorers.wordforms import ASKING, word_set

Column = NDArray[np.float64]
"""One number of the whole answer, then of each of its sentences."""
_YES = word_set("yes yeah yep true sure definitely right")
_NO = word_set("no nope not")
_POINTS = word_set("it they he she there this these")

RISING = word_set("""
    there weight_there exact pairs content_pairs in_run density longest_run covered covered_two beyond_asked path
    all_there worst_there worst_pairs worst_covered triples claim_there claim_pairs run_share order
    telling_there
    """)
"""Features that may only raise the probability."""
FALLING = word_set("""
    unknown_most unknown_sum unknown_count unknown_named numbers_missing capitals_missing scattered swaps swap_weight
    held_swaps number_conflicts name_conflicts word_conflicts sure_conflicts near_conflicts conflicts
    repeated repeated_count bound_otherwise
    bound_otherwise_count claim_unknown disorder dropped_weak longest_strange
    telling_unknown telling_unknown_count telling_unknown_share
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


def features(reading: Reading) -> dict[str, Column]:
    """Numbers by name, always the same names in the same order: of the whole answer, then of each of its sentences.

    Args:
        reading: An answer with at least one sentence, beside its passages.
    """
    names = reading.sentences[0].counts
    each = np.array([list(sentence.counts.values()) for sentence in reading.sentences])
    c = _Counts(dict(zip(names, np.vstack([each.sum(axis=0), each]).T, strict=True)))
    sentences = np.ones(len(each) + 1)
    sentences[0] = len(each)
    return {
        **_overlap(c),
        **_order(c),
        **_talk(c, sentences),
        **_worst(c),
        **_runs(c, reading),
        **_shape(c, reading, sentences),
        **_frame(reading),
    }


class _Counts(dict[str, Column]):
    def share(self, part: str, whole: str, least: float = 1.0) -> Column:
        """One count over another, which is at least `least`."""
        found: Column = self[part] / np.maximum(self[whole], least)
        return found

    def log(self, name: str) -> Column:
        """A count whose large values matter less."""
        return _log(self[name])


def _log(column: Column) -> Column:
    """log(1 + x), by the library of C: numpy's differs in the last bit, and trees cut at values that they saw."""
    return np.array(list(map(math.log1p, column.tolist())))


def _overlap(c: _Counts) -> dict[str, Column]:
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
        "density": _log(c.share("run_squares", "words")),
        "runs": c.share("runs", "words"),
        "covered": c.share("covered", "weight", 0.1),
        "covered_two": c.share("covered_two", "weight", 0.1),
        "unknown_sum": c.log("unknown"),
        "unknown_count": c.log("unknown_count"),
        "telling_there": c.share("telling_there", "telling_weight", 0.1),
        "telling_unknown": c.log("telling_unknown"),
        "telling_unknown_count": c.log("telling_unknown_count"),
        "telling_unknown_share": c.share("telling_unknown_count", "telling"),
        "unknown_asked": c.share("unknown_asked", "weight", 0.1),
        "unknown_named": c.log("unknown_named"),
        "asked": c.share("asked", "content"),
        "asked_there": c.share("asked_there", "content"),
        "beyond_asked": c.share("beyond_asked", "weight", 0.1),
        "numbers": c.log("numbers"),
        "numbers_missing": c["numbers"] - c["numbers_there"],
        "capitals": c.share("capitals", "words"),
        "capitals_missing": (c["capitals"] - c["capitals_there"]) / np.maximum(c["capitals"], 1.0),
    }


def _order(c: _Counts) -> dict[str, Column]:
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
        "number_conflicts": c.log("number_conflicts"),
        "name_conflicts": c.log("name_conflicts"),
        "word_conflicts": c.log("word_conflicts"),
        "sure_conflicts": c.log("sure_conflicts"),
        "near_conflicts": (c["near_conflicts"] > 0).astype(np.float64),
        "conflicts": c.log("conflicts"),
    }


def _talk(c: _Counts, sentences: Column) -> dict[str, Column]:
    own = ((c["self"] > 0) | (c["questions"] > 0)).astype(np.float64)
    own[0] = own[1:].mean()
    there = c.share("claim_there", "claim_weight", 0.1)
    return {
        **{name: c.share(name, "words") for name in ("self", "other", "opinion", "hedge", "negation")},
        "questions": c["questions"] / sentences,
        "own_talk": own,
        "claim_share": c.share("claim_content", "content"),
        "claim_there": np.where(c["claim_weight"] > 0, there, 0.5),
        "claim_unknown": c.log("claim_unknown"),
        "claim_pairs": c.share("claim_pairs", "claim_words"),
        "talk_unknown": c.log("talk_unknown"),
    }


def _worst(c: _Counts) -> dict[str, Column]:
    """Of the whole the least of its sentences that say something; of a sentence its own."""
    saying = c["content"][1:] >= 2
    return {
        "worst_there": _least(c.share("weight_there", "weight", 0.1), saying),
        "worst_pairs": _least(c.share("pairs_there", "pairs"), saying),
        "worst_covered": _least(c.share("covered", "weight", 0.1), saying),
    }


def _least(shares: Column, saying: NDArray[np.bool_]) -> Column:
    if saying.any():
        shares[0] = shares[1:][saying].min()
    return shares


def _runs(c: _Counts, reading: Reading) -> dict[str, Column]:
    """Where what is copied begins and ends, and the longest run that is copied or strange."""
    laid = [sentence.laid for sentence in reading.sentences]
    longest = _whole([float(max(one.runs, default=0)) for one in laid], max)
    return {
        "first_there": _whole([float(one.match[0] == 1.0) for one in laid], _first),
        "last_there": _whole([float(one.match[-1] == 1.0) for one in laid], _last),
        "before_copied": _log(_whole(c["before_copied"][1:].tolist(), _first)),
        "after_copied": _log(_whole(c["after_copied"][1:].tolist(), _last)),
        "longest_strange": _log(_whole(c["longest_strange"][1:].tolist(), max)),
        "unknown_most": _whole([_heaviest(reading, sentence) for sentence in reading.sentences], max),
        "longest_run": _log(longest),
        "run_share": longest / np.maximum(c["words"], 1.0),
    }


def _heaviest(reading: Reading, sentence: Sentence) -> float:
    """Weight of the heaviest word that is not there."""
    weights = reading.weights[sentence.first : sentence.last]  # a joint weighs nothing
    return max([heavy for heavy, match in zip(weights, sentence.laid.match, strict=True) if match < KNOWN], default=0.0)


def _whole(each: list[float], of: Callable[[list[float]], float]) -> Column:
    return np.array([of(each), *each])


_first: Callable[[list[float]], float] = itemgetter(0)
_last: Callable[[list[float]], float] = itemgetter(-1)


def _shape(c: _Counts, reading: Reading, sentences: Column) -> dict[str, Column]:
    passages, flat = reading.passages, np.ones(len(sentences))
    length = len(passages.tokens.words)
    kept = [
        list(compress(reading.said.keys[one.first : one.last], reading.said.kinds[one.first : one.last]))
        for one in reading.sentences
    ]  # a joint's kind is 0
    rows = [list(chain.from_iterable(kept)), *kept]
    sets = [set(keys) for keys in rows]
    return {
        "content": c.log("content"),
        "words": c.log("words"),
        "sentences": _log(sentences),
        "passage_words": math.log1p(length) * flat,
        "passage_sentences": math.log1p(len(passages.bounds)) * flat,
        "answer_to_passages": c["words"] / (length + 1.0),
        "used": np.array([len(keys & passages.places.keys()) for keys in sets]) / max(passages.n_content, 1),
        "repeats": np.array([1.0 - len(one) / max(len(keys), 1) for one, keys in zip(sets, rows, strict=True)]),
        "weight_mean": c.share("weight", "content"),
        "capital_style": c.share("capital_words", "words"),
        "passage_asked": reading.asked_there * flat,
    }


def _frame(reading: Reading) -> dict[str, Column]:
    """How the answer opens and ends, what was asked, and how the text is set."""
    opened = np.array([_opening(reading, sentence) for sentence in reading.sentences], np.float64)
    columns = np.vstack((opened[:1], opened)).T
    flat = np.ones(len(reading.sentences) + 1)
    asks = columns[0] * reading.asks_you
    return {
        **dict(zip(_OPENINGS, columns, strict=True)),
        "asked_question": reading.asks * flat,
        "asked_you": reading.asks_you * flat,
        "yes_to_you": asks,
        **{name: value * flat for name, value in _setting(reading).items()},
    }


_OPENINGS = ("opens_yes", "opens_no", "opens_asking", "opens_self", "opens_same", "points")


def _opening(reading: Reading, sentence: Sentence) -> tuple[bool, ...]:
    said, keys = reading.said, reading.passages.tokens.keys
    words = said.words[sentence.first : min(sentence.first + 2, sentence.last)]
    first = words[0]
    subject = words[-1] if first in _YES or first in _NO or first == "well" else first
    return (
        first in _YES,
        first in _NO,
        first in ASKING,
        first in ("i", "my", "we", "im"),
        said.keys[sentence.first] == keys[0],
        subject in _POINTS,
    )


def _setting(reading: Reading) -> dict[str, float]:
    answer, passages = reading.answer, reading.passages
    spaced, cased = reading.spaced, reading.cased
    small = passages.cased and not cased
    return {
        "asked_words": math.log1p(len(reading.asked)),
        "no_prompt": float(not reading.prompt),
        "gender": float(reading.gender),
        "spaced": float(spaced),
        "small": float(small),
        "small_spaced": float(small and spaced),
        "large_unspaced": float(cased and not spaced),
        "passage_small": float(not passages.cased),
        "passage_spaced": float(passages.spaced),
        "both_spaced": float(passages.spaced and spaced),
        "passage_alone_spaced": float(passages.spaced and cased and not spaced),
        "typed": float(passages.cased and cased and not spaced),
        "split_quotes": float(" ' " in answer),
        "ends_open": float(answer.rstrip()[-1:] not in ".!?\"'"),
    }


def direction(name: str) -> int:
    """1: a feature that may only raise the probability, -1: only lower it, 0: either."""
    return 1 if name in RISING else -1 if name in FALLING else 0
