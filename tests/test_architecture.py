"""Who may know whom: imports point down (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "assay"
MAY_KNOW = {
    "domain": set(),
    "statistics": {"domain"},
    "gate": {"domain", "statistics"},
    "scorers": {"domain"},
    "checks": {"domain", "statistics", "scorers"},
    "subjects": {"domain"},
    "store": {"domain"},
    "report": {"domain"},
    "engine": {"domain", "statistics", "gate"},
    "registry": {"domain", "scorers", "subjects"},
    "casting": {"domain", "registry", "store", "subjects"},
    "traces": {"domain", "store"},
    "watch": {"domain", "statistics", "engine", "scorers", "registry"},
    "web": {"domain", "report", "traces", "watch"},
    "evals": {"domain", "engine", "registry", "store"},
    "testing": {"domain", "engine", "scorers", "subjects", "registry"},
    "interfaces": {
        "casting",
        "checks",
        "domain",
        "engine",
        "gate",
        "registry",
        "report",
        "statistics",
        "store",
        "subjects",
        "testing",
        "traces",
        "watch",
        "web",
        "assay",
    },
    "assay": {"domain", "engine", "gate", "store", "interfaces"},
}
OUTSIDE = {
    "domain": set(),
    "statistics": {"numpy", "scipy"},
    "gate": {"numpy", "scipy"},
    "checks": {"numpy", "scipy", "jsonschema", "referencing", "re2"},
}
EXTRAS = {"torch", "transformers", "peft", "safetensors", "xllamacpp", "gguf"}
STANDARD = set(__import__("sys").stdlib_module_names)


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        room = parts[0] if len(parts) > 1 or parts[0] in {"registry", "casting", "evals"} else "assay"
        yield room, path


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.lineno, node.module


@pytest.mark.parametrize(("room", "path"), list(modules()), ids=lambda value: str(getattr(value, "name", value)))
def test_imports_point_down(room: str, path: Path) -> None:
    for line, name in imports(path):
        top, _, rest = name.partition(".")
        if top == "assay":
            target = rest.partition(".")[0] or "assay"
            known = {room, *MAY_KNOW[room]}
            assert target in known or target == "__version__", f"{path.name}:{line}: {room} may not know {name}"
        elif room in OUTSIDE:
            assert top in STANDARD | OUTSIDE[room], f"{path.name}:{line}: {room} may not know {top}"
        assert name != "scipy.stats" and not name.startswith("scipy.stats."), f"{path.name}:{line}: slow to import"


def test_extras_are_imported_behind_one_door() -> None:
    """Packages of extras are imported in subjects, or inside a function of testing; nowhere else."""
    for room, path in modules():
        for line, name in imports(path):
            if name.partition(".")[0] in EXTRAS:
                assert room in {"subjects", "testing", "interfaces"}, f"{path.name}:{line}: {room} imports {name}"


def test_sigstore_has_one_door() -> None:
    doors = {path.name for _, path in modules() for _, name in imports(path) if name.partition(".")[0] == "sigstore"}
    assert doors == {"keyless.py", "keyless_signing.py"}


def test_rooms_are_flat() -> None:
    folders = [path for path in ROOT.rglob("*") if path.is_dir() and any(path.glob("*.py"))]
    deep = {path.relative_to(ROOT).as_posix() for path in folders if path.parent != ROOT and path != ROOT}
    assert deep == {"store/ledger"}, deep  # a log of its own form, with one door: book.py


def test_no_import_cycle() -> None:
    """No circle of modules that import each other when they load."""
    graph: dict[str, set[str]] = {}
    for _, path in modules():
        name = ".".join(("assay", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        graph[name] = {
            node.module
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("assay")
        }  # type: ignore[misc]
    seen: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if seen.get(name) == 2 or name not in graph:
            return
        assert seen.get(name) != 1, f"circle: {' -> '.join((*trail, name))}"
        seen[name] = 1
        for other in graph[name] - {"assay"}:
            visit(other, (*trail, name))
        seen[name] = 2

    for name in graph:
        visit(name, ())
