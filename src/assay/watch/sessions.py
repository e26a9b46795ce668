"""What a user does next: asks the same again, or does not take a refusal for an answer."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from assay.domain.sample import Message
from assay.domain.trace import Trace
from assay.domain.trial import Output
from assay.domain.watched import Observation
from assay.scorers.refusal_reading import read
from assay.watch.reservoir import DAY_NS

SESSION_KEYS = ("session.id", "gen_ai.conversation.id", "conversation.id", "thread.id", "user.id", "enduser.id")
"""Attributes of the root or the resource that say whose request it is, the closest first."""
WITHIN_NS = 15 * 60 * 10**9
"""Time within which the same request is a retry."""
ALIKE = 0.6
"""Share of words that two requests must have in common (Jaccard)."""
MOST = 50_000
"""Sessions that are remembered; the one that was silent longest goes first."""
_FEWEST = 3
_COMPLAINS = re.compile(
    r"\b(?:why (?:not|can'?t|won'?t|don'?t) you|you (?:can|could|should|must|have to)\b.{0,40}\b(?:answer|help|do)|"
    r"(?:that|this|it)(?:'s| is| was) (?:not|n't|perfectly|totally|completely)? ?(?:harmful|dangerous|illegal|legal|"
    r"harmless|safe|fine|a (?:normal|simple|legitimate|harmless))|just (?:answer|do|tell|help|give)|"
    r"(?:useless|ridiculous|unhelpful|nonsense)|i(?:'m| am) (?:not asking|only asking|just asking)|stop refusing|"
    r"what do you mean you can'?t|answer (?:the|my) question|try again)\b",
    re.IGNORECASE,
)


class Request(NamedTuple):
    """What a trace is among the requests of its session."""

    trace: str
    """Its id."""
    start_ns: int
    """When it began."""
    session: str = ""
    """Whose request it is; empty where it does not say."""
    words: frozenset[str] = frozenset()
    """Words of the request, where it is somebody's."""


@dataclass(slots=True)
class _Last:
    words: frozenset[str]
    time_ns: int


class Sessions:
    """Remembers the last request of each session.

    Examples:
        >>> from assay.domain.trace import Step
        >>> def asks(text, at):
        ...     step = Step(id="2" * 16, kind="model", name="chat", start_ns=at, attributes={"session.id": "s"},
        ...                 input=(Message(role="user", content=text),))
        ...     return Trace(id="1" * 32, steps=(step,))
        >>> sessions = Sessions()
        >>> [*sessions.retried(request_of(asks("Where is my parcel now?", 1)))]
        []
        >>> [(one.metric, one.value) for one in sessions.retried(request_of(asks("Where is my parcel?", 2)))]
        [('user_retries', 1.0)]
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._last: OrderedDict[str, _Last] = OrderedDict()

    def retried(self, request: Request) -> Iterator[Observation]:
        """Of requests that soon follow another one of their session: whether it is the same, as `user_retries`."""
        words = request.words
        if not request.session or len(words) < _FEWEST:
            return
        before = self._last.pop(request.session, None)
        self._last[request.session] = _Last(words, request.start_ns)
        while len(self._last) > self._most:
            self._last.popitem(last=False)
        if before is not None and 0 <= request.start_ns - before.time_ns <= WITHIN_NS:
            alike = len(words & before.words) / len(words | before.words)
            yield _observed(request.trace, request.start_ns, "user_retries", alike >= ALIKE)


def contested(trace: Trace) -> Iterator[Observation]:
    """Of requests that follow a refusal: whether the user complains, or asks the same in other words."""
    turns = [turn for turn in trace.asked if turn.role in ("user", "assistant") and turn.content.strip()]
    if len(turns) < 3 or [turn.role for turn in turns[-3:]] != ["user", "assistant", "user"]:
        return
    asked, answered, next_asked = turns[-3:]
    if read(Output(text=answered.content[:4000])).state not in ("full", "partial"):
        return
    one, two = _words(asked.content), _words(next_asked.content)
    alike = len(one & two) / max(len(one | two), 1)
    complains = bool(_COMPLAINS.search(next_asked.content[:500]))
    yield _observed(trace.id, trace.start_ns, "refusal_contested", complains or alike >= ALIKE)


class FirstOfDay:
    """Tells the first request of a session on each day (UTC) from those that follow it.

    Of a rate that is a matter of the session, as its language is, only the first is a value: what follows is known from
    it, and a detector takes each value for one more witness.

    Examples:
        >>> first = FirstOfDay()
        >>> [first.again("s", "1", 1), first.again("s", "2", 2), first.again("t", "3", 2), first.again("", "4", 2)]
        [False, True, False, False]
        >>> first.again("s", "1", 3), first.again("s", "5", DAY_NS)
        (False, False)
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._day = -1
        self._known: dict[str, str] = {}

    def again(self, session: str, trace: str, time_ns: int) -> bool:
        """Whether the session was seen that day in another trace; beyond so many sessions a day all count again."""
        if time_ns // DAY_NS > self._day or len(self._known) >= self._most:
            self._day = max(self._day, time_ns // DAY_NS)
            self._known.clear()
        return bool(session) and self._known.setdefault(session, trace) != trace


def request_of(trace: Trace) -> Request:
    """What a trace is among the requests of its session."""
    session = session_of(trace)
    return Request(trace.id, trace.start_ns, session, _words(_asked(trace.asked)) if session else frozenset())


def session_of(trace: Trace) -> str:
    """Whose request it is; nothing where the trace does not say."""
    about = trace.attributes
    return next((str(about[key]) for key in SESSION_KEYS if about.get(key)), "")


def _observed(trace: str, time_ns: int, metric: str, value: bool) -> Observation:
    return Observation(metric=metric, value=float(value), trace=trace, time_ns=time_ns)


def _asked(turns: tuple[Message, ...]) -> str:
    users = [turn.content for turn in turns if turn.role == "user"]
    return users[-1] if users else ""


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text[:2000].lower()))
