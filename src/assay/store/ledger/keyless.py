"""Statements signed by an identity in place of a key: Sigstore bundles. The one door to the package `sigstore`.

A bundle (version 0.3) holds a DSSE envelope, a certificate that names who signed, and the entry of a public log with
its proof of inclusion. Reading one needs no network when the keys of the instance are at hand.
"""

from __future__ import annotations

import datetime
import json
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from pydantic import ValidationError

from assay.domain.errors import DataError, MissingExtra, RunFailed

if TYPE_CHECKING:
    from sigstore.models import Bundle, ClientTrustConfig, TrustedRoot

BUNDLES = "application/vnd.dev.sigstore.bundle"
"""How the media type of a Sigstore bundle begins, whatever its version."""
_CONFIGURATION = "application/vnd.dev.sigstore.clienttrustconfig"
MALFORMED = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, RecursionError, struct.error,
    x509.ExtensionNotFound, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType,
    UnsupportedAlgorithm,
)  # fmt: skip
"""What reading foreign certificates and JSON may raise beside the package's own errors."""


class Unproved(DataError):
    """A bundle does not prove that the identity signed the statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose signature counts, and by whose keys that is judged."""

    identity: str
    """E-mail address or URI that the certificate must name, to the letter."""
    issuer: str
    """URL of the service that vouched for it."""
    root: Path | None = None
    """Keys of another instance than Sigstore's public one: a trusted root or a client trust configuration."""
    offline: bool = False
    """Whether the public instance's keys are those at hand, which nothing refreshes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What a bundle proves."""

    kind: str
    """Type of the payload."""
    payload: bytes
    """The statement, to the byte."""
    entry: int
    """Its number in the log."""
    when: datetime.datetime | None
    """When it was entered there or stamped; None where several stamps leave it open."""


def is_bundle(read: object) -> bool:
    """Whether JSON says that it is a Sigstore bundle."""
    return isinstance(read, Mapping) and str(read.get("mediaType", "")).startswith(BUNDLES)


def envelope_of(text: str) -> str:
    """The envelope in a bundle, as JSON; nothing of it is proved.

    Raises:
        DataError: The bundle signs a file in place of a statement.
    """
    held = json.loads(text).get("dsseEnvelope")
    if not isinstance(held, Mapping):
        raise DataError(
            "a Sigstore bundle without a statement: it signs a file, which `sigstore verify identity` checks. "
            "Expected one that `assay report --format sigstore` wrote"
        )
    return json.dumps(held)


def proved(text: str, whose: Whose) -> Proved:
    """The statement of a bundle, when the identity signed it and the log took it in.

    Args:
        text: The bundle as JSON.
        whose: The identity, its issuer, and the keys to judge by.

    Raises:
        Unproved: Signature, certificate, identity, issuer, log entry or its proof do not hold.
        DataError: The keys cannot be read.
        RunFailed: The keys cannot be fetched.
        MissingExtra: The package `sigstore` is not installed.
    """
    installed()
    return checked(text, _root(whose), _Policy(whose))


def installed() -> None:
    """That the package is there.

    Raises:
        MissingExtra: It is not.
    """
    try:
        import sigstore.verify  # noqa: F401
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "assay":
            raise
        raise MissingExtra(
            f"a Sigstore bundle needs {(error.name or 'sigstore').partition('.')[0]}, which is not installed. "
            "Install with: pip install 'assay-llm[sigstore]'"
        ) from error


# Checking


def checked(text: str, root: TrustedRoot, policy: Any) -> Proved:
    """The statement of a bundle that holds by the keys of an instance and by a policy.

    Raises:
        Unproved: It does not hold.
    """
    from sigstore.errors import CertValidationError, Error
    from sigstore.models import Bundle
    from sigstore.verify import Verifier

    try:
        bundle = Bundle.from_json(text)
        kind, payload = Verifier(trusted_root=root).verify_dsse(bundle, policy)
        entry, when = _entered(bundle)
    except CertValidationError as error:
        why = f"its certificate is not of the instance to trust, or was not valid at the log's time: {plain(error)}"
        raise Unproved(f"the Sigstore bundle does not hold: {why}") from error
    except (Error, *MALFORMED) as error:
        raise Unproved(f"the Sigstore bundle does not hold: {_where(error) or plain(error)}") from error
    return Proved(kind=kind, payload=payload, entry=entry, when=when)


def _where(error: BaseException) -> str:
    """Which part of a bundle has not its form; empty when that is not what is wrong."""
    if not isinstance(error.__context__, ValidationError):
        return ""
    first = error.__context__.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _entered(bundle: Bundle) -> tuple[int, datetime.datetime | None]:
    """Number and time of a proved log entry; a time counts only with the log's promise, or when it is the one stamp."""
    (entry,) = json.loads(bundle.to_json())["verificationMaterial"]["tlogEntries"]
    stamps = bundle.verification_material.timestamp_verification_data
    if entry.get("inclusionPromise") and entry.get("integratedTime"):
        when = datetime.datetime.fromtimestamp(int(entry["integratedTime"]), datetime.UTC)
    elif stamps is not None and len(stamps.rfc3161_timestamps) == 1:
        when = stamps.rfc3161_timestamps[0].tst_info.gen_time
    else:
        return int(entry["logIndex"]), None
    return int(entry["logIndex"]), when


class _Policy:
    """The certificate names this identity, vouched for by this issuer; sigstore's own policies decide."""

    def __init__(self, whose: Whose) -> None:
        self.whose = whose

    def verify(self, cert: x509.Certificate) -> None:
        """Refuses any other certificate."""
        from sigstore.errors import VerificationError
        from sigstore.verify.policy import Identity, OIDCIssuer, OIDCIssuerV2

        newer = any(one.oid == OIDCIssuerV2.oid for one in cert.extensions)
        issuer = OIDCIssuerV2(self.whose.issuer) if newer else OIDCIssuer(self.whose.issuer)
        for what, policy in (("identity", Identity(identity=self.whose.identity)), ("issuer", issuer)):
            try:
                policy.verify(cert)
            except VerificationError as error:
                raise VerificationError(f"another {what} than the one to trust: {error}") from error


# Keys


def _root(whose: Whose) -> TrustedRoot:
    from sigstore.models import TrustedRoot

    if whose.root is None or _media_type(whose.root).startswith(_CONFIGURATION):
        return configuration(whose.root, offline=whose.offline).trusted_root
    with _readable(whose.root):
        return TrustedRoot.from_file(str(whose.root))


def configuration(path: Path | None, *, offline: bool) -> ClientTrustConfig:
    """Keys and addresses of an instance; of Sigstore's public one when no file is given.

    Raises:
        DataError: The file cannot be read.
        RunFailed: They cannot be fetched.
    """
    from sigstore.errors import Error
    from sigstore.models import ClientTrustConfig

    if path is not None:
        with _readable(path):
            return ClientTrustConfig.from_json(path.read_text(encoding="utf-8"))
    try:
        return ClientTrustConfig.production(offline=offline)
    except (Error, OSError, ValueError) as error:
        raise RunFailed(
            f"Sigstore's keys cannot be had: {plain(error)}. Give those at hand with --offline (verify only), "
            "or those of another instance with --trust FILE"
        ) from error


def _media_type(path: Path) -> str:
    with _readable(path):
        return str(json.loads(path.read_bytes())["mediaType"])


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    from sigstore.errors import Error

    try:
        yield
    except (OSError, Error, *MALFORMED) as error:
        raise DataError(
            f"{path}: cannot be read: {plain(error)}. Expected the keys of a Sigstore instance: a client trust "
            "configuration (version 0.1), or to check a signature a trusted root (version 0.1)"
        ) from error


def plain(error: BaseException, secret: str = "") -> str:
    """What an error says, on one line, without a secret that a server may have echoed."""
    said = str(error).replace(secret, "[redacted]") if secret else str(error)
    return " ".join(said.split())[:300] or type(error).__name__
