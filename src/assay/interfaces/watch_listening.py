"""What a server needs before it serves: its package, a socket, a state folder for itself, and ears for signals."""

from __future__ import annotations

import fcntl
import importlib
import ipaddress
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assay.domain.errors import ConfigurationError, MissingExtra, RunConflict


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keeps others out of a state folder.

    Raises:
        RunConflict: Another process holds it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what users wrote is for nobody else on the machine
    with (folder / ".lock").open("a+", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunConflict(
                f"{folder}: another `assay watch serve` works here; end it, or give another --dir"
            ) from error
        yield


@contextmanager
def held(folder: Path, host: str, port: int) -> Iterator[socket.socket]:
    """A socket that takes connections, and the folder for us alone; no folder is made where nobody can listen.

    Raises:
        ConfigurationError: The address is not ours, or taken.
        RunConflict: Another process holds the folder.
    """
    try:
        bound = _listening(host, port)
    except ConfigurationError:
        if folder.is_dir():
            with alone(folder):  # whoever has the port may well be the one that works here, which says more
                pass
        raise
    with bound, alone(folder):
        yield bound


def server_package() -> Any:
    """The package that serves: uvicorn.

    Raises:
        MissingExtra: It is not installed, or what it serves is not.
    """
    try:
        importlib.import_module("starlette")
        return importlib.import_module("uvicorn")
    except ImportError as error:
        raise MissingExtra(
            "the watch's server needs starlette and uvicorn, which are not installed. "
            "Install with: pip install 'assay-llm[serve]'"
        ) from error


def loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _listening(host: str, port: int) -> socket.socket:
    """A socket that takes connections.

    Raises:
        ConfigurationError: The address is not ours, or taken.
    """
    try:
        return socket.create_server((host.strip("[]"), port), family=_family(host), backlog=2048)
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {host}:{port}: {error}; give another --host or --port") from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@contextmanager
def ending() -> Iterator[threading.Event]:
    """Set by Ctrl-C or SIGTERM; what is being opened then is opened, and closed as it should be."""
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def served(uvicorn: Any, made: Any, bound: socket.socket, ended: threading.Event) -> None:
    """Serves until Ctrl-C or SIGTERM; requests at hand are answered first."""
    config = uvicorn.Config(
        made, log_level="warning", lifespan="off", access_log=False, server_header=False, proxy_headers=False,
        timeout_graceful_shutdown=10, limit_concurrency=1000, timeout_keep_alive=75,
    )  # fmt: skip
    sys.setswitchinterval(0.001)  # the thread that writes must not keep answers waiting
    server = uvicorn.Server(config)
    for number in (signal.SIGINT, signal.SIGTERM):  # its own only from later on; it sends them again once it is done
        signal.signal(number, server.handle_exit)
    if ended.is_set():
        server.should_exit = True
    server.run(sockets=[bound])
