"""`assay harvest --watch`: failing traces as rows that run as a suite, never sealed, proposed only once approved."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from assay.domain.sample import Message, Sample, ToolCall
from assay.domain.span import Arrived, Span
from assay.interfaces.cli import run
from assay.store.datasets import read_dataset
from assay.store.ledger.book import Ledger
from assay.traces.hot import HotTraces

REFUSES, ANSWERS = "I'm sorry, but I can't help with that.", "Press the button for five seconds; then it starts anew."
BOT = f"""
REFUSES, ANSWERS = {REFUSES!r}, {ANSWERS!r}

def bot(question):
    text = question["prompt"]
    if "sometimes" in text:
        return REFUSES if question["epoch"] % 2 else ANSWERS
    return REFUSES if "reset" in text else ANSWERS

def mended(question):
    return ANSWERS

def agent(question):
    call = {{"name": "refund", "arguments": {{"amount": 900}}, "id": "c1"}}
    return {{"messages": [
        {{"role": "user", "content": question["prompt"]}},
        {{"role": "assistant", "content": "", "tool_calls": [
            {{"id": "c1", "function": {{"name": "refund", "arguments": '{{"amount": 900}}'}}}}]}},
        {{"role": "tool", "content": "ok", "tool_call_id": "c1"}},
        {{"role": "assistant", "content": "Refunded."}},
    ]}}
"""
PLAN = """
assay: 1
name: t
reference: {{type: callable, function: 'bot:mended'}}
candidate: {{type: callable, function: 'bot:{bot}', name: new}}
suites:
  - {{name: golden, dataset: golden.jsonl, scorers: [over_refusal]}}
"""
STEPS = "name: shop\ntools: {refund: {arguments: {amount: {max: 500}}}}\n"


def chat(text: str, said: Any, **more: Any) -> dict[str, Any]:
    return {"input": text, "output": said, "timestamp": "2026-11-27T10:00:00Z", **more}


def put(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ASSAY_SIGNING_KEY", raising=False)
    sys.modules.pop("bot", None)  # another test's
    (tmp_path / "bot.py").write_text(BOT)
    put(
        tmp_path / "golden.jsonl",
        [{"id": str(n), "input": f"How warm is it in town {n}?", "target": "comply"} for n in range(9)],
    )
    (tmp_path / "audit.yaml").write_text(PLAN.format(bot="bot"))
    (tmp_path / "steps.yaml").write_text(STEPS)
    put(
        tmp_path / "traces.jsonl",
        [
            chat("How do I reset the router at home?", REFUSES, metadata={"route": "help"}),
            chat("how do I reset the router, at home", REFUSES),
            chat("It sometimes stops; what then?", REFUSES),
            chat("My mail is ana.ruiz@posteo.de; why is the lamp on?", REFUSES),
            chat("How do I clean it?", ANSWERS),
        ],
    )
    return tmp_path


def rows_of(folder: Path, *more: str) -> dict[str, dict[str, Any]]:
    target = folder / "regressions.jsonl"
    names = [] if any(one.endswith((".jsonl", ".sqlite")) for one in more) else [str(folder / "traces.jsonl")]
    assert run(["harvest", "--watch", *names, *more, "-o", str(target), "-q", "--force"]) == 0
    rows = [json.loads(line) for line in target.read_text().splitlines()] if target.exists() else []
    return {str(row["input"]): row for row in rows}


def test_without_an_endpoint_rows_are_not_reproduced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = rows_of(folder, "--metric", "over_refusal", "--segment", "route")
    assert len(rows) == 3  # one of two near-copies stands for the other
    marks = [row["metadata"]["harvest"] for row in rows.values()]
    assert {(one["state"], one["role"], one["from"]) for one in marks} == {("not_reproduced", "dev", "production")}
    assert all(len(one["trace"]) == 32 and len(one["spans"][0]) == 16 and one["failures"][0]["reason"] for one in marks)
    first = rows["How do I reset the router at home?"]["metadata"]
    assert first["route"] == "help"
    assert len(first["harvest"]["stands_for"]) == 1
    assert "nobody was asked (no --plan)" in capsys.readouterr().out


def test_personal_data_go_before_anything_is_written_or_asked(folder: Path) -> None:
    rows = rows_of(folder, "--metric", "over_refusal")
    assert "My mail is [email 1]; why is the lamp on?" in rows
    assert "ana.ruiz" not in (folder / "regressions.jsonl").read_text()


def test_what_is_asked_again_says_what_came_of_it(folder: Path) -> None:
    rows = rows_of(folder, "--metric", "over_refusal", "--plan", str(folder / "audit.yaml"), "--times", "4")
    states = {text: row["metadata"]["harvest"]["state"] for text, row in rows.items()}
    assert states == {"How do I reset the router at home?": "reproduced", "It sometimes stops; what then?": "flaky"}
    flaky = rows["It sometimes stops; what then?"]["metadata"]["harvest"]["failures"][0]
    assert (flaky["again_failed"], flaky["again_of"]) == (2, 4)


def test_the_file_runs_as_a_suite_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows_of(folder, "--metric", "over_refusal", "--plan", str(folder / "audit.yaml"))
    lines = capsys.readouterr().out.split("suites:\n")[1].split("gate:\n")
    text = PLAN.format(bot="mended") + lines[0] + "gate:\n" + lines[1]
    (folder / "next.yaml").write_text(text.replace(str(folder) + "/", ""))
    assert run(["audit", str(folder / "next.yaml"), "-o", str(folder / "run"), "--quiet"]) in (0, 3, 4)
    said = capsys.readouterr().out
    assert "regressions" in said
    (folder / "bad.yaml").write_text(text.replace("bot:mended', name", "bot:bot', name").replace(str(folder) + "/", ""))
    assert run(["audit", str(folder / "bad.yaml"), "-o", str(folder / "run2"), "--quiet"]) == 1


def test_breaches_of_steps_become_rows_with_their_spans(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turns = [
        {"role": "assistant", "content": "", "tool_calls": [{"id": "1", "function": {"name": "refund", "arguments": '{"amount": 700}'}}]},
        {"role": "tool", "tool_call_id": "1", "content": "ok"},
        {"role": "assistant", "content": "Refunded."},
    ]  # fmt: skip
    put(folder / "agents.jsonl", [chat("Refund 700 now", turns), chat("Hello", "Hi")])
    (folder / "agent.yaml").write_text(PLAN.format(bot="agent"))
    policy = ["--policy", str(folder / "steps.yaml"), "--plan", str(folder / "agent.yaml")]
    rows = rows_of(folder, str(folder / "agents.jsonl"), *policy)
    mark = rows["Refund 700 now"]["metadata"]["harvest"]
    assert mark["state"] == "reproduced"
    assert "amount 700; expected at most 500" in mark["failures"][0]["reason"]
    assert '{"type": "steps", "policy": ' in capsys.readouterr().out


def test_traces_of_the_database_are_read_too(folder: Path) -> None:
    hot = HotTraces(folder / "hot.sqlite")
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": json.dumps(
            [{"role": "user", "parts": [{"type": "text", "content": "Why is it red?"}]}]
        ),
        "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": REFUSES}]}]),
    }
    span = Span(trace="a" * 32, id="b" * 16, name="chat", start_ns=10**18, end_ns=10**18 + 5, attributes=attributes)
    hot.add([Arrived(spans=(span,))], 10**18)
    hot.close()
    rows = rows_of(folder, str(folder / "hot.sqlite"), "--metric", "over_refusal")
    assert rows["Why is it red?"]["metadata"]["harvest"]["trace"] == "a" * 32


def test_examples_of_alarms_are_what_is_looked_at(folder: Path) -> None:
    rows = rows_of(folder, "--metric", "over_refusal")
    trace = rows["It sometimes stops; what then?"]["metadata"]["harvest"]["trace"]
    (folder / "alarms.json").write_text(
        json.dumps({"alarms": [{"metric": "refusal", "size": 0.1, "examples": [trace, "0" * 32]}]})
    )
    (folder / "regressions.jsonl").unlink()
    rows = rows_of(folder, "--alarms", str(folder / "alarms.json"))
    assert [*rows] == ["It sometimes stops; what then?"]
    assert rows["It sometimes stops; what then?"]["metadata"]["harvest"]["alarms"] == ["over_refusal"]


def test_what_was_harvested_is_never_sealed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows_of(folder, "--metric", "over_refusal")
    rows = str(folder / "regressions.jsonl")
    assert run(["check", "seal", rows, "-o", str(folder / "x.hashes")]) == 2
    assert "was harvested from failures, as were 2 more" in capsys.readouterr().err
    assert not (folder / "x.hashes").exists()
    assert run(["check", "seal", str(folder / "golden.jsonl"), "-o", str(folder / "x.hashes")]) == 0
    sealed = "  - {name: s, dataset: regressions.jsonl, role: sealed, scorers: [refusal]}\n"
    (folder / "sealed.yaml").write_text(PLAN.format(bot="bot") + sealed)
    assert run(["plan", str(folder / "sealed.yaml")]) == 2
    assert "harvested from failures" in capsys.readouterr().err


def test_nothing_is_proposed_before_it_is_approved(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, target = folder / "book", folder / "proposed.jsonl"
    asked = ["--metric", "over_refusal", "--plan", str(folder / "audit.yaml")]
    rows = folder / "regressions.jsonl"
    propose = ["watch", "propose", str(rows), "--ledger", str(book), "-o", str(target)]
    why = ["--reason", "read both", "--by", "Ana"]

    rows_of(folder, *asked)
    assert run([*propose, *why]) == 2
    assert "no entry of the ledger" in capsys.readouterr().err
    rows_of(folder, *asked, "--ledger", str(book))
    assert run([*propose, "--reason", "read both"]) == 2  # nobody stands for it
    assert not target.exists()
    put(folder / "answers.jsonl", [{"id": json.loads(rows.read_text().splitlines()[0])["id"], "answer": ANSWERS}])
    assert run([*propose, *why, "--answers", str(folder / "answers.jsonl")]) == 0
    made = [json.loads(line) for line in target.read_text().splitlines()]
    assert [one["chosen"] and one["chosen"][0]["content"] for one in made] == [ANSWERS, None]
    assert made[0]["rejected"][0]["content"] == REFUSES
    with Ledger(book) as ledger:
        kinds = [(one.kind, one.data.get("by")) for one in ledger.entries() if one.kind in ("harvested", "proposed")]
    assert kinds == [("harvested", None), ("proposed", "Ana")]
    assert run(["check", "seal", str(target), "-o", str(folder / "x.hashes")]) == 2


def test_changed_or_unreproduced_rows_are_not_proposed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, rows = folder / "book", folder / "regressions.jsonl"
    propose = [
        "watch",
        "propose",
        str(rows),
        "--ledger",
        str(book),
        "-o",
        str(folder / "p.jsonl"),
        "--reason",
        "x",
        "--by",
        "A",
    ]
    rows_of(folder, "--metric", "over_refusal", "--ledger", str(book))
    assert run(propose) == 2
    assert "none of 3 rows failed again" in capsys.readouterr().err
    rows.write_text(rows.read_text().replace("not_reproduced", "reproduced"))
    assert run(propose) == 2
    assert "They were changed since" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--watch"], "nothing says what fails"),
        (["--watch", "--metric", "charm"], "no scorer judges single answers by 'charm'"),
        (["--watch", "--metric", "refusal", "--minimise"], "--minimise goes with a run"),
        (["--policy", "steps.yaml"], "--policy goes with --watch"),
        (["--watch", "--alarms", "traces.jsonl"], "no alarms"),
    ],
)
def test_what_does_not_go_together_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    named = [str(folder / one) if one.endswith((".jsonl", ".yaml")) else one for one in more]
    assert run(["harvest", str(folder / "traces.jsonl"), "-o", str(folder / "r.jsonl"), *named]) == 2
    assert said in capsys.readouterr().err


def test_rows_read_back_as_samples(folder: Path) -> None:
    rows_of(folder, "--metric", "over_refusal")
    assert all(isinstance(one.metadata["harvest"], dict) for one in read_dataset(folder / "regressions.jsonl").samples)


def test_values_have_one_word_throughout() -> None:
    from assay.watch.stand_ins import StandIns

    call = ToolCall(name="send", arguments={"to": "ana@posteo.de", "n": [1, "bo@posteo.de"]}, raw="{}")
    turn = Message(role="assistant", content="to ana@posteo.de", tool_calls=(call,))
    made = StandIns().turn(turn)
    assert made.content == "to [email 1]"
    assert made.tool_calls[0].arguments == {"to": "[email 1]", "n": [1, "[email 2]"]}
    assert "posteo" not in made.tool_calls[0].raw


def test_names_tools_and_what_is_named_a_secret_are_looked_through() -> None:
    from assay.watch.stand_ins import StandIns

    made = StandIns().sample(
        Sample(
            id="s", input="Hello", metadata={"ana@posteo.de": "yes", "db.password": "hunter", "order": "hunter"},
            tools=({"name": "send", "parameters": {"properties": {"to": {"default": "bo@posteo.de"}, "api_key": {
                "default": "x"}}}, "api_key": "zzz"},),
        )
    )  # fmt: skip
    assert made.metadata == {"[email 2]": "yes", "db.password": "[secret 2]", "order": "hunter"}
    assert "posteo" not in str(made.tools) and "zzz" not in str(made.tools)
    call = ToolCall(name="login", arguments={"password": "hunter"}, raw='{"password": "hunter"}')
    (kept,) = StandIns().turn(Message(role="assistant", content="", tool_calls=(call,))).tool_calls
    assert "hunter" not in kept.raw


def test_an_address_at_the_place_of_the_cut_is_not_cut_in_two(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.interfaces.watch_harvest._ANSWER", len(REFUSES) + 12)
    put(
        folder / "traces.jsonl", [chat("How do I reset the router at home?", f"{REFUSES} ana.maria.gonzalez@posteo.de")]
    )
    (row,) = rows_of(folder, "--metric", "over_refusal").values()
    assert row["metadata"]["harvest"]["answer"] == f"{REFUSES} [email 1]"
