"""Records what real instrumentation sends: requests of four packages, run against a mock model server.

    python tests/golden/traces/make.py [--envs DIR] [NAME ...]

makes an environment for each package (pinned in PACKAGES), runs `program.py` in it, and keeps what arrives as
`NAME.requests.gz`: JSON, a list of {route, type, body} with the bodies in base64, as they came over the wire.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gzip
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from assay.testing.replies import Reply, Request
from assay.testing.server import MockServer

HERE = Path(__file__).parent
COMMON = ("openai==3.57.0", "opentelemetry-exporter-otlp-proto-http", "opentelemetry-sdk")
PACKAGES = {
    "otel": "opentelemetry-instrumentation-genai-openai==1.3b0",
    "traceloop": "opentelemetry-instrumentation-openai==0.62.4",
    "openinference": "openinference-instrumentation-openai==0.1.66",
    "traceai": "traceAI-openai==0.1.10",
}


def answer(request: Request) -> Reply | str:
    """A tool call when tools are on offer and none was called yet; else an answer."""
    turns = request.body.get("messages", ())
    if request.body.get("tools") and not any(turn.get("role") == "tool" for turn in turns):
        return Reply(text="", tool_calls=(("find_order", {"id": "A-17"}),), finish_reason="tool_calls")
    return Reply(text="Order A-17 left our warehouse on Monday.", model="demo-model-2026-11", fingerprint="fp_1")


class Receiver(BaseHTTPRequestHandler):
    """Keeps each request."""

    kept: list[dict[str, Any]]

    def do_POST(self) -> None:
        """Take a request as it is."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        kind = self.headers.get("Content-Type", "")
        self.kept.append({"route": self.path, "type": kind, "body": base64.b64encode(body).decode()})
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


async def record(name: str, python: Path) -> list[dict[str, Any]]:
    """What the package sends."""
    kept: list[dict[str, Any]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Kept", (Receiver,), {"kept": kept}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    async with MockServer(answer) as model:
        command = [str(python), str(HERE / "program.py"), name, model.url, f"http://127.0.0.1:{server.server_port}"]
        process = await asyncio.create_subprocess_exec(*command)
        if await process.wait():
            raise SystemExit(f"{name}: the program failed")
    server.shutdown()
    return kept


def environment(name: str, folder: Path) -> Path:
    """Python of the package's own environment; made when it is not there."""
    home = folder / name
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", PACKAGES[name], *COMMON], check=True)
    return python


def main() -> None:
    """Record all, or those named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(PACKAGES))
    parser.add_argument("--envs", type=Path, default=Path(".trace-envs"))
    options = parser.parse_args()
    for name in options.names:
        kept = asyncio.run(record(name, environment(name, options.envs)))
        target = HERE / f"{name}.requests.gz"
        target.write_bytes(gzip.compress(json.dumps(kept).encode(), mtime=0))
        print(f"{target.name}: {len(kept)} requests, {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
