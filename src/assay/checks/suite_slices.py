"""Slices of the prompts of a suite, by the rules that count the slices of training data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assay.domain.sample import Sample
from assay.scorers.clause import kind
from assay.scorers.intents import difficulty


def suite_slices(samples: Sequence[Sample]) -> dict[str, Counter[str]]:
    """How many prompts of a suite are of each kind and of each difficulty; metadata wins, as in rows.

    Examples:
        >>> suite_slices([Sample(id="1", input="What is 3 + 4?"), Sample(id="2", input="Who wrote Faust?")])["intent"]
        Counter({'maths': 1, 'question': 1})
    """
    hard = [sample.word("difficulty") or "" for sample in samples]
    return {
        "intent": Counter(kind(sample) for sample in samples),
        "difficulty": Counter(
            said if said in ("easy", "medium", "hard") else difficulty(sample.prompt)
            for said, sample in zip(hard, samples, strict=True)
        ),
    }
