"""Files of traces that people label elsewhere: written to be filled in, and read back row by row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.domain.errors import DataError
from assay.interfaces.data_writing import put
from assay.report.watch import moment
from assay.store.lines import LONGEST_LINE, numbered_lines
from assay.traces.labelled import WORDS, LabelItem, Spoken, Word

_WORDS: Mapping[str, Word] = {
    "yes": "yes", "y": "yes", "true": "yes", "1": "yes", "no": "no", "n": "no", "false": "no", "0": "no",
    "unsure": "unsure", "u": "unsure", "?": "unsure",
}  # fmt: skip
_FIELDS = ("trace", "metric", "statement", "label", "allowed", "began", "asked", "passages", "answer")
_ALLOWED = f"{', '.join(WORDS)}; or nothing"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet takes for a formula; texts of strangers must not run there."""


@dataclass(slots=True)
class Filled:
    """What a filled-in file holds."""

    said: list[Spoken] = field(default_factory=list)
    """Rows with a word."""
    lines: list[int] = field(default_factory=list)
    """Line of each."""
    blank: int = 0
    """Rows without one."""
    repeated: int = 0
    """Rows that say again what another one says."""
    bad: list[str] = field(default_factory=list)
    """Rows that cannot be taken, each with its line and why."""


def write_rows(target: Path, asked: Iterable[LabelItem], *, verdict: bool) -> int:
    """Writes a row for each trace: CSV where the name ends so, else JSON Lines; gives their number."""
    rows = [_row(one, verdict) for one in asked]
    if target.suffix.lower() == ".csv":
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [*_FIELDS, *(["verdict"] if verdict else [])], lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
        put(text.getvalue(), target)
    else:
        put("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), target)
    return len(rows)


def _row(one: LabelItem, verdict: bool) -> dict[str, Any]:
    row = {
        "trace": one.trace, "metric": one.metric, "statement": one.statement, "label": None,
        "allowed": _ALLOWED,
        "began": moment(one.start_ns), "asked": one.turns, "passages": one.passages, "answer": one.answer,
    }  # fmt: skip
    return {**row, "verdict": one.verdict} if verdict else row


def _cell(value: Any) -> Any:
    text = "" if value is None else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text


def read_rows(path: Path, metric: str) -> Filled:
    """The words of a filled-in file; a row that cannot be taken is named, and keeps no other back.

    Args:
        path: The file: CSV where its name ends so, else JSON Lines of `trace, label`.
        metric: What was labelled.

    Raises:
        DataError: There is no such file, or it has no column `trace` and `label`.
    """
    found = Filled()
    words: dict[str, tuple[int, Word]] = {}
    clashing: set[str] = set()
    for number, row in _rows(path, found):
        where = f"{path.name}:{number}"
        read = _read(row, metric, where, found)
        if read is None:
            continue
        trace, word = read
        if trace in clashing:
            found.bad.append(f"{where}: trace '{trace[:40]}' is labelled differently above; no row of it is taken")
        elif trace not in words:
            words[trace] = number, word
        elif words[trace][1] == word:
            found.repeated += 1
        else:
            first = words.pop(trace)[0]
            clashing.add(trace)
            found.bad.append(f"{where}: trace '{trace[:40]}' is labelled differently on line {first}; neither is taken")
    found.said = [Spoken(trace=trace, word=word) for trace, (_, word) in words.items()]
    found.lines = [number for number, _ in words.values()]
    return found


def _read(row: Mapping[str, Any], metric: str, where: str, found: Filled) -> tuple[str, Word] | None:
    trace, label = row.get("trace"), row.get("label")
    if not isinstance(trace, str) or not trace:
        found.bad.append(f"{where}: no 'trace'; expected the id that the exported file has")
    elif row.get("metric") not in (None, "", metric):
        found.bad.append(f"{where}: labels '{str(row['metric'])[:60]}', not '{metric}'")
    elif label is None or (isinstance(label, str) and not label.strip()):
        found.blank += 1
    elif (word := _word(label)) is None:
        found.bad.append(f"{where}: label is {str(label)[:40]!r}; expected {', '.join(WORDS)}, or nothing")
    else:
        return trace, word
    return None


def _word(label: Any) -> Word | None:
    if isinstance(label, bool | int | float):
        return _WORDS.get(str(int(label))) if label in (0, 1) else None
    return _WORDS.get(label.strip().lower()) if isinstance(label, str) else None


def _rows(path: Path, found: Filled) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return _csv(path, found) if path.suffix.lower() == ".csv" else _json(path, found)


def _json(path: Path, found: Filled) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in numbered_lines(path):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            found.bad.append(f"{path.name}:{number}: not JSON")
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            found.bad.append(f"{path.name}:{number}: not a JSON object; expected trace and label")


def _csv(path: Path, found: Filled) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.DictReader(io.StringIO(text, newline=""), dialect=_dialect(text))
    if not {"trace", "label"} <= {*(reader.fieldnames or ())}:
        raise DataError(f"{path.name}:1: columns are {_some(reader.fieldnames or ())}; expected 'trace' and 'label'")
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            found.bad.append(f"{path.name}:{reader.line_num}: not CSV: {error}")
            continue
        yield reader.line_num, row


def _dialect(text: str) -> type[csv.Dialect]:
    """Commas, or the semicolons that spreadsheets of many countries write."""
    head = text.partition("\n")[0]

    class Found(csv.excel):
        delimiter = ";" if head.count(";") > head.count(",") else ","

    return Found


def _some(names: Sequence[str]) -> str:
    return ", ".join(name[:30] for name in names[:8]) or "none"
