"""What becomes of an alarm: raised, told to people, taken by somebody, resolved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from assay.domain.watched import Alarm

State = Literal["open", "acknowledged", "resolved"]
News = Literal["raised", "worse", "acknowledged", "resolved"]
"""What there is to tell of an alarm."""
ChannelKind = Literal["webhook", "slack", "email", "otlp", "file"]
SEVERITIES: Mapping[str, int] = {"low": 0, "medium": 1, "high": 2, "critical": 3}
"""How urgent an alarm is, by word."""
_TOLERATED, _LEAST = 0.25, 0.005
"""As `Monitor` has them where a plan says nothing else."""
TEST, LEDGER = "test", "ledger"
"""Ids of cases that tell of no alarm: a channel is tried; the ledger vouches for nothing. Ids of alarms are
hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that somebody did about an alarm."""

    word: News
    """What."""
    by: str
    """Who; `assay` where it was the watch itself."""
    at: str
    """When, UTC, ISO 8601."""
    note: str = ""
    """What they wrote."""
    owner: str = ""
    """Who takes care from then on; empty where that did not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An alarm with what became of it."""

    id: str
    """Ten hexadecimal digits."""
    alarm: Alarm
    """The alarm as it stands."""
    state: State
    """open: nobody took it. acknowledged: somebody did. resolved: it is over."""
    at: str
    """When it was raised, UTC, ISO 8601."""
    owner: str = ""
    """Who takes care."""
    worst: float = 0.0
    """The largest move that was told so far, in units of the figure."""
    steps: tuple[Step, ...] = ()
    """What was done about it, the first first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """News of a case, as the ledger has it."""

    seq: int
    """Number of the ledger's entry."""
    at: str
    """When, UTC, ISO 8601."""
    word: News
    """What happened."""
    case: str
    """Id of the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message to people: news of alarms that belong together."""

    id: str
    """The same when it is sent again."""
    items: tuple[tuple[Case, News], ...]
    """Cases with what is new of them, the gravest first."""
    seqs: tuple[int, ...]
    """Entries of the ledger that it tells of."""
    at_s: float
    """When it was put together, seconds since 1970."""
    watch: str = ""
    """What is watched."""
    link: str = ""
    """Address of the page; empty when there is none."""

    @property
    def severity(self) -> str:
        """The gravest of its alarms."""
        return max((case.alarm.severity for case, _ in self.items), key=lambda word: SEVERITIES[word], default="low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Whom the watch tells, and how. Secrets are named by the variables that hold them."""

    name: str
    """Unique in the plan."""
    kind: ChannelKind
    """How."""
    url: str = ""
    """Address of a webhook or of an OTLP endpoint."""
    url_env: str = ""
    """Variable with the address, where the address is a secret itself."""
    secret_env: str = ""
    """Variable with the key of the signature."""
    headers_env: Mapping[str, str] = field(default_factory=dict)
    """Header -> variable with its value."""
    path: str = ""
    """File that gets a line for each message."""
    host: str = ""
    """Mail server."""
    port: int = 587
    """Its port."""
    tls: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection to it is kept private."""
    user: str = ""
    """Who logs in; empty without login."""
    password_env: str = ""
    """Variable with the password."""
    sender: str = ""
    """Address that mail comes from."""
    to: tuple[str, ...] = ()
    """Addresses that it goes to."""
    least: str = "low"
    """The lowest severity that is told here."""
    news: tuple[News, ...] = ("raised", "worse", "resolved")
    """What is told."""
    most_per_hour: int = 20
    """Messages in an hour; what is more is told together, later."""
    timeout_s: float = 10.0
    """Longest wait for one attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPlan:
    """How people are told."""

    channels: tuple[Channel, ...] = ()
    """Whom; without any, alarms stand in the ledger and on the page."""
    gather_s: float = 30.0
    """How long news are gathered, so that one cause makes one message."""
    worse_by: float = 0.25
    """A move that grew by this share is told again."""
    give_up_s: float = 2 * 86400.0
    """News that could not be told for so long are given up, and counted."""
    link: str = ""
    """Address of the page, for messages."""


def case_id(alarm: Alarm) -> str:
    """Id of the case of an alarm; the same however the alarm goes on."""
    told = "\0".join((alarm.metric, *(part for pair in alarm.segment for part in pair), str(alarm.at_ns)))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def urgency(case: Case) -> tuple[bool, int, float, int]:
    """Place in a list, the most urgent first: by severity, then by the move in what is tolerated by default (a quarter
    of the figure, at least .005), then the newest; what is resolved stands last.

    Examples:
        >>> seen = dict(segment=(), at_ns=1, since_ns=1, since_low_ns=1, since_high_ns=1, low=0.0, high=1.0, n=9)
        >>> cases = [Case(id=f"{at}", state="open", at="", alarm=Alarm(
        ...     metric="m", detector="d", before=0.1, now=now, severity=severity, **seen))
        ...     for at, (now, severity) in enumerate([(0.2, "low"), (0.3, "low"), (0.2, "critical")])]
        >>> [one.id for one in sorted(cases, key=urgency)]
        ['2', '1', '0']
    """
    alarm = case.alarm
    moved = size(alarm) / max(_TOLERATED * abs(alarm.before), _LEAST)
    return case.state == "resolved", -SEVERITIES[alarm.severity], -moved, -alarm.at_ns


def size(alarm: Alarm) -> float:
    """How far the figure moved."""
    return abs(alarm.now - alarm.before)
