"""The report: the dashboard's figures, each sent once, whatever the mail server does meanwhile."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from awesome_analytics.app import telling
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.log import Log
from awesome_analytics.core.settings import Settings
from awesome_analytics.core.telling import MailServer, ReportPlan, Telling
from awesome_analytics.etl import pipeline
from awesome_analytics.scheduler import report, report_page
from awesome_analytics.scheduler.lookout import doors
from awesome_analytics.scheduler.reports import Reports
from awesome_analytics.semantic.catalog import builtin_catalog
from conftest import drop_warehouse, make_warehouse
from postbox import Postbox, postbox
from test_pipeline import MONDAY, ends

BERLIN = ZoneInfo("Europe/Berlin")
EVIL = '<img src="https://evil.example/x" onerror="alert(1)">'
READERS = ("sarah@example.com", "boss@example.com")


@pytest.fixture
def shop(
    books_admin: DatabaseUrl, embedded: EmbeddedPostgres, passwords: Mapping[str, str], tmp_path: Path
) -> Iterator[Shop]:
    """On PostgreSQL alone: that figures are the same on every engine is proved where they are asked."""
    olap = make_warehouse(embedded.admin, passwords)
    settings = Settings(home=tmp_path, oltp_url=books_admin, warehouse_url=olap)
    yield Shop(settings=settings, oltp=books_admin, olap=olap, passwords=passwords, on_note=print)
    drop_warehouse(olap)


@pytest.fixture
def monday(shop: Shop) -> Shop:
    with shop.entry() as books:
        books.execute(MONDAY)
    pipeline.run(ends(shop))
    return shop


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as opened:
        yield opened


def made(shop: Shop, period: str, today: date = date(2024, 12, 6)) -> report.Report:
    with closing(shop.reader()) as reader:
        return report.make(reader, builtin_catalog(), period=period, today=today, zone=BERLIN)


def test_the_seeds_monday_as_a_report(monday: Shop) -> None:
    found = made(monday, "2024-12-01..2024-12-07")
    assert found.days == "1 Dec – 7 Dec 2024"
    assert [(tile.title, tile.reading.value, tile.reading.note) for tile in found.tiles] == [
        ("Total Sales", "$6,000.00", "before returns"),
        ("Return Rate", "100.0%", "1 of 1 order"),
        ("Top Product", 'MacBook Pro 14"', "$4,800.00, 80.0% of sales"),
        ("Regions", "1", "with sales"),
    ]
    assert [(chart.title, chart.rows) for chart in found.charts] == [
        ("Daily sales", [["5 Dec 2024", "$6,000.00", "$0.00"]]),
        (
            "Sales by category",
            [["Technology", "$4,800.00", "80.0%"], ["Furniture", "$1,200.00", "20.0%"]],
        ),
        ("Sales by customer segment", [["Corporate", "$6,000.00", "100.0%"]]),
    ]
    assert found.charts[1].lengths == [1.0, 0.25]


def test_days_without_sales_and_all_time_are_reports_too(monday: Shop) -> None:
    quiet = made(monday, "yesterday", today=date(2024, 12, 3))
    assert quiet.tiles[0].reading.value in ("–", "$0.00")
    assert "No sales in these days." in report_page.text(quiet)
    assert "No sales in these days." in report_page.page(quiet)
    assert made(monday, "all").tiles[0].reading.value == "$6,000.00"
    with pytest.raises(InvalidInput, match="no period"):
        made(monday, "some time")


def test_a_report_of_days_that_the_warehouse_does_not_hold_whole_says_so(monday: Shop) -> None:
    with monday.source() as books:
        today = books.execute("select now()").fetchone()
    assert today is not None
    tomorrow = today[0].astimezone(BERLIN).date() + timedelta(days=1)
    warned = made(monday, str(tomorrow), today=tomorrow)
    assert warned.warning is not None
    assert "sales after that moment are missing" in report_page.text(warned)
    assert warned.warning in report_page.page(warned)
    assert made(monday, "2024-12").warning is None


def test_a_warehouse_that_was_never_loaded_has_a_report_that_says_so(shop: Shop) -> None:
    assert "never run" in (made(shop, "yesterday").warning or "")


class Tags(HTMLParser):
    """Every tag with its attributes, and every text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_names_are_text_on_the_page_and_nothing_is_loaded(monday: Shop) -> None:
    with monday.entry() as books:
        books.execute("update tbl_products set product_name = %s where product_id = 'PROD-501'", (EVIL,))
    pipeline.run(ends(monday))
    found = Tags()
    found.feed(report_page.page(made(monday, "2024-12")))
    assert EVIL in found.texts
    structure = {"html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "b", "br"}
    assert {tag for tag, _ in found.tags} <= structure | {"table", "tr", "th", "td"}
    assert {name for _, given in found.tags for name in given} <= {
        "lang",
        "charset",
        "name",
        "content",
        "style",
        "scope",
    }


# ---------------------------------------------------------------- by mail, when it is due


class Desk:
    """The scheduler's reports of a shop, at a clock that is moved by hand."""

    def __init__(self, shop: Shop, box: Postbox, plan: ReportPlan | None) -> None:
        mail = MailServer(host="127.0.0.1", port=box.port, tls="off", sender="shop@example.com")
        told = Telling(mail=mail, report=plan, report_email=READERS)
        self.shop = shop
        self.moment = at("2024-12-06 12:00")
        self.lines: list[str] = []
        self.settings: Settings = replace(shop.settings, timezone=BERLIN, telling=told)

    def look(self, moment: str) -> None:
        self.moment = at(moment)
        log = Log(process="scheduler", write=self.lines.append, now=lambda: self.moment)
        reports = Reports(settings=self.settings, now=lambda: self.moment, log=log)
        with self.shop.app() as connection:
            reports.look(connection, doors(self.shop))


def at(text: str) -> datetime:
    """A moment on the shop's wall."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


DAILY = ReportPlan(rhythm="daily", cron="0 7 * * *")
WEEKLY = ReportPlan(rhythm="weekly", cron="0 7 * * 1")


def test_a_report_is_sent_once_at_its_hour_as_page_and_as_text(monday: Shop, box: Postbox) -> None:
    desk = Desk(monday, box, WEEKLY)
    for moment in ("2024-12-08 12:00", "2024-12-09 06:59", "2024-12-09 07:00", "2024-12-09 07:01"):
        desk.look(moment)
    (letter,) = box.letters
    assert letter["Subject"] == "Awesome Inc.: 2 Dec – 8 Dec 2024"
    assert [str(to) for to in letter["To"].addresses] == list(READERS)
    plain, page = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert page is not None
    for body in (plain.get_content(), page.get_content()):
        assert "$6,000.00" in body
        assert "80.0%" in body
    assert desk.lines == ["scheduler: the weekly report went to 2 of 2 addresses\n"]


def test_of_days_that_were_missed_the_last_alone_is_sent(monday: Shop, box: Postbox) -> None:
    desk = Desk(monday, box, DAILY)
    for moment in ("2024-12-02 12:00", "2024-12-06 09:00", "2024-12-06 09:01"):
        desk.look(moment)
    assert box.subjects == ["Awesome Inc.: 5 Dec 2024"]


def test_a_mail_server_that_is_away_gets_the_report_of_the_same_days_later(
    monday: Shop, box: Postbox
) -> None:
    desk = Desk(monday, box, DAILY)
    desk.look("2024-12-05 12:00")
    box.mood = "is busy"
    for moment in ("2024-12-06 07:00:00", "2024-12-06 07:00:01", "2024-12-06 07:00:10"):
        desk.look(moment)
    assert (box.letters, box.visits) == ([], 2)
    assert "it answered 451; trying again in 5 s" in desk.lines[0]
    assert "trying again in 10 s" in desk.lines[1]
    box.mood = "takes"
    desk.look("2024-12-07 06:00")
    assert box.subjects == ["Awesome Inc.: 5 Dec 2024"]


def test_without_a_rhythm_nothing_is_sent_and_another_rhythm_begins_afresh(
    monday: Shop, box: Postbox
) -> None:
    Desk(monday, box, None).look("2024-12-06 07:00")
    daily = Desk(monday, box, DAILY)
    daily.look("2024-12-05 12:00")
    box.mood = "is busy"
    daily.look("2024-12-06 07:00")
    box.mood = "takes"
    Desk(monday, box, WEEKLY).look("2024-12-06 12:00")
    assert box.letters == []
    with monday.app() as connection:
        plan = telling.read_report_plan(connection)
    assert plan is not None
    assert (plan.owed, plan.plan.next_due) == (None, at("2024-12-09 07:00"))


# ---------------------------------------------------------------- the command


def awesome(shop: Shop, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    home = shop.settings.home
    (home / "credentials.json").write_text(json.dumps(dict(shop.passwords)), encoding="utf-8")
    shop.prepare()
    ours = {
        "AWESOME_HOME": str(home),
        "AWESOME_OLTP_URL": shop.oltp.text(),
        "AWESOME_WAREHOUSE_URL": shop.olap.text(),
        "AWESOME_TODAY": "2024-12-09",
    }
    return subprocess.run(
        [sys.executable, "-m", "awesome_analytics.cli", "report", *arguments],
        env={**kept, **ours, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_prints_writes_and_sends(monday: Shop, box: Postbox, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    smtp = f"smtp://127.0.0.1:{box.port}?from=shop@example.com"
    done = awesome(monday, "--out", str(file), "--to", ",".join(READERS), AWESOME_SMTP_URL=smtp)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Awesome Inc.: 2 Dec – 8 Dec 2024\n")
    assert "Total Sales  $6,000.00" in done.stdout
    assert "sent to 2 of 2 addresses" in done.stderr
    page = box.letters[0].get_body(("html",))
    assert page is not None
    assert page.get_content().split() == file.read_text(encoding="utf-8").split()


def test_the_command_says_what_is_missing(monday: Shop, tmp_path: Path) -> None:
    unsent = awesome(monday, "--to", "boss@example.com")
    assert (unsent.returncode, unsent.stdout) == (2, "")
    assert "AWESOME_SMTP_URL" in unsent.stderr
    unwritten = awesome(monday, "--out", str(tmp_path / "nowhere" / "report.html"))
    assert unwritten.returncode == 2
    assert "--out" in unwritten.stderr
    assert "Traceback" not in unwritten.stderr
    told = json.loads(awesome(monday, "--json", "--period", "2024").stdout)
    assert told["tiles"][0]["value"] == "$6,000.00"
