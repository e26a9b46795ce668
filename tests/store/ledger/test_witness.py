"""What the ledger is told of a run: every trial once, late ones marked, differences named."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from assay.store.ledger import witness
from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.commitments import TAG, WIDTH, Salt, latest, split, tree_leaves
from assay.store.ledger.merkle import root
from assay.store.ledger.witness import Row, Witness, differing_rows, last_word, told

SALT = Salt(bytes(range(32)))


def row(number: int, scores: bytes = b"[]", state: str = "answered") -> Row:
    return (("candidate", "golden", f"s{number}", "sha256:00", 1), state, b"{}", scores)


@pytest.fixture
def made(tmp_path: Path) -> Witness:
    return Witness(Ledger(tmp_path / NAME, write=True, origin="o"), "run", SALT)


def trials(made: Witness) -> list[dict[str, object]]:
    return [dict(entry.data) for entry in made.ledger.entries("trials")]


def test_a_commitment_by_hand() -> None:
    """The formula of docs and verifier, written out."""
    name = b'["candidate","golden","s1","sha256:00",1]'
    salt = hashlib.sha256(b"row\0" + bytes(range(32)) + name).digest()
    wanted = hashlib.sha256(b"tag\0" + salt).digest()[:16]
    wanted += hashlib.sha256(b"seal\0" + salt + b"%d 8 2 2\n" % len(name) + name + b"answered{}[]").digest()
    assert SALT.commit(*row(1)) == wanted
    assert len(wanted) == WIDTH


def test_parts_cannot_be_moved_into_each_other() -> None:
    key = row(1)[0]
    one = SALT.commit(key, "answered", b"{}x", b"[]")
    assert one != SALT.commit(key, "answered", b"{}", b"x[]")
    assert one != SALT.commit(key, "answered{", b"}x", b"[]")
    assert Salt(bytes(32)).commit(*row(1)) != SALT.commit(*row(1))


def test_split_and_latest() -> None:
    first, second, again = SALT.commit(*row(1)), SALT.commit(*row(2)), SALT.commit(*row(1, b"[1]"))
    assert latest([first + second, again]) == {first[:TAG]: again, second[:TAG]: second}
    with pytest.raises(ValueError):
        split(first[:-1])


def test_trials_are_told_in_batches(made: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        made.saw(row(number))
    made.settle()
    assert not trials(made)  # not a second has passed
    made.settle(now=True)
    assert [one["count"] for one in trials(made)] == [5]
    made.settle(now=True)
    assert len(trials(made)) == 1
    monkeypatch.setattr(witness, "MOST", 2)
    for number in range(5, 10):
        made.saw(row(number))
    made.settle()
    assert [one["count"] for one in trials(made)] == [5, 2, 2, 1]
    leaves = tree_leaves(SALT.commit(*row(number)) for number in range(10))
    assert made.samples() == {"count": 10, "root": root(leaves).hex()}


def test_what_a_killed_process_had_not_told_is_told_late(made: Witness) -> None:
    made.saw(row(1))
    made.saw(row(2, state="timeout"))
    made.settle(now=True)
    assert made.catch_up([row(1), row(2), row(3)]) == 2
    assert [(one.get("late"), one.get("replaced")) for one in trials(made)] == [(None, None), (True, 1)]
    assert made.catch_up([row(1), row(2), row(3)]) == 0
    assert len(told(made.ledger, "run")) == 3


def test_differences_are_named(made: Witness) -> None:
    for number in range(4):
        made.saw(row(number))
    made.say("ended", {})
    rows = [row(0), row(1, b"[1]"), row(9)]
    said = list(differing_rows(made.ledger, "run", SALT, rows, [row(2)[0]]))
    assert len(said) == 4
    assert "golden/s1 is not what entry 2 recorded" in said[0]
    assert "golden/s9 is in the run file, and no entry" in said[1]
    assert "golden/s2, recorded by entry 2, is gone" in said[2]
    assert "(number 4 there) is gone" in said[3]
    assert not list(differing_rows(made.ledger, "run", SALT, [row(n) for n in range(4)], ()))


def test_runs_of_one_ledger_are_kept_apart(made: Witness) -> None:
    made.saw(row(1))
    made.say("ended", {})
    other = Witness(made.ledger, "other", SALT)
    other.say("registered", {})
    assert (last_word(made.ledger, "run"), last_word(made.ledger, "other"), last_word(made.ledger, "x")) == (
        "ended",
        "registered",
        "",
    )
    assert not told(made.ledger, "other")
