"""Samples of distributions, and their last stretches of time, as they rest between two processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
import numpy as np

from assay.domain.watched import Segment
from assay.watch.dating import Cell, Past
from assay.watch.samples import Kind, Sample

_SIZE = 64


class _Row(msgspec.Struct, array_like=True):
    """A sample that rests."""

    name: str
    segment: list[tuple[str, str]]
    kind: Kind
    count: int
    numbers: list[float]
    words: dict[str, int]
    vectors: bytes
    begin_ns: int = 0
    end_ns: int = 0
    days: list[int] = []
    pairs: dict[str, int] = {}


class _Past(msgspec.Struct, array_like=True):
    """The stretches of a figure that rest."""

    name: str
    segment: list[tuple[str, str]]
    kind: Kind
    floor_ns: int
    edges: list[float]
    words: list[str]
    times: list[tuple[int, int, int]]
    sums: bytes


class Resting(msgspec.Struct, array_like=True):
    """What rests; later fields are missing where an earlier version saved it."""

    known: list[str]
    reference: list[_Row]
    upto: int | None = None
    look: int = 0
    ends_ns: int = 0
    now: list[_Row] = []
    past: list[_Past] = []


def rows(samples: Mapping[tuple[str, Segment], Sample]) -> list[_Row]:
    """Samples as they rest, without the traces that they name as examples, and without whose they are."""
    return [
        _Row(
            name, [*segment], one.kind, one.count, one.numbers, dict(one.words),
            np.array(one.vectors, np.float32).tobytes() if one.vectors else b"", one.begin_ns, one.end_ns, one.days,
            dict(one.returning.pairs),
        )
        for (name, segment), one in samples.items()
    ]  # fmt: skip


def samples(rows: Iterable[_Row]) -> Iterator[tuple[tuple[str, Segment], Sample]]:
    """Samples of those rows."""
    for row in rows:
        made = Sample(row.kind, count=row.count, numbers=row.numbers, begin_ns=row.begin_ns, end_ns=row.end_ns)
        made.days = row.days or [0] * len(row.numbers)  # an earlier version did not keep them
        made.words.update(row.words)
        made.returning.pairs.update(row.pairs)
        if row.vectors:
            made.vectors = [*np.frombuffer(row.vectors, np.float32).astype(np.float64).reshape(-1, _SIZE)]
        yield (row.name, tuple((key, value) for key, value in row.segment)), made


def pasts(held: Mapping[tuple[str, Segment], Past]) -> list[_Past]:
    """Stretches as they rest."""
    return [
        _Past(
            name, [*segment], one.kind, one.floor_ns, one.edges, [*one.words],
            [(cell.begin_ns, cell.end_ns, cell.count) for cell in one.cells],
            np.array([cell.sums for cell in one.cells], np.float32).tobytes(),
        )
        for (name, segment), one in held.items()
    ]  # fmt: skip


def past_of(rows: Iterable[_Past]) -> Iterator[tuple[tuple[str, Segment], Past]]:
    """Stretches of those rows."""
    for row in rows:
        sums = np.frombuffer(row.sums, np.float32).reshape(len(row.times), -1) if row.times else np.empty((0, 1))
        cells = [
            Cell(begin_ns=begin, end_ns=end, count=count, sums=sums[at].copy())
            for at, (begin, end, count) in enumerate(row.times)
        ]
        words = {word: at for at, word in enumerate(row.words)}
        made = Past(kind=row.kind, floor_ns=row.floor_ns, edges=row.edges, words=words, cells=cells)
        yield (row.name, tuple((key, value) for key, value in row.segment)), made
