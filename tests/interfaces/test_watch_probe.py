from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run
from assay.store.ledger.book import Ledger
from assay.testing.replies import Request
from assay.testing.serving import serving

GOOD, BAD = "I'm sorry, but I can't help with that.", "Sure. First, you take the following steps."
N = 120


class Model:
    """What a served model says, and whether it was exchanged."""

    def __init__(self) -> None:
        self.worse = False

    def __call__(self, request: Request) -> str:
        words = request.prompt.split()
        number = int(words[-1]) if words[-1].isdigit() else 0
        return BAD if self.worse and number % 4 == 0 else GOOD


@pytest.fixture
def released(tmp_path: Path) -> Iterator[tuple[Path, Model, str]]:
    """A run that released a served model, the model, and its address."""
    model = Model()
    rows = [{"id": f"s{i}", "input": f"question {i}", "target": "refuse"} for i in range(N)]
    (tmp_path / "golden.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with serving(model) as server:
        write(tmp_path, server.url)
        assert run(["audit", str(tmp_path / "audit.yaml"), "-o", str(tmp_path / "run"), "-q", "--no-cache"]) == 0
        yield tmp_path / "run", model, server.url


def write(home: Path, url: str, **more: Any) -> Path:
    subject = {"type": "endpoint", "url": url, **more}
    plan = {
        "assay": 1,
        "name": "t",
        "reference": {**subject, "model": "old", "name": "old"},
        "candidate": {**subject, "model": "new", "name": "new"},
        "suites": [{"name": "golden", "dataset": "golden.jsonl", "scorers": ["refusal"]}],
        "limits": {"retries": 0},
    }
    path = home / "audit.yaml"
    path.write_text(json.dumps(plan))
    return path


def entries(folder: Path) -> list[tuple[int, str]]:
    with Ledger(folder) as ledger:
        return [(int(one.data["number"]), str(one.data["result"])) for one in ledger.entries("probed")]


def test_the_same_server_is_unchanged_and_another_one_is_changed(
    released: tuple[Path, Model, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, model, _ = released
    capsys.readouterr()
    assert run(["watch", "probe", str(folder)]) == 0
    assert "UNCHANGED   probe 1: 120 of 120 questions answered" in capsys.readouterr().out
    assert run(["watch", "due", str(folder)]) == 0
    model.worse = True
    capsys.readouterr()
    assert run(["watch", "probe", str(folder), "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["result"], told["number"], told["same_words"]) == ("changed", 2, [90, 120])
    assert told["changed"][0].startswith("refusal: 1 as released, 0.75 now")
    assert json.loads((folder / "probes" / "2" / "probe.json").read_text()) == told
    assert entries(folder) == [(1, "unchanged"), (2, "changed")]
    assert run(["watch", "due", str(folder), "--format", "json"]) == 1
    triggers = {one["name"]: one for one in json.loads(capsys.readouterr().out)["triggers"]}
    assert triggers["model"]["state"] == "fired" and "refusal" in triggers["model"]["told"]
    assert run(["gate", str(folder)]) == 0  # the decision itself is as it was


def test_a_few_prompts_are_asked_the_same_ones_each_time_and_prove_little(released: tuple[Path, Model, str]) -> None:
    folder, _, _ = released
    for number in ("1", "2"):
        assert run(["watch", "probe", str(folder), "--samples", "10"]) == 4
        told = json.loads((folder / "probes" / number / "probe.json").read_text())
        assert (told["asked"], told["answered"], told["result"]) == (10, 10, "cannot tell")
    with Ledger(folder) as ledger:
        scores = {str(one.data["scores"]) for one in ledger.entries("probed")}
    assert len(scores) == 1


def test_a_dead_server_cannot_be_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"id": f"s{i}", "input": f"question {i}", "target": "refuse"} for i in range(N)]
    (tmp_path / "golden.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with serving(Model()) as server:
        path = write(tmp_path, server.url)
        assert run(["audit", str(path), "-o", str(tmp_path / "run"), "-q", "--no-cache"]) == 0
    capsys.readouterr()
    assert run(["watch", "probe", str(tmp_path / "run")]) == 4
    out = capsys.readouterr().out
    assert out.startswith("CANNOT TELL") and "connection 120" in out
    assert "no rate could be compared" not in out and "change, 95 %" not in out  # nothing was asked, so nothing lacks
    assert run(["watch", "due", str(tmp_path / "run")]) == 4


def test_a_model_elsewhere_is_asked_there(released: tuple[Path, Model, str]) -> None:
    folder, _, _ = released
    other = Model()
    other.worse = True
    with serving(other) as server:
        assert run(["watch", "probe", str(folder), "--url", server.url, "--model", "new"]) == 1


def test_recorded_answers_need_an_address(small_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["watch", "probe", str(small_run)]) == 2
    assert "--url and --model" in capsys.readouterr().err
    with serving(lambda _: GOOD) as server:
        assert run(["watch", "probe", str(small_run), "--url", server.url, "--model", "m"]) == 1
    assert run(["watch", "probe", str(small_run), "--candidate", "nobody"]) == 2


@pytest.fixture
def small_run(tmp_path: Path) -> Path:
    """A run over recorded answers."""
    rows = [{"id": f"s{i}", "input": f"question {i}", "target": "refuse"} for i in range(N)]
    said = [{"id": f"s{i}", "output": GOOD if i % 2 else BAD} for i in range(N)]
    for name, content in (("golden", rows), ("said", said)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content))
    subject = "{type: recorded, path: said.jsonl}"
    (tmp_path / "audit.yaml").write_text(
        f"assay: 1\nname: t\nreference: {subject}\ncandidate: {subject}\n"
        "suites: [{name: golden, dataset: golden.jsonl, scorers: [refusal]}]\n"
    )
    assert run(["audit", str(tmp_path / "audit.yaml"), "-o", str(tmp_path / "run"), "-q"]) in (0, 3, 4)
    return tmp_path / "run"


def test_what_asks_for_a_new_audit_is_named(
    released: tuple[Path, Model, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _, url = released
    assert run(["watch", "due", str(folder)]) == 4  # nobody probed it: that is not quiet
    assert run(["watch", "probe", str(folder)]) == 0
    same = str(write(folder.parent, url))
    assert run(["watch", "due", str(folder), "--plan", same]) == 0
    other = str(write(folder.parent, url, system="Be brief."))
    capsys.readouterr()
    assert run(["watch", "due", str(folder), "--plan", other]) == 1
    shown = capsys.readouterr().out
    assert "prompt  fired    changed since the audit: system" in shown
    assert "policy  quiet" in shown and "model   quiet" in shown
    told = folder.parent / "watch.json"
    told.write_text(json.dumps({"alarms": []}))
    assert run(["watch", "due", str(folder), "--alarms", str(told)]) == 0
    traffic = {"metric": "traffic", "since": "2026-11-20T10:00:00Z", "changed": []}
    told.write_text(json.dumps({"alarms": [traffic], "silent": True}))
    assert run(["watch", "due", str(folder), "--alarms", str(told)]) == 4
    alarm = {"metric": "refusal", "since": "2026-11-20T10:00:00Z", "changed": ["index: 'a' -> 'b' (+90% of traffic)"]}
    told.write_text(json.dumps({"alarms": [alarm]}))
    capsys.readouterr()
    assert run(["watch", "due", str(folder), "--alarms", str(told)]) == 1
    assert "refusal since 2026-11-20T10:00:00Z (index: 'a' -> 'b'" in capsys.readouterr().out
    told.write_text("[1]")
    assert run(["watch", "due", str(folder), "--alarms", str(told)]) == 2


def test_traffic_that_names_another_model_is_due(
    released: tuple[Path, Model, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _, _ = released
    traffic = folder.parent / "traffic.jsonl"

    def due(*models: str, **more: Any) -> dict[str, list[str]]:
        rows = [{"input": "a", "output": "b", "model": model, **more} for model in models]
        traffic.write_text("".join(json.dumps(row) + "\n" for row in rows))
        capsys.readouterr()
        run(["watch", "due", str(folder), "--traces", str(traffic), "--format", "json"])
        found: dict[str, list[str]] = {}
        for one in json.loads(capsys.readouterr().out)["triggers"][2:]:
            found.setdefault(one["name"], []).append(one["state"])
        return found

    assert due(*["new"] * 200) == {"model": ["quiet"], "prompt": ["unknown"]}
    assert due(*["new"] * 199, "other") == {"model": ["quiet"], "prompt": ["unknown"]}  # one stray trace
    assert due(*["new"] * 19, "other") == {"model": ["fired"], "prompt": ["unknown"]}
    assert due(*["new"] * 20, metadata={"prompt.version": "7"})["prompt"] == ["unknown"]  # the audit names none
    assert due(*["new"] * 20, metadata={"index.version": "i-4"})["index"] == [
        "unknown"
    ]  # nobody said which was audited
    where = ["watch", "due", str(folder), "--index", "i-3"]
    assert run([*where, "--traces", str(traffic)]) == 1
    assert "index   fired    traffic names 'i-4' in 100.0% of 20 traces; audited: i-3" in capsys.readouterr().out
    run([*where, "--index", "i-4", "--traces", str(traffic)])
    assert "index   quiet" in capsys.readouterr().out
    assert run(where) == 2


def test_an_expired_verdict_is_due(released: tuple[Path, Model, str], monkeypatch: pytest.MonkeyPatch) -> None:
    import datetime

    import assay.interfaces.watch_due as due

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Later:
            return cls(2036, 1, 1, tzinfo=tz)

    folder, _, _ = released
    assert run(["watch", "probe", str(folder)]) == 0
    monkeypatch.setattr(due.datetime, "datetime", Later)
    assert run(["watch", "due", str(folder)]) == 1
