"""The process beside the receiver: reads its settings from the first line of standard input, ends with the input."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.interfaces.watch_keeping import ORIGIN, Housekeeping
from assay.store.ledger.book import Ledger
from assay.traces.hot import HotTraces
from assay.traces.observed import NAME, Observed
from assay.watch.baseline import Baseline
from assay.watch.defaults import SCORERS, monitors, scorers
from assay.watch.live import Live
from assay.watch.segments import Segments
from assay.watch.streams import Streams
from assay.web.worker import Worker

HOT = "traces.db"
"""Name of the file of recent traces in the state folder."""


def worker(folder: Path, settings: Mapping[str, Any]) -> Worker:
    """The worker of a state folder.

    Args:
        folder: State folder.
        settings: `segments`, `scorers`, `baseline_s`, `quiet_s`.
    """
    judges = scorers(_names(settings.get("scorers")))
    return Worker(
        hot=HotTraces(folder / HOT),
        observed=Observed(folder / NAME),
        live=Live(
            streams=Streams(monitors(judges)),
            scorers=judges,
            segments=Segments(settings.get("segments", ())),
            baseline=Baseline(length_ns=int(float(settings.get("baseline_s", 7 * 86400)) * 1e9)),
        ),
        quiet_s=float(settings.get("quiet_s", 10.0)),
    )


def _names(given: Sequence[str] | None) -> Sequence[str]:
    return () if given and list(given) == ["none"] else given or SCORERS


def started(folder: Path, settings: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    """Start the process; closing its standard input ends it once the step at hand is done."""
    made = subprocess.Popen(
        [sys.executable, "-m", "assay.interfaces.watch_working"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert made.stdin is not None
    made.stdin.write(json.dumps({"folder": str(folder), **settings}).encode() + b"\n")
    made.stdin.flush()
    return made


def main() -> None:
    """Judge until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes our input
    with contextlib.suppress(OSError):
        os.nice(5)  # spans come first
    settings = json.loads(sys.stdin.buffer.readline())
    folder = Path(settings["folder"])
    made = worker(folder, settings)
    with Ledger(folder, write=True, origin=ORIGIN) as ledger:
        house = Housekeeping(
            folder=folder, hot=made.hot, observed=made.observed, ledger=ledger,
            hot_days=float(settings.get("keep_s", 14 * 86400)) / 86400,
            cold_days=float(settings.get("keep_sealed_s", 90 * 86400)) / 86400,
        )  # fmt: skip
        made.chores, made.told = house.step, house.alarms
        made.restore()
        made.run(_ended)
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
