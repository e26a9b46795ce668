"""A plan that audits two imported runs, as text with comments for the person who reads it first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assay.domain.errors import PlanError
from assay.domain.metrics import stated
from assay.store.foreign import ForeignRun
from assay.store.imports import SCORES, Difference, Imported


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the user says about the plan."""

    scorers: Sequence[str] = ()
    """Our own scorers to judge the imported answers with, by name."""
    lower: Sequence[str] = ()
    """Imported scores of which lower is better."""
    higher: Sequence[str] = ()
    """Imported scores of which higher is better, although their names sound otherwise."""


def plan_text(
    runs: tuple[ForeignRun, ForeignRun],
    made: tuple[Imported, Imported],
    differing: Sequence[Difference],
    chosen: Chosen,
) -> tuple[str, tuple[str, ...]]:
    """The plan, and what its reader must still do (nothing, mostly).

    Raises:
        PlanError: A score is named that neither run holds.
    """
    reference, candidate = runs
    unknown = sorted({*chosen.lower, *chosen.higher} - made[0].scores.keys() - made[1].scores.keys())
    if unknown:
        held = ", ".join(sorted(made[0].scores)) or "none"
        raise PlanError(f"no imported score is called '{unknown[0]}'. The runs hold: {held}")
    lines, todo = _scorer_lines(reference, made, chosen)
    names = _names(reference, candidate)
    title = f"{reference.program} {reference.task}".strip()[:80]
    apart = list(dict.fromkeys(one.what for one in differing if one.apart))
    if apart:  # the name stands on every report; a comment in the plan does not
        title += f" (runs not made alike: {', '.join(apart)})"
    return (
        "\n".join(
            [
                f"# Two runs of {reference.program}, imported by assay. Runs as written:",
                "#   assay audit audit.yaml",
                *(f"# Not the same in both runs: {_comment(one.message)}" for one in differing),
                "assay: 1",
                f"name: {_quoted(title)}",
                f"reference: {{type: recorded, path: reference.jsonl, name: {_quoted(names[0])}}}",
                f"candidate: {{type: recorded, path: candidate.jsonl, name: {_quoted(names[1])}}}",
                "suites:",
                "  - name: imported",
                "    dataset: samples.jsonl",
                "    role: gate                     # dev: seen while building; gate: decides",
                f"    epochs: {max(one.epochs for one in made)}",
                f"    # scores of {reference.program} stand under '{SCORES}', apart from assay's own (`assay scorers`)",
                "    scorers:",
                *lines,
                "gate:",
                "  policy: fine-tuning-safety       # 5 % deploy, 15 % monitored, 30 % review, above block",
                "  max_unscored: 0.02",
                "",
            ]
        ),
        tuple(todo),
    )


def _scorer_lines(run: ForeignRun, made: tuple[Imported, Imported], chosen: Chosen) -> tuple[list[str], list[str]]:
    lines = [f"      - {name}" for name in chosen.scorers]
    todo: list[str] = []
    taken: set[str] = set()
    for score in sorted(made[0].scores.keys() | made[1].scores.keys()):
        metric = metric_name(run.program, score)
        while metric in taken:
            metric += "_"
        taken.add(metric)
        better = _better(run, score, metric, chosen)
        reason = _unfit(score, made) or (
            "" if better is not None else "is higher better? Say so and take the mark away"
        )
        line = f"      {'# ' if reason else ''}- {_mapping(score, metric, better)}"
        lines.append(line + (f"  # {reason}" if reason else ""))
        if better is None and not _unfit(score, made):
            todo.append(
                f"'{score}': say --lower-is-better or --higher-is-better; it is left out of the plan until then"
            )
    if not any(line.lstrip().startswith("-") for line in lines):
        lines.append(
            "      - degeneration               # the runs bring no scores to gate; name your own: assay scorers"
        )
    return lines, todo


def metric_name(program: str, score: str) -> str:
    """Name of the metric of an imported score; it never meets a name of ours.

    Examples:
        >>> metric_name("lm-eval", "exact_match,strict-match")
        'lm_eval_exact_match_strict-match'
    """
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", f"{program.replace('-', '_')}_{score}")[:100]


def _better(run: ForeignRun, score: str, metric: str, chosen: Chosen) -> bool | None:
    """Whether higher is better: as the user says, the program says, or the name sounds; None when nothing tells."""
    if score in chosen.lower or score in chosen.higher:
        return score in chosen.higher
    told = run.better.get(score.partition(",")[0])
    if told is not None or not run.default_better:
        return run.default_better if told is None else told
    for name in (score.partition(",")[0], metric):
        try:
            if not stated(name, None).higher_is_better:
                return False
        except PlanError:
            return None
    return True


def _unfit(score: str, made: tuple[Imported, Imported]) -> str:
    """Why a score cannot be gated; empty when it can."""
    for side, one in zip(("reference", "candidate"), made, strict=True):
        counts = one.scores.get(score)
        if counts is None:
            return f"not in the {side}"
        if counts["words"]:
            return "words, not numbers"
        if not counts["scored"]:
            return f"nothing scored in the {side}"
    return ""


def _mapping(score: str, metric: str, better: bool | None) -> str:
    pairs: Iterator[tuple[str, Any]] = iter(
        (
            ("type", "recorded"),
            ("field", f"{SCORES}.{score}"),
            ("name", metric),
            ("listed_in", SCORES),
            ("higher_is_better", better),
        )
    )
    return "{" + ", ".join(f"{key}: {_quoted(value)}" for key, value in pairs) + "}"


def _names(reference: ForeignRun, candidate: ForeignRun) -> tuple[str, str]:
    first, second = (one.model[:80] or side for one, side in ((reference, "reference"), (candidate, "candidate")))
    if first == second or second == "reference":  # a run's own word for the other side
        return f"{first} (reference)", f"{second} (candidate)"
    return first, second


def _quoted(value: Any) -> str:
    """A value as YAML: JSON, but bare where that reads better and means the same."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=True)


_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def _comment(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
