"""What the checks of form find of planted defects, and what else they say: recall, extra rows, rows per CPU-second.

Rows are public answers of models, from `--data DIR`. Each row has one defect with probability `--share`; a row of which
a check says something that was not planted in it counts as extra, so defects that the sets have by themselves count
against precision.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assay.checks.catalogue import made
from assay.checks.tool_calls import ToolCalls
from assay.domain.sample import Message, ToolCall
from assay.domain.training import TrainingRow
from assay.store.training_files import TrainingFile

SETS = (
    "drift/llm_drift",
    "paired_models/gsm8k_solutions",
    "preference/pandalm",
    "preference/llmbar",
    "preference/hhh_alignment",
    "training_data/emergent_misalignment",
    "hallucination/halueval_general",
)
MARKS = (
    "<|im_end|>",
    "<|eot_id|>",
    "[INST]",
    "[/INST]",
    "<end_of_turn>",
    "\n### Response:\n",
    "\n\nHuman: ",
    "</s>",
    "<<SYS>>",
)


def rows(folder: Path) -> list[TrainingRow]:
    """Rows with a question and one answer of their own."""
    found = []
    for name in SETS:
        for row in TrainingFile(str(folder / f"{name}.jsonl")).rows():
            if isinstance(row, TrainingRow) and row.answers and row.answer.strip():
                found.append(
                    dataclasses.replace(
                        row, shape="chat", form="chat", answers=row.answers[:1], metadata={}, problems=()
                    )
                )
    return found


def answered(row: TrainingRow, text: str) -> TrainingRow:
    return dataclasses.replace(row, answers=((Message(role="assistant", content=text),),))


def token(row: TrainingRow, chance: random.Random) -> TrainingRow:
    text, mark = row.answer, chance.choice(MARKS)
    place = len(text) if mark == "</s>" else chance.randrange(len(text) + 1)
    return answered(row, text[:place] + mark + text[place:])


def table(row: TrainingRow, chance: random.Random) -> TrainingRow | None:
    text = row.answer.replace("'", "’").replace('"', "”")
    if text.isascii():
        return None
    return answered(row, "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode()))


def cut(row: TrainingRow, chance: random.Random) -> TrainingRow | None:
    text = row.answer
    if len(text) < 200:
        return None
    return answered(row, text[: chance.randrange(len(text) * 3 // 10, len(text) * 9 // 10)])


def broken_json(row: TrainingRow, chance: random.Random) -> TrainingRow:
    text = json.dumps({"question": row.asked[:100], "answer": row.answer[:300], "tags": ["a", "b"]})
    text = chance.choice(
        [text[:-2], text[:-1] + ",}", text.replace('"', "'"), text.replace('": ', "': ", 1), text[: len(text) // 2]]
    )
    return answered(asking_json(row, chance), f"```json\n{text}\n```" if chance.random() < 0.3 else text)


def whole_json(row: TrainingRow, chance: random.Random) -> TrainingRow:
    text = json.dumps({"question": row.asked[:100], "answer": row.answer[:300]}, indent=chance.choice([None, 2]))
    return answered(asking_json(row, chance), f"Here it is:\n```json\n{text}\n```" if chance.random() < 0.3 else text)


def asking_json(row: TrainingRow, chance: random.Random) -> TrainingRow:
    asked = chance.choice(
        [
            "Respond in JSON.",
            "Return a JSON object.",
            "Output only valid JSON, nothing else.",
            "Give the answer as JSON.",
        ]
    )
    return dataclasses.replace(row, prompt=(*row.prompt[:-1], Message(role="user", content=f"{row.asked}\n\n{asked}")))


def order(row: TrainingRow, chance: random.Random) -> TrainingRow:
    last = row.prompt[-1]
    extra = chance.choice([last, Message(role="system", content="Be brief."), Message(role="tool", content="5")])
    return dataclasses.replace(row, prompt=(*row.prompt, extra))


def empty(row: TrainingRow, chance: random.Random) -> TrainingRow:
    return answered(row, chance.choice(["", " ", "\n\n"]))


PLANTS: dict[str, Callable[[TrainingRow, random.Random], TrainingRow | None]] = {
    "format.template_token": token,
    "format.mojibake": table,
    "format.truncated_answer": cut,
    "format.invalid_json": broken_json,
    "format.role_order": order,
    "format.empty_answer": empty,
    "": whole_json,
}


def calls(folder: Path, chance: random.Random, share: float) -> None:
    """Prints what is found of planted defects in the expected calls of the Berkeley function-calling leaderboard."""
    check, planted, line, asked = ToolCalls(), dict[int, str](), 0, []
    for text in (folder / "capability" / "bfcl.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(text)
        for gold in row["meta"].get("gold") or ():
            for name, accepted in gold.items():
                arguments = {key: values[0] for key, values in accepted.items() if values[0] != ""}
                asked.append((row["meta"]["tools"], name, arguments))
    for tools, name, arguments in asked:
        line += 1
        if arguments and chance.random() < share:
            planted[line], name, arguments = broken(name, arguments, tools, chance)
        call = ToolCall(name=name, arguments=arguments, raw=json.dumps(arguments))
        answer = (Message(role="assistant", content="", tool_calls=(call,)),)
        check.add(TrainingRow(file="calls", line=line, shape="chat", answers=(answer,), tools=tuple(tools)))
    print(f"\n{line:,} expected calls of the Berkeley function-calling leaderboard\n")
    print("| finding | planted | found | recall | extra rows |\n|---|---|---|---|---|")
    for finding in check.findings():
        hits = sum(planted.get(line) == finding.code for line in finding.where["lines"])
        count = sum(code == finding.code for code in planted.values())
        print(
            f"| `{finding.code}` | {count} | {hits} | {hits / max(count, 1):.3f} | {finding.evidence['rows'] - hits} |"
        )


def broken(
    name: str, arguments: dict[str, Any], tools: list[dict[str, Any]], chance: random.Random
) -> tuple[str, str, dict[str, Any]]:
    """The code of a defect, and the call with it."""
    tool = next((tool for tool in tools if tool["name"] == name), tools[0])
    required = [key for key in tool["parameters"].get("required", []) if key in arguments]
    if chance.random() < 0.5 or not required:
        return "format.tool_unknown", name + "_v2", arguments
    if chance.random() < 0.5:
        return "format.tool_schema", name, {key: each for key, each in arguments.items() if key != required[0]}
    return "format.tool_schema", name, {**arguments, required[0]: {"unexpected": [1]}}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--rows", type=int, default=20_000)
    options.add_argument("--share", type=float, default=0.1)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    chance = random.Random(chosen.seed)
    public = rows(chosen.data)
    checks = made()
    planted: dict[int, str] = {}
    spent = 0.0
    for line in range(1, chosen.rows + 1):
        row = dataclasses.replace(chance.choice(public), file="planted", line=line)
        if chance.random() < chosen.share:
            code = chance.choice(list(PLANTS))
            changed = PLANTS[code](row, chance)
            row = changed or row
            planted[line] = code if changed else ""
        begun = time.process_time()
        for check in checks.values():
            check.add(row)
        spent += time.process_time() - begun
    found: dict[str, set[int]] = defaultdict(set)
    for check in checks.values():
        for finding in check.findings():
            found[finding.code] |= set(finding.where["lines"])
    counts = Counter(planted.values())
    print(f"{chosen.rows:,} rows, {len(public):,} different, {chosen.rows / spent:,.0f} rows per CPU-second\n")
    print("| finding | planted | found | recall | extra rows | precision |\n|---|---|---|---|---|---|")
    for code in [each for each in PLANTS if each]:
        hits = sum(1 for line in found[code] if planted.get(line) == code)
        extra = len(found[code]) - hits
        print(
            f"| `{code}` | {counts[code]} | {hits} | {hits / max(counts[code], 1):.3f} | {extra} "
            f"| {hits / max(len(found[code]), 1):.3f} |"
        )
    others = {code: len(lines) for code, lines in found.items() if code not in PLANTS}
    print(f"\nother findings: {others}", file=sys.stderr)
    calls(chosen.data, chance, chosen.share)


if __name__ == "__main__":
    main()
