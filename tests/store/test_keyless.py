"""Bundles of Rekor 2: no promise of the log, a stamp of a timestamp authority in its place (made by OpenSSL)."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from assay.store.ledger.keyless import Unproved, Whose, proved
from assay.testing.sigstore import LittleSigstore, canonical

WHO, URL, PAYLOAD = "release@example.org", "https://accounts.example.org", b'{"_type": "of a statement"}'
CONFIG = """[tsa]
default_tsa = here
[here]
serial = {home}/serial
crypto_device = builtin
signer_cert = {home}/tsa.pem
signer_key = {home}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Stamps:
    """A timestamp authority: root and leaf, and OpenSSL that answers for it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.chain = [self._certificate("tsa", leaf, root), self._certificate("tsa root", root, root)]
        pem = serialization.Encoding.PEM
        (home / "tsa.pem").write_bytes(self.chain[0].public_bytes(pem))
        (home / "root.pem").write_bytes(self.chain[1].public_bytes(pem))
        form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (home / "tsa.key").write_bytes(leaf.private_bytes(pem, form, bare))
        (home / "serial").write_text("01\n")
        (home / "tsa.cnf").write_text(CONFIG.format(home=home))

    @staticmethod
    def _certificate(name: str, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        now, above = datetime.datetime.now(datetime.UTC), key is by
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tsa root")]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
            .add_extension(x509.BasicConstraints(ca=above, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(not above, False, False, False, False, above, above, False, False), critical=True
            )
        )
        if not above:
            made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        return made.sign(by, hashes.SHA256())

    def stamp(self, content: bytes) -> str:
        """The answer to a request to stamp some bytes."""
        (self.home / "content").write_bytes(content)
        for words in (
            f"-query -data {self.home}/content -sha256 -cert -out {self.home}/asked",
            f"-reply -config {self.home}/tsa.cnf -queryfile {self.home}/asked -out {self.home}/answer",
        ):
            subprocess.run(["openssl", "ts", *words.split()], check=True, capture_output=True)
        return base64.b64encode((self.home / "answer").read_bytes()).decode()

    def authority(self) -> dict[str, Any]:
        """Its part of a trusted root."""
        der = [base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode() for one in self.chain]
        return {
            "subject": {"organization": "tests", "commonName": "tsa"},
            "certChain": {"certificates": [{"rawBytes": one} for one in der]},
            "validFor": {"start": "2020-01-01T00:00:00Z"},
        }


@pytest.fixture
def stamps(tmp_path: Path) -> Stamps:
    pytest.importorskip("sigstore", reason="the extra sigstore is not installed")
    if shutil.which("openssl") is None:
        pytest.skip("no program openssl here")
    return Stamps(tmp_path)


@pytest.fixture
def case(stamps: Stamps) -> tuple[dict[str, Any], LittleSigstore]:
    """A bundle of Rekor 2 as the log answers: an entry of kind hashedrekord 0.0.2 over the envelope's encoding."""
    instance = LittleSigstore()
    bundle = instance.bundle(PAYLOAD, WHO, URL)
    envelope, material = bundle["dsseEnvelope"], bundle["verificationMaterial"]
    signed = b"DSSEv1 %d %s %d %s" % (28, envelope["payloadType"].encode(), len(PAYLOAD), PAYLOAD)
    signature = envelope["signatures"][0]["sig"]
    verifier = {"keyDetails": "PKIX_ECDSA_P256_SHA_256", "x509Certificate": material["certificate"]}
    digest = base64.b64encode(hashlib.sha256(signed).digest()).decode()
    body = {
        "apiVersion": "0.0.2",
        "kind": "hashedrekord",
        "spec": {
            "hashedRekordV002": {
                "data": {"algorithm": "SHA2_256", "digest": digest},
                "signature": {"content": signature, "verifier": verifier},
            }
        },
    }
    entry = instance.added(canonical(body))
    del entry["inclusionPromise"], entry["integratedTime"]
    material["tlogEntries"] = [entry | {"kindVersion": {"kind": "hashedrekord", "version": "0.0.2"}}]
    stamp = stamps.stamp(base64.b64decode(signature))
    material["timestampVerificationData"] = {"rfc3161Timestamps": [{"signedTimestamp": stamp}]}
    return bundle, instance


def whose(stamps: Stamps, instance: LittleSigstore, *, known: bool = True) -> Whose:
    root = instance.trusted_root() | {"timestampAuthorities": [stamps.authority()] if known else []}
    path = stamps.home / "trust.json"
    path.write_text(json.dumps(root))
    return Whose(identity=WHO, issuer=URL, root=path)


def test_a_stamp_stands_for_the_logs_promise(stamps: Stamps, case: tuple[dict[str, Any], LittleSigstore]) -> None:
    bundle, instance = case
    held = proved(json.dumps(bundle), whose(stamps, instance))
    assert (held.payload, held.entry) == (PAYLOAD, 1)
    assert held.when is not None
    assert abs(held.when - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("what", "word"),
    [
        ("unknown authority", "no Timestamp Authorities"),
        ("stamp of another signature", "not enough sources of verified time"),
        ("no stamp", "inclusion promise or signed timestamp"),
        ("another certificate", "invalid signature"),
    ],
)
def test_a_stamp_that_does_not_hold_is_refused(
    stamps: Stamps, case: tuple[dict[str, Any], LittleSigstore], what: str, word: str
) -> None:
    bundle, instance = case
    material = bundle["verificationMaterial"]
    if what == "stamp of another signature":
        material["timestampVerificationData"]["rfc3161Timestamps"][0]["signedTimestamp"] = stamps.stamp(b"another")
    elif what == "no stamp":
        del material["timestampVerificationData"]
    elif what == "another certificate":
        material["certificate"] = instance.bundle(PAYLOAD, WHO, URL)["verificationMaterial"]["certificate"]
    with pytest.raises(Unproved, match=word):
        proved(json.dumps(bundle), whose(stamps, instance, known=what != "unknown authority"))
