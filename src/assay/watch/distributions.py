"""What is watched beside rates and amounts: tools that are new, and distributions at looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from assay.domain.trace import Trace
from assay.domain.watched import Alarm, Observation, Part, Segment
from assay.watch.firsts import Firsts, tools_of
from assay.watch.looks import Looks
from assay.watch.resting import Resting, past_of, pasts, rows, samples
from assay.watch.returning import hashed
from assay.watch.samples import Kind
from assay.watch.sampling import Sampling, drawn
from assay.watch.sessions import MOST, session_of
from assay.watch.traits import INPUTS, RARE, TRAITS, traits, vector

AMOUNTS = ("latency", "input_tokens", "output_tokens", "verbosity", "confidence")
"""Amounts whose whole distribution is looked at, beside their tails."""
LOOKED_AT, FEWEST_LOOKED_AT = 0.2, 1_000
"""Share of a day's traces whose distributions are looked at, and traces of a day that are looked at wholly."""


class Shown(NamedTuple):
    """What of a trace is watched beside its observations."""

    tools: tuple[tuple[str, str], ...] = ()
    """Tools that were called, with the step of each."""
    values: tuple[tuple[str, Any], ...] = ()
    """Words, amounts and the vector whose distributions are watched; none where the trace was not drawn."""
    words: tuple[tuple[str, str], ...] = ()
    """Words of the few traces that have them, such as why an answer refuses: of each trace, drawn or not."""
    session: str = ""
    """Whose request it is; requests of one session are alike, so a look takes one of each."""


class Distributions:
    """Tools and distributions of a stream of traces, against those of its reference.

    Attributes:
        told: Alarms of new tools, each once.
    """

    def __init__(self, every_ns: int, alpha: float, *, firsts: bool) -> None:
        """Watch.

        Args:
            every_ns: Time between looks; 0 looks at no distribution.
            alpha: Chance of any false alarm of all looks.
            firsts: Whether there is a reference whose tools are known.
        """
        self.told: list[Alarm] = []
        self.looks = Looks(_kinds(), every_ns or 1, alpha)
        self._every_ns = every_ns
        self._wants_firsts = firsts
        self._firsts = Firsts()
        self._sessions: set[str] = set()
        self._stretch_ns = 0
        self._sampling = Sampling(share=LOOKED_AT, fewest=FEWEST_LOOKED_AT)

    def draws(self, trace: str, time_ns: int) -> bool:
        """Whether the distributions of the next trace are watched."""
        return self._every_ns > 0 and drawn(trace, self._sampling.chance("", time_ns).share, "looks")

    def learn(self, tools: Iterable[str]) -> None:
        """Take tools for granted that were called before."""
        self._firsts.learn(name for name in tools if name)

    def take(
        self, shown: Shown, segments: Sequence[Segment], trace: str, time_ns: int, *, reference: bool
    ) -> Iterator[Alarm]:
        """Take in a trace, in order of time; gives the alarms that it raises."""
        if reference:
            self._firsts.learn(name for name, _ in shown.tools)
        elif self._wants_firsts:
            for alarm in self._firsts.seen(dict(shown.tools), trace, time_ns):
                self.told.append(alarm)
                yield alarm
        session = hashed(shown.session)
        for name, value in self._counting(shown, time_ns, reference):
            if reference:
                self.looks.refer(name, segments, value, trace, time_ns, session)
            else:
                yield from self.looks.update(name, segments, value, trace, time_ns, session)

    def _counting(self, shown: Shown, time_ns: int, reference: bool) -> Iterator[tuple[str, Any]]:
        """Values that count: of a session's requests those of the first, and of its words the first of each figure."""
        if not self._every_ns:
            return
        if shown.values and self._first(shown.session, time_ns, reference):
            yield from shown.values
        for name, word in shown.words:
            if self._first(shown.session and f"{name} {shown.session}", time_ns, reference):
                yield name, word

    def _first(self, session: str, time_ns: int, reference: bool) -> bool:
        """Whether it is the first request of its session since the last look; the reference has as many stretches.

        Else whoever comes back each day would count once in the reference, and at every look.
        """
        if time_ns >= (self._stretch_ns if reference else self.looks.ends_ns) or len(self._sessions) >= MOST:
            self._sessions.clear()
            self._stretch_ns = time_ns + self._every_ns
        known = session in self._sessions
        if session:
            self._sessions.add(session)
        return not known

    @property
    def alarms(self) -> list[Alarm]:
        """All alarms so far, as they stand."""
        return [*self.looks.alarms, *self.told]

    def saved(self, upto: int = 0) -> bytes:
        """All as it rests: tools, samples of the reference and of the next look, and which look that is.

        Args:
            upto: Number of the last trace that is in it.
        """
        held = self.looks
        known = sorted(self._firsts.known)
        now, past = rows(held.now), pasts(held.past)
        return msgspec.msgpack.encode(Resting(known, rows(held.reference), upto, held.look, held.ends_ns, now, past))

    def restore(self, body: bytes, open_alarms: Iterable[Alarm]) -> int | None:
        """Bring back what was saved, and alarms of looks that are open.

        Returns:
            Number of the last trace that is in it; None where an earlier version saved it without.

        Raises:
            msgspec.DecodeError: The bytes are none of `saved`.
        """
        told = msgspec.msgpack.decode(body, type=Resting)
        self._firsts = Firsts(told.known)
        self.looks.reference.update(samples(told.reference))
        self.looks.now.update(samples(told.now))
        self.looks.past.update(past_of(told.past))
        self.looks.look, self.looks.ends_ns = told.look, told.ends_ns
        for alarm in open_alarms:
            self.looks.reopen(alarm)
        return told.upto


def shown(trace: Trace, observations: Iterable[Observation], parts: Iterable[Part], *, distributed: bool) -> Shown:
    """What of a trace is watched beside its observations; its values only where it was drawn."""
    return Shown(
        tools=tuple(tools_of(trace).items()),
        values=tuple(_distributed(trace, observations)) if distributed else (),
        words=tuple((part.metric, part.name) for part in parts if part.metric in RARE),
        session=session_of(trace),
    )


def _kinds() -> dict[str, Kind]:
    kinds: dict[str, Kind] = {INPUTS: "vector"}
    kinds.update((name, "category") for name in (*TRAITS, *RARE))
    kinds.update((name, "amount") for name in AMOUNTS)
    return kinds


def _distributed(trace: Trace, found: Iterable[Observation]) -> Iterator[tuple[str, object]]:
    """What of a trace has a distribution: what it is like, its request, some of its amounts."""
    yield from traits(trace)
    request = vector(trace)
    if request is not None:
        yield INPUTS, request
    yield from {one.metric: one.value for one in found if one.metric in AMOUNTS and one.value is not None}.items()
