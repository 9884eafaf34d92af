"""What the shop tells by itself, and to whom: its log, its metrics, alerts and reports."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from awesome_analytics.core.errors import InvalidInput

Tls = Literal["from the start", "asked for", "off"]
Rhythm = Literal["daily", "weekly", "monthly"]

PERIODS: Mapping[Rhythm, str] = {"daily": "yesterday", "weekly": "last_week", "monthly": "last_month"}
"""The days that a report of each rhythm tells of."""

_LOCAL = ("localhost", "127.0.0.1", "::1")
_SHORTEST_TOKEN = 16
_ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")
_REPORT = re.compile(r"(daily|weekly|monthly)(?: +([01]?\d|2[0-3]):([0-5]\d))?")
_DAYS: Mapping[str, str] = {"daily": "* * *", "weekly": "* * 1", "monthly": "1 * *"}


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where mail is handed in, and whose it is."""

    host: str
    port: int
    tls: Tls
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `smtp://user:password@host:587?from=shop@example.com`; a mistake is told without it."""
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query))
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise _wrong("write smtp://host:587, or smtps://host:465 where TLS begins at once")
        if options.keys() - {"from", "tls"} or options.get("tls", "off") != "off":
            raise _wrong("after the ? may stand from=shop@example.com and tls=off")
        try:
            port = parts.port or (465 if parts.scheme == "smtps" else 587)
        except ValueError as error:
            raise _wrong("the port must be a number from 1 to 65535") from error
        local = parts.hostname in _LOCAL
        bare = parts.scheme == "smtp" and (local or options.get("tls") == "off")
        if bare and parts.password and not local:
            raise _wrong("a password may not travel without TLS: take tls=off away")
        user = unquote(parts.username) if parts.username else None
        named = options.get("from") or (user if user and "@" in user else f"awesome@{parts.hostname}")
        return cls(
            host=parts.hostname,
            port=port,
            tls="from the start" if parts.scheme == "smtps" else "off" if bare else "asked for",
            sender=_addresses(named, "AWESOME_SMTP_URL")[0],
            user=user,
            password=unquote(parts.password) if parts.password else None,
        )


@dataclass(frozen=True, kw_only=True)
class ReportPlan:
    """When a report is due, by a cron line in the shop's time zone, and which days it tells of."""

    rhythm: Rhythm
    cron: str

    @property
    def period(self) -> str:
        """The days, as a Query names them."""
        return PERIODS[self.rhythm]


@dataclass(frozen=True, kw_only=True)
class Telling:
    """The settings of everything that the shop tells by itself; nothing set, nothing told."""

    log_as_json: bool = False
    metrics_token: str | None = field(default=None, repr=False)
    mail: MailServer | None = None
    alert_email: tuple[str, ...] = ()
    alert_webhook: str | None = field(default=None, repr=False)
    report: ReportPlan | None = None
    report_email: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the variables; raises InvalidInput that names the variable."""
        smtp = environment.get("AWESOME_SMTP_URL")
        found = cls(
            log_as_json=_as_json(environment.get("AWESOME_LOG") or "text"),
            metrics_token=_token(environment.get("AWESOME_METRICS_TOKEN")),
            mail=MailServer.parse(smtp) if smtp else None,
            alert_email=_addresses(environment.get("AWESOME_ALERT_EMAIL"), "AWESOME_ALERT_EMAIL"),
            alert_webhook=_webhook(environment.get("AWESOME_ALERT_WEBHOOK")),
            report=_report(environment.get("AWESOME_REPORT") or "off"),
            report_email=_addresses(environment.get("AWESOME_REPORT_EMAIL"), "AWESOME_REPORT_EMAIL"),
        )
        if found.mail is None and (found.alert_email or found.report_email):
            raise _wrong("set it, too: mail needs a server to be handed in at, like smtp://mail.example:587")
        if found.report and not found.report_email:
            raise InvalidInput("AWESOME_REPORT_EMAIL", "say who gets the report that AWESOME_REPORT asks for")
        return found


def addresses(text: str, *, field: str) -> tuple[str, ...]:
    """The e-mail addresses in a list with commas; raises InvalidInput for what is none."""
    return _addresses(text, field)


def _addresses(text: str | None, name: str) -> tuple[str, ...]:
    found = tuple(each.strip() for each in (text or "").split(",") if each.strip())
    for each in found:
        if not _ADDRESS.fullmatch(each) or not each.isascii() or not each.isprintable():
            raise InvalidInput(name, f"'{each}' is no e-mail address; write them with commas between")
    return found


def _wrong(told: str) -> InvalidInput:
    return InvalidInput("AWESOME_SMTP_URL", told)


def _as_json(text: str) -> bool:
    if text not in ("text", "json"):
        raise InvalidInput("AWESOME_LOG", f"'{text}' is no form of a log; write text or json")
    return text == "json"


def _token(text: str | None) -> str | None:
    if not text:
        return None
    if len(text) < _SHORTEST_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidInput(
            "AWESOME_METRICS_TOKEN", f"take {_SHORTEST_TOKEN} letters and digits or more, without spaces"
        )
    return text


def _webhook(text: str | None) -> str | None:
    """The address may carry a key: it is repeated in no message."""
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or not text.isascii() or " " in text:
        raise InvalidInput("AWESOME_ALERT_WEBHOOK", "write an address that begins with https:// or http://")
    return text


def _report(text: str) -> ReportPlan | None:
    plain = text.strip().lower()
    if plain == "off":
        return None
    found = _REPORT.fullmatch(plain)
    if found is None:
        raise InvalidInput(
            "AWESOME_REPORT",
            f"'{text}' is no rhythm; write off, daily, weekly or monthly, and the hour, like weekly 06:30",
        )
    rhythm: Rhythm = found[1]  # type: ignore[assignment]
    return ReportPlan(rhythm=rhythm, cron=f"{int(found[3] or 0)} {int(found[2] or 7)} {_DAYS[rhythm]}")
