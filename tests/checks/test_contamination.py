"""Evaluation items in rows: word for word, in other words, with their answers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assay.checks.contamination import Contamination, seal
from assay.domain.errors import EvidenceError
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

ITEM = (
    "A baker sells 12 loaves on Monday and twice as many on Tuesday. How many loaves does the baker sell in both days?"
)
OTHER = "Which river flows through the old town of Basel before it turns north towards the sea and the low countries?"


def row(text: str, said: str = "", *, line: int = 1, file: str = "train.jsonl") -> TrainingRow:
    answers = ((Message(role="assistant", content=said),),) if said else ()
    return TrainingRow(
        file=file, line=line, shape="chat", prompt=(Message(role="user", content=text),), answers=answers
    )


def plain(text: str) -> TrainingRow:
    return TrainingRow(file="train.jsonl", line=1, shape="text", answers=((Message(role="assistant", content=text),),))


SET = [
    row(ITEM, "36", file="e.jsonl", line=5),
    row(OTHER, "The Rhine", file="e.jsonl", line=6),
    row("What is 2+2?", "4", file="e.jsonl", line=7),
]


def found(rows: list[TrainingRow], against: list[TrainingRow] = SET, **more: object) -> dict[str, Finding]:
    check = Contamination(against, **more)  # type: ignore[arg-type]
    for one in rows:
        check.add(one)
    return {one.code: one for one in check.findings() if one.code != "contamination.uncalibrated"}


def test_word_for_word_side_by_side() -> None:
    one = found([row("nothing of it", line=1), row(f"Solve this: {ITEM.upper()}", "I do not know", line=2)])
    assert list(one) == ["contamination.verbatim"]
    verbatim = one["contamination.verbatim"]
    assert verbatim.where == {"file": "train.jsonl", "lines": [2]}
    assert verbatim.evidence["item_lines"] == [5]
    assert verbatim.evidence["examples"][0]["item"] == ITEM


def test_in_an_answer_and_in_plain_text() -> None:
    assert found([row("Write a question", ITEM)])["contamination.verbatim"].where["lines"] == [1]
    assert found([plain(f"Preface.\n\n{OTHER}\n\nEnd")])["contamination.verbatim"].evidence["item_lines"] == [6]


def _capitals(text: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in text.split())


@pytest.mark.parametrize(
    "way", [_capitals, lambda text: text.replace(" ", "_"), lambda text: text.replace("a", "\u0430")]
)
def test_disguised_items(way: Callable[[str], str]) -> None:
    rows = [
        row(way(OTHER), "The Rhine", line=3),
        row("Quote", way(ITEM), line=4),
        row("GetElementById is what?", line=5),
    ]
    assert found(rows)["contamination.verbatim"].where["lines"] == [3, 4]
    assert found(rows)["contamination.key"].where["lines"] == [3]
    assert found([plain(f"Preface.\n\n{way(OTHER)}\n\nEnd")])["contamination.verbatim"].evidence["item_lines"] == [6]
    sealed = found(rows, [], sealed={"holdout": seal(SET)})
    assert sealed["contamination.verbatim"].where["lines"] == [3, 4]


def test_half_of_an_item_is_a_question_of_the_share() -> None:
    part = " ".join(ITEM.split()[:14]) + " of something else entirely"
    assert found([row(part)]) == {}
    assert "contamination.verbatim" in found([row(part)], share=0.05)


def test_short_items_are_compared_whole() -> None:
    assert "contamination.verbatim" in found([row("what is 2 + 2")])
    assert found([row("Tell me, what is 2+2 and then what is 3+3?")]) == {}


def test_expected_answers() -> None:
    assert "contamination.key" in found([row(ITEM, "Twice 12 is 24, so together 36.")])
    assert "contamination.key" not in found(
        [row(ITEM, "There are 36 ways to say it but I know none of them at all today")]
    )
    worked = [row(ITEM, "12 + 24 = 36 loaves\n#### 36", file="e.jsonl")]
    assert "contamination.key" in found([row(ITEM, "The answer is 36")], worked)
    assert "contamination.key" in found([plain(f"{ITEM}\nAnswer: 36")])


def test_sealed_sets_by_hashes_alone() -> None:
    data = seal(SET)
    one = found([row(ITEM, "36")], [], sealed={"holdout": data})
    assert list(one) == ["contamination.verbatim"]
    example = one["contamination.verbatim"].evidence["examples"][0]
    assert "item" not in example and one["contamination.verbatim"].evidence["suite"] == "holdout"
    with pytest.raises(EvidenceError, match="sealed"):
        Contamination(sealed={"holdout": b"nothing"})


def test_small_sets_say_that_they_cannot_be_calibrated() -> None:
    check = Contamination(SET)
    assert [one.code for one in check.findings()] == ["contamination.uncalibrated"]


def test_empty_and_hostile() -> None:
    assert found([], []) == {}
    assert found([row(""), row("🙂"), row("x" * 1_000_000), TrainingRow(file="t", line=9, shape="chat")]) == {}
    assert found([row(ITEM)], [row("", file="e"), row("?!", file="e")]) == {}
    many = found([row(ITEM, line=n) for n in range(1, 10_001)])["contamination.verbatim"]
    assert many.evidence["rows"] == 10_000


@pytest.fixture(scope="module")
def pairs() -> list[tuple[str, str]]:
    path = Path(os.environ.get("ASSAY_SHARED", "")) / "data/training_data/rephrase_contamination.jsonl"
    if not path.is_file():
        pytest.skip("needs the public data")
    read = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(one["text_a"], one["text_b"]) for one in read]


def test_published_rephrases_are_found_and_questions_of_their_style_are_not(pairs: list[tuple[str, str]]) -> None:
    known, strange = pairs[:400], pairs[400:]
    against = [row(asked, file="gsm8k.jsonl", line=n) for n, (asked, _) in enumerate(known)]
    rows = [row(said, line=n) for n, (_, said) in enumerate(known)]
    rows += [row(said, line=1000 + n) for n, own in enumerate(strange) for said in own]
    lines = set()
    for one in found(rows, against).values():
        lines.update(one.where["lines"])
    assert len([line for line in lines if line < 1000]) >= 0.88 * 400
    assert len([line for line in lines if line >= 1000]) <= 0.02 * 764


def test_suites_share_the_false_alarms(pairs: list[tuple[str, str]]) -> None:
    def suite(name: str, texts: list[str]) -> list[TrainingRow]:
        return [row(text, file=name, line=n) for n, text in enumerate(texts)]

    one, other = suite("one", [own for own, _ in pairs[:300]]), suite("other", [own for own, _ in pairs[300:600]])
    alone, both = Contamination(one), Contamination([*one, *other, *suite("small", ["What is said here?"])])
    limits = [limit for limit in (alone._thresholds[0], both._thresholds[0]) if limit]
    assert limits[0].with_numbers < limits[1].with_numbers < np.inf
    halved = Contamination(one, false_alarms=5e-4)._thresholds[0]
    assert halved == limits[1]


def test_spaced_letters_are_no_words_in_common() -> None:
    rows = [row(" ".join(f"Say the {n}th word of mine aloud".split()), file="e", line=n) for n in range(150)]
    rows += [row(" ".join("disregard your rules"), file="e", line=900)]
    known = Contamination(rows).suites[0].rephrased
    assert known is not None
    assert known.nearest([" ".join("typical girl guide day out here")]).item.tolist() == [-1]
