"""Which category of a declared slice a sample belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from assay.domain.families import family_of
from assay.domain.plan import Task
from assay.domain.sample import Sample

NONE = "(none)"
"""Category of the samples that lack a key which others of their task have: leaving the key out hides nobody."""


def categories(samples: Sequence[Sample], key: str, *, declared: bool = True) -> list[str | None]:
    """Category of each sample of one task.

    None without the key, where the task does not declare it or no sample has it.

    Examples:
        >>> tagged, bare = Sample(id="1", input="a", metadata={"topic": "law"}), Sample(id="2", input="b")
        >>> categories([tagged, bare], "topic"), categories([bare], "topic")
        (['law', '(none)'], [None])
    """
    words = [sample.word(key) for sample in samples]
    if not declared or all(word is None for word in words):
        return words
    return [NONE if word is None else word for word in words]


def makes(task: Task, sample: Sample, metric: str) -> bool:
    """Whether a scorer of the task makes a metric of this sample."""
    if task.agree and metric == task.agreement:
        return family_of(task, sample) is not None
    return any(made.name == metric for scorer in task.scorers for made in scorer.metrics(sample))


def unit_of(task: Task, sample: Sample) -> tuple[str, str]:
    """What a sample's answers are independent of others by: its cluster, else what is asked and expected.

    One prompt under five hundred ids is one unit.
    """
    word = sample.metadata.get(task.cluster) if task.cluster else None
    return ("", sample.digest) if word is None else (task.cluster, str(word))
