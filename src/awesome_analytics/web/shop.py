"""The shop as the screens see it: connections to lend, the clock, and errors said in words.

The server opens it once with `use`; a screen writes `with shop.told(), shop.books() as connection: ...`.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
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


_BOOKS_AWAY = "The shop's books can't be reached just now. Nothing is lost: try again in a moment."
_WAREHOUSE_AWAY = (
    "The warehouse can't be reached just now, so there are no figures. "
    "Data entry goes on, and nothing is lost."
)


class _Open:
    """The open shop of this process with a pool for each database user."""

    def __init__(self, settings: Settings, on_note: Callable[[str], None]) -> None:
        self.settings = settings
        self._on_note = on_note
        self._mending = threading.Lock()
        self._away: set[str] = set()
        self._stack = ExitStack()
        self.shop = self._enter()
        books, warehouse = settings.oltp_url is None, settings.warehouse_url is None
        entry = self._patient(lambda: self.shop.entry(), _BOOKS_AWAY, own=books)
        app = self._patient(lambda: self.shop.app(), _BOOKS_AWAY, own=books)
        source = self._patient(lambda: self.shop.source(), _BOOKS_AWAY, own=books)
        reader = self._patient(lambda: self.shop.reader(), _WAREHOUSE_AWAY, own=warehouse)
        self.books: Pool[Connection] = Pool(entry, _ping)
        self.app: Pool[Connection] = Pool(app, _ping)
        self.source: Pool[Connection] = Pool(source, _ping, most=4)
        self.reader: Pool[Engine] = Pool(reader, _ask)

    def _enter(self) -> Shop:
        return self._stack.enter_context(Shop.open(self.settings, on_note=self._on_note))

    def _patient(self, connect: Callable[[], C], told: str, *, own: bool) -> Callable[[], C]:
        """Connect, or say what people are told; addresses and drivers' words go to the server's own notes."""

        def connect_or_tell() -> C:
            try:
                found = self._mended(connect) if own else connect()
            except ServerUnavailable as error:
                if told not in self._away:
                    self._away.add(told)
                    self._on_note(" ".join(str(error).split()))
                raise ServerUnavailable(told) from error
            self._away.discard(told)
            return found

        return connect_or_tell

    def _mended(self, connect: Callable[[], C]) -> C:
        """Connect; where the server of our own has died, start it again first."""
        before = self.shop
        with suppress(ServerUnavailable):
            return connect()
        with self._mending:
            if self.shop is before:
                self._stack.close()
                self.shop = self._enter()
        return connect()

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


def toast(error: Exception) -> None:
    """Say in passing that what was just asked for was not done."""
    told = error if isinstance(error, AwesomeError) else _LOST_TOLD
    st.toast(f"This was not done. {plain(told)}", icon=":material/cloud_off:")


_LOST_TOLD = "The connection to the database was lost. What you typed is still here: try again in a moment."


_AWAY = "awesome books away"


def stand_away(*, away: bool) -> None:
    """Note whether the frame has said that the books can't be reached: the page need not say it again."""
    st.session_state[_AWAY] = away


def is_away() -> bool:
    """Whether the frame has said so and waits for the books."""
    return bool(st.session_state.get(_AWAY))


@contextmanager
def told() -> Iterator[None]:
    """Turn a failure inside the block into a message on the page; the page goes on after it."""
    try:
        yield
    except (AwesomeError, *LOST) as error:
        if isinstance(error, UserError) or not is_away():
            say(error)
