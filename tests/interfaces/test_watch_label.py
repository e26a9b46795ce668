from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import os
import pty
import random
import select
import sqlite3
import subprocess
import sys
import termios
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assay.domain.errors import ConfigurationError
from assay.domain.span import Arrived, Span
from assay.domain.watched import Observation
from assay.interfaces.cli import run
from assay.interfaces.labelling import draw, rates
from assay.interfaces.watch_working import HOT
from assay.store.ledger.book import NAME as LEDGER
from assay.store.ledger.book import Ledger
from assay.traces.hot import HotTraces
from assay.traces.label_book import LabelBook
from assay.traces.labelled import Draw
from assay.traces.observed import NAME, Judged, Observed

REFUSED, SAID = "I'm sorry, but I can't help with that.", "It left our warehouse on Monday."


@dataclass
class Watch:
    folder: Path
    truth: dict[str, bool]
    rate: float

    def __call__(self, *words: object) -> int:
        return run(["watch", *map(str, words), "--dir", str(self.folder)])


def build(folder: Path, count: int = 1200, seed: int = 3, person: str = "") -> Watch:
    """A small kind of traffic that refuses a lot, a large one that hardly does, and a scorer that misses half."""
    rng, now = random.Random(seed), time.time_ns()
    hot, observed = HotTraces(folder / HOT), Observed(folder / NAME)
    truth, spans, judged = {}, [], []
    for at in range(count):
        trace, small, start = f"{at + 1:032x}", at % 20 == 0, now - (count - at) * 60 * 10**9
        truth[trace] = rng.random() < (0.8 if small else 0.1)
        said = truth[trace] and rng.random() < 0.5
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "m",
            "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": f"=Where is order {at}?"}]}]),
            "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": REFUSED if truth[trace] else SAID}]}]),
        }  # fmt: skip
        if person and at % 4 == 0:
            attributes["user.id"] = person
        spans.append(
            Span(trace=trace, id=f"{at + 1:016x}", name="chat", start_ns=start, end_ns=start + 1, attributes=attributes)
        )
        one = Observation(metric="refusal", value=float(said), trace=trace, time_ns=start, scorer="refusal 3")
        cohort = (("route", "small" if small else "large"),)
        judged.append(
            Judged(trace=trace, start_ns=start, arrived_ns=now, segments=((), cohort), observations=(one,),
                   stratum=cohort[0][1])
        )  # fmt: skip
    hot.add([Arrived(spans=tuple(spans))], now)
    observed.keep(judged)
    hot.close()
    observed.close()
    return Watch(folder, truth, sum(truth.values()) / count)


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    monkeypatch.setenv("ASSAY_REVIEWER", "Ana")
    return build(tmp_path / "watch")


def filled(watch: Watch, target: Path, **changed: Any) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    rows = [{**row, "label": "yes" if watch.truth[row["trace"]] else "no", **changed} for row in rows]
    target.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return rows


def state(watch: Watch, capsys: pytest.CaptureFixture[str], metric: str = "refusal") -> dict[tuple[Any, ...], Any]:
    capsys.readouterr()
    assert watch("label", metric, "--format", "json") == 0
    return {tuple(one["segment"].items()): one for one in json.loads(capsys.readouterr().out)}


def test_a_file_that_people_fill_in_corrects_the_rate(
    watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "to-label.jsonl"
    assert watch("label", "refusal", "--draw", 200, "--export", target) == 0
    rows = filled(watch, target)
    assert 150 < len(rows) < 250 and "verdict" not in rows[0] and rows[0]["metric"] == "refusal"
    before = state(watch, capsys)[()]
    assert (before["value"], before["needed"], before["labels"], before["waiting"]) == (None, 30, 0, len(rows))
    assert watch("label", "refusal", "--import", target) == 0
    assert f"recorded {len(rows)} labels by Ana" in capsys.readouterr().out
    found = state(watch, capsys)
    whole, small = found[()], found[("route", "small"),]
    assert whole["low"] < watch.rate < whole["high"] and whole["own_high"] < watch.rate
    assert whole["labels"] == len(rows) and whole["wider"] > 1 and whole["missed"] > 10 and whole["wrong"] == 0
    assert 0.8 < whole["agree"] < 1
    assert small["low"] < 0.8 < small["high"]
    plain = sum(row["label"] == "yes" for row in rows) / len(rows)
    assert plain > whole["high"], "an unweighted share of the labels would be far too large"
    assert watch("label", "refusal", "--import", target) == 0, "the same file again"
    assert f"recorded 0 labels by Ana; {len(rows)} were there already" in capsys.readouterr().out
    with Ledger(watch.folder) as ledger:
        kinds = [one.kind for one in ledger.entries()]
        said = [one.data for one in ledger.entries("trace_labelled")]
    assert kinds.count("traces_drawn") == 1 and len(said) == len(rows)
    assert {one["by"] for one in said} == {"Ana"} and all(one["drawn"] for one in said)
    assert not {one["item"] for one in said} & watch.truth.keys()


def test_chances_are_those_of_the_draw(watch: Watch) -> None:
    """One over the chance counts each kind of traffic as it is: what makes the weights right."""
    assert watch("label", "refusal", "--draw", 300, "--format", "json") == 0
    observed = Observed(watch.folder / NAME)
    drawn = LabelBook(watch.folder, observed).drawn("refusal")
    for route, size in (("small", 60), ("large", 1140)):
        kind = [one for one in drawn if (("route", route),) in one.segments]
        spread = sum((1 - one.chance) / one.chance**2 for one in kind) ** 0.5
        assert abs(sum(1 / one.chance for one in kind) - size) <= 4 * spread
        assert all(one.place < one.chance for one in kind)
    assert sorted(drawn, key=lambda one: one.place / one.chance) == drawn, "whoever stops has a smaller random part"
    observed.close()


def test_status_names_labels_width_and_agreement(
    watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "to-label.jsonl"
    assert watch("label", "refusal", "--draw", 100, "--export", target, "--limit", 12) == 0
    assert len(filled(watch, target)) == 12
    watch("label", "refusal", "--import", target)
    capsys.readouterr()
    assert watch("status") == 0
    text = capsys.readouterr().out
    assert "refusal, all traffic: not corrected, " in text and "more labels are needed (12 of " in text
    watch("label", "refusal", "--export", target)
    filled(watch, target)
    watch("label", "refusal", "--import", target)
    capsys.readouterr()
    assert watch("status", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)["people"][0]
    assert told["needed"] == 0 and told["low"] < watch.rate < told["high"] and told["wider"] > 1
    watch("status")
    text = capsys.readouterr().out
    assert "as people say, by" in text and "times as wide" in text and "people agree with it on" in text


def test_a_larger_draw_holds_the_smaller_and_its_labels(
    watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    watch("label", "refusal", "--draw", 60, "--export", first)
    filled(watch, first)
    watch("label", "refusal", "--import", first)
    before = state(watch, capsys)[()]
    assert watch("label", "refusal", "--draw", 180, "--export", second) == 0
    assert f"{before['labels']} of them labelled before" in capsys.readouterr().err
    known = {json.loads(line)["trace"] for line in first.read_text().splitlines()}
    new = [json.loads(line)["trace"] for line in second.read_text().splitlines()]
    assert not known & {*new}, "what is labelled is not asked again"
    filled(watch, second)
    watch("label", "refusal", "--import", second)
    after = state(watch, capsys)[()]
    assert after["labels"] == before["labels"] + len(new)
    assert after["high"] - after["low"] < before["high"] - before["low"]
    assert after["low"] < watch.rate < after["high"]
    assert watch("label", "refusal", "--draw", 200, "--seed", 7) == 2, "chances under another seed are unknown"


def test_bad_rows_are_named_and_keep_no_other_back(
    watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "l.jsonl"
    watch("label", "refusal", "--draw", 60, "--export", target)
    rows = filled(watch, target)
    one, two, three, four, five = (row["trace"] for row in rows[:5])
    lines = [
        json.dumps({"trace": one, "label": True}), "{not json", "[]", json.dumps({"label": "yes"}),
        json.dumps({"trace": two, "label": "perhaps"}), json.dumps({"trace": "f" * 32, "label": "yes"}),
        json.dumps({"trace": three, "label": "no", "metric": "toxicity"}), json.dumps({"trace": three, "label": None}),
        json.dumps({"trace": four, "label": "yes"}), json.dumps({"trace": four, "label": "no"}),
        json.dumps({"trace": one, "label": "Yes "}), json.dumps({"trace": five, "label": 0}),
        json.dumps({"trace": two, "label": float("nan")}),
    ]  # fmt: skip
    target.write_text("\n".join(lines))
    capsys.readouterr()
    assert watch("label", "refusal", "--import", target, "--format", "json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["drawn"], told["blank"], told["repeated"], told["bad"]) == (2, 1, 1, 8)
    text = "\n".join(told["problems"])
    for number, why in (
        (2, "not JSON"), (3, "not a JSON object"), (4, "no 'trace'"), (5, "'perhaps'; expected yes, no, unsure"),
        (6, "is not there"), (7, "labels 'toxicity', not 'refusal'"), (10, "labelled differently on line 9"), (13, "nan"),
    ):  # fmt: skip
        assert any(line.startswith(f"l.jsonl:{number}: ") and why in line for line in told["problems"]), (number, text)


def test_a_spreadsheet_runs_nothing_and_comes_back(
    watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "l.csv"
    assert watch("label", "refusal", "--draw", 50, "--export", target, "--show-verdict") == 0
    with target.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "@", "+"))]
    assert rows[0]["verdict"] in ("0.0", "1.0") and "order" in rows[0]["asked"]
    with target.open("w", newline="") as stream:  # as a spreadsheet of another country writes it
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["trace", "label"])
        writer.writerows([row["trace"], "unsure" if at < 2 else "no"] for at, row in enumerate(rows))
    assert watch("label", "refusal", "--import", target) == 0
    found = state(watch, capsys)[()]
    assert (found["labels"], found["unsure"], found["waiting"]) == (len(rows) - 2, 2, 0)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    assert watch("label", "refusal", "--import", tmp_path / "x.csv") == 2
    assert "columns are a, b; expected 'trace' and 'label'" in capsys.readouterr().err


def test_two_people_who_differ_count_as_half_and_are_told(
    watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "l.jsonl"
    watch("label", "refusal", "--draw", 150, "--export", target)
    rows = filled(watch, target)
    watch("label", "refusal", "--import", target)
    capsys.readouterr()
    again = tmp_path / "again.jsonl"
    assert watch("label", "refusal", "--second", "--by", "Bo", "--export", again, "--limit", 10) == 0
    assert "Ana" not in again.read_text(), "blind to the first word"
    other = filled(watch, again)
    flipped = {"yes": "no", "no": "yes"}
    other = [{**row, "label": flipped[row["label"]] if at < 4 else row["label"]} for at, row in enumerate(other)]
    again.write_text("".join(json.dumps(row) + "\n" for row in other))
    assert watch("label", "refusal", "--import", again, "--by", "Bo") == 0
    found = state(watch, capsys)[()]
    assert (found["labels"], found["twice"], found["disputed"]) == (len(rows), 10, 4)
    again.write_text(json.dumps({**other[0], "label": flipped[other[0]["label"]]}) + "\n")
    watch("label", "refusal", "--import", again, "--by", "Bo")  # a later word of the same person replaces the earlier
    assert state(watch, capsys)[()]["disputed"] == 3


def test_what_people_pick_themselves_corrects_nothing(
    watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "l.jsonl"
    watch("label", "refusal", "--draw", 60, "--export", target)
    drawn = {row["trace"] for row in filled(watch, target)}
    suspicious = [trace for trace, refused in watch.truth.items() if refused and trace not in drawn]
    target.write_text("".join(json.dumps({"trace": trace, "label": "yes"}) + "\n" for trace in suspicious[:50]))
    assert watch("label", "refusal", "--import", target) == 0
    found = state(watch, capsys)[()]
    assert (found["labels"], found["needed"], found["picked"]) == (0, 30, 50)
    watch("label", "refusal")
    assert "50 traces that people picked themselves: kept, and not counted" in capsys.readouterr().out


def test_erased_traces_take_their_labels_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_REVIEWER", "Ana")
    watch, target = build(tmp_path / "watch", person="kim.quux"), tmp_path / "l.jsonl"
    watch("label", "refusal", "--draw", 200, "--export", target)
    rows = filled(watch, target)
    watch("label", "refusal", "--import", target)
    theirs = {f"{at + 1:032x}" for at in range(0, 1200, 4)}
    assert watch("forget", "user.id=kim.quux") == 0
    found = state(watch, capsys)[()]
    left = [row for row in rows if row["trace"] not in theirs]
    assert found["labels"] == found["drawn"] == len(left) < len(rows)
    capsys.readouterr()
    target.write_text(json.dumps({"trace": min(theirs), "label": "yes"}))
    assert watch("label", "refusal", "--import", target) == 1, "a file that comes back late labels nothing erased"
    assert "erased, or never came" in capsys.readouterr().err
    gone = {row["trace"].encode() for row in rows} & {trace.encode() for trace in theirs}
    bytes_left = b"".join(path.read_bytes() for path in watch.folder.rglob("*") if path.is_file())
    assert gone and not [trace for trace in gone if trace in bytes_left]
    assert watch("status") == 0


def test_a_draw_that_overlaps_an_erasure_is_not_kept(tmp_path: Path) -> None:
    watch = build(tmp_path / "watch", 200, person="kim.quux")
    observed = Observed(watch.folder / NAME)
    book = LabelBook(watch.folder, observed)
    made = Draw(
        metric="refusal", round=1, seed=1, wanted=0, population=0, low_ns=0, high_ns=1, last_seq=0, at_ns=1, by="Ana"
    )
    assert watch("forget", "user.id=kim.quux") == 0
    with pytest.raises(ConfigurationError, match="draw again"):
        book.keep(made, [], [])
    assert book.metrics() == []
    observed.close()


def test_words_past_the_ledger_count_nothing(watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "l.jsonl"
    watch("label", "refusal", "--draw", 100, "--export", target)
    rows = filled(watch, target)
    watch("label", "refusal", "--import", target)
    observed = Observed(watch.folder / NAME)
    changed = observed.base.execute("UPDATE words SET word = 'yes' WHERE word = 'no'").rowcount
    observed.close()
    assert changed > 0
    found = state(watch, capsys)[()]
    assert (found["labels"], found["unvouched"]) == (len(rows) - changed, changed)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE drawn SET chance = chance / 2 WHERE trace = (SELECT MAX(trace) FROM drawn)",
        "UPDATE drawn SET chance = 0",
        "UPDATE drawn SET value = 1 - value WHERE trace = (SELECT MAX(trace) FROM drawn)",
        "UPDATE draw_sums SET wx = wx * 2 WHERE segment = '[]'",
        "UPDATE draws SET low_ns = low_ns + 1",
        "INSERT INTO drawn SELECT metric, 'x', place, chance, share, value, start_ns, round, segments FROM drawn LIMIT 1",
    ],
)
def test_a_draw_that_was_altered_corrects_nothing_and_is_named(
    watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    target = tmp_path / "l.jsonl"
    watch("label", "refusal", "--draw", 150, "--export", target)
    filled(watch, target)
    watch("label", "refusal", "--import", target)
    before = state(watch, capsys)[()]
    assert before["altered"] == 0 and before["value"] is not None
    observed = Observed(watch.folder / NAME)
    assert observed.base.execute(change).rowcount > 0
    observed.close()
    found = state(watch, capsys)[()]
    assert found["altered"] > 0 and (found["value"], found["labels"]) == (None, 0)
    watch("status", "--since", "10000d", "--format", "json")
    told = capsys.readouterr()
    assert json.loads(told.out)["altered_draws"] == {"refusal": found["altered"]}
    assert "warning: refusal: " in told.err and "of its draw not as the ledger has it" in told.err
    watch("label", "refusal", "--draw", 150, "--export", tmp_path / "again.jsonl")
    after = state(watch, capsys)[()]
    assert after["altered"] == 0, "a new draw is as the ledger has it, and holds nothing that was written past it"
    assert (after["value"], after["drawn"]) == (before["value"], before["drawn"])


def test_a_draw_that_lost_traces_to_an_erasure_is_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    watch = build(tmp_path / "watch", person="kim.quux")
    watch("label", "refusal", "--draw", 150, "--by", "Ana", "--export", tmp_path / "l.jsonl")
    before = state(watch, capsys)[()]["drawn"]
    assert watch("forget", "user.id=kim.quux") == 0
    found = state(watch, capsys)[()]
    assert found["drawn"] < before and found["altered"] == 0


@pytest.mark.parametrize("rehashed", [False, True])
def test_a_ledger_that_was_altered_vouches_for_no_word(
    watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str], rehashed: bool
) -> None:
    """Who can write the words can write the ledger beside them: its chain tells, also where one hash was made anew."""
    target = tmp_path / "l.jsonl"
    watch("label", "refusal", "--draw", 100, "--export", target)
    rows = filled(watch, target)
    watch("label", "refusal", "--import", target)
    observed = Observed(watch.folder / NAME)
    (item,) = observed.base.execute("SELECT item FROM words WHERE word = 'no' LIMIT 1").fetchone()
    observed.base.execute("UPDATE words SET word = 'yes' WHERE item = ?", (item,))
    observed.close()
    with closing(sqlite3.connect(watch.folder / LEDGER)) as base, base:
        base.execute("DROP TRIGGER entries_UPDATE")
        ((seq, body, leaf),) = base.execute("SELECT * FROM entries WHERE instr(body, ?)", (item.encode(),)).fetchall()
        body = body.replace(b'"label":"no"', b'"label":"yes"')
        leaf = hashlib.sha256(b"\0" + body).digest() if rehashed else leaf
        base.execute("UPDATE entries SET body = ?, leaf = ? WHERE seq = ?", (body, leaf, seq))
    found = state(watch, capsys)[()]
    assert (found["labels"], found["unvouched"]) == (0, len(rows))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["nothing"], "no trace of that time was judged for it. Judged: refusal"),
        (["refusal", "--export", "a", "--import", "b"], "one of --export and --import"),
        (["--draw", "5"], "say which METRIC"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    watch: Watch, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    assert watch("label", *words) == 2
    assert why in capsys.readouterr().err


def test_nobody_labels_without_a_name(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_REVIEWER")
    assert watch("label", "refusal", "--draw", 10) == 2
    assert watch("label", "refusal", "--import", "none.csv") == 2


def test_a_file_is_written_without_a_name_and_says_which_words_are_allowed(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ASSAY_REVIEWER")
    target = tmp_path / "to-label.csv"
    assert watch("label", "refusal", "--draw", 30, "--export", target) == 0
    assert "fill in 'label' (yes, no, unsure)" in capsys.readouterr().err
    with target.open(newline="") as file:
        rows = [*csv.DictReader(file)]
    assert rows and {row["allowed"] for row in rows} == {"yes, no, unsure; or nothing"}
    assert watch("label", "refusal", "--import", target) == 2  # words have a name
    assert watch("label", "refusal", "--import", target, "--by", "Ana") == 0


def test_traces_that_cannot_be_read_are_left_out(watch: Watch) -> None:
    hot, observed = HotTraces(watch.folder / HOT), Observed(watch.folder / NAME)
    hot.remove([f"{at + 1:032x}" for at in range(600)])
    book, now = LabelBook(watch.folder, observed), time.time_ns()
    made = draw(book, hot, observed, "refusal", 100, 0, now, "Ana")
    assert (made.draw.population, made.unreadable) == (600, 600)
    assert rates(book)[0].judged == 600
    with pytest.raises(ConfigurationError, match="kept for reading"):
        hot.remove([*watch.truth])
        draw(book, hot, observed, "refusal", 100, 0, now, "Ana")


def test_what_is_gone_before_it_is_labelled_is_told(
    watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "l.jsonl"
    watch("label", "refusal", "--draw", 150, "--export", target, "--limit", 90)
    filled(watch, target)
    watch("label", "refusal", "--import", target)
    before = state(watch, capsys)[()]
    hot = HotTraces(watch.folder / HOT)
    hot.remove([*watch.truth])
    found = state(watch, capsys)[()]
    assert (found["gone"], found["passed"]) == (before["waiting"], 0) and found["gone"] > 20
    assert found["value"] == before["value"]
    watch("label", "refusal")
    assert "no longer kept for reading" in capsys.readouterr().out
    assert watch("label", "refusal", "--export", target) == 0 and target.read_text() == ""


def test_on_a_terminal_words_are_kept_at_once_and_go_on_later(watch: Watch) -> None:
    def session(typed: list[bytes]) -> tuple[int, str]:
        own, theirs = pty.openpty()
        code = "from assay.interfaces.cli import main; main()"
        words = [sys.executable, "-c", code, "watch", "label", "refusal", "--dir", str(watch.folder)]
        process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                                   preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))  # fmt: skip
        os.close(theirs)
        seen, sent, still, until = "", 0, 0, time.monotonic() + 300
        while time.monotonic() < until:
            still += 1
            if select.select([own], [], [], 0.2)[0]:
                still = 0
                try:
                    seen += os.read(own, 65536).decode(errors="replace")
                except OSError:
                    break
            if still == 100 and typed[-1] == b"\x03":  # one between two calls is lost: people press it again
                os.write(own, typed[-1])
                still = 0
            if sent < len(typed) and seen.count("or [q]uit") > sent:
                os.write(own, typed[sent])
                sent += 1
        os.close(own)
        return process.wait(30), seen

    code, seen = session([b"y\n", b"n\n", b"zebra\n", b"u\n", b"\x03"])
    assert code == 0 and "recorded 3 labels by Ana" in seen and "more labels are needed" in seen
    assert "the scorer says" not in seen and "The answer refuses" in seen and "=Where is order" in seen
    assert "expected one of yes, no, unsure, skip, quit" in seen
    first = seen.split("trace ")[1][:32]
    code, seen = session([b"s\n", b"q\n"])
    assert code == 0 and "recorded 0 labels" in seen and first not in seen, "what has a word is not asked again"
