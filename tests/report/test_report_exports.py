"""Exports for other programs: OTLP/JSON events, Hub entries, CycloneDX, coverage of frameworks, the pack."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest
import yaml

from assay.domain.audit import Audit
from assay.domain.score import Score
from assay.domain.trial import Failure, Output, Trial
from assay.report.coverage import FOUND, MISSING, OUTSIDE, coverage, mapping_json, mapping_markdown
from assay.report.cyclonedx import cyclonedx
from assay.report.hub import hub
from assay.report.otel import otel
from assay.report.pack import pack_files, zipped
from assay.store.mappings import framework, frameworks

HEX = re.compile("[0-9a-f]+")


def audits(made: ModuleType) -> list[Audit]:
    """One of each decision, and one whose every text is hostile."""
    names = ("blocked", "deployed", "monitored", "reviewed", "inconclusive", "hostile")
    return [getattr(made, name)() for name in names if hasattr(made, name)]


def scored(audit: Audit) -> list[tuple[Trial, Sequence[Score]]]:
    base = {"task": "golden", "sample_id": "1", "sample_digest": "sha256:ab"}
    name = audit.candidate.identity.name
    output = Output(text="Sure!", served_model="m-1")
    traced = Output(
        text="Sure!", metadata={"trace_id": "0AF7651916CD43DD8448EB211C80319C", "span_id": "b7ad6b7169203331"}
    )
    failed = Failure(cause="timeout", message="no reply")
    return [
        (
            Trial(subject="reference", output=output, **base),  # type: ignore[arg-type]
            (Score(metric="refusal", value=True, explanation="declines", scorer="refusal", version="3"),),
        ),
        (
            Trial(subject=name, output=traced, started=1795762479.5, **base),  # type: ignore[arg-type]
            (
                Score(metric="refusal", value=False),
                Score(metric="decision", value="comply"),
                Score(metric="length", value=5.0),
            ),
        ),
        (
            Trial(subject=name, failure=failed, epoch=2, **base),  # type: ignore[arg-type]
            (Score(metric="refusal", value=None, unscored="timeout"),),
        ),
        (Trial(subject="judge", output=output, **base), (Score(metric="refusal", value=True),)),  # type: ignore[arg-type]
    ]


def events(lines: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for line in lines:
        (resource,) = json.loads(line)["resourceLogs"]
        (scope,) = resource["scopeLogs"]
        found += scope["logRecords"]
    return found


def attributes(event: dict[str, Any]) -> dict[str, Any]:
    values = {one["key"]: next(iter(one["value"].values())) for one in event["attributes"]}
    assert len(values) == len(event["attributes"])
    return values


def test_every_score_is_an_event(made: ModuleType) -> None:
    audit = made.blocked()
    found = events(list(otel([audit], scored(audit), {"refusal": True, "length": False})))
    assert {event["eventName"] for event in found} == {"gen_ai.evaluation.result"}
    told = [attributes(event) for event in found]
    by_score = [(one.get("gen_ai.evaluation.name"), one.get("gen_ai.evaluation.score.label")) for one in told[:5]]
    assert by_score == [
        ("refusal", "pass"),
        ("refusal", "fail"),
        ("decision", "comply"),
        ("length", None),
        ("refusal", None),
    ]
    assert told[0]["gen_ai.evaluation.score.value"] == 1.0
    assert told[0]["gen_ai.response.model"] == "m-1"
    assert told[4]["error.type"] == "timeout"
    assert "gen_ai.evaluation.score.value" not in told[4]
    assert told[-1]["gen_ai.evaluation.name"] == "assay.decision"
    assert told[-1]["gen_ai.evaluation.score.label"] == "block"
    rules = [one for one in told if "assay.rule.kind" in one]
    assert len(rules) == sum(1 + len(one.parts) for one in audit.verdict.outcomes)


def test_ids_are_hexadecimal_and_kept_where_an_answer_has_them(made: ModuleType) -> None:
    audit = made.blocked()
    first, second, third, _, failed, *rest = events(list(otel([audit], scored(audit), {})))
    for event in (first, second, failed):
        assert HEX.fullmatch(event["traceId"]) and len(event["traceId"]) == 32
        assert HEX.fullmatch(event["spanId"]) and len(event["spanId"]) == 16
    assert second["traceId"] == "0af7651916cd43dd8448eb211c80319c" == third["traceId"]
    assert first["traceId"] != failed["traceId"]
    assert all("traceId" not in event for event in rest)
    assert second["timeUnixNano"] == "1795762479500000000"


def test_events_are_written_in_batches_and_always_alike(made: ModuleType) -> None:
    audit = made.deployed()
    many = scored(audit)[:1] * 1200
    lines = list(otel([audit], many, {}))
    assert [len(events([line])) for line in lines[:2]] == [500, 500]
    assert lines == list(otel([audit], many, {}))


def test_otlp_names_are_those_of_the_protocol(made: ModuleType) -> None:
    """The protocol's own classes refuse a field that they do not know."""
    json_format = pytest.importorskip("google.protobuf.json_format")
    logs = pytest.importorskip("opentelemetry.proto.logs.v1.logs_pb2")
    for audit in audits(made):
        for line in otel([audit], scored(audit), {"refusal": True}):
            json_format.Parse(line, logs.LogsData())


def test_exports_hold_no_nan_and_no_hidden_characters(made: ModuleType) -> None:
    for audit in audits(made):
        texts = [*otel([audit], scored(audit), {}), hub([audit]), cyclonedx([audit])]
        covered = [(audit, coverage(audit, frameworks()))]
        texts += [json.dumps(mapping_json(covered, frameworks())), mapping_markdown(covered, frameworks())]
        for text in texts:
            assert "NaN" not in text and "Infinity" not in text
            assert "\x1b" not in text and "\u202e" not in text
            text.encode("utf-8")


def test_hub_entries_have_the_fields_of_the_hub(made: ModuleType) -> None:
    for audit in audits(made):
        for entry in yaml.safe_load(hub([audit])) or []:
            assert set(entry) <= {"dataset", "value", "date", "notes"}
            assert set(entry["dataset"]) == {"id", "task_id"}
            assert re.fullmatch(r"local/[A-Za-z0-9_.-]+", entry["dataset"]["id"])
            assert isinstance(entry["value"], float)
    (first, *_) = yaml.safe_load(hub([made.blocked()]))
    assert first["dataset"]["task_id"] == "refusal"
    assert first["value"] == 0.0278
    assert "n=" in first["notes"] and "audit decision block" in first["notes"]


def test_hub_entries_are_read_by_the_hubs_library(made: ModuleType) -> None:
    library = pytest.importorskip("huggingface_hub")
    read = getattr(library, "parse_eval_result_entries", None)
    if read is None:
        pytest.skip("this version of huggingface_hub reads no evaluation results")
    for audit in audits(made):
        entries = yaml.safe_load(hub([audit])) or []
        assert len(read(entries)) == len(entries)


def test_the_model_card_has_figures_with_intervals(made: ModuleType) -> None:
    document = json.loads(cyclonedx([made.blocked()]))
    candidate, reference = document["components"]
    assert (candidate["bom-ref"], reference["bom-ref"]) == ("candidate-1", "reference")
    metrics = candidate["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    level = next(one for one in metrics if one["type"] == "refusal" and "slice" not in one)
    drop = next(one for one in metrics if one["type"] == "refusal relative drop" and "slice" not in one)
    assert level["value"] == "0.0278"
    assert set(drop["confidenceInterval"]) == {"lowerBound", "upperBound"}
    assert any("category=" in one.get("slice", "") for one in metrics)
    assert document["serialNumber"] == json.loads(cyclonedx([made.blocked()]))["serialNumber"]
    assert document["serialNumber"] != json.loads(cyclonedx([made.deployed()]))["serialNumber"]


def test_the_model_card_is_valid_cyclonedx(made: ModuleType) -> None:
    validation = pytest.importorskip("cyclonedx.validation.json")
    schema = pytest.importorskip("cyclonedx.schema")
    pytest.importorskip("jsonschema")
    versions = [one for name in ("V1_6", "V1_7") if (one := getattr(schema.SchemaVersion, name, None)) is not None]
    for version in versions:
        validator = validation.JsonStrictValidator(version)
        for group in [[audit] for audit in audits(made)] + [[made.blocked("a"), made.deployed("b")]]:
            text = cyclonedx(group).replace('"specVersion": "1.6"', f'"specVersion": "{version.to_version()}"')
            assert validator.validate_str(text) is None


def test_no_mapping_says_that_anything_is_compliant(made: ModuleType) -> None:
    for one in frameworks():
        words = " ".join([one.name, one.note, *(f"{each.says} {each.out_of_scope}" for each in one.controls)])
        assert "complian" not in words.lower() and "compliant" not in words.lower()
        assert one.version
    covered = [(made.blocked(), coverage(made.blocked(), frameworks()))]
    text = mapping_markdown(covered, frameworks()) + json.dumps(mapping_json(covered, frameworks()))
    assert "complian" not in text.lower()


def test_evidence_names_only_what_assay_has() -> None:
    """A pattern that nothing can match would say "not found" for ever."""
    from assay.domain.metrics import CATALOGUE

    known = set(CATALOGUE)
    for one in frameworks():
        for control in one.controls:
            for pattern in control.evidence:
                kind, _, name = pattern.partition(":")
                if kind == "metric" and not name.startswith("garak_"):
                    assert any(each == name or (name.endswith("*") and each.startswith(name[:-1])) for each in known), (
                        pattern
                    )


def test_iso_text_is_not_repeated() -> None:
    (iso,) = [one for one in frameworks() if one.key == "iso-42001"]
    assert all(not one.says for one in iso.controls)


def test_coverage_follows_what_was_measured(made: ModuleType) -> None:
    audit = made.blocked()
    by_id = {one.control.id: one for one in coverage(audit, frameworks())}
    assert by_id["MEASURE 2.6"].status == FOUND
    assert any(line.startswith("metric:refusal: candidate 2.8 %") for line in by_id["MEASURE 2.6"].found)
    assert by_id["MEASURE 2.10"].status == MISSING
    assert by_id["GOVERN"].status == OUTSIDE
    assert by_id["2(g), reports"].status == MISSING
    signed = {one.control.id: one for one in coverage(audit, frameworks(), ["verdict.dsse.json"])}
    assert signed["2(g), reports"].status == FOUND


def test_findings_point_at_controls(made: ModuleType) -> None:
    audit = made.blocked()
    told = mapping_json([(audit, coverage(audit, frameworks()))], frameworks())
    (candidate,) = told["candidates"]
    (finding,) = candidate["findings"]
    assert "nist-ai-rmf MEASURE 2.6" in finding["controls"]
    assert "owasp-llm LLM02:2025" not in finding["controls"]


@pytest.mark.parametrize(
    "text",
    [
        "framework: x\nversion: 1\ncontrols: []",
        "framework: x\nversion: 1\nother: 1\ncontrols: [{id: a, evidence: ['fact:plan']}]",
        "framework: x\nversion: 1\ncontrols: [{id: a}]",
        "framework: x\nversion: 1\ncontrols: [{id: a, evidence: ['fact:plan'], out_of_scope: 'no'}]",
        "framework: x\nversion: 1\ncontrols: [{id: a, evidence: ['plan']}]",
        "framework: x\nversion: 1\ncontrols: [{id: a, evidence: ['fact:plan']}, {id: a, evidence: ['fact:plan']}]",
        "[]",
    ],
)
def test_a_mapping_that_is_none_is_refused(text: str) -> None:
    from assay.domain.errors import DataError

    with pytest.raises(DataError):
        framework("x", text)


def test_the_pack_is_the_same_each_time_and_its_manifest_holds(made: ModuleType) -> None:
    import hashlib

    def packed() -> bytes:
        files = pack_files([made.blocked()], {"refusal": "page\n"}, frameworks(), {"verdict.dsse.json": b"{}"})
        return zipped(files)

    content = packed()
    assert content == packed()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert {"verdict.json", "report.html", "cards/refusal.md", "mapping.md", "verdict.dsse.json"} <= set(names)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        manifest = json.loads(archive.read("manifest.json"))["files"]
        for name in set(names) - {"manifest.json"}:
            assert manifest[name] == "sha256:" + hashlib.sha256(archive.read(name)).hexdigest()
        assert "complian" not in "".join(archive.read(name).decode() for name in names if name.endswith(".md")).lower()


def test_the_pack_says_how_to_check_what_an_identity_signed(made: ModuleType) -> None:
    for name, there in (("verdict.sigstore.json", True), ("verdict.dsse.json", False)):
        files = pack_files([made.blocked()], {}, frameworks(), {name: b"{}"})
        told = files["README.md"].decode()
        assert ("assay verify verdict.sigstore.json --identity WHO --issuer URL" in told) is there
        assert ("| verdict.sigstore.json | " in told) is there


def test_hostile_texts_stay_within_their_cells(made: ModuleType) -> None:
    audit = made.hostile()
    for line in mapping_markdown([(audit, coverage(audit, frameworks()))], frameworks()).splitlines():
        assert not re.search(r"(?<!\\)<script|(?<!\\)\]\(http", line)
        if line.startswith("| "):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5
