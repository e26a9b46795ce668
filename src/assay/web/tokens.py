"""Tokens: made once, shown once, kept by digest."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from assay.domain.errors import ConfigurationError
from assay.web.doors import Doors, Role, Visitor, digest_of

FILE = "tokens"
"""Name of the file in the state folder: a line each, `name role digest`."""
VARIABLE = "ASSAY_WATCH_TOKENS"
"""Environment variable with tokens themselves, `name:role:token`, separated by blanks or commas."""
ROLES: tuple[Role, ...] = get_args(Role)


def doors_of(folder: Path, file: Path | None = None, environment: Mapping[str, str] = os.environ) -> Doors:
    """The doors that the tokens of a file and of the environment open.

    Args:
        folder: State folder; its file is read when no other is named.
        file: A file that must be there.
        environment: Variables.

    Raises:
        ConfigurationError: A line is no token, or the file is not there.
    """
    found: dict[str, Visitor] = {}
    path = file or folder / FILE
    if file is not None and not file.is_file():
        raise ConfigurationError(f"{file}: no such file; expected lines `name role digest`")
    if path.is_file():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line.strip() and not line.startswith("#"):
                found.update(_line(line.split(), f"{path}:{number}"))
    for at, one in enumerate(environment.get(VARIABLE, "").replace(",", " ").split(), start=1):
        name, _, rest = one.partition(":")
        role, _, token = rest.partition(":")
        found.update(_line([name, role, digest_of(token) if len(token) >= 16 else ""], f"{VARIABLE}: item {at}"))
    return Doors(tokens=found)


class Kept(Mapping[str, Visitor]):
    """Tokens as their file stands: one that is added opens at once, one that is taken out no longer does.

    A file that cannot be read leaves all as it was, until it can be. Once there was a token one is asked for, also when
    the last one was taken out: nobody becomes an owner by that.
    """

    def __init__(self, folder: Path, file: Path | None = None, environment: Mapping[str, str] = os.environ) -> None:
        """Read them.

        Args:
            folder: State folder; its file is read when no other is named.
            file: A file that must be there now.
            environment: Variables, as they are now.

        Raises:
            ConfigurationError: A line is no token, or the file is not there.
        """
        self._folder, self._path = folder, file or folder / FILE
        self._environment = dict(environment)
        self._stamp = _stamp(self._path)
        self._held = doors_of(folder, file, self._environment).tokens
        self._asked = bool(self._held)

    def _now(self) -> Mapping[str, Visitor]:
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            with contextlib.suppress(ConfigurationError, OSError, ValueError):
                self._held = doors_of(self._folder, self._path if stamp else None, self._environment).tokens
                self._stamp = stamp
        self._asked = self._asked or bool(self._held)
        return self._held

    def __bool__(self) -> bool:
        return bool(self._now()) or self._asked

    def __getitem__(self, digest: str) -> Visitor:
        return self._now()[digest]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _line(parts: list[str], place: str) -> dict[str, Visitor]:
    role = next((one for one in ROLES if len(parts) == 3 and one == parts[1]), None)
    if role is None or len(parts[2]) != 64:
        raise ConfigurationError(
            f"{place}: no token. Expected a name, one of {', '.join(ROLES)}, and a digest of 64 digits "
            "(in the environment name:role:token, of 16 characters or more). Make one with `assay watch token`"
        )
    return {parts[2].lower(): Visitor(name=parts[0], role=role)}


def add_token(folder: Path, name: str, role: Role) -> str:
    """Make a token, keep its digest in the state folder, and give it; it is nowhere else.

    Raises:
        ConfigurationError: The name holds blanks, or has a token already.
    """
    if not name or len(name.split()) != 1 or name.startswith("#"):
        raise ConfigurationError(f"'{name}' is no name of a token: expected one word")
    if any(who.name == name for who in doors_of(folder, environment={}).tokens.values()):
        raise ConfigurationError(f"{folder / FILE}: '{name}' has a token; remove its line first")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    token = secrets.token_urlsafe(32)
    path = folder / FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
        stream.write(f"{name} {role} {digest_of(token)}\n")
    return token
