"""A Sigstore instance of one's own: certificate authority, certificate log and transparency log.

Real clients verify against it without a network, and sign where `sigstore_server.py` serves it. Its keys live as long
as the object; nothing it signs means anything to others.

Source: sigstore/fulcio docs/certificate-specification.md and oid-info.md, RFC 6962 sections 3.2-3.3, sigstore/rekor.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = datetime.timedelta(days=1)
_LIVES = datetime.timedelta(minutes=10)
"""How long a signing certificate lives, as Fulcio's."""
_SCTS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_ISSUER, _ISSUER_V2 = (x509.ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}") for number in (1, 8))
Key = ec.EllipticCurvePrivateKey


def _key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def _public(key: Key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _signed(key: Key, content: bytes) -> bytes:
    return key.sign(content, ec.ECDSA(hashes.SHA256()))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def canonical(held: object) -> bytes:
    """JSON as the log signs it."""
    return json.dumps(held, sort_keys=True, separators=(",", ":")).encode()


class LittleSigstore:
    """One instance. `log` holds the bodies of its transparency log, `asked` the paths that were called."""

    def __init__(self) -> None:
        self.root_key, self.middle_key, self.ct_key, self.rekor_key = _key(), _key(), _key(), _key()
        self.root = self._authority("root", None, self.root_key)
        self.middle = self._authority("intermediate", self.root, self.middle_key)
        self.log: list[bytes] = []
        self.asked: list[str] = []
        self.url = "http://127.0.0.1:9"
        """Where it is served; nowhere outside of `served`."""
        self.refuses: dict[str, tuple[int, bytes]] = {}
        """Status and body for paths that shall fail."""

    # Certificates

    def _authority(self, name: str, above: x509.Certificate | None, key: Key) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"little {name}")])
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(above.subject if above else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + 365 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None if above is None else 0), critical=True)
            .add_extension(_usage(certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if above is not None:
            identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key())
            made = made.add_extension(identifier, critical=False)
        return made.sign(self.root_key, hashes.SHA256())

    def certificate(
        self, identity: str, issuer: str, public: Any, at: datetime.datetime | None = None
    ) -> x509.Certificate:
        """A signing certificate as Fulcio issues it, with the timestamp of the certificate log in it.

        Args:
            identity: E-mail address or URI.
            issuer: Who vouches for it.
            public: The key to certify.
            at: When it is issued; now if not given.
        """
        now = (at or datetime.datetime.now(datetime.UTC)).replace(microsecond=0)
        name: x509.GeneralName = (
            x509.RFC822Name(identity) if "@" in identity else x509.UniformResourceIdentifier(identity)
        )
        plain = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.middle.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + _LIVES)
            .add_extension(_usage(certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.middle_key.public_key()), critical=False
            )
            .add_extension(x509.SubjectAlternativeName([name]), critical=True)
            .add_extension(x509.UnrecognizedExtension(_ISSUER, issuer.encode()), critical=False)
            .add_extension(x509.UnrecognizedExtension(_ISSUER_V2, _der(0x0C, issuer.encode())), critical=False)
        )
        before = plain.sign(self.middle_key, hashes.SHA256())
        stamps = _der(0x04, self._stamps(before.tbs_certificate_bytes, now))
        whole = plain.add_extension(x509.UnrecognizedExtension(_SCTS, stamps), critical=False)
        return whole.sign(self.middle_key, hashes.SHA256())

    def _stamps(self, certificate: bytes, now: datetime.datetime) -> bytes:
        """RFC 6962: the list with one signed certificate timestamp."""
        time = int(now.timestamp() * 1000)
        entry = hashlib.sha256(_public(self.middle_key)).digest() + len(certificate).to_bytes(3, "big") + certificate
        signature = _signed(self.ct_key, struct.pack("!BBQH", 0, 0, time, 1) + entry + b"\x00\x00")
        log = hashlib.sha256(_public(self.ct_key)).digest()
        stamp = b"\x00" + log + struct.pack("!QHBBH", time, 0, 4, 3, len(signature)) + signature
        return struct.pack("!HH", len(stamp) + 2, len(stamp)) + stamp

    # The transparency log

    def entered(
        self, envelope: Mapping[str, Any], certificate: x509.Certificate, at: int | None = None
    ) -> dict[str, Any]:
        """Takes a DSSE envelope into the log; gives the entry as Rekor 1 answers it."""
        payload = base64.b64decode(envelope["payload"])
        verifier = _text(certificate.public_bytes(serialization.Encoding.PEM))
        body = canonical(
            {
                "apiVersion": "0.0.1",
                "kind": "dsse",
                "spec": {
                    "envelopeHash": {"algorithm": "sha256", "value": hashlib.sha256(canonical(envelope)).hexdigest()},
                    "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()},
                    "signatures": [{"signature": one["sig"], "verifier": verifier} for one in envelope["signatures"]],
                },
            }
        )
        self.log.append(body)
        return self._entry(body, int(datetime.datetime.now(datetime.UTC).timestamp()) if at is None else at)

    def added(self, body: bytes) -> dict[str, Any]:
        """Takes a body into the log as it is; gives its entry in the form that bundles have."""
        self.log.append(body)
        return _bundled(self._entry(body, int(datetime.datetime.now(datetime.UTC).timestamp())))

    def _entry(self, body: bytes, now: int) -> dict[str, Any]:
        log, index = hashlib.sha256(_public(self.rekor_key)).hexdigest(), len(self.log) - 1
        leaves = [hashlib.sha256(b"\x00" + one).digest() for one in self.log]
        root, path = _last(leaves)
        promised = {"body": _text(body), "integratedTime": now, "logID": log, "logIndex": index}
        return {
            **promised,
            "verification": {
                "inclusionProof": {
                    "checkpoint": self._checkpoint(root, len(leaves)),
                    "hashes": [one.hex() for one in path],
                    "logIndex": index,
                    "rootHash": root.hex(),
                    "treeSize": len(leaves),
                },
                "signedEntryTimestamp": _text(_signed(self.rekor_key, canonical(promised))),
            },
        }

    def _checkpoint(self, root: bytes, size: int) -> str:
        note = f"little.rekor - 1\n{size}\n{_text(root)}\n"
        signature = hashlib.sha256(_public(self.rekor_key)).digest()[:4] + _signed(self.rekor_key, note.encode())
        return f"{note}\n— little.rekor {_text(signature)}\n"

    # What clients are given

    def bundle(
        self,
        payload: bytes,
        identity: str,
        issuer: str,
        kind: str = "application/vnd.in-toto+json",
        at: datetime.datetime | None = None,
        later: datetime.timedelta = datetime.timedelta(0),
    ) -> dict[str, Any]:
        """A payload signed by an identity, as a bundle of version 0.3.

        Args:
            payload: What is signed.
            identity: E-mail address or URI.
            issuer: Who vouches for it.
            kind: Type of the payload.
            at: When the certificate was issued; now if not given.
            later: How much later the log took it in.
        """
        at = at or datetime.datetime.now(datetime.UTC)
        key = _key()
        certificate = self.certificate(identity, issuer, key.public_key(), at)
        signature = _signed(key, b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload))
        envelope = {"payload": _text(payload), "payloadType": kind, "signatures": [{"sig": _text(signature)}]}
        entry = self.entered(envelope, certificate, int((at + later).timestamp()))
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": _text(certificate.public_bytes(serialization.Encoding.DER))},
                "tlogEntries": [_bundled(entry)],
            },
            "dsseEnvelope": envelope,
        }

    def trusted_root(self) -> dict[str, Any]:
        """Its keys, as `TrustedRoot` of version 0.1."""
        chain = [self.middle, self.root]
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [self._instance(self.rekor_key)],
            "ctlogs": [self._instance(self.ct_key)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "little", "commonName": "little root"},
                    "uri": self.url,
                    "certChain": {
                        "certificates": [
                            {"rawBytes": _text(one.public_bytes(serialization.Encoding.DER))} for one in chain
                        ]
                    },
                    "validFor": {"start": "2020-01-01T00:00:00Z"},
                }
            ],
        }

    def _instance(self, key: Key) -> dict[str, Any]:
        return {
            "baseUrl": self.url,
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": _text(_public(key)),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": {"start": "2020-01-01T00:00:00Z"},
            },
            "logId": {"keyId": _text(hashlib.sha256(_public(key)).digest())},
        }

    def trust_config(self) -> dict[str, Any]:
        """Keys and addresses, as `ClientTrustConfig` of version 0.1."""
        here = {"url": self.url, "majorApiVersion": 1, "validFor": {"start": "2020-01-01T00:00:00Z"}, "operator": "me"}
        return {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": self.trusted_root(),
            "signingConfig": {
                "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                "caUrls": [here],
                "oidcUrls": [here],
                "rekorTlogUrls": [here],
                "rekorTlogConfig": {"selector": "ANY"},
                "tsaUrls": [],
                "tsaConfig": {"selector": "ANY"},
            },
        }


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates, key_cert_sign=certificates, crl_sign=certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _der(tag: int, content: bytes) -> bytes:
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(size)]) + size + content


def _last(leaves: list[bytes]) -> tuple[bytes, list[bytes]]:
    """Root of a Merkle tree, and the path of its last leaf, from the leaf up (RFC 9162, section 2.1)."""
    if len(leaves) == 1:
        return leaves[0], []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    left, _ = _last(leaves[:split])
    right, path = _last(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest(), [*path, left]


def _bundled(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Rekor's answer in the form that bundles have."""
    verification = entry["verification"]
    proof = verification["inclusionProof"]
    return {
        "logIndex": str(entry["logIndex"]),
        "logId": {"keyId": _text(bytes.fromhex(entry["logID"]))},
        "kindVersion": {"kind": "dsse", "version": "0.0.1"},
        "integratedTime": str(entry["integratedTime"]),
        "inclusionPromise": {"signedEntryTimestamp": verification["signedEntryTimestamp"]},
        "inclusionProof": {
            "logIndex": str(proof["logIndex"]),
            "rootHash": _text(bytes.fromhex(proof["rootHash"])),
            "treeSize": str(proof["treeSize"]),
            "hashes": [_text(bytes.fromhex(one)) for one in proof["hashes"]],
            "checkpoint": {"envelope": proof["checkpoint"]},
        },
        "canonicalizedBody": entry["body"],
    }
