"""Findings in training data for people at a terminal: worst first, with counts and examples made inert."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from assay.domain.data import rows_of
from assay.domain.verdict import Finding, Severity
from assay.report.inert import one_line

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
"""Worst first."""
_LINES = 8
_SAID = 40


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """The findings by severity, then by the number of rows, then by code and file."""
    return sorted(
        findings,
        key=lambda one: (
            SEVERITIES.index(one.severity),
            -rows_of(one),
            one.code,
            str(one.where.get("file", "")),
        ),
    )


def place_of(finding: Finding, most: int) -> str:
    """The file of a finding, and how many more it is about."""
    more = len(finding.where.get("files", ())) - 1
    told = one_line(str(finding.where.get("file", "")), most)
    return f"{told} and {more} more file{'' if more == 1 else 's'}" if more > 0 else told


def serious(findings: Sequence[Finding]) -> bool:
    """Whether one of them is high or critical."""
    return any(one.severity in ("high", "critical") for one in findings)


def data_text(findings: Sequence[Finding], manifest: Mapping[str, Any], more: Mapping[str, Any]) -> str:
    """The page on a terminal; the first line says how it stands, the second what to do.

    Args:
        findings: What was found.
        manifest: What the data is.
        more: `changes` since an earlier version and the `verdict` of rules, where they were asked for.
    """
    ordered = worst_first(findings)
    blocks = [_head(ordered, manifest, more.get("verdict")), *(_finding(one) for one in ordered), _files(manifest)]
    if "changes" in more:
        blocks.append(change_lines(more["changes"]))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _head(findings: Sequence[Finding], manifest: Mapping[str, Any], verdict: Mapping[str, Any] | None) -> list[str]:
    place = f"{manifest['rows']:,} rows in {len(manifest['files'])} file{'' if len(manifest['files']) == 1 else 's'}"
    lines = [f"{word_of(findings, verdict)}  {counts_line(findings)}, {place}"]
    if findings:
        lines.append(f"Next  {one_line(findings[0].remediation, 200)}")
    for rule in verdict["rules"] if verdict is not None else ():
        lines.append(f"Rule  {rule['outcome']}: {one_line(rule['reason'], 200)}")
    return lines


def counts_line(findings: Sequence[Finding]) -> str:
    """How many findings there are of each severity, worst first."""
    counts = Counter(one.severity for one in findings)
    return ", ".join(f"{counts[each]} {each}" for each in SEVERITIES if counts[each]) or "nothing found"


def word_of(findings: Sequence[Finding], verdict: Mapping[str, Any] | None) -> str:
    """How it stands: BLOCK, INCONCLUSIVE or PASS by rules, else FINDINGS or CLEAN by severity."""
    if verdict is not None:
        return {"deploy": "PASS"}.get(verdict["decision"], str(verdict["decision"]).upper())
    return "FINDINGS" if serious(findings) else "CLEAN"


def _finding(finding: Finding) -> list[str]:
    where = finding.where
    listed = list(where.get("lines", ()))
    lines = ", ".join(map(str, listed[:_LINES])) + (", .." if len(listed) > _LINES else "")
    place = place_of(finding, 80) + (f": line{'s' if len(listed) > 1 else ''} {lines}" if lines else "")
    told = [f"{finding.severity:<8}  {finding.code}  {one_line(finding.message, 300)}", f"{'':<10}{place}"]
    kinds = finding.evidence.get("kinds")
    if isinstance(kinds, Mapping):
        told.append(
            f"{'':<10}{', '.join(f'{one_line(str(kind), 60)} {count:,}' for kind, count in list(kinds.items())[:6])}"
        )
    said = finding.evidence.get("said")
    told += [f"{'':<10}{one_line(str(each), 200)}" for each in (said[:_SAID] if isinstance(said, list) else ())]
    examples = finding.evidence.get("examples")
    for example in examples[:2] if isinstance(examples, list) else ():
        if isinstance(example, Mapping):
            shown = [one_line(each, 100) for each in example.values() if isinstance(each, str) and each]
            told += [f"{'':<10}> {each}" for each in shown]
    told.append(f"{'':<10}{one_line(finding.remediation, 200)}")
    return told


def _files(manifest: Mapping[str, Any]) -> list[str]:
    told = ["Files"]
    for file in manifest["files"][:20]:
        forms = ", ".join(f"{one_line(form, 50)} {count:,}" for form, count in list(file["forms"].items())[:3])
        told.append(
            f"  {one_line(file['file'], 60)}  {file['rows']:,} rows  {file['bytes']:,} bytes  {forms or 'no rows'}"
        )
    if len(manifest["files"]) > 20:
        told.append(f"  and {len(manifest['files']) - 20} more")
    for name in ("sources", "licences"):
        known = {value: count for value, count in manifest[name].items() if value != "(none)"}
        if known:
            listed = list(known.items())[:6]
            told.append(
                f"{name.capitalize()}  " + ", ".join(f"{one_line(value, 40)} {count:,}" for value, count in listed)
            )
    told.append(f"Digest of all rows  {manifest['digest'][:30]}..")
    return told


def change_lines(changes: Mapping[str, Any]) -> list[str]:
    """What came, went, changed and moved since an earlier version, a line each."""
    if "came" in changes:
        told = [
            f"Since {one_line(changes['previous'], 80)}  {changes['came']:,} came, {changes['went']:,} went, "
            f"{changes['changed']:,} changed, {changes['same']:,} are the same"
        ]
    else:
        same = "the same rows" if changes["same_rows"] else "other rows"
        told = [
            f"Since {one_line(changes['previous'], 80)}  {same}: "
            f"{changes['rows'][0]:,} before, {changes['rows'][1]:,} now"
        ]
    for name, values in changes["moved"].items():
        for value, both in list(values.items())[:6]:
            before, now = both["shares"]
            told.append(
                f"  {name}: {one_line(value, 60)} {before:.1%} -> {now:.1%} "
                f"({both['rows'][0]:,} -> {both['rows'][1]:,})"
            )
    return told
