"""The documentation says what is there: every part has its place, every link resolves, no path is a machine's own."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import click
import pytest
from pydantic import BaseModel

from assay.checks.catalogue import CHECKS, Held
from assay.domain import errors
from assay.interfaces.cli import COMMANDS, assay
from assay.registry import SCORERS, SUBJECTS
from assay.store.planfile import (
    AdapterFile,
    CallableFile,
    DataFile,
    EndpointFile,
    GateFile,
    GenerationFile,
    LimitsFile,
    LocalFile,
    PlanFile,
    PolicyFile,
    ProfileFile,
    PublicFile,
    RecordedFile,
    RiskFile,
    RuleFile,
    SuiteFile,
)

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PLAN_SECTIONS: dict[type[BaseModel], tuple[str, ...]] = {
    PlanFile: ("Top level",),
    EndpointFile: ("endpoint", "Subjects"),
    LocalFile: ("local", "Subjects"),
    AdapterFile: ("adapter", "Subjects"),
    RecordedFile: ("recorded",),
    CallableFile: ("callable", "Subjects"),
    GenerationFile: ("generation",),
    SuiteFile: ("suites",),
    PublicFile: ("public files",),
    DataFile: ("data",),
    GateFile: ("gate",),
    RuleFile: ("rules",),
    RiskFile: ("risk",),
    LimitsFile: ("limits",),
    PolicyFile: ("policies",),
    ProfileFile: ("profiles",),
}


@cache
def tracked() -> tuple[Path, ...]:
    """Files of the repository; of a copy without git, all that is no environment or build."""
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode == 0 and found.stdout:
        return tuple(path for name in found.stdout.split("\0") if name and (path := ROOT / name).is_file())
    return tuple(
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and not any(part.startswith(".") or part == "build" for part in path.relative_to(ROOT).parts)
    )


def pages() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def sections(page: Path) -> dict[str, str]:
    """Text of each section by its heading; a section ends at the next heading of any level."""
    parts = re.split(r"^#+ +(.+)$", prose(page), flags=re.MULTILINE)
    return {heading.strip(): text for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def first_column(text: str) -> set[str]:
    """All that stands in backquotes in the first column of a section's tables."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}


def anchor(heading: str) -> str:
    """The address that code hosts give a heading."""
    kept = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower())
    return kept.strip().replace(" ", "-")


# What must have its place


def test_every_scorer_has_its_page_and_its_line_in_the_table() -> None:
    assert {path.stem for path in (DOCS / "scorers").glob("*.md")} == set(SCORERS)
    index = (DOCS / "scorers.md").read_text(encoding="utf-8")
    assert not [name for name in SCORERS if f"[{name}](scorers/{name}.md)" not in index]


def test_every_check_of_data_and_every_finding_is_told() -> None:
    page = (DOCS / "data.md").read_text(encoding="utf-8")
    assert set(CHECKS) <= set(sections(DOCS / "data.md"))
    assert not [name for name in CHECKS if f"[{name}](#{name})" not in page]
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "assay" / "checks").glob("*.py"))
    assert not {code for code in re.findall(r'code="([a-z_]+\.[a-z_.]+)"', written) if f"`{code}`" not in page}


def test_the_page_tells_what_each_check_keeps_of_rows() -> None:
    told = (DOCS / "data.md").read_text(encoding="utf-8")
    told = told[told.index("| keeps | checks |") :].partition("\n\n")[0]
    lines = [set(re.findall(r"`(\w+)`", line)) for line in told.splitlines()[2:]]
    assert lines == [{name for name, one in CHECKS.items() if one.held == kind} for kind in get_args(Held)]


def test_every_extra_is_told_in_the_readme_with_how_to_install_it_from_a_clone() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    told = told[told.index("Install from the clone") : told.index("Then write a plan")]
    assert "pip install '.[data,serve]'" in told
    assert {one for one in extras if f"`{one}` " not in told} == set()


def test_every_kind_of_subject_has_its_section() -> None:
    assert set(SUBJECTS) <= set(sections(DOCS / "plan.md"))


def test_every_error_is_told_in_the_tree_and_on_the_page() -> None:
    page = (DOCS / "verdict.md").read_text(encoding="utf-8")
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.AssayError):
            assert name in (errors.__doc__ or ""), f"{name} is missing in the tree"
            assert f"`{name}`" in page, f"{name} is missing on the page"


@pytest.mark.parametrize("model", PLAN_SECTIONS, ids=lambda model: str(model.__name__))
def test_every_key_of_plan_and_policy_is_told_and_no_other(model: type[BaseModel]) -> None:
    found = sections(DOCS / "plan.md")
    own, *shared = PLAN_SECTIONS[model]
    told = first_column(found[own])
    assert told <= set(model.model_fields), "keys that do not exist"
    assert set(model.model_fields) <= told.union(*(first_column(found[name]) for name in shared)), "keys without a line"


def test_no_part_of_the_plan_was_forgotten_here() -> None:
    def reachable(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
        yield model
        for field in model.model_fields.values():
            for inner in _models(field.annotation):
                yield from reachable(inner)

    found = {*reachable(PlanFile), *reachable(PolicyFile)}
    assert {model.__name__ for model in found} - {"PriceFile"} == {model.__name__ for model in PLAN_SECTIONS}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is not None or isinstance(annotation, UnionType):
        for part in get_args(annotation):
            yield from _models(part)


def test_every_statistic_and_its_golden_values_are_in_the_index() -> None:
    page = (DOCS / "statistics.md").read_text(encoding="utf-8")
    modules = {path.stem for path in (ROOT / "src" / "assay" / "statistics").glob("*.py")} - {"__init__"}
    golden = {path.name for path in (ROOT / "tests" / "golden").glob("*.json")}
    assert not {name for name in modules | golden if f"`{name}`" not in page}


def test_the_table_of_rooms_is_the_one_that_is_kept() -> None:
    source = ast.parse((ROOT / "tests" / "test_architecture.py").read_text(encoding="utf-8"))
    kept = next(node.value for node in source.body if isinstance(node, ast.Assign) and "MAY_KNOW" in ast.dump(node))
    may_know: dict[str, set[str]] = eval(ast.unparse(kept), {})  # literals and set()
    told = {
        cells[0].strip(" `").removesuffix(".py"): set(re.findall(r"`(\w+)`", cells[2]))
        for line in sections(DOCS / "architecture.md")["Rooms and arrows"].splitlines()
        if line.startswith("| `") and len(cells := line.strip("|").split("|")) == 4
    }
    for room in may_know.keys() - {"assay", "interfaces"}:
        assert told[room] == may_know[room], room


# Commands


def commands(name: str) -> Iterator[tuple[str, click.Command]]:
    """A command and, of a group, the commands in it."""
    command = assay.get_command(click.Context(assay), name)
    assert command is not None
    yield f"assay {name}", command
    if isinstance(command, click.Group):
        for inner in sorted(command.list_commands(click.Context(command))):
            found = command.get_command(click.Context(command), inner)
            assert found is not None
            yield f"assay {name} {inner}", found


def words(command: click.Command) -> set[str]:
    """Every option and argument of a command, as its help names them."""
    options = {word for p in command.params if isinstance(p, click.Option) for word in (*p.opts, *p.secondary_opts)}
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    return options | {(p.metavar or (p.name or "").upper()).strip("[]") for p in arguments}


def default(option: click.Option) -> str:
    """The default that the help shows, or nothing."""
    if not option.show_default or option.is_flag or option.required:
        return ""
    return f"{option.default:g}" if isinstance(option.default, float) else str(option.default)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_told_with_its_default_and_no_other(name: str) -> None:
    found = sections(DOCS / "commands.md")
    for full, command in commands(name):
        assert full in found, f"no section '{full}'"
        assert first_column(found[full]) == words(command), full
        rows = {line.split("|")[1]: line for line in found[full].splitlines() if line.startswith("|")}
        for option in (p for p in command.params if isinstance(p, click.Option)):
            row = next(line for first, line in rows.items() if f"`{option.opts[0]}`" in first)
            assert default(option) in row, row


def test_no_section_tells_of_a_command_that_does_not_exist() -> None:
    told = {name.split()[1] for name in sections(DOCS / "commands.md") if name.startswith("assay ")}
    assert told == set(COMMANDS)


# Links and paths


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_resolves(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, place = target.partition("#")
        goal = (page.parent / name).resolve() if name else page
        assert goal.exists(), f"{page.name}: {target} leads nowhere"
        if place and goal.suffix == ".md":
            assert place in {anchor(heading) for heading in sections(goal)}, f"{page.name}: {target}: no such heading"


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_files_named_in_the_text_exist(page: Path) -> None:
    """Paths in backquotes below the folders of the repository; what follows a colon is a name in the file."""
    for name in re.findall(r"`((?:src|tests|docs|benchmarks|examples|constraints|changes)/[\w./-]+)`", prose(page)):
        assert (ROOT / name).exists(), f"{page.name}: {name} does not exist"


def test_no_file_holds_a_path_of_some_machine() -> None:
    homes = re.compile(rb"(?<![\w.])/(?:home|root|Users|work|tmp/w)/[\w.-]+")
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content[:4096] and path != Path(__file__).resolve():
            found = homes.search(content)
            assert found is None, f"{path.relative_to(ROOT)}: {found[0].decode() if found else ''}"


def test_decisions_are_numbered_without_a_gap_and_dated() -> None:
    found = sorted((DOCS / "decisions").glob("*.md"))
    assert [path.name[:4] for path in found] == [f"{n:04d}" for n in range(1, len(found) + 1)]
    for path in found:
        text = path.read_text(encoding="utf-8")
        for part in (f"# {path.name[:4]} ", "**Question.**", "**Decision.**", "**What it costs.**", "**Look again**"):
            assert part in text, f"{path.name} lacks {part}"
        assert re.search(r"^(Accepted|Replaced by .*|Rejected), \d{4}-\d\d-\d\d\.$", text, re.MULTILINE), path.name
