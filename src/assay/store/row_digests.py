"""The digest of each row of training data in a file of its own, a JSON object a line."""

from __future__ import annotations

import json
from typing import IO

from assay.domain.training import TrainingRow


class RowDigests:
    """Writes file, line and digest of each row that it is shown; the digests add up to that of the manifest."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def add(self, row: TrainingRow) -> None:
        """Write a row's line."""
        told = {"file": row.file, "line": row.line, "digest": row.digest}
        self._stream.write(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
