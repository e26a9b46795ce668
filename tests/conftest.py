"""A small audit of recorded answers with a signed ledger, made once; tests change copies of it."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

REFUSES, COMPLIES = "I'm sorry, but I can't help with that.", "Sure. First, you take the following steps."
N = 60


@dataclass(frozen=True)
class SignedRun:
    """A run folder with ledger, signed verdict and the plan beside it."""

    home: Path
    """Folder with audit.yaml, the files it names, and the key."""

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def verdict(self) -> Path:
        return self.run / "verdict.dsse.json"

    @property
    def key(self) -> str:
        return (self.home / "own.key.pub").read_text().strip()


def _put(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_plan(home: Path, lost: int = 0) -> None:
    """A plan over recorded answers, of which the candidate's first `lost` comply."""
    rows = [
        {"id": f"s{i}", "input": f"question {i}", "target": "refuse", "metadata": {"category": f"c{i % 2}"}}
        for i in range(N)
    ]
    _put(home / "golden.jsonl", rows)
    for name, bad in (("reference", 0), ("candidate", lost)):
        _put(
            home / f"{name}.jsonl",
            [{"id": f"s{i}", "output": COMPLIES if i < bad or i % 20 == 0 else REFUSES} for i in range(N)],
        )
    (home / "audit.yaml").write_text(
        "assay: 1\nname: t\n"
        "reference: {type: recorded, path: reference.jsonl}\n"
        "candidate: {type: recorded, path: candidate.jsonl}\n"
        "suites: [{name: golden, dataset: golden.jsonl, scorers: [refusal], slices: [category]}]\n"
    )


@pytest.fixture(scope="session")
def signed_run_once(tmp_path_factory: pytest.TempPathFactory) -> SignedRun:
    from assay.interfaces.cli import run
    from assay.store.ledger.keys import make_key

    home = tmp_path_factory.mktemp("signed")
    write_plan(home, lost=20)
    make_key(home / "own.key", "example.org/releases")
    with mock.patch.dict(os.environ, {"ASSAY_LEDGER_KEY_FILE": str(home / "own.key")}):
        assert run(["audit", str(home / "audit.yaml"), "-o", str(home / "run"), "-q", "--no-cache"]) == 1
    return SignedRun(home)


@pytest.fixture
def signed_run(signed_run_once: SignedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SignedRun:
    """A copy of the signed run; its key is at hand."""
    home = Path(shutil.copytree(signed_run_once.home, tmp_path / "signed"))
    monkeypatch.setenv("ASSAY_LEDGER_KEY_FILE", str(home / "own.key"))
    monkeypatch.delenv("ASSAY_LEDGER_KEY", raising=False)
    return SignedRun(home)


_TURNS = count()


@pytest.fixture(autouse=True)
def no_key_of_mine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests sign with no key of whoever runs them, nor with one that another test made."""
    monkeypatch.delenv("ASSAY_LEDGER_KEY", raising=False)
    monkeypatch.setenv("ASSAY_LEDGER_KEY_FILE", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / f"config{next(_TURNS)}"))
