"""Audits killed at random moments: the ledger stays sound, nothing is told twice, the decision is the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "benchmarks" / "kill_ledger.py"


def test_a_few_kills() -> None:
    """The script prints the same for fifty (docs/benchmarks.md)."""
    command = [sys.executable, str(BENCH), "--kills", "3", "--samples", "150", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "told twice, other decisions: 0" in done.stdout
