"""How the rows of two versions of a dataset differ, however many there are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.checks.equals import AT_ONCE, Scan, changes, ranges, sorted_by
from assay.checks.spool import Marks, Spool, Table
from assay.checks.words import Hashes, Places
from assay.domain.training import TrainingRow

_HELD = 1 << 26


class Keys:
    """Digest, prompt and place of each row, by which two versions are compared; 28 bytes, beyond a limit in a file.

    Of digest and prompt 63 bits are kept: among twenty million rows two differ and look equal with a chance of 2 in
    100,000.
    """

    def __init__(self) -> None:
        self._rows = Table(Spool(_HELD), whole="u8", asked="u8", file="u4", line="u8")
        self._files: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: TrainingRow) -> None:
        """Take in a row.

        Raises:
            RunFailed: The temporary file cannot be written.
        """
        whole = int(row.digest.removeprefix("sha256:")[:16], 16)
        self._rows.add(whole | 1, _asked(row) | 1, self._files.setdefault(row.file, len(self._files)), row.line)

    def scan(self, name: str) -> Scan:
        """The column of `whole` or `asked`, for `ranges`."""
        return lambda: self._rows.parts(name)

    def where(self, marked: Marks, most: int) -> dict[str, list[int]]:
        """File -> lines of the first rows that are marked."""
        names, found, left = list(self._files), dict[str, list[int]](), most
        for (begin, file), (_, line) in zip(self._rows.parts("file"), self._rows.parts("line"), strict=True):
            for place in np.flatnonzero(marked.between(begin, begin + len(file)))[:left].tolist():
                found.setdefault(names[file[place]], []).append(int(line[place]))
                left -= 1
        return found


def _asked(row: TrainingRow) -> int:
    said = row.prompt or tuple(turn for answer in row.answers for turn in answer)[:1]
    content = "\x00".join(f"{turn.role}\x01{turn.content}" for turn in said)
    digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How the rows of two versions differ."""

    same: int
    """Rows that both have."""
    came: int
    """Rows that only the new one has, with a prompt that the old one did not have."""
    went: int
    """Rows that only the old one has, whose prompt is gone."""
    changed: int
    """Prompts that both have, with another answer, context or tools."""
    came_where: Mapping[str, Sequence[int]]
    """File -> lines of the first rows that came."""
    changed_where: Mapping[str, Sequence[int]]
    """File -> lines, in the new version, of the first rows that changed."""


def difference(before: Keys, now: Keys, most: int = 1000) -> Difference:
    """What came, went and changed between two versions.

    Args:
        before: The old version.
        now: The new version.
        most: Rows whose lines are told.
    """
    fresh, same = Marks(len(now)), 0
    for own, rows, old in _ranges(before, now, "whole"):
        values, counts = np.unique(own, return_counts=True)
        earlier = _times(values, old)
        same += int(np.minimum(counts, earlier).sum())
        fresh.put(rows[np.isin(own, values[counts > earlier])])
    came, altered, changed = Marks(len(now)), Marks(len(now)), 0
    for own, rows, old in _ranges(before, now, "asked"):
        order = sorted_by(own)
        firsts = order[changes(own[order])]
        firsts = firsts[fresh.at(rows[firsts])]
        known = np.isin(own[firsts], old)
        altered.put(rows[firsts[known]])
        came.put(rows[firsts[~known]])
        changed += int(known.sum())
    return Difference(
        same=same,
        came=max(len(now) - same - changed, 0),
        went=max(len(before) - same - changed, 0),
        changed=changed,
        came_where=now.where(came, most),
        changed_where=now.where(altered, most),
    )


def _ranges(before: Keys, now: Keys, name: str) -> Iterator[tuple[Hashes, Places, Hashes]]:
    """Range by range the numbers of the new version, their rows, and the numbers of the old one."""
    count = max(len(before), len(now))
    for (own, rows), (old, _) in ranges(count, now.scan(name), before.scan(name), at_once=AT_ONCE):
        yield own, rows, old


def _times(values: Hashes, among: Hashes) -> Places:
    """How often each of some numbers stands among others."""
    ordered = np.sort(among)
    return np.searchsorted(ordered, values, side="right") - np.searchsorted(ordered, values)
