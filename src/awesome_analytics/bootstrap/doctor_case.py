"""What the doctor's checks share: the case they look at, and the two ways not to be content."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, TypeVar

from awesome_analytics.bootstrap.shop import Connection, Shop
from awesome_analytics.core.errors import AwesomeError, ServerUnavailable
from awesome_analytics.core.settings import Settings
from awesome_analytics.core.sql import blocks
from awesome_analytics.etl.runner import Ends
from awesome_analytics.warehouse.engine import Engine

C = TypeVar("C", Connection, Engine)


class Ill(Exception):
    """A part fails: what is wrong, and how to mend it."""

    def __init__(self, told: str, mend: str) -> None:
        super().__init__(told)
        self.told = told
        self.mend = mend


class NotLooked(Exception):
    """A part could not be looked at, or was not asked for; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """From where on a part is ill."""

    free_bytes: int = 1 << 30
    clock_seconds: float = 5.0
    late_seconds: float = 3600.0
    held_back_seconds: float = 300.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """One look at a shop. Without `shop`, `trouble` says why it could not be opened."""

    settings: Settings
    now: Callable[[], datetime]
    port: int
    deep: bool
    limits: Limits
    shop: Shop | None = None
    trouble: Ill | None = None

    @property
    def opened(self) -> Shop:
        """The shop; the check of the servers says why when there is none."""
        if self.shop is None:
            raise NotLooked("the shop could not be opened")
        return self.shop

    @property
    def ends(self) -> Ends:
        """Both ends of the pipeline, only when each answers."""
        with self.source(), self.warehouse():
            return Ends(open_source=self.opened.source, open_warehouse=self.opened.warehouse, now=self.now)

    @contextmanager
    def source(self) -> Iterator[Connection]:
        """The books as the pipeline reads them; the check of the log-ins says why when there is no way."""
        with _lent("the books", self.opened.source) as connection:
            yield connection

    @contextmanager
    def app(self) -> Iterator[Connection]:
        """People and what they keep."""
        with _lent("the schema app", self.opened.app) as connection:
            yield connection

    @contextmanager
    def warehouse(self) -> Iterator[Engine]:
        """The warehouse as the pipeline writes it."""
        with _lent("the warehouse", self.opened.warehouse) as engine:
            yield engine


@contextmanager
def _lent(what: str, connect: Callable[[], C]) -> Iterator[C]:
    try:
        connection = connect()
    except ServerUnavailable:
        raise NotLooked(f"{what} could not be opened") from None
    with closing(connection):
        yield connection


def block(name: str) -> LiteralString:
    """A named statement of `doctor.sql`."""
    return blocks("awesome_analytics.bootstrap", "doctor.sql")[name]


def first_words(error: BaseException) -> str:
    """An error in a line, without the driver's hints."""
    said = str(error.args[-1]) if error.args else type(error).__name__
    return str(error) if isinstance(error, AwesomeError) else " ".join(said.split("\n")[0].split())
