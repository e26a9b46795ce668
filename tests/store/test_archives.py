"""Zip archives of strangers: every way in which one can be hostile or broken is refused by name."""

from __future__ import annotations

import io
import pickle
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.domain.errors import DataError, MissingExtra
from assay.store import archives
from assay.store.archives import archive

Fill = Callable[[zipfile.ZipFile], None]


def made(tmp_path: Path, fill: Fill, name: str = "log.eval") -> Path:
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fill(opened)
    return path


def opened(path: Path) -> dict[str, bytes]:
    with archive(path) as found:
        return {name: found.read(name) for name in found.names}


def test_members_are_read_in_memory(tmp_path: Path) -> None:
    path = made(tmp_path, lambda log: (log.writestr("a.json", b"{}"), log.writestr("s/b.json", b"[1]"))[0])
    assert opened(path) == {"a.json": b"{}", "s/b.json": b"[1]"}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "name", ["../evil.json", "a/../../evil.json", "/etc/passwd", "a\\..\\evil.json", "C:evil.json"]
)
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, lambda log: log.writestr(name, b"{}"))
    with pytest.raises(DataError, match="leads out of the archive; the archive is refused"):
        opened(path)


def test_control_characters_in_names_are_refused(tmp_path: Path) -> None:
    path = made(tmp_path, lambda log: log.writestr("a\x1b[31m.json", b"{}"))
    with pytest.raises(DataError, match="control characters"):
        opened(path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_special_files_are_refused(tmp_path: Path, kind: int) -> None:
    info = zipfile.ZipInfo("samples/1.json")
    info.external_attr = (kind | 0o777) << 16
    path = made(tmp_path, lambda log: log.writestr(info, "/etc/passwd"))
    with pytest.raises(DataError, match="a link or a special file"):
        opened(path)


@pytest.mark.parametrize("name", ["model.pkl", "x/data.PICKLE", "weights.pt", "arrays.npy"])
def test_pickles_inside_are_refused(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, lambda log: log.writestr(name, pickle.dumps({})))
    with pytest.raises(DataError, match="can run code when loaded"):
        opened(path)


def test_a_pickle_is_not_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    path.write_bytes(pickle.dumps({"eval": 1}))
    with pytest.raises(DataError, match="pickle, which is never loaded"):
        opened(path)


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    path = made(tmp_path, lambda log: log.writestr("samples/1.json", b" " * (archives.RATIO_FROM + 1)))
    with pytest.raises(DataError, match=r"unpacks to \d+ times its size, at most 300"):
        opened(path)


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        ("MOST_MEMBERS", 1, "2 members; at most 1"),
        ("LARGEST_MEMBER", 5, "unpacks to 6 bytes, at most 5"),
        ("LARGEST_TOTAL", 11, "unpacks to 12 bytes; at most 11"),
    ],
)
def test_limits_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, message: str) -> None:
    path = made(tmp_path, lambda log: (log.writestr("a.json", b"123456"), log.writestr("b.json", b"123456"))[0])
    monkeypatch.setattr(archives, limit, value)
    with pytest.raises(DataError, match=message):
        opened(path)


def test_a_size_that_lies_is_found(tmp_path: Path) -> None:
    """A header may say ten bytes and unpack to millions."""
    path = made(tmp_path, lambda log: log.writestr("a.json", b"7" * 1_000_000))
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 10)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"cannot be unpacked|unpacks to more|damaged"):
        opened(path)


def test_names_that_stand_twice_are_refused(tmp_path: Path) -> None:
    path = made(tmp_path, lambda log: (log.writestr("a.json", b"{}"), log.writestr("a.json", b"[]"))[0])
    with pytest.raises(DataError, match=r"1 names stand twice, first 'a.json'"):
        opened(path)


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = made(tmp_path, lambda log: (log.writestr("a.json", b"{}"), log.writestr("b.json", b"[]"))[0])
    content = bytearray(path.read_bytes())
    second = content.find(b"PK\x01\x02", content.find(b"PK\x01\x02") + 4)
    content[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(content)
    with pytest.raises(DataError, match="share bytes"):
        opened(path)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path, lambda log: log.writestr("a.json", b"{}"))
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="is encrypted"):
        opened(path)


def test_an_unknown_packing_is_said(tmp_path: Path) -> None:
    path = made(tmp_path, lambda log: log.writestr("a.json", b"{}"))
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 10 : at + 12] = struct.pack("<H", 97)
    path.write_bytes(content)
    with pytest.raises(DataError, match="packed with method 97"):
        opened(path)


def test_a_cut_archive_is_said(tmp_path: Path) -> None:
    path = made(tmp_path, lambda log: log.writestr("a.json", b"{}"))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError, match="cut or damaged"):
        opened(path)


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    path.write_text('{"eval": {}}')
    with pytest.raises(DataError, match="not a zip archive"):
        opened(path)


@pytest.mark.parametrize("flipped", range(31, 60, 3))
def test_altered_bytes_never_give_other_content(tmp_path: Path, flipped: int) -> None:
    path = made(tmp_path, lambda log: log.writestr("a.json", b'{"samples": [1, 2, 3, 4, 5, 6, 7, 8]}'))
    content = bytearray(path.read_bytes())
    content[flipped] ^= 0xFF
    path.write_bytes(content)
    try:
        found = opened(path)
    except DataError:
        return
    assert found == {"a.json": b'{"samples": [1, 2, 3, 4, 5, 6, 7, 8]}'}


def _as_zstandard(path: Path, packed: bytes, content: bytes) -> None:
    """An archive of one member that says it is packed with Zstandard."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as opened:
        opened.writestr("a.json", packed)
    bytes_ = bytearray(path.read_bytes())
    at = bytes_.find(b"PK\x01\x02")
    for start, size_at, crc_at in ((0, 22, 14), (at, 24, 16)):
        bytes_[start + (8 if start == 0 else 10) : start + (10 if start == 0 else 12)] = struct.pack("<H", 93)
        bytes_[start + size_at : start + size_at + 4] = struct.pack("<I", len(content))
        bytes_[start + crc_at : start + crc_at + 4] = struct.pack("<I", zipfile.zlib.crc32(content))  # type: ignore[attr-defined]
    path.write_bytes(bytes_)


def test_zstandard_members_are_read(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    content = b'{"a": 1}' * 1000
    path = tmp_path / "log.eval"
    _as_zstandard(path, zstandard.ZstdCompressor().compress(content), content)
    assert opened(path) == {"a.json": content}


def test_zstandard_bombs_that_lie_are_stopped(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    path = tmp_path / "log.eval"
    _as_zstandard(path, zstandard.ZstdCompressor().compress(b" " * 50_000_000), b" " * 100)
    with pytest.raises(DataError, match="unpacks to more than the 100 bytes"):
        opened(path)


def test_broken_zstandard_is_said(tmp_path: Path) -> None:
    pytest.importorskip("zstandard")
    path = tmp_path / "log.eval"
    _as_zstandard(path, b"no frame at all", b"content")
    with pytest.raises(DataError, match="cannot be unpacked"):
        opened(path)


def test_without_zstandard_the_way_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    monkeypatch.setitem(__import__("sys").modules, "compression", None)
    path = tmp_path / "log.eval"
    _as_zstandard(path, b"anything", b"content")
    with pytest.raises(MissingExtra, match=r"pip install 'assay-llm\[inspect\]'.*inspect log convert"):
        opened(path)


def test_a_folder_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be opened"):
        opened(tmp_path)


def test_an_archive_within_bytes_before_it_reads_as_it_is(tmp_path: Path) -> None:
    """Self-extracting archives have bytes in front; what is read must still be the member."""
    buffer = io.BytesIO(b"#!/bin/sh\n" + made(tmp_path, lambda log: log.writestr("a.json", b"{}")).read_bytes())
    path = tmp_path / "other.eval"
    path.write_bytes(buffer.getvalue())
    assert opened(path) == {"a.json": b"{}"}
