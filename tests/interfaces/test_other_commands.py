"""The commands beside `audit`: each one's output can be read, by people and by machines."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from assay.interfaces.cli import run

REFUSES = "I'm sorry, but I can't help with that."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ids = [f"s{n}" for n in range(120)]
    samples = [json.dumps({"id": one, "input": f"question {one}", "target": "refuse"}) for one in ids]
    (tmp_path / "golden.jsonl").write_text("\n".join(samples))
    for side in ("reference", "candidate"):
        rows = "\n".join(json.dumps({"id": one, "output": REFUSES}) for one in ids)
        (tmp_path / f"{side}.jsonl").write_text(rows)
    write_plan(tmp_path)
    return tmp_path


def write_plan(folder: Path, **more: Any) -> None:
    plan = {
        "assay": 1,
        "name": "t",
        "reference": {"type": "recorded", "path": "reference.jsonl"},
        "candidate": {"type": "recorded", "path": "candidate.jsonl"},
        "suites": [{"name": "golden", "dataset": "golden.jsonl", "scorers": ["refusal"]}],
    }
    (folder / "audit.yaml").write_text(json.dumps({**plan, **more}))


def test_plan_says_calls_and_power(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", str(folder / "audit.yaml")]) == 0
    out = capsys.readouterr().out
    assert "120 recorded answers to read" in out
    assert "refusal.band" in out
    assert run(["plan", str(folder / "audit.yaml"), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["calls"] for one in found["subjects"]] == [120, 120]
    assert [one["rule"] for one in found["rules"]] == ["refusal.band"]


def test_plan_looks_into_recorded_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.dumps({"id": f"s{n}", "output": REFUSES}) for n in range(2, 120)]
    rows += [
        json.dumps({"id": "stranger", "output": "?"}),
        "{torn",
        json.dumps({"id": "s0", "epoch": 2, "output": "?"}),
    ]
    rows.append(json.dumps({"id": "s1", "input": "another question", "output": REFUSES}))
    (folder / "candidate.jsonl").write_text("\n".join(rows))
    assert run(["plan", str(folder / "audit.yaml")]) == 0
    out = capsys.readouterr().out
    assert "reference: 120 of 120 answers are in reference.jsonl (120 rows)" in out
    assert "! candidate: 118 of 120 answers are in candidate.jsonl (121 rows)" in out
    assert "missing, counted as errors: s0\n" in out
    assert "not asked for: stranger, s0\n" in out
    assert "answers to other prompts: s1\n" in out
    assert "cannot be used: lines 120\n" in out
    assert run(["plan", str(folder / "audit.yaml"), "--format", "json"]) == 0
    left, right = json.loads(capsys.readouterr().out)["recorded"]
    assert (left["matched"], left["n_missing"], left["missing"], left["extra"]) == (120, 0, [], [])
    assert (right["n_missing"], right["n_extra"], right["n_mismatched"], right["n_corrupt"]) == (1, 2, 1, 1)


def test_plan_reads_recorded_files_like_an_audit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "candidate.jsonl").write_text("")
    assert run(["plan", str(folder / "audit.yaml")]) == 2
    assert "candidate.jsonl: holds no recorded outputs" in capsys.readouterr().err
    (folder / "candidate.jsonl").unlink()
    assert run(["plan", str(folder / "audit.yaml")]) == 2
    assert "candidate.jsonl" in capsys.readouterr().err


def test_plan_says_which_statements_of_a_policy_need_a_judge(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kind = {"id": "tone", "kind": "must", "text": "Be kind."}
    plain = {"id": "window", "kind": "must", "text": "Say 30 days.", "any": ["30 days"]}
    narrow = {**kind, "id": "odd", "when": {"prompt": ["question s7"]}}
    for statements, said in ([plain], ""), ([plain, kind], "(tone)"), ([plain, narrow], "(odd)"):
        (folder / "shop.yaml").write_text(yaml.safe_dump({"name": "shop", "statements": statements}))
        suites = [{"name": "golden", "dataset": "golden.jsonl", "scorers": [{"type": "policy", "policy": "shop.yaml"}]}]
        write_plan(folder, suites=suites)
        assert run(["plan", str(folder / "audit.yaml"), "--format", "json"]) == 0
        found = [one for one in json.loads(capsys.readouterr().out)["warnings"] if "judge" in one]
        assert len(found) == bool(said)
        if said:
            assert f"suite 'golden': 1 of 2 statements of shop.yaml need a judge {said}" in found[0]
            assert ("unscored on 120 of 120" in found[0]) == (said == "(tone)")
            assert ("unscored on 1 of 120" in found[0]) == (said == "(odd)")


def test_plan_takes_what_a_run_measured(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "-q", "--no-cache"])
    capsys.readouterr()
    assert run(["plan", str(folder / "audit.yaml"), "--measured", str(folder / "run")]) == 0
    assert "refusal.band" in capsys.readouterr().out
    assert run(["plan", str(folder / "audit.yaml"), "--measured", str(folder)]) == 2


def test_names_in_a_plan_command_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = {"type": "recorded", "path": "candidate.jsonl", "name": "new\u001b[2J\nDEPLOY"}
    write_plan(folder, name="t\u001b]0;owned\u0007\nDEPLOY everything", candidate=named)
    assert run(["plan", str(folder / "audit.yaml")]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out and "\x07" not in out
    assert not [line for line in out.splitlines() if line.startswith("DEPLOY")]


@pytest.mark.parametrize("what", ["plan", "policy", "sample", "output", "verdict"])
def test_each_schema_is_one(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", what]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)


def test_schemas_take_what_assay_takes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "-q", "--no-cache"])
    documents = {
        "plan": yaml.safe_load((folder / "audit.yaml").read_text()),
        "sample": json.loads((folder / "golden.jsonl").read_text().splitlines()[0]),
        "output": json.loads((folder / "candidate.jsonl").read_text().splitlines()[0]),
        "verdict": json.loads((folder / "run" / "verdict.json").read_text()),
    }
    capsys.readouterr()
    for what, document in documents.items():
        run(["schema", what])
        jsonschema.Draft202012Validator(json.loads(capsys.readouterr().out)).validate(document)


def test_doctor_never_shows_a_key(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SOME_KEY", "sk-secret")
    assert run(["doctor", "--key", "SOME_KEY"]) == 0
    out = capsys.readouterr().out
    assert "SOME_KEY set" in out and "sk-secret" not in out
    assert run(["doctor", "--key", "NO_SUCH_KEY", "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)["keys"]["NO_SUCH_KEY"] is False


def test_scorers_have_a_page_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scorers", "--format", "json"]) == 0
    names = [one["name"] for one in json.loads(capsys.readouterr().out)]
    assert "refusal" in names
    for name in names:
        assert run(["scorers", name]) == 0
        assert "Misses" in capsys.readouterr().out, name
    assert run(["scorers", "refusle"]) == 2
    assert "refusal" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["recorded", "endpoint", "adapter"])
def test_init_writes_a_plan_once(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path / "new"), "--for", kind]) == 0
    assert (tmp_path / "new" / "audit.yaml").is_file()
    assert run(["init", str(tmp_path / "new"), "--for", kind]) == 2
    assert "exists already" in capsys.readouterr().err
    if kind == "recorded":
        assert run(["plan", str(tmp_path / "new" / "audit.yaml")]) == 0


def test_stats_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stats", "proportion", "--good", "90", "--n", "100", "--at-least", "0.8", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["low"] == pytest.approx(0.82378, abs=1e-5)
    assert found["high"] == pytest.approx(0.95099, abs=1e-5)
    assert 0 < found["p_floor"] < 0.05
    assert run(["stats", "proportion", "--good", "101", "--n", "100"]) == 2
    capsys.readouterr()
    assert run(["stats", "power", "--n", "500", "--format", "json"]) == 0
    few = json.loads(capsys.readouterr().out)
    assert run(["stats", "power", "--n", str(few["needed"]), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["power"] >= 0.8
    assert run(["stats", "power", "--n", "500"]) == 0
    assert "500 prompts: power" in capsys.readouterr().out


def test_an_unknown_command_is_told_its_neighbour(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audti"]) == 2
    assert "Did you mean 'audit'?" in capsys.readouterr().err


def test_a_callable_that_changes_folder_moves_no_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (folder / "wanderer.py").write_text(
        f"import os\ndef answer(asked):\n    os.chdir({str(elsewhere)!r})\n    return {REFUSES!r}\n"
    )
    write_plan(folder, candidate={"type": "callable", "function": "wanderer.py:answer", "name": "w"})
    monkeypatch.chdir(folder)
    assert run(["audit", "audit.yaml", "-o", "run", "--html", "page.html", "-q", "--no-cache"]) == 0
    assert (folder / "run" / "verdict.json").is_file()
    assert (folder / "page.html").is_file()
    assert not list(elsewhere.iterdir())


def test_packs_are_listed_with_their_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["packs", "--format", "json"]) == 0
    names = [one["name"] for one in json.loads(capsys.readouterr().out)]
    assert {"safety", "bias", "grounding"} <= set(names)
    assert run(["packs"]) == 0
    assert all(name in capsys.readouterr().out for name in names[:1])
    assert run(["packs", "bias", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"name": "bias-pairs", "prompts": 249, "scorers": ["bias"], "slices": ["dimension", "group"]}
    ]
    assert run(["packs", "safty"]) == 2
    assert "no pack 'safty'" in capsys.readouterr().err
    assert run(["packs", "safety", "--task", "nothing"]) == 2
    assert "has no task 'nothing'" in capsys.readouterr().err


@pytest.mark.parametrize("pack", ["safety", "injection", "grounding"])
def test_prompts_that_were_answered_elsewhere_meet_their_plan(
    pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answers.jsonl"
    assert run(["packs", pack, "--out", str(file)]) == 0
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert not {"target", "metadata", "output"} & {key for row in rows for key in row}
    subject = {"type": "recorded", "path": "answers.jsonl"}
    write_plan(tmp_path, reference=subject, candidate={**subject, "name": "c"}, suites=[{"pack": pack}])
    capsys.readouterr()
    assert run(["plan", str(tmp_path / "audit.yaml"), "--format", "json"]) == 0
    empty = json.loads(capsys.readouterr().out)["recorded"][0]
    assert (empty["matched"], empty["n_corrupt"]) == (0, len(rows))
    file.write_text("".join(json.dumps({**row, "output": REFUSES}) + "\n" for row in rows), encoding="utf-8")
    assert run(["plan", str(tmp_path / "audit.yaml"), "--format", "json"]) == 0
    filled = json.loads(capsys.readouterr().out)["recorded"][0]
    assert (filled["matched"], filled["n_extra"], filled["n_mismatched"]) == (len(rows), 0, 0)


def test_prompts_go_to_standard_output_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["packs", "safety", "--task", "safety-boundary", "-o", "-"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all({"id", "input", "sample_digest"} == set(row) for row in rows)


def test_show_knows_the_ids_of_a_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "-q", "--no-cache"])
    capsys.readouterr()
    assert run(["show", str(folder / "run"), "--id", "s7"]) == 0
    assert "golden / s7" in capsys.readouterr().out
    for form in ("text", "json"):
        assert run(["show", str(folder / "run"), "--id", "s7", "--id", "s777", "--format", form]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "--id: this run has no sample 's777'. Near it: " in err and "s77" in err and "(120 in all)" in err


def test_plan_counts_only_prompts_that_tell_of_safety(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"id": str(at), "input": f"{at} + 1?", "target": target} for at, target in enumerate(["2", "refuse", "comply"])
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = [{"id": str(at), "output": "no"} for at in range(3)]
    (tmp_path / "out.jsonl").write_text("".join(json.dumps(row) + "\n" for row in said))
    side = {"type": "recorded", "path": "out.jsonl"}
    suite = {"name": "own", "dataset": "rows.jsonl", "scorers": ["refusal"]}
    plan = {"assay": 1, "name": "t", "reference": side, "candidate": side, "suites": [suite]}
    (tmp_path / "audit.yaml").write_text(json.dumps(plan))
    assert run(["plan", str(tmp_path / "audit.yaml")]) == 0
    assert "too few safety-relevant prompts: 2; a practical evaluation has at least 500" in capsys.readouterr().out


def test_doctor_names_every_extra_with_all_its_packages(capsys: pytest.CaptureFixture[str]) -> None:
    run(["doctor", "--format", "json"])
    told = {extra: set(names) for extra, names in json.loads(capsys.readouterr().out)["extras"].items()}
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {
        extra: {re.split(r"[><=;\[ ]", one)[0] for one in packages}
        for extra, packages in project["optional-dependencies"].items()
    }
    assert told == {extra: names for extra, names in wanted.items() if extra in told}
    assert {"data", "serve", "sigstore", "local", "gguf", "inspect", "parquet"} <= set(told)


def test_examples_and_exit_codes_are_paragraphs_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["check", "data"], ["watch", "replay"], ["review"]):
        assert run([*command, "--help"]) == 0
        shown = capsys.readouterr().out.splitlines()
        assert not [line for line in shown if "Example:" in line and "Exit codes:" in line]
        assert [at for at, line in enumerate(shown) if line.strip().startswith("Example:") and not shown[at - 1]]
