"""How figures spread, for machines and for people: percentiles of times, reasons of refusals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from assay.domain.watched import Segment
from assay.report.inert import one_line
from assay.report.moves import percent
from assay.report.watch import where
from assay.report.words import plural

_MOST, _WORDS = 12, 5
_NAMES = ("p50", "p95", "p99")
TITLES: Mapping[str, str] = {"refusal_reason": "Why answers refuse, by the words of the refusal"}
"""Name of a spread of words -> what stands above it."""


class Limited(Protocol):
    """A number with limits, which few values may not give."""

    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


class Percentiles(Protocol):
    """Percentiles of one figure and cohort."""

    @property
    def metric(self) -> str: ...
    @property
    def segment(self) -> Segment: ...
    @property
    def n(self) -> int: ...
    @property
    def at(self) -> Mapping[str, Limited]: ...


class Share(Limited, Protocol):
    """One word's share."""

    @property
    def word(self) -> str: ...
    @property
    def n(self) -> int: ...


class Words(Protocol):
    """Words of one figure and cohort."""

    @property
    def metric(self) -> str: ...
    @property
    def segment(self) -> Segment: ...
    @property
    def n(self) -> int: ...
    @property
    def shares(self) -> Sequence[Share]: ...


def percentiles_plain(one: Percentiles) -> dict[str, Any]:
    """Percentiles as JSON; a limit that few values do not give is null."""
    told = {name: _limits(held) for name, held in one.at.items()}
    return {"metric": one.metric, "segment": dict(one.segment), "n": one.n, **told}


def words_plain(one: Words) -> dict[str, Any]:
    """Words as JSON, the commonest first."""
    shares = [{"word": held.word, "n": held.n, **_limits(held)} for held in one.shares]
    return {"metric": one.metric, "segment": dict(one.segment), "n": one.n, "shares": shares}


def _limits(held: Limited) -> dict[str, float | None]:
    return {key: _number(getattr(held, key)) for key in ("value", "low", "high")}


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)


def spread_lines(percentiles: Sequence[Mapping[str, Any]], words: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Both for a terminal, as JSON has them, each block after an empty line; nothing where nothing was counted."""
    if percentiles:
        yield ""
        yield from _times(percentiles)
    for metric in dict.fromkeys(one["metric"] for one in words):
        yield ""
        yield TITLES.get(metric, one_line(metric, 40))
        some = sorted(
            (one for one in words if one["metric"] == metric), key=lambda one: (bool(one["segment"]), -one["n"])
        )
        yield from (f"  {where(one['segment'])}, {one['n']:,}: {_commonest(one['shares'])}" for one in some[:_MOST])
        yield from _more(len(some))


def _times(percentiles: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A table of those whose median has limits, with how many have too few values for that."""
    sure = [one for one in percentiles if None not in one["p50"].values()]
    if not sure:
        most = max(one["n"] for one in percentiles)
        yield f"Times: {plural(most, 'value')} {'is' if most == 1 else 'are'} too few for percentiles with limits"
        return
    yield "Times in seconds, with 95 % limits"
    yield f"  {'figure':<15} {'cohort':<24}" + "".join(f" {name:>23}" for name in _NAMES) + f" {'n':>9}"
    shown = sorted(sure, key=lambda one: (bool(one["segment"]), -one["p95"]["value"]))
    for one in shown[:_MOST]:
        numbers = "".join(f" {limited(one[name]):>23}" for name in _NAMES)
        yield f"  {one['metric']:<15} {where(one['segment']):<24}{numbers} {one['n']:>9,}"
    yield from _more(len(shown))
    if few := len(percentiles) - len(sure):
        yield f"  ... {few} with too few values for limits; --format json has all"


def limited(one: Mapping[str, float | None]) -> str:
    """A number with its limits; a limit that few values do not give is a mark.

    Examples:
        >>> limited({"value": 1.5, "low": 1.25, "high": None})
        '1.5 [1.25, ?]'
    """
    low, high = ("?" if one[key] is None else f"{one[key]:.3g}" for key in ("low", "high"))
    return f"{one['value']:.3g} [{low}, {high}]"


def _commonest(shares: Sequence[Mapping[str, Any]]) -> str:
    told = [
        f"{one_line(one['word'], 40)} {percent(one['value'])} [{percent(one['low'])}, {percent(one['high'])}]"
        for one in shares[:_WORDS]
    ]
    rest = sum(one["n"] for one in shares[_WORDS:])
    return ", ".join([*told, *([f"others {rest:,}"] if rest else [])])


def _more(count: int) -> Iterator[str]:
    if count > _MOST:
        yield f"  ... {count - _MOST} more; --format json has all"
