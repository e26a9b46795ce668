"""`assay calibrate judge` and `assay stats agreement` as users meet them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.calibrating import _words
from assay.interfaces.cli import run

N = 400
NAMES = {"reference": "r", "c": "c"}


def put(path: Path, rows: list[Any]) -> None:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))


@pytest.fixture(scope="module")
def truth() -> dict[tuple[str, str], bool]:
    dice = random.Random(3)
    rates = {"reference": 0.95, "c": 0.67}
    return {(who, f"s{n}"): dice.random() < rate for who, rate in rates.items() for n in range(N)}


@pytest.fixture
def folder(tmp_path: Path, truth: dict[tuple[str, str], bool]) -> Path:
    """A finished run whose scores come from a judge that is right on 90 % of good and 70 % of bad answers."""
    dice = random.Random(4)
    for who, name in NAMES.items():
        rows = []
        for n in range(N):
            said = dice.random() < (0.9 if truth[who, f"s{n}"] else 0.3)
            rows.append({"id": f"s{n}", "output": f"answer {n}", "metadata": {"q": said}})
        put(tmp_path / f"{name}.jsonl", rows)
    put(tmp_path / "d.jsonl", [{"id": f"s{n}", "input": f"question {n}"} for n in range(N)])
    (tmp_path / "a.yaml").write_text(
        "assay: 1\nname: t\nreference: {type: recorded, path: r.jsonl}\ncandidate: {type: recorded, path: c.jsonl}\n"
        "suites: [{name: s, dataset: d.jsonl, scorers: [{type: recorded, field: q, name: quality}]}]\n"
    )
    assert run(["audit", str(tmp_path / "a.yaml"), "-o", str(tmp_path / "run"), "-q"]) == 3
    return tmp_path


def calibrated(folder: Path, *more: str) -> int:
    return run(["calibrate", "judge", str(folder / "run"), "--metric", "quality", *more])


def sampled(folder: Path, count: int) -> list[dict[str, Any]]:
    assert calibrated(folder, "--sample", str(count), "-o", str(folder / "l.jsonl")) == 0
    return [json.loads(line) for line in (folder / "l.jsonl").read_text().splitlines()]


def labelled(folder: Path, truth: dict[tuple[str, str], bool], count: int) -> list[dict[str, Any]]:
    rows = [{**row, "label": truth[row["subject"], row["id"]]} for row in sampled(folder, count)]
    put(folder / "l.jsonl", rows)
    return rows


def rule(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = run(["gate", str(folder / "run"), "--format", "json"])
    verdict = json.loads(capsys.readouterr().out)
    return code, {**verdict["rules"][0], "warnings": verdict["warnings"], "not_tested": verdict["not_tested"]}


def test_labels_put_the_judges_error_into_the_gates_interval(
    folder: Path, truth: dict[tuple[str, str], bool], capsys: pytest.CaptureFixture[str]
) -> None:
    _, before = rule(folder, capsys)
    labelled(folder, truth, 150)
    assert calibrated(folder, "--labels", str(folder / "l.jsonl"), "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["random"] is True and found["refused"] == ""
    assert 0.8 < found["subjects"]["reference"]["percent"] < 1.0
    assert found["subjects"]["c"]["n"] == 150
    (change,) = found["changes"]
    assert change["drop"]["alone"]["value"] == pytest.approx(before["drop"]["value"])
    _, after = rule(folder, capsys)
    good = {who: sum(truth[who, f"s{n}"] for n in range(N)) / N for who in NAMES}
    assert before["drop"]["high"] < 1 - good["c"] / good["reference"]
    assert after["drop"]["low"] < 1 - good["c"] / good["reference"] < after["drop"]["high"]
    assert "PPI++, 150 of 400 pairs labelled by people" in after["drop"]["method"]
    assert "times as wide as without" in after["reason"]
    assert any("150 of 400 pairs" in one for one in after["warnings"])
    assert any("part of the intervals of quality" in one for one in after["not_tested"])
    code = run(["audit", str(folder / "a.yaml"), "-o", str(folder / "run"), "-q"])
    assert code == json.loads((folder / "run" / "verdict.json").read_text())["exit_code"]


def test_the_drawn_rows_are_pairs_without_scores(folder: Path) -> None:
    rows = sampled(folder, 50)
    assert len(rows) == 100 and {row["label"] for row in rows} == {None}
    assert {row["subject"] for row in rows} == {"reference", "c"}
    assert len({(row["id"], row["subject"]) for row in rows}) == 100
    assert all(not {"value", "score", "verdict"} & set(row) for row in rows)
    again = sampled(folder, 60)
    assert {row["id"] for row in rows} <= {row["id"] for row in again}, "a larger sample keeps what was labelled"


def test_unlabelled_rows_are_left_out_and_counted(
    folder: Path, truth: dict[tuple[str, str], bool], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = labelled(folder, truth, 60)
    put(folder / "l.jsonl", [{**row, "label": None} if int(row["id"][1:]) % 4 == 0 else row for row in rows])
    assert calibrated(folder, "--labels", str(folder / "l.jsonl")) == 0
    _, after = rule(folder, capsys)
    assert "pairs labelled" in after["drop"]["method"] and " 60 of" not in after["drop"]["method"]


BAD: dict[str, tuple[list[Any], str]] = {
    "an unknown id": ([{"id": "zz", "subject": "c", "label": True}], "no sample of this run has the id 'zz'"),
    "an unknown subject": ([{"id": "s1", "subject": "x", "label": True}], "no subject is called 'x'. Known: reference"),
    "a duplicate": ([{"id": "s1", "subject": "c", "label": True}] * 2, "l.jsonl:2: 's1' of c is labelled already on"),
    "a word": ([{"id": "s1", "subject": "c", "label": "maybe"}], "takes true or false, or null"),
    "a half": ([{"id": "s1", "subject": "c", "label": 0.5}], "takes true or false, or null"),
    "an epoch": ([{"id": "s1", "subject": "c", "epoch": 2, "label": 1}], "epoch is 2; expected 1 to 1"),
    "not JSON": (["{oops"], "l.jsonl:1: not JSON"),
    "a list": (["[]"], "not a JSON object"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_labels_are_refused_with_their_line(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows, message = BAD[name]
    put(folder / "l.jsonl", rows)
    assert calibrated(folder, "--labels", str(folder / "l.jsonl")) == 2
    assert message in capsys.readouterr().err
    assert "PPI" not in json.dumps(rule(folder, capsys)[1])


def few(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = sorted({row["id"] for row in rows})[:29]
    return [row for row in rows if row["id"] in ids]


THIN: dict[str, tuple[Any, str]] = {
    "too few": (few, "29 pairs have both answers labelled and scored; the correction needs 30"),
    "one subject": (lambda rows: [r for r in rows if r["subject"] == "c"], "only answers of c are labelled"),
    "one class": (lambda rows: [{**r, "label": True} for r in rows], "all labels are alike"),
    "none": (lambda rows: [{**r, "label": None} for r in rows], "no answer with a score is labelled"),
}


@pytest.mark.parametrize("name", THIN)
def test_labels_that_cannot_correct_are_not_kept(
    folder: Path, truth: dict[tuple[str, str], bool], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, message = THIN[name]
    put(folder / "l.jsonl", change(labelled(folder, truth, 60)))
    assert calibrated(folder, "--labels", str(folder / "l.jsonl")) == 4
    told = capsys.readouterr()
    assert message in told.err and "percent" in told.out
    assert "PPI" not in json.dumps(rule(folder, capsys)[1])


def test_pairs_of_ones_own_choice_are_marked(
    folder: Path, truth: dict[tuple[str, str], bool], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"id": f"s{n}", "subject": who, "label": truth[who, f"s{n}"]} for n in range(60) for who in NAMES]
    put(folder / "l.jsonl", rows)
    assert calibrated(folder, "--labels", str(folder / "l.jsonl")) == 0
    assert "not the labels of one whole draw by --sample" in capsys.readouterr().err
    _, after = rule(folder, capsys)
    assert any("are not one whole draw by assay" in one for one in after["warnings"])


def drawn(folder: Path, truth: dict[tuple[str, str], bool], *, flip: bool = False) -> list[dict[str, Any]]:
    """The rows of one draw of 60 pairs, labelled by people who are right, or who call everything but one good."""
    assert calibrated(folder, "--sample", "60", "-o", str(folder / "draw.jsonl")) == 0
    rows = [json.loads(line) for line in (folder / "draw.jsonl").read_text().splitlines()]
    for place, row in enumerate(rows):
        row["label"] = place > 0 if flip else truth[row["subject"], row["id"]]
    return rows


def test_one_whole_draw_leaves_the_decision_registered(
    folder: Path, truth: dict[tuple[str, str], bool], capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder / "l.jsonl", drawn(folder, truth))
    assert calibrated(folder, "--labels", str(folder / "l.jsonl")) == 0
    capsys.readouterr()
    run(["gate", str(folder / "run")])
    assert "after the answers were known" not in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("trick", ["part", "second draw", "replaced"])
def test_labels_that_somebody_chose_open_no_gate(
    folder: Path, truth: dict[tuple[str, str], bool], capsys: pytest.CaptureFixture[str], trick: str
) -> None:
    honest = drawn(folder, truth)
    if trick == "replaced":
        put(folder / "l.jsonl", honest)
        assert calibrated(folder, "--labels", str(folder / "l.jsonl")) == 0
    if trick == "second draw":
        assert calibrated(folder, "--sample", "60", "--seed", "2", "-o", str(folder / "other.jsonl")) == 0
    rows = drawn(folder, truth, flip=True)
    kept = {row["id"] for row in rows[: -4 if trick == "part" else None]}
    put(
        folder / "l.jsonl",
        [row for row in rows if row["id"] in kept and (trick != "part" or row["id"] != rows[-1]["id"])],
    )
    assert calibrated(folder, "--labels", str(folder / "l.jsonl")) == 0
    capsys.readouterr()
    code = run(["gate", str(folder / "run")])
    assert code == 4, "the labels say that all is well, and somebody chose them"
    assert "chosen or replaced after the answers were known" in " ".join(capsys.readouterr().out.split())


def test_labels_of_other_answers_are_refused(
    folder: Path, truth: dict[tuple[str, str], bool], capsys: pytest.CaptureFixture[str]
) -> None:
    for change, said in (
        ({"output": "something else"}, "labels another answer"),
        ({"metric": "other"}, "labels 'other'"),
    ):
        rows = drawn(folder, truth)
        put(folder / "l.jsonl", [{**rows[0], **change}, *rows[1:]])
        assert calibrated(folder, "--labels", str(folder / "l.jsonl")) == 2
        assert said in capsys.readouterr().err


def test_replaced_labels_are_counted(
    folder: Path, truth: dict[tuple[str, str], bool], capsys: pytest.CaptureFixture[str]
) -> None:
    for count in (60, 60, 80):
        labelled(folder, truth, count)
        assert calibrated(folder, "--labels", str(folder / "l.jsonl")) == 0
    _, after = rule(folder, capsys)
    assert any("replaced 1 times" in one for one in after["warnings"])


def test_what_must_be_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["calibrate", "judge", str(folder / "run")]
    for more, message in (
        ([], "give either --sample"),
        (["--sample", "5"], "--sample needs -o"),
        (["--sample", "5", "-o", "-"], "say which metric with --metric"),
        (["--sample", "5", "-o", "-", "--metric", "x"], "no scorer of this run makes 'x'"),
        (["--labels", "none.jsonl", "--metric", "quality"], "cannot be opened"),
    ):
        assert run([*command, *more]) == 2
        assert message in capsys.readouterr().err
    assert run(["calibrate", "judge", str(folder / "nothing"), "--sample", "5", "-o", "-"]) == 2


def test_agreement_of_a_table_and_of_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "l.csv").write_text("id,anna,judge\n1,yes,yes\n2,yes,no\n3,no,no\n4,no,no\n5,no,\n")
    put(tmp_path / "l.jsonl", [{"id": 1, "anna": True, "judge": True}, {"anna": True, "judge": False},
                              {"anna": False, "judge": False}, {"anna": False, "judge": False}, {"anna": False}])  # fmt: skip
    found = []
    for name in ("l.csv", "l.jsonl"):
        assert run(["stats", "agreement", str(tmp_path / name), "--format", "json"]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert [(one["n"], one["percent"], one["kappa"]) for one in found] == [(4, 0.75, 0.5)] * 2
    for bad, message in (("id,anna\n1,yes\n", "needs two columns"), ("", "no rows"), ("a,b\n1,2,3\n", "more cells")):
        (tmp_path / "bad.csv").write_text(bad)
        assert run(["stats", "agreement", str(tmp_path / "bad.csv")]) == 2
        assert message in capsys.readouterr().err


def test_nothing_is_shown_as_minus_zero() -> None:
    assert _words({"value": -1e-9, "low": -0.031, "high": None}, "%") == "0.0 % (-3.1 to ?)"
