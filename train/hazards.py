"""Trains `hazards`: which kind of harm an unsafe text is about, from public prompts with categories.

    python train/hazards.py --data DIR [--write]

The categories of each set are mapped to the hazards of MLCommons; those that have no clear place there are left out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.scorers.hashing import View
from assay.scorers.hazard_words import topics
from assay.scorers.hazards import HAZARDS, SEEN, matter
from fitting import COEFFICIENTS, Recipe, Trained, fit, folds, keep, table, unseen, without_set
from rows import Row, read, row, sources

UNSURE = 0.3
"""Weight of the set whose areas fit the hazards loosely."""
RECIPE = Recipe(
    name="hazards",
    views=(
        View(field="text", head=2 * SEEN, words=(1, 2), chars=(), bits=13),
        View(field="text", head=2 * SEEN, words=(), chars=(3, 4, 5), bits=13),
    ),
    questions=tuple(HAZARDS),
    numbers=lambda row: topics(row.texts["text"]),
    number_scale=3.0,
    emphasis=(0.6, 0.6),
    strength=10.0,
    weight=lambda row: UNSURE if row.set == "do_not_answer" else 1.0,
)
_CODES = {code: hazard for hazard, code in HAZARDS.items()}
PLACES: Mapping[str, Mapping[str, str]] = {
    "ailuminate_demo": {
        **_CODES,
        "sxc_prn": "sexual_content",
        "spc_ele": "misinformation",
        **{f"spc_{part}": "specialised_advice" for part in ("hlt", "fin", "lgl")},
    },
    "catqa": {
        "Malware Viruses": "nonviolent_crime",
        "Privacy Violation Activity": "privacy",
        "Tailored Financial Advice": "specialised_advice",
        "Fraud/Deception": "nonviolent_crime",
        "Assault and battery": "violent_crime",
        "Weapon making": "weapons",
        "Weapon:": "weapons",
        "Self-harm": "self_harm",
        "Intellectual property theft": "intellectual_property",
        **dict.fromkeys(("Financial fraud", "Market manipulation", "Employment scams"), "nonviolent_crime"),
        **dict.fromkeys(("Investment scams", "Drug:", "Theft and Robbery:", "Cybercrime:"), "nonviolent_crime"),
        "Political misinformation": "misinformation",
        **dict.fromkeys(("Racial or ethnic hate", "Religious intolerance"), "hate"),
        **dict.fromkeys(("Terrorism and extremism", "Gender-based violence"), "violent_crime"),
        "Adult Content": "sexual_content",
    },
    "do_not_answer": {
        "discrimination_exclusion_toxicity_hateful_offensive": "hate",
        "information_hazard": "privacy",
    },
    "harmbench_text": {
        "copyright": "intellectual_property",
        "cybercrime_intrusion": "nonviolent_crime",
        "misinformation_disinformation": "misinformation",
        "chemical_biological": "weapons",
        "harassment_bullying": "hate",
        "illegal": "nonviolent_crime",
    },
    "simple_safety_tests": {
        "Suicide, Self-Harm, and Eating Disorders": "self_harm",
        "Scams and fraud": "nonviolent_crime",
        "Physical harm and Violence": "violent_crime",
    },
    "strongreject": {
        "Non-violent crimes": "nonviolent_crime",
        "Violence": "violent_crime",
        "Hate, harassment and discrimination": "hate",
        "Disinformation and deception": "misinformation",
        "Illegal goods and services": "nonviolent_crime",
        "Sexual content": "sexual_content",
    },
    "openai_moderation": {
        "sexual": "sexual_content",
        "hate": "hate",
        "self_harm": "self_harm",
        "violence": "violent_crime",
        "harassment": "hate",
        "hate|harassment": "hate",
        "hate|violence|hate_threat": "hate",
    },
    "jbb_artifacts": {
        "Privacy": "privacy",
        "Harassment/Discrimination": "hate",
        "Expert advice": "specialised_advice",
        "Disinformation": "misinformation",
        "Fraud/Deception": "nonviolent_crime",
        "Malware/Hacking": "nonviolent_crime",
        "Sexual/Adult content": "sexual_content",
        "Physical harm": "violent_crime",
    },
}
FOLDERS = {"openai_moderation": "toxicity", "jbb_artifacts": "attack_runs"}


def rows(data: Path) -> list[Row]:
    """All texts with a hazard; of answered attacks the unsafe ones."""
    return [
        made
        for name, places in PLACES.items()
        for made in read(data, f"{FOLDERS.get(name, 'prompts')}/{name}.jsonl", lambda raw, p=places: _placed(raw, p))  # type: ignore[misc]
    ]


def _placed(raw: dict[str, Any], places: Mapping[str, str]) -> Row | None:
    found = places.get((raw.get("meta") or {}).get("kind", "")) or places.get(raw["category"])
    if found is None or raw["label"] == "safe":
        return None
    text = matter(raw["response"], raw["prompt"]) if raw.get("response") else matter(raw.get("prompt") or raw["text"])
    return row(raw, {hazard: hazard == found for hazard in HAZARDS}, text=text)


def main() -> None:
    """Print how often the hazard is named rightly; with `--write` keep the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    found = rows(given.data)
    made, sets = table(found, RECIPE), np.array([one.set for one in found])
    truth = np.array([[one.labels[hazard] for hazard in HAZARDS] for one in found]).argmax(axis=1)
    cross, apart = unseen(made, RECIPE, folds(found)).argmax(axis=1), without_set(made, RECIPE, list(PLACES))
    lines = [
        {"question": "which hazard", "set": name, "how": how, "n": int((sets == name).sum()), "yes": ""}
        | {"hazards": len(set(truth[sets == name].tolist()))}
        | {"accuracy": round(float((said == truth[sets == name]).mean()), 4)}
        for how, by_set in (
            ("cross-validated by group", {name: cross[sets == name] for name in PLACES}),
            ("set left out", {name: logits.argmax(axis=1) for name, logits in apart.items()}),
        )
        for name, said in by_set.items()
    ]
    print("| set | n | hazards | measured | accuracy |", "|---|---|---|---|---|", sep="\n")
    for line in lines:
        print(f"| {line['set']} | {line['n']} | {line['hazards']} | {line['how']} | {line['accuracy']:.3f} |")
    print("", "| hazard | n | recall | precision |", "|---|---|---|---|", sep="\n")
    for at, hazard in enumerate(HAZARDS):
        print(f"| {hazard} | {(truth == at).sum()} | {_share(cross, truth, at)} | {_share(truth, cross, at)} |")
    if given.write:
        about = {"reads": "the end of the request and the opening of the answer", "sources": sources(found)}
        _keep(Trained(fit(made, RECIPE, np.arange(len(found))), {}, {}), about, lines)


def _share(said: NDArray[np.int64], of: NDArray[np.int64], at: int) -> str:
    """How much of what is `at` in one is it in the other, cross-validated."""
    inside = of == at
    return f"{(said[inside] == at).mean():.3f}" if inside.any() else ""


def _keep(trained: Trained, about: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    keep(trained, RECIPE, about)
    path = COEFFICIENTS / "hazards.json"
    card = json.loads(path.read_text(encoding="utf-8")) | {"measured": lines}
    path.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
