"""`assay watch token`: lets an exporter or a person in."""

from __future__ import annotations

from pathlib import Path

import click

from assay.interfaces.watch_serve import _uvicorn


@click.command(epilog="Example:  assay watch token ana --role reviewer")
@click.argument("name", metavar="NAME")
@click.option("--role", type=click.Choice(["exporter", "viewer", "reviewer", "owner"]), default="exporter",
              show_default=True, help="What it may do; each may also do what those before it may.")  # fmt: skip
@click.option("--dir", "folder", metavar="DIR", type=click.Path(path_type=Path), default="watch", show_default=True,
              help="State folder.")  # fmt: skip
def token(name: str, role: str, folder: Path) -> int:
    """Make a token and print it, once: only its digest is kept, in DIR/tokens. A running server knows it at once."""
    _uvicorn()
    from assay.web.tokens import ROLES, add_token

    click.echo(add_token(folder, name, next(one for one in ROLES if one == role)))
    return 0
