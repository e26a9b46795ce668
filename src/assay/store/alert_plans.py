"""The section `alerts` of a watch file: whom alarms are told, and how."""

from __future__ import annotations

import re
import urllib.parse
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Discriminator, Field, model_validator

from assay.domain.alerting import AlertPlan, Channel
from assay.store.planfile import Number, Seconds, Strict


def _address(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an address that begins with http:// or https:// and names a host")
    if parts.username or parts.password:
        raise ValueError("holds a user or password; name an environment variable with headers_env or url_env")
    return url


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("expected the name of an environment variable, not its value")
    return name


def _mail(address: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", address):
        raise ValueError("expected a mail address such as watch@example.org")
    return address


Address = Annotated[str, AfterValidator(_address)]
Variable = Annotated[str, AfterValidator(_variable)]
Mail = Annotated[str, AfterValidator(_mail)]


class _ChannelFile(Strict):
    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w .-]+$")] = Field(
        description="What people call it"
    )
    least: Literal["low", "medium", "high", "critical"] = Field("low", description="The lowest severity told here")
    news: Annotated[list[Literal["raised", "worse", "acknowledged", "resolved"]], Field(min_length=1)] = Field(
        ["raised", "worse", "resolved"], description="What is told"
    )
    most_per_hour: Annotated[int, Field(ge=1, le=1000)] = Field(20, description="Messages in an hour; the rest wait")
    timeout: Annotated[Seconds, Field(le=60)] = Field(10.0, description="Longest wait for one attempt")


class _PostedFile(_ChannelFile):
    url: Address | None = Field(None, description="Address")
    url_env: Variable | None = Field(None, description="Variable with the address, where that is a secret")
    headers_env: dict[str, Variable] = Field({}, description="Header: variable with its value")

    @model_validator(mode="after")
    def _one_address(self) -> _PostedFile:
        if (self.url is None) == (self.url_env is None):
            raise ValueError("give one of url and url_env")
        return self


class WebhookFile(_PostedFile):
    """A signed message in JSON to an address."""

    kind: Literal["webhook"]
    secret_env: Variable | None = Field(None, description="Variable with the key of the signature")


class SlackFile(_PostedFile):
    """A message in the form that Slack and its kin take."""

    kind: Literal["slack"]


class OtlpFile(_PostedFile):
    """Log records of OpenTelemetry, OTLP over HTTP in JSON."""

    kind: Literal["otlp"]


class EmailFile(_ChannelFile):
    """Mail over SMTP."""

    kind: Literal["email"]
    host: str = Field(description="Mail server")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(587, description="Its port")
    tls: Literal["starttls", "tls", "none"] = Field("starttls", description="How the connection is kept private")
    user: str = Field("", description="Who logs in")
    password_env: Variable | None = Field(None, description="Variable with the password")
    sender: Mail = Field(alias="from", description="Address that mail comes from")
    to: Annotated[list[Mail], Field(min_length=1)] = Field(description="Addresses that it goes to")

    @model_validator(mode="after")
    def _no_password_in_the_open(self) -> EmailFile:
        if bool(self.user) != (self.password_env is not None):
            raise ValueError("a login needs both user and password_env")
        if self.user and self.tls == "none":
            raise ValueError("a password is not sent without tls: give tls: starttls or tls: tls")
        return self


class FileFile(_ChannelFile):
    """A line of JSON in a file."""

    kind: Literal["file"]
    path: str = Field(description="The file; from the folder of the plan")


AnyChannel = Annotated[WebhookFile | SlackFile | OtlpFile | EmailFile | FileFile, Discriminator("kind")]


class AlertsFile(Strict):
    """Whom alarms are told, and how."""

    channels: list[AnyChannel] = Field([], description="Whom")
    gather: Annotated[Seconds, Field(le=3600)] = Field(30.0, description="How long news are gathered into a message")
    worse_by: Annotated[Number, Field(gt=0, le=10)] = Field(0.25, description="Growth of a move that is told again")
    give_up: Seconds = Field(2 * 86400.0, description="Time after which news that cannot be told are given up")
    link: Address | None = Field(None, description="Address of the page, for messages")

    @model_validator(mode="after")
    def _names_differ(self) -> AlertsFile:
        names = [one.name for one in self.channels]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two channels are called '{twice[0]}'")
        return self


def alert_plan(written: AlertsFile | None, folder: Path) -> AlertPlan:
    """The plan of alerts of a section; one without channels where there is none.

    Args:
        written: The section.
        folder: Where the plan lies; files of channels are named from there.
    """
    if written is None:
        return AlertPlan()
    return AlertPlan(
        channels=tuple(_channel(one, folder) for one in written.channels),
        gather_s=written.gather,
        worse_by=written.worse_by,
        give_up_s=written.give_up,
        link=written.link or "",
    )


def _channel(written: BaseModel, folder: Path) -> Channel:
    values: dict[str, Any] = {key: value for key, value in written.model_dump().items() if value is not None}
    values["timeout_s"] = values.pop("timeout")
    if "path" in values:
        values["path"] = str(folder / values["path"])
    frozen: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return Channel(**frozen)
