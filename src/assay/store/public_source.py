"""What is known of a public benchmark file: where it is published, its shape, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assay.domain.sample import Sample
from assay.store import public_requests as requests
from assay.store.public_files import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSource:
    """One public benchmark."""

    kind: str
    """Name in a plan."""
    title: str
    """Name in its paper."""
    address: str
    """Where its authors publish it."""
    files: str
    """Which file there."""
    columns: tuple[str, ...]
    """Columns (or keys) the published file must have; `a|b` is one of them."""
    licence: str
    """Terms of the data, as its authors state them."""
    commit: str = ""
    """Git commit of the publishing repository that the layout was taken from; a commit is a digest of its files."""
    seen: bool = False
    """Whether the layout was compared with the published file; else it follows its documentation."""
    sets: tuple[str, ...] = ()
    """Values of `set` in rows of the uniform shape."""
    native: Callable[[Row], Sample | None]
    """A published row as a sample; None for a row that its annotators could not label."""
    uniform: Callable[[Row], Sample] = requests.uniform_request
    """A row of the uniform shape as a sample."""
    scorers: tuple[str, ...] = ()
    """Scorers of a suite that names none; empty where none that needs no settings fits."""
    slices: tuple[str, ...] = ()
    """Its categories: metadata keys of a suite that names no slices."""
    cluster: str = ""
    """Metadata key whose equal values mark rows that are not independent."""
