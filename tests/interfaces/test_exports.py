"""`assay report --format otel|hf|cyclonedx|pack` on a run: what is in it, and what must not be."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.interfaces.cli import run
from assay.testing.serving import serving

SECRET = "sk-test-0123456789abcdef"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run against served models, with a key in an environment variable and rows at an absolute path."""
    home = tmp_path_factory.mktemp("home")
    rows = [
        {"id": str(n), "input": f"Question {n}?", "target": "comply", "metadata": {"kind": n % 2}} for n in range(12)
    ]
    (home / "golden.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with serving(key=SECRET) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPORT_KEY", SECRET)
        subject = {"type": "endpoint", "url": server.url, "api_key_env": "EXPORT_KEY", "probe": False}
        plan = {
            "assay": 1,
            "name": "exports",
            "reference": {**subject, "model": "one"},
            "candidate": {**subject, "model": "two"},
            "suites": [
                {
                    "name": "golden",
                    "dataset": str(home / "golden.jsonl"),
                    "scorers": ["refusal", "length"],
                    "slices": ["kind"],
                }
            ],
        }
        (home / "audit.yaml").write_text(yaml.safe_dump(plan))
        assert run(["audit", str(home / "audit.yaml"), "-o", str(home / "run"), "-q"]) in (0, 1, 3, 4)
    return home / "run"


def exported(folder: Path, form: str, target: Path) -> bytes:
    assert run(["report", str(folder), "--format", form, "-o", str(target)]) == 0
    return target.read_bytes()


def records(content: bytes) -> list[dict[str, Any]]:
    found = []
    for line in content.splitlines():
        for resource in json.loads(line)["resourceLogs"]:
            found += [one for scope in resource["scopeLogs"] for one in scope["logRecords"]]
    return found


def test_every_score_of_the_run_is_an_event(folder: Path, tmp_path: Path) -> None:
    content = exported(folder, "otel", tmp_path / "events.jsonl")
    names = [next(a["value"]["stringValue"] for a in one["attributes"] if a["key"] == "gen_ai.evaluation.name") for one in records(content)]  # fmt: skip
    assert names.count("length") == 24
    assert names.count("over_refusal") == 24
    assert names[-1] == "assay.decision"


def test_forms_are_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    for form in ("otel", "hf", "cyclonedx", "pack"):
        assert exported(folder, form, tmp_path / f"{form}1") == exported(folder, form, tmp_path / f"{form}2")


def test_events_and_entries_go_to_standard_output(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["report", str(folder), "--format", "otel"]) == 0
    assert len(records(capfdbinary.readouterr().out)) > 48
    assert run(["report", str(folder), "--format", "hf"]) == 0
    assert yaml.safe_load(capfdbinary.readouterr().out)


def test_a_pack_wants_a_file(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["report", str(folder), "--format", "pack"]) == 2
    assert "name a file with -o" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(["report", str(folder), "--format", "pack", "-o", "-"]) == 2
    assert "name a file with -o" in capsys.readouterr().err


def test_no_export_holds_a_secret(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORT_KEY", SECRET)
    for form in ("otel", "hf", "cyclonedx", "text", "json", "markdown", "html", "junit", "sarif"):
        assert SECRET.encode() not in exported(folder, form, tmp_path / form)
    exported(folder, "pack", tmp_path / "pack.zip")
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        for name in archive.namelist():
            assert SECRET.encode() not in archive.read(name)


def test_secrets_that_models_repeat_are_taken_out(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should an answer hold a word that is a key today, it is not given away."""
    monkeypatch.setenv("EXPORT_KEY", "Question 3?-or-what")
    exported(folder, "pack", tmp_path / "pack.zip")
    monkeypatch.setenv("EXPORT_KEY", "over_refusal.band")
    assert b"over_refusal.band" not in exported(folder, "otel", tmp_path / "events")


def test_a_pack_holds_no_path_of_this_machine(folder: Path, tmp_path: Path) -> None:
    exported(folder, "pack", tmp_path / "pack.zip")
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        for name in archive.namelist():
            assert str(folder.parent).encode() not in archive.read(name)
        assert {"cards/refusal.md", "cards/length.md", "mapping.json", "manifest.json"} <= set(archive.namelist())
        assert "Looks for" in archive.read("cards/refusal.md").decode()


def test_ledger_and_attestation_are_taken_along(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    other = tmp_path / "run"
    shutil.copytree(folder, other)
    (other / "verdict.dsse.json").write_text('{"payloadType": "application/vnd.in-toto+json"}')
    base = sqlite3.connect(other / "ledger.sqlite")
    kept = base.execute("SELECT seq, body, leaf FROM entries").fetchall()
    base.execute("PRAGMA journal_mode=WAL")
    exported(other, "pack", tmp_path / "pack.zip")
    base.close()
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        (tmp_path / "unpacked.sqlite").write_bytes(archive.read("ledger.sqlite"))
        assert archive.read("verdict.dsse.json").startswith(b'{"payloadType"')
        controls = json.loads(archive.read("mapping.json"))["candidates"][0]["controls"]
    assert {one["id"]: one["status"] for one in controls}["2(g), reports"] == "evidence found"
    copied = sqlite3.connect(tmp_path / "unpacked.sqlite")
    assert kept and copied.execute("SELECT seq, body, leaf FROM entries").fetchall() == kept
    copied.close()
    (other / "verdict.dsse.json").write_text(f'{{"key": "{SECRET}"}}')
    monkeypatch.setenv("EXPORT_KEY", SECRET)
    assert run(["report", str(other), "--format", "pack", "-o", str(tmp_path / "refused.zip")]) == 5
    assert not (tmp_path / "refused.zip").exists()


def test_a_damaged_ledger_is_said(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    other = tmp_path / "run"
    shutil.copytree(folder, other)
    (other / "ledger.sqlite").write_bytes(b"no database at all, but long enough to be read as a page" * 40)
    assert run(["report", str(other), "--format", "pack", "-o", str(tmp_path / "pack.zip")]) == 5
    assert "ledger.sqlite: the ledger cannot be" in capsys.readouterr().err
    assert not (tmp_path / "pack.zip").exists()
