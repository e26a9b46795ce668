"""Groups of rows: planted copies, laws, bad input."""

from __future__ import annotations

import random

import numpy as np
import pytest

from assay.checks.duplicates import Duplicates
from assay.checks.near import Joined
from assay.checks.openings import Openings
from assay.checks.spool import Spool
from assay.checks.words import digests, hashed
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

SENTENCES = [
    "The harbour was quiet when the first boats came back with their nets almost empty",
    "Nobody in the village had expected that the winter would last until the end of April",
    "To bake this bread you need flour, water, salt and a night of patience",
]


def chat(line: int, *turns: str, file: str = "a.jsonl", system: str = "", **more: object) -> TrainingRow:
    spoken = [Message(role=("user", "assistant")[place % 2], content=text) for place, text in enumerate(turns)]
    before = [Message(role="system", content=system)] if system else []
    return TrainingRow(
        file=file, line=line, shape="chat", prompt=(*before, *spoken[:-1]), answers=((spoken[-1],),), **more
    )  # type: ignore[arg-type]


def found(rows: list[TrainingRow]) -> dict[str, Finding]:
    check = Duplicates()
    for row in rows:
        check.add(row)
    return {one.code: one for one in check.findings()}


def lines(rows: list[TrainingRow]) -> dict[str, list[int]]:
    return {code: one.where["lines"] for code, one in found(rows).items()}


def test_equal_rows_up_to_case_and_punctuation() -> None:
    rows = [
        chat(1, "What is tea?", "A drink."),
        chat(2, "what is  TEA", "a drink!"),
        chat(3, "What is tea?", "A plant."),
    ]
    assert lines(rows)["duplicate.exact"] == [2]


def test_marks_that_change_the_sum_are_no_copies() -> None:
    assert "duplicate.exact" not in lines(
        [chat(1, "What is 5+3?", "It is this"), chat(2, "What is 5-3?", "It is this")]
    )


def test_roles_and_splits_of_turns_matter_for_prompts() -> None:
    assert "duplicate.prompt" not in lines([chat(1, "a b", "c", "d", "e"), chat(2, "a", "b c", "d", "f")])


def test_near_rows_name_who_stays() -> None:
    text = " ".join(SENTENCES)
    rows = [chat(4, "Tell me", text), chat(9, "Tell me", text.replace("April", "May")), chat(11, "Sing", "La la la")]
    one = found(rows)["duplicate.near"]
    example = one.evidence["examples"][0]
    assert {*one.where["lines"], int(example["keep"].split(":")[1])} == {4, 9}
    assert example["text"] and example["kept_text"]


def test_one_prompt_two_answers() -> None:
    rows = [chat(1, "Name a colour", "Blue"), chat(2, "Name a colour", "Red"), chat(3, "Name a fish", "Pike")]
    assert lines(rows) == {"duplicate.prompt": [2]}


def test_one_answer_many_prompts() -> None:
    said = "I am sorry, but I cannot help with that"
    rows = [chat(n, f"question {n} about {word}", said) for n, word in enumerate(["tea", "ships", "stars", "bees"], 1)]
    assert lines(rows)["duplicate.answer"] == [2, 3, 4]
    assert "duplicate.answer" not in lines(rows[:2])


def test_beginnings_of_longer_conversations() -> None:
    rows = [chat(1, "Hi", "Hello", "How are you", "Fine"), chat(2, "Hi", "Hello"), chat(3, "Hi", "Good day")]
    assert lines(rows)["duplicate.prefix"] == [2]


def test_families_of_one_form() -> None:
    dice = random.Random(1)
    names = ["".join(dice.choices("abcdefghij", k=7)) for _ in range(40)]
    rows = [
        chat(n, f"Write a short and friendly letter to {name} about the {name[::-1]} of last week", name * 2)
        for n, name in enumerate(names, 1)
    ]
    rows += [chat(50 + n, f"{name} {name[1:]} {name[2:]}", name) for n, name in enumerate(names)]
    assert lines(rows)["duplicate.template"] == list(range(2, 41))


def test_rows_without_words_stand_apart() -> None:
    assert lines([chat(1, "?", "!"), chat(2, "🙂", "👍"), chat(3, "", "")]) == {"duplicate.wordless": [1, 2, 3]}


def test_copies_across_splits() -> None:
    text = " ".join(SENTENCES)
    rows = [chat(1, "Tell", text, file="train.jsonl"), chat(7, "Tell", text + " indeed", file="test.jsonl")]
    rows += [chat(2, "Sing", "La la la", file="train.jsonl")]
    one = found(rows)["contamination.split"]
    assert one.where == {"file": "train.jsonl", "lines": [1]}
    assert one.evidence["examples"][0]["keep"] == "test.jsonl:7"


def test_split_named_by_the_row_wins() -> None:
    rows = [
        chat(1, *SENTENCES[:2], metadata={"split": "train"}),
        chat(2, *SENTENCES[:2], metadata={"split": "validation"}),
    ]
    assert lines(rows)["contamination.split"] == [1]


@pytest.mark.parametrize("seed", range(5))
def test_planted_copies_are_found_and_order_changes_no_group(seed: int) -> None:
    dice = random.Random(seed)
    vocabulary = [f"w{n}" for n in range(4000)]
    rows, planted = [], set()
    for line in range(1, 301):
        own = dice.choices(vocabulary, k=40)
        rows.append(chat(line, " ".join(own[:10]), " ".join(own[10:])))
        if line % 10 == 0:
            own[dice.randrange(40)] = "changed"
            rows.append(chat(1000 + line, " ".join(own[:10]), " ".join(own[10:])))
            planted.add(frozenset({line, 1000 + line}))
    for _ in range(2):
        one = found(rows)["duplicate.near"]
        assert one.evidence["groups"] == len(planted)
        assert {line % 1000 for line in one.where["lines"]} == {min(pair) for pair in planted}
        dice.shuffle(rows)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_kept_repeats_nothing_and_is_kept_again(seed: int) -> None:
    dice = random.Random(seed)
    rows = [
        chat(n, " ".join(dice.choices("abcdef", k=4)), " ".join(dice.choices("abc", k=dice.randrange(6))))
        for n in range(200)
    ]
    check = Duplicates()
    for row in rows:
        check.add(row)
    rest = [row for row, stays in zip(rows, check.kept(), strict=True) if stays]
    again = Duplicates()
    for row in rest:
        again.add(row)
    assert again.kept().all()
    assert not {"duplicate.exact", "duplicate.near"} & set(lines(rest))


def mixed(seed: int) -> list[TrainingRow]:
    """Rows with all kinds of repetition, in three files."""
    dice = random.Random(seed)
    vocabulary = [f"w{n}" for n in range(dice.choice([6, 50, 3000]))]
    bank = [" ".join(dice.choices(vocabulary, k=dice.choice([0, 1, 3, 8, 30]))) for _ in range(40)]
    rows: list[TrainingRow] = []
    for line in range(1, 400):
        turns = [
            dice.choice(bank) if dice.random() < 0.7 else " ".join(dice.choices(vocabulary, k=dice.randrange(25)))
            for _ in range(dice.choice([2, 2, 4, 6]))
        ]
        if dice.random() < 0.1:
            turns[0] = f"Write a short and friendly letter to {dice.choice(vocabulary)} about the weather of today"
        if rows and dice.random() < 0.05:
            last = rows[-1]
            more = [last.answers[0][0].content, "and", "then"] if dice.random() < 0.5 else [last.answer + " indeed"]
            turns = [*(turn.content for turn in last.prompt), *more]
        rows.append(chat(line, *turns, file=dice.choice(["train.jsonl", "test.jsonl", "b.jsonl"])))
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_what_lies_in_a_file_gives_the_findings_of_what_is_held(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.checks.spool.PIECE", 32)
    told = []
    for check in (Duplicates(), Duplicates(held=0, at_once=16)):
        for row in mixed(seed):
            check.add(row)
        told.append((list(check.findings()), check.kept().tolist()))
    assert told[0] == told[1]
    assert len({one.code for one in told[0][0]}) >= 6


@pytest.mark.parametrize("seed", range(3))
def test_a_sample_of_runs_is_the_same_in_a_file(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.checks.run_sets._AT_ONCE", 500)
    told = []
    for spool in (Spool(), Spool(most=0)):
        joined = Joined(most=1000, spool=spool)
        for row in mixed(seed):
            joined.add(hashed([row.text]))
        found = joined.near(0.5)
        assert found.one_in > 1
        told.append((found.left.tolist(), found.right.tolist(), found.similarity.tolist(), found.first.tolist()))
    assert told[0] == told[1]


def test_empty_one_and_odd_rows() -> None:
    assert found([]) == {}
    assert found([chat(1, "a", "b")]) == {}
    text = TrainingRow(file="t.jsonl", line=1, shape="text", answers=((Message(role="assistant", content="plain"),),))
    bare = TrainingRow(file="t.jsonl", line=2, shape="chat")
    assert lines([text, bare]) == {"duplicate.wordless": [2]}


def test_hostile_rows() -> None:
    rows = [
        chat(1, "x" * 1_000_000, "y"),
        chat(2, "word " * 200_000, "z"),
        chat(3, "مرحبا بالعالم", "أهلا"),
        chat(4, "مرحبا  بالعالم!", "أهلا"),
        chat(5, "\ud800", "\0"),
    ]
    assert lines(rows) == {"duplicate.exact": [4], "duplicate.wordless": [5]}


def test_ten_thousand_equal_rows() -> None:
    rows = [chat(n, "the same question again", "the same answer again") for n in range(1, 10_001)]
    one = found(rows)
    assert list(one) == ["duplicate.exact"]
    assert one["duplicate.exact"].where["lines"] == list(range(2, 10_001))
    assert one["duplicate.exact"].evidence["groups"] == 1


def test_preference_rows_share_prompts_by_nature() -> None:
    def pair(line: int, chosen: str) -> TrainingRow:
        answers = tuple((Message(role="assistant", content=text),) for text in (chosen, "worse"))
        return TrainingRow(
            file="p.jsonl",
            line=line,
            shape="preference",
            prompt=(Message(role="user", content="Say"),),
            answers=answers,
        )

    assert lines([pair(1, "good"), pair(2, "fine words")]) == {}


def test_rows_beyond_the_most_are_counted_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [chat(n, f"a question about number {n} " * 2000, "the same answer") for n in range(1, 41)]
    check = Duplicates()
    monkeypatch.setattr(check._rows, "_most", 20)
    for row in rows:
        check.add(row)
    said = {one.code: one for one in check.findings()}["duplicate.sampled"]
    assert said.evidence["rows"] + said.evidence["left_out"] == 40 and said.evidence["left_out"] > 0
    assert "were not compared" in said.message


def test_pairs_that_were_too_many_to_name_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.checks.near_pairs._PAIRS", 8)
    check = Duplicates()
    check._rows.joined._named = 10
    for line in range(40):
        check.add(chat(line, f"w{line} asks", "what is there to say of all this and of that too"))
    told = {one.code: one for one in check.findings()}
    said = told["duplicate.sampled"]
    assert said.evidence["each_pair_up_to"] and said.evidence["pairs"] < 40 * 39 // 2
    assert "not each pair was named" in said.message
    assert told["duplicate.near"].evidence["groups"] == 1


def test_nothing_is_said_of_samples_where_all_rows_were_compared() -> None:
    assert "duplicate.sampled" not in found([chat(1, "a b c d", "e"), chat(2, "f g h i", "j")])


def test_rows_after_the_findings_are_refused() -> None:
    check = Duplicates()
    list(check.findings())
    with pytest.raises(RuntimeError, match="new Duplicates"):
        check.add(chat(1, "a", "b"))


def test_openings_are_halved_to_a_sample_of_known_share() -> None:
    some = Openings(most=100)
    for begin in range(0, 1000, 50):
        texts = hashed([f"first words of row {n} and more" for n in range(begin, begin + 50)])
        some.add(digests(texts), begin, texts, np.arange(50), np.full(50, -1))
    rows, asked, _ = some.told()
    assert len(rows) <= 100 and 1000 / 2**some.halved == pytest.approx(len(rows), rel=0.5)
    assert asked.shape == (len(rows), 32)
    for row, own in zip(rows.tolist(), asked, strict=True):
        words = hashed([f"first words of row {row} and more"]).hashes >> np.uint64(32)
        assert own[: len(words)].tolist() == (words | np.uint64(2)).tolist()
