"""Alerts: each trouble told once and once when it is over, whatever mail servers and webhooks do."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from awesome_analytics.app import schedule, telling
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import PipelineError
from awesome_analytics.core.log import Log
from awesome_analytics.core.settings import Settings
from awesome_analytics.core.telling import MailServer, Telling
from awesome_analytics.etl import pipeline
from awesome_analytics.scheduler import post, work
from awesome_analytics.scheduler.alerts import Alerts
from awesome_analytics.scheduler.lookout import Lookout, doors
from conftest import drop_warehouse, make_warehouse
from postbox import Hook, Mood, Postbox, postbox, webhook
from test_pipeline import MONDAY
from test_quarantine import TUESDAY

ADMIN = ("it@example.com", "gone@example.com")


class Clock:
    """The real time, moved by hand: the books tell their own."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def go_on(self, **span: float) -> None:
        self.ahead += timedelta(**span)


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as opened:
        yield opened


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as opened:
        yield opened


class Stand:
    """A shop, its clock, its alerts by mail and webhook, and what the log says of them."""

    def __init__(self, shop: Shop, box: Postbox, hook: Hook) -> None:
        mail = MailServer(host="127.0.0.1", port=box.port, tls="off", sender="shop@example.com")
        told = Telling(mail=mail, alert_email=ADMIN, alert_webhook=hook.url)
        settings = replace(shop.settings, telling=told)
        self.shop = replace(shop, settings=settings)
        self.clock = Clock()
        self.lines: list[str] = []
        self.log = Log(process="scheduler", write=self.lines.append, now=self.clock, as_json=True)
        self.alerts = Alerts(settings=settings, now=self.clock, log=self.log, patience=timedelta(seconds=20))

    def look(self, shop: Shop | None = None) -> None:
        """A first look, another when what it saw has stood long enough, and a third."""
        with self.shop.app() as connection:
            for _ in range(3):
                self.alerts.look(connection, doors(shop or self.shop))
                self.clock.go_on(seconds=21)

    def run(self, *, full: bool = False) -> int:
        return pipeline.run(self.ends, full=full).run_id

    @property
    def ends(self) -> pipeline.Ends:
        return pipeline.Ends(
            open_source=self.shop.source, open_warehouse=self.shop.warehouse, now=lambda: datetime.now(UTC)
        )

    def reconcile(self) -> None:
        with self.shop.app() as connection:
            schedule.ask(connection, "reconcile", asked_by="sarah_manager", now=self.clock())
            taken = schedule.take(connection, now=self.clock())
            assert taken is not None
            work.do(connection, taken, self.ends, self.log)

    def events(self, name: str) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.lines]
        return [event for event in found if event["event"] == name]


def opened(shop: Shop, box: Postbox, hook: Hook) -> Stand:
    with shop.entry() as books:
        books.execute(MONDAY)
    made = Stand(shop, box, hook)
    made.run()
    return made


@pytest.fixture
def on_each_engine(shop: Shop, box: Postbox, hook: Hook) -> Stand:
    return opened(shop, box, hook)


@pytest.fixture
def stand(
    books_admin: DatabaseUrl,
    embedded: EmbeddedPostgres,
    passwords: Mapping[str, str],
    tmp_path: Path,
    box: Postbox,
    hook: Hook,
) -> Iterator[Stand]:
    """On PostgreSQL alone: what is told of does not depend on the engine."""
    olap = make_warehouse(embedded.admin, passwords)
    settings = Settings(home=tmp_path, oltp_url=books_admin, warehouse_url=olap)
    shop = Shop(settings=settings, oltp=books_admin, olap=olap, passwords=passwords, on_note=print)
    yield opened(shop, box, hook)
    drop_warehouse(olap)


def unreachable(stand: Stand) -> Shop:
    """The shop as it is when nothing answers where the warehouse was."""
    return replace(stand.shop, olap=replace(stand.shop.olap, host="127.0.0.1", port=1))


def refuse(stand: Stand, rows: int) -> None:
    """The quarantine as the scheduler publishes it."""
    with stand.shop.app() as connection:
        schedule.publish_quarantine(
            connection,
            [
                schedule.Refused(
                    table_name="dim_customer",
                    row_key=f"alice{number}@company.com",
                    reason="the name 'Alice Johnson' is too long",
                    first_run_id=1,
                    last_run_id=1,
                )
                for number in range(rows)
            ],
        )


def test_a_healthy_shop_alarms_nobody(stand: Stand, box: Postbox, hook: Hook) -> None:
    stand.reconcile()
    stand.look()
    assert (box.letters, hook.posted) == ([], [])


def test_a_quarantine_is_told_once_and_once_when_it_is_over(stand: Stand, box: Postbox, hook: Hook) -> None:
    refuse(stand, 2)
    stand.look()
    stand.look()
    assert box.subjects == ["Awesome: Rows wait in quarantine"]
    assert [str(to) for to in box.letters[0]["To"].addresses] == list(ADMIN)
    body = box.letters[0].get_content()
    assert "can't take 2 rows of the books: 2 of dim_customer." in body
    assert "awesome etl quarantine" in body
    assert [(told["kind"], told["state"]) for told in hook.posted] == [("quarantine", "began")]
    refuse(stand, 0)
    stand.look()
    stand.look()
    assert box.subjects[1:] == ["Awesome: Over: Rows wait in quarantine"]
    assert [(told["kind"], told["state"]) for told in hook.posted[1:]] == [("quarantine", "over")]


def test_no_alert_and_no_line_of_the_log_names_a_customer(stand: Stand, box: Postbox, hook: Hook) -> None:
    refuse(stand, 1)
    stand.look()
    told = "".join((box.letters[0].as_string(), json.dumps(hook.posted), *stand.lines))
    assert "alice" not in told.lower()
    assert "k3y-of-the-hook" not in told


def rename(stand: Stand, name: str, new: str) -> None:
    with closing(stand.shop.warehouse()) as engine:
        engine.execute(f"alter table {name} rename to {new}")


def test_a_failed_run_is_told_until_one_succeeds(on_each_engine: Stand, box: Postbox, hook: Hook) -> None:
    stand = on_each_engine
    with stand.shop.entry() as books:
        books.execute(TUESDAY)
    rename(stand, "fact_sales", "fact_sales_kept")
    for _ in range(2):
        with pytest.raises(PipelineError):
            stand.run()
        stand.look()
    assert box.subjects == ["Awesome: The pipeline's run failed"]
    assert "Run 2 failed at" in box.letters[0].get_content()
    rename(stand, "fact_sales_kept", "fact_sales")
    stand.run()
    stand.look()
    assert box.subjects[1:] == ["Awesome: Over: The pipeline's run failed"]
    assert "It was: Run 3 failed at" in box.letters[1].get_content()
    assert [told["state"] for told in hook.posted] == ["began", "over"]


def test_a_warehouse_that_no_run_reaches_is_a_failed_run(stand: Stand, box: Postbox) -> None:
    away = unreachable(stand)
    with stand.shop.app() as connection:
        schedule.ask(connection, "run", asked_by="sarah_manager", now=stand.clock())
        taken = schedule.take(connection, now=stand.clock())
        assert taken is not None
        work.do(connection, taken, replace(stand.ends, open_warehouse=away.warehouse), stand.log)
    stand.look(away)
    assert box.subjects == ["Awesome: The pipeline's run failed"]
    assert "did not answer" in box.letters[0].get_content()


def test_a_load_that_does_not_come_is_late_after_the_hours_grace(stand: Stand, box: Postbox) -> None:
    due = stand.clock().replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=1)
    stand.clock.ahead = due + timedelta(minutes=50) - datetime.now(UTC)
    stand.look()
    assert box.letters == []
    stand.clock.go_on(minutes=10)
    stand.look()
    assert box.subjects == ["Awesome: The warehouse is late"]
    assert f"A run was due at {due:%Y-%m-%d} 02:00 (UTC)" in box.letters[0].get_content()


def test_a_load_that_came_late_is_late_no_more(stand: Stand, box: Postbox) -> None:
    with closing(stand.shop.warehouse()) as engine:
        long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=3)
        engine.execute("update etl_log set as_of = %(as_of)s", {"as_of": long_ago})
    stand.look()
    stand.run()
    stand.look()
    assert box.subjects == ["Awesome: The warehouse is late", "Awesome: Over: The warehouse is late"]


def test_while_the_warehouse_is_away_nobody_says_that_it_is_on_time_again(
    stand: Stand, box: Postbox, hook: Hook
) -> None:
    stand.clock.go_on(days=2)
    stand.look()
    stand.look(unreachable(stand))
    assert box.subjects == ["Awesome: The warehouse is late"]
    assert [told["state"] for told in hook.posted] == ["began"]


def test_a_difference_is_told_until_a_comparison_finds_none(stand: Stand, box: Postbox) -> None:
    with closing(stand.shop.warehouse()) as engine:
        engine.execute("update fact_sales set sales = sales + 0.01 where line_no = 1")
    stand.reconcile()
    stand.look()
    assert box.subjects == ["Awesome: Books and warehouse differ"]
    assert "differences." in box.letters[0].get_content()
    stand.run(full=True)
    stand.look()
    assert len(box.letters) == 1
    stand.reconcile()
    stand.look()
    assert box.subjects[1:] == ["Awesome: Over: Books and warehouse differ"]


def test_a_difference_that_the_command_finds_is_told_too(stand: Stand, box: Postbox) -> None:
    with closing(stand.shop.warehouse()) as engine:
        engine.execute("update fact_sales set sales = sales + 0.01 where line_no = 1")
    shop, home = stand.shop, stand.shop.settings.home
    (home / "credentials.json").write_text(json.dumps(dict(shop.passwords)), encoding="utf-8")
    shop.prepare()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    ours = {
        "AWESOME_HOME": str(home),
        "AWESOME_OLTP_URL": shop.oltp.text(),
        "AWESOME_WAREHOUSE_URL": shop.olap.text(),
    }
    command = [sys.executable, "-m", "awesome_analytics.cli", "etl", "reconcile"]
    done = subprocess.run(command, env={**kept, **ours}, capture_output=True, check=False)
    assert done.returncode == 1
    stand.look()
    assert box.subjects == ["Awesome: Books and warehouse differ"]


def test_what_the_next_try_mends_wakes_nobody(stand: Stand, box: Postbox, hook: Hook) -> None:
    with stand.shop.app() as connection:
        refuse(stand, 1)
        stand.alerts.look(connection, doors(stand.shop))
        stand.clock.go_on(seconds=10)
        refuse(stand, 0)
        stand.alerts.look(connection, doors(stand.shop))
    stand.look()
    assert (box.letters, hook.posted) == ([], [])
    assert len(stand.events("trouble began")) == len(stand.events("trouble over")) == 1


# ---------------------------------------------------------------- what mail servers and webhooks do


def test_a_failing_mail_server_is_told_in_the_log_and_tried_again_and_the_webhook_does_not_wait(
    stand: Stand, box: Postbox, hook: Hook
) -> None:
    box.mood = "is busy"
    refuse(stand, 1)
    stand.look()
    assert box.letters == []
    assert len(hook.posted) == 1
    failures = stand.events("alert not sent")
    assert len(failures) == 2
    assert (
        f"the mail server at 127.0.0.1:{box.port} did not take the letter: it answered 451"
        in (failures[0]["text"])
    )
    assert "trying again in 5 s" in failures[0]["text"]
    assert "trying again in 10 s" in failures[1]["text"]
    box.mood = "takes"
    stand.look()
    assert box.subjects == ["Awesome: Rows wait in quarantine"]
    assert len(hook.posted) == 1


def test_tries_become_rarer_while_a_mail_server_is_away(stand: Stand, box: Postbox) -> None:
    box.mood = "is busy"
    refuse(stand, 1)
    for _ in range(20):
        stand.look()
    # In 21 minutes, with waits of 5, 10, 20 ... 320 and 600 seconds between.
    assert 6 <= box.visits <= 9


def test_what_came_and_went_while_the_mail_server_was_away_is_told_in_one_letter(
    stand: Stand, box: Postbox, hook: Hook
) -> None:
    box.mood = "hangs up"
    refuse(stand, 3)
    stand.look()
    refuse(stand, 0)
    stand.look()
    box.mood = "takes"
    stand.clock.go_on(minutes=10)
    stand.look()
    assert box.subjects == ["Awesome: Over: Rows wait in quarantine"]
    assert "It was: The warehouse can't take 3 rows" in box.letters[0].get_content()
    assert [told["state"] for told in hook.posted] == ["began", "over"]


def test_an_address_that_is_refused_keeps_the_letter_from_nobody_else(stand: Stand, box: Postbox) -> None:
    box.mood = "refuses one"
    refuse(stand, 1)
    stand.look()
    stand.look()
    assert box.subjects == ["Awesome: Rows wait in quarantine"]
    assert any("refuses 1 of the addresses" in event["text"] for event in stand.events("note"))


LETTER = post.mail(ADMIN, "Hello", "World", sender="shop@example.com", now=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("mood", "told"),
    [
        ("is busy", "answered 451"),
        ("refuses all", "refuses every address"),
        ("says nothing", "no answer in time"),
        ("hangs up", "it hung up"),
        ("wants a log-in", "answered 530"),
    ],
)
def test_a_mail_server_that_does_not_take_a_letter_is_told_in_words_without_the_addresses(
    box: Postbox, mood: Mood, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "_PATIENCE", 0.3)
    box.mood = mood
    server = MailServer(host="127.0.0.1", port=box.port, tls="off", sender="shop@example.com")
    with pytest.raises(post.NotTaken) as refusal:
        post.hand_in(server, LETTER)
    assert told in str(refusal.value)
    assert "example.com" not in str(refusal.value)


def test_a_mail_server_without_tls_gets_neither_password_nor_letter(box: Postbox) -> None:
    server = MailServer(
        host="127.0.0.1",
        port=box.port,
        tls="asked for",
        sender="shop@example.com",
        user="shop",
        password="s3cret-of-the-shop",
    )
    with pytest.raises(post.NotTaken, match="STARTTLS") as refusal:
        post.hand_in(server, LETTER)
    assert "s3cret" not in str(refusal.value)
    assert box.letters == []


def test_a_mail_server_with_a_certificate_that_nobody_vouches_for_gets_no_letter(tmp_path: Path) -> None:
    with postbox(tls=self_signed(tmp_path)) as box:
        server = MailServer(host="127.0.0.1", port=box.port, tls="asked for", sender="shop@example.com")
        with pytest.raises(post.NotTaken, match="TLS failed"):
            post.hand_in(server, LETTER)
        assert box.letters == []


def self_signed(folder: Path) -> ssl.SSLContext:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (500, "answered 500"),
        (404, "answered 404"),
        (302, "answered 302"),
        (0, "no answer in time"),
        (-1, "rightly"),
    ],
)
def test_a_webhook_that_does_not_take_it_is_told_without_its_key(
    hook: Hook, answers: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "_PATIENCE", 0.3)
    hook.answers = answers
    with pytest.raises(post.NotTaken) as refusal:
        post.call(hook.url, {"text": "hello"})
    assert told in str(refusal.value)
    assert "k3y" not in str(refusal.value)
    # A redirect is followed nowhere.
    assert hook.paths == ["POST /in/k3y-of-the-hook?channel=shop"]


def test_a_server_that_drips_its_answer_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "_LONGEST", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def drip() -> None:
            line, _ = listening.accept()
            with line, suppress(OSError):
                while True:
                    line.sendall(b"2")
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        server = MailServer(host="127.0.0.1", port=port, tls="off", sender="shop@example.com")
        began = time.monotonic()
        with pytest.raises(post.NotTaken):
            post.hand_in(server, LETTER)
        assert time.monotonic() - began < 5


def test_a_duty_that_fails_stops_neither_the_others_nor_the_next_look(stand: Stand) -> None:
    looks = threading.Semaphore(0)

    def fails(_connection: schedule.Connection, _doors: object) -> None:
        raise RuntimeError("nobody foresaw alice@company.com")

    def counts(_connection: schedule.Connection, _doors: object) -> None:
        looks.release()

    with Lookout(stand.shop, (fails, counts), log=stand.log, every=0.01):
        for _ in range(3):
            assert looks.acquire(timeout=20)
    told = stand.events("lookout failed")
    assert len(told) >= 2
    assert told[0]["error"] == "RuntimeError"
    assert "alice" not in "".join(stand.lines)


def test_a_channel_set_later_is_not_told_of_what_was_over_before(stand: Stand, box: Postbox) -> None:
    quiet = replace(stand.alerts, settings=replace(stand.alerts.settings, telling=Telling()))
    with stand.shop.app() as connection:
        refuse(stand, 1)
        quiet.look(connection, doors(stand.shop))
        stand.clock.go_on(minutes=5)
        refuse(stand, 0)
        quiet.look(connection, doors(stand.shop))
        assert telling.open_troubles(connection) == ()
    stand.look()
    assert box.letters == []
