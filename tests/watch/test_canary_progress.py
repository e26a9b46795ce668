from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from assay.domain.canary import Decided, Guard, Rollout, Stage
from assay.domain.errors import PlanError
from assay.domain.trace import Step, Trace
from assay.watch.canary_progress import Progress
from assay.watch.canary_reading import Reader, Request
from assay.watch.canary_seen import SeenHere

S = 10**9
HIGHER = {"harm": True, "slow": True}
POLICY = Rollout(
    name="t", arm="arm", control="control", canary="canary", key="user", settle_s=60.0, silence_s=600.0,
    stages=(Stage(share=0.2, requests=100, time_s=300.0), Stage(share=0.5, requests=100), Stage(share=1.0)),
    guards=(Guard(name="harm", metric="harm", margin=0.05), Guard(name="slow", metric="slow", relative=2.0, margin=0.01)),
)  # fmt: skip


def traffic(
    seed: int, n: int, share: float, harm: float = 0.02, start: int = 0, unscored: float = 0.0, base: float = 0.02
) -> list[Request]:
    rng = np.random.default_rng(seed)
    made = []
    for i in range(n):
        mine = bool(rng.random() < share)
        bad = bool(rng.random() < (harm if mine else base))
        lost = mine and bool(rng.random() < unscored)
        values = {"harm": None if lost else float(bad), "slow": float(rng.random() < 0.05)}
        arm = "canary" if mine else "control"
        name = f"{seed}-{i}"
        made.append(Request(trace=name, time_ns=(start + i + 1) * S, arm=arm, key=name, values=values))  # type: ignore[arg-type]
    return made


def looked(progress: Progress, seen: SeenHere, requests: Iterable[Request], now: int | None = None) -> Decided:
    held = list(requests)
    progress.take(held, seen)
    last = max([one.time_ns for one in held], default=0)
    return progress.decide((now or 0) * S or last, HIGHER, seen)


def test_a_sound_canary_is_widened_step_by_step_and_is_complete() -> None:
    progress, seen = Progress(POLICY), SeenHere()
    told = looked(progress, seen, traffic(1, 4_000, 0.2))
    assert (told.word, told.step, told.share) == ("widen", 1, 0.5)
    assert all(one.within and not one.worse for one in told.guards)
    told = looked(progress, seen, traffic(2, 4_000, 0.5, start=4_000))
    assert (told.word, told.step, told.share) == ("complete", 2, 1.0)
    assert told.left_out == {"settling": 59}
    again = looked(progress, seen, traffic(3, 100, 0.5, harm=0.9, start=8_000))
    assert (again.word, again.share) == ("complete", 1.0)


def test_a_harmful_canary_is_rolled_back_for_good() -> None:
    progress, seen = Progress(POLICY), SeenHere()
    told = looked(progress, seen, traffic(1, 2_000, 0.2, harm=0.3))
    assert (told.word, told.share, told.codes) == ("roll_back", 0.0, ("worse:harm",))
    assert "harm is worse by more than its margin" in told.reasons[0]
    again = looked(progress, seen, traffic(2, 4_000, 0.2, start=3_000))
    assert (again.word, again.share, again.codes) == ("roll_back", 0.0, ("worse:harm",))


def test_harm_that_begins_under_load_is_found_in_the_later_step() -> None:
    progress, seen = Progress(POLICY), SeenHere()
    assert looked(progress, seen, traffic(1, 20_000, 0.2)).word == "widen"
    told = looked(progress, seen, traffic(2, 1_500, 0.5, harm=0.3, start=20_000))
    assert told.word == "roll_back"


@pytest.mark.parametrize(
    ("requests", "code"),
    [(traffic(1, 200, 0.2), "requests"), (traffic(1, 290, 0.5, harm=0.05), "time"), (traffic(4, 550, 0.2, harm=0.06), "unproved:harm")],
)  # fmt: skip
def test_what_lacks_is_waited_for(requests: list[Request], code: str) -> None:
    share = 0.5 if code == "time" else 0.2
    policy = replace(POLICY, stages=(replace(POLICY.stages[0], share=share), Stage(share=1.0)))
    told = looked(Progress(policy), SeenHere(), requests)
    assert (told.word, told.share) == ("wait", share)
    assert code in told.codes


def test_nothing_is_widened_on_missing_evidence() -> None:
    assert looked(Progress(POLICY), SeenHere(), [], now=5).codes == ("no_traffic",)
    unscored = looked(Progress(POLICY), SeenHere(), traffic(1, 4_000, 0.2, unscored=0.2))
    assert (unscored.word, unscored.codes) == ("hold", ("unscored:harm", "uneven:harm"))
    lenient = replace(POLICY, guards=(replace(POLICY.guards[0], most_unscored=0.5), POLICY.guards[1]))
    uneven = looked(Progress(lenient), SeenHere(), traffic(1, 4_000, 0.2, unscored=0.2))
    assert (uneven.word, uneven.codes) == ("hold", ("uneven:harm",))
    alike = [
        replace(one, values={**one.values, "harm": None}) if i % 3 == 0 else one
        for i, one in enumerate(traffic(1, 4_000, 0.2))
    ]
    assert looked(Progress(lenient), SeenHere(), alike).word == "widen"
    silent = [replace(one, values={"slow": one.values["slow"]}) for one in traffic(1, 4_000, 0.2)]
    unseen = looked(Progress(POLICY), SeenHere(), silent)
    assert unseen.word == "hold" and "unseen:harm" in unseen.codes
    one_arm = [one for one in traffic(1, 4_000, 0.2) if one.arm == "control" or one.time_ns < 100 * S]
    quiet = looked(Progress(POLICY), SeenHere(), one_arm)
    assert quiet.word == "hold" and {"silent:canary", "split"} <= set(quiet.codes)
    late = looked(Progress(POLICY), SeenHere(), traffic(1, 4_000, 0.2), now=5_000)
    assert {"silent:canary", "silent:control"} <= set(late.codes)
    old = replace(POLICY, patience_s=1_000.0)
    assert "patience" in looked(Progress(old), SeenHere(), traffic(1, 4_000, 0.2)).codes


def test_a_few_unscored_requests_at_the_beginning_ask_nobody() -> None:
    few = [replace(one, values={**one.values, "harm": None}) for one in traffic(1, 30, 0.2)][:15]
    assert looked(Progress(POLICY), SeenHere(), few).word == "wait"


def test_the_last_share_may_lie_below_all_traffic() -> None:
    policy = replace(POLICY, stages=POLICY.stages[:1])
    told = looked(Progress(policy), SeenHere(), traffic(1, 4_000, 0.2))
    assert (told.word, told.share) == ("complete", 0.2)


def test_a_mismatched_split_holds_and_proved_harm_still_rolls_back() -> None:
    told = looked(Progress(POLICY), SeenHere(), traffic(1, 4_000, 0.3))
    assert (told.word, told.share, told.codes) == ("hold", 0.2, ("split",))
    harmful = looked(Progress(POLICY), SeenHere(), traffic(1, 4_000, 0.3, harm=0.3))
    assert (harmful.word, harmful.codes) == ("roll_back", ("worse:harm", "split"))


def test_keys_that_lack_or_cross_hold() -> None:
    nameless = [replace(one, key="") if i % 10 == 0 else one for i, one in enumerate(traffic(1, 4_000, 0.2))]
    told = looked(Progress(POLICY), SeenHere(), nameless)
    assert told.word == "hold" and "no_key" in told.codes
    assert told.left_out == {"no_key": 400}
    crossing = [replace(one, key=str(i // 2)) for i, one in enumerate(traffic(1, 8_000, 0.2))]
    assert "crossed" in looked(Progress(POLICY), SeenHere(), crossing).codes


def test_a_key_counts_once_in_a_step_unless_every_request_counts() -> None:
    users = [replace(one, key=f"{one.arm}{i % 500}") for i, one in enumerate(traffic(1, 4_000, 0.2))]
    by_key, by_request = Progress(POLICY), Progress(replace(POLICY, unit="request"))
    for progress in (by_key, by_request):
        progress.take(users, SeenHere())
    assert sum(by_key.units.values()) == sum(by_key.keys.values()) < 1_001
    assert sum(by_request.units.values()) == 4_000


def test_the_same_traces_count_once_and_a_state_goes_on_from_its_json() -> None:
    requests = traffic(1, 1_000, 0.2, harm=0.05)
    whole, seen = Progress(POLICY), SeenHere()
    first = looked(whole, seen, requests)
    assert looked(whole, seen, requests, now=1_000) == first
    parts, other = Progress(POLICY), SeenHere()
    for at in range(0, 1_000, 170):
        parts = Progress.restored(POLICY, json.loads(json.dumps(parts.plain())))
        parts.take(requests[at : at + 170], other)
    told = parts.decide(1_000 * S, HIGHER, other)
    assert told.requests == first.requests and told.keys == first.keys
    for one, two in zip(told.guards, first.guards, strict=True):
        assert (one.n, one.rate) == (two.n, two.rate)
        assert one.p_within == pytest.approx(two.p_within)


def test_a_restored_state_decides_on_in_its_step() -> None:
    progress, seen = Progress(POLICY), SeenHere()
    looked(progress, seen, traffic(1, 4_000, 0.2))
    progress = Progress.restored(POLICY, json.loads(json.dumps(progress.plain())))
    assert progress.step == 1 and len(progress.guards[0].worse) == 2
    told = looked(progress, seen, traffic(2, 4_000, 0.5, start=4_000))
    assert (told.word, told.guards[0].total["canary"] > told.guards[0].n["canary"]) == ("complete", True)


def test_false_roll_backs_keep_the_promise_at_the_margin() -> None:
    rolled = sum(
        looked(Progress(POLICY), SeenHere(), traffic(seed, 1_500, 0.5, harm=0.07)).word == "roll_back"
        for seed in range(100)
    )
    assert rolled <= 5


def trace(**about: object) -> Trace:
    step = Step(id="2" * 16, kind="model", name="chat", start_ns=S, end_ns=4 * S, attributes=about)
    return Trace(id="1" * 32, steps=(step,))


def test_traces_are_read_by_arm_key_and_guard() -> None:
    guards = (
        Guard(name="slow", metric="latency", above=2.0, margin=0.1),
        Guard(name="errors", metric="errors", margin=0.1),
    )
    reader = Reader(replace(POLICY, guards=guards))
    found = reader.request(trace(arm="canary", user=7))
    assert isinstance(found, Request)
    assert (found.arm, found.key, dict(found.values)) == ("canary", "7", {"slow": 1.0, "errors": 0.0})
    assert reader.request(trace(user=7)) == "no_arm"
    assert reader.request(trace(arm="v9", user=7)) == "other_arm"
    timeless = trace(arm="canary")
    assert reader.request(replace(timeless, steps=(replace(timeless.steps[0], start_ns=0),))) == "no_time"


def test_a_scorer_says_which_way_is_worse() -> None:
    reader = Reader(
        replace(POLICY, guards=(Guard(name="g", metric="groundedness", scorer="groundedness", margin=0.1),))
    )
    assert not reader.higher_is_worse("g")
    other = Guard(name="g", metric="groundedness", scorer="groundedness", margin=0.1, worse="higher")
    assert Reader(replace(POLICY, guards=(other,))).higher_is_worse("g")


@pytest.mark.parametrize(
    ("guard", "problem"),
    [
        (Guard(name="g", metric="nothing", margin=0.1), "no measure of traces"),
        (Guard(name="g", metric="latency", margin=0.1), "above"),
        (Guard(name="g", metric="nothing", scorer="groundedness", margin=0.1), "makes no metric 'nothing'"),
        (Guard(name="g", metric="x", scorer="no-such", margin=0.1), "no-such"),
    ],
)
def test_guards_that_cannot_be_read_are_refused_with_their_place(guard: Guard, problem: str) -> None:
    with pytest.raises(PlanError, match=problem) as caught:
        Reader(replace(POLICY, guards=(guard,)))
    assert "guards[0]" in str(caught.value)
