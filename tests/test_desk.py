"""What people keep: theirs alone, each name once, history in order, examples only after review."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from awesome_analytics.app import desk, people, roles
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.errors import Conflict, InvalidInput, NotFound

NOW = datetime(2024, 12, 6, 9, tzinfo=UTC)
SALES = '{"metrics": ["sales"]}'
ORDERS = '{"metrics": ["orders"]}'


@pytest.fixture(scope="session")
def warehouse_engine() -> str:
    return "postgresql"


@pytest.fixture
def app(shop: Shop) -> Iterator[psycopg.Connection[Any]]:
    with shop.app() as connection:
        for name in ("sarah", "tom"):
            people.add(
                connection,
                username=name,
                password="correct horse battery",
                roles_given=[roles.STORE_MANAGER],
                actor="test",
                now=NOW,
            )
        yield connection


def test_a_question_is_kept_under_its_name_and_is_its_owners_alone(app: psycopg.Connection[Any]) -> None:
    made = desk.save(app, username="sarah", name="  Weekly   look ", query=SALES, chart="line", now=NOW)
    assert desk.saved(app, username="sarah") == (made,)
    assert (made.name, made.query, made.chart, made.pinned) == ("Weekly look", SALES, "line", False)
    assert desk.saved(app, username="tom") == ()
    for change in (
        lambda: desk.forget(app, username="tom", saved_id=made.saved_id),
        lambda: desk.rename(app, username="tom", saved_id=made.saved_id, name="Mine"),
        lambda: desk.pin(app, username="tom", saved_id=made.saved_id, pinned=True, now=NOW),
    ):
        with pytest.raises(NotFound):
            change()
    assert desk.saved(app, username="sarah") == (made,)


def test_a_name_taken_is_replaced_only_when_told_to(app: psycopg.Connection[Any]) -> None:
    first = desk.save(app, username="sarah", name="Look", query=SALES, now=NOW)
    with pytest.raises(Conflict, match="named 'Look' already"):
        desk.save(app, username="sarah", name="Look", query=ORDERS, now=NOW)
    assert desk.saved(app, username="sarah") == (first,)
    again = desk.save(app, username="sarah", name="Look", query=ORDERS, replace=True, now=NOW)
    assert (again.saved_id, again.query) == (first.saved_id, ORDERS)
    other = desk.save(app, username="sarah", name="Other", query=SALES, now=NOW)
    with pytest.raises(Conflict):
        desk.rename(app, username="sarah", saved_id=other.saved_id, name="Look")
    desk.rename(app, username="sarah", saved_id=other.saved_id, name="Third")
    assert [each.name for each in desk.saved(app, username="sarah")] == ["Look", "Third"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "a\0b"])
def test_a_name_must_be_one(app: psycopg.Connection[Any], name: str) -> None:
    with pytest.raises(InvalidInput):
        desk.save(app, username="sarah", name=name, query=SALES, now=NOW)
    assert desk.saved(app, username="sarah") == ()


def test_pins_stand_in_the_order_they_were_pinned_and_go_when_unpinned(app: psycopg.Connection[Any]) -> None:
    ids = [desk.save(app, username="sarah", name=n, query=SALES, now=NOW).saved_id for n in ("a", "b", "c")]
    for minute, which in enumerate((2, 0, 2)):
        at = NOW + timedelta(minutes=minute)
        desk.pin(app, username="sarah", saved_id=ids[which], pinned=True, now=at)
    assert [each.name for each in desk.pinned(app, username="sarah")] == ["c", "a"]
    desk.pin(app, username="sarah", saved_id=ids[2], pinned=False, now=NOW)
    assert [each.name for each in desk.pinned(app, username="sarah")] == ["a"]
    assert desk.pinned(app, username="tom") == ()


def test_history_shows_each_question_once_newest_first_and_stays_short(app: psycopg.Connection[Any]) -> None:
    for second, query in enumerate((SALES, ORDERS, SALES)):
        desk.remember(app, username="sarah", query=query, now=NOW + timedelta(seconds=second))
    assert [each.query for each in desk.history(app, username="sarah")] == [SALES, ORDERS]
    for second in range(desk.HISTORY_KEPT + 5):
        desk.remember(
            app, username="sarah", query=f"q{second}", now=NOW + timedelta(minutes=1, seconds=second)
        )
    kept = desk.history(app, username="sarah", limit=1000)
    assert [each.query for each in kept] == [f"q{n}" for n in reversed(range(5, desk.HISTORY_KEPT + 5))]
    assert desk.history(app, username="tom") == ()


def test_a_conversation_keeps_its_turns_and_thumbs_for_its_owner(app: psycopg.Connection[Any]) -> None:
    older = desk.begin_conversation(app, username="sarah", title="Sales?", now=NOW)
    newer = desk.begin_conversation(app, username="sarah", title=" ", now=NOW + timedelta(seconds=1))
    turn = desk.add_turn(
        app,
        username="sarah",
        conversation_id=older,
        question="Sales?",
        answer={"kind": "rows", "answer": "6,000"},
        now=NOW + timedelta(minutes=1),
    )
    desk.judge(app, username="sarah", turn_id=turn, thumb="up", comment=" right ")
    found = desk.turns(app, username="sarah", conversation_id=older)
    assert [(t.question, t.answer["answer"], t.thumb, t.comment) for t in found] == [
        ("Sales?", "6,000", "up", "right")
    ]
    assert [c.conversation_id for c in desk.conversations(app, username="sarah")] == [older, newer]
    assert desk.turns(app, username="tom", conversation_id=older) == ()
    with pytest.raises(NotFound):
        desk.add_turn(app, username="tom", conversation_id=older, question="x", answer={}, now=NOW)
    with pytest.raises(NotFound):
        desk.judge(app, username="tom", turn_id=turn, thumb="down")
    assert desk.turns(app, username="sarah", conversation_id=older) == found
    desk.end_conversation(app, username="sarah", conversation_id=older)
    assert desk.turns(app, username="sarah", conversation_id=older) == ()


def test_an_example_counts_after_review_and_a_question_has_one_answer(app: psycopg.Connection[Any]) -> None:
    for _ in range(2):
        desk.propose(app, question="Total sales?", query=SALES, origin="thumb", by="sarah", now=NOW)
    desk.propose(app, question="total sales?", query=ORDERS, origin="correction", by="tom", now=NOW)
    assert desk.examples(app) == ()
    wrong, right = desk.examples(app, state="WAITING")
    for each in (right, wrong):
        desk.review(app, example_id=each.example_id, state="VERIFIED", by="admin", now=NOW)
    assert [(e.question, e.query, e.reviewed_by) for e in desk.examples(app)] == [
        ("Total sales?", SALES, "admin")
    ]
    assert [e.query for e in desk.examples(app, state="REFUSED")] == [ORDERS]


def test_who_is_removed_takes_along_what_was_theirs(app: psycopg.Connection[Any]) -> None:
    desk.save(app, username="tom", name="Look", query=SALES, now=NOW)
    desk.begin_conversation(app, username="tom", title="Hello", now=NOW)
    people.remove(app, username="tom", actor="test", now=NOW)
    assert app.execute("select count(*) from app.saved_query").fetchone() == (0,)
    assert app.execute("select count(*) from app.conversation").fetchone() == (0,)
