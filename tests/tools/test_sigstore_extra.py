"""The extra `sigstore`: the program that it installs takes the options that docs/ledger.md names."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "ledger.md"


def commands() -> list[list[str]]:
    return [line.split() for line in re.findall(r"^    (sigstore .*)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)]


def test_the_page_names_signing_and_verifying() -> None:
    assert [words[1] for words in commands()] == ["sign", "verify"]


@pytest.mark.skipif(importlib.util.find_spec("sigstore") is None, reason="the extra sigstore is not installed")
@pytest.mark.parametrize("words", commands(), ids=lambda words: words[1])
def test_the_program_takes_these_options(words: list[str]) -> None:
    verbs = [word for word in words[1:] if re.fullmatch("[a-z]+", word)]
    told = subprocess.run(
        [sys.executable, "-m", "sigstore", *verbs, "--help"], capture_output=True, text=True, check=True
    )
    assert all(word in told.stdout for word in words if word.startswith("--"))
