"""Where the ledger's key rests: in the environment, or in a file that nobody else may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from assay.domain.errors import DataError, RunConflict, RunFailed
from assay.store.ledger.notes import PRIVATE, PublicKey, SigningKey

VARIABLE = "ASSAY_LEDGER_KEY"
"""Environment variable with the private key itself."""
FILE_VARIABLE = "ASSAY_LEDGER_KEY_FILE"
"""Environment variable with the path of the key's file."""


def key_file() -> Path:
    """Where the key is looked for when no variable holds it."""
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "assay" / "ledger.key"


def signing_key() -> SigningKey | None:
    """The key at hand, or None where there is none.

    Raises:
        DataError: There is one that cannot be used: damaged, readable by others, or a named file that is absent.
    """
    text = os.environ.get(VARIABLE)
    if text:
        return _named(text, VARIABLE)
    path = key_file()
    if not path.exists():
        if os.environ.get(FILE_VARIABLE):
            raise DataError(f"{path}: no such file, but {FILE_VARIABLE} names it")
        return None
    return read_key(path)


def read_key(path: Path) -> SigningKey:
    """The key of a file.

    Raises:
        DataError: It cannot be read, others may read it too, or it is no key.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: the ledger's key cannot be read: {error}") from error
    if _public(text):
        raise DataError(f"{path}: this is a public key; signing needs the private one, the file without .pub")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise DataError(f"{path}: others may read this private key (mode {mode & 0o777:o}); `chmod 600 {path}` first")
    return _named(text, str(path))


def _named(text: str, where: str) -> SigningKey:
    if _public(text):
        raise DataError(f"{where}: this is a public key; signing needs the private one")
    try:
        return SigningKey.read(text)
    except DataError as error:
        raise DataError(f"{where}: {error}") from error


def _public(text: str) -> bool:
    try:
        PublicKey.read(text)
    except DataError:
        return False
    return True


def make_key(path: Path, name: str) -> SigningKey:
    """A new key in a new file of mode 600, the public part beside it as `.pub`.

    Raises:
        RunConflict: There is a file already; a key is never written over.
        RunFailed: The file cannot be written.
    """
    made = SigningKey.make(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(made.secret() + "\n")
        public = path.with_name(path.name + ".pub")
        public.write_text(f"{made.public}\n", encoding="ascii")
    except FileExistsError as error:
        raise RunConflict(f"{path}: there is a key already; give another file with --key") from error
    except OSError as error:
        raise RunFailed(f"{path}: cannot be written: {error.strerror or error}") from error
    return made


def public_key(text: str) -> PublicKey:
    """A public key as users give it: itself, or the path of a file that holds it.

    Raises:
        DataError: It is neither.
    """
    stripped = text.strip()
    path = Path(stripped)
    try:
        if "+" not in stripped or path.is_file():
            if path.stat().st_size > 4096:
                raise DataError(f"{text}: too large for a public key")
            stripped = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise DataError(
            f"{text}: neither a public key (NAME+ID+BASE64) nor a file that can be read: {error}"
        ) from error
    if stripped.startswith(PRIVATE):
        raise DataError("this is a private key, for nobody's eyes; give the public one (the file with .pub)")
    return PublicKey.read(stripped)
