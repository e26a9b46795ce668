"""Examples of the documentation: plans validate, marked blocks run and print what they show.

`<!-- runs -->` or `<!-- runs: exit 4 -->` stands above a block of console or python. Blocks of one
page share a folder. In a console block the lines after a command are what it must print; the
exit code is that of the last command. `NAME=value` before a command is its environment. `<!-- policy -->` stands above YAML that is a policy.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.store.documents import checked, read_document
from assay.store.planfile import PlanFile, PolicyFile

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"(?:^<!-- ([^\n]*) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REST: dict[str, Any] = {
    "assay": 1,
    "name": "the rest of an example",
    "reference": {"type": "recorded", "path": "reference.jsonl"},
    "candidate": {"type": "recorded", "path": "candidate.jsonl"},
    "suites": [{"pack": "safety"}],
}


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    mark: str
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            line = text.count("\n", 0, found.start(2)) + 1
            yield Block(page, line, found[1] or "", found[2], found[3])


ALL = list(blocks())
YAML = [block for block in ALL if block.language == "yaml"]
RUNNING = sorted({block.page for block in ALL if block.mark.startswith("runs")})


def is_plan(block: Block) -> bool:
    value = yaml.safe_load(block.text)
    return isinstance(value, dict) and set(value) <= set(PlanFile.model_fields)


@pytest.mark.parametrize("block", [b for b in YAML if b.mark != "policy" and is_plan(b)], ids=str)
def test_plans_validate(block: Block, tmp_path: Path) -> None:
    value = yaml.safe_load(block.text)
    rest = {} if "assay" in value else {key: REST[key] for key in REST if key not in value}
    (tmp_path / "plan.yaml").write_text(block.text + (yaml.safe_dump(rest) if rest else ""), encoding="utf-8")
    checked(read_document(tmp_path / "plan.yaml"), PlanFile)


@pytest.mark.parametrize("block", [b for b in YAML if b.mark == "policy"], ids=str)
def test_policies_validate(block: Block, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(block.text, encoding="utf-8")
    checked(read_document(tmp_path / "policy.yaml"), PolicyFile)


@pytest.mark.parametrize("page", ["README.md", "docs/plan.md"])
def test_every_yaml_block_of_a_page_about_plans_is_checked(page: str) -> None:
    here = [block for block in YAML if block.page == ROOT / page]
    assert here
    assert all(block.mark == "policy" or is_plan(block) for block in here)


@pytest.mark.parametrize("page", RUNNING, ids=lambda page: str(page.relative_to(ROOT)))
def test_marked_blocks_run(page: Path, tmp_path: Path) -> None:
    for block in ALL:
        if block.page == page and block.mark.startswith("runs"):
            expected = int(found[1]) if (found := re.search(r"exit (\d+)", block.mark)) else 0
            run = {"python": _python, "console": _console}[block.language]
            code, said = run(block.text, tmp_path)
            assert code == expected, f"{block}: exit {code}\n{said}"


def _python(text: str, folder: Path) -> tuple[int, str]:
    return _run([sys.executable, "-c", text], folder)


def _console(text: str, folder: Path) -> tuple[int, str]:
    """Commands begin with `$ `; each must succeed but the last, and print what stands below it."""
    code, said = 0, ""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        assert code == 0, f"a command before '{command}' ended with {code}\n{said}"
        words, environment = command.split("  #")[0].split(), {}
        while "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            environment[name] = value
        assert words[0] == "assay", f"only assay is run here, not '{command}'"
        code, said = _run([sys.executable, "-m", "assay", *words[1:]], folder, environment)
        assert shown.strip() in said, f"'{command}' printed\n{said}\nand not\n{shown}"
    return code, said


def _run(command: list[str], folder: Path, more: Mapping[str, str] | None = None) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "100", **(more or {})}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr
