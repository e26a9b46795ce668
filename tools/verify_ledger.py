#!/usr/bin/env python3
"""Checks the evidence of an audit without assay: one file, Python's standard library and `cryptography`.

    python verify_ledger.py ledger RUN --key KEY [--checkpoint FILE ...]
    python verify_ledger.py verdict RUN --key KEY [--ledger RUN]
    python verify_ledger.py proof PROOF.json [--key KEY --checkpoint FILE | --key KEY --verdict verdict.dsse.json]

RUN is a run folder or an unpacked evidence pack, or the file in it: ledger.sqlite, verdict.dsse.json.
KEY is a public key (NAME+ID+BASE64) or the file that holds it. Exit codes: 0 verified, 1 something does not hold,
2 usage or a file that is none of these, 4 nothing is wrong, but not everything could be checked.

What this file checks, and by which documents, so that it can be read instead of trusted:

* An entry's body is JSON with `at`, `data`, `kind`, `prev`, `seq`. Its leaf hash is SHA-256 of a zero byte and the
  body; `prev` is the leaf hash of the entry before, in hexadecimal (64 zeros in entry 1); `seq` counts from 1; `at`
  never goes back. The leaf hashes are the leaves of a Merkle tree (RFC 9162, section 2.1).
* A checkpoint is a signed note (C2SP signed-note, tlog-checkpoint): log name, size and root in base64, a line each, an
  empty line, and signatures. The key is that of the last entry of kind `key` so far; where such an entry names another
  key than before, a checkpoint that ends with it is signed by both.
* `packed` in an entry is the SHA-256 of the hashes kept beside it: 48 bytes for each answer, a tag of 16 and a seal of
  32. With the salt S of a row (32 bytes): tag = SHA-256("tag" 0 S)[:16], seal = SHA-256("seal" 0 S lengths parts) over
  the row's key as JSON, its state, body and scores; the lengths are four decimal numbers, blanks between, a line feed
  behind. The newest commitment of a tag counts; in order they are the leaves of the tree that a verdict names.
* A verdict is an in-toto statement in a DSSE envelope, signed over "DSSEv1 LEN TYPE LEN PAYLOAD".

It does not compute the decision again; `assay verify --run` does.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LARGEST = 64 * 1024 * 1024


class Unreadable(Exception):
    """A file that is not what it should be."""


class Report:
    """What was found, line by line."""

    def __init__(self) -> None:
        self.bad: list[str] = []
        self.unchecked: list[str] = []
        self.good: list[str] = []
        self.notes: list[str] = []
        self.lines: list[tuple[str, str, dict[str, str]]] = []

    def code(self) -> int:
        return 1 if self.bad else 4 if self.unchecked else 0

    def show(self) -> None:
        print({0: "VERIFIED", 1: "NOT VERIFIED", 4: "NOT FULLY CHECKED"}[self.code()])
        for word, lines in (
            ("does not hold", self.bad),
            ("not checked", self.unchecked),
            ("holds", self.good),
            ("note", self.notes),
        ):
            for line in lines[:100]:
                print(f"  {word:<14} {plain(line)}")


def plain(text: str) -> str:
    """Nothing that a terminal would obey."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


# Hashes and trees (RFC 9162, 2.1)


def hashed(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_of(content: bytes) -> bytes:
    return hashed(b"\0", content)


def tree_of(leaves: list[bytes]) -> bytes:
    """Root of a tree, level by level: neighbours are joined, an odd one at the end moves up as it is."""
    if not leaves:
        return hashed()
    level = leaves
    while len(level) > 1:
        joined = [hashed(b"\1", level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = joined + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that a path leads to from a leaf; None where the path does not fit index and size."""
    if not 0 <= index < size:
        return None
    steps = list(path)

    def climb(at: int, count: int) -> bytes:
        if count == 1:
            return leaf
        half = 1 << ((count - 1).bit_length() - 1)
        step = steps.pop()  # the path is listed from the leaf up; the root's step comes last
        if at < half:
            return hashed(b"\1", climb(at, half), step)
        return hashed(b"\1", step, climb(at - half, count - half))

    try:
        found = climb(index, size)
    except IndexError:
        return None
    return found if not steps else None


def roots_by_path(earlier: int, later: int, before: bytes, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """The two roots that a consistency path leads to (2.1.4.1 read backwards); None where it does not fit."""
    if not 0 < earlier <= later:
        return None
    steps = list(path)

    def climb(old: int, count: int, whole: bool) -> tuple[bytes, bytes]:
        if old == count:
            found = before if whole else steps.pop(0)
            return found, found
        half = 1 << ((count - 1).bit_length() - 1)
        if old <= half:
            one, other = climb(old, half, whole)
            return one, hashed(b"\1", other, steps.pop(0))
        one, other = climb(old - half, count - half, False)
        left = steps.pop(0)
        return hashed(b"\1", left, one), hashed(b"\1", left, other)

    try:
        found = climb(earlier, later, True)
    except IndexError:
        return None
    return found if not steps else None


# Keys, notes, envelopes


class Key:
    """An Ed25519 public key with a name."""

    def __init__(self, text: str) -> None:
        if text.strip().startswith("PRIVATE+KEY+"):
            raise Unreadable("this is a private key, for nobody's eyes; give the public one")
        try:
            self.name, number, packed = text.strip().split("+", 2)
            raw = base64.b64decode(packed, validate=True)
        except ValueError as error:
            raise Unreadable("no public key: expected NAME+ID+BASE64") from error
        if len(raw) != 33 or raw[0] != 1:
            raise Unreadable("no Ed25519 key")
        self.id = hashed(self.name.encode(), b"\n", raw)[:4]
        if self.id.hex() != number:
            raise Unreadable("the public key does not match its own id")
        self.text = text.strip()
        self.short = f"{self.name}+{number}"
        self._key = Ed25519PublicKey.from_public_bytes(raw[1:])

    def signed(self, signature: bytes, content: bytes) -> bool:
        try:
            self._key.verify(signature, content)
        except InvalidSignature:
            return False
        return True


def key_given(text: str | None) -> Key | None:
    if text is None:
        return None
    return Key(read(Path(text)) if "+" not in text or Path(text).is_file() else text)


def read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise Unreadable(f"{path}: too large")
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path}: cannot be read: {error}") from error


def state_of(note: str, key: Key) -> tuple[str, int, bytes] | None:
    """Log name, size and root of a checkpoint that the key signed; None where it did not.

    Raises:
        Unreadable: It is no checkpoint, or what claims to be the key's signature is false.
    """
    text, gap, tail = note.rpartition("\n\n")
    signed = False
    try:
        if not gap or not tail.endswith("\n"):
            raise ValueError("no note")
        for line in tail[:-1].split("\n"):
            dash, name, packed = line.split(" ")
            raw = base64.b64decode(packed, validate=True)
            if dash != "\u2014":
                raise ValueError("no signature line")
            if (name, raw[:4]) == (key.name, key.id):
                if not key.signed(raw[4:], (text + "\n").encode()):
                    raise Unreadable(f"a signature of {key.short} is false")
                signed = True
        origin, size, packed = text.split("\n")[:3]
        found = base64.b64decode(packed, validate=True)
        if not origin or size != str(int(size)) or int(size) < 0 or len(found) != 32:
            raise ValueError("no checkpoint")
    except ValueError as error:
        raise Unreadable("no signed checkpoint") from error
    return (origin, int(size), found) if signed else None


# The ledger


class Entry:
    """One row, read but not believed."""

    def __init__(self, body: bytes) -> None:
        value = json.loads(body.decode())
        self.at, self.kind, self.prev, self.seq = value["at"], value["kind"], value["prev"], value["seq"]
        self.data = value["data"]
        if not (isinstance(self.at, str) and isinstance(self.kind, str) and isinstance(self.data, dict)):
            raise ValueError("not an entry")


def rows_of(path: Path, query: str) -> list[tuple[Any, ...]]:
    if not path.is_file():
        raise Unreadable(f"{path}: no such file")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            kinds = base.execute("SELECT type FROM sqlite_master WHERE name IN ('entries', 'leaves', 'checkpoints')")
            if [kind for (kind,) in kinds] != ["table"] * 3:
                raise Unreadable(f"{path}: no ledger")
            return base.execute(query).fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: no ledger that can be read: {error}") from error


def check_ledger(path: Path, key: Key | None, anchors: list[str], report: Report) -> dict[str, Any]:
    """Every entry, every checkpoint; gives entries and leaves."""
    check_form(path, report)
    entries, leaves = check_chain(path, report)
    check_beside(path, entries, report)
    signed = check_checkpoints(path, entries, leaves, key, report)
    origin = entries[0].data.get("origin") if entries and entries[0] else None
    for note in anchors:
        names = {entry.data.get("key") for entry in entries if entry and entry.kind == "key"}
        known = [key] if key else [Key(str(name)) for name in names]
        states = [state for one in known if (state := state_of(note, one))]
        if not states:
            report.bad.append("the checkpoint from elsewhere is signed by no key of this ledger")
        for name, size, found in states[:1]:
            if name != origin:
                report.bad.append(f"the checkpoint from elsewhere is of another log, {name}")
            elif size > len(leaves):
                report.bad.append(
                    f"entries {len(leaves) + 1} to {size} are missing: a checkpoint from elsewhere has them"
                )
            elif tree_of(leaves[:size]) != found:
                report.bad.append(f"entries 1 to {size} are not those of the checkpoint from elsewhere")
            else:
                report.good.append(f"extends the checkpoint from elsewhere ({size} entries)")
    if key is None:
        report.unchecked.append("who signed: give the key that you trust with --key")
    elif signed < len(leaves):
        report.unchecked.append(f"entries {signed + 1} to {len(leaves)}: no checkpoint covers them")
    if not report.bad:
        report.good.append(f"{len(leaves)} entries, each following the one before; signed up to entry {signed}")
    if not anchors:
        report.notes.append(
            "entries cut from the end together with their checkpoints are not seen: give a --checkpoint kept elsewhere"
        )
    return {"entries": entries, "leaves": leaves}


TABLES = {
    "entries": "(seq INTEGER PRIMARY KEY, body BLOB NOT NULL, leaf BLOB NOT NULL) STRICT",
    "leaves": "(seq INTEGER PRIMARY KEY, packed BLOB NOT NULL) STRICT",
    "checkpoints": "(size INTEGER NOT NULL, note TEXT NOT NULL) STRICT",
}
ONLY_GROWS = "SELECT RAISE(ABORT, 'the ledger only grows')"


def check_form(path: Path, report: Report) -> None:
    """The file holds three tables, and two triggers for each that refuse changes; a trigger more could take entries."""
    wanted = {("table", name): f"CREATE TABLE {name} {form}" for name, form in TABLES.items()}
    for name in TABLES:
        for what in ("UPDATE", "DELETE"):
            form = f"CREATE TRIGGER {name}_{what} BEFORE {what} ON {name} BEGIN {ONLY_GROWS}; END"
            wanted["trigger", f"{name}_{what}"] = form
    found = {(kind, name): form for kind, name, form in rows_of(path, "SELECT type, name, sql FROM sqlite_master")}
    for kind, name in sorted({*wanted, *found}, key=str):
        if found.get((kind, name)) != wanted.get((kind, name)):
            how = "missing" if (kind, name) not in found else "not one that a ledger has"
            report.bad.append(f"the file's {kind} '{name}' is {how}")


def check_chain(path: Path, report: Report) -> tuple[list[Entry | None], list[bytes]]:
    entries: list[Entry | None] = []
    leaves: list[bytes] = []
    before, last = "0" * 64, ""
    for seq, body, leaf in rows_of(path, "SELECT seq, body, leaf FROM entries ORDER BY seq"):
        number = len(entries) + 1
        if seq != number:
            report.bad.append(f"entry {number} is missing: {seq} stands in its place")
            return entries, leaves
        if not isinstance(body, bytes) or not isinstance(leaf, bytes) or leaf_of(body) != leaf:
            report.bad.append(f"entry {seq} was altered: its body has another hash")
        leaves.append(leaf if isinstance(leaf, bytes) else b"")
        try:
            entry = Entry(body)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            report.bad.append(f"entry {seq} cannot be read")
            entries.append(None)
            before = leaves[-1].hex()
            continue
        if entry.seq != seq or entry.prev != before:
            report.bad.append(f"entry {seq} does not follow the entry before it")
        if entry.at < last:
            report.bad.append(f"entry {seq} is dated before the entry that it follows")
        if entry.kind == "clock":
            report.bad.append(f"entry {seq}: the clock was turned back")
        if (seq == 1) != (entry.kind == "opened"):
            report.bad.append(f"entry {seq} is of kind {entry.kind}")
        entries.append(entry)
        before, last = leaves[-1].hex(), max(last, entry.at)
    return entries, leaves


def check_beside(path: Path, entries: list[Entry | None], report: Report) -> None:
    beside = dict(rows_of(path, "SELECT seq, packed FROM leaves"))
    for seq, entry in enumerate(entries, 1):
        wanted, packed = (entry.data.get("packed") if entry else None), beside.pop(seq, None)
        if wanted is None and packed is None:
            continue
        if not isinstance(packed or b"", bytes) or hashed(packed or b"").hex() != wanted:
            report.bad.append(f"the hashes beside entry {seq} are not those that it recorded")
    if beside:
        report.bad.append("hashes stand beside entries that do not exist")


def check_checkpoints(
    path: Path, entries: list[Entry | None], leaves: list[bytes], key: Key | None, report: Report
) -> int:
    """Gives the number of entries that good checkpoints cover."""
    named = [(seq, str(entry.data.get("key"))) for seq, entry in enumerate(entries, 1) if entry and entry.kind == "key"]
    origin = entries[0].data.get("origin") if entries and entries[0] else None
    covered, sizes = 0, []
    for size, note in rows_of(path, "SELECT size, note FROM checkpoints ORDER BY size"):
        sizes.append(size)
        due = [text for seq, text in named if seq <= size][-1:]
        if [seq for seq, _ in named[1:] if seq == size]:
            due = [text for seq, text in named if seq <= size][-2:]
        try:
            states = [state_of(str(note), Key(text)) for text in due]
        except Unreadable as error:
            report.bad.append(f"the checkpoint at entry {size}: {error}")
            continue
        if not states or None in states:
            report.bad.append(f"the checkpoint at entry {size} is not signed by the key in force")
        elif size > len(leaves):
            report.bad.append(f"entries {len(leaves) + 1} to {size} are missing: a checkpoint covers them")
        elif any(state != (origin, size, tree_of(leaves[:size])) for state in states):
            report.bad.append(f"entries {covered + 1} to {size} are not those that were signed")
        else:
            covered = max(covered, size)
    if len(sizes) != len(set(sizes)):
        report.bad.append("two checkpoints stand at one entry")
    for seq, _ in named[1:]:
        if seq not in sizes:
            report.bad.append(f"entry {seq} hands over to another key, and no checkpoint of both signs it")
    if named and not covered:
        report.bad.append("the ledger names a key, and no checkpoint is signed")
    if key is not None and key.text not in [text for _, text in named]:
        report.bad.append(f"the key that is trusted, {key.short}, is not one of this ledger")
    return covered


def counted(path: Path, entries: list[Entry | None], run: str) -> dict[str, Any]:
    """Answers of a run: how many, the root over their commitments, how many came late and what they replaced."""
    beside = dict(rows_of(path, "SELECT seq, packed FROM leaves"))
    newest: dict[bytes, bytes] = {}
    late: set[bytes] = set()
    replaced = 0
    for seq, entry in enumerate(entries, 1):
        if entry and entry.kind == "trials" and entry.data.get("run") == run:
            packed = beside.get(seq, b"")
            batch = {packed[at : at + 16]: packed[at : at + 48] for at in range(0, len(packed), 48)}
            newest |= batch
            late |= set(batch) if entry.data.get("late") else set()
            replaced += int(entry.data.get("replaced") or 0)
    top = tree_of([leaf_of(one) for one in sorted(newest.values())]).hex()
    return {"count": len(newest), "root": top, "late": len(late), "replaced": replaced}


# The verdict


def check_verdict(text: str, key: Key | None, ledger: Path | None, report: Report) -> None:
    try:
        envelope = json.loads(text)
        kind, payload = envelope["payloadType"], base64.b64decode(envelope["payload"], validate=True)
        signatures = [base64.b64decode(one["sig"], validate=True) for one in envelope["signatures"]]
        statement = json.loads(payload.decode())
        own = statement["predicate"]["assay"]
        verdict, stated, proofs = own["verdict"], own["ledger"], own["proofs"]
        name, decision, size = verdict["candidate"]["name"], verdict["decision"], int(stated["size"])
        report.lines.append((own["run"], name, {one["candidate"]: one["decision"] for one in own["candidates"]}))
        for one in own["earlier"]:
            told = ", ".join(one["decisions"]) or "ended before a decision"
            report.notes.append(f"earlier run of this ledger, {one['registered'][:19]}: {told}")
        if kind != "application/vnd.in-toto+json" or own["schema"] != "assay/attestation/1":
            raise ValueError("another kind")
        root = bytes.fromhex(stated["root"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise Unreadable(f"no signed verdict: {type(error).__name__}") from error
    content = b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(payload), payload)
    note = " (exploratory)" if verdict.get("exploratory") else ""
    if key is None:
        report.unchecked.append("the signature: give the key that you trust with --key")
    elif any(key.signed(one, content) for one in signatures):
        report.good.append(f"{name}: {decision}{note}, signed by {key.short}")
    else:
        report.bad.append(f"the signature is not that of {key.short}")
    digest = str(verdict["candidate"].get("digest")).removeprefix("sha256:")
    try:
        if digest not in [one["digest"]["sha256"] for one in statement["subject"]]:
            report.bad.append("the subject is another candidate than the verdict's")
        shown = {name: shown_entry(name, proof, size, root) for name, proof in proofs.items()}
        if key is not None and state_of(stated["checkpoint"], key) != (stated["origin"], size, root):
            report.bad.append("the checkpoint is not one of this key over these entries")
        registered, ended = shown["registered"], shown["ended"]
        first = shown["first"] if own["samples"]["count"] else ended
        if {registered.data.get("run"), ended.data.get("run"), first.data.get("run")} != {own["run"]}:
            report.bad.append("the entries that are shown are of another run")
        if ended.data.get("samples") != own["samples"]:
            report.bad.append("the answers that are counted are not those that the ledger recorded at the end")
        late, replaced, count = (int(own["samples"][name]) for name in ("late", "replaced", "count"))
        if late or replaced:
            told = f"{late} of {count} answers came to the ledger late, after a kill; {replaced} replaced other ones"
            (report.bad if late >= count else report.unchecked).append(told)
        if registered.data.get("code") != own["code"]:
            report.bad.append("the verdict names another program than the one that was registered")
        if registered.data.get("answers"):
            report.bad.append("answers were there before the ledger knew of the run")
        if registered.seq >= first.seq and not verdict["exploratory"]:
            report.bad.append("the bar was registered after the first answers")
        elif not report.bad:
            report.good.append(f"registered by entry {registered.seq}, first answers by entry {first.seq}")
    except (Unreadable, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        report.bad.append(f"registration and end are not proved: {error}")
        return
    if ledger is None:
        report.unchecked.append("the ledger itself: give it with --ledger")
    else:
        read_ledger = check_ledger(ledger, key, [], report)
        entries, leaves = read_ledger["entries"][:size], read_ledger["leaves"][:size]
        if len(leaves) < size or tree_of(leaves) != root:
            report.bad.append("the ledger is not the one that the verdict was recorded in")
        elif counted(ledger, entries, own["run"]) != own["samples"]:
            report.bad.append("the ledger counts other answers than the verdict")
        else:
            report.good.append(f"{own['samples']['count']} answers are counted, as the ledger recorded them")
    report.unchecked.append("the decision itself: `assay verify --run` computes it again from the records")


KINDS = {"registered": "registered", "first": "trials", "ended": "ended"}


def shown_entry(name: str, proof: Any, size: int, root: bytes) -> Entry:
    body, index = proof["body"].encode(), proof["index"]
    entry = Entry(body)
    if root_by_path(leaf_of(body), index, size, [bytes.fromhex(step) for step in proof["path"]]) != root:
        raise Unreadable(f"'{name}' is not in the ledger")
    if entry.seq != index + 1 or entry.kind != KINDS.get(name):
        raise Unreadable(f"'{name}' is another entry")
    return entry


# Single proofs


def signed_roots(text: str, key: Key) -> set[str]:
    """Roots of the answers that signed verdicts count."""
    found = set()
    for line in filter(str.strip, text.splitlines()):
        envelope = json.loads(line)
        kind, payload = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"], validate=True)
        content = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        if any(key.signed(base64.b64decode(one["sig"], validate=True), content) for one in envelope["signatures"]):
            found.add(str(json.loads(payload.decode())["predicate"]["assay"]["samples"]["root"]))
    return found


def check_proof(text: str, key: Key | None, anchors: list[str], verdict: str | None, report: Report) -> None:
    try:
        proof = json.loads(text)
        kind, size, root = proof["kind"], proof["size"], bytes.fromhex(proof["root"])
        if kind not in ("inclusion", "consistency", "samples") or not isinstance(size, int) or isinstance(size, bool):
            raise ValueError("another kind")
        if kind == "samples":
            rows = [(row, row_commitment(row)) for row in proof["rows"]]
            if not rows:
                raise ValueError("it shows no row")
            for row, commitment in rows:
                path = [bytes.fromhex(step) for step in row["path"]]
                named = "/".join(map(str, row["key"][:3]))
                if root_by_path(leaf_of(commitment), row["index"], row["size"], path) == bytes.fromhex(row["root"]):
                    report.good.append(f"{named} is one of the {row['size']} answers under root {row['root']}")
                else:
                    report.bad.append(f"{named} is not one of the answers under root {row['root']}")
            roots = {row["root"] for row, _ in rows}
            if key is None or verdict is None:
                report.unchecked.append("whose root that is: give the signed verdict with --verdict, and --key")
            elif roots <= signed_roots(verdict, key):
                report.good.append(f"the verdict that {key.short} signed counts these answers")
            else:
                report.bad.append(f"no verdict that {key.short} signed counts these answers")
            return
        path = [bytes.fromhex(step) for step in proof["path"]]
        if kind == "inclusion":
            body, index = proof["body"].encode(), proof["index"]
            holds = root_by_path(leaf_of(body), index, size, path) == root and Entry(body).seq == index + 1
            told = f"entry {index + 1} is in the ledger of {size} entries"
        else:
            before, earlier = bytes.fromhex(proof["earlier"]["root"]), proof["earlier"]["size"]
            holds = roots_by_path(earlier, size, before, path) == (before, root)
            told = f"the ledger of {size} entries extends the one of {earlier}"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise Unreadable(f"no proof: {type(error).__name__}") from error
    (report.good if holds else report.bad).append(told if holds else f"it is not proved that {told}")
    states = [state_of(note, key) for note in anchors] if key else []
    if (proof.get("origin"), size, root) in states:
        report.good.append("the root is that of the signed checkpoint")
    elif key and anchors:
        report.bad.append("the root is not that of the checkpoint")
    else:
        report.unchecked.append("whose root that is: give a checkpoint of this size with --checkpoint, and --key")


def row_commitment(row: Any) -> bytes:
    """Tag and seal of a row that is shown with its salt."""
    salt = bytes.fromhex(row["salt"])
    named = json.dumps(row["key"], ensure_ascii=False, separators=(",", ":"))
    parts = [named.encode(), row["state"].encode(), row["body"].encode(), row["scores"].encode()]
    lengths = " ".join(str(len(part)) for part in parts).encode() + b"\n"
    return hashed(b"tag\0", salt)[:16] + hashed(b"seal\0", salt, lengths, *parts)


def inside(path: Path, name: str) -> Path:
    """The file of a run folder, where a folder was given."""
    return path / name if path.is_dir() else path


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["ledger", "verdict", "proof"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", help="Public key that you trust, or its file.")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], help="Signed note kept elsewhere.")
    parser.add_argument("--ledger", type=Path, help="For a verdict: the ledger that it was recorded in.")
    parser.add_argument("--verdict", type=Path, help="For shown rows: the signed verdict that counts them.")
    options = parser.parse_args(arguments)
    report = Report()
    try:
        key, anchors = key_given(options.key), [read(path) for path in options.checkpoint]
        if options.what == "ledger":
            check_ledger(inside(options.file, "ledger.sqlite"), key, anchors, report)
        elif options.what == "proof":
            verdict = read(options.verdict) if options.verdict else None
            check_proof(read(options.file), key, anchors, verdict, report)
        else:
            lines = [line for line in read(inside(options.file, "verdict.dsse.json")).splitlines() if line.strip()]
            if not lines:
                raise Unreadable(f"{options.file}: empty")
            for line in lines:
                beside = inside(options.ledger, "ledger.sqlite") if options.ledger else None
                check_verdict(line, key, beside, report)
            here = {(run, name) for run, name, _ in report.lines}
            for run, _, candidates in report.lines:
                for name, decision in candidates.items():
                    if (run, name) not in here:
                        report.unchecked.append(f"candidate '{name}' of the same run: {decision}, its line is missing")
    except Unreadable as error:
        print(f"verify_ledger: {plain(str(error))}", file=sys.stderr)
        return 2
    report.show()
    return report.code()


if __name__ == "__main__":
    sys.exit(main())
