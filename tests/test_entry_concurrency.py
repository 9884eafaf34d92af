"""Many clerks at once, connections killed under them, submits sent again: nothing lost, nothing twice."""

import random
import threading
import time
from dataclasses import dataclass, field

import psycopg
import pytest

from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import ServerUnavailable
from awesome_analytics.sales.answers import OrderRecorded
from entry_desk import BAD_ROWS, Books, order, rows


@dataclass
class Clerk:
    """Records its orders, each until it is known to be recorded, and sends some of them again."""

    url: DatabaseUrl
    number: int
    orders: int
    emails: int
    answers: dict[str, tuple[str, OrderRecorded]] = field(default_factory=dict)
    lost: int = 0
    failure: BaseException | None = None

    def run(self) -> None:
        chance = random.Random(self.number)
        try:
            connection = self._connect()
            for number in range(self.orders):
                key = f"{self.number}-{number}"
                email = f"customer{chance.randrange(self.emails)}@shop.test"
                region = chance.choice(["East", "West"])
                for _ in range(1 + (chance.random() < 0.3)):
                    connection = self._record(connection, key, email, region)
            connection.close()
        except BaseException as error:  # a failed thread must fail its test
            self.failure = error

    def _connect(self) -> Books:
        for _ in range(200):
            try:
                return psycopg.connect(**self.url.parameters(), autocommit=True)
            except psycopg.OperationalError:
                time.sleep(0.02)
        raise AssertionError("the server does not come back")

    def _record(self, connection: Books, key: str, email: str, region: str) -> Books:
        while True:
            try:
                done = order(
                    connection, idempotency_key=key, customer_email=email, customer_name=email, region=region
                )
            except ServerUnavailable:
                self.lost += 1
                connection.close()
                connection = self._connect()
                continue
            known = self.answers.setdefault(key, (email, done))
            assert known[1].order_id == done.order_id
            return connection


def _kill_at_random(admin: DatabaseUrl, stop: threading.Event) -> None:
    chance = random.Random(7)
    with psycopg.connect(**admin.parameters(), autocommit=True) as connection:
        while not stop.wait(chance.uniform(0.01, 0.06)):
            connection.execute(
                "select pg_terminate_backend(pid) from (select pid from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid() "
                "and backend_type = 'client backend' "
                "order by random() limit 1) as victim"
            )


def _storm(
    books_admin: DatabaseUrl, books_url: DatabaseUrl, *, clerks: int, orders: int, emails: int
) -> None:
    crew = [Clerk(url=books_url, number=n, orders=orders, emails=emails) for n in range(clerks)]
    threads = [threading.Thread(target=clerk.run) for clerk in crew]
    stop = threading.Event()
    killer = threading.Thread(target=_kill_at_random, args=(books_admin, stop))
    for thread in (*threads, killer):
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    killer.join()
    for clerk in crew:
        if clerk.failure is not None:
            raise clerk.failure
    assert sum(clerk.lost for clerk in crew) > 0
    answers = {key: answer for clerk in crew for key, answer in clerk.answers.items()}
    assert len(answers) == clerks * orders
    with psycopg.connect(**books_url.parameters(), autocommit=True) as books:
        _proof(books, answers)


def _proof(books: Books, answers: dict[str, tuple[str, OrderRecorded]]) -> None:
    """The books hold exactly the answered orders, each with the customer whose e-mail was typed."""
    expected = sorted((done.order_id, email) for email, done in answers.values())
    held = rows(
        books, "select order_id, customer_email from tbl_orders join tbl_customers using (customer_id)"
    )
    assert sorted(held) == expected
    assert len({order_id for order_id, _ in held}) == len(answers)
    keys = rows(books, "select idempotency_key, result ->> 'order_id' from entry_log")
    assert sorted(keys) == sorted((key, done.order_id) for key, (_, done) in answers.items())
    emails = {email for email, _ in answers.values()}
    assert rows(books, "select count(*), count(distinct customer_email) from tbl_customers") == [
        (len(emails), len(emails))
    ]
    assert rows(books, BAD_ROWS) == []


def test_12_clerks_with_killed_connections_lose_nothing_and_record_nothing_twice(
    books_admin: DatabaseUrl, books_url: DatabaseUrl
) -> None:
    _storm(books_admin, books_url, clerks=12, orders=20, emails=5)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_50_clerks_with_killed_connections_lose_nothing_and_record_nothing_twice(
    books_admin: DatabaseUrl, books_url: DatabaseUrl
) -> None:
    _storm(books_admin, books_url, clerks=50, orders=100, emails=12)
