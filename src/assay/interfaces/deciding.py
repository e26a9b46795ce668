"""`assay gate` and `assay report`: from a run's records, without a call."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from assay.domain.errors import ConfigurationError
from assay.interfaces.exporting import BINARY, FROM_FOLDER, export
from assay.interfaces.runs import FORMATS, decided, exit_code, rendered, say, write_whole
from assay.store.policies import read_policy

SIGNED = "sigstore"
"""The form that a service signs; the only one that is not made here alone."""


@click.command(epilog="Example:  assay gate runs/v4 --policy strict.yaml")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--policy", "policy_name", metavar="P", help="Another policy, by name or file; marked exploratory.")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
def gate(run: Path, policy_name: str | None, form: str) -> int:
    """Decide again from the stored records of RUN. The exit code is the decision."""
    policy = read_policy(policy_name, Path.cwd()) if policy_name else None
    audits = decided(run, policy)
    say(audits, form, run=str(run))
    return exit_code(audits)


@click.command(epilog="Example:  assay report runs/v4 --format markdown -o comment.md")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice((*FORMATS, SIGNED)), default="text", show_default=True)
@click.option("-o", "target", metavar="FILE", type=click.Path(path_type=Path), help="Write here; - is standard output.")
@click.option("--identity-token-env", "token_env", metavar="NAME", help="sigstore: variable with the OIDC token.")
@click.option(
    "--trust", metavar="FILE", type=click.Path(path_type=Path), help="sigstore: another instance than the public one."
)
def report(run: Path, form: str, target: Path | None, token_env: str | None, trust: Path | None) -> int:
    """Write the report of RUN. Always exits with 0 when it could be written; `gate` exits with the decision.

    Only `--format sigstore` asks a service: it has the verdict signed by an identity, and entered in a public log.
    """
    if form != SIGNED and (token_env or trust):
        raise ConfigurationError(f"--identity-token-env and --trust are for --format {SIGNED}")
    audits = decided(run)
    if form == SIGNED:
        from assay.interfaces.signing import signed_bundles

        write_whole(target or Path("-"), signed_bundles(run, audits, token_env, trust))
    elif form in FROM_FOLDER:
        shown = target is None or (str(target) == "-" and sys.stdout.isatty())
        if shown and form in BINARY:
            raise ConfigurationError(f"a {form} is no text: name a file with -o")
        export(run, audits, form, target or Path("-"))
    elif target is None or str(target) == "-":
        say(audits, form, run=str(run))
    else:
        write_whole(target, rendered(audits, form, run=str(run)))
    return 0
