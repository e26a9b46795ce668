"""The end of the demo: every command that it names can be typed as it stands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assay.interfaces.cli import run


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment below the working folder, as `make demo` makes it, that no shell searches."""
    home = tmp_path / ".venv-demo" / "bin"
    home.mkdir(parents=True)
    (home / "assay").write_text("#!/bin/sh\n")
    (home / "assay").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(home / "python"))
    monkeypatch.setenv("PATH", "/nowhere")
    return home


def test_the_demo_names_its_own_run_and_where_assay_is(
    installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", "--recorded", "-o", "demo-run"]) == 0
    said = capsys.readouterr().out
    assert "  all of them: assay show demo-run --failing\n" in said
    assert "category rows more: assay report demo-run --format html\n" in said
    assert " RUN " not in said
    path = 'Path  assay is .venv-demo/bin/assay; to call it by its name:  PATH="$PWD/.venv-demo/bin:$PATH"\n'
    assert said.endswith(path) and said.count(".venv-demo") == 2
    monkeypatch.setenv("PATH", str(installed))
    assert run(["demo", "--recorded", "-o", "demo-run"]) == 0
    assert "Path  " not in capsys.readouterr().out
    monkeypatch.chdir(installed)
    monkeypatch.setenv("PATH", "/nowhere")
    assert run(["gate", "../../demo-run"]) == 1
    assert "all of them: assay show ../../demo-run --failing" in capsys.readouterr().out
