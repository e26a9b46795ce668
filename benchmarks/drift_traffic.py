"""Answers of GPT-4 of March and June 2023 as traffic, and what the watch says of them. Prints a Markdown table.

    python benchmarks/drift_traffic.py --data ../shared/data

LLMDrift (Chen, Zaharia, Zou 2023) asked both versions the same questions. Survey questions and programming tasks were
asked one version after the other, so their own times are replayed. Prime numbers and sensitive questions were asked of
both versions in the same seconds; there the June version follows the March version, a row a minute, the questions of
each in the same mixed order. The watch is told
neither the day nor the versions; its reference is the first half of the March version's time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.interfaces.cli import run

OLD, NEW = "gpt-4-0314", "gpt-4-0613"
TASKS = {"opinionqa": "their own times", "leetcode": "their own times", "prime": "one after the other",
         "sensitiveq": "one after the other"}  # fmt: skip
SCORERS = ("refusal", "verbosity", "hedging", "degeneration")
_BEGIN = datetime(2023, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """What the watch said of one task."""

    rows: int
    truth: datetime
    alarms: tuple[dict[str, Any], ...]


def main() -> None:
    """Replay every task and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    given = parser.parse_args()
    path, began = given.data / "drift" / "llm_drift.jsonl", time.process_time()
    print("| task | rows | replayed | June version since | figure | before -> now | dated (90 %) | named |")
    print("|---|---|---|---|---|---|---|---|")
    for task, how in TASKS.items():
        found = watched(chats(path, task))
        for line in _lines(found):
            print(f"| {task} | {found.rows} | {how} | {_short(found.truth)} | {line} |")
    print(f"\n{time.process_time() - began:.1f} CPU-s")


def chats(path: Path, task: str) -> list[dict[str, Any]]:
    """Both versions' answers to the questions of a task, as lines of `assay watch replay`, in order of time."""
    rows = [json.loads(line) for line in path.read_bytes().split(b"\n") if line]
    kept = [row for row in rows if row["category"] == task and row["model"] in (OLD, NEW)]
    if TASKS[task] == "their own times":
        kept.sort(key=lambda row: (_asked(row), row["id"]))
    else:
        kept.sort(key=lambda row: (row["model"], row["group"]))
    made = [_chat(row) for row in kept]
    if TASKS[task] != "their own times":
        for number, one in enumerate(made):
            one["timestamp"] = _BEGIN.timestamp() + 60 * number
    return made


def _asked(row: dict[str, Any]) -> datetime:
    return datetime.strptime(row["meta"]["time"], "%m/%d/%Y, %H:%M:%S").replace(tzinfo=UTC)


def _chat(row: dict[str, Any]) -> dict[str, Any]:
    about = row["meta"]
    return {
        "id": row["id"],
        "input": row["prompt"],
        "output": row["response"],
        "timestamp": _asked(row).timestamp(),
        "model": row["model"],
        "latency_s": about["latency_s"],
        "usage": {"output_tokens": about["tokens"]},
        "metadata": {"task": row["category"]},
    }


def watched(rows: Sequence[dict[str, Any]]) -> Found:
    """Replays rows; the reference is the first half of the March version's time."""
    truth = min(row["timestamp"] for row in rows if row["model"] == NEW)
    seconds = int((truth - rows[0]["timestamp"]) / 2)
    with tempfile.TemporaryDirectory() as home:
        traffic, outcome = Path(home) / "traffic.jsonl", Path(home) / "outcome.json"
        traffic.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        judges = [word for name in SCORERS for word in ("--scorer", name)]
        arguments = ["watch", "replay", str(traffic), "--baseline", f"{seconds}s", *judges, "--format", "json"]
        code = run([*arguments, "-o", str(outcome)])
        if code not in (0, 1):
            raise SystemExit(f"assay watch replay ended with {code}")
        alarms = json.loads(outcome.read_text(encoding="utf-8"))["alarms"]
    return Found(rows=len(rows), truth=datetime.fromtimestamp(truth, UTC), alarms=tuple(alarms))


def _lines(found: Found) -> Iterator[str]:
    """A line for each rate or amount that is dated, and one for all distributions that differ in the same look."""
    dated = [alarm for alarm in found.alarms if alarm["detector"].startswith("Shiryaev")]
    looks = [alarm for alarm in found.alarms if alarm not in dated]
    for alarm in dated:
        named = "yes" if any(OLD in part and NEW in part for part in alarm["changed"]) else "no"
        yield f"{alarm['metric']} | {alarm['before']:.2f} -> {alarm['now']:.2f} | {_date(alarm)} | {named}"
    if looks:
        names = ", ".join(sorted({alarm["metric"] for alarm in looks}))
        yield f"distributions: {names} | | {_date(looks[0])} |"
    if not found.alarms:
        yield "none | | |"


def _date(alarm: dict[str, Any]) -> str:
    since, low, high = (_short(datetime.fromisoformat(alarm[name])) for name in ("since", "since_low", "since_high"))
    return f"{since} ({low} to {high})"


def _short(at: datetime) -> str:
    return at.strftime("%m-%d %H:%M")


if __name__ == "__main__":
    main()
