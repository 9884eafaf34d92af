"""The servers that other tests rest on do what those tests assume."""

import os
from pathlib import Path

import psycopg
import pymysql
import pytest

from awesome_analytics.core.database import DatabaseUrl
from servers import MariaDbServer


def _connect(url: str, *, local_infile: bool = False) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    address = DatabaseUrl.parse(url, field="url")
    return pymysql.connect(
        host=address.host,
        port=address.port or 3306,
        user=address.user,
        password=address.password or "",
        local_infile=local_infile,
    )


def test_mariadb_keeps_what_was_committed_through_a_kill(own_mariadb: MariaDbServer) -> None:
    with _connect(own_mariadb.url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE shop")
        cursor.execute("CREATE TABLE shop.orders (order_id varchar(10) PRIMARY KEY) ENGINE=InnoDB")
        cursor.execute("INSERT INTO shop.orders VALUES ('ORD-001')")
        connection.commit()
        cursor.execute("INSERT INTO shop.orders VALUES ('ORD-002')")
        killed, url = own_mariadb.pid, own_mariadb.url
        own_mariadb.kill()
        with pytest.raises(pymysql.err.OperationalError):
            cursor.execute("SELECT 1")

    with pytest.raises(ProcessLookupError):
        os.kill(killed, 0)
    own_mariadb.start()

    assert own_mariadb.url == url
    assert own_mariadb.pid != killed
    with _connect(own_mariadb.url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT order_id FROM shop.orders")
        assert cursor.fetchall() == (("ORD-001",),)


def test_mariadb_is_durable_and_takes_local_infile(own_mariadb: MariaDbServer, tmp_path: Path) -> None:
    rows = tmp_path / "rows.tsv"
    rows.write_text("é\n😀\n", encoding="utf-8")
    with _connect(own_mariadb.url, local_infile=True) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@innodb_flush_log_at_trx_commit, @@character_set_server")
        assert cursor.fetchone() == (1, "utf8mb4")
        cursor.execute("CREATE DATABASE shop")
        cursor.execute("CREATE TABLE shop.names (name varchar(10) COLLATE utf8mb4_bin)")
        cursor.execute("LOAD DATA LOCAL INFILE %s INTO TABLE shop.names CHARACTER SET utf8mb4", (str(rows),))
        cursor.execute("SELECT name FROM shop.names ORDER BY name")
        assert cursor.fetchall() == (("é",), ("😀",))


def test_mariadb_knows_root_alone(own_mariadb: MariaDbServer) -> None:
    with _connect(own_mariadb.url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT user FROM mysql.user WHERE user <> 'mariadb.sys'")
        assert cursor.fetchall() == (("root",),)


def test_a_clean_stop_leaves_data_for_the_next_start(own_mariadb: MariaDbServer) -> None:
    with _connect(own_mariadb.url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE shop")
    own_mariadb.stop()
    own_mariadb.start()
    with _connect(own_mariadb.url) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW DATABASES LIKE 'shop'")
        assert cursor.fetchall() == (("shop",),)


def test_the_administrator_reaches_each_warehouse_engine(
    warehouse_engine: str, warehouse_admin: DatabaseUrl
) -> None:
    assert warehouse_admin.scheme == warehouse_engine
    if warehouse_engine == "postgresql":
        with psycopg.connect(**warehouse_admin.parameters()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    else:
        with _connect(warehouse_admin.text()) as mysql, mysql.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
