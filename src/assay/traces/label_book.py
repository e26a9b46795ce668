"""What people say of traces: draws and words rest beside the observations, each vouched for by an entry of the ledger.

Trace ids may lead to a person, so the ledger has salted digests of them and can be kept when the traces are erased.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from assay.domain.errors import ConfigurationError
from assay.store.alarm_book import tell
from assay.store.transactions import transaction
from assay.traces.label_draws import Draws
from assay.traces.labelled import Drawn, Spoken
from assay.traces.observed import Observed
from assay.traces.vouched import SAID, Vouched

_VALUES: Mapping[str, float | None] = {"yes": 1.0, "no": 0.0, "unsure": None}


class LabelBook(Draws):
    """Draws and words of one state folder. Several processes may write at once."""

    def __init__(self, folder: Path, observed: Observed, clock_ns: Callable[[], int] = time.time_ns) -> None:
        """Open it.

        Args:
            folder: State folder of a watch.
            observed: What the watch found.
            clock_ns: Our own clock.
        """
        self._folder = folder
        self._observed = observed
        self._clock_ns = clock_ns
        self._lock = threading.RLock()
        self._vouched = Vouched(folder)

    def drawn(self, metric: str) -> list[Drawn]:
        """Traces that were drawn from what the draw in force covers, in the order in which they are asked.

        Whoever stops early has then labelled a smaller sample of the same kind.
        """
        last = self.draw(metric)
        if last is None:
            return []
        words = self._words(metric)
        told = "trace, place, chance, share, value, start_ns, round, segments"
        rows = self._observed.base.execute(
            f"SELECT {told} FROM drawn WHERE metric = ? AND start_ns >= ? AND start_ns < ? "
            "ORDER BY place / chance, trace", (metric, last.low_ns, last.high_ns)
        )  # fmt: skip
        return [
            Drawn(
                trace=row[0], place=row[1], chance=row[2], share=row[3], value=row[4], start_ns=row[5], round=row[6],
                segments=tuple(tuple(pair for pair in one) for one in _segments(row[7])), words=words.get(row[0], {}),
            )
            for row in rows
        ]  # fmt: skip

    def say(self, metric: str, said: Sequence[Spoken], by: str) -> list[str]:
        """What a person says of traces, each an entry of the ledger, all or none.

        Args:
            metric: Of what.
            said: Traces with a word each; a later word of the same person replaces an earlier one.
            by: Who says so.

        Returns:
            What became of each: `drawn` (it may correct the rate), `picked` (it may not), or `same` (nothing new).

        Raises:
            ConfigurationError: A trace is not among the judged ones.
            RunFailed: The ledger cannot be written; nothing is recorded.
        """
        erased = self._observed.erased()
        queue = {one.trace: one for one in self.drawn(metric)}
        entries, rows, became = [], [], []
        base = self._observed.base
        with self._lock, transaction(base, "BEGIN IMMEDIATE"):
            if self._observed.erased() != erased:
                raise ConfigurationError("somebody's traces were erased meanwhile; label again")
            own = {row[0]: (row[1], bool(row[2])) for row in base.execute(
                "SELECT trace, word, random FROM words WHERE metric = ? AND who = ?", (metric, by))}  # fmt: skip
            for one in said:
                start = queue[one.trace].start_ns if one.trace in queue else self._start(one.trace)
                before = own.get(one.trace)
                random = one.trace in queue and (not one.picked or (before is not None and before[1]))
                if before == (one.word, random):
                    became.append("same")
                    continue
                item = self._item(metric, one.trace)
                entries.append((SAID, {"item": item, "metric": metric, "label": one.word, "by": by, "drawn": random}))
                rows.append((metric, one.trace, by, one.word, int(random), item, self._clock_ns(), start))
                became.append("drawn" if random else "picked")
            base.executemany("INSERT OR REPLACE INTO words VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            if entries:
                tell(self._folder, entries)
        return became

    def _start(self, trace: str) -> int:
        row = self._observed.base.execute("SELECT start_ns FROM judged WHERE trace = ?", (trace,)).fetchone()
        if row is None:
            raise ConfigurationError(f"trace '{trace[:40]}': not among the judged ones; it was erased, or never came")
        return int(row[0])

    def known(self, traces: Iterable[str]) -> set[str]:
        """Those that were judged and are still there."""
        return {*self._observed.known(traces)}

    def picked(self, metric: str) -> int:
        """Traces that people labelled as they chose them; these correct nothing."""
        row = self._observed.base.execute(
            "SELECT COUNT(DISTINCT trace) FROM words WHERE metric = ? AND random = 0", (metric,)
        ).fetchone()
        return int(row[0])

    def _words(self, metric: str) -> dict[str, dict[str, float | None]]:
        """Trace -> person -> what was said in the queue, as far as the ledger vouches for it."""
        with self._lock:
            self._vouched.catch_up()
            found: dict[str, dict[str, float | None]] = {}
            for trace, who, word, item in self._random(metric):
                if self._vouched.words.get((item, who)) == (word, True):
                    found.setdefault(trace, {})[who] = _VALUES[word]
            return found

    def unvouched(self, metric: str) -> int:
        """Words that the ledger does not know as they stand: somebody wrote past it. They correct nothing."""
        with self._lock:
            self._vouched.catch_up()
            return sum(
                self._vouched.words.get((item, who)) != (word, True) for _, who, word, item in self._random(metric)
            )

    def _random(self, metric: str) -> list[tuple[str, str, str, str]]:
        return self._observed.base.execute(
            "SELECT trace, who, word, item FROM words WHERE metric = ? AND random = 1", (metric,)
        ).fetchall()

    def _item(self, metric: str, trace: str) -> str:
        """A digest that leads to no trace without the salt, which rests beside the words."""
        return hashlib.sha256(f"{self._salt()}\0{metric}\0{trace}".encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _segments(text: str) -> list[list[tuple[str, str]]]:
    return msgspec.json.decode(text, type=list[list[tuple[str, str]]])
