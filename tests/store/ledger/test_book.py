"""The ledger's file: who reads while it is made finds a whole one, or none."""

from __future__ import annotations

import threading
from pathlib import Path

from assay.domain.errors import AssayError, DataError
from assay.store.ledger.book import NAME, Ledger


def test_a_reader_never_meets_a_ledger_that_is_half_made(tmp_path: Path) -> None:
    wrong: list[Exception] = []
    folders = [tmp_path / str(number) for number in range(20)]
    now, done = [folders[0]], threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                Ledger(now[0] / NAME).close()
            except DataError:  # there is none yet
                continue
            except AssayError as error:
                wrong.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for folder in folders:
        now[0] = folder
        Ledger(folder / NAME, write=True).close()
    done.set()
    reader.join()
    assert wrong == []
    assert [*tmp_path.rglob(".ledger-*")] == []


def test_two_who_make_a_ledger_at_once_write_the_same_one(tmp_path: Path) -> None:
    both = threading.Barrier(2)

    def write(kind: str) -> None:
        both.wait()
        with Ledger(tmp_path / NAME, write=True) as ledger:
            ledger.append(kind, {})

    writers = [threading.Thread(target=write, args=[kind]) for kind in ("one", "other")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with Ledger(tmp_path / NAME) as ledger:
        assert {entry.kind for entry in ledger.entries()} == {"opened", "one", "other"}
