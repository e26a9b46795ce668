from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from assay.domain.errors import PlanError, RunConflict
from assay.store.canary_policy import CanaryFile, GuardFile, StageFile, read_canary
from assay.store.canary_state import CanaryState, set_aside
from assay.store.planfile import seconds
from assay.watch.canary_reading import Reader

GOOD = """
name: support v5
arm: deployment.arm
key: user.id
steps: [{share: 0.01, requests: 200, time: 1h, slack: 4}, {share: 0.5}, {share: 1}]
guards:
  - {metric: errors, margin: 0.005}
  - {metric: latency, above: 8, relative: 0.5, name: slow}
"""


def put(folder: Path, text: str) -> Path:
    path = folder / "canary.yaml"
    path.write_text(text)
    return path


def test_a_policy_is_read(tmp_path: Path) -> None:
    found = read_canary(put(tmp_path, GOOD))
    assert [one.share for one in found.stages] == [0.01, 0.5, 1.0]
    assert (found.stages[0].time_s, found.stages[0].slack, found.alpha) == (3600.0, 4.0, 0.05)
    assert [one.name for one in found.guards] == ["errors", "slow"]
    assert found.digest.startswith("sha256:")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("share: 0.5", "share: 0.005", "shares of steps rise"),
        ("share: 0.5", "share: 1.5", r"canary.yaml:5: steps\[1\].share"),
        ("margin: 0.005", "margin: 1", r"canary.yaml:7: guards\[0\].margin"),
        (", margin: 0.005", "", "needs margin, relative or both"),
        ("name: slow", "name: errors", "'errors' stands twice"),
        ("key: user.id\n", "", "key: is required"),
        ("name: slow", "nmae: slow", "unknown key. Did you mean 'name'"),
        ("[{share: 0.01, requests: 200, time: 1h, slack: 4}, {share: 0.5}, {share: 1}]", "[{share: 1}]", "leaves the control"),
        ("time: 1h", "time: soon", "duration"),
        ("key: user.id", "key: user.id\ncontrol: canary", "same value"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_place(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in GOOD
    with pytest.raises(PlanError, match=problem):
        read_canary(put(tmp_path, GOOD.replace(old, new)))


def test_a_look_is_kept_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    with CanaryState(tmp_path) as state:
        with pytest.raises(KeyError), state.look():
            assert state.trace("a")
            state.set_fact("progress", "x")
            raise KeyError
        assert not state.fact("progress")
        with state.look():
            assert state.trace("a")
            assert not state.trace("a")
            assert [state.key("u", arm) for arm in ("control", "control", "canary", "control")] == [
                "new", "known", "crossed", "known",
            ]  # fmt: skip
            state.forget_keys()
            assert state.key("u", "canary") == "new"
    with CanaryState(tmp_path) as state:
        assert not state.trace("a")


def test_decisions_that_say_the_same_are_kept_once_and_told_once(tmp_path: Path) -> None:
    with CanaryState(tmp_path) as state:
        for word in ("wait", "wait", "hold", "wait"):
            state.decided({"decision": word, "at": "now"}, ("decision",))
        assert [body["decision"] for _, body in state.untold("ledger")] == ["wait", "hold", "wait"]
        state.told(1, "ledger")
        state.told(1, "webhook")
        assert [number for number, _ in state.untold("ledger")] == [2, 3] == [n for n, _ in state.untold("webhook")]


def test_a_state_set_aside_stays_beside_and_two_looks_wait_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.store.canary_state._BUSY_S", 0.1)
    with CanaryState(tmp_path) as state:
        first = state.id
        with CanaryState(tmp_path) as other, state.look(), pytest.raises(RunConflict, match="another process"):
            other.look().__enter__()
    set_aside(tmp_path)
    assert (tmp_path / "canary.before-1.sqlite").is_file()
    with CanaryState(tmp_path) as state:
        assert state.id != first


DOCS = Path(__file__).parents[2] / "docs" / "watch" / "canary.md"


def test_the_documented_policy_is_read_and_its_guards_are_known(tmp_path: Path) -> None:
    text = DOCS.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    policy = read_canary(put(tmp_path, text))
    reader = Reader(policy)
    assert [one.share for one in policy.stages] == [0.01, 0.05, 0.25, 0.5, 1.0]
    assert [reader.higher_is_worse(one.name) for one in policy.guards] == [False, True, True, True]


@pytest.mark.parametrize("model", [CanaryFile, StageFile, GuardFile])
def test_every_key_is_told_with_its_default(model: type[BaseModel]) -> None:
    text = DOCS.read_text(encoding="utf-8")
    rows = {
        word: line
        for table in text.split("\n\n")
        if table.startswith({"CanaryFile": "| key |", "StageFile": "| key of a step", "GuardFile": "| key of a guard"}[model.__name__])
        for line in table.splitlines()[2:]
        for word in re.findall(r"`([a-z_]+)`", line.split("|")[1])
    }  # fmt: skip
    assert set(rows) == set(model.model_fields)
    for name, field in model.model_fields.items():
        told = rows[name].split("|")[3]
        if field.is_required():
            assert "required" in told, name
        elif isinstance(field.default, int | float):
            assert f" {field.default:g} " in told or seconds(told.strip()) == field.default, name
