"""Families of a suite: prompts that should get one answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assay.domain.catalogue import CATALOGUE
from assay.domain.errors import PlanError
from assay.domain.sample import Dataset
from assay.domain.score import Scorer
from assay.store.planfile import SuiteFile


def check_families(suite: SuiteFile, scorers: Sequence[Scorer], dataset: Dataset, place: str) -> None:
    """The families of a suite can be compared, and their agreement has a name that fits.

    Raises:
        PlanError: No family has two members, the first scorer reads nothing that could agree, the metric is
            unknown or no proportion, or a scorer of the suite makes it already.
    """
    name = suite.agree_metric or "agreement"
    sizes = Counter(word for sample in dataset.samples if (word := sample.word(suite.agree or "")) is not None)
    if max(sizes.values(), default=0) < 2:
        raise PlanError(f"{place}: no two samples of '{dataset.name}' share a value of metadata '{suite.agree}'")
    if not any(metric.kind in ("proportion", "label") for metric in scorers[0].metrics()):
        raise PlanError(
            f"{place}: the first scorer, '{scorers[0].name}', makes neither true/false nor a word, so nothing can "
            f"agree. Put one first that does, for example bias or match"
        )
    metric = CATALOGUE.get(name)
    if metric is None or metric.kind != "proportion":
        fitting = sorted(m.name for m in CATALOGUE.values() if m.kind == "proportion")
        raise PlanError(f"{place}: agree_metric '{name}' is no known true/false metric. Known: {', '.join(fitting)}")
    maker = next((s.name for s in scorers if any(made.name == name for made in s.metrics())), None)
    if maker is not None:
        raise PlanError(f"{place}: '{maker}' makes the metric '{name}' already; choose another agree_metric")
