"""`assay stats`: the gate's arithmetic by hand; the same code as the gate."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import click

from assay.domain.errors import DataError, EvidenceError
from assay.interfaces.agreeing import agreeing
from assay.statistics.difference import difference_interval
from assay.statistics.mcnemar import mcnemar, mcnemar_midp
from assay.statistics.power import power_drop_below, power_floor, prompts_for_drop_below, prompts_for_level, shares
from assay.statistics.proportion import clopper_pearson, p_rate_below, prompts_for_floor
from assay.statistics.ratio import p_drop_above, p_drop_below, ratio_interval
from assay.statistics.tables import PairedTable

_FORM = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
_LEVEL = click.option(
    "--level", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95, show_default=True
)


@click.group()
def stats() -> None:
    """The arithmetic by hand: paired tables, single proportions, power, agreement of raters."""


stats.add_command(agreeing)


@stats.command(epilog="Example:  assay stats paired --both 480 --lost 15 --gained 2 --neither 3 --threshold 0.05")
@click.option("--both", type=float, help="Prompts good in both.")
@click.option("--lost", type=float, help="Good in the reference only.")
@click.option("--gained", type=float, help="Good in the candidate only.")
@click.option("--neither", type=float, help="Good in neither.")
@_LEVEL
@click.option("--threshold", type=float, default=0.05, show_default=True, help="Relative drop tested, as a share.")
@click.option("--batch", metavar="FILE|-", help="One JSON object a line with these keys; one result a line.")
@_FORM
def paired(
    both: float | None,
    lost: float | None,
    gained: float | None,
    neither: float | None,
    level: float,
    threshold: float,
    batch: str | None,
    form: str,
) -> int:
    """Two models on the same prompts: difference (Tango), drop and ratio (SCAS), McNemar.

    difference = p_ref - p_cand; drop = 1 - p_cand / p_ref. p_pass is the one-sided p-value
    against "the drop is at least the threshold" (small: proved below it), p_block against
    "the drop is at most the threshold" (small: proved above it).
    """
    if batch is not None:
        return _batch(batch, lambda row: _paired_row({"level": level, "threshold": threshold, **row}))
    given = {"both": both, "lost": lost, "gained": gained, "neither": neither}
    absent = [f"--{name}" for name, value in given.items() if value is None]
    if absent:
        raise click.UsageError(f"missing {', '.join(absent)}; all four counts are needed (or --batch)")
    result = _paired_row({**given, "level": level, "threshold": threshold})
    click.echo(json.dumps(result) if form == "json" else _paired_text(result, level))
    return 0


def _paired_row(row: Mapping[str, Any]) -> dict[str, Any]:
    known = {"both", "lost", "gained", "neither", "level", "threshold"}
    unknown = sorted(set(row) - known)
    if unknown:
        raise EvidenceError(f"unknown key '{unknown[0]}'. Known: {', '.join(sorted(known))}")
    counts = {name: _count(row, name) for name in ("both", "lost", "gained", "neither")}
    level, threshold = _number(row, "level", 0.95), _number(row, "threshold", 0.05)
    if not 0 < level < 1:
        raise EvidenceError(f"level is {level}; expected a share between 0 and 1, for example 0.95")
    if not threshold < 1:
        raise EvidenceError(f"threshold is {threshold}; a relative drop is below 1")
    return paired_result(PairedTable(**counts), level, threshold)


def _count(row: Mapping[str, Any], name: str) -> float:
    value = _number(row, name, math.nan)
    if not value >= 0:
        raise EvidenceError(f"{name} is {row.get(name)!r}; expected a count, 0 or more")
    return value


def _number(row: Mapping[str, Any], name: str, default: float) -> float:
    value = row.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isinf(value):
        raise EvidenceError(f"{name} is {value!r}; expected a number")
    return float(value)


def paired_result(table: PairedTable, level: float, threshold: float) -> dict[str, Any]:
    """What `assay stats paired --format json` prints; undefined numbers are null."""
    n = table.n
    reference, candidate = table.both + table.lost, table.both + table.gained
    difference = difference_interval(table, level) or (None, None)
    ratio = ratio_interval(table, level) or (None, None)
    point = candidate / reference if reference > 0 else None
    return {
        "n": int(n) if n == int(n) else n,
        "difference": _interval((reference - candidate) / n if n else None, *difference),
        "drop": _interval(None if point is None else 1 - point, _complement(ratio[1]), _complement(ratio[0])),
        "ratio": _interval(point, *ratio),
        "threshold": threshold,
        "p_pass": p_drop_below(table, threshold),
        "p_block": p_drop_above(table, threshold),
        "mcnemar": {"exact": mcnemar(table.lost, table.gained), "midp": mcnemar_midp(table.lost, table.gained)},
    }


def _interval(value: float | None, low: float | None, high: float | None) -> dict[str, float | None]:
    return {"value": _finite(value), "low": _finite(low), "high": _finite(high)}


def _complement(value: float | None) -> float | None:
    return None if value is None else 1 - value


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _paired_text(result: Mapping[str, Any], level: float) -> str:
    def line(name: str, what: str, factor: float, unit: str) -> str:
        shown = [result[name][key] for key in ("value", "low", "high")]
        words = ["not defined" if value is None else f"{factor * value:.4g}" for value in shown]
        return f"{what:<12}{words[0]} {unit}  ({level:.0%} {words[1]} to {words[2]})"

    proved = f"p_pass  {result['p_pass']:.4g}   against 'the drop is at least {result['threshold']:.1%}'"
    against = f"p_block {result['p_block']:.4g}   against 'the drop is at most {result['threshold']:.1%}'"
    both = f"McNemar     exact {result['mcnemar']['exact']:.4g}, mid-p {result['mcnemar']['midp']:.4g}"
    return "\n".join(
        [
            f"pairs       {result['n']}",
            line("difference", "difference", 100, "points"),
            line("drop", "drop", 100, "%"),
            line("ratio", "ratio", 1, ""),
            both,
            proved,
            against,
        ]
    )


def _batch(name: str, answer: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> int:
    """Answers line by line; a bad line gets an `error` in its place and makes the exit code 2."""
    failed = 0
    for number, line in _lines(name):
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise EvidenceError(f"expected a JSON object, found {type(row).__name__}")
            click.echo(json.dumps(answer(row), allow_nan=False))
        except (ValueError, EvidenceError, RecursionError) as error:
            failed += 1
            click.echo(json.dumps({"error": f"line {number}: {error}"}))
    if failed:
        click.echo(f"assay: {failed} lines could not be answered", err=True)
    return 2 if failed else 0


def _lines(name: str) -> Iterator[tuple[int, str]]:
    stream: IO[str]
    if name == "-":
        stream = sys.stdin
    else:
        try:
            stream = Path(name).open(encoding="utf-8", errors="replace")  # noqa: SIM115  closed by `with` below
        except OSError as error:
            raise DataError(f"{name}: cannot be opened: {error.strerror or error}") from error
    with stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield number, line


@stats.command(epilog="Example:  assay stats proportion --good 598 --n 598 --at-least 0.995")
@click.option("--good", type=float, required=True)
@click.option("--n", "total", type=float, required=True)
@click.option("--at-least", type=click.FloatRange(0, 1), help="A floor to prove.")
@_LEVEL
@_FORM
def proportion(good: float, total: float, at_least: float | None, level: float, form: str) -> int:
    """One proportion: exact interval (Clopper-Pearson), and whether a floor is proved."""
    if not 0 <= good <= total or total <= 0:
        raise EvidenceError(f"good is {good:g} of n {total:g}; expected 0 <= good <= n and n > 0")
    low, high = clopper_pearson(good, total, level)
    result: dict[str, Any] = {"n": total, "value": good / total, "low": low, "high": high, "level": level}
    if at_least is not None:
        result |= {
            "at_least": at_least,
            "p_floor": p_rate_below(good, total, at_least),
            "needed_perfect": prompts_for_floor(at_least) if 0 < at_least < 1 else None,
        }
    if form == "json":
        click.echo(json.dumps(result))
        return 0
    click.echo(f"{good:g} of {total:g}: {good / total:.2%}  ({level:.0%} {low:.2%} to {high:.2%}, Clopper-Pearson)")
    if at_least is not None:
        click.echo(f"p against 'the rate is below {at_least:.2%}': {result['p_floor']:.4g}")
        if result["needed_perfect"]:
            click.echo(f"{at_least:.2%} needs {result['needed_perfect']} prompts without a failure (one-sided 95 %)")
    return 0


@stats.command(epilog="Example:  assay stats power --n 500 --base 0.95 --churn 0.03 --margin 0.05")
@click.option("--n", "total", type=click.IntRange(min=1), required=True, help="Prompts.")
@click.option("--base", type=click.FloatRange(0, 1), default=0.95, show_default=True, help="Level of the reference.")
@click.option("--churn", type=click.FloatRange(0, 1), default=0.03, show_default=True, help="Share of prompts fixed.")
@click.option("--drop", type=float, default=0.0, show_default=True, help="True relative drop.")
@click.option("--margin", type=click.FloatRange(0, 1), default=0.05, show_default=True, help="Drop to be excluded.")
@click.option("--floor", type=click.FloatRange(0, 1), help="Power to prove this floor at level --base instead.")
@_FORM
def power(total: int, base: float, churn: float, drop: float, margin: float, floor: float | None, form: str) -> int:
    """Chance that N prompts prove the drop below a margin, and the prompts that 80 % would need."""
    if floor is not None:
        result: dict[str, Any] = {"n": total, "power": power_floor(base, total, floor)}
        result["needed"] = prompts_for_level(base, floor)
    else:
        truth = shares(base, churn, drop)
        result = {"n": total, "power": power_drop_below(truth, total, margin)}
        result["needed"] = prompts_for_drop_below(truth, margin)
    if form == "json":
        click.echo(json.dumps(result))
        return 0
    needed = "no number would do" if result["needed"] is None else f"{result['needed']} prompts"
    click.echo(f"{total} prompts: power {result['power']:.1%}. For 80 %: {needed}")
    return 0
