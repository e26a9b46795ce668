"""Findings in training data for people at a terminal: each once, by file where it is of several, told ones folded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from assay.domain.data import rows_of
from assay.domain.verdict import Finding
from assay.report.inert import one_line

_LINES = 8
_SAID = 40
_FILES = 5
_INDENT = " " * 10
_PLACED = {
    "text": ("line", ""),
    "kept_text": ("keep", "kept "),
    "refused_prompt": ("refused", "refused "),
    "answered_prompt": ("answered", "answered "),
    "item": ("item_line", "item "),
}
"""Text of an example -> the key that says where it stands, and what it is."""


def place_of(finding: Finding, most: int) -> str:
    """The file of a finding, and how many more it is about."""
    more = len(finding.where.get("files", ())) - 1
    told = one_line(str(finding.where.get("file", "")), most)
    return f"{told} and {more} more file{'' if more == 1 else 's'}" if more > 0 else told


def grouped(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Findings of one code and severity in several files together, in the order of the first of each.

    Args:
        findings: Worst first.
    """
    apart: list[list[Finding]] = []
    for one in findings:
        own = next((group for group in apart if _alike(group[0], one)), None)
        if own is None or any(one.where.get("file") == other.where.get("file") for other in own):
            apart.append([one])
        else:
            own.append(one)
    yield from apart


def _alike(one: Finding, other: Finding) -> bool:
    return (one.code, one.severity, one.remediation) == (other.code, other.severity, other.remediation)


def blocks(findings: Sequence[Finding], only: str = "") -> Iterator[list[str]]:
    """The lines of each group of findings; a remedy is told in full once for each code.

    Args:
        findings: Worst first.
        only: The file, where there is one only: its name goes without saying.
    """
    told: set[tuple[str, str]] = set()
    for group in grouped(findings):
        lines, remedy = block(group, only), (group[0].code, group[0].remediation)
        yield [*lines[:-1], f"{_INDENT}Remedy as above"] if remedy in told else lines
        if remedy[1]:
            told.add(remedy)


def block(group: Sequence[Finding], only: str) -> list[str]:
    """The lines of findings of one code: what is wrong, where, what shows it, and the remedy.

    Args:
        group: The findings, each of another file.
        only: The file, where there is one only: its name goes without saying.
    """
    finding = group[0]
    told = [f"{finding.severity:<8}  {finding.code}  {one_line(finding.message, 300)}"]
    told += [_INDENT + where for where in _places(group, only) if where]
    kinds = finding.evidence.get("kinds")
    if isinstance(kinds, Mapping):
        told.append(_INDENT + ", ".join(f"{one_line(str(kind), 60)} {count:,}" for kind, count in [*kinds.items()][:6]))
    said = finding.evidence.get("said")
    told += [_INDENT + one_line(str(each), 200) for each in (said[:_SAID] if isinstance(said, list) else ())]
    examples = finding.evidence.get("examples")
    for example in examples[:2] if isinstance(examples, list) else ():
        if isinstance(example, Mapping):
            told += [f"{_INDENT}> {each}" for each in _example(example, str(finding.where.get("file", "")))]
    return [*told, _INDENT + one_line(finding.remediation, 200)] if finding.remediation else told


def folded(findings: Sequence[Finding]) -> list[str]:
    """What is only told, a line for each code, with the number of further findings of it."""
    if not findings:
        return []
    told = [f"Told  {len(findings)} of severity info; --full shows them whole"]
    for code, same in groupby(sorted(findings, key=lambda one: one.code), key=lambda one: one.code):
        first, *rest = same
        more = f" (and {len(rest)} more)" if rest else ""
        told.append(f"  {code:<26} {one_line(first.message, 160)}{more}")
    return told


def _places(group: Sequence[Finding], only: str) -> Iterator[str]:
    if len(group) == 1:
        lines = _lines(group[0])
        place = "" if only and only == group[0].where.get("file") else place_of(group[0], 80)
        yield f"{place}: {lines}" if place and lines else place or lines
        return
    for one in group[:_FILES]:
        rows, lines = rows_of(one), _lines(one)
        yield f"{place_of(one, 80)}: {f'{rows:,} rows, ' if rows > 1 and lines else ''}{lines}".removesuffix(": ")
    if len(group) > _FILES:
        yield f"and {len(group) - _FILES} more files"


def _lines(finding: Finding) -> str:
    listed = list(finding.where.get("lines", ()))
    lines = ", ".join(map(str, listed[:_LINES])) + (", .." if len(listed) > _LINES else "")
    return f"line{'s' if len(listed) > 1 else ''} {lines}" if lines else ""


def _example(example: Mapping[str, Any], file: str) -> Iterator[str]:
    """The texts of an example, each with its line, and its file where that is another one."""
    places = {place for place, _ in _PLACED.values()}
    for key, value in example.items():
        if not isinstance(value, str) or not value or key in places:
            continue
        where, what = _PLACED.get(key, ("", ""))
        place = str(example.get(where) or "").removeprefix(f"{file}:")
        yield f"{what}{one_line(place, 80)}: {one_line(value, 100)}" if place else one_line(value, 100)
