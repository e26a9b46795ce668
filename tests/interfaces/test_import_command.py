"""`assay import`: files that the real programs wrote (tests/assets/imports/make_imports.py), and broken ones."""

from __future__ import annotations

import json
import math
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run
from assay.store.import_plan import metric_name

ASSETS = Path(__file__).parents[1] / "assets" / "imports"
PROMPTS = [
    "What is the capital of Norway?",
    "How many legs does an ant have?",
    "Which metal is liquid at room temperature?",
    "What colour do blue and yellow paint make?",
    "In which month does the year begin?",
    "What is 7 times 8?",
]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def imported(out: Path, *arguments: str | Path) -> int:
    return run(["import", *map(str, arguments), "-o", str(out)])


def lm_eval(side: str) -> Path:
    (found,) = (ASSETS / f"lm-eval-{side}").glob("samples_*.jsonl")
    return found


def decided(out: Path, tmp_path: Path) -> dict[str, Any]:
    run(["audit", str(out / "audit.yaml"), "-o", str(tmp_path / "run"), "-q"])
    verdict: dict[str, Any] = json.loads((tmp_path / "run" / "verdict.json").read_text())
    return verdict


def rule(verdict: dict[str, Any], metric: str) -> dict[str, Any]:
    (found,) = [one for one in verdict["rules"] if one["metric"] == metric]
    return dict(found)


def test_inspect_json_pairs_are_gated_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    sides = [ASSETS / f"inspect-{side}.json" for side in ("reference", "candidate")]
    assert imported(out, *sides, "--from", "inspect") == 0
    assert f"Next:  assay audit {out / 'audit.yaml'}" in capsys.readouterr().out
    assert [row["input"] for row in lines(out / "samples.jsonl")] == PROMPTS[:3]
    assert [row["target"] for row in lines(out / "samples.jsonl")] == ["Oslo", "six", "mercury"]
    assert [row["output"] for row in lines(out / "candidate.jsonl")] == [
        "It is Bergen.",
        "It is six.",
        "It is mercury.",
    ]
    assert lines(out / "candidate.jsonl")[0]["metadata"]["imported_scores"] == {"includes": 0.0}
    verdict = decided(out, tmp_path)
    assert rule(verdict, "inspect_includes")["reference"]["value"] == 1.0
    assert math.isclose(rule(verdict, "inspect_includes")["candidate"]["value"], 2 / 3)
    assert verdict["counts"]["errors"] == 0


def test_inspect_archives_give_what_their_documents_give(tmp_path: Path) -> None:
    pytest.importorskip("zstandard")
    for form in ("eval", "json"):
        assert imported(tmp_path / form, ASSETS / f"inspect-reference.{form}", "--from", "inspect") == 0
    assert [row["input"] for row in lines(tmp_path / "eval" / "samples.jsonl")] == PROMPTS
    assert lines(tmp_path / "eval" / "samples.jsonl")[:3] == lines(tmp_path / "json" / "samples.jsonl")
    fields = ("id", "output", "sample_digest", "metadata", "usage", "finish_reason")
    eval_rows, json_rows = (lines(tmp_path / form / "outputs.jsonl")[:3] for form in ("eval", "json"))
    assert [[row[key] for key in fields] for row in eval_rows] == [[row[key] for key in fields] for row in json_rows]


def test_repeats_of_inspect_are_epochs_and_its_grader_is_kept(tmp_path: Path) -> None:
    assert imported(tmp_path, ASSETS / "inspect-graded.json", "--from", "inspect") == 0
    assert [(row["id"], row["epoch"]) for row in lines(tmp_path / "outputs.jsonl")] == [("q1", 1), ("q1", 2)]
    (told,) = json.loads((tmp_path / "import.json").read_text())["runs"]
    assert told["scoring"]["model_graded_qa"]["model"] == "openai-api/mock/judge"
    assert (told["model"], told["version"], told["epochs"]) == ("openai-api/mock/graded", "0.3.285", 2)


def test_lm_eval_pairs_are_gated_at_once(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert imported(out, lm_eval("reference"), lm_eval("candidate"), "--from", "lm-eval") == 0
    first = lines(out / "samples.jsonl")[0]
    assert first["input"] == [{"role": "user", "content": f"Q: {PROMPTS[0]}"}]
    assert first["target"] == "It is Oslo."
    told = json.loads((out / "import.json").read_text())
    assert told["comparable"] is True
    assert told["differences"] == []
    assert told["runs"][0]["settings"]["temperature"] == 0
    verdict = decided(out, tmp_path)
    assert math.isclose(rule(verdict, "lm_eval_exact_match")["candidate"]["value"], 4 / 6)


def test_likelihoods_of_lm_eval_are_choices(tmp_path: Path) -> None:
    assert imported(tmp_path, lm_eval("choices"), "--from", "lm-eval") == 0
    sample, output = lines(tmp_path / "samples.jsonl")[0], lines(tmp_path / "outputs.jsonl")[0]
    assert (sample["choices"], sample["target"]) == ([" Oslo", " none of these"], "A")
    first, second = output["choice_logprobs"]
    assert output["metadata"]["imported_scores"]["acc"] == float(first > second)
    assert output["output"] == ("Oslo" if first > second else "none of these")


def test_a_folder_of_lm_eval_is_a_run_of_all_its_tasks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One run writes a samples file for each task, and `results_*.json` for all; older runs stay in the folder."""
    folders = []
    for side in ("reference", "candidate"):
        folder = tmp_path / side
        folder.mkdir()
        for task, wanted in (("quiz", 6), ("other", 4)):
            rows = lm_eval(side).read_text().splitlines()[:wanted]
            (folder / f"samples_{task}_2026-01-02T03-04-05.678.jsonl").write_text("\n".join([*rows, "{cut"]))
        (folder / "samples_quiz_2025-01-02T03-04-05.678.jsonl").write_text("old")
        folders.append(folder)
    out = tmp_path / "out"
    assert imported(out, *folders, "--from", "lm-eval") == 0
    ids = [row["id"] for row in lines(out / "samples.jsonl")]
    assert ids == [*(f"other:{n}" for n in range(4)), *(f"quiz:{n}" for n in range(6))]
    assert lines(out / "samples.jsonl")[0]["metadata"]["task"] == "other"
    assert "2 x last line is cut" in capsys.readouterr().out
    assert decided(out, tmp_path)["counts"]["errors"] == 0
    capsys.readouterr()
    assert imported(tmp_path / "none", tmp_path, tmp_path, "--from", "lm-eval") == 2
    assert "several models (candidate, reference)" in capsys.readouterr().err
    (tmp_path / "path").mkdir()
    (tmp_path / "reference").rename(tmp_path / "path" / "org__model")
    assert imported(tmp_path / "deeper", tmp_path / "path", "--from", "lm-eval") == 0, "as --output_path leaves it"


def test_packed_lines_are_read_and_bombs_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import gzip

    from assay.store import foreign

    file = tmp_path / "samples_quiz_2026-01-01.jsonl.gz"
    file.write_bytes(gzip.compress(lm_eval("reference").read_bytes()))
    assert imported(tmp_path / "out", file, "--from", "lm-eval") == 0
    file.write_bytes(gzip.compress(lm_eval("reference").read_bytes() * 2000))
    monkeypatch.setattr(foreign, "_RATIO_FROM", 1_000_000)
    monkeypatch.setattr(foreign, "_HIGHEST_RATIO", 50)
    assert imported(tmp_path / "bomb", file, "--from", "lm-eval") == 2
    assert "unpacks to more than 50 times its size" in capsys.readouterr().err


def test_columns_of_promptfoo_are_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    options = ["--model", "openai:chat:reference", "--candidate-model", "2"]
    assert imported(out, ASSETS / "promptfoo.json", *options, "--from", "promptfoo") == 0
    rows = {row["id"]: row for row in lines(out / "candidate.jsonl")}
    assert rows["5"]["output"] == "It is 54."
    assert rows["5"]["metadata"]["imported_scores"] == {"icontains": False, "success": False}
    sample = next(row for row in lines(out / "samples.jsonl") if row["id"] == "0")
    assert sample["input"] == f"Answer in one sentence. {PROMPTS[0]}"
    assert sample["metadata"]["topic"] == "places"
    verdict = decided(out, tmp_path)
    assert math.isclose(rule(verdict, "promptfoo_icontains")["candidate"]["value"], 4 / 6)


def test_what_promptfoos_grader_could_not_judge_is_unscored(tmp_path: Path) -> None:
    """promptfoo counts a failed grader as 0; here it is no score at all."""
    options = ["--from", "promptfoo", "--model", "1"]
    assert imported(tmp_path, ASSETS / "promptfoo.json", *options) == 0
    (row,) = [row for row in lines(tmp_path / "outputs.jsonl") if row["id"] == "0"]
    assert row["metadata"]["imported_scores"] == {"icontains": True, "llm-rubric": None, "success": None}
    (problem,) = json.loads((tmp_path / "import.json").read_text())["runs"][0]["problems"]
    assert "counted as 0 by promptfoo" in problem["what"]


def test_an_assertion_concerns_only_samples_that_have_it(tmp_path: Path) -> None:
    """Two of six have a rubric; the others are not unscored, they are not asked."""
    out = tmp_path / "out"
    options = ["--model", "1", "--candidate-model", "2", "--from", "promptfoo"]
    assert imported(out, ASSETS / "promptfoo.json", *options) == 0
    found = rule(decided(out, tmp_path), "promptfoo_llm-rubric")
    assert (found["n"], found["n_unscored"]) == (1, 1)


def test_several_columns_must_be_chosen_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(tmp_path / "out", ASSETS / "promptfoo.json", "--from", "promptfoo") == 2
    said = capsys.readouterr().err
    assert "1 is openai:chat:reference; 2 is openai:chat:candidate" in said
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_another_template_keeps_runs_apart_until_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair = [ASSETS / "promptfoo.json", ASSETS / "promptfoo-template.json", "--model", "1", "--from", "promptfoo"]
    assert imported(tmp_path / "refused", *pair) == 2
    said = capsys.readouterr()
    assert (
        "differs: prompt 'template': Answer in one sentence. {{question}} in the reference, "
        "Be brief. {{question}} in the candidate"
    ) in said.out
    assert "6 of 6 shared samples were sent in other words" in said.out
    assert "--accept-differences" in said.err
    assert not (tmp_path / "refused").exists(), "so that what the message advises works"
    assert imported(tmp_path / "refused", *pair, "--accept-differences") == 0
    assert "# Not the same in both runs: prompt 'template'" in (tmp_path / "refused" / "audit.yaml").read_text()
    verdict = decided(tmp_path / "refused", tmp_path)
    assert verdict["counts"]["errors"] == 0
    assert verdict["audit"] == "promptfoo quiz (runs not made alike: prompt)"


def test_garak_hits_are_worse_when_higher(tmp_path: Path) -> None:
    out = tmp_path / "out"
    sides = [ASSETS / f"garak-{side}.report.jsonl" for side in ("reference", "candidate")]
    assert imported(out, *sides, "--from", "garak") == 0
    assert len(lines(out / "samples.jsonl")) == 4
    assert [row["epoch"] for row in lines(out / "reference.jsonl")] == [1, 2] * 4
    assert "higher_is_better: false" in (out / "audit.yaml").read_text()
    found = rule(decided(out, tmp_path), "garak_mitigation.MitigationBypass")
    assert (found["reference"]["value"], found["candidate"]["value"]) == (0.0, 0.75)
    assert found["outcome"] in {"block", "review"}


def batch(side: str) -> tuple[Path, Path]:
    return ASSETS / f"openai-batch-{side}.output.jsonl", ASSETS / f"openai-batch-{side}.requests.jsonl"


def test_batches_are_joined_with_their_requests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    (reference, asked), (candidate, also) = batch("reference"), batch("candidate")
    options = ["--requests", asked, "--candidate-requests", also, "--from", "openai-batch"]
    assert imported(out, reference, candidate, *options) == 0
    rows = {row["id"]: row for row in lines(out / "candidate.jsonl")}
    assert rows["row-1"]["output"] == "It is Bergen."
    assert rows["row-6"]["error"] == "This request could not be executed before the batch expired."
    assert rows["row-5"]["error"] == "no line in the output file"
    assert "1 x request without an answer" in capsys.readouterr().out
    assert decided(out, tmp_path)["decision"] == "inconclusive"


def test_batches_without_requests_say_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(tmp_path / "out", batch("reference")[0], "--from", "openai-batch") == 2
    assert "Name its request file with --requests" in capsys.readouterr().err


@pytest.mark.parametrize("program", ["inspect", "lm-eval", "promptfoo", "garak", "openai-batch"])
@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"null", b"\x80\x04}.", b'{"a": 1}\n{"b": 2}\n', b"\xff\xfe", b"[" * 100_000]
)
def test_files_of_something_else_are_refused_by_name(
    tmp_path: Path, program: str, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "foreign.json"
    file.write_bytes(content)
    out = tmp_path / "out"
    assert imported(out, file, "--from", program, "--requests", str(file)) == 2
    assert "foreign.json" in capsys.readouterr().err
    assert not out.exists() or not list(out.iterdir())


@pytest.mark.parametrize("program", ["inspect", "lm-eval", "garak", "openai-batch", "promptfoo"])
def test_files_of_another_program_are_refused(tmp_path: Path, program: str) -> None:
    others = {"inspect": ASSETS / "promptfoo.json", "promptfoo": ASSETS / "inspect-reference.json"}
    file = others.get(program, batch("reference")[1] if program != "openai-batch" else lm_eval("reference"))
    assert imported(tmp_path / "out", file, "--from", program, "--requests", str(batch("reference")[1])) == 2


def edited(tmp_path: Path, source: Path, **changes: Any) -> Path:
    """A copy with the first row changed: a value put in place, a number of bytes cut, a line said twice."""
    folder = tmp_path / "edited"
    shutil.copytree(source.parent, folder)
    path = folder / source.name
    rows = path.read_text().splitlines()
    if "first" in changes:
        rows[0] = json.dumps({**json.loads(rows[0]), **changes["first"]})
    if "append" in changes:
        rows.append(changes["append"])
    path.write_text("\n".join(rows) + "\n")
    return path


def test_a_cut_last_line_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = edited(tmp_path, lm_eval("reference"), append='{"doc_id": 6, "doc": {"quest')
    assert imported(tmp_path / "out", file, "--from", "lm-eval") == 0
    assert f"1 x last line is cut: the program was stopped while it wrote: {file.name}:7" in capsys.readouterr().out
    assert len(lines(tmp_path / "out" / "outputs.jsonl")) == 6


def test_a_broken_line_in_the_middle_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = edited(tmp_path, lm_eval("reference"))
    rows = file.read_text().splitlines()
    file.write_text("\n".join([*rows[:2], '{"doc_id": 2, "doc"', "[1]", *rows[3:]]))
    assert imported(tmp_path / "out", file, "--from", "lm-eval") == 0
    said = capsys.readouterr().out
    assert f"1 x line is not JSON: {file.name}:3" in said
    assert f"1 x line holds list, not an object: {file.name}:4" in said


def test_missing_rows_are_said_and_count_against_the_candidate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = edited(tmp_path, lm_eval("candidate"))
    file.write_text("\n".join(file.read_text().splitlines()[1:5]) + "\n")
    out = tmp_path / "out"
    assert imported(out, lm_eval("reference"), file, "--from", "lm-eval") == 0
    assert "note: rows: 2 of 6 samples are in the reference only: 0, 5" in capsys.readouterr().out
    verdict = decided(out, tmp_path)
    assert verdict["decision"] == "inconclusive"
    assert rule(verdict, "lm_eval_exact_match")["n_unscored"] == 2


def test_rows_that_ask_something_else_are_said_and_never_paired(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = edited(tmp_path, lm_eval("candidate"), first={"doc": {"question": "Another?", "answer": "Oslo"}, "arguments": {"gen_args_0": {"arg_0": "Another?", "arg_1": {"temperature": 0.0, "until": [], "max_gen_toks": 64, "do_sample": False}}}})  # fmt: skip
    out = tmp_path / "out"
    assert imported(out, lm_eval("reference"), file, "--from", "lm-eval") == 0
    assert "note: rows: 1 samples hold another question or target: 0" in capsys.readouterr().out
    verdict = decided(out, tmp_path)
    assert verdict["subjects"]["candidate"]["counts"]["mismatch"] == 1


def test_other_settings_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = json.loads(lm_eval("candidate").read_text().splitlines()[0])["arguments"]
    arguments["gen_args_0"]["arg_1"]["temperature"] = 0.7
    file = edited(tmp_path, lm_eval("candidate"), first={"arguments": arguments})
    assert imported(tmp_path / "out", lm_eval("reference"), file, "--from", "lm-eval") == 2
    said = capsys.readouterr().out
    assert "differs: settings 'temperature': 0 in the reference, 0.7 in the candidate" in said


def test_another_judge_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "other.json"
    file.write_text((ASSETS / "inspect-graded.json").read_text().replace("mock/judge", "mock/other-judge"))
    assert imported(tmp_path / "out", ASSETS / "inspect-graded.json", file, "--from", "inspect") == 2
    assert "scoring 'model_graded_qa'" in capsys.readouterr().out


def test_runs_without_a_shared_row_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = edited(tmp_path, lm_eval("candidate"))
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    file.write_text("\n".join(json.dumps({**row, "doc_id": row["doc_id"] + 100}) for row in rows))
    assert imported(tmp_path / "out", lm_eval("reference"), file, "--from", "lm-eval") == 2
    assert "rows: the runs share no sample" in capsys.readouterr().out


def test_the_same_answer_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = edited(tmp_path, lm_eval("reference"), append=lm_eval("reference").read_text().splitlines()[0])
    assert imported(tmp_path / "out", file, "--from", "lm-eval") == 2
    assert f"{file.name}:7: '0' (repeat 1) stands already, first at {file.name}:1" in capsys.readouterr().err


def test_numbers_that_are_none_are_unscored(tmp_path: Path) -> None:
    for name, value in (("nan", math.nan), ("inf", math.inf), ("list", [1.0, 2.0]), ("null", None)):
        file = edited(tmp_path / name, lm_eval("reference"), first={"exact_match": value})
        assert imported(tmp_path / name / "out", file, "--from", "lm-eval") == 0
        scores = lines(tmp_path / name / "out" / "outputs.jsonl")[0]["metadata"]["imported_scores"]
        assert scores.get("exact_match") is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resps": [[17]]}, None),
        ({"resps": "text"}, None),
        ({"arguments": {}}, "no 'doc_id' and 'arguments'"),
        ({"arguments": {"gen_args_0": {"arg_0": 5, "arg_1": {}}}}, "the prompt should be text, found int"),
        ({"arguments": {"gen_args_0": {"arg_0": "x"}}}, "a rolling log-likelihood"),
    ],
)
def test_wrong_types_cost_their_row_only(
    tmp_path: Path, change: dict[str, Any], message: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = edited(tmp_path, lm_eval("reference"), first=change)
    assert imported(tmp_path / "out", file, "--from", "lm-eval") == 0
    rows = [row for row in lines(tmp_path / "out" / "outputs.jsonl") if row["id"] != "0"]
    assert len(rows) == 5
    if message is None:
        assert all("output" not in row for row in lines(tmp_path / "out" / "outputs.jsonl") if row["id"] == "0")
    else:
        assert message in capsys.readouterr().out


def test_halves_of_characters_are_replaced(tmp_path: Path) -> None:
    file = edited(tmp_path, lm_eval("reference"), first={"resps": [["Oslo \ud83d\ude00 \ud800!"]]})
    assert imported(tmp_path / "out", file, "--from", "lm-eval") == 0
    assert lines(tmp_path / "out" / "outputs.jsonl")[0]["output"] == "Oslo \U0001f600 \ufffd!"


def test_a_candidate_called_reference_gets_another_name(tmp_path: Path) -> None:
    out = tmp_path / "out"
    sides = [ASSETS / f"garak-{side}.report.jsonl" for side in ("reference", "candidate")]
    other = tmp_path / "named.report.jsonl"
    other.write_text(sides[1].read_text().replace('"plugins.target_type": "rest"', '"plugins.target_type": "reference"').replace('"plugins.target_name": "candidate"', '"plugins.target_name": null'))  # fmt: skip
    assert imported(out, sides[0], other, "--from", "garak") == 0
    assert decided(out, tmp_path)["candidate"]["name"] == "reference (candidate)"


def _mutated(value: Any, random: Any) -> Any:
    """The value with one of its parts replaced by something that should not stand there."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(sorted(value))
        return {**value, key: _mutated(value[key], random)}
    if isinstance(value, list) and value and random.random() < 0.9:
        index = random.randrange(len(value))
        return [*value[:index], _mutated(value[index], random), *value[index + 1 :]]
    return random.choice([None, True, -1, 1.5, math.nan, 10**30, "", "\ud800", [], {}, [None], {"a": None}, [[]]])


@pytest.mark.parametrize(
    ("program", "source"),
    [
        ("inspect", ASSETS / "inspect-reference.json"),
        ("promptfoo", ASSETS / "promptfoo-template.json"),
        ("garak", ASSETS / "garak-reference.report.jsonl"),
        ("lm-eval", lm_eval("reference")),
        ("lm-eval", lm_eval("choices")),
        ("openai-batch", ASSETS / "openai-batch-reference.output.jsonl"),
    ],
)
def test_no_value_in_a_file_breaks_the_reader(tmp_path: Path, program: str, source: Path) -> None:
    """Whatever stands in a place, the file is imported with its faults counted, or refused; what is written is sound."""
    import random

    from assay.store.datasets import read_dataset
    from assay.subjects.recordings import read_outputs

    chance = random.Random(source.name)
    text = source.read_text()
    whole = [json.loads(text)] if source.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    for turn in range(60):
        rows = list(whole)
        for _ in range(3):
            index = chance.randrange(len(rows))
            rows[index] = _mutated(rows[index], chance)
        file = tmp_path / f"{turn}-{source.name}"
        file.write_text("\n".join(json.dumps(row) for row in rows))
        out = tmp_path / f"out{turn}"
        code = imported(out, file, "--from", program, "--requests", ASSETS / "openai-batch-reference.requests.jsonl")
        assert code in (0, 2)
        if code == 0:
            read_dataset(out / "samples.jsonl")
            assert not read_outputs(out / "outputs.jsonl").corrupt


def test_filters_of_lm_eval_are_scores_of_one_answer(tmp_path: Path) -> None:
    """A task with two filters is logged twice, once for each."""
    file = edited(tmp_path, lm_eval("reference"))
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    both = [
        {**row, "filter": name, "exact_match": value}
        for name, value in (("strict", 0.0), ("loose", 1.0))
        for row in rows
    ]
    file.write_text("\n".join(map(json.dumps, both)))
    assert imported(tmp_path / "out", file, "--from", "lm-eval") == 0
    found = lines(tmp_path / "out" / "outputs.jsonl")
    assert len(found) == 6
    assert found[0]["metadata"]["imported_scores"] == {"exact_match,strict": 0.0, "exact_match,loose": 1.0}


def test_attempts_that_garak_never_judged_are_unscored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "killed.report.jsonl"
    rows = (ASSETS / "garak-reference.report.jsonl").read_text().splitlines()
    kept = [row for row in rows if json.loads(row)["entry_type"] != "completion"]
    judged = next(number for number, row in enumerate(kept) if json.loads(row).get("status") == 2)
    file.write_text("\n".join(kept[: judged + 2]))
    assert imported(tmp_path / "out", file, "--from", "garak") == 0
    said = capsys.readouterr().out
    assert "2 x attempt was asked and never judged" in said
    assert "the run did not end" in said
    assert len(lines(tmp_path / "out" / "outputs.jsonl")) == 8


def test_an_inspect_run_that_was_stopped_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "stopped.json"
    document = json.loads((ASSETS / "inspect-candidate.json").read_text())
    document["samples"][0]["error"] = {"message": "boom", "traceback": "secret/path", "traceback_ansi": ""}
    file.write_text(json.dumps({**document, "status": "cancelled"}))
    assert imported(tmp_path / "out", ASSETS / "inspect-reference.json", file, "--from", "inspect") == 0
    assert "note: run: the candidate did not end well: cancelled" in capsys.readouterr().out
    first = lines(tmp_path / "out" / "candidate.jsonl")[0]
    assert first["error"] == "boom"
    assert "output" not in first


def archived(path: Path, members: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as log:
        for name, content in members.items():
            log.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return path


def test_an_archive_of_a_killed_run_is_read(tmp_path: Path) -> None:
    """Older versions pack with deflate, and a run that was killed has no header yet."""
    document = json.loads((ASSETS / "inspect-reference.json").read_text())
    samples = {f"samples/{one['id']}_epoch_1.json": one for one in document["samples"]}
    start = {"version": 2, "eval": document["eval"], "plan": document["plan"]}
    log = archived(tmp_path / "killed.eval", {"_journal/start.json": start, **samples, "notes.txt": b"ignored"})
    assert imported(tmp_path / "out", log, "--from", "inspect") == 0
    assert len(lines(tmp_path / "out" / "outputs.jsonl")) == 3
    (told,) = json.loads((tmp_path / "out" / "import.json").read_text())["runs"]
    assert told["status"] == "started"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"readme.txt": b"hello"}, "neither header.json nor _journal/start.json"),
        ({"header.json": b"[]"}, "not the header of an Inspect log"),
        ({"header.json": b"{"}, "header.json: not JSON"),
        ({"header.json": {"eval": {}}}, "no answer could be imported"),
        ({"header.json": {"eval": {}}, "samples/../../x.json": b"{}"}, "leads out of the archive"),
        ({"header.json": {"eval": {}}, "samples/x.pkl": b"."}, "can run code"),
        ({"header.json": {"eval": {}}, "samples/1.json": b"\x80\x04K\x01."}, "not JSON"),
    ],
)
def test_archives_that_are_no_logs_are_refused(
    tmp_path: Path, members: dict[str, Any], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(tmp_path / "out", archived(tmp_path / "log.eval", members), "--from", "inspect") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_long_texts_of_inspect_come_back_from_its_attachments(tmp_path: Path) -> None:
    document = json.loads((ASSETS / "inspect-reference.json").read_text())
    sample = document["samples"][0]
    sample["attachments"] = {"abc": "A long question?"}
    sample["input"] = "attachment://abc"
    file = tmp_path / "long.json"
    file.write_text(json.dumps(document))
    assert imported(tmp_path / "out", file, "--from", "inspect") == 0
    assert lines(tmp_path / "out" / "samples.jsonl")[0]["input"] == "A long question?"


def test_tools_of_inspect_become_a_transcript(tmp_path: Path) -> None:
    document = json.loads((ASSETS / "inspect-reference.json").read_text())
    turns = document["samples"][0]["messages"]
    call = {"id": "c1", "function": "add", "arguments": {"x": 1}, "type": "function"}
    turns[2:] = [
        {"role": "assistant", "content": "", "source": "generate", "tool_calls": [call]},
        {"role": "tool", "content": "2", "tool_call_id": "c1", "function": "add"},
        {"role": "assistant", "content": "It is Oslo.", "source": "generate"},
    ]
    file = tmp_path / "tools.json"
    file.write_text(json.dumps(document))
    assert imported(tmp_path / "out", file, "--from", "inspect") == 0
    wrote = lines(tmp_path / "out" / "outputs.jsonl")[0]["output"]
    assert [turn["role"] for turn in wrote] == ["assistant", "tool", "assistant"]
    assert wrote[0]["tool_calls"] == [{"id": "c1", "function": {"name": "add", "arguments": '{"x": 1}'}}]


def test_secrets_of_a_foreign_file_are_left_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "sk-abcdef0123456789"
    document = json.loads((ASSETS / "inspect-reference.json").read_text())
    document["eval"]["model_args"] = {"api_key": secret}
    document["eval"]["task_args"] = {"api_key": secret, "url": f"https://user:{secret}@host/v1?key={secret}"}
    document["plan"]["steps"][0]["params"] = {"headers": {"Authorization": secret}}
    file = tmp_path / "secret.json"
    file.write_text(json.dumps(document))
    pair = [ASSETS / "inspect-reference.json", file, "--from", "inspect"]
    assert imported(tmp_path / "out", *pair) == 2
    assert imported(tmp_path / "out", *pair, "--accept-differences") == 0
    said = capsys.readouterr()
    assert secret not in said.out + said.err
    assert all(secret not in path.read_text() for path in (tmp_path / "out").iterdir())


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(tmp_path, lm_eval("reference"), "--from", "lm-eval") == 0
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert imported(tmp_path, lm_eval("candidate"), "--from", "lm-eval") == 2
    assert "exists already; nothing was written" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_score_whose_name_sounds_bad_wants_its_direction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair = []
    for side in ("reference", "candidate"):
        pair.append(tmp_path / f"{side}.json")
        pair[-1].write_text((ASSETS / f"inspect-{side}.json").read_text().replace('"includes"', '"jailbreaks"'))
    assert imported(tmp_path / "unsaid", *pair, "--from", "inspect") == 0
    assert "to do: 'jailbreaks': say --lower-is-better or --higher-is-better" in capsys.readouterr().out
    assert (
        "      # - {type: recorded, field: imported_scores.jailbreaks" in (tmp_path / "unsaid/audit.yaml").read_text()
    )
    assert imported(tmp_path / "said", *pair, "--from", "inspect", "--lower-is-better", "jailbreaks") == 0
    assert "higher_is_better: false" in (tmp_path / "said" / "audit.yaml").read_text()
    assert imported(tmp_path / "wrong", *pair, "--from", "inspect", "--lower-is-better", "other") == 2


def test_own_scorers_can_judge_the_imported_answers(tmp_path: Path) -> None:
    out = tmp_path / "out"
    pair = [lm_eval("reference"), lm_eval("candidate"), "--from", "lm-eval", "--scorer", "degeneration"]
    assert imported(out, *pair) == 0
    metrics = {one["metric"] for one in decided(out, tmp_path)["rules"]}
    assert metrics == {"degeneration", "lm_eval_exact_match"}
    assert imported(tmp_path / "unknown", *pair, "--scorer", "no_such") == 2


def test_json_says_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(tmp_path, lm_eval("reference"), lm_eval("candidate"), "--from", "lm-eval", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == json.loads((tmp_path / "import.json").read_text())


def test_an_import_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert imported(tmp_path / name, lm_eval("reference"), lm_eval("candidate"), "--from", "lm-eval") == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_metric_names_hold_no_marks() -> None:
    assert metric_name("openai-batch", "a b,{c}: d") == "openai_batch_a_b_c_d"


def test_an_import_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    torn = tmp_path / "samples_quiz_2026-01-02T03-04-05.678.jsonl"
    torn.write_text("\n".join([lm_eval("reference").read_text().splitlines()[0]] * 2))
    assert imported(tmp_path / "deep" / "out", torn, "--from", "lm-eval") == 2
    assert not (tmp_path / "deep").exists()


def test_runs_without_a_model_are_not_said_to_share_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair = []
    for side in ("reference", "candidate"):
        (tmp_path / side).mkdir()
        pair.append(shutil.copy(lm_eval(side), tmp_path / side))
    assert imported(tmp_path / "out", *pair, "--from", "lm-eval") == 0
    assert "note: model: neither run names one" in capsys.readouterr().out
