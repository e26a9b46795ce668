"""The scorer `groundedness`: what is supported, what is contradicted, what is not found, what claims nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import PlanError
from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.clock_times import retimed
from assay.scorers.free_of_charge import FREE, unpaid
from assay.scorers.groundedness import Groundedness
from assay.scorers.tokens import tokens
from assay.testing import check_scorer

CLINIC = (
    "Mayfield Clinic opens at seven on weekdays and at nine on Saturdays. It was founded in March 1998 by Ruth Okafor, "
    "and she led it until 2015. Some rooms have air conditioning. The clinic does not treat children under two. "
    "Prices rise every spring."
)


def scored(answer: str, context: tuple[str, ...] = (CLINIC,), **metadata: Any) -> Score:
    sample = Sample(id="1", input="Tell me about the clinic.", context=context, metadata=metadata)
    return Groundedness().score(sample, Output(text=answer))[0]


@pytest.mark.parametrize(
    "answer",
    [
        "The clinic opens at seven on weekdays.",
        "It was founded in 1998 by Ruth Okafor.",
        "The clinic does not treat children under two.",
        "The clinic opens at 7 on weekdays.",
        "It was founded by Ruth Okafor in 1998 [1].",
        CLINIC,
        f"<think>Seven? Five?</think>{CLINIC}",
    ],
)
def test_what_the_passage_says_is_supported(answer: str) -> None:
    score = scored(answer)
    assert (score.value, score.answer, score.evidence) == (True, "supported", ())
    assert score.probability is not None and score.probability >= 0.5


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("The clinic opens at five on weekdays.", "contradicted: 'five' against 'seven'"),
        ("It was founded in March 2001 by Ruth Okafor.", "contradicted: '2001' against '1998'"),
        ("It was founded in June 1998 by Ruth Okafor.", "contradicted: 'June' against 'March'"),
        ("It was founded in March 1998 by Ruth Miller, and she led it until 2015.", "contradicted: 'Miller' against 'Okafor'"),
        ("The clinic treats children under two.", "contradicted: 'treats' without 'not'"),
        ("Prices fall every spring.", "contradicted: 'fall' against 'rise'"),
        ("It was founded in March 1998 by Ruth Okafor, and he led it until 2015.", "contradicted: 'he' against 'she'"),
    ],
)  # fmt: skip
def test_one_changed_word_is_a_contradiction(answer: str, reason: str) -> None:
    score = scored(answer)
    assert (score.value, score.answer) == (False, "contradicted")
    assert [(span.start, span.end, span.reason) for span in score.evidence] == [(0, len(answer), reason)]


@pytest.mark.parametrize(
    ("passage", "answer"),
    [
        ("The museum is closed on Monday.", "The museum is open on Monday."),
        ("The museum is open on Monday.", "The museum is closed on Monday."),
        ("The shop opens at nine and closes at five. It is closed on Sunday.", "The shop is open on Sunday."),
        ("Dogs are allowed in the garden.", "Dogs are forbidden in the garden."),
        ("Entry is free for children.", "Entry is paid for children."),
        ("The company gained customers in 2020.", "The company lost customers in 2020."),
        ("Refunds are possible within 30 days.", "Refunds are impossible within 30 days."),
        ("The bridge lies north of the town.", "The bridge lies south of the town."),
        ("The city council approved the plan.", "The city council rejected the plan."),
        ("Tickets are available online.", "Tickets are unavailable online."),
        ("Exports rose by 3 percent last year.", "Exports fell by 3 percent last year."),
    ],
)
def test_an_opposite_is_a_contradiction(passage: str, answer: str) -> None:
    assert (scored(answer, (passage,)).value, scored(answer, (passage,)).answer) == (False, "contradicted")
    assert scored(passage, (passage,)).answer == "supported"


@pytest.mark.parametrize(
    ("passage", "answer"),
    [
        ("His date of birth is unknown.", "His date of birth is not known."),
        ("Dogs are not allowed in the garden.", "Dogs are forbidden in the garden."),
        ("In May the firm sold its press to a Danish rival.", "A Danish rival bought the press of the firm in May."),
    ],
)
def test_an_opposite_turned_round_is_no_contradiction(passage: str, answer: str) -> None:
    assert not any("against" in span.reason for span in scored(answer, (passage,)).evidence)


def test_numbers_of_several_words_are_one_number() -> None:
    passage = ("It holds over four thousand paintings and had 3.5 million visitors.",)
    assert scored("It holds over 4,000 paintings and had 3,500,000 visitors.", passage).answer == "supported"
    assert scored("It holds over 5,000 paintings and had 3,500,000 visitors.", passage).answer == "contradicted"


PARAPHRASES = [
    ("The library lends films for one week and charges ten cents for each day they are late.",
     "Films can be borrowed for a week; every late day costs ten cents.",
     "Films can be borrowed for a month; every late day costs fifty cents."),
    ("A fire destroyed the old town hall in 1931, and the new one was finished two years later.",
     "The old town hall burned down in 1931. Its replacement was completed two years afterwards.",
     "The old town hall burned down in 1951. Its replacement was completed nine years afterwards."),
    ("Visitors must leave large bags in the cloakroom before they enter the gallery.",
     "Before entering the gallery, visitors have to put big bags in the cloakroom.",
     "Before entering the gallery, visitors have to show small bags to the guard."),
    ("The company sold its printing business to a Danish rival for 12 million euros in May.",
     "In May a Danish competitor bought the firm's printing business for 12 million euros.",
     "In June a Danish competitor bought the firm's printing business for 20 million euros."),
    ("Swifts spend most of their lives in the air and even sleep while flying.",
     "Swifts are in the air for most of their lives and can sleep as they fly.",
     "Swifts are on the ground for most of their lives and cannot sleep as they fly."),
    ("The village school closed in 2004 because too few children lived nearby.",
     "Because there were not enough children in the area, the village school shut in 2004.",
     "Because the roof had to be repaired, the village school shut in 2014."),
    ("Doctors advise patients to drink at least two litres of water a day after the operation.",
     "After the operation patients should drink two litres of water or more every day, doctors say.",
     "After the operation patients should drink six litres of milk or more every day, doctors say."),
    ("The first tram line, opened in 1887, linked the station with the market square.",
     "In 1887 the first tram line began to run between the station and the market square.",
     "In 1897 the last tram line began to run between the harbour and the market square."),
    ("Her second album sold poorly, but critics praised it.",
     "Critics liked her second album, although few copies were sold.",
     "Critics hated her second album, although many copies were sold."),
    ("The dam supplies a third of the region's electricity.",
     "One third of the electricity in the region comes from the dam.",
     "One half of the water in the region comes from the dam."),
]  # fmt: skip
"""Own texts, written after the words alike were listed: a passage, what follows from it, what does not."""


def test_paraphrases_are_placed_above_what_does_not_follow() -> None:
    """A tendency: nine of ten pairs are ordered rightly, three paraphrases pass .5; the page of the scorer tells so."""
    true = [scored(follows, (passage,)).probability or 0 for passage, follows, _ in PARAPHRASES]
    false = [scored(other, (passage,)).probability or 0 for passage, _, other in PARAPHRASES]
    assert sum(one > other for one, other in zip(true, false, strict=True)) >= 9
    assert max(false) < 0.4
    assert sum(true) / len(true) > 0.4 > 0.2 > sum(false) / len(false)


WRITTEN_OTHERWISE = [
    ("Parking costs nothing on Sundays.", "Parking is free on Sundays.", "supported"),
    ("There is no entrance fee on Mondays.", "On Mondays entry is free of charge.", "supported"),
    ("Members are not charged for lockers.", "Lockers are free for members.", "supported"),
    ("Visitors must pay for parking.", "Visitors don't have to pay for parking.", "contradicted"),
    ("Parking is free.", "You must pay for parking.", "contradicted"),
    ("Children under six travel for free.", "Children under six do not have to pay.", "supported"),
    ("Check-in starts at 3 pm and check-out is at 11 am.", "Check-in starts at 15:00.", "supported"),
    ("Check-in starts at 3 pm and check-out is at 11 am.", "Check-out is at 11:00.", "supported"),
    ("Check-in starts at 3 pm and check-out is at 11 am.", "Check-in starts at 11 am.", "contradicted"),
    ("Lunch is served from 12:30 to 14:00.", "Lunch is served until 2 pm.", "supported"),
    ("The office closes at midnight.", "The office closes at 00:00.", "supported"),
    ("The gates open at 9:30 a.m.", "The gates open at 9.30.", "supported"),
    ("The red line has 14 stations. The blue line has 22 stations.", "The red line has 22 stations.", "contradicted"),
    ("The red line has 14 stations. The blue line has 22 stations.", "The blue line has 22 stations.", "supported"),
    ("Anna scored 12 points while Ben scored 20 points.", "Ben scored 12 points.", "contradicted"),
    (
        "Anna scored 12 points while Ben scored 20 points.",
        "Anna scored 12 points and Ben scored 20 points.",
        "supported",
    ),
    (
        "The bridge was built in 1932 and the tunnel was opened in 1992.",
        "The tunnel was opened in 1932.",
        "contradicted",
    ),
    ("The bridge was built in 1932 and the tunnel was opened in 1992.", "The bridge was built in 1932.", "supported"),
    ("It costs 5 euros for adults and 3 euros for children.", "Children pay 3 euros.", "supported"),
    ("It costs 5 euros for adults and 3 euros for children.", "Adults pay 5 euros.", "supported"),
    ("Tickets: adults 5 euros, children 3 euros.", "Adults pay 5 euros and children 3 euros.", "supported"),
    ("The standard room costs 80 euros; the suite costs 150 euros.", "The suite costs 80 euros.", "contradicted"),
    ("In 2019 sales were 40 million. In 2020 sales were 55 million.", "Sales were 55 million in 2020.", "supported"),
    ("The company employs 300 people.", "It sold 40 cars.", "not_found"),
    ("The film won three awards in 2001.", "The film cost 12 million dollars.", "not_found"),
]
"""Own pairs, written after the rules for times, numbers and what is free of charge: a passage, an answer, what it is."""


def test_times_numbers_and_what_is_free_are_told_however_they_are_written() -> None:
    """Version 3 told eight of the twenty-five rightly."""
    right = [
        Groundedness().score(Sample(id="1", input="?", context=(passage,)), Output(text=answer))[0].answer == label
        for passage, answer, label in WRITTEN_OTHERWISE
    ]
    assert sum(right) == 19


EXACTLY = [
    ("The pool opens at 8:00 and closes at 20:00.", "The pool opens at 8 pm.", "contradicted"),
    ("The shop opens at 9:00 and closes at 21:00.", "The shop opens at 9 pm.", "contradicted"),
    ("The shop opens at 8:00 and closes at 18:30.", "The shop opens at 20:00.", "contradicted"),
    ("The shop opens at 8:00 and closes at 6:00.", "The shop opens at 8 pm.", "contradicted"),
    ("The night train leaves at 6:15 and arrives at 18:15.", "The night train leaves at 6:15 pm.", "contradicted"),
    ("The bus leaves at midnight.", "The bus leaves at noon.", "contradicted"),
    ("The release is version 5.30.", "It was released at 5:30 pm.", "not_found"),
    ("Take 2.30 ml of the syrup.", "Take 14:30 ml of the syrup.", "contradicted"),
    ("There is no cost estimate yet for the repair.", "The repair is free.", "not_found"),
    ("No fee waiver is granted for the course.", "The course is free.", "not_found"),
    ("No fees are refunded after the course has begun.", "The course is free.", "not_found"),
    ("The hotel accepts no charge cards.", "The hotel is free.", "not_found"),
    ("The hotel charges no booking fee.", "The hotel is free.", "not_found"),
    (
        "Visitors do not pay at the door; tickets for the museum must be bought online.",
        "Tickets for the museum are free.",
        "not_found",
    ),
    ("You do not have to pay a deposit to book the room.", "The room is free.", "contradicted"),
    (
        "You do not pay when you enter the car park but when you leave.",
        "The car park is free when you leave.",
        "not_found",
    ),
    ("Never pay for the tickets in cash.", "The tickets are free.", "not_found"),
    ("Pets stay for an extra fee. Guests without pets pay no extra fee.", "Pets stay for free.", "not_found"),
    ("The guest did not pay for the room.", "The room is free.", "not_found"),
    ("The shop closes at 17:00.", "The shop closes at 5 pm.", "supported"),
    ("The shop closes at 5 pm.", "The shop closes at 17:00.", "supported"),
    ("The shop opens at noon.", "The shop opens at 12:00.", "supported"),
    ("The shop opens at 12:00.", "The shop opens at noon.", "supported"),
    ("The train leaves at 17:30.", "The train leaves at 5.30 p.m.", "supported"),
    ("The museum charges no entry fee.", "Entry is free.", "supported"),
    ("You don't have to pay for parking.", "Parking is free.", "supported"),
    ("There is no charge for parking.", "Parking is free of charge.", "supported"),
]
"""What looks like a time or like nothing to pay and is not, and what is: a passage, an answer, what it is."""


@pytest.mark.parametrize(("passage", "answer", "label"), EXACTLY)
def test_no_other_time_and_no_other_fee_supports_an_answer(passage: str, answer: str, label: str) -> None:
    sample = Sample(id="1", input="?", context=(passage,))
    assert Groundedness().score(sample, Output(text=answer))[0].answer == label


def test_what_is_free_is_no_longer_contradicted_where_its_words_stand_apart() -> None:
    """Version 3 called it contradicted; the order of the words still keeps it from being found."""
    sample = Sample(id="1", input="?", context=("Parking is free of charge.",))
    score = Groundedness().score(sample, Output(text="You don't have to pay for parking."))[0]
    assert score.answer == "not_found" and "pay" not in score.explanation


@pytest.mark.parametrize(
    ("passage", "answer", "label", "reason"),
    [
        ("Entry is free of charge for children.", "Children don't have to pay.", "supported", ""),
        ("The shop closes at 17:00.", "It closes at 5 pm.", "supported", ""),
        ("The shop closes at 5 pm.", "The shop closes at 5 am.", "contradicted", "'5 am' against '5 pm'"),
        (
            "Plan A costs 5 dollars and plan B costs 9 dollars.",
            "Plan A costs 9 dollars.",
            "contradicted",
            "'9' against '5'",
        ),
        ("A ticket costs 5 euros. The zoo has 300 animals.", "The zoo employs 40 keepers.", "not_found", "'keepers'"),
        ("The library was founded in 1890.", "The library holds 5000 books.", "not_found", "'5000', 'books'"),
        ("The bar opens at 6 p.m.", "The bar opens at 19:00.", "contradicted", "'19:00' against '6'"),
    ],
)
def test_numbers_are_read_by_what_they_count(passage: str, answer: str, label: str, reason: str) -> None:
    score = scored(answer, (passage,))
    assert score.answer == label
    assert reason in score.explanation


def test_what_is_nowhere_is_not_found() -> None:
    score = scored("It opens at seven on weekdays. Parking costs three euros.")
    assert (score.value, score.answer) == (False, "not_found")
    assert [span.reason for span in score.evidence] == ["not found: 'Parking', 'three', 'euros'"]
    assert score.evidence[0].start == len("It opens at seven on weekdays. ")


def test_talk_claims_nothing_and_is_not_grounded() -> None:
    for answer in ("I see, that's interesting!", "Thanks! How can I help you?", "You are welcome."):
        score = scored(answer)
        assert (score.value, score.answer, score.evidence) == (False, "generic", ())


def test_saying_that_the_passages_do_not_tell_is_judged_by_what_the_sample_says() -> None:
    for answer in ("The passages do not say.", "I don't know.", "There is no information about parking."):
        assert (scored(answer).value, scored(answer).unscored) == (None, "no claim")
        assert scored(answer, answerable=False).value is True
        assert scored(answer, answerable=True).value is False
    assert scored("It has forty parking places in Rome.", answerable=False).value is False


def test_without_anything_to_compare_it_is_unscored() -> None:
    assert scored("It opens at seven.", context=()).unscored == "no context"
    assert scored("It opens at seven.", context=("  ",)).unscored == "no context"
    assert scored("It opens at seven.", context=("---",)).unscored == "no words in the context"
    assert scored(" ").unscored == "empty"
    assert scored("<think>It opens").unscored == "reasoning only"
    assert scored("\U0001f600\U0001f600").unscored == "no words"


def test_retrieved_passages_count_as_context() -> None:
    output = Output(text="The clinic opens at seven on weekdays.", context=(CLINIC,))
    assert Groundedness().score(Sample(id="1", input="?"), output)[0].value is True


def test_passages_in_the_prompt_are_not_the_question() -> None:
    sample = Sample(id="1", input=f"Read this. {CLINIC} When does it open?", context=(CLINIC,))
    plain = Sample(id="1", input="Read this.   When does it open?", context=(CLINIC,))
    answer = Output(text="The clinic opens at seven on weekdays.")
    assert Groundedness().score(sample, answer)[0].probability == Groundedness().score(plain, answer)[0].probability


def test_chinese_is_compared_by_its_characters() -> None:
    passage = ("诊所在工作日七点开门。它由陈医生在一九九八年创办。",)
    assert scored("诊所在工作日七点开门。", passage).value is True
    assert scored("停车费每小时三欧元。", passage).value is False


def test_a_threshold_is_a_probability() -> None:
    with pytest.raises(PlanError, match="threshold: expected a probability"):
        Groundedness(threshold=1.5)
    score = Groundedness(threshold=0.99).score(Sample(id="1", input="?", context=(CLINIC,)), Output(text=CLINIC))[0]
    assert score.value is (score.probability is not None and score.probability >= 0.99)


def test_it_keeps_the_protocol() -> None:
    samples = [Sample(id="1", input="?", context=context) for context in ((), (CLINIC,), ("\x00",), ("诊所",))]
    check_scorer(Groundedness(), samples)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_has_a_defined_result(answer: str, context: str) -> None:
    score = scored(answer, (context,))
    assert (score.value is None) == bool(score.unscored)
    assert all(0 <= span.start <= span.end <= len(answer) for span in score.evidence)
    assert score == scored(answer, (context,))


@given(st.sampled_from(["three", "eleven", "40"]))
def test_a_wrong_number_never_raises_the_probability(number: str) -> None:
    right, wrong = (
        scored("The clinic opens at seven on weekdays."),
        scored(f"The clinic opens at {number} on weekdays."),
    )
    assert (wrong.probability or 0) < (right.probability or 0)


WITHOUT_END = {
    "answer": CLINIC,
    "one word": "clinic ",
    "no blanks": "a",
    "lines": "a\n",
    "Chinese": "诊所七点开门",
    "markers": "[1] ",
    "quotation marks": '"',
    "markup": "<p class='x'>clinic</p>",
}


@pytest.mark.parametrize("name", WITHOUT_END)
def test_long_texts_take_linear_time(name: str, linear: Callable[..., None]) -> None:
    linear(
        lambda text: Groundedness().score(Sample(id="1", input="?", context=(text,)), Output(text=text)),
        WITHOUT_END[name],
        40_000,
    )


def rows(name: str) -> Iterator[dict[str, Any]]:
    root = Path(os.environ.get("ASSAY_SHARED", Path(__file__).parents[3] / "shared"))
    path = root / "data" / "groundedness" / name
    if not path.exists():
        pytest.skip(f"no {path.name}: set ASSAY_SHARED to the folder of shared data")
    return (json.loads(line) for line in path.read_text("utf-8").splitlines())


def chance(row: dict[str, Any], answer: str) -> float:
    sample = Sample(id=row["id"], input=row.get("prompt") or "", context=(row["context"],))
    probability = Groundedness().score(sample, Output(text=answer))[0].probability
    assert probability is not None
    return probability


def test_faithful_summaries_are_placed_above_their_twins() -> None:
    """BUMP is the one set that the model was not trained on: `python train/groundedness.py` prints the figure too."""
    right = total = 0.0
    for row in rows("bump_pairs.jsonl"):
        faithful, other = (chance(row, row[f"response_{side}"]) for side in (row["label"], "ba"[row["label"] == "b"]))
        right += 1.0 if faithful > other else 0.5 if faithful == other else 0.0
        total += 1
    assert total == 201
    assert right / total >= 0.78


@pytest.mark.parametrize("name", ["begin", "q2_dialogue", "faithdial_audit", "bump_pairs"])
def test_no_measured_row_is_read_otherwise_for_its_times_or_fees(name: str) -> None:
    """So the tables of the page tell nothing of these rules."""
    for row in rows(f"{name}.jsonl"):
        text, there = row["context"], tokens(row["context"], 400_000, breaks=False)
        assert unpaid(there, text) == there
        for answer in (row[side] for side in ("response", "response_a", "response_b") if side in row):
            said = tokens(answer, 30_000)
            assert retimed(said, there) == said
            assert FREE not in there.keys or unpaid(said, answer) == said


def test_the_card_tells_what_was_measured() -> None:
    card = json.loads(
        (Path(__file__).parents[2] / "src/assay/scorers/coefficients/groundedness.json").read_text("utf-8")
    )
    crossed = {one["set"]: one for one in card["measured"] if one["how"] == "cross-validated by group"}
    assert crossed["BEGIN"]["auroc"] >= 0.955
    assert crossed["Q2"]["auroc"] >= 0.79
    assert crossed["FaithDial"]["auroc"] >= 0.85
    whole, rest = crossed["FaithDial"], crossed["FaithDial without uncooperative"]
    assert (whole["n"] - rest["n"], whole["yes"] - rest["yes"]) == (11, 0), "only rows that do not count as grounded"
    page = (Path(__file__).parents[2] / "docs/scorers/groundedness.md").read_text("utf-8")
    for one in card["measured"]:
        assert f"{one['auroc']:.3f}".lstrip("0") in page, (
            f"the page does not show the AUROC of {one['set']}, {one['how']}"
        )
