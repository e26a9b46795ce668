"""`assay watch serve`: takes spans of exporters, judges them, and shows what it found."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from assay.domain.errors import ConfigurationError
from assay.interfaces.watch_begun import Begun
from assay.interfaces.watch_listening import ending, held, loopback, served, server_package
from assay.interfaces.watch_replay import Duration
from assay.store.watch_plans import read_watch_plan
from assay.traces.hot import HotTraces
from assay.traces.observed import NAME, Observed
from assay.traces.writing import Writer
from assay.watch.defaults import SCORERS
from assay.watch.redaction import Redaction
from assay.watch.silence import SILENT_S

PATIENCE_S = 5.0
"""Seconds for which a request waits for a database that another process holds: exporters give up after ten."""
PLAN = "watch.yaml"
"""Plan in the state folder that is read where none is named."""


@click.command(
    epilog="Example:  assay watch serve --dir watch --segment route   Exit codes: 0 stopped, 2 usage, 5 it failed."
)
@click.option("--dir", "folder", metavar="DIR", type=click.Path(path_type=Path), default="watch", show_default=True,
              help="State folder: traces, observations, sealed segments, ledger.")  # fmt: skip
@click.option("--host", metavar="HOST", default="127.0.0.1", show_default=True,
              help="Address to listen on; beyond loopback only with tokens.")  # fmt: skip
@click.option("--port", metavar="PORT", type=click.IntRange(0, 65535), default=4318, show_default=True)
@click.option(
    "--name", metavar="HOST", multiple=True, help="Name under which it is reached, behind a proxy; repeatable."
)
@click.option("--tokens", metavar="FILE", type=click.Path(path_type=Path),
              help="Tokens by digest, as `assay watch token` makes them. [DIR/tokens, if there]")  # fmt: skip
@click.option("--plan", metavar="PLAN", type=click.Path(path_type=Path),
              help="What is watched, as a file says it; options go before it. [DIR/watch.yaml, if there]")  # fmt: skip
@click.option("--segment", metavar="KEY", multiple=True,
              help="Watch each value of this attribute of the root span or the resource; repeatable.")  # fmt: skip
@click.option("--scorer", metavar="NAME", multiple=True,
              help=f"Who judges; repeatable, `none` for nobody. [{', '.join(SCORERS)}]")  # fmt: skip
@click.option("--run", metavar="RUN", type=click.Path(path_type=Path),
              help="Hold rates against what this run's candidate scored; the others against the baseline.")  # fmt: skip
@click.option("--baseline", type=Duration(), help="How long the beginning of the stream is the reference. [7d]")
@click.option("--quiet", type=Duration(), default="10s", show_default=True,
              help="A trace is judged once no span of it came for so long.")  # fmt: skip
@click.option("--keep", type=Duration(), default="14d", show_default=True,
              help="How long recent traces are kept for reading.")  # fmt: skip
@click.option("--keep-sealed", type=Duration(), default="90d", show_default=True,
              help="How long sealed segments, and what was observed, are kept.")  # fmt: skip
@click.option("--redact-secrets/--keep-secrets", "secrets", default=True,
              help="Take keys, tokens and passwords out of spans before they are stored. [taken out]")  # fmt: skip
@click.option("--redact-personal", "personal", is_flag=True, help="Take personal data out too.")
@click.option("--title", metavar="TEXT", help="What is watched, on the page and in messages. [the plan's name]")
@click.option("--show", metavar="RUN", multiple=True, type=click.Path(path_type=Path),
              help="Run folder whose verdict, queue and ledger the page shows too; repeatable.")  # fmt: skip
@click.option("--canary", metavar="DIR", multiple=True, type=click.Path(path_type=Path),
              help="Folder of a canary that the page shows; repeatable.")  # fmt: skip
def serve(
    folder: Path, host: str, port: int, name: tuple[str, ...], tokens: Path | None, secrets: bool, personal: bool,
    **settings: Any,
) -> int:  # fmt: skip
    """Take spans of exporters over HTTP, judge them, and show what was found.

    Point an exporter of OpenTelemetry at it: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318. The state folder
    remembers what is watched (--plan, --segment, --scorer, --run, --baseline) for the next start.
    """
    with ending() as ended:
        return _serve(ended, folder, host, port, name, tokens, Redaction(secrets=secrets, personal=personal), settings)


def _serve(
    ended: threading.Event, folder: Path, host: str, port: int, names: Sequence[str], tokens: Path | None,
    clean: Redaction, settings: dict[str, Any],
) -> int:  # fmt: skip
    uvicorn = server_package()
    from assay.interfaces.watch_working import wanted
    from assay.web.doors import Doors
    from assay.web.tokens import Kept

    doors = Doors(tokens=Kept(folder, tokens))
    if not doors.tokens and not loopback(host):
        raise ConfigurationError(
            f"--host {host}: beyond loopback a token is needed. Make one with `assay watch token NAME --dir {folder}`, "
            "or listen on 127.0.0.1"
        )
    begun, given = Begun(folder), _told(settings)
    if taken := begun.taken(given):
        click.echo(f"assay watch: {taken}", err=True)
    told = _planned(folder, begun.filled(given))
    asked = wanted(told)  # what is wrong in it is said now, not by the process beside
    watched = [*asked.segments.keys], asked.settings.baseline_ns / 1e9
    with held(folder, host, port) as bound:
        for line in begun.differs(given, *watched):
            click.echo(f"assay watch: WARNING: {line}", err=True)
        made = _House(folder, host, names, doors, clean, told)
        try:
            begun.keep(begun.filled(given), *watched)
            click.echo(f"assay watch: http://{host}:{bound.getsockname()[1]} (Ctrl-C ends it)", err=True)
            served(uvicorn, made.app, bound, ended)
        finally:
            made.close()
    return 0


class _House:
    """All that serves a folder, opened together and closed together: what was accepted is written first."""

    def __init__(
        self, folder: Path, host: str, names: Sequence[str], doors: Any, clean: Redaction, settings: dict[str, Any]
    ) -> None:
        from assay.interfaces.page_routes import pages
        from assay.interfaces.watch_working import HOT, Beside
        from assay.web.app import LOOPBACK, House, app
        from assay.web.receiver import Receiver

        hot, observed = HotTraces(folder / HOT, PATIENCE_S), Observed(folder / NAME)
        _tell_migrated(hot, observed)
        self._writer = Writer(hot)
        receiver = Receiver(writer=self._writer, doors=doors, clean=clean)
        self._beside = Beside(folder, settings, receiver.counts)
        house = House(
            folder=folder,
            hot=hot,
            observed=observed,
            writer=self._writer,
            doors=doors,
            receiver=receiver,
            hosts=(*LOOPBACK, host.lower(), *map(str.lower, names)),
            any_address=not loopback(host),
            working=self._beside.alive,
            silent_s=settings["silence_s"] or SILENT_S,
        )
        self._open = ExitStack()
        try:
            self.app = app(house, self._open.enter_context(pages(house, settings)))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Writes what was accepted, and ends the process beside."""
        self._open.close()
        self._writer.close()
        self._beside.close()


def _tell_migrated(*files: HotTraces | Observed) -> None:
    for one in files:
        before, now = one.migrated
        if 0 < before < now:
            click.echo(f"assay watch: {one.path}: brought from schema {before} to {now}", err=True)


def _told(settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "plan": str(settings["plan"].absolute()) if settings["plan"] else "",
        "segments": list(settings["segment"]),
        "scorers": list(settings["scorer"]),
        "run": str(settings["run"].absolute()) if settings["run"] else "",
        "baseline_s": settings["baseline"],
        "quiet_s": settings["quiet"],
        "keep_s": settings["keep"],
        "keep_sealed_s": settings["keep_sealed"],
        "title": settings["title"] or "",
        "show": [str(one) for one in settings["show"]],
        "canaries": [str(one) for one in settings["canary"]],
    }


def _planned(folder: Path, told: dict[str, Any]) -> dict[str, Any]:
    """Settings with the plan of the folder, where no other is named, and what only a plan says."""
    own = folder / PLAN
    plan = Path(told["plan"]) if told["plan"] else own.absolute() if own.is_file() else None
    return {**told, "plan": str(plan or ""), "silence_s": read_watch_plan(plan).silence_s if plan else None}
