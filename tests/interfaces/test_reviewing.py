"""`assay review` and `assay check ledger`: what people do is recorded, and changes what the policy lets it change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from assay.interfaces.checking import check
from assay.interfaces.cli import run
from assay.interfaces.reviewing import review
from assay.store.ledger.book import Ledger

N = 400


def put(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def audited(
    folder: Path, every: int = 5, rules: str = "{metric: match, kind: band}", more: str = ""
) -> tuple[int, Path]:
    """A run whose candidate loses one answer in `every`: a fifth is inside the review band."""
    folder.mkdir(exist_ok=True)
    topics = ["tax" if i % every == 0 else "weather" for i in range(N)]
    put(
        folder / "s.jsonl",
        [
            {"id": f"s{i}", "input": f"question {i} on {topics[i]}", "target": "yes", "metadata": {"topic": topics[i]}}
            for i in range(N)
        ],
    )
    put(folder / "r.jsonl", [{"id": f"s{i}", "output": "yes"} for i in range(N)])
    put(folder / "c.jsonl", [{"id": f"s{i}", "output": "no" if i % every == 0 else "yes"} for i in range(N)])
    (folder / "a.yaml").write_text(
        "assay: 1\nname: t\nreference: {type: recorded, path: r.jsonl}\ncandidate: {type: recorded, path: c.jsonl}\n"
        f"suites: [{{name: g, dataset: s.jsonl, scorers: [match]}}]\ngate: {{rules: [{rules}]}}\n{more}"
    )
    code = run(["audit", str(folder / "a.yaml"), "-o", str(folder / "run"), "-q", "--no-cache"])
    return code, folder / "run"


def verdict(path: Path) -> dict[str, Any]:
    return dict(json.loads((path / "verdict.json").read_text()))


def act(path: Path, *words: str) -> int:
    return run(["review", str(path), *words])


SIGN = ("sign", "--approve", "--reason", "read them all", "--risk", "some noes")
WAIVE = ("waive", "match.band", "--reason", "known")


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ASSAY_REVIEWER", "ASSAY_LEDGER_KEY", "ASSAY_LEDGER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")


def days(count: int) -> str:
    import datetime

    return (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=count)).isoformat()


def test_the_queue_lists_failures_first_and_draws_from_the_rest(tmp_path: Path) -> None:
    code, path = audited(tmp_path)
    assert code == 3
    told = json.loads(CliRunner().invoke(review, [str(path), "--drawn", "7", "--format", "json"]).output)
    whys = [one["why"] for one in told["items"]]
    assert whys == ["failed"] * (N // 5) + ["random"] * 7
    assert told["states"]["open"] == len(whys)
    again = json.loads(CliRunner().invoke(review, [str(path), "--drawn", "7", "--format", "json"]).output)
    assert again["items"] == told["items"]


def test_two_people_judge_and_their_agreement_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, path = audited(tmp_path)
    before = verdict(path)
    items = [
        one["id"] for one in json.loads(CliRunner().invoke(review, [str(path), "--format", "json"]).output)["items"]
    ]
    monkeypatch.setenv("ASSAY_REVIEWER", "ann")
    assert act(path, "judge", items[0], "--as", "bad", "--reason", "it is") == 0
    assert act(path, "judge", items[0], "--as", "bad", "--reason", "yes", "--by", "bob") == 0
    assert act(path, "judge", items[1], "--as", "fine", "--reason", "no", "--by", "bob") == 0
    assert act(path, "judge", items[1], "--as", "bad", "--reason", "oh", "--by", "ann") == 0
    told = json.loads(CliRunner().invoke(review, [str(path), "--format", "json"]).output)
    assert told["states"]["confirmed"] == 1 and told["states"]["disputed"] == 1
    assert told["agreement"]["items"] == 2 and told["agreement"]["percent"] == 0.5
    assert run(["gate", str(path)]) == 3
    assert verdict(path) == before, "a judgement changes no score"


def test_nobody_acts_without_a_name_and_unknown_things_are_refused(tmp_path: Path) -> None:
    _, path = audited(tmp_path)
    assert act(path, *WAIVE, "--until", days(3)) == 2
    assert act(path, "judge", "0000000000", "--as", "bad", "--reason", "x", "--by", "ann") == 2
    assert act(path, "waive", "other.band", "--until", days(3), "--reason", "x", "--by", "ann") == 2
    assert act(path, *WAIVE, "--until", "soon", "--by", "ann") == 2
    assert act(tmp_path / "none", *WAIVE, "--until", days(3), "--by", "ann") == 2
    with Ledger(path) as ledger:
        assert not any(True for kind in ("judged", "waived", "signed") for _ in ledger.entries(kind))


@pytest.mark.parametrize(("until", "code"), [(3, 0), (30, 0), (31, 2), (-1, 2)])
def test_a_waiver_holds_for_its_days_and_no_longer_than_the_policy_lets_it(
    tmp_path: Path, until: int, code: int
) -> None:
    _, path = audited(tmp_path)
    assert act(path, *WAIVE, "--until", days(until), "--by", "ann") == code
    found = verdict(path)
    assert found["decision"] == ("deploy_monitored" if code == 0 else "review")
    assert found["people"] == ([f"waiver of match.band by ann until {days(until)}: known"] if code == 0 else [])
    assert code or found["valid_until"] == days(until), "a verdict does not outlive the waiver that it rests on"
    with Ledger(path) as ledger:
        assert sum(1 for _ in ledger.entries("waived")) == (code == 0), "what is without effect is not recorded"


def test_a_block_is_neither_waived_nor_signed_away(tmp_path: Path) -> None:
    code, path = audited(tmp_path, every=2)
    assert code == 1
    assert act(path, *WAIVE, "--until", days(3), "--by", "ann") == 2
    assert act(path, *SIGN, "--by", "ann") == 1
    assert act(path, *SIGN, "--by", "bob") == 1


def test_one_approval_with_the_risk_stated_lifts_a_review(tmp_path: Path) -> None:
    _, path = audited(tmp_path)
    assert act(path, "sign", "--approve", "--reason", "read", "--by", "ann") == 3, "no risk is stated"
    assert act(path, *SIGN, "--by", "ann") == 0
    found = verdict(path)
    assert found["decision"] == "deploy_monitored" and "risk accepted by ann: some noes" in found["people"]
    assert run(["gate", str(path)]) == 0
    assert act(path, "sign", "--reject", "--reason", "no", "--by", "bob") == 1
    assert verdict(path)["reasons"][0] == "rejected by bob"
    assert verdict(path)["people"][0] == "rejected by bob: no"


def test_missing_evidence_is_not_signed_away(tmp_path: Path) -> None:
    """A rule that nothing was measured for keeps the verdict inconclusive, whoever approves the other one."""
    code, path = audited(
        tmp_path, rules="{metric: match, kind: band}, {metric: match, kind: band, id: few, slice: {topic: none}}"
    )
    assert code == 3
    assert act(path, *SIGN, "--by", "ann") == 4


def test_neither_word_nor_both_is_a_decision(tmp_path: Path) -> None:
    _, path = audited(tmp_path)
    assert act(path, "sign", "--reason", "looks fine", "--by", "zed") == 2
    assert act(path, "sign", "--approve", "--reject", "--reason", "hm", "--by", "zed") == 2
    assert act(path, "sign", "--approve", "--reason", " ", "--risk", "r", "--by", "zed") == 2
    assert act(path, "bogus") == 2
    with Ledger(path) as ledger:
        assert not list(ledger.entries("signed"))


def test_a_risk_that_was_not_stated_is_not_stated_by_erasing_it(tmp_path: Path) -> None:
    import sqlite3

    _, path = audited(tmp_path)
    assert act(path, "sign", "--approve", "--reason", "ok", "--by", "eve") == 3
    with sqlite3.connect(path / "run.sqlite") as base:
        base.execute("DELETE FROM facts WHERE name LIKE 'said:%'")
    base.close()
    assert run(["gate", str(path)]) == 3


def test_a_slice_without_evidence_is_not_signed_away(tmp_path: Path) -> None:
    """The rule asks for review, and one of its categories is too thin to say anything."""
    audited(tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    for n, row in enumerate(rows):
        row["metadata"]["part"] = "rare" if n < 3 else "rest"
    put(tmp_path / "s.jsonl", rows)
    plan = (tmp_path / "a.yaml").read_text().replace("scorers: [match]", "scorers: [match], slices: [part]")
    (tmp_path / "a.yaml").write_text(plan)
    code = run(["audit", str(tmp_path / "a.yaml"), "-o", str(tmp_path / "thin"), "-q", "--no-cache"])
    assert code == 3
    assert act(tmp_path / "thin", *SIGN, "--by", "ann") == 4
    assert act(tmp_path / "thin", *WAIVE, "--until", days(3), "--by", "ann") == 4


def test_a_policy_file_says_what_people_may_waive(tmp_path: Path) -> None:
    audited(tmp_path)
    (tmp_path / "none.yaml").write_text("name: none\nwaivable: []\nsignable: false\n")
    plan = (tmp_path / "a.yaml").read_text().replace("gate: {", "gate: {policy: none.yaml, ")
    (tmp_path / "a.yaml").write_text(plan)
    assert run(["audit", str(tmp_path / "a.yaml"), "-o", str(tmp_path / "strict"), "-q", "--no-cache"]) == 3
    assert act(tmp_path / "strict", *WAIVE, "--until", days(3), "--by", "ann") == 2
    assert act(tmp_path / "strict", *SIGN, "--by", "ann") == 3


def test_words_of_people_do_not_leave_with_the_signed_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import base64

    key = tmp_path / "key"
    assert run(["ledger", "init", "--key", str(key), "--name", "k"]) == 0
    monkeypatch.setenv("ASSAY_LEDGER_KEY_FILE", str(key))
    _, path = audited(tmp_path / "a")
    assert act(path, "sign", "--approve", "--reason", "ZZWORDS", "--risk", "YYWORDS", "--by", "ann") == 0
    signed = json.loads((path / "verdict.dsse.json").read_text())
    told = base64.b64decode(signed["payload"]).decode()
    assert "approved by ann" in told and "risk accepted by ann" in told
    assert "WORDS" not in told and b"WORDS" not in (path / "ledger.sqlite").read_bytes()
    assert run(["verify", str(path / "verdict.dsse.json"), "--key", f"{key}.pub", "--run", str(path)]) == 0


def test_a_signature_of_another_outcome_is_without_effect(tmp_path: Path) -> None:
    _, path = audited(tmp_path)
    assert act(path, *SIGN, "--by", "ann") == 0
    with Ledger(path) as ledger:
        signed = next(ledger.entries("signed"))
    with Ledger(path, write=True) as ledger:
        ledger.append("signed", {**signed.data, "by": "bob", "act": "reject", "case": "0" * 64})
    assert run(["gate", str(path)]) == 0
    assert act(path, "session", "--minutes", "5", "--notes", "tried", "--by", "cid") == 0


def test_words_that_were_changed_are_found_and_words_that_were_erased_break_nothing(tmp_path: Path) -> None:
    import sqlite3

    _, path = audited(tmp_path)
    assert act(path, *SIGN, "--by", "ann") == 0
    base = sqlite3.connect(path / "run.sqlite")
    base.execute("UPDATE facts SET value = 'none at all' WHERE name LIKE 'said:%' AND value = 'some noes'")
    base.commit()
    assert run(["gate", str(path)]) == 5
    base.execute("DELETE FROM facts WHERE name LIKE 'said:%'")
    base.commit()
    base.close()
    assert run(["gate", str(path)]) == 0


def test_what_items_lack_is_listed_and_can_be_a_rule(tmp_path: Path) -> None:
    _, path = audited(tmp_path / "without")
    told = CliRunner().invoke(check, ["ledger", str(path), "--format", "json"], standalone_mode=False)
    found = json.loads(told.output)
    assert told.return_value == 1 and not found["complete"]
    assert {one["code"] for one in found["findings"]} == {"evidence.owner", "evidence.prompt"}
    assert len(found["items"]) == N // 5 and all(one["missing"] == ["prompt", "owner"] for one in found["items"])
    rule = '{metric: match, kind: band}, {kind: findings, code: "evidence.owner", at_most: 0}'
    assert audited(tmp_path / "ruled", rules=rule)[0] == 1
    assert audited(tmp_path / "owned", rules=rule, more="owner: team@example.org\n")[0] == 3


def test_the_verdict_names_where_new_failures_gather(tmp_path: Path) -> None:
    _, path = audited(tmp_path)
    found = [one for one in verdict(path)["findings"] if one["code"].startswith("pattern.")]
    assert found[0]["where"]["slice"] == "topic=tax" or found[0]["where"].get("words") == "tax"
    assert found[0]["evidence"]["inside"] == N // 5 and found[0]["evidence"]["outside"] == 0
    assert all(one["severity"] == "low" for one in found)


def test_the_list_shows_what_was_asked_and_answered_and_how_to_judge(tmp_path: Path) -> None:
    _, path = audited(tmp_path)
    said = CliRunner().invoke(review, [str(path), "--limit", "2"]).output
    assert said.count("      asked     question") == 2 and said.count("      answered  no") == 2
    assert f"assay review {path} judge ITEM --as bad|fine|unsure --reason TEXT" in said
    told = json.loads(CliRunner().invoke(review, [str(path), "--limit", "2", "--format", "json"]).output)
    assert len(told["items"]) == 2 and told["count"] == N // 5 + 20 == sum(told["states"].values())


def test_on_a_terminal_first_letters_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, path = audited(tmp_path)
    answers = "b\nit says no\nx\nFine\nall right\nq\n"
    with CliRunner().isolation(input=answers) as streams:
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        assert run(["review", str(path), "--by", "ann"]) == 0
        said = streams[0].getvalue().decode()
    assert "expected one of bad, fine, unsure, skip, quit, or its first letter" in said
    with Ledger(path) as ledger:
        assert [one.data["label"] for one in ledger.entries("judged")] == ["bad", "fine"]
