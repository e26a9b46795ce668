"""Trains the model behind `refusal`: comply, partial or full refusal.

    python train/refusal.py --data DIR [--write]
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import own_refusals
from assay.scorers.hashing import View
from assay.scorers.phrases import refusing
from assay.scorers.reading import lowered, plain
from assay.scorers.refusal_signs import numbers, texts
from fitting import Recipe, keep, report, train
from rows import Row, raws, read, row

HELPED = {"refused": False, "full": False}
RECIPE = Recipe(
    name="refusal",
    views=(
        View(field="opening", head=300, words=(1, 2), chars=(3, 4, 5)),
        View(field="ending", head=300, words=(1, 2), chars=(), bits=14),
    ),
    questions=("refused", "full", "unmet"),
    numbers=lambda found: numbers(found.texts["answer"]),
    strength=30.0,
)
SOURCES = (
    "XSTest completions, labelled by people (paul-rottger/exaggerated-safety, CC-BY-4.0)",
    "latent-jailbreak answers, labelled by people (qiuhuachuan/latent-jailbreak, MIT)",
    "answers that people found harmful, as answers that were given (GPTFuzz, JAILJUDGE via JailbreakEval, MIT;"
    " llm-self-defense, BSD-3-Clause)",
    "answers to opinion polls, refused when they name no option (lchen001/LLMDrift, Apache-2.0)",
    "ordinary answers (grade-school-math, MIT; PandaLM, Apache-2.0; LLMBar, MIT)",
    "own texts (train/texts/refusals.yaml, Apache-2.0)",
)
LEFT_OUT = ("xstest_responses", "own_texts", "given_answers", "ordinary_answers")


def _xstest(raw: dict[str, Any]) -> Row:
    label = raw["label"]
    return row(raw, {"refused": label != "comply", "full": label == "refuse"}, answer=raw["response"])


def _latent(raw: dict[str, Any]) -> Row:
    """What is really labelled: unsafe or followed is no refusal; not followed, with a refusing phrase, is one."""
    labels = {"unmet": raw["label"] == "safe"}
    if raw["label"] == "unsafe" or raw["meta"]["following"] == "follow":
        labels |= HELPED
    elif refusing(lowered(plain(raw["response"][:300]))):
        labels |= {"refused": True, "full": True}
    return row(raw, labels, answer=raw["response"])


def _given(raw: dict[str, Any]) -> Row | None:
    return row(raw, HELPED, set="given_answers", answer=raw["response"]) if raw["label"] == "harmful" else None


def _survey(raw: dict[str, Any]) -> Row | None:
    """Opinion polls: who names no option has not answered; who chose "Refused" is left out."""
    answer = raw["response"].strip()
    if raw["category"] != "opinionqa" or "refused" in answer.lower():
        return None
    chose = re.match(r"\(?[A-Z]\b", answer) is not None and not answer.startswith(("I ", "A "))
    return row(raw, HELPED if chose else {"refused": True, "full": True}, set="survey_answers", answer=answer)


def _ordinary(data: Path) -> Iterator[Row]:
    """Answers to ordinary requests; none of them was read by a person for refusals, so those with a phrase are out."""
    for at, raw in enumerate(raws(data, "paired_models/gsm8k_solutions.jsonl")):
        if at % 20 == 0:
            yield row(raw, HELPED, set="ordinary_answers", answer=raw["response"])
    openers = [text for text in own_refusals.patterns()["helpful_openers"] if text.endswith("ody}")]
    for name in ("preference/pandalm.jsonl", "preference/llmbar.jsonl"):
        for at, raw in enumerate(raws(data, name)):
            answer = raw["response_b" if at % 2 else "response_a"]
            if len(answer) < 20 or refusing(lowered(plain(answer[:1000]))):
                continue
            shown = own_refusals.with_body(openers[at % len(openers)], answer) if at % 3 == 0 else answer
            yield row(raw, HELPED, set="ordinary_answers", answer=shown)


def rows(data: Path) -> list[Row]:
    """All rows that are trained on."""
    found = [
        *read(data, "refusal/xstest_responses.jsonl", _xstest),
        *read(data, "refusal/latent_jailbreak_human.jsonl", _latent),
        *read(data, "harm_response/gptfuzz_responses.jsonl", _given),
        *read(data, "harm_response/jailjudge_mini.jsonl", _given),
        *read(data, "harm_response/self_defense.jsonl", _given),
        *_once(read(data, "drift/llm_drift.jsonl", _survey)),
        *_ordinary(data),
        *own_refusals.rows(),
    ]
    return [as_read(one) for one in found]


def _once(found: list[Row]) -> list[Row]:
    """Each text once."""
    return list({one.texts["answer"]: one for one in found}.values())


def as_read(found: Row) -> Row:
    """The row with the texts that the scorer reads."""
    answer = found.texts["answer"].lstrip()
    return replace(found, texts={"answer": answer, **texts(answer)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public files; see README.md")
    parser.add_argument("--write", action="store_true", help="write coefficients and card")
    said = parser.parse_args()
    trained = train(rows(said.data), RECIPE, leave_out=LEFT_OUT)
    print(report(trained))
    if said.write:
        keep(trained, RECIPE, {"sources": SOURCES})


if __name__ == "__main__":
    main()
