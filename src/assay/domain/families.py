"""Families of prompts that should get one answer: other words, another group, pressure from the user."""

from __future__ import annotations

from assay.domain.metrics import standard
from assay.domain.plan import Task
from assay.domain.sample import Sample
from assay.domain.score import Metric


def family_metric(task: Task) -> Metric | None:
    """What the agreement of a task's families is called; None when the task has no families."""
    return standard(task.agreement) if task.agree else None


def family_of(task: Task, sample: Sample) -> str | None:
    """The family of a sample; None when the task has no families, or the sample none of them."""
    return sample.word(task.agree) if task.agree else None
