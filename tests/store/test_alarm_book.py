from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assay.domain.alerting import case_id
from assay.domain.errors import ConfigurationError, RunConflict, RunFailed
from assay.domain.watched import Alarm
from assay.store.alarm_book import AlarmBook, raised
from assay.store.alarm_words import opened
from assay.store.ledger.book import NAME, Ledger

HOUR = 3600 * 10**9


def alarm(route: str = "jane.doe@example.com", **changed: Any) -> Alarm:
    made = Alarm(
        metric="refusal", segment=(("user", route),), at_ns=12 * HOUR, since_ns=10 * HOUR, since_low_ns=9 * HOUR,
        since_high_ns=11 * HOUR, before=0.02, now=0.06, low=0.04, high=0.08, n=500, detector="test",
    )  # fmt: skip
    return replace(made, **changed)


def test_states_are_entries_with_who_acted(tmp_path: Path) -> None:
    book = AlarmBook(tmp_path, lambda: [alarm()])
    assert book.cases()[0].state == "open", "also before anything is written"
    assert book.reconcile(0.25) == 1 and book.reconcile(0.25) == 0
    name = book.cases()[0].id
    found = book.acknowledge(name[:6], by="Ana", owner="Team A", note="the new prompt")
    assert (found.state, found.owner) == ("acknowledged", "Team A")
    found = book.resolve(name, by="Bob", note="rolled back")
    assert found.state == "resolved"
    assert [(one.word, one.by, one.note) for one in found.steps] == [
        ("raised", "assay", ""), ("acknowledged", "Ana", "the new prompt"), ("resolved", "Bob", "rolled back"),
    ]  # fmt: skip
    with Ledger(tmp_path) as ledger:
        kinds = [(one.kind, one.data.get("by"), one.data.get("state")) for one in ledger.entries(after=1)]
    assert kinds == [
        ("alarm", "assay", "open"),
        ("alarm_acknowledged", "Ana", "acknowledged"),
        ("alarm_resolved", "Bob", "resolved"),
    ]
    with pytest.raises(RunConflict, match="is resolved already, by Bob"):
        book.acknowledge(name, by="Eve")


def test_another_process_sees_what_this_one_wrote(tmp_path: Path) -> None:
    one, two = (AlarmBook(tmp_path, lambda: [alarm()]) for _ in range(2))
    one.reconcile(0.25)
    two.acknowledge(case_id(alarm()), by="Ana")
    assert one.cases()[0].owner == "Ana" and two.reconcile(0.25) == 0
    with Ledger(tmp_path, write=True) as ledger:
        ledger.append("alarm", raised(alarm()))  # the process that judges wrote it at the same moment
    assert one.cases()[0].state == "acknowledged" and len(one.events()) == 2


def test_no_name_of_a_cohort_and_no_note_stands_in_the_ledger(tmp_path: Path) -> None:
    book = AlarmBook(tmp_path, lambda: [alarm()])
    book.reconcile(0.25)
    book.acknowledge(case_id(alarm()), by="Ana", note="Jane said so")
    with Ledger(tmp_path) as ledger:
        told = b"".join(body for _, body, _ in ledger.raw())
    assert b"jane" not in told.lower() and b"said so" not in told
    base = opened(tmp_path)
    base.execute("DELETE FROM words")
    base.close()
    assert AlarmBook(tmp_path, lambda: [alarm()]).cases()[0].steps[-1].note == "(erased)"


def test_growth_counts_from_what_was_told_last(tmp_path: Path) -> None:
    held = [alarm()]
    book = AlarmBook(tmp_path, lambda: held)
    sizes = (0.06, 0.069, 0.071, 0.075, 0.085, 0.05)
    told = []
    for now in sizes:
        held[:] = [alarm(now=now)]
        told.append(book.reconcile(0.25))
    assert told == [1, 0, 1, 0, 1, 0]


def test_an_alarm_that_is_over_is_resolved_once(tmp_path: Path) -> None:
    held = [alarm(closed_ns=20 * HOUR)]
    book = AlarmBook(tmp_path, lambda: held)
    assert book.reconcile(0.25) == 2 and book.reconcile(0.25) == 0
    held.append(alarm(at_ns=40 * HOUR))
    assert book.reconcile(0.25) == 1, "the same figure again is another case"
    assert [one.state for one in book.cases()] == ["resolved", "open"]


def test_an_alarm_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    book = AlarmBook(tmp_path, lambda: [alarm(), alarm("other")])
    for name in ("nothing", ""):
        with pytest.raises(ConfigurationError, match="there is no such alarm. The last ones: " + case_id(alarm())):
            book.acknowledge(name, by="Ana")


def test_a_note_may_be_anything(tmp_path: Path) -> None:
    book = AlarmBook(tmp_path, lambda: [alarm()])
    found = book.acknowledge(case_id(alarm()), by="Ana", note="\ud800 \x00 <b>")
    assert found.steps[-1].note == "? \x00 <b>"


@pytest.mark.parametrize("rehashed", [False, True])
def test_a_ledger_that_was_altered_closes_no_alarm(tmp_path: Path, rehashed: bool) -> None:
    """Who can write the file can say in it that somebody took an alarm."""
    book = AlarmBook(tmp_path, lambda: [alarm()])
    book.acknowledge(case_id(alarm()), by="Ana")
    with Ledger(tmp_path, write=True) as ledger:
        ledger.append("sealed", {})
    with closing(sqlite3.connect(tmp_path / NAME)) as base, base:
        base.execute("DROP TRIGGER entries_UPDATE")
        ((seq, body, leaf),) = base.execute("SELECT * FROM entries WHERE instr(body, ?)", (b"acknowledged",)).fetchall()
        body = body.replace(b'"state":"acknowledged"', b'"state":"resolved"')
        leaf = hashlib.sha256(b"\0" + body).digest() if rehashed else leaf
        base.execute("UPDATE entries SET body = ?, leaf = ? WHERE seq = ?", (body, leaf, seq))
    anew = AlarmBook(tmp_path, lambda: [alarm()])
    assert [(one.state, one.owner) for one in anew.cases()] == [("open", "")]
    assert "ledger.sqlite: altered" in anew.problem
    for act in (lambda: anew.reconcile(0.25), lambda: anew.resolve(case_id(alarm()), by="Eve")):
        with pytest.raises(RunFailed, match="altered"):
            act()


def test_an_entry_that_does_not_follow_the_last_one_read_counts_for_nothing(tmp_path: Path) -> None:
    book = AlarmBook(tmp_path, lambda: [alarm()])
    book.acknowledge(case_id(alarm()), by="Ana")
    with closing(sqlite3.connect(tmp_path / NAME)) as base, base:
        base.execute("INSERT INTO entries SELECT seq + 1, body, leaf FROM entries ORDER BY seq DESC LIMIT 1")
    assert book.cases()[0].state == "open" and "altered" in book.problem
    with closing(sqlite3.connect(tmp_path / NAME)) as base, base:
        base.execute("DROP TRIGGER entries_DELETE")
        base.execute("DELETE FROM entries WHERE seq = (SELECT MAX(seq) FROM entries)")
        base.execute(
            "CREATE TRIGGER entries_DELETE BEFORE DELETE ON entries "
            "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
        )
    assert book.cases()[0].state == "acknowledged" and not book.problem, "a ledger that was restored counts again"
