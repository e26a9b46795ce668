"""How far a canary is: what was counted in its step, and what that decides. Nothing here touches traffic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.domain.canary import ARMS, Arm, Decided, Rollout, Stage
from assay.statistics.split_check import SplitCheck
from assay.watch.canary_guard import GuardState
from assay.watch.canary_reading import Request
from assay.watch.canary_seen import Seen
from assay.watch.canary_verdict import Standing, verdict


@dataclass(slots=True)
class Progress:
    """A rollout under way."""

    policy: Rollout
    """What it follows."""
    guards: list[GuardState] = field(default_factory=list)
    """In the order of the policy."""
    step: int = 0
    """Place of the step in the policy."""
    since_ns: int = -1
    """When the step began; -1 before the first request."""
    last: dict[Arm, int] = field(default_factory=dict)
    """Time of each arm's last request in this step."""
    requests: dict[Arm, int] = field(default_factory=lambda: dict.fromkeys(ARMS, 0))
    """Requests of this step."""
    keys: dict[Arm, int] = field(default_factory=lambda: dict.fromkeys(ARMS, 0))
    """Keys of this step by the arm that served them first."""
    units: dict[Arm, int] = field(default_factory=lambda: dict.fromkeys(ARMS, 0))
    """Observations of this step."""
    crossed: int = 0
    """Keys of this step that both arms served."""
    without_key: int = 0
    """Requests of this step without a key."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Requests that were not counted, by cause."""
    ended: str = ""
    """complete or roll_back, once it is over."""
    why: tuple[tuple[str, str], ...] = ()
    """Code and reason of the end."""
    split: SplitCheck = field(init=False)
    """Whether keys are assigned as this step means."""

    def __post_init__(self) -> None:
        self.split = self._split()
        if not self.guards:
            steps = sum(one.share < 1 for one in self.policy.stages)
            self.guards = [GuardState(guard, steps) for guard in self.policy.guards]
            for one in self.guards:
                one.begin(self.stage)

    @property
    def stage(self) -> Stage:
        """The step of the policy."""
        return self.policy.stages[self.step]

    def _split(self) -> SplitCheck:
        share = min(self.stage.share, 1 - 1e-9)
        return SplitCheck(shares=(1 - share, share))

    def take(self, requests: Iterable[Request], seen: Seen) -> int:
        """Count requests in order of time, each trace once.

        Returns:
            How many were new.
        """
        if self.ended:
            return 0
        new, kept = 0, []
        before = dict(self.keys)
        for one in requests:
            if seen.trace(one.trace):
                new += 1
                kept += [one] if self._counts(one, seen) else []
        for state in self.guards:
            name = state.guard.name
            told = [one for one in kept if name in one.values]
            values = [np.nan if (value := one.values[name]) is None else value for one in told]
            state.add(values, [one.arm == "canary" for one in told])
        self.split.update((self.keys["control"] - before["control"], self.keys["canary"] - before["canary"]))
        return new

    def _counts(self, one: Request, seen: Seen) -> bool:
        """Whether a request is an observation of this step."""
        if self.since_ns < 0:
            self.since_ns = one.time_ns
        if self.step and one.time_ns < self.since_ns + int(self.policy.settle_s * 1e9):
            self.left_out["settling"] += 1
            return False
        self.requests[one.arm] += 1
        self.last[one.arm] = max(self.last.get(one.arm, 0), one.time_ns)
        if not one.key:
            self.without_key += 1
            if self.policy.unit == "key":
                self.left_out["no_key"] += 1
                return False
        else:
            known = seen.key(one.key, one.arm)
            self.keys[one.arm] += known == "new"
            self.crossed += known == "crossed"
            if self.policy.unit == "key" and known != "new":
                return False
        self.units[one.arm] += 1
        return True

    def decide(self, now_ns: int, higher_is_worse: Mapping[str, bool], seen: Seen) -> Decided:
        """What the evidence says at this look; a step that is passed is left.

        Args:
            now_ns: The clock.
            higher_is_worse: Guard -> which way is worse, for figures as people know them.
            seen: What was counted; forgets the keys of a step that is left.
        """
        at = self._standing(now_ns, higher_is_worse)
        word, why = (self.ended, self.why) if self.ended else verdict(at)
        told = Decided(
            word=word,  # type: ignore[arg-type]
            step=self.step + 1,
            share=self._share(word),
            reasons=tuple(reason for _, reason in why),
            codes=tuple(code for code, _ in why),
            at_ns=now_ns,
            since_ns=max(self.since_ns, 0),
            last_ns=max(self.last.values(), default=0),
            requests=at.requests,
            keys=at.keys,
            p_split=at.p_split,
            guards=at.guards,
            left_out=dict(self.left_out),
        )
        self._follow(word, tuple(why), now_ns, seen)
        return told

    def _standing(self, now_ns: int, higher_is_worse: Mapping[str, bool]) -> Standing:
        alpha = self.policy.alpha
        return Standing(
            policy=self.policy,
            stage=self.stage,
            now_ns=now_ns,
            since_ns=self.since_ns,
            last=dict(self.last),
            requests=dict(self.requests),
            keys=dict(self.keys),
            units=dict(self.units),
            crossed=self.crossed,
            without_key=self.without_key,
            p_split=self.split.p_value,
            guards=tuple(
                one.evidence(higher_is_worse[one.guard.name], alpha / len(self.guards), alpha, self.stage.slack)
                for one in self.guards
            ),
        )

    def _share(self, word: str) -> float:
        """Part of the keys that the canary gets from now on."""
        if word == "roll_back":
            return 0.0
        on = self.step + (word in ("widen", "complete"))
        return self.policy.stages[min(on, len(self.policy.stages) - 1)].share

    def _follow(self, word: str, why: tuple[tuple[str, str], ...], now_ns: int, seen: Seen) -> None:
        if self.ended or word in ("wait", "hold"):
            return
        if word in ("roll_back", "complete"):
            self.ended, self.why = word, why
            return
        self.step += 1
        self.since_ns, self.last = max(now_ns, *self.last.values()), {}
        self.requests, self.keys, self.units = (dict.fromkeys(ARMS, 0) for _ in range(3))
        self.crossed = self.without_key = 0
        self.split = self._split()
        seen.forget_keys()
        for one in self.guards:
            one.begin(self.stage)

    def plain(self) -> dict[str, Any]:
        """The state as JSON, without what was seen."""
        names = (
            "step", "since_ns", "last", "requests", "keys", "units", "crossed", "without_key",
            "left_out", "ended", "why",
        )  # fmt: skip
        return {
            **{name: getattr(self, name) for name in names},
            "guards": [one.plain() for one in self.guards],
            "split": [self.split.counts.tolist(), self.split.best],
        }

    @classmethod
    def restored(cls, policy: Rollout, plain: Mapping[str, Any]) -> Progress:
        """The state from its JSON."""
        stages = [one for one in policy.stages if one.share < 1]
        guards: Sequence[Mapping[str, Any]] = plain["guards"]
        made = cls(
            policy,
            [GuardState.restored(one, stages, kept) for one, kept in zip(policy.guards, guards, strict=True)],
            step=plain["step"],
        )
        for name in ("since_ns", "last", "requests", "keys", "units", "crossed", "without_key", "ended"):
            setattr(made, name, plain[name])
        made.left_out = Counter(plain["left_out"])
        made.why = tuple((code, reason) for code, reason in plain["why"])
        made.split.counts, made.split.best = np.array(plain["split"][0], dtype=np.float64), plain["split"][1]
        return made
