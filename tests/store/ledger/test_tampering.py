"""A ledger that was changed in any way is found out, and the entry is named."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from assay.domain.errors import AssayError, DataError, RunConflict, RunFailed
from assay.store.ledger import book
from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.canonical import canonical
from assay.store.ledger.check import Examined, examine, sound
from assay.store.ledger.merkle import leaf_hash
from assay.store.ledger.notes import PublicKey, SigningKey

KEY, OTHER = SigningKey("me", bytes(range(32))), SigningKey("other", bytes(32))
ENTRIES = 12


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of twelve entries: opened, key at 4, hashes beside 6, checkpoints at 4, 8 and 12."""
    path = tmp_path_factory.mktemp("ledger") / NAME
    with Ledger(path, write=True, origin="test/log") as made:
        fill(made, KEY)
    return path


def fill(made: Ledger, key: SigningKey) -> None:
    made.extend([("registered", {"n": n, "text": "ä€😀"}) for n in range(2)])
    made.checkpoint(key)
    made.append("registered", {"n": 5})
    made.append("trials", {"packed": hashlib.sha256(bytes(48)).hexdigest(), "run": "r"}, bytes(48))
    made.extend([("x", {"n": n}) for n in range(2)])
    made.checkpoint(key)
    made.extend([("x", {"n": n}) for n in range(4)])
    made.checkpoint(key)


@pytest.fixture
def path(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(written, tmp_path / NAME))


def changed(path: Path, *statements: tuple[str, Sequence[object]]) -> None:
    """The file as whoever can write it would leave it: guards taken away, guards put back."""
    with closing(sqlite3.connect(path)) as base:
        guards = base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            base.execute(f"DROP TRIGGER {name}")
        for statement, values in statements:
            base.execute(statement, values)
        for _, sql in guards:
            base.execute(sql)
        base.commit()


def rows(path: Path) -> list[tuple[int, bytes, bytes]]:
    with closing(sqlite3.connect(path)) as base:
        return base.execute("SELECT seq, body, leaf FROM entries ORDER BY seq").fetchall()


def found(path: Path, key: PublicKey | None = KEY.public, anchors: Sequence[str] = ()) -> Examined:
    with Ledger(path) as opened:
        return examine(opened, key, anchors)


def codes(told: Examined, entry: int | None = None) -> set[str]:
    return {one.code for one in told.problems if entry is None or one.entry == entry}


def test_an_untouched_ledger_is_found_sound(path: Path) -> None:
    told = found(path)
    assert not told.problems
    assert (told.entries, told.signed, told.unsigned, told.checkpoints, told.trusted) == (ENTRIES, ENTRIES, 0, 3, True)


def test_each_bit_of_each_body_and_leaf(path: Path) -> None:
    """Flipped in memory, as a reader would meet it: of the opening, the key, and an entry with hashes beside it."""
    whole = rows(path)

    class Flipped(Ledger):
        bad: tuple[int, int, int]

        def raw(self, after: int = 0):  # type: ignore[no-untyped-def]
            seq, column, bit = self.bad
            for number, body, leaf in whole:
                row = [number, body, leaf]
                if number == seq:
                    some = bytearray(row[column])
                    some[bit // 8] ^= 1 << bit % 8
                    row[column] = bytes(some)
                yield tuple(row)

    with Flipped(path) as opened:
        for seq, body, leaf in (whole[0], whole[3], whole[5]):
            for column, size in ((1, len(body)), (2, len(leaf))):
                for bit in range(8 * size):
                    opened.bad = (seq, column, bit)
                    assert codes(examine(opened, KEY.public), seq) & {"altered"}, (seq, column, bit)


@pytest.mark.parametrize("seq", range(1, ENTRIES + 1))
def test_a_bit_in_the_file_itself(path: Path, seq: int) -> None:
    body = bytearray(rows(path)[seq - 1][1])
    body[len(body) // 2] ^= 4
    changed(path, ("UPDATE entries SET body = ? WHERE seq = ?", (bytes(body), seq)))
    assert "altered" in codes(found(path), seq)


@pytest.mark.parametrize("seq", range(1, ENTRIES + 1))
def test_deletion(path: Path, seq: int) -> None:
    changed(path, ("DELETE FROM entries WHERE seq = ?", (seq,)))
    told = found(path)
    assert told.problems
    named = {one.entry for one in told.problems}
    assert named & {seq, seq + 1}


@pytest.mark.parametrize("seq", range(1, ENTRIES))
def test_deletion_with_all_later_entries_moved_up(path: Path, seq: int) -> None:
    changed(
        path, ("DELETE FROM entries WHERE seq = ?", (seq,)), ("UPDATE entries SET seq = seq - 1 WHERE seq > ?", (seq,))
    )
    assert codes(found(path), seq) & {"order", "chain"}


@pytest.mark.parametrize("seq", range(1, ENTRIES + 1))
def test_insertion(path: Path, seq: int) -> None:
    """A well-formed entry in the middle, and everything behind it moved on."""
    whole = rows(path)
    prev = whole[seq - 1][2]
    body = canonical({"at": "2026-01-01T00:00:00.000000Z", "data": {}, "kind": "x", "prev": prev.hex(), "seq": seq + 1})
    moved = [(f"UPDATE entries SET seq = {n + 1} WHERE seq = {n}", ()) for n in range(ENTRIES, seq, -1)]
    changed(path, *moved, ("INSERT INTO entries VALUES (?, ?, ?)", (seq + 1, body, leaf_hash(body))))
    told = found(path)
    if seq < ENTRIES:
        assert codes(told, seq + 2) & {"order", "chain"}
    else:
        assert "clock" in codes(told, seq + 1)


@pytest.mark.parametrize("seq", range(1, ENTRIES))
def test_reordering(path: Path, seq: int) -> None:
    whole = rows(path)
    changed(
        path,
        ("UPDATE entries SET body = ?, leaf = ? WHERE seq = ?", (*whole[seq][1:], seq)),
        ("UPDATE entries SET body = ?, leaf = ? WHERE seq = ?", (*whole[seq - 1][1:], seq + 1)),
    )
    assert {"order", "chain"} <= codes(found(path), seq)


@pytest.mark.parametrize("left", range(4, ENTRIES))
def test_truncation_below_the_last_checkpoint(path: Path, left: int) -> None:
    changed(path, ("DELETE FROM entries WHERE seq > ?", (left,)))
    assert "truncated" in codes(found(path), left + 1)


def test_truncation_with_its_checkpoint_is_seen_from_elsewhere(path: Path) -> None:
    """The shorter ledger is one that once was; only a checkpoint that was kept elsewhere shows more."""
    with Ledger(path) as opened:
        anchor = opened.checkpoints()[-1][1]
    changed(path, ("DELETE FROM entries WHERE seq > 8", ()), ("DELETE FROM checkpoints WHERE size > 8", ()))
    assert found(path).trusted
    assert "truncated" in codes(found(path, anchors=[anchor]), 9)


def test_no_checkpoint_is_left(path: Path) -> None:
    changed(path, ("DELETE FROM checkpoints", ()))
    assert "truncated" in codes(found(path))


def test_a_checkpoint_twice_or_moved(path: Path) -> None:
    changed(path, ("INSERT INTO checkpoints SELECT * FROM checkpoints WHERE size = 8", ()))
    assert "checkpoint" in codes(found(path), 8)
    changed(
        path, ("DELETE FROM checkpoints WHERE rowid = 4", ()), ("UPDATE checkpoints SET size = 9 WHERE size = 8", ())
    )
    assert "checkpoint" in codes(found(path), 9)


@pytest.mark.parametrize("size", [-1, 0, 13, 2**62])
def test_a_checkpoint_of_no_entry(path: Path, size: int) -> None:
    changed(path, ("UPDATE checkpoints SET size = ? WHERE size = 12", (size,)))
    assert codes(found(path)) & {"checkpoint", "signature", "truncated"}


def rewritten(path: Path, change: Callable[[int, bytes], bytes] = lambda seq, body: body) -> None:
    """The whole chain made anew after a change, as whoever has no key can do."""
    statements: list[tuple[str, Sequence[object]]] = []
    prev = b""
    for seq, body, _ in rows(path):
        read = book.body_of(change(seq, body))
        made = canonical(
            {"at": read.at, "data": read.data, "kind": read.kind, "prev": prev.hex() or book.START, "seq": seq}
        )
        prev = leaf_hash(made)
        statements.append(("UPDATE entries SET body = ?, leaf = ? WHERE seq = ?", (made, prev, seq)))
    changed(path, *statements)


@pytest.mark.parametrize("seq", [2, 5, 7, 11])
def test_the_whole_chain_rewritten_without_the_key(path: Path, seq: int) -> None:
    rewritten(path, lambda at, body: body.replace(b'"n":', b'"m":') if at == seq else body)
    told = found(path)
    assert "checkpoint" in codes(told)
    first = min(one.entry or 99 for one in told.problems if one.code == "checkpoint")
    assert first <= seq


@pytest.mark.parametrize("how", ["key replaced", "key kept", "hand-over to the thief", "hand-over from the thief"])
def test_the_whole_chain_signed_anew_with_another_key(path: Path, how: str, tmp_path: Path) -> None:
    with Ledger(path) as opened:
        anchor = opened.checkpoints()[-1][1]
    forged = tmp_path / "forged" / NAME
    with Ledger(forged, write=True, origin="test/log") as made:
        if how == "key replaced":
            fill(made, OTHER)
        elif how == "key kept":
            made.append("key", {"key": str(KEY.public)})
            made._base.execute("INSERT INTO checkpoints VALUES (?, ?)", (2, book.signed(made.state().text(), [OTHER])))
        elif how == "hand-over to the thief":
            made.append("key", {"key": str(KEY.public)})
            made.append("key", {"key": str(OTHER.public), "before": str(KEY.public)})
            made._sign([OTHER])
        else:
            made.checkpoint(OTHER)
            made.append("key", {"key": str(KEY.public), "before": str(OTHER.public)})
            made._sign([OTHER])
    told = found(forged)
    assert told.problems and codes(told) & {"signature", "key"}
    assert found(forged, None, [anchor]).problems


def test_an_entry_behind_the_last_checkpoint_is_not_vouched_for(path: Path) -> None:
    with Ledger(path, write=True) as opened:
        opened.append("trials", {"run": "r"})
    told = found(path)
    assert (told.unsigned, told.signed) == (1, ENTRIES)


@pytest.mark.parametrize("seq", [0, -1, -(2**63), 2**62 + 1, 2**63 - 1])
def test_entries_out_of_sight_are_seen(path: Path, seq: int) -> None:
    body = canonical({"at": "9", "data": {}, "kind": "registered", "prev": book.START, "seq": 0})
    changed(path, ("INSERT INTO entries VALUES (?, ?, ?)", (seq, body, leaf_hash(body))))
    assert "order" in codes(found(path), seq)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM leaves",
        "UPDATE leaves SET packed = x'00'",
        "UPDATE leaves SET packed = CAST(packed || packed AS BLOB)",
        "UPDATE leaves SET seq = 5",
        "INSERT INTO leaves VALUES (99, x'00')",
        "INSERT INTO leaves VALUES (5, x'00')",
    ],
)
def test_hashes_beside_an_entry(tmp_path: Path, statement: str) -> None:
    packed = bytes(range(96))
    with Ledger(tmp_path / NAME, write=True, origin="o") as made:
        made.checkpoint(KEY)
        made.extend(
            [("trials", {"packed": hashlib.sha256(packed).hexdigest()}), ("x", {}), ("x", {})], [packed, b"", b""]
        )
        made.checkpoint(KEY)
    assert not found(tmp_path / NAME).problems
    changed(tmp_path / NAME, (statement, ()))
    assert "leaves" in codes(found(tmp_path / NAME))


# The clock


def test_a_clock_that_was_turned_back_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "utc_now", lambda: "2020-01-01T00:00:00.000000Z")
    with Ledger(path, write=True) as opened:
        opened.append("x", {})
        opened.checkpoint(KEY)
    told = found(path)
    assert codes(told) == codes(told, ENTRIES + 1) == {"clock"}


def test_a_small_correction_of_the_clock_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger(tmp_path / NAME, write=True, origin="o") as made:
        monkeypatch.setattr(book, "utc_now", lambda: "2030-01-01T00:00:09.000000Z")
        made.append("x", {})
        monkeypatch.setattr(book, "utc_now", lambda: "2030-01-01T00:00:05.000000Z")
        assert made.append("x", {}).at == "2030-01-01T00:00:09.000000Z"
        made.checkpoint(KEY)
    assert not found(tmp_path / NAME).problems


def test_a_time_written_back_in_the_file(path: Path) -> None:
    rewritten(path, lambda seq, body: body.replace(b'"at":"20', b'"at":"19') if seq == 9 else body)
    assert "clock" in codes(found(path), 9)


# Hand-over


def test_rotation(path: Path) -> None:
    with Ledger(path, write=True) as opened:
        with pytest.raises(RunConflict, match="only that key can hand over"):
            opened.rotate(OTHER, KEY)
        with pytest.raises(RunConflict, match="the old one"):
            opened.rotate(KEY, KEY)
        opened.rotate(KEY, OTHER)
        with pytest.raises(RunConflict, match="hand over"):
            opened.checkpoint(KEY)
        opened.append("x", {})
        opened.checkpoint(OTHER)
    for key in (KEY, OTHER):
        told = found(path, key.public)
        assert told.trusted and told.signer == OTHER.public and not told.problems
    assert not found(path, SigningKey("third", bytes(31) + b"x").public).trusted


@pytest.mark.parametrize("keep", [KEY, OTHER])
def test_a_hand_over_needs_both_signatures(path: Path, keep: SigningKey) -> None:
    with Ledger(path, write=True) as opened:
        opened.rotate(KEY, OTHER)
        note = book.signed(opened.state().text(), [keep])
    changed(path, ("UPDATE checkpoints SET note = ? WHERE size = 13", (note,)))
    assert "signature" in codes(found(path), 13)
    changed(path, ("DELETE FROM checkpoints WHERE size = 13", ()))
    assert "key" in codes(found(path), 13)


def test_a_wrong_key_is_named(path: Path) -> None:
    told = found(path, OTHER.public)
    assert not told.trusted
    assert any(OTHER.public.keyid in one.message and KEY.public.keyid in one.message for one in told.problems)


# Files that are none


def test_the_guards_stand_in_the_way(path: Path) -> None:
    with closing(sqlite3.connect(path)) as base:
        for statement in ("DELETE FROM entries", "UPDATE checkpoints SET size = 1", "UPDATE leaves SET packed = x''"):
            with pytest.raises(sqlite3.IntegrityError, match="only grows"):
                base.execute(statement)


def test_a_view_in_place_of_a_table_is_refused(path: Path) -> None:
    """It could answer otherwise each time it is asked."""
    with closing(sqlite3.connect(path)) as base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f"DROP TRIGGER {name}")
        base.execute("ALTER TABLE entries RENAME TO real")
        base.execute("CREATE VIEW entries AS SELECT * FROM real")
        base.commit()
    with pytest.raises(RunFailed, match="no ledger"):
        Ledger(path)


@pytest.mark.parametrize("content", [b"", b"x", b"SQLite format 3\x00" + bytes(4096), bytes(100)])
def test_a_file_that_is_no_ledger(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(AssayError):
        Ledger(tmp_path)


def test_no_ledger_and_another_layout(path: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no ledger here"):
        Ledger(tmp_path / "nowhere")
    rewritten(path, lambda seq, body: body.replace(b'"layout":1', b'"layout":2') if seq == 1 else body)
    with pytest.raises(RunConflict, match="another assay"):
        Ledger(path)


@pytest.mark.parametrize("origin", ["a\nb", "log\n100\nAAAA", "\x1b[2J", " "])
def test_a_log_name_that_could_be_read_as_a_state(tmp_path: Path, origin: str) -> None:
    with pytest.raises(DataError):
        Ledger(tmp_path / NAME, write=True, origin=origin)


def test_a_state_is_not_signed_under_such_a_name(path: Path) -> None:
    """Whoever can write a ledger would have a checkpoint of any root that he likes signed."""
    changed(path, ("DELETE FROM checkpoints", ()))
    rewritten(path, lambda seq, body: body.replace(b'"test/log"', b'"test/log\\n99\\nAAAA"') if seq == 1 else body)
    with Ledger(path, write=True) as opened, pytest.raises(DataError):
        opened.checkpoint(KEY)


def test_pages_torn_at_random(written: Path, tmp_path: Path) -> None:
    """Random bytes anywhere in the file: a problem, an error of ours, or a byte that no record rests on."""
    dice, whole = random.Random(3), written.read_bytes()
    for turn in range(150):
        some = bytearray(whole)
        for _ in range(dice.choice((1, 30))):
            some[dice.randrange(len(some))] = dice.randrange(256)
        path = tmp_path / f"{turn}.sqlite"
        path.write_bytes(some)
        try:
            told = found(path)
        except AssayError:
            continue
        if not told.problems:
            assert rows(path) == rows(written)


SWALLOW = "CREATE TRIGGER t BEFORE INSERT ON {} WHEN NEW.{} > 1 BEGIN SELECT RAISE(IGNORE); END"


@pytest.mark.parametrize(
    "statement",
    [
        SWALLOW.format("entries", "seq"),
        "CREATE TRIGGER t AFTER INSERT ON checkpoints BEGIN SELECT 1; END",
        "CREATE TABLE more (x)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE INDEX i ON entries (leaf)",
        "DROP TRIGGER entries_DELETE",
        "DROP TRIGGER checkpoints_UPDATE",
    ],
)
def test_what_stands_in_the_file_beside_the_ledger(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as base:
        base.execute(statement)
    assert codes(found(path)) == {"foreign"}
    with Ledger(path, write=True) as opened, pytest.raises(RunFailed, match="altered: the file"):
        sound(opened)


@pytest.mark.parametrize("table", ["entries", "leaves", "checkpoints"])
def test_an_entry_that_a_trigger_takes_away(path: Path, table: str) -> None:
    """Whoever writes would be told that it stands there."""
    with closing(sqlite3.connect(path)) as base:
        base.execute(SWALLOW.format(table, "size" if table == "checkpoints" else "seq"))
    with Ledger(path, write=True) as opened:
        size = opened.size
        with pytest.raises(RunFailed, match="what is added to it does not stay"):
            if table == "checkpoints":
                opened.checkpoint(KEY, [("x", {})])
            else:
                opened.append("x", {"packed": hashlib.sha256(b"1" * 48).hexdigest()}, b"1" * 48)
        assert opened.size == size
