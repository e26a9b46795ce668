"""`assay check data`: findings, counts, manifest; what came and went; exit codes."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from assay.checks.catalogue import CHECKS
from assay.checks.codes import codes
from assay.interfaces import data_checking, data_cleaning
from assay.interfaces.cli import run


def row(number: int, answer: str = "Yes, of course.", **more: Any) -> dict[str, Any]:
    return {
        "messages": [{"role": "user", "content": f"Question {number}"}, {"role": "assistant", "content": answer}],
        **more,
    }


def put(path: Path, rows: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


def checked(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, dict[str, Any]]:
    code = run(["check", "data", *map(str, arguments), "--format", "json"])
    return code, json.loads(capsys.readouterr().out or "{}")


def test_clean_data_exits_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = checked(capsys, put(tmp_path / "a.jsonl", [row(n, source="web", license="CC0") for n in range(9)]))
    assert (code, told["findings"], told["counts"]["rows"]) == (0, [], 9)
    manifest = told["manifest"]
    assert (manifest["sources"], manifest["licences"], manifest["shapes"]) == ({"web": 9}, {"CC0": 9}, {"chat": 9})
    assert manifest["files"][0]["forms"] == {"openai messages": 9}


def test_findings_name_file_lines_severity_and_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = put(tmp_path / "a.jsonl", [row(0), row(1, ""), row(2, "Sure.<|im_end|>"), row(3, "")])
    code, told = checked(capsys, file)
    assert code == 1
    found = {one["code"]: one for one in told["findings"]}
    assert found["format.empty_answer"]["where"] == {"file": str(file), "lines": [2, 4]}
    assert found["format.template_token"]["where"]["lines"] == [3]
    assert all(one["severity"] == "high" and one["remediation"] and one["evidence"]["rows"] for one in found.values())
    assert told["counts"]["by_code"] == {"format.empty_answer": 2, "format.template_token": 1}


def test_minor_findings_exit_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(json.dumps(row(1)).encode() + b"\r\n")
    code, told = checked(capsys, file)
    assert (code, [one["code"] for one in told["findings"]]) == (0, ["format.crlf"])


def test_usage_exits_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "data", str(tmp_path / "none.jsonl")]) == 2
    assert run(["check", "data"]) == 2
    assert run(["check", "data", str(put(tmp_path / "a.jsonl", [row(1)])), "--against", str(tmp_path / "none")]) == 2
    assert run(["check", "data", str(tmp_path), "--kind", "other"]) == 2
    capsys.readouterr()


def test_a_missing_package_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert run(["check", "data", str(tmp_path / "a.parquet")]) == 2
    assert "pip install 'assay-llm[data]'" in capsys.readouterr().err
    (tmp_path / "a.jsonl.zst").write_bytes(b"\x28\xb5\x2f\xfd")
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "compression", None)
    assert run(["check", "data", str(tmp_path / "a.jsonl.zst")]) == 2
    assert "zstandard" in capsys.readouterr().err


def test_kind_makes_other_rows_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = put(tmp_path / "a.jsonl", [row(1), {"text": "plain"}, row(2)])
    code, told = checked(capsys, file, "--kind", "sft")
    found = {one["code"]: one["where"]["lines"] for one in told["findings"]}
    assert (code, found["format.other_kind"]) == (1, [2])


def test_standard_input(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.TextIOWrapper(io.BytesIO(b"".join(json.dumps(row(n)).encode() + b"\n" for n in range(3))))
    monkeypatch.setattr(sys, "stdin", content)
    code, told = checked(capsys, "-")
    assert (code, told["counts"]["rows"], told["manifest"]["files"][0]["file"]) == (0, 3, "-")


def test_text_is_worst_first_and_harmless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = put(tmp_path / "a.jsonl", [row(1, "\x1b[31mred\x1b[0m"), row(2, "bad\x1b]0;title\x07</s>")])
    assert run(["check", "data", str(file)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "FINDINGS  1 high, 1 low; 2 rows in 1 file"
    assert lines[1].startswith("Next  format.template_token: Take the marks out")
    assert not any("\x1b" in line or "\x07" in line for line in lines)
    words = [line.split()[0] for line in lines[2:] if line.split()[1:2] and line.split()[1].startswith("format.")]
    assert words == ["high", "low"]


def test_sarif_has_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = put(tmp_path / "a.jsonl", [row(0), row(1, "")])
    target = tmp_path / "out.sarif"
    assert run(["check", "data", str(file), "--format", "sarif", "-o", str(target)]) == 1
    assert capsys.readouterr().out == ""
    (result,) = json.loads(target.read_text())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], result["level"], place["region"]) == ("format.empty_answer", "error", {"startLine": 2})
    assert place["artifactLocation"]["uri"].endswith("a.jsonl")


@pytest.mark.parametrize("form", ["text", "json", "html", "sarif"])
def test_what_is_written_to_a_file_is_told_in_a_line(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file, target = put(tmp_path / "a.jsonl", [row(0), row(1, "")]), tmp_path / "out"
    assert run(["check", "data", str(file), "-q", "--format", form, "-o", str(target)]) == 1
    assert capsys.readouterr().err == f"FINDINGS  1 high; 2 rows in 1 file; written to {target}\n"


def test_the_digest_of_all_rows_knows_no_order_and_no_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Law: shuffling rows, splitting files or writing another form changes nothing; changing a row does."""
    rows = [row(n) for n in range(20)]
    digest = checked(capsys, put(tmp_path / "a.jsonl", rows))[1]["manifest"]["digest"]
    random.Random(1).shuffle(rows)
    put(tmp_path / "b" / "1.jsonl", rows[:7])
    put(tmp_path / "b" / "2.jsonl", [
        {"prompt": one["messages"][0]["content"], "completion": one["messages"][1]["content"]} for one in rows[7:]
    ])  # fmt: skip
    assert checked(capsys, tmp_path / "b")[1]["manifest"]["digest"] == digest
    assert checked(capsys, put(tmp_path / "c.jsonl", [*rows[:-1], row(99)]))[1]["manifest"]["digest"] != digest
    assert checked(capsys, put(tmp_path / "d.jsonl", [*rows, rows[0]]))[1]["manifest"]["digest"] != digest


def test_what_came_went_and_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = put(tmp_path / "old.jsonl", [row(n, source="web") for n in range(10)])
    rows = [row(n, source="web") for n in range(2, 10)] + [row(n, source="synthetic") for n in range(20, 23)]
    rows[0] = row(2, "No.", source="web")
    new = put(tmp_path / "new.jsonl", rows)
    told = checked(capsys, new, "--previous", old)[1]["changes"]
    assert {key: told[key] for key in ("same", "came", "went", "changed")} == {
        "same": 7,
        "came": 3,
        "went": 2,
        "changed": 1,
    }
    assert told["came_where"] == {str(new): [9, 10, 11]}
    assert told["changed_where"] == {str(new): [1]}
    assert told["moved"]["sources"]["synthetic"]["rows"] == [0, 3]
    assert run(["check", "data", str(new), "--previous", str(old)]) == 0
    assert "3 came, 2 went, 1 changed, 7 are the same" in capsys.readouterr().out
    same = checked(capsys, old, "--previous", old)[1]["changes"]
    assert (same["same"], same["came"], same["went"], same["changed"], same["same_rows"]) == (10, 0, 0, 0, True)


def test_an_earlier_manifest_serves_as_the_previous_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = put(tmp_path / "a.jsonl", [row(n, source="web") for n in range(10)])
    manifest = tmp_path / "manifest.json"
    assert run(["check", "data", str(old), "--format", "json", "-o", str(manifest)]) == 0
    told = checked(capsys, old, "--previous", manifest)[1]["changes"]
    assert (told["same_rows"], told["files"]["same"], told["moved"]) == (True, ["a.jsonl"], {})
    put(old, [row(n, source="other") for n in range(4)])
    told = checked(capsys, old, "--previous", manifest)[1]["changes"]
    assert (told["same_rows"], told["rows"], told["files"]["changed"]) == (False, [10, 4], ["a.jsonl"])


def test_required_fields_and_rows_of_a_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = put(
        tmp_path / "a.jsonl", [row(1, source="web"), row(2, source=""), row(3, meta={"source": "forum"}), row(4)]
    )
    code, told = checked(capsys, file, "--require", "source", "--source", "forum")
    found = {one["code"]: one["where"]["lines"] for one in told["findings"]}
    assert (code, found) == (1, {"provenance.missing": [2, 4], "provenance.source": [3]})


def test_rules_decide_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = put(tmp_path / "a.jsonl", [row(1), row(2, ""), row(3, "")])
    code, told = checked(capsys, file, "--at-most", "format.*=2")
    assert (code, told["verdict"]["decision"], told["verdict"]["rules"][0]["rows"]) == (0, "deploy", 2)
    code, told = checked(capsys, file, "--at-most", "format.*=2", "--at-most", "format.empty_answer=1")
    assert (code, [one["outcome"] for one in told["verdict"]["rules"]]) == (1, ["deploy", "block"])
    assert run(["check", "data", str(file), "--at-most", "format.*=1"]) == 1
    assert capsys.readouterr().out.startswith("BLOCK  1 high")
    for wrong in ("format", "format=", "=3", "format=-1", "format=x"):
        assert run(["check", "data", str(file), "--at-most", wrong]) == 2
    capsys.readouterr()


def test_a_cleaned_copy_keeps_all_other_bytes_and_logs_what_went(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Law: what was kept and what was removed are together what there was; the copy has no such finding."""
    lines = [json.dumps(one).encode() + b"\n" for one in (row(0), row(1, ""), row(2, "a\x00b"), row(3, "Sure.</s>"))]
    content = b"".join([*lines[:2], b"{ broken\n", *lines[2:]])
    file = tmp_path / "a.jsonl"
    file.write_bytes(content)
    assert run(["check", "data", str(file), "--fix", str(tmp_path / "out")]) == 1
    assert "2 rows kept, 3 removed" in capsys.readouterr().err
    assert (tmp_path / "out" / "a.jsonl").read_bytes() == lines[0] + lines[2]
    log = [json.loads(line) for line in (tmp_path / "out" / "removed.jsonl").read_text().splitlines()]
    assert [(one["line"], one["codes"]) for one in log] == [
        (2, ["format.empty_answer"]), (3, ["format.not_json"]), (5, ["format.template_token"])]  # fmt: skip
    assert file.read_bytes() == content
    assert run(["check", "data", str(tmp_path / "out" / "a.jsonl")]) == 0
    assert run(["check", "data", str(file), "--fix", str(tmp_path / "out")]) == 2
    assert run(["check", "data", str(file), "--fix", str(tmp_path)]) == 2
    assert file.read_bytes() == content
    capsys.readouterr()
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress(content))
    assert run(["check", "data", str(packed), "--fix", str(tmp_path / "c"), "--drop", "format.control_*"]) == 1
    assert (tmp_path / "c" / "b.jsonl").read_bytes() == b"".join([*lines[:2], b"{ broken\n", lines[3]])


def test_what_has_no_lines_is_not_cleaned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.csv"
    file.write_text("prompt,completion\nq,a\n")
    assert run(["check", "data", str(file), "--fix", str(tmp_path / "out")]) == 2
    assert "JSON Lines" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_checks_have_a_page_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["checks"]) == 0
    assert set(CHECKS) <= {line.split()[0] for line in capsys.readouterr().out.splitlines() if line}
    for name in CHECKS:
        assert run(["checks", name]) == 0
        page = capsys.readouterr().out
        assert CHECKS[name].line in page and ">>>" not in page and "Args:" not in page
        assert any(code in page for code in codes()), name
    for code in ("policy.over_refusal", "policy.refusal_styles"):
        assert run(["checks", code]) == 0
        page = capsys.readouterr().out
        assert page.startswith("refusal_policy:") and code in page
    assert run(["checks", "no-such"]) == 2
    assert "Known: fit" in capsys.readouterr().err


def test_the_page_holds_no_script_and_shows_texts_as_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=y>\x1b[31m</s>"
    file = put(
        tmp_path / "a.jsonl", [row(n, hostile, source="<b>web</b>") for n in range(3)] + [row(9, source="forum")]
    )
    target = tmp_path / "page.html"
    assert run(["check", "data", str(file), "--format", "html", "-o", str(target)]) == 1
    page = target.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>web" not in page
    assert "\x1b" not in page
    assert "default-src &#39;none&#39;" in page
    assert "&lt;script&gt;" in page
    assert page.count('<svg class="bars wide"') == page.count('<svg class="bars narrow"') == 7
    clean = put(tmp_path / "b.jsonl", [row(1)])
    assert run(["check", "data", str(clean), "--previous", str(file), "--at-most", "*=0", "--format", "html"]) == 0
    assert "0 came, 3 went, 1 changed" in capsys.readouterr().out


def test_sizes_are_counted_by_powers_of_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = put(tmp_path / "a.jsonl", [row(1, "x" * size) for size in (1, 2, 3, 4, 1023, 1024)])
    manifest = checked(capsys, file)[1]["manifest"]
    assert manifest["answer_characters"] == {"1": 1, "2-3": 2, "4-7": 1, "512-1,023": 1, "1,024-2,047": 1}
    assert manifest["turns"] == {"2-3": 6}


def test_random_bytes_never_crash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Law: whatever the file holds, the outcome is 0, 1 or 2."""
    chance = random.Random(7)
    good = b"".join(json.dumps(row(n, "x" * 50)).encode() + b"\n" for n in range(20))
    for turn in range(60):
        content = bytearray(good)
        for _ in range(chance.randrange(1, 8)):
            place = chance.randrange(len(content))
            content[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(4))
        name = chance.choice(["a.jsonl", "a.json", "a.csv", "a.txt", "a.parquet", "a.arrow", "a.jsonl.gz", "a"])
        file = tmp_path / name
        file.write_bytes(content)
        assert run(["check", "data", str(file), "--format", chance.choice(["text", "json", "sarif", "html"])]) in {
            0,
            1,
            2,
        }, turn
        capsys.readouterr()


def test_rows_are_held_against_a_deployment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = put(tmp_path / "a.jsonl", [row(1), row(2)])
    deployment = tmp_path / "deployment.yaml"
    deployment.write_text("system_prompt: Be kind.\n")
    code, told = checked(capsys, file, "--deployment", deployment)
    assert (code, told["counts"]["by_code"]) == (0, {"interface.system_prompt": 2})
    assert run(["check", "data", str(file), "--deployment", str(tmp_path / "none.yaml")]) == 2
    capsys.readouterr()


def test_code_is_run_only_where_that_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "```python\ndef f():\n    return 1\n\nassert f() == 2\n```"
    file = put(tmp_path / "a.jsonl", [row(1, code)])
    assert checked(capsys, file)[1]["findings"] == []
    monkeypatch.setattr("assay.interfaces.data_options.Sandbox", _Place)
    found = checked(capsys, file, "--execute")
    assert (found[0], [one["code"] for one in found[1]["findings"]]) == (1, ["synthetic.execution_failed"])


class _Place:
    """Says of every program that an assertion failed."""

    def run(self, program: str) -> str:
        return "assertion"


def test_no_sandbox_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(["check", "data", str(put(tmp_path / "a.jsonl", [row(1)])), "--execute"]) == 2
    assert "no sandbox can be made here" in capsys.readouterr().err


LONG = "Which of the seven harbours along the northern coast was closed after the winter storm of that year"


def test_a_sealed_set_finds_its_items_and_holds_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    holdout = put(tmp_path / "holdout.jsonl", [{"id": "1", "input": LONG, "target": "none"}])
    data = put(tmp_path / "a.jsonl", [row(1), {"prompt": f"Quiz. {LONG}?", "completion": "The third."}])
    hashes = tmp_path / "holdout.hashes"
    assert run(["check", "seal", str(holdout), "-o", str(hashes)]) == 0
    assert b"harbour" not in hashes.read_bytes()
    capsys.readouterr()
    code, told = checked(capsys, data, "--against-hashes", hashes)
    (found,) = [one for one in told["findings"] if one["code"] == "contamination.verbatim"]
    assert code == 1 and found["where"]["lines"] == [2]
    assert found["evidence"]["suite"] == str(hashes)
    assert checked(capsys, put(tmp_path / "b.jsonl", [row(1)]), "--against-hashes", hashes)[0] == 0


def test_a_pack_can_be_held_against(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from assay.interfaces.packing import read_pack

    (sample, *_) = [one for task in read_pack("safety") for one in task.dataset.samples if len(one.prompt.split()) > 8]
    data = put(tmp_path / "a.jsonl", [row(1), {"prompt": sample.prompt, "completion": "No."}])
    code, told = checked(capsys, data, "--against", "pack:safety")
    assert code == 1
    assert any(one["where"]["lines"] == [2] for one in told["findings"] if one["code"] == "contamination.verbatim")
    assert run(["check", "data", str(data), "--against", "pack:nothing"]) == 2
    assert "no pack 'nothing'" in capsys.readouterr().err


def test_what_the_data_was_held_against_is_told_where_nothing_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = put(Path("a.jsonl"), [row(1)])
    put(Path("evals/x.jsonl"), [{"input": LONG, "target": "none"}, row(2)])
    one = put(Path("evals/y.jsonl"), [row(3)])
    hashes = Path("x.hashes")
    assert run(["check", "seal", "evals", "-o", str(hashes)]) == 0
    capsys.readouterr()
    sets = ("evals", one, "pack:safety")
    options = [each for name in sets for each in ("--against", str(name))] + ["--against-hashes", str(hashes)]
    code, told = checked(capsys, data, *options)
    assert code == 0
    counts = {each["name"]: (each["items"], each["found"]) for each in told["asked"]["held"]}
    assert counts["evals"] == (3, 0) and counts[str(one)] == (1, 0) and counts[str(hashes)] == (3, 0)
    assert counts["pack:safety"][0] > 50 and counts["pack:safety"][1] == 0
    assert told["asked"]["against"].keys() == counts.keys()
    assert len(set(told["asked"]["against"].values())) == 4
    for form in ("text", "html"):
        assert run(["check", "data", str(data), *options, "--format", form]) == 0
        said = capsys.readouterr().out
        assert f"Held against {one}, 1 item: none found, looked for word for word" in said
        assert re.search(r"Held against pack:safety, \d+ items: none found, looked for word for word, \d of its", said)
        assert f"Held against {hashes}, 3 items: none found, looked for word for word" in said


def test_what_was_found_of_a_set_is_told_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evals = put(tmp_path / "evals" / "x.jsonl", [{"input": LONG, "target": "none"}, row(2)]).parent
    data = put(tmp_path / "a.jsonl", [row(1), *[{"prompt": f"Quiz. {LONG}?", "completion": "The third."}] * 2])
    code, told = checked(capsys, data, "--against", evals)
    assert (code, told["asked"]["held"][0]["items"], told["asked"]["held"][0]["found"]) == (1, 2, 1)
    run(["check", "data", str(data), "--against", str(evals)])
    assert f"Held against {evals}, 2 items: 1 found" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"not hashes", b"PK"])
def test_a_file_that_holds_no_hashes_is_refused(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").write_bytes(content)
    data = put(tmp_path / "a.jsonl", [row(1)])
    assert run(["check", "data", str(data), "--against-hashes", str(tmp_path / "x")]) == 2
    told = capsys.readouterr().err
    assert f"{tmp_path}" in told and "not a file of sealed items" in told and "pickle" not in told
    assert run(["check", "data", str(data), "--against-hashes", str(tmp_path / "none")]) == 2


def test_digests_of_rows_add_up_to_that_of_the_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = put(tmp_path / "a.jsonl", [row(0), row(1), row(1)])
    with data.open("a") as stream:
        stream.write("{oops\n")
    _, told = checked(capsys, data, "--digests", tmp_path / "rows.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert [(one["file"], one["line"]) for one in rows] == [(str(data), 1), (str(data), 2), (str(data), 3)]
    total = sum(int(one["digest"].removeprefix("sha256:"), 16) for one in rows) % (1 << 256)
    assert told["manifest"]["digest"] == f"sum-sha256:{total:064x}"


def test_a_cleaned_copy_tells_what_was_done_to_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = put(tmp_path / "a.jsonl", [row(0), row(1, ""), row(2, "Sure.<|im_end|>")])
    (tmp_path / "transformations.json").write_text(json.dumps([{"what": "lower case", "by": "prepare.py"}]))
    once, twice = tmp_path / "once", tmp_path / "twice"
    run(["check", "data", str(data), "--fix", str(once), "--drop", "format.empty_answer"])
    run(["check", "data", str(once / "a.jsonl"), "--fix", str(twice)])
    capsys.readouterr()
    _, told = checked(capsys, twice)
    assert (told["counts"]["rows"], told["counts"]["files"]) == (1, 1)
    steps = told["manifest"]["transformations"]
    assert [one["what"] for one in steps] == ["lower case", *["rows of findings were taken out"] * 2]
    assert [one["removed"] for one in steps[1:]] == [{"format.empty_answer": 1}, {"format.template_token": 1}]
    assert steps[1]["to"]["digest"] == steps[2]["from"]["digest"]
    assert steps[2]["to"]["digest"] == told["manifest"]["files"][0]["digest"]
    logged = [json.loads(line) for line in (once / "removed.jsonl").read_text().splitlines()]
    assert logged == [{"file": str(data), "line": 2, "codes": ["format.empty_answer"]}]


def test_a_copy_that_was_changed_afterwards_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = put(tmp_path / "a.jsonl", [row(0), row(1, "")])
    run(["check", "data", str(data), "--fix", str(tmp_path / "out")])
    put(tmp_path / "out" / "a.jsonl", [row(0), row(7)])
    capsys.readouterr()
    _, told = checked(capsys, tmp_path / "out")
    codes = [one["code"] for one in told["findings"]]
    assert [code for code in codes if code.startswith("provenance")] == ["provenance.other_bytes"]
    assert told["manifest"]["transformations"] == []


@pytest.mark.parametrize("text", ["", "{}", "[3]", '[{"by": "x"}]', "[" * 100_000, '[{"what": 3}]'])
def test_a_file_of_that_name_that_tells_nothing_is_no_crash(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = put(tmp_path / "a.jsonl", [row(0)])
    (tmp_path / "transformations.json").write_text(text)
    code, told = checked(capsys, data)
    assert (code, [one["code"] for one in told["findings"]]) == (0, ["provenance.untold"])


def test_a_ledger_hears_of_it_and_holds_no_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.domain.digest import digest
    from assay.store.ledger.book import Ledger

    monkeypatch.setenv("ASSAY_LEDGER_KEY_FILE", str(tmp_path / "key"))
    assert run(["ledger", "init", "--key", str(tmp_path / "key"), "--name", "tests"]) == 0
    public = (tmp_path / "key.pub").read_text().strip()
    data = put(tmp_path / "a.jsonl", [row(0), row(1, "XYZZY <|im_end|>")])
    capsys.readouterr()
    _, told = checked(capsys, data, "--ledger", tmp_path / "book", "--at-most", "format.*=0")
    checked(capsys, data, "--ledger", tmp_path / "book")
    assert run(["ledger", "verify", str(tmp_path / "book"), "--key", public]) == 0
    assert run(["ledger", "show", str(tmp_path / "book"), "--kind", "data"]) == 0
    first, second = capsys.readouterr().out.splitlines()[-2:]
    assert "2 rows in 1 file, " in first and "; verdict block" in first and "; verdict findings" in second
    with Ledger(tmp_path / "book") as ledger:
        entry = next(ledger.entries("data"))
        assert entry.data["findings"] == digest(told["findings"])
        assert entry.data["manifest"] == digest(told["manifest"])
        assert entry.data["files"] == {str(data): told["manifest"]["files"][0]["digest"]}
    assert b"XYZZY" not in (tmp_path / "book" / "ledger.sqlite").read_bytes()


def test_a_ledger_that_was_changed_gets_nothing_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3

    data = put(tmp_path / "a.jsonl", [row(0)])
    checked(capsys, data, "--ledger", tmp_path / "book")
    with sqlite3.connect(tmp_path / "book" / "ledger.sqlite") as base:
        base.execute("DROP TRIGGER entries_UPDATE")
        base.execute("UPDATE entries SET body = ? WHERE seq = 2", (b"{}",))
    base.close()
    assert run(["check", "data", str(data), "--ledger", str(tmp_path / "book")]) == 5


def test_sarif_names_file_and_line_of_each_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = put(tmp_path / "a.jsonl", [row(n, "" if n % 2 else "Yes.") for n in range(300)])
    run(["check", "data", str(file), "--format", "sarif"])
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    (found,) = [one for one in results if one["ruleId"] == "format.empty_answer"]
    places = [one["physicalLocation"] for one in found["locations"]]
    assert [one["region"]["startLine"] for one in places] == list(range(2, 202, 2))
    assert {one["artifactLocation"]["uri"] for one in places} == {f"file://{file}"}


def test_rules_over_codes_that_no_check_makes_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(put(tmp_path / "t.jsonl", [row(1)]))
    for code, near in (("formt.*", "format."), ("duplicate.exat", "duplicate.exact"), ("evidence.answer", "evidence.")):
        assert run(["check", "data", path, "--at-most", f"{code}=0"]) == 2
        told = capsys.readouterr().err
        assert f"--at-most {code}: no check makes findings of this code" in told and near in told


@pytest.mark.parametrize(
    ("rows", "rule", "why"),
    [
        ([], "privacy.*=0", "no row that could be read"),
        ([5] * 5, "privacy.*=9", "no row that could be read"),
        ([row(1), 5, 5], "privacy.*=1", "2 rows of the training data could not be read"),
        ([row(1)], "contamination.verbatim=0", "nobody looked for contamination.verbatim"),
        ([row(1)], "contamination.suite=0", "nobody looked for contamination.suite"),
        ([row(1)], "provenance.missing=0", "nobody looked for provenance.missing"),
    ],
)
def test_a_rule_never_passes_by_what_nobody_saw(
    tmp_path: Path, rows: list[Any], rule: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path / "t.jsonl", rows)
    code, told = checked(capsys, path, "--at-most", rule)
    assert (code, told["verdict"]["decision"]) == (1, "inconclusive")
    assert why in told["verdict"]["rules"][0]["reason"]
    run(["check", "data", str(path), "--at-most", rule, "-q"])
    assert capsys.readouterr().out.startswith("INCONCLUSIVE")


def test_rows_that_could_not_be_read_pass_a_rule_that_leaves_room_for_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path / "t.jsonl", [row(1), 5, 5])
    assert checked(capsys, path, "--at-most", "privacy.*=2")[0] == 0
    assert checked(capsys, path, "--at-most", "format.not_a_row=2")[0] == 0
    assert checked(capsys, path, "--at-most", "format.not_a_row=1")[0] == 1


def test_hashes_alone_do_not_look_for_other_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path / "t.jsonl", [row(1)])
    run(["check", "seal", str(put(tmp_path / "s.jsonl", [row(2)])), "-o", str(tmp_path / "s.hashes")])
    capsys.readouterr()
    sealed = ("--against-hashes", str(tmp_path / "s.hashes"))
    assert checked(capsys, path, *sealed, "--at-most", "contamination.verbatim=0")[0] == 0
    assert checked(capsys, path, *sealed, "--at-most", "contamination.rephrased=0")[0] == 1


@pytest.mark.parametrize("option", ["-o", "--digests"])
def test_nothing_that_is_read_is_written_over(tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path / "t.jsonl", [row(1)])
    held = put(tmp_path / "held.jsonl", [row(2)])
    link = tmp_path / "link.jsonl"
    link.symlink_to(path)
    before = path.read_bytes(), held.read_bytes()
    for target in (path, link, held):
        assert run(["check", "data", str(path), "--against", str(held), option, str(target)]) == 2
        assert "is read or written already" in capsys.readouterr().err
    assert (path.read_bytes(), held.read_bytes()) == before
    both = str(tmp_path / "out")
    assert run(["check", "data", str(path), "-o", both, "--digests", both]) == 2


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--drop", "format.*"), "give --fix DIR too"),
        (("--fix", "new", "--drop", "formt.*"), "--drop formt.*: no check makes findings of this code"),
        (("--fix", "t.jsonl"), "is a file; --fix takes a folder"),
        (("--fix", "."), "stands there already"),
    ],
)
def test_a_copy_that_cannot_be_made_is_told_before_anything_is_read(
    tmp_path: Path,
    options: tuple[str, ...],
    why: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(tmp_path / "t.jsonl", [row(1, "")])
    monkeypatch.chdir(tmp_path)
    assert run(["check", "data", "t.jsonl", *options]) == 2
    told = capsys.readouterr()
    assert why in told.err and not told.out
    assert [one.name for one in tmp_path.iterdir()] == ["t.jsonl"]


def test_a_copy_that_was_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path / "t.jsonl", [row(1), row(2, "")])
    real = data_cleaning.copied

    def interrupted(*arguments: Any) -> Any:
        real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(data_cleaning, "copied", interrupted)
    run(["check", "data", str(path), "--fix", str(tmp_path / "new")])
    assert list((tmp_path / "new").iterdir()) == []


def test_rows_below_blank_lines_of_a_json_file_are_the_ones_that_go(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(f"\n\n{json.dumps(row(1))}\n{json.dumps(row(2, ''))}\n")
    assert run(["check", "data", str(path), "--fix", str(tmp_path / "new")]) == 1
    assert (tmp_path / "new" / "t.json").read_text() == json.dumps(row(1)) + "\n"


def test_files_of_a_folder_that_nobody_could_read_are_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "data" / "a.jsonl", [row(1)])
    for name in ("b.jsonl.bz2", "c.jsonl.bz2", "README"):
        (tmp_path / "data" / name).write_text("x")
    code, told = checked(capsys, tmp_path / "data")
    (found,) = told["findings"]
    assert (code, found["code"], found["evidence"]["rows"]) == (0, "provenance.passed_over", 3)
    assert found["evidence"]["kinds"] == {".bz2": 2, "README": 1}
    assert checked(capsys, tmp_path / "data", "--at-most", "provenance.passed_over=0")[0] == 1


def test_text_says_what_is_only_told_in_a_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path / "t.jsonl", [row(n, f"Answer {n}, of course.") for n in range(60)])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert run(["check", "data", str(path), "-q"]) == 0
    head, *rest = capsys.readouterr().out.splitlines()
    assert head.startswith("CLEAN  ") and head.endswith(" info; 60 rows in 1 file")
    assert [one for one in rest if "byte_order_mark" in one] == [
        "  format.byte_order_mark     1 line begins with a byte order mark"
    ]
    run(["check", "data", str(path), "-q", "--full"])
    assert "          Write UTF-8 without a mark" in capsys.readouterr().out.splitlines()


def test_text_puts_one_defect_of_several_files_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(8):
        put(tmp_path / f"{number}.jsonl", [row(number, f"Answer {number}, of course."), 5, 5])
    assert run(["check", "data", str(tmp_path), "-q"]) == 1
    told = capsys.readouterr().out
    assert told.splitlines()[0] == "FINDINGS  8 high; 8 rows in 8 files, 16 more could not be read"
    assert told.count("format.not_a_row  2 rows are no objects") == 1
    assert "0.jsonl: 2 rows, lines 2, 3" in told and "          and 3 more files" in told


def test_minor_findings_are_not_called_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path / "t.jsonl", [row(1), row(1)])
    assert run(["check", "data", str(path), "-q"]) == 0
    assert capsys.readouterr().out.startswith("MINOR  1 medium; 2 rows in 1 file\nNext  duplicate.exact: ")


def test_rows_beyond_those_that_a_finding_names_are_said_to_be_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.checks.overlap._MOST_LINES", 3)
    asked = "Which of the seven bridges over the old river was closed for repairs in the autumn of that year?"
    rows = [row(n) | {"messages": [{"role": "user", "content": asked}, *row(n)["messages"][1:]]} for n in range(5)]
    held = put(tmp_path / "held.jsonl", rows[:1])
    path = put(tmp_path / "t.jsonl", rows)
    options = ("--against", str(held), "--fix", str(tmp_path / "new"), "--drop", "contamination.verbatim")
    run(["check", "data", str(path), *options])
    assert "warning: 2 more rows should go" in capsys.readouterr().err


def test_a_file_that_changed_since_it_was_checked_is_not_copied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "t.jsonl", [row(1), row(2, "")])
    monkeypatch.setattr(data_checking, "put", lambda *_: put(path, [row(3, ""), row(4)]))
    assert run(["check", "data", str(path), "--fix", str(tmp_path / "new")]) == 2
    assert "is not the file that was checked" in capsys.readouterr().err
    assert list((tmp_path / "new").iterdir()) == []
