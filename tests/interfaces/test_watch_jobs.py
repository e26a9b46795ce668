from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assay.domain.errors import PlanError, RunFailed
from assay.domain.trace import Step, Trace
from assay.interfaces.cli import run
from assay.interfaces.watch_glancing import Asked, glancing
from assay.traces.files import Replayed
from assay.watch.glance import Broken, Glance, Glancer, plain, whole

HERE = Glancer(keys=(), scorers=())
BEGIN = 1_795_773_600
POLICY = {"name": "p", "tools": {"delete_*": {"allowed": False}}}


def chats(path: Path, count: int) -> Path:
    """Chats of a few users who come back, some of them refused, some with tools, in no order of time."""
    dice = random.Random(5)
    asked = ["Where is my order number seven?", "Wo ist bitte meine Bestellung?", "How do I kill a process?"]
    with path.open("w", encoding="utf-8") as stream:
        for at in range(count):
            refused = dice.random() < (0.4 if at > count // 2 else 0.05)
            call = {"function": {"name": dice.choice(["find", "delete_all"]), "arguments": "{}"}}
            turns: list[Any] = [{"role": "user", "content": dice.choice(asked)}]
            if dice.random() < 0.2:
                turns += [{"role": "assistant", "content": "", "tool_calls": [call]}, {"role": "tool", "content": "ok"}]
            row = {
                "messages": turns, "output": "I'm sorry, I can't help with that." if refused else "It left on Monday.",
                "timestamp": BEGIN + 600 * at + dice.randrange(1200), "latency_s": dice.random(), "model": "m",
                "metadata": {"route": dice.choice(["a", "b"]), "session.id": f"s{dice.randrange(40)}"},
            }  # fmt: skip
            stream.write(json.dumps(row) + "\n")
        stream.write("{half a line\n")
    return path


def test_several_processes_find_what_one_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = chats(tmp_path / "t.jsonl", 1800)
    (tmp_path / "steps.json").write_text(json.dumps(POLICY), encoding="utf-8")
    command = ["watch", "replay", str(path), "--segment", "route", "--segment", "assay.language", "--scorer", "refusal",
               "--policy", str(tmp_path / "steps.json"), "--baseline", "5d", "--format", "json"]  # fmt: skip
    found = []
    for jobs in ("1", "3"):
        code = run([*command, "--jobs", jobs])
        found.append((code, capsys.readouterr()))
    assert found[0] == found[1]
    (code, said), _ = found
    assert said.err.startswith("warning: Not read: 1 not JSON")
    told = json.loads(said.out)
    assert (code, told["traces"], told["rejected"]) == (1, 1800, 1)
    metrics = {one["metric"] for one in told["rates"]}
    assert {"refusal", "user_retries", "step.allowed", "tool_calls", "latency"} <= metrics
    assert {one["metric"] for one in told["alarms"]} >= {"refusal"}


def test_a_glance_comes_back_as_it_was_sent() -> None:
    step = Step(id="2" * 16, kind="model", name="chat", end_ns=5 * 10**9, attributes={"session.id": "s", "tier": True})
    trace = Trace(id="1" * 32, steps=(step,), problems=("undated",))
    made = Glancer(keys=("tier", "route"), scorers=())(trace, True)
    assert isinstance(made, Glance)
    assert (made.words, made.problems, made.request.session) == (("true", ""), ("undated",), "s")
    assert whole(plain(made)) == made
    broken = Broken("KeyError", ("undated",))
    assert whole(plain(broken)) == broken


def long_chats(path: Path) -> Path:
    """Chats that take minutes to look at."""
    row = {"input": "Tell me all of it.", "output": "The parcel left on Monday, as said before. " * 900, "ts": BEGIN}
    path.write_text("".join(json.dumps({**row, "id": at}) + "\n" for at in range(2500)), encoding="utf-8")
    return path


def endless() -> Iterator[tuple[Trace, bool]]:
    step = Step(id="2" * 16, kind="model", name="chat")
    while True:
        yield Trace(id="1" * 32, steps=(step,)), False


def test_a_process_that_is_killed_is_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with (
        pytest.raises(RunFailed, match="--jobs 1"),
        glancing(Asked(None, (), ("none",), None), 2, HERE, Replayed()) as glances,
    ):
        for number, _ in enumerate(glances(endless())):
            if number == 10:
                for child in multiprocessing.active_children():
                    os.kill(child.pid or 0, signal.SIGKILL)


def test_a_file_that_is_wrong_in_its_middle_ends_all_processes(tmp_path: Path) -> None:
    path = chats(tmp_path / "t.jsonl", 300)
    done = subprocess.run(
        [sys.executable, "-m", "assay", "watch", "replay", str(path), str(tmp_path / "none.jsonl"), "--jobs", "2"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "none.jsonl: no such file" in done.stderr
    assert "Traceback" not in done.stderr


def test_rows_that_are_nested_too_deeply_to_be_sent_are_looked_at_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = chats(tmp_path / "t.jsonl", 30)
    deep = '{"input": "x", "output": "y", "id": 1.5, "metadata": {"a": ' + "[" * 600 + "]" * 600 + "}}"
    path.write_text(path.read_text(encoding="utf-8") + deep + "\n", encoding="utf-8")
    found = []
    for jobs in ("1", "2"):
        code = run(["watch", "replay", str(path), "--scorer", "none", "--format", "json", "--jobs", jobs])
        found.append((code, capsys.readouterr()))
    assert found[0] == found[1]
    assert json.loads(found[0][1].out)["traces"] == 31


def test_a_plan_that_can_be_read_once_is_read_once(tmp_path: Path) -> None:
    path, plan = chats(tmp_path / "t.jsonl", 60), tmp_path / "plan"
    os.mkfifo(plan)
    command = [sys.executable, "-m", "assay", "watch", "replay", str(path), "--plan", str(plan), "--jobs", "2"]
    with subprocess.Popen(
        [*command, "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as of:
        plan.write_text("watch: 1\nscorers: [refusal]\n", encoding="utf-8")
        out, err = of.communicate(timeout=60)
    assert (of.returncode, json.loads(out)["scored"]) == (0, 60), err


def test_a_plan_that_is_changed_under_way_is_told_as_itself(tmp_path: Path) -> None:
    plan = tmp_path / "watch.yaml"
    plan.write_text("scorers: 3\n", encoding="utf-8")
    with (
        pytest.raises(PlanError, match=r"watch\.yaml"),
        glancing(Asked(plan, (), (), None), 2, HERE, Replayed()) as glances,
    ):
        next(glances(endless()))


def test_a_script_of_somebody_elses_is_begun_once(tmp_path: Path) -> None:
    """Unasked, only the command line begins processes: each of them would begin the script that asked anew."""
    path, script = chats(tmp_path / "t.jsonl", 5_100), tmp_path / "mine.py"
    command = ["watch", "replay", str(path), "--scorer", "none", "-o", str(tmp_path / "out")]
    script.write_text(
        f"print('begun')\nfrom assay.interfaces.cli import run\nprint(run({command}))\n", encoding="utf-8"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout.split()[0], done.stdout.count("begun"), done.returncode) == ("begun", 1, 0), done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_all_processes_with_one_word(tmp_path: Path) -> None:
    path = long_chats(tmp_path / "t.jsonl")
    command = [sys.executable, "-m", "assay", "watch", "replay", str(path), "--jobs", "2"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as of:
        for _ in range(600):
            if len(children(of.pid)) >= 2:
                break
            time.sleep(0.1)
        begun = children(of.pid)
        os.killpg(of.pid, signal.SIGINT)
        out, err = of.communicate(timeout=60)
    assert (of.returncode, out, err.strip()) == (130, "", "interrupted")
    assert begun
    ended(begun)


def test_processes_end_with_the_one_that_asked_even_when_it_is_killed(tmp_path: Path) -> None:
    path = chats(tmp_path / "t.jsonl", 40_000)
    command = [sys.executable, "-m", "assay", "watch", "replay", str(path), "--scorer", "toxicity", "--jobs", "2"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as of:
        for _ in range(600):
            if len(children(of.pid)) >= 3:
                break
            time.sleep(0.1)
        begun = children(of.pid)
        of.kill()
    assert len(begun) == 3  # one of them keeps count of what they share
    ended(begun)


def ended(pids: list[int]) -> None:
    """These processes end."""
    for _ in range(300):
        if not any(running(one) for one in pids):
            return
        time.sleep(0.1)
    pytest.fail(f"still running: {[one for one in pids if running(one)]}")


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    """Processes that look at traces, of that one."""
    held = Path(f"/proc/{pid}/task/{pid}/children")
    if not held.exists():
        pytest.skip("no list of a process's children here")
    return [int(one) for one in held.read_text(encoding="ascii").split()]
