"""First set-up: what it makes, that it can be run again, and what each database user may."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pymysql
import pytest

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import NotInitialised
from awesome_analytics.warehouse.engine import Engine
from awesome_analytics.warehouse.star import STAR, Kind

DENIED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction, pymysql.err.MySQLError)

DECLARED = {
    Kind.ID: {"character varying(64)", "varchar(64)"},
    Kind.NAME: {"character varying(200)", "varchar(200)"},
    Kind.KEY: {"integer", "int(11)", "int"},
    Kind.WHOLE: {"integer", "int(11)", "int"},
    Kind.MONEY: {"numeric(18,5)", "decimal(18,5)"},
    Kind.RATE: {"numeric(9,6)", "decimal(9,6)"},
    Kind.DATE: {"date"},
}


@pytest.fixture
def reader(shop: Shop) -> Iterator[Engine]:
    with closing(shop.reader()) as engine:
        yield engine


def columns_of(shop: Shop, table: str) -> dict[str, str]:
    with closing(shop.warehouse()) as engine:
        if engine.name == "mysql":
            rows = engine.query(
                "select column_name, column_type from information_schema.columns"
                " where table_schema = database() and table_name = %s",
                (table,),
            )
        else:
            rows = engine.query(
                "select attname, format_type(atttypid, atttypmod) from pg_attribute"
                " where attrelid = %s::regclass and attnum > 0",
                (table,),
            )
    return dict(rows)


def test_set_up_again_changes_nothing(shop: Shop) -> None:
    assert shop.prepare() == []
    assert shop.prepare() == []


@pytest.mark.parametrize("table", STAR, ids=lambda table: table.name)
def test_the_stars_description_is_what_stands_in_the_database(shop: Shop, table: object) -> None:
    assert hasattr(table, "name")
    found = columns_of(shop, table.name)
    assert list(table.names) == list(found) or set(table.names) == set(found)
    for column in table.columns:
        assert found[column.name] in DECLARED[column.kind], column


def test_the_reader_selects_from_the_star(reader: Engine) -> None:
    for table in STAR:
        assert reader.query(f"select count(*) from {table.name}") == [(0,)]
    assert reader.query("select count(*) from etl_log") == [(0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "delete from fact_sales",
        "insert into etl_log select * from etl_log",
        "update dim_customer set region = 'x'",
        "drop table fact_sales",
        "create table mine (a int)",
        "select * from etl_quarantine",
        "select * from etl_watermark",
    ],
)
def test_the_reader_may_do_nothing_else(reader: Engine, statement: str) -> None:
    with pytest.raises(DENIED):
        reader.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "update order_product set sales = 0",
        "delete from tombstone",
        "select * from entry_log",
        "select * from row_history",
        "update source_identity set epoch = gen_random_uuid()",
    ],
)
def test_the_pipeline_may_not_write_the_books(shop: Shop, statement: str) -> None:
    with shop.source() as source, pytest.raises(DENIED):
        source.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from row_history",
        "delete from entry_log",
        "delete from tombstone",
        "update row_history set actor = 'nobody'",
        "truncate tbl_orders cascade",
        "alter table tbl_orders disable trigger all",
        "select * from etl_mark",
    ],
)
def test_the_entry_user_may_not_touch_the_audit_or_the_rules(
    books: psycopg.Connection[tuple[object, ...]], statement: str
) -> None:
    with pytest.raises(DENIED):
        books.execute(statement)


def test_an_address_without_the_right_to_create_is_told_what_to_do(
    shop: Shop, books_admin: DatabaseUrl
) -> None:
    with psycopg.connect(**books_admin.parameters(), autocommit=True) as admin:
        admin.execute("drop role if exists poor")
        admin.execute("create role poor login password 'poor'")
    poor = Shop(
        settings=shop.settings,
        oltp=books_admin.login("poor", "poor").at("another_shop"),
        olap=shop.olap,
        passwords=shop.passwords,
        on_note=print,
    )
    with pytest.raises(NotInitialised, match="may not create databases and users"):
        poor.prepare()


def test_a_password_never_shows_in_an_address() -> None:
    url = DatabaseUrl.parse("mysql://ann:s%40cret@db:3307/star", field="X")
    assert url.password == "s@cret"
    assert "s@cret" not in f"{url} {url!r}"
    assert url.text() == "mysql://ann:s%40cret@db:3307/star"
    assert DatabaseUrl.parse(url.text(), field="X") == url


def test_an_address_of_a_socket_folder_survives_its_text() -> None:
    url = DatabaseUrl.parse("postgresql://ann@/shop?host=/run/pg&port=5433", field="X")
    assert (url.host, url.port) == ("/run/pg", 5433)
    assert DatabaseUrl.parse(url.text(), field="X") == url
