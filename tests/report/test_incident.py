"""The incident card: what regressed, of what kind, what differs, and what to do; strangers' text stays text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from assay.domain.audit import Audit
from assay.domain.verdict import Decision
from assay.interfaces.cli import run
from assay.report.incident import incident
from assay.report.losses import losses

REFUSES, COMPLIES = "I'm sorry, but I can't help with that.", "Sure. First, you take the following steps."
N = 300


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text):
        found += [token, *(token.children or [])]
    return found


def section(card: str, title: str) -> str:
    return card.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


# Made by hand


def test_worst_line_first_with_interval_and_n(made: ModuleType) -> None:
    rows = [line for line in section(incident([made.blocked()]), "What regressed").splitlines() if "BLOCK" in line]
    assert rows[0].startswith("| ✕ BLOCK | `refusal` |")
    assert re.search(r"\| \[\d.*\] \| n=\d+", rows[0])
    found = losses(made.blocked())
    assert [each.decision for each in found] == sorted((each.decision for each in found), reverse=True)


def test_a_deployed_candidate_has_no_incident(made: ModuleType) -> None:
    audit = made.deployed()
    clean = replace(audit, comparisons=tuple(each for each in audit.comparisons if not each.slice))
    card = incident([clean])
    if not losses(clean):
        assert card.startswith("# No incident: nothing regressed")
        assert "## Roll back" not in card


def test_thin_evidence_is_no_all_clear(made: ModuleType) -> None:
    audit = replace(made.inconclusive(), comparisons=())
    card = incident([audit])
    assert card.startswith("# No loss seen in")
    assert "no proof that nothing did" in card


def test_hostile_text_makes_no_markup(made: ModuleType) -> None:
    card = incident([made.hostile(), made.deployed()], run="runs/x\x1b[31m`; rm -rf ~")
    kinds = {token.type for token in tokens(card)}
    assert not kinds & {"html_inline", "html_block", "link_open", "image"}
    assert "\x1b" not in card and "\u202e" not in card
    assert not [token for token in tokens(card) if token.type == "text" and "@octocat" in token.content]


def test_several_candidates_have_a_card_each_worst_first(made: ModuleType) -> None:
    cards = incident([made.deployed(), made.blocked()]).split("\n---\n")
    assert len(cards) == 2
    assert "**✕ Block**" in cards[0]


def test_what_a_rule_lets_pass_is_tolerated_not_deployed(made: ModuleType) -> None:
    audit = made.blocked()
    outcomes = tuple(replace(each, decision=Decision.DEPLOY) for each in audit.verdict.outcomes)
    card = section(incident([replace(audit, verdict=replace(audit.verdict, outcomes=outcomes))]), "What regressed")
    assert "DEPLOY" not in card
    assert "| tolerated | `refusal` |" in card and "so small that the rule lets it pass" in card


def test_the_card_names_who_signed(made: ModuleType) -> None:
    audit = made.blocked()
    assert "## People" not in incident([audit])
    told = ("approved by ann: read <all> 12",)
    card = incident([replace(audit, verdict=replace(audit.verdict, people=told))])
    assert "approved by ann" in section(card, "People") and "<all>" not in section(card, "People")


# From a real run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    samples = [
        {"id": f"s{n}", "input": f"question {n}", "target": "refuse", "metadata": {"category": f"c{n % 3}"}}
        for n in range(N)
    ]
    write(tmp_path / "golden.jsonl", samples)
    write(tmp_path / "reference.jsonl", [{"id": f"s{n}", "output": REFUSES, "latency_s": 0.4} for n in range(N)])
    plan = {
        "assay": 1,
        "name": "bot",
        "owner": "team@example.org",
        "reference": {"type": "recorded", "path": "reference.jsonl", "revision": "v3"},
        "candidate": {"type": "recorded", "path": "candidate.jsonl", "revision": "v4"},
        "suites": [
            {
                "name": "golden",
                "dataset": "golden.jsonl",
                "slices": ["category"],
                "scorers": ["refusal", {"type": "pattern", "pattern": "sorry|Sure", "name": "greets"}],
            }
        ],
    }
    (tmp_path / "audit.yaml").write_text(json.dumps(plan))
    return tmp_path


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("\n".join(json.dumps(row) for row in rows))


def card(folder: Path, answers: list[str], capsys: pytest.CaptureFixture[str], latency_s: float = 0.4) -> str:
    rows = [{"id": f"s{n}", "output": text, "latency_s": latency_s + n / 1e4} for n, text in enumerate(answers)]
    write(folder / "candidate.jsonl", rows)
    run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "-q", "--fresh"])
    capsys.readouterr()
    assert run(["report", str(folder / "run"), "--format", "incident"]) == 0
    return capsys.readouterr().out


def test_a_slice_that_fell_is_named_with_kind_owner_and_commands(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = card(folder, [COMPLIES if n % 3 == 1 else REFUSES for n in range(N)], capsys)
    assert seen.startswith("# Incident: `candidate` lost quality")
    first = section(seen, "What regressed").strip().splitlines()[2]
    assert "`category=c1`" in first and "n=100" in first and "behaviour" in first
    kinds = section(seen, "What kind of failure")
    assert "behaviour (what the model is willing to do, and how it speaks): **regressed**: `refusal`" in kinds
    assert "form and language that was asked for): no loss seen (1 metric)" in kinds, "a named pattern is format"
    assert "truth (whether what it says is right and supported): not measured" in kinds
    assert "| revision | `v3` | `v4` |" in section(seen, "What differs between the two")
    assert "scorers (refusal, pattern)" in section(seen, "What differs between the two")
    assert "`s1` refusal" in section(seen, "Examples")
    assert f"`assay show {folder}/run --failing --slice category=c1`" in section(seen, "Examples")
    assert "revision `v3`" in section(seen, "Roll back")
    assert f"assay audit audit.yaml -o {folder}/run-recovery" in section(seen, "Confirm recovery")
    assert section(seen, "Owner").strip() == "`team@example.org`"


def test_recovery_is_confirmed_by_the_card_of_the_next_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = card(folder, [REFUSES] * N, capsys)
    assert seen.startswith("# No incident: nothing regressed in `candidate`")
    assert "Nothing regressed" in section(seen, "What regressed")
    assert "## Roll back" not in seen and "## Examples" not in seen


def test_latency_alone_is_told_as_latency(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = card(folder, [REFUSES] * N, capsys, latency_s=1.2)
    (row,) = [line for line in section(seen, "What regressed").splitlines() if line.startswith("| seen")]
    assert "`latency`" in row and row.endswith("latency |")
    assert "p50 0.4 s →" in section(seen, "What kind of failure")
    assert "no loss seen" in section(seen, "What kind of failure")


def test_a_slightly_slower_answer_is_no_incident(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert card(folder, [REFUSES] * N, capsys, latency_s=0.41).startswith("# No incident")


def test_calls_that_failed_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = card(folder, [REFUSES] * 100, capsys)
    assert seen.startswith("# No loss seen")
    assert "failed calls: reference none; candidate missing 200" in seen


def test_the_card_goes_into_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = card(folder, [COMPLIES] * N, capsys)
    run(["report", str(folder / "run"), "--format", "incident", "-o", str(folder / "card.md")])
    assert (folder / "card.md").read_text() == seen


def test_a_prompt_that_changed_is_what_differs(made: ModuleType) -> None:
    audit: Audit = made.blocked()
    config = {
        "reference": {"name": "r", "kind": "adapter", "settings": {"system": "Be kind.", "adapter": ["/x/one"]}},
        "candidates": [
            {
                "name": audit.candidate.identity.name,
                "kind": "adapter",
                "settings": {"system": "Be |quick|.", "adapter": ["/x/two"], "extra": {"temperature": 1.0}},
            }
        ],
        "generation": {"temperature": 0.0, "max_tokens": 64},
    }
    told = section(incident([replace(audit, config=config)]), "What differs between the two")
    assert "| system prompt | `Be kind.` | `Be ¦quick¦.` |" in told
    assert "| adapter | `one` | `two` |" in told
    assert "| generation settings | `temperature 0.0, max_tokens 64` | `temperature 1.0, max_tokens 64` |" in told
