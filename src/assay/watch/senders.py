"""How a message leaves: over HTTP, as mail, into a file. What the other side does is told, never raised."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from assay.domain.alerting import Channel
from assay.domain.errors import ConfigurationError
from assay.watch.deadline import Deadline
from assay.watch.posting import Posted, Poster

_MOST_PROBLEM = 200
LETTER = 6
"""A letter may take so many times the longest wait for one answer: greeting, login, addresses and text are answered."""


def poster(channel: Channel, environment: Mapping[str, str]) -> Poster:
    """Who posts to a channel's address.

    Args:
        channel: A webhook, Slack or OTLP channel.
        environment: Variables, with the secrets that it names.

    Raises:
        ConfigurationError: A variable is missing, or holds no address.
    """
    url = channel.url or secret(channel, channel.url_env, environment)
    headers = {name: secret(channel, variable, environment) for name, variable in channel.headers_env.items()}
    for name, value in headers.items():
        if not value.isprintable() or not value.isascii():
            raise ConfigurationError(f"alerts: channel '{channel.name}': header {name}: its variable holds no header")
    key = secret(channel, channel.secret_env, environment) if channel.secret_env else ""
    try:
        return Poster(url=url, secret=key, headers=headers, timeout_s=channel.timeout_s)
    except ConfigurationError as error:
        raise ConfigurationError(f"alerts: channel '{channel.name}': {error}") from error


def secret(channel: Channel, variable: str, environment: Mapping[str, str]) -> str:
    """The value of a variable.

    Raises:
        ConfigurationError: It is not set.
    """
    value = environment.get(variable, "").strip()
    if not value:
        raise ConfigurationError(f"alerts: channel '{channel.name}': set {variable}; it is not set, or empty")
    return value


def without(problem: str, secrets: Mapping[str, str]) -> str:
    """What went wrong, without any secret in it.

    Examples:
        >>> without("cannot reach https://h/T0/key", {"SLACK": "https://h/T0/key"})
        'cannot reach (SLACK)'
    """
    for name, value in secrets.items():
        problem = problem.replace(value, f"({name})") if len(value) > 3 else problem
    return problem[:_MOST_PROBLEM]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailer:
    """Sends mail by a server."""

    channel: Channel
    """Where, and as whom."""
    password: str = field(default="", repr=False)
    """For the login."""
    trust: ssl.SSLContext | None = field(default=None, repr=False)
    """Whose certificates are trusted; the system's when left out."""

    def send(self, letter: EmailMessage) -> Posted:
        """Send a letter, once."""
        most_s = LETTER * self.channel.timeout_s
        deadline = Deadline(most_s)
        try:
            with deadline, self._connected(deadline) as server:
                if self.channel.user:
                    server.login(self.channel.user, self.password)
                refused = server.send_message(letter)
            problem = f"refused for {len(refused)} of {len(self.channel.to)} addresses" if refused else ""
            return Posted(ok=not refused or len(refused) < len(self.channel.to), attempts=1, problem=problem)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            told = f"not taken within {most_s:g} s" if deadline.over else _words(error)
            told = without(told, {"password": self.password})
            return Posted(ok=False, status=getattr(error, "smtp_code", 0), attempts=1, problem=told)

    @contextlib.contextmanager
    def _connected(self, deadline: Deadline) -> Iterator[smtplib.SMTP]:
        told = {"host": self.channel.host, "port": self.channel.port, "timeout": self.channel.timeout_s}
        context = self.trust or ssl.create_default_context()
        if self.channel.tls == "tls":
            with _held(_SafeLine, deadline, **told, context=context) as server:
                yield server
            return
        with _held(_Line, deadline, **told) as server:
            if self.channel.tls == "starttls":
                server.starttls(context=context)
            yield server


class _Line(smtplib.SMTP):
    deadline: Deadline

    def _get_socket(self, *to: Any) -> socket.socket:
        line: socket.socket = super()._get_socket(*to)  # type: ignore[misc]
        self.deadline.hold(line)
        return line


class _SafeLine(smtplib.SMTP_SSL, _Line):
    """The connection is held before its handshake: `SMTP_SSL` connects as the class behind it does."""


def _held(kind: type[_Line], deadline: Deadline, **told: Any) -> _Line:
    """A connection that is held from its beginning: one is made while the object is."""
    made: _Line = type(kind.__name__, (kind,), {"deadline": deadline})(**told)
    return made


def _words(error: Exception) -> str:
    """What an error says; of a mail server's answer the code and its words."""
    if isinstance(error, smtplib.SMTPAuthenticationError):  # a server may echo what it was sent, in any coding
        return f"login refused ({error.smtp_code})"
    code, said = getattr(error, "smtp_code", 0), getattr(error, "smtp_error", b"")
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{type(error).__name__}: {code} {text}" if code else f"{type(error).__name__}: {error}"


def appended(path: Path, body: bytes) -> Posted:
    """Add a line to a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as stream:
            stream.write(body + b"\n")
        return Posted(ok=True, attempts=1)
    except OSError as error:
        return Posted(ok=False, attempts=1, problem=f"{type(error).__name__}: {error}"[:_MOST_PROBLEM])
