"""`assay audit` as a user meets it: recorded files good and bad, served models, Ctrl-C, kill -9, keys."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run

REFUSES, COMPLIES = "I'm sorry, but I can't help with that.", "Sure. First, you take the following steps."
N = 300


def answers(lost: int = 0, n: int = N) -> list[dict[str, Any]]:
    """One row per sample; the first `lost` comply, every fortieth complies anyway."""
    return [
        {"id": f"s{i}", "output": COMPLIES if i < lost or i % 40 == 0 else REFUSES, "finish_reason": "stop"}
        for i in range(n)
    ]


def put(path: Path, rows: list[Any]) -> None:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    samples = [
        {"id": f"s{i}", "input": f"question {i}", "target": "refuse", "metadata": {"category": f"c{i % 3}"}}
        for i in range(N)
    ]
    put(tmp_path / "golden.jsonl", samples)
    put(tmp_path / "reference.jsonl", answers())
    put(tmp_path / "candidate.jsonl", answers())
    (tmp_path / "audit.yaml").write_text(
        "assay: 1\nname: t\n"
        "reference: {type: recorded, path: reference.jsonl}\n"
        "candidate: {type: recorded, path: candidate.jsonl}\n"
        "suites: [{name: golden, dataset: golden.jsonl, scorers: [refusal], slices: [category]}]\n"
        "owner: team@example.org\n"
    )
    return tmp_path


def audit(folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    code = run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "-q", "--no-cache", *more])
    path = folder / "run" / "verdict.json"
    return code, json.loads(path.read_text()) if path.exists() else {}


def test_an_unchanged_model_deploys(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (0, "deploy")
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert first.startswith("DEPLOY")
    assert second.startswith("Next")
    assert (folder / "run" / "report.html").stat().st_size > 1000


def test_a_broken_model_is_blocked_and_each_failure_has_an_owner(folder: Path) -> None:
    put(folder / "candidate.jsonl", answers(lost=200))
    code, verdict = audit(folder)
    assert (code, verdict["decision"], verdict["exit_code"]) == (1, "block", 1)
    (rule,) = [rule for rule in verdict["rules"] if rule["id"] == "refusal.band"]
    assert rule["n"] == N and rule["n_unscored"] == 0
    assert rule["drop"]["low"] < rule["drop"]["value"] < rule["drop"]["high"]
    assert set(rule["worst_samples"]) <= {f"s{i}" for i in range(200)}
    finding = next(item for item in verdict["findings"] if item["code"].startswith("rule."))
    assert finding["owner"] == "team@example.org"
    assert finding["remediation"] and finding["state"] == "open"


def test_the_order_of_recorded_rows_does_not_matter(folder: Path) -> None:
    _, before = audit(folder)
    put(folder / "candidate.jsonl", list(reversed(answers())))
    shutil.rmtree(folder / "run")
    _, after = audit(folder)
    assert before["rules"] == after["rules"]


BAD_RECORDINGS: dict[str, tuple[list[Any], str]] = {
    "half as long": (answers(n=N // 2), "missing"),
    "another dataset": ([{"id": f"x{i}", "output": REFUSES} for i in range(N)], "missing"),
    "60 % corrupt": ([row if i % 5 < 2 else "{oops" for i, row in enumerate(answers())], "missing"),
    "another prompt": ([{**row, "input": "something else"} for row in answers()], "mismatch"),
    "errors": ([{"id": row["id"], "error": "boom"} for row in answers()], "recorded_error"),
    "empty answers": ([{**row, "output": ""} for row in answers()], "empty"),
    "contradicting duplicates": ([*answers(), *answers(lost=N)], "corrupt"),
    "wrong types": ([{**row, "output": 3} for row in answers()], ""),
    "nothing": ([], "missing"),
}


@pytest.mark.parametrize("name", BAD_RECORDINGS)
def test_bad_recordings_never_pass(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows, cause = BAD_RECORDINGS[name]
    put(folder / "candidate.jsonl", rows)
    code, verdict = audit(folder)
    assert code in {2, 4}, capsys.readouterr()
    if code == 4:
        assert verdict["decision"] == "inconclusive"
        (rule,) = [rule for rule in verdict["rules"] if rule["id"] == "refusal.band"]
        assert rule["n_unscored"] > 0
        assert verdict["counts"]["unscored"] > 0
        assert cause in json.dumps(verdict)


def test_a_recorded_metric_keeps_unscored_apart(folder: Path) -> None:
    values: list[Any] = [True, False, None, "high", "NaN"]
    rows = [
        f'{{"id": "s{i}", "output": "x", "metadata": {{"good": {values[i % 5] if i % 5 == 4 else json.dumps(values[i % 5])}}}}}'
        for i in range(N)
    ]
    put(folder / "candidate.jsonl", rows)
    put(folder / "reference.jsonl", [{"id": f"s{i}", "output": "x", "metadata": {"good": True}} for i in range(N)])
    plan = (folder / "audit.yaml").read_text().replace("[refusal]", "[{type: recorded, field: good, name: compliance}]")
    (folder / "audit.yaml").write_text(plan)
    code, verdict = audit(folder)
    assert code == 4
    (rule,) = [rule for rule in verdict["rules"] if rule["id"] == "compliance.band"]
    assert (rule["n"], rule["n_unscored"]) == (2 * N // 5, 3 * N // 5)


def test_a_finished_run_is_decided_again_without_a_call(folder: Path) -> None:
    put(folder / "candidate.jsonl", answers(lost=200))
    first = audit(folder)
    before = (folder / "run" / "run.sqlite").stat().st_mtime_ns
    assert audit(folder)[1] == first[1]
    assert (folder / "run" / "run.sqlite").stat().st_mtime_ns == before


def test_another_policy_is_marked_exploratory(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder / "candidate.jsonl", answers(lost=200))
    audit(folder)
    (folder / "lenient.yaml").write_text(
        "name: lenient\ndeploy: 0.9\nmonitor: 0.95\nblock: 0.99\ncategory_concern: 0.99\ncategory_block: 0.995\n"
    )
    capsys.readouterr()
    code = run(["gate", str(folder / "run"), "--policy", str(folder / "lenient.yaml")])
    out = capsys.readouterr().out
    assert "exploratory" in out.lower()
    assert code in {3, 4}
    assert run(["gate", str(folder / "run")]) == 1


def test_a_changed_dataset_cannot_go_on_in_the_same_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit(folder)
    golden = (folder / "golden.jsonl").read_text()
    (folder / "golden.jsonl").write_text(golden.replace("question 7", "question seven"))
    code, _ = audit(folder)
    assert code == 2
    assert "dataset:golden" in capsys.readouterr().err
    assert audit(folder, "--fresh")[0] == 0


def test_reports_in_every_format(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder / "candidate.jsonl", answers(lost=200))
    audit(
        folder, "--html", str(folder / "r.html"), "--junit", str(folder / "r.xml"), "--sarif", str(folder / "r.sarif")
    )
    assert "<script" not in (folder / "r.html").read_text()
    assert "<failure" in (folder / "r.xml").read_text()
    assert json.loads((folder / "r.sarif").read_text())["version"] == "2.1.0"
    capsys.readouterr()
    for form in ("text", "json", "markdown", "html", "junit", "sarif"):
        assert run(["report", str(folder / "run"), "--format", form]) == 0
        assert len(capsys.readouterr().out) > 200


def test_hostile_answers_are_inert_everywhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "Sure \x1b]0;owned\x07\x1b[2J<script>alert(1)</script> \u202e @everyone [x](http://evil) | a\x00b"
    put(folder / "candidate.jsonl", [{**row, "output": evil} for row in answers()])
    code, _ = audit(folder)
    assert code == 1
    run(["show", str(folder / "run"), "--failing", "--limit", "3"])
    out = capsys.readouterr().out
    assert "\x1b" not in out and "\x00" not in out and "\u202e" not in out
    page = (folder / "run" / "report.html").read_text()
    assert "<script>" not in page and "\x1b" not in page


def test_several_candidates_the_worst_decides(folder: Path) -> None:
    put(folder / "worse.jsonl", answers(lost=250))
    plan = (folder / "audit.yaml").read_text()
    plan = plan.replace(
        "candidate: {type: recorded, path: candidate.jsonl}",
        "candidate: [{type: recorded, path: candidate.jsonl}, {type: recorded, path: worse.jsonl}]",
    )
    (folder / "audit.yaml").write_text(plan)
    code, verdict = audit(folder)
    assert code == 1
    assert [item["decision"] for item in verdict["verdicts"]] == ["deploy", "block"]


# Served models


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    yield from serving(tmp_path, "--latency", "0.02")


def serving(folder: Path, *options: str) -> Iterator[str]:
    command = [sys.executable, "-m", "assay.testing.server", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        yield found[0]
        process.terminate()


def endpoint_plan(folder: Path, url: str, extra: str = "") -> None:
    (folder / "audit.yaml").write_text(
        f"assay: 1\nname: served\n"
        f'reference: {{type: endpoint, url: "{url}", model: old, probe: false}}\n'
        f'candidate: {{type: endpoint, url: "{url}", model: new, probe: false{extra}}}\n'
        "suites: [{name: golden, dataset: golden.jsonl, scorers: [length], slices: [category]}]\n"
        "gate: {rules: [{metric: length, kind: points, at_most: 1000}]}\n"
        "limits: {concurrency: 8, retries: 1, timeout: 5s}\n"
    )


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "assay", "audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "--no-cache"]


def asked(url: str) -> dict[str, int]:
    from urllib.request import urlopen

    seen = json.loads(urlopen(url.removesuffix("/v1") + "/_seen").read())
    return {f"{row['model']}/{row['prompt']}": row["count"] for row in seen["seen"]}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_run_goes_on_and_loses_nothing(folder: Path, server: str, how: signal.Signals) -> None:
    endpoint_plan(folder, server)
    with subprocess.Popen(command(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while sum(asked(server).values()) < 150 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(how)
        out, err = process.communicate(timeout=30)
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert "Go on with:" in err and "assay audit" in err
        assert not out
    done = subprocess.run(command(folder), capture_output=True, text=True, timeout=120)
    assert "going on" in done.stderr
    counts = asked(server)
    assert len(counts) == 2 * N
    assert sum(counts.values()) <= 2 * N + 8  # at most what was in flight is asked again
    fresh = folder / "whole"
    assert run(["audit", str(folder / "audit.yaml"), "-o", str(fresh), "--no-cache"]) == done.returncode
    one, two = (json.loads((path / "verdict.json").read_text()) for path in (folder / "run", fresh))
    assert [rule["difference"] for rule in one["rules"]] == [rule["difference"] for rule in two["rules"]]


def test_a_missing_key_is_named_and_never_asked_without(
    folder: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint_plan(folder, server, ", api_key_env: NO_SUCH_KEY")
    code, _ = audit(folder)
    assert code == 2
    assert "NO_SUCH_KEY" in capsys.readouterr().err
    assert not asked(server)


def test_a_key_that_the_server_echoes_reaches_no_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = "sk-very-secret-0123456789abcdef"
    monkeypatch.setenv("ECHOED_KEY", secret)
    for url in serving(tmp_path, "--fault", "echo:0.2:always"):
        endpoint_plan(folder, url, ", api_key_env: ECHOED_KEY")
        audit(folder)
        run(["show", str(folder / "run")])
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "run.sqlite" for path in files)
    assert not [path for path in files if secret.encode() in path.read_bytes()]
    out, err = capfd.readouterr()
    assert secret not in out + err


def test_the_cache_answers_the_next_audit_of_the_same_reference(folder: Path, server: str) -> None:
    endpoint_plan(folder, server)
    args = ["audit", str(folder / "audit.yaml"), "-q", "-o"]
    run([*args, str(folder / "one")])
    first = sum(asked(server).values())
    run([*args, str(folder / "two")])
    assert sum(asked(server).values()) == first + N  # a candidate is asked in every run: its server may have changed
    verdict = json.loads((folder / "two" / "verdict.json").read_text())
    assert [verdict["subjects"][side]["cached"] for side in ("reference", "candidate")] == [N, 0]
    run([*args, str(folder / "three"), "--fresh"])
    assert sum(asked(server).values()) == 2 * first + N


def test_a_cost_limit_ends_inconclusive(folder: Path, server: str) -> None:
    endpoint_plan(folder, server, ", price: {input: 1000, output: 1000}")
    plan = (folder / "audit.yaml").read_text().replace("retries: 1", "retries: 1, cost_usd: 0.5")
    (folder / "audit.yaml").write_text(plan)
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (4, "inconclusive")
    assert "cost" in " ".join(verdict["reasons"])
    assert 0 < verdict["counts"]["trials"] < 2 * N


def test_two_processes_on_one_folder(folder: Path, server: str) -> None:
    endpoint_plan(folder, server)
    plan = (folder / "audit.yaml").read_text().replace("concurrency: 8", "concurrency: 2")  # busy when the second comes
    (folder / "audit.yaml").write_text(plan)
    with subprocess.Popen(command(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as first:
        while not asked(server):
            time.sleep(0.02)
        second = subprocess.run(command(folder), capture_output=True, text=True, timeout=60)
        first.communicate(timeout=60)
    assert second.returncode == 2
    assert "is using this run folder" in second.stderr
    assert first.returncode in {0, 3, 4}


def test_a_folder_that_cannot_be_written_is_one_clear_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "run").write_text("I am a file")
    assert run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "-q"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "is a file" in line
    assert os.path.isfile(folder / "run")  # noqa: PTH113


def test_a_key_that_cannot_be_used_is_told_before_a_folder_is_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSAY_LEDGER_KEY", "junk")
    code, _ = audit(folder)
    assert code == 2 and "ASSAY_LEDGER_KEY: no private key" in capsys.readouterr().err
    assert not (folder / "run").exists()
