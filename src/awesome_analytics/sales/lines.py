"""The products of an order: added, corrected, voided."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg import Connection

from awesome_analytics.core.errors import Conflict, InvalidInput, NotFound
from awesome_analytics.core.sql import blocks
from awesome_analytics.sales import choices, model, returnable, work
from awesome_analytics.sales.answers import LineAdded, LineCorrected, LineVoided
from awesome_analytics.sales.model import AddLine, CorrectLine, LineMoney, VoidLine
from awesome_analytics.sales.orders import lock_order
from awesome_analytics.sales.products import find_or_create
from awesome_analytics.sales.work import FARTHEST, Desk

_SQL = blocks("awesome_analytics.sales", "lines.sql")
_MONEY = ("quantity", "sales", "discount_rate", "shipping_cost")


def add_line(connection: Connection[Any], command: AddLine, *, actor: str, today: date) -> LineAdded:
    """Add a product to an order; product and sub-category are found or created."""
    return work.enter(work.at(connection, actor=actor, today=today), command, _add, LineAdded)


def _add(desk: Desk, command: AddLine) -> LineAdded:
    order = lock_order(desk, command.order_id)
    _refuse_ship_date(desk, command.ship_date, order)
    whole = returnable.whole_order_return(returnable.returns_of(desk, command.order_id))
    if whole is not None:
        raise Conflict(
            f"{command.order_id} came back as a whole ({whole}), so nothing can be added to it. "
            "Record a new order, or void or reject that return first."
        )
    ship_mode = desk.choices.spelled(choices.SHIP_MODE, command.ship_mode, model.SHIP_MODE)
    product, new = find_or_create(desk, command)
    rate = command.discount_percent / 100
    money = LineMoney.of(sales=command.sales, rate=rate, shipping_cost=command.shipping_cost)
    line = {
        "order_id": command.order_id,
        "product_id": product["product_id"],
        "quantity": command.quantity,
        "sales": command.sales,
        "discount_rate": rate,
        "discount": money.discount,
        "profit": money.profit,
        "shipping_cost": command.shipping_cost,
        "ship_mode": ship_mode,
        "ship_date": command.ship_date,
    }
    line_no = desk.value(_SQL["insert_line"], **line)
    return LineAdded(**{**product, **line, "line_no": line_no, "new_product": new})


def _refuse_ship_date(desk: Desk, ship_date: date | None, order: Mapping[str, Any]) -> None:
    if ship_date is None:
        return
    if ship_date < order["order_date"]:
        raise InvalidInput(
            model.SHIP_DATE,
            f"{order['order_id']} was ordered on {order['order_date']}; it can't ship on {ship_date}",
        )
    desk.refuse_far_day(ship_date, model.SHIP_DATE, ahead=2 * FARTHEST)


def correct_line(
    connection: Connection[Any], command: CorrectLine, *, actor: str, today: date
) -> LineCorrected:
    """Change what is wrong with a line; discount and profit follow when the money changes."""
    return work.enter(work.at(connection, actor=actor, today=today), command, _correct, LineCorrected)


def _correct(desk: Desk, command: CorrectLine) -> LineCorrected:
    order = lock_order(desk, command.order_id)
    lines = desk.rows(_SQL["lines"], order_id=command.order_id)
    before = _line(lines, command)
    after = {**before, **_corrections(desk, command)}
    day = before["order_date"] or order["order_date"]
    _refuse_ship_date(desk, after["ship_date"], {**order, "order_date": day})
    _refuse_less_than_returned(desk, command, lines, after["quantity"])
    # An imported line keeps its file's profit as long as nothing that makes the money changes.
    computed = any(before[name] != after[name] for name in _MONEY)
    if computed:
        after |= _money(after)
    changed = tuple(name for name in before if before[name] != after[name])
    stands = {name: after[name] for name in before if name not in ("product_name", "category", "subcategory")}
    if changed:
        desk.write(_SQL["update_line"], order_id=command.order_id, **stands)
    return LineCorrected(
        **stands, order_id=command.order_id, changed=_labels(changed), money_computed=computed
    )


def _corrections(desk: Desk, command: CorrectLine) -> dict[str, Any]:
    given: dict[str, Any] = {
        name: getattr(command, name)
        for name in ("quantity", "sales", "shipping_cost", "ship_date")
        if getattr(command, name) is not None
    }
    if command.discount_percent is not None:
        given["discount_rate"] = command.discount_percent / 100
    if command.ship_mode is not None:
        given["ship_mode"] = desk.choices.spelled(choices.SHIP_MODE, command.ship_mode, model.SHIP_MODE)
    if command.not_shipped:
        given["ship_date"] = None
    return given


def _money(line: Mapping[str, Any]) -> dict[str, Decimal]:
    money = LineMoney.of(sales=line["sales"], rate=line["discount_rate"], shipping_cost=line["shipping_cost"])
    return {"discount": money.discount, "profit": money.profit}


def _labels(columns: Sequence[str]) -> tuple[str, ...]:
    known = {
        **model.labels(CorrectLine),
        "discount_rate": model.DISCOUNT,
        "discount": "Discount",
        "profit": "Profit",
    }
    return tuple(known[column] for column in columns)


def _line(lines: Sequence[dict[str, Any]], command: CorrectLine | VoidLine) -> dict[str, Any]:
    for line in lines:
        if line["line_no"] == command.line_no:
            return line
    known = ", ".join(str(line["line_no"]) for line in lines) or "none"
    raise NotFound(f"{command.order_id} has no line {command.line_no}; its lines are: {known}.")


def _refuse_less_than_returned(
    desk: Desk, command: CorrectLine | VoidLine, lines: Sequence[Mapping[str, Any]], quantity: int
) -> None:
    """Refuse a line of `quantity` pieces (0: voided) that leaves fewer bought than came back."""
    line = next(line for line in lines if line["line_no"] == command.line_no)
    back = returnable.returns_of(desk, command.order_id)
    whole = returnable.whole_order_return(back)
    if quantity == 0 and len(lines) == 1 and whole is not None:
        raise Conflict(
            f"It is the only line of an order that came back as a whole ({whole}). Void that return first."
        )
    count = returnable.count(lines, back, line["product_id"])
    left = count.bought - line["quantity"] + quantity
    if left < count.returned:
        raise Conflict(
            f"{count.returned} of '{line['product_name']}' came back from {command.order_id} "
            f"({', '.join(count.return_ids)}), and only {left} would have been bought. "
            "Void or reject those returns first."
        )


def void_line(connection: Connection[Any], command: VoidLine, *, actor: str, today: date) -> LineVoided:
    """Take a line out of its order; refused while more came back than would be left."""
    return work.enter(work.at(connection, actor=actor, today=today), command, _void, LineVoided)


def _void(desk: Desk, command: VoidLine) -> LineVoided:
    lock_order(desk, command.order_id)
    lines = desk.rows(_SQL["lines"], order_id=command.order_id)
    line = _line(lines, command)
    _refuse_less_than_returned(desk, command, lines, 0)
    desk.write(_SQL["delete_line"], order_id=command.order_id, line_no=command.line_no)
    return LineVoided(
        order_id=command.order_id,
        line_no=command.line_no,
        product_id=line["product_id"],
        product_name=line["product_name"],
    )
