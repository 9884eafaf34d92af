"""One command, one transaction: the key claimed, the work done, the answer kept, or nothing at all."""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeVar

from psycopg import Connection, Error
from psycopg.rows import dict_row

from awesome_analytics.core.errors import Conflict, InvalidInput
from awesome_analytics.core.sql import blocks
from awesome_analytics.sales import fields, refusals
from awesome_analytics.sales.answers import Answer
from awesome_analytics.sales.choices import Choices, read_choices
from awesome_analytics.sales.model import Command

A = TypeVar("A", bound=Answer)
C = TypeVar("C", bound=Command)
R = TypeVar("R")

ATTEMPTS = 8
FARTHEST = timedelta(days=366)
"""How far ahead of today a date may lie before it is taken for a slip of the hand."""

_SQL = blocks("awesome_analytics.sales", "entry.sql")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where a handler works: the open transaction, who gives the command, the shop's day."""

    connection: Connection[Any]
    actor: str
    today: date

    @cached_property
    def choices(self) -> Choices:
        """What can be chosen, as of now."""
        return read_choices(self.connection)

    def row(self, sql: Any, /, **values: Any) -> dict[str, Any] | None:
        """The first row, by column name."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(sql, values).fetchone()

    def rows(self, sql: Any, /, **values: Any) -> list[dict[str, Any]]:
        """Every row, by column name."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(sql, values).fetchall()

    def value(self, sql: Any, /, **values: Any) -> Any:
        """The first column of the only row."""
        row = self.row(sql, **values)
        assert row is not None
        return next(iter(row.values()))

    def write(self, sql: Any, /, **values: Any) -> None:
        """Change the books."""
        self.connection.execute(sql, values)

    def refuse_far_day(self, day: date, field: str, *, ahead: timedelta = FARTHEST) -> None:
        """A day more than a year ahead is a slip of the hand."""
        if day > self.today + ahead:
            raise InvalidInput(field, f"{day} is too far in the future; today is {self.today}")


Act = Callable[[Desk, C], A]


def enter(desk: Desk, command: C, act: Act[C, A], answer: type[A]) -> A:
    """Do `act` once for the command's key, in one transaction; a repeat gets the first answer."""
    return persist(desk, command, lambda: _enter_once(desk, command, act, answer))


def at(connection: Connection[Any], *, actor: str, today: date) -> Desk:
    """A desk on a connection in autocommit, so that each command commits by itself."""
    if not connection.autocommit:
        raise ValueError("a command commits by itself; give it a connection in autocommit")
    return Desk(connection=connection, actor=fields.text(actor, "Actor"), today=today)


def persist(desk: Desk, command: Command, once: Callable[[], R]) -> R:
    """Run `once`, again after a lost race; what the database refuses becomes one of our errors."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return once()
        except refusals.RACES as error:
            if attempt == ATTEMPTS or desk.connection.closed:
                raise refusals.told(error, command) from error
            time.sleep(random.uniform(0, min(0.1, 0.005 * 2**attempt)))  # noqa: S311 spreads the writers, hides nothing
        except Error as error:
            raise refusals.told(error, command) from error
    raise AssertionError("unreachable")


def _enter_once(desk: Desk, command: C, act: Act[C, A], answer: type[A]) -> A:
    fresh = Desk(connection=desk.connection, actor=desk.actor, today=desk.today)
    with desk.connection.transaction():
        entry_id = _claim(fresh, command)
        if entry_id is None:
            return recorded(fresh, command, answer)
        done = act(fresh, command)
        fresh.write(_SQL["keep_result"], entry_id=entry_id, result=json.dumps(done.result()))
        return done


def _claim(desk: Desk, command: Command) -> int | None:
    row = desk.row(_SQL["claim"], **log_values(desk, command), command=type(command).__name__)
    return None if row is None else int(row["entry_id"])


def log_values(desk: Desk, command: Command) -> dict[str, Any]:
    """What the entry log keeps of a command, its kind and answer aside."""
    return {
        "idempotency_key": command.idempotency_key,
        "actor": desk.actor,
        "payload": json.dumps(command.payload()),
    }


def recorded(desk: Desk, command: Command, answer: type[A]) -> A:
    """The answer of the first submit with this key; Conflict when that one asked for something else."""
    row = desk.row(_SQL["recorded"], idempotency_key=command.idempotency_key)
    assert row is not None
    if not _same(row, command):
        raise Conflict(
            f"The key '{command.idempotency_key}' was used for another submit ({row['command']}). "
            "Nothing was recorded; give this one a key of its own."
        )
    return answer.stored(row["result"], repeated=True)


def _same(row: Mapping[str, Any], command: Command) -> bool:
    return bool(row["command"] == type(command).__name__ and row["payload"] == command.payload())
