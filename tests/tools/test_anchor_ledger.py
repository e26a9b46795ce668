"""A checkpoint in a git tag: kept, checked, and what it shows when the ledger is rewritten."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.keys import read_key

SCRIPT = Path(__file__).parents[2] / "tools" / "anchor_ledger.sh"
Run = Any


@pytest.fixture
def repository(signed_run: Run) -> Path:
    home = Path(signed_run.home)
    for words in (["init", "-q"], ["config", "user.name", "t"], ["config", "user.email", "t@example.org"]):
        subprocess.run(["git", *words], cwd=home, check=True)
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "begin"], cwd=home, check=True)
    return home


def anchor(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ASSAY": f"{sys.executable} -m assay", "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        ["sh", str(SCRIPT), *words], cwd=home, env=environment, capture_output=True, text=True, timeout=60
    )


def test_kept_and_checked(repository: Path, signed_run: Run) -> None:
    done = anchor(repository, "keep", "run", "audit-1")
    assert done.returncode == 0, done.stderr
    assert "10 entries" in done.stdout
    message = subprocess.run(
        ["git", "tag", "-l", "--format=%(contents)", "audit-1"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "\u2014 example.org/releases " in message.stdout
    assert anchor(repository, "check", "run", "audit-1", signed_run.key).returncode == 0
    with Ledger(signed_run.run, write=True) as opened:
        opened.append("reviewed", {"n": 1})
        opened.checkpoint(read_key(repository / "own.key"))
    assert anchor(repository, "check", "run", "audit-1", signed_run.key).returncode == 0


def test_a_ledger_written_anew_by_the_holder_of_the_key(repository: Path, signed_run: Run) -> None:
    """Nothing in the ledger itself tells; the tag does."""
    assert anchor(repository, "keep", "run", "audit-1").returncode == 0
    with Ledger(signed_run.run) as opened:
        origin = opened.origin
    (signed_run.run / NAME).unlink()
    with Ledger(signed_run.run, write=True, origin=origin) as made:
        made.extend([("registered", {"run": "x"})] * 9)
        made.checkpoint(read_key(repository / "own.key"))
    done = anchor(repository, "check", "run", "audit-1", signed_run.key)
    assert done.returncode == 1
    assert "the checkpoint that was kept elsewhere has another root" in done.stdout


def test_wrong_use(repository: Path, signed_run: Run) -> None:
    assert anchor(repository, "keep", "run").returncode == 2
    assert anchor(repository, "lose", "run", "x").returncode == 2
    subprocess.run(["git", "tag", "light"], cwd=repository, check=True)
    done = anchor(repository, "check", "run", "light", signed_run.key)
    assert (done.returncode, "not an annotated tag" in done.stderr) == (2, True)
    assert anchor(repository, "keep", "nowhere", "other").returncode == 2
    assert (
        "other" not in subprocess.run(["git", "tag"], cwd=repository, capture_output=True, text=True, check=True).stdout
    )
