"""A notice of alarms in the forms in which people are told: JSON, Slack's blocks, records of OpenTelemetry, mail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from assay.domain.alerting import LEDGER, TEST, Case, News, Notice
from assay.report.inert import one_line
from assay.report.moves import first_seen, moved
from assay.report.watch import alarm_plain, changed_lines, moment, where

SCHEMA = "assay/alert/1"
SHOWN = 12
"""Alarms of a message that are told one by one."""
_WORDS: Mapping[News, str] = {
    "raised": "new alarm", "worse": "grew worse", "acknowledged": "taken care of", "resolved": "resolved",
}  # fmt: skip
_SEVERITY_NUMBERS = {"low": 9, "medium": 13, "high": 17, "critical": 21}
"""Of OpenTelemetry: INFO, WARN, ERROR, FATAL."""


def title(notice: Notice) -> str:
    """The notice in one line."""
    case, news = notice.items[0]
    if case.id == TEST:
        return f"assay watch: this is a test of the channel{f' ({one_line(notice.watch, 60)})' if notice.watch else ''}"
    if case.id == LEDGER:
        return f"[critical] the ledger of the watch vouches for nothing: {one_line(case.alarm.detector, 120)}"
    metrics = list(dict.fromkeys(one.alarm.metric for one, _ in notice.items))
    head = f"[{notice.severity}] {one_line(', '.join(metrics[:3]), 60)}: {_WORDS[news]}"
    if len(notice.items) == 1:
        return f"{head}, {where(dict(case.alarm.segment))}, {_move(case)}"
    return f"{head} in {len(notice.items)} cohorts, {where(dict(case.alarm.segment))} {_move(case)}"


def _move(case: Case, *, limits: bool = False) -> str:
    return moved(alarm_plain(case.alarm), limits=limits)


def plain(notice: Notice) -> dict[str, Any]:
    """The notice as JSON: what a webhook and a file get."""
    return {
        "schema": SCHEMA,
        "id": notice.id,
        "at": moment(int(notice.at_s * 1e9)),
        "watch": one_line(notice.watch, 100),
        "title": title(notice),
        "severity": notice.severity,
        "link": notice.link,
        "alarms": [
            {
                "case": case.id,
                "news": news,
                "state": case.state,
                "owner": one_line(case.owner, 100),
                **_inert(alarm_plain(case.alarm)),
            }
            for case, news in notice.items
        ],
    }


def _inert(value: Any) -> Any:
    """The same with every text in one harmless line."""
    if isinstance(value, str):
        return one_line(value, 300)
    if isinstance(value, Mapping):
        return {one_line(str(key), 100): _inert(one) for key, one in value.items()}
    return [_inert(one) for one in value] if isinstance(value, list | tuple) else value


def body(notice: Notice) -> bytes:
    """The JSON of a notice."""
    return json.dumps(plain(notice), ensure_ascii=False, allow_nan=False).encode()


def lines(notice: Notice) -> list[str]:
    """The notice in words."""
    told = []
    for case, news in notice.items[:SHOWN]:
        about = case.alarm
        if case.id == TEST:
            told.append("It tells of no alarm, and nothing is to be done.")
            continue
        if case.id == LEDGER:
            told.append(f"{one_line(about.detector, 300)}. Until it is sound again nobody knows who took which alarm:")
            told.append(f"{len(notice.items) - 1} that are not over count as open. See `assay watch alerts`.")
            continue
        count = "" if first_seen(about.evidence) else f" in {about.n:,} traces"
        told.append(
            f"{one_line(about.metric, 60)}, {where(dict(about.segment))}: {_WORDS[news]}. {_move(case, limits=True)}"
            f"{count} since {moment(about.since_ns)}"
        )
        told += (f"  {line}" for line in changed_lines(about.changed[:4], about.evidence))
        if case.owner:
            told.append(f"  {one_line(case.owner, 60)} takes care")
        link = f"{notice.link.rstrip('/')}/alarms/{case.id}" if notice.link else ""
        told.append(f"  case {case.id}{'  ' + link if link else ''}")
    if len(notice.items) > SHOWN:
        told.append(f"and {len(notice.items) - SHOWN} more")
    return told


def slack(notice: Notice) -> bytes:
    """The notice in the form of Slack's incoming webhooks, which Mattermost and others take too."""
    told = "\n".join(lines(notice))
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": title(notice)[:150], "emoji": False}},
        {"type": "section", "text": {"type": "mrkdwn", "text": _escaped(told)[:2900], "verbatim": True}},
    ]
    return json.dumps({"text": _escaped(title(notice)), "blocks": blocks}, ensure_ascii=False).encode()


def _escaped(text: str) -> str:
    """As Slack asks; so that no name of a cohort calls the whole channel or becomes a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def otlp(notice: Notice) -> bytes:
    """Log records, one for each alarm: OTLP over HTTP in JSON."""
    at = str(int(notice.at_s * 1e9))
    records = [
        {
            "timeUnixNano": str(max(case.alarm.at_ns, 0)),
            "observedTimeUnixNano": at,
            "severityNumber": _SEVERITY_NUMBERS[case.alarm.severity],
            "severityText": case.alarm.severity,
            "eventName": f"assay.alarm.{news}",
            "body": {"stringValue": one_line(_told(notice, case, news), 300)},
            "attributes": [_attribute(key, value) for key, value in _attributes(case, news).items()],
        }
        for case, news in notice.items
    ]
    resource = {"attributes": [_attribute("service.name", "assay-watch")]}
    scope = {"scope": {"name": "assay"}, "logRecords": records}
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}, ensure_ascii=False).encode()


def _told(notice: Notice, case: Case, news: News) -> str:
    return title(notice) if case.id in (TEST, LEDGER) else f"{case.alarm.metric} {_WORDS[news]}: {_move(case)}"


def _attributes(case: Case, news: News) -> dict[str, str | float | int]:
    about = case.alarm
    return {
        "assay.case": case.id,
        "assay.news": news,
        "assay.state": case.state,
        "assay.owner": case.owner,
        "assay.metric": about.metric,
        "assay.since": moment(about.since_ns),
        "assay.before": about.before,
        "assay.now": about.now,
        "assay.low": about.low,
        "assay.high": about.high,
        "assay.n": about.n,
        **{f"assay.cohort.{one_line(key, 60)}": value for key, value in about.segment},
    }


def _attribute(key: str, value: str | float | int) -> dict[str, Any]:
    if isinstance(value, str):
        return {"key": key, "value": {"stringValue": one_line(value, 300)}}
    if isinstance(value, int):
        return {"key": key, "value": {"intValue": str(value)}}
    return {"key": key, "value": {"doubleValue": value}}


def mail(notice: Notice, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """The notice as a letter; the same notice has the same Message-ID, so that mail programs show it once."""
    made = EmailMessage()
    made["Subject"] = one_line(title(notice), 180)
    made["From"] = sender
    made["To"] = ", ".join(to)
    made["Date"] = format_datetime(datetime.fromtimestamp(notice.at_s, UTC))
    made["Message-ID"] = f"<{notice.id}.assay-watch@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    end = f"assay watch, {notice.link}" if notice.link else "assay watch"
    made.set_content("\n".join([title(notice), "", *lines(notice), "", end, ""]))
    return made
