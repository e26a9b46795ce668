"""How far the reference of a watch is, as the process that judges notes it for those who read beside it."""

from __future__ import annotations

from collections.abc import Mapping

from assay.domain.errors import DataError
from assay.domain.watched import Segment
from assay.traces.observed import Observed
from assay.watch.baseline import References, read, written
from assay.watch.reference import Reference

REFERENCES, RELEASED, LEARNING = "references", "released", "learning"
"""Names under which rest: figures of the reference once it is over, figures of a released run, and until when the
reference is learned."""


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
