"""The doctor's look at both servers: reached, let in, rights, schemas, clocks, settings."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime

import psycopg
import pymysql

from awesome_analytics.bootstrap import credentials, setup
from awesome_analytics.bootstrap.backup import connect
from awesome_analytics.bootstrap.doctor_case import Case, Ill, NotLooked, block, first_words
from awesome_analytics.bootstrap.shop import Connection
from awesome_analytics.core import migrate
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import AwesomeError, OperationError
from awesome_analytics.warehouse import mysql
from awesome_analytics.warehouse.engine import Engine
from awesome_analytics.warehouse.star import STAR
from awesome_analytics.warehouse.summaries import SUMMARIES

_WRONG_PASSWORD = ("password authentication failed", "Access denied for user", "no password supplied")
_NOT_THERE = ("does not exist", "Unknown database", "there is no shop")
_ERRORS = (psycopg.Error, pymysql.err.MySQLError)
_INIT = "give `awesome init`: it makes what is missing, and sets the passwords and rights again"
_READABLE = (*(table.name for table in STAR), *(summary.name for summary in SUMMARIES), "etl_log")


def books_server(case: Case) -> str:
    """The books' server answers the administrator."""
    if case.trouble is not None:
        raise case.trouble
    url = case.opened.oltp
    return _reached("books", url, "AWESOME_OLTP_URL", lambda: _version_of_books(url))


def warehouse_server(case: Case) -> str:
    """The warehouse's server answers the administrator."""
    url = case.opened.olap
    asked = _version_of_mysql if url.scheme == "mysql" else _version_of_books
    return _reached("warehouse", url, "AWESOME_WAREHOUSE_URL", lambda: asked(url))


def _version_of_books(url: DatabaseUrl) -> str:
    with connect(url) as connection:
        return str(connection.execute(block("version_postgresql")).fetchall()[0][0])


def _version_of_mysql(url: DatabaseUrl) -> str:
    with mysql.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(block("version_mysql"))
        return str(cursor.fetchall()[0][0])


def _reached(what: str, url: DatabaseUrl, variable: str, ask: Callable[[], str]) -> str:
    try:
        return f"{ask()} at {url}"
    except OperationError as error:
        told = str(error)
        if _says(told, _WRONG_PASSWORD):
            raise Ill(
                f"wrong password: the {what}' server does not let {url.user} in ({url})",
                f"correct the user and the password in {variable}",
            ) from None
        if _says(told, _NOT_THERE):
            raise Ill(f"there is no database {url.database} on the {what}' server ({url})", _INIT) from None
        raise Ill(
            f"server down: {told}", f"start the server, or correct the host and port in {variable}"
        ) from None


def _says(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def log_ins(case: Case) -> str:
    """Each database user is let in with the password that the shop keeps."""
    shop = case.opened
    ways: dict[str, Callable[[], Connection | Engine]] = {
        f"{credentials.ENTRY} (books)": shop.entry,
        f"{credentials.ETL} (books)": shop.source,
        f"{credentials.APP} (books)": shop.app,
        f"{credentials.ETL} (warehouse)": shop.warehouse,
        f"{credentials.READER} (warehouse)": shop.reader,
    }
    refused = [told for user, way in ways.items() for told in _refusal(user, way)]
    if refused:
        raise Ill("; ".join(refused), _INIT)
    return f"{len(ways)} log-ins work"


def _refusal(user: str, way: Callable[[], Connection | Engine]) -> Iterator[str]:
    try:
        way().close()
    except AwesomeError as error:
        told = str(error)
        if _says(told, _WRONG_PASSWORD):
            yield f"wrong password of {user}"
        elif _says(told, _NOT_THERE):
            yield f"{user} finds no database"
        else:
            yield f"{user} can't come in: {told}"


def rights(case: Case) -> str:
    """Each database user may do its own work."""
    missing = [*_rights_on_books(case), *_rights_on_warehouse(case)]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise Ill(f"missing right: {'; '.join(missing[:3])}{more}", _INIT)
    return "each database user may do its work"


def _rights_on_books(case: Case) -> list[str]:
    with _administrator(case) as books:
        return [str(told) for (told,) in books.execute(block("missing_rights")).fetchall()]


def _rights_on_warehouse(case: Case) -> Iterator[str]:
    with case.warehouse() as engine:
        for verb in ("may_select", "may_insert", "may_delete"):
            yield from _refused(engine, credentials.ETL, verb)
    with closing(case.opened.reader()) as reader:
        yield from _refused(reader, credentials.READER, "may_select")


def _refused(engine: Engine, user: str, verb: str) -> Iterator[str]:
    for table in _READABLE:
        try:
            engine.execute(block(verb).format(table=table))
        except _ERRORS as error:
            yield f"{user} {verb.replace('may_', 'may not ')} {table} ({first_words(error)})"


def schemas(case: Case) -> str:
    """Each schema stands at this version's newest revision."""
    wanted = {
        "books": migrate.head(setup.SALES_MIGRATIONS),
        "app": migrate.head(setup.APP_MIGRATIONS),
        "warehouse": migrate.head(setup.WAREHOUSE_MIGRATIONS),
    }
    found = _revisions(case)
    behind = [
        f"the schema of the {name} is at {found[name] or 'nothing'}, this version wants {head}"
        for name, head in wanted.items()
        if found[name] != head
    ]
    if behind:
        raise Ill(
            "; ".join(behind),
            "make a backup, then give `awesome init`; if the schema is the newer one, install its version",
        )
    return ", ".join(f"{name} {revision}" for name, revision in found.items())


def _revisions(case: Case) -> dict[str, str | None]:
    with _administrator(case) as connection:
        found = {name: _revision(connection, f"revision_{name}") for name in ("books", "app")}
    with case.warehouse() as engine:
        try:
            rows = engine.query(block("revision_warehouse"))
        except _ERRORS:
            rows = []
    return {**found, "warehouse": str(rows[0][0]) if rows else None}


def _administrator(case: Case) -> Connection:
    try:
        return connect(case.opened.oltp)
    except OperationError:
        raise NotLooked("the books could not be opened") from None


def _revision(connection: Connection, name: str) -> str | None:
    try:
        rows = connection.execute(block(name)).fetchall()
    except psycopg.Error:
        return None
    return str(rows[0][0]) if rows else None


def clocks(case: Case) -> str:
    """The clocks of this machine and of the servers tell the same time."""
    with case.source() as books, case.warehouse() as engine:
        return ", ".join(
            (
                _apart(case, "books", lambda: books.execute(block("clock_postgresql")).fetchall()[0][0]),
                _apart(case, "warehouse", lambda: engine.query(block(f"clock_{engine.name}"))[0][0]),
            )
        )


def _apart(case: Case, what: str, ask: Callable[[], datetime]) -> str:
    before = case.now()
    theirs = ask().replace(tzinfo=UTC)
    after = case.now()
    # What the question itself took is nobody's fault.
    seconds = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    if seconds > case.limits.clock_seconds:
        raise Ill(
            f"clock off: this machine says {after:%Y-%m-%d %H:%M:%S} UTC, the {what}' server "
            f"{theirs:%Y-%m-%d %H:%M:%S} ({seconds:,.0f} s apart)",
            "set both by NTP (timedatectl set-ntp true): ages, schedules and log-ins go by these clocks",
        )
    return f"{what} {seconds:.1f} s apart"


def warehouse_settings(case: Case) -> str:
    """Collation, encoding and mode keep every name and refuse wrong values."""
    with case.warehouse() as engine:
        wrong = engine.query(block(f"settings_{engine.name}"))
    if wrong:
        told, mend = ("; ".join(str(row[i]) for row in wrong) for i in (0, 1))
        raise Ill(told, mend)
    return "collation, encoding and mode are right"
