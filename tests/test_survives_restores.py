"""Books that are no longer the ones the watermark speaks of are noticed, told and put right."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from awesome_analytics.bootstrap import setup
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres, pg_bin
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import PipelineError
from awesome_analytics.etl import pipeline
from conftest import drop_warehouse, make_warehouse
from runs_apart import Watcher, ends
from survival import begin, differences, trade


@pytest.fixture
def rebuilt(shop: Shop, warehouse_admin: DatabaseUrl, passwords: Mapping[str, str]) -> Iterator[Shop]:
    """The same books with a second warehouse, to rebuild into."""
    olap = make_warehouse(warehouse_admin, passwords)
    yield replace(shop, olap=olap)
    drop_warehouse(olap)


@pytest.fixture(scope="module")
def elsewhere(passwords: Mapping[str, str]) -> Iterator[DatabaseUrl]:
    """Another PostgreSQL: a database of it with the users, and books that nobody filled."""
    home = Path(tempfile.mkdtemp(prefix="awesome-"))
    try:
        with EmbeddedPostgres(home) as server:
            setup.prepare_oltp(server.admin.at("books"), passwords)
            yield server.admin.at("books")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def dump(shop: Shop, tmp_path: Path) -> Path:
    """The books after three runs, kept; then more sales and a run, so that the warehouse is ahead of it."""
    begin(shop, orders=60)
    for day in (1, 2, 3):
        trade(shop, day)
        pipeline.run(ends(shop))
    kept = tmp_path / "books.dump"
    _tool("pg_dump", shop.oltp, "--format=custom", f"--file={kept}")
    trade(shop, 4)
    pipeline.run(ends(shop))
    return kept


def _tool(program: str, url: DatabaseUrl, *options: str) -> None:
    command = [pg_bin() / program, "--host", url.host, "--port", str(url.port), "--username", url.user]
    done = subprocess.run(
        [*command, "--dbname", url.database, *options],
        env={"PGPASSWORD": url.password or ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@contextmanager
def _server(url: DatabaseUrl) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    with psycopg.connect(**url.parameters(), autocommit=True) as connection:
        yield connection


def _created_anew(url: DatabaseUrl) -> None:
    with _server(url.at("postgres")) as server:
        server.execute(f"drop database if exists {url.database} with (force)")
        server.execute(f"create database {url.database}")
        server.execute(f"grant connect, temporary on database {url.database} to awesome_etl, awesome_entry")


def _loads_all(shop: Shop, rebuilt: Shop, reason: str) -> None:
    """The next run says why it loads everything, does so, and the one after is incremental again."""
    watcher = Watcher()
    told = pipeline.run(ends(shop), watch=watcher).outcome
    assert told.mode == "full"
    assert reason in str(told.reason)
    assert watcher.warnings == [f"{told.reason}: everything is loaded anew"]
    assert differences(shop, rebuilt) == []
    trade(shop, 9)
    assert pipeline.run(ends(shop)).outcome.mode == "incremental"
    assert differences(shop, rebuilt) == []


def test_a_dump_restored_in_place_is_noticed(shop: Shop, rebuilt: Shop, dump: Path) -> None:
    """Same server, same database, same epoch: only the mark in the books tells."""
    _tool("pg_restore", shop.oltp, "--clean", "--if-exists", str(dump))
    _loads_all(shop, rebuilt, "the books went back to before run 4 (their own mark is 3)")


def test_a_dump_restored_in_place_and_traded_on_is_noticed(shop: Shop, rebuilt: Shop, dump: Path) -> None:
    _tool("pg_restore", shop.oltp, "--clean", "--if-exists", str(dump))
    trade(shop, 5)
    _loads_all(shop, rebuilt, "the books went back to before run 4 (their own mark is 3)")


def test_a_dump_restored_into_a_database_created_anew_is_noticed(
    shop: Shop, rebuilt: Shop, dump: Path
) -> None:
    _created_anew(shop.oltp)
    _tool("pg_restore", shop.oltp, str(dump))
    _loads_all(shop, rebuilt, "the books are another database")


def test_a_dump_restored_on_another_server_is_noticed(
    shop: Shop, rebuilt: Shop, dump: Path, elsewhere: DatabaseUrl
) -> None:
    moved = elsewhere.at("moved")
    _created_anew(moved)
    _tool("pg_restore", moved, str(dump))
    _loads_all(replace(shop, oltp=moved), replace(rebuilt, oltp=moved), "the books are another server")


def test_another_shops_books_are_noticed(
    shop: Shop, rebuilt: Shop, dump: Path, elsewhere: DatabaseUrl
) -> None:
    other, other_rebuilt = replace(shop, oltp=elsewhere), replace(rebuilt, oltp=elsewhere)
    with _server(elsewhere) as books:
        books.execute("truncate tbl_customers, tbl_products, etl_mark cascade")
    begin(other, orders=30)
    _loads_all(other, other_rebuilt, "the books are another server")
    _loads_all(shop, rebuilt, "the books are another server")


def test_a_renewed_epoch_is_noticed(shop: Shop, rebuilt: Shop, dump: Path) -> None:
    with _server(shop.oltp) as books:
        books.execute("update source_identity set epoch = gen_random_uuid()")
    _loads_all(shop, rebuilt, "the books are a restored copy")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("update etl_watermark set watermark = watermark + 1000000000", "is ahead of the source"),
        ("update etl_watermark set timeline = timeline + 1", "another timeline of the server"),
        ("update etl_watermark set run_id = run_id + 5", "the books went back to before run 9"),
    ],
    ids=["position", "timeline", "mark"],
)
def test_a_watermark_that_the_books_can_not_have_left_is_noticed(
    shop: Shop, rebuilt: Shop, dump: Path, statement: LiteralString, reason: str
) -> None:
    with closing(shop.warehouse()) as engine:
        engine.execute(statement)
    if "run_id" in statement:
        with closing(shop.warehouse()) as engine:
            engine.execute("update etl_log set run_id = run_id + 5")
    _loads_all(shop, rebuilt, reason)


def test_books_that_lost_their_marks_are_noticed(shop: Shop, rebuilt: Shop, dump: Path) -> None:
    with _server(shop.oltp) as books:
        books.execute("delete from etl_mark")
    _loads_all(shop, rebuilt, "the books went back to before run 4 (their own mark is none)")


def test_a_run_that_failed_after_its_mark_is_not_taken_for_a_restore(
    shop: Shop, rebuilt: Shop, dump: Path
) -> None:
    """The mark is then one ahead of the watermark, and the books have not gone back."""

    def fail() -> None:
        raise OSError("the cable was pulled")

    trade(shop, 5)
    with pytest.raises(PipelineError, match="run 5 failed and changed nothing: the cable was pulled"):
        pipeline.run(ends(shop), watch=Watcher(at_step={"commit": fail}))
    with _server(shop.oltp) as books:
        assert books.execute("select run_id from etl_mark").fetchall()[-1:] == [(5,)]
    watcher = Watcher()
    outcome = pipeline.run(ends(shop), watch=watcher).outcome
    assert (outcome.mode, outcome.reason, outcome.records > 0, watcher.warnings) == (
        "incremental", None, True, []
    )  # fmt: skip
    assert differences(shop, rebuilt) == []


def test_a_dump_of_the_present_is_no_way_back(shop: Shop, rebuilt: Shop, dump: Path, tmp_path: Path) -> None:
    """Restored before any further run, in place: the warehouse is not ahead of it, and the changes do."""
    trade(shop, 5)
    kept = tmp_path / "present.dump"
    _tool("pg_dump", shop.oltp, "--format=custom", f"--file={kept}")
    trade(shop, 6)
    _tool("pg_restore", shop.oltp, "--clean", "--if-exists", str(kept))
    outcome = pipeline.run(ends(shop)).outcome
    assert (outcome.mode, outcome.records > 0) == ("incremental", True)
    assert differences(shop, rebuilt) == []
