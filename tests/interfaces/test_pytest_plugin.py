"""The pytest plugin: audits as tests, failures that say what fell, and nothing loaded when it is not used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import assay.interfaces.auditing
import assay.interfaces.regression  # noqa: F401  numpy can be loaded once only, and pytester forgets what it loads

pytest_plugins = ("pytester",)

ROOT = Path(__file__).parents[2]
PLUGIN = ("-p", "assay.interfaces.pytest_plugin", "-p", "no:cacheprovider")
REFUSES, COMPLIES = "I'm sorry, but I can't help with that.", "Sure. First, you take the following steps."
N = 300


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with an audit whose candidate lost category c1."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    rows = [
        {"id": f"s{n}", "input": f"question {n}", "target": "refuse", "metadata": {"category": f"c{n % 3}"}}
        for n in range(N)
    ]
    answers = {
        "golden": rows,
        "reference": [{"id": f"s{n}", "output": REFUSES} for n in range(N)],
        "same": [{"id": f"s{n}", "output": REFUSES} for n in range(N)],
        "worse": [{"id": f"s{n}", "output": COMPLIES if n % 3 == 1 else REFUSES} for n in range(N)],
        "empty": [{"id": f"s{n}", "output": ""} for n in range(N)],
    }
    for name, lines in answers.items():
        (pytester.path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    for name in ("same", "worse", "empty"):
        (pytester.path / f"{name}.yaml").write_text(json.dumps(plan(name)))
    return pytester


def plan(candidate: str) -> dict[str, object]:
    return {
        "assay": 1,
        "name": "t",
        "reference": {"type": "recorded", "path": "reference.jsonl"},
        "candidate": {"type": "recorded", "path": f"{candidate}.jsonl"},
        "suites": [{"name": "golden", "dataset": "golden.jsonl", "scorers": ["refusal"], "slices": ["category"]}],
    }


def outcome(project: pytest.Pytester, code: str, *more: str) -> pytest.RunResult:
    project.makepyfile(code)
    return project.runpytest_inprocess(*PLUGIN, *more)


def test_the_fixture_gives_verdict_rules_and_folder(project: pytest.Pytester) -> None:
    code = """
        def test_it(assay_audit):
            result = assay_audit("worse.yaml")
            assert (result.decision, result.exit_code) == ("block", 1)
            assert result.verdict.reasons
            assert result.rules["refusal.band"].n == 300
            assert (result.folder / "verdict.json").is_file() and (result.folder / "report.html").is_file()
            assert assay_audit("same.yaml").folder != result.folder

        def test_options(assay_audit, tmp_path):
            assert assay_audit("same.yaml", null=True).decision == "deploy"
            trial = assay_audit("same.yaml", limit=100, folder=tmp_path / "mine")
            assert trial.folder == tmp_path / "mine"
            assert (trial.exit_code, bool(trial.verdict.exploratory)) == (4, True)
    """
    outcome(project, code).assert_outcomes(passed=2)


def test_a_dict_is_a_plan_whose_paths_start_beside_the_test(project: pytest.Pytester) -> None:
    code = f"""
        def test_it(assay_audit, assert_no_regression):
            assert_no_regression(assay_audit({plan("same")!r}))
    """
    outcome(project, code).assert_outcomes(passed=1)
    assert not list(project.path.glob(".assay-plan-*"))
    assert not (project.path / ".assay").exists(), "no cache unless asked for"


def test_a_failure_says_decision_rules_intervals_and_samples(project: pytest.Pytester) -> None:
    code = """
        from assay.interfaces.pytest_plugin import assert_no_regression

        def test_it(assay_audit):
            assert_no_regression(assay_audit("worse.yaml"))
    """
    found = outcome(project, code)
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(
        [
            "E *AssertionError: assay: BLOCK  worse against reference",
            "E * BLOCK * refusal.band  100.0 % -> 66.7 %  drop 33.3 % [[]*, *]  n=300",
            "E * worst samples: s1, s4, *",
            "E * BLOCK * refusal.band (category=c1)  100.0 % -> 0.0 %  drop 100.0 % [[]*]  n=100",
            "E *Next  Do not release*",
            "E *assay show *--failing*",
        ]
    )
    assert "regression.py" not in found.stdout.str(), "the traceback ends in the test"


def test_a_plan_can_be_given_at_once(project: pytest.Pytester) -> None:
    code = """
        def test_good(assert_no_regression):
            assert assert_no_regression("same.yaml").decision == "deploy"

        def test_bad(assert_no_regression):
            assert_no_regression("worse.yaml")
    """
    outcome(project, code).assert_outcomes(passed=1, failed=1)


@pytest.mark.parametrize(
    ("words", "passes"),
    [
        ("metrics='refusal'", False),
        ("metrics=['refusal'], allow=['deploy', 'block']", True),
        ("slices='category=c0'", True),
        ("slices='category=c1'", False),
        ("slices={'category': 'c2'}, metrics='refusal'", True),
        ("slices='category'", False),
        ("slices=['category=c0', {'category': 'c2'}]", True),
        ("metrics='boundary', slices='category=c0'", True),
        ("metrics='boundary', slices='category=c1'", False),
        ("metrics='boundary'", False),
        ("metrics='groundedness'", False),
        ("slices='category=c9'", False),
        ("slices='categry'", False),
        ("metrics='toxicity', slices='category=c0'", False),
    ],
)
def test_metrics_and_slices_choose_what_must_hold(project: pytest.Pytester, words: str, passes: bool) -> None:
    code = f"""
        def test_it(assert_no_regression):
            assert_no_regression("worse.yaml", {words})
    """
    outcome(project, code).assert_outcomes(passed=int(passes), failed=int(not passes))


def test_what_is_not_there_is_named_with_what_is(project: pytest.Pytester) -> None:
    code = """
        def test_slice(assert_no_regression):
            assert_no_regression("same.yaml", slices="category=c9")

        def test_metric(assert_no_regression):
            assert_no_regression("same.yaml", metrics="groundedness")
    """
    found = outcome(project, code)
    found.stdout.fnmatch_lines(["*there is no scored pair in slice category=c9. Known: category=c0*"])
    found.stdout.fnmatch_lines(["*no rule reads 'groundedness'. Rules read: refusal"])


def test_no_evidence_is_no_pass(project: pytest.Pytester) -> None:
    code = """
        import pytest

        @pytest.mark.parametrize("chosen", [{}, {"metrics": "refusal"}, {"slices": "category=c0"}])
        def test_it(assert_no_regression, chosen):
            assert_no_regression("empty.yaml", **chosen)
    """
    outcome(project, code).assert_outcomes(failed=3)


def test_a_trial_run_passes_only_where_that_is_allowed(project: pytest.Pytester) -> None:
    code = """
        def test_it(assert_no_regression):
            assert_no_regression("same.yaml", limit=200)

        def test_allowed(assert_no_regression):
            assert_no_regression("same.yaml", limit=200, allow=["deploy", "exploratory"])
    """
    found = outcome(project, code)
    found.assert_outcomes(passed=1, failed=1)
    found.stdout.fnmatch_lines(["*exploratory: trial run*"])


def test_a_broken_plan_is_an_error_of_its_own_not_a_regression(project: pytest.Pytester) -> None:
    code = """
        import pytest
        from assay import PlanError

        def test_it(assay_audit):
            with pytest.raises(PlanError, match="suites"):
                assay_audit({"assay": 1, "name": "t"})

        def test_allow(assert_no_regression):
            with pytest.raises(ValueError, match="dploy"):
                assert_no_regression("same.yaml", allow=["dploy"])
            with pytest.raises(ValueError, match="no decision is called 'dploy'. Known"):
                assert_no_regression("same.yaml", allow="dploy")
            assert_no_regression("worse.yaml", allow="block")
    """
    outcome(project, code).assert_outcomes(passed=2)


def test_an_error_shows_the_line_of_the_test_and_the_message_alone(project: pytest.Pytester) -> None:
    code = """
        from assay.interfaces.pytest_plugin import assert_no_regression as imported

        def test_fixture(assay_audit):
            assay_audit({"assay": 1, "name": "t"})

        def test_check(assert_no_regression):
            assert_no_regression("nowhere.yaml")

        def test_function():
            imported({"assay": 1, "name": "t"})
    """
    found = outcome(project, code)
    found.assert_outcomes(failed=3)
    told = found.stdout.str()
    assert "suites" in told and "nowhere.yaml" in told
    assert "event loop" not in told and "regression.py" not in told and "plans.py" not in told


def test_a_run_folder_starts_beside_the_test_as_plans_do(project: pytest.Pytester, tmp_path: Path) -> None:
    project.mkdir("deep")
    (project.path / "deep" / "test_kept.py").write_text(
        "def test_it(assay_audit):\n    assert assay_audit('../same.yaml', folder='keep').folder.name == 'keep'\n"
    )
    project.runpytest_inprocess(*PLUGIN, "deep").assert_outcomes(passed=1)
    assert (project.path / "deep" / "keep" / "verdict.json").is_file()


def test_it_works_inside_an_event_loop(project: pytest.Pytester) -> None:
    code = """
        import asyncio

        def test_it(assay_audit):
            async def inside():
                return assay_audit("same.yaml").decision

            assert asyncio.run(inside()) == "deploy"
    """
    outcome(project, code).assert_outcomes(passed=1)


def test_ids_of_strangers_do_not_command_the_terminal(project: pytest.Pytester) -> None:
    for name in ("golden", "reference", "worse"):
        path = project.path / f"{name}.jsonl"
        path.write_text(path.read_text().replace('"id": "s1"', '"id": "s1\\u001b[2J"'))
    found = outcome(project, "def test_it(assert_no_regression):\n    assert_no_regression('worse.yaml')\n")
    found.assert_outcomes(failed=1)
    assert "\x1b[2J" not in found.stdout.str()


def test_the_example_of_the_page_runs(project: pytest.Pytester) -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0].replace("category=fraud", "category=c0")
    (project.path / "audit.yaml").write_text(json.dumps(plan("same")))
    outcome(project, code).assert_outcomes(passed=2)


# Loading


def entry_point() -> str:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    value: str = table["project"]["entry-points"]["pytest11"]["assay"]
    return value


def test_pytest_finds_it_by_its_entry_point_and_loads_nothing_heavy(tmp_path: Path) -> None:
    """As installed: a folder of metadata with the entry point of pyproject.toml, found by pytest alone."""
    meta = tmp_path / "site" / "assay_ci_probe-1.0.dist-info"
    meta.mkdir(parents=True)
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: assay-ci-probe\nVersion: 1.0\n")
    (meta / "entry_points.txt").write_text(f"[pytest11]\nassay = {entry_point()}\n")
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_it(request):\n"
        "    assert request.config.pluginmanager.has_plugin('assay')\n"
        "    heavy = {'numpy', 'scipy', 'pydantic', 'aiohttp', 'jinja2', 'msgspec', 'assay.interfaces.regression'}\n"
        "    assert not heavy & set(sys.modules)\n"
        "def test_fixtures(request):\n"
        "    assert request.getfixturevalue('assay_audit') and request.getfixturevalue('assert_no_regression')\n"
    )
    path = os.pathsep.join([str(tmp_path / "site"), str(ROOT / "src")])
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
        "test_it.py",
    ]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
