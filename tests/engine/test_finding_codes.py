"""The list of codes is what the code makes: a rule that counts findings can name each of them, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import assay
from assay.domain.findings import CODES
from assay.engine.completeness import NEEDED
from assay.engine.patterns import _KINDS

ROOT = Path(assay.__file__).parent
FAMILIES = ("borderline", "judge", "metric", "null", "recorded", "reference", "slice", "subject")


def test_every_code_in_the_source_is_listed_and_every_listed_one_is_made() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for room in ("engine", "gate", "subjects")
        for path in (ROOT / room).glob("*.py")
    )
    written = set(re.findall(rf'"((?:{"|".join(FAMILIES)})\.[a-z_]+)"', source))
    made = written | {f"evidence.{name}" for name in NEEDED} | {f"pattern.{kind}" for kind in _KINDS}
    assert made == set(CODES)
