"""Distributions of production, compared with the reference at looks that share one promise about false alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from assay.domain.watched import Alarm, Segment
from assay.statistics.mean_shift import mean_shift
from assay.statistics.proportion import wilson
from assay.statistics.two_samples import ks, psi, spent, sure_chi_square
from assay.watch.alarms import told_of
from assay.watch.dating import A_LOOK, Past, begun, since
from assay.watch.reservoir import likeness
from assay.watch.samples import Kind, Sample

FEWEST = 100
"""Values that a look needs; fewer wait for the next one."""
SIZES: Mapping[Kind, float] = {"amount": 0.1, "category": 0.1, "vector": 1.5}
"""The smallest shift that is news: Kolmogorov-Smirnov distance, Cramer's V, squared distance over that by chance."""
OVER = 0.05
"""The p-value above which a look says that an alarm is over; between it and what a look may spend nobody knows."""
SPLITS = 4_999
FIRST_SPLITS, UNSURE = 99, 0.1
"""Random splits of a first test, and the p-value from which it is enough: far above what any look may spend."""
_BINS = 10


class Looks:
    """Compares, at the end of each stretch of time, every figure of every cohort with its reference.

    Look k may spend alpha / (k (k + 1)), shared by all figures and cohorts that are compared, so that any false alarm
    over all time is at most alpha likely.

    Attributes:
        look: Looks so far.
        reference: Samples of the reference.
        now: Samples of the time since the last look.
        past: What each was like in the hours of the last looks.
        ends_ns: When the next look is due; 0 before the first value.
        explain: Adds to an alarm what else changed then.
    """

    def __init__(self, kinds: Mapping[str, Kind], every_ns: int, alpha: float = 0.05) -> None:
        """Watch figures.

        Args:
            kinds: Name of a figure -> what it is.
            every_ns: Time between looks.
            alpha: Chance of any false alarm.
        """
        self.kinds = dict(kinds)
        self.every_ns = every_ns
        self.alpha = alpha
        self.look = 0
        self.closed: list[Alarm] = []
        self._open: dict[tuple[str, Segment], Alarm] = {}
        self.reference: dict[tuple[str, Segment], Sample] = {}
        self.now: dict[tuple[str, Segment], Sample] = {}
        self.past: dict[tuple[str, Segment], Past] = {}
        self.ends_ns = 0
        self.explain: Callable[[Alarm], Alarm] = lambda alarm: alarm

    def reopen(self, alarm: Alarm) -> None:
        """Take an alarm of a look for open, as a process before this one raised it."""
        if alarm.metric in self.kinds and "test" in alarm.evidence:
            self._open[alarm.metric, alarm.segment] = alarm

    @property
    def open(self) -> list[Alarm]:
        """Alarms that the last look did not close."""
        return [*self._open.values()]

    @property
    def alarms(self) -> list[Alarm]:
        """All alarms as they stand; one that goes on is kept up to date, until a look shows no sign of it."""
        return [*self.closed, *self._open.values()]

    def refer(
        self, name: str, segments: Iterable[Segment], value: Any, trace: str, time_ns: int, session: int = 0
    ) -> None:
        """Take in a value of the reference, of a session where it is not 0."""
        self._put(self.reference, name, segments, value, trace, time_ns, session)

    def update(
        self, name: str, segments: Iterable[Segment], value: Any, trace: str, time_ns: int, session: int = 0
    ) -> list[Alarm]:
        """Take in a value, in order of time; gives the alarms of the look that ends before it."""
        alarms: list[Alarm] = []
        if not self.ends_ns:
            self.ends_ns = time_ns + self.every_ns
        elif time_ns >= self.ends_ns:
            alarms = self.looked()
            self.ends_ns += -(-(time_ns - self.ends_ns + 1) // self.every_ns) * self.every_ns
        self._put(self.now, name, segments, value, trace, time_ns, session)
        length_ns = max(self.every_ns // A_LOOK, 1)
        for segment in segments:
            past = self.past.get((name, segment)) or self._begun((name, segment))
            if past is not None:
                past.put(value, time_ns, length_ns)
        return alarms

    def _begun(self, key: tuple[str, Segment]) -> Past | None:
        """The past of a figure from now on, where there is something to hold it against."""
        before = self.reference.get(key)
        if before is None or before.count < FEWEST:
            return None
        made = self.past[key] = begun(before)
        return made

    def _put(
        self, where: dict[tuple[str, Segment], Sample], name: str, segments: Iterable[Segment], value: Any,
        trace: str, time_ns: int, session: int,
    ) -> None:  # fmt: skip
        for segment in segments:
            sample = where.get((name, segment))
            if sample is None:
                sample = where[name, segment] = Sample(self.kinds[name])
            sample.put(value, trace, time_ns, session)

    def looked(self) -> list[Alarm]:
        """Look now: compare what came since the last look, where there is enough of it."""
        ready = [
            (key, sample, self.reference[key])
            for key, sample in self.now.items()
            if sample.count >= FEWEST and key in self.reference and self.reference[key].count >= FEWEST
        ]
        if not ready:
            return []
        self.look += 1
        limit = spent(self.alpha, self.look) / len(ready)
        found = [alarm for key, sample, before in ready for alarm in self._compared(key, sample, before, limit)]
        for key, _, _ in ready:
            del self.now[key]
        return found

    def _compared(self, key: tuple[str, Segment], now: Sample, before: Sample, limit: float) -> Iterator[Alarm]:
        """The alarm that a look raises, unless it is one that goes on."""
        size, p_value, evidence = _shift(before, now, limit, lambda: self._alike(key))
        first = self._open.pop(key, None)
        if p_value > limit or size < SIZES[now.kind]:
            if first is not None and p_value <= OVER and size >= SIZES[now.kind]:
                self._open[key] = first  # too few values to be sure of what they still look like
            elif first is not None:
                self.past[key] = replace(begun(before), floor_ns=now.end_ns)  # what comes is another change
                self.closed.append(replace(first, closed_ns=now.begin_ns))
            return
        made = self.explain(
            self._alarm(key, now, before, {"size": size, "p_value": p_value, "limit": limit, **evidence})
        )
        if first is None:
            self._open[key] = made
            yield made
            return
        names = ["at_ns"]
        if not self._reaches(key, first.since_low_ns):
            names += ["since_ns", "since_low_ns", "since_high_ns"]
        told = told_of(first, made)
        about = {"compared": told.evidence["compared"]} if "compared" in told.evidence else {}
        made = replace(made, times=first.times + 1, changed=told.changed, evidence={**made.evidence, **about})
        self._open[key] = replace(made, **{name: getattr(first, name) for name in names})

    def _alike(self, key: tuple[str, Segment]) -> tuple[float, int]:
        """How alike amounts of a day are, and over how many days that was seen: at least as in all traffic."""
        held = (self.reference[one] for one in (key, (key[0], ())) if one in self.reference)
        return max((likeness(one.numbers, one.days) for one in held if one.numbers), default=(0.0, 0))

    def _reaches(self, key: tuple[str, Segment], time_ns: int) -> bool:
        """Whether the past that is kept still tells of the time before a change."""
        return key in self.past and bool(self.past[key].cells) and self.past[key].cells[0].begin_ns < time_ns

    def _alarm(self, key: tuple[str, Segment], now: Sample, before: Sample, evidence: Mapping[str, Any]) -> Alarm:
        old, new, low, high = _figures(before, now, evidence)
        dated = since(self.past[key], before, *self._alike(key)) if key in self.past else None
        began, earliest, latest = dated or (now.begin_ns, before.end_ns or now.begin_ns, now.end_ns)
        promise = f"look {self.look}; any false alarm of all looks is at most {self.alpha:.0%} likely"
        return Alarm(
            metric=key[0],
            segment=key[1],
            at_ns=now.end_ns,
            since_ns=began,
            since_low_ns=earliest,
            since_high_ns=latest,
            before=old,
            now=new,
            low=low,
            high=high,
            n=now.count,
            detector=f"{evidence['test']}, {promise}",
            unit="share" if now.kind == "category" else "mean" if now.kind == "amount" else "distance",
            examples=tuple(now.traces),
            evidence=evidence,
        )


def _shift(
    before: Sample, now: Sample, limit: float, alike: Callable[[], tuple[float, int]]
) -> tuple[float, float, dict[str, Any]]:
    worth = before.worth(), now.worth()
    if now.kind == "vector":
        one, two = np.array(before.vectors), np.array(now.vectors)
        moved = mean_shift(one, two, FIRST_SPLITS, worth)
        if moved.p_value <= UNSURE:  # most looks end before the many splits that a small p-value needs
            moved = mean_shift(one, two, min(SPLITS, max(999, int(2 / limit))), worth)
        return moved.size, moved.p_value, {"test": "distance of mean vectors, by permutation"}
    if now.kind == "amount":
        found, days = ks(before.numbers, now.numbers, worth), 0
        if found.p_value <= limit:  # most looks end before anybody asks how much days differ
            share, days = alike()
            found = ks(before.numbers, now.numbers, worth=(before.worth(share, days), now.worth(share)))
        index, chance = psi(*_binned(before.numbers, now.numbers))
        told = {"test": "Kolmogorov-Smirnov", "days": days, "psi": index, "psi_by_chance": chance}
        return found.size, found.p_value, told
    found = sure_chi_square(before.words, now.words, worth=worth)
    index, chance = psi(before.words, now.words)
    shares = {word: now.words[word] / now.count - before.words[word] / before.count
              for word in {*before.words, *now.words}}  # fmt: skip
    word, gone = (most(sorted(shares), key=lambda one: shares[one]) for most in (max, min))
    told = {"test": "chi-square", "psi": index, "psi_by_chance": chance, "category": word, "gone": gone}
    return found.size, found.p_value, told


def _binned(before: list[float], now: list[float]) -> tuple[dict[str, int], dict[str, int]]:
    """Counts by tenths of the reference, for the index that people know."""
    edges = np.unique(np.quantile(before, np.linspace(0, 1, _BINS + 1)[1:-1]))
    one, two = (
        {
            str(at): int(count)
            for at, count in enumerate(np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1))
        }
        for side in (before, now)
    )
    return one, two


def _figures(before: Sample, now: Sample, evidence: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """The figure before and now, and limits of the latter: a share, a mean, or a distance."""
    if now.kind == "category":
        word = evidence["category"]
        low, high = wilson(now.words[word], now.count)
        return before.words[word] / before.count, now.words[word] / now.count, low, high
    if now.kind == "amount":
        mean, spread = float(np.mean(now.numbers)), float(np.std(now.numbers)) / len(now.numbers) ** 0.5
        return float(np.mean(before.numbers)), mean, mean - 1.96 * spread, mean + 1.96 * spread
    gap = float(np.linalg.norm(np.mean(before.vectors, axis=0) - np.mean(now.vectors, axis=0)))
    return 0.0, gap, gap, gap
