"""Whose signature counts when an identity signed in place of a key: the options, and which files they are for."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from assay.domain.errors import ConfigurationError
from assay.store.ledger.keyless import Whose, is_bundle

KEYLESS = "verdict.sigstore.json"
"""The verdict's file when an identity signed it; one Sigstore bundle per line, one line per candidate."""
_OPTIONS = (
    click.option("--identity", metavar="WHO", help="E-mail address or URI that must have signed a Sigstore bundle."),
    click.option("--issuer", metavar="URL", help="Who must have vouched for that identity."),
    click.option(
        "--trust", metavar="FILE", type=click.Path(path_type=Path), help="Keys of another instance than the public one."
    ),
    click.option("--offline", is_flag=True, help="Use Sigstore's public keys that are at hand; fetch none."),
)


def identity_options(command: Callable[..., int]) -> Callable[..., int]:
    """Gives a command the four options; it gets them as one: `whose`, None when none was given."""

    @functools.wraps(command)
    def taking(*, identity: str | None, issuer: str | None, trust: Path | None, offline: bool, **others: Any) -> int:
        return command(whose=_whose(identity, issuer, trust, offline), **others)

    for option in reversed(_OPTIONS):
        taking = option(taking)
    return taking


def _whose(identity: str | None, issuer: str | None, trust: Path | None, offline: bool) -> Whose | None:
    if identity and issuer:
        return Whose(identity=identity, issuer=issuer, root=trust, offline=offline)
    given = {"--identity": identity, "--issuer": issuer, "--trust": trust, "--offline": offline or None}
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise ConfigurationError(
            f"{', '.join(named)}: --identity and --issuer are both needed to check a Sigstore bundle. "
            "Anybody can sign one; a signature says something only when it is known whose it must be"
        )
    return None


def of_an_identity(line: str, whose: Whose | None) -> bool:
    """Whether a line is a Sigstore bundle, and not an envelope that a key signed.

    Raises:
        ConfigurationError: The options are for the other one.
    """
    try:
        bundle = is_bundle(json.loads(line))
    except (ValueError, RecursionError):
        bundle = False
    if bundle and whose is None:
        raise ConfigurationError(
            "signed by an identity (a Sigstore bundle): say whose signature counts, "
            "with --identity EMAIL_OR_URI --issuer URL"
        )
    if whose is not None and not bundle:
        raise ConfigurationError(
            "no Sigstore bundle, so no identity signed it; --identity and --issuer cannot be checked. "
            "What a key signed (verdict.dsse.json) is checked with --key"
        )
    return bundle
