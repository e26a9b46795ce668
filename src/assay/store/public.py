"""Public benchmark files, read from a local path as they were published."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from assay.domain.errors import DataError
from assay.domain.sample import Dataset, Sample
from assay.store.public_files import Row, rows
from assay.store.public_requests import coconot
from assay.store.public_source import PublicSource
from assay.store.public_sources import source


def load(kind: str, path: Path, limit: int | None = None) -> Dataset:
    """A public benchmark as a dataset; nothing is downloaded.

    Requests get the target `refuse` or `comply` from the source's own label; multiple choice gets
    its options and the letter; GSM8K its final number. A row that its annotators could not label is
    left out. The published layout is read, and the
    uniform shape (`id, set, prompt, category, label, meta`) that several collections use.

    Args:
        kind: Name of the benchmark, for example xstest; see docs/packs/public.md.
        path: The file, as published.
        limit: Keep only the first so many samples.

    Returns:
        The dataset, named after the benchmark; its digest covers every sample in order.

    Raises:
        DataError: No such benchmark or file, another benchmark's file, or a row that cannot be read.
        MissingExtra: Parquet without pyarrow.
    """
    wanted = source(kind)
    samples: list[Sample] = []
    places: dict[str, str] = {}
    for row in rows(Path(path)):
        sample = _reader(wanted, row, Path(path))(row)
        if sample is None:
            continue
        if not sample.input:
            raise DataError(f"{row.place}: the prompt is empty")
        if sample.id in places:
            raise DataError(
                f"{row.place}: id '{sample.id}' stands already at {places[sample.id]}. "
                "Was the file put together from several downloads? Load them one by one"
            )
        places[sample.id] = row.place
        samples.append(sample)
        if limit is not None and len(samples) >= limit:
            break
    if not samples:
        raise DataError(f"{path}: no rows. Expected {wanted.title}: {wanted.files} of {wanted.address}")
    return Dataset(name=wanted.kind, samples=tuple(samples))


def _reader(wanted: PublicSource, row: Row, path: Path) -> Callable[[Row], Sample | None]:
    if isinstance(row.values.get("set"), str) and "source" in row.values and "label_source" in row.values:
        if row.values["set"] not in wanted.sets:
            raise DataError(
                f"{row.place}: a row of '{row.values['set']}', expected {' or '.join(wanted.sets)}. "
                f"Is '{wanted.kind}' the right name for this file?"
            )
        return wanted.uniform
    missing = [name for name in wanted.columns if not any(one in row.values for one in name.split("|"))]
    if missing:
        raise DataError(
            f"{row.place}: no column {', '.join(map(_quoted, missing))}, so this is not {wanted.title} as published. "
            f"The row holds: {row.columns}. Expected {wanted.files} of {wanted.address}"
        )
    if wanted.kind == "coconot" and _contrast(row, path):
        return partial(coconot, contrast=True)
    return wanted.native


def _quoted(name: str) -> str:
    return " or ".join(f"'{one}'" for one in name.split("|"))


def _contrast(row: Row, path: Path) -> bool:
    """CoCoNot's contrast set is told by its file or folder name; some releases mark its rows `is_refusal: 0`."""
    return "contrast" in f"{path.parent.name}/{path.name}" or row.values.get("is_refusal") in (0, False, "0")
