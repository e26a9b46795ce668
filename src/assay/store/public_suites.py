"""How a public benchmark is judged where a plan does not say: its scorers, categories and clusters."""

from __future__ import annotations

from typing import Any

from assay.domain.errors import PlanError
from assay.domain.sample import Dataset
from assay.store.datasets import missing_keys
from assay.store.planfile import SuiteFile


def judged_as_usual(suite: SuiteFile, kind: str, dataset: Dataset, place: str) -> SuiteFile:
    """The suite with the benchmark's scorers, slices and cluster where the plan gives none.

    What the plan writes stands, an empty list of slices included. A category that no row of the file has is left off.

    Raises:
        PlanError: The plan names no scorers, and none fits this benchmark without settings.
    """
    from assay.store.public_sources import source

    usual = source(kind)
    changes: dict[str, Any] = {}
    if suite.scorers is None:
        if not usual.scorers:
            raise PlanError(f"{place}: no scorer fits {usual.title} without settings; name one under 'scorers'")
        changes["scorers"] = list(usual.scorers)
    if "slices" not in suite.model_fields_set:
        changes["slices"] = [key for key in usual.slices if missing_keys(dataset.samples, key) < len(dataset.samples)]
    if suite.cluster is None and suite.agree is None and usual.cluster:
        changes["cluster"] = usual.cluster
    return suite.model_copy(update=changes)
