"""What surrounded the values of the reference: what an alarm compares with where nothing lies before its change."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from assay.domain.errors import DataError
from assay.domain.watched import Segment
from assay.watch.surroundings import PARTS, Surroundings

KEPT = 500
"""Values of a figure in a cohort whose surroundings are remembered; of more each second one, of twice as many each
fourth."""
Around = Mapping[int, int]
"""Number of surroundings -> values that had them."""
Befores = dict[tuple[str, Segment], Around]
"""Figure and cohort -> what surrounded its values in the reference."""


def hashed(trace: str) -> int:
    """A trace as 32 bits by which it is drawn."""
    return int.from_bytes(blake2b(trace.encode("utf-8", "replace"), digest_size=4).digest(), "big")


@dataclass(slots=True)
class Drawn:
    """Surroundings of values in fixed memory: each trace has the same chance to be in it.

    Examples:
        >>> held = Drawn()
        >>> for number in range(10_000):
        ...     held.put((hashed(str(number)), int(number % 10 == 0)))
        >>> len(held.rows) <= KEPT, 0.05 < held.around[1] / len(held.rows) < 0.15
        (True, True)
    """

    level: int = 0
    """Of 2 ** level traces one is remembered."""
    rows: list[tuple[int, int]] = field(default_factory=list)
    """Hash of the trace and number of its surroundings."""

    def put(self, row: tuple[int, int]) -> None:
        """Take in a value by its trace's hash and its surroundings; figures of a trace share the row."""
        if row[0] & (1 << self.level) - 1:
            return
        self.rows.append(row)
        while len(self.rows) > KEPT and self.level < 32:
            self.level += 1
            self.rows = [one for one in self.rows if not one[0] & (1 << self.level) - 1]

    @property
    def around(self) -> Counter[int]:
        """How many values had which surroundings."""
        return Counter(number for _, number in self.rows)


def before_written(befores: Befores, surroundings: Surroundings) -> bytes:
    """Surroundings of the reference as they rest: names of parts, those there were, and counts of each figure.

    Examples:
        >>> around = Surroundings()
        >>> held = {("errors", (("route", "chat"),)): {around.number(("m", "m-1", "", "", "", "")): 40}}
        >>> body = before_written(held, around)
        >>> json.loads(body)[1:]
        [[['m', 'm-1', '', '', '', '']], [['errors', [['route', 'chat']], [[0, 40]]]]]
        >>> before_read(body, around) == held, before_read(None, around)
        (True, {})
    """
    used = sorted({number for held in befores.values() for number in held})
    places = {number: place for place, number in enumerate(used)}
    rows = [
        [metric, segment, [[places[number], count] for number, count in held.items()]]
        for (metric, segment), held in befores.items()
    ]
    told = [surroundings.parts(number) for number in used]
    return json.dumps([PARTS, told, rows], ensure_ascii=False).encode("utf-8", "replace")


def before_read(body: bytes | None, surroundings: Surroundings) -> Befores:
    """Surroundings of the reference of those bytes; none where another version kept none, or other parts.

    Raises:
        DataError: They are none of `before_written`.
    """
    if not body:
        return {}
    try:
        named, told, rows = json.loads(body)
        if named != [*PARTS]:
            return {}
        numbers = [surroundings.number(_parts(one)) for one in told]
        return dict(_pairs(rows, numbers))
    except (ValueError, TypeError, IndexError) as error:
        raise DataError(f"the saved surroundings of the reference cannot be read: {error}") from error


def _parts(held: list[Any]) -> tuple[str, ...]:
    if len(held) != len(PARTS):
        raise ValueError(f"{len(held)} parts, where {len(PARTS)} are named")
    return tuple(map(str, held))


def _pairs(rows: list[Any], numbers: list[int]) -> Iterator[tuple[tuple[str, Segment], Around]]:
    for metric, segment, counts in rows:
        key = str(metric), tuple((str(name), str(value)) for name, value in segment)
        found: Counter[int] = Counter()
        for place, count in counts:
            found[numbers[place]] += int(count)
        yield key, dict(found)
