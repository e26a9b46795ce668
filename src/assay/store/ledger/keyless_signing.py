"""Signing a statement with an identity in place of a key: a certificate from Sigstore, and an entry in its log.

The only part of assay that sends a verdict anywhere, and only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from assay.domain.errors import MissingSecret, RunFailed
from assay.store.ledger.keyless import MALFORMED, Unproved, checked, configuration, installed, plain

if TYPE_CHECKING:
    from sigstore.oidc import IdentityToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What signing gives."""

    bundles: Sequence[str]
    """One for each statement, as JSON on one line."""
    identity: str
    """Who signed, as the certificate names it."""
    issuer: str
    """Who vouched for it."""


def keyless(statements: Sequence[bytes], *, token: str | None, config: Path | None) -> Signed:
    """Signs statements with an identity, and enters each in the instance's log.

    Asks the instance for a certificate, and its log for an entry; what comes back is checked before it counts.

    Args:
        statements: In-toto statements.
        token: The OIDC token that names the identity; without one, that of the CI job at hand.
        config: Client trust configuration of another instance than Sigstore's public one.

    Raises:
        MissingSecret: There is no identity, or none that can be used.
        DataError: The configuration cannot be read.
        RunFailed: A service cannot be reached, or does not do its part.
        MissingExtra: The package `sigstore` is not installed.
    """
    installed()
    identity = _identity(token)
    with _services(str(identity)):
        from sigstore import dsse
        from sigstore.sign import SigningContext

        instance = configuration(config, offline=False)
        with SigningContext.from_trust_config(instance).signer(identity) as signer:
            made = [signer.sign_dsse(dsse.Statement(one)) for one in statements]
    texts = [one.to_json() for one in made]
    for text, statement in zip(texts, statements, strict=True):
        try:
            held = checked(text, instance.trusted_root, _Anyone())
        except Unproved as error:
            raise RunFailed(f"not signed: the services answered with what does not hold: {error}") from None
        if held.payload != statement:
            raise RunFailed("not signed: the services answered with another statement than was sent")
    return Signed(bundles=texts, identity=_named(made[0].signing_certificate), issuer=identity.federated_issuer)


class _Anyone:
    """For what this process signed itself a moment ago: whoever the token says."""

    def verify(self, cert: x509.Certificate) -> None:
        """Takes any certificate of the instance."""


def _named(cert: x509.Certificate) -> str:
    held = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    names = [*held.get_values_for_type(x509.RFC822Name), *held.get_values_for_type(x509.UniformResourceIdentifier)]
    return ", ".join(names)


@contextmanager
def _services(token: str) -> Iterator[None]:
    """Errors of the services, in words that say what to do."""
    from sigstore._internal.fulcio.client import ExpiredCertificate, FulcioClientError
    from sigstore._internal.rekor import RekorClientError
    from sigstore.errors import Error
    from sigstore.oidc import ExpiredIdentity

    try:
        yield
    except (ExpiredCertificate, ExpiredIdentity) as error:
        raise MissingSecret("the identity token ran out while signing; get a new one and sign again") from error
    except FulcioClientError as error:
        raise RunFailed(
            f"no certificate: {plain(error.__cause__ or error, token)}. Does the instance know the token's issuer, "
            "and is the token meant for it (audience sigstore)?"
        ) from error
    except (RekorClientError, Error) as error:
        raise RunFailed(f"not signed: {plain(error, token)}") from error
    except OSError as error:
        raise RunFailed(
            f"not signed: a service cannot be reached: {plain(error, token)}. Signing with an identity needs the "
            "network; without one, sign with a key (`assay ledger init`)"
        ) from error
    except MALFORMED as error:
        raise RunFailed(
            f"not signed: a service answered in another form than expected: {plain(error, token)}"
        ) from error


def _identity(token: str | None) -> IdentityToken:
    """The identity to sign with.

    Raises:
        MissingSecret: There is none. The message never holds the token.
    """
    from sigstore.errors import Error
    from sigstore.oidc import IdentityToken, detect_credential

    try:
        found = token or detect_credential()
        if found:
            return IdentityToken(found)
    except (Error, OSError) as error:
        raise MissingSecret(
            f"no identity to sign with: {plain(error)}. A CI job needs the right to ask for one (GitHub: permissions "
            "id-token: write); elsewhere name the variable that holds a token with --identity-token-env NAME"
        ) from None
    raise MissingSecret(
        "no identity to sign with: this is no CI job that Sigstore knows. Put an OIDC token for the audience sigstore "
        "(`sigstore get-identity-token` prints one) into a variable, and name it with --identity-token-env NAME"
    )
