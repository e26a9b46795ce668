"""Alarms with what became of them: their states are entries of the watch's ledger, what people wrote rests beside it.

Cohorts may be named after people and notes may hold anything, so the ledger has digests of both and can be kept when
they are erased.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from assay.domain.alerting import Case, Event, News, State, Step, case_id, size
from assay.domain.errors import ConfigurationError, RunConflict, RunFailed
from assay.domain.watched import Alarm
from assay.store.alarm_words import said, written
from assay.store.ledger.book import NAME as LEDGER
from assay.store.ledger.book import START, Entry, Ledger
from assay.store.ledger.check import linked, sound
from assay.store.ledger.keys import signing_key

ORIGIN = "assay/watch"
"""Name of the ledger of a watch."""
WATCH = "assay"
"""Who acts when it is the watch itself."""
_FIRST = 0, bytes.fromhex(START)
"""Number and hash before the first entry."""
_KINDS: Mapping[str, News] = {
    "alarm": "raised", "alarm_worse": "worse", "alarm_acknowledged": "acknowledged", "alarm_resolved": "resolved",
}  # fmt: skip
_STATES: Mapping[News, State] = {"raised": "open", "acknowledged": "acknowledged", "resolved": "resolved"}


@dataclass(slots=True)
class _Known:
    """What the ledger says of one case."""

    at: str
    state: State = "open"
    owner: str = ""
    worst: float = 0.0
    steps: list[Step] = field(default_factory=list)


class AlarmBook:
    """The alarms of one state folder. Several processes may act at once; each reads first what others wrote.

    Attributes:
        problem: Why the ledger vouches for nothing: it was altered, or cannot be read. Every alarm is open then, for
            whoever can write the file could close it, and nothing is added.
    """

    def __init__(self, folder: Path, alarms: Callable[[], Sequence[Alarm]]) -> None:
        """Open it.

        Args:
            folder: State folder of a watch.
            alarms: Gives the alarms as they stand, also those that are closed.
        """
        self.folder = folder
        self._alarms = alarms
        self._known: dict[str, _Known] = {}
        self._events: list[Event] = []
        self._last = _FIRST
        self.problem = ""
        self._lock = threading.RLock()

    def cases(self) -> list[Case]:
        """All alarms with their state."""
        with self._lock:
            self._catch_up()
            return [self._case(one) for one in self._alarms()]

    def events(self, after: int = 0) -> list[Event]:
        """What happened after an entry of the ledger, in order."""
        with self._lock:
            self._catch_up()
            return [one for one in self._events if one.seq > after]

    def reconcile(self, worse_by: float) -> int:
        """Write down what alarms did since: raised, grown by that share, or back within what is tolerated.

        Returns:
            Number of entries.

        Raises:
            RunFailed: The ledger was altered, or cannot be read or written.
        """
        with self._lock:
            self._sound()
            entries = [entry for alarm in self._alarms() for entry in self._due(alarm, worse_by)]
            if entries:
                self._write(entries)
            return len(entries)

    def _due(self, alarm: Alarm, worse_by: float) -> Iterator[tuple[str, dict[str, Any]]]:
        name = case_id(alarm)
        known = self._known.get(name)
        if known is None:
            yield "alarm", raised(alarm)
        elif known.state != "resolved" and size(alarm) > known.worst * (1 + worse_by) and alarm.closed_ns is None:
            yield "alarm_worse", {"case": name, "state": known.state, "by": WATCH, "size": size(alarm), "n": alarm.n}
        over = alarm.closed_ns is not None and alarm.closed_ns != alarm.at_ns  # what happened once goes back to nothing
        if over and (known is None or known.state != "resolved"):
            data = {
                "case": name,
                "state": "resolved",
                "by": WATCH,
                "note": said(self.folder, "back within what is tolerated"),
            }
            yield "alarm_resolved", data

    def acknowledge(self, case: str, *, by: str, owner: str = "", note: str = "") -> Case:
        """Somebody takes care of an alarm.

        Args:
            case: Its id.
            by: Who says so.
            owner: Who takes care; who says so where nobody else is named.
            note: What they know.

        Raises:
            ConfigurationError: There is no such alarm.
            RunConflict: It is resolved already.
        """
        return self._act("alarm_acknowledged", case, by=by, owner=owner or by, note=note)

    def resolve(self, case: str, *, by: str, note: str = "") -> Case:
        """Somebody says that it is over.

        Raises:
            ConfigurationError: There is no such alarm.
            RunConflict: It is resolved already.
        """
        return self._act("alarm_resolved", case, by=by, note=note)

    def _act(self, kind: str, name: str, *, by: str, note: str, owner: str = "") -> Case:
        with self._lock:
            self._sound()
            alarm = self._alarm(name)
            known = self._known.get(case_id(alarm))
            if known is not None and known.state == "resolved":
                raise RunConflict(f"alarm {name}: is resolved already, by {known.steps[-1].by}")
            data = {"state": _STATES[_KINDS[kind]], "by": by, "owner": owner, "note": said(self.folder, note)}
            before = [("alarm", raised(alarm))] if known is None else []
            self._write(
                [*before, (kind, {"case": case_id(alarm), **{key: value for key, value in data.items() if value}})]
            )
            return self._case(alarm)

    def _alarm(self, name: str) -> Alarm:
        found = [one for one in self._alarms() if name and case_id(one).startswith(name)]
        if len(found) != 1:
            known = ", ".join(case_id(one) for one in self._alarms()[:5]) or "none"
            what = "several alarms begin so" if found else "there is no such alarm"
            raise ConfigurationError(f"{self.folder}: alarm '{name[:40]}': {what}. The last ones: {known}")
        return found[0]

    def _case(self, alarm: Alarm) -> Case:
        name = case_id(alarm)
        known = self._known.get(name) or _Known(at="", worst=size(alarm))
        return Case(
            id=name, alarm=alarm, state=known.state, at=known.at, owner=known.owner, worst=known.worst,
            steps=tuple(known.steps),
        )  # fmt: skip

    def _write(self, entries: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        tell(self.folder, entries)
        self._catch_up()

    def _catch_up(self) -> None:
        if not (self.folder / LEDGER).is_file():
            return
        try:
            with Ledger(self.folder / LEDGER) as ledger:
                if self._last == _FIRST:
                    sound(ledger)
                for entry in linked(ledger, *self._last):
                    if entry.kind in _KINDS and "case" in entry.data:
                        self._take(entry)
                    self._last = entry.seq, entry.leaf
            self.problem = ""
        except RunFailed as error:
            self.problem, self._last = str(error), _FIRST
            self._known.clear()
            self._events.clear()

    def _sound(self) -> None:
        self._catch_up()
        if self.problem:
            raise RunFailed(self.problem)

    def _take(self, entry: Entry) -> None:
        word, data = _KINDS[entry.kind], entry.data
        name = str(data["case"])
        if word == "raised":
            if name in self._known:
                return
            self._known[name] = _Known(at=entry.at)
        known = self._known.setdefault(name, _Known(at=entry.at))
        known.state = _STATES.get(word, known.state)
        known.owner = str(data.get("owner", known.owner))
        known.worst = max(known.worst, float(data.get("size", 0.0)))
        note, owner = written(self.folder, str(data.get("note", ""))), str(data.get("owner", ""))
        known.steps.append(Step(word=word, by=str(data.get("by", WATCH)), at=entry.at, note=note, owner=owner))
        self._events.append(Event(seq=entry.seq, at=entry.at, word=word, case=name))


def tell(folder: Path, entries: Sequence[tuple[str, Mapping[str, Any]]], packed: Sequence[bytes] = ()) -> None:
    """Adds entries to the ledger of a watch, all or none; signed where its key is at hand.

    Args:
        folder: State folder.
        entries: Kind and data of each.
        packed: Hashes that these stand for, kept beside them; none, or one each.

    Raises:
        RunFailed: The ledger cannot be written.
    """
    with Ledger(folder / LEDGER, write=True, origin=ORIGIN) as ledger:
        key = signing_key()
        if key is not None and ledger.key() in (None, key.public):
            ledger.checkpoint(key, entries, packed)
        else:
            ledger.extend(entries, packed)


def raised(alarm: Alarm) -> dict[str, Any]:
    """What the ledger says of an alarm that is raised."""
    body = msgspec.json.encode(alarm, order="sorted")
    return {
        "case": case_id(alarm), "state": "open", "by": WATCH, "metric": alarm.metric, "severity": alarm.severity,
        "n": alarm.n, "size": size(alarm), "sha256": hashlib.sha256(body).hexdigest(),
    }  # fmt: skip
