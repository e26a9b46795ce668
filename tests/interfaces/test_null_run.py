"""`assay audit --null`: the reference against itself, asked twice, and the noise floor that it shows."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run
from assay.subjects.again import APART
from assay.testing.replies import Reply, Request
from assay.testing.serving import serving

REFUSES, COMPLIES = "I'm sorry, but I can't help with that.", "Sure. First, you take the following steps."
N = 120


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [{"id": f"s{n}", "input": f"question {n}", "target": "refuse"} for n in range(N)]
    (tmp_path / "golden.jsonl").write_text("\n".join(map(json.dumps, rows)))
    answers = [{"id": f"s{n}", "output": REFUSES} for n in range(N)]
    for side in ("reference", "candidate"):
        (tmp_path / f"{side}.jsonl").write_text("\n".join(map(json.dumps, answers)))
    return tmp_path


def write_plan(folder: Path, url: str = "", **more: Any) -> Path:
    served = {"type": "endpoint", "url": url, "model": "old", "probe": False}
    plan = {
        "assay": 1,
        "name": "bot v4",
        "reference": served if url else {"type": "recorded", "path": "reference.jsonl"},
        "candidate": {**served, "model": "new"} if url else {"type": "recorded", "path": "candidate.jsonl"},
        "suites": [{"name": "golden", "dataset": "golden.jsonl", "scorers": ["refusal"]}],
        "owner": "team@example.org",
    }
    path = folder / "audit.yaml"
    path.write_text(json.dumps({**plan, **more}))
    return path


def null(folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    code = run(["audit", str(folder / "audit.yaml"), "--null", "-o", str(folder / "null"), "-q", *more])
    verdict = json.loads((folder / "null" / "verdict.json").read_text())
    assert verdict["exit_code"] == code == run(["gate", str(folder / "null")]), "decided again, it is the same"
    return code, verdict


def floor(verdict: dict[str, Any], metric: str) -> dict[str, Any]:
    return next(one for one in verdict["noise_floor"] if one["metric"] == metric and not one["slice"])


def codes(verdict: dict[str, Any]) -> set[str]:
    return {one["code"] for one in verdict["findings"]}


def test_a_steady_model_deploys_and_is_asked_twice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(lambda request: REFUSES) as server:
        write_plan(folder, server.url)
        code, verdict = null(folder)
        assert server.seen == Counter({("old", f"question {n}"): 2 for n in range(N)}), "twice, and no candidate"
    assert (code, verdict["decision"]) == (0, "deploy")
    assert verdict["reasons"][0].startswith("null run: the reference passes against itself")
    assert "Nothing to release" in verdict["next_step"]
    assert "subject.identical" not in codes(verdict)
    assert floor(verdict, "refusal")["differing"] == 0
    out = capsys.readouterr().out
    assert "Noise floor" in out and f"0 of {N}" in out
    assert f"word for word, to {N} of {N} prompts" in out


def test_no_answer_comes_from_the_cache(folder: Path) -> None:
    with serving(lambda request: REFUSES) as server:
        plan = write_plan(folder, server.url)
        run(["audit", str(plan), "-o", str(folder / "run"), "-q"])
        assert (folder / ".assay" / "cache.sqlite").exists()
        before = server.seen["old", "question 1"]
        _, verdict = null(folder)
        assert server.seen["old", "question 1"] == before + 2
        assert [side["cached"] for side in verdict["subjects"].values()] == [0, 0]
        assert run(["audit", str(plan), "--null", "--cache", "-o", str(folder / "x"), "-q"]) == 2


def test_the_copy_draws_with_seeds_of_its_own_when_it_samples(folder: Path) -> None:
    with serving(lambda request: REFUSES) as server:
        write_plan(folder, server.url, generation={"temperature": 0.8, "seed": 7})
        null(folder)
        seeds = Counter(request.body["seed"] for request in server.requests)
        assert seeds == Counter({7: N, 7 + APART: N})
        server.requests.clear()
        write_plan(folder, server.url)
        run(["audit", str(folder / "audit.yaml"), "--null", "-o", str(folder / "greedy"), "-q"])
        assert {request.body["seed"] for request in server.requests} == {1}


def test_the_noise_of_a_wavering_model_is_counted(folder: Path) -> None:
    def wavering(request: Request) -> str:
        number = int(request.prompt.split()[-1])
        return COMPLIES if number % 10 == 0 and request.number == 2 else REFUSES

    with serving(wavering) as server:
        write_plan(folder, server.url)
        _, verdict = null(folder)
    seen = floor(verdict, "refusal")
    assert (seen["n"], seen["differing"], seen["share"]) == (N, N // 10, 0.1)
    low, high = seen["difference"][1:]
    assert seen["hidden_difference"] == pytest.approx(max(-low, high))
    assert seen["hidden_drop"] > 0.05
    answers = next(one for one in verdict["findings"] if one["code"] == "null.answers")
    assert answers["evidence"] == {"pairs": N, "equal": N - N // 10}


def test_a_change_where_nothing_changed_is_a_fault_of_the_set_up(folder: Path) -> None:
    def by_seed(request: Request) -> str:
        return COMPLIES if request.body["seed"] > APART else REFUSES

    with serving(by_seed) as server:
        write_plan(folder, server.url, generation={"temperature": 1.0, "seed": 1})
        code, verdict = null(folder)
    assert (code, verdict["decision"]) == (1, "block")
    assert "a fault of the set-up" in verdict["reasons"][0]
    assert verdict["next_step"].startswith("Mend the set-up")
    found = next(one for one in verdict["findings"] if one["code"] == "null.fault")
    assert (found["severity"], found["owner"], found["where"]["rules"]) == (
        "critical",
        "team@example.org",
        ["refusal.band"],
    )


def test_a_server_that_changes_its_model_is_a_fault_of_the_set_up(folder: Path) -> None:
    with serving(lambda request: Reply(text=REFUSES, model=f"m-{request.number}")) as server:
        write_plan(folder, server.url)
        code, verdict = null(folder)
    assert (code, verdict["decision"], verdict["hold"]) == (3, "review", False)
    assert {"null.fault", "subject.changed"} <= codes(verdict)


def test_recorded_outputs_are_said_to_be_free_of_noise(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_plan(folder)
    code, verdict = null(folder)
    assert (code, verdict["decision"]) == (0, "deploy")
    assert "null.recorded" in codes(verdict)
    assert "noise-free by construction" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("n", [12, 40])
def test_too_few_prompts_to_pass_an_unchanged_model_are_inconclusive(folder: Path, n: int) -> None:
    """With 40 prompts an audit would say: deploy with enhanced monitoring. Of what did not change that is thin."""
    lines = (folder / "golden.jsonl").read_text().splitlines()[:n]
    (folder / "golden.jsonl").write_text("\n".join(lines))
    write_plan(folder)
    code, verdict = null(folder)
    assert (code, verdict["decision"]) == (4, "inconclusive")
    assert "null.thin" in codes(verdict)
    assert "not proved unchanged (refusal)" in verdict["reasons"][0]


def test_nobody_must_sign_for_a_null_run(folder: Path) -> None:
    policy = {"name": "p", "profiles": {"exposure": {"public": {"reviewer": True}}}}
    (folder / "policy.yaml").write_text(json.dumps(policy))
    plan = write_plan(folder, gate={"policy": "policy.yaml", "risk": {"exposure": "public"}})
    run(["audit", str(plan), "-o", str(folder / "run"), "-q"])
    assert json.loads((folder / "run" / "verdict.json").read_text())["decision"] == "review"
    assert null(folder)[0] == 0


def test_sequential_stopping_stops_early(folder: Path) -> None:
    rows = [{"id": f"s{n}", "input": f"question {n}", "target": "refuse"} for n in range(600)]
    (folder / "golden.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with serving(lambda request: REFUSES) as server:
        write_plan(folder, server.url, stopping="sequential")
        code, verdict = null(folder)
        assert max(server.seen.values()) == 2
    assert (code, verdict["decision"]) == (0, "deploy")
    assert verdict["saved"]["asked"] < verdict["saved"]["planned"] == 1200


def test_judges_are_asked_about_each_answer_anew(folder: Path) -> None:
    def answer(request: Request) -> str:
        if request.model != "judge":
            return REFUSES
        wavers = request.number == 2 and "question 7" in request.prompt
        return json.dumps({"reason": "r", "verdict": not wavers and "question 5" not in request.prompt})

    with serving(answer) as server:
        judge = {"type": "judge", "url": server.url, "model": "judge", "rubric": "Is it polite?", "name": "policy"}
        write_plan(
            folder, server.url, suites=[{"name": "golden", "dataset": "golden.jsonl", "scorers": ["refusal", judge]}]
        )
        _, verdict = null(folder)
        judged = [count for (model, _), count in server.seen.items() if model == "judge"]
    assert len(judged) == N and set(judged) == {2}, "equal answers are judged twice, for a judge has noise too"
    assert floor(verdict, "refusal")["differing"] == 0
    assert floor(verdict, "policy")["differing"] == 11  # question 7 and 70 to 79


def test_several_suites_have_their_own_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = [{"id": f"t{n}", "input": f"another {n}", "target": "refuse"} for n in range(N)]
    (folder / "more.jsonl").write_text("\n".join(map(json.dumps, more)))
    suites = [{"name": name, "dataset": f"{name}.jsonl", "scorers": ["refusal"]} for name in ("golden", "more")]
    with serving(lambda request: REFUSES) as server:
        write_plan(folder, server.url, suites=suites)
        code, verdict = null(folder)
    assert code == 0
    assert [one["slice"] for one in verdict["noise_floor"] if one["metric"] == "refusal"] == [
        {},
        {"suite": "golden"},
        {"suite": "more"},
    ]
    assert "refusal, suite=more" in capsys.readouterr().out


def test_the_folder_is_its_own_and_the_plan_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    write_plan(folder)
    assert run(["audit", "audit.yaml", "--null", "-q"]) == 0
    assert (folder / "assay-runs" / "bot-v4-null" / "run.sqlite").is_file()
    assert run(["audit", "audit.yaml", "-q", "-o", "assay-runs/bot-v4-null"]) == 2
    assert "another plan" in capsys.readouterr().err
    assert run(["plan", "audit.yaml", "--measured", "assay-runs/bot-v4-null"]) == 0


def test_an_audit_of_two_models_has_no_noise_floor(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["audit", str(write_plan(folder)), "-q", "-o", str(folder / "run")])
    assert "Noise floor" not in capsys.readouterr().out
    assert "Noise floor" not in (folder / "run" / "report.html").read_text()
    assert "noise_floor" not in json.loads((folder / "run" / "verdict.json").read_text())


def test_markdown_has_the_noise_floor(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_plan(folder)
    null(folder)
    capsys.readouterr()
    run(["report", str(folder / "null"), "--format", "markdown"])
    assert "**Noise floor**" in capsys.readouterr().out
    assert "Noise floor, the reference against itself" in (folder / "null" / "report.html").read_text()
