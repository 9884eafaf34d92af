"""The environment, read once at the edge and frozen. Nothing else reads `os.environ`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.sign_in import Provider
from awesome_analytics.core.telling import Telling

UTC = ZoneInfo("UTC")
OLTP_DATABASE = "awesome_oltp"
OLAP_DATABASE = "awesome_olap"
NIGHTLY = "0 2 * * *"
GEMINI_MODEL = "gemini-flash-latest"
_NO_SCHEDULE = "off"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where the shop is and which engines hold it.

    `home` keeps the embedded server's data and the passwords of the database users. An address that is
    None means the embedded PostgreSQL. `today` is fixed by tests and demos; None means the shop's own clock.
    `etl_schedule` is a cron line in the shop's time zone; None means that runs start by hand alone.
    Without `gemini_key` the chat answers by itself and nothing leaves the machine. `provider` is where people
    may prove who they are besides here.
    """

    home: Path
    oltp_url: DatabaseUrl | None = None
    warehouse_url: DatabaseUrl | None = None
    timezone: ZoneInfo = UTC
    today: date | None = None
    etl_schedule: str | None = NIGHTLY
    gemini_key: str | None = field(default=None, repr=False)
    gemini_model: str = GEMINI_MODEL
    gemini_base_url: str | None = None
    provider: Provider | None = None
    telling: Telling = field(default_factory=Telling)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], *, default_home: Path) -> Self:
        """Read the `AWESOME_*` variables; raises InvalidInput that names the variable."""
        return cls(
            home=Path(environment.get("AWESOME_HOME") or default_home).expanduser().absolute(),
            oltp_url=_url(environment, "AWESOME_OLTP_URL", ("postgresql",), OLTP_DATABASE),
            warehouse_url=_url(environment, "AWESOME_WAREHOUSE_URL", ("postgresql", "mysql"), OLAP_DATABASE),
            timezone=_timezone(environment.get("AWESOME_TIMEZONE") or "UTC"),
            today=_today(environment.get("AWESOME_TODAY")),
            etl_schedule=_schedule(environment.get("AWESOME_ETL_SCHEDULE") or NIGHTLY),
            gemini_key=environment.get("GEMINI_API_KEY") or None,
            gemini_model=environment.get("AWESOME_GEMINI_MODEL") or GEMINI_MODEL,
            gemini_base_url=_base_url(environment.get("AWESOME_GEMINI_BASE_URL")),
            provider=Provider.from_environment(environment),
            telling=Telling.from_environment(environment),
        )


def _url(
    environment: Mapping[str, str], name: str, schemes: tuple[str, ...], database: str
) -> DatabaseUrl | None:
    text = environment.get(name)
    if not text:
        return None
    url = DatabaseUrl.parse(text, field=name)
    if url.scheme not in schemes:
        raise InvalidInput(name, f"the books are kept in PostgreSQL; {url.scheme}:// can't hold them")
    return url if url.database else url.at(database)


def _base_url(text: str | None) -> str | None:
    """The key travels with every request, so it may not travel in the clear."""
    if not text:
        return None
    parts = urlsplit(text)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise InvalidInput("AWESOME_GEMINI_BASE_URL", "write an address that begins with https://")
    return text


def _timezone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInput(
            "AWESOME_TIMEZONE", f"'{name}' is no time zone; write one like Europe/Berlin or America/New_York"
        ) from error


def _today(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("AWESOME_TODAY", f"'{text}' is no date; write it as 2024-12-07") from error


def _schedule(line: str) -> str | None:
    if line.strip().lower() == _NO_SCHEDULE:
        return None
    try:
        CronSim(line, datetime(2024, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise InvalidInput(
            "AWESOME_ETL_SCHEDULE",
            f"'{line}' is no cron line ({error}); write minute, hour, day, month and weekday, "
            f"like '{NIGHTLY}' for every night at two, or '{_NO_SCHEDULE}'",
        ) from error
    return " ".join(line.split())
