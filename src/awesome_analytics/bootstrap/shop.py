"""A shop opened for work: its servers running, its schemas right, a connection for each database user."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg

from awesome_analytics.bootstrap import credentials
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import NotInitialised, ServerUnavailable
from awesome_analytics.core.settings import OLAP_DATABASE, OLTP_DATABASE, Settings
from awesome_analytics.warehouse.engine import Engine
from awesome_analytics.warehouse.mysql import MysqlEngine
from awesome_analytics.warehouse.postgresql import PostgresqlEngine

Connection = psycopg.Connection[tuple[Any, ...]]

Note = Callable[[str], None]

_REVISIONS = {
    name: files(f"awesome_analytics.{name}").joinpath("migrations", "versions")
    for name in ("sales", "app", "warehouse")
}


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Where the two databases are and how each user reaches them.

    `oltp` and `olap` carry the administrator's log-in, used by set-up alone.
    """

    settings: Settings
    oltp: DatabaseUrl
    olap: DatabaseUrl
    passwords: Mapping[str, str] = field(repr=False)
    on_note: Note

    @classmethod
    @contextmanager
    def open(cls, settings: Settings, *, on_note: Note, prepare: bool = True) -> Iterator["Shop"]:
        """Start or reach the servers; an embedded shop is set up on the way if `prepare` says so."""
        with ExitStack() as stack:
            embedded = None
            if settings.oltp_url is None or settings.warehouse_url is None:
                embedded = stack.enter_context(EmbeddedPostgres(settings.home, on_note=on_note)).admin
            shop = cls(
                settings=settings,
                oltp=settings.oltp_url or _inside(embedded, OLTP_DATABASE),
                olap=settings.warehouse_url or _inside(embedded, OLAP_DATABASE),
                passwords=credentials.load_or_create(settings.home),
                on_note=on_note,
            )
            if prepare:
                shop.prepare_if_needed()
            yield shop

    def prepare(self) -> list[str]:
        """Create or bring up to date both databases; returns what was done."""
        # The migration library takes longer to import than most commands take to run.
        from awesome_analytics.bootstrap import setup

        done = setup.prepare_oltp(self.oltp, self.passwords)
        done += setup.prepare_app(self.oltp, self.passwords)
        done += setup.prepare_warehouse(self.olap, self.passwords)
        self._stamp_file.write_text(self._stamp(), encoding="utf-8")
        return done

    def prepare_if_needed(self) -> None:
        """Set up an embedded shop; a shop on servers of somebody else's is set up by `awesome init` alone."""
        if self._stamp_file.exists() and self._stamp_file.read_text(encoding="utf-8") == self._stamp():
            return
        if self.settings.oltp_url or self.settings.warehouse_url:
            raise NotInitialised(
                f"the shop at {self.oltp} and {self.olap} is not set up for this version: run `awesome init`"
            )
        self.prepare()

    @property
    def _stamp_file(self) -> Path:
        return self.settings.home / "prepared.json"

    def _stamp(self) -> str:
        """What was prepared, so that a command need not ask the servers each time."""
        revisions = {
            name: sorted(each.name for each in folder.iterdir() if each.name.endswith((".py", ".sql")))
            for name, folder in _REVISIONS.items()
        }
        places = {"oltp": str(self.oltp), "olap": str(self.olap)}
        return json.dumps({**places, **revisions, "version": version("awesome-analytics")})

    def _login(self, url: DatabaseUrl, user: str) -> DatabaseUrl:
        return url.login(user, self.passwords[user])

    def entry(self) -> Connection:
        """The books, as the user who writes them; autocommit."""
        return _connect(self._login(self.oltp, credentials.ENTRY))

    def app(self) -> Connection:
        """People, sessions and what they keep, in the schema `app` beside the books; autocommit."""
        return _connect(self._login(self.oltp, credentials.APP))

    def source(self) -> Connection:
        """The books, as the pipeline reads them; autocommit."""
        return _connect(self._login(self.oltp, credentials.ETL))

    def warehouse(self) -> Engine:
        """The warehouse, as the pipeline writes it."""
        return self._engine(credentials.ETL)

    def reader(self) -> Engine:
        """The warehouse, as every face reads it."""
        return self._engine(credentials.READER)

    def _engine(self, user: str) -> Engine:
        url = self._login(self.olap, user)
        if url.scheme == "mysql":
            return MysqlEngine(url, on_note=self.on_note)
        return PostgresqlEngine(url)


def _inside(embedded: DatabaseUrl | None, database: str) -> DatabaseUrl:
    assert embedded is not None
    return embedded.at(database)


def _connect(url: DatabaseUrl) -> Connection:
    try:
        return psycopg.connect(**url.parameters(), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise ServerUnavailable(f"the books at {url} can't be reached: {error}") from error
