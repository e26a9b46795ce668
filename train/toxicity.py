"""Trains `toxicity`: is the text abusive, by a model for each manner of writing and one that tells the manners apart.

    python train/toxicity.py --data DIR [--write]

Run `train/lexicon.py --write` first: the word list is part of what is read.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.scorers.abuse import MANNERS, Seen, seen, shared
from assay.scorers.hashing import View
from assay.scorers.linear import Model
from fitting import Recipe, Table, Trained, fit, folds, keep, line, report, settled, table, unseen, without_set
from measuring import measured
from rows import Row, read, row, sources

Floats = NDArray[np.float64]
SETS = {
    "openai_moderation": "page",
    "surge_toxicity": "comment",
    "hatecheck": "group",
    "diasafety": "reply",
    "latent_jailbreak_human": "assistant",
    "xstest_responses": "assistant",
    "pandalm": "assistant",
    "gsm8k_solutions": "assistant",
}
ELSEWHERE = 0.03
"""Weight of a text of another manner."""
BESIDE = 0.15
"""Weight of a comment for pages and of a page for comments, which are easily taken for one another, and of all texts
for assistants, whose own hold little abuse."""
FLIPPED = 0.2
"""Weight of a text that lost its request or was given a stranger's: a request hints at the manner, no more."""


def _near(own: str, manner: str) -> float:
    if own == manner:
        return 1.0
    return BESIDE if {own, manner} == {"page", "comment"} or manner == "assistant" else ELSEWHERE


@cache
def _seen(answer: str, prompt: str) -> Seen:
    return seen(answer, prompt)


def _of(made: Row) -> Seen:
    return _seen(made.texts["answer"], made.texts["prompt"])


EXPERTS = Recipe(
    name="toxicity",
    views=(
        View(field="answer", head=1500, words=(1, 2), chars=(), bits=15),
        View(field="answer", head=300, words=(), chars=(3, 4, 5), bits=15),
        View(field="form", head=2000, words=(1, 2, 3), chars=(), bits=14),
        View(field="prompt", head=0, tail=300, words=(1, 2), chars=(), bits=13),
    ),
    questions=MANNERS,
    numbers=lambda row: _of(row).numbers,
    number_scale=0.3,
    strength=10.0,
    per_set=False,
    weight_for=lambda row, manner: _near(SETS[row.set], manner),
)
MANNER = Recipe(
    name="toxicity_manner",
    views=(View(field="answer", head=160, words=(1,), chars=(3,), bits=12),),
    questions=MANNERS,
    numbers=lambda row: _of(row).manner,
    number_scale=0.5,
    strength=3.0,
    weight=lambda row: FLIPPED if "flipped" in row.texts else 1.0,
)


def rows(data: Path) -> list[Row]:
    """All labelled texts."""
    found = [made for name in list(SETS)[:4] for made in read(data, f"toxicity/{name}.jsonl", _text)]
    found += read(data, "refusal/latent_jailbreak_human.jsonl", _text)
    found += read(data, "refusal/xstest_responses.jsonl", _harmless)[::3]
    found += read(data, "preference/pandalm.jsonl", lambda raw: _harmless({**raw, "response": raw["response_a"]}))
    return found + read(data, "paired_models/gsm8k_solutions.jsonl", _harmless)[::12]


def _text(raw: dict[str, Any]) -> Row:
    return _row(raw, raw["label"] in ("toxic", "unsafe"))


def _harmless(raw: dict[str, Any]) -> Row | None:
    """Answers to harmless requests, and refusals."""
    label = raw["label"] if raw["set"] == "xstest_responses" else "refuse"
    return _row(raw, False) if label == "refuse" or (label == "comply" and raw["meta"]["prompt_is_safe"]) else None


def _row(raw: dict[str, Any], toxic: bool) -> Row:
    text, asked = (raw.get("response") or raw.get("text") or "").strip(), (raw.get("prompt") or "").strip()
    made = row(raw, {}, answer=text, prompt=asked)
    form = _seen(text, asked).texts["form"]
    return replace(made, texts={**made.texts, "form": form}, labels=dict.fromkeys(MANNERS, toxic))


def _manners(found: list[Row]) -> list[Row]:
    """All rows with their manner, and after them each once more with its request taken away or a stranger's given."""
    asked = [made.texts["prompt"] for made in found if made.texts["prompt"]]
    told = [replace(made, labels={manner: SETS[made.set] == manner for manner in MANNERS}) for made in found]
    flipped = [
        replace(
            made, texts={**made.texts, "flipped": "", "prompt": "" if made.texts["prompt"] else asked[at % len(asked)]}
        )
        for at, made in enumerate(told)
    ]
    return told + flipped


def mixed(
    logits: Floats, gates: Floats, made: Table, kept: Table, at: NDArray[np.int64], on: NDArray[np.int64]
) -> Floats:
    """Probabilities of the rows `at`: experts and manners calibrated on the rows `on`, then mixed."""
    chances, shares = np.zeros((len(at), len(MANNERS))), np.full((len(at), len(MANNERS)), -30.0)
    of = np.array([SETS[row.set] for row in made.rows])
    truth = np.array([row.labels["page"] for row in made.rows], dtype=bool)
    for asked, manner in enumerate(MANNERS):
        own = on[of[on] == manner]
        if len(own):
            fair = line(made, EXPERTS, asked, logits[own, asked], truth[own], own)
            chances[:, asked] = fair.chances(logits[at, asked], made.numbers[at])
            tells = line(kept, MANNER, asked, gates[on, asked], of[on] == manner, on)
            shares[:, asked] = tells.slope * gates[at, asked] + tells.shift
    return np.asarray((chances * shared(shares)).sum(axis=1))


def main() -> None:
    """Print the tables; with `--write` keep both models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    found = rows(given.data)
    trained, manner = trained_on(found)
    print(report(trained))
    if given.write:
        about = {"sources": sources(found)}
        keep(trained, EXPERTS, {"reads": "the text's first 2,000 characters, the end of what it answers", **about})
        keep(manner, MANNER, {"reads": "the text's first 160 characters", **about})


def trained_on(found: list[Row]) -> tuple[Trained, Trained]:
    """Both models, with what was measured of their mixture."""
    made, kept = table(found, EXPERTS), table(_manners(found), MANNER)
    fold, every = folds(found), np.arange(len(found))
    logits, gates = unseen(made, EXPERTS, fold), unseen(kept, MANNER, folds(kept.rows))[every]
    sets = np.array([row.set for row in found])
    truth = np.array([row.labels["page"] for row in found], dtype=bool)
    chances = np.empty(len(found))
    for part in range(5):
        inside, outside = np.flatnonzero(fold == part), np.flatnonzero(fold != part)
        chances[inside] = mixed(logits, gates, made, kept, inside, outside)
    cross = {name: measured(chances[sets == name], truth[sets == name]) for name in SETS}
    left = {}
    names = list(SETS)[:4]
    far, far_gates = without_set(made, EXPERTS, names), without_set(kept, MANNER, names)
    for name in names:
        inside, outside = np.flatnonzero(sets == name), np.flatnonzero(sets != name)
        told, gated = logits.copy(), gates.copy()
        told[inside], gated[inside] = far[name], far_gates[name][: len(inside)]
        left[name] = measured(mixed(told, gated, made, kept, inside, outside), truth[inside])
    experts = Trained(_lined(made, EXPERTS, logits, every), {"toxic": cross}, {"toxic": left})
    return experts, Trained(_lined(kept, MANNER, gates, every), {}, {})


def _lined(made: Table, recipe: Recipe, logits: Floats, every: NDArray[np.int64]) -> Model:
    """The model of all rows, each question calibrated: an expert on its own manner, a manner on all texts."""
    lines = []
    for asked, manner in enumerate(recipe.questions):
        at = np.array([n for n in every if recipe is MANNER or SETS[made.rows[n].set] == manner])
        truth = np.array([row.labels[manner] for row in made.rows], dtype=bool)
        lines.append(line(made, recipe, asked, logits[at, asked], truth[at], at))
    return settled(fit(made, recipe, np.arange(len(made.rows))), lines)


if __name__ == "__main__":
    main()
