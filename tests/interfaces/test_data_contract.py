"""Rows and answers held to a behaviour contract, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run
from assay.store.behaviours import read_behaviour

CONTRACT = """
name: quiet
style: {emoji: false}
mixture: {synthetic: {at_most: 0.2, schedule: [{stage: warm-up, at_most: 0.9}]}, intent: {code: {at_least: 0.5}}}
"""


def data(folder: Path, loud: int, count: int = 60, **metadata: Any) -> Path:
    path = folder / "train.jsonl"
    rows = [
        {
            "prompt": f"Who lives at number {n} of the long street?",
            "completion": "Here 🎉" if n < loud else f"Near the lake {n}.",
            **metadata,
        }
        for n in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "quiet.yaml").write_text(CONTRACT, encoding="utf-8")
    return path


def checked(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, dict[str, Any]]:
    code = run(["check", "data", *map(str, arguments), "--format", "json"])
    return code, json.loads(capsys.readouterr().out or "{}")


def test_rows_are_held_to_a_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = data(tmp_path, loud=12)
    _, told = checked(capsys, path, "--contract", tmp_path / "quiet.yaml")
    by_code = {one["code"]: one for one in told["findings"]}
    assert by_code["contract.emoji"]["where"] == {"file": str(path), "lines": list(range(1, 13))}
    assert by_code["contract.emoji"]["evidence"]["share"] == 0.2
    assert by_code["mixture.target"]["evidence"]["label"] == "code"
    assert by_code["mixture.intent"]["evidence"]["distribution"] == {"question": 60}


def test_a_rule_counts_rows_that_break_a_clause(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = data(tmp_path, loud=12)
    for most, code in ((11, 1), (12, 0)):
        found, told = checked(
            capsys, path, "--contract", tmp_path / "quiet.yaml", "--at-most", f"contract.emoji={most}"
        )
        assert (found, told["verdict"]["decision"]) == (code, "block" if code else "deploy")


def test_the_stage_picks_the_synthetic_cap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = data(tmp_path, loud=0, generator="gpt-4")
    rows = path.read_text(encoding="utf-8").replace('"generator": "gpt-4"', '"generator": "human"', 20)
    path.write_text(rows, encoding="utf-8")
    code, told = checked(capsys, path, "--contract", tmp_path / "quiet.yaml")
    assert code == 1 and "mixture.synthetic_cap" in told["counts"]["by_code"]
    code, told = checked(capsys, path, "--contract", tmp_path / "quiet.yaml", "--stage", "warm-up")
    assert code == 0 and "mixture.synthetic_cap" not in told["counts"]["by_code"]


def test_a_stage_needs_a_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "data", str(data(tmp_path, 0)), "--stage", "warm-up"]) == 2
    assert "give --contract FILE too" in capsys.readouterr().err


def test_a_wrong_contract_names_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = data(tmp_path, 0)
    (tmp_path / "quiet.yaml").write_text("name: quiet\nstyle: {emojis: false}\n", encoding="utf-8")
    assert run(["check", "data", str(path), "--contract", str(tmp_path / "quiet.yaml")]) == 2
    assert "quiet.yaml:2: style.emojis: unknown key. Did you mean 'emoji'?" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "html", "sarif"])
def test_every_form_tells_of_clauses(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", "data", str(data(tmp_path, 12)), "--contract", str(tmp_path / "quiet.yaml"), "--format", form])
    assert "contract.emoji" in capsys.readouterr().out


def test_the_schema_is_printed_and_takes_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "contract"]) == 0
    schema = json.loads(capsys.readouterr().out)
    example = read_behaviour(Path(__file__).parents[2] / "examples" / "contract" / "support.yaml")
    assert example.name == "support assistant" and "style" in schema["properties"]


def audited(folder: Path, loud: int) -> tuple[int, dict[str, Any]]:
    samples = [{"id": str(n), "input": f"Where is place {n}?"} for n in range(80)]
    for name, bad in (("reference", 0), ("candidate", loud)):
        answers = [{"id": str(n), "output": "Here 🎉" if n < bad else "Near the lake."} for n in range(80)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in answers), encoding="utf-8")
    (folder / "golden.jsonl").write_text("".join(json.dumps(one) + "\n" for one in samples), encoding="utf-8")
    (folder / "quiet.yaml").write_text(CONTRACT, encoding="utf-8")
    (folder / "audit.yaml").write_text(
        "assay: 1\nname: t\ncontract: quiet.yaml\n"
        "reference: {type: recorded, path: reference.jsonl}\ncandidate: {type: recorded, path: candidate.jsonl}\n"
        "suites: [{name: golden, dataset: golden.jsonl, scorers: [length]}]\n",
        encoding="utf-8",
    )
    code = run(["audit", str(folder / "audit.yaml"), "-o", str(folder / f"run{loud}"), "--quiet"])
    return code, json.loads((folder / f"run{loud}" / "verdict.json").read_bytes())


def test_the_same_contract_decides_an_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = audited(tmp_path, loud=0)
    rules = {rule["id"]: rule["outcome"] for rule in told["rules"]}
    assert (code, rules) == (0, {"contract.emoji": "deploy"})
    code, told = audited(tmp_path, loud=40)
    rules = {rule["id"]: rule["outcome"] for rule in told["rules"]}
    assert (code, rules) == (1, {"contract.emoji": "block"})
    capsys.readouterr()
    assert run(["gate", str(tmp_path / "run40")]) == 1  # decided again from what was stored


def test_a_plan_holds_its_data_to_its_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def decided(loud: int) -> dict[str, str]:
        audited(tmp_path, loud=0)
        data(tmp_path, loud)
        plan = (tmp_path / "audit.yaml").read_text(encoding="utf-8")
        rules = (
            "data: {files: [train.jsonl]}\n"
            "gate: {rules: [{kind: findings, code: contract.emoji, at_most: 0, id: rows},"
            " {metric: contract_emoji, kind: all, id: answers}]}\n"
        )
        (tmp_path / "audit.yaml").write_text(plan + rules, encoding="utf-8")
        run(["audit", str(tmp_path / "audit.yaml"), "-o", str(tmp_path / f"held{loud}"), "--quiet"])
        told = json.loads((tmp_path / f"held{loud}" / "verdict.json").read_bytes())
        return {rule["id"]: rule["outcome"] for rule in told["rules"] if rule["id"] in ("rows", "answers")}

    assert decided(0) == {"rows": "deploy", "answers": "deploy"}
    assert decided(5) == {"rows": "block", "answers": "deploy"}


def test_findings_of_another_contract_are_not_relied_upon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audited(tmp_path, loud=0)
    data(tmp_path, 0)
    plan = (tmp_path / "audit.yaml").read_text(encoding="utf-8")
    (tmp_path / "audit.yaml").write_text(plan + "data: {files: [train.jsonl]}\n", encoding="utf-8")
    found = ["--plan", str(tmp_path / "audit.yaml"), "--format", "json", "-o", str(tmp_path / "found.json")]
    run(["check", "data", str(tmp_path / "train.jsonl"), *found])
    (tmp_path / "audit.yaml").write_text(
        plan + "data: {files: [train.jsonl], findings: found.json}\n", encoding="utf-8"
    )
    assert run(["audit", str(tmp_path / "audit.yaml"), "-o", str(tmp_path / "same"), "--quiet"]) == 0
    (tmp_path / "quiet.yaml").write_text(CONTRACT.replace("emoji: false", "exclamation: false"), encoding="utf-8")
    assert run(["audit", str(tmp_path / "audit.yaml"), "-o", str(tmp_path / "other"), "--quiet"]) == 4
    assert "held against another contract" in capsys.readouterr().out
