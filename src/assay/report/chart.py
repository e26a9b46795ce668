"""A forest plot as inline SVG: relative drops with their intervals over the policy's bands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from assay.report.inert import shorten, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One line of the plot."""

    label: str
    """What it is about."""
    said: str
    """The drop and its interval in words, or why there is none."""
    value: float | None
    """The drop as a share; None draws no mark."""
    low: float | None
    """Lower end of the interval."""
    high: float | None
    """Upper end."""
    look: str
    """Class of the decision that a rule took here; `none` when no rule reads it."""
    strong: bool = False
    """Drawn as a diamond: the metric as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A shaded region: what the policy says of a drop in it."""

    start: float
    """Where it begins, as a share."""
    end: float
    """Where it ends."""
    look: str
    """Class of its colour."""
    word: str
    """Its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Marks that are read against the same bands."""

    title: str
    """Heading."""
    bands: tuple[Band, ...]
    """From left to right."""
    marks: tuple[Mark, ...]
    """From top to bottom."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where things stand, in pixels, and the part of the axis that is shown."""

    width: int
    left: int
    right: int
    row: int
    stacked: bool
    low: float
    high: float

    def x(self, share: float) -> float:
        inside = min(max(share, self.low), self.high)
        return round(self.left + (inside - self.low) / (self.high - self.low) * (self.right - self.left), 1)


def forest(panels: Sequence[Panel], *, title: str, narrow: bool = False) -> Markup:
    """The plot, wide with labels beside the marks or narrow with labels above them.

    Args:
        panels: What to draw, top to bottom; panels without marks are left out.
        title: What a screen reader says in place of the picture.
        narrow: For screens of a telephone's width.
    """
    low, high = _domain([mark for panel in panels for mark in panel.marks])
    frame = _Frame(360, 20, 338, 48, True, low, high) if narrow else _Frame(920, 196, 738, 26, False, low, high)
    parts, y = [], 4
    for panel in panels:
        if panel.marks:
            drawn, y = _panel(panel, frame, y)
            parts += drawn
    kind = "narrow" if narrow else "wide"
    box = f"0 0 {frame.width} {y + 4}"
    head = f'<svg class="forest {kind}" viewBox="{box}" role="img" aria-label="{_safe(title)}">'
    return Markup("".join([head, *parts, "</svg>"]))


def _panel(panel: Panel, frame: _Frame, top: int) -> tuple[list[str], int]:
    """The panel's elements and the height at which the next may begin."""
    plot = top + 44
    bottom = plot + frame.row * len(panel.marks) + 4
    parts = [f'<text class="panel" x="{8}" y="{top + 16}">{_safe(panel.title)}</text>']
    for band in panel.bands:
        parts += _band(band, frame, plot, bottom)
    parts += _axis(frame, plot, bottom)
    for index, mark in enumerate(panel.marks):
        parts += _mark(mark, frame, plot + frame.row * index)
    return parts, bottom + 30


def _band(band: Band, frame: _Frame, top: int, bottom: int) -> list[str]:
    start, end = frame.x(band.start), frame.x(band.end)
    if end - start < 1:
        return []
    place = f'x="{start}" y="{top - 20}" width="{round(end - start, 1)}" height="{bottom - top + 20}"'
    parts = [f'<rect class="band {band.look}" {place}/>']
    if end - start > 6.4 * len(band.word):
        place = f'x="{round((start + end) / 2, 1)}" y="{top - 7}"'
        parts.append(f'<text class="band-word {band.look}" {place}>{_safe(band.word)}</text>')
    return parts


def _axis(frame: _Frame, top: int, bottom: int) -> list[str]:
    parts = [f'<line class="axis" x1="{frame.left}" y1="{bottom}" x2="{frame.right}" y2="{bottom}"/>']
    for tick in _ticks(frame.low, frame.high):
        x = frame.x(tick)
        kind = "zero" if tick == 0 else "tick"
        number = f"{100 * tick:.0f} %".replace("-", "−")
        parts.append(
            f'<line class="{kind}" x1="{x}" y1="{top - 4 if tick == 0 else bottom}" x2="{x}" y2="{bottom + 4}"/>'
        )
        parts.append(f'<text class="number" x="{x}" y="{bottom + 17}">{number}</text>')
    return parts


def _mark(mark: Mark, frame: _Frame, top: int) -> list[str]:
    middle = top + frame.row - 12 if frame.stacked else top + frame.row // 2
    strong = " strong" if mark.strong else ""
    said = mark.said.replace("-", "−")
    label = _safe(shorten(mark.label, 24 if frame.stacked else 30))
    if frame.stacked:
        parts = [
            f'<text class="label{strong}" x="8" y="{middle - _ABOVE}">{label}</text>',
            f'<text class="said end" x="{frame.width - 8}" y="{middle - _ABOVE}">{_safe(said)}</text>',
        ]
    else:
        parts = [
            f'<text class="label{strong}" x="{8 if mark.strong else 20}" y="{middle + 4}">{label}</text>',
            f'<text class="said" x="{frame.right + 14}" y="{middle + 4}">{_safe(said)}</text>',
        ]
    name = f"<title>{_safe(f'{mark.label}: {said}')}</title>"
    return [f'<g class="mark {mark.look}">{name}', *parts, *_interval(mark, frame, middle), "</g>"]


_ABOVE = 16
"""From a narrow line's middle up to its words: a mark reaches 6.5 pixels up, letters 3 below their line."""


def _interval(mark: Mark, frame: _Frame, y: int) -> list[str]:
    if mark.value is None:
        return []
    parts = []
    if mark.low is not None and mark.high is not None:
        start, end = frame.x(mark.low), frame.x(mark.high)
        parts.append(f'<line class="whisker" x1="{start}" y1="{y}" x2="{end}" y2="{y}"/>')
        parts += [_end(mark.low, start, y, frame, -1), _end(mark.high, end, y, frame, 1)]
    x = frame.x(mark.value)
    if mark.strong:
        return [*parts, f'<path class="point" d="M{x - 6.5} {y}L{x} {y - 6.5}L{x + 6.5} {y}L{x} {y + 6.5}Z"/>']
    return [*parts, f'<circle class="point" cx="{x}" cy="{y}" r="4.2"/>']


def _end(share: float, x: float, y: int, frame: _Frame, side: int) -> str:
    """A cap; an arrow where the interval goes on outside the picture."""
    if frame.low <= share <= frame.high:
        return f'<line class="whisker" x1="{x}" y1="{y - 4}" x2="{x}" y2="{y + 4}"/>'
    return f'<path class="arrow" d="M{x} {y}l{-7 * side} -4.5v9Z"/>'


def _domain(marks: Sequence[Mark]) -> tuple[float, float]:
    """From a little below zero to beyond the largest drop, in tens of percent, at least to 40 %."""
    ends = [end for mark in marks for end in (mark.value, mark.low, mark.high) if end is not None]
    low = max(-0.5, min([-0.1, *(math.floor(end * 10) / 10 for end in ends)]))
    high = min(1.0, max([0.4, *(math.ceil(end * 10) / 10 for end in ends)]))
    return round(low, 1), round(high, 1)


def _ticks(low: float, high: float) -> list[float]:
    step = 0.1 if high - low <= 0.8 else 0.2
    first = math.ceil(round(low / step, 6))
    return [round(index * step, 2) for index in range(first, int(round(high / step, 6)) + 1)]


def _safe(text: str) -> str:
    return escape(visible(text))
