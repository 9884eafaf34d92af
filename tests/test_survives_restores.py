"""Books that are no longer the ones the watermark speaks of are noticed, told and put right."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import count
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
from runs_apart import Watcher, ends
from survival import begin, differences, shop_with_a_past, trade

_days = count(1)

once = pytest.mark.parametrize("warehouse_engine", ["postgresql"], indirect=True)
"""Which engine holds the warehouse makes no difference to how the books are judged."""


@dataclass(frozen=True, kw_only=True)
class Dumped:
    """A shop with a dump of its books: the run it knows of, and the one the warehouse is at."""

    shop: Shop
    rebuilt: Shop
    file: Path
    run_before: int
    run_after: int


@pytest.fixture(scope="module")
def both(
    books_template: DatabaseUrl,
    warehouse_admin: DatabaseUrl,
    passwords: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Shop, Shop]]:
    home = tmp_path_factory.mktemp("shop")
    with shop_with_a_past(books_template, warehouse_admin, passwords, home, orders=60) as shops:
        yield shops


@pytest.fixture(scope="module")
def elsewhere(passwords: Mapping[str, str]) -> Iterator[DatabaseUrl]:
    """Another PostgreSQL: a database of it with the users, and books that nobody filled."""
    home = Path(tempfile.mkdtemp(prefix="awesome-"))
    try:
        with EmbeddedPostgres(home) as server:
            setup.prepare_oltp(server.admin.at("books"), passwords)
            setup.prepare_app(server.admin.at("books"), passwords)
            yield server.admin.at("books")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def dump(both: tuple[Shop, Shop], tmp_path: Path) -> Dumped:
    """The books as after a run; then more sales and a run, so that the warehouse is ahead of them."""
    shop, rebuilt = both
    _trade_on(shop)
    run_before = pipeline.run(ends(shop)).run_id
    file = tmp_path / "books.dump"
    _tool("pg_dump", shop.oltp, "--format=custom", f"--file={file}")
    _trade_on(shop)
    run_after = pipeline.run(ends(shop)).run_id
    return Dumped(shop=shop, rebuilt=rebuilt, file=file, run_before=run_before, run_after=run_after)


def _trade_on(shop: Shop) -> None:
    trade(shop, next(_days))


def _tool(program: str, url: DatabaseUrl, *options: str) -> None:
    where = ("--host", url.host, "--port", str(url.port), "--username", url.user, "--dbname", url.database)
    done = subprocess.run(
        [pg_bin(program), *where, *options],
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
    _trade_on(shop)
    assert pipeline.run(ends(shop)).outcome.mode == "incremental"
    assert differences(shop, rebuilt) == []


def _went_back(dump: Dumped, mark: int | None) -> str:
    return f"the books went back to before run {dump.run_after} (their own mark is {mark or 'none'})"


def test_a_dump_restored_in_place_is_noticed(dump: Dumped) -> None:
    """Same server, same database, same epoch: only the mark in the books tells."""
    _tool("pg_restore", dump.shop.oltp, "--clean", "--if-exists", str(dump.file))
    _loads_all(dump.shop, dump.rebuilt, _went_back(dump, dump.run_before))


@once
@pytest.mark.soak
def test_a_dump_restored_in_place_and_traded_on_is_noticed(dump: Dumped) -> None:
    _tool("pg_restore", dump.shop.oltp, "--clean", "--if-exists", str(dump.file))
    _trade_on(dump.shop)
    _loads_all(dump.shop, dump.rebuilt, _went_back(dump, dump.run_before))


@once
def test_a_dump_restored_into_a_database_created_anew_is_noticed(dump: Dumped) -> None:
    _created_anew(dump.shop.oltp)
    _tool("pg_restore", dump.shop.oltp, str(dump.file))
    _loads_all(dump.shop, dump.rebuilt, "the books are another database")


@once
def test_a_dump_restored_on_another_server_is_noticed(dump: Dumped, elsewhere: DatabaseUrl) -> None:
    moved = elsewhere.at("moved")
    _created_anew(moved)
    _tool("pg_restore", moved, str(dump.file))
    _loads_all(
        replace(dump.shop, oltp=moved), replace(dump.rebuilt, oltp=moved), "the books are another server"
    )


@once
def test_another_shops_books_are_noticed(dump: Dumped, elsewhere: DatabaseUrl) -> None:
    other, other_rebuilt = replace(dump.shop, oltp=elsewhere), replace(dump.rebuilt, oltp=elsewhere)
    with _server(elsewhere) as books:
        books.execute("truncate tbl_customers, tbl_products, etl_mark cascade")
    begin(other, orders=30)
    _loads_all(other, other_rebuilt, "the books are another server")
    _loads_all(dump.shop, dump.rebuilt, "the books are another server")


@once
def test_a_renewed_epoch_is_noticed(dump: Dumped) -> None:
    with _server(dump.shop.oltp) as books:
        books.execute("update source_identity set epoch = gen_random_uuid()")
    _loads_all(dump.shop, dump.rebuilt, "the books are a restored copy")


@once
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("update etl_watermark set watermark = watermark + 1000000000", "is ahead of the source"),
        ("update etl_watermark set timeline = timeline + 1", "another timeline of the server"),
        ("update etl_watermark set run_id = run_id + 5", "the books went back to before run"),
    ],
    ids=["position", "timeline", "mark"],
)
def test_a_watermark_that_the_books_can_not_have_left_is_noticed(
    dump: Dumped, statement: LiteralString, reason: str
) -> None:
    with closing(dump.shop.warehouse()) as engine:
        engine.execute(statement)
    _loads_all(dump.shop, dump.rebuilt, reason)


@once
@pytest.mark.soak
def test_books_that_lost_their_marks_are_noticed(dump: Dumped) -> None:
    with _server(dump.shop.oltp) as books:
        books.execute("delete from etl_mark")
    _loads_all(dump.shop, dump.rebuilt, _went_back(dump, None))


def test_a_run_that_failed_after_its_mark_is_not_taken_for_a_restore(dump: Dumped) -> None:
    """The mark is then one ahead of the watermark, and the books have not gone back."""

    def fail() -> None:
        raise OSError("the cable was pulled")

    _trade_on(dump.shop)
    with pytest.raises(PipelineError, match=r"^run \d+ failed and changed nothing: the cable was pulled$"):
        pipeline.run(ends(dump.shop), watch=Watcher(at_step={"commit": fail}))
    with _server(dump.shop.oltp) as books:
        marks = [run_id for (run_id,) in books.execute("select run_id from etl_mark")]
    assert dump.run_after + 1 in marks
    watcher = Watcher()
    outcome = pipeline.run(ends(dump.shop), watch=watcher).outcome
    assert (outcome.mode, outcome.reason, outcome.records > 0, watcher.warnings) == (
        "incremental", None, True, []
    )  # fmt: skip
    assert differences(dump.shop, dump.rebuilt) == []


@once
def test_a_dump_of_the_present_is_no_way_back(dump: Dumped, tmp_path: Path) -> None:
    """Restored before any further run, in place: the warehouse is not ahead of it, and the changes do."""
    _trade_on(dump.shop)
    kept = tmp_path / "present.dump"
    _tool("pg_dump", dump.shop.oltp, "--format=custom", f"--file={kept}")
    _trade_on(dump.shop)
    _tool("pg_restore", dump.shop.oltp, "--clean", "--if-exists", str(kept))
    outcome = pipeline.run(ends(dump.shop)).outcome
    assert (outcome.mode, outcome.records > 0) == ("incremental", True)
    assert differences(dump.shop, dump.rebuilt) == []
