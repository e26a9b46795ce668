"""A run's verdict signed by an identity, through Sigstore: made anew from the records, checked, then signed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from assay.domain.audit import Audit
from assay.domain.errors import DataError, MissingSecret, RunFailed
from assay.interfaces.exporting import secrets
from assay.interfaces.recording import decisions, stated
from assay.interfaces.runs import made_scorer
from assay.interfaces.verifying import Checked, examined
from assay.report.machine import verdict_json
from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.canonical import canonical
from assay.store.ledger.dsse import IN_TOTO
from assay.store.ledger.keyless import installed
from assay.store.ledger.keyless_signing import keyless
from assay.store.ledger.records import of
from assay.store.runs import RunFile
from assay.subjects.redaction import Redaction


def signed_bundles(folder: Path, audits: Sequence[Audit], token_env: str | None, trust: Path | None) -> str:
    """The verdicts of a run as Sigstore bundles, one for each candidate on a line of its own.

    Args:
        folder: Run folder with its ledger.
        audits: The run, decided today.
        token_env: Environment variable with the OIDC token; that of the CI job is taken where none is named.
        trust: Client trust configuration of another instance than Sigstore's public one.

    Raises:
        MissingExtra: The package `sigstore` is not installed.
        MissingSecret: There is no identity.
        DataError: The run has no ledger, or cannot be signed.
        RunFailed: Records and ledger differ, or a service failed.
    """
    installed()
    token = _token(token_env)
    statements = list(_statements(folder, audits))
    for payload in statements:
        _sound(payload, folder, audits, token)
    signed = keyless(statements, token=token, config=trust)
    click.echo(
        f"signed by {signed.identity}; check with --identity {signed.identity} --issuer {signed.issuer}", err=True
    )
    return "".join(one + "\n" for one in signed.bundles)


def _token(name: str | None) -> str | None:
    if name is None:
        return None
    if not os.environ.get(name):
        raise MissingSecret(f"--identity-token-env {name}: this environment variable is not set, or empty")
    return os.environ[name].strip()


def _statements(folder: Path, audits: Sequence[Audit]) -> Iterator[bytes]:
    if not (folder / NAME).is_file():
        raise DataError(f"{folder}: no {NAME} here, so there is nothing that a signature could vouch for")
    run = RunFile(folder, write=False)
    try:
        plan = run.plan(made_scorer)
        if plan.null:
            raise DataError(f"{folder}: a null run says nothing of a candidate that could be released; not signed")
        with Ledger(folder) as ledger:
            ended = of(ledger, "ended", run.id)
            if not ended:
                raise DataError(f"{folder}: the ledger knows of no end; run `assay audit` again, then sign")
            size, note = max(ledger.checkpoints(), default=(0, ""))
            note = note if size == ledger.size else ""
            verdicts = [verdict_json([one]) for one in audits]
            for verdict in verdicts:
                made = stated(ledger, run, verdict, note=note, digests=plan.digests, candidates=decisions(verdicts))
                yield canonical(made)
    finally:
        run.close()


def _sound(payload: bytes, folder: Path, audits: Sequence[Audit], token: str | None) -> None:
    """That a statement holds against ledger and records, and holds no secret: once signed, it is in a public log."""
    found = Checked(keyless=True)
    examined(found, IN_TOTO, payload, None, folder)
    if found.bad:
        raise RunFailed(f"{folder}: not signed, for it would not verify: {'; '.join(found.bad[:3])}")
    if Redaction([*secrets(audits), *([token] if token else [])]).body(payload) != payload:
        raise DataError(f"{folder}: the verdict holds a secret that the plan names; not signed")
