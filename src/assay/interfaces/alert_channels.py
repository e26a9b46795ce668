"""From the plan of alerts to the channels themselves, and to all that tells them in a state folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from assay.domain.alerting import AlertPlan, Channel, Notice
from assay.report import alerts
from assay.store.alarm_book import AlarmBook
from assay.store.deliveries import Deliveries
from assay.store.watch_plans import NAME, read_alerts
from assay.traces.observed import NAME as OBSERVED
from assay.traces.observed import Observed
from assay.traces.state import in_sight
from assay.watch.alerting import Alerting, Send
from assay.watch.posting import Posted, Poster
from assay.watch.senders import Mailer, appended, poster, secret, without


def send_of(channel: Channel, environment: Mapping[str, str] = os.environ) -> Send:
    """Who tells a channel.

    Raises:
        ConfigurationError: A secret that it names is not set.
    """
    if channel.kind == "email":
        password = secret(channel, channel.password_env, environment) if channel.password_env else ""
        mailer = Mailer(channel=channel, password=password)
        return lambda notice: mailer.send(alerts.mail(notice, channel.sender, channel.to))
    if channel.kind == "file":
        return lambda notice: appended(Path(channel.path), alerts.body(notice))
    form: Callable[[Notice], bytes] = {"webhook": alerts.body, "slack": alerts.slack, "otlp": alerts.otlp}[channel.kind]
    made = poster(channel, environment)
    named = (channel.url_env, channel.secret_env, *channel.headers_env.values())
    hidden = {name: environment.get(name, "") for name in named if name}
    return lambda notice: _hiding(made, form(notice), notice.id, hidden)


def _hiding(made: Poster, body: bytes, identity: str, hidden: Mapping[str, str]) -> Posted:
    posted = made.post(body, identity)
    return replace(posted, problem=without(posted.problem, hidden))


def plan_of(folder: Path, given: Path | None = None) -> AlertPlan:
    """The plan of alerts of a state folder: the file that is given, else its own, else one without channels."""
    path = given or folder / NAME
    return read_alerts(path) if given is not None or path.is_file() else AlertPlan()


def book_of(folder: Path, observed: Observed | None = None) -> AlarmBook:
    """The alarms of a state folder."""
    held = observed or Observed(folder / OBSERVED)
    return AlarmBook(folder, lambda: in_sight(held))


def alerting(folder: Path, plan: AlertPlan, observed: Observed | None = None, name: str = "") -> Alerting:
    """All that tells people about the alarms of a state folder.

    Raises:
        ConfigurationError: A secret that the plan names is not set.
    """
    return Alerting(
        plan=plan,
        book=book_of(folder, observed),
        deliveries=Deliveries(folder),
        senders={one.name: send_of(one) for one in plan.channels},
        watch=name,
    )
