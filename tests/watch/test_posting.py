from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from assay.domain.errors import ConfigurationError
from assay.watch.posting import IDENTITY, SIGNATURE, Poster, signed_by


@contextmanager
def hook(statuses: list[int], location: str = "") -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """An address that answers with these statuses, one after another, and what it got."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            self.send_response(statuses[min(len(got), len(statuses)) - 1])
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def poster(url: str, **more: object) -> Poster:
    return Poster(url=url, secret="key", sleep=lambda _: None, **more)  # type: ignore[arg-type]


def test_a_message_is_signed_and_can_be_checked() -> None:
    with hook([200]) as (url, got):
        assert poster(url).post(b'{"a": 1}', "m-1").ok
    headers, body = got[0]
    assert (body, headers[IDENTITY], headers["Content-Type"]) == (b'{"a": 1}', "m-1", "application/json")
    now = time.time()
    assert signed_by("key", body, headers[SIGNATURE], now)
    assert not signed_by("other", body, headers[SIGNATURE], now)
    assert not signed_by("key", body + b" ", headers[SIGNATURE], now)
    assert not signed_by("key", body, headers[SIGNATURE], now + 3_600)
    assert not signed_by("key", body, "nonsense", now)


def test_what_may_pass_is_tried_again_and_what_may_not_is_not() -> None:
    with hook([503, 429, 204]) as (url, got):
        told = poster(url).post(b"{}", "m")
        assert (told.ok, told.attempts, len(got)) == (True, 3, 3)
    with hook([404]) as (url, got):
        told = poster(url).post(b"{}", "m")
        assert (told.ok, told.status, len(got)) == (False, 404, 1)
    with hook([500]) as (url, got):
        told = poster(url).post(b"{}", "m")
        assert (told.ok, told.status, len(got)) == (False, 500, 3)


@pytest.mark.parametrize(
    ("scheme", "begin", "ok"),
    [("http", b"", False), ("http", b"HTTP/1.1 200 OK\r\nX: ", True), ("https", b"\x16\x03\x03\x40\x00", False)],
)
def test_an_answer_that_drips_in_holds_nobody_up(scheme: str, begin: bytes, ok: bool) -> None:
    """Each byte begins the timeout of a socket anew; the attempt as a whole has to end, or other channels wait."""
    sent: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            line, _ = listening.accept()
            with line, contextlib.suppress(OSError):
                line.sendall(begin)
                for _ in range(400):
                    line.sendall(b"H")
                    sent.append(b"x")
                    time.sleep(0.05)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        address = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}/"
        told = poster(address, timeout_s=2.0, attempts=1).post(b"{}", "m")
        assert (told.ok, told.status) == (ok, 200 * ok), "a status that came says what became of it"
        thread.join(30)
        assert 0 < len(sent) < 400


def test_what_is_said_beside_the_status_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            line, _ = listening.accept()
            with line:
                line.recv(65536)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
                done.wait(30)

        done = threading.Event()
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        assert poster(f"http://127.0.0.1:{listening.getsockname()[1]}/", timeout_s=5.0, attempts=1).post(b"{}", "m").ok
        assert not done.is_set()
        done.set()
        thread.join(30)


def test_a_redirect_is_not_followed_and_nobody_there_is_no_crash() -> None:
    with hook([307], location="http://127.0.0.1:9/other") as (url, got):
        assert not poster(url).post(b"{}", "m").ok
        assert len(got) == 1
    told = poster(url, attempts=2, timeout_s=0.5).post(b"{}", "m")
    assert (told.ok, told.status, told.attempts) == (False, 0, 2)
    assert told.problem


@pytest.mark.parametrize("url", ["ftp://host/x", "file:///etc/passwd", "https://", "https://me:secret@host/x", "host"])
def test_other_addresses_are_refused_without_showing_them(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Poster(url=url)
    assert "secret" not in str(caught.value).replace("sign with a secret", "")
