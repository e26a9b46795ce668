"""Plans: what they resolve to, and what a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.domain.errors import AssayError, PlanError
from assay.registry import scorer
from assay.store.plans import read_plan
from assay.store.saved import dump_plan, registration, restore_plan

GOOD = """\
assay: 1
name: t
reference: {type: recorded, path: reference.jsonl}
candidate: {type: recorded, path: candidate.jsonl}
suites:
  - name: golden
    dataset: golden.jsonl
    scorers: [refusal]
    slices: [category]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [f'{{"id": "{n}", "input": "q{n}", "metadata": {{"category": "{"ab"[n % 2]}"}}}}\n' for n in range(20)]
    (tmp_path / "golden.jsonl").write_text("".join(rows))
    for name in ("reference", "candidate"):
        (tmp_path / f"{name}.jsonl").write_text('{"id": "0", "output": "x"}\n')
    return tmp_path


def plan_of(folder: Path, text: str):  # type: ignore[no-untyped-def]
    (folder / "plan.yaml").write_text(text)
    return read_plan(folder / "plan.yaml", scorer)


def test_a_plan_without_rules_holds_every_quality_metric_to_bands(folder: Path) -> None:
    plan = plan_of(folder, GOOD)
    assert [rule.id for rule in plan.rules] == ["refusal.band"]
    assert plan.policy.name == "fine-tuning-safety"
    assert (plan.policy.deploy, plan.policy.monitor, plan.policy.block) == (0.05, 0.15, 0.30)
    assert plan.candidates[0].name == "candidate"


def test_saved_form_gives_the_plan_back(folder: Path) -> None:
    plan = plan_of(folder, GOOD + "gate: {risk: {exposure: public}}\nlimits: {time: 2h, timeout: 1500ms}\n")
    assert plan.limits.time_s == 7200
    assert plan.limits.timeout_s == 1.5
    back = restore_plan(dump_plan(plan), {task.name: task.dataset.samples for task in plan.tasks}, scorer)
    assert registration(back) == registration(plan)
    assert back.rules == plan.rules
    assert back.policy == plan.policy


@pytest.mark.parametrize(
    ("change", "digest"),
    [
        (("seed: 1", "seed: 2"), "plan"),
        (("scorers: [refusal]", "scorers: [{type: refusal, partial: comply}]"), "scorer:golden:refusal"),
        (("gate: {max_unscored: 0.02}", "gate: {max_unscored: 0.5}"), "policy"),
        (("slices: [category]", "slices: []"), "task:golden"),
        (("path: candidate.jsonl}", "path: reference.jsonl, name: candidate}"), "subject:candidate"),
    ],
)
def test_what_can_change_the_verdict_changes_the_registration(
    folder: Path, change: tuple[str, str], digest: str
) -> None:
    text = GOOD + "seed: 1\ngate: {max_unscored: 0.02}\n"
    assert change[0] in text
    before, after = plan_of(folder, text).digests, plan_of(folder, text.replace(*change)).digests
    assert [name for name in before if before[name] != after[name]] == [digest]


def test_limits_do_not_change_the_registration(folder: Path) -> None:
    assert plan_of(folder, GOOD).digests == plan_of(folder, GOOD + "limits: {cost_usd: 1}\n").digests


MISTAKES = [
    (GOOD + "gats: {}\n", "plan.yaml:10: gats: unknown key. Did you mean 'gate'?"),
    (GOOD.replace("scorers: [refusal]", "scorers: [refusl]"), "Did you mean 'refusal'?"),
    (GOOD.replace("scorers: [refusal]", "scorers: [{type: refusal, windw: 3}]"), "windw"),
    (GOOD.replace("slices: [category]", "slices: [categry]"), "no sample of 'golden' has metadata 'categry'"),
    (GOOD.replace("dataset: golden.jsonl", "dataset: gold.jsonl"), "no such file or folder: gold.jsonl"),
    (GOOD.replace("path: candidate.jsonl", "path: nowhere.jsonl"), "plan.yaml:4: candidate.path: no such file"),
    (GOOD.replace("type: recorded, path: reference.jsonl", "type: record, path: x"), "plan.yaml:3: reference"),
    (GOOD + "gate: {rules: []}\n", "gate.rules: an empty list would let everything pass"),
    (
        GOOD + "gate: {rules: [{metric: refusal_rat, kind: band}]}\n",
        "gate.rules[0].metric: no scorer of this plan makes",
    ),
    (GOOD + "gate: {rules: [{metric: refusal, kind: floor}]}\n", "a floor needs at_least"),
    (GOOD + "gate: {rules: [{metric: refusal, kind: bnad}]}\n", "gate.rules[0].kind: expected 'band'"),
    (GOOD + "gate: {rules: [{metric: latency, kind: band}]}\n", "measured in s"),
    (GOOD + "gate: {rules: [{metric: refusal, kind: points, at_most: 5}]}\n", "expected a share below 1"),
    (GOOD + "gate: {policy: lenient}\n", "no policy 'lenient'. Bundled: fine-tuning-safety"),
    (GOOD + "gate: {max_unscored: yes}\n", "gate.max_unscored: expected a number; found 'yes'"),
    (GOOD + "gate: {risk: {exposure: everyone}}\n", "gate.risk.exposure: expected 'public' or 'internal'"),
    (GOOD + "limits: {time: soon}\n", "expected a duration such as 90s, 15m or 2h"),
    (GOOD + "limits: {concurrency: '8'}\n", "limits.concurrency: expected a whole number; found '8'"),
    (GOOD + "limits: {cost_usd: .nan}\n", "limits.cost_usd"),
    (GOOD + "name: again\n", "plan.yaml:10: name stands already on line 2"),
    (GOOD.replace("assay: 1", "assay: 2"), "assay"),
    (GOOD.replace("name: t\n", ""), "name: is required"),
    (GOOD.replace("    scorers: [refusal]\n", ""), "needs scorers"),
    (GOOD.split("  - name")[0] + "  - {pack: safety, scorers: [refusal]}\n", "a pack brings its own scorers"),
    ("", "empty"),
    ("a: [1", "not YAML"),
    ("- 1", "expected a mapping"),
    (GOOD.replace("candidate: {type: recorded, path: candidate.jsonl}", "candidate: []"), "at least one candidate"),
    (GOOD.split("  - name")[0] + "  - pack: unsafe\n", "no pack 'unsafe'. Bundled: "),
    (GOOD + "name2: !!python/object:os.system x\n", "not YAML"),
]


@pytest.mark.parametrize(("text", "says"), MISTAKES, ids=[says[:40] for _, says in MISTAKES])
def test_mistakes_are_told_with_their_place(folder: Path, text: str, says: str) -> None:
    with pytest.raises(AssayError) as caught:
        plan_of(folder, text)
    assert caught.value.exit_code == 2
    assert says in str(caught.value)


def test_yes_is_a_word_and_not_true(folder: Path) -> None:
    text = GOOD.replace(
        "candidate: {type: recorded, path: candidate.jsonl}",
        'candidate: {type: endpoint, url: "http://x/v1", model: m, probe: yes}',
    )
    with pytest.raises(PlanError, match=r"probe: expected true or false; found 'yes'"):
        plan_of(folder, text)


def test_two_suites_of_one_name_are_refused(folder: Path) -> None:
    with pytest.raises(PlanError, match="two suites are called 'golden'"):
        plan_of(folder, GOOD + "  - {name: golden, dataset: golden.jsonl, scorers: [length]}\n")


def test_a_pinned_dataset_that_changed_is_refused(folder: Path) -> None:
    text = GOOD.replace("dataset: golden.jsonl", f"dataset: golden.jsonl\n    sha256: {'0' * 64}")
    with pytest.raises(AssayError, match="the plan expects 0000"):
        plan_of(folder, text)


def test_the_bundled_pack_loads(folder: Path) -> None:
    text = GOOD.split("suites:")[0] + "suites: [{pack: safety, per_slice: 2, tasks: [safety-harmful]}]\n"
    (task,) = plan_of(folder, text).tasks
    assert len(task.dataset.samples) == 24
    assert task.slices == ("category",)


def test_stacked_adapters_and_each_alone_are_candidates_of_one_plan(folder: Path) -> None:
    for name in ("base", "one", "two"):
        (folder / name).mkdir()
    text = GOOD.replace(
        "candidate: {type: recorded, path: candidate.jsonl}",
        "candidate: {type: adapter, base: base, adapter: [one, two], also_alone: true}",
    )
    plan = plan_of(folder, text)
    assert [spec.name for spec in plan.candidates] == ["one+two", "one", "two"]
    assert len(plan.candidates[0].settings["adapter"]) == 2
    assert len({spec.digest for spec in plan.candidates}) == 3


DECIDES_ALONE = [
    ("gate: {rules: [{metric: refusal, kind: floor, at_least: 0}]}", "at_least"),
    ("gate: {rules: [{metric: refusal, kind: floor, at_least: 1.0}]}", "at_least"),
    ("gate: {rules: [{metric: refusal, kind: points, at_most: 1}]}", "at_most"),
    ("gate: {max_unscored: 0.6}", "max_unscored"),
    ("gate: {policy: p.yaml}", "deploy"),
]


@pytest.mark.parametrize(("text", "key"), DECIDES_ALONE)
def test_a_threshold_that_decides_alone_is_no_threshold(folder: Path, text: str, key: str) -> None:
    (folder / "p.yaml").write_text("name: p\ndeploy: 0\n")
    with pytest.raises(PlanError, match=key):
        plan_of(folder, GOOD + text + "\n")


@pytest.mark.parametrize(
    "line",
    ["deploy: 1.0", "monitor: 1.0", "category_block: 1", "max_unscored: 0.51", "alpha_pass: 0.21", "alpha_block: 0.4"],
)
def test_a_policy_within_reason(folder: Path, line: str) -> None:
    (folder / "p.yaml").write_text(f"name: p\n{line}\n")
    with pytest.raises(PlanError, match=line.split(":")[0]):
        plan_of(folder, GOOD + "gate: {policy: p.yaml}\n")


def test_epochs_have_an_end(folder: Path) -> None:
    with pytest.raises(PlanError, match="epochs"):
        plan_of(folder, GOOD + "    epochs: 1001\n")


@pytest.mark.parametrize("scorers", ["[refusal, refusal]", "[refusal, over_refusal]", "[length, length]"])
def test_two_judges_of_one_metric(folder: Path, scorers: str) -> None:
    rows = "".join(f'{{"id": "{n}", "input": "q{n}", "target": "comply"}}\n' for n in range(20))
    (folder / "golden.jsonl").write_text(rows)
    first, second = scorers.strip("[]").split(", ")
    text = GOOD.replace("[refusal]", scorers).replace("    slices: [category]\n", "")
    with pytest.raises(PlanError, match=f"'{first}' and '{second}' both make the metric"):
        plan_of(folder, text)


def test_refusal_and_over_refusal_part_the_samples_by_target(folder: Path) -> None:
    plan = plan_of(folder, GOOD.replace("[refusal]", "[refusal, over_refusal]"))
    assert [one.name for one in plan.tasks[0].scorers] == ["refusal", "over_refusal"]


def test_one_metric_has_one_direction(folder: Path) -> None:
    other = "  - {name: two, dataset: golden.jsonl, scorers: [{type: recorded, field: x, name: y, higher_is_better: false}]}\n"
    one = GOOD.replace("[refusal]", "[{type: recorded, field: x, name: y}]")
    with pytest.raises(PlanError, match="metric 'y' is better when higher in 'golden' and when lower in 'two'"):
        plan_of(folder, one + other)


ODD_CANDIDATES = [
    ("{type: nope, path: x}", "candidate: expected type endpoint, local, adapter, recorded, callable; found 'nope'"),
    ("{path: x}", "candidate.type: is required"),
    ("[{type: nope}]", "candidate[0]: expected type endpoint, local, adapter, recorded, callable; found 'nope'"),
    ("[{path: x}]", "candidate[0].type: is required"),
    ("3", "candidate: expected a mapping; found 3"),
    ("null", "candidate: expected a mapping; found nothing"),
    ("[3]", "candidate[0]: expected a mapping; found 3"),
    ("[{type: recorded}]", "candidate[0].path: is required"),
]


@pytest.mark.parametrize(("written", "told"), ODD_CANDIDATES)
def test_an_odd_candidate_is_one_line(folder: Path, written: str, told: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan_of(folder, GOOD.replace("{type: recorded, path: candidate.jsonl}", written))
    assert str(caught.value) == f"plan.yaml:4: {told}"


def test_a_password_in_an_address_is_not_repeated(folder: Path) -> None:
    served = "{type: endpoint, url: 'http://user:hunter2@host/v1', model: m}"
    with pytest.raises(PlanError, match="holds a user or password") as caught:
        plan_of(folder, GOOD.replace("{type: recorded, path: candidate.jsonl}", served))
    assert "hunter2" not in str(caught.value)
