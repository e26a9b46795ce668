"""The run file: everything that happened, as it happens, in one SQLite file.

A trial and its scores are one row, written in one transaction, so a killed
process loses at most the calls that were in flight. The primary key (subject,
task, sample id, sample digest, epoch) makes a resumed run idempotent.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol

import msgspec

from assay.domain.audit import Side
from assay.domain.errors import DataError, EvidenceError, RunConflict, RunFailed
from assay.domain.plan import Plan
from assay.domain.sample import Message, Sample
from assay.domain.score import Score
from assay.domain.trial import Trial
from assay.store.bodies import decoded_scores, decoded_trial, encoded_scores, encoded_trial
from assay.store.coefficients import coefficients
from assay.store.ledger.commitments import Salt
from assay.store.saved import dump_plan, registration, restore_plan, saved_versions
from assay.store.sources import MakeScorer
from assay.store.trained import stamp
from assay.store.transactions import transaction

_LAYOUT = "1"
_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS samples (
    task TEXT NOT NULL, place INTEGER NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (task, place)
) STRICT;
CREATE TABLE IF NOT EXISTS trials (
    subject TEXT NOT NULL, task TEXT NOT NULL, sample_id TEXT NOT NULL, sample_digest TEXT NOT NULL,
    epoch INTEGER NOT NULL, state TEXT NOT NULL, body BLOB NOT NULL, scores BLOB NOT NULL,
    PRIMARY KEY (subject, task, sample_id, sample_digest, epoch)
) STRICT;
"""
Row = tuple[tuple[str, str, str, str, int], str, bytes, bytes]
"""Key, state, body and scores of a trial, as they stand in the file."""
LABELS = ("labels:", "drawn:")
"""How names of facts begin that come from people, after the end."""
DATA_FACT = "data"
"""Name of the fact that holds what was found in the training data."""
_KEY = "subject, task, sample_id, sample_digest, epoch"
_BATCH = 20_000
"""Most rows of one transaction."""
_encode = msgspec.json.Encoder().encode
_side = msgspec.json.Decoder(Side).decode


class _StoredSample(msgspec.Struct):
    """A sample as stored; its input is text or messages."""

    id: str
    input: str | tuple[Message, ...]
    target: str | tuple[str, ...] | None
    choices: tuple[str, ...]
    tools: tuple[dict[str, Any], ...]
    context: tuple[str, ...]
    metadata: dict[str, Any]
    digest: str


_sample = msgspec.json.Decoder(_StoredSample).decode


class Watcher(Protocol):
    """Who is told what a run file takes in; the ledger."""

    step: int
    """Most trials that are written before it is told of them."""

    def saw(self, row: Row) -> None:
        """A trial is in the file."""
        ...

    def settle(self, *, now: bool = False) -> None:
        """What was seen is in the file."""
        ...

    def note(self, kind: str, data: Mapping[str, Any]) -> None:
        """Something else happened."""
        ...


class RunFile:
    """One run folder, held by one process at a time.

    Raises (every method):
        RunFailed: The disk is full, or the file is damaged.
    """

    def __init__(self, folder: Path, *, write: bool = True) -> None:
        """Opens the folder; with `write` also creates and locks it.

        Raises:
            RunConflict: Another process is using the folder.
            DataError: There is no run in it (only without `write`), or it is a file.
        """
        self.folder = folder
        self._waiting: list[Row] = []
        self._lock: IO[str] | None = None
        self.watcher: Watcher | None = None
        """Told what is recorded."""
        self.path = folder / "run.sqlite"
        if write and folder.exists() and not folder.is_dir():
            raise DataError(f"{folder}: is a file; -o names the folder of a run. Give another name")
        if write:
            with _disk(self.path):
                folder.mkdir(parents=True, exist_ok=True)
                self._lock = _locked(folder)
        elif not self.path.is_file():
            raise DataError(f"{folder}: no run here (no run.sqlite). Give the folder that `assay audit -o DIR` wrote")
        try:
            with _disk(self.path):
                self._base = _opened(self.path, write)
                seen = self.fact("layout")
            if seen != _LAYOUT:
                raise RunConflict(f"{self.path}: written by another assay (layout {seen}; this one knows {_LAYOUT})")
        except BaseException:
            self.close()
            raise

    # Facts and registration

    def fact(self, name: str) -> str:
        """A stored fact, empty when there is none."""
        with _disk(self.path):
            row = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def facts(self, prefix: str) -> dict[str, str]:
        """Stored facts whose names begin so, by the rest of their names."""
        with _disk(self.path):
            rows = self._base.execute("SELECT name, value FROM facts").fetchall()
        return {name.removeprefix(prefix): value for name, value in rows if name.startswith(prefix)}

    def set_fact(self, name: str, value: str) -> None:
        """Stores a fact, replacing an older one."""
        with _disk(self.path):
            self._base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    @property
    def id(self) -> str:
        """What the ledger calls this run."""
        return self._once("run", 8)

    @property
    def salt(self) -> Salt:
        """The secret that hides in the ledger what its rows are."""
        with readable(self.path):
            return Salt(bytes.fromhex(self._once("salt", 32)))

    @property
    def writes(self) -> bool:
        """Whether the file was opened for writing."""
        return self._lock is not None

    def facts_digests(self) -> dict[str, str]:
        """Digests of the facts that a decision rests on beside trials and samples: plan, time, subjects, labels."""
        names = ("plan", "coefficients", "registered", "code", "rescored", DATA_FACT, "subject:", *LABELS)
        kept = {name: value for name, value in self.facts("").items() if name.startswith(names)}
        return {name: hashlib.sha256(value.encode()).hexdigest() for name, value in sorted(kept.items())}

    def _once(self, name: str, size: int) -> str:
        """A random fact, drawn when it is first asked for."""
        if not self.fact(name) and self._lock is not None:
            self.set_fact(name, secrets.token_hex(size))
        return self.fact(name)

    def register(self, plan: Plan, time: str) -> None:
        """Writes plan, digests and samples before the first call; on a resumed run checks that they are the same.

        Raises:
            RunConflict: The folder holds the run of another plan; says what differs.
        """
        stored = self.fact("plan")
        if stored:
            with readable(self.path):
                digests = json.loads(stored)["digests"]
            _same(digests, plan.digests, self.folder)
            return
        with _disk(self.path), transaction(self._base):
            for task in plan.tasks:
                rows = ((task.name, n, s.id, s.digest, _encode(s)) for n, s in enumerate(task.dataset.samples))
                self._base.executemany("INSERT INTO samples VALUES (?, ?, ?, ?, ?)", rows)
            self.set_fact("plan", json.dumps(dump_plan(plan), ensure_ascii=False))
            self.set_fact("coefficients", json.dumps(coefficients(plan)))
            self.set_fact("registered", time)

    def plan(self, scorer: MakeScorer) -> Plan:
        """The plan as registered, with its samples.

        Raises:
            DataError: The run was never registered.
            RunFailed: It is not what was registered.
        """
        stored = self.fact("plan")
        if not stored:
            raise DataError(f"{self.folder}: the run ended before it was registered; run the audit again")
        samples: dict[str, list[Sample]] = {}
        with _disk(self.path), readable(self.path):
            for task, body in self._base.execute("SELECT task, body FROM samples ORDER BY task, place"):
                samples.setdefault(task, []).append(_restored(body))
            saved = json.loads(stored)
            plan = restore_plan(saved, samples, scorer)
            seen = registration(plan, saved_versions(saved), portable=saved.get("portable", False))
        altered = sorted(name for name in {*seen, *plan.digests} if seen.get(name) != plan.digests.get(name))
        if altered:
            raise RunFailed(f"{self.path}: altered since it was registered: {', '.join(altered)}")
        return plan

    def retired(self, plan: Plan) -> tuple[str, ...]:
        """Scorers that judged here in another version than the one at hand, as `refusal 2 (here: 3)`."""
        with readable(self.path):
            before = saved_versions(json.loads(self.fact("plan")))
        found = [
            f"{made.name} {_short(version)} (here: {_short(stamp(made))})"
            for task in plan.tasks
            for made, version in zip(task.scorers, before.get(task.name, ()), strict=False)
            if stamp(made) != version
        ]
        return tuple(dict.fromkeys(found))

    def rescore(self, plan: Plan, time: str) -> tuple[str, ...]:
        """Registers the scorers of this plan in place of those that judged; the file as it was is kept beside.

        Returns:
            What changed, by name of the digest; nothing when the scorers are the registered ones.

        Raises:
            DataError: There is no run here yet.
            RunConflict: More than scorers and rules differs.
        """
        stored = self.fact("plan")
        if not stored:
            raise DataError(f"{self.folder}: no answers here to score again; leave --rescore out")
        with readable(self.path):
            before = json.loads(stored)["digests"]
            earlier = json.loads(self.fact("rescored") or "[]")
        changed = differing(before, plan.digests)
        _same(_beside_scorers(before), _beside_scorers(plan.digests), self.folder)
        if not changed:
            return ()
        with _disk(self.path), closing(sqlite3.connect(self._spare())) as kept:
            self._base.backup(kept)
        with _disk(self.path), transaction(self._base):
            self.set_fact("plan", json.dumps(dump_plan(plan), ensure_ascii=False))
            self.set_fact("coefficients", json.dumps(coefficients(plan)))
            self.set_fact(
                "rescored", json.dumps([*earlier, {"time": time, "changed": list(changed), "before": before}])
            )
            self.set_fact("ending", "")
        return changed

    def _spare(self) -> Path:
        """A name for the file as it was, not taken yet."""
        numbers = (f"run.before-{n}.sqlite" for n in range(1, 10_000))
        return next(path for name in numbers if not (path := self.folder / name).exists())

    # Trials

    def record(self, trial: Trial, scores: Sequence[Score]) -> None:
        """Takes one trial and its scores; written by the next `flush`, or when enough have gathered."""
        key = (trial.subject, trial.task, trial.sample_id, trial.sample_digest, trial.epoch)
        state, body, judged = trial.state, encoded_trial(trial), encoded_scores(scores)
        self._waiting.append((key, state, body, judged))
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Writes what was recorded; a killed process loses nothing written."""
        if not self._waiting:
            return
        step = self.watcher.step if self.watcher is not None else len(self._waiting)
        while self._waiting:
            self._write(self._waiting[:step])
            del self._waiting[:step]

    def _write(self, rows: Sequence[Row]) -> None:
        with _disk(self.path), transaction(self._base):
            given = ((*key, *rest) for key, *rest in rows)
            self._base.executemany("INSERT OR REPLACE INTO trials VALUES (?, ?, ?, ?, ?, ?, ?, ?)", given)
        if self.watcher is not None:
            for row in rows:
                self.watcher.saw(row)
            self.watcher.settle()

    def rows(self) -> Iterator[Row]:
        """All recorded trials as they stand in the file."""
        with _disk(self.path):
            for *key, state, body, scores in self._base.execute(f"SELECT {_KEY}, state, body, scores FROM trials"):
                yield tuple(key), state, body, scores

    def trials(self) -> Iterator[tuple[Trial, tuple[Score, ...]]]:
        """All recorded trials with their scores, in one fixed order."""
        with _disk(self.path), readable(self.path):
            for *key, body, scores in self._base.execute(f"SELECT {_KEY}, body, scores FROM trials"):
                yield decoded_trial(key, body), decoded_scores(scores)

    def trial(self, subject: str, task: str, sample_id: str, epoch: int) -> tuple[Trial, tuple[Score, ...]] | None:
        """One trial, or None when it was not recorded."""
        where = "subject = ? AND task = ? AND sample_id = ? AND epoch = ?"
        query = f"SELECT {_KEY}, body, scores FROM trials WHERE {where}"
        with _disk(self.path):
            row = self._base.execute(query, (subject, task, sample_id, epoch)).fetchone()
        with readable(self.path):
            return (decoded_trial(row[:5], row[5]), decoded_scores(row[6])) if row else None

    def ended(self) -> str:
        """Why the asking ended: done, stopped, time or cost; empty where it goes on, as after an interruption."""
        with readable(self.path):
            reason = str(json.loads(self.fact("ending") or "{}").get("reason", ""))
        return "" if reason == "interrupted" else reason

    def must_have_ended(self) -> None:
        """Only a run that ended may be decided, read or taken for a model.

        Raises:
            DataError: It goes on.
        """
        if not self.ended():
            raise DataError(
                f"{self.folder}: the run is not finished ({self.count()} answers so far); "
                "give `assay audit` again to go on with it"
            )

    def count(self) -> int:
        """Number of recorded trials."""
        with _disk(self.path):
            return int(self._base.execute("SELECT COUNT(*) FROM trials").fetchone()[0])

    def states(self) -> dict[str, int]:
        """Number of recorded trials by state."""
        with _disk(self.path):
            return dict(self._base.execute("SELECT state, COUNT(*) FROM trials GROUP BY state").fetchall())

    def scores_digest(self) -> str:
        """Digest of all scores with the trials they belong to, in the order in which they stand in the file."""
        seen = hashlib.sha256()
        with _disk(self.path):
            for *key, scores in self._base.execute(f"SELECT {_KEY}, state, scores FROM trials"):
                seen.update(f"{key} {len(scores)}\n".encode(errors="surrogatepass") + scores)
        return f"sha256:{seen.hexdigest()}"

    def introduce(self, subject: str, side: Side) -> None:
        """Stores who a subject is and what it can do."""
        self.set_fact(f"subject:{subject}", _encode(side).decode())
        if self.watcher is not None:
            identity = side.identity
            self.watcher.note("subject", {"subject": subject, "kind": identity.kind, "digest": identity.digest})

    def sides(self) -> dict[str, Side]:
        """All introduced subjects."""
        with _disk(self.path):
            rows = self._base.execute("SELECT name, value FROM facts WHERE name LIKE 'subject:%'").fetchall()
        with readable(self.path):
            return {name.removeprefix("subject:"): _side(value) for name, value in rows}

    def close(self) -> None:
        """Closes the file and gives the folder back. Safe to call twice."""
        with suppress(sqlite3.Error, AttributeError):  # no file was opened when the constructor raised
            self._base.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _short(version: str) -> str:
    """A version with so much of its digest that people can tell two apart."""
    number, _, trained = version.partition(" sha256:")
    return f"{number} trained {trained[:8]}" if trained else version


def _opened(path: Path, write: bool) -> sqlite3.Connection:
    base = sqlite3.connect(path, isolation_level=None)
    try:
        if write:
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("PRAGMA synchronous=NORMAL")
            base.execute("PRAGMA wal_autocheckpoint=8000")  # pages: a checkpoint waits for the disk, and answers for it
            base.executescript(_TABLES)
            base.execute("INSERT OR IGNORE INTO facts VALUES ('layout', ?)", (_LAYOUT,))
    except sqlite3.Error:
        base.close()
        raise
    return base


def _restored(body: bytes) -> Sample:
    stored = _sample(body)
    return Sample(**{name: getattr(stored, name) for name in _StoredSample.__struct_fields__})


def start_afresh(folder: Path) -> None:
    """Removes the records of an earlier run from a folder; its ledger stays, and tells that there was one.

    Raises:
        RunConflict: Another process is using the folder.
    """
    if not folder.is_dir():
        return
    lock = _locked(folder)
    with _disk(folder):
        for name in (
            "run.sqlite",
            "run.sqlite-wal",
            "run.sqlite-shm",
            "verdict.json",
            "verdict.dsse.json",
            "verdict.sigstore.json",
            "report.html",
        ):
            (folder / name).unlink(missing_ok=True)
    lock.close()


def _locked(folder: Path) -> IO[str]:
    handle = (folder / ".lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.seek(0)
        holder = handle.read().strip()
        handle.close()
        raise RunConflict(
            f"{folder}: another process{f' ({holder})' if holder else ''} is using this run folder. "
            "Wait for it, or give another folder with -o"
        ) from error
    handle.truncate(0)
    handle.write(f"process {os.getpid()}")
    handle.flush()
    return handle


def differing(stored: Mapping[str, str], given: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the digests that differ, or that only one side has."""
    return tuple(sorted(name for name in {*stored, *given} if stored.get(name) != given.get(name)))


def _beside_scorers(digests: Mapping[str, str]) -> dict[str, str]:
    """All that answers depend on: without scorers and the rules that read them."""
    return {name: value for name, value in digests.items() if not name.startswith("scorer:") and name != "rules"}


def _same(stored: Mapping[str, str], given: Mapping[str, str], folder: Path) -> None:
    changed = differing(stored, given)
    if not changed:
        return
    again = ""
    if _beside_scorers(stored) == _beside_scorers(given):
        again = "--rescore to judge the stored answers again, "
    raise RunConflict(
        f"{folder}: holds the run of another plan; differs in {', '.join(changed)}. "
        f"Use {again}--fresh to begin again here, or another folder with -o"
    )


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Names the run file when what it holds cannot be understood.

    Raises:
        RunFailed: It is damaged.
    """
    try:
        yield
    except (
        msgspec.MsgspecError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError,
        EvidenceError,
    ) as error:  # fmt: skip
        told = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise RunFailed(f"{path}: damaged: {told}. Use --fresh to begin again") from error


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        raise RunFailed(
            f"{path}: cannot be written or read: {error}. What was recorded before is kept; "
            "make room or repair the disk and give the same command again"
        ) from error
