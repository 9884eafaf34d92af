"""Where a measurement takes place: throw-away servers and shops, gone when it ends, however it ends."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
from psycopg import sql

from awesome_analytics.bench.mariadb_server import running_mariadb
from awesome_analytics.bootstrap import credentials
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import Conflict, InvalidInput
from awesome_analytics.core.settings import Settings
from awesome_analytics.core.sql import blocks
from awesome_analytics.sales.sample import SamplePlan, load_sample
from awesome_analytics.warehouse import mysql

Note = Callable[[str], None]

BENCH = blocks("awesome_analytics.bench", "bench.sql")
_FIRST_DAY, _LAST_DAY = date(2021, 1, 1), date(2024, 12, 31)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Running servers in which shops can be set up. `warehouse` is the administrator's address."""

    home: Path
    books: DatabaseUrl
    warehouse: DatabaseUrl
    note: Note

    def shop(self, lines: int) -> Shop:
        """A sample shop with that many order lines, its warehouse empty."""
        self.note(f"Filling books with {lines:,} sample lines")
        shop = self.empty_shop(f"{lines}")
        with shop.entry() as connection:
            load_sample(connection, SamplePlan(first_day=_FIRST_DAY, last_day=_LAST_DAY, lines=lines))
        with psycopg.connect(**shop.oltp.parameters(), autocommit=True) as admin:
            admin.execute(BENCH["settle"])
        return shop

    def empty_shop(self, name: str) -> Shop:
        """Books and a warehouse of that name, set up and empty."""
        oltp = self.books.at(f"awesome_bench_oltp_{name}")
        olap = self.warehouse.at(f"awesome_bench_olap_{name}")
        shop = Shop(
            settings=Settings(home=self.home, oltp_url=oltp, warehouse_url=olap),
            oltp=oltp,
            olap=olap,
            passwords=credentials.load_or_create(self.home),
            on_note=self.note,
        )
        shop.prepare()
        return shop

    def database(self, name: str) -> DatabaseUrl:
        """A new, empty database beside the books."""
        with psycopg.connect(**self.books.parameters(), autocommit=True) as admin:
            admin.execute(sql.SQL(BENCH["create_database"]).format(name=sql.Identifier(name)))
        return self.books.at(name)


@contextmanager
def open_ground(warehouse: str, *, note: Note) -> Iterator[Ground]:
    """Start what is needed; `warehouse` is embedded, mariadb, or a mysql:// address of an administrator."""
    with (
        _temporary_home() as home,
        EmbeddedPostgres(home, on_note=note) as server,
        _warehouse_server(warehouse, server.admin) as admin,
    ):
        yield Ground(home=home, books=server.admin, warehouse=admin, note=note)


@contextmanager
def _temporary_home() -> Iterator[Path]:
    # The path of a socket must be short, so this stands in the system's own folder.
    home = Path(tempfile.mkdtemp(prefix="awesome-bench-"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _warehouse_server(named: str, embedded: DatabaseUrl) -> Iterator[DatabaseUrl]:
    if named == "embedded":
        yield embedded
    elif named == "mariadb":
        with running_mariadb() as server:
            yield DatabaseUrl.parse(server.url, field="--warehouse")
    else:
        url = DatabaseUrl.parse(named, field="--warehouse")
        if url.scheme != "mysql":
            raise InvalidInput("--warehouse", "say embedded, mariadb, or a mysql:// address")
        with _borrowed(url) as borrowed:
            yield borrowed


@contextmanager
def _borrowed(url: DatabaseUrl) -> Iterator[DatabaseUrl]:
    """A server of somebody else's, left as it was: its users would else get other passwords."""
    with mysql.connect(url.at("")) as connection, connection.cursor() as cursor:
        cursor.execute(BENCH["mysql_users"])
        if cursor.fetchall():
            raise Conflict(f"the server at {url} already holds a shop's users; measure on another one")
    try:
        yield url
    finally:
        with mysql.connect(url.at("")) as connection, connection.cursor() as cursor:
            cursor.execute(BENCH["mysql_leftovers"])
            for (statement,) in cursor.fetchall():
                cursor.execute(statement)
