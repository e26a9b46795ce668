"""What it costs to take spans in: per server CPU-second, in time to an answer, in memory; and whether a kill loses any.

    python benchmarks/bench_watch.py ingest|accept|kills|replay|rest [--seconds 20] [--kills 20] [--traces 1000000]

Spans have 11 attributes and about 1.4 KB, in protobuf. The server is `assay watch serve` with secrets taken out, as it
is by default. Its CPU time and memory are read from /proc: of the process that takes spans in, and beside it of the one
that judges.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BEGIN = 1_795_773_600 * 10**9
WORDS = [
    "the",
    "order",
    "of",
    "your",
    "parcel",
    "was",
    "sent",
    "today",
    "and",
    "will",
    "come",
    "soon",
    "please",
    "tell",
    "us",
    "when",
    "it",
    "is",
    "there",
    "thank",
    "you",
    "for",
    "asking",
    "our",
    "shop",
    "help",
    "before",
    "noon",
    "we",
    "open",
    "again",
    "on",
    "monday",
    "with",
    "more",
    "rooms",
    "and",
    "fresh",
    "bread",
]
HEADERS = {"Content-Type": "application/x-protobuf"}
TICKS = os.sysconf("SC_CLK_TCK")


def prose(rng: random.Random, length: int) -> str:
    """Words of so many characters."""
    found: list[str] = []
    size = 0
    while size < length:
        found.append(rng.choice(WORDS))
        size += len(found[-1]) + 1
    return " ".join(found)


def request(rng: random.Random, spans: int, start: int = 0) -> tuple[bytes, list[str]]:
    """A request of an exporter, and the ids of its spans."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    made = ExportTraceServiceRequest()
    one = made.resource_spans.add()
    about = one.resource.attributes.add()
    about.key, about.value.string_value = "service.name", "shop"
    scoped = one.scope_spans.add()
    scoped.scope.name = "bench"
    ids: list[str] = []
    for at in range(spans):
        if at % 5 == 0:
            trace = rng.randbytes(16)
        began = BEGIN + (start + at) * 10**6
        span = scoped.spans.add(
            trace_id=trace, span_id=rng.randbytes(8), name="chat m-1", start_time_unix_nano=began,
            end_time_unix_nano=began + 10**9,
        )  # fmt: skip
        ids.append(span.span_id.hex())
        for key, value in attributes(rng).items():
            put(span.attributes.add(), key, value)
    return made.SerializeToString(), ids


def attributes(rng: random.Random) -> dict[str, Any]:
    """Eleven attributes as instrumentations write them."""

    def turn(role: str, length: int) -> str:
        return json.dumps([{"role": role, "parts": [{"type": "text", "content": prose(rng, length)}]}])

    return {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "m-1",
        "gen_ai.response.model": "m-1-2026-11-01", "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 80,
        "gen_ai.response.finish_reasons": ["stop"], "gen_ai.input.messages": turn("user", 450),
        "gen_ai.output.messages": turn("assistant", 400), "route": rng.choice(["chat", "search"]), "user.tier": "free",
    }  # fmt: skip


def put(pair: Any, key: str, value: Any) -> None:
    """Fill a pair of protobuf."""
    pair.key = key
    if isinstance(value, str):
        pair.value.string_value = value
    elif isinstance(value, int):
        pair.value.int_value = value
    else:
        for item in value:
            pair.value.array_value.values.add().string_value = item


@dataclass
class Served:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    port: int
    folder: Path

    @property
    def beside(self) -> int:
        """The process that judges."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(found[0]) if found else 0

    def cpu_s(self, pid: int = 0) -> float:
        """CPU time, user and system."""
        fields = Path(f"/proc/{pid or self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_mb(self, pid: int = 0) -> float:
        """Largest resident memory."""
        lines = Path(f"/proc/{pid or self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


@contextmanager
def served(folder: Path, *more: str) -> Iterator[Served]:
    """`assay watch serve`, until it is told to stop."""
    command = "from assay.interfaces.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "watch", "serve", "--dir", str(folder), "--port", "0", *more],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    line = process.stderr.readline()
    try:
        yield Served(process, int(line.split("//")[1].split()[0].rpartition(":")[2]), folder)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait()
        process.stderr.close()


def post(line: http.client.HTTPConnection, body: bytes) -> int:
    """Status of a request."""
    line.request("POST", "/v1/traces", body, HEADERS)
    reply = line.getresponse()
    reply.read()
    return reply.status


def ingest(folder: Path, seconds: float) -> dict[str, Any]:
    """As many spans as go in, in batches of 500, from two exporters."""
    bodies = [request(random.Random(at), 500)[0] for at in range(20)]
    taken = [0, 0]
    with served(folder, "--scorer", "none") as server:
        before, until = server.cpu_s(), time.monotonic() + seconds

        def send(number: int) -> None:
            line = http.client.HTTPConnection("127.0.0.1", server.port)
            at = number
            while time.monotonic() < until:
                taken[number] += post(line, bodies[at % len(bodies)]) == 200
                at += 1

        threads = [threading.Thread(target=send, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent = server.cpu_s() - before
        spans = 500 * sum(taken)
        found = {"bytes_per_span": len(bodies[0]) // 500, "spans": spans, "server_cpu_s": round(spent, 2),
                 "spans_per_cpu_s": round(spans / spent), "peak_mb": round(server.peak_mb()),
                 "judging_peak_mb": round(server.peak_mb(server.beside))}  # fmt: skip
    with sqlite3.connect(folder / "traces.db") as base:
        found["persisted"] = base.execute("SELECT count(*) FROM spans").fetchone()[0]
    return found


def accept(folder: Path, seconds: float, rate: int = 5000, batch: int = 100) -> dict[str, Any]:
    """Time to an answer while so many spans come a second, evenly; judged beside with all scorers."""
    bodies = [request(random.Random(at), batch)[0] for at in range(int(seconds * rate / batch))]
    times: list[float] = []
    refused = 0
    with served(folder, "--quiet", "1s") as server:
        line = http.client.HTTPConnection("127.0.0.1", server.port)
        begin = time.monotonic()
        for at, body in enumerate(bodies):
            due = begin + at * batch / rate
            time.sleep(max(due - time.monotonic(), 0))
            sent = time.monotonic()
            refused += post(line, body) != 200
            times.append(time.monotonic() - sent)
        ordered = sorted(times)
        with sqlite3.connect(folder / "observed.db") as base:
            judged = base.execute("SELECT count(*) FROM judged").fetchone()[0]
        return {"judged_meanwhile": judged, "requests": len(times), "refused": refused, "p50_ms": round(1e3 * ordered[len(ordered) // 2], 1),
                "p99_ms": round(1e3 * ordered[int(0.99 * len(ordered))], 1), "worst_ms": round(1e3 * ordered[-1], 1),
                "peak_mb": round(server.peak_mb()), "judging_peak_mb": round(server.peak_mb(server.beside))}  # fmt: skip


def kills(folder: Path, times: int) -> dict[str, Any]:
    """Kill the server in the middle of its work, again and again; every span that was answered 200 must be there."""
    rng = random.Random(7)
    accepted: set[str] = set()
    for round_ in range(times):
        with served(folder, "--scorer", "none") as server:
            dead = threading.Timer(rng.uniform(0.2, 1.2), server.process.kill)
            dead.start()
            line = http.client.HTTPConnection("127.0.0.1", server.port)
            try:
                while True:
                    body, ids = request(rng, 50, round_)
                    if post(line, body) == 200:
                        accepted.update(ids)
            except (OSError, http.client.HTTPException):
                pass
            dead.join()
    with sqlite3.connect(folder / "traces.db") as base:
        there = {row[0] for row in base.execute("SELECT id FROM spans")}
    return {"kills": times, "accepted": len(accepted), "lost": len(accepted - there)}


def replay(folder: Path, traces: int) -> dict[str, Any]:
    """Chats of 600 characters through all monitors, in two cohorts, judged by nobody; decoding and assembly included."""
    rng = random.Random(1)
    said = [(prose(rng, 200), prose(rng, 400)) for _ in range(2000)]
    path = folder / "chats.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        for at in range(traces):
            asked, answered = rng.choice(said)
            row = {"input": asked, "output": answered, "timestamp": BEGIN // 10**9 + at, "model": "m-1",
                   "latency_s": 1 + rng.random(), "usage": {"input_tokens": 50, "output_tokens": 90},
                   "metadata": {"route": rng.choice(["chat", "search"])}}  # fmt: skip
            stream.write(json.dumps(row) + "\n")
    command = "import resource; from assay.interfaces.cli import main\n" \
        "try: main()\n" \
        "except SystemExit as end: code = end.code\n" \
        "used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n" \
        "print(code, *(f'{one.ru_utime + one.ru_stime} {one.ru_maxrss // 1024}' for one in used))"  # fmt: skip
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", command, "watch", "replay", str(path), "--scorer", "none", "--segment", "route",
         "--baseline", "1d", "--format", "json", "-o", str(folder / "out.json")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    code, cpu, peak, others_cpu, others_peak = done.stdout.split()
    told = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    used = float(cpu) + float(others_cpu)
    return {"traces": told["traces"], "exit": int(code), "alarms": len(told["alarms"]), "cpu_s": round(used, 1),
            "own_cpu_s": round(float(cpu), 1), "wall_s": round(time.monotonic() - began, 1),
            "us_per_trace": round(1e6 * used / traces), "peak_mb": int(peak),
            "peak_mb_of_a_helper": int(others_peak)}  # fmt: skip


def rest(folder: Path, days: int = 14, cohorts: int = 50, figures: int = 24, a_day: int = 200) -> dict[str, Any]:
    """Sums and counts of two weeks as they rest: so many requests a day in each cohort, each with so many figures."""
    from assay.domain.watched import Observation, Part
    from assay.statistics.percentile import bin_of
    from assay.traces.observed import HOUR_NS, Judged, Observed
    from assay.traces.observed_sums import by_day
    from assay.watch.reservoir import DAY_NS

    rng = random.Random(1)
    observed = Observed(folder / "observed.db")
    number = 0
    for hour in range(24 * days):
        judged = []
        for cohort in range(cohorts):
            for _ in range(a_day // 24 + (rng.random() < a_day % 24 / 24)):
                number += 1
                name, begin = f"{number:032x}", BEGIN + hour * HOUR_NS
                seen = tuple(
                    Observation(metric=f"figure {at}", value=1.0, trace=name, time_ns=begin) for at in range(figures)
                )
                parts = tuple(
                    Part(one, str(bin_of(rng.lognormvariate(0, 0.7)))) for one in ("latency", "model_latency")
                )
                judged.append(Judged(trace=name, start_ns=begin, arrived_ns=begin, observations=seen, parts=parts,
                                     segments=((), (("route", f"route {cohort}"),))))  # fmt: skip
        observed.keep(judged)
    with sqlite3.connect(observed.path, isolation_level=None) as base:
        sizes = []
        for table in ("judged", "spread"):
            base.execute(f"DELETE FROM {table}")
            sizes.append(_pages(base))
        for _ in range(days):
            by_day(base, BEGIN + (days + 1) * DAY_NS)
        daily = _pages(base)
        base.execute("DELETE FROM sums")
        empty = _pages(base)
    return {"days": days, "cohorts": cohorts, "figures": figures, "requests": number,
            "spread_mb_in_90_days": round((sizes[0] - sizes[1]) / days * 90 / 1e6),
            "sums_mb_in_90_days": round((sizes[1] - empty) / days * 90 / 1e6),
            "older_sums_mb_a_year": round((daily - empty) / days * 365 / 1e6)}  # fmt: skip


def _pages(base: sqlite3.Connection) -> int:
    """Bytes of a database without what is empty in it."""
    base.execute("VACUUM")
    return int(base.execute("PRAGMA page_count").fetchone()[0] * base.execute("PRAGMA page_size").fetchone()[0])


def main() -> None:
    """Run what is named, and print it as a line of JSON each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="*", default=["ingest", "accept", "kills"])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--traces", type=int, default=1_000_000)
    given = parser.parse_args()
    parts = {
        "ingest": lambda folder: ingest(folder, given.seconds),
        "accept": lambda folder: accept(folder, given.seconds),
        "kills": lambda folder: kills(folder, given.kills),
        "replay": lambda folder: replay(folder, given.traces),
        "rest": rest,
    }
    for name in given.what:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({"part": name, **parts[name](Path(folder))}), flush=True)


if __name__ == "__main__":
    main()
