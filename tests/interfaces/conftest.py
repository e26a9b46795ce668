"""`assay watch serve` in a process of its own, for tests of what it does from end to end."""

from __future__ import annotations

import contextlib
import http.client
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Served = tuple[subprocess.Popen[str], http.client.HTTPConnection]
Serving = Callable[..., contextlib.AbstractContextManager[Served]]


@contextlib.contextmanager
def _serving(folder: Path, *more: str) -> Iterator[Served]:
    process = subprocess.Popen(
        [sys.executable, "-c", "from assay.interfaces.cli import main; main()", "watch", "serve", "--dir", str(folder),
         "--port", "0", "--quiet", "1s", *more],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    told = process.stderr.readline()
    while "http" not in told:
        assert told, "it ended before it listened"
        told = process.stderr.readline()
    line = http.client.HTTPConnection("127.0.0.1", int(told.split()[2].rpartition(":")[2]), timeout=60)
    try:
        yield process, line
    finally:
        line.close()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stderr.close()


@pytest.fixture
def serving() -> Serving:
    """Starts a server in a folder: the process, and a connection to it."""
    return _serving
