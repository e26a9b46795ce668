"""What a trace shows by itself: the part of a look that needs nothing of other traces, in whatever process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from assay.domain.score import Scorer
from assay.domain.trace import Trace
from assay.domain.watched import Observation, Part
from assay.scorers.step_judging import StepJudge
from assay.watch.distributions import Shown, shown
from assay.watch.judging import judged, lost
from assay.watch.measures import measured
from assay.watch.segments import cohort_words
from assay.watch.sessions import Request, contested, request_of
from assay.watch.spread import spread_parts
from assay.watch.steps import step_observations
from assay.watch.surroundings import parts_of


class Judge(NamedTuple):
    """Who looks at a trace."""

    scorer: Scorer
    """The scorer."""
    share: float = 1.0
    """Chance with which it looks at traces of this kind."""
    reason: str = "all"
    """Why it looks at this one."""


class Glance(NamedTuple):
    """What was seen of a trace alone."""

    trace: str
    """Its id."""
    start_ns: int
    """When it began."""
    words: tuple[str, ...]
    """What it says of each key of cohorts, in their order; empty where it says nothing."""
    observations: tuple[Observation, ...]
    """What was observed."""
    parts: tuple[Part, ...]
    """Where it lies in the spread of its figures."""
    around: tuple[str, ...]
    """What surrounded it."""
    problems: tuple[str, ...]
    """What is odd about it."""
    shown: Shown
    """What is watched beside its observations."""
    request: Request
    """What it is among the requests of its session."""


class Broken(NamedTuple):
    """A trace that broke somebody's code."""

    error: str
    """Name of the error."""
    problems: tuple[str, ...]
    """What is odd about the trace."""


def glance(
    trace: Trace, words: tuple[str, ...], judges: Iterable[Judge], steps: StepJudge | None, *, distributed: bool
) -> Glance:
    """Look at a trace alone.

    Args:
        trace: A trace.
        words: What it says of each key of cohorts.
        judges: Who judges it.
        steps: Policy of an agent's steps.
        distributed: Whether it was drawn to have its distributions watched.
    """
    found = tuple(_observed(trace, judges, steps))
    parts = tuple(spread_parts(trace, found))
    return Glance(
        trace=trace.id,
        start_ns=trace.start_ns,
        words=words,
        observations=found,
        parts=parts,
        around=parts_of(trace),
        problems=trace.problems,
        shown=shown(trace, found, parts, distributed=distributed),
        request=request_of(trace),
    )


def _observed(trace: Trace, judges: Iterable[Judge], steps: StepJudge | None) -> Iterator[Observation]:
    yield from measured(trace)
    yield from contested(trace)
    for scorer, share, reason in judges:
        found = [one._replace(reason=reason) if share < 1 else one for one in judged(trace, [scorer], share)]
        yield from found
        yield from lost(found)
    if steps is not None:
        yield from step_observations(trace, steps(trace))


@dataclass(frozen=True, slots=True, kw_only=True)
class Glancer:
    """Looks at traces one by one, all of them by all who judge."""

    keys: Sequence[str]
    """Keys of cohorts."""
    scorers: Sequence[Scorer]
    """Who judges."""
    steps: StepJudge | None = None
    """Policy of an agent's steps."""

    def __call__(self, trace: Trace, distributed: bool) -> Glance | Broken:
        """What a trace shows; the error where it breaks somebody's code, which must not stop the watch."""
        try:
            words = cohort_words(trace, self.keys)
            return glance(trace, words, map(Judge, self.scorers), self.steps, distributed=distributed)
        except Exception as error:  # noqa: BLE001  whatever it is
            return Broken(type(error).__name__, trace.problems)


Plain = tuple[Any, ...]
"""A glance as tuples, which another process gets for a fraction of the time."""


def plain(one: Glance | Broken) -> Plain:
    """A glance to send.

    Examples:
        >>> from assay.domain.trace import Step
        >>> trace = Trace(id="1" * 32, steps=(Step(id="2" * 16, kind="agent", name="a"),))
        >>> made = Glancer(keys=("route",), scorers=())(trace, False)
        >>> whole(plain(made)) == made
        True
    """
    if isinstance(one, Broken):
        return tuple(one)
    return (
        one.trace, one.start_ns, one.words, [*map(tuple, one.observations)], [*map(tuple, one.parts)], one.around,
        one.problems, tuple(one.shown), tuple(one.request),
    )  # fmt: skip


def whole(sent: Plain) -> Glance | Broken:
    """The glance that was sent."""
    if len(sent) == len(Broken._fields):
        return Broken._make(sent)
    name, start_ns, words, observations, parts, around, problems, beside, request = sent
    return Glance(
        name, start_ns, words, tuple(map(_observation, observations)), tuple(map(_part, parts)), around,
        problems, Shown._make(beside), Request._make(request),
    )  # fmt: skip


_observation, _part = partial(tuple.__new__, Observation), partial(tuple.__new__, Part)  # `_make`, without its frame
