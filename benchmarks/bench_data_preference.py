"""What the checks of preferences say of public sets, what they find of planted defects, and what they cost.

    python benchmarks/bench_data_preference.py --data DIR

Tables: shares and AUROC of the four public preference sets; the published judges of LLMBar in both orders; defects
planted in one public pair in three, cycles around one in ten; CPU-seconds and memory of 200,000 pairs through all of
these checks. `--seed` decides where the defects are planted, and stands above their tables.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from assay.checks.check import Check
from assay.checks.contradictions import Contradictions
from assay.checks.coverage import Coverage
from assay.checks.judge_leaks import JudgeLeaks, judge_words
from assay.checks.pairs import Pairs
from assay.checks.raters import Raters
from assay.checks.shortcuts import Shortcuts
from assay.checks.sides import said as text_of
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.store.training_files import TrainingFile

SETS = ("hh_harmless", "hhh_alignment", "llmbar", "pandalm")
JUDGES = ("GPT-4", "PaLM2", "LLaMA2", "ChatGPT", "Falcon")
CHECKS: tuple[Callable[[], Check], ...] = (Shortcuts, Pairs, Contradictions, Raters, JudgeLeaks, Coverage)
INNOCENT = (
    *(f"preference/{name}" for name in SETS), "drift/llm_drift", "hallucination/halueval_general",
    "paired_models/gsm8k_solutions", "refusal/latent_jailbreak_human", "refusal/latent_jailbreak_repeats",
    "refusal/xstest_responses",
)  # fmt: skip
FILLER = "The mill stood by the river for a hundred years, and nobody in the town could say who had built it first."


def rows(folder: Path, name: str) -> list[TrainingRow]:
    found = TrainingFile(str(folder / "preference" / f"{name}.jsonl")).rows()
    return [row for row in found if isinstance(row, TrainingRow)]


def findings(made: Check, some: Sequence[TrainingRow]) -> list[Finding]:
    for row in some:
        made.add(row)
    return list(made.findings())


def public(folder: Path) -> Iterator[str]:
    yield "| set | pairs | chosen longer | a length-only model scores | AUROC of all | by chance up to |"
    yield "|---|---|---|---|---|---|"
    for name in SETS:
        check = Shortcuts()
        findings(check, rows(folder, name))
        found = check.survey()
        length = next(one for one in found.outcomes if one.feature.name == "length")
        one = length.signs
        yield (
            f"| {name} | {found.n} | {one.share:.3f} [{one.low:.3f}, {one.high:.3f}] | {max(one.right, 1 - one.right):.3f} "
            f"| {found.joint:.3f} | {found.joint_by_chance:.3f} |"
        )
    alarmed = {name: _alarms(folder, name) for name in SETS}
    yield ""
    for name, features in alarmed.items():
        yield f"* {name}: {features}"


def _alarms(folder: Path, name: str) -> str:
    told = [one for one in findings(Shortcuts(), rows(folder, name)) if one.code == "preference.shortcut"]
    return "; ".join(f"{one.severity}: {one.message}" for one in told) or "no alarm"


def judges(folder: Path) -> Iterator[str]:
    yield "| judge | what stands first wins | same verdict in both orders | finding |"
    yield "|---|---|---|---|"
    some = rows(folder, "llmbar")
    told = {one.evidence["rater"]: one for one in findings(Raters(), some)
            if one.code == "preference.rater_bias" and one.evidence.get("leaning") == "first"}  # fmt: skip
    for judge in JUDGES:
        said = [row.metadata["judges"][judge] for row in some if all(row.metadata["judges"].get(judge) or [None])]
        first = sum((one == 1) + (two == 2) for one, two in said) / (2 * len(said))
        agreed = sum(one == two for one, two in said) / len(said)
        finding = f"{told[judge].severity}: {told[judge].evidence['said'][0]}" if judge in told else "none"
        yield f"| {judge} | {first:.3f} | {agreed:.3f} | {finding} |"
    for name in ("pandalm", "llmbar"):
        for one in findings(Raters(), rows(folder, name)):
            if one.code == "preference.rater_agreement":
                yield f"\n{name}: {one.message}"
    cycles = [one for one in findings(Contradictions(), rows(folder, "pandalm")) if one.code == "preference.cycle"]
    both = [{(row.prompt, row.answers[side]) for row in rows(folder, "pandalm") if row.shape == "preference"}
            for side in (0, 1)]  # fmt: skip
    yield f"\npandalm: {len(both[0] & both[1])} answers are chosen here and rejected there"
    yield "\npandalm: " + "; ".join(f"{one.message}, lines {one.where['lines']}" for one in cycles)


def innocent(folder: Path) -> str:
    """A judge's words in answers of sets that no judge wrote into."""
    answers = hits = 0
    for name in INNOCENT:
        for row in TrainingFile(str(folder / f"{name}.jsonl")).rows():
            for turns in row.answers if isinstance(row, TrainingRow) else ():
                answers += 1
                hits += bool(judge_words(text_of(turns)))
    return f"Judge's words in {hits} of {answers:,} answers of {len(INNOCENT)} public sets."


def said(text: str) -> tuple[Message, ...]:
    return (Message(role="assistant", content=text),)


def _with(row: TrainingRow, chosen: str | None = None, rejected: str | None = None) -> TrainingRow:
    better, worse = row.answers
    answers = (said(chosen) if chosen is not None else better, said(rejected) if rejected is not None else worse)
    return dataclasses.replace(row, answers=answers)


def _near(row: TrainingRow, chance: random.Random) -> TrainingRow | None:
    words = row.answer.split(" ")
    places = [at for at, word in enumerate(words) if word.isalpha() and word.islower() and len(word) > 4]
    if len(words) < 25 or not places:
        return None
    words[chance.choice(places)] = "ordinary"
    return _with(row, rejected=" ".join(words))


def _scored(row: TrainingRow, chosen: float, rejected: float) -> TrainingRow:
    return dataclasses.replace(row, metadata={**row.metadata, "score_chosen": chosen, "score_rejected": rejected})


Plant = Callable[[TrainingRow, random.Random, Sequence[TrainingRow]], TrainingRow | None]
PLANTS: dict[str, Plant] = {
    "preference.identical": lambda row, chance, others: _with(row, rejected=f"{row.answer}\n") if row.answer else None,
    "preference.near_identical": lambda row, chance, others: _near(row, chance),
    "preference.easy_negative": lambda row, chance, others: _with(
        row,
        rejected=chance.choice(
            ["", "...", "and so on " * 30, "I'm sorry, but I can't help with that request.", "Это совсем другой язык, нежели вопрос."]
        ),
    ),
    "preference.borrowed_negative": lambda row, chance, others: _borrowed(row, chance, others),
    "preference.both_bad": lambda row, chance, others: _with(row, "", "ha " * 40),
    "preference.both_refuse": lambda row, chance, others: _with(
        row, "I'm sorry, but I can't assist with that.", "I cannot help with this request."
    ),
    "preference.tie": lambda row, chance, others: _scored(row, 4, 4),
    "preference.against_score": lambda row, chance, others: _scored(row, 2, 5),
    "preference.thin_margin": lambda row, chance, others: _scored(row, 4.001, 4),
    "preference.judge_words": lambda row, chance, others: _with(
        row, chosen=row.answer + chance.choice(
            ["\n\nResponse A is better because it is more complete.", " [[A]]", "\nAssistant B provides a more helpful answer."]
        ),
    ),
}  # fmt: skip


def _borrowed(row: TrainingRow, chance: random.Random, others: Sequence[TrainingRow]) -> TrainingRow | None:
    other = chance.choice(others)
    return _with(row, rejected=other.answer) if other.prompt != row.prompt and len(other.answer) >= 60 else None


def planted(folder: Path, seed: int) -> Iterator[str]:
    """One pair in three has one defect; a row with a finding that was not planted in it is extra."""
    chance = random.Random(seed)
    clean = [row for name in SETS for row in rows(folder, name) if row.shape == "preference"]
    kinds, mixed, meant = list(PLANTS), [], {}
    for line, row in enumerate(clean, 1):
        place = dataclasses.replace(_scored(row, 5, 3), file="planted", line=line, digest=f"{chance.getrandbits(64):x}")
        kind = chance.choice(kinds)
        other = PLANTS[kind](place, chance, clean) if chance.random() < 1 / 3 else None
        mixed.append(place if other is None else other)
        if other is not None:
            meant[line] = kind
    yield f"One pair in three has one planted defect, seed {seed}:\n"
    yield from _table(mixed, meant, (Pairs, JudgeLeaks))
    yield f"\n{innocent(folder)}"


def _table(mixed: Sequence[TrainingRow], meant: dict[int, str], checks: Sequence[Callable[[], Check]]) -> Iterator[str]:
    told: defaultdict[str, set[int]] = defaultdict(set)
    for make in checks:
        for one in findings(make(), mixed):
            told[one.code].update(one.where.get("lines", ()))
    yield "| finding | planted | found | recall | extra rows | precision |"
    yield "|---|---|---|---|---|---|"
    for kind in dict.fromkeys(meant.values()):
        lines = {line for line, what in meant.items() if what == kind}
        hit, extra = len(lines & told[kind]), len(told[kind] - lines)
        yield f"| `{kind}` | {len(lines)} | {hit} | {hit / len(lines):.3f} | {extra} | {hit / max(hit + extra, 1):.3f} |"


def circles(folder: Path, seed: int) -> Iterator[str]:
    """Reversed copies and cycles of three among public pairs, one pair a prompt."""
    chance = random.Random(seed)
    every = [row for name in SETS for row in rows(folder, name) if row.shape == "preference" and row.answer]
    clean = list({row.prompt: row for row in every}.values())
    mixed, meant = [], {}

    def put(row: TrainingRow, kind: str) -> None:
        mixed.append(dataclasses.replace(row, file="planted", line=len(mixed) + 1))
        if kind:
            meant[len(mixed)] = kind

    for row in clean:
        draw = chance.random()
        if draw < 0.1 and row.answers[0] != row.answers[1]:
            put(row, "preference.contradiction")
            put(dataclasses.replace(row, answers=row.answers[::-1]), "preference.contradiction")
        elif draw < 0.2 and row.answers[0] != row.answers[1]:
            third = said(FILLER)
            put(row, "preference.cycle")
            put(dataclasses.replace(row, answers=(row.answers[1], third)), "preference.cycle")
            put(dataclasses.replace(row, answers=(third, row.answers[0])), "preference.cycle")
        else:
            put(row, "")
    yield f"Reversed copies of one pair in ten and cycles around one in ten, one pair a prompt, seed {seed}:\n"
    yield from _table(mixed, meant, (Contradictions,))


def cost(folder: Path, many: int) -> Iterator[str]:
    """CPU-seconds of many pairs: public ones again and again, each with another digest and prompt."""
    pool = [row for name in SETS for row in rows(folder, name)]
    chance = random.Random(1)
    checks = [make() for make in CHECKS]
    spent = [0.0] * len(checks)
    characters = 0
    for number in range(many):
        row = pool[number % len(pool)]
        asked = (*row.prompt[:-1], Message(role="user", content=f"{row.asked} ({number})"))
        row = dataclasses.replace(row, line=number, prompt=asked, digest=f"{chance.getrandbits(256):064x}")
        characters += len(row.text)
        for at, check in enumerate(checks):
            began = time.process_time()
            check.add(row)
            spent[at] += time.process_time() - began
    for at, check in enumerate(checks):
        began = time.process_time()
        list(check.findings())
        spent[at] += time.process_time() - began
    yield f"| check | CPU-seconds for {many:,} pairs ({characters / 1e6:.0f} M characters) |"
    yield "|---|---|"
    for check, seconds in zip(checks, spent, strict=True):
        yield f"| {type(check).__name__} | {seconds:.1f} |"
    yield f"| all | {sum(spent):.1f} |"
    yield f"\nPeak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with preference/*.jsonl; without it nothing is measured")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    if chosen.data is None:
        sys.exit("nothing measured: name the folder of public sets with --data")
    parts = (public(chosen.data), judges(chosen.data), planted(chosen.data, chosen.seed),
             circles(chosen.data, chosen.seed), cost(chosen.data, chosen.rows))  # fmt: skip
    for part in parts:
        for line in part:
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
