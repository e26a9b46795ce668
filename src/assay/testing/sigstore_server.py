"""A Sigstore instance of one's own, served on loopback as Fulcio (`/api/v2/signingCert`) and Rekor 1
(`/api/v1/log/entries`) are, and tokens for it."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from assay.testing.sigstore import LittleSigstore, canonical


@contextmanager
def served(instance: LittleSigstore) -> Iterator[LittleSigstore]:
    """Answers requests on loopback until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(instance))
    before, instance.url = instance.url, f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield instance
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        instance.url = before


def answered(instance: LittleSigstore, path: str, authorization: str, asked: Mapping[str, Any]) -> tuple[int, bytes]:
    """Status and body for a request, as Fulcio or Rekor would give them."""
    instance.asked.append(path)
    if path in instance.refuses:
        return instance.refuses[path]
    if path == "/api/v2/signingCert":
        claims = _claims(authorization.removeprefix("Bearer "))
        request = x509.load_pem_x509_csr(base64.b64decode(asked["certificateSigningRequest"]))
        identity = str(claims.get("email", claims["sub"]))
        made = instance.certificate(identity, str(claims["iss"]), request.public_key())
        pems = [one.public_bytes(serialization.Encoding.PEM).decode() for one in (made, instance.middle, instance.root)]
        return 201, json.dumps({"signedCertificateEmbeddedSct": {"chain": {"certificates": pems}}}).encode()
    if path == "/api/v1/log/entries":
        proposed = asked["spec"]["proposedContent"]
        certificate = x509.load_pem_x509_certificate(base64.b64decode(proposed["verifiers"][0]))
        entry = instance.entered(json.loads(proposed["envelope"]), certificate)
        return 201, json.dumps({hashlib.sha256(instance.log[-1]).hexdigest(): entry}).encode()
    return 404, b'{"code": 404, "message": "not here"}'


def token(identity: str, issuer: str, lives_s: float = 300) -> str:
    """An OIDC token that names an identity. Nobody signed it: this instance believes every token."""
    now = int(datetime.datetime.now(datetime.UTC).timestamp())
    held = {"aud": "sigstore", "iss": issuer, "sub": identity, "iat": now, "exp": now + int(lives_s)}
    if "@" in identity:
        held["email"] = identity
    parts = ({"alg": "RS256", "typ": "JWT"}, held)
    return ".".join(base64.urlsafe_b64encode(canonical(one)).decode().rstrip("=") for one in parts) + ".bm9uZQ"


def _claims(text: str) -> dict[str, Any]:
    middle = text.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))))


def _handler(instance: LittleSigstore) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = answered(instance, self.path, self.headers.get("Authorization", ""), asked)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler
