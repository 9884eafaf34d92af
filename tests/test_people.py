"""Who may log in: passwords, roles, sessions, the throttle, the first start's link, the audit."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from awesome_analytics.app import people, sessions
from awesome_analytics.app.sessions import Visitor
from awesome_analytics.bootstrap import credentials
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import Conflict, Denied, InvalidInput, NotFound

Connection = psycopg.Connection[tuple[Any, ...]]
NOW = datetime(2024, 12, 5, 9, 0, tzinfo=UTC)
GOOD = "correct horse battery"
BY: dict[str, Any] = {"actor": "ada", "now": NOW}


@pytest.fixture
def app(books_admin: DatabaseUrl, passwords: dict[str, str]) -> Iterator[Connection]:
    url = books_admin.login(credentials.APP, passwords[credentials.APP])
    with psycopg.connect(**url.parameters(), autocommit=True) as connection:
        people.add(connection, username="John_Sales", password=GOOD, roles_given=["sales_associate"], **BY)
        people.add(connection, username="ada", password=GOOD, roles_given=["administrator"], **BY)
        yield connection


def log_in(app: Connection, **changes: Any) -> str:
    form = {"username": "john_sales", "password": GOOD, "role": "sales_associate"}
    return sessions.log_in(app, **{"address": "10.0.0.1", "now": NOW, **form, **changes})


def test_a_session_says_who_it_is_and_in_which_role(app: Connection) -> None:
    token = log_in(app, username=" JOHN_sales ")
    assert sessions.who(app, token=token, now=NOW) == Visitor(username="john_sales", role="sales_associate")
    assert sessions.who(app, token=token + "x", now=NOW) is None


def test_neither_password_nor_token_stands_in_the_database(app: Connection) -> None:
    token = log_in(app)
    row = app.execute("select token_hash from app.session").fetchone()
    assert row == (hashlib.sha256(token.encode()).digest(),)
    hashes = app.execute("select password_hash from app.person").fetchall()
    assert all(each.startswith("$argon2id$") for (each,) in hashes)


@pytest.mark.parametrize(
    "wrong",
    [{"password": "wrong horse"}, {"username": "nobody"}, {"role": "administrator"}, {"role": ""}],
    ids=["password", "name", "a role they lack", "no role"],
)
def test_a_wrong_part_is_refused_alike_and_opens_nothing(app: Connection, wrong: dict[str, str]) -> None:
    with pytest.raises(Denied, match=r"^That user name, password and role do not go together\.$"):
        log_in(app, **wrong)
    assert app.execute("select count(*) from app.session").fetchone() == (0,)


def test_guesses_wait_ever_longer_and_even_the_right_password_waits(app: Connection) -> None:
    for _ in range(5):
        with pytest.raises(Denied, match="do not go together"):
            log_in(app, password="guess")
    waits = []
    now = NOW
    for _ in range(4):
        with pytest.raises(Denied, match="do not go together"):
            log_in(app, password="guess", now=now)
        with pytest.raises(Denied, match="Too many tries") as refused:
            log_in(app, now=now, address="10.9.9.9")
        assert refused.value.retry_after is not None
        waits.append(refused.value.retry_after)
        now += timedelta(seconds=refused.value.retry_after)
    assert waits == [1, 2, 4, 8]
    assert log_in(app, now=now)


def test_one_address_that_tries_many_names_is_held_back_and_others_are_not(app: Connection) -> None:
    for number in range(26):
        with pytest.raises(Denied, match="do not go together"):
            log_in(app, username=f"guess{number}", password="guess")
    with pytest.raises(Denied, match="Too many tries"):
        log_in(app)
    assert log_in(app, address="10.0.0.2")


def test_addresses_of_one_ipv6_household_are_counted_as_one(app: Connection) -> None:
    for number in range(26):
        with pytest.raises(Denied, match="do not go together"):
            log_in(app, username=f"guess{number}", password="guess", address=f"2001:db8::{number + 1:x}")
    with pytest.raises(Denied, match="Too many tries"):
        log_in(app, address="2001:db8::ffff")


def test_a_session_ends_on_log_out_by_time_by_a_new_password_and_by_a_lost_role(app: Connection) -> None:
    token = log_in(app)
    sessions.log_out(app, token=token, now=NOW)
    assert sessions.who(app, token=token, now=NOW) is None
    token = log_in(app)
    assert sessions.who(app, token=token, now=NOW + sessions.IDLE + timedelta(seconds=1)) is None
    people.set_password(app, username="john_sales", password=GOOD + "!", **BY)
    assert sessions.who(app, token=token, now=NOW) is None
    token = log_in(app, password=GOOD + "!")
    people.set_roles(app, username="john_sales", roles_given=["store_manager"], **BY)
    assert sessions.who(app, token=token, now=NOW) is None


def test_a_busy_session_lives_on_but_not_for_ever(app: Connection) -> None:
    token, now = log_in(app), NOW
    while now - NOW <= sessions.LONGEST - timedelta(hours=11):
        now += timedelta(hours=11)
        assert sessions.who(app, token=token, now=now) is not None
    assert sessions.who(app, token=token, now=NOW + sessions.LONGEST + timedelta(seconds=1)) is None


def test_an_administrators_word_ends_every_session_of_a_person(app: Connection) -> None:
    tokens = [log_in(app), log_in(app)]
    assert people.end_sessions(app, username="john_sales", **BY) == 2
    assert [sessions.who(app, token=token, now=NOW) for token in tokens] == [None, None]


def test_the_last_administrator_stays(app: Connection) -> None:
    with pytest.raises(Conflict, match="only administrator"):
        people.remove(app, username="ada", **BY)
    with pytest.raises(Conflict, match="only administrator"):
        people.set_roles(app, username="ada", roles_given=["store_manager"], **BY)
    assert [(p.username, p.roles) for p in people.everyone(app)] == [
        ("ada", ("administrator",)),
        ("john_sales", ("sales_associate",)),
    ]


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "somebody_new", "x" * 201])
def test_a_weak_password_is_refused_and_nobody_is_made(app: Connection, password: str) -> None:
    with pytest.raises(InvalidInput, match=r"^Password: "):
        people.add(app, username="somebody_new", password=password, roles_given=["administrator"], **BY)
    assert len(people.everyone(app)) == 2


def test_a_name_is_given_once(app: Connection) -> None:
    with pytest.raises(Conflict, match="somebody called 'john_sales' already"):
        people.add(app, username="JOHN_SALES", password=GOOD, roles_given=["store_manager"], **BY)


def test_the_first_link_lets_one_person_in_once(books_admin: DatabaseUrl, passwords: dict[str, str]) -> None:
    url = books_admin.login(credentials.APP, passwords[credentials.APP])
    with psycopg.connect(**url.parameters(), autocommit=True) as empty:
        older, token = people.first_link(empty, now=NOW), people.first_link(empty, now=NOW)
        assert older is not None
        assert token is not None
        assert not people.link_is_good(empty, token=older, now=NOW)
        assert not people.link_is_good(empty, token=token, now=NOW + people.LINK_LASTS)
        people.use_first_link(empty, token=token, username="Sarah", password=GOOD, now=NOW)
        assert people.everyone(empty)[0].roles == ("store_manager", "administrator")
        with pytest.raises(NotFound, match="was used or has expired"):
            people.use_first_link(empty, token=token, username="eve", password=GOOD, now=NOW)
        assert people.first_link(empty, now=NOW) is None


def test_the_audit_tells_what_was_done_and_can_only_be_added_to(app: Connection) -> None:
    log_in(app)
    entry = people.audit(app, limit=1)[0]
    assert (entry.actor, entry.what, entry.detail, entry.address) == (
        "john_sales",
        "logged in",
        {"role": "sales_associate"},
        "10.0.0.1",
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("delete from app.audit")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("update app.audit set actor = 'eve'")


@pytest.mark.parametrize("table", ["tbl_orders", "entry_log", "etl_mark", "app.alembic_version"])
def test_the_apps_user_sees_nothing_beside_its_own(app: Connection, table: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(f"select * from {table}".encode())


def test_a_credentials_file_from_before_gets_the_missing_password(tmp_path: Path) -> None:
    made = dict(credentials.load_or_create(tmp_path))
    file = tmp_path / "credentials.json"
    old = {user: word for user, word in made.items() if user != credentials.APP}
    file.write_text(json.dumps(old))
    found = credentials.load_or_create(tmp_path)
    assert {**found, credentials.APP: ""} == {**old, credentials.APP: ""}
    assert len(found[credentials.APP]) >= 24
    assert credentials.load_or_create(tmp_path) == found
    assert file.stat().st_mode & 0o077 == 0
