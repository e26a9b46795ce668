"""Checks of form: each finds what it should, keeps silent where nothing is wrong, and says the lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from assay.checks.blocks import Waiting
from assay.checks.catalogue import CHECKS, made
from assay.checks.check import MOST_LINES, Defect, Gathered
from assay.checks.encoding import TWICE, Encoding
from assay.checks.fit import PROBLEMS, UNFIT, Fit
from assay.checks.json_asked import JsonAsked, fault_of
from assay.checks.scripts import Scripts
from assay.checks.shapes import Kind, Shapes
from assay.checks.system_prompts import SystemPrompts
from assay.checks.template_tokens import TemplateTokens
from assay.checks.tool_calls import ToolCalls
from assay.checks.truncated import Truncated, cut
from assay.checks.turns import Turns
from assay.domain.sample import Message, ToolCall
from assay.domain.training import Shape, TrainingRow, Unfit
from assay.domain.verdict import Finding

ROLES = {"s": "system", "u": "user", "a": "assistant", "t": "tool"}


def chat(*turns: str, line: int = 1, answer: str = "Yes, of course.", **more: Any) -> TrainingRow:
    """A row of turns such as `u:Hi`; without an answer of its own the last turn is the answer."""
    said = tuple(Message(role=ROLES.get(turn[0], turn[0]), content=turn[2:]) for turn in turns)
    answers = ((Message(role="assistant", content=answer),),)
    return TrainingRow(
        file="a.jsonl", line=line, shape="chat", form="openai messages", prompt=said, **{"answers": answers, **more}
    )


def text(content: str, shape: Shape = "text") -> TrainingRow:
    return TrainingRow(file="a.jsonl", line=1, shape=shape, answers=((Message(role="assistant", content=content),),))


def codes(check: Any, *rows: TrainingRow) -> list[str]:
    for row in rows:
        check.add(row)
    return sorted(one.code.removeprefix("format.") for one in check.findings())


GOOD = [
    chat("s:You help.", "u:Hi"),
    chat("u:Hi", "a:Hello", "u:Why?", line=2),
    chat("u:Write HTML", answer="Use <s>old</s> and <b>new</b>, as in `a[i]`. <|> is an operator.", line=3),
    chat("u:How do I parse JSON in Python?", answer="Use json.loads. [1] is valid.", line=4),
    chat("u:Que fait-on à Zürich?", answer="Le café est déjà là — « très bon » … 你好 😀 naïve Â SÃO", line=5),
]


def test_nothing_is_found_in_good_rows() -> None:
    """Law: clean rows give no finding of any check."""
    for name, check in made().items():
        rows = [each for each in GOOD if name != "system_prompts"]
        assert codes(check, *rows) == [], name


def test_no_check_says_anything_of_no_rows() -> None:
    assert [list(check.findings()) for check in made().values()] == [[]] * len(made())


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (chat("u:Hi", "u:there"), ["role_order"]),
        (chat("u:Hi", "s:You help."), ["role_order"]),
        (chat("a:Hello", "u:Hi"), ["role_order"]),
        (chat("u:Hi", "t:5"), ["role_order"]),
        (chat("u:"), ["empty_turn"]),
        (chat("u:Hi", answer=" \n"), ["empty_answer"]),
        (chat("u:Hi", answers=()), ["no_answer"]),
        (chat("s:You help."), ["no_prompt"]),
        (chat(), ["no_prompt"]),
        (text(""), ["empty_answer"]),
        (text("Some text"), []),
        (chat("u:", problems=("image_part",)), []),
    ],
)
def test_turns(row: TrainingRow, found: list[str]) -> None:
    assert codes(Turns(), row) == found


def test_turns_of_tools_are_in_order() -> None:
    call = Message(role="assistant", content="", tool_calls=(ToolCall(name="f", arguments={}),))
    answer = (
        call,
        Message(role="tool", content="5"),
        Message(role="tool", content="6"),
        Message(role="assistant", content="11"),
    )
    assert codes(Turns(), chat("u:Hi", answers=(answer,))) == []


def test_empty_answers_of_pairs_are_told_by_their_side() -> None:
    check = Turns()
    both = ((Message(role="assistant", content="Good."),), (Message(role="assistant", content=""),))
    check.add(TrainingRow(file="a", line=4, shape="preference", prompt=GOOD[0].prompt, answers=both))
    (found,) = check.findings()
    assert (found.where, found.evidence["kinds"]) == ({"file": "a", "lines": [4]}, {"rejected": 1})


@pytest.mark.parametrize(
    "answer",
    ["Sure.<|im_end|>", "Sure.</s>", "[INST] Hi [/INST] Hello", "Sure.\n### Response:\nYes", "<start_of_turn>model\nYes", "<s>Sure",
     "Yes.<|eot_id|>", "Sure.\n\nHuman: And then?", "<｜User｜>hi", "[TOOL_CALLS] [{}]"],
)  # fmt: skip
def test_template_tokens(answer: str) -> None:
    assert codes(TemplateTokens(), chat("u:Hi", answer=answer)) == ["template_token"]
    assert codes(TemplateTokens(), chat(f"u:{answer}")) == ["template_token_in_prompt"]
    assert codes(TemplateTokens(), text(answer)) == ["already_templated"]


@pytest.mark.parametrize(
    "said", ["“Don’t” – café…", "naïve façade", "Größe", "São Tomé", "5 °C ± 1", "😀 🐀", "«été»", "ø", "Ünï"]
)
def test_text_read_by_the_wrong_table_is_told_and_the_right_one_not(said: str) -> None:
    """Law: what UTF-8 looks like in Windows-1252 or Latin-1 is found, the text itself is not."""
    for table in ("cp1252", "latin-1"):
        damaged = "".join(
            bytes([byte]).decode(table, errors="ignore") or bytes([byte]).decode("latin-1") for byte in said.encode()
        )
        assert codes(Encoding(), chat(f"u:{damaged}")) == ["mojibake"], damaged
    assert not TWICE.search(said)
    assert codes(Encoding(), chat(f"u:{said}")) == []


@pytest.mark.parametrize(
    "unseen", ["\u00ad", "\u200b", "\u202a", "\u202e", "\u2060", "\u206f", "\ufeff", "\U000e0041", "\U000e007f"]
)
def test_characters_that_nobody_sees(unseen: str) -> None:
    for said in (f"u:que{unseen}stion", f"a:\u2019{unseen}", f"a:x{unseen}"):
        row = chat("u:Hello", said) if said.startswith("a:") else chat(said)
        one, other = Encoding(), Encoding()
        one.add(row)
        for block in (*(waiting := Waiting()).add(row), *waiting.rest()):
            other.take(block)
        for check in (one, other):
            (found,) = check.findings()
            assert found.code == "format.hidden_character"
            assert found.evidence["kinds"] == {f"U+{ord(unseen):04X}": 1}


def test_characters_that_languages_and_emoji_need_are_seen() -> None:
    needed = (
        "\u200d",
        "\u200c",
        "\u200e",
        "\u200f",
        "\u2019",
        "\u2026",
        "\u2028",
        "\u205f",
        "\u00fb\u00bf",
        "\ufe0f",
        "\U0001f469",
    )
    row = chat(*(f"u:a{one}b" for one in needed))
    one, other = Encoding(), Encoding()
    one.add(row)
    for block in (*(waiting := Waiting()).add(row), *waiting.rest()):
        other.take(block)
    assert [*one.findings(), *other.findings()] == []


def test_lost_and_control_characters() -> None:
    assert codes(Encoding(), chat("u:caf\ufffd"), chat("u:\x1b[31mred", line=2)) == [
        "control_character",
        "lost_character",
    ]


@pytest.mark.parametrize(
    ("asked", "answer", "found"),
    [
        ("What is the tallest mountain of Europe?", "Самая высокая гора Европы — это Эльбрус.", True),
        ("欧洲最高的山是哪一座,有多高?", "The highest mountain of Europe is Elbrus, with 5,642 metres.", True),
        ("Translate to Russian: the tallest mountain", "Самая высокая гора Европы — это Эльбрус.", False),
        ("Какая гора самая высокая в Европе?", "Самая высокая гора Европы — это Эльбрус.", False),
        ("Какая гора самая высокая в Европе?", "Эльбрус (Mount Elbrus)", False),
        (
            "Напиши функцию, которая складывает два числа.",
            "```python\ndef add(first, second):\n    return first + second\n```",
            False,
        ),
        ("日本で一番高い山は何ですか?", "富士山です。", False),
    ],
)
def test_scripts(asked: str, answer: str, found: bool) -> None:
    assert codes(Scripts(), chat(f"u:{asked}", answer=answer)) == ["other_script"] * found


@pytest.mark.parametrize(
    "answer",
    [
        "Mix the flour with the eggs and let the dough rest for about an hour. Then roll it out and cut it into",
        "First, heat the oil in a large pan over medium heat until it shimmers. After that you add the onions",
        "Here are the steps that you need to follow to make it work on your machine:\n\n1. Install it\n2.",
        "Here is the code that you asked for, with comments in each line of it:\n```python\nprint(1)\nprint(2)",
    ],
)
def test_truncated_answers(answer: str) -> None:
    assert codes(Truncated(), chat("u:Hi", answer=answer)) == ["truncated_answer"]


@pytest.mark.parametrize(
    "answer",
    ["Paris", "", "42", "the", "Dear Sir,\n\nI write to you because of the matter that we spoke of last week.\n\nSincerely,\nJane Doe",
     "Books:\n1. The Hobbit\n2. Dune. Part One\n3. Emma\n4. Some other long title of a book that has no period at its end",
     "See the page of the project, which explains all of it in much more detail. https://example.org/a/b/c",
     "A long answer of several words that has no sentence end at all and still is whole as titles are so often",
     "```python\nprint(1)\nprint(2)\nprint('a longer line of code so that the whole is long enough')\n```",
     "Good luck with all that you want to do in the new year, my friends! It will be great. #happy #new #year"],
)  # fmt: skip
def test_whole_answers_are_not_called_truncated(answer: str) -> None:
    assert cut(answer) == ""


def test_a_row_may_say_itself_that_it_was_cut() -> None:
    assert codes(Truncated(), chat("u:Hi", answer="Yes", metadata={"finish_reason": "length"})) == ["truncated_answer"]
    assert codes(Truncated(), chat("u:Hi", answer="Yes.", metadata={"finish_reason": "stop", "truncated": True})) == []


@pytest.mark.parametrize(
    ("asked", "answer", "found"),
    [
        ("Return the result as JSON.", '{"a": 1}', False),
        ("Return the result as JSON.", '{"a": 1', True),
        ("Respond only with valid JSON", "{'a': 1}", True),
        ("Respond in JSON format.", '```json\n{"a": 1,}\n```', True),
        ("Respond in JSON format.", 'Here:\n```json\n{"a": 1}\n```\nDone.', False),
        ("Return JSON only.", '{"a": 1,}', True),
        ("Return JSON only.", '{"a": 1}', False),
        ("Give me JSON of all parts of a bicycle", "{'parts': []}", True),
        ("Output just the JSON", "[1, 2", True),
        ("Write JSON parser code.", "{'a': 1}", False),
        ("Generate the JSON schema of this.", "{'a': 1}", False),
        ("Output a JSON object per line.", '{"a": 1}\n{"a": 2}', False),
        ("Write about the history of JSON.", "{a} is a placeholder", False),
        ("Tell me a story.", "{'a': 1}", False),
        ("Answer in JSON.", "I cannot help with that.", False),
    ],
)
def test_json_asked(asked: str, answer: str, found: bool) -> None:
    assert codes(JsonAsked(), chat(f"u:{asked}", answer=answer)) == ["invalid_json"] * found
    assert codes(JsonAsked(), chat(f"s:{asked}", "u:Go", answer=answer)) == ["invalid_json"] * found


def test_deep_json_is_no_crash() -> None:
    assert fault_of("[" * 100_000) in {"invalid", "cut"}


TOOL = {
    "name": "weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city"],
    },
}


def calling(name: str, arguments: Any, tools: Sequence[Any] = (TOOL,), line: int = 1) -> TrainingRow:
    call = ToolCall(name=name, arguments=arguments, raw=str(arguments), id="c1")
    return chat(
        "u:Hi", answers=((Message(role="assistant", content="", tool_calls=(call,)),),), tools=tuple(tools), line=line
    )


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (calling("weather", {"city": "Rome"}), []),
        (calling("weather", {"city": "Rome", "days": "two"}), ["tool_schema"]),
        (calling("weather", {}), ["tool_schema"]),
        (calling("whether", {"city": "Rome"}), ["tool_unknown"]),
        (calling("weather", None), ["tool_arguments"]),
        (calling("weather", {"city": "Rome"}, tools=[]), []),
        (calling("f", {}, tools=[{"name": "f", "parameters": {"type": "no such type"}}]), ["tool_definition"]),
        (
            calling("f", {}, tools=[{"name": "f", "parameters": {"$ref": "https://example.org/s.json"}}]),
            ["tool_definition"],
        ),
        (calling("f", {}, tools=[{"name": "f"}, {"description": "no name"}]), ["tool_definition"]),
        (
            calling(
                "f",
                {"x": 1.5},
                tools=[{"name": "f", "parameters": {"type": "dict", "properties": {"x": {"type": "float"}}}}],
            ),
            [],
        ),
    ],
)
def test_tool_calls(row: TrainingRow, found: list[str]) -> None:
    assert codes(ToolCalls(), row) == found


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/definitions/none"},
        {"pattern": "("},
        {"properties": []},
        {"$dynamicRef": "http://x.example/#a"},
    ],
)
def test_schemas_that_lead_nowhere_are_no_crash(schema: dict[str, Any]) -> None:
    found = codes(ToolCalls(), calling("f", {"x": "y"}, tools=[{"name": "f", "parameters": schema}]))
    assert found in (["tool_definition"], [])


def test_expressions_of_strangers_are_not_tried() -> None:
    schema = {"type": "object", "properties": {"x": {"type": "string", "pattern": "^(a+)+$"}}}
    assert codes(ToolCalls(), calling("f", {"x": "a" * 60 + "!"}, tools=[{"name": "f", "parameters": schema}])) == []


def test_calls_and_answers_belong_together() -> None:
    call = Message(
        role="assistant", content="", tool_calls=(ToolCall(name="weather", arguments={"city": "Rome"}, id="c1"),)
    )
    said = Message(role="assistant", content="Sunny.")

    def row(*turns: Message) -> TrainingRow:
        return chat("u:Hi", answers=(turns,), tools=(TOOL,))

    assert codes(ToolCalls(), row(call, Message(role="tool", content="sun", tool_call_id="c1"), said)) == []
    assert codes(ToolCalls(), row(call, Message(role="tool", content="sun", tool_call_id="c9"), said)) == [
        "tool_answer"
    ]
    assert codes(ToolCalls(), row(call, said)) == ["tool_answer"]


def test_system_prompts_that_vary() -> None:
    def rows(*prompts: str) -> list[TrainingRow]:
        return [
            chat(f"s:{prompt}", "u:Hi", line=line) if prompt else chat("u:Hi", line=line)
            for line, prompt in enumerate(prompts, 1)
        ]

    assert codes(SystemPrompts(), *rows(*["one"] * 20)) == []
    assert codes(SystemPrompts(), *rows(*[""] * 20)) == []
    assert codes(SystemPrompts(), *rows(*map(str, range(1, 2000)))) == []
    check = SystemPrompts()
    assert codes(check, *rows(*["one"] * 18, "two", "")) == ["system_prompt_varies"]
    assert next(check.findings()).where["lines"] == [19, 20]


def test_mixed_shapes_name_the_rows_of_the_few() -> None:
    check = Shapes()
    assert codes(check, *GOOD, text("plain")) == ["mixed_shapes"]
    assert next(check.findings()).where["lines"] == [1]
    assert codes(Kind("sft"), *GOOD, text("plain")) == ["other_kind"]
    assert codes(Kind("text"), text("plain")) == []


def test_every_word_of_the_reader_is_a_finding() -> None:
    check = Fit()
    for number, cause in enumerate(UNFIT):
        check.add_unfit(Unfit(file="a", line=number, cause=cause, detail="x"))
    for number, word in enumerate(PROBLEMS):
        check.add(chat("u:Hi", line=number, problems=(word,)))
    assert {one.code for one in check.findings()} == {f"format.{word}" for word in (*UNFIT, *PROBLEMS)}


def test_a_finding_keeps_its_count_where_it_stops_listing_lines() -> None:
    gathered = Gathered()
    defect = Defect(code="c", severity="low", message="rows", remediation="")
    for line in range(1, MOST_LINES + 6):
        gathered.add(defect, "a", line, "x" * 1000)
        gathered.add(defect, "a", line)
    (found,) = gathered.findings()
    assert isinstance(found, Finding)
    assert (len(found.where["lines"]), found.evidence["rows"], found.evidence["lines_left_out"]) == (
        MOST_LINES,
        MOST_LINES + 5,
        5,
    )
    assert len(found.evidence["examples"]) == 3


def test_every_check_of_the_catalogue_can_be_made_and_keeps_the_protocol() -> None:
    for name, check in made(GOOD).items():
        assert name in CHECKS
        check.add(GOOD[0])
        assert all(isinstance(one, Finding) for one in check.findings())
