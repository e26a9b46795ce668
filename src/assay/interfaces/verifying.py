"""`assay verify`: is this verdict what was signed, and does it follow from the records?"""

from __future__ import annotations

import datetime
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from assay.domain.errors import AssayError, DataError
from assay.domain.plan import Plan
from assay.interfaces.recording import code
from assay.interfaces.runs import decided, made_scorer
from assay.report.attestation import KEPT, PREDICATE, SCHEMA, TYPE, result, tests
from assay.report.machine import verdict_json
from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.check import examine
from assay.store.ledger.commitments import tree_leaves
from assay.store.ledger.dsse import IN_TOTO, opened
from assay.store.ledger.keys import public_key
from assay.store.ledger.merkle import included, leaf_hash, root
from assay.store.ledger.notes import Checkpoint, PublicKey, signers
from assay.store.ledger.witness import differing_rows, told
from assay.store.runs import RunFile

_LARGEST = 256 * 1024 * 1024
"""Bytes; an attestation holds no answers."""


@dataclass(slots=True)
class Checked:
    """What was checked of one verdict."""

    candidate: str = ""
    decision: str = ""
    good: list[str] = field(default_factory=list)
    """What holds, a sentence each."""
    bad: list[str] = field(default_factory=list)
    """What does not."""
    open: list[str] = field(default_factory=list)
    """What could not be checked, and what would be needed."""

    @property
    def code(self) -> int:
        """0 verified, 1 something does not hold, 4 not all could be checked."""
        return 1 if self.bad else 4 if self.open else 0


@click.command(epilog="Exit codes: 0 verified, 1 something does not hold, 2 usage, 4 not everything could be checked.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--key", "key_text", metavar="K", help="The public key that you trust, or its file.")
@click.option(
    "--run", "folder", metavar="RUN", type=click.Path(path_type=Path), help="Also decide again from these records."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def verify(file: Path, key_text: str | None, folder: Path | None, form: str) -> int:
    """Check a signed verdict, offline: signature, registration before answers, counts; with RUN, all records too.

    FILE is the verdict.dsse.json of a run. With --run the ledger is checked from its first entry,
    every answer and score is held against what was recorded when it came in, and the decision is computed again.
    """
    key = public_key(key_text) if key_text else None
    found = [_checked(line, key, folder) for line in _lines(file)]
    click.echo(
        json.dumps([_plain(one) for one in found], indent=2) if form == "json" else "\n\n".join(map(_words, found))
    )
    return max((one.code for one in found), key=(0, 4, 1).index)


def _lines(file: Path) -> list[str]:
    try:
        if file.stat().st_size > _LARGEST:
            raise DataError(f"{file}: too large for a signed verdict")
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read: {error}") from error
    if not lines:
        raise DataError(f"{file}: empty; expected a signed verdict (verdict.dsse.json)")
    try:
        whole = json.loads("\n".join(lines))
    except ValueError:
        return lines
    return [json.dumps(whole)]


def _checked(line: str, key: PublicKey | None, folder: Path | None) -> Checked:
    found = Checked()
    kind, payload, _ = opened(line, ())
    statement = _statement(kind, payload)
    predicate, own = statement["predicate"], statement["predicate"]["assay"]
    verdict = own["verdict"]
    found.candidate, found.decision = str(verdict["candidate"]["name"]), str(verdict["decision"])
    if key is None:
        found.open.append("the signature: give the key that you trust with --key")
    elif opened(line, [key])[2]:
        found.good.append(f"signed by {key.keyid}")
    else:
        found.bad.append(f"the signature is not that of {key.keyid}")
    _coherent(statement, predicate, verdict, found)
    _registered(own, key, found)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    if str(verdict.get("valid_until", "")) < today:
        found.open.append(f"whether it still holds: the verdict was valid until {verdict.get('valid_until')}")
    if folder is None:
        found.open.append("the records: give the run folder with --run to have the decision computed again")
    else:
        _against_run(own, verdict, key, folder, found)
    return found


def _statement(kind: str, payload: bytes) -> dict[str, Any]:
    try:
        statement = json.loads(payload)
        if kind != IN_TOTO or statement["_type"] != TYPE or statement["predicateType"] != PREDICATE:
            raise DataError("no verdict of assay: another kind of attestation")
        if statement["predicate"]["assay"]["schema"] != SCHEMA:
            raise DataError(f"a verdict of another form ({statement['predicate']['assay']['schema']})")
        for name in ("decision", "candidate", "rules", "counts", "registered", "exploratory"):
            statement["predicate"]["assay"]["verdict"][name]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"no verdict of assay: {type(error).__name__} at {error}") from error
    return dict(statement)


def _coherent(
    statement: Mapping[str, Any], predicate: Mapping[str, Any], verdict: Mapping[str, Any], found: Checked
) -> None:
    """What is said twice is said alike."""
    lists = tests(verdict)
    wrong = [name for name, value in lists.items() if predicate.get(name) != value]
    if predicate.get("result") != result(verdict):
        wrong.append("result")
    subjects = [one["digest"].get("sha256") for one in statement["subject"]]
    if verdict["candidate"]["digest"].removeprefix("sha256:") not in subjects:
        wrong.append("subject")
    counts = verdict["counts"]
    if counts["unscored"] < 0 or counts["errors"] > counts["trials"]:
        wrong.append("counts")
    if wrong:
        found.bad.append(f"the statement contradicts itself: {', '.join(wrong)}")
    else:
        passed, warned, failed = (len(lists[name]) for name in ("passedTests", "warnedTests", "failedTests"))
        rules = f"{passed} rules passed, {warned} with a warning, {failed} did not"
        found.good.append(
            f"{rules}; {counts['trials']} answers, {counts['errors']} errors, {counts['unscored']} unscored"
        )


def _registered(own: Mapping[str, Any], key: PublicKey | None, found: Checked) -> None:
    """The bar was set before the answers: shown by their places in the signed ledger."""
    stated, proofs = own["ledger"], own["proofs"]
    tree = bytes.fromhex(stated["root"])
    bodies: dict[str, dict[str, Any]] = {}
    for name, proof in proofs.items():
        path = [bytes.fromhex(step) for step in proof["path"]]
        if not included(leaf_hash(proof["body"].encode()), proof["index"], stated["size"], path, tree):
            found.bad.append(f"the entry '{name}' is not in the ledger that the verdict names")
            return
        bodies[name] = json.loads(proof["body"])
    if not {"registered", "ended"} <= set(bodies):
        found.bad.append("the verdict does not prove its registration and its end")
        return
    if key is not None:
        try:
            text, good = signers(stated["checkpoint"], [key])
            point = Checkpoint.read(text)
        except DataError as error:
            found.bad.append(f"the ledger's checkpoint: {error}")
            return
        if not good or (point.size, point.root, point.origin) != (stated["size"], tree, stated["origin"]):
            found.bad.append(f"the ledger's checkpoint is not one of {key.keyid} over these entries")
            return
    first = bodies.get("first", bodies["ended"])
    if any(body["data"].get("run") != own["run"] for body in bodies.values()):
        found.bad.append("the entries that are shown are of another run")
    elif bodies["ended"]["data"].get("samples") != own["samples"]:
        found.bad.append("the answers that the verdict counts are not those that the ledger recorded at the end")
    elif not bodies["registered"]["seq"] < first["seq"] and not own["verdict"]["exploratory"]:
        found.bad.append("the bar was registered after the first answers")
    else:
        at, seq = bodies["registered"]["at"][:19], bodies["registered"]["seq"]
        order = "before" if seq < first["seq"] else "after"
        counted = f"{own['samples']['count']} answers under root {own['samples']['root'][:16]}"
        found.good.append(
            f"registered {at}Z (entry {seq}), {order} the first answers (entry {first['seq']}); {counted}"
        )


def _against_run(
    own: Mapping[str, Any], verdict: Mapping[str, Any], key: PublicKey | None, folder: Path, found: Checked
) -> None:
    try:
        with Ledger(folder) as ledger:
            examined = examine(ledger, key)
            found.bad += [one.message for one in examined.problems]
            leaves = ledger.leaves()[: own["ledger"]["size"]]
            if len(leaves) < own["ledger"]["size"] or root(leaves).hex() != own["ledger"]["root"]:
                found.bad.append("the ledger of the run is not the one that the verdict was recorded in")
            problems = list(ledger_problems(folder, ledger, own["run"]))
            found.bad += problems
            commitments = told(ledger, own["run"]).values()
            if {"count": len(commitments), "root": root(tree_leaves(commitments)).hex()} != own["samples"]:
                found.bad.append("the run holds other answers than those that the verdict counts")
            if not examined.problems and not problems:
                found.good.append(
                    f"the ledger's {examined.entries} entries and the run's {len(commitments)} answers are as recorded"
                )
        again = {
            one["candidate"]["name"]: one for one in (verdict_json([each]) for each in decided(folder, as_of=_day(own)))
        }
    except AssayError as error:
        found.bad.append(str(error))
        return
    mine = again.get(found.candidate)
    if mine is None:
        found.bad.append(f"the run has no candidate '{found.candidate}'")
        return
    differing = [name for name in KEPT if name in verdict and not alike(verdict[name], mine.get(name))]
    if differing:
        told_code = own["code"]
        why = "" if told_code == code() else f" (decided by {told_code.get('assay')}, checked by {code()['assay']})"
        found.bad.append(f"decided again, the records give another {', '.join(differing)}{why}: {mine['decision']}")
    else:
        found.good.append(f"decided again from the stored scores: {mine['decision']}, every figure alike")


def _day(own: Mapping[str, Any]) -> datetime.date:
    try:
        return datetime.date.fromisoformat(str(own["as_of"]))
    except (KeyError, ValueError) as error:
        raise DataError("the verdict does not say on which day it was decided") from error


def alike(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same, numbers to nine digits (another library may round the last ones)."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


def ledger_problems(path: Path, ledger: Ledger, run_id: str = "") -> Iterator[str]:
    """Where a run folder's records are not what its ledger was told; nothing for a ledger without a run."""
    folder = path if path.is_dir() else path.parent
    if not (folder / "run.sqlite").is_file() or ledger.path != folder / NAME:
        return
    run = RunFile(folder, write=False)
    try:
        if run_id and run.id != run_id:
            yield f"the folder holds run {run.id}, not {run_id}"
            return
        plan = run.plan(made_scorer)
        registered = [one for one in ledger.entries("registered") if one.data.get("run") == run.id]
        if not registered:
            yield f"the ledger knows nothing of run {run.id}"
            return
        last = registered[-1].data.get("digests", {})
        for name in sorted({*last, *plan.digests}):
            if last.get(name) != plan.digests.get(name):
                yield f"'{name}' is not what entry {registered[-1].seq} registered"
        ended = [one for one in ledger.entries("ended") if one.data.get("run") == run.id]
        if run.fact("ending") and (
            not ended or ended[-1].data.get("ending") != hashlib.sha256(run.fact("ending").encode()).hexdigest()
        ):
            yield "how the run ended is not what the ledger recorded"
        yield from differing_rows(ledger, run.id, run.salt, run.rows(), _planned(plan))
    except AssayError as error:
        yield str(error)
    finally:
        run.close()


def _planned(plan: Plan) -> Iterator[tuple[str, str, str, str, int]]:
    names = ["reference", *(one.name for one in plan.candidates)]
    for task in plan.tasks:
        for sample in task.dataset.samples:
            for epoch in range(1, task.epochs + 1):
                for name in names:
                    yield name, task.name, sample.id, sample.digest, epoch


def _plain(one: Checked) -> dict[str, Any]:
    return {
        "candidate": one.candidate, "decision": one.decision, "exit_code": one.code, "verified": one.code == 0,
        "holds": one.good, "fails": one.bad, "not_checked": one.open,
    }  # fmt: skip


def _words(one: Checked) -> str:
    head = {0: "VERIFIED", 1: "NOT VERIFIED", 4: "NOT FULLY CHECKED"}[one.code]
    lines = [f"{head}  {one.candidate}: {one.decision}"]
    lines += [f"  does not hold  {text}" for text in one.bad]
    lines += [f"  not checked    {text}" for text in one.open]
    return "\n".join(lines + [f"  holds          {text}" for text in one.good])
