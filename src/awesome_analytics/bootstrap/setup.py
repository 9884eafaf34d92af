"""First set-up and upgrade: databases, users with least rights, schemas. Running it again changes nothing."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pymysql
from psycopg import sql

from awesome_analytics.bootstrap import credentials
from awesome_analytics.core import migrate
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import NotInitialised, ServerUnavailable
from awesome_analytics.core.sql import blocks
from awesome_analytics.warehouse import mysql

SALES_MIGRATIONS = Path(str(files("awesome_analytics.sales").joinpath("migrations")))
APP_MIGRATIONS = Path(str(files("awesome_analytics.app").joinpath("migrations")))
WAREHOUSE_MIGRATIONS = Path(str(files("awesome_analytics.warehouse").joinpath("migrations")))

_OLTP_USERS = (credentials.ENTRY, credentials.ETL)
_OLAP_USERS = (credentials.ETL, credentials.READER)


def _postgresql(block: str) -> LiteralString:
    return blocks("awesome_analytics.bootstrap", "postgresql.sql")[block]


def _mysql(block: str, **parts: str) -> LiteralString:
    return blocks("awesome_analytics.bootstrap", "mysql.sql")[block].format(**parts)


def prepare_oltp(admin: DatabaseUrl, passwords: Mapping[str, str]) -> list[str]:
    """Make or bring up to date the books' database; returns what was done, a line each."""
    done = _prepare_postgresql(admin, passwords, _OLTP_USERS)
    done += _migrated("books", SALES_MIGRATIONS, admin)
    choices = blocks("awesome_analytics.sales", "first_choices.sql")
    with _connect(admin) as connection:
        if connection.execute(_postgresql("books_are_new")).fetchall() == [(True,)]:
            connection.execute(choices["first_choices"])
            done.append("the first segments, categories, regions and other choices entered")
        connection.execute(choices["grants"])
    return done


def prepare_app(admin: DatabaseUrl, passwords: Mapping[str, str]) -> list[str]:
    """Make or bring up to date the schema `app` beside the books; returns what was done, a line each."""
    done = _prepare_postgresql(admin, passwords, (credentials.APP,))
    with _connect(admin) as connection:
        if not connection.execute(_postgresql("app_schema_exists")).fetchone():
            connection.execute(_postgresql("create_app_schema"))
        done += _migrated("people and what they keep", APP_MIGRATIONS, admin, schema="app")
        connection.execute(_postgresql("may_use_app"))
    return done


def prepare_warehouse(admin: DatabaseUrl, passwords: Mapping[str, str]) -> list[str]:
    """Make or bring up to date the warehouse; returns what was done, a line each."""
    if admin.scheme == "mysql":
        return _prepare_mysql(admin, passwords)
    done = _prepare_postgresql(admin, passwords, _OLAP_USERS)
    with _connect(admin) as connection:
        connection.execute(_postgresql("may_create"))
        connection.execute(_postgresql("may_use"))
    # The pipeline publishes by renaming, which only a table's owner may: so it creates them.
    owner = admin.login(credentials.ETL, passwords[credentials.ETL])
    done += _migrated("warehouse", WAREHOUSE_MIGRATIONS, owner)
    with _connect(owner) as connection:
        for (table,) in connection.execute(_postgresql("star_tables")).fetchall():
            connection.execute(sql.SQL(_postgresql("may_read")).format(table=sql.Identifier(table)))
    return done


def _migrated(what: str, folder: Path, url: DatabaseUrl, *, schema: str | None = None) -> list[str]:
    before, after = migrate.upgrade(folder, url, schema=schema)
    return [] if before == after else [f"schema of the {what}: {before or 'none'} -> {after}"]


def _connect(url: DatabaseUrl) -> "psycopg.Connection[tuple[Any, ...]]":
    try:
        return psycopg.connect(**url.parameters(), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise ServerUnavailable(f"PostgreSQL at {url} can't be reached: {error}") from error


def _prepare_postgresql(
    admin: DatabaseUrl, passwords: Mapping[str, str], users: tuple[str, ...]
) -> list[str]:
    done = []
    try:
        with _connect(admin.at("postgres")) as connection:
            done += [f"user {u} created" for u in users if _ensure_role(connection, admin, u, passwords[u])]
            if not connection.execute(
                _postgresql("database_exists"), {"database": admin.database}
            ).fetchone():
                connection.execute(_named("create_database", database=admin.database))
                done.append(f"database {admin.database} created")
            connection.execute(_named("close_to_public", database=admin.database))
            for user in users:
                connection.execute(_named("may_connect", database=admin.database, role=user))
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotInitialised(
            f"the user of {admin} may not create databases and users ({error.diag.message_primary}); "
            "run `awesome init` once with an address whose user may"
        ) from error
    return done


def _named(block: str, **identifiers: str) -> sql.Composed:
    return sql.SQL(_postgresql(block)).format(**{k: sql.Identifier(v) for k, v in identifiers.items()})


def _ensure_role(
    connection: "psycopg.Connection[tuple[Any, ...]]", admin: DatabaseUrl, user: str, password: str
) -> bool:
    exists = connection.execute(_postgresql("role_exists"), {"role": user}).fetchone()
    if not (exists and _can_login(admin, user, password)):
        block = "set_password" if exists else "create_role"
        connection.execute(
            sql.SQL(_postgresql(block)).format(role=sql.Identifier(user), password=sql.Literal(password))
        )
    if user == credentials.READER:
        connection.execute(_postgresql("read_only_role"))
    if user == credentials.ETL:
        _let_see_activity(connection)
    return not exists


def _can_login(admin: DatabaseUrl, user: str, password: str) -> bool:
    try:
        psycopg.connect(**admin.login(user, password).parameters(), connect_timeout=10).close()
    except psycopg.OperationalError as error:
        return "password authentication failed" not in str(error)
    return True


def _let_see_activity(connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
    try:
        connection.execute(_postgresql("see_all_activity"))
    except psycopg.errors.InsufficientPrivilege:
        # Only the age of an open transaction that holds the watermark back stays unknown then.
        return


def _prepare_mysql(admin: DatabaseUrl, passwords: Mapping[str, str]) -> list[str]:
    done = []
    connection = mysql.connect(admin.at(""))
    with connection, connection.cursor() as cursor:
        try:
            cursor.execute(_mysql("create_database", database=admin.database))
            for user in _OLAP_USERS:
                cursor.execute(_mysql("create_user", user=user), {"password": passwords[user]})
                if not _can_login_mysql(admin, user, passwords[user]):
                    cursor.execute(_mysql("set_password", user=user), {"password": passwords[user]})
            cursor.execute(_mysql("may_write", database=admin.database), {})
            owner = admin.login(credentials.ETL, passwords[credentials.ETL])
            done += _migrated("warehouse", WAREHOUSE_MIGRATIONS, owner)
            cursor.execute(_mysql("star_tables"), {"database": admin.database})
            for (table,) in cursor.fetchall():
                cursor.execute(_mysql("may_read", database=admin.database, table=table), {})
        except pymysql.err.OperationalError as error:
            raise NotInitialised(
                f"the warehouse at {admin} can't be set up: {error.args[-1]}; "
                "run `awesome init` once with an address whose user may create databases and users"
            ) from error
    return done


def _can_login_mysql(admin: DatabaseUrl, user: str, password: str) -> bool:
    try:
        mysql.connect(admin.login(user, password).at("")).close()
    except ServerUnavailable:
        return False
    return True
