"""`assay check steps`: recorded traces held against a policy of steps."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click

from assay import __version__
from assay.domain.errors import DataError
from assay.domain.verdict import Finding
from assay.domain.watched import Observation
from assay.interfaces.data_writing import put
from assay.report.inert import one_line
from assay.report.machine import plain
from assay.report.sarif import findings_sarif
from assay.report.unread import unread
from assay.report.words import plural
from assay.statistics.proportion import wilson
from assay.store.step_policies import read_step_policy
from assay.traces.files import Replayed
from assay.watch.steps import step_findings, step_judge, step_observations

_SERIOUS = ("high", "critical")
_RANK = ("critical", "high", "medium", "low", "info")
_SHOWN = 50


@dataclass(slots=True)
class _Checked:
    read: Replayed = field(default_factory=Replayed)
    findings: list[Finding] = field(default_factory=list)
    judged: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    untold: Counter[str] = field(default_factory=Counter)
    calls: bool = False

    @property
    def nothing(self) -> bool:
        """Whether no rule of the policy could be held against anything."""
        return not self.findings and not self.judged

    def see(self, one: Observation) -> None:
        if one.value is None:
            self.untold[f"{one.metric}: {one.unscored}"] += 1
        else:
            self.judged[one.metric] += 1
            self.broken[one.metric] += int(one.value)

    def rates(self) -> Iterator[dict[str, Any]]:
        for metric, count in sorted(self.judged.items()):
            low, high = wilson(self.broken[metric], count)
            yield {
                "metric": metric,
                "traces": count,
                "broken": self.broken[metric],
                "value": round(self.broken[metric] / count, 6),
                "low": round(low, 6),
                "high": round(high, 6),
            }


@click.command(
    epilog="Example:  assay check steps traces.jsonl --policy steps.yaml --format sarif -o steps.sarif   "
    "Exit codes: 0 nothing of severity high or more, 1 something, 2 usage or nothing to read, 4 nothing to judge."
)
@click.argument("names", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--policy", metavar="FILE", required=True, type=click.Path(path_type=Path), help="The policy of steps.")
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True)
@click.option("-o", "target", metavar="FILE", type=click.Path(path_type=Path), help="Write here; - is standard output.")
def steps(names: tuple[Path, ...], policy: Path, form: str, target: Path | None) -> int:
    """Hold the steps of recorded traces against a policy: tools, order, approvals, arguments, data, age, memory.

    Reads what `assay watch replay` reads. Each finding names the span, the rule, what was seen and expected.
    """
    judge = step_judge(read_step_policy(policy))
    made = _Checked()
    for name in names:
        for trace in made.read.read(name):
            found = judge(trace)
            made.calls |= any(step.call or any(turn.tool_calls for turn in step.output) for step in trace.steps)
            made.findings += step_findings(trace, found, str(name))
            for one in step_observations(trace, found):
                made.see(one)
    if not made.read.traces:
        why = unread(made.read.rejected, made.read.places)
        told = f"Not read: {why}" if why else "The files are empty"
        raise DataError(f"{', '.join(map(str, names))}: no trace to check. {told}")
    made.findings.sort(key=lambda one: _RANK.index(one.severity))
    put(_rendered(form, made, names), target)
    if made.read.rejected:
        click.echo(f"warning: not read: {unread(made.read.rejected, made.read.places)}", err=True)
    return 1 if any(one.severity in _SERIOUS for one in made.findings) else 4 if made.nothing else 0


def _rendered(form: str, made: _Checked, names: Sequence[Path]) -> str:
    if form == "sarif":
        return findings_sarif([(f"steps {' '.join(map(str, names))}", made.findings, __version__)])
    if form == "text":
        return _text(made)
    told = {
        "findings": [asdict(one) for one in made.findings],
        "counts": {
            "traces": made.read.traces,
            "rejected": dict(made.read.rejected),
            "findings": len(made.findings),
            "by_severity": dict(Counter(one.severity for one in made.findings)),
            "by_code": dict(Counter(one.code for one in made.findings)),
        },
        "rates": list(made.rates()),
        "untold": dict(made.untold),
    }
    return json.dumps(plain(told), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _text(made: _Checked) -> str:
    serious = any(one.severity in _SERIOUS for one in made.findings)
    word = "BREACHES" if serious else "MINOR" if made.findings else "NOTHING TO JUDGE" if made.nothing else "CLEAN"
    broke = len({(one.where.get("file"), one.where["trace"]) for one in made.findings})
    of = f"{broke:,} of " if broke else ""
    lines = [f"{word}  {of}{plural(made.read.traces, 'trace')}, {plural(len(made.findings), 'finding')}"]
    if not made.calls:
        lines.append("  no trace holds a call of a tool: rules about calls had nothing to judge")
    for one in made.findings[:_SHOWN]:
        where = one.where
        lines.append(f"  {one.severity:<8} {one.code:<20} trace {where['trace']} span {where['span']}")
        if "line" in where:
            lines.append(f"           {one_line(str(where['file']), 200)}:{where['line']}")
        lines.append(f"           {one_line(one.message, 300)}")
        if "after_span" in one.evidence:
            lines.append(f"           after span {one.evidence['after_span']}")
    if len(made.findings) > _SHOWN:
        lines.append(f"  and {len(made.findings) - _SHOWN:,} more: --format json")
    firsts = {one.code: one.remediation for one in made.findings}
    lines += [f"  {code}: {what}" for code, what in firsts.items()]
    for rate in made.rates():
        lines.append(f"  {rate['metric']:<20} broken in {rate['broken']:,} of {rate['traces']:,} traces "
                     f"[{rate['low']:.1%}, {rate['high']:.1%}]")  # fmt: skip
    lines += [f"  not told  {one_line(why, 120)}: {count:,} traces" for why, count in made.untold.most_common(10)]
    return "\n".join(lines) + "\n"
