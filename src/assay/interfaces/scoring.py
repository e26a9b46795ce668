"""`assay score`: judge recorded answers without an audit."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import click
import msgspec

from assay.domain.asking import AskingScorer, ComparingScorer
from assay.domain.errors import DataError, PlanError
from assay.domain.score import Score, Scorer
from assay.engine.score import score as judge
from assay.interfaces.whole_files import replacing
from assay.registry import scorer as made_scorer
from assay.registry import setting_names
from assay.report.inert import one_line
from assay.store.contracts import plain_contract, read_contract
from assay.store.documents import parse_document
from assay.store.lines import numbered_lines, stream_lines
from assay.subjects.answered import ROW, Answered, answered

_SHOWN = 5
"""Ids, and lines of each, that a warning names."""


@dataclass(slots=True)
class _Tally:
    """Counts of one scorer."""

    scored: int = 0
    total: float = 0.0
    labels: Counter[str] = field(default_factory=Counter)
    unscored: Counter[str] = field(default_factory=Counter)

    def add(self, one: Score) -> None:
        """Take a score in."""
        if one.value is None:
            self.unscored[one.unscored] += 1
            return
        self.scored += 1
        if isinstance(one.value, str):
            self.labels[one.value] += 1
        else:
            self.total += float(one.value)

    def line(self) -> str:
        """What is said at the end."""
        shown = ", ".join(f"{label} {count}" for label, count in self.labels.most_common(5))
        if self.scored and not shown:
            shown = f"mean {self.total / self.scored:.3f}"
        causes = ", ".join(f"{cause} {count}" for cause, count in self.unscored.most_common(5))
        parts = [f"{self.scored} scored", shown, f"{self.unscored.total()} unscored{f' ({causes})' if causes else ''}"]
        return ", ".join(part for part in parts if part)


@dataclass(slots=True)
class _Seen:
    """Which rows have one name: whoever joins the scores with the rows by id would mix them."""

    first: dict[tuple[str, int], int] = field(default_factory=dict)
    """Line of the first row of each id and epoch."""
    repeated: dict[str, list[int]] = field(default_factory=dict)
    """Lines of ids that stand on several."""

    def add(self, row: Answered) -> None:
        """Take a row in."""
        if not row.sample.id:
            return
        line = self.first.setdefault((row.sample.id, row.trial.epoch), row.line)
        if line != row.line:
            self.repeated.setdefault(row.sample.id, [line]).append(row.line)

    def words(self) -> str:
        """What is said of them."""
        shown = [
            f"'{one_line(name, 40)}' (lines {_listed(lines)})" for name, lines in list(self.repeated.items())[:_SHOWN]
        ]
        more = ", .." if len(self.repeated) > _SHOWN else ""
        return (
            f"warning: {len(self.repeated)} ids stand on more than one line, and each line was scored: "
            f"{', '.join(shown)}{more}. Tell the scores apart by 'line'"
        )


def _listed(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines[:_SHOWN])) + (", .." if len(lines) > _SHOWN else "")


@click.command(epilog="Example:  assay score answers.jsonl --scorer refusal,toxicity -o scores.jsonl")
@click.argument("file", metavar="FILE")
@click.option(
    "--scorer", "specs", metavar="NAME", multiple=True, required=True,
    help="A scorer's name, several with commas between, or a mapping like '{type: length, unit: words}'; repeatable.",
)  # fmt: skip
@click.option(
    "--policy",
    "policy_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Written policy, for the scorers that read one.",
)
@click.option("-o", "target", metavar="OUT", type=click.Path(path_type=Path), help="Write here [standard output].")
@click.option("-q", "--quiet", is_flag=True, help="No counts at the end.")
def score(file: str, specs: Sequence[str], policy_file: Path | None, target: Path | None, quiet: bool) -> int:
    """Judge the answers in FILE (JSON Lines; - is standard input) without an audit.

    A row holds id and output, and as needed input, context, target, tools, metadata. Each scorer gives one
    line per row: id, scorer, version, value, probability, label, unscored, reason, evidence. A row that cannot
    be read gives a line too, unscored as corrupt.
    """
    judges = _judges(specs, policy_file)
    tallies = {name: _Tally() for name in judges}
    lines = stream_lines(sys.stdin.buffer, "-") if file == "-" else numbered_lines(Path(file))
    rows = corrupt = 0
    seen = _Seen()
    with _writer(target) as stream:
        for row in answered(lines):
            rows += 1
            corrupt += row.trial.state == "corrupt"
            seen.add(row)
            for name, one in judges.items():
                stream.write(msgspec.json.encode(_line(row, name, one, tallies[name])) + b"\n")
    if not rows:
        raise DataError(f"{file}: no rows. {ROW}, one a line")
    if not quiet:
        said = [f"{rows} rows" + (f", {corrupt} of them cannot be read" if corrupt else "")]
        said += [f"{name}: {tally.line()}" for name, tally in tallies.items()]
        click.echo("\n".join(said), err=True)
    if seen.repeated:
        click.echo(seen.words(), err=True)
    return 0


def _judges(specs: Sequence[str], policy_file: Path | None) -> dict[str, Scorer]:
    """Scorers by the name that their lines bear."""
    judges: dict[str, Scorer] = {}
    policy = None if policy_file is None else plain_contract(read_contract(policy_file))
    readers = 0
    for spec in _specs(specs):
        if policy is not None and "policy" in setting_names(str(spec["type"]), "--scorer") and "policy" not in spec:
            spec, readers = {**spec, "policy": policy}, readers + 1
        made = made_scorer(spec, "--scorer")
        name = str(spec["type"])
        if isinstance(made, AskingScorer | ComparingScorer):
            raise PlanError(f"--scorer: '{name}' asks a model, and score asks nobody; name it in a plan: assay audit")
        if name in judges:
            raise PlanError(f"--scorer: '{name}' is named twice; score the file once for each setting")
        judges[name] = made
    if policy is not None and not readers:
        raise PlanError(f"--policy: none of {', '.join(judges)} reads a policy; policy and policy_hallucination do")
    return judges


def _specs(texts: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    for text in texts:
        if text.lstrip().startswith("{"):
            value = parse_document(text, Path("--scorer")).value
            if not isinstance(value, dict) or not isinstance(value.get("type"), str):
                raise PlanError(f"--scorer: not a scorer: {text[:60]}. Expected a name, or a mapping with 'type'")
            yield value
        else:
            yield from ({"type": name.strip()} for name in text.split(",") if name.strip())


def _line(row: Answered, name: str, one: Scorer, tally: _Tally) -> dict[str, Any]:
    first, *others = judge(row.sample, row.trial, [one]) or (_nothing(name, one.version),)
    tally.add(first)
    text = row.trial.output.text if row.trial.output is not None else ""
    line: dict[str, Any] = {"id": row.sample.id, "line": row.line, "scorer": name, "version": one.version}
    if row.trial.epoch != 1:
        line["epoch"] = row.trial.epoch
    line |= _told(first, text)
    if others:
        line["also"] = {other.metric: _told(other, text) for other in others}
    return line


def _nothing(name: str, version: str) -> Score:
    """The score of a row that a scorer has no metric for."""
    return Score(metric=name, value=None, unscored="nothing to judge", scorer=name, version=version)


def _told(one: Score, text: str) -> dict[str, Any]:
    return {
        "metric": one.metric,
        "value": one.value,
        "probability": one.probability,
        "label": one.answer or None,
        "unscored": one.unscored or None,
        "reason": one.explanation,
        "evidence": [
            {"start": span.start, "end": span.end, "text": text[span.start : span.end], "reason": span.reason}
            for span in one.evidence
        ],
    }


@contextlib.contextmanager
def _writer(target: Path | None) -> Iterator[IO[bytes]]:
    """Standard output, or a file that is there whole or not at all."""
    if target is None or str(target) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with replacing(target) as stream:
        yield stream
