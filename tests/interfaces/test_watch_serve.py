from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from assay.domain.errors import ConfigurationError, DataError, RunConflict
from assay.interfaces.cli import assay
from assay.interfaces.watch_keeping import sealing
from assay.store.ledger.book import Ledger
from assay.traces.hot import HotTraces

Served = tuple[subprocess.Popen[str], http.client.HTTPConnection]
Serving = Callable[..., contextlib.AbstractContextManager[Served]]
BEGIN = 1_795_773_600 * 10**9


def run(*arguments: object) -> int:
    code: Any = assay.main([*map(str, arguments)], "assay", standalone_mode=False)
    return int(code or 0)


def body(rng: random.Random, count: int, **attributes: str) -> tuple[bytes, list[str]]:
    ids = [rng.randbytes(8).hex() for _ in range(count)]
    listed = [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
    spans = [
        {"traceId": rng.randbytes(16).hex(), "spanId": one, "name": "chat", "startTimeUnixNano": str(BEGIN),
         "endTimeUnixNano": str(BEGIN + 10**9), "attributes": listed}
        for one in ids
    ]  # fmt: skip
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode(), ids


def post(line: http.client.HTTPConnection, data: bytes) -> int:
    line.request("POST", "/v1/traces", data, {"Content-Type": "application/json"})
    reply = line.getresponse()
    reply.read()
    return reply.status


def kept(folder: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(folder / "traces.db")) as base:
        return {row[0] for row in base.execute("SELECT id FROM spans")}


def test_spans_are_judged_shown_and_forgotten(
    tmp_path: Path, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(1)
    with serving(tmp_path, "--scorer", "refusal", "--segment", "route", "--segment", "user.id") as (process, line):
        key = "AKIAZQ3VB8NM2KL9XW4R"
        mine, _ = body(rng, 20, route="chat", **{"user.id": "kim.quux", "note": f"the key is {key}"})
        other, _ = body(rng, 30, route="search")
        assert (post(line, mine), post(line, other)) == (200, 200)
        until = time.monotonic() + 60
        told: dict[str, Any] = {"judged": 0}
        while told["judged"] < 50 and time.monotonic() < until:
            time.sleep(0.3)
            assert run("watch", "status", "--dir", tmp_path, "--format", "json", "--since", "10000d") == 0
            told = json.loads(capsys.readouterr().out)
        assert (told["kept"], told["rejected"], told["waiting"], told["judged"]) == ({"spans": 50}, {}, 0, 50)
        assert told["found"]["redacted_aws_key"] == 20
        errors = {tuple(one["segment"].items()): one["n"] for one in told["figures"] if one["metric"] == "errors"}
        assert errors == {
            (): 50, (("route", "chat"),): 20, (("route", "search"),): 30, (("user.id", "kim.quux"),): 20,
            (("user.id", "(none)"),): 30,
        }  # fmt: skip
        assert run("watch", "forget", "user.id=kim.quux", "--dir", tmp_path, "--format", "json") == 0  # while it serves
        done = json.loads(capsys.readouterr().out)
        assert (done["traces"], done["spans"], done["judged"]) == (20, 20, 20)
        more, _ = body(rng, 10, route="search")
        assert post(line, more) == 200  # whoever judges must not write down what it remembers
        while told["judged"] != 40 and time.monotonic() < until:
            time.sleep(0.3)
            run("watch", "status", "--dir", tmp_path, "--format", "json", "--since", "10000d")
            told = json.loads(capsys.readouterr().out)
        assert (told["judged"], told["found"]["began_anew_after_erasure"]) == (40, 1)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not [one for one in (b"kim.quux", key.encode()) if one in left]
    with Ledger(tmp_path) as ledger:
        assert [entry.kind for entry in ledger.entries()] == ["opened", "erased"]
    assert run("watch", "status", "--dir", tmp_path) == 0
    assert "ledger    2 entries, sound" in capsys.readouterr().out


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_answered_200_is_there_after_the_end(tmp_path: Path, serving: Serving, how: signal.Signals) -> None:
    rng = random.Random(2)
    accepted: set[str] = set()
    for round_ in range(2):
        with serving(tmp_path, "--scorer", "none") as (process, line):
            threading.Timer(0.5 + 0.3 * round_, process.send_signal, [how]).start()
            with contextlib.suppress(OSError, http.client.HTTPException):
                while True:
                    data, ids = body(rng, 20)
                    if post(line, data) == 200:
                        accepted.update(ids)
                    time.sleep(0.02)
            assert process.wait(60) == (0 if how == signal.SIGTERM else -how)
    assert accepted
    assert accepted <= kept(tmp_path)


@pytest.mark.parametrize(
    "place", ["watch_serve._planned", "watch_serve._House", "watch_serve.served", "uvicorn.Server.run"]
)
def test_a_signal_before_the_server_is_up_ends_it_as_one_after(tmp_path: Path, place: str) -> None:
    """A supervisor that starts and stops in one breath must not be told of a crash, nor wait for ever."""
    code = f"""
import os, signal
import uvicorn
from assay.interfaces import watch_serve
from assay.interfaces.cli import main
real = {place}
def ended(*given, **more):
    os.kill(os.getpid(), signal.SIGTERM)
    return real(*given, **more)
{place} = ended
main()
"""
    words = ["watch", "serve", "--dir", str(tmp_path), "--port", "0", "--scorer", "none"]
    process = subprocess.Popen([sys.executable, "-c", code, *words], stderr=subprocess.DEVNULL)
    try:
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


def children(pid: int) -> list[int]:
    """Processes that any thread of a process began."""
    return [int(one) for path in Path(f"/proc/{pid}/task").glob("*/children") for one in path.read_text().split()]


def test_the_process_that_judges_begins_anew_when_it_was_killed(tmp_path: Path, serving: Serving) -> None:
    with serving(tmp_path, "--scorer", "none") as (process, line):
        before = children(process.pid)
        os.kill(before[0], signal.SIGKILL)
        until = time.monotonic() + 60
        while (not (now := children(process.pid)) or now == before) and time.monotonic() < until:
            time.sleep(0.1)
        assert len(now) == 1 and now != before
        line.request("GET", "/metrics")
        assert 'assay_requests_total{outcome="worker_began_anew"} 1' in line.getresponse().read().decode()


def test_two_do_not_work_in_one_folder(tmp_path: Path, serving: Serving, capfd: pytest.CaptureFixture[str]) -> None:
    with serving(tmp_path, "--scorer", "none"):
        second = subprocess.run(
            [sys.executable, "-c", "from assay.interfaces.cli import main; main()", "watch", "serve", "--dir",
             str(tmp_path), "--port", "0"],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert second.returncode == 2
    assert "another `assay watch serve` works here" in second.stderr


def test_beyond_loopback_a_token_is_needed(
    tmp_path: Path, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigurationError, match="beyond loopback a token is needed"):
        run("watch", "serve", "--dir", tmp_path, "--host", "0.0.0.0", "--port", "0")
    assert run("watch", "token", "shop", "--dir", tmp_path) == 0
    token = capsys.readouterr().out.strip()
    with serving(tmp_path, "--scorer", "none", "--host", "0.0.0.0") as (_, line):
        data, _ = body(random.Random(3), 1)
        assert post(line, data) == 401
        line.request(
            "POST", "/v1/traces", data, {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        )
        assert line.getresponse().status == 200


def test_the_first_token_closes_the_door_of_a_running_server(
    tmp_path: Path, serving: Serving, capfd: pytest.CaptureFixture[str]
) -> None:
    def status(line: http.client.HTTPConnection, path: str, **headers: str) -> int:
        line.request("GET", path, headers=headers)
        reply = line.getresponse()
        reply.read()
        return reply.status

    with serving(tmp_path, "--scorer", "none") as (_, line):
        pages = ("/", "/traces", "/metrics")
        assert [status(line, path) for path in pages] == [200, 200, 200]
        assert run("watch", "token", "ana", "--role", "reviewer", "--dir", tmp_path) == 0
        said = capfd.readouterr()
        token = said.out.strip()
        assert f"this is the first token of {tmp_path}: from now on nobody comes in without one" in said.err
        assert "An exporter only sends" not in said.err
        assert [status(line, path) for path in pages] == [401, 401, 401]
        assert post(line, body(random.Random(1), 1)[0]) == 401
        assert [status(line, path, Authorization=f"Bearer {token}") for path in pages] == [200, 200, 200]
    assert run("watch", "token", "bob", "--dir", tmp_path) == 0
    assert "first token" not in capfd.readouterr().err
    assert run("watch", "token", "shop", "--dir", tmp_path / "other") == 0
    assert "An exporter only sends: for the page make another one" in capfd.readouterr().err


def test_a_port_that_is_taken_leaves_no_folder_and_a_folder_in_use_is_told_first(
    tmp_path: Path, serving: Serving
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigurationError, match="cannot listen"):
        run("watch", "serve", "--dir", tmp_path / "new", "--port", taken.getsockname()[1])
    assert not (tmp_path / "new").exists()
    with (
        serving(tmp_path / "used", "--scorer", "none") as (_, line),
        pytest.raises(RunConflict, match="another `assay watch serve` works here"),
    ):
        run("watch", "serve", "--dir", tmp_path / "used", "--port", line.port)


def test_nobody_who_matches_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    HotTraces(tmp_path / "traces.db").add([], 1)
    assert run("watch", "forget", "user.id=nobody", "--dir", tmp_path) == 0
    assert capsys.readouterr().out == "no trace matches user.id=nobody\n"


def test_a_port_that_is_taken_a_scorer_that_is_not_and_a_folder_without_state_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nosuch"):
        run("watch", "serve", "--dir", tmp_path, "--run", tmp_path / "nosuch", "--port", "0")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigurationError, match="cannot listen"):
        run("watch", "serve", "--dir", tmp_path, "--port", taken.getsockname()[1])
    for command in (["status"], ["forget", "a=b"]):
        with pytest.raises(ConfigurationError, match="no state folder"):
            run("watch", *command, "--dir", tmp_path / "empty")
    with pytest.raises(ConfigurationError, match="KEY=VALUE"):
        run("watch", "forget", "kim", "--dir", tmp_path)


def test_an_erasure_waits_for_whoever_seals(tmp_path: Path) -> None:
    HotTraces(tmp_path / "traces.db").add([], 1)
    with sealing(tmp_path):
        waits = threading.Thread(target=run, args=("watch", "forget", "user.id=kim", "--dir", tmp_path))
        waits.start()
        waits.join(1.5)
        assert waits.is_alive()
    waits.join(60)
    assert not waits.is_alive()
