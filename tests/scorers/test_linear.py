"""A linear model scores as written down, and damaged files are told."""

from __future__ import annotations

import io
from importlib import resources

import numpy as np
import pytest

from assay.domain.errors import AssayError
from assay.scorers.hashing import View, grams
from assay.scorers.linear import RARITY_STEP, Model, _read, model, saved

VIEW = View(field="answer", words=(1,), chars=(), bits=10)


def made(word: str, weight: int = 100) -> Model:
    """A model that knows one word."""
    weights = np.zeros((1, 1 << VIEW.bits), dtype=np.int8)
    weights[0, grams(word, VIEW).buckets] = weight
    return Model(
        views=(VIEW,),
        questions=("known",),
        rarity=(np.full(1 << VIEW.bits, RARITY_STEP, dtype=np.uint8),),
        weights=(weights,),
        scales=np.array([[0.05]]),
        plain=np.array([[2.0]]),
        bias=np.array([-1.0]),
        calibration=np.array([[0.5, 0.25]]),
    )


def test_a_logit_is_what_the_arrays_say() -> None:
    one = made("hello")
    assert one.logits({"answer": "hello"}, [1.5])[0] == pytest.approx(0.5 * (-1.0 + 3.0 + 100 * 0.05) + 0.25)
    assert one.logits({}, [0.0])[0] == pytest.approx(0.5 * -1.0 + 0.25)


def test_the_telling_sentence_is_pointed_at() -> None:
    text = "Nothing here. But hello there! And nothing."
    (span,) = made("hello").telling("answer", text, "known", reason="greets")
    assert text[span.start : span.end] == "But hello there!"
    assert span.reason == "greets"
    assert made("hello").telling("answer", "Nothing here.", "known") == ()


def test_a_model_survives_its_file() -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, **saved(made("hello")))
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as kept:
        again = _read(dict(kept))
    assert again.views == (VIEW,)
    assert again.logits({"answer": "hello"}, [1.0]) == made("hello").logits({"answer": "hello"}, [1.0])


def test_a_missing_file_is_told() -> None:
    with pytest.raises(AssayError, match="coefficients of 'nothing' cannot be read"):
        model("nothing")


def test_all_coefficients_together_stay_small() -> None:
    folder = resources.files("assay.scorers") / "coefficients"
    files = [path for path in folder.iterdir() if path.name.endswith((".npz", ".json"))]
    assert sum(len(path.read_bytes()) for path in files) < 3_000_000
