"""A key of cohorts that no trace has a value of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.domain.watched import Observation
from assay.interfaces.cli import run
from assay.interfaces.watch_begun import OPTIONS, Begun
from assay.interfaces.watch_keeping import Housekeeping
from assay.store.ledger.book import Ledger
from assay.traces.hot import HotTraces
from assay.traces.observed import NAME, Judged, Observed

SECOND = 10**9


def judged(first: int, count: int, *keys: str, **segments: str) -> list[Judged]:
    """Traces of which only those keys say something."""
    cohorts = ((), *(((key, segments.get(key, "(none)")),) for key in keys))
    return [
        Judged(
            trace=f"{at:032x}", start_ns=at, arrived_ns=at, segments=cohorts,
            observations=(Observation(metric="errors", value=0.0, trace=f"{at:032x}", time_ns=at),),
        )
        for at in range(first, first + count)
    ]  # fmt: skip


def test_the_watch_says_once_that_a_key_occurs_in_no_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hot, observed, now = HotTraces(tmp_path / "traces.db"), Observed(tmp_path / NAME), [10**18]
    with Ledger(tmp_path, write=True) as ledger:
        house = Housekeeping(
            folder=tmp_path, hot=hot, observed=observed, ledger=ledger, keys=("route", "rute"), clock_ns=lambda: now[0]
        )

        def told() -> str:
            now[0] += 20 * SECOND
            house.step()
            return capsys.readouterr().err

        observed.keep(judged(1, 99, "route", "rute"))
        assert told() == "", "too few to say"
        observed.keep(judged(100, 1, "route", "rute", route="orders"))
        assert told().startswith("assay watch: WARNING: segment 'rute': no trace has a value of it"), (
            "and route has one"
        )
        observed.keep(judged(200, 50, "route", "rute"))
        assert told() == "", "once is enough"
    hot.close()
    observed.close()


def test_the_status_says_so_until_a_trace_has_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    HotTraces(tmp_path / "traces.db").close()
    Begun(tmp_path).keep(
        {**dict.fromkeys(OPTIONS, ""), "segments": [], "scorers": [], "baseline_s": 1.0}, ["rute"], 1.0
    )
    observed = Observed(tmp_path / NAME)
    observed.keep(judged(1, 100, "rute"))

    def unseen() -> list[str]:
        run(["watch", "status", "--dir", str(tmp_path), "--format", "json"])
        told = capsys.readouterr()
        found: list[str] = json.loads(told.out)["unseen"]
        assert ("segment 'rute'" in told.err) == bool(found)
        return found

    assert unseen() == ["rute"]
    observed.keep(judged(200, 1, "rute", rute="a"))
    assert unseen() == []
    observed.close()
