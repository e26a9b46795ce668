"""Findings in training data for people at a terminal: worst first, with counts and examples made inert."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from assay.domain.data import rows_of
from assay.domain.verdict import Finding, Severity
from assay.report.data_findings import blocks, folded
from assay.report.inert import one_line

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
"""Worst first."""


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


def serious(findings: Sequence[Finding]) -> bool:
    """Whether one of them is high or critical."""
    return any(one.severity in ("high", "critical") for one in findings)


def data_text(
    findings: Sequence[Finding], manifest: Mapping[str, Any], more: Mapping[str, Any], *, full: bool = False
) -> str:
    """The page on a terminal; the first line says how it stands, the second what to do.

    Args:
        findings: What was found.
        manifest: What the data is.
        more: `changes` since an earlier version and the `verdict` of rules, where they were asked for.
        full: Whether findings of severity info are shown whole, not a line each.
    """
    ordered = worst_first(findings)
    whole = [one for one in ordered if full or one.severity != "info"]
    files = [str(one["file"]) for one in manifest["files"]]
    shown = [_head(ordered, manifest, more.get("verdict")), *blocks(whole, files[0] if len(files) == 1 else "")]
    shown += [[] if full else folded([one for one in ordered if one.severity == "info"]), _files(manifest)]
    if "changes" in more:
        shown.append(change_lines(more["changes"]))
    return "\n\n".join("\n".join(block) for block in shown if block) + "\n"


def _head(findings: Sequence[Finding], manifest: Mapping[str, Any], verdict: Mapping[str, Any] | None) -> list[str]:
    unread = f", {manifest['unfit']:,} more could not be read" if manifest.get("unfit") else ""
    place = f"{_plural(manifest['rows'], 'row')} in {_plural(len(manifest['files']), 'file')}{unread}"
    lines = [f"{word_of(findings, verdict)}  {counts_line(findings)}; {place}"]
    if findings and findings[0].severity != "info":
        lines.append(f"Next  {findings[0].code}: {one_line(findings[0].remediation, 200)}")
    for rule in verdict["rules"] if verdict is not None else ():
        lines.append(f"Rule  {rule['outcome']}: {one_line(rule['reason'], 200)}")
    return lines


def counts_line(findings: Sequence[Finding]) -> str:
    """How many findings there are of each severity, worst first."""
    counts = Counter(one.severity for one in findings)
    return ", ".join(f"{counts[each]} {each}" for each in SEVERITIES if counts[each]) or "nothing found"


def word_of(findings: Sequence[Finding], verdict: Mapping[str, Any] | None) -> str:
    """How it stands: BLOCK, INCONCLUSIVE or PASS by rules; else by severity FINDINGS, MINOR below high, or CLEAN."""
    if verdict is not None:
        return {"deploy": "PASS"}.get(verdict["decision"], str(verdict["decision"]).upper())
    if serious(findings):
        return "FINDINGS"
    return "CLEAN" if all(one.severity == "info" for one in findings) else "MINOR"


def _files(manifest: Mapping[str, Any]) -> list[str]:
    told = ["Files"]
    for file in manifest["files"][:20]:
        forms = ", ".join(f"{one_line(form, 50)} {count:,}" for form, count in list(file["forms"].items())[:3])
        told.append(
            f"  {one_line(file['file'], 60)}  {_plural(file['rows'], 'row')}  "
            f"{_plural(file['bytes'], 'byte')}  {forms or 'no rows'}"
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


def _plural(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


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
