"""Rows of Parquet and Arrow files of training data, with pyarrow from the extra [data]."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.domain.errors import DataError, MissingExtra

_AT_ONCE = 1024


def parquet_rows(name: str) -> Iterator[dict[str, Any]]:
    """Rows of a Parquet file as columns, a thousand in memory at once.

    Raises:
        DataError: Not a Parquet file, or a damaged one.
        MissingExtra: pyarrow is not installed.
    """
    _needed(name, "Parquet")
    import pyarrow
    import pyarrow.parquet as parquet

    try:
        with parquet.ParquetFile(name) as table:
            for batch in table.iter_batches(_AT_ONCE):
                yield from batch.to_pylist()
    except (pyarrow.ArrowException, OSError, ValueError, ArithmeticError) as error:
        raise DataError(f"not readable as Parquet: {error}") from error


def arrow_rows(name: str) -> Iterator[dict[str, Any]]:
    """Rows of an Arrow file, written as a file or as a stream.

    Raises:
        DataError: Not an Arrow file, or a damaged one.
        MissingExtra: pyarrow is not installed.
    """
    _needed(name, "Arrow")
    import pyarrow
    from pyarrow import ipc

    try:
        with pyarrow.memory_map(name) as source:
            for batch in _batches(ipc, source):
                for start in range(0, batch.num_rows, _AT_ONCE):
                    yield from batch.slice(start, _AT_ONCE).to_pylist()
    except (pyarrow.ArrowException, OSError, ValueError, ArithmeticError) as error:
        raise DataError(f"not readable as Arrow: {error}") from error


def _batches(ipc: Any, source: Any) -> Iterator[Any]:
    if source.read(6) == b"ARROW1":
        table = ipc.open_file(source)
        for index in range(table.num_record_batches):
            yield table.get_batch(index)
    else:
        source.seek(0)
        yield from ipc.open_stream(source)


def _needed(name: str, what: str) -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise MissingExtra(
            f"{name}: {what} needs pyarrow, which is not installed. Install with: pip install 'assay-llm[data]'"
        ) from error
