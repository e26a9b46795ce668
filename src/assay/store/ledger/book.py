"""The ledger's file: SQLite, every append synced, nothing ever changed or removed.

An entry's body is RFC 8785 JSON: `at` (UTC, microseconds), `data`, `kind`, `prev` (leaf hash of the entry before, in
hexadecimal), `seq` (from 1). Its leaf hash is that of RFC 9162 over the body, so that the entries are a chain and the
leaves of a tree. A checkpoint is the tree's root, signed.
"""

from __future__ import annotations

import datetime
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from assay.domain.errors import DataError, RunConflict, RunFailed
from assay.store.ledger.canonical import canonical
from assay.store.ledger.merkle import Roots, leaf_hash
from assay.store.ledger.notes import Checkpoint, PublicKey, SigningKey, signed
from assay.store.transactions import transaction

LAYOUT = 1
_MAGIC = b"SQLite format 3\0"
NAME = "ledger.sqlite"
"""Name of the file in a run folder."""
START = "0" * 64
"""`prev` of the first entry."""
PATIENCE_S = 5.0
"""A clock that is behind by no more is taken for a correction, and the time of the entry before is written."""
_TABLES = """
CREATE TABLE entries (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, leaf BLOB NOT NULL) STRICT;
CREATE TABLE leaves (seq INTEGER PRIMARY KEY, packed BLOB NOT NULL) STRICT;
CREATE TABLE checkpoints (size INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
"""
_FORMS = {statement.split()[2]: statement for statement in _TABLES.strip().removesuffix(";").split(";\n")}
"""The tables' own words, by name."""
_LEAST, _MOST = -(2**63), 2**63 - 1
"""Least and largest number that a row can have; an entry outside 1 to size must not hide."""
_GUARDS = tuple(
    f"CREATE TRIGGER {table}_{what} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
    for table in ("entries", "leaves", "checkpoints")
    for what in ("UPDATE", "DELETE")
)


class Body(msgspec.Struct, frozen=True):
    """What every entry says."""

    at: str
    kind: str
    prev: str
    seq: int
    data: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the ledger."""

    seq: int
    """Number, from 1."""
    at: str
    """When, UTC, ISO 8601 with microseconds."""
    kind: str
    """What happened: opened, registered, trials, ended, decided, key, reviewed, waived and so on."""
    data: Mapping[str, Any]
    """What is said of it: digests, counts, names."""
    leaf: bytes
    """Its hash, 32 bytes."""


body_of = msgspec.json.Decoder(Body).decode


class Ledger:
    """One ledger file.

    Raises (every method):
        RunFailed: The file cannot be written or read, or is damaged.
    """

    def __init__(self, path: Path, *, write: bool = False, origin: str = "") -> None:
        """Opens a ledger; with `write` also makes one where there is none.

        Args:
            path: The file, or a folder that holds one.
            write: Whether entries will be added.
            origin: Name of a new ledger, for its checkpoints.

        Raises:
            DataError: There is no ledger (only without `write`).
            RunConflict: Written by another layout.
        """
        self.path = path / NAME if path.is_dir() else path
        if not write and not self.path.is_file():
            raise DataError(f"{self.path}: no ledger here; give a run folder, or the file {NAME}")
        self._last = _MOST
        self.mirror: Callable[[int, str], None] | None = None
        """Told number and leaf hash of the last entry when entries were added."""
        with self._disk():
            self._base = _opened(self.path, write)
            if write and not self.size:
                self.append("opened", {"layout": LAYOUT, "origin": _plain(origin or "assay")})
        try:
            self._known()
        except BaseException:
            self.close()
            raise

    def _known(self) -> None:
        """That the file has the form of this assay; whether it was altered is for `check.py` to say."""
        with self._disk():
            found = list(self._base.execute("SELECT name, sql FROM sqlite_master"))
        forms = [one for one in found if one[0] in _FORMS]
        if sorted(forms) != sorted(_FORMS.items()):  # a view may answer otherwise each time it is asked
            wrong = RunFailed if self.path.name == NAME else DataError
            raise wrong(f"{self.path}: no ledger: its tables are not those that assay makes")
        with self._disk():
            row = self._base.execute("SELECT body, leaf FROM entries WHERE seq = 1").fetchone()
        if row is None or type(row[0]) is not bytes or leaf_hash(row[0]) != row[1]:
            return
        with self._disk():
            first = body_of(row[0])
        if first.kind == "opened" and first.data.get("layout") != LAYOUT:
            raise RunConflict(f"{self.path}: written by another assay (this one knows layout {LAYOUT})")

    def until(self, last: int) -> None:
        """Shows the ledger as it was when it had so many entries."""
        self._last = last

    @property
    def size(self) -> int:
        """Number of entries."""
        with self._disk():
            return int(self._base.execute("SELECT COALESCE(MAX(seq), 0) FROM entries").fetchone()[0])

    @property
    def origin(self) -> str:
        """Name of the log, as its first entry says."""
        return str(self.entry(1).data.get("origin", "assay"))

    def append(self, kind: str, data: Mapping[str, Any], packed: bytes = b"") -> Entry:
        """Adds an entry and waits until it rests on the disk.

        Args:
            kind: What happened.
            data: JSON values; whole numbers below 2^53.
            packed: Hashes that the entry stands for, kept beside it; the entry must hold their digest.
        """
        return self.extend([(kind, data)], [packed])[-1]

    def extend(self, items: Sequence[tuple[str, Mapping[str, Any]]], packed: Sequence[bytes] = ()) -> list[Entry]:
        """Adds several entries in one synced batch."""
        with self._disk(), self._transaction():
            return self._put(items, packed)

    def _put(self, items: Sequence[tuple[str, Mapping[str, Any]]], packed: Sequence[bytes] = ()) -> list[Entry]:
        added: list[Entry] = []
        rows: list[tuple[int, bytes, bytes]] = []
        seq, prev, last = self._head()
        for kind, data, at in self._dated(items, last):
            seq += 1
            body = canonical({"at": at, "data": data, "kind": kind, "prev": prev.hex() or START, "seq": seq})
            prev = leaf_hash(body)
            added.append(Entry(seq, at, kind, data, prev))
            rows.append((seq, body, prev))
        self._base.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
        some = [(one.seq, two) for one, two in zip(added[-len(packed) :], packed, strict=True) if two] if packed else []
        self._base.executemany("INSERT INTO leaves VALUES (?, ?)", some)
        self._kept("SELECT seq, body, leaf FROM entries WHERE seq >= ? ORDER BY seq", rows)
        self._kept("SELECT seq, packed FROM leaves WHERE seq >= ? ORDER BY seq", some)
        return added

    def _kept(self, query: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """That what was added stands in the file: a trigger of somebody else may have taken it away."""
        if rows and self._base.execute(query, (rows[0][0],)).fetchall() != list(rows):
            raise RunFailed(f"{self.path}: altered: what is added to it does not stay")

    def foreign(self) -> list[str]:
        """What the file holds beside what assay makes, and what of that it lacks, in words."""
        with self._disk():
            found = {
                (kind, name, sql) for kind, name, sql in self._base.execute("SELECT type, name, sql FROM sqlite_master")
            }
        own = {("table", name, form) for name, form in _FORMS.items()}
        own |= {("trigger", form.split()[2], form) for form in _GUARDS}
        return [
            *(
                f"the file holds a {kind} '{name}' that assay did not make"
                for kind, name, _ in sorted(found - own, key=str)
            ),
            *(f"the file lacks the {kind} '{name}' as assay makes it" for kind, name, _ in sorted(own - found)),
        ]

    def _dated(
        self, items: Iterable[tuple[str, Mapping[str, Any]]], last: str
    ) -> Iterator[tuple[str, Mapping[str, Any], str]]:
        """The entries with their times; a clock that was turned back is told by an entry of its own."""
        now = utc_now()
        if now < last:
            behind = (_moment(last) - _moment(now)).total_seconds()
            if behind > PATIENCE_S:
                yield "clock", {"clock": now, "behind_s": round(behind)}, last
            now = last
        for kind, data in items:
            yield kind, data, now

    def _head(self) -> tuple[int, bytes, str]:
        row = self._base.execute("SELECT seq, leaf, body FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
        return (row[0], row[1], body_of(row[2]).at) if row else (0, b"", "")

    def entries(self, kind: str = "", after: int = _LEAST - 1) -> Iterator[Entry]:
        """The entries in their order, of one kind if one is named."""
        for seq, body, leaf in self.raw(after):
            with self._disk():
                read = body_of(body)
            if not kind or read.kind == kind:
                yield Entry(seq, read.at, read.kind, read.data, leaf)

    def raw(self, after: int = _LEAST - 1) -> Iterator[tuple[int, bytes, bytes]]:
        """Number, body and leaf hash as they stand in the file."""
        query = "SELECT seq, body, leaf FROM entries WHERE seq >= ? AND seq <= ? ORDER BY seq"
        with self._disk():
            for row in self._base.execute(query, (after + 1, self._last)):
                if type(row[1]) is not bytes or type(row[2]) is not bytes:
                    raise RunFailed(f"{self.path}: entry {row[0]} is no record")
                yield row

    def entry(self, seq: int) -> Entry:
        """One entry.

        Raises:
            DataError: There is no such entry.
        """
        with self._disk():
            known = _LEAST <= seq <= _MOST
            row = (
                self._base.execute("SELECT body, leaf FROM entries WHERE seq = ?", (seq,)).fetchone() if known else None
            )
            if row is None:
                raise DataError(f"{self.path}: no entry {seq}; there are {self.size}")
            read = body_of(row[0])
        return Entry(seq, read.at, read.kind, read.data, row[1])

    def packed(self, seq: int) -> bytes:
        """The hashes that an entry stands for; empty where it stands for none."""
        with self._disk():
            row = self._base.execute("SELECT packed FROM leaves WHERE seq = ?", (seq,)).fetchone()
        if row is not None and type(row[0]) is not bytes:
            raise RunFailed(f"{self.path}: what stands beside entry {seq} is no record")
        return row[0] if row else b""

    def packed_numbers(self) -> list[int]:
        """Numbers of the entries with hashes beside them."""
        with self._disk():
            return [row[0] for row in self._base.execute("SELECT seq FROM leaves ORDER BY seq")]

    def leaves(self) -> list[bytes]:
        """Leaf hashes of all entries, in order."""
        query = "SELECT leaf FROM entries WHERE seq <= ? ORDER BY seq"
        with self._disk():
            return [row[0] for row in self._base.execute(query, (self._last,))]

    def state(self) -> Checkpoint:
        """Size and root now."""
        tree = Roots()
        for leaf in self.leaves():
            tree.add(leaf)
        return Checkpoint(self.origin, tree.size, tree.root())

    def key(self) -> PublicKey | None:
        """The key in force: that of the last entry of kind `key`."""
        found = None
        for entry in self.entries("key"):
            found = PublicKey.read(str(entry.data.get("key", "")))
        return found

    def checkpoint(
        self, key: SigningKey, items: Sequence[tuple[str, Mapping[str, Any]]] = (), packed: Sequence[bytes] = ()
    ) -> str:
        """Signs the state; the first signature makes the key the ledger's own.

        Args:
            key: The key.
            items: Entries to add before, in the same synced step.
            packed: Hashes that these stand for, as for `append`; none, or one each.

        Returns:
            The signed note.

        Raises:
            RunConflict: Another key is in force.
        """
        with self._disk(), self._transaction():
            self._put(items, packed)
            own = self.key()
            if own is None:
                self._put([("key", {"key": str(key.public)})])
            elif own != key.public:
                raise RunConflict(
                    f"{self.path}: signed by {own.keyid}, and the key at hand is {key.public.keyid}. "
                    "Use the first, or hand over with `assay ledger rotate`"
                )
            return self._sign([key])

    def rotate(self, old: SigningKey, new: SigningKey) -> str:
        """Hands the ledger over: an entry with the new key, under a checkpoint that both sign.

        Raises:
            RunConflict: The old key is not in force.
        """
        if old.public == new.public:
            raise RunConflict("the new key is the old one")
        with self._disk(), self._transaction():
            own = self.key()
            if own is not None and own != old.public:
                raise RunConflict(
                    f"{self.path}: signed by {own.keyid}; only that key can hand over, not {old.public.keyid}"
                )
            if own is None:
                self._put([("key", {"key": str(old.public)})])
                self._sign([old])
            self._put([("key", {"key": str(new.public), "before": str(old.public)})])
            return self._sign([old, new])

    def _sign(self, keys: Sequence[SigningKey]) -> str:
        """Signs the state, within the transaction that made it: a killed process leaves no key without signature."""
        state = self.state()
        _plain(state.origin)  # else whoever can write the file would choose what is signed
        known = dict(self.checkpoints())
        if state.size in known:
            return known[state.size]
        note = signed(state.text(), keys)
        self._base.execute("INSERT INTO checkpoints VALUES (?, ?)", (state.size, note))
        self._kept("SELECT size, note FROM checkpoints WHERE size >= ?", [(state.size, note)])
        return note

    def checkpoints(self) -> list[tuple[int, str]]:
        """Sizes and signed notes as they stand in the file, by size."""
        with self._disk():
            return list(self._base.execute("SELECT size, note FROM checkpoints ORDER BY size, rowid"))

    def close(self) -> None:
        """Closes the file. Safe to call twice."""
        self._base.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with transaction(self._base, "BEGIN IMMEDIATE"):
            yield
        if self.mirror is not None:
            seq, leaf, _ = self._head()
            self.mirror(seq, leaf.hex())

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            told = " ".join(str(error).split())[:200]
            raise RunFailed(f"{self.path}: the ledger cannot be written or read: {told}") from error


def utc_now() -> str:
    """The time now, UTC, with microseconds."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _plain(origin: str) -> str:
    """A log's name that stays on the first line of a checkpoint.

    Raises:
        DataError: It does not.
    """
    if not origin.isprintable() or not origin.strip():
        raise DataError(f"log name {origin!r}: give one line of plain text")
    return origin


def _opened(path: Path, write: bool) -> sqlite3.Connection:
    if write:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
    elif path.name != NAME and not _is_database(path):  # one of that name was a ledger, and is damaged
        raise DataError(f"{path}: no ledger; give a run folder, or its file {NAME}")
    address = path.absolute().as_uri() + ("" if write else "?mode=ro")
    base = sqlite3.connect(address, uri=True, isolation_level=None, timeout=30)
    try:
        if write:
            _shape(base)
    except sqlite3.Error:
        base.close()
        raise
    return base


def _make(path: Path) -> None:
    """A new ledger appears with its tables: who reads at that moment finds all of them, or no file."""
    with tempfile.TemporaryDirectory(prefix=".ledger-", dir=path.parent) as folder:
        whole = Path(folder, NAME)
        with closing(sqlite3.connect(whole, isolation_level=None)) as base:
            _shape(base)
        with suppress(OSError):  # another was quicker, or the file system knows no links and the file is made in place
            os.link(whole, path)


def _shape(base: sqlite3.Connection) -> None:
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute("BEGIN IMMEDIATE")
    if not base.execute("SELECT 1 FROM sqlite_master WHERE name = 'entries'").fetchone():
        for statement in (*_FORMS.values(), *_GUARDS):
            base.execute(statement)
    base.execute("COMMIT")


def _is_database(path: Path) -> bool:
    """Whether a file begins as those of SQLite do."""
    with path.open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC
