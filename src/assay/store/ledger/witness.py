"""What stands between a run and its ledger: nothing of a run is left out, nothing is told twice."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from assay.domain.errors import RunFailed
from assay.store.ledger.book import Ledger
from assay.store.ledger.commitments import TAG, WIDTH, Key, Salt, latest, tree_leaves
from assay.store.ledger.merkle import root

Row = tuple[Key, str, bytes, bytes]
"""Key, state, body and scores of a trial, as the run file holds them."""
EVERY_S = 1.0
"""Seconds between two synced batches while answers come in."""
MOST = 50_000
"""Most commitments of one entry."""
STEP = 50
"""Trials that are written before the ledger is told of them, at least; of large runs a 400th."""


def step_of(planned: int, *, recorded: bool = False) -> int:
    """How many trials of a run are written at once, before the ledger may have to be told of them.

    Args:
        planned: Trials of the whole run.
        recorded: Whether all answers come from files, whose digests vouch for them: a fortieth then, else a 400th.
    """
    return max(STEP, -(-planned // (40 if recorded else 400)))


class Witness:
    """Tells the ledger of one run's trials, batch by batch.

    A batch is one entry with the digest of its commitments, which are kept beside it. An answer is in the run file
    before the ledger knows of it; what a killed process had not told is told by `catch_up`. The first trials that a
    process writes are told at once, later ones after a second or when there are `step`: no more than twice `step` are
    ever in the file and not told.

    Args:
        ledger: The ledger.
        run: Id of the run.
        salt: Its salt.
        step: Most trials that are written at once.
    """

    def __init__(self, ledger: Ledger, run: str, salt: Salt, step: int = STEP) -> None:
        self.ledger, self.run, self.salt, self.step = ledger, run, salt, step
        self._waiting: list[bytes] = []
        self._noted: list[tuple[str, Mapping[str, Any]]] = []
        self._told = float("-inf")

    def saw(self, row: Row) -> None:
        """Takes a trial that is in the run file now."""
        self._waiting.append(self.salt.commit(*row))

    def settle(self, *, now: bool = False) -> None:
        """Called when what was seen is in the run file; tells the ledger when it is time, or `now`."""
        if (self._waiting or (now and self._noted)) and (
            now or len(self._waiting) >= self.step or time.monotonic() - self._told >= EVERY_S
        ):
            for at in range(0, len(self._waiting), MOST):
                self._tell(self._waiting[at : at + MOST])
            self._waiting.clear()
            if self._noted:
                self.ledger.extend(self._noted)
                self._noted.clear()
            self._told = time.monotonic()

    def _tell(self, commitments: list[bytes], **more: object) -> None:
        packed = b"".join(commitments)
        data = {"run": self.run, "count": len(commitments), "packed": hashlib.sha256(packed).hexdigest(), **more}
        before, self._noted = self._noted, []
        self.ledger.extend([*before, ("trials", data)], [packed])

    def catch_up(self, rows: Iterable[Row]) -> int:
        """Tells of the trials in the run file that the ledger does not know as they are.

        Such an entry says that it came late, and how many trials it replaces that the ledger knew otherwise:
        between a kill and this moment nothing vouched for these rows.

        Returns:
            How many there were.

        Raises:
            RunFailed: More than a killed process can have left.
        """
        fresh, known = self.untold(rows), told(self.ledger, self.run)
        if len(fresh) > 2 * self.step:
            raise RunFailed(
                f"altered: {len(fresh)} answers are not as the ledger recorded them, or are not in it at all; "
                f"a process that is killed leaves at most {2 * self.step}. Use --fresh to begin again"
            )
        for at in range(0, len(fresh), MOST):
            some = fresh[at : at + MOST]
            self._tell(some, late=True, replaced=sum(one[:TAG] in known for one in some))
        return len(fresh)

    def untold(self, rows: Iterable[Row]) -> list[bytes]:
        """Commitments of the trials that the ledger does not know as they are in the run file."""
        known = told(self.ledger, self.run)
        return [one for row in rows if known.get((one := self.salt.commit(*row))[:TAG]) != one]

    def note(self, kind: str, data: Mapping[str, Any]) -> None:
        """Takes something about this run that is told before whatever comes next, in one synced step with it."""
        self._noted.append((kind, {"run": self.run, **data}))

    def say(self, kind: str, data: Mapping[str, Any]) -> None:
        """Tells the ledger something about this run, after all trials that were seen."""
        self.settle(now=True)
        self.ledger.append(kind, {"run": self.run, **data})

    def samples(self) -> dict[str, int | str]:
        """Number of trials and root of the tree over their commitments, as an attestation states them."""
        self.settle(now=True)
        return samples(self.ledger, self.run)


def samples(ledger: Ledger, run: str) -> dict[str, int | str]:
    """What an attestation states of a run's trials.

    Returns:
        `count` and `root` of the tree over their commitments; `late`, of how many the ledger was told after a kill
        (for good: judging an answer again does not vouch for it); `replaced`, how often that replaced what it knew.
    """
    force: dict[bytes, bytes] = {}
    late: set[bytes] = set()
    replaced = 0
    for entry in ledger.entries("trials"):
        if entry.data.get("run") == run:
            batch = latest([ledger.packed(entry.seq)])
            force |= batch
            late |= batch.keys() if entry.data.get("late") else set()
            replaced += int(entry.data.get("replaced") or 0)
    return {
        "count": len(force),
        "root": root(tree_leaves(force.values())).hex(),
        "late": len(late),
        "replaced": replaced,
    }


def told(ledger: Ledger, run: str) -> dict[bytes, bytes]:
    """What the ledger holds of a run's trials: the commitment in force by tag."""
    return latest(ledger.packed(entry.seq) for entry in ledger.entries("trials") if entry.data.get("run") == run)


def differing_rows(ledger: Ledger, run: str, salt: Salt, rows: Iterable[Row], planned: Iterable[Key]) -> Iterator[str]:
    """Where a run file is not what the ledger was told.

    Args:
        ledger: The ledger.
        run: Id of the run.
        salt: Its salt.
        rows: All trials of the run file.
        planned: Keys that the plan asks for, so that a missing one can be named.

    Yields:
        One sentence each, naming entry and trial.
    """
    batch = {tag: (seq, place) for seq, place, tag in _places(ledger, run)}
    known = told(ledger, run)
    seen: set[bytes] = set()
    for row in rows:
        made = salt.commit(*row)
        mark = made[:TAG]
        seen.add(mark)
        if mark not in known:
            yield f"{named(row[0])} is in the run file, and no entry of the ledger knows of it"
        elif known[mark] != made:
            yield f"{named(row[0])} is not what entry {batch[mark][0]} recorded: its answer or scores were changed"
    missing = set(known) - seen
    for key in planned if missing else ():
        if (mark := salt.tag(key)) in missing:
            missing.discard(mark)
            yield f"{named(key)}, recorded by entry {batch[mark][0]}, is gone from the run file"
    for mark in sorted(missing):
        seq, place = batch[mark]
        yield f"a trial that entry {seq} recorded (number {place + 1} there) is gone from the run file"


def told_facts(ledger: Ledger, run: str) -> dict[str, tuple[str, int]]:
    """What the ledger holds of a run's facts: digest, and the entry that told it, by name."""
    found: dict[str, tuple[str, int]] = {}
    for entry in ledger.entries():
        facts = entry.data.get("facts")
        if entry.data.get("run") == run and entry.kind in ("ended", "labelled") and isinstance(facts, dict):
            found |= {str(name): (str(digest), entry.seq) for name, digest in facts.items()}
    return found


def last_word(ledger: Ledger, run: str) -> str:
    """Whether the ledger heard last that a run is being asked (`registered`, `subject`, `trials`) or has `ended`."""
    found = ""
    for entry in ledger.entries():
        if entry.kind in ("registered", "subject", "trials", "ended") and entry.data.get("run") == run:
            found = entry.kind
    return found


def _places(ledger: Ledger, run: str) -> Iterator[tuple[int, int, bytes]]:
    for entry in ledger.entries("trials"):
        if entry.data.get("run") == run:
            packed = ledger.packed(entry.seq)
            for place in range(len(packed) // WIDTH):
                yield entry.seq, place, packed[place * WIDTH : place * WIDTH + TAG]


def named(key: Key) -> str:
    """A trial in words."""
    subject, task, sample, _, epoch = key
    return f"the trial of {subject} at {task}/{sample}" + (f", epoch {epoch}" if epoch > 1 else "")
