"""A real change of a served model is found in its answers and dated, without anybody saying that there was one."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from assay.interfaces.cli import run

SCRIPTS = Path(__file__).parents[2] / "benchmarks"
DATA = Path(os.environ.get("ASSAY_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "drift" / "llm_drift.jsonl"
pytestmark = pytest.mark.skipif(not DATA.is_file(), reason="no llm_drift.jsonl: set ASSAY_SHARED to the shared data")


@pytest.fixture
def drift(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield importlib.import_module("drift_traffic")
    sys.modules.pop("drift_traffic", None)


def test_the_change_of_gpt_4_is_found_and_dated_by_the_command(
    drift: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = drift.chats(DATA, "opinionqa")
    path = tmp_path / "survey.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = ["--scorer", "refusal", "--baseline", "78m", "--format", "json"]
    assert run(["watch", "replay", str(path), *arguments]) == 1
    alarms = {one["metric"]: one for one in json.loads(capsys.readouterr().out)["alarms"]}
    found = alarms["refusal"]
    assert found["since"].startswith("2023-07-27T00:3")  # the first answer of the June version is of 00:36
    assert found["before"] < 0.1 and found["now"] > 0.6
    assert any("'gpt-4-0314' -> 'gpt-4-0613'" in part for part in found["changed"])


@pytest.mark.parametrize("task", ["prime", "sensitiveq"])
def test_other_tasks_date_it_within_their_interval(drift: ModuleType, task: str) -> None:
    found = drift.watched(drift.chats(DATA, task))
    truth = found.truth.strftime("%Y-%m-%dT%H:%M:%SZ")
    alarm = next(one for one in found.alarms if one["metric"] == "output_tokens")
    assert alarm["since_low"] <= truth <= alarm["since_high"]
    assert any(drift.NEW in part for part in alarm["changed"])


def test_one_version_alone_raises_no_alarm(drift: ModuleType) -> None:
    rows = [row for row in drift.chats(DATA, "prime") if row["model"] == drift.OLD]
    for row in rows[len(rows) // 2 :]:
        row["model"] = drift.NEW  # only the name is another one
    assert not drift.watched(rows).alarms
