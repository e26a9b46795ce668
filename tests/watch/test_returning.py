from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from assay.watch.distributions import Distributions, Shown
from assay.watch.returning import KEPT_SESSIONS, Returning, hashed
from assay.watch.samples import KEPT_VECTORS, Sample

DAY = 86_400 * 10**9
REASONS = ("none given", "law", "scope", "harm", "own rules", "lacks ability", "privacy", "expertise")


def test_values_of_sessions_that_all_came_alike_are_worth_one_each() -> None:
    sample = Sample("amount")
    for day in range(7):
        for user in range(60):
            sample.put(float(user), "t", day * DAY, hashed(f"u{user}"))
    assert sample.worth() == pytest.approx(1 / 7)
    assert sample.worth(alike=0.1) == pytest.approx(1 / (7 + 0.1 * 420 / sample.span_days))


def test_traces_without_a_session_and_sessions_that_came_once_are_worth_one_each() -> None:
    sample = Sample("category")
    for at in range(300):
        sample.put("en", "t", at, hashed(f"s{at}") if at % 2 else 0)
    assert sample.worth() == 1.0


def test_few_kept_of_many_values_are_less_alike() -> None:
    """Of the 1,200 vectors of 600 users half are kept, so a user has fewer than two there."""
    sample = Sample("vector")
    for day in range(2):
        for user in range(KEPT_VECTORS):
            sample.put(np.ones(2), "t", day * DAY, hashed(f"u{user}"))
    assert sample.worth() == pytest.approx(1 / 1.5)


def test_of_many_sessions_some_are_remembered_and_tell_of_all() -> None:
    held, dice = Returning(), np.random.default_rng(1)
    for _ in range(3):
        for user in dice.permutation(20_000):
            held.put(hashed(f"u{user}"))
    assert len(held.seen) <= KEPT_SESSIONS
    assert held.likeness(60_000) == pytest.approx(2.0, rel=0.15)


def test_words_of_those_who_come_back_alone_are_worth_less() -> None:
    """Ten users in German who come each day are ten, however many come once and write in English."""
    pairs = Counter({"de": 10 * 7 * 6})
    words = {"de": 70, "en": 980}
    sessions = [(7.0, 1.0)] * 10 + [(1.0, 0.0)] * 980
    share = 70 / 1050
    by_session = sum((count * (german - share)) ** 2 for count, german in sessions)
    assert 1 + Returning(pairs=pairs).likeness(1050, words) == pytest.approx(
        by_session / (1050 * share * (1 - share)), 0.03
    )


def test_what_rests_is_a_number_and_names_nobody() -> None:
    watch = Distributions(DAY, 0.05, firsts=False)
    for day in range(4):
        for user in range(50):
            shown = Shown(words=(("refusal_reason", "law"),), session=f"user{user}")
            [*watch.take(shown, [()], "t", day * DAY + user, reference=True)]
    again = Distributions(DAY, 0.05, firsts=False)
    again.restore(watch.saved(), ())
    (sample,), (other,) = watch.looks.reference.values(), again.looks.reference.values()
    assert (other.worth(), other.returning.seen) == (sample.worth(), {})
    assert sample.worth() == pytest.approx(1 / 4)
    assert len(sample.returning.seen) == 50


def refused(seed: int, moved: bool, named: bool = True) -> int:
    """Alarms of 60 days with 40 refusals each, of 200 users of a week with a reason each."""
    dice = np.random.default_rng(seed)
    watch, alarms = Distributions(DAY, 0.05, firsts=False), 0
    for day in range(60):
        weights = np.array([30, 20, 15, 10, 10, 8, 5, 40 if moved and day >= 28 else 2], float)
        if day % 7 == 0:
            users = dice.choice(REASONS, 200, p=weights / weights.sum())
        for at, user in enumerate(dice.integers(200, size=40)):
            who = f"{day // 7} {user}" if named else ""
            shown = Shown(words=(("refusal_reason", str(users[user])),), session=who)
            time_ns = day * DAY + at * DAY // 40
            alarms += len([*watch.take(shown, [()], f"{day}-{at}", time_ns, reference=day < 7)])
    return alarms


def test_users_who_go_are_no_change_and_another_mix_of_reasons_is() -> None:
    assert sum(refused(seed, moved=False, named=False) > 0 for seed in range(20)) >= 4
    assert sum(refused(seed, moved=False) > 0 for seed in range(20)) <= 1
    assert sum(refused(seed, moved=True) > 0 for seed in range(8)) >= 7
