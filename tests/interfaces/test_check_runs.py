"""`assay check runs`: comparable, or exactly what is not."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run

BOT = """
def answer(question):
    return "I'm sorry, but I can't help with that."
"""
PLAN: dict[str, Any] = {
    "assay": 1,
    "name": "t",
    "reference": {"type": "recorded", "path": "reference.jsonl"},
    "candidate": {"type": "callable", "function": "bot:answer", "name": "new", "prompt_version": "p1"},
    "generation": {"temperature": 0.0},
    "suites": [{"name": "golden", "dataset": "golden.jsonl", "scorers": ["refusal"], "slices": ["topic"]}],
}


def rows() -> list[dict[str, Any]]:
    return [
        {"id": f"s{i}", "input": f"question {i}", "target": "refuse", "metadata": {"topic": "a" if i % 2 else "b"}}
        for i in range(30)
    ]


def put(path: Path, content: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in content))


def made(
    folder: Path, plan: Callable[[dict[str, Any]], None] | None = None, data: list[dict[str, Any]] | None = None
) -> Path:
    """The folder of a run of the plan with a change."""
    folder.mkdir()
    sys.modules.pop("bot", None)  # another test's
    (folder / "bot.py").write_text(BOT)
    put(folder / "golden.jsonl", data or rows())
    put(folder / "reference.jsonl", [{"id": one["id"], "output": "I can't help with that."} for one in rows()])
    written = json.loads(json.dumps(PLAN))
    if plan is not None:
        plan(written)
    (folder / "audit.yaml").write_text(json.dumps(written))
    assert run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "-q", "--no-cache"]) in (0, 3, 4)
    return folder / "run"


def seen(left: Path, right: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[dict[str, Any]]]:
    capsys.readouterr()
    code = run(["check", "runs", str(left), str(right), "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert told["comparable"] == (code == 0) == (not told["differences"])
    return code, told["differences"]


def test_a_run_is_comparable_with_itself_and_with_another_candidate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = made(tmp_path / "a")
    right = made(tmp_path / "b", lambda plan: plan["candidate"].update(name="newer", revision="2"))
    assert seen(left, left, capsys) == (0, [])
    assert seen(left, right, capsys) == (0, [])
    assert run(["check", "runs", str(left), str(right)]) == 0
    assert capsys.readouterr().out == "comparable\n"


def _other_rows() -> list[dict[str, Any]]:
    data = rows()
    data[3]["input"] = "another question"
    data[4]["metadata"]["topic"] = "z"
    return [*data[:28], {"id": "s99", "input": "one more", "target": "refuse", "metadata": {"topic": "a"}}]


@pytest.mark.parametrize(
    ("change", "data", "expected"),
    [
        (lambda p: p["generation"].update(temperature=0.7, max_tokens=9), None,
         {("generation", "answers", "temperature 0.0 against 0.7"), ("generation", "answers", "max_tokens 256 against 9")}),
        (lambda p: p["candidate"].update(prompt_version="p2"), None, {("prompt version", "answers", "p1 against p2")}),
        (None, _other_rows(),
         {("dataset", "answers", "2 rows only in the first: s28, s29"), ("dataset", "answers", "1 row only in the second: s99"),
          ("dataset", "answers", "1 row with another question or expectation: s3"), ("dataset", "scores", "1 row with other metadata: s4")}),
        (lambda p: p["suites"][0].update(epochs=2), None, {("suite", "answers", "epochs 1 against 2")}),
        (lambda p: p["suites"][0].update(scorers=["refusal", "length"]), None,
         {("scorer", "scores", "only the second has this scorer in suite golden")}),
        (lambda p: p.update(gate={"rules": [{"metric": "refusal", "kind": "all"}]}), None,
         {("rule", "decision", "only the first has it"), ("rule", "decision", "only the second has it")}),
        (lambda p: p.update(gate={"risk": {"exposure": "internal"}}), None,
         {("risk", "decision", 'none against {"exposure": "internal"}')}),
        (lambda p: p.update(stopping="sequential"), None,
         {("stopping", "answers", "fixed against sequential: one may have asked a part of its prompts only")}),
        (lambda p: p.update(reference={"type": "callable", "function": "bot:answer"}), None, {("model", "answers", None)}),
    ],
)  # fmt: skip
def test_each_difference_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Any,
    data: Any,
    expected: set[tuple[str, str, str | None]],
) -> None:
    left, right = made(tmp_path / "a"), made(tmp_path / "b", change, data)
    code, found = seen(left, right, capsys)
    assert code == 1
    told = {(one["topic"], one["affects"], one["what"]) for one in found}
    if any(what is None for *_, what in expected):
        assert {(topic, affects) for topic, affects, _ in told} == {(topic, affects) for topic, affects, _ in expected}
    else:
        assert told == expected
    _, turned = seen(right, left, capsys)
    assert len(turned) == len(found), "what differs does not depend on the order"


def test_what_the_program_judged_by_is_held_against_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left, right = made(tmp_path / "a"), made(tmp_path / "b")
    with closing(sqlite3.connect(right / "run.sqlite")) as base:
        base.execute("UPDATE facts SET value = json_set(value, '$.numpy', '0.1') WHERE name = 'code'")
        base.execute("UPDATE facts SET value = ? WHERE name = 'coefficients'", (json.dumps({"refusal": "sha256:00"}),))
        base.commit()
    with closing(sqlite3.connect(left / "run.sqlite")) as base:
        base.execute("UPDATE facts SET value = ? WHERE name = 'coefficients'", (json.dumps({"refusal": "sha256:11"}),))
        base.commit()
    _, found = seen(left, right, capsys)
    assert {(one["topic"], one["affects"]) for one in found} == {("code", "decision"), ("coefficients", "scores")}
    assert next(one["what"] for one in found if one["topic"] == "coefficients") == "11 against 00"


def test_a_run_that_is_not_there_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "runs", str(tmp_path / "x"), str(tmp_path / "y")]) == 2
    assert "no run here" in capsys.readouterr().err


def test_coefficients_are_registered_with_the_scorers_that_read_them(tmp_path: Path) -> None:
    folder = made(tmp_path / "a", lambda plan: plan["suites"][0].update(scorers=["refusal", "toxicity"]))
    with closing(sqlite3.connect(folder / "run.sqlite")) as base:
        told = json.loads(base.execute("SELECT value FROM facts WHERE name = 'coefficients'").fetchone()[0])
    assert told and all(value.startswith("sha256:") for value in told.values())


@pytest.mark.parametrize(
    ("change", "topic", "said"),
    [
        ({"rubric": "It is kind."}, "judge", "rubric It is fine. against It is kind."),
        ({"model": "other"}, "judge", "model m against other"),
        ({"temperature": 0.4}, "judge", "temperature none against 0.4"),
    ],
)
def test_a_judge_is_held_against_the_other_by_model_rubric_and_settings(
    change: dict[str, Any], topic: str, said: str
) -> None:
    from dataclasses import replace

    from assay.domain.plan import Plan, SubjectSpec, Task
    from assay.domain.policy import Policy
    from assay.domain.sample import Dataset, Sample
    from assay.registry import scorer
    from assay.store.comparable import Drawn, differences

    spec = {"type": "judge", "url": "http://127.0.0.1:9/v1", "model": "m", "name": "goodness", "rubric": "It is fine."}

    def plan(told: dict[str, Any]) -> Plan:
        task = Task(
            name="s",
            dataset=Dataset(name="s", samples=(Sample(id="1", input="?"),)),
            scorers=(scorer(told),),
            scorer_specs=(told,),
        )
        side = SubjectSpec(role="candidate", name="new", kind="recorded")
        return Plan(
            name="p",
            reference=replace(side, role="reference"),
            candidates=(side,),
            tasks=(task,),
            policy=Policy(name="x"),
            rules=(),
        )

    left, right = Drawn(plan=plan(spec)), Drawn(plan=plan({**spec, **change}))
    assert differences(left, left) == ()
    assert [(one.topic, one.what) for one in differences(left, right)] == [(topic, said)]
    served = {"reference": ("m-1",), "judge:m": ("j-1",)}, {"reference": ("m-2",), "judge:m": ("j-2",)}
    found = differences(replace(left, served=served[0]), replace(left, served=served[1]))
    assert [(one.topic, one.where, one.what) for one in found] == [
        ("served model", "reference", "replies named m-1 against m-2"),
        ("judge", "judge:m", "replies named j-1 against j-2"),
    ]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("interrupted", "the second run is not finished: 60 answers so far"),
        ("time", "the second run ended at its limit of time, after 60 answers"),
    ],
)
def test_a_run_that_did_not_ask_all_is_not_comparable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], reason: str, said: str
) -> None:
    left, right = made(tmp_path / "a"), made(tmp_path / "b")
    _end_by(right, reason)
    code, found = seen(left, right, capsys)
    assert code == 1
    assert [(one["topic"], one["what"]) for one in found] == [("run", said)]


def test_an_interrupted_run_is_not_decided_but_told_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = made(tmp_path / "a")
    _end_by(folder, "interrupted")
    for words in (["report", str(folder)], ["review", str(folder)], ["harvest", str(folder), "-o", "-"]):
        assert run(words) == 2
        assert "(60 answers so far); give `assay audit` again to go on" in capsys.readouterr().err


def _end_by(folder: Path, reason: str) -> None:
    with closing(sqlite3.connect(folder / "run.sqlite")) as base:
        base.execute("UPDATE facts SET value = json_set(value, '$.reason', ?) WHERE name = 'ending'", (reason,))
        base.commit()
