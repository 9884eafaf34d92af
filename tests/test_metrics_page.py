"""`/metrics` and `/healthz` of the real web server: right numbers, for the right people, in every state."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from awesome_analytics.app import desk, people, roles, schedule, sessions
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import pipeline
from awesome_analytics.scheduler.pulse import Doors, take
from awesome_analytics.web import exposition
from conftest import drop_warehouse, make_warehouse
from test_pipeline import MONDAY
from test_quarantine import TUESDAY

PATIENCE = 40.0
TOKEN = "a-token-of-thirty-two-characters"
SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)')


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the server said."""

    status: int
    text: str
    headers: Mapping[str, str]


def get(url: str, **headers: str) -> Answer:
    request = urllib.request.Request(url, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return Answer(status=answer.status, text=answer.read().decode(), headers=dict(answer.headers))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(status=error.code, text=error.read().decode(), headers=dict(error.headers))


@pytest.fixture
def shop(
    books_admin: DatabaseUrl, embedded: EmbeddedPostgres, passwords: Mapping[str, str], tmp_path: Path
) -> Iterator[Shop]:
    """The seed's Monday, loaded; Tuesday's order waits."""
    olap = make_warehouse(embedded.admin, passwords)
    (tmp_path / "credentials.json").write_text(json.dumps(dict(passwords)), encoding="utf-8")
    settings = Settings(home=tmp_path, oltp_url=books_admin, warehouse_url=olap)
    shop = Shop(settings=settings, oltp=books_admin, olap=olap, passwords=passwords, on_note=print)
    shop.prepare()
    with shop.entry() as books:
        books.execute(MONDAY)
    pipeline.run(pipeline.Ends(open_source=shop.source, open_warehouse=shop.warehouse, now=now))
    with shop.entry() as books:
        books.execute(TUESDAY)
    yield shop
    drop_warehouse(olap)


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def pages(shop: Shop, **environment: str) -> Iterator[str]:
    """The web server; its address once it listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    ours = {
        "AWESOME_HOME": str(shop.settings.home),
        "AWESOME_OLTP_URL": shop.oltp.text(),
        "AWESOME_WAREHOUSE_URL": shop.olap.text(),
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "awesome_analytics.web", "--port", str(port)],
        env={**kept, **ours, **environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + PATIENCE
        while True:
            assert server.poll() is None, "the web server ended"
            try:
                if '"no answer"' not in get(f"{url}/healthz").text:
                    break
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def samples(text: str) -> dict[str, float]:
    """The page by the grammar of the format: a name with its labels, and its value."""
    found: dict[str, float] = {}
    families = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.removeprefix("# TYPE ").split()
            assert kind == "gauge"
            families.add(name)
        elif not line.startswith("# HELP "):
            read = SAMPLE.fullmatch(line)
            assert read is not None, line
            assert read[1] in families
            key = line.rpartition(" ")[0]
            assert key not in found
            found[key] = float(read[3])
    assert text.endswith("\n")
    return found


def a_days_work(shop: Shop) -> None:
    """Sarah logs in and chats; a comparison finds two differences; a row is refused; the scheduler beats."""
    with shop.app() as app:
        given = {"username": "sarah", "password": "correct horse battery"}
        people.add(app, **given, roles_given=[roles.STORE_MANAGER], actor="test", now=now())
        sessions.log_in(app, **given, role=roles.STORE_MANAGER, address="127.0.0.1", now=now())
        chat = desk.begin_conversation(app, username="sarah", title="Sales", now=now())
        for kind, ago in (("rows", 0), ("rows", 1), ("clarification", 2), ("refusal", 3), ("rows", 30)):
            asked = {"username": "sarah", "conversation_id": chat, "question": "How much?"}
            turn = desk.add_turn(app, **asked, answer={"kind": kind}, now=now() - timedelta(hours=ago))
            if kind == "rows":
                desk.judge(app, username="sarah", turn_id=turn, thumb="up")
        schedule.ask(app, "reconcile", asked_by="sarah", now=now())
        taken = schedule.take(app, now=now())
        assert taken is not None
        schedule.finish(app, taken, {"count": 2}, now=now())
        refused = schedule.Refused(
            table_name="dim_customer", row_key="alice", reason="too long", first_run_id=1, last_run_id=1
        )
        schedule.publish_quarantine(app, [refused])
        beat = schedule.Heartbeat(process="p", started_at=now(), beat_at=now() - timedelta(seconds=5))
        schedule.beat(app, beat)


def test_the_numbers_are_the_databases(shop: Shop) -> None:
    a_days_work(shop)
    with pages(shop) as url:
        answer = get(f"{url}/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = samples(answer.text)
    by_hand = {
        'awesome_up{part="books"}': 1,
        'awesome_up{part="warehouse"}': 1,
        'awesome_etl_runs{status="SUCCESS"}': 1,
        'awesome_etl_runs{status="FAILED"}': 0,
        "awesome_etl_last_run_success": 1,
        "awesome_etl_last_run_rows": 2,
        "awesome_etl_running": 0,
        "awesome_reconcile_differences": 2,
        "awesome_quarantine_rows": 1,
        'awesome_sessions{role="store_manager"}': 1,
        'awesome_sessions{role="administrator"}': 0,
        'awesome_chat_answers{outcome="answered"}': 2,
        'awesome_chat_answers{outcome="asked"}': 1,
        'awesome_chat_answers{outcome="declined"}': 1,
        'awesome_chat_thumbs{thumb="up"}': 2,
        'awesome_chat_thumbs{thumb="down"}': 0,
        "awesome_scheduler_trouble": 0,
    }
    assert {name: found[name] for name in by_hand} == by_hand
    # Tuesday's order and its line at least; what stood open at the first snapshot is read again.
    assert found["awesome_etl_changes_waiting"] >= 2
    assert 0 <= found["awesome_etl_success_age_seconds"] < PATIENCE
    assert 0 <= found["awesome_etl_lag_seconds"] < PATIENCE
    assert 5 <= found["awesome_scheduler_heartbeat_age_seconds"] < PATIENCE
    assert 0 < found["awesome_etl_last_run_seconds"] < PATIENCE


def test_the_operations_page_names_every_metric_and_no_other(shop: Shop) -> None:
    a_days_work(shop)
    doors = Doors(
        app=lambda: closing(shop.app()),
        source=lambda: closing(shop.source()),
        reader=lambda: closing(shop.reader()),
    )
    told = exposition.text(take(doors, now=now()))
    page = (Path(__file__).parent.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(awesome_[a-z_]+)[`{]", page))
    assert set(re.findall(r"^# TYPE (\S+)", told, re.MULTILINE)) == named


def test_nothing_of_anybodys_stands_on_the_page(shop: Shop) -> None:
    a_days_work(shop)
    with pages(shop) as url:
        told = (get(f"{url}/metrics").text + get(f"{url}/healthz").text).lower()
    for secret in ("alice", "sarah", "correct horse", *shop.passwords.values(), shop.oltp.database):
        assert secret.lower() not in told


def test_without_a_token_this_machine_alone_may_read(shop: Shop) -> None:
    with pages(shop) as url:
        assert get(f"{url}/metrics").status == 200
        for header, value in (
            ("X_Forwarded_For", "203.0.113.7"),
            ("X_Forwarded_For", "127.0.0.1"),
            ("X_Forwarded_Proto", "https"),
            ("Forwarded", "for=203.0.113.7"),
            ("X_Real_IP", "203.0.113.7"),
            ("Host", "shop.example"),
        ):
            refused = get(f"{url}/metrics", **{header: value})
            assert refused.status == 403, (header, value)
            assert "awesome_" not in refused.text


def test_with_a_token_whoever_shows_it_may_read_and_nobody_else(shop: Shop) -> None:
    with pages(shop, AWESOME_METRICS_TOKEN=TOKEN) as url:
        for wrong in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
            refused = get(f"{url}/metrics", **wrong)
            assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert "awesome_" not in refused.text
        right = get(f"{url}/metrics", Authorization=f"Bearer {TOKEN}", X_Forwarded_For="203.0.113.7")
        assert samples(right.text)['awesome_up{part="books"}'] == 1


@contextmanager
def closed(database: DatabaseUrl) -> Iterator[None]:
    """The database lets nobody in, and whoever was in is out."""
    with psycopg.connect(**database.at("postgres").parameters(), autocommit=True) as admin:
        admin.execute(f"alter database {database.database} allow_connections false")
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (database.database,)
        )
        yield
        admin.execute(f"alter database {database.database} allow_connections true")


def health(url: str) -> tuple[int, str, dict[str, Any]]:
    answer = get(f"{url}/healthz")
    told = json.loads(answer.text)
    return answer.status, told["status"], told["parts"]


def test_health_tells_which_part_is_away_and_is_well_again_by_itself(shop: Shop) -> None:
    well = {"pages": "ok", "books": "ok", "warehouse": "ok", "scheduler": "never started"}
    with pages(shop) as url:
        assert health(url) == (200, "degraded", well)
        beat = schedule.Heartbeat(process="p", started_at=now(), beat_at=now() + timedelta(minutes=5))
        with shop.app() as app:
            schedule.beat(app, beat)
        assert health(url) == (200, "ok", {**well, "scheduler": "ok"})
        with closed(shop.olap):
            # Orders are recorded all the same: the pages are ready.
            assert health(url) == (200, "degraded", {**well, "warehouse": "failed", "scheduler": "ok"})
            found = samples(get(f"{url}/metrics").text)
            assert found['awesome_up{part="warehouse"}'] == 0
            assert found['awesome_up{part="books"}'] == 1
            assert "awesome_etl_last_run_rows" not in found
        with closed(shop.oltp):
            status, word, parts = health(url)
            assert (status, word, parts["books"], parts["warehouse"]) == (503, "failed", "failed", "ok")
        assert health(url) == (200, "ok", {**well, "scheduler": "ok"})
        time.sleep(2.1)
        assert samples(get(f"{url}/metrics").text)['awesome_up{part="books"}'] == 1


def test_pages_that_can_not_be_drawn_are_not_ready(shop: Shop, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "rapidfuzz.py").write_text("raise ImportError('half an installation')")
    with pages(shop, PYTHONPATH=str(broken)) as url:
        status, word, parts = health(url)
    assert (status, word, parts["pages"], parts["books"]) == (503, "failed", "failed", "ok")
