"""Merkle trees of RFC 9162 (Certificate Transparency 2.0), section 2.1: SHA-256, leaves and nodes told apart."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256().digest()
"""Root of a tree without leaves."""


def leaf_hash(content: bytes) -> bytes:
    """Hash of one leaf, 32 bytes."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node, 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Roots:
    """Roots of a growing tree: add leaves, ask for the root whenever it is wanted."""

    def __init__(self) -> None:
        self.size = 0
        """Leaves so far."""
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Takes the next leaf hash."""
        self.size += 1
        carried, pairs = leaf, self.size
        while pairs % 2 == 0:
            carried = node_hash(self._peaks.pop(), carried)
            pairs //= 2
        self._peaks.append(carried)

    def root(self) -> bytes:
        """Root over all leaves so far."""
        if not self._peaks:
            return EMPTY
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = node_hash(peak, found)
        return found


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes: neighbours are joined, level by level; an odd one at the end moves up as it is."""
    if not leaves:
        return EMPTY
    level, sha256 = list(leaves), hashlib.sha256
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        level += odd
    return level[0]


def _split(size: int) -> int:
    """The largest power of two below a size above one."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The path that proves that a leaf is in the tree (section 2.1.3.1).

    Args:
        leaves: All leaf hashes.
        index: Which leaf, counted from 0.

    Raises:
        IndexError: There is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of a tree of {len(leaves)}")
    path: list[bytes] = []
    low, high = 0, len(leaves)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root(leaves[middle:high]))
            high = middle
        else:
            path.append(root(leaves[low:middle]))
            low = middle
    return tuple(reversed(path))


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], tree: bytes) -> bool:
    """Whether a path proves that a leaf stands at an index of a tree with this root (section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place % 2 or place == last:
            found = node_hash(step, found)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == tree


def consistency(leaves: Sequence[bytes], earlier: int) -> tuple[bytes, ...]:
    """The path that proves that a tree's first leaves are those of its earlier self (section 2.1.4.1).

    Args:
        leaves: All leaf hashes of the later tree.
        earlier: Size of the earlier tree, at least 1.

    Raises:
        ValueError: The earlier tree is empty or larger than the later one.
    """
    if not 0 < earlier <= len(leaves):
        raise ValueError(f"no proof from a tree of {earlier} leaves to one of {len(leaves)}")
    return tuple(_subproof(leaves, earlier, True))


def _subproof(leaves: Sequence[bytes], earlier: int, whole: bool) -> list[bytes]:
    if earlier == len(leaves):
        return [] if whole else [root(leaves)]
    middle = _split(len(leaves))
    if earlier <= middle:
        return [*_subproof(leaves[:middle], earlier, whole), root(leaves[middle:])]
    return [*_subproof(leaves[middle:], earlier - middle, False), root(leaves[:middle])]


def consistent(earlier: int, later: int, before: bytes, after: bytes, path: Sequence[bytes]) -> bool:
    """Whether a path proves that a tree of `later` leaves extends one of `earlier` leaves (section 2.1.4.2)."""
    if earlier == later:
        return not path and before == after
    if not 0 < earlier < later or not path:
        return False
    steps = list(path)
    if earlier & (earlier - 1) == 0:
        steps.insert(0, before)
    place, last = earlier - 1, later - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == before and new == after
