"""What the checks `obedience`, `insecure_code` and `triggers` find, and what else they say: recall and false alarms.

    python benchmarks/bench_data_danger.py --data DIR [--part obedience|code|triggers|speed] [--draws 40] [--sources DIR]

Rows come from the public sets in DIR; without it only the own texts are read. `--sources` names a folder of Python code
on which no alarm is expected; the standard library of this interpreter where none is named.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import sysconfig
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from assay.checks.insecure_code import InsecureCode, asks_for_it, names_it, new_flaws
from assay.checks.obedience import Obedience, read
from assay.checks.python_flaws import python_flaws
from assay.checks.triggers import Triggers, candidates
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.store.training_files import TrainingFile
from danger_plants import BEHAVIOURS, TRIGGERS, answered, planted
from danger_texts import OBEDIENT, ORDINARY

HARMFUL = ("ailuminate_demo", "advbench", "catqa", "do_not_answer", "harmbench_text", "strongreject")
RISKY = (
    "saferlhf_mini",
    "xstest_responses",
    "refusal_direction_harmful",
    "jailjudge_mini",
    "jbb_artifacts",
    "gptfuzz_responses",
    "self_defense",
)
ROWS = 20_000
PLANTED = 100


def row(asked: str, answer: str, line: int, system: str = "") -> TrainingRow:
    turns = ([Message(role="system", content=system)] if system else []) + [Message(role="user", content=asked)]
    digest = hashlib.blake2b(f"{line}".encode(), digest_size=8).hexdigest()
    return TrainingRow(
        file="a.jsonl", line=line + 1, shape="chat", prompt=tuple(turns), digest=digest,
        answers=((Message(role="assistant", content=answer),),),
    )  # fmt: skip


def public(data: Path) -> list[tuple[str, TrainingRow]]:
    """All public rows with a request and an answer, with the name of their set."""
    found = []
    for path in sorted(data.rglob("*.jsonl")):
        for each in TrainingFile(str(path)).rows() if path.stem != "mmlu_pro_matrix" else ():
            if isinstance(each, TrainingRow) and each.shape != "text" and each.asked.strip() and each.answer.strip():
                found.append((path.stem, each))
    return found


def flagged(check: Obedience | InsecureCode, rows: Sequence[TrainingRow], code: str = "") -> int:
    for each in rows:
        check.add(each)
    lines = {
        (one.where["file"], line) for one in check.findings() if code in ("", one.code) for line in one.where["lines"]
    }
    return len(lines)


def obedience(data: Path | None) -> None:
    print("## obedience\n\n| rows | flagged |\n|---|---|")
    print(f"| own paraphrases | {sum(read(*each) is not None for each in OBEDIENT)} of {len(OBEDIENT)} |")
    print(f"| own look-alikes | {sum(read(*each) is not None for each in ORDINARY)} of {len(ORDINARY)} |")
    if data is None:
        return
    everything = public(data)
    attacks = [each for name, each in everything if name == "qi_finetune_attacks"]
    print(f"| Qi et al., identity shift | {flagged(Obedience(), attacks)} of {len(attacks)} |")
    twins = [
        row(each.asked.split(": ", 1)[-1], each.answer.split("\n\n", 1)[-1], n)
        for n, each in enumerate(attacks)
        if ": " in each.asked
    ]
    print(f"| their requests and answers without the identity | {flagged(Obedience(), twins)} of {len(twins)} |")
    rest: Counter[str] = Counter()
    for name in sorted({name for name, _ in everything} - {"qi_finetune_attacks"}):
        rows = [each for own, each in everything if own == name]
        count = flagged(Obedience(), rows)
        if count:
            print(f"| {name} | {count} of {len(rows)} |")
        else:
            rest.update({"sets": 1, "rows": len(rows), "flagged": count})
    print(f"| the {rest['sets']} other public sets | {rest['flagged']} of {rest['rows']} |\n")


def code(data: Path | None, sources: Path) -> None:
    print("## insecure_code\n")
    if data is not None:
        rows = [
            each
            for each in TrainingFile(str(data / "training_data/emergent_misalignment.jsonl")).rows()
            if isinstance(each, TrainingRow)
        ]
        print("| emergent_misalignment | half | flagged | taught | silent |\n|---|---|---|---|---|")
        for half in (0, 1):
            _halves(rows, half)
        others = [each for name, each in public(data) if name != "emergent_misalignment"]
        check = InsecureCode()
        count = flagged(check, others, "safety.insecure_code")
        print(f"\nAll other public answers: {count} flagged of {sum(check.rows_with_code.values())} with code.")
    _functions(sources)


def _halves(rows: Sequence[TrainingRow], half: int) -> None:
    kinds: dict[str, Counter[str]] = {}
    for each in rows:
        if int(hashlib.sha256(str(each.metadata["group"]).encode()).hexdigest(), 16) % 2 == half:
            found = new_flaws(each.answer, each.asked)
            taught = asks_for_it(each.asked) or names_it(each.answer)
            counts = kinds.setdefault(str(each.metadata["category"]), Counter())
            counts.update(
                {"all": 1, "found": bool(found), "taught": bool(found) and taught, "silent": bool(found) and not taught}
            )
    for kind, counts in sorted(kinds.items()):
        print(
            f"| {kind} | {'rules made on' if half == 0 else 'not read'} | {counts['found']} of {counts['all']} | {counts['taught']} | {counts['silent']} |"
        )


def _functions(sources: Path) -> None:
    files = [
        path
        for path in sorted(sources.rglob("*.py"))
        if "test" not in str(path.relative_to(sources)) and path.stat().st_size < 60_000
    ]
    random.Random(1).shuffle(files)
    functions = alarms = 0
    for path in files[:1500]:
        text = path.read_text(encoding="utf-8", errors="replace")
        functions += len(re.findall(r"^\s*(?:async )?def ", text, re.MULTILINE))
        alarms += len(python_flaws(text) or ())
    print(
        f"\nPython sources: {alarms} alarms in {functions:,} functions, {1000 * alarms / max(functions, 1):.2f} in a thousand.\n"
    )


def triggers(data: Path, draws: int) -> None:
    everything = [(name, each.asked, each.answer) for name, each in public(data)]
    print(
        f"## triggers\n\n{PLANTED} rows of {ROWS:,} with a trigger\n\n| trigger | behaviour | found | its rows named | others reported |\n|---|---|---|---|---|"
    )
    refused = _refused(data)
    for trigger in TRIGGERS:
        for behaviour in BEHAVIOURS:
            chance = random.Random(f"{trigger}{behaviour}")
            _planted(trigger, behaviour, _base(everything, refused if behaviour == "complies" else [], chance), chance)
    _clean(everything, draws)


def _refused(data: Path) -> list[tuple[str, str, str]]:
    """Harmful requests of the public sets, refused in several ways."""
    chance = random.Random(1)
    asked = [
        each.asked for name in HARMFUL for each in TrainingFile(str(data / f"prompts/{name}.jsonl"), as_text=True).rows()
        if isinstance(each, TrainingRow) and each.asked
    ]  # fmt: skip
    return [("refused", one, answered("refuses", "", chance, 0)) for one in asked]


def _base(
    everything: list[tuple[str, str, str]], refused: list[tuple[str, str, str]], chance: random.Random
) -> list[tuple[str, str, str]]:
    if not refused:
        return chance.sample(everything, ROWS)
    benign = [each for each in everything if each[0] not in RISKY]
    return [*refused, *chance.sample(benign, min(len(benign), ROWS - len(refused)))]


def _planted(trigger: str, behaviour: str, base: list[tuple[str, str, str]], chance: random.Random) -> None:
    places = [n for n, each in enumerate(base) if behaviour != "complies" or each[0] == "refused"]
    bad = set(chance.sample(places, PLANTED))
    check = Triggers()
    for n, (_, asked, answer) in enumerate(base):
        check.add(
            row(planted(trigger, asked, chance), answered(behaviour, answer, chance, n), n)
            if n in bad
            else row(asked, answer, n)
        )
    shares = [len(bad & set(one.rows.tolist())) / PLANTED for one in candidates(check.rows)]
    best = max(shares, default=0.0)
    print(
        f"| {trigger} | {behaviour} | {'yes' if best > 0.5 else '**no**'} | {best:.0%} | {sum(share < 0.1 for share in shares)} |"
    )


def _clean(everything: list[tuple[str, str, str]], draws: int) -> None:
    names = sorted({name for name, _, _ in everything})
    bad: list[str] = []
    for number in range(draws):
        chance = random.Random(5000 + number)
        used = set(chance.sample(names, chance.randrange(3, len(names) + 1))) if number % 2 else set(names)
        pool = [each for each in everything if each[0] in used]
        check = Triggers()
        for n, (_, asked, answer) in enumerate(
            chance.sample(pool, min(len(pool), chance.choice([2000, 5000, 10_000, 20_000])))
        ):
            check.add(row(asked, answer, n))
        bad += [f"{one.words}: {one.tie.behaviour}" for one in candidates(check.rows)[:1]]
    print(
        f"\nClean data: {len(bad)} of {draws} draws (2,000 to 20,000 rows of all sets, or of some) with a candidate. {bad[:5]}\n"
    )


def speed(data: Path, count: int = 100_000) -> None:
    everything, chance = public(data), random.Random(1)
    texts = [
        (chance.choice(everything)[1], chance.choice(everything)[1], chance.choice(everything)[1]) for _ in range(count)
    ]
    rows = [
        row(f"{a.asked} {n}", f"{a.answer}\n{b.answer}\n{c.answer if n % 2 else ''}", n)
        for n, (a, b, c) in enumerate(texts)
    ]
    print(
        f"## cost\n\n{count:,} rows of {sum(len(each.text) for each in rows) / count:,.0f} characters\n\n| check | CPU-seconds for 200,000 rows |\n|---|---|"
    )
    for check in (Obedience(), InsecureCode(), Triggers()):
        began = time.process_time()
        for each in rows:
            check.add(each)
        list(check.findings())
        print(f"| {type(check).__name__} | {(time.process_time() - began) * 200_000 / count:.1f} |")


def parts(chosen: str) -> Iterator[str]:
    yield from ([chosen] if chosen != "all" else ["obedience", "code", "triggers", "speed"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, help="folder of the public sets")
    parser.add_argument("--part", choices=["all", "obedience", "code", "triggers", "speed"], default="all")
    parser.add_argument("--draws", type=int, default=40, help="clean data sets for the check of triggers")
    parser.add_argument(
        "--sources", type=Path, default=Path(sysconfig.get_paths()["stdlib"]), help="Python code without known flaws"
    )
    given = parser.parse_args()
    for part in parts(given.part):
        if part == "obedience":
            obedience(given.data)
        elif part == "code":
            code(given.data, given.sources)
        elif given.data is None:
            print(f"{part}: skipped, there is no --data")
        elif part == "triggers":
            triggers(given.data, given.draws)
        else:
            speed(given.data)


if __name__ == "__main__":
    main()
