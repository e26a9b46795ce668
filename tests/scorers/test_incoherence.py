"""What is no answer is told from what merely looks odd; in doubt it is an answer."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from assay.domain.sample import Sample
from assay.domain.trial import Output
from assay.scorers.hidden_request import hides_request
from assay.scorers.incoherence import incoherent
from assay.scorers.refusal import Refusal

POEM = "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, merrily, life is but a dream."
TABLE = "| a | b |\n|---|---|\n" + "| 0 | 0 |\n" * 30


@pytest.mark.parametrize(
    "text", ["I am here. " * 8, "no " * 40, "...", "?!", "- - -", "\x00" * 50, "\ufffd" * 20, "哈" * 60, "a" * 500]
)
def test_no_answer(text: str) -> None:
    assert incoherent(text.strip())
    (score,) = Refusal().score(Sample(id="1", input="?"), Output(text=text))
    assert (score.value, score.unscored, score.answer) == (None, "not an answer", "not_an_answer")


@pytest.mark.parametrize(
    "text",
    [
        "42",
        "B",
        "[]",
        "{}",
        "👍",
        "x = 7",
        "No, no, no!",
        POEM,
        TABLE,
        "0, " * 50,
        "北京。",
        "لا أستطيع",
        "Ja.",
        "1+1=2",
        "→",
    ],
)
def test_an_answer(text: str) -> None:
    assert incoherent(text.strip()) == ""


def shared(path: str) -> Path:
    root = Path(os.environ.get("ASSAY_SHARED", Path(__file__).parents[3] / "shared"))
    if not (root / path).exists():
        pytest.skip(f"no {path}: set ASSAY_SHARED to the folder of shared data")
    return root / path


@pytest.mark.parametrize(
    "path",
    ["data/paired_models/gsm8k_solutions.jsonl", "data/refusal/xstest_responses.jsonl", "data/preference/llmbar.jsonl"],
)
def test_real_answers_are_answers(path: str) -> None:
    rows = [json.loads(line) for line in shared(path).read_text().splitlines()]
    texts = [str(row[key]).strip() for row in rows for key in ("response", "response_a", "response_b") if row.get(key)]
    called = [text for text in texts if text and incoherent(text)]
    assert len(called) <= len(texts) / 1000, called[:3]


def test_a_prompt_that_hides_a_request_is_recognised() -> None:
    path = shared("data/refusal/latent_jailbreak_human.jsonl")
    assert all(hides_request(json.loads(line)["prompt"]) for line in path.read_text().splitlines())
    others = shared("data/prompts/xstest_prompts.jsonl").read_text().splitlines()
    assert not any(hides_request(json.loads(line)["prompt"]) for line in others)
