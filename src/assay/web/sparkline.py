"""A figure over time as inline SVG: interval as a band, reference as a dashed line, limits as dotted ones."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from assay.report.inert import one_line
from assay.web import words
from assay.web.shown import Point

_PAD = 4.0


def sparkline(points: Sequence[Point], *, label: str, reference: float | None = None, width: int = 180,
              height: int = 40, wide: bool = False, limits: Sequence[float] = (), kind: str = "amount",
              ) -> Markup:  # fmt: skip
    """The figure over time; empty when there are not two values to draw.

    Args:
        points: By time.
        label: What it is, for who cannot see it; the numbers stand in a table beside it.
        reference: Where the dashed line goes.
        width: Of the drawing, in its own units.
        height: Of the drawing.
        wide: Whether it fills the width of the page; else it is as large as it is.
        limits: Where the dotted lines go. A wide drawing shows all of them, a small one those that are in sight.
        kind: rate or amount; a rate is drawn within 0 and 1.
    """
    told = _told(points)
    if len(told) < 2:
        return Markup("")
    low, high = _range(told, reference, limits if wide else (), kind)
    first, last = told[0].time_ns, told[-1].time_ns

    def x(time_ns: int) -> float:
        return _PAD + (width - 2 * _PAD) * (time_ns - first) / max(last - first, 1)

    def y(value: float) -> float:
        return height - _PAD - (height - 2 * _PAD) * (min(max(value, low), high) - low) / (high - low)

    def across(name: str, value: float | None) -> str:
        if value is None or not math.isfinite(value):
            return ""
        return f'<line class="{name}" x1="{_PAD}" x2="{width - _PAD}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'

    band = [f"{x(one.time_ns):.1f},{y(_or(one.high, one.value)):.1f}" for one in told]
    band += [f"{x(one.time_ns):.1f},{y(_or(one.low, one.value)):.1f}" for one in reversed(told)]
    line = " ".join(f"{x(one.time_ns):.1f},{y(one.value):.1f}" for one in told)
    lines = across("ref", reference) + "".join(across("lim", one) for one in limits if low <= one <= high)
    dot = f'<circle class="end" cx="{x(last):.1f}" cy="{y(told[-1].value):.1f}" r="{2.6 if not wide else 3.5}"/>'
    size = "" if wide else f' width="{width}" height="{height}"'
    return Markup(
        f'<svg class="spark{" wide" if wide else ""}" viewBox="0 0 {width} {height}"{size} role="img" '
        f'aria-label="{escape(one_line(label, 200))}"><polygon class="band" points="{" ".join(band)}"/>{lines}'
        f'<polyline class="line" points="{line}"/>{dot}</svg>'
    )


def chart(points: Sequence[Point], *, label: str, kind: str, reference: float | None = None,
          limits: Sequence[float] = ()) -> Markup:  # fmt: skip
    """The wide drawing with its scale and its first and last time, as texts that keep their size on a small screen.

    Args:
        points: By time.
        label: What it is, for who cannot see it.
        kind: rate or amount.
        reference: Where the dashed line goes.
        limits: Where the dotted lines go.
    """
    told = _told(points)
    drawing = sparkline(
        points, label=label, reference=reference, width=900, height=180, wide=True, limits=limits, kind=kind
    )
    if not drawing:
        return drawing
    low, high = _range(told, reference, limits, kind)
    return Markup(
        '<div class="chart"><span class="most">{}</span><span class="least">{}</span>{}'
        '<span class="first">{}</span><span class="last">{}</span></div>'
    ).format(
        words.number(high, kind), words.number(low, kind), drawing, words.when(told[0].time_ns),
        words.when(told[-1].time_ns)
    )  # fmt: skip


def _told(points: Sequence[Point]) -> list[Point]:
    return [one for one in points if math.isfinite(one.value)]


def _range(points: Sequence[Point], reference: float | None, limits: Sequence[float], kind: str) -> tuple[float, float]:
    """Lowest and highest value of the drawing; a first part with a huge interval does not flatten the rest."""
    lines = [*limits, *([reference] if reference is not None else [])]
    values = [one.value for one in points] + [one for one in lines if math.isfinite(one)]
    least, most = min(values), max(values)
    spans = sorted(_or(one.high, one.value) - _or(one.low, one.value) for one in points)
    room = max(spans[len(spans) // 2], 0.0) + (most - least) * 0.1
    low, high = least - room, most + room
    if kind == "rate":
        low, high = max(low, 0.0), min(high, 1.0)
    return (low, high) if high > low else (low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1))


def _or(value: float, instead: float) -> float:
    return value if math.isfinite(value) else instead
