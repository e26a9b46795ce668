"""`assay scorers`, `assay schema`, `assay doctor`: what there is."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

import click

from assay import __version__
from assay.registry import load, page, scorer_names
from assay.store.behaviours import BehaviourFile
from assay.store.canary_policy import CanaryFile
from assay.store.planfile import PlanFile, PolicyFile
from assay.store.schemas import OUTPUT_SCHEMA, SAMPLE_SCHEMA, VERDICT_SCHEMA
from assay.store.step_policies import StepPolicyFile
from assay.store.watch_plans import WatchFile

_EXTRAS = {
    "local": ("torch", "transformers", "peft", "safetensors"),
    "gguf": ("xllamacpp", "gguf"),
    "parquet": ("pyarrow",),
    "data": ("pyarrow", "zstandard"),
    "inspect": ("zstandard",),
}


@click.command(epilog="Example:  assay scorers refusal")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def scorers(name: str | None, form: str) -> int:
    """What can judge an answer; with NAME its page: looks for, why, misses, settings."""
    if name is not None:
        click.echo(page(name), nl=False)
        return 0
    lines = {key: _first_line(load("scorer", key, "scorers")) for key in scorer_names()}
    if form == "json":
        click.echo(json.dumps([{"name": key, "gives": line} for key, line in lines.items()]))
        return 0
    width = max(len(key) for key in lines)
    for key, line in lines.items():
        click.echo(f"{key:<{width}}  {line}")
    click.echo("\nA page each:  assay scorers NAME")
    return 0


def _first_line(made: Any) -> str:
    return (made.__doc__ or "").strip().splitlines()[0]


@click.command(epilog="Example:  assay schema plan > audit.schema.json")
@click.argument(
    "what", type=click.Choice(["plan", "policy", "contract", "steps", "canary", "watch", "sample", "output", "verdict"])
)
def schema(what: str) -> int:
    """JSON Schema of a file, for editors and validators."""
    schemas: dict[str, Any] = {"sample": SAMPLE_SCHEMA, "output": OUTPUT_SCHEMA, "verdict": VERDICT_SCHEMA}
    if what == "plan":
        schemas["plan"] = PlanFile.model_json_schema()
    if what == "policy":
        schemas["policy"] = PolicyFile.model_json_schema()
    if what == "steps":
        schemas["steps"] = StepPolicyFile.model_json_schema()
    if what == "canary":
        schemas["canary"] = CanaryFile.model_json_schema()
    if what == "contract":
        schemas["contract"] = BehaviourFile.model_json_schema()
    if what == "watch":
        schemas["watch"] = WatchFile.model_json_schema()
    shown = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schemas[what]}
    click.echo(json.dumps(shown, indent=2))
    return 0


@click.command(epilog="Example:  assay doctor --key SUPPORT_KEY")
@click.option("--key", "keys", multiple=True, metavar="NAME", help="An environment variable that a plan names.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def doctor(keys: tuple[str, ...], form: str) -> int:
    """What is installed, which keys are set (never their values), whether runs can be written here."""
    known = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", *keys)
    found: dict[str, Any] = {
        "assay": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "core": {name: _version(name) for name in ("numpy", "scipy", "aiohttp", "pydantic", "msgspec")},
        "extras": {extra: {name: _version(name) for name in names} for extra, names in _EXTRAS.items()},
        "keys": {name: name in os.environ for name in known},
        "writable": _writable(Path.cwd()),
    }
    if form == "json":
        click.echo(json.dumps(found))
    else:
        click.echo(_doctor_text(found))
    return 0 if found["writable"] and all(os.environ.get(name) for name in keys) else 2


def _doctor_text(found: dict[str, Any]) -> str:
    core = ", ".join(f"{name} {version or 'missing'}" for name, version in found["core"].items())
    lines = [f"assay {found['assay']}, Python {found['python']}, {found['platform']}", f"core      {core}"]
    for extra, packages in found["extras"].items():
        there = all(packages.values())
        shown = ", ".join(f"{name} {version}" if version else f"{name} missing" for name, version in packages.items())
        hint = "" if there else f"   pip install 'assay-llm[{extra}]'"
        lines.append(f"[{extra}]".ljust(10) + shown + hint)
    lines.append(
        "keys      " + ", ".join(f"{name} {'set' if there else 'not set'}" for name, there in found["keys"].items())
    )
    lines.append(f"this folder can{'' if found['writable'] else 'not'} be written")
    return "\n".join(lines)


def _version(name: str) -> str | None:
    if importlib.util.find_spec(name) is None:
        return None
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "present"


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
