"""Names in a plan to objects."""

from __future__ import annotations

from dataclasses import fields
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from assay import registry
from assay.domain.errors import MissingExtra, PlanError
from assay.registry import SUBJECTS, load, missing, page, scorer, scorer_digest, scorer_names, settings_of
from assay.scorers import Json, Match, Recorded, Refusal


def test_a_name_gives_a_scorer_with_its_defaults() -> None:
    assert Refusal() == scorer("refusal")
    assert Refusal() == scorer({"type": "refusal"})


def test_settings_are_the_fields() -> None:
    assert Match(kind="numeric", tolerance=1.0) == scorer({"type": "match", "kind": "numeric", "tolerance": 1})
    assert Json(schema={"type": "object"}) == scorer({"type": "json", "schema": {"type": "object"}})


def test_name_in_a_plan_names_the_metric() -> None:
    judge = scorer({"type": "recorded", "field": "unsafe", "name": "harmful_answer"})
    assert Recorded(field="unsafe", metric="harmful_answer") == judge
    assert judge.name == "recorded"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("refusl", "suites[0].scorers[1]: no scorer is called 'refusl'. Did you mean 'refusal'? Known: "),
        ({"type": "match", "knd": 1}, "match: no setting is called 'knd'. Did you mean 'kind'? Known: kind, name, tol"),
        ({"type": "match", "kind": "foo"}, "match.kind: invalid enum value 'foo'"),
        ({"type": "refusal", "window": 200}, "refusal: 'window': it is gone with version 3"),
        ({"type": "refusal", "filtered_is_refusal": 1}, "expected 'bool', got 'int'; it is 1"),
        ({"type": "refusal", "filtered_is_refusal": "yes"}, "expected 'bool', got 'str'; it is 'yes'"),
        ({"type": "match", "tolerance": float("nan")}, "match.tolerance: expected a finite number"),
        ({"type": "recorded"}, "recorded: needs 'field'"),
        ({"type": "recorded", "field": "x", "name": "a", "metric": "b"}, "'name' and 'metric' mean the same"),
        ({"type": "json", "schema": {"type": "objct"}}, "json: not a JSON Schema at type"),
        ({"type": "pattern", "pattern": "("}, "pattern: pattern '(' is not a regular expression"),
        ({"type": "pattern", "pattern": "x", "name": "leak_rate"}, "pattern: name 'leak_rate' is taken by a metric"),
        ({"type": "match", "_compiled": 1}, "no setting is called '_compiled'"),
        ({"kind": "x"}, "not a scorer"),
        (3, "not a scorer: 3. A scorer is a name, or a mapping with 'type'"),
        (None, "not a scorer: None"),
    ],
)
def test_what_cannot_be_followed_says_where_and_what_to_write(spec: Any, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        scorer(spec, "suites[0].scorers[1]")
    assert str(caught.value).startswith("suites[0].scorers[1]: ")
    assert message in str(caught.value)


def test_every_scorer_has_a_page_in_the_rule_form() -> None:
    for name in scorer_names():
        text = page(name)
        for heading in ("Looks for:", "Why:", "Misses:", "Example:", "Settings:", "Source:", "Examples:"):
            assert heading in text, (name, heading)
        assert text.startswith(f"{name} (version ")


def shown_settings(name: str) -> set[str]:
    settings = {field.name for field in fields(load("scorer", name, "x")) if field.init}
    return {"name" if setting == "metric" else setting for setting in settings}


def test_the_page_names_every_setting() -> None:
    for name in scorer_names():
        text = page(name).partition("Settings:")[2].partition("Source:")[0]
        for field in shown_settings(name):
            assert field in text, (name, field)


def test_the_digest_changes_with_every_setting() -> None:
    digests = {
        scorer_digest(judge)
        for judge in (
            Refusal(),
            Refusal(partial="comply"),
            Refusal(filtered_is_refusal=True),
            Match(),
            Match(kind="any"),
        )
    }
    assert len(digests) == 5
    assert scorer_digest(Refusal()) == scorer_digest(scorer("refusal"))


def test_settings_are_plain_values() -> None:
    assert settings_of(Json(schema={"type": "object"})) == {
        "schema": {"type": "object"},
        "schema_key": "",
        "fence": True,
        "metric": "json",
    }


def test_a_missing_package_names_the_extra_to_install() -> None:
    error = missing(
        "subject 'local:models/base'", ModuleNotFoundError("No module named 'transformers'", name="transformers")
    )
    assert (
        str(error) == "subject 'local:models/base' needs transformers, which is not installed. "
        "Install with: pip install 'assay-llm[local]'"
    )
    assert isinstance(error, MissingExtra)
    other = missing("scorer 'x'", ModuleNotFoundError("No module named 'nltk.data'", name="nltk.data"))
    assert str(other).endswith("needs nltk, which is not installed. Install with: pip install nltk")


def test_a_missing_module_of_our_own_is_no_missing_extra() -> None:
    error = ModuleNotFoundError("No module named 'assay.nowhere'", name="assay.nowhere")
    assert missing("scorer 'x'", error) is error


def test_plugins_come_through_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = {
        "own": EntryPoint("own", "assay.scorers.length:Length", "assay.scorers"),
        "absent": EntryPoint("absent", "no_such_package_here.scorers:Own", "assay.scorers"),
        "wrong": EntryPoint("wrong", "assay.domain.sample:Dataset", "assay.scorers"),
    }
    monkeypatch.setattr(registry, "_plugins", lambda room: plugins if room == "scorer" else {})
    assert scorer({"type": "own", "unit": "words"}).name == "length"
    assert {"own", "absent"} <= set(scorer_names())
    with pytest.raises(MissingExtra, match="scorer 'absent' needs no_such_package_here"):
        scorer("absent")
    with pytest.raises(PlanError, match="wrong: needs 'name', 'samples'"):
        scorer("wrong")
    with pytest.raises(PlanError, match="wrong: Dataset is not a scorer"):
        scorer({"type": "wrong", "name": "x", "samples": []})


def test_subjects_are_found_by_the_same_door() -> None:
    assert {"adapter", "callable", "endpoint", "local", "recorded"} <= set(SUBJECTS)
    with pytest.raises(PlanError, match=r"candidate: no subject is called 'endpont'\. Did you mean 'endpoint'"):
        load("subject", "endpont", "candidate")


def test_every_scorer_has_its_part_of_the_docs() -> None:
    pages = Path(__file__).parents[1] / "docs" / "scorers"
    for name in scorer_names():
        part = (pages / f"{name}.md").read_text(encoding="utf-8")
        assert all(setting in part for setting in shown_settings(name)), name
