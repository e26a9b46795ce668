"""What a training set is made of: shares of its slices, and where they are not what a contract asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from assay.checks.asked import waiting
from assay.checks.balance import mismatch, one_sided
from assay.checks.drawn import Drawn
from assay.checks.look_alikes import LookAlikes
from assay.checks.refusing_ahead import together
from assay.checks.slices import BANDS, NEAR, Slices, slices_of, source, synthetic
from assay.checks.targets import Counted, cap_of, capped, missed
from assay.checks.telling import MOST
from assay.domain.behaviour import Mixture as Targets
from assay.domain.behaviour import Target
from assay.domain.sample import Sample
from assay.domain.training import TrainingRow
from assay.domain.trial import Output
from assay.domain.verdict import Finding
from assay.scorers.harmful_request import all_asked

FEW = 50
"""Rows below which no distribution is told: shares of so few say nothing."""
DRAWN = 2000
"""Most rows whose slices are read; what metadata says is counted of all rows."""
_SOURCES = 1000
_KEPT = 1500
_NAMES = {
    "intent": "kinds of request", "difficulty": "difficulty of requests", "language": "languages of answers",
    "length": "words of answers", "refusal": "answers that refuse", "safety": "requests by harm",
    "source": "sources", "tools": "rows with tools", "synthetic": "synthetic rows",
}  # fmt: skip
"""What is counted, in words."""
_UNTOLD = {"?": "no language told (code, numbers, few words)"}
"""Labels that say nothing by themselves, in words."""
CODES = tuple(f"mixture.{name}" for name in _NAMES)
"""One for each distribution."""
_READ = ("intent", "difficulty", "language", "length", "refusal", "safety")
"""What is read of the texts, and so of drawn rows."""
_ALWAYS = ("intent", "difficulty")
_SINGLE = {"refusal": ("refuses", "partly"), "safety": ("asks for harm",), "tools": ("with tools",)}
"""What is counted -> the labels that a target without labels is about."""


class Mixture:
    """Counts slices as rows pass, and says where the set is not what it should be."""

    def __init__(self, targets: Targets | None = None, *, day: str = "", stage: str = "", drawn: int = DRAWN) -> None:
        """Targets of a contract; the day (as 2026-03-31) and the stage pick the synthetic cap."""
        self._targets = targets or Targets()
        self._cap = cap_of(self._targets.synthetic, day, stage)
        self._waiting: Drawn[tuple[str, int, Sample, Output]] = Drawn(drawn)
        self._texts: dict[bool, Drawn[tuple[str, str]]] = {True: Drawn(MOST), False: Drawn(MOST)}
        self._alike = LookAlikes()
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in ("source", "tools", "synthetic")}
        self._files: dict[str, None] = {}
        self._read: list[Slices] | None = None

    def add(self, row: TrainingRow) -> None:
        """Count a row."""
        self._files[row.file] = None
        name, sources = source(row.metadata), self._counts["source"]
        sources[name if name in sources or len(sources) < _SOURCES else "(others)"] += 1
        made = synthetic(row)
        self._counts["synthetic"]["unmarked" if made is None else "synthetic" if made else "real"] += 1
        self._texts[bool(made)].add(row, lambda: (row.asked[:_KEPT], row.answer[:_KEPT]))
        if row.shape == "text" or not row.prompt:
            return
        self._counts["tools"]["with tools" if row.tools else "without"] += 1
        self._alike.add(row)
        self._waiting.add(row, lambda: waiting(row))

    def findings(self) -> Iterator[Finding]:
        """Distributions, missed targets, and what is one-sided."""
        counted = {name: self._counted(name) for name in _NAMES}
        for name, seen in counted.items():
            if seen.counts.total() >= FEW and (len(seen.counts) > 1 or name in _ALWAYS):
                yield self._distribution(seen)
        for name, targets in self._targets.slices.items():
            for label, target in targets.items():
                yield from missed(counted[name], (label,), target)
        for name, labels in _SINGLE.items():
            single: Target | None = getattr(self._targets, name)
            if single is not None:
                yield from missed(counted[name], labels, single)
        yield from capped(counted["synthetic"], self._cap)
        yield from mismatch(self._texts[True].items, self._texts[False].items, self._targets.mismatch, self._where())
        yield from one_sided(self._alike.balance())

    def _counted(self, name: str) -> Counted:
        if name not in _READ:
            return Counted(name=name, counts=self._counts[name], where=self._where())
        whole = self._waiting.offered == len(self._waiting.items)
        read = "all rows" if whole else f"{len(self._waiting.items):,} of {self._waiting.offered:,} rows"
        counts = Counter(str(getattr(row, name)) for row in self._slices())
        return Counted(name=name, counts=counts, read=read, whole=whole, where=self._where())

    def _slices(self) -> list[Slices]:
        if self._read is None:
            items = self._waiting.items
            together(output.text for _, _, _, output in items)
            harm_asked = all_asked([sample.prompt for _, _, sample, _ in items], NEAR)
            self._read = [slices_of(one[2], one[3], harm) for one, harm in zip(items, harm_asked, strict=True)]
        return self._read

    def _distribution(self, seen: Counted) -> Finding:
        order = {label: n for n, label in enumerate(BANDS)} if seen.name == "length" else {}
        ranked = sorted(seen.counts.items(), key=lambda pair: (order.get(pair[0], 0), -pair[1], pair[0]))
        total = sum(seen.counts.values())
        parts = [(label, f"{count / total:.0%}") for label, count in seen.counts.most_common(6)]
        shown = ", ".join(
            f"{_UNTOLD.get(label, label)} {'under 1%' if part == '0%' else part}" for label, part in parts
        )
        evidence: dict[str, Any] = {"distribution": dict(ranked), "read": seen.read}
        if seen.name == "intent":
            evidence["told_by_metadata"] = sum(row.tagged for row in self._slices())
        return Finding(
            code=f"mixture.{seen.name}",
            severity="info",
            message=f"{_NAMES[seen.name]}: {shown}",
            where=seen.where,
            evidence=evidence,
            remediation="Compare with what the model is for; targets go into a contract (--contract)",
        )

    def _where(self) -> dict[str, Any]:
        names = list(self._files)
        return {"file": names[0], "lines": []} if len(names) == 1 else {}
