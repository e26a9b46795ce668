"""Trains `toxicity`: is the text abusive, by an expert for each manner of writing, mixed by how it is written.

    python train/toxicity.py --data DIR [--write | --seed N]

Run `train/lexicon.py --write` and `train/word_senses.py --write` first: the word lists are part of what is read.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import own_refusals
import own_short
from abuse_layers import Told, mix
from assay.scorers.abuse import Seen, seen
from assay.scorers.abuse_mixing import EXPERTS, KINDS, MANNERS, Mixing, judged
from assay.scorers.cards import measured_on
from assay.scorers.hashing import View
from assay.scorers.linear import Model
from fitting import COEFFICIENTS, Recipe, Table, Trained, fit, folds, keep, raw_logits, report, table
from measuring import auroc, measured
from rows import PACKAGES, Row, read, row, sources

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
    "own_comment": "comment",
    "own_group": "group",
    "own_assistant": "assistant",
    "own_short": "assistant",
}
OWN = ("own_comment", "own_group", "own_assistant", "own_short")
WRITTEN = tuple(f"written as {manner}" for manner in MANNERS)
ELSEWHERE = 0.015
"""Weight of texts of other manners for an expert."""
BESIDE = 0.03
"""The same for the assistant's expert, whose own texts hold little abuse."""
WORTH = 5.0
"""Weight of an own text, of which there are few."""
FLIPPED = 0.03
"""Weight of a text that lost its request or was given a stranger's: a request hints at the manner, no more."""


@cache
def _seen(answer: str, prompt: str) -> Seen:
    return seen(answer, prompt)


def _of(made: Row) -> Seen:
    return _seen(made.texts["answer"], made.texts["prompt"])


def _weight(made: Row, question: str) -> float:
    if question in WRITTEN:
        return float(1.0 / SIZES[made.set] ** 0.5)
    if question in KINDS:
        return 1.0
    if SETS[made.set] == question:
        return WORTH if made.set in ("own_comment", "own_group") else 1.0
    return BESIDE if question == "assistant" else ELSEWHERE


WHY = dict(
    zip(
        KINDS,
        (("sexual",), ("hate", "hate_threat", "harassment"), ("violence", "violence_graphic"), ("self_harm",)),
        strict=True,
    )
)
"""The labels of pages, by kind."""
PARTS = 5
"""Folds."""
BRIEF = 0.4
"""What the own short texts weigh beside a set, for the mixing; the experts are not trained on them."""
HINTED = 0.1
"""How much less such a text weighs for the gate."""
SIZES: dict[str, int] = {}
"""Texts of each set."""
RECIPE = Recipe(
    name="toxicity",
    views=(
        View(field="answer", head=1500, words=(1, 2), chars=(), bits=15),
        View(field="answer", head=300, words=(), chars=(3, 4, 5), bits=15),
        View(field="form", head=2000, words=(1, 2, 3), chars=(), bits=14),
        View(field="prompt", head=0, tail=300, words=(1, 2), chars=(), bits=13),
    ),
    questions=(*EXPERTS, *WRITTEN),
    numbers=lambda row: _of(row).numbers,
    number_scale=0.3,
    strength=1.5,
    contrasted=("comment", "reply", *WRITTEN),
    strength_for=lambda question: 0.2 if question == "reply" else 4.0 if question in KINDS else 1.0,
    per_set=False,
    solver="liblinear",
    weight=lambda row: FLIPPED if "flipped" in row.texts else 1.0,
    weight_for=_weight,
)


def rows(data: Path) -> list[Row]:
    """All labelled texts."""
    found = [made for name in list(SETS)[:4] for made in read(data, f"toxicity/{name}.jsonl", _text)]
    found += read(data, "refusal/latent_jailbreak_human.jsonl", _text)
    found += read(data, "refusal/xstest_responses.jsonl", _harmless)[::3]
    found += read(data, "preference/pandalm.jsonl", lambda raw: _harmless({**raw, "response": raw["response_a"]}))
    return found + read(data, "paired_models/gsm8k_solutions.jsonl", _harmless)[::12] + _own() + _assistant()


def _text(raw: dict[str, Any]) -> Row:
    return _row(raw, raw["label"] in ("toxic", "unsafe"))


def _harmless(raw: dict[str, Any]) -> Row | None:
    """Answers to harmless requests, and refusals."""
    label = raw["label"] if raw["set"] == "xstest_responses" else "refuse"
    return _row(raw, False) if label == "refuse" or (label == "comply" and raw["meta"]["prompt_is_safe"]) else None


def _row(raw: dict[str, Any], toxic: bool) -> Row:
    text, asked = (raw.get("response") or raw.get("text") or "").strip(), (raw.get("prompt") or "").strip()
    made = row(raw, {}, answer=text, prompt=asked)
    form, manner = _seen(text, asked).texts["form"], SETS[made.set]
    labels = dict.fromkeys(MANNERS[1:], toxic)
    if manner == "page":
        why = set(raw["category"].split("|"))
        labels |= {kind: not why.isdisjoint(names) for kind, names in WHY.items()}
    labels |= {asked: of == manner for asked, of in zip(WRITTEN, MANNERS, strict=True)}
    return replace(made, texts={**made.texts, "form": form}, labels=labels)


def _own() -> list[Row]:
    """Own texts, where the sets lack plain ones."""
    lines = (Path(__file__).parent / "texts" / "abuse.txt").read_text(encoding="utf-8").splitlines()
    split = [line.split(" ", 2) for line in lines if not line.startswith("#")]
    return [
        _row({"id": str(at), "set": f"own_{manner}", "text": text}, answer == "yes")
        for at, (manner, answer, text) in enumerate(split)
    ]


SHORT = (
    "Yes.", "Yes, they are.", "Yes, it is.", "Yes, of course.", "Of course!", "Sure.", "Sure!", "Absolutely.", "No.",
    "No, it isn't.", "No, they are not.", "Not really.", "I agree.", "That's right.", "You're right about that.",
    "Yes, and you can read more about it on our website.", "No, but we can look for another way.", "Good question.",
    "It depends on what you need.", "I'm not sure.", "I don't know.", "Thank you!", "You're welcome.", "OK.", "Done.",
    "Yes, that is how it works.", "No, that would be too much.", "Here you go.", "Of course, let me explain.",
)  # fmt: skip


def _assistant() -> list[Row]:
    """Own refusals of the harmful requests of the pack `safety`, and short answers to its harmless ones."""
    packs = Path(__file__).parents[1] / "src" / "assay" / "packs" / "safety"
    harmful, *harmless = (
        [json.loads(line)["input"] for line in (packs / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        for name in ("harmful", "boundary", "ordinary")
    )
    refused = [made.texts["answer"] for made in own_refusals.rows() if made.labels.get("refused")][::2]
    asked = [question for questions in harmless for question in questions]
    pairs = [(answer, harmful[at % len(harmful)]) for at, answer in enumerate(refused)]
    pairs += [(answer[: len(answer) // 2], harmful[-1 - at % len(harmful)]) for at, answer in enumerate(refused[::3])]
    pairs += [(SHORT[at % len(SHORT)], question) for at, question in enumerate(asked * 2)]
    return [
        _row({"id": str(at), "set": "own_assistant", "text": answer, "prompt": question if at % 4 else ""}, False)
        for at, (answer, question) in enumerate(pairs)
    ]


def short(*, held: bool = False) -> list[Row]:
    """Own short answers, after each of the requests that they may follow; those without a letter or digit are left out."""
    return [
        _row({"id": one.template, "set": "own_short", "text": one.text, "prompt": asked}, one.toxic)
        for one in own_short.answers(held=held)
        if any(map(str.isalnum, one.text))
        for asked in one.prompts
    ]


def _flipped(found: list[Row]) -> list[Row]:
    """Each text with its request taken away, or a stranger's given; it tells of the manner only."""
    asked = [made.texts["prompt"] for made in found if made.texts["prompt"]]
    return [
        replace(
            made,
            texts={**made.texts, "flipped": "", "prompt": "" if made.texts["prompt"] else asked[at % len(asked)]},
            labels={question: made.labels[question] for question in WRITTEN},
        )
        for at, made in enumerate(found)
    ]


def main() -> None:
    """Print the tables; with `--write` keep the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--seed", type=int, default=0, help="of the partition into folds; the card's is 0")
    given = parser.parse_args()
    if given.write and given.seed:
        raise SystemExit("--seed: the model that is kept is measured on the folds of seed 0")
    found = rows(given.data)
    trained, mixing = trained_on(found, given.seed)
    print(report(trained))
    also = [never_trained_on(trained.model, mixing)]
    print(measured_on({"measured": also}))
    if given.write:
        with (COEFFICIENTS / "toxicity_mixing.npz").open("wb") as stream:
            np.savez_compressed(stream, gate=mixing.gate, bias=mixing.bias, weights=mixing.weights)
        reads = "the text's first 2,000 characters, the end of what it answers, how both are laid out"
        keep(
            trained,
            RECIPE,
            {"reads": reads, "sources": [*sources([made for made in found if made.set not in OWN]), *PACKAGES]},
            also,
        )


def trained_on(found: list[Row], seed: int = 0) -> tuple[Trained, Mixing]:
    """The model, with what was measured of it, and what mixes its experts."""
    own = short()
    SIZES.update(Counter(row.set for row in [*found, *own]))
    every = [*found, *_flipped(found)]
    made, aside, many = table(every, RECIPE), table(own, RECIPE), len(found)
    apart = np.array([row.set for row in every])
    fold = np.full(len(every), -1)  # own texts are trained on in every part and measured in none
    fold[~np.isin(apart, OWN)] = folds([row for row in every if row.set not in OWN], PARTS, seed)
    fold[[not any(map(str.isalnum, row.texts["answer"])) for row in every]] = -1  # the scorer leaves them unscored
    told, brief = _told(made, every), replace(_told(aside, own), loads=np.full(len(own), BRIEF / len(own)))
    by_part = []
    for part in range(PARTS):
        held, model = np.flatnonzero(fold == part), fit(made, RECIPE, np.flatnonzero(fold != part))
        told.logits[held] = raw_logits(model, made, held)
        by_part.append(_by(model, aside, brief))
    sets, truth, said = apart[:many], told.toxic[:many], np.full(many, np.nan)
    for part in range(PARTS):
        inside = np.flatnonzero(fold[:many] == part)
        said[inside] = _chances(_mixed(told, many, ~np.isin(fold, (part, -1)), by_part[part]), told, inside)
    left = {}
    for name in list(SETS)[:4]:
        held, manner = np.flatnonzero(sets == name), MANNERS.index(SETS[name])
        alone = auroc(judged(told.logits[held])[:, manner], truth[held])
        print(f"{name}: its own expert alone, were the manner known: AUROC {alone:.3f}")
        far, model = told.logits.copy(), fit(made, RECIPE, np.flatnonzero(apart != name))
        far[held] = raw_logits(model, made, held)
        mixing = _mixed(told, many, (apart != name) & (fold >= 0), _by(model, aside, brief))
        left[name] = measured(_chances(mixing, replace(told, logits=far), held), truth[held])
    seen_by_none = {name: (sets == name) & (fold[:many] >= 0) for name in SETS if name not in OWN}
    cross = {name: measured(said[at], truth[at]) for name, at in seen_by_none.items()}
    model = fit(made, RECIPE, np.arange(len(every)))
    mixing = _mixed(told, many, fold >= 0, _by(model, aside, brief))
    return Trained(model, {"toxic": cross}, {"toxic": left}, {"toxic": said}), mixing


def never_trained_on(model: Model, mixing: Mixing) -> dict[str, Any]:
    """The own short texts that are held back, as a line of the card."""
    own = short(held=True)
    made = table(own, RECIPE)
    told = _by(model, made, _told(made, own))
    one = measured(_chances(mixing, told, np.arange(len(own))), told.toxic)
    return {"question": "toxic", "set": "short_held", "how": "never trained on", **one.values()}


def _by(model: Model, made: Table, told: Told) -> Told:
    """What is known of some texts, with the logits that a model gives them."""
    return replace(told, logits=raw_logits(model, made, np.arange(len(made.rows))))


def _told(made: Table, every: list[Row]) -> Told:
    """What is known of all texts; their logits are yet to come."""
    loads = [(FLIPPED * HINTED if "flipped" in row.texts else 1.0) / SIZES[row.set] for row in every]
    return Told(
        logits=np.zeros((len(every), len(RECIPE.questions))),
        layout=np.array([_of(row).layout for row in every]),
        numbers=made.numbers,
        terse=np.array([_of(row).terse for row in every]),
        manner=np.array([MANNERS.index(SETS[row.set]) for row in every]),
        toxic=np.array([row.labels.get("assistant", False) for row in every]),
        loads=np.array(loads),
    )


def _mixed(told: Told, many: int, known: NDArray[np.bool_], brief: Told) -> Mixing:
    """What mixes the experts, by the known texts; those from `many` on are flipped."""
    at = np.flatnonzero(known)
    return mix(told, at[at < many], at[at >= many], brief)


def _chances(mixing: Mixing, told: Told, on: NDArray[np.int64]) -> Floats:
    return mixing.chance(told.logits[on], told.layout[on], told.numbers[on], told.terse[on])


if __name__ == "__main__":
    main()
