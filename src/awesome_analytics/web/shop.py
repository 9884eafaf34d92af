"""The shop as the screens see it: connections to lend, the clock, and errors said in words.

The server opens it once with `use`; a screen writes `with shop.told(), shop.books() as connection: ...`.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from typing import TypeVar

import psycopg
import pymysql
import streamlit as st

from awesome_analytics.bootstrap.shop import Connection, Shop
from awesome_analytics.core.errors import Ambiguous, AwesomeError, ServerUnavailable, UserError
from awesome_analytics.core.settings import Settings
from awesome_analytics.warehouse.engine import Engine
from awesome_analytics.web.pool import Closable, Pool

C = TypeVar("C", bound=Closable)

LOST = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    pymysql.err.OperationalError,
    pymysql.err.InterfaceError,
)
"""What drivers raise when a server goes away in the middle of a question."""


class _Open:
    """The open shop of this process with a pool for each database user."""

    def __init__(self, settings: Settings, on_note: Callable[[str], None]) -> None:
        self.settings = settings
        self._on_note = on_note
        self._mending = threading.Lock()
        self._stack = ExitStack()
        self.shop = self._enter()
        self.books: Pool[Connection] = Pool(self._patient(lambda: self.shop.entry()), _ping)
        self.app: Pool[Connection] = Pool(self._patient(lambda: self.shop.app()), _ping)
        self.source: Pool[Connection] = Pool(self._patient(lambda: self.shop.source()), _ping, most=4)
        self.reader: Pool[Engine] = Pool(self._patient(lambda: self.shop.reader()), _ask)

    def _enter(self) -> Shop:
        return self._stack.enter_context(Shop.open(self.settings, on_note=self._on_note))

    def _patient(self, connect: Callable[[], C]) -> Callable[[], C]:
        """Connect; where the server of our own has died, start it again first."""

        def connect_or_mend() -> C:
            before = self.shop
            try:
                return connect()
            except ServerUnavailable:
                if self.settings.oltp_url and self.settings.warehouse_url:
                    raise
            with self._mending:
                if self.shop is before:
                    self._stack.close()
                    self.shop = self._enter()
            return connect()

        return connect_or_mend

    def close(self) -> None:
        for pool in (self.books, self.app, self.source, self.reader):
            pool.close()
        self._stack.close()


def _ping(connection: Connection) -> object:
    return connection.execute("select 1")


def _ask(engine: Engine) -> object:
    return engine.query("select 1")


_open: _Open | None = None


@contextmanager
def use(settings: Settings, *, on_note: Callable[[str], None]) -> Iterator[None]:
    """Open the shop for this process, for as long as the block."""
    global _open
    _open = _Open(settings, on_note)
    try:
        yield
    finally:
        _open.close()
        _open = None


def _here() -> _Open:
    if _open is None:
        raise RuntimeError("the web server opens the shop before any page runs")
    return _open


def settings() -> Settings:
    """The shop's settings."""
    return _here().settings


def opened() -> Shop:
    """The shop itself, for what opens connections of its own."""
    return _here().shop


@contextmanager
def books() -> Iterator[Connection]:
    """The books, as the user who writes them through the commands."""
    with _here().books() as connection:
        yield connection


@contextmanager
def source() -> Iterator[Connection]:
    """The books, as the pipeline reads them."""
    with _here().source() as connection:
        yield connection


@contextmanager
def app() -> Iterator[Connection]:
    """People, sessions and what they keep."""
    with _here().app() as connection:
        yield connection


@contextmanager
def reader() -> Iterator[Engine]:
    """The warehouse, read only."""
    with _here().reader() as engine:
        yield engine


def now() -> datetime:
    """The moment."""
    return datetime.now(UTC)


def today() -> date:
    """The shop's calendar day, or the one fixed by AWESOME_TODAY."""
    return settings().today or now().astimezone(settings().timezone).date()


def plain(text: object) -> str:
    """Text as it is, in a place where Streamlit reads markdown: a name is no formula and no link."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|$~:" else c for c in str(text))


def say(error: Exception) -> None:
    """Show a failure as a clear message: what the person can mend apart from what they can't."""
    if isinstance(error, UserError):
        st.error(plain(error), icon=":material/error:")
        if isinstance(error, Ambiguous):
            st.markdown("\n".join(f"- {plain(candidate)}" for candidate in error.candidates))
        return
    told = error if isinstance(error, AwesomeError) else _LOST_TOLD
    st.error(plain(told), icon=":material/cloud_off:")


_LOST_TOLD = "The connection to the database was lost. What you typed is still here: try again in a moment."


@contextmanager
def told() -> Iterator[None]:
    """Turn a failure inside the block into a message on the page; the page goes on after it."""
    try:
        yield
    except (AwesomeError, *LOST) as error:
        say(error)
