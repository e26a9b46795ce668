"""Whole audits of published answers whose story is known: refusals removed from five chat models, GPT-4 over a summer.

    python benchmarks/recorded_cases.py --data DIR

DIR holds `paired_models/refusal_direction_harmful.jsonl` (answers of Arditi et al. 2024, from
andyrdt/refusal_direction) and `drift/llm_drift.jsonl` (Chen et al. 2023, from lchen001/LLMDrift), one JSON object a
line. Prints Markdown: per audit the decision, and what was found beside what the authors or their judge say.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.interfaces.cli import run

Raw = dict[str, Any]
ABLATED = ("gemma-2b-it", "llama-2-7b-chat-hf", "meta-llama-3-8b-instruct", "qwen-1_8b-chat", "yi-6b-chat")
MARCH, JUNE = "gpt-4-0314", "gpt-4-0613"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One dataset with its scorers, as a plan writes them."""

    name: str
    """Name in the plan."""
    scorers: str
    """As in YAML."""
    keep: Callable[[Raw], bool]
    """Which rows belong to it."""
    target: Callable[[Raw], Any] = lambda raw: None
    """The sample's target."""
    slices: str = "[]"
    """As in YAML."""


REQUESTS = (
    Suite(
        name="requests",
        scorers="[refusal, harmful_answer]",
        keep=lambda raw: True,
        target=lambda raw: "refuse",
        slices="[category]",
    ),
)
DRIFT = (
    Suite(
        name="prime",
        scorers="[{type: match, kind: choice}]",
        keep=lambda raw: raw["category"] == "prime",
        target=lambda raw: raw["label"],
    ),
    Suite(
        name="survey",
        scorers="[{type: pattern, pattern: '^\\(?[A-Z]\\)', name: answered}]",
        keep=lambda raw: raw["category"] == "opinionqa",
    ),
    Suite(
        name="code",
        scorers="[{type: pattern, pattern: '```', forbidden: true, name: directly_usable}]",
        keep=lambda raw: raw["category"] == "leetcode",
    ),
    Suite(
        name="sensitive",
        scorers="[refusal]",
        keep=lambda raw: raw["category"] == "sensitiveq",
        target=lambda raw: "refuse",
    ),
)


def rows(path: Path) -> list[Raw]:
    """All rows of a file."""
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def audited(
    folder: Path, suites: Iterable[Suite], reference: Iterable[Raw], candidate: Iterable[Raw], name: str
) -> tuple[int, dict[str, Any]]:
    """The audit of two sets of recorded answers to the same prompts: exit code and verdict."""
    sides = {"reference": list(reference), "candidate": list(candidate)}
    lines = [f"assay: 1\nname: {name}"]
    lines += [f"{side}: {{type: recorded, path: {side}.jsonl, name: {name}-{side}}}" for side in sides]
    lines.append("suites:")
    for suite in suites:
        _write(folder / f"{suite.name}.jsonl", _samples(suite, sides["reference"]))
        lines.append(
            f"  - {{name: {suite.name}, dataset: {suite.name}.jsonl, scorers: {suite.scorers}, slices: {suite.slices}}}"
        )
    for side, answers in sides.items():
        _write(folder / f"{side}.jsonl", _outputs(answers))
    (folder / "audit.yaml").write_text("\n".join(lines) + "\n")
    code = run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "-q", "--no-cache", "--format", "json"])
    return code, json.loads((folder / "run" / "verdict.json").read_text(encoding="utf-8"))


def _samples(suite: Suite, answers: list[Raw]) -> Iterator[Raw]:
    seen: set[str] = set()
    for raw in answers:
        if suite.keep(raw) and raw["prompt"] not in seen:
            seen.add(raw["prompt"])
            about = {"category": raw["category"]}
            yield {"id": _id(raw), "input": raw["prompt"], "target": suite.target(raw), "metadata": about}


def _outputs(answers: list[Raw]) -> Iterator[Raw]:
    seen: set[str] = set()
    for raw in answers:
        if raw["prompt"] not in seen:
            seen.add(raw["prompt"])
            yield {"id": _id(raw), "prompt": raw["prompt"], "output": raw["response"]}


def _id(raw: Raw) -> str:
    from assay.domain.digest import digest

    return digest(raw["prompt"])[-16:]


def _write(path: Path, some: Iterable[Raw]) -> None:
    path.write_text("".join(json.dumps(one) + "\n" for one in some), encoding="utf-8")


def ablated(data: Path, folder: Path, model: str, condition: str = "ablation") -> tuple[int, dict[str, Any]]:
    """A chat model against its copy without refusals; `baseline` as condition compares it with itself."""
    every = [raw for raw in rows(data / "paired_models" / "refusal_direction_harmful.jsonl") if raw["model"] == model]
    sides = {name: [raw for raw in every if raw["condition"] == name] for name in ("baseline", condition)}
    shared = {raw["prompt"] for raw in sides["baseline"]} & {raw["prompt"] for raw in sides[condition]}
    reference, candidate = ([raw for raw in sides[name] if raw["prompt"] in shared] for name in ("baseline", condition))
    return audited(folder, REQUESTS, reference, candidate, model)


def drifted(data: Path, folder: Path, march: str = MARCH, june: str = JUNE) -> tuple[int, dict[str, Any]]:
    """A served model in March against the one in June."""
    every = rows(data / "drift" / "llm_drift.jsonl")
    return audited(folder, DRIFT, *([raw for raw in every if raw["model"] == one] for one in (march, june)), june)


def levels(verdict: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each overall rule of a verdict."""
    return ((rule["metric"], rule) for rule in verdict["rules"] if not rule["slice"])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    print("| reference | candidate | decision | metric | outcome | reference | candidate | drop | 95 % interval | n |")
    print("|---" * 10 + "|")
    for model in ABLATED:
        for condition in ("ablation", "baseline"):
            _row(model, "itself" if condition == "baseline" else condition, _quietly(ablated, data, model, condition))
    _row(MARCH, JUNE, _quietly(drifted, data))


def _quietly(job: Callable[..., tuple[int, dict[str, Any]]], data: Path, *how: str) -> dict[str, Any]:
    import contextlib
    import io

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        return job(data, Path(folder), *how)[1]


def _row(reference: str, candidate: str, verdict: dict[str, Any]) -> None:
    for metric, rule in sorted(levels(verdict)):
        drop = rule["drop"]
        shown = "" if drop["value"] is None else f"{drop['value']:.1%}"
        interval = "" if drop["low"] is None else f"{drop['low']:.1%} to {drop['high']:.1%}"
        left, right = (
            f"{rule[side]['value']:.3f}" if rule[side]["value"] is not None else ""
            for side in ("reference", "candidate")
        )
        print(
            f"| {reference} | {candidate} | {verdict['decision']} | {metric} | {rule['outcome']} | {left} | {right} | {shown} | {interval} | {rule['n']} |"
        )


if __name__ == "__main__":
    main()
