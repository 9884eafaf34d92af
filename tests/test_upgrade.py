"""A shop made by the first release, brought to this one by `awesome init`: nothing lost, all at work."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from awesome_analytics.app import roles, sessions
from awesome_analytics.bootstrap import setup
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core import migrate
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import Denied, NotInitialised
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import history, pipeline, reconcile
from conftest import drop_warehouse
from first_shop import (
    FIRST,
    Rows,
    columns_of_books,
    columns_of_warehouse,
    connected,
    first_shop,
    first_warehouse,
    rows_of_books,
    rows_of_warehouse,
)
from runs_apart import ends
from star_rows import expected, star, wrong_rows

ROOT = Path(__file__).parent.parent
RELEASED = Path(__file__).parent / "released_revisions.sha256"
FOLDERS = {
    "books": setup.SALES_MIGRATIONS,
    "people and what they keep": setup.APP_MIGRATIONS,
    "warehouse": setup.WAREHOUSE_MIGRATIONS,
}


@dataclass(frozen=True, kw_only=True)
class Upgraded:
    """A first release's shop after `awesome init`, before anything else was done with it."""

    shop: Shop
    before: Rows
    after: Rows
    told: Mapping[str, Any]
    done_again: list[str]
    answer: Mapping[str, Any]
    star: Any


@pytest.fixture(scope="module")
def upgraded(
    books_template: DatabaseUrl,
    warehouse_admin: DatabaseUrl,
    passwords: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Upgraded]:
    home = tmp_path_factory.mktemp("first")
    with first_shop(books_template, warehouse_admin, passwords, home) as shop:
        yield _upgrade(shop)


def _upgrade(shop: Shop) -> Upgraded:
    books, warehouse = columns_of_books(shop), columns_of_warehouse(shop)
    before = rows_of_books(shop, books) | rows_of_warehouse(shop, warehouse)
    told, done_again = _awesome(shop, "init"), shop.prepare()
    after = rows_of_books(shop, books) | rows_of_warehouse(shop, warehouse)
    answer = _awesome(shop, "query", "-m", "sales", "-b", "category", "--order", "category")
    with closing(shop.warehouse()) as engine:
        star_then = star(engine)
    return Upgraded(
        shop=shop,
        before=before,
        after=after,
        told=told,
        done_again=done_again,
        answer=answer,
        star=star_then,
    )


def _awesome(shop: Shop, *arguments: str) -> Any:
    done = _run(shop, *arguments)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return json.loads(done.stdout)


def _run(shop: Shop, *arguments: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    assert shop.settings.oltp_url is not None
    assert shop.settings.warehouse_url is not None
    return subprocess.run(
        [sys.executable, "-m", "awesome_analytics.cli", *arguments, "--json"],
        env={
            **kept,
            "AWESOME_HOME": str(shop.settings.home),
            "AWESOME_OLTP_URL": shop.settings.oltp_url.text(),
            "AWESOME_WAREHOUSE_URL": shop.settings.warehouse_url.text(),
        },
        capture_output=True,
        text=True,
        check=False,
    )


# ---------------------------------------------------------------- the upgrade


def test_init_brings_each_schema_from_the_first_to_the_newest(upgraded: Upgraded) -> None:
    wanted = [f"schema of the {what}: {FIRST} -> {migrate.head(folder)}" for what, folder in FOLDERS.items()]
    assert [line for line in upgraded.told["done"] if line.startswith("schema")] == wanted
    assert upgraded.done_again == []


def test_every_row_is_there_as_it_was(upgraded: Upgraded) -> None:
    empty = {table for table, rows in upgraded.before.items() if not rows}
    assert empty == {"app.one_time_link", "etl_quarantine"}
    assert upgraded.after == upgraded.before


def test_the_first_choices_are_not_entered_again(upgraded: Upgraded) -> None:
    assert len(upgraded.after["public.region"]) == 2


def test_questions_are_answered_rightly_before_the_next_run(upgraded: Upgraded) -> None:
    """A summary answers this one otherwise; until then it is empty."""
    assert {name: Decimal(sales) for name, sales in upgraded.answer["rows"]} == {
        "Furniture": Decimal("2101.5"),
        "Office Supplies": Decimal("731.41007"),
        "Technology": Decimal(4800),
    }


def test_the_old_star_is_what_this_release_would_make_of_the_books(upgraded: Upgraded) -> None:
    with connected(upgraded.shop.oltp) as books:
        assert wrong_rows(upgraded.star, expected(books)) == []


# From here on the upgraded shop is at work.


def test_people_log_in_with_the_passwords_they_had(upgraded: Upgraded) -> None:
    with closing(upgraded.shop.app()) as app:
        who = sessions.who(app, token="a cookie of the first release", now=datetime.now(UTC))
        assert who == sessions.Visitor(username="mia", role=roles.STORE_MANAGER)
        for role in (roles.STORE_MANAGER, roles.ADMINISTRATOR):
            assert log_in(app, "horse battery staple 7", role)
        with pytest.raises(Denied):
            log_in(app, "horse battery staple 8", roles.STORE_MANAGER)
        with pytest.raises(Denied):
            log_in(app, "horse battery staple 7", roles.SALES_ASSOCIATE)


def log_in(app: "psycopg.Connection[tuple[Any, ...]]", password: str, role: str) -> str:
    return sessions.log_in(
        app, username="mia", password=password, role=role, address="127.0.0.1", now=datetime.now(UTC)
    )


def test_the_pipeline_goes_on_and_nothing_differs(upgraded: Upgraded) -> None:
    shop = upgraded.shop
    done = pipeline.run(ends(shop))
    assert "summary tables" in str(done.outcome.reason)
    assert agree(shop)
    with closing(shop.warehouse()) as engine:
        newest, *older = history.runs(engine, limit=10)
    assert (newest.run_id, newest.status) == (4, "SUCCESS")
    assert [(run.run_id, run.status, run.records_processed) for run in older] == [
        (3, "SUCCESS", 3),
        (2, "FAILED", 0),
        (1, "SUCCESS", 2),
    ]


def test_the_next_order_gets_the_next_number_and_arrives_alone(upgraded: Upgraded) -> None:
    shop = upgraded.shop
    pipeline.run(ends(shop))
    made = _awesome(
        shop,
        *("order", "record", "--name", "Bob Stone", "--email", "bob@company.com", "--segment", "Consumer"),
        *("--market", "US", "--region", "East", "--priority", "High", "--date", "2024-12-14"),
    )
    assert (made["order_id"], made["customer_id"]) == ("ORD-004", "1002")
    line = _awesome(
        shop,
        *("order-line", "add", "ORD-004", "--product", "Paper, ruled", "--category", "Office Supplies"),
        *("--subcategory", "Paper", "--quantity", "2", "--sales", "9.99", "--discount", "0"),
        *("--shipping-cost", "1", "--ship-mode", "Same Day"),
    )
    assert line["product_id"] == "PROD-503"
    outcome = pipeline.run(ends(shop)).outcome
    assert (outcome.mode, outcome.records) == ("incremental", 1)
    assert agree(shop)


def test_an_older_version_refuses_what_a_newer_one_changed(upgraded: Upgraded) -> None:
    shop = upgraded.shop
    newest = migrate.head(setup.WAREHOUSE_MIGRATIONS)
    with closing(shop.warehouse()) as engine:
        with engine.transaction():
            engine.execute("update alembic_version set version_num = '9999'")
        done = _run(shop, "init")
        with engine.transaction():
            engine.execute("update alembic_version set version_num = %s", (newest,))
    assert done.returncode == 1
    assert f"revision 9999 and this version knows none after {newest}" in done.stderr
    assert "Traceback" not in done.stderr
    assert shop.prepare() == []


def test_a_change_of_the_warehouse_that_was_killed_half_way_is_refused_and_made_anew(
    warehouse_admin: DatabaseUrl, passwords: Mapping[str, str]
) -> None:
    """MySQL commits each statement of a change; the star is derived, so it may go."""
    admin = first_warehouse(warehouse_admin, passwords)
    try:
        owner = Shop(
            settings=Settings(home=ROOT), oltp=admin, olap=admin, passwords=passwords, on_note=print
        ).warehouse()
        with closing(owner) as engine, engine.transaction():
            engine.execute("create table agg_day (a integer)")
        with pytest.raises(NotInitialised, match=f"from revision {FIRST} to head.*agg_day"):
            setup.prepare_warehouse(admin, passwords)
    finally:
        drop_warehouse(admin)
    assert setup.prepare_warehouse(admin, passwords)
    drop_warehouse(admin)


def agree(shop: Shop) -> bool:
    """Whether books and warehouse agree, by the product's own proof and by hand."""
    found = reconcile.reconcile(ends(shop))
    assert (found.count, found.waiting, found.quarantined) == (0, 0, 0)
    with closing(shop.warehouse()) as engine, connected(shop.oltp) as books:
        assert wrong_rows(star(engine), expected(books)) == []
    return found.agrees


# ---------------------------------------------------------------- what was released stays


def test_a_released_revision_is_never_edited() -> None:
    released = dict(reversed(line.split()) for line in RELEASED.read_text(encoding="utf-8").splitlines())
    assert len(released) >= 15
    found = {path: hashlib.sha256((ROOT / path).read_bytes()).hexdigest() for path in released}
    changed = [path for path in released if found[path] != released[path]]
    assert changed == [], "databases in the field have had them already: write a new revision instead"
