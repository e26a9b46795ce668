"""A run and its ledger: what is told when, and the verdict as a signed attestation."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from assay import __version__
from assay.domain.audit import Audit
from assay.domain.digest import digest
from assay.domain.errors import RunFailed
from assay.domain.plan import Plan
from assay.interfaces.sources import source_digest
from assay.report.attestation import Proof, statement
from assay.report.machine import verdict_json
from assay.store.ledger.book import NAME, Entry, Ledger
from assay.store.ledger.canonical import canonical
from assay.store.ledger.dsse import IN_TOTO, envelope
from assay.store.ledger.keys import signing_key
from assay.store.ledger.merkle import inclusion, root
from assay.store.ledger.notes import SigningKey
from assay.store.ledger.records import HEAD, differing_facts, joined, of, planned
from assay.store.ledger.witness import Witness, differing_rows, last_word, step_of
from assay.store.runs import DATA_FACT, LABELS, RunFile

ATTESTED = "verdict.dsse.json"
"""The signed verdict's file in a run folder; one envelope per line, one line per candidate."""
OTHER_CODE = "another program decides than the one that was registered"
"""How the reason begins that makes a decision exploratory when the code has changed."""
AUDITED = "data"
"""Kind of the entry that says what was found in training data."""
_ROOMS = ("statistics", "gate", "engine")
"""The code that turns scores into a decision."""


@cache
def code() -> dict[str, str]:
    """Versions of what decides: of assay, of its arithmetic (a digest of its source), and of the libraries under it."""
    return {
        "assay": __version__,
        "statistics": source_digest(_ROOMS),
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
    return f"{OTHER_CODE}: {named}"


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
        entries = of(ledger, kind, run_id)
        if entries:
            seq = entries[place].seq
            body = next(body for number, body, _ in ledger.raw(seq - 1) if number == seq)
            found[name] = Proof(index=seq - 1, body=body.decode(), path=inclusion(leaves, seq - 1))
    return found


def tell_labels(run: RunFile) -> None:
    """Tells the ledger of labels that were drawn or kept with a run that ended; signs where its key is at hand.

    Raises:
        RunFailed: The ledger was changed.
    """
    if not (run.folder / NAME).is_file() and not run.fact(HEAD):
        return
    with joined(run) as ledger:
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
        self._held = ExitStack()
        try:
            self.ledger = self._held.enter_context(joined(run))
            self._begin()
        except BaseException:
            self._held.close()
            raise

    def _begin(self) -> None:
        kinds = {spec.kind for spec in (self.plan.reference, *self.plan.candidates)}
        step = step_of(sum(1 for _ in planned(self.plan)), recorded=kinds == {"recorded"})
        self.witness = Witness(self.ledger, self.run.id, self.run.salt, step)
        if last_word(self.ledger, self.run.id) == "ended":
            self._unchanged()
        self._all_told()
        self._register()
        self._data()
        if self.run.count():
            self.witness.catch_up(self.run.rows())
        self.run.watcher = self.witness

    def _all_told(self) -> None:
        """When the run file knows of an end that the ledger does not, every answer must be in the ledger.

        An end is written when all answers are told: only a ledger that was cut lacks them.
        """
        ending = self.run.fact("ending")
        known = {entry.data.get("ending") for entry in self.of("ended")}
        if not ending or hashlib.sha256(ending.encode()).hexdigest() in known:
            return
        late = len(self.witness.untold(self.run.rows()))
        if late:
            raise RunFailed(
                f"{self.run.path}: altered: the run ended, and {late} of its answers are not as the ledger recorded "
                "them, or are not in it at all. Use --fresh to begin again"
            )

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
        self.run.set_fact("code", json.dumps(code()))
        self._say("registered", data)

    def _data(self) -> None:
        """Tells what was found in the training data, before the first answer; once, for it never changes."""
        fact = self.run.fact(DATA_FACT)
        if self.plan.data is None or not fact:
            return
        outcome, told = json.loads(fact), self.of(AUDITED)
        if told and told[-1].data.get("outcome") != hashlib.sha256(fact.encode()).hexdigest():
            raise RunFailed(
                f"{self.run.path}: altered: what was found in the training data is not what entry {told[-1].seq} "
                "recorded. Use --fresh to begin again"
            )
        if told:
            return
        self._say(
            AUDITED,
            {
                "files": dict(self.plan.data.files),
                "rows": outcome["rows"],
                "manifest": outcome["manifest"],
                "findings": digest(outcome["findings"]),
                "found": len(outcome["findings"]),
                "contaminated": sorted(outcome["contaminated"]),
                "broken": outcome["broken"],
                "outcome": hashlib.sha256(fact.encode()).hexdigest(),
                "code": outcome["program"],
            },
        )

    def of(self, kind: str) -> list[Entry]:
        """The entries of one kind about this run."""
        return of(self.ledger, kind, self.run.id)

    def _say(self, kind: str, data: Mapping[str, Any]) -> None:
        """Tells something that is signed at once, where there is a key."""
        if self.key is None:
            self.witness.say(kind, data)
            return
        self.witness.settle(now=True)
        self.ledger.checkpoint(self.key, [(kind, {"run": self.run.id, **data})])

    def ended(self) -> None:
        """Tells how the asking ended; everything that was asked is in the ledger then."""
        fact, counted = self.run.fact("ending"), self.witness.samples()
        if counted["late"] and counted["late"] == counted["count"]:
            raise RunFailed(
                f"{self.run.path}: all {counted['late']} answers were told to the ledger late, after a process was "
                "killed: nothing vouches for any of them. Use --fresh to begin again"
            )
        data = {
            "ending": hashlib.sha256(fact.encode()).hexdigest(),
            "facts": {name: one for name, one in self.run.facts_digests().items() if not name.startswith(LABELS)},
            "samples": counted,
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
            "decisions": decisions(verdicts),
            "verdict": hashlib.sha256(canonical(verdicts)).hexdigest(),
        }
        told = self.of("decided")
        if not told or any(told[-1].data.get(name) != value for name, value in data.items()):
            self._say("decided", data)
        if self.key is None or self.plan.null:  # a null run says nothing of a candidate that could be released
            return ""
        note = self.ledger.checkpoint(self.key)
        return "".join(attested(self, verdict, note, self.key, decisions(verdicts)) for verdict in verdicts)

    def close(self) -> None:
        """Tells what is still to be told, and closes the ledger. Safe to call twice."""
        self.run.watcher = None
        try:
            self.witness.settle(now=True)
        finally:
            self._held.close()


def decisions(verdicts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Names and decisions of all candidates of a run, as ledger and statements name them."""
    return [
        {"candidate": one["candidate"]["name"], "decision": one["decision"], "exploratory": one["exploratory"]}
        for one in verdicts
    ]


def attested(
    recording: Recording, verdict: dict[str, Any], note: str, key: SigningKey, candidates: Sequence[Mapping[str, Any]]
) -> str:
    """One candidate's verdict in its envelope, as a line."""
    digests = recording.plan.digests
    made = stated(recording.ledger, recording.run, verdict, note=note, digests=digests, candidates=candidates)
    return json.dumps(envelope(IN_TOTO, canonical(made), [key])) + "\n"


def stated(
    ledger: Ledger,
    run: RunFile,
    verdict: Mapping[str, Any],
    *,
    note: str,
    digests: Mapping[str, str],
    candidates: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The statement about one candidate of a run that ended, decided today.

    Args:
        ledger: The run's ledger.
        run: The run.
        verdict: The verdict of the candidate, as `verdict.json` has it.
        note: A signed checkpoint over the whole ledger; empty where no key signed it.
        digests: What was registered, digest by name.
        candidates: Names and decisions of all candidates of the run.
    """
    leaves = ledger.leaves()
    return statement(
        verdict,
        run=run.id,
        digests=digests,
        code=json.loads(run.fact("code") or "{}"),
        samples=of(ledger, "ended", run.id)[-1].data["samples"],
        ledger={"origin": ledger.origin, "size": len(leaves), "root": root(leaves).hex(), "checkpoint": note},
        proofs=proofs(ledger, run.id),
        as_of=datetime.datetime.now(datetime.UTC).date().isoformat(),
        earlier=earlier(ledger, run.id),
        candidates=candidates,
    )
