"""The choices themselves: listed, and added to."""

from datetime import date
from typing import Any

from psycopg import Connection

from awesome_analytics.core.errors import Conflict, InvalidInput
from awesome_analytics.core.sql import blocks
from awesome_analytics.sales import choices, model, work
from awesome_analytics.sales.answers import ChoiceAdded
from awesome_analytics.sales.model import AddChoice
from awesome_analytics.sales.work import Desk

_SQL = blocks("awesome_analytics.sales", "choices.sql")
_LINES = blocks("awesome_analytics.sales", "lines.sql")


def list_choices(connection: Connection[Any], kind: str | None = None) -> list[tuple[str, str, str | None]]:
    """(kind, value, category of a sub-category), in the order the forms show them."""
    if kind is not None:
        kind = choices.spelled(choices.KINDS, kind, field="Kind", kind="kind of choice")
    values = choices.read_choices(connection).values
    found: dict[str, list[tuple[str, str, str | None]]] = {
        name: [(name, value, None) for value in values.get(name, ())] for name in choices.KINDS
    }
    found[choices.SUBCATEGORY] = [
        (choices.SUBCATEGORY, value, category)
        for category, value in connection.execute(_SQL["subcategories"])
    ]
    return [row for name in choices.KINDS if kind in (None, name) for row in found[name]]


def add_choice(connection: Connection[Any], command: AddChoice, *, actor: str, today: date) -> ChoiceAdded:
    """Add a value that the forms offer from now on; one that exists in any case is refused."""
    return work.enter(work.at(connection, actor=actor, today=today), command, _add, ChoiceAdded)


def _add(desk: Desk, command: AddChoice) -> ChoiceAdded:
    kind = choices.spelled(choices.KINDS, command.kind, field="Kind", kind="kind of choice")
    if kind == choices.SUBCATEGORY:
        return _add_subcategory(desk, command)
    if command.category is not None:
        raise InvalidInput(model.CATEGORY, f"a {kind} belongs to no category")
    desk.row(_SQL["lock_choices"])
    _refuse_existing(kind, desk.choices.values.get(kind, ()), command.value)
    desk.write(_SQL["add_" + kind.replace("-", "_")], value=command.value)
    return ChoiceAdded(kind=kind, value=command.value)


def _add_subcategory(desk: Desk, command: AddChoice) -> ChoiceAdded:
    if command.category is None:
        raise InvalidInput(model.CATEGORY, "say which category the sub-category belongs to")
    category = desk.choices.spelled(choices.CATEGORY, command.category, model.CATEGORY)
    desk.row(_LINES["lock_new_products"])
    existing = [row["subcategory_name"] for row in desk.rows(_LINES["subcategories"], category=category)]
    _refuse_existing(choices.SUBCATEGORY, existing, command.value)
    desk.write(_LINES["insert_subcategory"], category=category, subcategory=command.value)
    return ChoiceAdded(kind=choices.SUBCATEGORY, value=command.value, category=category)


def _refuse_existing(kind: str, existing: tuple[str, ...] | list[str], value: str) -> None:
    known = choices.same(existing, value)
    if known is not None:
        raise Conflict(f"The {kind} '{known}' exists already.")
