"""Returns: of a whole order or some pieces of a product, never more than was bought less what came back."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from psycopg import Connection

from awesome_analytics.core.errors import Ambiguous, Conflict, InvalidInput, NotFound
from awesome_analytics.core.sql import blocks
from awesome_analytics.sales import choices, model, returnable, work
from awesome_analytics.sales.answers import ReturnRecorded, ReturnStatusSet, ReturnVoided
from awesome_analytics.sales.model import REJECTED, RecordReturn, SetReturnStatus, VoidReturn
from awesome_analytics.sales.orders import lock_order
from awesome_analytics.sales.work import Desk

_SQL = blocks("awesome_analytics.sales", "returns.sql")
_LINES = blocks("awesome_analytics.sales", "lines.sql")

Lines = Sequence[Mapping[str, Any]]


def record_return(
    connection: Connection[Any], command: RecordReturn, *, actor: str, today: date
) -> ReturnRecorded:
    """Record what came back of an order."""
    desk = work.at(connection, actor=actor, today=today)
    desk.refuse_far_day(command.return_date, model.RETURN_DATE)
    return work.enter(desk, command, _record, ReturnRecorded)


def _record(desk: Desk, command: RecordReturn) -> ReturnRecorded:
    order = lock_order(desk, command.order_id)
    _refuse_return_date(command.return_date, order)
    lines = desk.rows(_LINES["lines"], order_id=command.order_id)
    back = returnable.returns_of(desk, command.order_id)
    product = _product(lines, command) if command.names_product else None
    values = {
        "order_id": command.order_id,
        "reason": desk.choices.spelled(choices.REASON, command.reason, model.RETURN_REASON),
        "status": _status(command.status),
        "region": desk.choices.spelled(
            choices.REGION, command.region or order["region"], model.RETURN_REGION
        ),
        "return_date": command.return_date,
        "product_id": product and product["product_id"],
        "quantity": product and _quantity(lines, back, command, product),
    }
    _refuse_more_than_left(lines, back, {**values, "product_name": product and product["product_name"]})
    return_id = desk.value(_SQL["free_return_id"])
    desk.write(_SQL["insert_return"], return_id=return_id, **values)
    name = product and product["product_name"]
    return ReturnRecorded(**{**values, "return_id": return_id, "product_name": name})


def _status(typed: str) -> str:
    return choices.spelled(model.STATUSES, typed, field=model.RETURN_STATUS, kind="return status")


def _refuse_return_date(day: date, order: Mapping[str, Any]) -> None:
    if day < order["order_date"]:
        raise InvalidInput(
            model.RETURN_DATE,
            f"{order['order_id']} was ordered on {order['order_date']}; it can't come back on {day}",
        )


def _product(lines: Lines, command: RecordReturn) -> Mapping[str, Any]:
    """The line whose product was named; several lines of one product are one product."""
    fitting = {line["product_id"]: line for line in lines if _is_named(line, command)}
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    if fitting:
        raise Ambiguous(
            f"{command.order_id} has several products of that name; name one by its ID or line.",
            [
                f"{line['product_id']}: {line['product_name']} (line {line['line_no']})"
                for line in fitting.values()
            ],
        )
    bought = ", ".join(f"{line['product_name']} (line {line['line_no']})" for line in lines) or "nothing"
    field = (
        model.PRODUCT_NAME if command.product_name else model.PRODUCT_ID if command.product_id else model.LINE
    )
    raise InvalidInput(field, f"{command.order_id} has no such product; it has: {bought}")


def _is_named(line: Mapping[str, Any], command: RecordReturn) -> bool:
    name = command.product_name
    return (
        (name is None or name.casefold() == line["product_name"].casefold())
        and command.product_id in (None, line["product_id"])
        and command.line_no in (None, line["line_no"])
    )


def _quantity(lines: Lines, back: Lines, command: RecordReturn, product: Mapping[str, Any]) -> int:
    """As given, or the only piece there was; else it is asked back."""
    count = returnable.count(lines, back, product["product_id"])
    if command.quantity is None and count.bought > 1:
        raise InvalidInput(
            model.QUANTITY, f"say how many came back: {_counted(product['product_name'], count)}"
        )
    return command.quantity or 1


def _counted(name: str, count: returnable.Count) -> str:
    returned = f"{count.returned} returned"
    if count.return_ids:
        returned += f" ({', '.join(count.return_ids)})"
    return f"of '{name}', {count.bought} bought, {returned}, {count.left} left"


def _refuse_more_than_left(lines: Lines, back: Lines, wanted: Mapping[str, Any]) -> None:
    """Refuse what the order can't give back beside its other active returns."""
    order_id = wanted["order_id"]
    if not lines:
        raise Conflict(f"{order_id} has no products yet, so nothing of it can come back.")
    whole = returnable.whole_order_return(back)
    if whole is not None and wanted["status"] != REJECTED:
        raise Conflict(f"{order_id} came back as a whole already ({whole}); nothing is left to return.")
    if wanted["product_id"] is not None:
        _refuse_pieces(lines, back, wanted)
    elif wanted["status"] != REJECTED and not _anything_left(lines, back):
        raise Conflict(f"Every piece of {order_id} came back already; nothing is left to return.")


def _refuse_pieces(lines: Lines, back: Lines, wanted: Mapping[str, Any]) -> None:
    count = returnable.count(lines, back, wanted["product_id"])
    most = count.bought if wanted["status"] == REJECTED else count.left
    if wanted["quantity"] > most:
        raise Conflict(
            f"{wanted['quantity']} can't come back from {wanted['order_id']}: "
            f"{_counted(wanted['product_name'], count)}."
        )


def _anything_left(lines: Lines, back: Lines) -> bool:
    return any(returnable.count(lines, back, line["product_id"]).left > 0 for line in lines)


def set_return_status(
    connection: Connection[Any], command: SetReturnStatus, *, actor: str, today: date
) -> ReturnStatusSet:
    """Change a return's status; one taken back from Rejected must still fit what is left."""
    desk = work.at(connection, actor=actor, today=today)
    return work.enter(desk, command, _set_status, ReturnStatusSet)


def _set_status(desk: Desk, command: SetReturnStatus) -> ReturnStatusSet:
    status = _status(command.status)
    found = _locked(desk, command.return_id)
    if found["status"] == REJECTED != status:
        _refuse_reactivation(desk, {**found, "status": status})
    if found["status"] != status:
        desk.write(_SQL["update_status"], return_id=found["return_id"], status=status)
    return ReturnStatusSet(
        return_id=found["return_id"], order_id=found["order_id"], before=found["status"], status=status
    )


def _refuse_reactivation(desk: Desk, wanted: Mapping[str, Any]) -> None:
    lines = desk.rows(_LINES["lines"], order_id=wanted["order_id"])
    back = returnable.returns_of(desk, wanted["order_id"])
    name = next(
        (x["product_name"] for x in lines if x["product_id"] == wanted["product_id"]), wanted["product_id"]
    )
    _refuse_more_than_left(lines, back, {**wanted, "product_name": name})


def _locked(desk: Desk, return_id: str) -> dict[str, Any]:
    """The return's row, its order held; read again after the wait, since the return may have gone."""
    found = _find(desk, return_id)
    lock_order(desk, found["order_id"])
    return _find(desk, return_id)


def _find(desk: Desk, return_id: str) -> dict[str, Any]:
    row = desk.row(_SQL["find_return"], return_id=return_id)
    if row is None:
        raise NotFound(f"There is no return '{return_id}'; awesome order show lists an order's returns.")
    return row


def void_return(connection: Connection[Any], command: VoidReturn, *, actor: str, today: date) -> ReturnVoided:
    """Take a return out of the books."""
    return work.enter(work.at(connection, actor=actor, today=today), command, _void, ReturnVoided)


def _void(desk: Desk, command: VoidReturn) -> ReturnVoided:
    found = _locked(desk, command.return_id)
    desk.write(_SQL["delete_return"], return_id=command.return_id)
    return ReturnVoided(return_id=found["return_id"], order_id=found["order_id"])
