"""Files of training data: what reads them, what they may do wrong, at constant memory."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import random
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from assay.domain.errors import DataError
from assay.domain.training import TrainingRow, Unfit
from assay.store import training_json
from assay.store.training_files import TrainingFile, files
from assay.store.training_json import NotJson, decoded, elements

ROWS = [{"prompt": f'What is {n} + {n}? "{{[', "completion": f"{2 * n} \\ é"} for n in range(50)]
LINES = b"".join(json.dumps(row).encode() + b"\n" for row in ROWS)


def put(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def read(name: str, **settings: Any) -> tuple[list[TrainingRow], list[tuple[int, str]]]:
    """Rows, and line and cause of what is none."""
    found = list(TrainingFile(name, **settings).rows())
    rows = [each for each in found if isinstance(each, TrainingRow)]
    return rows, [(each.line, each.cause) for each in found if isinstance(each, Unfit)]


def as_csv() -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["prompt", "completion"])
    writer.writeheader()
    writer.writerows(ROWS)
    return text.getvalue().encode()


def zstd(content: bytes) -> bytes:
    return bytes(pytest.importorskip("zstandard").ZstdCompressor().compress(content))


def parquet(rows: list[dict[str, Any]]) -> bytes:
    pyarrow, tables = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    target = io.BytesIO()
    tables.write_table(pyarrow.Table.from_pylist(rows), target)
    return target.getvalue()


def arrow(stream: bool) -> bytes:
    pyarrow = pytest.importorskip("pyarrow")
    table, target = pyarrow.Table.from_pylist(ROWS), io.BytesIO()
    make = pyarrow.ipc.new_stream if stream else pyarrow.ipc.new_file
    with make(target, table.schema) as writer:
        writer.write_table(table)
    return target.getvalue()


FORMATS = {
    "a.jsonl": lambda: LINES,
    "no-last-break.jsonl": LINES.rstrip,
    "a.jsonl.gz": lambda: gzip.compress(LINES),
    "two-members.jsonl.gz": lambda: gzip.compress(LINES[:700]) + gzip.compress(LINES[700:]),
    "a.jsonl.zst": lambda: zstd(LINES),
    "a.json": lambda: json.dumps(ROWS).encode(),
    "indented.json": lambda: json.dumps(ROWS, indent=2).encode(),
    "wrapped.json": lambda: json.dumps({"version": 1, "data": ROWS}).encode(),
    "wrapped-indented.json": lambda: json.dumps({"version": 1, "data": ROWS}, indent=1).encode(),
    "lines.json": lambda: LINES,
    "array.jsonl": lambda: json.dumps(ROWS, indent=2).encode(),
    "nothing-tells": lambda: LINES,
    "mark.json": lambda: b"\xef\xbb\xbf" + json.dumps(ROWS).encode(),
    "a.csv": as_csv,
    "mark.csv": lambda: b"\xef\xbb\xbf" + as_csv(),
    "a.parquet": lambda: parquet(ROWS),
    "a.arrow": lambda: arrow(stream=False),
    "stream.arrow": lambda: arrow(stream=True),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    content = FORMATS[name]()
    file = TrainingFile(put(tmp_path, name, content))
    rows = list(file.rows())
    assert [row.digest for row in rows if isinstance(row, TrainingRow)] == [
        row.digest for row in read(put(tmp_path, "plain.jsonl", LINES))[0]
    ]
    assert not [row for row in rows if isinstance(row, Unfit)]
    assert file.facts is not None
    assert (file.facts.bytes, file.facts.digest) == (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")


BAD = {
    b"": [(0, "empty_file")],
    b"\n \n\r\n": [(0, "empty_file")],
    b'{"prompt": "q", "completion": "a"}\n{"prompt": "q", "compl': [(2, "half_line")],
    b'{"prompt": "q"\n{"prompt": "q", "completion": "a"}\n': [(1, "not_json")],
    '{"prompt": "q", "completion": "é"}\n'.encode("latin-1"): [(1, "not_utf8")],
    '{"prompt": "q"}\n'.encode("utf-16"): [(1, "not_utf8")],
    b'\xef\xbb\xbf{"prompt": "q", "completion": "a"}\n': [(1, "byte_order_mark")],
    b'{"prompt": "q", "completion": "a"}\r\n' * 2: [(1, "crlf")],
    b"[" * 100_000 + b"\n": [(1, "too_deep")],
    b'{"messages": ' + b"[" * 900 + b"]" * 900 + b"}\n": [(1, "unknown_shape")],
    b'{"x": 1}\n': [(1, "unknown_shape")],
    b"5\nnull\n": [(1, "not_a_row"), (2, "not_a_row")],
    b'{"prompt": NaN, "completion": "a"}\n': [(1, "not_json")],
    b"\x00\x01\x02\n": [(1, "not_json")],
}


@pytest.mark.parametrize("content", BAD, ids=lambda content: repr(content[:30]))
def test_what_is_wrong_has_its_line_and_cause(tmp_path: Path, content: bytes) -> None:
    assert read(put(tmp_path, "a.jsonl", content))[1] == BAD[content]


def test_rows_around_a_bad_one_are_read(tmp_path: Path) -> None:
    name = put(tmp_path, "a.jsonl", LINES[:-1] + b'\n{"prompt": \n\xff\xff\n' + LINES)
    rows, unfit = read(name)
    assert len(rows) == 100
    assert unfit == [(51, "not_json"), (52, "not_json")] or unfit == [(51, "not_json"), (52, "not_utf8")]
    assert rows[-1].line == 102


def test_keys_that_stand_twice_are_said(tmp_path: Path) -> None:
    lines = [b'{"prompt": "q", "completion": "a", "prompt": "r"}', b'{"prompt" : "q", "completion": "a\\":"}',
             b'{"prompt": "q", "completion": "\\": \\": \\\\"}', b'{"prompt":"q","completion":"a","x":{"y":1,"y":2}}']  # fmt: skip
    rows = read(put(tmp_path, "a.jsonl", b"\n".join(lines)))[0]
    assert [row.problems for row in rows] == [("duplicate_keys",), (), (), ("duplicate_keys",)]
    assert rows[0].asked == "r"


def test_a_long_row_is_passed_over_and_the_next_is_read(tmp_path: Path) -> None:
    row = json.dumps({"prompt": "q", "completion": "x" * 5000}).encode()
    name = put(tmp_path, "a.jsonl", LINES + row + b"\n" + LINES)
    rows, unfit = read(name, longest=1000)
    assert (len(rows), unfit) == (100, [(51, "long_row")])
    name = put(tmp_path, "a.json", json.dumps([{"prompt": "q", "completion": "x" * 3_000_000}, ROWS[0]]).encode())
    rows, unfit = read(name, longest=1000)
    assert (len(rows), unfit) == (1, [(1, "long_row")])


def test_memory_does_not_grow_with_the_file_or_with_one_row(tmp_path: Path) -> None:
    def peak(name: str) -> int:
        tracemalloc.start()
        for _ in TrainingFile(name).rows():
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    small = put(tmp_path, "small.jsonl", LINES)
    large = put(tmp_path, "large.jsonl", LINES * 400)
    array = put(tmp_path, "array.json", b"[" + b",\n".join(LINES.splitlines() * 400) + b"]")
    with (tmp_path / "row.jsonl").open("wb") as stream:
        stream.write(b'{"prompt": "')
        for _ in range(200):
            stream.write(b"x" * 1_000_000)
        stream.write(b'"}\n' + LINES)
    assert peak(large) < peak(small) + 1_000_000
    assert peak(array) < 12_000_000
    assert peak(str(tmp_path / "row.jsonl")) < 60_000_000


@pytest.mark.parametrize("cut", [20, 200, 400])
def test_cut_packed_files_give_what_they_hold(tmp_path: Path, cut: int) -> None:
    random.seed(1)
    content = b"".join(
        json.dumps({"prompt": "q", "completion": random.randbytes(40).hex()}).encode() + b"\n" for _ in range(99)
    )
    rows, unfit = read(put(tmp_path, "a.jsonl.gz", gzip.compress(content)[:-cut]))
    assert unfit[-1][1] in {"unreadable", "half_line"}
    assert len(rows) < 99
    rows, unfit = read(put(tmp_path, "a.jsonl.zst", zstd(content)[:-cut]))
    assert unfit
    assert len(rows) < 99


def test_damaged_tables_are_findings(tmp_path: Path) -> None:
    whole = parquet(ROWS)
    for content in (whole[:-40], b"PAR1" + b"x" * 100, whole[: len(whole) // 2]):
        assert read(put(tmp_path, "a.parquet", content))[1][0][1] == "unreadable"
    assert read(put(tmp_path, "a.arrow", b"ARROW1" + b"x" * 100))[1] == [(0, "unreadable")]
    rows, unfit = read(put(tmp_path, "other.parquet", parquet([{"x": 1.5}, {"x": None}])))
    assert (rows, [cause for _, cause in unfit]) == ([], ["unknown_shape"] * 2)


def test_csv_rows_with_other_cells_are_findings(tmp_path: Path) -> None:
    content = 'prompt,completion\nq,a\nq\n"two\nlines",b\nq,a,x\né,a\n'.encode("latin-1")
    rows, unfit = read(put(tmp_path, "a.csv", content))
    assert [row.line for row in rows] == [2, 4]
    assert unfit == [(3, "not_csv"), (6, "not_csv"), (7, "not_utf8")]
    cells = b'messages\n"[{""role"": ""user"", ""content"": ""q""}, {""role"": ""assistant"", ""content"": ""a""}]"\n'
    assert read(put(tmp_path, "b.csv", cells))[0][0].answer == "a"


def test_text_is_a_row_a_line(tmp_path: Path) -> None:
    rows = read(put(tmp_path, "a.txt", b"one\n\ntwo\r\n"))[0]
    assert [(row.shape, row.line, row.answer) for row in rows] == [("text", 1, "one"), ("text", 3, "two")]
    name = put(tmp_path, "told-by-nothing", b"one\ntwo\n")
    assert len(read(name, as_text=True)[0]) == 2
    with pytest.raises(DataError, match="neither its ending nor its beginning"):
        read(name)


def test_a_file_that_changes_while_it_is_read_is_a_finding(tmp_path: Path) -> None:
    name = put(tmp_path, "a.jsonl", LINES)
    rows = TrainingFile(name).rows()
    next(rows)
    with (tmp_path / "a.jsonl").open("ab") as stream:
        stream.write(LINES)
    assert [each.cause for each in rows if isinstance(each, Unfit)] == ["changed_while_read"]


def test_a_file_that_took_its_place_with_the_same_size_and_time_is_told(tmp_path: Path) -> None:
    name, other = Path(put(tmp_path, "a.jsonl", LINES * 1000)), Path(put(tmp_path, "b.jsonl", LINES[::-1] * 1000))
    rows = TrainingFile(str(name)).rows()
    next(rows)
    before = name.stat()
    other.replace(name)
    os.utime(name, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [each.cause for each in rows if isinstance(each, Unfit)] == ["changed_while_read"]


def test_a_pipe_is_read(tmp_path: Path) -> None:
    name = str(tmp_path / "pipe")
    os.mkfifo(name)

    def write() -> None:
        with Path(name).open("wb", buffering=0) as stream:
            for start in range(0, len(LINES), 7):
                stream.write(LINES[start : start + 7])

    writer = threading.Thread(target=write)
    writer.start()
    rows, unfit = read(name)
    writer.join()
    assert (len(rows), unfit) == (50, [])


def test_folders_are_searched_through(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("b.jsonl", "a.jsonl.gz", "inner/c.parquet", "README.md", ".hidden/d.jsonl", ".e.jsonl"):
        put(tmp_path, name, b"")
    meant, passed = files([str(tmp_path)])
    assert [Path(each).name for each in meant] == ["a.jsonl.gz", "b.jsonl", "c.parquet"]
    assert [Path(each).name for each in passed] == ["README.md"]
    with pytest.raises(DataError, match="no such file"):
        files([str(tmp_path / "none.jsonl")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no file of a known format"):
        files([str(tmp_path / "empty")])


@pytest.mark.parametrize("part", [1, 2, 3, 7, 64, 1 << 20])
def test_arrays_come_element_by_element_whatever_the_parts(monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    """Law: the elements are those of the array, wherever the parts end."""
    monkeypatch.setattr(training_json, "_PART", part)
    random.seed(3)
    rows: list[Any] = [
        {
            "a": 'x\\"{[' * random.randint(0, 5),
            "b": [{"c": "]"}] * random.randint(0, 3),
            "k": random.choice(["\\", '"', ""]),
        }
        for _ in range(40)
    ] + ['te"xt]', []]
    for indent in (None, 1):
        content = io.BytesIO(json.dumps(rows, indent=indent).encode())
        assert [json.loads(each or b"null") for each in elements(content, 1 << 20)] == rows
    with pytest.raises(NotJson):
        list(elements(io.BytesIO(json.dumps(rows).encode()[:-1]), 1 << 20))


def test_strict_json() -> None:
    assert decoded(b'{"a": [{"b": "\\\\\\":"}]}') == ({"a": [{"b": '\\":'}]}, False)
    for content, cause in (
        (b'{"a": "\xff"}', "not_utf8"),
        (b"[" * 10_000, "too_deep"),
        (b"{", "not_json"),
        (b'"\\ud800"', "not_json"),
    ):
        with pytest.raises(NotJson) as caught:
            decoded(content)
        assert caught.value.cause == cause


ONE, OTHER = '{"prompt": "a", "completion": "b"}', '{"prompt": "c", "completion": "d"}'


@pytest.mark.parametrize(
    ("content", "read", "causes"),
    [
        (f"[{ONE}]\n[{OTHER}]", 1, ["unreadable"]),
        (f"[{ONE}] \n\n ", 1, []),
        (f"[{ONE}]{' ' * (2 << 20)}x", 1, ["unreadable"]),
        (f"[1, null, {ONE}, 7]", 1, ["not_a_row"] * 3),
        (f"[{ONE} lost words {OTHER}]", 2, ["not_json"] * 2),
        (f"[{ONE}, {'9' * (3 << 20)}, {OTHER}]", 2, ["not_json"]),
        (f'{{"data": [{ONE}], "test": [{OTHER}]}}', 2, []),
        (f'{{"data": [{ONE}], "kept": [{OTHER}]}}', 1, ["lists_left"]),
        (f'{{"data": [{ONE}], "columns": [{{"name": "prompt", "type": "string"}}]}}', 1, []),
    ],
)
def test_nothing_in_a_json_file_is_passed_over_in_silence(
    tmp_path: Path, content: str, read: int, causes: list[str]
) -> None:
    path = tmp_path / "rows.json"
    path.write_text(content)
    found = list(TrainingFile(str(path)).rows())
    assert sum(isinstance(one, TrainingRow) for one in found) == read
    assert [one.cause for one in found if isinstance(one, Unfit)] == causes


def test_lines_are_counted_from_the_beginning_of_a_file_whose_first_lines_are_blank(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(f"\n \n{ONE}\n\n{OTHER}\n")
    assert [row.line for row in TrainingFile(str(path)).rows()] == [3, 5]


def test_a_path_that_is_meant_twice_is_read_once_and_pipes_of_a_folder_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_text(ONE)
    os.mkfifo("pipe.jsonl")
    assert files([".", "a.jsonl", "./a.jsonl", str(tmp_path / "a.jsonl")]) == (["a.jsonl"], ["pipe.jsonl"])


def test_data_under_the_name_of_a_log_is_data(tmp_path: Path) -> None:
    log = tmp_path / "removed.jsonl"
    log.write_text('{"file": "a.jsonl", "line": 1, "codes": ["format.crlf"]}\n')
    (tmp_path / "a.jsonl").write_text(ONE)
    assert files([str(tmp_path)]) == ([str(tmp_path / "a.jsonl")], [])
    log.write_text(ONE)
    assert str(log) in files([str(tmp_path)])[0]
