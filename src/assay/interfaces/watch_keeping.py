"""What is done now and then beside judging: the last hour is sealed, what is old goes, the ledger hears of it."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from assay.domain.errors import MissingExtra
from assay.domain.watched import Alarm
from assay.report.inert import one_line
from assay.store.alarm_book import raised
from assay.store.ledger.book import Ledger
from assay.traces.cold import Cold
from assay.traces.forgetting import expire
from assay.traces.hot import HotTraces
from assay.traces.observed import Observed
from assay.watch.segments import UNSEEN
from assay.watch.silence import METRIC as TRAFFIC
from assay.watch.silence import silence, silent
from assay.web.occurring import occurring

COLD = "cold"
"""Name of the folder of sealed segments in the state folder."""
ORIGIN = "assay/watch"
"""Name of the ledger of a watch."""
_HOUR_S = 3600
_ASKED_NS = 10 * 10**9
"""Time after which it is asked again whether keys of cohorts occur, while nobody can tell."""
_DAY_NS = 24 * _HOUR_S * 10**9


@dataclass(slots=True, kw_only=True)
class Housekeeping:
    """Seals and expires once an hour of our own clock, and tells the ledger."""

    folder: Path
    """State folder."""
    hot: HotTraces
    """Recent traces."""
    observed: Observed
    """What was found in traces."""
    ledger: Ledger
    """The ledger of the watch."""
    hot_days: float = 14.0
    """Days that recent traces are kept."""
    cold_days: float = 90.0
    """Days that sealed segments are kept."""
    silence_s: float | None = None
    """Seconds without a span that raise an alarm; None: none does."""
    keys: Sequence[str] = ()
    """Keys of cohorts."""
    clock_ns: Callable[[], int] = time.time_ns
    """Our own clock."""
    _hour: int = -1
    _asked_ns: int = 0

    def step(self) -> None:
        """Look whether there is traffic, and keys of cohorts in it; seal and expire, if another hour has begun."""
        now = self.clock_ns()
        if self.keys and now - self._asked_ns >= _ASKED_NS:
            self._asked_ns = now
            self._keys()
        if self.silence_s is not None:
            self._traffic(now, self.silence_s)
        hour = now // (_HOUR_S * 10**9)
        if self._hour < 0:
            self._hour = hour
        if hour != self._hour:
            self.hourly(now)
            self._hour = hour

    def hourly(self, now_ns: int) -> None:
        """Seal what came since the last time, and let go of what is old."""
        try:
            cold: Cold | None = cold_of(self.folder, self.hot)
        except MissingExtra:
            cold = None
        with sealing(self.folder):
            sealed = cold.seal(now_ns, self.tell) if cold else []
            gone = expire(self.hot, cold, self.observed, now_ns, self.hot_days, self.cold_days, self.tell)
        self.observed.count({"sealed_segments": len(sealed), "not_sealed_no_pyarrow": int(cold is None), **gone})

    def _keys(self) -> None:
        """Say once of each key that it occurs in no trace."""
        known = occurring(self.observed, self.keys)
        self.keys = [key for key in self.keys if key not in known]
        for key in (key for key, occurs in known.items() if not occurs):
            click.echo(f"assay watch: WARNING: {UNSEEN.format(key=one_line(key, 80))}", err=True)

    def _traffic(self, now_ns: int, after_s: float) -> None:
        """Raise an alarm when traffic ends, once there was some, and close it when a span comes."""
        last = self.hot.last_arrival()
        alarms = (alarm for _, alarm, _ in self.observed.alarms(open_only=True, most=-1))
        standing = [alarm for alarm in alarms if alarm.metric == TRAFFIC]
        if silent(last, now_ns, after_s):
            if last and not standing:
                made = silence(last, after_s, self._hourly(last))
                self.observed.keep([], [made])
                self.alarms([made])
        elif standing:
            self.observed.keep([], [replace(alarm, closed_ns=last) for alarm in standing])

    def _hourly(self, last_ns: int) -> float:
        """Requests an hour in the last day, of the hours with any."""
        counts = [sums.n + sums.unscored for _, sums in self.observed.hours("errors", (), max(last_ns - _DAY_NS, 0))]
        return sum(counts) / len(counts) if counts else 0.0

    def tell(self, kind: str, data: Mapping[str, Any]) -> None:
        """An entry for the ledger."""
        self.ledger.append(kind, data)

    def alarms(self, alarms: Sequence[Alarm]) -> None:
        """Alarms that were raised; cohorts may be named after people, so the ledger holds their digest alone."""
        for one in alarms:
            self.tell("alarm", raised(one))


@contextmanager
def sealing(folder: Path) -> Iterator[None]:
    """Waits for others who seal, expire or erase in a state folder, and keeps them out: rows on their way into a
    segment would escape an erasure.
    """
    with (folder / ".sealing").open("a", encoding="ascii") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def cold_of(folder: Path, hot: HotTraces) -> Cold:
    """The sealed segments of a state folder.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    return Cold(folder / COLD, hot)
