from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.interfaces.cli import run
from assay.store.watch_plans import read_watch_plan


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.chdir(tmp_path)
    assert run(["init", "audit", "--for", "recorded"]) == 0
    run(["audit", "audit/audit.yaml", "-q"])
    capsys.readouterr()
    (found,) = (
        (tmp_path / "audit" / "assay-runs").iterdir()
        if (tmp_path / "audit" / "assay-runs").exists()
        else (tmp_path / "assay-runs").iterdir()
    )
    return found


def test_a_plan_made_of_a_run_watches_as_it_stands(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["watch", "init", str(finished), "--segment", "route", "-o", "watch.yaml"]) == 0
    plan = read_watch_plan(tmp_path / "watch.yaml")
    assert plan.segments == ("route",)
    assert Path(plan.run) == finished.resolve()
    rows = [{"input": "Hello", "output": "Hi", "timestamp": 1795773600 + at, "route": "chat"} for at in range(30)]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    capsys.readouterr()
    assert run(["watch", "replay", "t.jsonl", "--plan", "watch.yaml", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"route": "chat"} in [one["segment"] for one in found["rates"]]


def test_released_figures_hold_once_their_comments_are_opened(finished: Path, tmp_path: Path) -> None:
    assert run(["watch", "init", str(finished), "-o", "watch.yaml"]) == 0
    written = (tmp_path / "watch.yaml").read_text(encoding="utf-8")
    (tmp_path / "opened.yaml").write_text(written.replace("    # reference", "    reference"), encoding="utf-8")
    before, opened = (read_watch_plan(tmp_path / name).monitors for name in ("watch.yaml", "opened.yaml"))
    assert "reference" not in before["refusal"]
    assert opened["refusal"] == {**before["refusal"], "reference": pytest.approx(11 / 12, abs=1e-4), "reference_n": 12}
    rows = [{"input": "Hello", "output": "Hi", "timestamp": 1795773600 + at} for at in range(30)]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert run(["watch", "replay", "t.jsonl", "--plan", "opened.yaml"]) in (0, 1)


def test_a_run_that_released_nobody_is_told_and_written_down(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads((finished / "verdict.json").read_text())
    assert (told["decision"], told["exit_code"]) == ("inconclusive", 4)
    assert run(["watch", "init", str(finished)]) == 0
    assert "released nobody: its decision is INCONCLUSIVE; watch.yaml says so too" in capsys.readouterr().err
    first, second, *_ = (tmp_path / "watch.yaml").read_text().splitlines()
    assert "from a run that released nobody" in first
    assert second.startswith("# WARNING: the decision of that run is INCONCLUSIVE")
    read_watch_plan(tmp_path / "watch.yaml")
    for decision, code, name in (("deploy_monitored", 0, "good"), ("deploy", 4, "exploratory")):
        (finished / "verdict.json").write_text(json.dumps({**told, "decision": decision, "exit_code": code}))
        assert run(["watch", "init", str(finished), "-o", f"{name}.yaml"]) == 0
    assert "from the run that was released." in (tmp_path / "good.yaml").read_text().splitlines()[0]
    assert "WARNING" not in (tmp_path / "good.yaml").read_text()
    assert "is DEPLOY, exploratory:" in (tmp_path / "exploratory.yaml").read_text().splitlines()[1]


def test_nothing_is_overwritten_and_a_run_is_needed(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "watch.yaml").write_text("mine", encoding="utf-8")
    assert run(["watch", "init", str(finished)]) == 2
    assert "stands there already" in capsys.readouterr().err
    assert run(["watch", "init", "nowhere", "-o", "other.yaml"]) == 2
    assert not (tmp_path / "other.yaml").exists()
    assert run(["watch", "init", "nowhere"]) == 2  # what is missing is told before what stands there
    assert "stands there already" not in capsys.readouterr().err
