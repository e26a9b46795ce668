"""Runs of other programs, written as a dataset and recorded outputs; two of them side by side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import msgspec

from assay.domain.digest import canonical
from assay.domain.errors import DataError
from assay.store.datasets import sample_of
from assay.store.foreign import ForeignRow, ForeignRun

SCORES = "imported_scores"
"""Key of the outputs' metadata that holds the other program's scores; ours never stand there."""
MOST_EPOCHS = 1000
_SECRET = re.compile(r"(?i)(api_?key|token$|secret|passw|authorization|credential|headers?$|cookie)")
_ADDRESS = re.compile(r"(?<=://)[^/@\s]+@|\?[^\s\"']*(?=$|[\s\"'])")


def readers() -> dict[str, Callable[..., ForeignRun]]:
    """Names of `assay import --from` and what reads them."""
    from assay.store.batch_logs import read_batch
    from assay.store.garak_logs import read_garak
    from assay.store.inspect_logs import read_inspect
    from assay.store.lm_eval_logs import read_lm_eval
    from assay.store.promptfoo_logs import read_promptfoo

    return {
        "inspect": read_inspect,
        "lm-eval": read_lm_eval,
        "promptfoo": read_promptfoo,
        "garak": read_garak,
        "openai-batch": read_batch,
    }


@dataclass(slots=True)
class Asked:
    """What was asked under one id."""

    row: bytes
    """Digest of the dataset's row."""
    sent: bytes
    """Digest of the prompt as sent."""
    sample: str
    """Digest of the sample as written."""
    place: str
    """Where the row stands."""
    epochs: int = 0
    """The repeats that were seen, as bits."""


@dataclass(slots=True)
class Imported:
    """What one run came to; filled while its rows are written."""

    asked: dict[str, Asked] = field(default_factory=dict)
    """By id of the sample."""
    rows: int = 0
    errors: int = 0
    epochs: int = 1
    scores: dict[str, Counter[str]] = field(default_factory=dict)
    """Per score how many are scored, unscored, and words."""
    models: Counter[str] = field(default_factory=Counter)
    """Models that said they answered."""
    other_row: list[str] = field(default_factory=list)
    """Ids under which the other run asked something else."""
    other_prompt: int = 0
    """Samples of the same row that were sent in other words than in the other run."""


def write_run(run: ForeignRun, samples: IO[bytes], outputs: IO[bytes], beside: Imported | None = None) -> Imported:
    """Write a run's rows as they come; only ids and digests stay in memory.

    Args:
        run: The run.
        samples: Takes the samples that `beside` has not written.
        outputs: Takes the recorded outputs.
        beside: The run that it is laid beside; answers to its rows point at its samples.

    Raises:
        DataError: No row at all, an id that stands for two questions, or one answer that stands twice.
    """
    made = Imported()
    for row in run.rows:
        asked = _asked(row, made, beside, samples)
        if row.epoch > MOST_EPOCHS:
            raise DataError(f"{row.place}: repeat {row.epoch} of '{row.id}'; at most {MOST_EPOCHS} are read")
        if asked.epochs >> row.epoch & 1:
            raise DataError(
                f"{row.place}: '{row.id}' (repeat {row.epoch}) stands already, first at {asked.place}; which counts?"
            )
        asked.epochs |= 1 << row.epoch
        outputs.write(msgspec.json.encode(_output(row, run.program, asked.sample)) + b"\n")
        _count(row, made)
    if not made.rows:
        said = "; ".join(run.problems.lines())
        raise DataError(f"{run.path}: no answer could be imported" + (f": {said}" if said else ""))
    return made


def _asked(row: ForeignRow, made: Imported, beside: Imported | None, samples: IO[bytes]) -> Asked:
    own = _digest([row.row])
    known = made.asked.get(row.id)
    if known is not None:
        if known.row != own:
            raise DataError(f"{row.place}: '{row.id}' asks something else than at {known.place}; ids pair the answers")
        return known
    sent = _digest([row.sent])
    other = None if beside is None else beside.asked.get(row.id)
    if other is not None and other.row == own:
        made.other_prompt += other.sent != sent
        asked = Asked(own, sent, other.sample, row.place)
    else:
        sample = _sample(row)
        asked = Asked(own, sent, sample_of(sample, row.place, row.id).digest, row.place)
        if other is None:
            samples.write(msgspec.json.encode(sample) + b"\n")
        else:
            made.other_row.append(row.id)
    made.asked[row.id] = asked
    return asked


def _digest(value: Any) -> bytes:
    return sha256(canonical(value)).digest()[:16]


def _sample(row: ForeignRow) -> dict[str, Any]:
    metadata = dict(row.metadata)
    if not row.error:
        metadata[SCORES] = sorted(row.scores)
    sample: dict[str, Any] = {"id": row.id, "input": row.input}
    if row.target is not None:
        sample["target"] = row.target
    if row.choices:
        sample["choices"] = row.choices
    return {**sample, "metadata": metadata}


def _output(row: ForeignRow, program: str, digest: str) -> dict[str, Any]:
    more = {key: value for key, value in row.more.items() if value is not None and key != "metadata"}
    metadata = {**row.more.get("metadata", {}), "imported_from": program, SCORES: dict(row.scores)}
    said = {"error": row.error} if row.error or row.output is None else {"output": row.output}
    return {"id": row.id, "epoch": row.epoch, **said, **more, "sample_digest": digest, "metadata": metadata}


def _count(row: ForeignRow, made: Imported) -> None:
    made.rows += 1
    made.errors += bool(row.error)
    made.epochs = max(made.epochs, row.epoch)
    if row.more.get("model"):
        made.models[str(row.more["model"])] += 1
    for name, value in row.scores.items():
        kind = "unscored" if value is None else "words" if isinstance(value, str) else "scored"
        made.scores.setdefault(name, Counter())[kind] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One way in which two runs were not made alike."""

    what: str
    """program, task, prompt, settings, scoring, rows, or model."""
    message: str
    """What differs, one sentence."""
    apart: bool
    """Whether the runs cannot be laid beside each other because of it, unless somebody accepts that."""


def differences(
    reference: ForeignRun, candidate: ForeignRun, first: Imported, second: Imported
) -> tuple[Difference, ...]:
    """All that was not the same in two runs, but for the model; what keeps them from being compared comes first.

    Args:
        reference: The run that is compared with.
        candidate: The other one.
        first: What the reference's rows came to.
        second: What the candidate's rows came to.
    """
    found = [
        *_unlike("task", {"task": reference.task}, {"task": candidate.task}),
        *_unlike("prompt", reference.prompt, candidate.prompt),
        *_unlike("settings", reference.settings, candidate.settings),
        *_unlike("scoring", reference.scoring, candidate.scoring),
        *_rows(first, second),
        *_scores(first, second),
        *_circumstances(reference, candidate, first, second),
    ]
    return tuple(sorted(found, key=lambda one: not one.apart))


def _unlike(what: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Difference]:
    for key in sorted({*one, *other}):
        left, right = one.get(key), other.get(key)
        if canonical([_plain(left)]) != canonical([_plain(right)]):
            yield Difference(
                what=what,
                message=f"{what} '{key}': {shown(left)} in the reference, {shown(right)} in the candidate"
                if what != key
                else f"{key}: {shown(left)} in the reference, {shown(right)} in the candidate",
                apart=True,
            )


def _rows(first: Imported, second: Imported) -> Iterator[Difference]:
    shared = len(first.asked.keys() & second.asked.keys()) - len(second.other_row)
    if not shared:
        yield Difference(what="rows", message="rows: the runs share no sample", apart=True)
    for side, ids in (
        ("reference", [name for name in first.asked if name not in second.asked]),
        ("candidate", [name for name in second.asked if name not in first.asked]),
    ):
        if ids:
            total = len(first.asked.keys() | second.asked.keys())
            message = f"rows: {len(ids)} of {total} samples are in the {side} only: {_few(ids)}"
            yield Difference(what="rows", message=message, apart=False)
    if second.other_row:
        message = f"rows: {len(second.other_row)} samples hold another question or target: {_few(second.other_row)}"
        yield Difference(what="rows", message=message, apart=False)
    fewer = [
        name for name, one in first.asked.items() if name in second.asked and one.epochs != second.asked[name].epochs
    ]
    if fewer:
        yield Difference(
            what="rows", message=f"rows: {len(fewer)} samples were repeated differently: {_few(fewer)}", apart=False
        )
    if second.other_prompt:
        message = f"prompt: {second.other_prompt} of {shared} shared samples were sent in other words"
        yield Difference(what="prompt", message=message, apart=True)


def _scores(first: Imported, second: Imported) -> Iterator[Difference]:
    for side, names in (
        ("reference", first.scores.keys() - second.scores.keys()),
        ("candidate", second.scores.keys() - first.scores.keys()),
    ):
        if names:
            message = f"scoring: in the {side} only: {_few(sorted(names))}"
            yield Difference(what="scoring", message=message, apart=False)


def _circumstances(
    reference: ForeignRun, candidate: ForeignRun, first: Imported, second: Imported
) -> Iterator[Difference]:
    if reference.version != candidate.version:
        message = f"program: {reference.program} {reference.version or '?'} and {candidate.version or '?'}"
        yield Difference(what="program", message=message, apart=False)
    for side, run, made in (("reference", reference, first), ("candidate", candidate, second)):
        if run.status:
            yield Difference(what="run", message=f"run: the {side} did not end well: {run.status}", apart=False)
        if len(made.models) > 1:
            message = f"model: several answered in the {side}: {_few([str(one) for one in made.models])}"
            yield Difference(what="model", message=message, apart=False)
    if reference.model == candidate.model:
        told = f"both runs name the same one, {shown(reference.model)}" if reference.model else "neither run names one"
        message = f"model: {told}"
        yield Difference(what="model", message=message, apart=False)


def _few(names: list[str]) -> str:
    return ", ".join(name[:60] for name in names[:5]) + (" ..." if len(names) > 5 else "")


def shown(value: Any) -> str:
    """A setting in a few words, without secrets; what is long by its digest."""
    if value is None or value == "":
        return "nothing"
    text = value if isinstance(value, str) else canonical(_plain(withheld(value))).decode("utf-8", "replace")
    text = " ".join(_ADDRESS.sub("", text).split())
    return text if len(text) <= 160 else f"{text[:100]}... ({_digest([_plain(value)]).hex()[:12]})"


def withheld(value: Any) -> Any:
    """The value without what looks like a secret by its name, and addresses without user, password and query."""
    if isinstance(value, Mapping):
        return {
            str(key): "[withheld]" if _SECRET.search(str(key)) and one not in (None, "") else withheld(one)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [withheld(one) for one in value]
    return _ADDRESS.sub("", value) if isinstance(value, str) and "://" in value else value


def _plain(value: Any) -> Any:
    """As JSON can say it, whole numbers alike in both their forms."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def facts(run: ForeignRun, made: Imported) -> dict[str, Any]:
    """What `import.json` keeps of a run."""
    return {
        "program": run.program,
        "version": run.version,
        "file": Path(run.path).name,
        "model": run.model,
        "served_models": dict(made.models),
        "task": run.task,
        "status": run.status or "ended",
        "settings": withheld(run.settings),
        "prompt": withheld(run.prompt),
        "scoring": withheld(run.scoring),
        "rows": made.rows,
        "samples": len(made.asked),
        "errors": made.errors,
        "epochs": made.epochs,
        "scores": {name: dict(counts) for name, counts in sorted(made.scores.items())},
        "problems": [
            {"what": kind, "count": count, "places": run.problems.places[kind]}
            for kind, count in run.problems.counts.most_common()
        ],
    }
