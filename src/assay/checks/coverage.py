"""Which intents, difficulties and risks the preferences cover, by the tags that the rows bring."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.statistics.signs import smallest_bias

CODES = ("preference.coverage",)
"""Findings that are made otherwise than from a defect."""

KEYS: dict[str, tuple[str, ...]] = {
    "intent": ("intent", "category", "task", "task_type", "type", "topic", "subset", "skill"),
    "difficulty": ("difficulty", "level", "complexity"),
    "risk": ("risk", "risk_level", "harm_category", "hazard", "safety", "harmfulness"),
}
"""What is covered -> keys of metadata that may tell it, the first that a row has."""
_MOST = 1000
_THIN = 50
"""Pairs of a tag with fewer of which only a bias of two in five would be seen."""
_SHOWN = 20

Label = Callable[[TrainingRow], str]


class Coverage:
    """Counts pairs by tag; a function may give the intent of rows that bring none."""

    def __init__(self, intent: Label | None = None) -> None:
        """Counts by tags alone where no `intent` is given."""
        self._intent = intent
        self._counts: defaultdict[str, dict[str, Counter[str]]] = defaultdict(
            lambda: {name: Counter() for name in KEYS}
        )
        self._pairs: Counter[str] = Counter()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if row.shape not in ("preference", "ranked"):
            return
        self._pairs[row.file] += 1
        for name, counts in self._counts[row.file].items():
            tag = tag_of(row, name)
            if not tag and name == "intent" and self._intent is not None:
                tag = self._intent(row)
            if tag:
                counts[tag if tag in counts or len(counts) < _MOST else "(others)"] += 1

    def findings(self) -> Iterator[Finding]:
        """For each file what is tagged, and the tags with few pairs."""
        for file, pairs in self._pairs.items():
            yield _told(file, pairs, self._counts[file])


def tag_of(row: TrainingRow, name: str) -> str:
    """The tag that a row brings itself; empty where it brings none.

    Examples:
        >>> tag_of(TrainingRow(file="a", line=1, shape="preference", metadata={"category": "maths"}), "intent")
        'maths'
    """
    for key in KEYS[name]:
        value: Any = row.metadata.get(key)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()[:100]
    return ""


def _told(file: str, pairs: int, counts: dict[str, Counter[str]]) -> Finding:
    tagged = {name: own for name, own in counts.items() if own}
    missing = [name for name in KEYS if name not in tagged]
    thin = {f"{name} {tag}": count for name, own in tagged.items() for tag, count in own.items() if count < _THIN}
    parts = [
        f"{name}: {len(own):,} tag{'' if len(own) == 1 else 's'} on {100 * own.total() / pairs:.0f} %"
        for name, own in tagged.items()
    ]
    if missing:
        parts.append(f"no tag of {', '.join(missing)}")
    if thin:
        parts.append(f"{len(thin):,} tags have fewer than {_THIN} pairs")
    return Finding(
        code="preference.coverage",
        severity="info",
        message=f"{pairs:,} preferences by their own tags: {'; '.join(parts)}",
        where={"file": file},
        evidence={
            "rows": sum(thin.values()), "tags": {name: dict(own.most_common(_SHOWN)) for name, own in tagged.items()},
            "thin": dict(list(thin.items())[:_SHOWN]),
            "said": [_line(name, own, pairs) for name, own in tagged.items()],
        },
        remediation="Collect pairs for the thin tags, or say that they are not meant to be learned"
        if thin else "Nothing to do: this says what is covered, by the tags of the rows alone",
    )  # fmt: skip


def _line(name: str, own: Counter[str], pairs: int) -> str:
    shown = own.most_common(6)
    least = min(own.values())
    told = ", ".join(f"{tag} {100 * count / pairs:.1f} %" for tag, count in shown)
    more = f" and {len(own) - len(shown)} more" if len(own) > len(shown) else ""
    return f"{name}: {told}{more}; the rarest has {least:,}, enough to see a bias of {100 * smallest_bias(least):.0f} %"
