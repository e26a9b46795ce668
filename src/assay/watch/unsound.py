"""The notice that the ledger of the watch vouches for nothing, with every alarm that may be open."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from assay.domain.alerting import LEDGER, SEVERITIES, AlertPlan, Case, Channel, Notice
from assay.domain.watched import Alarm

AGAIN_S = 3600.0
"""Seconds after which a channel is told again."""
_MOST = 50


def unsound_notice(
    problem: str, cases: Iterable[Case], channel: Channel, plan: AlertPlan, watch: str, now_s: float
) -> Notice:
    """What a channel is told while the ledger is altered or cannot be read: that, and the alarms that are not over.

    Args:
        problem: What is wrong with the ledger.
        cases: All alarms; nobody knows which of them somebody took.
        channel: Whom it is for; alarms below its severity are left out, the ledger never is.
        plan: Where the page is.
        watch: What is watched.
        now_s: Our own clock, seconds since 1970.
    """
    at = int(now_s * 1e9)
    alarm = Alarm(
        metric=LEDGER, segment=(), at_ns=at, since_ns=at, since_low_ns=at, since_high_ns=at, before=0.0, now=0.0,
        low=0.0, high=0.0, n=0, detector=problem, severity="critical",
    )  # fmt: skip
    standing = [
        one
        for one in cases
        if one.alarm.closed_ns is None and SEVERITIES[one.alarm.severity] >= SEVERITIES[channel.least]
    ]
    standing.sort(key=lambda one: (-SEVERITIES[one.alarm.severity], one.alarm.at_ns))
    told = [Case(id=LEDGER, alarm=alarm, state="open", at=""), *standing[:_MOST]]
    name = hashlib.sha256(f"{problem} {int(now_s // AGAIN_S)}".encode()).hexdigest()[:20]
    return Notice(
        id=name, items=tuple((one, "raised") for one in told), seqs=(), at_s=now_s, watch=watch, link=plan.link
    )
