"""Codes of findings: what the source of the checks writes is what the checks declare."""

from __future__ import annotations

import re
from pathlib import Path

import assay.checks
from assay.checks.codes import codes
from assay.checks.fit import PROBLEMS, UNFIT
from assay.domain.findings import CODES

ROOT = Path(assay.checks.__path__[0])


def test_every_code_in_the_source_is_declared() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py") if path.name != "check.py")
    families = "|".join(sorted({code.partition(".")[0] for code in codes()}))
    written = set(re.findall(rf'"((?:{families})\.[a-z_]+)"', source)) | set(re.findall(r'code="([^"]+)"', source))
    assert len(written) > 40
    assert written <= set(codes())


def test_codes_that_are_put_together_are_declared() -> None:
    made = {one.code for one in (*UNFIT.values(), *PROBLEMS.values())}
    assert made | {"format.mixed_shapes", "duplicate.near", "contamination.rephrased"} <= set(codes())


def test_codes_are_dotted_and_none_is_one_of_the_audit() -> None:
    assert all(re.fullmatch(r"[a-z_]+(\.[a-z0-9_]+)+", code) for code in codes())
    assert not set(codes()) & set(CODES)
