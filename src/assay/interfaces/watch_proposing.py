"""`assay watch propose`: harvested rows as a training slice, once a person stands for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from assay.domain.digest import digest_bytes
from assay.domain.errors import ConfigurationError, DataError
from assay.domain.harvested import MARK, harvested
from assay.domain.sample import Sample
from assay.engine.reproduce import FLAKY, REPRODUCED
from assay.interfaces.runs import write_whole
from assay.interfaces.watch_ledger import entries, tell_watch
from assay.store.datasets import read_dataset
from assay.store.ledger.people import reviewer
from assay.store.lines import numbered_lines
from assay.store.regressions import sample_row


@click.command(
    epilog="Example:  assay watch propose regressions.jsonl --ledger watch/ --by Ana --reason 'read all 12' "
    "-o proposed.jsonl   Exit codes: 0 written, 2 usage or not allowed."
)
@click.argument("rows", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--ledger", "book", required=True, metavar="PATH", type=click.Path(path_type=Path),
    help="The ledger that the harvest told of its rows.",
)  # fmt: skip
@click.option("-o", "target", required=True, metavar="FILE", type=click.Path(path_type=Path), help="Where to.")
@click.option("--row", "wanted", metavar="ID", multiple=True, help="Only this row; repeatable.")
@click.option(
    "--answers", metavar="FILE", type=click.Path(path_type=Path),
    help="Good answers that a person wrote: JSON Lines of `id` and `answer`.",
)  # fmt: skip
@click.option("--reason", required=True, help="Why, in a sentence.")
@click.option("--by", metavar="NAME", help="Who you are [$ASSAY_REVIEWER].")
def propose(
    rows: Path, book: Path, target: Path, wanted: tuple[str, ...], answers: Path | None, reason: str, by: str | None
) -> int:
    """Propose harvested rows as training data: who approves is recorded first, and then the file is written.

    Only rows that failed again when they were asked again are proposed. The rows keep their mark: what was harvested
    may never be sealed, and a suite that holds them must not be the one that decides on a model trained with them.
    """
    name = reviewer(by)
    if not reason.strip():
        raise click.UsageError("--reason: say why, in a sentence")
    if target.exists():
        raise ConfigurationError(f"{target} exists already; give another file with -o")
    content = rows.read_bytes() if rows.is_file() else b""
    known = digest_bytes(content).removeprefix("sha256:")
    _harvested(rows, book, known)
    chosen = _chosen(rows, wanted)
    good = _answers(answers) if answers is not None else {}
    lines = [_row(one, good.get(one.id)) for one in chosen]
    text = "".join(json.dumps(one, ensure_ascii=False, allow_nan=False) + "\n" for one in lines)
    data = {
        "rows_sha256": known, "proposed_sha256": digest_bytes(text.encode()).removeprefix("sha256:"),
        "rows": [one.id for one in chosen], "answered": sum(one.id in good for one in chosen), "by": name,
        "reason_sha256": digest_bytes(reason.strip().encode()).removeprefix("sha256:"),
    }  # fmt: skip
    number = tell_watch(book, "proposed", data)
    write_whole(target, text)
    left = sum(one.id not in good for one in chosen)
    click.echo(f"wrote {target}: {len(chosen)} rows, approved by {name} (entry {number} of the ledger)")
    if left:
        click.echo(f"{left} of them have no good answer yet: write `chosen` before anything is trained on them")
    return 0


def _harvested(rows: Path, book: Path, known: str) -> None:
    """That the ledger tells of these very rows.

    Raises:
        DataError: There is no such file, or no entry of the ledger knows it.
    """
    if not rows.is_file():
        raise DataError(f"{rows}: no such file; write it with `assay harvest --watch -o {rows.name} --ledger {book}`")
    told = {file["sha256"] for entry in entries(book, "harvested") for file in entry.data.get("files", ())}
    if known not in told:
        raise DataError(
            f"{rows}: no entry of the ledger {book} tells of these rows (sha256 {known[:12]}..). They were changed "
            f"since, or harvested without --ledger {book}"
        )


def _chosen(rows: Path, wanted: Sequence[str]) -> list[Sample]:
    samples = {one.id: one for one in read_dataset(rows).samples if harvested(one.metadata)}
    missing = next((name for name in wanted if name not in samples), None)
    if missing is not None:
        raise ConfigurationError(f"--row: {rows} has no harvested row '{missing}'. Known: {', '.join([*samples][:12])}")
    chosen = [samples[name] for name in dict.fromkeys(wanted)] if wanted else list(samples.values())
    sure = [one for one in chosen if one.metadata[MARK].get("state") in (REPRODUCED, FLAKY)]
    if not sure:
        raise DataError(
            f"{rows}: none of {len(chosen)} rows failed again when asked again; only what is reproduced is proposed. "
            "Harvest with --plan, so that an endpoint is asked"
        )
    if len(sure) < len(chosen):
        click.echo(f"{len(chosen) - len(sure)} rows were not reproduced and are left out", err=True)
    return sure


def _answers(path: Path) -> dict[str, str]:
    """Good answers by the id of their row.

    Raises:
        DataError: A line is not an object with `id` and `answer`.
    """
    found: dict[str, str] = {}
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            found[str(row["id"])] = str(row["answer"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}:{number}: expected an object with 'id' and 'answer' ({error})") from error
    return found


def _row(sample: Sample, good: str | None) -> dict[str, Any]:
    """A row of preferences: production's answer as the rejected one; the chosen one where a person wrote it."""
    mark: Mapping[str, Any] = sample.metadata[MARK]
    prompt = [{key: value for key, value in one.items() if value} for one in _turns(sample)]
    chosen = [{"role": "assistant", "content": good}] if good else None
    rejected = [{"role": "assistant", "content": str(mark.get("answer") or "")}]
    kept = {key: value for key, value in mark.items() if key != "answer"}
    return {
        "id": sample.id, "prompt": prompt, "chosen": chosen, "rejected": rejected,
        "metadata": {**{key: value for key, value in sample.metadata.items() if key != MARK}, MARK: kept},
    }  # fmt: skip


def _turns(sample: Sample) -> list[dict[str, Any]]:
    asked = sample_row(sample)["input"]
    return [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
