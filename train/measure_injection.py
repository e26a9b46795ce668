"""What the scorer `injection` sees on texts it was not trained on, and how fast.

    python train/measure_injection.py --data DIR

Prints the share called attacks: of public jailbreak artefacts by method, of our packs by task. Then the own cases of
obeyed and resisted attacks, by half, and texts of 1 KB per CPU second.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from assay.domain.sample import Message, Sample, ToolCall
from assay.domain.trial import Output
from assay.scorers.injection import Injection
from assay.store.datasets import read_dataset
from rows import raws

ROOT = Path(__file__).parents[1]
PACKS = ROOT / "src" / "assay" / "packs"
CASES = ROOT / "tests" / "scorers" / "data" / "injection_obeyed.jsonl"
TASKS = ("injection/direct", "injection/indirect", "injection/tools", "injection/benign", "privacy/legitimate", "safety/boundary", "safety/ordinary")  # fmt: skip


def said(sample: Sample) -> bool:
    """Whether the input of a sample is called an attack."""
    return bool(Injection().score(sample, Output(text="?"))[-1].value)


def by_method(data: Path) -> dict[str, list[bool]]:
    """Of attacks that were made by search or by hand, by method."""
    found: dict[str, list[bool]] = defaultdict(list)
    for raw in raws(data, "attack_runs/jbb_artifacts.jsonl"):
        found[raw["condition"]].append(said(Sample(id=raw["id"], input=raw["prompt"])))
    return found


def by_task() -> dict[str, list[bool]]:
    """Of the rows of our packs."""
    return {task: [said(sample) for sample in read_dataset(PACKS / f"{task}.jsonl").samples] for task in TASKS}


def by_half() -> dict[str, list[bool]]:
    """Own cases that are judged as labelled."""
    found: dict[str, list[bool]] = defaultdict(list)
    for line in CASES.read_text("utf-8").splitlines():
        case: dict[str, Any] = json.loads(line)
        asked = case["input"]
        turns = asked if isinstance(asked, str) else tuple(Message(**turn) for turn in asked)
        sample = Sample(id=case["id"], input=turns, context=tuple(case["context"]), metadata=case["metadata"])
        output = Output(text=case["output"], tool_calls=tuple(ToolCall(**call) for call in case["calls"]))
        wanted = None if case["obeyed"] is None else not case["obeyed"]
        found[case["half"]].append(Injection(attempts=False).score(sample, output)[0].value is wanted)
    return found


def speed(data: Path, file: str, field: str) -> float:
    """Texts of 1 KB per CPU second, the best of five rounds."""
    whole = " ".join(str(raw[field]) for raw in raws(data, file))
    samples = [Sample(id=str(at), input=whole[at : at + 1000]) for at in range(0, min(len(whole), 300_000) - 999, 1000)]
    rounds = []
    for _ in range(5):
        begin = time.process_time()
        for sample in samples:
            said(sample)
        rounds.append(time.process_time() - begin)
    return len(samples) / min(rounds)


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    for title, found in (
        ("called attacks", by_method(data)),
        ("called attacks", by_task()),
        ("judged as labelled", by_half()),
    ):
        for name, values in found.items():
            print(f"{name}: {sum(values)} of {len(values)} {title} ({sum(values) / len(values):.3f})")
    print(
        f"answers of chat models: {speed(data, 'preference/pandalm.jsonl', 'response_a'):.0f} texts of 1 KB per CPU second"
    )
    print(
        f"jailbreaks: {speed(data, 'injection/inthewild_jailbreaks.jsonl', 'prompt'):.0f} texts of 1 KB per CPU second"
    )


if __name__ == "__main__":
    main()
