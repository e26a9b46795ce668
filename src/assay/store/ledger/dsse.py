"""DSSE envelopes: a payload with its type, and signatures over both (secure-systems-lab/dsse, protocol 1.0.2)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any

from assay.domain.errors import DataError
from assay.store.ledger.notes import PublicKey, SigningKey

IN_TOTO = "application/vnd.in-toto+json"
"""Payload type of in-toto statements."""


def encoding(kind: str, payload: bytes) -> bytes:
    """The bytes that are signed: the pre-authentication encoding of a payload and its type."""
    name = kind.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


def envelope(kind: str, payload: bytes, keys: Iterable[SigningKey]) -> dict[str, Any]:
    """A payload in an envelope, signed by each key."""
    signed = encoding(kind, payload)
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind,
        "signatures": [{"keyid": key.public.keyid, "sig": base64.b64encode(key.sign(signed)).decode()} for key in keys],
    }


def opened(text: str | bytes, keys: Iterable[PublicKey]) -> tuple[str, bytes, tuple[PublicKey, ...]]:
    """Type and payload of an envelope, and those of the keys that signed it.

    Raises:
        DataError: It is no envelope.
    """
    try:
        read = json.loads(text)
        kind, payload = read["payloadType"], _bytes(read["payload"])
        signatures = [_bytes(one["sig"]) for one in read["signatures"]]
        if not isinstance(kind, str) or not signatures:
            raise ValueError("no type, or no signature")
        signed = encoding(kind, payload)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError("no signed verdict: expected a DSSE envelope, as in the verdict.dsse.json of a run") from error
    good = tuple(key for key in keys if any(len(one) == 64 and key.verifies(one, signed) for one in signatures))
    return kind, payload, good


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return base64.b64decode(text, altchars=b"-_", validate=True)
