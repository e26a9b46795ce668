"""What production itself says: models that served it, versions of prompts and indexes, beside what was audited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assay.domain.trace import Trace
from assay.traces.files import Replayed
from assay.watch.surroundings import PARTS, Surroundings

LEAST = 0.01
"""Share of traces from which another model or prompt counts: a single stray trace is no release."""


@dataclass(slots=True)
class Traffic:
    """Models, prompt versions and indexes by the number of traces that name them."""

    traces: int = 0
    """Traces that were read."""
    served: Counter[str] = field(default_factory=Counter)
    """Model that a reply names."""
    prompts: Counter[str] = field(default_factory=Counter)
    """Version of the prompt."""
    indexes: Counter[str] = field(default_factory=Counter)
    """Version of the retrieval index."""

    @classmethod
    def of(cls, traces: Iterable[Trace]) -> Traffic:
        """What these traces name."""
        made, around = cls(), Surroundings()
        for trace in traces:
            told = dict(zip(PARTS, around.parts(around.of(trace)), strict=True))
            made.traces += 1
            made.served.update(filter(None, [told["served"]]))
            made.prompts.update(filter(None, [told["prompt"]]))
            made.indexes.update(filter(None, [told["index"]]))
        return made

    def strange(self, found: Counter[str], audited: Iterable[str]) -> list[str]:
        """Names that were not audited, with their share of traffic, the most frequent first."""
        known = set(audited)
        return [
            f"'{name}' in {count / self.traces:.1%}"
            for name, count in found.most_common()
            if name not in known and count >= LEAST * self.traces
        ]


def traces(names: Iterable[Path]) -> Iterator[Trace]:
    """The traces of files."""
    read = Replayed()
    for name in names:
        yield from read.read(name)
