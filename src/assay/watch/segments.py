"""Cohorts of traffic: which ones a trace belongs to, and which are watched by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from assay.domain.trace import Trace
from assay.domain.watched import LONGEST_VALUE, Segment
from assay.scorers.intents import intent
from assay.scorers.languages import language
from assay.watch.surroundings import PARTS, parts_of

REST = "(other)"
"""Value of cohorts beyond the number that is watched by name."""
NONE = "(none)"
"""Value where a trace does not say."""
ALL: Segment = ()
"""All traffic."""
UNSEEN = (
    "segment '{key}': no trace has a value of it, so that it names no cohort; see how the program spells it, and that "
    "it stands on the root span or the resource (of assay.prompt, assay.index and assay.release: docs/watch.md)"
)
"""What people are told of a key that occurs in no trace."""


def _topic(trace: Trace) -> str:
    users = [turn.content for turn in trace.asked if turn.role == "user"]
    return intent(users[-1], before=len(users) > 1) if users else ""


def _language(trace: Trace) -> str:
    users = [turn.content for turn in trace.asked if turn.role == "user"]
    return language(users[-1][:400]) if users else ""


def _part(name: str) -> Callable[[Trace], str]:
    at = PARTS.index(name)
    return lambda trace: parts_of(trace)[at]


def _model(trace: Trace) -> str:
    asked, served = (parts_of(trace)[PARTS.index(name)] for name in ("model", "served"))
    return served or asked


DERIVED: Mapping[str, Callable[[Trace], str]] = {
    "assay.topic": _topic, "assay.language": _language, "assay.model": _model, "assay.prompt": _part("prompt"),
    "assay.index": _part("index"), "assay.release": _part("release"),
}  # fmt: skip
"""Cohorts that no attribute of the root has to name: the kind of request, by rules, and its language; the model that
replied last, and the versions of prompt, retrieval index and program, wherever in the trace they stand."""


def cohort_words(trace: Trace, keys: Iterable[str]) -> tuple[str, ...]:
    """What a trace says of each key of cohorts; nothing where it does not say."""
    about = trace.attributes
    return tuple(
        _word(about.get(key)) if (derived := DERIVED.get(key)) is None else derived(trace)[:LONGEST_VALUE]
        for key in keys
    )


def _word(value: object) -> str:
    if value is None:
        return ""
    return (str(value).lower() if isinstance(value, bool) else str(value))[:LONGEST_VALUE]


class Segments:
    """The cohorts that are watched: all traffic, and each value of each key, as they come, up to a limit.

    Examples:
        >>> from assay.domain.trace import Step
        >>> trace = Trace(id="1" * 32, steps=(Step(id="2" * 16, kind="agent", name="s", attributes={"route": "chat"}),))
        >>> watched = Segments(["route", "tier"])
        >>> [*watched.of(cohort_words(trace, watched.keys))]
        [(), (('route', 'chat'),)]
    """

    def __init__(self, keys: Sequence[str], most: int = 50) -> None:
        """Watch the values of these keys.

        Args:
            keys: Attributes of the root span or of the resource.
            most: Values of one key that are watched by name; the rest together.
        """
        self.keys = tuple(dict.fromkeys(keys))
        self.most = most
        self._known: dict[str, Counter[str]] = {key: Counter() for key in self.keys}

    def of(self, words: Sequence[str]) -> Iterator[Segment]:
        """The cohorts of a trace, all traffic first; a key of which no trace had a value so far names none.

        Args:
            words: What `cohort_words` says of it.
        """
        yield ALL
        for key, word in zip(self.keys, words, strict=True):
            name = self._named(key, word)
            if self._known[key]:
                yield ((key, name),)

    def _named(self, key: str, word: str) -> str:
        if not word:
            return NONE
        known = self._known[key]
        if word not in known and len(known) >= self.most:
            return REST
        known[word] += 1
        return word

    def learn(self, segments: Iterable[Segment]) -> None:
        """Take cohorts for known that a trace belonged to which another process looked at."""
        for segment in segments:
            for key, value in segment:
                if key in self._known and value not in (NONE, REST):
                    self._known[key][value] += 1

    @property
    def unseen(self) -> tuple[str, ...]:
        """Keys of which no trace had a value so far."""
        return tuple(key for key, known in self._known.items() if not known)

    @property
    def count(self) -> int:
        """Cohorts so far, all traffic among them."""
        return 1 + sum(len(known) for known in self._known.values())


def told(segment: Segment) -> str:
    """A cohort for people.

    Examples:
        >>> told(()), told((("route", "chat"),))
        ('all traffic', 'route chat')
    """
    return ", ".join(f"{key} {value}" for key, value in segment) or "all traffic"
