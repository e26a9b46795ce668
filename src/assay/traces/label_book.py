"""What people say of traces: draws and words rest beside the observations, each vouched for by an entry of the ledger.

Trace ids may lead to a person, so the ledger has salted digests of them and can be kept when the traces are erased.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from assay.domain.errors import ConfigurationError
from assay.domain.watched import Segment
from assay.store.alarm_book import tell
from assay.store.ledger.book import NAME as LEDGER
from assay.store.ledger.book import START, Ledger
from assay.store.ledger.check import Altered, linked
from assay.store.transactions import transaction
from assay.traces.judged import COLUMNS, Judged, Sums, encoded, segment_of, segment_text, unpacked
from assay.traces.labelled import Draw, Drawn, Spoken
from assay.traces.observed import Erased, Observed

DREW, SAID = "traces_drawn", "trace_labelled"
"""Kinds of entries."""
_VALUES: Mapping[str, float | None] = {"yes": 1.0, "no": 0.0, "unsure": None}
_SALT = "label_salt"
_ROWS = "SELECT seq, trace, version, arrived_ns, start_ns, body FROM judged"


class LabelBook:
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
        self._vouched: dict[tuple[str, str], tuple[str, bool]] = {}
        self._last = 0, bytes.fromhex(START)
        self._lock = threading.RLock()

    # Draws

    def draw(self, metric: str) -> Draw | None:
        """The draw in force; None where none was made."""
        return next(iter(self._draws(metric)[-1:]), None)

    def metrics(self) -> list[str]:
        """Metrics with a draw."""
        return [row[0] for row in self._observed.base.execute("SELECT DISTINCT metric FROM draws ORDER BY metric")]

    def _draws(self, metric: str) -> list[Draw]:
        told = "metric, round, seed, wanted, population, low_ns, high_ns, last_seq, at_ns, who"
        rows = self._observed.base.execute(f"SELECT {told} FROM draws WHERE metric = ? ORDER BY round", (metric,))
        names = tuple(Draw.__dataclass_fields__)
        return [Draw(**dict(zip(names, row, strict=True))) for row in rows]

    def population(self, low_ns: int, last_seq: int) -> Iterator[tuple[int, Judged]]:
        """Judged traces that began since a time, each with the number under which it was judged first."""
        rows = self._observed.base.execute(f"{_ROWS} WHERE start_ns >= ? AND seq <= ?", (low_ns, last_seq))
        return ((row[0], unpacked(*row[1:])) for row in rows)

    def numbered(self, numbers: Iterable[int], traces: Iterable[str]) -> Iterator[tuple[int, Judged]]:
        """Those with such a number or id."""
        wanted = [encoded([*some]).decode() for some in (numbers, traces)]
        rows = self._observed.base.execute(
            f"{_ROWS} WHERE seq IN (SELECT value FROM json_each(?)) OR trace IN (SELECT value FROM json_each(?))",
            wanted,
        )
        return ((row[0], unpacked(*row[1:])) for row in rows)

    def keep(self, made: Draw, drawn: Sequence[tuple[int, Drawn]], sums: Iterable[Sums]) -> None:
        """Keep a draw with the traces that it drew; those of earlier draws stay, with the larger of their chances.

        Args:
            made: The draw; its round is one more than that of the last.
            drawn: Number and trace, of all whose place is below their chance, the earlier ones among them.
            sums: Sums over the population, by cohort.

        Raises:
            ConfigurationError: Somebody's traces were erased while the draw was made; nothing was kept.
        """
        before, base = self._draws(made.metric), self._observed.base
        marks = hashlib.sha256(
            "".join(sorted(f"{one.trace}:{one.chance!r}\n" for _, one in drawn)).encode()
        ).hexdigest()
        data = {
            "metric": made.metric, "seed": made.seed, "wanted": made.wanted, "population": made.population,
            "drawn": len(drawn), "round": made.round, "by": made.by, "sha256": marks,
        }  # fmt: skip
        with self._lock, self._unerased():
            values = [getattr(made, name) for name in Draw.__dataclass_fields__]
            base.execute(f"INSERT INTO draws VALUES ({', '.join('?' * len(values))})", values)
            base.execute("DELETE FROM draw_sums WHERE metric = ?", (made.metric,))
            base.executemany(
                f"INSERT INTO draw_sums VALUES (?, ?{', ?' * len(COLUMNS)})",
                [(made.metric, segment_text(one.segment), *(getattr(one, name) for name in COLUMNS)) for one in sums],
            )
            base.executemany(
                "INSERT INTO drawn VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (metric, trace) DO UPDATE SET "
                "chance = MAX(chance, excluded.chance), share = excluded.share, value = excluded.value, "
                "segments = excluded.segments",
                [
                    (made.metric, one.trace, one.place, one.chance, one.share, one.value, one.start_ns,
                     _first(seq, one.start_ns, before, made.round), encoded(one.segments).decode())
                    for seq, one in drawn
                ],
            )  # fmt: skip
            tell(self._folder, [(DREW, data)])

    def sums(self, metric: str) -> dict[Segment, Sums]:
        """Sums over the population of the draw in force, by cohort."""
        told = f"SELECT segment, {', '.join(COLUMNS)} FROM draw_sums WHERE metric = ?"
        rows = self._observed.base.execute(told, (metric,))
        return {
            (segment := segment_of(row[0])): Sums(
                metric=metric, segment=segment, **dict(zip(COLUMNS, row[1:], strict=True))
            )
            for row in rows
        }

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

    # Words

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

    @contextmanager
    def _unerased(self) -> Iterator[None]:
        try:
            with self._observed.remembering():
                yield
        except Erased:
            raise ConfigurationError("somebody's traces were erased while the draw was made; draw again") from None

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
            self._catch_up()
            found: dict[str, dict[str, float | None]] = {}
            for trace, who, word, item in self._random(metric):
                if self._vouched.get((item, who)) == (word, True):
                    found.setdefault(trace, {})[who] = _VALUES[word]
            return found

    def unvouched(self, metric: str) -> int:
        """Words that the ledger does not know as they stand: somebody wrote past it. They correct nothing."""
        with self._lock:
            self._catch_up()
            return sum(self._vouched.get((item, who)) != (word, True) for _, who, word, item in self._random(metric))

    def _random(self, metric: str) -> list[tuple[str, str, str, str]]:
        return self._observed.base.execute(
            "SELECT trace, who, word, item FROM words WHERE metric = ? AND random = 1", (metric,)
        ).fetchall()

    def _catch_up(self) -> None:
        if not (self._folder / LEDGER).is_file():
            return
        try:
            with Ledger(self._folder) as ledger:
                for entry in linked(ledger, *self._last):
                    self._last = entry.seq, entry.leaf
                    if entry.kind == SAID:
                        data = entry.data
                        key = str(data.get("item", "")), str(data.get("by", ""))
                        self._vouched[key] = str(data.get("label", "")), data.get("drawn") is True
        except Altered:  # a ledger that was altered vouches for nothing; `assay watch status` says where
            self._vouched.clear()
            self._last = 0, bytes.fromhex(START)

    def _item(self, metric: str, trace: str) -> str:
        """A digest that leads to no trace without the salt, which rests beside the words."""
        held = self._observed.state(_SALT)
        if held is None:
            held = encoded(secrets.token_hex(16))
            self._observed.base.execute("INSERT INTO states VALUES (?, ?)", (_SALT, held))
        salt = msgspec.json.decode(held, type=str)
        return hashlib.sha256(f"{salt}\0{metric}\0{trace}".encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _first(seq: int, start_ns: int, before: Sequence[Draw], own: int) -> int:
    """The first draw that a trace had a chance in."""
    return next((one.round for one in before if seq <= one.last_seq and one.low_ns <= start_ns < one.high_ns), own)


def _segments(text: str) -> list[list[tuple[str, str]]]:
    return msgspec.json.decode(text, type=list[list[tuple[str, str]]])
