"""The unit and the container file of examples/watch: what they start does start, is healthy and ends cleanly."""

from __future__ import annotations

import configparser
import contextlib
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from assay.interfaces.cli import run

Serving = Callable[..., contextlib.AbstractContextManager[tuple[subprocess.Popen[str], http.client.HTTPConnection]]]
ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "watch"
CHECK = r"import urllib\.request as u; u\.urlopen\('http://127\.0\.0\.1:4318/healthz', timeout=5\)"


FIRST = re.compile(r"^## A first trace$.*?^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_first_trace_of_the_page_is_taken_and_judged(
    tmp_path: Path, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = FIRST.search((ROOT / "docs" / "watch" / "serve.md").read_text(encoding="utf-8"))
    assert shown is not None
    with serving(tmp_path, "--scorer", "refusal", "--segment", "route") as (_, line):
        script = shown[1].replace("127.0.0.1:4318", f"127.0.0.1:{line.port}")
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout == "{}"
        told: dict[str, Any] = {"judged": 0}
        until = time.monotonic() + 60
        while not told["judged"] and time.monotonic() < until:
            time.sleep(0.2)
            run(["watch", "status", "--dir", str(tmp_path), "--format", "json"])
            told = json.loads(capsys.readouterr().out)
    assert (told["kept"], told["rejected"], told["judged"]) == ({"spans": 1}, {}, 1)
    refusals = [(one["segment"], one["value"], one["n"]) for one in told["figures"] if one["metric"] == "refusal"]
    assert sorted(refusals, key=str) == [({"route": "orders"}, 0, 1), ({}, 0, 1)]


def unit() -> configparser.ConfigParser:
    made = configparser.ConfigParser(strict=True, delimiters="=", comment_prefixes="#")
    made.optionxform = str  # type: ignore[assignment,method-assign]
    made.read(EXAMPLES / "assay-watch.service")
    return made


def container() -> dict[str, str]:
    return dict(re.findall(r"^([A-Z]+) (.*)$", (EXAMPLES / "Containerfile").read_text(), re.MULTILINE))


def started(arguments: Sequence[str], folder: Path, *more: str, tokens: str = "") -> subprocess.Popen[str]:
    at = arguments.index("--dir")
    here = [*arguments[:at], "--dir", str(folder), *arguments[at + 2 :], "--port", "0", *more]
    return subprocess.Popen(
        [sys.executable, "-c", "from assay.interfaces.cli import main; main()", *here[1:]],
        stderr=subprocess.PIPE, text=True, env={**os.environ, "ASSAY_WATCH_TOKENS": tokens},
    )  # fmt: skip


def port_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    told = process.stderr.readline()
    found = re.search(r":(\d+)", told)
    assert found is not None, told
    return found[1]


def ended(process: subprocess.Popen[str], by: signal.Signals) -> int:
    process.send_signal(by)
    process.communicate(timeout=60)
    return process.returncode


def test_what_the_unit_starts_is_healthy_and_ends_cleanly(tmp_path: Path) -> None:
    service = unit()["Service"]
    arguments = shlex.split(service["ExecStart"])
    assert Path(arguments[0]).name == "assay"
    assert arguments[arguments.index("--dir") + 1] == f"/var/lib/{service['StateDirectory']}"
    process = started(arguments, tmp_path, tokens="shop:exporter:secret-of-the-shop")
    try:
        check = f"import urllib.request as u; u.urlopen('http://127.0.0.1:{port_of(process)}/healthz', timeout=30)"
        subprocess.run([sys.executable, "-c", check], check=True)
    finally:
        code = ended(process, signal.Signals[service["KillSignal"]])
    assert code == 0
    assert (tmp_path / "traces.db").exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    copy = tmp_path / "assay-watch.service"
    copy.write_text((EXAMPLES / "assay-watch.service").read_text().replace("/opt/assay/bin/assay", "/bin/true"))
    told = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")


def test_what_the_container_starts_is_healthy_by_its_own_check(tmp_path: Path) -> None:
    lines = container()
    arguments = [*json.loads(lines["ENTRYPOINT"]), *json.loads(lines["CMD"])]
    process = started(arguments, tmp_path, tokens="shop:exporter:secret-of-the-shop")
    try:
        program, flag, check = json.loads(lines["HEALTHCHECK"].removeprefix("CMD "))
        assert (program, flag) == ("python", "-c")
        assert re.fullmatch(CHECK, check)
        subprocess.run([sys.executable, "-c", check.replace("4318", port_of(process))], check=True)
    finally:
        code = ended(process, signal.Signals[lines["STOPSIGNAL"]])
    assert code == 0


def test_a_container_without_tokens_refuses_to_listen(tmp_path: Path) -> None:
    lines = container()
    process = started([*json.loads(lines["ENTRYPOINT"]), *json.loads(lines["CMD"])], tmp_path)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "token" in told


def test_what_the_container_installs_is_this_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = re.search(r"'([\w-]+)\[(\w+)\]'", container()["RUN"])
    assert found is not None
    assert found[1] == project["name"]
    assert found[2] in project["optional-dependencies"]
