"""A request of an exporter of OpenTelemetry: unpacked within limits, decoded by its content type."""

from __future__ import annotations

import zlib
from typing import Literal

from assay.domain.errors import DataError
from assay.domain.span import Arrived
from assay.traces import otlp_protobuf
from assay.traces.otlp_json import from_json

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes of a request once unpacked; more is refused before it fills the memory."""
_MOST_PARTS = 16
"""Parts of packed data, one behind the other as gzip allows; each is copied once more."""
Signal = Literal["traces", "logs"]


def decoded(body: bytes, content_type: str, encoding: str = "", signal: Signal = "traces") -> Arrived:
    """Spans and log records of a request.

    Args:
        body: As it came over the wire.
        content_type: `application/x-protobuf` or `application/json`, parameters left off.
        encoding: `gzip`, `deflate`, `identity` or nothing.
        signal: What the route is for; JSON tells by itself.

    Raises:
        DataError: It cannot be read, is packed in another way, or is larger than LARGEST_BODY once unpacked.
        MissingExtra: It is protobuf, and opentelemetry-proto is not installed.
    """
    plain = unpacked(body, encoding)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return from_json(plain)
    if kind in ("application/x-protobuf", "application/protobuf"):
        return otlp_protobuf.traces(plain) if signal == "traces" else otlp_protobuf.logs(plain)
    raise DataError(f"content type '{kind[:80]}' is none of application/x-protobuf and application/json")


def unpacked(body: bytes, encoding: str, largest: int = LARGEST_BODY) -> bytes:
    """The body without its compression, at most so many bytes of it.

    Raises:
        DataError: The encoding is unknown, the data are damaged, or more comes out than may.

    Examples:
        >>> unpacked(zlib.compress(b"spans"), "deflate")
        b'spans'
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        if len(body) > largest:
            raise DataError(f"the request has {len(body):,} bytes, more than {largest:,}")
        return body
    if name not in ("gzip", "deflate"):
        raise DataError(f"content encoding '{name[:40]}' is none of gzip, deflate and identity")
    found, rest = b"", body
    for _ in range(_MOST_PARTS):
        stream = zlib.decompressobj(wbits=47)  # gzip or zlib, told by the header
        try:
            found += stream.decompress(rest, largest + 1 - len(found))
        except zlib.error as error:
            raise DataError(f"the {name} data are damaged: {error}") from error
        if len(found) > largest or stream.unconsumed_tail:
            raise DataError(f"the request holds more than {largest:,} bytes once unpacked")
        if not stream.eof:
            raise DataError(f"the {name} data end before their end")
        if not (rest := stream.unused_data):
            return found
    raise DataError(f"the {name} data have more than {_MOST_PARTS} parts")
