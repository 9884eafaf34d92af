"""A shop as the first release left it: the first revisions, filled by the SQL of `tests/first_release`."""

import json
import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from awesome_analytics.bootstrap import setup
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core import migrate
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.settings import Settings
from awesome_analytics.warehouse import mysql
from conftest import drop_warehouse, make_warehouse

FIRST = "0001"
"""The first release's revision, of each schema."""
_SQL = Path(__file__).parent / "first_release"

Columns = dict[str, list[str]]
"""Table -> the names of its columns."""
Rows = dict[str, list[str]]
"""Table -> each of its rows as text, sorted."""


def connected(url: DatabaseUrl) -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection of its administrator, autocommit."""
    return psycopg.connect(**url.parameters(), autocommit=True)


def _first_books(server: DatabaseUrl) -> DatabaseUrl:
    admin = server.at(f"first_{secrets.token_hex(6)}")
    with connected(server.at("postgres")) as connection:
        connection.execute(f"create database {admin.database}")
    migrate.upgrade(setup.SALES_MIGRATIONS, admin, revision=FIRST)
    with connected(admin) as connection:
        connection.execute((_SQL / "books.sql").read_text(encoding="utf-8"))
        connection.execute("create schema app")
        migrate.upgrade(setup.APP_MIGRATIONS, admin, revision=FIRST, schema="app")
        connection.execute((_SQL / "people.sql").read_text(encoding="utf-8"))
    return admin


def first_warehouse(server: DatabaseUrl, passwords: Mapping[str, str]) -> DatabaseUrl:
    """An empty star of the first release."""
    drop_warehouse(make_warehouse(server, passwords))  # the users belong to the server and are there already
    admin = server.at(f"first_{secrets.token_hex(6)}")
    if admin.scheme == "mysql":
        with mysql.connect(admin.at("")) as connection, connection.cursor() as cursor:
            cursor.execute(f"create database {admin.database} character set utf8mb4 collate utf8mb4_bin")
            cursor.execute(f"grant all on {admin.database}.* to awesome_etl@'%'")
    else:
        with connected(server.at("postgres")) as connection:
            connection.execute(f"create database {admin.database}")
        with connected(admin) as connection:
            connection.execute("grant usage, create on schema public to awesome_etl")
    owner = admin.login("awesome_etl", passwords["awesome_etl"])
    migrate.upgrade(setup.WAREHOUSE_MIGRATIONS, owner, revision=FIRST)
    return admin


def _load(shop: Shop) -> None:
    """The star of the books, and the watermark by which a run would go on from here."""
    warehouse_id = str(uuid.uuid4())
    with connected(shop.oltp) as books:
        position = books.execute(
            """select pg_snapshot_xmin(pg_current_snapshot())::text::numeric, now() at time zone 'UTC',
                      (select system_identifier::text from pg_control_system()),
                      (select timeline_id from pg_control_checkpoint()),
                      (select oid::bigint from pg_database where datname = current_database()),
                      (select epoch::text from source_identity)"""
        ).fetchone()
        books.execute("insert into etl_mark (warehouse_id, run_id) values (%s, 3)", (warehouse_id,))
    assert position is not None
    outcome = json.dumps({"mode": "incremental", "reason": None, "records": 3, "rows": {}})
    with closing(shop.warehouse()) as engine, engine.transaction():
        for statement in (_SQL / "warehouse.sql").read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                engine.execute(statement)
        engine.execute(
            """insert into etl_watermark (only_row, warehouse_id, run_id, watermark, as_of, system_identifier,
                                          timeline, database_oid, epoch, outcome)
               values (1, %s, 3, %s, %s, %s, %s, %s, %s, %s)""",
            (warehouse_id, *position, outcome),
        )


@contextmanager
def first_shop(
    server: DatabaseUrl, warehouse: DatabaseUrl, passwords: Mapping[str, str], home: Path
) -> Iterator[Shop]:
    """A shop of the first release after a day's business, its books and warehouse on these servers."""
    kept = home / "credentials.json"
    kept.write_text(json.dumps(dict(passwords)), encoding="utf-8")
    kept.chmod(0o600)
    oltp = _first_books(server)
    olap = first_warehouse(warehouse, passwords)
    settings = Settings(home=home, oltp_url=oltp, warehouse_url=olap)
    shop = Shop(settings=settings, oltp=oltp, olap=olap, passwords=passwords, on_note=print)
    _load(shop)
    yield shop
    drop_warehouse(olap)
    with connected(server.at("postgres")) as connection:
        connection.execute(f"drop database {oltp.database} with (force)")


def columns_of_books(shop: Shop) -> Columns:
    """The tables of the books and of the schema `app`."""
    with connected(shop.oltp) as books:
        return _by_table(
            books.execute(
                """select table_schema || '.' || table_name, column_name
                   from information_schema.columns
                   join information_schema.tables using (table_schema, table_name)
                   where table_schema in ('public', 'app') and table_type = 'BASE TABLE'
                     and table_name <> 'alembic_version'
                   order by 1, ordinal_position"""
            ).fetchall()
        )


def columns_of_warehouse(shop: Shop) -> Columns:
    """The tables of the warehouse."""
    schema = shop.olap.database if shop.olap.scheme == "mysql" else "public"
    with closing(shop.warehouse()) as engine:
        return _by_table(
            engine.query(
                """select table_name, column_name from information_schema.columns
                   where table_schema = %s and table_name <> 'alembic_version'
                   order by 1, ordinal_position""",
                (schema,),
            )
        )


def _by_table(found: Iterable[tuple[Any, ...]]) -> Columns:
    columns: Columns = {}
    for table, column in found:
        columns.setdefault(table, []).append(column)
    return columns


def rows_of_books(shop: Shop, columns: Columns) -> Rows:
    """Every row, as far as these columns go."""
    with connected(shop.oltp) as books:
        books.execute("set timezone = 'UTC'")
        return {
            table: sorted(map(repr, books.execute(f"select {', '.join(names)} from {table}").fetchall()))
            for table, names in columns.items()
        }


def rows_of_warehouse(shop: Shop, columns: Columns) -> Rows:
    """Every row, as far as these columns go."""
    with closing(shop.warehouse()) as engine:
        return {
            table: sorted(map(repr, engine.query(f"select {', '.join(names)} from {table}")))
            for table, names in columns.items()
        }
