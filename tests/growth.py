"""Whether work ends and grows with what it reads: no test depends on how fast or busy the machine is."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

ENOUGH = 120
"""CPU seconds after which a test of seconds hangs: a square of a megabyte takes minutes on the fastest machines."""
TIMES = 8
"""How much longer the longer text is."""
MOST = 25.0
"""Most that the longer text may cost in shorter ones: between 8, which is linear, and 64, which is quadratic."""
TICK = 0.005
"""CPU seconds that the shorter text counts for at least: shorter times are noise, and some clocks tick no faster."""
TRIES = 4
"""Measurements of which one must be linear: noise passes, a square does not."""


@contextlib.contextmanager
def ends(seconds: float = ENOUGH) -> Iterator[None]:
    """Raises what a test fails with where the block takes so much CPU time that it would never end.

    Python 3.11 may finish the search of one regular expression before it hears the signal.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"still at it after {seconds:g} CPU seconds: it hangs")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def linear(read: Callable[[Any], object], of: str | Callable[[int], Any], size: int = 60_000) -> None:
    """Fails where time grows with the square of what is read.

    Args:
        read: What is measured; nothing is given to it twice, for it may remember some.
        of: A piece of text, which is read over and over; or what makes a thing of a size.
        size: Characters of the longer text, or size of the larger thing. It must not exceed the limit of a reader that
            stops at one: beyond it the longer text costs what the shorter does, and no square is seen.
    """
    with ends():
        for larger in (size // TIMES, size):  # a square shows at the smaller already, and is over sooner
            found = [_steepness(read, of, larger, 0)]
            while found[-1] >= MOST and len(found) < TRIES:
                found.append(_steepness(read, of, larger, len(found)))
            assert min(found) < MOST, f"{TIMES} times as much takes {min(found):.0f} times as long"


def _steepness(read: Callable[[Any], object], of: str | Callable[[int], Any], size: int, turn: int) -> float:
    """How many times as long the larger takes; 0 where it takes too little to tell."""
    long = _spent(read, of, size - turn)
    if long < MOST * TICK:
        return 0.0
    return long / max(min(_spent(read, of, size // TIMES - TRIES - 2 * turn - part) for part in range(2)), TICK)


def _spent(read: Callable[[Any], object], of: str | Callable[[int], Any], size: int) -> float:
    given = (of * (size // len(of) + 1))[:size] if isinstance(of, str) else of(size)
    before = time.process_time()
    read(given)
    return time.process_time() - before


def calls(act: Callable[[], object]) -> int:
    """How many functions are called, Python's and C's: work that is the same on every machine."""
    told = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal told
        told += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return told
