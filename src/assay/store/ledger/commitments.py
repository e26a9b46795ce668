"""Salted commitments: what the ledger holds of an answer and its scores, so that erasing them breaks nothing.

Each trial of a run has a salt of its own, made from the run's secret salt. Who is shown one row, its salt and a path
in the tree can check that this row was counted, and learns nothing of any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from assay.store.ledger.merkle import leaf_hash

Key = tuple[str, str, str, str, int]
"""Subject, task, sample id, sample digest, epoch."""
TAG, SEAL = 16, 32
WIDTH = TAG + SEAL
"""Bytes of one commitment: a tag that stands for which trial, and a seal over what it holds."""
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Salt:
    """The secret of one run, 32 bytes; kept with its rows, never in the ledger."""

    secret: bytes

    def of(self, key: Key) -> bytes:
        """The salt of one trial."""
        return hashlib.sha256(b"row\0" + self.secret + _encode(key)).digest()

    def tag(self, key: Key) -> bytes:
        """What stands for a trial in the ledger."""
        return tag(self.of(key))

    def commit(self, key: Key, state: str, body: bytes, scores: bytes) -> bytes:
        """Tag and seal of one trial."""
        name = _encode(key)
        own = hashlib.sha256(b"row\0" + self.secret + name).digest()
        return tag(own) + _sealed(own, name, state.encode(), body, scores)


def tag(salt: bytes) -> bytes:
    """The tag of a trial, from its salt."""
    return hashlib.sha256(b"tag\0" + salt).digest()[:TAG]


def seal(salt: bytes, key: Key, state: str, body: bytes, scores: bytes) -> bytes:
    """The seal of a trial: SHA-256 over its salt, the lengths of its parts, and the parts."""
    return _sealed(salt, _encode(key), state.encode(), body, scores)


def _sealed(salt: bytes, name: bytes, word: bytes, body: bytes, scores: bytes) -> bytes:
    lengths = b"%d %d %d %d\n" % (len(name), len(word), len(body), len(scores))
    return hashlib.sha256(b"seal\0" + salt + lengths + name + word + body + scores).digest()


def split(packed: bytes) -> list[bytes]:
    """The commitments of a batch.

    Raises:
        ValueError: It is no whole number of them.
    """
    if len(packed) % WIDTH:
        raise ValueError(f"{len(packed)} bytes are no whole number of commitments of {WIDTH}")
    return [packed[at : at + WIDTH] for at in range(0, len(packed), WIDTH)]


def latest(batches: Iterable[bytes]) -> dict[bytes, bytes]:
    """The commitment in force by tag: a trial that was asked again replaces its earlier self."""
    return {one[:TAG]: one for packed in batches for one in split(packed)}


def tree_leaves(commitments: Iterable[bytes]) -> list[bytes]:
    """Leaf hashes of the tree over a run's commitments, ordered by tag."""
    return [leaf_hash(one) for one in sorted(commitments)]
