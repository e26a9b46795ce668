"""Public benchmark files assay can read, by name."""

from __future__ import annotations

import difflib
import re

from assay.domain.errors import DataError
from assay.store.public_question_sources import QUESTION_SOURCES
from assay.store.public_request_sources import REQUEST_SOURCES
from assay.store.public_source import PublicSource

_SOURCES = (*REQUEST_SOURCES, *QUESTION_SOURCES)


def sources() -> tuple[PublicSource, ...]:
    """Every public benchmark that can be loaded, in the order of the docs."""
    return _SOURCES


def source(kind: str) -> PublicSource:
    """The benchmark of that name; case, blanks, hyphens and underscores do not count.

    Raises:
        DataError: There is none.

    Examples:
        >>> source("MMLU-Pro").kind
        'mmlu_pro'
    """
    names = {_bare(known.kind): known for known in _SOURCES}
    found = names.get(_bare(kind))
    if found is None:
        near = difflib.get_close_matches(_bare(kind), names, n=1)
        hint = f" Did you mean '{names[near[0]].kind}'?" if near else ""
        raise DataError(
            f"no public benchmark is called '{kind}'.{hint} Known: {', '.join(known.kind for known in _SOURCES)}"
        )
    return found


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
