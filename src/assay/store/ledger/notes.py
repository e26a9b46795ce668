"""Signed notes and tree checkpoints (C2SP signed-note and tlog-checkpoint), and their Ed25519 keys.

A note is text, an empty line, and signature lines. A checkpoint is a note whose first lines are the name of the log,
its size and the base64 of its root. Public keys are written `NAME+ID+BASE64`, private ones with `PRIVATE+KEY+` before
that, as Go's sumdb/note does.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from assay.domain.errors import DataError

_ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]+")
PRIVATE = "PRIVATE+KEY+"
"""How a private key begins."""


@dataclass(frozen=True)
class PublicKey:
    """A key that signatures are checked with."""

    name: str
    """Whose; no blanks, no plus signs."""
    raw: bytes
    """32 bytes."""

    @cached_property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart: the beginning of a hash of name and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.raw).decode()}"

    @property
    def keyid(self) -> str:
        """Name and id, for envelopes and messages."""
        return f"{self.name}+{self.id.hex()}"

    def verifies(self, signature: bytes, content: bytes) -> bool:
        """Whether the signature is this key's over this content."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, content)
        except InvalidSignature:
            return False
        return True

    @classmethod
    def read(cls, text: str) -> PublicKey:
        """A public key as written by `str`.

        Raises:
            DataError: It is none.
        """
        name, raw = _parts(text.strip(), "public key")
        return cls(name, raw)


@dataclass(frozen=True, repr=False)
class SigningKey:
    """A key that signs. It is never shown: `repr` gives the public part."""

    name: str
    """Whose."""
    seed: bytes = field(repr=False)
    """32 bytes, secret."""

    @cached_property
    def public(self) -> PublicKey:
        """The key to hand out."""
        return PublicKey(self.name, self._key.public_key().public_bytes_raw())

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def __repr__(self) -> str:
        return f"SigningKey({self.public})"

    def sign(self, content: bytes) -> bytes:
        """A signature, 64 bytes."""
        return self._key.sign(content)

    def secret(self) -> str:
        """The key as it is kept in a file; for nobody's eyes."""
        return f"{PRIVATE}{self.name}+{self.public.id.hex()}+{base64.b64encode(_ED25519 + self.seed).decode()}"

    @classmethod
    def read(cls, text: str) -> SigningKey:
        """A private key as written by `secret`.

        Raises:
            DataError: It is none; the message does not hold it.
        """
        stripped = text.strip()
        if not stripped.startswith(PRIVATE):
            raise DataError(
                "no private key of a ledger: it would begin with PRIVATE+KEY+. `assay ledger init` makes one"
            )
        name, seed, told = _fields(stripped.removeprefix(PRIVATE), "private key")
        made = cls(name, seed)
        if made.public.id.hex() != told:
            raise DataError("the private key does not match its own id; it is damaged")
        return made

    @classmethod
    def make(cls, name: str) -> SigningKey:
        """A new key.

        Raises:
            DataError: The name has blanks or plus signs, or is empty.
        """
        if not _NAME.fullmatch(name):
            raise DataError(
                f"key name {name!r}: give a name without blanks and plus signs, such as example.org/releases"
            )
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())


def _parts(text: str, what: str) -> tuple[str, bytes]:
    name, raw, told = _fields(text, what)
    if PublicKey(name, raw).id.hex() != told:
        raise DataError(f"the {what} does not match its own id {told!r}; it was mistyped or cut")
    return name, raw


def _fields(text: str, what: str) -> tuple[str, bytes, str]:
    pieces = text.split("+", 2)
    if len(pieces) != 3 or not _NAME.fullmatch(pieces[0]):
        raise DataError(f"no {what} of a ledger: expected NAME+ID+BASE64")
    try:
        raw = base64.b64decode(pieces[2], validate=True)
    except ValueError as error:
        raise DataError(f"no {what} of a ledger: the last part is no base64") from error
    if len(raw) != 33 or raw[:1] != _ED25519:
        raise DataError(f"no {what} of a ledger: expected an Ed25519 key of 32 bytes")
    return pieces[0], raw[1:], pieces[1]


def signed(text: str, keys: Iterable[SigningKey]) -> str:
    """A note of a text that ends with a line feed, signed by each key."""
    lines = (
        f"\u2014 {key.name} {base64.b64encode(key.public.id + key.sign(text.encode())).decode()}\n" for key in keys
    )
    return text + "\n" + "".join(lines)


def signers(note: str, keys: Iterable[PublicKey]) -> tuple[str, tuple[PublicKey, ...]]:
    """The text of a note, and those of the keys whose signature on it is good.

    A signature of a known key that does not verify spoils the note, as the specification asks.

    Raises:
        DataError: It is no note, or a known key's signature is false.
    """
    text, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise DataError("no signed note: expected a text, an empty line, and signatures")
    text += "\n"
    known, good = {(key.name, key.id): key for key in keys}, []
    for line in tail[:-1].split("\n"):
        dash, name, packed = [*line.split(" "), "", ""][:3]
        try:
            raw = base64.b64decode(packed, validate=True)
        except ValueError as error:
            raise DataError("no signed note: a signature line is no base64") from error
        if dash != "\u2014" or len(raw) < 5:
            raise DataError("no signed note: a signature line does not read '\u2014 NAME SIGNATURE'")
        key = known.get((name, raw[:4]))
        if key is None:
            continue
        if not key.verifies(raw[4:], text.encode()):
            raise DataError(f"the signature of {key.keyid} is false")
        good.append(key)
    return text, tuple(good)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log at one moment."""

    origin: str
    """Name of the log."""
    size: int
    """Entries."""
    root: bytes
    """Root of the tree over them, 32 bytes."""

    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str) -> Checkpoint:
        """From a note's text.

        Raises:
            DataError: It is no checkpoint.
        """
        lines = text.split("\n")
        try:
            origin, size, packed = lines[:3]
            found = base64.b64decode(packed, validate=True)
            if not origin or str(int(size)) != size or int(size) < 0 or len(found) != 32:
                raise ValueError
        except ValueError as error:
            raise DataError("no checkpoint: expected the log's name, its size and its root, a line each") from error
        return cls(origin, int(size), found)
