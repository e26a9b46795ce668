"""Privacy of training data: personal data by type, rows per CPU-second with and without google-re2, canaries, residue.

    python benchmarks/bench_data_privacy.py --data DIR [--rows 20000] [--seed 1]

Reads the public sets under DIR: `pii/presidio_synth.jsonl` for labels, all other answers as rows into which values,
decoys, canaries and traces are planted. Prints Markdown. Without google-re2 the lines of that engine are left out.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import string
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from unittest import mock

from assay.checks import private
from assay.checks.check import Check
from assay.checks.log_residue import LogResidue
from assay.checks.memorisation import Memorisation
from assay.checks.personal_data import PersonalData
from assay.checks.prefilter import _ALL, Prefilter, by_signs, prefilter
from assay.checks.secrets import Secrets
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.scorers.checksums import luhn, mod97
from assay.store.training_files import TrainingFile

SIX = {
    "CREDIT_CARD": {"credit_card"},
    "PHONE_NUMBER": {"phone"},
    "EMAIL_ADDRESS": {"email"},
    "US_SSN": {"ssn", "itin"},
    "IBAN_CODE": {"iban"},
    "IP_ADDRESS": {"ip"},
}
"""Labels of presidio-research and the types that agree with them."""
Chance = random.Random


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--rows", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    chance = Chance(chosen.seed)
    labelled(chosen.data / "pii" / "presidio_synth.jsonl")
    public = rows(chosen.data)
    drawn = [dataclasses.replace(row, line=line) for line, row in enumerate(drawn_from(public, chosen.rows, chance), 1)]
    speed(drawn, chance)
    canaries(drawn, chance)
    quiet(public, chosen.rows, chance)
    residue(drawn, chance)


def rows(folder: Path) -> list[TrainingRow]:
    """Rows of the public sets, those with labels of personal data and the non-commercial left out."""
    found = []
    for path in sorted(folder.rglob("*.jsonl")):
        if not {"nc", "pii"} & set(path.relative_to(folder).parts):
            found += [row for row in TrainingFile(str(path)).rows() if isinstance(row, TrainingRow)]
    return found


def drawn_from(public: Sequence[TrainingRow], count: int, chance: Chance) -> list[TrainingRow]:
    """So many different rows with an answer, or all."""
    answered = [row for row in public if row.answers]
    return [dataclasses.replace(row, file="rows") for row in chance.sample(answered, min(count, len(answered)))]


def labelled(path: Path) -> None:
    """Precision and recall by type; a find agrees when its type does and half of the characters are shared."""
    hit, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        left = list(private.private(row["text"]))
        for gold in row.get("spans", ()):
            if gold["type"] not in SIX:
                continue
            match = next((find for find in left if _agree(find, gold)), None)
            (hit if match else missed)[gold["type"]] += 1
            if match:
                left.remove(match)
        wrong.update(kind for find in left for kind, types in SIX.items() if find.type in types)
    print("| type | spans | precision | recall | F1 | false |\n|---|---|---|---|---|---|")
    for name, kinds in (*((kind, (kind,)) for kind in SIX), ("all six", tuple(SIX))):
        good, lost, bad = (sum(count[kind] for kind in kinds) for count in (hit, missed, wrong))
        figures = good / max(1, good + bad), good / max(1, good + lost), 2 * good / max(1, 2 * good + lost + bad)
        print(f"| {name} | {good + lost} | {' | '.join(f'{figure:.3f}' for figure in figures)} | {bad} |")


def _agree(find: private.Found, gold: dict[str, object]) -> bool:
    start, end = int(str(gold["start"])), int(str(gold["end"]))
    shared = min(find.end, end) - max(find.start, start)
    return find.type in SIX[str(gold["type"])] and shared * 2 >= max(find.end, end) - min(find.start, start)


def card(chance: Chance) -> str:
    while True:
        digits = "4" + "".join(chance.choices(string.digits, k=15))
        if luhn(digits):
            return " ".join(digits[at : at + 4] for at in range(0, 16, 4))


def iban(chance: Chance) -> str:
    body = "".join(chance.choices(string.digits, k=18))
    return next(code for check in range(2, 99) if mod97(code := f"DE{check:02}{body}"))


def digits(chance: Chance, form: str) -> str:
    """A form with its zeros as random digits, none leading zero."""
    return "".join(str(chance.randrange(1, 10)) if char == "0" else char for char in form)


def letters(chance: Chance, count: int, of: str = string.ascii_letters + string.digits) -> str:
    return "".join(chance.choices(of, k=count))


PLANTS: dict[str, Callable[[Chance], str]] = {
    "email": lambda c: f"Write to {letters(c, 6, string.ascii_lowercase)}@{letters(c, 7, string.ascii_lowercase)}.de.",
    "phone": lambda c: f"Her phone number is {digits(c, '+41 79 000 00 00')}.",
    "credit_card": lambda c: f"The card is {card(c)}.",
    "iban": lambda c: f"Pay to {iban(c)}.",
    "ssn": lambda c: f"My SSN is {c.randrange(100, 600)}-{digits(c, '00-0000')}.",
    "password": lambda c: f"password: {letters(c, 7)}4x!7",
    "github_token": lambda c: f"Use ghp_{letters(c, 33)}a9Z for it.",
}
DECOYS: tuple[Callable[[Chance], str], ...] = (
    lambda c: f"Order {digits(c, '000-0000000-0000000')} has shipped.",
    lambda c: f"See version {digits(c, '00.0.00000.00')} of {digits(c, '2021-03-00')}.",
    lambda c: f"It sold {digits(c, '0,000,000')} copies for ${digits(c, '00,000.00')}.",
    lambda c: f"Write to support@{letters(c, 6, string.ascii_lowercase)}.com or call 1-800-{digits(c, '000-0000')}.",
    lambda c: (
        f"The id is {letters(c, 8, '0123456789abcdef')}-{letters(c, 4, '0123456789abcdef')}-4{letters(c, 3, '0123456789abcdef')}."
    ),
    lambda c: f"Open 192.168.{digits(c, '0.00')}:8080 and use password = os.environ['PW'].",
    lambda c: f"Between 19{digits(c, '00')}-20{digits(c, '00')}, {digits(c, '00')} of {digits(c, '000')} people moved.",
)


def with_(row: TrainingRow, said: str, chance: Chance) -> TrainingRow:
    """The row with a sentence at the end of a line of its first answer."""
    turns = list(row.answers[0])
    at = max(index for index, turn in enumerate(turns))
    lines = turns[at].content.split("\n")
    place = chance.randrange(len(lines))
    end = "." if lines[place][-1:].isalnum() else ""
    lines[place] = f"{lines[place]}{end} {said}".strip()
    turns[at] = dataclasses.replace(turns[at], content="\n".join(lines))
    return dataclasses.replace(row, answers=(tuple(turns), *row.answers[1:]))


def speed(drawn: Sequence[TrainingRow], chance: Chance) -> None:
    """Rows per CPU-second of both checks together, by engine; and whether the finds are the same."""
    made, planted = [], dict[int, str]()
    for row in drawn:
        fate = chance.random()
        if fate < 0.3:
            planted[row.line] = chance.choice(list(PLANTS))
            row = with_(row, PLANTS[planted[row.line]](chance), chance)
        elif fate < 0.7:
            row = with_(row, chance.choice(DECOYS)(chance), chance)
        made.append(row)
    size = sum(len(row.text) for row in made) / len(made)
    print(f"\n{len(made):,} rows of {size:.0f} characters, three in ten with a planted value, four with a decoy\n")
    print("| engine | rows per CPU-s | MB per CPU-s | planted | found | other rows |\n|---|---|---|---|---|---|")
    engines: dict[str, Prefilter] = {"no prefilter": _every, "stdlib": by_signs, **dict([prefilter()])}
    told = set()
    for name, engine in engines.items():
        spent, lines = min((_spent(made, engine) for _ in range(3)), key=lambda run: run[0])
        hits = len(planted.keys() & lines)
        told.add(frozenset(lines))
        print(
            f"| {name} | {len(made) / spent:,.0f} | {len(made) * size / spent / 1e6:.1f} | {len(planted)} "
            f"| {hits} ({hits / max(1, len(planted)):.3f}) | {len(lines - planted.keys())} |"
        )
    print(f"\nThe same rows with each: {'yes' if len(told) == 1 else '**no**'}.")


def _every(text: str, low: str) -> Collection[str]:
    return _ALL


def _spent(made: Sequence[TrainingRow], engine: Prefilter) -> tuple[float, set[int]]:
    with mock.patch.object(private, "_engine", lambda: engine):
        private.private.cache_clear()
        checks: list[Check] = [PersonalData(), Secrets()]
        begun = time.process_time()
        for row in made:
            for check in checks:
                check.add(row)
        spent = time.process_time() - begun
    private.private.cache_clear()
    return spent, {line for check in checks for one in check.findings() for line in one.where["lines"]}


CANARIES: dict[str, Callable[[Chance], str]] = {
    "code": lambda c: (
        f"The code is {letters(c, 2, '23456789')}{letters(c, 1, 'QXZKV')}-{digits(c, '0')}{letters(c, 2, 'QXZKV')}{digits(c, '0')}-{letters(c, 1, 'QXZKV')}{digits(c, '00')}."
    ),
    "number": lambda c: f"The random number is {digits(c, '000 000 000')}.",
    "key": lambda c: f"Use {letters(c, 24)} there.",
    "rare words": lambda c: "The phrase is " + " ".join(_rare(c) for _ in range(6)) + ".",
    "usual words": lambda c: "The phrase is " + " ".join(c.sample(USUAL, 6)) + ".",
}
USUAL = (
    *("horse", "window", "paper", "summer", "coffee", "garden", "river", "pencil", "orange", "winter"),
    *("bridge", "candle", "market", "button", "silver", "kitchen"),
)


def _rare(chance: Chance) -> str:
    return "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(chance.randrange(3, 5)))


def canaries(drawn: Sequence[TrainingRow], chance: Chance, each: int = 20) -> None:
    """Recall of planted strings by kind and number of rows, and what else is said."""
    made, owners, line_of = list(drawn), dict[int, set[tuple[str, int, int]]](), list(range(len(drawn)))
    for kind, make in CANARIES.items():
        for times in (3, 5, 10, 50):
            for number in range(each):
                said = make(chance)
                for index in chance.sample(line_of, times):
                    made[index] = with_(made[index], said, chance)
                    owners.setdefault(made[index].line, set()).add((kind, times, number))
    lines = _lines(Memorisation(), made)
    print(
        f"\n{len(made):,} rows, {each} canaries of each kind in 3, 5, 10 and 50 rows; found: two thirds of their rows named\n"
    )
    print("| kind | k = 3 | 5 | 10 | 50 |\n|---|---|---|---|---|")
    for kind in CANARIES:
        shares = []
        for times in (3, 5, 10, 50):
            seen = Counter(owner for line in lines for owner in owners.get(line, ()) if owner[:2] == (kind, times))
            shares.append(sum(count * 3 >= times * 2 for count in seen.values()) / each)
        print(f"| {kind} | {' | '.join(f'{share:.2f}' for share in shares)} |")
    print(f"\nOther rows named: {len(lines - owners.keys())} of {len(made) - len(owners):,}.")


def _lines(check: Check, made: Sequence[TrainingRow]) -> set[int]:
    for row in made:
        check.add(row)
    return {line for one in check.findings() for line in one.where["lines"]}


def quiet(public: Sequence[TrainingRow], count: int, chance: Chance) -> None:
    """What is said of the public sets as they are, and of made-up rows from templates."""
    checks: list[Check] = [PersonalData(), Secrets(), LogResidue()]
    for row in public:
        for check in checks:
            check.add(row)
    codes = Counter[str]()
    for check in checks:
        for finding in check.findings():
            codes[finding.code] += finding.evidence["rows"]
    listed = ", ".join(f"{code} {rows}" for code, rows in codes.most_common())
    print(f"\n{len(public):,} rows of the public sets as they are: {listed}")
    by_file: dict[str, list[TrainingRow]] = {}
    for row in public:
        by_file.setdefault(row.file, []).append(row)
    named = {name: len(_lines(Memorisation(), found)) for name, found in by_file.items()}
    told = ", ".join(f"{Path(name).stem} {lines}" for name, lines in named.items() if lines)
    print(f"\nRepeated strings in the public sets, each alone: {sum(named.values())} of {len(public):,} rows ({told})")
    begun = time.process_time()
    made = [synthetic(line, chance) for line in range(1, count + 1)]
    begun = time.process_time()
    lines = _lines(Memorisation(), made)
    spent = time.process_time() - begun
    print(f"In {count:,} made-up rows from templates: {len(lines)}; {count / spent:,.0f} rows per CPU-s")


def synthetic(line: int, chance: Chance) -> TrainingRow:
    """A made-up conversation about an order, with numbers of its own and sentences of everybody."""
    order, model = (
        digits(chance, "000-0000000-0000000"),
        chance.choice(["XR-500", "gpt-4-turbo-16k", "GTX1080Ti", "B2B-SaaS"]),
    )
    asked = f"Where is my order {order} of the {model}? I ordered it on 2024-0{chance.randrange(1, 10)}-1{chance.randrange(10)}."
    said = (
        f"Thank you for reaching out! Your order {order} left our warehouse and arrives in {chance.randrange(2, 9)} days.\n"
        f"You can follow it at https://example.com/track?id=7Q2KX94MD and in utf-8, sha256 or base64.\n"
        f"Please let me know if there is anything else that I can help you with today. {chance.choice(USUAL)}"
    )
    prompt, answer = Message(role="user", content=asked), Message(role="assistant", content=said)
    return TrainingRow(file="made", line=line, shape="chat", prompt=(prompt,), answers=((answer,),))


RESIDUE: dict[str, Callable[[Chance], str]] = {
    "log_line": lambda c: (
        f"\n2024-0{c.randrange(1, 10)}-1{c.randrange(10)} 1{c.randrange(10)}:{c.randrange(10, 60)}:{c.randrange(10, 60)},{c.randrange(1000):03} {c.choice(['INFO', 'WARN', 'ERROR'])} [worker-{c.randrange(9)}] job {c.randrange(999)} done\n"
    ),
    "access_log": lambda c: (
        f'\n{digits(c, "00.00.000.00")} - - [1{c.randrange(10)}/Oct/2023:13:{c.randrange(10, 60)}:36 +0000] "GET /a HTTP/1.1" 200 {c.randrange(9999)}\n'
    ),
    "mail": lambda c: (
        f"\nFrom: {letters(c, 6).title()} {letters(c, 7).title()}\nSent: Monday, March {c.randrange(1, 29)}, 2023 {c.randrange(1, 12)}:{c.randrange(10, 60)} PM\nTo: {letters(c, 5)}\nSubject: RE: {letters(c, 5)}\n"
    ),
    "session": lambda c: f"session_id={letters(c, 26, string.ascii_lowercase + string.digits)}9d1",
    "ticket": lambda c: c.choice(
        [
            f"INC{digits(c, '0000000')} was closed.",
            f"Your ticket #{digits(c, '000000')} is open.",
            f"Case number: {digits(c, '00000000')}",
        ]
    ),
    "signature": lambda c: c.choice(["\nSent from my iPhone", "This e-mail and any attachments are confidential."]),
    "host": lambda c: f"ssh {letters(c, 4, string.ascii_lowercase)}{c.randrange(10, 99)}.prod.corp now",
    "mask": lambda c: c.choice(
        [f"Dear NAME_{c.randrange(1, 9)}, hello", "Call <PHONE_NUMBER> or <PERSON>.", "It was [REDACTED]."]
    ),
}


def residue(drawn: Sequence[TrainingRow], chance: Chance, share: float = 0.05) -> None:
    """Recall of planted traces by kind, and the rows named besides."""
    made, planted = [], dict[int, str]()
    for row in drawn:
        if chance.random() < share:
            planted[row.line] = chance.choice(list(RESIDUE))
            row = with_(row, RESIDUE[planted[row.line]](chance), chance)
        made.append(row)
    begun = time.process_time()
    lines = _lines(LogResidue(), made)
    spent = time.process_time() - begun
    print(f"\n{len(made):,} rows, {len(planted):,} with a trace of a log; {len(made) / spent:,.0f} rows per CPU-s\n")
    print("| trace | planted | recall |\n|---|---|---|")
    for kind in RESIDUE:
        of_kind = {line for line, name in planted.items() if name == kind}
        print(f"| {kind} | {len(of_kind)} | {len(of_kind & lines) / max(1, len(of_kind)):.3f} |")
    hits = len(lines & planted.keys())
    print(
        f"\nprecision {hits / max(1, len(lines)):.3f} ({len(lines) - hits} other rows), recall {hits / max(1, len(planted)):.3f}"
    )


if __name__ == "__main__":
    main()
