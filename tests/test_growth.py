"""What tests use in place of a clock fails where it should."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import ModuleType

import pytest


def test_a_square_fails_and_a_line_does_not(growth: ModuleType) -> None:
    growth.linear(lambda text: sum(range(len(text) * 10)), "ab", 200_000)
    with pytest.raises(AssertionError, match=r"8 times as much takes [0-9]+ times as long"):
        growth.linear(lambda text: sum(range(len(text) ** 2 // 16)), "ab", 16_000)


def test_sizes_are_those_of_the_texts_or_things(growth: ModuleType) -> None:
    seen: list[object] = []
    growth.linear(seen.append, "abc", 64)
    growth.linear(seen.append, range, 64)
    assert seen == ["abcabcab", ("abc" * 22)[:64], range(8), range(64)]


def test_what_does_not_end_is_ended(growth: ModuleType) -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with pytest.raises(AssertionError, match="hangs"), growth.ends(0.1):
        while True:
            pass
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_calls_of_python_and_of_c_are_counted(calls: Callable[..., int]) -> None:
    assert calls(lambda: [abs(n) for n in range(10)]) - calls(lambda: [abs(n) for n in range(4)]) == 6
