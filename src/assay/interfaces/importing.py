"""`assay import`: results of other programs as a dataset and recorded outputs; two of them ready to be audited."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from assay.domain.errors import ConfigurationError, DataError
from assay.interfaces.runs import write_whole
from assay.interfaces.whole_files import replacing
from assay.registry import scorer as made_scorer
from assay.report.inert import one_line
from assay.store.foreign import ForeignRun
from assay.store.import_plan import Chosen, plan_text
from assay.store.imports import Imported, differences, facts, readers, write_run

_PROGRAMS = ("inspect", "lm-eval", "promptfoo", "garak", "openai-batch")


@click.command(
    "import",
    epilog="Example:  assay import reference.eval candidate.eval --from inspect -o imported",
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.argument("candidate", metavar="[CANDIDATE]", required=False, type=click.Path(path_type=Path))
@click.option("--from", "program", type=click.Choice(_PROGRAMS), required=True, help="The program that wrote FILE.")
@click.option("-o", "folder", metavar="DIR", required=True, type=click.Path(path_type=Path), help="Folder to make.")
@click.option("--model", default="", metavar="NAME", help="promptfoo: provider or column of FILE.")
@click.option(
    "--candidate-model", default="", metavar="NAME", help="The same of CANDIDATE; of FILE when that is left out."
)
@click.option("--requests", metavar="FILE", type=click.Path(path_type=Path), help="openai-batch: request file of FILE.")
@click.option(
    "--candidate-requests", metavar="FILE", type=click.Path(path_type=Path), help="The same of CANDIDATE [--requests]."
)
@click.option("--scorer", "scorers", metavar="NAME", multiple=True, help="A scorer of ours for the plan; repeatable.")
@click.option("--lower-is-better", "lower", metavar="SCORE", multiple=True, help="Of this imported score; repeatable.")
@click.option(
    "--higher-is-better", "higher", metavar="SCORE", multiple=True, help="Of this imported score; repeatable."
)
@click.option("--accept-differences", is_flag=True, help="Write the plan although the runs were not made alike.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def import_(
    file: Path,
    candidate: Path | None,
    program: str,
    folder: Path,
    model: str,
    candidate_model: str,
    requests: Path | None,
    candidate_requests: Path | None,
    scorers: Sequence[str],
    lower: Sequence[str],
    higher: Sequence[str],
    accept_differences: bool,
    form: str,
) -> int:
    """Write FILE, a result of another program, as samples.jsonl and outputs.jsonl into DIR.

    With CANDIDATE, FILE is the reference: both are imported beside each other, what was not made alike is said, and
    audit.yaml is written, ready for `assay audit`. Scores of the other program are kept apart from ours, as
    `imported_scores` in each output's metadata.
    """
    if candidate is None and candidate_model:
        candidate = file
    sides = [(file, model, requests)]
    if candidate is not None:
        sides.append((candidate, candidate_model, candidate_requests or requests))
    for name in scorers:
        made_scorer({"type": name}, "--scorer")
    runs = [_read(program, *side) for side in sides]
    _free(folder, len(runs))
    told: dict[str, Any] = {"schema": "assay/import/1"}
    todo: tuple[str, ...] = ()
    with _writing(folder, runs) as made:
        told["runs"] = [facts(*pair) for pair in zip(runs, made, strict=True)]
        differing = differences(runs[0], runs[1], made[0], made[1]) if len(runs) == 2 else ()
        apart = [one for one in differing if one.apart]
        if len(runs) == 2:
            told["comparable"] = not apart
            told["differences"] = [{"what": one.what, "message": one.message, "apart": one.apart} for one in differing]
        if apart and not accept_differences:
            _tell(told, folder, todo, form)
            count = "1 difference" if len(apart) == 1 else f"{len(apart)} differences"
            raise DataError(
                f"{folder}: nothing was written: the runs were not made alike ({count} above). "
                "Run both the same way, or give --accept-differences"
            )
    if len(runs) == 2:
        chosen = Chosen(scorers=scorers, lower=lower, higher=higher)
        text, todo = plan_text((runs[0], runs[1]), (made[0], made[1]), differing, chosen)
        write_whole(folder / "audit.yaml", text)
        told["plan"] = "audit.yaml"
    write_whole(folder / "import.json", json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    _tell(told, folder, todo, form)
    return 0


def _tell(told: dict[str, Any], folder: Path, todo: Sequence[str], form: str) -> None:
    click.echo(json.dumps(told, indent=2, ensure_ascii=False) if form == "json" else _said(told, folder, todo))


def _read(program: str, path: Path, model: str, requests: Path | None) -> ForeignRun:
    if not path.is_file() and not (program == "lm-eval" and path.is_dir()):
        raise DataError(f"{path}: {'a folder; name the file inside it' if path.is_dir() else 'no such file'}")
    more = {"requests": requests} if program == "openai-batch" else {}
    return readers()[program](path, model, **more)


def _free(folder: Path, count: int) -> None:
    names = ["samples.jsonl", "import.json", "audit.yaml", *_outputs(count)]
    taken = [name for name in names if (folder / name).exists()]
    if taken:
        raise ConfigurationError(f"{folder / taken[0]} exists already; nothing was written. Name another folder")


def _outputs(count: int) -> list[str]:
    return ["outputs.jsonl"] if count == 1 else ["reference.jsonl", "candidate.jsonl"]


@contextmanager
def _writing(folder: Path, runs: Sequence[ForeignRun]) -> Iterator[list[Imported]]:
    """The files, all or none: when what is done with them fails, no file and no new folder is left."""
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    made: list[Imported] = []
    try:
        with ExitStack() as stack:
            samples = stack.enter_context(replacing(folder / "samples.jsonl"))
            for run, name in zip(runs, _outputs(len(runs)), strict=True):
                outputs = stack.enter_context(replacing(folder / name))
                made.append(write_run(run, samples, outputs, made[0] if made else None))
            yield made
    except BaseException:
        with suppress(OSError):  # somebody put something there
            for one in new:
                one.rmdir()
        raise


def _said(told: dict[str, Any], folder: Path, todo: Sequence[str]) -> str:
    sides = ("reference", "candidate") if len(told["runs"]) == 2 else ("imported",)
    lines = [line for side, run in zip(sides, told["runs"], strict=True) for line in _run_lines(side, run)]
    for one in told.get("differences", ()):
        lines.append(f"{'differs' if one['apart'] else 'note'}: {one_line(one['message'], 500)}")
    lines += [f"to do: {one_line(one, 300)}" for one in todo]
    if told.get("plan"):
        lines.append(f"Next:  assay audit {folder / 'audit.yaml'}")
    elif len(told["runs"]) == 1:
        lines.append(f"wrote {folder / 'samples.jsonl'}, {folder / 'outputs.jsonl'}")
    return "\n".join(lines)


def _run_lines(side: str, run: dict[str, Any]) -> list[str]:
    scores = []
    for name, counts in run["scores"].items():
        missing = f" ({counts['unscored']} unscored)" if counts.get("unscored") else ""
        scores.append(one_line(name, 60) + missing)
    model = one_line(run["model"] or "an unnamed model", 80)
    lines = [
        f"{side}: {run['rows']} answers to {run['samples']} samples by {model}, {run['errors']} of them errors; "
        f"scores: {', '.join(scores) or 'none'}"
    ]
    for one in run["problems"]:
        places = ", ".join(one_line(place, 80) for place in one["places"][:3])
        lines.append(f"  {one['count']} x {one_line(one['what'], 200)}: {places}")
    return lines
