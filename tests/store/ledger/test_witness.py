"""What the ledger is told of a run: every trial once, late ones marked, differences named."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from assay.domain.errors import RunFailed
from assay.domain.trial import Failure, Trial
from assay.store.ledger import witness
from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.commitments import TAG, WIDTH, Salt, latest, split, tree_leaves
from assay.store.ledger.merkle import root
from assay.store.ledger.witness import Row, Witness, differing_rows, last_word, step_of, told
from assay.store.runs import RunFile

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
    made.saw(row(0))
    made.settle()
    assert [one["count"] for one in trials(made)] == [1]  # the first is told at once
    for number in range(1, 5):
        made.saw(row(number))
    made.settle()
    assert len(trials(made)) == 1  # not a second has passed
    made.settle(now=True)
    assert [one["count"] for one in trials(made)] == [1, 4]
    made.settle(now=True)
    assert len(trials(made)) == 2
    monkeypatch.setattr(witness, "MOST", 2)
    made.step = 5
    for number in range(5, 10):
        assert len(trials(made)) == 2
        made.saw(row(number))
        made.settle()
    assert [one["count"] for one in trials(made)] == [1, 4, 2, 2, 1]
    leaves = tree_leaves(SALT.commit(*row(number)) for number in range(10))
    assert made.samples() == {"count": 10, "root": root(leaves).hex(), "late": 0, "replaced": 0}


def test_what_a_killed_process_had_not_told_is_told_late(made: Witness) -> None:
    made.saw(row(1))
    made.saw(row(2, state="timeout"))
    made.settle(now=True)
    assert made.catch_up([row(1), row(2), row(3)]) == 2
    assert [(one.get("late"), one.get("replaced")) for one in trials(made)] == [(None, None), (True, 1)]
    assert made.catch_up([row(1), row(2), row(3)]) == 0
    assert len(told(made.ledger, "run")) == 3
    assert [made.samples()[name] for name in ("count", "late", "replaced")] == [3, 2, 1]
    made.saw(row(2, state="timeout"))
    made.settle(now=True)
    assert [made.samples()[name] for name in ("count", "late", "replaced")] == [3, 1, 1], "asked again in the open"


def test_more_than_a_killed_process_leaves_is_not_taken(made: Witness) -> None:
    made.step = 3
    assert made.catch_up([row(n) for n in range(6)]) == 6
    with pytest.raises(RunFailed, match="7 answers are not as the ledger recorded them"):
        made.catch_up([row(n, b"[1]") for n in range(7)])
    assert len(trials(made)) == 1, "nothing was told"


@pytest.mark.parametrize("planned", [1, 100, 20_000, 20_001, 200_000])
def test_what_can_be_late_is_a_small_part_of_a_run(planned: int) -> None:
    assert step_of(planned) == max(50, -(-planned // 400))


def test_no_more_than_one_step_is_written_before_the_ledger_is_told(tmp_path: Path) -> None:
    """Whatever is killed, the run file holds at most so many trials that the ledger does not know."""
    run, most = RunFile(tmp_path), 0

    class Watched(Witness):
        def settle(self, *, now: bool = False) -> None:
            nonlocal most
            most = max(most, run.count() - len(told(self.ledger, "run")))
            super().settle(now=now)

    with Ledger(tmp_path / NAME, write=True) as ledger:
        run.watcher = Watched(ledger, "run", run.salt, step=10)
        for number in range(95):
            subject, task, sample, digest, epoch = row(number)[0]
            key = {"subject": subject, "task": task, "sample_id": sample, "sample_digest": digest}
            run.record(Trial(**key, epoch=epoch, failure=Failure(cause="timeout", message="late")), ())
        run.flush()
        run.watcher.settle(now=True)
        assert (most <= 20, len(told(ledger, "run"))) == (True, 95)
    run.close()


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
