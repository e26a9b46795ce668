"""The process beside the receiver: reads its settings from the first line of standard input, ends with the input."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.interfaces.watch_keeping import ORIGIN, Housekeeping
from assay.interfaces.watch_made import Asked, asked
from assay.store.ledger.book import Ledger
from assay.traces.hot import HotTraces
from assay.traces.observed import NAME, Erased, Observed
from assay.watch.baseline import Baseline
from assay.watch.distributions import Distributions
from assay.watch.live import Live
from assay.watch.streams import Streams
from assay.web.worker import Worker

PAUSE_S = 2.0
"""Seconds between two looks at the process."""
HOT = "traces.db"
"""Name of the file of recent traces in the state folder."""


def worker(folder: Path, settings: Mapping[str, Any]) -> Worker:
    """The worker of a state folder.

    Args:
        folder: State folder.
        settings: `plan`, `segments`, `scorers`, `run`, `baseline_s`, `quiet_s`.
    """
    told = wanted(settings)
    return Worker(
        hot=HotTraces(folder / HOT),
        observed=Observed(folder / NAME),
        live=Live(
            streams=Streams(told.monitors, told.settings.promise),
            scorers=told.scorers,
            segments=told.segments,
            shares=told.shares,
            released=told.settings.released,
            steps=told.settings.steps,
            beside=Distributions(told.settings.every_ns, told.settings.alpha, firsts=told.settings.baseline_ns > 0),
            baseline=Baseline(length_ns=told.settings.baseline_ns),
        ),
        quiet_s=float(settings.get("quiet_s", 10.0)),
    )


def wanted(settings: Mapping[str, Any]) -> Asked:
    """What the settings ask to be watched.

    Raises:
        PlanError: The plan cannot be read, or a scorer does not exist.
        DataError: The run has no verdict.
    """
    return asked(
        Path(settings["plan"]) if settings.get("plan") else None,
        segment=settings.get("segments", ()),
        scorer=settings.get("scorers", ()),
        baseline_s=settings.get("baseline_s"),
        run=Path(settings["run"]) if settings.get("run") else None,
    )


class Beside:
    """The process beside: begun anew when it ends by itself, ended once its step at hand is done."""

    def __init__(self, folder: Path, settings: Mapping[str, Any], counts: Counter[str]) -> None:
        """Start it.

        Args:
            folder: State folder.
            settings: As for `worker`, and how long things are kept.
            counts: Where new beginnings are counted.
        """
        self._line = json.dumps({"folder": str(folder), **settings}).encode() + b"\n"
        self._counts = counts
        self._closed = threading.Event()
        self._process = self._started()
        self._guard = threading.Thread(target=self._guarding, name="assay-beside", daemon=True)
        self._guard.start()

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "assay.interfaces.watch_working"]
        made = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        assert made.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended at once; the guard begins anew
            made.stdin.write(self._line)
            made.stdin.flush()
        return made

    def _guarding(self) -> None:
        while not self._closed.wait(PAUSE_S):
            if self._process.poll() is not None:
                self._counts["worker_began_anew"] += 1
                self._end()
                self._process = self._started()

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it; what it had not judged waits for the next start."""
        self._closed.set()
        self._guard.join()
        self._end()

    def _end(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> None:
    """Judge until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes our input
    with contextlib.suppress(OSError):
        os.nice(5)  # spans come first
    settings = json.loads(sys.stdin.buffer.readline())
    folder = Path(settings["folder"])
    with (folder / ".worker").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one whose server was killed may still be at its last step
        _work(folder, settings)


def _work(folder: Path, settings: Mapping[str, Any]) -> None:
    made = worker(folder, settings)
    with Ledger(folder, write=True, origin=ORIGIN) as ledger:
        house = Housekeeping(
            folder=folder,
            hot=made.hot,
            observed=made.observed,
            ledger=ledger,
            hot_days=float(settings.get("keep_s", 14 * 86400)) / 86400,
            cold_days=float(settings.get("keep_sealed_s", 90 * 86400)) / 86400,
            silence_s=settings.get("silence_s"),
            keys=made.live.segments.keys,
        )
        made.chores, made.told = house.step, house.alarms
        with contextlib.suppress(Erased):  # the guard begins us anew, without what we remember
            made.restore()
            made.run(_ended)
            made.save()
    made.observed.close()
    made.hot.close()


def _ended(seconds: float) -> bool:
    """Waits for the end of standard input, at most so long."""
    if not hasattr(select, "poll"):
        time.sleep(seconds)
        return os.getppid() == 1
    found, _, _ = select.select([sys.stdin.buffer], [], [], seconds)
    return bool(found)


if __name__ == "__main__":
    main()
