"""Known failures in holdouts: found word for word, by hashes alone; nothing in sets that share nothing."""

from __future__ import annotations

import random
from dataclasses import replace

from assay.checks.contamination import seal
from assay.checks.holdouts import leaks
from assay.domain.sample import Message
from assay.domain.training import TrainingRow


def row(file: str, line: int, text: str) -> TrainingRow:
    return TrainingRow(file=file, line=line, shape="chat", prompt=(Message(role="user", content=text),))


def text(number: int) -> str:
    dice = random.Random(number)
    return " ".join("".join(dice.choices("bcdfglmnprstaeiou", k=6)) for _ in range(18))


HOLDOUTS = {"gate": seal([row("gate", n + 1, text(n)) for n in range(150)])}


def test_rows_that_stand_in_a_holdout_are_named() -> None:
    asked = [text(900), f"Please say: {text(7)}", text(7).replace(" ", " so ", 9), " ".join(text(8).split()[2:])]
    (found,) = leaks([row("dev", n + 1, one) for n, one in enumerate(asked)], HOLDOUTS)
    assert (found.code, found.severity) == ("contamination.holdout", "medium")
    assert found.where == {"file": "dev", "lines": [2, 4]}
    assert found.evidence == {"rows": 2, "suite": "gate"}
    assert found.message == "2 rows of a suite that was seen while building stand in gate, which decides"


def test_sets_that_share_nothing_are_quiet() -> None:
    assert not list(leaks([row("dev", n, text(1000 + n)) for n in range(1000)], HOLDOUTS))
    assert not list(leaks([], HOLDOUTS))
    assert not list(leaks([row("dev", 1, text(1))], {}))


def test_rows_that_were_harvested_are_counted() -> None:
    seen = [row("dev", 1, text(7)), row("dev", 2, text(8)), row("dev", 3, text(900))]
    marked = [replace(one, metadata={"harvest": {"trace": "ab"}}) for one in seen[1:]]
    (found,) = leaks([seen[0], *marked], HOLDOUTS)
    assert found.evidence == {"rows": 2, "suite": "gate", "harvested": 1}
