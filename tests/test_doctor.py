"""The doctor finds each part that fails, says how to mend it, changes nothing, and never falls over."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from awesome_analytics.app import schedule
from awesome_analytics.bootstrap import credentials, doctor
from awesome_analytics.bootstrap.doctor import CHECKS, Finding, Limits, examine
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.etl import pipeline
from awesome_analytics.warehouse import mysql
from fake_gemini import fails, fake_gemini, says
from runs_apart import ends
from survival import shop_with_a_past

once = pytest.mark.parametrize("warehouse_engine", ["postgresql"], indirect=True)
"""Which engine holds the warehouse makes no difference to these parts."""
on_mysql = pytest.mark.parametrize("warehouse_engine", ["mysql"], indirect=True)

Look = Callable[..., dict[str, Finding]]


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def well(
    books_template: DatabaseUrl,
    warehouse_admin: DatabaseUrl,
    passwords: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """A shop in which all is well; a test that breaks a part mends it."""
    home = tmp_path_factory.mktemp("shop")
    credentials.load_or_create(home)
    (home / "credentials.json").write_text(json.dumps(dict(passwords)))
    with shop_with_a_past(books_template, warehouse_admin, passwords, home, orders=20) as (shop, _):
        yield replace(shop, settings=replace(shop.settings, oltp_url=shop.oltp))


@pytest.fixture
def port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def look(well: Shop, port: int) -> Look:
    def looked(**changed: Any) -> dict[str, Finding]:
        settings = replace(well.settings, **changed.pop("settings", {}))
        asked: dict[str, Any] = {"now": now, "port": port, "on_note": print, **changed}
        return {finding.part: finding for finding in examine(settings, **asked)}

    return looked


@contextmanager
def books_of(shop: Shop) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    with psycopg.connect(**shop.oltp.parameters(), autocommit=True) as connection:
        yield connection


@contextmanager
def broken(shop: Shop, ill: LiteralString, well: LiteralString) -> Iterator[None]:
    with books_of(shop) as books:
        books.execute(ill)
        try:
            yield
        finally:
            books.execute(well)


@contextmanager
def warehouse_broken(shop: Shop, ill: LiteralString, well: LiteralString) -> Iterator[None]:
    with closing(shop.warehouse()) as engine:
        engine.execute(ill)
        try:
            yield
        finally:
            engine.execute(well)


def ill(found: Mapping[str, Finding]) -> list[str]:
    return [part for part, finding in found.items() if finding.status == "failed"]


def assert_ill(found: Mapping[str, Finding], part: str, told: str, mend: str) -> None:
    assert ill(found) == [part], found
    assert told in found[part].told
    assert mend in str(found[part].mend)


def test_nothing_is_found_where_all_is_well(look: Look) -> None:
    found = look(deep=True)
    assert list(found) == list(CHECKS)
    assert {finding.status for finding in found.values()} == {"ok"}, found
    assert "0 differences" in found["reconciliation"].told


# ---------------------------------------------------------------- the machine


@once
def test_a_full_disk(look: Look) -> None:
    found = look(limits=Limits(free_bytes=1 << 60))
    assert_ill(found, "disk", "left, less than", "remove what is not needed")


@once
def test_a_taken_port(look: Look, port: int) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert_ill(look(), "port", f"port {port} can't be had", f"--port {port + 1}")


@once
def test_passwords_that_others_may_read(look: Look, well: Shop) -> None:
    file = well.settings.home / "credentials.json"
    file.chmod(0o644)
    try:
        assert_ill(look(), "home", "can be read by others", f"chmod 600 {file}")
    finally:
        file.chmod(0o600)


@once
def test_a_home_that_is_not_there_is_not_made(look: Look, tmp_path: Path) -> None:
    found = look(settings={"home": tmp_path / "nowhere"})
    assert {"home", "books server"} == set(ill(found))
    assert "awesome init" in str(found["home"].mend)
    assert found["last run"].status == "not looked at"
    assert not (tmp_path / "nowhere").exists()


@once
def test_a_library_that_does_not_fit(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["psycopg>=99", "no-such-library>=1", "vanna>=99; extra == 'ai'"]
    monkeypatch.setattr("awesome_analytics.bootstrap.doctor_machine.requires", lambda _name: lines)
    found = look()
    assert_ill(found, "python", "wanted is >=99; no-such-library is missing", "pip install")


# ---------------------------------------------------------------- the servers


@once
def test_a_server_that_is_down(look: Look, port: int) -> None:
    away = DatabaseUrl.parse(f"postgresql://postgres:s3cr3t@127.0.0.1:{port}/awesome_oltp", field="test")
    found = look(settings={"oltp_url": away})
    assert "server down" in found["books server"].told
    assert "AWESOME_OLTP_URL" in str(found["books server"].mend)
    assert found["last run"].status == "not looked at"
    assert not any("s3cr3t" in finding.told for finding in found.values())


def test_a_warehouse_that_is_down(look: Look, port: int) -> None:
    away = DatabaseUrl.parse(f"mysql://root:s3cr3t@127.0.0.1:{port}/awesome_olap", field="test")
    found = look(settings={"warehouse_url": away})
    assert "server down" in found["warehouse server"].told
    assert "AWESOME_WAREHOUSE_URL" in str(found["warehouse server"].mend)
    assert found["books server"].status == "ok"
    assert not any("s3cr3t" in finding.told for finding in found.values())


def test_a_wrong_password_of_the_administrator(look: Look, well: Shop) -> None:
    books, star = (url.login(url.user, "wr0ng") for url in (well.oltp, well.olap))
    found = look(settings={"oltp_url": books, "warehouse_url": star})
    for part, variable in (("books", "AWESOME_OLTP_URL"), ("warehouse", "AWESOME_WAREHOUSE_URL")):
        assert "wrong password" in found[f"{part} server"].told
        assert variable in str(found[f"{part} server"].mend)
    assert not any("wr0ng" in finding.told for finding in found.values())


def test_a_wrong_password_of_a_database_user(look: Look, well: Shop) -> None:
    file = well.settings.home / "credentials.json"
    right = file.read_text()
    file.write_text(json.dumps({**json.loads(right), credentials.READER: "wrong", credentials.APP: "wrong"}))
    try:
        told = "wrong password of awesome_app (books); wrong password of awesome_reader (warehouse)"
        finding = look()["log-ins"]
        assert (finding.status, finding.told) == ("failed", told)
        assert "awesome init" in str(finding.mend)
    finally:
        file.write_text(right)


@once
def test_a_shop_that_was_never_set_up(look: Look, well: Shop) -> None:
    found = look(settings={"oltp_url": well.oltp.at("no_books"), "warehouse_url": well.olap.at("no_star")})
    assert "there is no database no_books" in found["books server"].told
    assert "there is no database no_star" in found["warehouse server"].told
    assert "awesome init" in str(found["books server"].mend)


@once
@pytest.mark.parametrize(
    ("taken", "given", "told"),
    [
        ("revoke insert on tbl_orders from awesome_entry", "grant insert on tbl_orders to awesome_entry",
         "awesome_entry may not insert tbl_orders"),
        ("revoke select on tombstone from awesome_etl", "grant select on tombstone to awesome_etl",
         "awesome_etl may not select tombstone"),
        ("revoke insert on app.audit from awesome_app", "grant insert on app.audit to awesome_app",
         "awesome_app may not insert app.audit"),
    ],
)  # fmt: skip
def test_a_missing_right_on_the_books(
    look: Look, well: Shop, taken: LiteralString, given: LiteralString, told: str
) -> None:
    with broken(well, taken, given):
        assert_ill(look(), "rights", told, "awesome init")


@once
def test_a_missing_right_on_the_warehouse(look: Look, well: Shop) -> None:
    taken: LiteralString = "revoke select on fact_sales from awesome_reader"
    with warehouse_broken(well, taken, "grant select on fact_sales to awesome_reader"):
        assert_ill(look(), "rights", "awesome_reader may not select fact_sales", "awesome init")


@on_mysql
def test_a_missing_right_on_a_mysql_warehouse(look: Look, well: Shop) -> None:
    with closing(mysql.connect(well.olap)) as server, server.cursor() as cursor:
        cursor.execute(f"revoke select on {well.olap.database}.fact_sales from awesome_reader@'%%'" % ())
        try:
            assert_ill(look(), "rights", "awesome_reader may not select fact_sales", "awesome init")
        finally:
            cursor.execute(f"grant select on {well.olap.database}.fact_sales to awesome_reader@'%%'" % ())


def test_a_schema_that_is_behind(look: Look, well: Shop) -> None:
    older: LiteralString = "update alembic_version set version_num = '0001'"
    with closing(well.warehouse()) as engine:
        newest = engine.query("select version_num from alembic_version")[0][0]
        engine.execute(older)
        try:
            told = f"the schema of the warehouse is at 0001, this version wants {newest}"
            assert_ill(look(), "schemas", told, "awesome init")
        finally:
            engine.execute("update alembic_version set version_num = %s", (newest,))


def test_a_clock_that_is_off(look: Look) -> None:
    found = look(now=lambda: now() - timedelta(minutes=3))
    assert "clocks" in ill(found)
    assert "clock off" in found["clocks"].told
    assert "180 s apart" in found["clocks"].told
    assert "NTP" in str(found["clocks"].mend)


@on_mysql
@pytest.mark.parametrize(
    ("ill", "mended", "told"),
    [
        ("alter table fact_return convert to character set utf8mb4 collate utf8mb4_general_ci",
         "alter table fact_return convert to character set utf8mb4 collate utf8mb4_bin",
         "table fact_return sorts by utf8mb4_general_ci"),
        ("alter database character set utf8mb4 collate utf8mb4_general_ci",
         "alter database character set utf8mb4 collate utf8mb4_bin",
         "database sorts by utf8mb4_general_ci"),
    ],
)  # fmt: skip
def test_a_wrong_collation(
    look: Look, well: Shop, ill: LiteralString, mended: LiteralString, told: str
) -> None:
    with warehouse_broken(well, ill, mended):
        assert_ill(look(), "warehouse settings", told, "collate utf8mb4_bin")


@on_mysql
def test_a_mode_that_is_not_strict(look: Look, own_mariadb: Any, well: Shop) -> None:
    own = DatabaseUrl.parse(own_mariadb.url, field="test").at("star")
    shop = replace(well, olap=own, settings=replace(well.settings, warehouse_url=own))
    shop.prepare()
    with closing(mysql.connect(own)) as server:
        server.cursor().execute("set global sql_mode = ''")
    found = look(settings={"warehouse_url": own})
    assert "sql_mode is not strict" in found["warehouse settings"].told
    assert "STRICT_TRANS_TABLES" in str(found["warehouse settings"].mend)


# ---------------------------------------------------------------- the pipeline


def test_a_run_that_failed(look: Look, well: Shop) -> None:
    with warehouse_broken(
        well,
        "insert into etl_log (run_id, etl_run_time, status, records_processed, mode, started_at, error)"
        " values (900, '2026-01-01', 'FAILED', 0, 'full', '2026-01-01', 'the cable was pulled')",
        "delete from etl_log where run_id = 900",
    ):
        assert_ill(look(), "last run", "run 900 failed: the cable was pulled", "awesome etl run")


@once
def test_a_run_that_was_killed(look: Look, well: Shop) -> None:
    with warehouse_broken(
        well,
        "insert into etl_log (run_id, etl_run_time, status, records_processed, mode, started_at)"
        " values (900, '2026-01-01', 'RUNNING', 0, 'full', '2026-01-01')",
        "delete from etl_log where run_id = 900",
    ):
        assert_ill(look(), "last run", "run 900 was killed", "awesome etl run")


@once
def test_a_late_run(look: Look) -> None:
    late = look(now=lambda: now() + timedelta(days=2), limits=Limits(clock_seconds=1e9))
    assert_ill(late, "lateness", "ETL late", "awesome up")
    by_hand = look(
        now=lambda: now() + timedelta(days=2),
        limits=Limits(clock_seconds=1e9),
        settings={"etl_schedule": None},
    )
    assert ill(by_hand) == []


@once
def test_a_write_left_open(look: Look, well: Shop) -> None:
    with closing(well.entry()) as clerk:
        clerk.execute("begin; update tbl_customers set customer_name = 'Half' where customer_id = '2001'")
        found = look(limits=Limits(held_back_seconds=0.0))
    assert_ill(found, "open writes", "a write has been left open", "end that session")


def test_a_difference_and_the_run_that_mends_it(look: Look, well: Shop) -> None:
    with closing(well.warehouse()) as engine:
        engine.execute("update fact_sales set sales = sales + 1 where order_id = 'OLD-3' and line_no = 1")
    assert ill(look()) == []
    found = look(deep=True)
    assert "reconciliation" in ill(found)
    assert "OLD-3" in found["reconciliation"].told
    assert "awesome etl run --full" in str(found["reconciliation"].mend)
    pipeline.run(ends(well), full=True)
    assert ill(look(deep=True)) == []


@once
def test_the_difference_that_the_page_found_last(look: Look, well: Shop) -> None:
    with closing(well.app()) as app:
        schedule.ask(app, "reconcile", asked_by="mia", now=now())
        request = schedule.take(app, now=now())
        assert request is not None
        schedule.finish(app, request, {"count": 2}, now=now())
        found = look()
        app.execute("delete from app.etl_request")
    assert_ill(found, "reconciliation", "differ in 2 places", "awesome etl reconcile")


@once
def test_summaries_of_another_version(look: Look, well: Shop) -> None:
    with warehouse_broken(
        well, "update etl_watermark set summaries = 0", "update etl_watermark set summaries = 1"
    ):
        assert_ill(look(), "summaries", "were never built", "awesome etl run")


# ---------------------------------------------------------------- Gemini


@once
def test_a_key_that_is_refused(look: Look) -> None:
    with fake_gemini() as server:
        settings = {"gemini_key": "AIza-SECRET", "gemini_base_url": server.url}
        server.script(says("OK"))
        assert look(deep=True, settings=settings)["gemini"].status == "ok"
        server.script(fails(403, "API key AIza-SECRET not valid"))
        found = look(deep=True, settings=settings)
        assert_ill(found, "gemini", "it refuses the key", "GEMINI_API_KEY")
        assert "AIza-SECRET" not in str(found)
        asked = len(server.requests)
        assert look(settings=settings)["gemini"].status == "not looked at"
        assert len(server.requests) == asked


# ---------------------------------------------------------------- itself


@once
def test_a_check_that_falls_over_is_a_failing_check(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    def falls(_case: doctor.Case) -> str:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setitem(CHECKS, "clocks", falls)
    assert_ill(look(), "clocks", "the check itself failed (ZeroDivisionError)", "mend")


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="awesome-care-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def awesome(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    return subprocess.run(
        [sys.executable, "-m", "awesome_analytics.cli", *arguments],
        env={**plain, "AWESOME_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_tells_both_people_and_programs(home: Path, port: int) -> None:
    assert awesome(home, "init").returncode == 0
    told = awesome(home, "doctor", "--port", str(port))
    assert told.returncode == 1
    assert "FAIL  last run: the pipeline never ran" in told.stdout
    assert told.stdout.endswith("1 to mend: last run.\n")
    assert awesome(home, "etl", "run").returncode == 0
    well = awesome(home, "doctor", "--json", "--port", str(port))
    answer = json.loads(well.stdout)
    assert (well.returncode, answer["healthy"]) == (0, True)
    assert [check["part"] for check in answer["checks"]] == list(CHECKS)
