"""Findings in training data for people at a terminal: worst first, with counts and examples made inert."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from assay.domain.data import rows_of
from assay.domain.verdict import Finding, Severity
from assay.report.data_findings import blocks, folded
from assay.report.inert import one_line

_SETS = 20
"""Evaluation sets that are named."""
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
        more: `changes` since an earlier version, the `verdict` of rules, and what it was `asked`, where there are some.
        full: Whether findings of severity info are shown whole, not a line each.
    """
    ordered = worst_first(findings)
    whole = [one for one in ordered if full or one.severity != "info"]
    files = [str(one["file"]) for one in manifest["files"]]
    shown = [
        _head(ordered, manifest, more.get("verdict"), held_of(more)),
        *blocks(whole, files[0] if len(files) == 1 else ""),
    ]
    shown += [[] if full else folded([one for one in ordered if one.severity == "info"]), _files(manifest)]
    if "changes" in more:
        shown.append(change_lines(more["changes"]))
    return "\n\n".join("\n".join(block) for block in shown if block) + "\n"


def _head(
    findings: Sequence[Finding],
    manifest: Mapping[str, Any],
    verdict: Mapping[str, Any] | None,
    held: Sequence[Mapping[str, Any]],
) -> list[str]:
    lines = [standing(findings, manifest, verdict)]
    if told := next_step(findings):
        lines.append(f"Next  {told}")
    lines += held_lines(held)
    for rule in verdict["rules"] if verdict is not None else ():
        lines.append(f"Rule  {rule['outcome']}: {one_line(rule['reason'], 200)}")
    return lines


def standing(findings: Sequence[Finding], manifest: Mapping[str, Any], verdict: Mapping[str, Any] | None) -> str:
    """How it stands, in a line: a word, how many findings of which severity, in how many rows.

    Args:
        findings: What was found.
        manifest: What the data is.
        verdict: Of rules, where there are some.
    """
    unread = f", {manifest['unfit']:,} more could not be read" if manifest.get("unfit") else ""
    place = f"{_plural(manifest['rows'], 'row')} in {_plural(len(manifest['files']), 'file')}{unread}"
    return f"{word_of(findings, verdict)}  {counts_line(findings)}; {place}"


def next_step(findings: Sequence[Finding]) -> str:
    """The worst finding's code and remedy; empty where nothing is more than information.

    Args:
        findings: Worst first.
    """
    if not findings or findings[0].severity == "info":
        return ""
    return f"{findings[0].code}: {one_line(findings[0].remediation, 200)}"


def held_of(more: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The evaluation sets that the data was held against."""
    found: Sequence[Mapping[str, Any]] = more.get("asked", {}).get("held", ())
    return found


def held_lines(held: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the data was held against and how much of it was found, a line each.

    Examples:
        >>> one = {"name": "evals/", "items": 9, "found": 0, "looked_for": "word for word"}
        >>> held_lines([one])
        ['Held against evals/, 9 items: none found, looked for word for word']
    """
    told = []
    for one in held[:_SETS]:
        found = f"{one['found']:,} found" if one["found"] else "none found"
        told.append(
            f"Held against {one_line(one['name'], 80)}, {_plural(one['items'], 'item')}: {found}, "
            f"looked for {one['looked_for']}"
        )
    return [*told, *([f"Held against {len(held) - _SETS} more"] if len(held) > _SETS else [])]


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
        shifted = [(value, both) for value, both in values.items() if both["shares"][0] != both["shares"][1]]
        shifted.sort(key=lambda one: -abs(one[1]["shares"][1] - one[1]["shares"][0]))
        for value, both in shifted[:6]:
            before, now = both["shares"]
            told.append(
                f"  {name}: {one_line(value, 60)} {before:.1%} -> {now:.1%} "
                f"({both['rows'][0]:,} -> {both['rows'][1]:,})"
            )
    return told
