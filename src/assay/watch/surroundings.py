"""What surrounds a trace: model, prompt, index, tools; so that an alarm can say what else changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from assay.domain.trace import Trace
from assay.statistics.two_samples import chi_square

KEYS: dict[str, tuple[str, ...]] = {
    "prompt": (
        "prompt.version", "gen_ai.prompt.version", "gen_ai.prompt.template.version", "traceloop.prompt.version",
        "llm.prompt_template.version", "gen_ai.prompt.name", "assay.prompt",
    ),
    "index": ("gen_ai.data_source.id", "index.version", "retrieval.index", "retrieval.index.version", "assay.index"),
    "release": ("service.version", "deployment.id", "assay.release"),
}  # fmt: skip
"""Attributes of the root, the resource or a step that name a part of the system; the first that is there counts."""
PARTS = ("model", "served", *KEYS, "tools")
"""All parts, in the order in which they are told."""
_EVERY = frozenset(name for names in KEYS.values() for name in names)
MOST = 20_000
"""Different surroundings that are told apart; later ones count as the last."""
_SURE = 0.001
_MOVED = 0.1


class Surroundings:
    """Numbers for what surrounds traces, equal for equal surroundings."""

    def __init__(self) -> None:
        nothing = ("",) * len(PARTS)
        self._known: dict[tuple[str, ...], int] = {nothing: 0}
        self._told: list[tuple[str, ...]] = [nothing]

    def of(self, trace: Trace) -> int:
        """The number of a trace's surroundings."""
        return self.number(parts_of(trace))

    def number(self, parts: tuple[str, ...]) -> int:
        """The number of these parts, given as in PARTS."""
        found = self._known.get(parts)
        if found is None:
            if len(self._told) >= MOST:
                return MOST - 1
            found = self._known[parts] = len(self._told)
            self._told.append(parts)
        return found

    def parts(self, number: int) -> tuple[str, ...]:
        """The parts behind a number, as in PARTS."""
        return self._told[number]

    def changed(self, before: Mapping[int, int], now: Mapping[int, int]) -> tuple[str, ...]:
        """Which parts differ between two times, in words; those that differ surely and by a tenth of the traffic.

        Args:
            before: Number of surroundings -> values that had them.
            now: The same.
        """
        old, new = sum(before.values()), sum(now.values())
        if not old or not new:
            return ()
        found: list[str] = []
        for at, part in enumerate(PARTS):
            one, two = self._by_name(before, at), self._by_name(now, at)
            names = sorted({*one, *two})
            moved = {name: two[name] / new - one[name] / old for name in names}
            if len(names) > 1 and sum(map(abs, moved.values())) / 2 >= _MOVED and chi_square(one, two).p_value < _SURE:
                came = max(names, key=lambda name: moved[name])
                went = min(names, key=lambda name: moved[name])
                found.append(f"{part}: '{went or 'none'}' -> '{came or 'none'}' ({moved[came]:+.0%} of traffic)")
        return tuple(found)

    def _by_name(self, side: Mapping[int, int], at: int) -> Counter[str]:
        found: Counter[str] = Counter()
        for number, count in side.items():
            found[self._told[number][at]] += count
        return found


def parts_of(trace: Trace) -> tuple[str, ...]:
    """What surrounds a trace, in the order of PARTS; empty words for what nobody says."""
    return tuple(_parts(trace))


def _parts(trace: Trace) -> Iterator[str]:
    models = [*trace.of("model")]
    yield models[-1].model if models else ""
    yield models[-1].served_model if models else ""
    held = [about for about in (trace.attributes, *(step.attributes for step in trace.steps)) if _tells(about)]
    for names in KEYS.values():
        yield next((told for about in held if (told := _first(about, names))), "")
    yield ",".join(sorted({step.call.name for step in trace.of("tool") if step.call is not None}))


def _tells(about: object) -> bool:
    """Whether attributes name any part; most steps name none."""
    return isinstance(about, Mapping) and not _EVERY.isdisjoint(about)


def _first(about: Mapping[str, object], names: Sequence[str]) -> str:
    return next((str(about[name])[:80] for name in names if about.get(name) not in (None, "")), "")
