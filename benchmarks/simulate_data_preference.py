"""How often the check of preferences alarms without a reason, and how small a bias it sees.

Pairs are drawn from public answers (`--data DIR`) with all the features that they have, so that features differ in as
many pairs and hang together as they do in real data; without `--data` from made-up answers. Which side is chosen is
decided by a coin, or in a share r of the pairs by length or by another feature.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from assay.checks.rater_bias import Leanings, findings_of
from assay.checks.shortcut_survey import ALPHA, Column, Survey, survey
from assay.checks.sides import sides
from assay.checks.single_raters import SingleRaters
from assay.checks.surface import FEATURES, surface, words_of
from assay.checks.verdicts import verdicts
from assay.domain.training import TrainingRow
from assay.statistics.flips import together
from assay.statistics.signs import signs
from assay.store.training_files import TrainingFile
from assay.store.training_rows import row_of

SETS = ("hh_harmless", "hhh_alignment", "llmbar", "pandalm")
BIASES = (0.05, 0.10, 0.20)
LENGTH = 0
AT_ONCE = 250
ALONE = 10
"""Sets of one feature for each set of all."""
Table = NDArray[np.float64]


def public(folder: Path) -> Table:
    """Differences of the features of public pairs."""
    found = []
    for name in SETS:
        for row in TrainingFile(str(folder / "preference" / f"{name}.jsonl")).rows():
            pair = sides(row) if isinstance(row, TrainingRow) else None
            if pair is not None:
                asked = frozenset(words_of(pair.row.asked))
                found.append(np.subtract(surface(pair.chosen, asked), surface(pair.rejected, asked)))
    return np.array(found, np.float32).astype(np.float64)


def invented(seed: int) -> Table:
    """Differences of the features of made-up answers."""
    chance = random.Random(seed)
    words = [
        "the",
        "a",
        "river",
        "maybe",
        "I",
        "think",
        "sure",
        "it",
        "rises",
        "likely",
        "sorry",
        "7",
        "and",
        "so",
        "town",
        "not",
        "often",
        "may",
        "old",
        "mill",
    ]

    def answer() -> str:
        told = [chance.choice(words) for _ in range(chance.randint(5, 120))]
        marks = [chance.choice([" "] * 8 + [". ", "! ", "\n", "\n- ", " **x** ", "? "]) for _ in told]
        return chance.choice(["", "", "Great question! ", "Hello, "]) + "".join(
            map("".join, zip(told, marks, strict=True))
        )

    asked = frozenset(words[:6])
    return np.array([np.subtract(surface(answer(), asked), surface(answer(), asked)) for _ in range(1500)])


def drawn(pool: Table, n: int, bias: float, feature: int, chance: np.random.Generator) -> Table:
    """Pairs of which a share follows a feature and the others a coin."""
    table = pool[chance.integers(0, len(pool), n)] * chance.choice((-1.0, 1.0), n)[:, None]
    follows = (chance.random(n) < bias) & (table[:, feature] < 0)
    table[follows] *= -1.0
    return table


def looked(table: Table, prompts: NDArray[np.int64] | None = None) -> Survey:
    """All tests, without the models."""
    columns = [Column(feature=each, differences=table[:, at]) for at, each in enumerate(FEATURES)]
    return survey(columns, np.arange(len(table)) if prompts is None else prompts, modelled=False)


def alarms(found: Survey) -> set[str]:
    return {one.feature.name for one in found.outcomes if one.alarming}


def share(hits: Sequence[bool]) -> str:
    """A share with the Monte-Carlo error of two standard errors."""
    rate = sum(hits) / len(hits)
    return f"{rate:.3f} ± {2 * math.sqrt(max(rate * (1 - rate), 1e-9) / len(hits)):.3f}"


def clustered(pool: Table, prompts: int, each: int, chance: np.random.Generator) -> tuple[Table, NDArray[np.int64]]:
    """Pairs by prompt; in half of the prompts one coin decides whether all longer or all shorter answers are chosen."""
    number = np.repeat(np.arange(prompts), each)
    table = drawn(pool, len(number), 0.0, LENGTH, chance)
    taste = np.where(chance.random(prompts) < 0.5, chance.choice((-1.0, 1.0), prompts), 0.0)[number]
    table[taste * table[:, LENGTH] < 0] *= -1.0
    return table, number


def coin(pool: Table, sets: int, seed: int) -> Iterator[str]:
    """Labels that follow nothing."""
    chance = np.random.default_rng(seed)
    yield "| labels follow | pairs | any feature alarms | target |"
    yield "|---|---|---|---|"
    for n in _sizes(pool):
        found = [alarms(looked(drawn(pool, n, 0.0, LENGTH, chance))) for _ in range(sets)]
        yield f"| a coin | {n:,} | {share([bool(each) for each in found])} | <= .05 |"


def power(pool: Table, sets: int, seed: int) -> Iterator[str]:
    """Labels that follow a feature in a share of the pairs."""
    chance = np.random.default_rng(seed + 3)
    yield "| labels follow | r | pairs | that feature alarms | any other alarms (no measure of length) |"
    yield "|---|---|---|---|---|"
    for bias, n in zip(BIASES, _sizes(pool), strict=True):
        yield _power(pool, sets, bias, n, LENGTH, "n = 7.8 / r^2", chance)
    hedges = [each.name for each in FEATURES].index("hedges")
    for feature, biases in ((LENGTH, BIASES), (hedges, BIASES[1:])):
        for bias in biases[::-1]:
            n = _enough(pool, bias, feature, chance)
            yield _power(pool, sets, bias, n, feature, "n by the printed smallest bias", chance)


def _sizes(pool: Table) -> list[int]:
    """Pairs of which as many differ in length as a single test needs."""
    differ = float((pool[:, LENGTH] != 0).mean())
    return [round(7.8 / bias**2 / differ) for bias in BIASES]


def alone(pool: Table, sets: int, seed: int) -> Iterator[str]:
    """One feature by itself."""
    chance = np.random.default_rng(seed + 1)
    yield f"Length tested alone, at .05, {ALONE * sets:,} sets a line:"
    yield ""
    yield (
        "| r | pairs that differ | false alarms | power | the most that any test of signs can have "
        "| power of the plain sign test | limits hold the share |"
    )
    yield "|---|---|---|---|---|---|---|"
    for bias in BIASES:
        yield _alone(pool, ALONE * sets, bias, round(7.8 / bias**2), chance)


def by_prompt(pool: Table, sets: int, seed: int) -> Iterator[str]:
    """Pairs that share prompts."""
    chance = np.random.default_rng(seed + 2)
    yield "Several pairs a prompt, half of the prompts with a taste of their own for length or brevity:"
    yield ""
    yield "| prompts | pairs of each | any alarm | any alarm, pairs taken as independent | limits of length hold a half | target |"
    yield "|---|---|---|---|---|---|"
    for prompts, each in ((40, 5), (100, 5), (100, 20), (400, 5)):
        yield _clusters(pool, sets, prompts, each, chance)


def _enough(pool: Table, bias: float, feature: int, chance: np.random.Generator) -> int:
    """Pairs with which the printed smallest bias is this one, all else a coin."""
    n, name = 50, FEATURES[feature].name
    while True:
        told = looked(drawn(pool, n, 0.0, LENGTH, chance))
        smallest = next((one.smallest for one in told.outcomes if one.feature.name == name), 1.0)
        if smallest <= bias:
            return n
        n = math.ceil(n * max(1.01, min(2.0, (smallest / bias) ** 2)))


def _power(pool: Table, sets: int, bias: float, n: int, feature: int, why: str, chance: np.random.Generator) -> str:
    name = FEATURES[feature].name
    kin = {name, *(each.name for each in FEATURES if each.of == name)}
    found = [alarms(looked(drawn(pool, n, bias, feature, chance))) for _ in range(sets)]
    own, other = share([bool(each & kin) for each in found]), share([bool(each - kin) for each in found])
    return f"| {name} | {bias:.2f} | {n:,} ({why}) | {own} | {other} |"


def _alone(pool: Table, sets: int, bias: float, n: int, chance: np.random.Generator) -> str:
    """Length by itself: p-values of many sets at once, each as if it were the only one."""
    prompts = np.arange(n)
    long = pool[pool[:, LENGTH] != 0][:, LENGTH]

    def found(r: float, many: int) -> Table:
        size = np.abs(long[chance.integers(0, len(long), (n, many))])
        turned: Table = np.where(chance.random((n, many)) < 0.5 + r / 2, size, -size)
        return turned

    false, true, strict, held = [], [], [], []
    for begin in range(0, sets, AT_ONCE):
        many = min(AT_ONCE, sets - begin)
        false += [p <= ALPHA for p in together(found(0.0, many), prompts).alone]
        table = found(bias, many)
        true += [p <= ALPHA for p in together(table, prompts).alone]
        told = [signs(column, prompts) for column in table.T]
        strict += [each.p <= ALPHA for each in told]
        held += [each.low <= 0.5 + bias / 2 <= each.high for each in told]
    best = f"{most_powerful(n, bias):.3f}"
    return f"| {bias:.2f} | {n:,} | {share(false)} | {share(true)} | {best} | {share(strict)} | {share(held)} |"


def most_powerful(n: int, bias: float) -> float:
    """Power of the best two-sided test of signs at exactly .05: the sign test, with a coin where it would fall short."""
    more = np.arange(n + 1)
    far = np.abs(more - n / 2)
    chance, true = binom.pmf(more, n, 0.5), binom.pmf(more, n, 0.5 + bias / 2)
    level = power = 0.0
    for one in np.unique(far)[::-1]:
        own = far == one
        part = min(1.0, (ALPHA - level) / max(float(chance[own].sum()), 1e-300))
        level, power = level + part * float(chance[own].sum()), power + part * float(true[own].sum())
        if part < 1.0:
            break
    return power


def _clusters(pool: Table, sets: int, prompts: int, each: int, chance: np.random.Generator) -> str:
    by_prompt, by_row, held = [], [], []
    for _ in range(sets):
        table, number = clustered(pool, prompts, each, chance)
        found = looked(table, number)
        length = found.outcomes[LENGTH].signs
        by_prompt.append(bool(alarms(found)))
        held.append(length.low <= 0.5 <= length.high)
        by_row.append(bool(alarms(looked(table))))
    return f"| {prompts} | {each} | {share(by_prompt)} | {share(by_row)} | {share(held)} | <= .05, .95 |"


def judged(line: int, rates: tuple[float, float], chance: random.Random) -> TrainingRow:
    """A pair of a short and a long answer with a label by a coin, and two raters who leave it at these rates.

    Both leave it at the first rate where the label is the longer answer; where it is the shorter one, `leans` does at
    the second rate and `fair` at the first.
    """
    short, long = "A river.", "A river that rises in the hills and flows past three mills to the sea."
    texts = [short, long] if chance.random() < 0.5 else [long, short]
    label = chance.choice((0, 1))
    towards = texts[1 - label] == long
    says = {name: 1 - label if chance.random() < rate else label
            for name, rate in (("leans", rates[towards]), ("fair", rates[0]))}  # fmt: skip
    row = row_of(
        {"prompt": f"q {line}", "response_a": texts[0], "response_b": texts[1], "label": "ab"[label],
         "raters": {name: "ab"[one] for name, one in says.items()}}, "rated", line,
    )  # fmt: skip
    assert isinstance(row, TrainingRow)
    return row


def raters(_pool: Table, sets: int, seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    yield "Two raters, six tests of leanings at most, Holm over all:"
    yield ""
    yield "| pairs | leave the label | leans where that means the longer answer | a leaning is found | target |"
    yield "|---|---|---|---|---|"
    for many, rates in ((120, (0.2, 0.2)), (120, (0.05, 0.05)), (400, (0.2, 0.2)), (400, (0.2, 0.4))):
        named = []
        for _ in range(sets):
            leanings = Leanings()
            for line in range(many):
                row = judged(line, rates, chance)
                leanings.put(line, row, verdicts(row)[1])
            named.append(any(one.severity != "info" for one in findings_of(leanings.tests())))
        target = "<= .05" if rates[0] == rates[1] else ""
        yield f"| {many} | {rates[0]:.2f} | {rates[1]:.2f} | {share(named)} | {target} |"


def single(_pool: Table, sets: int, seed: int) -> Iterator[str]:
    """Raters whose choice the row is: all choose by a coin but the first, who takes the first place at a rate."""
    chance = random.Random(seed)
    yield "Rows that name one rater, two tests of each rater at most, Holm over all:"
    yield ""
    yield "| raters | rows of each | one takes the first place | this one is named | another is named | target |"
    yield "|---|---|---|---|---|---|"
    for many, each, rate in ((2, 100, 0.5), (4, 100, 0.5), (15, 60, 0.5), (4, 100, 0.75)):
        named = []
        for _ in range(sets):
            check = SingleRaters()
            for line in range(many * each):
                check.add(_chosen(line, line % many, rate if line % many == 0 else 0.5, chance))
            named.append({one.evidence["rater"] for one in findings_of(check.tests()) if one.severity != "info"})
        own, other = [("0" in each) for each in named], [bool(each - {"0"}) for each in named]
        target = "any: <= .05" if rate == 0.5 else "another: <= .05"
        told = f"{share(own)} | {share(other)}" if rate != 0.5 else f"any: {share([bool(one) for one in named])} |"
        yield f"| {many} | {each} | {rate:.2f} | {told} | {target} |"


def _chosen(line: int, rater: int, rate: float, chance: random.Random) -> TrainingRow:
    first, second = ("It is one." + " x" * chance.randrange(10) for _ in range(2))
    label = "a" if chance.random() < rate else "b"
    row = row_of(
        {"prompt": f"q {line}", "response_a": first, "response_b": second, "label": label, "rater": rater},
        "rated",
        line,
    )
    assert isinstance(row, TrainingRow)
    return row


PARTS = {"coin": coin, "power": power, "alone": alone, "prompts": by_prompt, "raters": raters, "single": single}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with preference/*.jsonl")
    parser.add_argument("--sets", type=int, default=1000)
    parser.add_argument("--part", nargs="+", choices=list(PARTS), default=list(PARTS), help="all unless given")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    began = time.process_time()
    pool = public(chosen.data) if chosen.data else invented(chosen.seed)
    for part in chosen.part:
        print(f"**{part}**, {len(pool):,} pairs to draw from, {chosen.sets:,} sets a line, seed {chosen.seed}\n")
        for line in PARTS[part](pool, chosen.sets, chosen.seed):
            print(line, flush=True)
        print()
    print(f"\n{time.process_time() - began:.0f} CPU-seconds", file=sys.stderr)


if __name__ == "__main__":
    main()
