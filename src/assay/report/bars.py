"""Counts as bars: inline SVG without scripts, wide with labels beside the bars and narrow with labels above them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from assay.report.inert import one_line

MOST = 12
"""Bars of counts that have no order; the rest are put together."""
MOST_ORDERED = 40
"""Bars of sizes, which stand in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a bar."""

    count: int
    """How many."""
    look: str = ""
    """Class of its colour; empty for the usual one."""
    word: str = ""
    """What it stands for, where a bar has several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A line of the picture."""

    label: str
    """What is counted."""
    parts: tuple[Part, ...]
    """From left to right."""

    @property
    def count(self) -> int:
        """All parts together."""
        return sum(part.count for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where things stand, in pixels."""

    kind: str
    width: int
    left: int
    row: int
    top: int
    """From a line's top to its bar."""
    letters: int
    """Of a label."""


_WIDE = _Frame("wide", 700, 300, 24, 4, 42)
_NARROW = _Frame("narrow", 340, 4, 40, 20, 40)
_COUNT = 90
"""Pixels kept for the number behind a bar."""
_THICK = 15
STYLE = """
.bars { width: 100%; max-width: 46rem; height: auto; font-size: 13px; font-variant-numeric: tabular-nums; }
.bars.narrow { display: none; max-width: 24rem; }
.bars text { fill: var(--ink); } .bars .count { fill: var(--soft); } .bars rect { fill: var(--tone, var(--link)); }
[aria-labelledby="pictures"] h3 { margin: 1.3rem 0 .35rem; font-size: 1rem; }
@media (max-width: 34rem) { .bars.wide { display: none; } .bars.narrow { display: block; } }
"""
"""What the page's style says of these pictures."""


def bars(counts: Mapping[str, int], title: str, *, ordered: bool = False) -> Markup:
    """Counts as bars, each with its number, so that length is not alone.

    Args:
        counts: Label -> count; what is no count is left out.
        title: What a screen reader says in place of the picture.
        ordered: Whether the labels are sizes, which stand in their order and are not put together.
    """
    listed = [(str(name), count) for name, count in counts.items() if type(count) is int and 0 <= count < 1 << 53]
    most = MOST_ORDERED if ordered else MOST
    rest = sum(count for _, count in listed[most:])
    shown = [*listed[:most], *([("all others", rest)] if rest else [])]
    return drawn([Bar(label=name, parts=(Part(count=count),)) for name, count in shown], title)


def drawn(lines: Sequence[Bar], title: str) -> Markup:
    """Bars of one or several parts.

    Args:
        lines: From top to bottom.
        title: What a screen reader says in place of the picture.
    """
    return Markup("").join(_picture(lines, title, frame) for frame in (_WIDE, _NARROW))


def _picture(lines: Sequence[Bar], title: str, frame: _Frame) -> Markup:
    most = max((line.count for line in lines), default=1) or 1
    scale = (frame.width - frame.left - _COUNT) / most
    inside = "".join(_line(line, frame, place * frame.row, scale) for place, line in enumerate(lines))
    box = f"0 0 {frame.width} {len(lines) * frame.row + 4}"
    name = escape(one_line(title, 100))
    return Markup(f'<svg class="bars {frame.kind}" viewBox="{box}" role="img" aria-label="{name}">{inside}</svg>')


def _line(line: Bar, frame: _Frame, top: int, scale: float) -> str:
    label = escape(one_line(line.label, frame.letters))
    beside = frame.kind == "wide"
    at = f'x="{frame.left - 8}" y="{top + 16}" text-anchor="end"' if beside else f'x="{frame.left}" y="{top + 14}"'
    parts, x = [f"<text {at}>{label}</text>"], float(frame.left)
    for part in line.parts:
        wide = max(round(part.count * scale, 1), 1.0)
        said = escape(one_line(f"{line.label}: {part.count:,} {part.word}".rstrip(), 120))
        tone = f' class="{escape(part.look)}"' if part.look else ""
        box = f'x="{round(x, 1)}" y="{top + frame.top}" width="{wide}" height="{_THICK}"'
        parts.append(f"<rect{tone} {box}><title>{said}</title></rect>")
        x += wide
    y = top + frame.top + _THICK - 3
    return "".join([*parts, f'<text class="count" x="{round(x + 6, 1)}" y="{y}">{line.count:,}</text>'])
