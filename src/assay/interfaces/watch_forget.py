"""`assay watch forget`: erases one person's traces."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from assay.domain.errors import ConfigurationError
from assay.interfaces.watch_keeping import COLD, ORIGIN, cold_of, sealing
from assay.interfaces.watch_working import HOT
from assay.report.inert import one_line
from assay.report.words import plural
from assay.store.ledger.book import Ledger
from assay.traces.forgetting import forget
from assay.traces.hot import HotTraces
from assay.traces.observed import NAME, Observed


@click.command(
    "forget",
    epilog="Example:  assay watch forget user.id=4711 --dir watch   Exit codes: 0 erased, 2 usage, 5 it failed.",
)
@click.argument("what", metavar="KEY=VALUE")
@click.option("--dir", "folder", metavar="DIR", type=click.Path(path_type=Path), default="watch", show_default=True,
              help="State folder.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def forget_command(what: str, folder: Path, form: str) -> int:
    """Erase all traces in which an attribute KEY is VALUE: recent and sealed ones, what was observed, examples.

    The ledger is told how much went and the new digests of sealed segments; never the value.
    """
    key, sign, value = what.partition("=")
    if not sign or not key or not value:
        raise ConfigurationError(f"'{what}' is not KEY=VALUE, such as user.id=4711")
    if not (folder / HOT).is_file():
        raise ConfigurationError(f"{folder}: no state folder of `assay watch serve` ({HOT} is not there)")
    hot, began = HotTraces(folder / HOT), time.monotonic()

    with sealing(folder), Ledger(folder, write=True, origin=ORIGIN) as ledger:

        def tell(kind: str, data: Mapping[str, Any]) -> None:
            ledger.append(kind, data)

        cold = cold_of(folder, hot) if (folder / COLD).is_dir() else None
        done = forget(hot, cold, Observed(folder / NAME), key, value, tell)
    if form == "json":
        click.echo(json.dumps({**asdict(done), "seconds": round(time.monotonic() - began, 3)}))
    elif not any(asdict(done).values()):
        click.echo(f"no trace matches {one_line(what, 200)}")
    else:
        click.echo(
            f"erased {plural(done.traces, 'trace')}: {plural(done.spans, 'span')}, "
            f"{plural(done.cold_rows, 'row')} of sealed segments, {plural(done.judged, 'observed trace')}, "
            f"{plural(done.logs, 'loose log record')}"
        )
    return 0
