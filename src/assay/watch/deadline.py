"""One request or letter within one time: a timeout of sockets begins anew with each byte that drips in."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import urllib.request
from functools import partial
from typing import Any


class Deadline:
    """Cuts the connections of a request or a letter when its time is over. Use as a context around it."""

    def __init__(self, seconds: float) -> None:
        """Begin when the context is entered.

        Args:
            seconds: Time from then on for everything: connection, handshake, what is asked and what is answered.
        """
        self._lines: list[socket.socket] = []
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def opener(self, *handlers: urllib.request.BaseHandler) -> urllib.request.OpenerDirector:
        """An opener whose connections end in time, with further handlers."""
        return urllib.request.build_opener(_Plain(self), _Safe(self), *handlers)

    @property
    def over(self) -> bool:
        """Whether its time is over."""
        return self._over.is_set()

    def hold(self, line: socket.socket) -> None:
        """Note a connection.

        Raises:
            TimeoutError: The time is over already.
        """
        with self._lock:
            if self._over.is_set():
                raise TimeoutError("the time is over")
            self._lines.append(line.dup())  # of its own, as TLS takes the other one over

    def _cut(self) -> None:
        with self._lock:
            self._over.set()
            for line in self._lines:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for line in self._lines:
                line.close()
            self._lines.clear()


class _Line(http.client.HTTPConnection):
    deadline: Deadline

    def connect(self) -> None:
        super().connect()
        self.deadline.hold(self.sock)


class _SafeLine(http.client.HTTPSConnection, _Line):
    """The connection is held before its handshake: `HTTPSConnection` connects as the class behind it does."""


def _made(kind: type[_Line], deadline: Deadline, *given: Any, **more: Any) -> _Line:
    line = kind(*given, **more)
    line.deadline = deadline
    return line


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_made, _Line, self._deadline), req)


class _Safe(urllib.request.HTTPSHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_made, _SafeLine, self._deadline), req)
