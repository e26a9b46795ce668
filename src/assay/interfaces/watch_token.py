"""`assay watch token`: lets an exporter or a person in."""

from __future__ import annotations

from pathlib import Path

import click

from assay.interfaces.watch_listening import server_package

_FIRST = (
    "this is the first token of {folder}: from now on nobody comes in without one. A server with that --dir which runs "
    "already asks for it from the next request on, unless it was started with --tokens; one of another folder does not"
)
_EXPORTER = ". An exporter only sends: for the page make another one, with --role viewer or above"


@click.command(epilog="Example:  assay watch token ana --role reviewer")
@click.argument("name", metavar="NAME")
@click.option("--role", type=click.Choice(["exporter", "viewer", "reviewer", "owner"]), default="exporter",
              show_default=True, help="What it may do; each may also do what those before it may.")  # fmt: skip
@click.option("--dir", "folder", metavar="DIR", type=click.Path(path_type=Path), default="watch", show_default=True,
              help="State folder.")  # fmt: skip
def token(name: str, role: str, folder: Path) -> int:
    """Make a token and print it, once: only its digest is kept, in DIR/tokens.

    A running server knows it at once. The first one closes the door: from then on nobody comes in without a token.
    """
    server_package()
    from assay.web.tokens import ROLES, add_token, doors_of

    first = not doors_of(folder, environment={}).tokens
    click.echo(add_token(folder, name, next(one for one in ROLES if one == role)))
    if first:
        click.echo(f"assay watch: {_FIRST.format(folder=folder)}{_EXPORTER if role == 'exporter' else ''}", err=True)
    return 0
