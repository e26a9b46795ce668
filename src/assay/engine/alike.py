"""Prompts that say nearly the same, so that one of them can stand for the others."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

from assay.domain.sample import Sample

NEAR = 0.8
"""Share of word n-grams in common (Jaccard) from which two prompts are alike: in 20 words one may differ."""
_N = 3
_WORDS = re.compile(r"\w+")


def grams(text: str) -> frozenset[tuple[str, ...]]:
    """Word n-grams of a text, folded: case, accents' forms and punctuation make no difference; order does.

    Examples:
        >>> grams("Reset my PASSWORD, please!") == grams("reset my password please")
        True
    """
    words = _WORDS.findall(unicodedata.normalize("NFKC", text).casefold())
    size = min(_N, len(words))
    return frozenset(tuple(words[n : n + size]) for n in range(len(words) - size + 1)) if words else frozenset()


def text_of(sample: Sample) -> str:
    """All that is asked, turns and passages, as one text."""
    return "\n".join([*(turn.content for turn in sample.messages), *sample.context, *sample.choices])


def stand_for(samples: Sequence[Sample], kinds: Sequence[Hashable], near: float = NEAR) -> list[int]:
    """For each sample the place of the one that stands for it; its own where none does.

    Args:
        samples: Most worth keeping first.
        kinds: Only samples of one kind stand for each other; beside it what is expected must be equal.
        near: Jaccard similarity from which two are alike, in (0, 1].

    Examples:
        >>> one, two, other = (Sample(id=t, input=t) for t in ("Tell me a joke", "tell me a joke!", "Add 2 and 3"))
        >>> stand_for([one, two, other], ["", "", ""])
        [0, 0, 2]
    """
    every = [grams(text_of(sample)) or frozenset({(sample.digest,)}) for sample in samples]
    frequency = Counter(gram for own in every for gram in own)
    index: dict[tuple[Hashable, ...], list[int]] = defaultdict(list)
    found: list[int] = []
    for place, (sample, own) in enumerate(zip(samples, every, strict=True)):
        kind = (kinds[place], sample.targets, tuple(turn.role for turn in sample.messages))
        first = _rarest(own, frequency, near)
        met = sorted({other for gram in first for other in index.get((*kind, gram), ())})
        found.append(next((other for other in met if _jaccard(own, every[other]) >= near), place))
        if found[-1] == place:
            for gram in first:
                index[(*kind, gram)].append(place)
    return found


def _rarest(own: frozenset[tuple[str, ...]], frequency: Counter[tuple[str, ...]], near: float) -> list[tuple[str, ...]]:
    """So many of the rarest n-grams that two sets which are alike must share one of them (prefix filter).

    Source:
        Chaudhuri, Ganti, Kaushik 2006, "A primitive operator for similarity joins in data cleaning".
    """
    ranked = sorted(own, key=lambda gram: (frequency[gram], gram))
    return ranked[: len(ranked) - math.ceil(near * len(ranked) - 1e-9) + 1]


def _jaccard(left: frozenset[tuple[str, ...]], right: frozenset[tuple[str, ...]]) -> float:
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared)
