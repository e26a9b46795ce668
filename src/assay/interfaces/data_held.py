"""What training data was held against, and how much of it stands in the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from assay.checks.contamination import HITS, UNCALIBRATED
from assay.domain.verdict import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSet:
    """An evaluation set as it was named: a file, a folder, a pack, a file of hashes, or a suite of a plan."""

    name: str
    """Its name."""
    digest: str
    """Digest of its items, or of the file of hashes."""
    suites: tuple[str, ...]
    """How findings name it: its files, its suites, or itself."""
    items: int = 0
    """How many items it has."""
    hashes: bool = False
    """Whether it is there as hashes only, which find nothing in other words."""

    def told(self, findings: Sequence[Finding]) -> dict[str, Any]:
        """The set as JSON, with the number of its items that stand in the data.

        Args:
            findings: What was found.

        Examples:
            >>> one = HeldSet(name="evals/", digest="sha256:00", suites=("evals/a.jsonl",), items=9)
            >>> one.told([])["found"], one.told([])["looked_for"]
            (0, 'word for word and in other words')
        """
        own = [one for one in findings if one.evidence.get("suite") in self.suites]
        found = sum(items_found(one for one in own if one.evidence["suite"] == suite) for suite in self.suites)
        return {
            "name": self.name,
            "digest": self.digest,
            "items": self.items,
            "found": found,
            "looked_for": self._looked_for(len({one.evidence["suite"] for one in own if one.code == UNCALIBRATED})),
        }

    def _looked_for(self, uncalibrated: int) -> str:
        able, of = len(self.suites) - uncalibrated, len(self.suites)
        if self.hashes or not able:
            return "word for word"
        if able == of:
            return "word for word and in other words"
        return f"word for word, {able} of its {of} suites in other words too"


def items_found(findings: Iterable[Finding], codes: Sequence[str] = HITS) -> int:
    """How many items of a suite stand in the data; at least the most that one finding counts.

    Args:
        findings: Those of the suite.
        codes: What counts.
    """
    hits = [one for one in findings if one.code in codes]
    items = {line for one in hits for line in one.evidence.get("item_lines", ())}
    return max(len(items), max((int(one.evidence.get("items", 0)) for one in hits), default=0))
