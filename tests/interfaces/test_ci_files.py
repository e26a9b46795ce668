"""The GitHub action and the pre-commit hooks do what they say: their own steps and entries are run here."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
REFUSES, COMPLIES = "I'm sorry, but I can't help with that.", "Sure. First, you take the following steps."
N = 300


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with a plan, and a `python` that is this one; calls of pip are noted, not made."""
    samples = [{"id": f"s{n}", "input": f"question {n}", "target": "refuse"} for n in range(N)]
    (tmp_path / "golden.jsonl").write_text("\n".join(map(json.dumps, samples)))
    plan = {
        "assay": 1,
        "name": "t",
        "reference": {"type": "recorded", "path": "reference.jsonl"},
        "candidate": {"type": "recorded", "path": "candidate.jsonl"},
        "suites": [{"name": "golden", "dataset": "golden.jsonl", "scorers": ["refusal"]}],
    }
    (tmp_path / "audit.yaml").write_text(json.dumps(plan))
    answer(tmp_path, "reference", 0)
    answer(tmp_path, "candidate", 0)
    fake = tmp_path / "bin" / "python"
    fake.parent.mkdir()
    real = shlex.quote(sys.executable)
    fake.write_text(
        "#!/bin/sh\n"
        f'case "$*" in "-m pip "*) for each in "$@"; do echo "$each"; done > {tmp_path}/pip; exit 0 ;; esac\n'
        f'exec {real} "$@"\n'
    )
    fake.chmod(0o755)
    return tmp_path


def answer(folder: Path, side: str, lost: int, n: int = N) -> None:
    rows = [{"id": f"s{i}", "output": COMPLIES if i < lost else REFUSES} for i in range(n)]
    (folder / f"{side}.jsonl").write_text("\n".join(map(json.dumps, rows)))


# The action


@dataclass(frozen=True)
class Ran:
    """What a run of the action gave."""

    code: int
    outputs: dict[str, str]
    summary: str
    log: str


def act(folder: Path, **given: str) -> Ran:
    """Every shell step of the action, as a runner does: bash, inputs filled in, files of GitHub."""
    inputs = {name: one.get("default", "") for name, one in ACTION["inputs"].items()} | given
    files = {name: folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for path in files.values():
        path.write_text("")
    log, code = "", 0
    for step in ACTION["runs"]["steps"]:
        if "run" not in step:
            continue
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "texts of inputs must not become code"
        env = {key: filled(value, inputs) for key, value in step.get("env", {}).items()}
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        own = {**os.environ, **{name: str(path) for name, path in files.items()}, "PATH": path, **env}
        own["PYTHONPATH"] = str(ROOT / "src")
        (folder / "step.sh").write_text(step["run"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(folder / "step.sh")],
            cwd=folder, env=own, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        log += done.stdout + done.stderr
        code = done.returncode
        if code:
            break
    outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    return Ran(code, outputs, files["GITHUB_STEP_SUMMARY"].read_text(), log)


def filled(text: str, inputs: dict[str, str]) -> str:
    known = {f"inputs.{name}": value for name, value in inputs.items()} | {"github.action_path": str(ROOT)}
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: known[found[1]], text)


def test_a_candidate_that_deploys_passes_with_its_report_in_the_summary(folder: Path) -> None:
    (folder / "assay").mkdir()
    (folder / "assay" / "__init__.py").write_text("raise SystemExit(0)")  # of the workspace, and not taken for ours
    seen = act(folder, plan="audit.yaml")
    assert seen.code == 0, seen.log
    assert seen.outputs == {"decision": "deploy", "exit-code": "0", "report": "assay-run/report.html"}
    assert seen.summary.startswith("## ✓ Deploy")
    assert (folder / "assay-run" / "report.html").is_file()


@pytest.mark.parametrize(
    ("lost", "n", "decision", "code"),
    [(200, N, "block", 1), (60, N, "review", 3), (0, 12, "inconclusive", 4)],
)
def test_the_exit_code_of_the_decision_is_kept(folder: Path, lost: int, n: int, decision: str, code: int) -> None:
    answer(folder, "candidate", lost, n)
    seen = act(folder, plan="audit.yaml", output="out here")
    assert (seen.code, seen.outputs["decision"], seen.outputs["exit-code"]) == (code, decision, str(code)), seen.log
    assert seen.outputs["report"] == "out here/report.html"
    assert seen.summary


def test_fail_on_chooses_what_fails_and_tells_the_code_all_the_same(folder: Path) -> None:
    answer(folder, "candidate", 200)
    seen = act(folder, plan="audit.yaml", **{"fail-on": "none"})
    assert (seen.code, seen.outputs["exit-code"], seen.outputs["decision"]) == (0, "1", "block")
    answer(folder, "candidate", 200)
    assert act(folder, plan="audit.yaml", **{"fail-on": "review,\n inconclusive"}).code == 0
    assert act(folder, plan="audit.yaml", **{"fail-on": "review,block"}).code == 1
    assert act(folder, plan="audit.yaml", **{"fail-on": "blok"}).code == 2
    assert act(folder, plan="audit.yaml", **{"fail-on": "*"}).code == 2


def test_enhanced_monitoring_fails_only_where_it_is_named(folder: Path) -> None:
    lines = (folder / "golden.jsonl").read_text().splitlines()[:40]
    (folder / "golden.jsonl").write_text("\n".join(lines))
    seen = act(folder, plan="audit.yaml")
    assert (seen.code, seen.outputs["decision"]) == (0, "deploy_monitored"), seen.log
    assert act(folder, plan="audit.yaml", **{"fail-on": "block, deploy_monitored"}).code == 3


def test_a_run_that_decided_nothing_fails_whatever_fail_on_says(folder: Path) -> None:
    (folder / "audit.yaml").write_text("assay: 1\nname: t\n")
    seen = act(folder, plan="audit.yaml", **{"fail-on": "none"})
    assert (seen.code, seen.outputs["decision"], seen.outputs["exit-code"]) == (2, "", "2")
    assert "decided nothing" in seen.summary


@pytest.mark.parametrize("name", ["$(touch owned).yaml", "a; touch owned", '"; touch owned; "', "--version", "x\ny"])
def test_inputs_are_never_run(folder: Path, name: str) -> None:
    seen = act(folder, plan=name, output="$(touch owned2)")
    assert seen.code == 2, seen.log
    assert not list(folder.glob("owned*"))


def test_extras_are_installed_from_the_action_itself(folder: Path) -> None:
    act(folder, plan="none.yaml", extras="gguf,parquet")
    assert (folder / "pip").read_text().splitlines()[-1] == f"{ROOT}[gguf,parquet]"
    act(folder, plan="none.yaml")
    assert (folder / "pip").read_text().splitlines()[-1] == str(ROOT)


def test_nothing_is_uploaded_and_every_action_is_pinned_to_a_version() -> None:
    used = [step["uses"] for step in ACTION["runs"]["steps"] if "uses" in step]
    assert used == ["actions/setup-python@v5"]
    assert not re.search(r"curl|wget|https?://", (ROOT / "action.yml").read_text())
    assert set(ACTION["inputs"]) == {"plan", "output", "python-version", "fail-on", "extras"}
    assert all(f"steps.audit.outputs.{name}" in one["value"] for name, one in ACTION["outputs"].items())


def test_the_job_that_runs_the_action_at_the_code_host_holds(folder: Path) -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yml").read_text(encoding="utf-8"))["jobs"]
    (step,) = [each for each in jobs["action"]["steps"] if each.get("uses") == "./"]
    starter = ROOT / step["with"]["plan"]
    for name in ("golden.jsonl", "reference.jsonl", "candidate.jsonl"):
        shutil.copy(starter.parent / name, folder / name)
    shutil.copy(starter, folder / "starter.yaml")
    seen = act(folder, plan="starter.yaml", **{"fail-on": step["with"]["fail-on"]})
    assert (seen.code, seen.outputs["decision"]) == (0, "inconclusive"), seen.log


# The hooks


def hook(folder: Path, id: str, *files: str) -> tuple[int, str]:
    """The entry as pre-commit runs it: files appended, from the top of the repository."""
    (one,) = [each for each in HOOKS if each["id"] == id]
    words = shlex.split(one["entry"])
    assert words[0] == "python" and one["language"] == "python"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, *words[1:], *files], cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stdout + done.stderr


def test_good_files_pass_in_silence(folder: Path) -> None:
    assert hook(folder, "assay-plan", "audit.yaml", "audit.yaml") == (0, "")
    assert hook(folder, "assay-dataset", "golden.jsonl") == (0, "")


def test_a_wrong_plan_fails_with_its_line_and_the_others_are_read_too(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "audit.yaml").write_text((folder / "audit.yaml").read_text())
    (folder / "b.audit.yaml").write_text("assay: 1\nname: t\nsuits: []\n")
    code, said = hook(folder, "assay-plan", "sub/audit.yaml", "audit.yaml", "b.audit.yaml")
    assert code == 1
    assert re.search(r"sub/audit\.yaml.*golden\.jsonl", said), "a dataset that is not there"
    assert "b.audit.yaml" in said and "suits" in said


def test_a_row_that_is_no_sample_fails_with_path_and_line(folder: Path) -> None:
    (folder / "datasets").mkdir()
    (folder / "datasets" / "golden.jsonl").write_text('{"id": "a", "input": "x"}\n{"id": "a", "input": "y"}\n')
    code, said = hook(folder, "assay-dataset", "golden.jsonl", "datasets/golden.jsonl", "reference.jsonl")
    assert code == 1
    assert "datasets/golden.jsonl:2" in said and "reference.jsonl:1" in said


def test_hooks_take_the_files_they_name() -> None:
    patterns = {one["id"]: re.compile(one["files"]) for one in HOOKS}
    plans, datasets = patterns["assay-plan"], patterns["assay-dataset"]
    assert all(plans.search(name) for name in ("audit.yaml", "a/audit.yml", "v4.audit.yaml", "audits/x.yaml"))
    assert not any(plans.search(name) for name in ("myaudit.yaml", ".github/workflows/checks.yml", "audit.json"))
    assert all(datasets.search(name) for name in ("golden.jsonl", "a/golden.jsonl.gz", "datasets/a/b.jsonl"))
    assert not any(datasets.search(name) for name in ("reference.jsonl", "datasets/readme.md"))


def test_an_unknown_check_is_a_mistake_in_the_command(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assay.interfaces.hooks", "plans"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2 and "plans" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pre-commit") is None, reason="pre-commit is not installed; its entries are run above")
def test_pre_commit_itself_installs_and_runs_the_hooks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pre-commit try-repo` on this repository: makes an environment, so it needs a package index and a minute."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(folder / "cache"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    (folder / "v4.audit.yaml").write_text("assay: 1\nname: t\nsuits: []\n")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *words], cwd=folder, check=True, capture_output=True)
    for id, files, code in (("assay-plan", "audit.yaml", 0), ("assay-plan", "v4.audit.yaml", 1)):
        command = ["pre-commit", "try-repo", str(ROOT), id, "--files", files, "--verbose"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
        assert (done.returncode != 0) == bool(code), done.stdout + done.stderr
        assert "assay plan" in done.stdout
