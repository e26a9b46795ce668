"""Groups of rows that say the same: equal, linked by nearness, alike in one part, one the beginning of the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from assay.checks.equals import Scan, changes, ranges, sorted_by
from assay.checks.families import families
from assay.checks.groups import Groups, led
from assay.checks.near import gone
from assay.checks.remembered import Remembered
from assay.checks.words import Hashes, Places


class Repeated:
    """Rows that say the same, as groups; each kind is made when it is asked for, some groups at a time.

    Attributes:
        near: Pairs of rows that nearly say the same, equal ones aside.
        gone: Those of them to give up so that no two of the rest are near.
    """

    def __init__(self, rows: Remembered, threshold: float) -> None:
        self._rows = rows
        self.near = rows.joined.pairs(threshold)
        self.gone = gone(self.near, self._worth)

    def kept(self) -> NDArray[np.bool_]:
        """Rows that stay, order-free but for copies: most neighbours first, then longer, then by hash."""
        found = np.ones(self._rows.count, np.bool_)
        for values, places in self._ranges("words"):
            order = sorted_by(values)
            found[places[order[~changes(values[order])]]] = False
        found[self.gone] = False
        return found

    def exact(self) -> Iterator[Groups]:
        """Rows with the same words and marks; the first stays."""
        for values, places in self._ranges("key"):
            order = sorted_by(values)
            yield led(changes(values[order]), places[order])

    def clusters(self) -> Iterator[Cluster]:
        """Rows linked by nearness or by equal words, directly or through others."""
        involved, lead = self.near.leads()
        own, label = self._rows.at("words", involved), self._rows.at("words", lead)
        order = np.argsort(own)
        own, label = own[order], label[order]

        def scan() -> Iterator[tuple[int, Hashes]]:
            for begin, words in self._rows.columns["words"].parts():
                if not len(own):
                    yield begin, words
                    continue
                place = np.minimum(np.searchsorted(own, words), len(own) - 1)
                yield begin, np.where(own[place] == words, label[place], words)

        for [(values, places)] in ranges(self._rows.count, scan, at_once=self._rows.at_once):
            yield Cluster(self._rows, *_several(values, places))

    def wordless(self) -> Iterator[Groups]:
        """Rows without a word."""
        for begin, words in self._rows.columns["words"].parts():
            found = begin + np.flatnonzero(words == 0)
            yield Groups(order=found, keep=found, drop=found, of=np.arange(len(found)))

    def same(self, same: str, different: str, least: int, able: Sequence[str]) -> Iterator[Groups]:
        """Rows alike in one part, with at least so many values of the other."""
        for [(values, places)] in ranges(self._rows.count, self._scan(same, *able), at_once=self._rows.at_once):
            group, rows = _several(values, places)
            other = self._rows.at(different, rows)
            order = sorted_by(group, other)
            first = np.sort(order[changes(group[order], other[order])])
            group, rows = group[first], rows[first]
            enough = (np.bincount(group) >= least)[group]
            yield led(changes(group[enough]), rows[enough])

    def _scan(self, name: str, *able: str) -> Scan:
        """A column of the rows that are able, 0 for the others and never for them."""

        def scan() -> Iterator[tuple[int, Hashes]]:
            columns = [self._rows.columns[each].parts() for each in (name, *able)]
            for (begin, values), *kinds in zip(*columns, strict=True):
                yield begin, np.where(np.all([each for _, each in kinds], axis=0), values | np.uint64(1), np.uint64(0))

        return scan

    def prefixes(self) -> Iterator[Groups]:
        """Conversations with which longer ones begin; the longer one stays."""

        def before() -> Iterator[tuple[int, Hashes]]:
            return ((begin, part | np.uint64(1)) for begin, part in self._rows.before.parts())

        count = max(self._rows.count, len(self._rows.before))
        scans = before, self._scan("whole", "chat")
        for (begun, at), (whole, rows) in ranges(count, *scans, at_once=self._rows.at_once):
            order = sorted_by(begun)
            begun = begun[order]
            place = np.searchsorted(begun, whole)
            found = np.flatnonzero(np.append(begun, 0)[place] == whole)
            keep = self._rows.before_row.at(at[order[place[found]]]).astype(np.int64)
            yield Groups(order=rows[found], keep=keep, drop=rows[found], of=np.arange(len(found)))

    def families(self) -> Iterator[Groups]:
        """Rows of one form, by what is asked, and by what is answered where the asking has none."""
        taken: set[int] = set()
        numbers, *parts = self._rows.openings.told()
        for openings in parts:
            for own in families(openings):
                rest = [place for place in numbers[own].tolist() if place not in taken]
                begins = np.arange(len(rest)) == 0
                yield led(begins, np.array(rest, np.int64), np.array([len(taken)]))
                taken.update(rest if len(rest) > 1 else ())

    def _ranges(self, name: str) -> Iterator[tuple[Hashes, Places]]:
        """A column's values and their places, range by range."""
        scan = self._rows.columns[name].parts
        return (own for [own] in ranges(self._rows.count, scan, at_once=self._rows.at_once))

    def _worth(self, places: Places) -> Places:
        """A number for each of some rows, higher for longer ones, then by hash."""
        rank = np.empty(len(places), np.int64)
        rank[sorted_by(self._rows.at("length", places), self._rows.at("words", places))] = np.arange(len(places))
        return rank


class Cluster:
    """Some groups of rows linked by nearness or equal words, whole ones."""

    def __init__(self, rows: Remembered, group: Places, places: Places) -> None:
        self._rows = rows
        self._group, self._places = group, places
        self._order = places[changes(group)]

    def near(self, out: Places) -> Groups:
        """Rows without those that are equal to another; one that is not `out` stands for all."""
        group, places = self._group, self._places
        kept = self._firsts("words")
        kept &= ~np.isin(places, out)
        different = self._firsts("key")
        group, places, kept = group[different], places[different], kept[different]
        begins = np.flatnonzero(changes(group))
        lead = begins.copy()
        able = np.flatnonzero(kept)
        able = able[changes(group[able])]
        lead[group[able]] = able
        return _led_by(group, places, lead, self._order)

    def leaks(self) -> Groups:
        """Rows of training splits that are linked with rows of others."""
        split, train = self._rows.at("split", self._places), self._rows.splits.get("train", -1)
        held = np.flatnonzero((split != 0) & (split != train))
        held = held[changes(self._group[held])]
        of = np.full(len(self._order), -1)
        of[self._group[held]] = np.arange(len(held))
        learned = np.flatnonzero((split == train) & (of[self._group] >= 0))
        return Groups(
            order=self._order[self._group[held]], keep=self._places[held], drop=self._places[learned],
            of=of[self._group[learned]],
        )  # fmt: skip

    def _firsts(self, name: str) -> NDArray[np.bool_]:
        """Which rows are the first of their group with their value of a column."""
        values = self._rows.at(name, self._places)
        order = sorted_by(self._group, values)
        found = np.zeros(len(order), np.bool_)
        found[order[changes(self._group[order], values[order])]] = True
        return found


def _led_by(group: Places, places: Places, lead: Places, order: Places) -> Groups:
    """Groups of which a row stays that need not be the first; those of one row are left out."""
    several = np.bincount(group, minlength=len(lead)) > 1
    rest = several[group]
    rest[lead] = False
    return Groups(
        order=order[several], keep=places[lead[several]], drop=places[rest], of=(np.cumsum(several) - 1)[group[rest]]
    )


def _several(values: Hashes, places: Places) -> tuple[Places, Places]:
    """Rows with values that others have too: number of the value, and place; by both, ascending."""
    order = sorted_by(values)
    group = np.cumsum(changes(values[order])) - 1
    several = (np.bincount(group) > 1 if len(group) else np.zeros(0, np.bool_))[group]
    group = group[several]
    return np.cumsum(changes(group)) - 1, places[order[several]]
