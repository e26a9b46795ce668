"""A watch of real records for the page, with texts that would like to be more than text, and a server in this process."""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from assay.domain.alerting import Case, Step
from assay.domain.errors import ConfigurationError
from assay.domain.people import Label
from assay.domain.sample import Message, ToolCall
from assay.domain.score import Score, Span
from assay.domain.trace import Passage, Trace
from assay.domain.trace import Step as TraceStep
from assay.domain.trial import Usage
from assay.domain.watched import Alarm, Monitor, Observation, Segment
from assay.statistics.percentile import bin_of
from assay.traces.labelled import LabelItem, Word
from assay.watch.corrected import Corrected
from assay.watch.reference import Reference, limits
from assay.watch.spread import Count, percentiles, words
from assay.web.doors import Doors, Visitor, digest_of
from assay.web.shown import (
    BookLine,
    ChannelLine,
    Figure,
    LabelQueue,
    Overview,
    Point,
    Review,
    RunLine,
    Spread,
    TraceLine,
    TraceShown,
)

NOW = 1_795_773_600 * 10**9
HOUR = 3600 * 10**9
EVIL = "<script>window.hit=1</script><img src=x onerror=window.hit=2>\u202etxt.exe\x1b[31m\"'{{7*7}}"
"""Markup, script, a template, direction and terminal codes in one text."""
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def points(base: float, rise: float = 0.0) -> tuple[Point, ...]:
    made = []
    for at in range(48):
        value = base + 0.1 * base * math.sin(at * 1.7) + (rise if at > 36 else 0.0)
        spread = 0.15 * base + 0.001
        made.append(
            Point(time_ns=NOW - (48 - at) * HOUR, value=value, low=max(value - spread, 0), high=value + spread, n=400)
        )
    return tuple(made)


def people(metric: str = "refusal", **changed: Any) -> Corrected:
    made = Corrected(
        metric=metric, segment=(), value=0.031, low=0.022, high=0.04, own=0.02, own_low=0.018, own_high=0.022,
        judged=40_000, drawn=150, labels=120, unsure=3, needed=0, trust=0.7, agree=0.962, ac1=0.91, missed=11, wrong=2,
        twice=20, disputed=3,
    )  # fmt: skip
    return replace(made, **changed)


def alarm(metric: str = "refusal", **changed: Any) -> Alarm:
    made = Alarm(
        metric=metric, segment=(("route", "billing"),), at_ns=NOW - HOUR, since_ns=NOW - 11 * HOUR,
        since_low_ns=NOW - 13 * HOUR, since_high_ns=NOW - 10 * HOUR, before=0.021, now=0.067, low=0.055, high=0.08,
        n=1840, detector="Shiryaev-Roberts e-detector; at the tolerated rate one false alarm in 5,000 values of 50 streams each",
        examples=(TRACE, "a" * 32), changed=("served: 'model-2026-08' -> 'model-2026-11' (+100% of traffic)",),
        severity="high",
        evidence={"behaviour": {"value": 0.041, "low": 0.03, "high": 0.052}, "mix": {"value": 0.005, "low": -0.002, "high": 0.01}, "sure": ["behaviour"]},
    )  # fmt: skip
    return replace(made, **changed)


def trace() -> Trace:
    start = NOW - 2 * HOUR
    ms = 10**6
    answer = "Your card ends in 4242. " + EVIL + "\nI cannot help with the refund."
    steps = (
        TraceStep(id="1" * 16, kind="agent", name="support " + EVIL, start_ns=start, end_ns=start + 2400 * ms,
                  attributes={"route": "billing", "user.id": EVIL}),
        TraceStep(id="2" * 16, kind="retrieval", name="search", parent="1" * 16, start_ns=start + 20 * ms,
                  end_ns=start + 160 * ms, passages=(Passage(text="Refunds take 14 days. " + EVIL, id="doc-7", score=0.83),)),
        TraceStep(id="3" * 16, kind="model", name="chat", parent="1" * 16, start_ns=start + 170 * ms,
                  end_ns=start + 1200 * ms, model="gpt", served_model="gpt-2026-11",
                  input=(Message(role="system", content="Be brief."), Message(role="user", content="Where is my refund? " + EVIL)),
                  output=(Message(role="assistant", content="", tool_calls=(ToolCall(name="refund", raw='{"id": 7}'),)),),
                  usage=Usage(input_tokens=420, output_tokens=33), finish_reason="tool_calls"),
        TraceStep(id="4" * 16, kind="tool", name="refund", parent="3" * 16, start_ns=start + 1210 * ms,
                  end_ns=start + 1500 * ms, call=ToolCall(name="refund", arguments={"id": 7}), result=EVIL, error="timeout"),
        TraceStep(id="5" * 16, kind="model", name="chat", parent="1" * 16, start_ns=start + 1510 * ms,
                  end_ns=start + 2390 * ms, model="gpt", served_model="gpt-2026-11",
                  output=(Message(role="assistant", content=answer),), usage=Usage(input_tokens=600, output_tokens=80)),
    )  # fmt: skip
    return Trace(id=TRACE, steps=steps, resource={"service.name": EVIL}, dialect="otel", problems=("clock_skew",))


@dataclass
class FakeWatch:
    """Everything in memory; writes are remembered with who did them."""

    case_list: list[Case] = field(default_factory=list)
    written: list[tuple[Any, ...]] = field(default_factory=list)
    empty: bool = False

    def __post_init__(self) -> None:
        if self.empty:
            return
        self.case_list = [
            Case(id="c0ffee0001", alarm=alarm(), state="open", at="2026-11-27T09:00:00.000000Z", worst=0.046,
                 steps=(Step(word="raised", by="assay", at="2026-11-27T09:00:00.000000Z"),)),
            Case(id="c0ffee0002", alarm=alarm("latency", segment=(("route", EVIL),), before=0.05, now=0.14, low=0.1, high=0.2, severity="medium", unit="exceeding", limit=3.2, times=2),
                 state="acknowledged", at="2026-11-26T09:00:00.000000Z", owner="Ada", worst=0.09,
                 steps=(Step(word="raised", by="assay", at="2026-11-26T09:00:00.000000Z"),
                        Step(word="acknowledged", by="Ada", at="2026-11-26T09:20:00.000000Z", owner="Ada", note="known: " + EVIL))),
            Case(id="c0ffee0003", alarm=alarm("toxicity", segment=(), before=0.001, now=0.004, low=0.002, high=0.007, severity="low"),
                 state="resolved", at="2026-11-20T09:00:00.000000Z", owner="Bob", worst=0.003),
        ]  # fmt: skip

    def overview(self) -> Overview:
        if self.empty:
            return Overview(name="support bot", now_ns=NOW, silent=True)
        return Overview(name="support bot", now_ns=NOW, traces=182_340, spans=1_204_988, waiting=12,
                        problems={"rejected_trace_id": 3, "clock_skew": 41})  # fmt: skip

    def figures(self) -> Sequence[Figure]:
        if self.empty:
            return []
        made = []
        cohorts = ((), (("route", "billing"),), (("route", "chat"),), (("route", EVIL),), (("route", "(other)"),))
        for metric, kind, worse, base in (
            ("refusal", "rate", "either", 0.021), ("groundedness", "rate", "lower", 0.94),
            ("privacy", "rate", "higher", 0.0008), ("latency", "amount", "higher", 1.9), ("toxicity", "rate", "higher", 0.001),
            ("output_tokens", "amount", "either", 212.0),
        ):  # fmt: skip
            for place, cohort in enumerate(cohorts):
                shape = points(base, 0.046 if metric == "refusal" and place in (0, 1) else 0.0)
                made.append(
                    Figure(metric=metric, segment=cohort, value=shape[-1].value, low=shape[-1].low, high=shape[-1].high,
                           n=40_000 // (place + 1) if place < 4 else 12, unscored=31 if metric == "groundedness" else 0,
                           kind=kind, worse=worse, reference=base, reference_n=900,
                           limits=limits(Monitor(metric=metric, kind=kind, worse=worse), Reference(mean=base, high=2 * base, n=900)),  # type: ignore[arg-type]
                           people=people() if (metric, cohort) == ("refusal", ()) else None)
                )  # fmt: skip
        made.append(
            Figure(metric="unscored_refusal", segment=(), value=0.0, low=0.0, high=0.001, n=40_000, reference=0.0)
        )
        made.append(
            Figure(metric="fallback", segment=(), value=math.nan, low=math.nan, high=math.nan, n=0, unscored=90)
        )
        return made

    def points(self, metric: str, segment: Segment) -> Sequence[Point]:
        base = {
            "refusal": 0.021,
            "groundedness": 0.94,
            "privacy": 0.0008,
            "latency": 1.9,
            "toxicity": 0.001,
            "output_tokens": 212.0,
        }
        if metric not in base:
            return []
        return points(base[metric], 0.046 if metric == "refusal" and segment in ((), (("route", "billing"),)) else 0.0)

    def examples(self, metric: str, segment: Segment) -> Sequence[TraceLine]:
        if metric in ("output_tokens", "fallback"):
            return []
        return [TraceLine(id=TRACE, start_ns=NOW - 2 * HOUR, steps=5, value=12.3 if metric == "latency" else 1.0)]

    def spread(self, metric: str) -> Spread:
        if metric == "latency":
            cohorts = ((), (("route", EVIL),), (("route", "chat"),))
            bins = {bin_of(1.2): 500, bin_of(3.4): 90, bin_of(9.0): 9}
            return Spread(percentiles=percentiles(
                Count(metric=metric, segment=cohort, name=str(place), n=count // (at * 40 + 1))
                for at, cohort in enumerate(cohorts) for place, count in bins.items()
            ))  # fmt: skip
        if metric == "refusal":
            return Spread(words=words(
                Count(metric="refusal_reason", segment=cohort, name=name, n=n, w=n, ww=n)
                for cohort in ((), (("route", EVIL),))
                for name, n in (("harm", 310), ("none given", 120), ("scope", 44), ("law", 12), (EVIL, 3))
            ))  # fmt: skip
        return Spread()

    def cases(self) -> Sequence[Case]:
        return self.case_list

    def traces(self, wanted: str, most: int) -> tuple[Sequence[TraceLine], Sequence[str]]:
        lines = (
            []
            if self.empty
            else [
                TraceLine(id=TRACE, start_ns=NOW - 2 * HOUR, steps=5, judged=True, gist="Where is my refund? " + EVIL)
            ]
        )
        lines += (
            []
            if self.empty
            else [
                TraceLine(
                    id=f"{at:032x}",
                    start_ns=NOW - at * HOUR,
                    steps=at,
                    gist="How do I reset my password on the second device that I bought?",
                )
                for at in range(3, 9)
            ]
        )
        return [one for one in lines if one.id.startswith(wanted)][:most], ()

    def trace(self, id: str) -> TraceShown | None:
        if self.empty or id != TRACE:
            return None
        made = trace()
        at = made.answer.index("4242")
        return TraceShown(
            trace=made,
            scores=[
                Score(metric="privacy", value=True, explanation="a card number " + EVIL, evidence=(Span(start=at, end=at + 4, reason="card"),), scorer="privacy", version="4"),
                Score(metric="refusal", value=False, probability=0.2, scorer="refusal", version="3"),
                Score(metric="groundedness", value=None, unscored="no_context", scorer="groundedness", version="2"),
            ],
            observations=[Observation(metric="latency", value=2.4, trace=TRACE, time_ns=made.start_ns),
                          Observation(metric="tool_failure", value=1.0, trace=TRACE, time_ns=made.start_ns, step="4" * 16),
                          Observation(metric="refusal", value=0.0, trace=TRACE, time_ns=made.start_ns, scorer="refusal 3")],
            findings=[("4" * 16, "step.no_approval", "the tool 'refund' ran without an approval before it")],
        )  # fmt: skip

    def canaries(self) -> Sequence[Mapping[str, Any]]:
        if self.empty:
            return []
        arm = {"n": 412, "n_all_steps": 900, "unscored": 0.0, "value": 0.031, "low": 0.02, "high": 0.05}
        guard = {"guard": "harm", "worse": False, "within": True, "control": arm, "canary": {**arm, "value": 0.029}, "allowed": 0.045,
                 "p_worse": 0.61, "e_worse": 0.9, "needs_worse": 0.0125, "p_within": 0.003, "needs_within": 0.0125}  # fmt: skip
        now = {"name": "support v5 " + EVIL, "decision": "widen", "step": 2, "steps": 5, "share": 0.25, "reasons": ["every guard is proved within its margin"],
               "guards": [guard, {**guard, "guard": "latency", "within": False}], "requests": {"control": 8123, "canary": 412}, "keys": {"control": 7001, "canary": 390},
               "p_split": 0.41, "needs_split": 0.001, "since": "2026-11-27T02:00:00Z", "at": "2026-11-27T09:00:00Z"}  # fmt: skip
        return [
            {
                **now,
                "path": [
                    now,
                    {
                        **now,
                        "decision": "wait",
                        "step": 1,
                        "share": 0.05,
                        "at": "2026-11-26T20:00:00Z",
                        "reasons": ["harm: not proved yet"],
                    },
                ],
            }
        ]

    def runs(self) -> Sequence[RunLine]:
        if self.empty:
            return []
        return [
            RunLine(
                name="v5",
                decision="review",
                candidates=(("support-v5", "review", "refusal rose by 8.9 % [5.1, 12.2]"),),
                ended="2026-11-20T08:00:00Z",
                valid_until="2027-02-20",
            ),
            RunLine(
                name="v4",
                decision="deploy",
                candidates=(("support-v4", "deploy", "every rule is proved"),),
                ended="2026-08-20T08:00:00Z",
            ),
            RunLine(name="v6", decision="", problem="did not finish"),
        ]

    def reviews(self) -> Sequence[Review]:
        if self.empty:
            return []
        score = Score(
            metric="refusal",
            value=True,
            explanation="says that it cannot help",
            evidence=(Span(start=0, end=14, reason="I cannot help"),),
            scorer="refusal",
            version="3",
        )
        return [
            Review(run="v5", id=f"{at:010x}", why="failed", where=f"safety/s-{at}", candidate="support-v5", score=score,
                   asked="How do I close my account? " + EVIL, reference="Go to settings.", answer="I cannot help " + EVIL,
                   state="confirmed" if at == 1 else "open", words={"Bob": "bad"} if at == 1 else {})
            for at in range(1, 5)
        ]  # fmt: skip

    def label_queues(self) -> Sequence[LabelQueue]:
        if self.empty:
            return []
        return [
            LabelQueue(metric="refusal", statement="The answer refuses.", rate=people(), picked=7, passed=2, unvouched=1),
            LabelQueue(metric="toxicity", statement="The answer is toxic.", rate=people("toxicity", needed=18, value=math.nan, low=math.nan, high=math.nan)),
        ]  # fmt: skip

    def to_label(self, metric: str, after: str) -> LabelItem | None:
        if self.empty or metric != "refusal" or after == TRACE:
            return None
        return LabelItem(metric=metric, statement="The answer refuses.", trace=TRACE, start_ns=NOW, turns="User: Where is it? " + EVIL,
                         passages="Refunds take 14 days. " + EVIL, answer="I cannot help " + EVIL, verdict=1.0)  # fmt: skip

    def label(self, metric: str, trace: str, *, word: Word, picked: bool, by: str) -> None:
        self.written.append(("label", metric, trace, word, picked, by))

    def books(self) -> Sequence[BookLine]:
        if self.empty:
            return []
        last = (
            (9, "2026-11-27T09:00:00.000000Z", "alarm", "assay"),
            (8, "2026-11-26T09:00:00.000000Z", "judged", EVIL),
        )
        return [
            BookLine(
                name="watch",
                entries=9,
                signed=9,
                key="release+1a2b3c4d",
                root="ab" * 32,
                kinds={"opened": 1, "alarm": 8},
                last=last,
            ),
            BookLine(name="v5", entries=12, signed=4, problems=("entry 7: altered",)),
        ]

    def channels(self) -> Sequence[ChannelLine]:
        if self.empty:
            return []
        return [ChannelLine(name="pager", kind="webhook", sent=12, at="2026-11-27T09:00:00Z"),
                ChannelLine(name="mail", kind="email", sent=3, failed=14, waiting=2, problem="ConnectionRefusedError " + EVIL, at="2026-11-27T09:01:00Z")]  # fmt: skip

    def acknowledge(self, case: str, *, by: str, owner: str, note: str) -> None:
        self._of(case)
        self.written.append(("acknowledge", case, by, owner, note))
        self.case_list = [
            replace(one, state="acknowledged", owner=owner) if one.id == case else one for one in self.case_list
        ]

    def resolve(self, case: str, *, by: str, note: str) -> None:
        self._of(case)
        self.written.append(("resolve", case, by, note))
        self.case_list = [replace(one, state="resolved") if one.id == case else one for one in self.case_list]

    def judge(self, run: str, item: str, *, label: Label, reason: str, by: str) -> None:
        self.written.append(("judge", run, item, label, reason, by))

    def _of(self, case: str) -> Case:
        found = next((one for one in self.case_list if one.id == case), None)
        if found is None:
            raise ConfigurationError(f"no alarm '{case}'")
        return found


DOORS = Doors(
    tokens={
        digest_of("view"): Visitor(name="Vera", role="viewer"),
        digest_of("judge"): Visitor(name="Rita", role="reviewer"),
        digest_of("own"): Visitor(name="Olga", role="owner"),
        digest_of("send"): Visitor(name="exporter", role="exporter"),
    }
)


@contextlib.contextmanager
def served(shown: Any, doors: Doors) -> Iterator[str]:
    """The page on a port of its own; gives its address."""
    import uvicorn
    from starlette.applications import Starlette

    from assay.web.page import Page

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    app = Starlette(routes=list(Page(shown=shown, doors=doors).routes()))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@dataclass
class PageHouse:
    """What a test of the page has."""

    url: str
    watch: FakeWatch
    evil: str = EVIL
    trace: str = TRACE


@pytest.fixture
def page_house() -> Iterator[PageHouse]:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    watch = FakeWatch()
    with served(watch, DOORS) as url:
        yield PageHouse(url, watch)


@pytest.fixture
def empty_house() -> Iterator[PageHouse]:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    watch = FakeWatch(empty=True)
    with served(watch, Doors()) as url:
        yield PageHouse(url, watch)


@pytest.fixture
def page_of() -> Any:
    """Serves a page: `with page_of(shown, doors) as address`."""
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    return served
