"""Two versions of a dataset: what came, went and changed is what counting all rows at once says."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.versions import Difference, Keys, difference
from assay.domain.sample import Message
from assay.domain.training import TrainingRow

Said = tuple[int, int]
"""Number of a prompt and of an answer."""


def row(said: Said, line: int) -> TrainingRow:
    asked, answered = said
    return TrainingRow(
        file=f"{line % 2}.jsonl",
        line=line,
        shape="chat",
        prompt=(Message(role="user", content=f"q {asked}"),),
        answers=((Message(role="assistant", content=f"a {answered}"),),),
        digest=f"sha256:{hashlib.sha256(repr(said).encode()).hexdigest()}",
    )


def compared(before: list[Said], now: list[Said], most: int = 1000) -> Difference:
    both = Keys(), Keys()
    for keys, told in zip(both, (before, now), strict=True):
        for line, said in enumerate(told, 1):
            keys.add(row(said, line))
    return difference(*both, most)


def expected(before: list[Said], now: list[Said]) -> tuple[int, int, int, int]:
    """The same by counting: rows that both have, that came, that went, prompts that changed."""
    only_now, only_before = Counter(now) - Counter(before), Counter(before) - Counter(now)
    asked = {said[0] for said in before}
    firsts = {said[0]: said for said in reversed(now)}
    changed = sum(said in only_now and prompt in asked for prompt, said in firsts.items())
    came, went = (max(only.total() - changed, 0) for only in (only_now, only_before))
    return (Counter(before) & Counter(now)).total(), came, went, changed


some_rows = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2)), max_size=40)


@given(some_rows, some_rows)
def test_versions_differ_as_counting_says(before: list[Said], now: list[Said]) -> None:
    found = compared(before, now)
    assert (found.same, found.came, found.went, found.changed) == expected(before, now)
    again = compared(now, now)
    assert (again.same, again.came, again.went, again.changed) == (len(now), 0, 0, 0)


def test_what_lies_in_a_file_is_compared_as_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    before, now = [(n % 50, n % 3) for n in range(300)], [(n % 70, n % 4) for n in range(320)]
    held = compared(before, now, most=30)
    for name, value in {"spool.PIECE": 16, "spool._WAITING": 7, "versions._HELD": 0, "versions.AT_ONCE": 10}.items():
        monkeypatch.setattr(f"assay.checks.{name}", value)
    assert compared(before, now, most=30) == held
    assert (held.same, held.came, held.went, held.changed) == expected(before, now)
    assert sum(map(len, held.came_where.values())) == min(30, 20), "one row of each of twenty new prompts"


def test_lines_are_told_by_file_and_no_more_than_asked_for() -> None:
    found = compared([(1, 1), (2, 1)], [(1, 2), (3, 1), (4, 1), (5, 1), (2, 1)], most=2)
    assert (found.changed_where, found.came_where) == ({"1.jsonl": [1]}, {"0.jsonl": [2], "1.jsonl": [3]})
