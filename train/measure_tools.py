"""Whether `tool_use` tells right calls from wrong ones, on calls made of the Berkeley rows.

    python train/measure_tools.py [--shared DIR]

Reads `data/capability/bfcl.jsonl`. Of each row it makes the right answer and every wrong one that the row allows:
another tool, an argument left out, another value, an argument too many, a call too many, a call too few, no call; where
no tool fits, a call. Prints, by kind, how many were judged rightly and which part was named. Ends with an error when
any was not.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assay.domain.sample import Message, Sample, ToolCall
from assay.domain.trial import Output
from assay.scorers.tool_use import ToolUse

_TYPES = {"dict": "object", "float": "number", "tuple": "array"}


def main() -> None:
    """Judge all made answers and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("ASSAY_SHARED", "shared")))
    options = parser.parse_args()
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    parts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for kind, sample, calls in answers(options.shared / "data" / "capability" / "bfcl.jsonl"):
        text = "" if calls else "Here is what I know about that."
        score = ToolUse().score(sample, Output(text=text, tool_calls=calls))[0]
        total[kind] += 1
        right[kind] += score.value is (kind in ("right", "right, no tool fits"))
        parts[kind][score.answer or score.unscored] += 1
    print("| answer | n | judged rightly | part named |\n|---|---|---|---|")
    for kind, count in total.items():
        named = ", ".join(f"{part} {seen}" for part, seen in parts[kind].most_common())
        print(f"| {kind} | {count} | {right[kind] / count:.3f} | {named} |")
    if right != total:
        sys.exit("some answers were misjudged")


def answers(path: Path) -> Iterator[tuple[str, Sample, tuple[ToolCall, ...]]]:
    """Kind of answer, sample, calls: of each row the right answer and the wrong ones."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        sample, gold = read(row), row["meta"]["gold"] or []
        required = {key for tool in sample.tools for key in tool["parameters"].get("required", ())}
        calls = tuple(_call(item, required) for item in gold)
        if not calls:
            yield "right, no tool fits", sample, ()
            yield "a call where no tool fits", sample, (ToolCall(name=sample.tools[0]["name"], arguments={}),)
            continue
        yield "right", sample, calls
        for kind, wrong in _mutations(calls):
            yield kind, sample, wrong


def read(row: Mapping[str, Any]) -> Sample:
    """A row as a sample: its tools with the types of JSON Schema, its expected calls."""
    expected = [
        {"name": name, "accept": accept, "optional": [key for key, good in accept.items() if "" in good]}
        for item in row["meta"]["gold"] or []
        for name, given in item.items()
        for accept in [{key: [_plain(value) for value in good] for key, good in given.items()}]
    ]
    return Sample(
        id=row["id"],
        input=tuple(Message(role=turn["role"], content=turn["content"]) for turn in row["messages"]),
        tools=tuple(_schema(tool) for tool in row["meta"]["tools"]),
        metadata={"expected_calls": expected},
    )


def _schema(value: Any) -> Any:
    """Types by the names that JSON Schema has for them."""
    if isinstance(value, list):
        return [_schema(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    made = {key: _schema(item) for key, item in value.items()}
    if isinstance(made.get("type"), str):
        if made["type"] == "any":
            del made["type"]
        else:
            made["type"] = _TYPES.get(made["type"], made["type"])
    return made


def _plain(value: Any) -> Any:
    """A good value; inside objects the leaderboard lists good values again: the first stands for them."""
    if isinstance(value, Mapping):
        return {key: _plain(good[0]) if isinstance(good, list) and good else good for key, good in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _call(item: Mapping[str, Any], required: set[str]) -> ToolCall:
    ((name, accept),) = item.items()
    # Optional arguments are left out unless the tool requires them: two rows list values that break its schema.
    given = {key: good for key, good in accept.items() if "" not in good or key in required}
    return ToolCall(name=name, arguments={key: _plain(next(v for v in good if v != "")) for key, good in given.items()})


def _mutations(calls: tuple[ToolCall, ...]) -> Iterator[tuple[str, tuple[ToolCall, ...]]]:
    first, rest, arguments = calls[0], calls[1:], dict(calls[0].arguments or {})
    yield "another tool", (ToolCall(name="another_tool", arguments=arguments), *rest)
    yield "no call", ()
    yield "a call too many", (*calls, ToolCall(name=first.name, arguments=arguments))
    yield "an argument too many", (ToolCall(name=first.name, arguments={**arguments, "unheard_of": 1}), *rest)
    if rest:
        yield "a call too few", rest
    if arguments:
        left = dict(list(arguments.items())[1:])
        yield "an argument left out", (ToolCall(name=first.name, arguments=left), *rest)
    for key, value in arguments.items():
        other = _other(value)
        if other is not None:
            yield "another value", (ToolCall(name=first.name, arguments={**arguments, key: other}), *rest)
            break


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return None  # the other one may be good as well
    if isinstance(value, int | float):
        return value + 977
    return f"{value} or something else" if isinstance(value, str) and value else None


if __name__ == "__main__":
    main()
