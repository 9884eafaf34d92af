"""A shop kept in a file and made again elsewhere: every row, a new life, and a pipeline that carries on."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest

from awesome_analytics.bootstrap import archive, setup
from awesome_analytics.bootstrap.backup import MEMBERS, backup
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
from awesome_analytics.bootstrap.restore import Restored, restore
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core import migrate
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import Conflict, NotInitialised, OperationError
from awesome_analytics.core.settings import Settings
from awesome_analytics.core.sql import blocks
from awesome_analytics.etl import history, pipeline, reconcile
from awesome_analytics.warehouse import mysql
from runs_apart import ends
from star_rows import star
from survival import PAST, shop_with_a_past, trade

once = pytest.mark.parametrize("warehouse_engine", ["postgresql"], indirect=True)
"""Which engine holds the warehouse makes no difference to how the books are kept."""

NEW = {("public", "source_identity"), ("public", "etl_mark")}
"""Tables that a restore and the run after it write by design."""
EMPTIED = {("app", "session"), ("app", "one_time_link")}


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def admin(url: DatabaseUrl) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    with psycopg.connect(**url.parameters(), autocommit=True) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def hashes(url: DatabaseUrl) -> dict[tuple[str, str], tuple[int, str]]:
    """Rows and SHA-256 of each table's sorted rows as JSON, without transaction numbers and empty cells.

    A column that a later release added is empty in rows of before.
    """
    found = {}
    with admin(url) as books:
        tables = books.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('public', 'app')"
        ).fetchall()
        for table in tables:
            rows_of = "select jsonb_strip_nulls(to_jsonb(t)) - 'tbl_last_xid' from {} t"
            statement = psycopg.sql.SQL(rows_of).format(psycopg.sql.Identifier(*table))
            rows = sorted(json.dumps(row, sort_keys=True) for (row,) in books.execute(statement))
            found[table] = (len(rows), sha256("\n".join(rows).encode()).hexdigest())
    return found


def kept(tables: Mapping[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
    return {name: value for name, value in tables.items() if name not in NEW | EMPTIED}


def epoch(url: DatabaseUrl) -> str:
    with admin(url) as books:
        return str(books.execute("select epoch from source_identity").fetchall()[0][0])


def _begin(shop: Shop) -> None:
    """People who log in, and a day's business since the first load."""
    with admin(shop.oltp) as books:
        books.execute(
            """insert into app.person (username, password_hash, created_at, password_changed_at)
               values ('mia', 'argon', now(), now());
               insert into app.person_role values (1, 'store_manager');
               insert into app.session values (sha256('cookie'), 1, 'store_manager', now(), now(), '::1');
               insert into app.audit (at, actor, what) values (now(), 'mia', 'logged in')"""
        )
    trade(shop, 1)
    pipeline.run(ends(shop))


@pytest.fixture(scope="module")
def trading(
    books_template: DatabaseUrl,
    warehouse_admin: DatabaseUrl,
    passwords: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """A shop with a past and a warehouse that follows; no test changes it."""
    home = tmp_path_factory.mktemp("shop")
    with shop_with_a_past(books_template, warehouse_admin, passwords, home, orders=40) as (shop, _):
        _begin(shop)
        yield shop


@pytest.fixture(scope="module")
def kept_file(trading: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("kept") / "shop.backup"
    backup(trading, made, now=now())
    return made


@pytest.fixture
def file(kept_file: Path, tmp_path: Path) -> Path:
    """The backup of `trading`, this test's to spoil."""
    return Path(shutil.copy2(kept_file, tmp_path / "shop.backup"))


@pytest.fixture
def own(shop: Shop) -> Shop:
    """A shop like it that the test may change."""
    with admin(shop.oltp) as books:
        books.execute(PAST.format(orders=40))
    pipeline.run(ends(shop))
    _begin(shop)
    return shop


@pytest.fixture
def own_file(own: Shop, tmp_path: Path) -> Path:
    made = tmp_path / "own.backup"
    backup(own, made, now=now())
    return made


@pytest.fixture(scope="module")
def fresh_server() -> Iterator[DatabaseUrl]:
    """Another PostgreSQL, on which nothing was ever set up."""
    home = Path(tempfile.mkdtemp(prefix="awesome-"))
    try:
        with EmbeddedPostgres(home) as server:
            yield server.admin
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def fresh(
    fresh_server: DatabaseUrl, warehouse_admin: DatabaseUrl, passwords: Mapping[str, str], tmp_path: Path
) -> Iterator[Shop]:
    """A shop that was never set up, its books on another server; the warehouse on the engine in turn."""
    oltp = fresh_server.at("awesome_oltp")
    olap = (warehouse_admin if warehouse_admin.scheme == "mysql" else fresh_server).at("star_restored")
    settings = Settings(home=tmp_path, oltp_url=oltp, warehouse_url=olap)
    yield Shop(settings=settings, oltp=oltp, olap=olap, passwords=passwords, on_note=print)
    with admin(fresh_server) as server:
        for name in ("awesome_oltp", "star_restored"):
            server.execute(f"drop database if exists {name} with (force)")
    if olap.scheme == "mysql":
        with closing(mysql.connect(olap.at(""))) as connection:
            connection.cursor().execute("drop database if exists star_restored")


def names_of_databases(server: DatabaseUrl) -> set[str]:
    with admin(server.at("postgres")) as connection:
        return {name for (name,) in connection.execute("select datname from pg_database")}


def bring_back(shop: Shop, file: Path, *, replace: bool = False) -> Restored:
    return restore(shop, file, replace=replace, now=now)


def warehouse_of(shop: Shop) -> Any:
    with closing(shop.warehouse()) as engine:
        return star(engine)


def differences(shop: Shop) -> int:
    found = reconcile.reconcile(ends(shop))
    return found.count + sum(found.wrong_cells.values())


# ---------------------------------------------------------------- kept and made again


def test_every_row_stands_on_fresh_servers_again(trading: Shop, file: Path, fresh: Shop) -> None:
    before, star_before = hashes(trading.oltp), warehouse_of(trading)
    done = bring_back(fresh, file)
    after = hashes(fresh.oltp)
    assert kept(after) == kept(before)
    assert {name: after[name][0] for name in EMPTIED} == dict.fromkeys(EMPTIED, 0)
    assert warehouse_of(fresh) == star_before
    assert (done.proof.count, done.proof.agrees, done.run.outcome.mode) == (0, True, "full")


def test_the_log_of_runs_comes_along(trading: Shop, file: Path, fresh: Shop) -> None:
    with closing(trading.warehouse()) as engine:
        before = history.runs(engine, limit=10)
    bring_back(fresh, file)
    with closing(fresh.warehouse()) as engine:
        newest, *older = history.runs(engine, limit=10)
    assert older == before
    assert (newest.run_id, newest.status, newest.mode) == (3, "SUCCESS", "full")


def test_the_pipeline_carries_on_after_a_restore(file: Path, fresh: Shop) -> None:
    bring_back(fresh, file)
    for day in (2, 3):
        trade(fresh, day)
        outcome = pipeline.run(ends(fresh)).outcome
        assert (outcome.mode, outcome.records > 0) == ("incremental", True)
        assert differences(fresh) == 0


@once
def test_stamps_of_a_server_that_counted_further_are_not_read_for_ever(
    own: Shop, fresh: Shop, tmp_path: Path
) -> None:
    with admin(own.oltp) as books:
        books.execute(
            """alter table tbl_orders disable trigger stamp_row;
               update tbl_orders set tbl_last_xid = '99999999999';
               alter table tbl_orders enable always trigger stamp_row"""
        )
    backup(own, tmp_path / "far.backup", now=now())
    bring_back(fresh, tmp_path / "far.backup")
    outcome = pipeline.run(ends(fresh)).outcome
    assert (outcome.mode, outcome.rows["extracted"]) == ("incremental", {})


@once
def test_people_may_do_after_a_restore_what_they_may(file: Path, fresh: Shop) -> None:
    bring_back(fresh, file)
    assert fresh.prepare() == []
    with closing(fresh.entry()) as books, closing(fresh.app()) as app:
        books.execute("update tbl_customers set customer_name = 'Anna' where customer_id = '2001'")
        assert app.execute("select username from app.person").fetchall() == [("mia",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("delete from app.audit")


def test_a_backup_put_in_place_of_what_came_after_is_never_taken_for_no_change(
    own: Shop, own_file: Path
) -> None:
    """Same server, same name: the epoch is a new one, the warehouse goes back, too."""
    before, star_before, life = hashes(own.oltp), warehouse_of(own), epoch(own.oltp)
    trade(own, 2)
    pipeline.run(ends(own))
    assert warehouse_of(own) != star_before
    done = bring_back(own, own_file, replace=True)
    assert kept(hashes(own.oltp)) == kept(before)
    assert warehouse_of(own) == star_before
    assert epoch(own.oltp) != life
    assert done.run.outcome.mode == "full"
    assert "the books are another database" in str(done.run.outcome.reason)


@once
def test_a_replaced_shop_sends_away_who_is_at_work_and_leaves_nothing_behind(
    own: Shop, own_file: Path
) -> None:
    before = names_of_databases(own.oltp)
    with closing(own.entry()) as clerk:
        clerk.execute("begin; update tbl_customers set customer_name = 'Half'")
        bring_back(own, own_file, replace=True)
        with pytest.raises(psycopg.OperationalError):
            clerk.execute("commit")
    assert names_of_databases(own.oltp) == before


@once
def test_a_backup_of_the_first_schema_is_restored_and_brought_up_to_date(
    fresh: Shop, books_template: DatabaseUrl, passwords: Mapping[str, str], tmp_path: Path
) -> None:
    old = books_template.at("books_of_the_first_schema")
    with admin(old.at("postgres")) as server:
        server.execute(f"create database {old.database}")
    try:
        migrate.upgrade(setup.SALES_MIGRATIONS, old, revision="0001")
        with admin(old) as books:
            books.execute("create schema app")
            migrate.upgrade(setup.APP_MIGRATIONS, old, revision="0001", schema="app")
            books.execute(blocks("awesome_analytics.sales", "first_choices.sql")["first_choices"])
            books.execute(PAST.format(orders=40))
        first = Shop(
            settings=fresh.settings, oltp=old, olap=old.at("none"), passwords=passwords, on_note=print
        )
        before = hashes(old)
        backup(first, tmp_path / "first.backup", now=now())
    finally:
        with admin(old.at("postgres")) as server:
            server.execute(f"drop database {old.database} with (force)")
    done = bring_back(fresh, tmp_path / "first.backup")
    after = hashes(fresh.oltp)
    schemas = {("public", "alembic_version"), ("app", "alembic_version")}
    assert {name: after[name] for name in kept(before).keys() - schemas} == {
        name: before[name] for name in kept(before).keys() - schemas
    }
    assert done.manifest.revisions == {"sales": "0001", "app": "0001"}
    assert done.proof.agrees
    assert fresh.prepare() == []


# ---------------------------------------------------------------- refused, and nothing changed


@once
def test_a_shop_that_is_not_empty_is_not_replaced_unasked(trading: Shop, file: Path) -> None:
    before = hashes(trading.oltp)
    with pytest.raises(Conflict, match=r"is not empty; nothing was changed.*--replace"):
        bring_back(trading, file)
    assert hashes(trading.oltp) == before


@once
def test_a_shop_just_set_up_counts_as_empty(file: Path, fresh: Shop) -> None:
    fresh.prepare()
    assert bring_back(fresh, file).proof.agrees


@once
def test_what_a_killed_restore_left_is_in_nobodys_way(file: Path, fresh: Shop) -> None:
    with admin(fresh.oltp.at("postgres")) as server:
        server.execute("create database awesome_oltp_restoring")
    assert bring_back(fresh, file).proof.agrees
    assert "awesome_oltp_restoring" not in names_of_databases(fresh.oltp)


@once
def test_somebody_elses_tables_are_not_replaced(file: Path, fresh: Shop) -> None:
    with admin(fresh.oltp.at("postgres")) as server:
        server.execute("create database awesome_oltp")
    with admin(fresh.oltp) as theirs:
        theirs.execute("create table diary (text text)")
    with pytest.raises(Conflict, match="is not empty"):
        bring_back(fresh, file)


@once
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.6, 0.9])
def test_a_truncated_file_is_refused(trading: Shop, file: Path, share: float) -> None:
    whole, before = file.read_bytes(), hashes(trading.oltp)
    file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(OperationError, match=r"is no whole backup.*nothing was changed"):
        bring_back(trading, file, replace=True)
    assert hashes(trading.oltp) == before


@once
@pytest.mark.parametrize("member", ["manifest.json", "books.dump", "runs.jsonl", "SHA256SUMS"])
def test_an_altered_file_is_refused(trading: Shop, file: Path, member: str) -> None:
    before, content = hashes(trading.oltp), bytearray(file.read_bytes())
    with tarfile.open(file) as tar:
        at = tar.getmember(member).offset_data
    content[at + 17] ^= 1
    file.write_bytes(content)
    with pytest.raises(OperationError, match="is no whole backup"):
        bring_back(trading, file, replace=True)
    assert hashes(trading.oltp) == before


@once
def test_a_file_of_another_kind_is_refused(trading: Shop, tmp_path: Path) -> None:
    for name, content in (("text", b"order_id,customer\n" * 2000), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(OperationError, match="is no whole backup"):
            bring_back(trading, tmp_path / name, replace=True)
    with pytest.raises(OperationError, match="there is no file"):
        bring_back(trading, tmp_path / "nowhere", replace=True)


def repacked(file: Path, **changes: object) -> None:
    """The same backup with another manifest, its checksums right."""
    with tempfile.TemporaryDirectory(dir=file.parent) as name:
        folder = Path(name)
        archive.unpack(file, folder, MEMBERS)
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(manifest | changes))
        file.unlink()
        archive.pack(file, folder, MEMBERS)


@once
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tables": {"public.tbl_orders": [1, "2"]}}, "restored tables are not those of the backup"),
        ({"revisions": {"sales": "0999", "app": "0001"}}, "this version does not know; install a newer one"),
        ({"format": 2}, "this version reads format 1"),
    ],
    ids=["rows", "newer schema", "newer format"],
)
def test_what_fails_on_the_way_leaves_the_old_shop_in_place(
    trading: Shop, file: Path, changes: dict[str, object], told: str
) -> None:
    repacked(file, **changes)
    before, databases, life = hashes(trading.oltp), names_of_databases(trading.oltp), epoch(trading.oltp)
    with pytest.raises(OperationError, match=told):
        bring_back(trading, file, replace=True)
    assert hashes(trading.oltp) == before
    assert (names_of_databases(trading.oltp), epoch(trading.oltp)) == (databases, life)


@once
def test_two_restores_at_once_are_one(trading: Shop, file: Path) -> None:
    with admin(trading.oltp.at("postgres")) as other:
        other.execute(
            "select pg_advisory_lock(hashtext('awesome restore'), hashtext(%s))", (trading.oltp.database,)
        )
        with pytest.raises(Conflict, match="another restore"):
            bring_back(trading, file, replace=True)


@once
def test_a_warehouse_that_is_down_does_not_keep_the_books_from_a_backup_or_a_restore(
    trading: Shop, fresh: Shop, tmp_path: Path
) -> None:
    away = DatabaseUrl.parse("mysql://root@127.0.0.1:9/star", field="test")
    made = tmp_path / "books.backup"
    backup(replace(trading, olap=away), made, now=now())
    with pytest.raises(OperationError, match="the books are restored, but the warehouse does not follow yet"):
        bring_back(replace(fresh, olap=away), made)
    assert kept(hashes(fresh.oltp)) == kept(hashes(trading.oltp))
    fresh.prepare()
    assert pipeline.run(ends(fresh)).outcome.mode == "full"
    assert differences(fresh) == 0


@once
def test_a_backup_is_for_its_owner_alone_and_never_written_over(trading: Shop, file: Path) -> None:
    assert file.stat().st_mode & 0o077 == 0
    before = file.read_bytes()
    with pytest.raises(Conflict, match="is there already"):
        backup(trading, file, now=now())
    with pytest.raises(OperationError, match="there is no folder"):
        backup(trading, file.parent / "nowhere" / "x", now=now())
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if "backup" in path.name] == ["shop.backup"]


@once
def test_a_shop_that_was_never_set_up_has_nothing_to_keep(fresh: Shop, tmp_path: Path) -> None:
    with pytest.raises(NotInitialised, match="awesome init"):
        backup(fresh, tmp_path / "x.backup", now=now())
    assert not (tmp_path / "x.backup").exists()


@once
def test_a_backup_is_of_one_moment_while_people_write(own: Shop, fresh: Shop, tmp_path: Path) -> None:
    """The dump proves itself against fingerprints of its own snapshot, whatever commits meanwhile."""
    stop = threading.Event()

    def write() -> None:
        with closing(own.entry()) as books:
            while not stop.is_set():
                books.execute("update order_product set sales = sales + 1 where line_no = 1")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backup(own, tmp_path / "busy.backup", now=now())
    finally:
        stop.set()
        writer.join()
    assert bring_back(fresh, tmp_path / "busy.backup").proof.agrees


# ---------------------------------------------------------------- as commands


@pytest.fixture
def homes() -> Iterator[tuple[Path, Path]]:
    both = [Path(tempfile.mkdtemp(prefix="awesome-care-")) for _ in range(2)]
    yield both[0], both[1]
    for each in both:
        shutil.rmtree(each, ignore_errors=True)


def awesome(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    return subprocess.run(
        [sys.executable, "-m", "awesome_analytics.cli", *arguments],
        env={**plain, "AWESOME_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_move_an_embedded_shop(homes: tuple[Path, Path], tmp_path: Path) -> None:
    here, there = homes
    assert awesome(here, "init").returncode == 0
    assert awesome(here, "sample", "--orders", "50").returncode == 0
    file = tmp_path / "moved.backup"
    made = awesome(here, "backup", str(file), "--json")
    assert (made.returncode, json.loads(made.stdout)["tables"]["public.tbl_orders"]) == (0, 50)
    moved = awesome(there, "restore", str(file), "--json")
    told = json.loads(moved.stdout)
    assert (moved.returncode, told["differences"], told["mode"]) == (0, 0, "full"), moved.stderr
    again = awesome(there, "restore", str(file))
    assert (again.returncode, again.stdout) == (1, "")
    assert "--replace" in again.stderr
