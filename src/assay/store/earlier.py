"""What an earlier run holds of one side, and whether a plan may take it for its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.domain.errors import DataError, PlanError
from assay.domain.plan import Plan, SubjectSpec
from assay.domain.subject import Identity
from assay.domain.trial import Failure, Output
from assay.store.comparable import Difference, generation, rows, wording
from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.notes import Checkpoint
from assay.store.ledger.records import check_records, of
from assay.store.runs import RunFile
from assay.store.sources import MakeScorer

REFERENCE = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One side of a run."""

    run: str
    side: str
    registered: str
    identity: Identity
    answers: Mapping[tuple[str, str, int], Output | Failure]
    """By sample id, sample digest and epoch."""
    digest: str
    decision: str
    """What was decided there of this side: of a candidate, and as its ledger holds it; else empty."""
    ledger: str
    """Root of the run's ledger at its last checkpoint; empty when nothing is signed."""


def held(folder: Path, side: str) -> Held:
    """The answers of one side.

    Args:
        folder: Run folder.
        side: `reference`, a candidate's name, or `candidate` where the run has one.

    Raises:
        DataError: No run there, it is not finished, or it has no such side.
    """
    run = RunFile(folder, write=False)
    try:
        key = _key(run, side)
        answers: dict[tuple[str, str, int], Output | Failure] = {}
        seen = hashlib.sha256()
        for row, _, body, _ in run.rows():
            if row[0] == key:
                seen.update(f"{row[1:]} {len(body)}\n".encode(errors="surrogatepass") + body)
        for trial, _ in run.trials():
            if trial.subject == key:
                answer = trial.output if trial.output is not None else trial.failure
                assert answer is not None
                answers[trial.sample_id, trial.sample_digest, trial.epoch] = answer
        return Held(
            run=run.id,
            side=key,
            registered=run.fact("registered"),
            identity=run.sides()[key].identity,
            answers=answers,
            digest=f"sha256:{seen.hexdigest()}",
            **_standing(run, key),
        )
    finally:
        run.close()


def _standing(run: RunFile, side: str) -> dict[str, str]:
    """What the run's own ledger says of a side."""
    found = {"decision": "", "ledger": ""}
    if not (run.folder / NAME).is_file():
        return found
    with Ledger(run.folder) as ledger:
        for entry in of(ledger, "decided", run.id):
            for one in entry.data.get("decisions", ()):
                if one["candidate"] == side:
                    found["decision"] = str(one["decision"]) + (" (exploratory)" if one["exploratory"] else "")
        for _, note in ledger.checkpoints():
            found["ledger"] = f"sha256:{Checkpoint.read(note).root.hex()}"
    return found


def _key(run: RunFile, side: str) -> str:
    saved = json.loads(run.fact("plan") or "{}")
    run.must_have_ended()
    names = [str(spec["name"]) for spec in saved["candidates"]]
    if side == "candidate" and side not in names and len(names) == 1:
        return names[0]
    if side != REFERENCE and side not in names:
        raise DataError(f"{run.folder}: side '{side}' is not in this run. Known: {', '.join([REFERENCE, *names])}")
    return side


def unlike(plan: Plan, scorer: MakeScorer) -> Iterator[tuple[SubjectSpec, tuple[Difference, ...]]]:
    """The subjects of a plan that are sides of earlier runs, each with what was otherwise there.

    Rows that the run has beyond the plan's do no harm. What was asked otherwise, under other prompts or drawn
    in another way, does: the difference between the two subjects would be the difference of the questions.

    Raises:
        RunFailed: Such a run is not what its ledger was told.
    """
    specs = (plan.reference, *plan.candidates)
    for spec in specs:
        if "side" not in spec.settings:
            continue
        run = RunFile(Path(spec.settings["path"]), write=False)
        try:
            before = run.plan(scorer)
            check_records(run, before)
            key = _key(run, str(spec.settings["side"]))
        finally:
            run.close()
        whole = {REFERENCE: before.reference, **{one.name: one for one in before.candidates}}
        others = [one for one in specs if one is not spec and one.kind != "recorded"]
        yield spec, tuple(_unlike(plan, before, whole[key], others))


def _unlike(plan: Plan, before: Plan, side: SubjectSpec, others: list[SubjectSpec]) -> Iterator[Difference]:
    if side.kind != "recorded":  # how a recording was drawn is not known
        yield from generation(before.generation, plan.generation)
    for other in others if side.kind != "recorded" else ():
        yield from wording(side, other, f"{side.name}, {other.name}")
    asked = _asked(before)
    ids = {name for name, _ in asked}
    for task in plan.tasks:
        lacking = [one.id for one in task.dataset.samples if (one.id, one.digest) not in asked]
        yield from rows("with another question or expectation", [n for n in lacking if n in ids], task.name, "answers")
        yield from rows("that the run did not ask", [n for n in lacking if n not in ids], task.name, "answers")
        seldom = [one.id for one in task.dataset.samples if 0 < asked.get((one.id, one.digest), 0) < task.epochs]
        yield from rows(f"asked less than {task.epochs} times in the run", seldom, task.name, "answers")


def _asked(before: Plan) -> dict[tuple[str, str], int]:
    """How often a run asked each sample, in whichever suite: a harvested row is known from where it came."""
    found: dict[tuple[str, str], int] = {}
    for task in before.tasks:
        for one in task.dataset.samples:
            key = one.id, one.digest
            found[key] = max(found.get(key, 0), task.epochs)
    return found


def check_side(settings: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The settings of a recorded subject, with its side where the path is a run folder.

    Raises:
        PlanError: A side of a file, or a folder that holds no run.
    """
    path, plain = Path(settings["path"]), dict(settings)
    if path.is_dir():
        if not (path / "run.sqlite").is_file():
            raise PlanError(
                f"{place}: {path.name} is a folder without a run (no run.sqlite). Give a file, or a run folder"
            )
        return {**plain, "side": plain.get("side", "candidate")}
    if "side" in plain or plain.get("accept_differences"):
        raise PlanError(f"{place}: side and accept_differences go with a run folder; {path.name} is a file")
    plain.pop("accept_differences", None)
    return plain
