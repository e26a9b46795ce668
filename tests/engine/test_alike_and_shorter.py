"""Prompts that stand for each other, and shorter forms of one: what must hold whatever the text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.domain.sample import Message, Sample
from assay.engine.alike import NEAR, grams, stand_for, text_of
from assay.engine.shorter import LONG, shorter, worth_it

words = st.lists(
    st.sampled_from(["reset", "my", "the", "alarm", "house", "now", "please", "without", "notice", "key"]), max_size=12
)
texts = words.map(" ".join)


def sample(text: str, name: str = "x", **more: object) -> Sample:
    return Sample(id=name, input=text or "?", **more)  # type: ignore[arg-type]


@settings(max_examples=100, deadline=None)
@given(asked=st.lists(texts, max_size=12), kinds=st.data())
def test_who_stands_for_others_stands_for_itself_and_is_like_them(asked: list[str], kinds: st.DataObject) -> None:
    samples = [sample(text, str(n)) for n, text in enumerate(asked)]
    of = kinds.draw(st.lists(st.sampled_from("ab"), min_size=len(asked), max_size=len(asked)))
    places = stand_for(samples, of)
    for own, place in enumerate(places):
        assert place <= own and places[place] == place
        assert of[place] == of[own]
        left, right = (grams(text_of(samples[at])) for at in (own, place))
        assert left == right or len(left & right) / len(left | right) >= NEAR


@settings(max_examples=150, deadline=None)
@given(asked=st.lists(texts, max_size=15), near=st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_the_quick_way_finds_what_comparing_all_finds(asked: list[str], near: float) -> None:
    samples = [sample(text, str(n)) for n, text in enumerate(asked)]
    every = [grams(text_of(one)) or frozenset({(one.digest,)}) for one in samples]
    expected: list[int] = []
    for own in every:
        kept = [n for n, place in enumerate(expected) if n == place]
        alike = [n for n in kept if len(own & every[n]) / len(own | every[n]) >= near]
        expected.append(min(alike, default=len(expected)))
    assert stand_for(samples, [""] * len(samples), near) == expected


def test_case_and_punctuation_make_no_difference_and_what_is_expected_does() -> None:
    one, two = sample("Switch the alarm off!", "a"), sample("switch the ALARM off", "b")
    assert stand_for([one, two], ["", ""]) == [0, 0]
    assert stand_for([one, two], ["", "other scorers"]) == [0, 1]
    other = sample("switch the ALARM off", "b", target="refuse")
    assert stand_for([one, other], ["", ""]) == [0, 1]
    assert stand_for([sample("Add 17 and 4"), sample("Add 17 and 5")], ["", ""]) == [0, 1]


def test_texts_without_a_word_are_alike_only_when_equal() -> None:
    assert stand_for([sample("!!!"), sample("???"), sample("!!!")], ["", "", ""]) == [0, 1, 0]


def test_a_passage_and_a_choice_are_part_of_the_question() -> None:
    one = sample("Which of these is right?", context=("The gate opens at nine.",))
    other = sample("Which of these is right?", context=("All visitors leave their bags at the door.",))
    assert stand_for([one, other], ["", ""]) == [0, 1]


@settings(max_examples=60, deadline=None)
@given(
    turns=st.integers(1, 5),
    passages=st.integers(0, 5),
    sentences=st.integers(1, 12),
    system=st.booleans(),
)
def test_shorter_forms_are_shorter_end_in_a_question_and_keep_the_system_prompt(
    turns: int, passages: int, sentences: int, system: bool
) -> None:
    question = " ".join(f"Sentence number {n} says nothing that matters to anybody here." for n in range(sentences))
    chat = [Message(role="system", content="Be kind.")] if system else []
    for n in range(turns - 1):
        chat += [Message(role="user", content=f"before {n}"), Message(role="assistant", content="yes")]
    chat.append(Message(role="user", content=question))
    whole = Sample(id="1", input=tuple(chat), context=tuple(f"passage {n}" for n in range(passages)), target="refuse")
    forms = list(shorter(whole))
    assert bool(forms) <= worth_it(whole)
    for form in forms:
        assert len(text_of(form)) < len(text_of(whole))
        assert form.digest != whole.digest and form.id == whole.id and form.target == "refuse"
        assert form.messages[-1].role == "user" and form.prompt
        assert (form.messages[0].role == "system") == system
    assert len({form.digest for form in forms}) == len(forms)


def test_a_short_question_has_no_shorter_form() -> None:
    assert list(shorter(sample("How do I reset it?"))) == []
    assert not worth_it(sample("x" * (LONG - 1)))
    assert list(shorter(sample("x" * LONG))) == [], "one sentence is not cut"
