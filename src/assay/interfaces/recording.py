"""A run and its ledger: what is told when, and the verdict as a signed attestation."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from assay import __version__
from assay.domain.audit import Audit
from assay.domain.errors import RunFailed
from assay.domain.plan import Plan
from assay.report.attestation import Proof, statement
from assay.report.machine import verdict_json
from assay.store.ledger.book import NAME, Entry, Ledger
from assay.store.ledger.canonical import canonical
from assay.store.ledger.check import sound
from assay.store.ledger.dsse import IN_TOTO, envelope
from assay.store.ledger.keys import signing_key
from assay.store.ledger.merkle import inclusion, root
from assay.store.ledger.notes import SigningKey
from assay.store.ledger.witness import Witness, differing_rows, last_word, told_facts
from assay.store.runs import LABELS, RunFile

ATTESTED = "verdict.dsse.json"
"""The signed verdict's file in a run folder; one envelope per line, one line per candidate."""
_ROOMS = ("statistics", "gate", "engine")
"""The code that turns scores into a decision."""


@cache
def code() -> dict[str, str]:
    """Versions of what decides: of assay, of its arithmetic (a digest of its source), and of the libraries under it."""
    seen = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((item for item in files("assay").joinpath(room).iterdir()), key=lambda item: item.name):
            if path.name.endswith(".py"):
                seen.update(f"{room}/{path.name}\n".encode() + path.read_bytes())
    return {
        "assay": __version__,
        "statistics": f"sha256:{seen.hexdigest()}",
        "numpy": version("numpy"),
        "scipy": version("scipy"),
    }


def other_code(run: RunFile) -> str:
    """Why the code at hand may decide otherwise than the one that was registered; empty when it is the same."""
    told = json.loads(run.fact("code") or "{}")
    differing = [name for name in ("assay", "statistics") if name in told and told[name] != code()[name]]
    if not differing:
        return ""
    named = ", ".join(f"{name} was {_short(told[name])}, is {_short(code()[name])}" for name in differing)
    return f"another program decides than the one that was registered: {named}"


def _short(value: str) -> str:
    return value.removeprefix("sha256:")[:12]


def earlier(ledger: Ledger, run_id: str) -> list[dict[str, Any]]:
    """The runs that were registered in this ledger before this one: id, time, decisions; none for one cut short."""
    found: dict[str, dict[str, Any]] = {}
    for entry in ledger.entries():
        run = str(entry.data.get("run", ""))
        if run == run_id:
            break
        if entry.kind == "registered":
            found.setdefault(run, {"run": run, "registered": entry.at, "decisions": []})
        elif entry.kind == "decided" and run in found:
            found[run]["decisions"] = [one["decision"] for one in entry.data.get("decisions", ())]
    return list(found.values())


def earlier_note(folder: Path, run_id: str) -> tuple[str, ...]:
    """That this folder's audit was run before, for whoever reads the verdict; empty when it was not."""
    if not (folder / NAME).is_file():
        return ()
    with Ledger(folder) as ledger:
        before = earlier(ledger, run_id)
    if not before:
        return ()
    listed = "; ".join(
        f"{one['registered'][:10]}: {', '.join(one['decisions']) or 'ended before a decision'}" for one in before[-5:]
    )
    runs = "one run" if len(before) == 1 else f"{len(before)} runs"
    return (f"Ledger: {runs} of this folder came before this one and were begun afresh ({listed}).",)


SHOWN = {"registered": ("registered", -1), "first": ("trials", 0), "ended": ("ended", -1)}
"""What an attestation proves: kind of the entry, and which of the run's entries of this kind."""


def proofs(ledger: Ledger, run_id: str) -> dict[str, Proof]:
    """Registration, first answers and end of a run, each with its path to the ledger's root."""
    leaves = ledger.leaves()
    found = {}
    for name, (kind, place) in SHOWN.items():
        entries = [entry for entry in ledger.entries(kind) if entry.data.get("run") == run_id]
        if entries:
            seq = entries[place].seq
            body = next(body for number, body, _ in ledger.raw(seq - 1) if number == seq)
            found[name] = Proof(index=seq - 1, body=body.decode(), path=inclusion(leaves, seq - 1))
    return found


def differing_facts(run: RunFile, ledger: Ledger, *, again: bool = False) -> Iterator[str]:
    """Facts of a run file that are not what its ledger was told; without those that a judging `again` changes."""
    told, facts = told_facts(ledger, run.id), run.facts_digests()
    for name in sorted({*told, *facts} - ({"plan", "rescored", "code"} if again else set())):
        digest, seq = told.get(name, ("", 0))
        if digest != facts.get(name):
            where = f"what entry {seq} recorded" if seq else "in the ledger"
            yield f"'{name}' in the run file is not {where}"


def tell_labels(run: RunFile) -> None:
    """Tells the ledger of labels that were drawn or kept with a run that ended; signs where its key is at hand.

    Raises:
        RunFailed: The ledger was changed.
    """
    if not (run.folder / NAME).is_file():
        return
    with Ledger(run.folder, write=True) as ledger:
        sound(ledger)
        facts = {name: value for name, value in run.facts_digests().items() if name.startswith(LABELS)}
        entry, key = ("labelled", {"run": run.id, "facts": facts}), signing_key()
        if key is not None and ledger.key() == key.public:
            ledger.checkpoint(key, [entry])
        else:
            ledger.extend([entry])


class Recording:
    """The ledger of a run folder, from registration to decision."""

    def __init__(self, run: RunFile, plan: Plan) -> None:
        """Opens the folder's ledger, tells it what was registered, and listens to the run from here on.

        Raises:
            RunFailed: Ledger or records are not as they were; nothing is signed over that.
        """
        self.run, self.plan = run, plan
        self.key = signing_key()
        self.ledger = Ledger(run.folder / NAME, write=True, origin=f"assay/{run.id}")
        try:
            self._begin()
        except BaseException:
            self.ledger.close()
            raise

    def _begin(self) -> None:
        sound(self.ledger)
        self.witness = Witness(self.ledger, self.run.id, self.run.salt)
        if last_word(self.ledger, self.run.id) == "ended":
            self._unchanged()
        self._register()
        if self.run.count():
            self.witness.catch_up(self.run.rows())
        self.run.watcher = self.witness

    def _unchanged(self) -> None:
        """When the ledger heard of an end, whatever was changed since was changed by others than an audit."""
        problems = differing_rows(self.ledger, self.run.id, self.run.salt, self.run.rows(), ())
        found = next(problems, "")
        ended, ending = self.of("ended")[-1], self.run.fact("ending")
        if not found and ending and hashlib.sha256(ending.encode()).hexdigest() != ended.data.get("ending"):
            found = f"how the run ended is not what entry {ended.seq} recorded"
        found = found or next(differing_facts(self.run, self.ledger, again=not ending), "")
        if found:
            raise RunFailed(f"{self.run.path}: altered since it ended: {found}. Use --fresh to begin again")

    def _register(self) -> None:
        digests, told = dict(self.plan.digests), self.of("registered")
        if told and told[-1].data.get("digests") == digests:
            return
        data: dict[str, Any] = {"name": self.plan.name, "digests": digests, "code": code()}
        if told:
            before = told[-1].data["digests"]
            data["changed"] = sorted(name for name in {*before, *digests} if before.get(name) != digests.get(name))
        elif self.run.count():
            data["answers"] = self.run.count()  # they were here first: a run without its ledger
        self.run.set_fact("code", json.dumps(code()))
        self._say("registered", data)

    def of(self, kind: str) -> list[Entry]:
        """The entries of one kind about this run."""
        return [entry for entry in self.ledger.entries(kind) if entry.data.get("run") == self.run.id]

    def _say(self, kind: str, data: Mapping[str, Any]) -> None:
        """Tells something that is signed at once, where there is a key."""
        if self.key is None:
            self.witness.say(kind, data)
            return
        self.witness.settle(now=True)
        self.ledger.checkpoint(self.key, [(kind, {"run": self.run.id, **data})])

    def ended(self) -> None:
        """Tells how the asking ended; everything that was asked is in the ledger then."""
        fact = self.run.fact("ending")
        data = {
            "ending": hashlib.sha256(fact.encode()).hexdigest(),
            "facts": {name: one for name, one in self.run.facts_digests().items() if not name.startswith(LABELS)},
            "samples": self.witness.samples(),
        }
        told = self.of("ended")
        if told and all(told[-1].data.get(name) == value for name, value in data.items()):
            return
        self.witness.say("ended", {**data, "reason": json.loads(fact or "{}").get("reason", ""), **self._counts()})

    def _counts(self) -> dict[str, Any]:
        return {"states": self.run.states(), "trials": self.run.count()}

    def decided(self, audits: Sequence[Audit]) -> str:
        """Tells the decision; gives the signed verdict, empty when there is no key."""
        verdicts = [verdict_json([one]) for one in audits]
        data = {
            "decisions": [
                {"candidate": one["candidate"]["name"], "decision": one["decision"], "exploratory": one["exploratory"]}
                for one in verdicts
            ],
            "verdict": hashlib.sha256(canonical(verdicts)).hexdigest(),
        }
        told = self.of("decided")
        if not told or any(told[-1].data.get(name) != value for name, value in data.items()):
            self._say("decided", data)
        if self.key is None or self.plan.null:  # a null run says nothing of a candidate that could be released
            return ""
        note = self.ledger.checkpoint(self.key)
        return "".join(attested(self, verdict, note, self.key) for verdict in verdicts)

    def close(self) -> None:
        """Tells what is still to be told, and closes the ledger. Safe to call twice."""
        self.run.watcher = None
        try:
            self.witness.settle(now=True)
        finally:
            self.ledger.close()


def attested(recording: Recording, verdict: dict[str, Any], note: str, key: SigningKey) -> str:
    """One candidate's verdict in its envelope, as a line."""
    leaves = recording.ledger.leaves()
    made = statement(
        verdict,
        run=recording.run.id,
        digests=recording.plan.digests,
        code=json.loads(recording.run.fact("code") or "{}"),
        samples=recording.of("ended")[-1].data["samples"],
        ledger={
            "origin": recording.ledger.origin,
            "size": len(leaves),
            "root": root(leaves).hex(),
            "checkpoint": note,
        },
        proofs=proofs(recording.ledger, recording.run.id),
        as_of=datetime.datetime.now(datetime.UTC).date().isoformat(),
        earlier=earlier(recording.ledger, recording.run.id),
    )
    return json.dumps(envelope(IN_TOTO, canonical(made), [key])) + "\n"
