"""Rows of one file that hold items of one suite, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.checks.check import numbered
from assay.checks.innocent import Threshold
from assay.domain.verdict import Finding, Severity

VERBATIM, REPHRASED, KEY = "contamination.verbatim", "contamination.rephrased", "contamination.key"
CHANCE = 0.01
"""Above it, the chance that innocent questions are taken for so many items makes a finding less severe."""
_MOST_LINES = 10_000
_EXAMPLES = 5
_SEVERITY: Mapping[str, Severity] = {VERBATIM: "high", REPHRASED: "high", KEY: "critical"}
_MESSAGE = {
    VERBATIM: "rows hold items of {suite} word for word",
    REPHRASED: "rows say items of {suite} in other words",
    KEY: "rows hold items of {suite} with the expected answer",
}
_BY_CHANCE = {
    REPHRASED: "rows may say items of {suite} in other words; innocent rows may explain as many",
    KEY: "rows may say items of {suite} in other words, with the expected answer; innocent rows may explain as many",
}
_REMEDY = {
    VERBATIM: "Take these rows out, or leave the items out of the suite: their score is memory",
    REPHRASED: "Read the pairs side by side; take out the rows that ask the same, or the items",
    KEY: "Take these rows out before training; a suite whose answers were trained on measures nothing",
}


@dataclass(slots=True)
class Overlap:
    """Rows of a file that hold items of a suite in one of the ways."""

    lines: set[int] = field(default_factory=set)
    items: set[int] = field(default_factory=set)
    """Lines of the items."""
    examples: list[dict[str, Any]] = field(default_factory=list)
    texts: set[int] = field(default_factory=set)
    """Hashes of the different questions: a copy of a question is no second sign."""
    word_for_word: bool = False

    def add(self, line: int, item: int, example: Mapping[str, Any], text: str) -> None:
        """One more item in a row; `example` shows both."""
        if line not in self.lines and len(self.examples) < _EXAMPLES:
            self.examples.append(dict(example))
        self.lines.add(line)
        self.items.add(item)
        if "score" in example:
            self.texts.add(hash(text))
        else:
            self.word_for_word = True

    def finding(self, code: str, suite: str, file: str, limit: Threshold | None, *, taken: int, asked: int) -> Finding:
        """What is said of these rows.

        Args:
            code: Which way.
            suite: Name of the suite.
            file: The file of the rows.
            limit: From which score on a question counted as rephrased.
            taken: Different questions of the file that were taken for items in other words.
            asked: Questions of the file.
        """
        evidence: dict[str, Any] = {
            "rows": len(self.lines),
            "suite": suite,
            "items": len(self.items),
            "item_lines": sorted(self.items)[:_MOST_LINES],
        }
        severity, message = _SEVERITY[code], _MESSAGE[code]
        if limit is not None and not self.word_for_word:
            chance = limit.chance(taken=taken, asked=asked)
            expected = round(limit.expected * asked, 2)
            evidence |= {"taken": taken, "questions": asked, "expected": expected, "chance": float(f"{chance:.2g}")}
            if chance > CHANCE:
                severity, message = "medium", _BY_CHANCE[code]
        return Finding(
            code=code,
            severity=severity,
            message=numbered(len(self.lines), message.format(suite=suite)),
            where={"file": file, "lines": sorted(self.lines)[:_MOST_LINES]},
            evidence=evidence | {"examples": self.examples},
            remediation=_REMEDY[code],
        )
