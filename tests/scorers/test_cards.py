"""The page of a trained scorer ends with what was measured of its model."""

from __future__ import annotations

import sys
import types

import pytest

from assay import registry
from assay.scorers import cards


def test_a_class_that_names_its_card_has_the_table_on_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    made = type("Judge", (), {"__doc__": "Judges.", "version": "7", "card": "mine"})
    monkeypatch.setitem(sys.modules, "judging", types.SimpleNamespace(Judge=made))  # type: ignore[arg-type]
    monkeypatch.setattr(registry, "SCORERS", {"judge": "judging:Judge"})
    told = {"measured": [{"question": "q", "set": "s", "how": "h", "n": 4, "yes": 2, "accuracy": 1.0, "auroc": None}]}
    monkeypatch.setattr(registry, "card", {"mine": told}.__getitem__)
    page = registry.page("judge")
    assert page.startswith("judge (version 7)\n\nJudges.\n\nMeasured on\n\n| question |")
    assert page.endswith(cards.measured_on(told))
    assert "| 1.000    |" in page


def test_a_class_without_a_card_has_no_table() -> None:
    assert "Measured on\n" not in registry.page("length")
