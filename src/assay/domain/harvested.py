"""The mark of rows that were harvested from failures: they were seen while building and can seal nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MARK = "harvest"
"""Metadata key of the parents of a harvested row."""


def harvested(metadata: Mapping[str, Any]) -> bool:
    """Whether a row was harvested, or made of one that was.

    Examples:
        >>> harvested({"harvest": {"trace": "ab"}}), harvested({"harvest": "wheat"})
        (True, False)
    """
    return isinstance(metadata.get(MARK), Mapping)


def places(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Names of the rows that were harvested.

    Args:
        rows: Name and metadata of each.
    """
    return [name for name, metadata in rows if harvested(metadata)]
