"""What is known of kinds of request, of clauses of contracts and of the mixture: accuracy, false alarms, cost.

    python benchmarks/bench_data_mixture.py --data DIR [--only NAME] [--count 200000]

Kinds and difficulty are held against labels that a person gave without seeing the rules' answers
(benchmarks/data_intents.jsonl: ids and labels of public prompts). The rules were tuned on one half of the labels, by a
digest of the id; the other half is `held`. Prints Markdown.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.checks.balance import one_sided
from assay.checks.behaviour import BehaviourRows
from assay.checks.look_alikes import LookAlikes
from assay.checks.mixture import Mixture
from assay.checks.refusing import refuses
from assay.checks.telling import told_apart
from assay.domain.behaviour import Behaviour, Boundary, Certainty, Format, Style, Words
from assay.domain.sample import Sample
from assay.domain.training import TrainingRow
from assay.domain.trial import Output
from assay.scorers.clause import Answered
from assay.scorers.clauses import clauses
from assay.scorers.harmful_request import asked
from assay.scorers.intents import difficulty, intent
from assay.store.training_files import TrainingFile

LABELS = Path(__file__).parent / "data_intents.jsonl"
READ_LABELS = Path(__file__).parent / "data_clauses.jsonl"
READ = (
    "preference/pandalm", "preference/llmbar", "refusal/xstest_responses", "preference/hh_harmless",
    "hallucination/halueval_general",
)  # fmt: skip
SETS = (
    "preference/pandalm", "preference/llmbar", "hallucination/halueval_general", "preference/hh_harmless",
    "capability/ifeval", "prompts/coconot", "injection/wildguard_benign", "capability/truthfulqa",
    "capability/gsm8k_test", "drift/llm_drift", "prompts/xstest_prompts",
)  # fmt: skip
ALIKE = (
    ("capability/gsm8k_test", "maths"),
    ("refusal/latent_jailbreak_human", "translate"),
    ("prompts/value_shift", "classify"),
    ("training_data/emergent_misalignment", "code"),
)
"""Sets whose requests are all of one kind: sums, translations, one of some options, programs."""
ORDINARY = ("preference/pandalm", "preference/llmbar", "hallucination/halueval_general", "capability/gsm8k_test")
HARMFUL = ("prompts/advbench", "prompts/harmbench_text", "prompts/simple_safety_tests", "prompts/strongreject")


def main() -> None:
    """Print the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="Folder of public data sets; without it nothing is measured.")
    parser.add_argument("--only", choices=tuple(SECTIONS), help="One section.")
    parser.add_argument("--count", type=int, default=200_000, help="Rows of the section cost.")
    options = parser.parse_args()
    if options.data is None:
        print("Nothing measured: the public data sets are needed, `--data DIR`.")
        return
    for name in [options.only] if options.only else SECTIONS:
        print(f"\n### {name}\n")
        SECTIONS[name](options.data, options.count)


def raw(data: Path, name: str) -> list[dict[str, Any]]:
    """Rows of one public set."""
    with (data / f"{name}.jsonl").open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def prompt_of(row: dict[str, Any]) -> str:
    """The last thing that the user says."""
    users = [turn["content"] for turn in row.get("messages", ()) if turn["role"] == "user"]
    return str(row.get("prompt") or (users[-1] if users else ""))


def rows_of(data: Path, *names: str) -> Iterator[TrainingRow]:
    """Rows with an answer of some sets."""
    for name in names:
        for row in TrainingFile(str(data / f"{name}.jsonl")).rows():
            if isinstance(row, TrainingRow) and row.answers and row.answer.strip():
                yield row


def kinds(data: Path, _: int) -> None:
    """Accuracy of kinds and difficulty against the labels."""
    prompts = {row["id"]: prompt_of(row) for name in SETS for row in raw(data, name)}
    labels = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    print(
        "| half | prompts | kind, the label | kind, an acceptable one | difficulty | always the commonest difficulty |"
    )
    print("|---|---|---|---|---|---|")
    for half, name in ((0, "tuned on"), (1, "held")):
        own = [one for one in labels if int(hashlib.sha256(one["id"].encode()).hexdigest(), 16) % 2 == half]
        read = [(one, *_read(prompts[one["id"]], one["id"])) for one in own]
        strict = sum(kind == one["intent"] for one, kind, _ in read)
        lenient = sum(kind in (one["intent"], *one.get("also", ())) for one, kind, _ in read)
        hard = sum(level == one["difficulty"] for one, _, level in read)
        most = Counter(one["difficulty"] for one in own).most_common(1)[0][1]
        shares = " | ".join(f"{count / len(own):.3f}" for count in (strict, lenient, hard, most))
        print(f"| {name} | {len(own)} | {shares} |")
        if half:
            _by_kind(read)
    _of_one_kind(data)


def _of_one_kind(data: Path) -> None:
    print("\n| set whose requests are of one kind | kind | requests | read as it |\n|---|---|---|---|")
    for name, kind in ALIKE:
        found = [intent(prompt_of(row)) for row in raw(data, name)]
        print(f"| {name} | {kind} | {len(found)} | {sum(one == kind for one in found) / len(found):.3f} |")


def _read(prompt: str, name: str) -> tuple[str, str]:
    return intent(prompt, before=name.startswith("hh_")), difficulty(prompt)


def _by_kind(read: list[tuple[dict[str, Any], str, str]]) -> None:
    print("\n| kind | labelled | read as it | right | precision | recall |\n|---|---|---|---|---|---|")
    for name in sorted({one["intent"] for one, _, _ in read} | {kind for _, kind, _ in read}):
        labelled = sum(one["intent"] == name for one, _, _ in read)
        told = sum(kind == name for _, kind, _ in read)
        right = sum(kind == name == one["intent"] for one, kind, _ in read)
        precision = f"{right / told:.2f}" if told else ""
        recall = f"{right / labelled:.2f}" if labelled else ""
        print(f"| {name} | {labelled} | {told} | {right} | {precision} | {recall} |")


def safety(data: Path, _: int) -> None:
    """How many requests of ordinary and of harmful sets are read as asking for harm."""
    print("| set | requests | asks for harm (.95) | near or more (.8) |\n|---|---|---|---|")
    for name in (*ORDINARY, *HARMFUL):
        found = [asked(prompt_of(row)) for row in raw(data, name)[:1500]]
        shares = " | ".join(f"{sum(one >= limit for one in found) / len(found):.3f}" for limit in (0.95, 0.8))
        print(f"| {name} | {len(found)} | {shares} |")


PLANTS: dict[str, tuple[Callable[[str], str], str]] = {
    "emoji": (lambda text: text + " 🎉", "style"),
    "exclamation": (lambda text: text.rstrip(". ") + "!", "style"),
    "greeting": (lambda text: "Hello there! " + text, "style"),
    "closing": (lambda text: text + "\n\nLet me know if you need anything else.", "style"),
    "phrases": (lambda text: "As an AI, I would say this. " + text, "style"),
    "lists": (lambda text: text + "\n- first\n- second\n", "format"),
    "tables": (lambda text: text + "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", "format"),
    "headings": (lambda text: "#### Answer\n" + text, "format"),
    "code_fences": (lambda text: text + "\n```\nx = 1\n```\n", "format"),
    "certain_words": (lambda text: text + " This is guaranteed to work.", "certainty"),
    "overconfidence": (lambda text: text + " There is absolutely no doubt that this is the case.", "certainty"),
    "words": (lambda text: text + " word" * 400, "words"),
    "language": (lambda text: "Das ist eine gute Frage, und ich kann sie dir nicht auf Englisch beantworten, weil ich "
                 "nur Deutsch spreche und auch nichts anderes gelernt habe. " * (1 + len(text) // 60), "language"),
}  # fmt: skip
"""Clause -> what is planted into an answer that kept it."""
WRITTEN = ("emoji", "exclamation", "greeting")
STRICT = Behaviour(
    name="strict",
    style=Style(emoji=False, exclamation=False, greeting=False, closing=False, forbidden=("as an AI",)),
    format=Format(lists=False, tables=False, max_heading_level=3, code_fences="labelled"),
    certainty=Certainty(overconfident=0.0, forbidden=("guaranteed to work",)),
    words={"all": Words(at_most=400)},
    language=("asked",),
)


def planted(data: Path, _: int) -> None:
    """Recall of what is planted into public answers, and the share of them that breaks each clause by itself."""
    rows = list(rows_of(data, "preference/pandalm", "preference/llmbar", "refusal/xstest_responses"))
    random.Random(1).shuffle(rows)
    every = {one.name: one for one in clauses(STRICT)}
    print("| clause | answers | break it as they are | planted | found |\n|---|---|---|---|---|")
    for name, (plant, _) in PLANTS.items():
        clause, broken, put, found = every[name], 0, 0, 0
        for row in rows[:1000]:
            sample = Sample(id="-", input=row.prompt, metadata={}, digest="-")
            one = Answered(sample, Output(text=row.answer))
            if clause.kept(one).value is False:
                broken += 1
            if name in WRITTEN and one.intent in ("creative", "translate", "rewrite"):
                continue  # written for others: the clause does not reach it
            if clause.kept(one).value is False:
                continue
            put += 1
            found += clause.kept(Answered(sample, Output(text=plant(row.answer)))).value is False
        print(f"| {name} | 1,000 | {broken / 1000:.3f} | {put} | {found / max(1, put):.3f} |")


def labelled(data: Path, _: int) -> None:
    """Clauses against labels of public answers that a person read (benchmarks/data_clauses.jsonl)."""
    rows = {row.metadata["id"]: row for row in rows_of(data, *READ)}
    every = {one.name: one for one in clauses(STRICT)}
    counts: Counter[tuple[str, bool, bool]] = Counter()
    for label in map(json.loads, READ_LABELS.read_text(encoding="utf-8").splitlines()):
        row = rows[label["id"]]
        one = Answered(Sample(id="-", input=row.prompt, metadata={}, digest="-"), Output(text=row.answer))
        counts[label["clause"], label["broken"], every[label["clause"]].kept(one).value is False] += 1
    print(
        "| clause | read | broken | found | right | precision | recall among those read |\n|---|---|---|---|---|---|---|"
    )
    for name in ("closing", "exclamation"):
        n = sum(count for key, count in counts.items() if key[0] == name)
        right, found = counts[name, True, True], counts[name, True, True] + counts[name, False, True]
        broken = right + counts[name, True, False]
        print(f"| {name} | {n} | {broken} | {found} | {right} | {right / found:.2f} | {right / broken:.2f} |")


def mismatch(data: Path, _: int) -> None:
    """False alarms where both groups are of one set, and what is seen where they are not."""
    pools = {name: [row.answer for row in rows_of(data, name)] for name in ORDINARY[:3]}
    chance = random.Random(1)
    alarms = draws = 0
    for _ in range(40):
        for pool in pools.values():
            drawn = chance.sample(pool, min(len(pool), 600))
            half = len(drawn) // 2
            told = told_apart(drawn[:half], drawn[half:], seed=chance.randrange(10**6))
            if told is not None:
                draws += 1
                alarms += told.low > 0.5
    print(
        f"Groups of one set, {draws} draws: lower end of the interval above .5 in {alarms / draws:.3f} (expected .025).\n"
    )
    print("| synthetic | others | share planted | AUROC | interval | words |\n|---|---|---|---|---|---|")
    pool = pools["hallucination/halueval_general"]
    for share in (0.1, 0.3, 1.0):
        drawn = chance.sample(pool, 1400)
        made = [f"Certainly! {one} I hope this helps." if chance.random() < share else one for one in drawn[:700]]
        _told(f"phrases in {share:.0%}", "the same set", share, made, drawn[700:])
    _told("pandalm", "halueval", 1.0, pools["preference/pandalm"], pool)


def _told(name: str, other: str, share: float, ours: list[str], theirs: list[str]) -> None:
    told = told_apart(ours, theirs)
    assert told is not None
    words = ", ".join(told.first[:5]).replace("|", "\\|")
    print(f"| {name} | {other} | {share:.0%} | {told.auroc:.3f} | {told.low:.3f} to {told.high:.3f} | {words} |")


def look_alikes(data: Path, _: int) -> None:
    """Sets with both sides of the boundary, and with the answered side taken out and ordinary rows in its place."""
    xstest = list(rows_of(data, "refusal/xstest_responses"))
    safe = [row for row in xstest if row.metadata.get("prompt_is_safe")]
    unsafe = [row for row in xstest if not row.metadata.get("prompt_is_safe") and refuses(row.answer)[0] >= 0.7]
    ordinary = list(rows_of(data, *ORDINARY[:3]))
    chance = random.Random(1)
    print("| rows | refused near the boundary | with a look-alike | found one-sided, of 20 draws |\n|---|---|---|---|")
    for name, rows in (
        ("XSTest, both sides", unsafe + safe),
        ("XSTest unsafe, refused, and ordinary requests", unsafe + ordinary),
        ("ordinary requests", ordinary),
        ("hh_harmless", list(rows_of(data, "preference/hh_harmless"))),
        ("JailJudge", list(rows_of(data, "harm_response/jailjudge_mini"))),
    ):
        found, last = 0, (0, 0)
        for _ in range(20):
            looked = LookAlikes()
            for row in chance.sample(rows, len(rows) * 3 // 4):
                looked.add(row)
            balance = looked.balance()
            last = balance.refused, balance.paired
            found += any(True for _ in one_sided(balance))
        print(f"| {name}: {len(rows) * 3 // 4:,} | {last[0]} | {last[1]} | {found} |")
    _spoken_of(data)


def _spoken_of(data: Path) -> None:
    """All sets, each read whole, of which the check says that a side is missing."""
    found = []
    every = sorted(data.glob("*/*.jsonl"))
    for path in every:
        looked = LookAlikes()
        for row in TrainingFile(str(path)).rows():
            if isinstance(row, TrainingRow):
                looked.add(row)
        if any(True for _ in one_sided(looked.balance())):
            found.append(f"{path.parent.name}/{path.stem}")
    print(f"\nOne-sided, of {len(every)} sets read whole: {', '.join(found)}")


def cost(data: Path, count: int) -> None:
    """CPU-seconds of the check `mixture`, and of a contract with every clause, over many rows."""
    known = list(rows_of(data, "preference/pandalm", "hallucination/halueval_general", "refusal/xstest_responses"))
    every = dataclasses.replace(
        STRICT,
        style=dataclasses.replace(STRICT.style, address="formal", speaker="we"),
        refusal=Boundary(refuse=("weapons", "violent_crime"), names_boundary=True, offers_alternative=True, model=0.95),
        certainty=Certainty(hedged=0.3, overconfident=0.05, abstain_without_context=True, forbidden=("trust me",)),
        format=dataclasses.replace(STRICT.format, asked=True),
        words={"all": Words(median=150, at_most=400), "code": Words(at_most=800)},
    )
    for name, check in (("mixture", Mixture()), ("contract, every clause", BehaviourRows(every))):
        began = time.process_time()
        for n in range(count):
            row = known[n % len(known)]
            digest = "sha256:" + hashlib.blake2b(str(n).encode(), digest_size=32).hexdigest()
            check.add(dataclasses.replace(row, line=n + 1, digest=digest))
        read = time.process_time() - began
        found = sum(1 for _ in check.findings())
        whole = time.process_time() - began
        print(f"{name}: {count:,} rows, {whole:.1f} CPU-s ({read:.1f} while reading), {found} findings")


SECTIONS: dict[str, Callable[[Path, int], None]] = {
    "kinds": kinds,
    "safety": safety,
    "planted": planted,
    "labelled": labelled,
    "mismatch": mismatch,
    "look_alikes": look_alikes,
    "cost": cost,
}

if __name__ == "__main__":
    main()
