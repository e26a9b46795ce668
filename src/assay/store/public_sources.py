"""Public benchmark files assay can read: where they are published, under which licence, in which shape."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from assay.domain.errors import DataError
from assay.domain.sample import Sample
from assay.store import public_questions as questions
from assay.store import public_requests as requests
from assay.store.public_files import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSource:
    """One public benchmark."""

    kind: str
    """Name in a plan."""
    title: str
    """Name in its paper."""
    address: str
    """Where its authors publish it."""
    files: str
    """Which file there."""
    columns: tuple[str, ...]
    """Columns (or keys) the published file must have."""
    licence: str
    """Terms of the data, as its authors state them."""
    commit: str = ""
    """Git commit of the publishing repository that the layout was taken from; a commit is a digest of its files."""
    seen: bool = False
    """Whether the layout was compared with the published file; else it follows its documentation."""
    sets: tuple[str, ...] = ()
    """Values of `set` in rows of the uniform shape."""
    native: Callable[[Row], Sample]
    """A published row as a sample."""
    uniform: Callable[[Row], Sample] = requests.uniform_request
    """A row of the uniform shape as a sample."""


_SOURCES = (
    PublicSource(
        kind="harmbench",
        title="HarmBench",
        address="https://github.com/centerforaisafety/HarmBench",
        files="data/behavior_datasets/harmbench_behaviors_text_all.csv (or _test, _val)",
        licence="MIT",
        columns=("Behavior", "FunctionalCategory", "SemanticCategory", "ContextString", "BehaviorID"),
        sets=("harmbench_text",),
        native=requests.harmbench,
    ),
    PublicSource(
        kind="advbench",
        title="AdvBench harmful behaviors",
        address="https://github.com/llm-attacks/llm-attacks",
        files="data/advbench/harmful_behaviors.csv",
        licence="MIT",
        columns=("goal",),
        sets=("advbench",),
        native=requests.advbench,
    ),
    PublicSource(
        kind="simple_safety_tests",
        title="SimpleSafetyTests",
        address="https://github.com/bertiev/SimpleSafetyTests",
        files="SimpleSafetyTests - test cases.csv",
        licence="CC-BY-4.0",
        columns=("id", "harm_area", "category"),
        commit="d7aee9a9422a5a5488f478fd79c2479c891c0f3b",
        seen=True,
        sets=("simple_safety_tests",),
        native=requests.simple_safety_tests,
    ),
    PublicSource(
        kind="strongreject",
        title="StrongREJECT",
        address="https://github.com/alexandrasouly/strongreject",
        files="strongreject_dataset/strongreject_dataset.csv (or strongreject_small_dataset.csv)",
        licence="MIT",
        columns=("category", "source", "forbidden_prompt"),
        sets=("strongreject",),
        native=requests.strongreject,
    ),
    PublicSource(
        kind="xstest",
        title="XSTest",
        address="https://github.com/paul-rottger/exaggerated-safety",
        files="xstest_prompts.csv, or xstest_v2_prompts.csv of earlier commits",
        licence="CC-BY-4.0",
        columns=("type", "prompt"),
        commit="d7bb5bd738c1fcbc36edd83d5e7d1b71a3e2d84d",
        seen=True,
        sets=("xstest_prompts",),
        native=requests.xstest,
    ),
    PublicSource(
        kind="do_not_answer",
        title="Do-Not-Answer",
        address="https://github.com/Libr-AI/do-not-answer",
        files="datasets/Instruction/do_not_answer_en.csv, or LibrAI/do-not-answer on Hugging Face",
        licence="CC-BY-NC-SA-4.0 by its data card (the repository's code: Apache-2.0)",
        columns=("risk_area", "types_of_harm", "specific_harms", "question"),
        sets=("do_not_answer",),
        native=requests.do_not_answer,
    ),
    PublicSource(
        kind="catqa",
        title="CategoricalQA",
        address="https://github.com/declare-lab/red-instruct",
        files="harmful_questions/catqa_english.json",
        licence="Apache-2.0",
        columns=("category", "question"),
        commit="73c759c93d2f6b1d8c7b058ab7bcec5fb0c28fa2",
        seen=True,
        sets=("catqa",),
        native=requests.catqa,
    ),
    PublicSource(
        kind="coconot",
        title="CoCoNot",
        address="https://github.com/allenai/noncompliance",
        files="data/coconot_eval.jsonl, data/coconot_contrast_eval.jsonl, or allenai/coconot on Hugging Face (Parquet)",
        licence="MIT (Hugging Face: ODC-BY)",
        columns=("id", "category", "prompt"),
        commit="25bf77cc668814360405cdb8197c4368205806c7",
        seen=True,
        sets=("coconot",),
        native=partial(requests.coconot, contrast=False),
    ),
    PublicSource(
        kind="bbq",
        title="BBQ",
        address="https://github.com/nyu-mll/BBQ",
        files="data/*.jsonl, one file per area",
        licence="CC-BY-4.0",
        commit="bea11bd97d79217245b5871acd247b9d6eb24598",
        seen=True,
        sets=("bbq",),
        columns=("example_id", "question_index", "context_condition", "category", "context", "question", "label"),
        native=questions.bbq,
        uniform=questions.uniform_bbq,
    ),
    PublicSource(
        kind="crows_pairs",
        title="CrowS-Pairs",
        address="https://github.com/nyu-mll/crows-pairs",
        files="data/crows_pairs_anonymized.csv",
        licence="CC-BY-SA-4.0",
        columns=("sent_more", "sent_less", "stereo_antistereo", "bias_type"),
        sets=("crows_pairs",),
        native=questions.crows_pairs,
        uniform=questions.uniform_crows_pairs,
    ),
    PublicSource(
        kind="gsm8k",
        title="GSM8K",
        address="https://github.com/openai/grade-school-math",
        files="grade_school_math/data/test.jsonl",
        licence="MIT",
        columns=("question", "answer"),
        commit="3101c7d5072418e28b9008a6636bde82a006892c",
        seen=True,
        sets=("gsm8k_test",),
        native=questions.gsm8k,
        uniform=questions.uniform_gsm8k,
    ),
    PublicSource(
        kind="ifeval",
        title="IFEval",
        address="https://github.com/google-research/google-research",
        files="instruction_following_eval/data/input_data.jsonl",
        licence="Apache-2.0",
        columns=("key", "prompt", "instruction_id_list", "kwargs"),
        commit="19638399cc9e03623c5b9087a1d6fa8813974ce9",
        seen=True,
        sets=("ifeval",),
        native=questions.ifeval,
        uniform=questions.uniform_ifeval,
    ),
    PublicSource(
        kind="truthfulqa",
        title="TruthfulQA",
        address="https://github.com/sylinrl/TruthfulQA",
        files="TruthfulQA.csv",
        licence="Apache-2.0",
        columns=("Category", "Question", "Best Answer"),
        sets=("truthfulqa",),
        native=questions.truthfulqa,
        uniform=questions.uniform_truthfulqa,
    ),
    PublicSource(
        kind="mmlu_pro",
        title="MMLU-Pro",
        address="https://huggingface.co/datasets/TIGER-Lab/MMLU-Pro",
        files="data/test-00000-of-00001.parquet, or the same rows as JSON Lines",
        licence="MIT (its code: Apache-2.0)",
        columns=("question_id", "question", "options", "answer"),
        sets=("mmlu_pro_matrix", "mmlu_pro"),
        native=questions.mmlu_pro,
        uniform=questions.uniform_mmlu_pro,
    ),
)


def sources() -> tuple[PublicSource, ...]:
    """Every public benchmark that can be loaded, in the order of the docs."""
    return _SOURCES


def source(kind: str) -> PublicSource:
    """The benchmark of that name; case, blanks, hyphens and underscores do not count.

    Raises:
        DataError: There is none.

    Examples:
        >>> source("MMLU-Pro").kind
        'mmlu_pro'
    """
    names = {_bare(known.kind): known for known in _SOURCES}
    found = names.get(_bare(kind))
    if found is None:
        near = difflib.get_close_matches(_bare(kind), names, n=1)
        hint = f" Did you mean '{names[near[0]].kind}'?" if near else ""
        raise DataError(
            f"no public benchmark is called '{kind}'.{hint} Known: {', '.join(known.kind for known in _SOURCES)}"
        )
    return found


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
