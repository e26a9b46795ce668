from __future__ import annotations

from pathlib import Path

import pytest

from assay.domain.errors import PlanError
from assay.store.watch_plans import read_alerts

GOOD = """
watch: 1
alerts:
  gather: 1m
  link: https://watch.example.org
  channels:
    - {name: pager, kind: webhook, url: "https://example.org/hook", secret_env: HOOK_KEY, least: high}
    - {name: chat, kind: slack, url_env: SLACK_URL, most_per_hour: 5, news: [raised]}
    - {name: mail, kind: email, host: mail.example.org, from: w@example.org, to: [a@example.org], user: w, password_env: MAIL}
    - {name: logs, kind: otlp, url: "http://127.0.0.1:4318/v1/logs", headers_env: {Authorization: OTLP_AUTH}}
    - {name: file, kind: file, path: out/alerts.jsonl, timeout: 2s}
"""


def test_a_plan_with_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "watch.yaml"
    path.write_text(GOOD)
    plan = read_alerts(path)
    pager, chat, mail, logs, file = plan.channels
    assert (plan.gather_s, plan.link) == (60.0, "https://watch.example.org")
    assert (pager.secret_env, pager.least, pager.timeout_s) == ("HOOK_KEY", "high", 10.0)
    assert (chat.url, chat.url_env, chat.news, chat.most_per_hour) == ("", "SLACK_URL", ("raised",), 5)
    assert (mail.sender, mail.to, mail.port, mail.tls) == ("w@example.org", ("a@example.org",), 587, "starttls")
    assert logs.headers_env == {"Authorization": "OTLP_AUTH"} and file.path == str(tmp_path / "out/alerts.jsonl")


def test_a_plan_may_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_text("watch: 1\n")
    assert read_alerts(tmp_path / "watch.yaml").channels == ()


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("{name: a, kind: webhook}", "give one of url and url_env"),
        ("{name: a, kind: webhook, url: 'https://u:p@example.org'}", "holds a user or password"),
        ("{name: a, kind: webhook, url: 'ftp://example.org'}", "begins with http"),
        (
            "{name: a, kind: webhook, url: 'https://example.org', secret_env: 'a secret!'}",
            "the name of an environment variable",
        ),
        ("{name: a, kind: webhook, url: 'https://example.org', secret: abc}", "secret"),
        (
            "{name: a, kind: email, host: h, from: w@example.org, to: [a@example.org], user: w}",
            "both user and password_env",
        ),
        (
            "{name: a, kind: email, host: h, from: w@example.org, to: [a@example.org], user: w, password_env: P, tls: none}",
            "without tls",
        ),
        ("{name: a, kind: email, host: h, from: 'w', to: [a@example.org]}", "mail address"),
        ("{name: a, kind: email, host: h, from: w@example.org, to: []}", "to"),
        ("{name: a, kind: pigeon}", "pigeon"),
        ("{name: a, kind: file, path: x, most_per_hour: 0}", "most_per_hour"),
        ("{name: a, kind: file, path: x}, {name: a, kind: file, path: y}", "two channels are called 'a'"),
    ],
)
def test_a_wrong_channel_is_told_with_its_place(tmp_path: Path, channel: str, said: str) -> None:
    path = tmp_path / "watch.yaml"
    path.write_text(f"watch: 1\nalerts:\n  channels: [{channel}]\n")
    with pytest.raises(PlanError, match=said):
        read_alerts(path)
