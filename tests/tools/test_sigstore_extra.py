"""The extra `sigstore`: its own program checks what assay signed, by the command that docs/ledger.md gives."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from assay.testing.sigstore import LittleSigstore

DOCS = Path(__file__).parents[2] / "docs" / "ledger.md"
WHO, URL, DIGEST = "release@example.org", "https://accounts.example.org", "ab" * 32
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "candidate", "digest": {"sha256": DIGEST}}],
    "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
    "predicate": {"result": "PASSED"},
}


def command() -> list[str]:
    (found,) = re.findall(r"^    (sigstore verify .*)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    return str(found).split()[1:]


@pytest.mark.skipif(importlib.util.find_spec("sigstore") is None, reason="the extra sigstore is not installed")
@pytest.mark.parametrize(
    ("who", "digest", "code"), [(WHO, DIGEST, 0), ("x@example.org", DIGEST, 1), (WHO, "cd" * 32, 1)]
)
def test_sigstores_program_checks_a_bundle(tmp_path: Path, who: str, digest: str, code: int) -> None:
    instance = LittleSigstore()
    bundle, trust = tmp_path / "verdict.sigstore.json", tmp_path / "trust.json"
    bundle.write_text(json.dumps(instance.bundle(json.dumps(STATEMENT).encode(), WHO, URL)))
    trust.write_text(json.dumps(instance.trust_config()))
    meant = {"verdict.sigstore.json": str(bundle), "WHO": who, "URL": URL, "sha256:DIGEST": f"sha256:{digest}"}
    words = [meant.get(word, word) for word in command()]
    given = [sys.executable, "-m", "sigstore", "--trust-config", str(trust), *words]
    told = subprocess.run(given, capture_output=True, text=True, check=False)
    assert told.returncode == code, told.stderr
