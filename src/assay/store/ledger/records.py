"""Is a run what its ledger was told, and is its ledger the one that it knew? Where both are joined to add to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from assay.domain.errors import AssayError, RunFailed
from assay.domain.plan import Plan
from assay.store.ledger.book import NAME, Entry, Ledger
from assay.store.ledger.check import sound
from assay.store.ledger.commitments import Key
from assay.store.ledger.witness import differing_rows, told_facts
from assay.store.runs import RunFile, readable

HEAD = "head"
"""Name of the run's fact that holds number and leaf hash of the ledger's last entry."""
SAID = "said:"
"""How names of facts begin that hold people's words, by digest."""


@contextmanager
def joined(run: RunFile) -> Iterator[Ledger]:
    """The ledger of a run, to be added to; the run file keeps what its last entry is.

    Raises:
        RunFailed: Answers are here and their ledger is not, or it was changed or exchanged; nothing is added then.
    """
    check_there(run)
    with Ledger(run.folder / NAME, write=True, origin=f"assay/{run.id}") as ledger:
        check_head(run, ledger)
        if run.writes:
            ledger.mirror = lambda seq, leaf: keep_head(run, seq, leaf)
        yield ledger


def check_there(run: RunFile) -> None:
    """That a run with answers has a ledger.

    Raises:
        RunFailed: It has none.
    """
    if not (run.folder / NAME).is_file() and (run.count() or run.fact(HEAD)):
        raise RunFailed(
            f"{run.folder}: {run.count()} answers are here, and their ledger ({NAME}) is gone: nothing backs them. "
            "Bring it back, or use --fresh to begin again"
        )


def check_head(run: RunFile, ledger: Ledger) -> None:
    """That a ledger is sound, is the one that the run file knew or an extension of it, and knows the run's answers.

    Raises:
        RunFailed: It is not.
    """
    sound(ledger)
    found = next(differing_head(run, ledger), "") or next(differing_words(run, ledger), "")
    if not found and run.count() and not of(ledger, "registered", run.id):
        found = f"{run.count()} answers are here, and the ledger knows nothing of run {run.id}"
    if found:
        raise RunFailed(f"{run.folder}: altered: {found}. Bring back what was there, or use --fresh to begin again")


def check_records(run: RunFile, plan: Plan) -> None:
    """That a run with this plan and its ledger, where there is one, are as they were written.

    Raises:
        RunFailed: They are not.
    """
    if not (run.folder / NAME).is_file():
        if run.fact(HEAD):
            check_there(run)
        return
    with Ledger(run.folder) as ledger, readable(run.path):
        check_head(run, ledger)
        found = next(run_problems(run, ledger, lambda: plan), "")
    if found:
        raise RunFailed(f"{run.folder}: altered: {found}. `assay ledger verify {run.folder}` says more")


def keep_head(run: RunFile, seq: int, leaf: str) -> None:
    """Keeps with the run what the ledger's last entry is."""
    run.set_fact(HEAD, json.dumps({"size": seq, "leaf": leaf}))


def of(ledger: Ledger, kind: str, run_id: str) -> list[Entry]:
    """The entries of one kind about a run."""
    return [entry for entry in ledger.entries(kind) if entry.data.get("run") == run_id]


def differing_head(run: RunFile, ledger: Ledger) -> Iterator[str]:
    """Whether a ledger was cut, or exchanged for another, since the run last added to it.

    It may be longer: a process can be killed between an entry and this note of it.
    """
    kept = run.fact(HEAD)
    if not kept:
        return
    with readable(run.path):
        known = json.loads(kept)
        size, leaf = int(known["size"]), str(known["leaf"])
    if ledger.size < size:
        yield f"entries {ledger.size + 1} to {size} of the ledger are missing: the run file knows of {size}"
    elif ledger.entry(size).leaf.hex() != leaf:
        yield f"entry {size} of the ledger is not the one that the run file knows"


def differing_words(run: RunFile, ledger: Ledger) -> Iterator[str]:
    """People's words that are kept with a run and that no entry of its ledger names."""
    kept = set(run.facts(SAID))
    if not kept:
        return
    for entry in ledger.entries():
        if entry.data.get("run") == run.id:
            kept -= set(_texts(entry.data))
    if kept:
        yield f"{len(kept)} texts that people wrote about this run are here, and no entry of the ledger names them"


def _texts(data: Mapping[str, Any]) -> Iterator[str]:
    for value in data.values():
        yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def differing_facts(run: RunFile, ledger: Ledger, *, again: bool = False) -> Iterator[str]:
    """Facts of a run file that are not what its ledger was told; without those that a judging `again` changes."""
    told, facts = told_facts(ledger, run.id), run.facts_digests()
    for name in sorted({*told, *facts} - ({"plan", "coefficients", "rescored", "code"} if again else set())):
        digest, seq = told.get(name, ("", 0))
        if digest != facts.get(name):
            where = f"what entry {seq} recorded" if seq else "in the ledger"
            yield f"'{name}' in the run file is not {where}"


def run_problems(run: RunFile, ledger: Ledger, restored: Callable[[], Plan], run_id: str = "") -> Iterator[str]:
    """Where a run's records are not what its ledger was told; `run_id` says which run it should be."""
    if run_id and run.id != run_id:
        yield f"the folder holds run {run.id}, not {run_id}"
        return
    registered, ended = of(ledger, "registered", run.id), of(ledger, "ended", run.id)
    if not registered:
        yield f"the ledger knows nothing of run {run.id}"
        return
    yield from differing_head(run, ledger)
    yield from differing_words(run, ledger)
    ending = run.fact("ending")
    if ending and (not ended or ended[-1].data.get("ending") != hashlib.sha256(ending.encode()).hexdigest()):
        where = f" in entry {ended[-1].seq}" if ended else ", which knows of no end: give `assay audit` again"
        yield f"how the run ended is not what the ledger recorded{where}"
    if ending and ended:
        yield from differing_facts(run, ledger)
    problem, plan = "", None
    try:
        plan = restored()
    except AssayError as error:
        problem = str(error)
    if plan is None:
        yield problem
    else:
        yield from _plan_problems(plan, registered[-1].data.get("digests", {}), registered[-1].seq)
    yield from differing_rows(ledger, run.id, run.salt, run.rows(), planned(plan) if plan else ())


def _plan_problems(plan: Plan, registered: Mapping[str, str], seq: int) -> Iterator[str]:
    for name in sorted({*registered, *plan.digests}):
        if registered.get(name) != plan.digests.get(name):
            yield f"'{name}' is not what entry {seq} registered"
    for task in plan.tasks:
        for sample in task.dataset.samples:
            if replace(sample, digest="").digest != sample.digest:
                yield f"the sample {task.name}/{sample.id} is not the one that its digest stands for"


def planned(plan: Plan) -> Iterator[Key]:
    """Keys of all trials that a plan asks for."""
    names = ["reference", *(one.name for one in plan.candidates)]
    for task in plan.tasks:
        for sample in task.dataset.samples:
            for epoch in range(1, task.epochs + 1):
                for name in names:
                    yield name, task.name, sample.id, sample.digest, epoch
