"""The training data that a plan names: its files found and digested before the first call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assay.domain.data import DataSpec
from assay.domain.digest import digest
from assay.domain.errors import DataError, PlanError
from assay.store.planfile import DataFile
from assay.store.sources import Source, existing, file_digest
from assay.store.training_files import files

DATA = "data:"
"""How names of digests begin that stand for files of training data."""


def read_data(written: DataFile | None, source: Source, contract: str | None = None) -> DataSpec | None:
    """The data of a plan, with the digest of each file.

    Args:
        written: As written; None where the plan names none.
        source: The plan.
        contract: Behaviour contract of the plan, which its rows are held to like its answers.

    Raises:
        PlanError: A file is not there, and no earlier audit of it is named; a folder holds none; it is standard input.
    """
    if written is None:
        return None
    outcome = source.found(written.findings) if written.findings else None
    deployment = existing(source, written.deployment, ("data", "deployment")) if written.deployment else None
    found = dict(_digested(written, source))
    return DataSpec(
        files=found,
        passed=_passed(written, source),
        folder=str(source.folder),
        kind=written.kind or "",
        require=tuple(written.require),
        deployment=written.deployment or "",
        deployment_digest=path_digest(deployment),
        contract=contract or "",
        contract_digest=path_digest(existing(source, contract, ("contract",)) if contract else None),
        findings=written.findings or "",
        ledger=written.ledger or "",
        findings_digest=path_digest(outcome),
        contaminated_above=float(written.contaminated_above),
        contaminated_by=tuple(sorted(set(written.contaminated_by))),
        contaminated=written.contaminated,
    )


def _digested(written: DataFile, source: Source) -> Iterator[tuple[str, str]]:
    """Name as written, or within a folder as written, with the digest; empty where there is no such file."""
    for index, name in enumerate(written.files):
        where = ("data", "files", index)
        if name == "-":
            raise PlanError(f"{source.document.place(where)}: standard input cannot be read again; name a file")
        path = source.found(name)
        if not path.exists() and written.findings:
            yield name, ""
            continue
        path = existing(source, name, where)
        try:
            meant, _ = files([str(path)])
        except DataError as error:
            raise PlanError(f"{source.document.place(where)}: {error}") from error
        for one in meant:
            inside = Path(one).relative_to(path).as_posix() if path.is_dir() else ""
            yield f"{name.rstrip('/')}/{inside}" if inside else name, path_digest(Path(one))


def _passed(written: DataFile, source: Source) -> tuple[str, ...]:
    """Files in folders that are of no known format, as written."""
    folders = [(name, source.found(name)) for name in written.files if name != "-"]
    return tuple(
        f"{name.rstrip('/')}/{Path(one).relative_to(path).as_posix()}"
        for name, path in folders
        if path.is_dir()
        for one in files([str(path)])[1]
    )


def path_digest(path: Path | None) -> str:
    """SHA-256 of a file; empty where there is none, or it is a folder."""
    return f"sha256:{file_digest(path)}" if path is not None and path.is_file() else ""


def data_digests(data: DataSpec | None, left_out: Mapping[str, str]) -> dict[str, str]:
    """What is registered of a plan's data, by name; nothing where it names none."""
    if data is None:
        return {}
    settings = asdict(data) | {"files": dict(data.files), "folder": ""}
    found = {"data": digest(settings)} | {f"{DATA}{name}": one or "missing" for name, one in data.files.items()}
    return found | ({"left_out": digest(dict(left_out))} if left_out else {})


def dump_data(data: DataSpec | None) -> dict[str, Any] | None:
    """The data of a plan as JSON values; the folder it lies in is of this machine and stays out."""
    return None if data is None else asdict(data) | {"files": dict(data.files), "folder": ""}


def restore_data(saved: Mapping[str, Any] | None) -> DataSpec | None:
    """What `dump_data` gave."""
    return (
        None
        if saved is None
        else DataSpec(
            **{
                **saved,
                **{name: tuple(saved.get(name, ())) for name in ("passed", "require", "contaminated_by")},
            }
        )
    )
