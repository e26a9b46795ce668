"""Is a ledger what it was? Every hash, the chain, the clock, and every checkpoint, without trusting the file."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from assay.domain.errors import AssayError, DataError, RunFailed
from assay.store.ledger.book import START, Body, Entry, Ledger
from assay.store.ledger.merkle import Roots
from assay.store.ledger.notes import Checkpoint, PublicKey, signers


class Altered(RunFailed):
    """A ledger is not as it was written."""


class _Head(msgspec.Struct, frozen=True):
    at: str
    kind: str
    prev: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is not as it was."""

    entry: int | None
    """The entry that it is about; None where no single one can be named."""
    code: str
    """altered, order, chain, clock, leaves, checkpoint, signature, key, truncated, foreign, damaged."""
    message: str
    """What was seen and what was expected."""


@dataclass(slots=True, kw_only=True)
class Examined:
    """What was found out about a ledger."""

    entries: int = 0
    """Number of entries read."""
    head: Checkpoint | None = None
    """Size and root as computed now."""
    signed: int = 0
    """How many entries the last good checkpoint covers."""
    signer: PublicKey | None = None
    """The key in force, as the ledger itself names it."""
    trusted: bool = False
    """Whether the key that was given vouches for the last checkpoint, by itself or by a signed hand-over."""
    checkpoints: int = 0
    """Number of good checkpoints."""
    kinds: dict[str, int] = field(default_factory=dict)
    """Entries by kind."""
    problems: list[Problem] = field(default_factory=list)
    """What is wrong; empty when nothing is."""

    @property
    def unsigned(self) -> int:
        """Entries at the end that no checkpoint covers; whoever can write the file may have made them."""
        return self.entries - self.signed

    def found(self, entry: int | None, code: str, message: str) -> None:
        """Adds a problem."""
        self.problems.append(Problem(entry=entry, code=code, message=message))


_READ = ("opened", "key", "clock")
"""Kinds of entries that say something about the ledger itself."""
_MOST = 100
"""Problems that are listed; a ledger whose every entry is wrong is wrong enough after these."""


def examine(ledger: Ledger, trusted: PublicKey | None = None, anchors: Iterable[str] = ()) -> Examined:
    """Checks a ledger from its first entry to its last.

    Args:
        ledger: The ledger.
        trusted: The key that the reader trusts. Without one the ledger's own key is used, which proves only that
            whoever holds that key wrote it.
        anchors: Signed notes kept elsewhere, which the ledger must extend.
    """
    told = Examined()
    try:
        for one in ledger.foreign():
            told.found(None, "foreign", one)
        roots, keys = _walk(ledger, told)
        if len(told.problems) < _MOST:
            _checkpoints(ledger, told, roots, keys, trusted)
        _anchored(told, roots, [*keys.values(), *([trusted] if trusted else [])], anchors)
    except (
        AssayError,
        sqlite3.Error,
        msgspec.MsgspecError,
        LookupError,
        ValueError,
        TypeError,
        OverflowError,
    ) as error:
        told.found(None, "damaged", str(error))
    return told


def _walk(ledger: Ledger, told: Examined) -> tuple[Mapping[int, bytes], dict[int, PublicKey]]:
    """Reads all entries; gives the roots where checkpoints stand, and the keys by the entry that names them."""
    wanted = {size for size, _ in ledger.checkpoints()}
    tree, roots = Roots(), _Roots(ledger)
    keys: dict[int, PublicKey] = {}
    decode, sha256, add = msgspec.json.Decoder(_Head).decode, hashlib.sha256, tree.add
    kinds: dict[str, int] = told.kinds
    origin = ""
    beside = set(ledger.packed_numbers())
    prev, last, expected = START, "", 1
    for seq, body, leaf in ledger.raw():
        if len(told.problems) >= _MOST:
            break
        if seq != expected:
            told.found(seq, "order", f"entry {expected} is missing: {seq} follows {expected - 1}")
            expected = seq
        if sha256(b"\x00" + body).digest() != leaf:
            told.found(seq, "altered", f"the body of entry {seq} does not have the hash that was recorded for it")
        try:
            head = decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            told.found(seq, "altered", f"entry {seq} cannot be read: {error}")
            prev, expected = leaf.hex(), expected + 1
            add(leaf)
            continue
        if seq == 1 and head.kind != "opened":
            told.found(1, "order", f"entry 1 is not the opening of a ledger ({head.kind})")
        if head.seq != seq:
            told.found(seq, "order", f"entry {seq} says that it is number {head.seq}")
        if head.prev != prev:
            told.found(seq, "chain", f"entry {seq} does not follow entry {seq - 1} as it stands here")
        if head.at < last:
            told.found(seq, "clock", f"entry {seq} is dated {head.at}, before the entry that it follows ({last})")
        if head.kind in _READ or seq in beside or b'"packed":' in body:
            try:
                data = msgspec.json.decode(body, type=Body).data
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                told.found(seq, "altered", f"entry {seq} cannot be read: {error}")
            else:
                _told_apart(seq, head.kind, data, keys, told)
                _packed(seq, data, ledger, told)
                origin = origin or (str(data.get("origin", "")) if head.kind == "opened" else "")
        kinds[head.kind] = kinds.get(head.kind, 0) + 1
        prev, last, expected = leaf.hex(), head.at, expected + 1
        add(leaf)
        if tree.size in wanted:
            roots.known[tree.size] = tree.root()
    for seq in sorted(number for number in beside if number >= expected):
        told.found(seq, "leaves", f"hashes stand beside entry {seq}, which does not exist")
    told.entries = tree.size
    told.head = Checkpoint(origin, tree.size, tree.root())
    roots.known[tree.size] = tree.root()
    return roots, keys


class _Roots(Mapping[int, bytes]):
    """Roots by size; one that was not met on the way is computed when it is asked for."""

    def __init__(self, ledger: Ledger) -> None:
        self.known: dict[int, bytes] = {}
        self._ledger = ledger

    def __getitem__(self, size: int) -> bytes:
        if size not in self.known:
            leaves = self._ledger.leaves()
            if size > len(leaves):
                raise KeyError(size)
            tree = Roots()
            for leaf in leaves[:size]:
                tree.add(leaf)
            self.known[size] = tree.root()
        return self.known[size]

    def __iter__(self) -> Iterator[int]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


def _told_apart(seq: int, kind: str, data: Mapping[str, Any], keys: dict[int, PublicKey], told: Examined) -> None:
    if kind == "clock":
        told.found(seq, "clock", f"entry {seq}: the clock was turned back by {data.get('behind_s')} s")
    if kind != "key":
        return
    try:
        keys[seq] = PublicKey.read(str(data.get("key", "")))
    except DataError as error:
        told.found(seq, "key", f"entry {seq} names a key that is none: {error}")


def _packed(seq: int, data: Mapping[str, Any], ledger: Ledger, told: Examined) -> None:
    """The hashes beside an entry are those that it holds the digest of."""
    digest, packed = data.get("packed"), ledger.packed(seq)
    if digest is None and packed:
        told.found(seq, "leaves", f"hashes stand beside entry {seq}, which holds none")
    elif digest is not None and hashlib.sha256(packed).hexdigest() != digest:
        told.found(seq, "leaves", f"the hashes beside entry {seq} are not those that it recorded")


def _checkpoints(
    ledger: Ledger,
    told: Examined,
    roots: Mapping[int, bytes],
    keys: Mapping[int, PublicKey],
    trusted: PublicKey | None,
) -> None:
    """Every checkpoint is signed by the key in force and has the root of the entries that it covers."""
    seen: set[int] = set()
    for size, note in ledger.checkpoints():
        in_force = [keys[seq] for seq in sorted(keys) if seq <= size]
        due = {in_force[-1]} if in_force else set()
        if len(in_force) > 1 and size in keys:  # the checkpoint of a hand-over is signed by both
            due.add(in_force[-2])
        if size in seen:
            told.found(size, "checkpoint", f"there are two checkpoints at entry {size}")
        seen.add(size)
        if _good(note, size, due, roots, told, told.head.origin if told.head else ""):
            told.checkpoints += 1
            told.signed = max(told.signed, size)
    ordered = [keys[seq] for seq in sorted(keys)]
    told.signer = ordered[-1] if ordered else None
    for seq in sorted(keys)[1:]:
        if seq not in seen:
            told.found(seq, "key", f"entry {seq} hands over to another key, and no checkpoint of both signs it")
    if ordered and not told.signed and not any(one.code in ("checkpoint", "signature") for one in told.problems):
        told.found(None, "truncated", "the ledger names a key, and no checkpoint is signed")
    if trusted is not None:
        told.trusted = trusted in ordered and told.signed > 0
        if trusted not in ordered:
            whose = told.signer.keyid if told.signer else "nobody"
            told.found(None, "signature", f"signed by {whose}; the key that is trusted is {trusted.keyid}")


def _good(note: str, size: int, due: set[PublicKey], roots: Mapping[int, bytes], told: Examined, origin: str) -> bool:
    try:
        text, good = signers(note, due)
        stated = Checkpoint.read(text)
    except DataError as error:
        told.found(size, "signature", f"the checkpoint at entry {size}: {error}")
        return False
    if not due or set(good) != due:
        missing = ", ".join(key.keyid for key in due - set(good)) or "any key that the ledger names"
        told.found(size, "signature", f"the checkpoint at entry {size} is not signed by {missing}")
        return False
    if stated.size != size or stated.origin != origin:
        told.found(size, "checkpoint", f"the checkpoint at entry {size} is of {stated.origin} at {stated.size}")
        return False
    return _extends(stated, roots, told, "the checkpoint")


def _extends(stated: Checkpoint, roots: Mapping[int, bytes], told: Examined, what: str) -> bool:
    if stated.size > told.entries:
        missing = f"entries {told.entries + 1} to {stated.size} are missing"
        told.found(told.entries + 1, "truncated", f"{missing}: {what} covers {stated.size}")
        return False
    if roots[stated.size] != stated.root:
        before = max((size for size in (told.signed,) if size < stated.size), default=0)
        told.found(
            before + 1,
            "checkpoint",
            f"entries {before + 1} to {stated.size} are not those that were signed: {what} has another root",
        )
        return False
    return True


def _anchored(told: Examined, roots: Mapping[int, bytes], keys: Iterable[PublicKey], anchors: Iterable[str]) -> None:
    for note in anchors:
        try:
            text, good = signers(note, keys)
            stated = Checkpoint.read(text)
        except DataError as error:
            told.found(None, "signature", f"the checkpoint that was kept elsewhere: {error}")
            continue
        if not good:
            told.found(None, "signature", "the checkpoint that was kept elsewhere is signed by no key known here")
        elif told.head is None or stated.origin != told.head.origin:
            told.found(None, "checkpoint", f"the checkpoint that was kept elsewhere is of the log {stated.origin}")
        else:
            _extends(stated, roots, told, "the checkpoint that was kept elsewhere")


def linked(ledger: Ledger, after: int = 0, leaf: bytes = bytes.fromhex(START)) -> Iterator[Entry]:
    """The entries after one that was read before, each held against its hash and the entry before it; stops for good
    where that does not hold.

    Args:
        ledger: The ledger.
        after: Number of the last entry that was read; 0 for none.
        leaf: Its hash.

    Raises:
        Altered: An entry was changed, or one is missing.
    """
    for seq, body, known in ledger.raw(after):
        after += 1
        try:
            read = msgspec.json.decode(body, type=Body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Altered(f"{ledger.path}: altered: entry {seq} cannot be read: {error}") from error
        if (seq, read.prev) != (after, leaf.hex()) or hashlib.sha256(b"\x00" + body).digest() != known:
            raise Altered(f"{ledger.path}: altered at entry {seq}")
        leaf = known
        yield Entry(seq, read.at, read.kind, read.data, leaf)


def sound(ledger: Ledger) -> None:
    """That a ledger is as it was written, before anything is added or signed: a signature must not cover a change.

    A clock that was turned back is told in the ledger itself and hinders nothing.

    Raises:
        RunFailed: Something was changed.
    """
    for one in examine(ledger).problems:
        if one.code != "clock":
            raise RunFailed(f"{ledger.path}: altered: {one.message}. Nothing is added to it, and nothing signed")
