"""Programs of strangers: how they end, and what they cannot do."""

from __future__ import annotations

import shutil

import pytest

from assay.domain.errors import ConfigurationError
from assay.interfaces import sandbox
from assay.interfaces.sandbox import Sandbox


@pytest.fixture(scope="module")
def place() -> Sandbox:
    try:
        return Sandbox(seconds=1)
    except ConfigurationError as error:
        pytest.skip(f"no sandbox here: {str(error)[:150]}")


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        ("assert 1 + 1 == 2", "passed"),
        ("assert 1 == 2", "assertion"),
        ("raise ValueError", "error"),
        ("x =", "syntax"),
        ("import no_such_package", "package"),
        ("while True: pass", "timeout"),
        ("import sys; sys.exit(0)", "error"),
        ("input()", "error"),
        ("x = 'a' * 10**10", "error"),
        ("import json, math, re, collections, itertools, dataclasses, typing", "passed"),
        ("import threading; t = threading.Thread(target=print); t.start(); t.join()", "passed"),
        ("open('/tmp/x', 'w').write('ok'); assert open('/tmp/x').read() == 'ok'", "passed"),
    ],
)
def test_how_a_program_ends(place: Sandbox, program: str, outcome: str) -> None:
    assert place.run(program) == outcome


@pytest.mark.parametrize(
    "program",
    [
        "import socket; s = socket.socket(); s.settimeout(1); s.connect(('1.1.1.1', 80))",
        "import os; os.fork()",
        "import subprocess; subprocess.run(['/usr/bin/true'])",
        "import os; os.execv('/usr/bin/true', ['true'])",
        "open('/usr/evil', 'w')",
        "open('/evil', 'w').close(); open('/usr/bin/evil', 'w')",
        "open('/etc/passwd')",
        "open('/tmp/x', 'w').write('a' * 10**8)",
        "import os; os.listdir('/proc')",
        "import os; os.listdir('/home')",
    ],
)
def test_what_a_program_cannot_do(place: Sandbox, program: str) -> None:
    assert place.run(program) == "error"


def test_a_program_cannot_mount(place: Sandbox) -> None:
    mounting = "import ctypes; assert ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0"
    assert place.run(mounting) == "assertion"


def test_files_outside_stay_as_they_are(place: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> None:
    kept = tmp_path_factory.mktemp("kept") / "file"
    kept.write_text("as it was")
    assert place.run(f"import os; os.remove({str(kept)!r})") == "error"
    assert kept.read_text() == "as it was"


def test_nothing_is_run_where_no_sandbox_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ConfigurationError, match="no sandbox can be made here, unshare"):
        Sandbox()
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(sandbox, "_MADE", "exit 3")
    with pytest.raises(ConfigurationError, match="a first program ended with"):
        Sandbox()
