"""A server that dies, refuses or fills up in mid-run: a plain word for who runs it, and nothing lost."""

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import LiteralString

import psutil
import psycopg
import pytest

from awesome_analytics.bootstrap import credentials, setup
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import PipelineError, ServerUnavailable
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import history, pipeline
from awesome_analytics.warehouse import mysql
from conftest import make_warehouse
from runs_apart import Watcher, ends
from servers import MariaDbServer
from star_rows import expected, star, wrong_rows
from survival import begin, differences, trade

_STEPS = {False: pipeline.INCREMENTAL, True: pipeline.FULL}


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A shop and how to kill and revive the server under it."""

    shop: Shop
    rebuilt: Shop
    kill: Callable[[], object]
    revive: Callable[[], object]


@pytest.fixture
def on_mariadb(
    books_admin: DatabaseUrl, own_mariadb: MariaDbServer, passwords: Mapping[str, str], tmp_path: Path
) -> Stand:
    """Books that stay up, a warehouse on a MariaDB that dies."""
    server = DatabaseUrl.parse(own_mariadb.url, field="url")
    olap, second = (make_warehouse(server, passwords) for _ in range(2))
    settings = Settings(home=tmp_path, oltp_url=books_admin, warehouse_url=olap)
    shop = Shop(settings=settings, oltp=books_admin, olap=olap, passwords=passwords, on_note=print)
    rebuilt = replace(shop, olap=second)
    return Stand(shop=shop, rebuilt=rebuilt, kill=own_mariadb.kill, revive=own_mariadb.start)


@pytest.fixture
def on_postgresql(passwords: Mapping[str, str]) -> Iterator[Stand]:
    """Books and warehouse on one embedded server, as by default, which dies."""
    home = Path(tempfile.mkdtemp(prefix="awesome-"))
    try:
        with ExitStack() as stack:
            server = stack.enter_context(EmbeddedPostgres(home))
            kept = dict(credentials.load_or_create(home))
            oltp, olap, second = (server.admin.at(name) for name in ("books", "star", "second"))
            setup.prepare_oltp(oltp, kept)
            setup.prepare_warehouse(olap, kept)
            setup.prepare_warehouse(second, kept)
            shop = Shop(settings=Settings(home=home), oltp=oltp, olap=olap, passwords=kept, on_note=print)
            yield Stand(
                shop=shop,
                rebuilt=replace(shop, olap=second),
                kill=lambda: _kill_postmaster(server.data),
                revive=lambda: stack.enter_context(closing(EmbeddedPostgres(home).start())),
            )
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["on_postgresql", "on_mariadb"])
def stand(request: pytest.FixtureRequest) -> Stand:
    """A shop on each of them, with a past and a first load."""
    stand: Stand = request.getfixturevalue(request.param)
    begin(stand.shop, orders=150)
    pipeline.run(ends(stand.shop))
    return stand


def _kill_postmaster(data: Path) -> None:
    pid = int((data / "postmaster.pid").read_text().split()[0])
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        os.kill(pid, signal.SIGKILL)
        process.wait(60)


# ---------------------------------------------------------------- kill -9 of the server


def _fails_in_words(stand: Stand, *, full: bool, watcher: Watcher) -> bool:
    """Run on a server that dies; whether the run failed, and if so as one of ours."""
    try:
        pipeline.run(ends(stand.shop), full=full, watch=watcher)
    except (PipelineError, ServerUnavailable) as error:
        return bool(str(error).strip()) and "\n" not in str(error)
    return False


def _all_is_well(stand: Stand) -> None:
    pipeline.run(ends(stand.shop))
    with closing(stand.shop.warehouse()) as engine, stand.shop.entry() as books:
        assert wrong_rows(star(engine), expected(books)) == []
        assert [run for run in history.runs(engine, limit=5) if run.status == "RUNNING"] == []


@pytest.mark.parametrize("times", [2, pytest.param(30, marks=pytest.mark.soak)])
def test_a_server_killed_in_mid_run_loses_nothing(stand: Stand, times: int) -> None:
    """At steps first, then at any moment."""
    random = Random(times)
    begun = time.monotonic()
    pipeline.run(ends(stand.shop), full=True)
    duration = time.monotonic() - begun
    for day in range(1, times + 1):
        trade(stand.shop, day)
        full = day % 2 == 0
        step = random.choice(["snapshot", "commit", *(s for s, _, _ in _STEPS[full])])
        watcher = Watcher(at_step={step: stand.kill})
        assert _fails_in_words(stand, full=full, watcher=watcher) or step == "commit", step
        stand.revive()
        _all_is_well(stand)
    for day in range(times + 1, 2 * times + 1):
        trade(stand.shop, day)
        timer = threading.Timer(random.uniform(0, duration), stand.kill)
        timer.start()
        _fails_in_words(stand, full=random.random() < 0.7, watcher=Watcher())
        timer.join()
        stand.revive()
        _all_is_well(stand)
    assert differences(stand.shop, stand.rebuilt) == []


# ---------------------------------------------------------------- a server that says no


@contextmanager
def _administrator(url: DatabaseUrl) -> Iterator[Callable[[LiteralString], object]]:
    if url.scheme == "mysql":
        with mysql.connect(url) as connection, connection.cursor() as cursor:
            yield cursor.execute
    else:
        with psycopg.connect(**url.parameters(), autocommit=True) as postgresql:
            yield postgresql.execute


_FULL_DISK = {
    "postgresql": (
        """create function disk_full() returns trigger language plpgsql as
           $$ begin raise 'could not extend file: No space left on device' using errcode = '53100'; end $$""",
        "create trigger disk_full before insert on fact_sales for each row execute function disk_full()",
    ),
    "mysql": (
        """create trigger disk_full before insert on fact_sales for each row
           signal sqlstate 'HY000' set message_text = 'The table fact_sales is full', mysql_errno = 1114""",
    ),
}
_WORDS_OF_A_FULL_DISK = {
    "postgresql": "could not extend file: No space left on device",
    "mysql": "The table fact_sales is full",
}


def test_a_full_disk_is_told_in_the_servers_words(shop: Shop) -> None:
    begin(shop, orders=20)
    pipeline.run(ends(shop))
    trade(shop, 1)
    with _administrator(shop.olap) as execute:
        for statement in _FULL_DISK[shop.olap.scheme]:
            execute(statement)
    with pytest.raises(PipelineError) as refused:
        pipeline.run(ends(shop))
    words = _WORDS_OF_A_FULL_DISK[shop.olap.scheme]
    assert str(refused.value) == f"run 2 failed and changed nothing: {words}"
    with closing(shop.warehouse()) as engine:
        failed = history.runs(engine, limit=1)[0]
        assert (failed.run_id, failed.status, failed.error) == (2, "FAILED", words)
    with _administrator(shop.olap) as execute:
        execute(f"drop trigger disk_full{' on fact_sales' if shop.olap.scheme == 'postgresql' else ''}")
    assert pipeline.run(ends(shop)).outcome.records > 0


@pytest.mark.parametrize("full", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_a_warehouse_gone_read_only_is_told(shop: Shop, request: pytest.FixtureRequest, full: bool) -> None:
    """Not even the log can be written then."""
    if shop.olap.scheme == "mysql":
        server: MariaDbServer = request.getfixturevalue("own_mariadb")  # a setting of the whole server
        url = make_warehouse(DatabaseUrl.parse(server.url, field="url"), shop.passwords)
        shop = replace(shop, olap=url)
    begin(shop, orders=20)
    pipeline.run(ends(shop))
    trade(shop, 1)
    read_only = {
        "postgresql": f"alter database {shop.olap.database} set default_transaction_read_only = {{}}",
        "mysql": "set global read_only = {}",
    }[shop.olap.scheme]
    with _administrator(shop.olap) as execute:
        execute(read_only.format("on"))
        with pytest.raises(PipelineError, match=r"the run could not be done: .*read-only"):
            pipeline.run(ends(shop), full=full)
        execute("set default_transaction_read_only = off" if shop.olap.scheme == "postgresql" else "do 0")
        execute(read_only.format("off"))
    assert pipeline.run(ends(shop), full=full).outcome.records > 0


def test_where_local_infile_is_forbidden_rows_go_in_batches(
    on_mariadb: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told once a run, and the same rows."""
    begin(on_mariadb.shop, orders=700)
    with _administrator(on_mariadb.shop.olap) as execute:
        execute("set global local_infile = 0")
    told = "the warehouse forbids LOAD DATA LOCAL INFILE: rows go in batches, which is slower\n"
    for full in (True, False):
        trade(on_mariadb.shop, 1 + full)
        capsys.readouterr()
        assert pipeline.run(ends(on_mariadb.shop), full=full).outcome.records > 0
        assert capsys.readouterr().out == told
    with _administrator(on_mariadb.shop.olap) as execute:
        execute("set global local_infile = 1")
    assert differences(on_mariadb.shop, on_mariadb.rebuilt) == []
