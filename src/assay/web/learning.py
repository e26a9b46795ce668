"""How far the reference of a watch is, as the process that judges notes it for those who read beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from assay.domain.errors import DataError
from assay.domain.watched import Segment
from assay.traces.observed import Observed
from assay.watch.baseline import References, read, written
from assay.watch.before import before_read, before_written
from assay.watch.reference import Reference

if TYPE_CHECKING:
    from assay.watch.live import Live

REFERENCES, RELEASED, LEARNING, BEFORE = "references", "released", "learning", "surroundings"
"""Names under which rest: figures of the reference once it is over, figures of a released run, until when the
reference is learned, and what surrounded its values."""


def keep(observed: Observed, live: Live) -> None:
    """Save the reference, which is over: what surrounded it first, as who finds its figures takes it for whole."""
    observed.save_state(BEFORE, before_written(live.streams.befores, live.streams.surroundings))
    observed.save_state(REFERENCES, written(live.references))


def bring_back(observed: Observed, live: Live) -> bool:
    """Hold against the reference that was saved; says whether there is one.

    Raises:
        DataError: What was saved cannot be read.
    """
    saved = observed.state(REFERENCES)
    if saved is None:
        return False
    live.refer(read(saved), before_read(observed.state(BEFORE), live.streams.surroundings))
    return True


def note(observed: Observed, learning_ns: int, released: Mapping[tuple[str, Segment], Reference]) -> None:
    """Note until when the reference is learned, and what a released run scored, where that changed."""
    for name, body in ((LEARNING, b"%d" % learning_ns), (RELEASED, written(dict(released)))):
        if observed.state(name) != body:
            observed.save_state(name, body)


def until_ns(observed: Observed) -> int:
    """Until when the reference is learned; 0 where it is over, or no trace has begun it."""
    return int(observed.state(LEARNING) or b"0")


def held_against(observed: Observed) -> References:
    """What figures are held against, as far as it is known; those of a released run first."""
    return {**_read(observed, REFERENCES), **_read(observed, RELEASED)}


def _read(observed: Observed, name: str) -> References:
    saved = observed.state(name)
    try:
        return read(saved) if saved else {}
    except DataError:
        return {}
