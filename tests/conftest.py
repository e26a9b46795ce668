"""A small audit of recorded answers with a signed ledger, made once; tests change copies of it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any load", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any load")  # no test fails because the machine is busy

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


@pytest.fixture(scope="session")
def growth() -> ModuleType:
    """The module that tells without a clock whether work ends and grows with what it reads."""
    spec = importlib.util.spec_from_file_location("growth", Path(__file__).with_name("growth.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def no_hang(growth: ModuleType) -> Iterator[None]:
    """Fails a test that takes minutes of CPU time: it would never end."""
    with growth.ends():
        yield


@pytest.fixture
def linear(growth: ModuleType) -> Callable[..., None]:
    """`linear(read, piece, size)`: fails where time grows with the square of the text (`growth.linear`)."""
    checked: Callable[..., None] = growth.linear
    return checked


@pytest.fixture
def calls(growth: ModuleType) -> Callable[[Callable[[], object]], int]:
    """`calls(act)`: how many functions are called (`growth.calls`)."""
    counted: Callable[[Callable[[], object]], int] = growth.calls
    return counted


_TURNS = count()


@pytest.fixture(autouse=True)
def no_key_of_mine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests sign with no key of whoever runs them, nor with one that another test made."""
    monkeypatch.delenv("ASSAY_LEDGER_KEY", raising=False)
    monkeypatch.setenv("ASSAY_LEDGER_KEY_FILE", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / f"config{next(_TURNS)}"))


CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium; `make test-browser` installs what drives it."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: make test-browser")
    named = os.environ.get("ASSAY_CHROMIUM", "")
    program = named or next((found for one in CHROMIUMS if (found := shutil.which(one))), None)
    if program is None:
        pytest.skip("needs Chromium: install it, or name its program in ASSAY_CHROMIUM")
    with sync_api.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=["--disable-dev-shm-usage"])
        yield opened
        opened.close()


@pytest.fixture
def violations() -> Callable[[Any], list[tuple[str, list[str]]]]:
    """What axe finds wrong with a page whose details are all open: its rules, each with up to three places."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("needs axe-playwright-python: make test-browser")
    axe = Path(found.origin).with_name("axe.min.js")

    def told(page: Any) -> list[tuple[str, list[str]]]:
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.add_script_tag(path=axe)
        said = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((said) => said.violations)")
        return [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in said]

    return told
