"""Orders: recorded with their customer, corrected, voided."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from psycopg import Connection

from awesome_analytics.core.busy import BusyStatement
from awesome_analytics.core.errors import Ambiguous, Conflict, InvalidInput, NotFound
from awesome_analytics.core.sql import blocks
from awesome_analytics.sales import choices, model, work
from awesome_analytics.sales.answers import OrderCorrected, OrderRecorded, OrderVoided
from awesome_analytics.sales.model import CorrectOrder, RecordOrder, VoidOrder
from awesome_analytics.sales.work import Desk

_SQL = blocks("awesome_analytics.sales", "orders.sql")
_RECORD_ORDER = BusyStatement("awesome_record_order", _SQL["record_order"])
_LINES = blocks("awesome_analytics.sales", "lines.sql")
_RETURNS = blocks("awesome_analytics.sales", "returns.sql")


def record_order(
    connection: Connection[Any], command: RecordOrder, *, actor: str, today: date
) -> OrderRecorded:
    """Record an order; its customer is found (by ID, e-mail or a name that fits one alone) or created."""
    desk = work.at(connection, actor=actor, today=today)
    desk.refuse_far_day(command.order_date, model.ORDER_DATE)
    return work.persist(desk, command, lambda: _as_it_stands(desk, command)) or work.enter(
        desk, command, _with_customer, OrderRecorded
    )


def _as_it_stands(desk: Desk, command: RecordOrder) -> OrderRecorded | None:
    """The common case in one statement: a customer found by e-mail, all else as the books spell it."""
    if command.customer_email is None or command.customer_id is not None:
        return None
    values = {
        **work.log_values(desk, command),
        "customer_email": command.customer_email,
        "segment": command.segment,
        "market": command.market,
        "region": command.region,
        "priority": command.priority,
        "order_date": command.order_date,
    }
    result = _RECORD_ORDER.run(desk.connection, values)
    return (
        None
        if result is None
        else _told_apart(command, OrderRecorded.stored(json.loads(result), repeated=False))
    )


def _told_apart(command: RecordOrder, answer: OrderRecorded) -> OrderRecorded:
    typed = (
        (model.CUSTOMER_NAME, command.customer_name, answer.customer_name),
        (model.CUSTOMER_EMAIL, command.customer_email, answer.customer_email),
        (model.SEGMENT, command.segment, answer.segment),
    )
    differs = tuple(label for label, given, stands in typed if given not in (None, stands))
    return replace(answer, differs=differs) if differs else answer


def _with_customer(desk: Desk, command: RecordOrder) -> OrderRecorded:
    command = _spelled(desk, command)
    customer, new = _customer(desk, command)
    if (customer["market"], customer["region"]) != (command.market, command.region):
        desk.write(
            _SQL["move_customer"],
            customer_id=customer["customer_id"],
            market=command.market,
            region=command.region,
        )
    order = {
        "order_id": desk.value(_SQL["free_order_id"]),
        "customer_id": customer["customer_id"],
        "order_date": command.order_date,
        "priority": command.priority,
        "market": command.market,
        "region": command.region,
    }
    desk.write(_SQL["insert_order"], **order)
    return _told_apart(command, OrderRecorded(**{**customer, **order, "new_customer": new}))


def _spelled(desk: Desk, command: RecordOrder) -> RecordOrder:
    spelled = desk.choices.spelled
    return replace(
        command,
        segment=command.segment and spelled(choices.SEGMENT, command.segment, model.SEGMENT),
        market=spelled(choices.MARKET, command.market, model.MARKET),
        region=spelled(choices.REGION, command.region, model.REGION),
        priority=spelled(choices.PRIORITY, command.priority, model.PRIORITY),
    )


def _customer(desk: Desk, command: RecordOrder) -> tuple[dict[str, Any], bool]:
    """The customer's row and whether it is new."""
    if command.customer_id is not None:
        return _known_customer(desk, command.customer_id), False
    if command.customer_email is None:
        assert command.customer_name is not None
        return _only_customer_named(desk, command.customer_name), False
    found = desk.row(_SQL["customers_by_email"], customer_email=command.customer_email)
    if found is not None:
        return found, False
    made = _new_customer(desk, command)
    if made is not None:
        return made, True
    found = desk.row(_SQL["customers_by_email"], customer_email=command.customer_email)
    if found is None:
        raise Conflict("The customer was being written by someone else; nothing was recorded. Try again.")
    return found, False


def _known_customer(desk: Desk, customer_id: str) -> dict[str, Any]:
    row = desk.row(_SQL["customers_by_id"], customer_id=customer_id)
    if row is None:
        raise NotFound(f"There is no customer '{customer_id}'; leave the ID out to find one by e-mail.")
    return row


def _only_customer_named(desk: Desk, name: str) -> dict[str, Any]:
    rows = desk.rows(_SQL["customers_by_name"], customer_name=name)
    if not rows:
        raise InvalidInput(
            model.CUSTOMER_EMAIL,
            f"nobody is called '{name}' yet; an e-mail is needed to create a new customer",
        )
    if len(rows) > 1:
        raise Ambiguous(
            f"Several customers are called '{name}'; name one by customer ID or e-mail.",
            [_candidate(row) for row in rows],
        )
    return rows[0]


def _candidate(row: Mapping[str, Any]) -> str:
    email = row["customer_email"] or "no e-mail"
    return f"{row['customer_id']}: {row['customer_name']}, {email}, {row['segment']}"


def _new_customer(desk: Desk, command: RecordOrder) -> dict[str, Any] | None:
    """None when another clerk has just made the same one."""
    for value, field in ((command.customer_name, model.CUSTOMER_NAME), (command.segment, model.SEGMENT)):
        if value is None:
            raise InvalidInput(field, f"this is needed: nobody has the e-mail {command.customer_email} yet")
    return desk.row(
        _SQL["insert_customer"],
        customer_id=desk.value(_SQL["free_customer_id"]),
        customer_name=command.customer_name,
        customer_email=command.customer_email,
        segment=command.segment,
        market=command.market,
        region=command.region,
    )


def lock_order(desk: Desk, order_id: str, *, block: str = "lock_order") -> dict[str, Any]:
    """The order's row, held against other writers of the same order until the command ends."""
    row = desk.row(_SQL[block], order_id=order_id)
    if row is None:
        raise NotFound(f"There is no order '{order_id}'; find it with awesome order find.")
    return row


def correct_order(
    connection: Connection[Any], command: CorrectOrder, *, actor: str, today: date
) -> OrderCorrected:
    """Change what is wrong with an order; its lines and returns must still fit."""
    desk = work.at(connection, actor=actor, today=today)
    if command.order_date is not None:
        desk.refuse_far_day(command.order_date, model.ORDER_DATE)
    return work.enter(desk, command, _correct, OrderCorrected)


def _correct(desk: Desk, command: CorrectOrder) -> OrderCorrected:
    block = "lock_order" if command.order_date is None else "hold_order"
    before = lock_order(desk, command.order_id, block=block)
    after = {**before, **_corrections(desk, command)}
    changed = tuple(name for name in before if before[name] != after[name])
    if "order_date" in changed:
        _refuse_date_after_its_parts(desk, command.order_id, after["order_date"])
    if changed:
        desk.write(_SQL["update_order"], **after)
    names = model.labels(CorrectOrder)
    return OrderCorrected(**{**after, "changed": tuple(names[name] for name in changed)})


def _corrections(desk: Desk, command: CorrectOrder) -> dict[str, Any]:
    given = {
        name: getattr(command, name)
        for name in ("customer_id", "order_date", "priority", "market", "region")
        if getattr(command, name) is not None
    }
    kinds = (
        ("priority", choices.PRIORITY, model.PRIORITY),
        ("market", choices.MARKET, model.MARKET),
        ("region", choices.REGION, model.REGION),
    )
    for name, kind, field in kinds:
        if name in given:
            given[name] = desk.choices.spelled(kind, given[name], field)
    if "customer_id" in given:
        _known_customer(desk, given["customer_id"])
    return given


def _refuse_date_after_its_parts(desk: Desk, order_id: str, day: date) -> None:
    for line in desk.rows(_LINES["lines"], order_id=order_id):
        if line["order_date"] is not None and line["order_date"] < day:
            raise InvalidInput(
                model.ORDER_DATE,
                f"line {line['line_no']} has a day of its own, {line['order_date']}, before {day}; "
                "an order's date is never after its lines'",
            )
        if line["ship_date"] is not None and line["ship_date"] < day:
            raise InvalidInput(
                model.ORDER_DATE, f"line {line['line_no']} shipped on {line['ship_date']}, before {day}"
            )
    for back in desk.rows(_RETURNS["returns"], order_id=order_id):
        if back["return_date"] < day:
            raise InvalidInput(
                model.ORDER_DATE, f"{back['return_id']} came back on {back['return_date']}, before {day}"
            )


def void_order(connection: Connection[Any], command: VoidOrder, *, actor: str, today: date) -> OrderVoided:
    """Take an order out of the books with its lines; refused while it has returns."""
    return work.enter(work.at(connection, actor=actor, today=today), command, _void, OrderVoided)


def _void(desk: Desk, command: VoidOrder) -> OrderVoided:
    # The strongest lock, as deleting takes it anyway: a line being added waits and then finds no order.
    lock_order(desk, command.order_id, block="hold_order")
    back = [row["return_id"] for row in desk.rows(_RETURNS["returns"], order_id=command.order_id)]
    if back:
        raise Conflict(f"{command.order_id} has returns ({', '.join(back)}). Void those first.")
    lines = desk.rows(_LINES["lines"], order_id=command.order_id)
    desk.write(_SQL["delete_lines"], order_id=command.order_id)
    desk.write(_SQL["delete_order"], order_id=command.order_id)
    return OrderVoided(order_id=command.order_id, lines=len(lines))
