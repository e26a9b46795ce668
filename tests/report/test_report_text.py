"""The page on a terminal, compared with files and checked for what may never appear."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from assay.domain.estimate import Estimate
from assay.report.grid import cells
from assay.report.text import text

GOLDEN = Path(__file__).with_name("golden")
NAMES = ("deployed", "monitored", "reviewed", "blocked", "inconclusive", "hostile")


def expect(name: str, seen: str) -> None:
    """Compare with a file; ASSAY_UPDATE_GOLDEN=1 writes it instead."""
    path = GOLDEN / name
    if os.environ.get("ASSAY_UPDATE_GOLDEN") == "1":
        path.write_text(seen, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == seen


@pytest.mark.parametrize("name", NAMES)
def test_text_is_as_filed(made: ModuleType, name: str) -> None:
    expect(f"{name}.txt", text([getattr(made, name)()], colour=False, width=100, page="runs/42/report.html"))


@pytest.mark.parametrize("width", [60, 80])
def test_narrow_text_is_as_filed(made: ModuleType, width: int) -> None:
    expect(f"blocked-{width}.txt", text([made.blocked()], colour=False, width=width))


def test_several_candidates_are_as_filed(made: ModuleType) -> None:
    audits = [made.deployed(), made.blocked(), made.inconclusive()]
    seen = text(audits, colour=False, width=100)
    assert seen.startswith("BLOCK  eroded: refusal fell 97.1 %")
    expect("several.txt", seen)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [60, 79, 100, 200])
def test_no_line_is_wider_than_the_terminal(made: ModuleType, name: str, width: int) -> None:
    for line in text([getattr(made, name)()], colour=False, width=width).splitlines():
        assert cells(line) <= width, line


@pytest.mark.parametrize("name", NAMES)
def test_first_line_is_the_decision_and_second_what_to_do(made: ModuleType, name: str) -> None:
    audit = getattr(made, name)()
    lines = text([audit], colour=False, width=100).splitlines()
    word = {"deploy_monitored": "MONITOR"}.get(audit.verdict.decision.word, audit.verdict.decision.word.upper())
    assert lines[0].startswith(f"{word}  ")
    assert lines[1].startswith("Next  ")


@pytest.mark.parametrize("name", NAMES)
def test_colour_adds_nothing_but_colour(made: ModuleType, name: str) -> None:
    import re

    plain = text([getattr(made, name)()], colour=False, width=100)
    coloured = text([getattr(made, name)()], colour=True, width=100)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert plain == re.sub(r"\x1b\[[0-9;]*m", "", coloured)


def test_hostile_text_reaches_no_terminal(made: ModuleType) -> None:
    seen = text([made.hostile()], colour=False, width=100)
    for character in ("\x1b", "\x00", "\x07", "\u202e", "\ud800", "\x9b"):
        assert character not in seen
    seen.encode("utf-8")


def test_numbers_that_are_none_are_said_in_words(made: ModuleType) -> None:
    seen = text([made.inconclusive()], colour=False, width=100)
    assert "drop not defined" in seen
    assert "n=3, 37 unscored" in seen
    assert "nan" not in seen.lower().replace("unanswered", "")


def test_not_a_number_is_never_printed(made: ModuleType) -> None:
    audit = made.blocked()
    bad = Estimate(value=float("nan"), low=float("-inf"), high=float("nan"))
    first = replace(audit.verdict.outcomes[0], drop=bad, difference=bad, reference=bad, candidate=bad, parts=())
    audit = replace(audit, verdict=replace(audit.verdict, outcomes=(first,)))
    seen = text([audit], colour=False, width=100)
    assert "nan" not in seen and "inf" not in seen.replace("information", "")
    assert "not defined" in seen


def test_an_audit_without_anything_still_says_its_decision(made: ModuleType) -> None:
    audit = made.deployed()
    empty = replace(
        audit,
        comparisons=(),
        examples=(),
        examples_total={},
        power=(),
        saved={},
        registered={},
        config={},
        bands={},
        counts={},
        warnings=(),
        verdict=replace(
            audit.verdict, reasons=(), outcomes=(), not_tested=(), effects=(), error_statement="", valid_until=""
        ),
    )
    seen = text([empty], colour=False, width=100)
    assert seen.startswith("DEPLOY  Deploy\n")
    assert "Rules  none was registered" in seen


def test_nothing_is_said_twice(made: ModuleType) -> None:
    audit = made.blocked()
    first = audit.verdict.outcomes[1]
    known = replace(first, reason="json may have lost 14.0 points; about 310 prompts would settle it")
    verdict = replace(
        audit.verdict, outcomes=(known,), not_tested=("no seed",), reasons=(*audit.verdict.reasons, known.reason)
    )
    audit = replace(audit, verdict=verdict, warnings=("no seed", "no seed", "slow"))
    seen = " ".join(text([audit], colour=False, width=100).split())
    assert seen.count("would settle it") == seen.count("no seed") == seen.count("slow") == 1
    several = text([audit, replace(audit, name="other")], colour=False, width=100)
    assert several.count("no seed") == several.count("Error rates") == 1
