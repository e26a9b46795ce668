"""Columns beyond memory: the same numbers wherever they lie, and what is said when the disk is full."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.checks.equals import ranges
from assay.checks.spool import Column, Marks, Spool
from assay.domain.errors import RunFailed

NUMBERS = st.lists(st.integers(0, 2**64 - 1), max_size=60)


@settings(deadline=None)  # the first file takes as long as the disk does
@given(NUMBERS, st.integers(1, 9), st.sampled_from([0, 40, 1 << 20]), st.data())
def test_a_column_is_the_list_it_was_made_of(numbers: list[int], piece: int, most: int, data: st.DataObject) -> None:
    column = Column(Spool(most), "u8", piece)
    cut = data.draw(st.integers(0, len(numbers)))
    column.extend(np.array(numbers[:cut], np.uint64))
    column.extend(np.array(numbers[cut:], np.uint64))
    assert len(column) == len(numbers)
    assert [each for _, part in column.parts() for each in part.tolist()] == numbers
    assert [begin for begin, _ in column.parts()] == list(range(0, len(numbers), piece))
    places = data.draw(st.lists(st.integers(0, len(numbers) - 1), max_size=20)) if numbers else []
    assert column.at(places).tolist() == [numbers[place] for place in places]
    begin = data.draw(st.integers(0, len(numbers)))
    end = data.draw(st.integers(begin, len(numbers)))
    assert column.between(begin, end).tolist() == numbers[begin:end]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=60), st.integers(1, 80))
def test_ranges_give_every_number_but_zero_once_and_equal_ones_together(numbers: list[int], at_once: int) -> None:
    numbers += numbers[: len(numbers) // 2]
    column = np.array(numbers, np.uint64)

    def scan() -> Any:
        return iter([(0, column[:3]), (3, column[3:])])

    found = [own for [own] in ranges(len(numbers), scan, at_once=at_once)]
    assert sorted(place for _, places in found for place in places.tolist()) == [n for n, v in enumerate(numbers) if v]
    seen = [set(values.tolist()) for values, _ in found]
    assert sum(map(len, seen)) == len(set().union(*seen))
    for values, places in found:
        assert values.tolist() == [numbers[place] for place in places.tolist()]


@given(st.lists(st.integers(0, 99), max_size=50))
def test_marks_are_a_set(places: list[int]) -> None:
    marks = Marks(100)
    marks.put(places)
    assert np.flatnonzero(marks.between(0, 100)).tolist() == sorted(set(places))
    assert marks.between(5, 60).tolist() == [place in places for place in range(5, 60)]
    assert marks.at(np.arange(100)).tolist() == marks.between(0, 100).tolist()


def test_room_that_was_given_up_is_used_again() -> None:
    spool = Spool(most=16)
    for number in range(10):
        pieces = [spool.put(np.full(2, number)), spool.put(np.full(2, -number))]
        assert [spool.get(piece).tolist() for piece in pieces] == [[number] * 2, [-number] * 2]
        for piece in pieces:
            spool.free(piece)
    assert spool.held == 0
    assert spool.written == 16


def test_nothing_lies_in_the_folder_while_the_file_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = Spool(most=0)
    piece = spool.put(np.arange(1000))
    assert list(tmp_path.iterdir()) == []
    assert spool.get(piece).tolist() == list(range(1000))


class _Full:
    """A file on a disk that takes some bytes and no more."""

    def __init__(self, left: int) -> None:
        self._left = left

    def close(self) -> None:
        """Nothing to do."""

    def seek(self, place: int) -> None:
        """Anywhere."""

    def write(self, data: memoryview) -> int:
        if not self._left:
            raise OSError(errno.ENOSPC, "No space left on device")
        written, self._left = min(self._left, len(data)), self._left - min(self._left, len(data))
        return written


def _full(**_: Any) -> _Full:
    return _Full(100)


def _absent(**_: Any) -> IO[bytes]:
    raise FileNotFoundError(errno.ENOENT, "No such file or directory")


@pytest.mark.parametrize(("made", "said"), [(_full, "No space left on device"), (_absent, "No such file")])
def test_a_full_disk_ends_the_run_with_what_to_do(
    made: Callable[..., Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", made)
    with pytest.raises(RunFailed, match=f"temporary file in .*{said}.*set TMPDIR"):
        Spool(most=0).put(np.arange(1000))


def test_a_file_that_was_cut_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cut"
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: path.open("w+b", buffering=0))
    spool = Spool(most=0)
    piece = spool.put(np.arange(1000))
    path.write_bytes(b"")
    with pytest.raises(RunFailed, match="ends 8,000 bytes too early"):
        spool.get(piece)
