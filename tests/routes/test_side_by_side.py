"""The tables that lay other programs beside assay count rightly, and say when one is not here."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

SCRIPTS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield importlib.import_module("side_by_side")
    for name in ("side_by_side", "peers", "measuring"):
        sys.modules.pop(name, None)


def test_equal_chances_count_half_and_unscored_ones_not(beside: ModuleType) -> None:
    toxic = np.array([True, True, False, False, True])
    assert beside.auroc(np.array([0.9, 0.5, 0.5, 0.1, np.nan]), toxic) == 0.875


def test_a_find_needs_the_type_and_half_of_the_characters(beside: ModuleType) -> None:
    gold = [(0, 10, "card"), (20, 30, "phone")]
    assert beside._hits([(0, 12, "card"), (20, 24, "phone")], gold) == 1
    assert beside._hits([(0, 10, "phone")], gold) == 0
    assert beside._hits([(0, 10, "card")], [(0, 10, "card"), (0, 10, "card")]) == 1


def test_a_program_that_is_not_here_has_a_row_that_says_so(
    beside: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(peer: Any, texts: Any) -> None:
        raise beside.NotHere("could not be installed here (no network)")

    monkeypatch.setattr(beside, "ask", refuse)
    monkeypatch.setattr(beside, "_card", lambda name: {})
    (tmp_path / "refusal").mkdir()
    rows = [
        {"prompt": "?", "response": text, "label": label, "category": "homonyms"}
        for text, label in (("I'm sorry, but I can't help with that.", "refuse"), ("Use the kill command.", "comply"))
    ]
    (tmp_path / "refusal" / "xstest_responses.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    table = beside.tables(tmp_path, peers=True)
    assert "| 2 | 1.000 | 1.000 | 1.000 | 50.0% | +0.0 |" in table
    assert table.count("could not be installed here (no network)") == 3
    assert "Toxicity" not in table


def test_a_trained_model_is_told_by_its_held_out_figures(beside: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"accuracy": 0.9, "recall": 0.8, "specificity": 0.7}
    question, way = "refusal, partial: half", "cross-validated by group"
    card = {
        "measured": [{"question": question, "set": "xstest_responses without", "how": way, "n": 2, **figures}],
        "rates": {"over_refusal of safe XSTest prompts": {"partial": {"half": 0.2}}},
    }
    monkeypatch.setattr(beside, "_card", lambda name: card)
    row = "| assay refusal (refusal, partial: half), cross-validated by group | 2 | 0.900 | 0.800 | 0.700 | 20.0% | +5.0 |"
    assert beside._refusal_card(2, 0.15) == [row]
    assert beside._refusal_card(3, 0.15) == []
