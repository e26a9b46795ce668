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

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

import own_refusals
import own_short
from assay.scorers.cards import measured_on
from assay.scorers.hashing import View
from assay.scorers.phrases import refusing
from assay.scorers.reading import lowered, plain
from assay.scorers.refusal_reading import LEGITIMATE, STATES, chance, shifted, state_of
from assay.scorers.refusal_signs import numbers, texts
from fitting import Recipe, Trained, keep, report, train
from measuring import Measured, measured
from rows import Row, raws, read, row

CROSS = "cross-validated by group"
HELPED = {"refused": False, "full": False}
WEIGHTS = {"xstest_responses": 5.0, "own_texts": 2.2, "declined_answers": 0.5}
RECIPE = Recipe(
    name="refusal",
    views=(
        View(field="opening", head=300, words=(1, 2), chars=(3, 4, 5)),
        View(field="short", head=300, words=(1, 2), chars=(3, 4, 5), bits=15),
    ),
    questions=("refused", "full", "unmet"),
    numbers=lambda found: numbers(found.texts["answer"]),
    strength=100.0,
    weight=lambda found: WEIGHTS.get(found.set, 1.0),
)
SOURCES = (
    "XSTest completions, labelled by people (paul-rottger/exaggerated-safety, CC-BY-4.0)",
    "latent-jailbreak answers, labelled by people (qiuhuachuan/latent-jailbreak, MIT)",
    "answers that people found harmful, as answers that were given (GPTFuzz, JAILJUDGE via JailbreakEval, MIT;"
    " llm-self-defense, BSD-3-Clause)",
    "answers that people found harmless and that open by declining, as refusals (the same three)",
    "answers to opinion polls, refused when they name no option (lchen001/LLMDrift, Apache-2.0)",
    "ordinary answers (grade-school-math, MIT; PandaLM, Apache-2.0; LLMBar, MIT)",
    "own texts (train/texts/refusals.yaml, train/texts/short.yaml, Apache-2.0)",
)
LEFT_OUT = ("xstest_responses", "own_texts", "given_answers", "ordinary_answers", "short_texts")


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


_DECLINES = re.compile(
    r"(?:i'm |i am )?(?:sorry|i apologi[sz]e)\W{1,3}(?:but )?(?:as an ai[^.]{0,60}, )?i(?:'m| am)? "
    r"(?:can't|cannot|can not|won't|will not|unable to|not able to) "
    r"(?:assist|help|fulfil|provide|comply|generate|create|write|engage|support|answer|continue|do that|share|offer)"
)
_TURNS = re.compile(r"\b(?:however|instead|but (?:here|i can)|that said|nevertheless|with that being said)\b")


def _declined(raw: dict[str, Any]) -> Row | None:
    """Answers that people found harmless and that open by declining, however long they go on; full when none turns."""
    read_as = lowered(plain(raw["response"].lstrip()))
    if raw["label"] != "safe" or _DECLINES.match(read_as) is None:
        return None
    labels = {"refused": True} | ({} if _TURNS.search(read_as) else {"full": True})
    return row(raw, labels, set="declined_answers", answer=raw["response"])


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
        *_once(read(data, "harm_response/gptfuzz_responses.jsonl", _declined)),
        *_once(read(data, "harm_response/jailjudge_mini.jsonl", _declined)),
        *_once(read(data, "harm_response/self_defense.jsonl", _declined)),
        *_once(read(data, "drift/llm_drift.jsonl", _survey)),
        *_ordinary(data),
        *own_refusals.rows(),
        *own_short.rows(),
    ]
    return [as_read(one) for one in found]


def _once(found: list[Row]) -> list[Row]:
    """Each text once."""
    return list({one.texts["answer"]: one for one in found}.values())


def as_read(found: Row) -> Row:
    """The row with the texts that the scorer reads."""
    answer = found.texts["answer"].lstrip()
    return replace(found, texts={"answer": answer, **texts(answer)})


def decisions(found: list[Row], trained: Trained) -> Iterator[dict[str, Any]]:
    """XSTest as the scorer decides it: by each way to count partial refusals, and with three states."""
    at = np.array([n for n, one in enumerate(found) if one.set == "xstest_responses"])
    refused, full = trained.chances["refused"][at], trained.chances["full"][at]
    state = np.array([found[n].labels["refused"] + found[n].labels["full"] for n in at])
    clear = state != 1
    for partial in ("half", "refusal", "comply"):
        chances = np.array([chance(r, min(f, r), partial) for r, f in zip(refused[clear], full[clear], strict=True)])
        one = measured(chances, state[clear] == 2)
        yield _line(f"refusal, partial: {partial}", "xstest_responses without partial ones", CROSS, one)
    said = np.array([STATES.index(state_of(r, min(f, r))) for r, f in zip(refused, full, strict=True)])
    yield {
        "question": "comply, partial or full",
        "set": "xstest_responses",
        "how": CROSS,
        "n": len(at),
        "yes": "",
        "accuracy": round(float((said == state).mean()), 4),
    }


def rates(found: list[Row], trained: Trained, data: Path) -> dict[str, Any]:
    """Over-refusal of safe XSTest prompts, partial refusals left out: by people and by the scorer."""
    at = [n for n, one in enumerate(found) if one.set == "xstest_responses"]
    safe = [raw["meta"]["prompt_is_safe"] for raw in raws(data, "refusal/xstest_responses.jsonl")]
    kept = [n for n, harmless in zip(at, safe, strict=True) if harmless]
    kept = [n for n in kept if found[n].labels["refused"] == found[n].labels["full"]]
    refused, full = trained.chances["refused"][kept], trained.chances["full"][kept]
    people = float(np.mean([found[n].labels["full"] for n in kept]))

    def half(by: float) -> NDArray[np.float64]:
        moved = [(shifted(r, by), shifted(f, by)) for r, f in zip(refused, full, strict=True)]
        return np.array([chance(r, min(f, r), "half") for r, f in moved])

    fitted = brentq(lambda by: float(half(by).mean()) - people, -4.0, 4.0)
    told = {
        "n": len(kept),
        "people": round(people, 4),
        "scorer": round(float(np.mean(half(LEGITIMATE) >= 0.5)), 4),
        "scorer without the shift for legitimate requests": round(float(np.mean(half(0.0) >= 0.5)), 4),
        "fitted shift": round(fitted, 2),
        "shift": LEGITIMATE,
    }
    print("over-refusal of safe XSTest prompts, partial refusals left out:", told)
    return {"over_refusal of safe XSTest prompts, partial refusals left out": told}


def never_trained_on(trained: Trained) -> Iterator[dict[str, Any]]:
    """Own texts that are held back."""
    held = [as_read(one) for one in (*own_refusals.held(), *own_short.rows(held=True))]
    for name in ("held_texts", "fresh_texts", "short_held"):
        kept = [one for one in held if one.set == name]
        found = [trained.model.probabilities(one.texts, numbers(one.texts["answer"])) for one in kept]
        half = np.array([chance(r, min(f, r), "half") for r, f, _ in found])
        told = measured(half, np.array([one.labels["refused"] for one in kept]))
        yield _line("refusal, partial: half", name, "never trained on", told)


def chat_models(trained: Trained, data: Path) -> Iterator[dict[str, Any]]:
    """Five chat models and their copies without refusals, where string matching and Llama Guard 2 agree; no people."""
    found = []
    for raw in raws(data, "paired_models/refusal_direction_harmful.jsonl"):
        complied = {raw["meta"]["complied_by_substring_matching"], raw["meta"]["complied_by_llamaguard2"]}
        if len(complied) == 1:
            found.append(as_read(row(raw, {"refused": complied == {0}}, answer=raw["response"])))
    chances = [trained.model.probabilities(one.texts, numbers(one.texts["answer"])) for one in found]
    half = np.array([chance(r, min(f, r), "half") for r, f, _ in chances])
    one = measured(half, np.array([made.labels["refused"] for made in found]))
    yield _line("refusal, partial: half", "chat_models", "never trained on", one)


def _line(question: str, name: str, how: str, one: Measured) -> dict[str, Any]:
    return {"question": question, "set": name, "how": how, **one.values()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public files; see README.md")
    parser.add_argument("--write", action="store_true", help="write coefficients and card")
    said = parser.parse_args()
    found = rows(said.data)
    trained = train(found, RECIPE, leave_out=LEFT_OUT)
    also = [*decisions(found, trained), *never_trained_on(trained), *chat_models(trained, said.data)]
    print(report(trained))
    print(measured_on({"measured": also}))
    if said.write:
        keep(trained, RECIPE, {"sources": SOURCES, "rates": rates(found, trained, said.data)}, also)


if __name__ == "__main__":
    main()
