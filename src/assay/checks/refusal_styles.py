"""How the refusals of one file are worded, and which categories are refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from assay.domain.verdict import Finding
from assay.scorers.refusal_wording import boundary, first_words, lacks_ability, style

CODES = ("policy.refusal_styles",)
"""The finding that is made here."""
MIXED = 0.2
"""Share of the second style from which styles count as mixed."""
_MOST = 1000
_SHOWN = 3
_UNABLE = "lacks ability"


@dataclass(slots=True)
class Styles:
    """The refusals of one file."""

    rows: int = 0
    """Rows with an answer."""
    styles: Counter[str] = field(default_factory=Counter)
    """Refusals by style; those that only lack an ability stand apart."""
    boundaries: Counter[str] = field(default_factory=Counter)
    """Refusals by the boundary that they name."""
    openings: Counter[str] = field(default_factory=Counter)
    """Refusals by their first words."""
    lines: dict[str, list[int]] = field(default_factory=dict)
    """The first lines of each style."""
    refused: Counter[str] = field(default_factory=Counter)
    """Refusals by category."""
    of: Counter[str] = field(default_factory=Counter)
    """Rows by category."""

    def row(self, category: str) -> None:
        """Count a row."""
        self.rows += 1
        if category in self.of or len(self.of) < _MOST:
            self.of[category] += 1

    def add(self, refusal: str, line: int, category: str) -> bool:
        """Count a refusal.

        Returns:
            Whether it refuses because it will not; false where it only says that it is not able.
        """
        named = boundary(refusal)
        unable = named in ("", "expertise") and lacks_ability(refusal)
        told = _UNABLE if unable else style(refusal)
        self.styles[told] += 1
        self.boundaries[named or "none"] += 1
        lines = self.lines.setdefault(told, [])
        if len(lines) < _SHOWN:
            lines.append(line)
        opening = first_words(refusal)
        if opening in self.openings or len(self.openings) < _MOST:
            self.openings[opening] += 1
        if category in self.of:
            self.refused[category] += 1
        return not unable

    def finding(self, name: str) -> Finding:
        """What is said of them."""
        total = self.styles.total()
        willed = Counter({told: count for told, count in self.styles.items() if told != _UNABLE})
        two = willed.most_common(2)
        mixed = len(two) > 1 and two[1][1] >= MIXED * willed.total()
        how = "in mixed styles" if mixed else "mostly in one style"
        styles = ", ".join(f"{told} {count / total:.0%}" for told, count in (willed or self.styles).most_common(3))
        return Finding(
            code=CODES[0],
            severity="low" if mixed else "info",
            message=f"{total:,} rows of {self.rows:,} refuse, {how} ({styles}); "
            f"{self.boundaries['none'] / total:.0%} name no boundary",
            where={"file": name},
            evidence=self._evidence(total),
            remediation="Choose one style of refusing and name the boundary in it; rewrite the others" if mixed else "",
        )

    def _evidence(self, total: int) -> dict[str, Any]:
        told: dict[str, Any] = {"rows": total, "of": self.rows}
        told["styles"] = {kind: round(count / total, 3) for kind, count in self.styles.most_common()}
        told["boundaries"] = {kind: round(count / total, 3) for kind, count in self.boundaries.most_common()}
        told["openings"] = dict(self.openings.most_common(10))
        told["lines_by_style"] = self.lines
        if set(self.of) - {""}:
            told["refused_by_category"] = {
                kind or "no category": f"{self.refused[kind]} of {count}" for kind, count in self.of.most_common(50)
            }
        return told
