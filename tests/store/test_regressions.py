"""A sample that is written is read as the same sample; the lines of a plan say what they are given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.domain.sample import Message, Sample, ToolCall
from assay.store.datasets import read_dataset
from assay.store.regressions import lines_of, rule_line, suite_line

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
call = st.builds(
    lambda name, key: ToolCall(name=name, arguments={key: 1}, raw=json.dumps({key: 1}), id="c"), text, text
)
turn = st.one_of(
    st.builds(lambda content: Message(role="user", content=content), text),
    st.builds(lambda calls: Message(role="assistant", content="", tool_calls=tuple(calls)), st.lists(call, max_size=2)),
    st.builds(lambda content: Message(role="tool", content=content, tool_call_id="c"), text),
)
samples = st.builds(
    Sample,
    id=text,
    input=st.one_of(text, st.lists(turn, min_size=1, max_size=4).map(tuple)),
    target=st.one_of(st.none(), text, st.lists(text, min_size=1, max_size=3).map(tuple)),
    choices=st.lists(text, max_size=3).map(tuple),
    tools=st.lists(st.dictionaries(text, text, max_size=2), max_size=2).map(tuple),
    context=st.lists(text, max_size=3).map(tuple),
    metadata=st.dictionaries(text, st.one_of(text, st.booleans(), st.integers(-5, 5)), max_size=3),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sample=samples)
def test_a_round_trip_gives_the_sample_back(tmp_path: Path, sample: Sample) -> None:
    (tmp_path / "rows.jsonl").write_text(lines_of([sample]), encoding="utf-8")
    (found,) = read_dataset(tmp_path / "rows.jsonl").samples
    assert found.digest == sample.digest and found.id == sample.id
    assert dict(found.metadata) == dict(sample.metadata)


@pytest.mark.parametrize(
    "word",
    ["golden", "yes", "on", "17", "sha256:ab", "a: b", "- x", "it's", "{x}", "#1", "null", "é", "a/b.jsonl", '"', ""],
)
def test_words_are_words_to_yaml(word: str) -> None:
    scorers = [{"type": "refusal"}, {"type": "pattern", "pattern": "a{1,2}: #", "name": word}]
    (suite,) = yaml.safe_load(suite_line(word, word, word, scorers))
    assert suite["name"] == suite["dataset"] == suite["sha256"] == word
    assert suite["scorers"] == ["refusal", scorers[1]]
    (rule,) = yaml.safe_load(rule_line(word, word, "failed_x", 0.5))
    assert rule == {"metric": word, "kind": "all", "at_least": 0.5, "slice": {"suite": word, "failed_x": True}}
