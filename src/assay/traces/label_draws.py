"""Draws of traces for people: which were drawn, from what, with which chance each."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from assay.domain.errors import ConfigurationError
from assay.domain.watched import Segment
from assay.store.alarm_book import tell
from assay.traces.judged import COLUMNS, Judged, Sums, encoded, segment_of, segment_text, unpacked
from assay.traces.labelled import Draw, Drawn
from assay.traces.observed import Erased, Observed
from assay.traces.vouched import DREW, TAG_BYTES, Vouched

_SALT = "label_salt"
_ROWS = "SELECT seq, trace, version, arrived_ns, start_ns, body FROM judged"


class Draws:
    """The part of what people say that chance decides."""

    _folder: Path
    _observed: Observed
    _lock: threading.RLock
    _vouched: Vouched

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
        """Keep a draw with the traces that it drew; those of earlier draws stay, with the larger of their chances,
        unless the ledger does not have them so.

        Args:
            made: The draw; its round is one more than that of the last.
            drawn: Number and trace, of all whose place is below their chance, the earlier ones among them.
            sums: Sums over the population, by cohort.

        Raises:
            ConfigurationError: Somebody's traces were erased while the draw was made; nothing was kept.
        """
        before, base = self._draws(made.metric), self._observed.base
        anew = made.metric in self.altered()
        if anew:  # what somebody wrote past the command must not be vouched for by this draw
            before, drawn = [], [(seq, one) for seq, one in drawn if one.place < one.chance]
        data = {
            "metric": made.metric, "seed": made.seed, "wanted": made.wanted, "population": made.population,
            "drawn": len(drawn), "round": made.round, "by": made.by,
        }  # fmt: skip
        with self._lock, self._unerased():
            for table in ("draws", "drawn") if anew else ():
                base.execute(f"DELETE FROM {table} WHERE metric = ?", (made.metric,))
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
            packed = b"".join(sorted(self._tags(made.metric)))
            tell(self._folder, [(DREW, {**data, "packed": hashlib.sha256(packed).hexdigest()})], [packed])

    def _tags(self, metric: str) -> list[bytes]:
        """A salted digest of each row that a draw rests on: draws, sums over its population, what was drawn."""
        base, salt = self._observed.base, self._salt()
        tables = ("draws", "draw_sums", "drawn")
        rows = [row for one in tables for row in base.execute(f"SELECT * FROM {one} WHERE metric = ?", (metric,))]
        told = (f"{salt}\0{row!r}".encode("utf-8", "surrogatepass") for row in rows)
        return [hashlib.sha256(one).digest()[:TAG_BYTES] for one in told]

    def altered(self) -> dict[str, int]:
        """Metric -> rows of its draw that are not as the ledger has them, where there are any; they correct nothing.

        Rows may be gone: those of traces that were erased, or are no longer kept.
        """
        with self._lock:
            self._vouched.catch_up()
            drew, there = self._vouched.draws, {*self.metrics()}
            found = {
                metric: sum(one not in told for one in self._tags(metric))
                for metric in there
                if (told := drew.get(metric, frozenset())) is not None
            } | dict.fromkeys(drew.keys() - there, 1)
            return {metric: found[metric] for metric in sorted(found) if found[metric]}

    def _salt(self) -> str:
        held = self._observed.state(_SALT)
        if held is None:
            held = encoded(secrets.token_hex(16))
            self._observed.base.execute("INSERT INTO states VALUES (?, ?)", (_SALT, held))
        return msgspec.json.decode(held, type=str)

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

    @contextmanager
    def _unerased(self) -> Iterator[None]:
        try:
            with self._observed.remembering():
                yield
        except Erased:
            raise ConfigurationError("somebody's traces were erased while the draw was made; draw again") from None


def _first(seq: int, start_ns: int, before: Sequence[Draw], own: int) -> int:
    """The first draw that a trace had a chance in."""
    return next((one.round for one in before if seq <= one.last_seq and one.low_ns <= start_ns < one.high_ns), own)
