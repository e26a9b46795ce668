"""What a training set is made of: shares per slice against targets, synthetic rows against caps, both sides of a boundary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from assay.checks.asked import waiting
from assay.checks.drawn import Drawn
from assay.checks.look_alikes import LookAlikes
from assay.checks.slices import BANDS, Slices, slices_of, source, synthetic
from assay.checks.telling import MOST, Told, told_apart
from assay.domain.behaviour import Cap, Target
from assay.domain.behaviour import Mixture as Targets
from assay.domain.sample import Sample
from assay.domain.training import TrainingRow
from assay.domain.trial import Output
from assay.domain.verdict import Finding, Severity
from assay.statistics.proportion import clopper_pearson

DRAWN = 6000
"""Most rows whose slices are read; what metadata says is counted of all rows."""
_SOURCES = 1000
_FEW = 20
"""Refused requests near the boundary below which nothing is said about their look-alikes."""
_PAIRED = 0.15
"""Share of them with an answered look-alike below which one side is missing: ordinary sets reach .06, XSTest .40."""
_APART = 0.8
"""AUROC from which synthetic rows are said to differ, where the contract says nothing."""
_DRAWS = frozenset({"intent", "difficulty", "language", "length", "refusal", "safety"})
_TAGS = {"intent": "metadata key intent", "difficulty": "metadata key difficulty"}
_SINGLE = {"refusal": ("refuses", "partly"), "safety": ("asks for harm", "near it"), "tools": ("with tools",)}
"""What is counted -> the slices that a single target is about."""


class Mixture:
    """Counts slices as rows pass, and says where the set is not what it should be."""

    def __init__(self, targets: Targets | None = None, *, day: str = "", stage: str = "", drawn: int = DRAWN) -> None:
        """Targets of a contract; the day (as 2026-03-31) and the stage pick the synthetic cap."""
        self._targets = targets or Targets()
        self._day, self._stage = day, stage
        self._waiting: Drawn[tuple[str, int, Sample, Output]] = Drawn(drawn)
        self._told: dict[str, Drawn[tuple[str, str]]] = {"synthetic": Drawn(MOST), "real": Drawn(MOST)}
        self._alike = LookAlikes()
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in ("source", "tools", "synthetic")}
        self._files: dict[str, int] = {}
        self._drawn_counts: dict[str, Counter[str]] | None = None
        self._tagged = 0

    def add(self, row: TrainingRow) -> None:
        """Count a row."""
        self._files[row.file] = self._files.get(row.file, 0) + 1
        name = source(row.metadata)
        sources = self._counts["source"]
        sources[name if name in sources or len(sources) < _SOURCES else "(others)"] += 1
        made = synthetic(row.metadata)
        self._counts["synthetic"]["unmarked" if made is None else "synthetic" if made else "real"] += 1
        kept = self._told["synthetic" if made else "real"]
        if (made is not None or "synthetic" in self._counts["synthetic"]) and kept.wants(row.digest):
            kept.add(row.digest, (row.asked[:1500], row.answer[:1500]))
        if row.shape == "text" or not row.prompt:
            return
        self._counts["tools"]["with tools" if row.tools else "without"] += 1
        self._alike.add(row)
        if self._waiting.wants(row.digest):
            self._waiting.add(row.digest, waiting(row))

    def findings(self) -> Iterator[Finding]:
        """Distributions, missed targets, and what else is out of balance."""
        counts = self._all_counts()
        for name, found in counts.items():
            if len(found) > 1 or name in ("intent", "difficulty"):
                yield self._distribution(name, found)
        yield from self._missed(counts)
        yield from self._capped(counts["synthetic"])
        yield from self._apart()
        yield from self._one_sided(counts)

    def _all_counts(self) -> dict[str, Counter[str]]:
        if self._drawn_counts is None:
            rows: list[Slices] = [slices_of(sample, output) for _, _, sample, output in self._waiting.items]
            self._tagged = sum(row.tagged for row in rows)
            self._drawn_counts = {
                name: Counter(getattr(row, name) for row in rows)
                for name in ("intent", "difficulty", "language", "length", "refusal", "safety")
            }
        every = {**self._drawn_counts, **self._counts}
        return {name: found for name, found in every.items() if found} | {"synthetic": self._counts["synthetic"]}

    def _distribution(self, name: str, found: Counter[str]) -> Finding:
        order = {label: n for n, label in enumerate(BANDS)} if name == "length" else {}
        ranked = sorted(found.items(), key=lambda pair: (order.get(pair[0], 0), -pair[1], pair[0]))
        total = sum(found.values())
        shown = ", ".join(f"{label} {count / total:.0%}" for label, count in sorted(ranked, key=lambda p: -p[1])[:6])
        evidence: dict[str, Any] = {"distribution": dict(ranked), "read": self._read(name)}
        if name == "intent" and self._tagged:
            evidence["told_by_metadata"] = self._tagged
        return Finding(
            code=f"mixture.{name}", severity="info", message=f"{_NAMES[name]}: {shown}", where=self._where(),
            evidence=evidence, remediation="Compare with what the model is for; targets go into a contract (--contract)",
        )  # fmt: skip

    def _missed(self, counts: Mapping[str, Counter[str]]) -> Iterator[Finding]:
        for name, targets in self._targets.slices.items():
            for label, target in targets.items():
                yield from self._held(name, label, counts.get(name, Counter()), (label,), target)
        for name, labels in _SINGLE.items():
            single: Target | None = getattr(self._targets, name)
            if single is not None:
                yield from self._held(name, " or ".join(labels), counts.get(name, Counter()), labels, single)

    def _held(
        self, name: str, label: str, found: Counter[str], labels: tuple[str, ...], target: Target
    ) -> Iterator[Finding]:
        """A finding where a share is outside its limits: low where a drawn sample cannot prove it."""
        total = sum(found.values())
        count = sum(found[one] for one in labels)
        if not total:
            return
        share = count / total
        low, high = clopper_pearson(count, total)
        if target.at_least - 1e-9 <= share <= target.at_most + 1e-9:
            return
        whole = name not in _DRAWS or self._waiting.whole
        sure = whole or high < target.at_least or low > target.at_most
        wanted = f"{target.at_least:.0%} to {target.at_most:.0%}"
        yield Finding(
            code="mixture.target", severity="medium" if sure else "low",
            message=f"{name} {label}: {share:.1%} of rows [{low:.1%}, {high:.1%}], the contract asks for {wanted}",
            where=self._where(),
            evidence={
                "slice": name, "label": label, "count": count, "of": total, "share": round(share, 4), "low": round(low, 4),
                "high": round(high, 4), "at_least": target.at_least, "at_most": target.at_most, "read": self._read(name),
            },
            remediation=f"{'Add' if share < target.at_least else 'Take out'} rows of this slice, or tag rows in their "
            "metadata where the rules read them wrongly",
        )  # fmt: skip

    def _capped(self, found: Counter[str]) -> Iterator[Finding]:
        cap = cap_of(self._targets.synthetic, self._day, self._stage)
        total = sum(found.values())
        if cap is None or not total:
            return
        share = found["synthetic"] / total
        evidence = {"distribution": dict(found), "at_most": cap.at_most, "until": cap.until, "stage": cap.stage}
        if share > cap.at_most:
            yield Finding(
                code="mixture.synthetic_cap", severity="high", where=self._where(), evidence=evidence,
                message=f"{share:.1%} of rows are synthetic, the contract allows {cap.at_most:.0%}{_when(cap)}",
                remediation="Take synthetic rows out, those with near-duplicates first, or add real ones",
            )  # fmt: skip
        elif share + found["unmarked"] / total > cap.at_most:
            yield Finding(
                code="mixture.unmarked", severity="medium", where=self._where(), evidence=evidence,
                message=f"{found['unmarked']:,} rows do not say whether they are synthetic, so the cap of "
                f"{cap.at_most:.0%}{_when(cap)} cannot be shown to hold",
                remediation="Mark rows in their metadata: synthetic (true or false), or generator",
            )  # fmt: skip

    def _apart(self) -> Iterator[Finding]:
        ours, theirs = self._told["synthetic"].items, self._told["real"].items
        limit = self._targets.mismatch
        for part, place in (("prompts", 0), ("answers", 1)):
            told = told_apart([one[place] for one in ours if one[place]], [one[place] for one in theirs if one[place]])
            if told is None:
                continue
            severity: Severity = (
                "info" if told.low <= (_APART if limit is None else limit) else "low" if limit is None else "medium"
            )
            yield self._mismatch(part, told, severity, limit)

    def _mismatch(self, part: str, told: Told, severity: Severity, limit: float | None) -> Finding:
        allowed = "" if limit is None else f", the contract allows {limit:g}"
        return Finding(
            code="mixture.mismatch", severity=severity, where=self._where(),
            message=f"words tell synthetic {part} from the others with AUROC {told.auroc:.2f} "
            f"[{told.low:.2f}, {told.high:.2f}], .5 is chance{allowed}",
            evidence={
                "part": part, "auroc": round(told.auroc, 4), "low": round(told.low, 4), "high": round(told.high, 4),
                "synthetic_words": list(told.first), "other_words": list(told.second),
                "synthetic_rows": told.rows[0], "other_rows": told.rows[1],
            },
            remediation="Look at the telling words: stock phrases and topics of the generator are learned with the rows",
        )  # fmt: skip

    def _one_sided(self, counts: Mapping[str, Counter[str]]) -> Iterator[Finding]:
        seen = self._alike.balance()
        share = seen.paired / seen.refused if seen.refused else 1.0
        if seen.refused < _FEW or share >= _PAIRED * min(1.0, seen.share_read):
            return
        low, high = clopper_pearson(seen.paired, seen.refused)
        lines = sorted(line for file, line, _ in seen.examples if file == seen.examples[0][0])
        yield Finding(
            code="mixture.no_look_alikes", severity="medium",
            message=f"{seen.refused:,} refused requests ask for harm or come near it, and {seen.paired} of them "
            f"[{low:.0%}, {high:.0%}] have a benign look-alike that is answered",
            where={"file": seen.examples[0][0], "lines": lines},
            evidence={
                "rows": seen.refused, "paired": seen.paired, "low": round(low, 4), "high": round(high, 4),
                "answered_searched": seen.answered, "share_searched": round(seen.share_read, 4),
                "examples": [{"line": line, "text": text[:200]} for _, line, text in seen.examples[:3]],
                "distribution": {"refused, with look-alike": seen.paired, "refused, without": seen.refused - seen.paired},
            },
            remediation="Add answered requests on the same words (how to kill a process beside how to kill a person): "
            "refusals alone teach the words, not the boundary",
        )  # fmt: skip

    def _read(self, name: str) -> str:
        if name not in _DRAWS or self._waiting.whole:
            return "all rows"
        return f"{len(self._waiting.items):,} of {self._waiting.seen:,} rows"

    def _where(self) -> dict[str, Any]:
        names = list(self._files)
        return {"file": names[0] if len(names) == 1 else f"{len(names)} files", "lines": []}


_NAMES = {
    "intent": "kinds of request", "difficulty": "difficulty of requests", "language": "languages of answers",
    "length": "words of answers", "refusal": "answers that refuse", "safety": "requests by harm", "source": "sources",
    "tools": "rows with tools", "synthetic": "synthetic rows",
}  # fmt: skip


def cap_of(caps: tuple[Cap, ...], day: str, stage: str) -> Cap | None:
    """The first cap that fits a day and a stage; without a day none has expired.

    Examples:
        >>> caps = (Cap(at_most=0.7, stage="warm-up"), Cap(at_most=0.5, until="2026-06-30"), Cap(at_most=0.3))
        >>> [cap_of(caps, day, stage).at_most for day, stage in (("2026-01-01", ""), ("2026-07-01", ""), ("", "warm-up"))]
        [0.5, 0.3, 0.7]
    """
    fitting = (cap for cap in caps if cap.stage in ("", stage) and (not cap.until or day <= cap.until))
    return next(fitting, None)


def _when(cap: Cap) -> str:
    return (f" in stage {cap.stage}" if cap.stage else "") + (f" until {cap.until}" if cap.until else "")
