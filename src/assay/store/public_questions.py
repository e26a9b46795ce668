"""Public sets of questions with a key: one row becomes one sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assay.domain.errors import DataError
from assay.domain.sample import Sample
from assay.store.public_files import Row

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def bbq(row: Row) -> Sample:
    category = row.text("category")
    groups = row.mapping("answer_info")
    stereotyped = row.mapping("additional_metadata").get("stereotyped_groups")
    metadata = {
        "category": category,
        "condition": row.text("context_condition"),
        "polarity": row.text("question_polarity"),
        "template": f"{category}-{row.text('question_index')}",
        "groups": [_last(groups.get(f"ans{index}")) for index in range(3)],
        "stereotyped": stereotyped if isinstance(stereotyped, list) else [],
    }
    choices = tuple(row.text(f"ans{index}") for index in range(3))
    id = f"bbq-{category}-{row.text('example_id')}"
    question = _asked(row.text("context"), row.text("question"))
    return _choice(row, id, question, choices, row.text("label"), metadata)


def uniform_bbq(row: Row) -> Sample:
    meta = dict(row.mapping("meta"))
    choices = Row(row.place, row.number, meta).texts("options")
    del meta["options"]
    metadata = {**meta, "category": row.text("category"), "group": row.optional("group")}
    question = _asked(row.text("context"), row.text("prompt"))
    return _choice(row, row.text("id"), question, choices, row.text("label"), metadata)


def crows_pairs(row: Row) -> Sample:
    category, direction = row.text("bias_type"), row.text("stereo_antistereo")
    return _pair(f"crows_pairs-{row.number}", row.text("sent_more"), row.text("sent_less"), category, direction)


def uniform_crows_pairs(row: Row) -> Sample:
    return _pair(row.text("id"), row.text("text_a"), row.text("text_b"), row.text("category"), row.text("label"))


def _pair(id: str, more: str, less: str, category: str, direction: str) -> Sample:
    """The more stereotyped sentence first; a model is asked for a sentence, and its likelihood of each is compared."""
    metadata = {"category": category, "direction": direction, "stereotyped": 0}
    return Sample(id=id, input="Write one sentence.", choices=(more, less), metadata=metadata)


def gsm8k(row: Row) -> Sample:
    solution = row.text("answer")
    if "####" not in solution:
        raise DataError(f"{row.place}: the answer has no '####'; GSM8K puts the final number behind it")
    answer = solution.rsplit("####", 1)[1]
    return _numeric(row, f"gsm8k-{row.number}", row.text("question"), answer, {"category": "math"})


def uniform_gsm8k(row: Row) -> Sample:
    metadata = {"category": row.optional("category"), "group": row.optional("group")}
    return _numeric(row, row.text("id"), row.text("prompt"), row.text("label"), metadata)


def ifeval(row: Row) -> Sample:
    instructions = row.texts("instruction_id_list")
    return _instructed(f"ifeval-{row.text('key')}", row.text("prompt"), instructions, row.values.get("kwargs"), row)


def uniform_ifeval(row: Row) -> Sample:
    meta = Row(row.place, row.number, row.mapping("meta"))
    return _instructed(row.text("id"), row.text("prompt"), meta.texts("instructions"), meta.values.get("kwargs"), row)


def truthfulqa(row: Row) -> Sample:
    best = row.text("Best Answer")
    metadata = {
        "category": row.optional("Category"),
        "kind": row.optional("Type"),
        "incorrect": list(_answers(row.optional("Incorrect Answers"))),
        "best_incorrect": row.optional("Best Incorrect Answer"),
    }
    return _open(f"truthfulqa-{row.number}", row.text("Question"), best, row.optional("Correct Answers"), metadata)


def uniform_truthfulqa(row: Row) -> Sample:
    meta = Row(row.place, row.number, row.mapping("meta"))
    metadata = {
        "category": row.optional("category"),
        "incorrect": list(_answers(meta.optional("incorrect"))),
        "group": row.optional("group"),
    }
    return _open(row.text("id"), row.text("prompt"), row.text("label"), meta.optional("correct"), metadata)


def mmlu_pro(row: Row) -> Sample:
    metadata = {"category": row.optional("category"), "origin": row.optional("src")}
    answer, index = row.text("answer"), row.optional("answer_index")
    if index and index != str(_LETTERS.find(answer)):
        raise DataError(f"{row.place}: answer '{answer}' and answer_index {index} name different options")
    id = f"mmlu_pro-{row.text('question_id')}"
    return _choice(row, id, row.text("question"), row.texts("options"), answer, metadata)


def uniform_mmlu_pro(row: Row) -> Sample:
    if not row.has("prompt"):
        raise DataError(
            f"{row.place}: no question text, only answers of models. "
            "Load the published questions: TIGER-Lab/MMLU-Pro, columns question_id, question, options, answer"
        )
    meta = Row(row.place, row.number, row.mapping("meta"))
    metadata = {"category": row.optional("category"), "group": row.optional("group")}
    return _choice(row, row.text("id"), row.text("prompt"), meta.texts("options"), row.text("label"), metadata)


def _choice(
    row: Row, id: str, question: str, choices: Sequence[str], answer: str, metadata: Mapping[str, Any]
) -> Sample:
    if answer.isascii() and answer.isdigit():
        index = int(answer)
    else:
        index = _LETTERS.find(answer) if len(answer) == 1 else -1
    if not 0 <= index < len(choices):
        raise DataError(f"{row.place}: the answer '{answer[:20]}' names none of the {len(choices)} options")
    options = "\n".join(f"{_LETTERS[number]}. {choice}" for number, choice in enumerate(choices))
    return Sample(
        id=id,
        input=f"{question}\n{options}\nAnswer with the letter only.",
        target=_LETTERS[index],
        choices=tuple(choices),
        metadata={**_kept(metadata), "check": "choice"},
    )


def _asked(context: str, question: str) -> str:
    return f"{context}\n{question}" if context else question


def _numeric(row: Row, id: str, question: str, answer: str, metadata: Mapping[str, Any]) -> Sample:
    target = answer.strip().replace(",", "").removeprefix("$")
    try:
        float(target)
    except ValueError as error:
        raise DataError(f"{row.place}: the final answer '{target[:40]}' is not a number") from error
    return Sample(id=id, input=question, target=target, metadata={**_kept(metadata), "check": "numeric"})


def _instructed(id: str, prompt: str, instructions: Sequence[str], arguments: Any, row: Row) -> Sample:
    if not isinstance(arguments, list) or len(arguments) != len(instructions):
        raise DataError(f"{row.place}: 'kwargs' should be a list of {len(instructions)} objects, one per instruction")
    given = [dict(item) if isinstance(item, Mapping) else {} for item in arguments]
    given = [{key: value for key, value in item.items() if value is not None} for item in given]
    metadata = {"category": instructions[0].split(":")[0], "instructions": list(instructions), "kwargs": given}
    return Sample(id=id, input=prompt, metadata=metadata)


def _open(id: str, question: str, best: str, correct: str, metadata: Mapping[str, Any]) -> Sample:
    targets = tuple(dict.fromkeys([best, *_answers(correct)]))
    return Sample(id=id, input=question, target=targets, metadata={**_kept(metadata), "check": "any"})


def _answers(joined: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in joined.split(";") if part.strip())


def _kept(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if value not in ("", None, [])}


def _last(pair: Any) -> str:
    return str(pair[-1]) if isinstance(pair, list) and pair else ""
