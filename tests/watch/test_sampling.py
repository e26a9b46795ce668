from __future__ import annotations

import math
import random
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from assay.domain.errors import EvidenceError
from assay.domain.watched import Observation
from assay.traces.label_book import LabelBook
from assay.traces.observed import MIGRATIONS, Judged, Observed
from assay.watch.cohorts import cohort_figures
from assay.watch.sampling import Sampling, drawn

NS = 10**9


def test_small_kinds_are_seen_and_large_ones_by_their_share() -> None:
    rng = random.Random(3)
    sampling, seen, came = Sampling(share=0.05, fewest=50), Counter[str](), Counter[str]()
    for at in range(40_000):
        kind = "small" if rng.random() < 0.002 else "large"
        chance = sampling.chance(kind, at * NS)
        came[kind] += 1
        seen[kind] += drawn(f"{at:032x}", chance.share)
    assert seen["small"] >= 50
    assert 0.05 <= seen["large"] / came["large"] < 0.06


def test_the_same_traces_are_drawn_again_and_a_larger_share_holds_the_smaller() -> None:
    ids = [f"{at:032x}" for at in range(3000)]
    small, large = ({one for one in ids if drawn(one, share, "groundedness")} for share in (0.1, 0.3))
    assert small < large
    assert small != {one for one in ids if drawn(one, 0.1, "toxicity")}
    assert all(drawn(one, 1.0) for one in ids)


def test_a_new_day_counts_anew_and_an_old_trace_does_not_turn_it_back() -> None:
    day = 86_400 * NS
    sampling = Sampling(share=0.1, fewest=1)
    assert [sampling.chance("a", 0).share for _ in range(3)] == [1.0, 0.5, 1 / 3]
    assert sampling.chance("a", day).reason == "small cohort"
    assert sampling.chance("a", 5).share == 0.5
    with pytest.raises(EvidenceError, match="share"):
        Sampling(share=0)


def test_the_weighted_rate_is_that_of_all_traffic(tmp_path: Path) -> None:
    """A small kind fails always, a large one never: judged unequally, the rate over both must not be theirs evenly."""
    observed, sampling, rng = Observed(tmp_path / "observed.db"), Sampling(share=0.05, fewest=20), random.Random(5)
    judged, failed = [], 0
    for at in range(20_000):
        kind = "small" if rng.random() < 0.02 else "large"
        failed += kind == "small"
        chance = sampling.chance(kind, at)
        if drawn(f"{at:032x}", chance.share):
            one = Observation(metric="refusal", value=float(kind == "small"), trace=f"{at:032x}", time_ns=at,
                              share=chance.share, reason=chance.reason)  # fmt: skip
            judged.append(
                Judged(
                    trace=one.trace, start_ns=at, arrived_ns=1, segments=((), (("kind", kind),)), observations=(one,)
                )
            )
    observed.keep(judged)
    overall, *of_kinds = (one for one in cohort_figures(observed.sums()) if one.metric == "refusal")
    plain = sum(one.observations[0].value or 0 for one in judged) / len(judged)
    assert overall.low < failed / 20_000 < overall.high
    assert plain > overall.high  # the unweighted share would be far too large
    assert [one.value for one in of_kinds] == [0.0, 1.0]


def test_labels_of_an_earlier_version_are_kept_and_correct_nothing(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "observed.db")) as base:
        base.executescript(f"{MIGRATIONS[0]};PRAGMA user_version=1")
        base.execute("INSERT INTO labels VALUES ('t', 'refusal', 1.0, 'ana', 5, 1), ('u', 'refusal', 0.0, 'ana', 6, 0)")
        base.commit()
    observed = Observed(tmp_path / "observed.db")
    rows = observed.base.execute("SELECT trace, who, word, random FROM words ORDER BY trace").fetchall()
    assert rows == [("t", "ana", "yes", 0), ("u", "ana", "no", 0)]
    book = LabelBook(tmp_path, observed)
    assert (book.picked("refusal"), book.drawn("refusal"), book.metrics()) == (2, [], [])


def test_what_was_never_scored_has_no_figure(tmp_path: Path) -> None:
    observed = Observed(tmp_path / "observed.db")
    one = Observation(metric="groundedness", value=None, unscored="no context", trace="a" * 32, time_ns=1)
    observed.keep([Judged(trace="a" * 32, start_ns=1, arrived_ns=1, segments=((),), observations=(one,))])
    figure = cohort_figures(observed.sums())[0]
    assert (math.isnan(figure.value), figure.n, figure.unscored) == (True, 0, 1)


def test_a_late_span_replaces_what_was_observed(tmp_path: Path) -> None:
    observed = Observed(tmp_path / "observed.db")
    one = Observation(metric="errors", value=1.0, trace="a" * 32, time_ns=1)
    first = Judged(trace="a" * 32, start_ns=1, arrived_ns=1, segments=((),), observations=(one,))
    observed.keep([first])
    later = replace(first, arrived_ns=2, version=2, observations=(one._replace(value=0.0),))
    observed.keep([later])
    assert [(held.n, held.total) for held in observed.sums()] == [(1.0, 0.0)]
    assert observed.known(["a" * 32]) == {"a" * 32: (2, 2)}
    assert observed.judged("a" * 32) == later
    assert len(observed) == 1
