"""Draws of traces for people: which were drawn, from what, with which chance each."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from assay.domain.errors import ConfigurationError
from assay.domain.watched import Segment
from assay.store.alarm_book import tell
from assay.traces.judged import COLUMNS, Judged, Sums, encoded, segment_of, segment_text, unpacked
from assay.traces.labelled import Draw, Drawn
from assay.traces.observed import Erased, Observed

DREW = "traces_drawn"
"""Kind of entries."""
_ROWS = "SELECT seq, trace, version, arrived_ns, start_ns, body FROM judged"


class Draws:
    """The part of what people say that chance decides."""

    _folder: Path
    _observed: Observed
    _lock: threading.RLock

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
