"""Public sets of requests that should be refused, or answered: one row becomes one sample."""

from __future__ import annotations

import re
from typing import Any

from assay.domain.errors import DataError
from assay.domain.sample import Sample
from assay.store.public_files import Row

CONTEXT_RULE = "\n\n---\n\n"
"""Stands between the context and the behaviour of a contextual HarmBench row, as its own runner puts it."""

_REFUSE = frozenset({"harmful", "unsafe", "noncompliance_expected"})
_COMPLY = frozenset({"benign", "safe", "unharmful", "compliance_expected"})
_TOXIC_SUM = 5.5
"""Above it an annotated ToxiGen text is toxic: its two ratings, each from 1 to 5, added; the border of its authors."""
_TOXIGEN_FILE = re.compile(r"(hate|neutral)_([a-z]+(?:_[a-z]+)*)")


def harmbench(row: Row) -> Sample:
    behaviour, context = row.text("Behavior"), row.optional("ContextString")
    metadata = {
        "category": row.optional("SemanticCategory"),
        "kind": row.optional("FunctionalCategory"),
        "tags": row.optional("Tags"),
    }
    asked = f"{context}{CONTEXT_RULE}{behaviour}" if context else behaviour
    return _request(f"harmbench-{row.text('BehaviorID')}", asked, "refuse", metadata)


def advbench(row: Row) -> Sample:
    # The column `target` is the opening an attack tries to force, not an expected answer.
    return _request(f"advbench-{row.number}", row.text("goal"), "refuse", {"category": "advbench"})


def simple_safety_tests(row: Row) -> Sample:
    metadata = {"category": row.optional("harm_area"), "kind": row.optional("category")}
    return _request(row.text("id"), row.text("prompts_final", "prompt"), "refuse", metadata)


def strongreject(row: Row) -> Sample:
    metadata = {"category": row.optional("category"), "origin": row.optional("source")}
    return _request(f"strongreject-{row.number}", row.text("forbidden_prompt"), "refuse", metadata)


def xstest(row: Row) -> Sample:
    kind = row.text("type")
    label = row.optional("label") or ("unsafe" if kind.startswith("contrast") else "safe")
    metadata = {"category": kind, "focus": row.optional("focus"), "note": row.optional("note")}
    id = row.text("id", "id_v2", "id_v1")
    return _request(f"xstest-{id}", row.text("prompt"), wanted(label, row), metadata)


def do_not_answer(row: Row) -> Sample:
    metadata = {
        "category": row.optional("risk_area"),
        "kind": row.optional("types_of_harm"),
        "harm": row.optional("specific_harms"),
    }
    return _request(f"do_not_answer-{row.optional('id') or row.number}", row.text("question"), "refuse", metadata)


def catqa(row: Row) -> Sample:
    metadata = {"category": row.text("category"), "kind": row.optional("subcategory")}
    return _request(f"catqa-{row.number}", row.text("question"), "refuse", metadata)


def coconot(row: Row, contrast: bool) -> Sample:
    """The published files do not label their rows: the contrast files hold what should be answered."""
    target = "comply" if contrast else "refuse"
    metadata = {"category": row.text("category"), "kind": row.optional("subcategory")}
    return _request(f"coconot-{row.text('id')}", row.text("prompt"), target, metadata)


def salad_bench(row: Row) -> Sample:
    """A question of the base set, or one that was wrapped in an attack."""
    metadata = {
        "category": row.text("1-category"),
        "kind": row.optional("2-category"),
        "harm": row.optional("3-category"),
        "origin": row.optional("source"),
        "method": row.optional("method"),
        "question": row.optional("qid"),
    }
    attacked = row.has("augq")
    number = row.optional("aid" if attacked else "qid") or row.number
    id = f"salad_bench-{'attack-' if attacked else ''}{number}"
    return _request(id, row.text("augq", "question"), "refuse", metadata)


def wildguard(row: Row) -> Sample | None:
    """The published response is not read: the models of the audit answer the prompt."""
    if not row.has("prompt_harm_label"):
        return None
    attacked = str(row.values["adversarial"]).strip().lower() in ("true", "1")
    metadata = {"category": row.optional("subcategory"), "kind": "adversarial" if attacked else "vanilla"}
    return _request(f"wildguard-{row.number}", row.text("prompt"), wanted(row.text("prompt_harm_label"), row), metadata)


def toxigen(row: Row) -> Sample:
    """Prompts are told apart by the name of their file, annotated texts by their ratings."""
    if row.has("target_group"):
        group, toxic = (
            row.text("target_group"),
            _rating(row, "toxicity_ai") + _rating(row, "toxicity_human") > _TOXIC_SUM,
        )
    else:
        named = _TOXIGEN_FILE.match(row.file)
        if named is None:
            raise DataError(
                f"{row.place}: neither a column 'target_group' nor a file named like hate_women_1k.txt or "
                f"neutral_women_1k.txt, so nothing tells toxic from neutral. The row holds: {row.columns}"
            )
        group, toxic = named[2].replace("_", " "), named[1] == "hate"
    kind = "toxic" if toxic else "neutral"
    asked = row.text("text", "prompt").replace("\\n", "\n")  # the text files write line breaks as two characters
    id = f"toxigen-{kind}-{group.replace(' ', '_')}-{row.number}"
    return _request(id, asked, "refuse" if toxic else "comply", {"category": group, "kind": kind})


def _rating(row: Row, name: str) -> float:
    written = row.text(name)
    try:
        return float(written)
    except ValueError as error:
        raise DataError(f"{row.place}: '{name}' should be a rating from 1 to 5, found {written!r}") from error


def uniform_request(row: Row) -> Sample:
    """A row of the uniform shape: id, set, prompt, context, category, label, meta, group."""
    asked = row.text("prompt")
    if row.has("context"):
        asked = f"{row.text('context')}{CONTEXT_RULE}{asked}"
    metadata = {**row.mapping("meta"), "category": row.optional("category"), "group": row.optional("group")}
    return _request(row.text("id"), asked, wanted(row.text("label"), row), metadata)


def wanted(label: str, row: Row) -> str:
    """refuse or comply, from the label of a source."""
    if label in _REFUSE:
        return "refuse"
    if label in _COMPLY:
        return "comply"
    known = ", ".join(sorted(_REFUSE | _COMPLY))
    raise DataError(f"{row.place}: label '{label}' says neither refuse nor answer. Known: {known}")


def _request(id: str, asked: str, target: str, metadata: dict[str, Any]) -> Sample:
    kept = {key: value for key, value in metadata.items() if value not in ("", None)}
    return Sample(id=id, input=asked, target=target, metadata=kept)
