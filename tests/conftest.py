"""Servers and folders that tests share, each started when the first test asks for it."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import psycopg
import pytest

from awesome_analytics.bootstrap import credentials, setup
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import pipeline
from awesome_analytics.sales.importer import ImportRequest, import_files
from awesome_analytics.warehouse import mysql
from awesome_analytics.warehouse.engine import Engine as Reader
from servers import MariaDbServer, MissingServerError, MySqlServer, RealMySql, running_mariadb

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_LONGEST = (
    "test_web",
    "test_accessible",
    "test_up",
    "test_bench",
    "test_survives",
    "test_loses",
    "test_words",
)

_MEMORY = Path("/dev/shm")
_ROOM = 6 << 30

Engine = Literal["postgresql", "mysql"]

_told_missing: set[str] = set()


def pytest_configure() -> None:
    """Put the servers' folders into memory where there is room: a disk's flushes were half the suite's time.

    Tests end servers, never the machine, so that a disk would keep no more.
    """
    roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    if roomy and "TMPDIR" not in os.environ:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that runs once per warehouse engine, before -m and -k choose; the longest files first.

    A worker takes a whole file: one that began a long file last would let the other wait for it.
    """
    items.sort(key=lambda item: not item.path.name.startswith(_LONGEST))
    for item in items:
        if isinstance(item, pytest.Function) and "warehouse_engine" in item.fixturenames:
            item.add_marker("warehouse")


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    _told_missing.add(reason)
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell what is missing in one line of the summary: pytest folds skips that share a place and a reason."""
    report = yield
    reason = str(call.excinfo.value) if call.excinfo else ""
    if report.skipped and reason in _told_missing:
        report.longrepr = (__file__, 0, f"Skipped: {reason}")
    return report


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedPostgres]:
    """The embedded PostgreSQL, in a home of its own."""
    # Not tmp_path: as root the server runs as another user, and the path of a socket must be short.
    home = Path(tempfile.mkdtemp(prefix="awesome-"))
    server = EmbeddedPostgres(home)
    try:
        server.start()
        yield server
    finally:
        server.close()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def mysql_server(worker_id: str) -> Iterator[MySqlServer]:
    """A server that AWESOME_TEST_MYSQL_URL names, one for each worker, else a MariaDB for all tests."""
    urls = os.environ.get("AWESOME_TEST_MYSQL_URL", "").split()
    if urls:
        number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw"))
        if number >= len(urls):
            pytest.fail(f"AWESOME_TEST_MYSQL_URL names {len(urls)} servers: use as many workers (pytest -n)")
        yield RealMySql(urls[number])
        return
    try:
        with running_mariadb() as server:
            yield server
    except MissingServerError as error:
        _missing(str(error))


@pytest.fixture
def own_mariadb() -> Iterator[MariaDbServer]:
    """A MariaDB of this test alone, to be killed and started at will."""
    try:
        with running_mariadb() as server:
            yield server
    except MissingServerError as error:
        _missing(str(error))


@pytest.fixture(scope="session", params=["postgresql", "mysql"])
def warehouse_engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine a warehouse can stand on, in turn."""
    engine: Engine = request.param
    return engine


@pytest.fixture(scope="session")
def warehouse_admin(warehouse_engine: Engine, request: pytest.FixtureRequest) -> DatabaseUrl:
    """The administrator's address of the server of the engine in turn."""
    if warehouse_engine == "postgresql":
        admin: DatabaseUrl = request.getfixturevalue("embedded").admin
        return admin
    server: MySqlServer = request.getfixturevalue("mysql_server")
    return DatabaseUrl.parse(server.url, field="AWESOME_TEST_MYSQL_URL")


@pytest.fixture(scope="session")
def eval_dir() -> Path:
    """The folder with the real Superstore and the questions."""
    named = os.environ.get("AWESOME_EVAL_DIR")
    if not named:
        _missing("AWESOME_EVAL_DIR is not set: the tests on the real Superstore need the folder it names")
    folder = Path(named)
    if not folder.is_dir():
        _missing(f"AWESOME_EVAL_DIR names {folder}, which is not there")
    return folder


@pytest.fixture(scope="session")
def passwords(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The database users' passwords, the same for every shop of the session: users belong to the server."""
    return credentials.load_or_create(tmp_path_factory.mktemp("credentials"))


@pytest.fixture(scope="session")
def books_template(embedded: EmbeddedPostgres, passwords: Mapping[str, str]) -> DatabaseUrl:
    """Empty books, copied for each test."""
    admin = embedded.admin.at("books_template")
    setup.prepare_oltp(admin, passwords)
    setup.prepare_app(admin, passwords)
    return admin


def _admin(url: DatabaseUrl) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(**url.at("postgres").parameters(), autocommit=True)


@pytest.fixture
def books_admin(books_template: DatabaseUrl) -> Iterator[DatabaseUrl]:
    """Fresh books, as the server's administrator."""
    name = f"books_{secrets.token_hex(6)}"
    with _admin(books_template) as connection:
        connection.execute(f"create database {name} template books_template")
        yield books_template.at(name)
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def books_url(books_admin: DatabaseUrl, passwords: Mapping[str, str]) -> DatabaseUrl:
    """Fresh books, as the user who writes them."""
    return books_admin.login(credentials.ENTRY, passwords[credentials.ENTRY])


@pytest.fixture
def books(books_url: DatabaseUrl) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A connection to fresh books, autocommit, as the user who writes them."""
    with psycopg.connect(**books_url.parameters(), autocommit=True) as connection:
        yield connection


def make_warehouse(server: DatabaseUrl, passwords: Mapping[str, str]) -> DatabaseUrl:
    """A fresh, empty warehouse on a server, as its administrator."""
    admin = server.at(f"star_{secrets.token_hex(6)}")
    setup.prepare_warehouse(admin, passwords)
    return admin


def drop_warehouse(admin: DatabaseUrl) -> None:
    """Take a test's warehouse away."""
    if admin.scheme == "mysql":
        with mysql.connect(admin.at("")) as connection, connection.cursor() as cursor:
            cursor.execute(f"drop database {admin.database}")
        return
    with _admin(admin) as connection:
        connection.execute(f"drop database {admin.database} with (force)")


@pytest.fixture
def star_admin(warehouse_admin: DatabaseUrl, passwords: Mapping[str, str]) -> Iterator[DatabaseUrl]:
    """A fresh warehouse on the engine in turn, as its administrator."""
    admin = make_warehouse(warehouse_admin, passwords)
    yield admin
    drop_warehouse(admin)


@pytest.fixture
def shop(
    books_admin: DatabaseUrl, star_admin: DatabaseUrl, passwords: Mapping[str, str], tmp_path: Path
) -> Shop:
    """A fresh shop: books on the embedded server, warehouse on the engine in turn."""
    settings = Settings(home=tmp_path, oltp_url=books_admin, warehouse_url=star_admin)
    return Shop(settings=settings, oltp=books_admin, olap=star_admin, passwords=passwords, on_note=print)


@pytest.fixture(scope="session")
def superstore_books(
    books_template: DatabaseUrl,
    passwords: Mapping[str, str],
    eval_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[DatabaseUrl]:
    """Books with the real Superstore in them, as the server's administrator; nobody writes them."""
    name, data = f"superstore_{secrets.token_hex(6)}", eval_dir / "data"
    request = ImportRequest(
        actor="test",
        refused_folder=tmp_path_factory.mktemp("refused"),
        orders=data / "global_superstore_orders.csv.gz",
        returns=data / "global_superstore_returns_enriched.csv",
    )
    with _admin(books_template) as connection:
        connection.execute(f"create database {name} template books_template")
        admin = books_template.at(name)
        entry = admin.login(credentials.ENTRY, passwords[credentials.ENTRY])
        with psycopg.connect(**entry.parameters(), autocommit=True) as books:
            import_files(books, request)
        yield admin
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def superstore_star(
    superstore_books: DatabaseUrl,
    warehouse_admin: DatabaseUrl,
    passwords: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Reader]:
    """The real Superstore's warehouse on the engine in turn, as every face reads it."""
    olap = make_warehouse(warehouse_admin, passwords)
    settings = Settings(
        home=tmp_path_factory.mktemp("superstore"), oltp_url=superstore_books, warehouse_url=olap
    )
    shop = Shop(settings=settings, oltp=superstore_books, olap=olap, passwords=passwords, on_note=print)
    pipeline.run(
        pipeline.Ends(
            open_source=shop.source,
            open_warehouse=shop.warehouse,
            now=lambda: datetime(2014, 12, 31, 2, tzinfo=UTC),
        )
    )
    with closing(shop.reader()) as reader:
        yield reader
    drop_warehouse(olap)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A real Chromium; one per module, since Playwright allows one at a time."""
    from browser import chromium, running_browser

    program = chromium()
    if program is None:
        _missing("no Chromium on PATH: the browser tests need it (scripts/test-servers chromium)")
    with running_browser(program) as started:
        yield started


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """A fresh visitor's page, desktop size."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
