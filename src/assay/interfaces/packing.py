"""`assay packs`: the bundled prompts, and how they are written out to be answered elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import click

from assay.domain.plan import Task
from assay.domain.sample import Sample
from assay.interfaces.runs import made_scorer
from assay.interfaces.whole_files import replacing
from assay.report.grid import wrap
from assay.store.documents import Document, read_document
from assay.store.planfile import SuiteFile
from assay.store.sources import Source
from assay.store.suites import bundled_packs, read_suites
from assay.subjects.dialect_openai import written


@click.command(epilog="Example:  assay packs safety --out prompts.jsonl")
@click.argument("name", required=False)
@click.option("--task", "tasks", multiple=True, metavar="TASK", help="Only this task of the pack; repeatable.")
@click.option(
    "-o",
    "--out",
    "target",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the prompts here; - shows them.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def packs(name: str | None, tasks: Sequence[str], target: Path | None, form: str) -> int:
    """Bundled packs of prompts; with NAME (or the path of a pack) its tasks; with --out its prompts.

    A line of --out is a recorded output that lacks its answer: id, input, tools where there are any, and
    sample_digest. Add `output` (and `epoch` where you repeat) to each, and name the file in a plan as
    {type: recorded, path: FILE}. Expected answers are not written.
    """
    if name is None:
        _list(form)
        return 0
    found = read_pack(name, tasks)
    if target is None:
        _tell(name, found, form)
    elif str(target) == "-":
        sys.stdout.buffer.writelines(prompts(found))
        sys.stdout.buffer.flush()
    else:
        with replacing(target) as stream:
            stream.writelines(prompts(found))
        count = sum(len(task.dataset.samples) for task in found)
        click.echo(f"wrote {count} prompts to {target}. Add 'output' to each line, then: {{type: recorded, path: ..}}")
    return 0


def read_pack(name: str, tasks: Sequence[str] = ()) -> tuple[Task, ...]:
    """The tasks of a pack, all or those named.

    Raises:
        PlanError: There is no such pack, or no such task in it.
    """
    nowhere = Source(Document(Path("assay packs"), {}, {}), Path.cwd(), made_scorer)
    return read_suites([SuiteFile.model_validate({"pack": name, "tasks": list(tasks) or None})], nowhere)


def prompts(tasks: Sequence[Task]) -> Iterator[bytes]:
    """The prompts of tasks as lines of JSON, in the shape of recorded outputs without their answers."""
    for task in tasks:
        for sample in task.dataset.samples:
            yield json.dumps(_row(sample), ensure_ascii=False).encode() + b"\n"


def _row(sample: Sample) -> dict[str, Any]:
    asked = sample.input if isinstance(sample.input, str) else [written(turn) for turn in sample.input]
    row: dict[str, Any] = {"id": sample.id, "input": asked}
    if sample.tools:
        row["tools"] = list(sample.tools)
    return row | {"sample_digest": sample.digest}


def _list(form: str) -> None:
    root = resources.files("assay") / "packs"
    found = [(name, read_document(Path(str(root / name / "pack.yaml"))).value) for name in bundled_packs()]
    if form == "json":
        click.echo(json.dumps([{"name": name, **_about(value)} for name, value in found]))
        return
    for name, value in found:
        click.echo("\n".join(wrap(_about(value)["description"], 100, first=f"{name:<12}", rest=" " * 12)))
    click.echo("\nIts tasks:  assay packs NAME      its prompts:  assay packs NAME --out FILE")


def _about(value: dict[str, Any]) -> dict[str, str]:
    return {key: str(value.get(key, "")) for key in ("version", "licence", "description")}


def _tell(name: str, found: Sequence[Task], form: str) -> None:
    if form == "json":
        click.echo(json.dumps([_summary(task) for task in found]))
        return
    for task in found:
        scorers, slices = ", ".join(one.name for one in task.scorers), ", ".join(task.slices)
        line = f"{task.name:<24}{len(task.dataset.samples):>5} prompts   {scorers}"
        click.echo(line + (f"   by {slices}" if slices else ""))
    click.echo(f"\nTheir prompts, to be answered elsewhere:  assay packs {name} --out FILE")


def _summary(task: Task) -> dict[str, Any]:
    return {
        "name": task.name,
        "prompts": len(task.dataset.samples),
        "scorers": [scorer.name for scorer in task.scorers],
        "slices": list(task.slices),
    }
