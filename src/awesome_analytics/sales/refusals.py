"""What PostgreSQL says, in the shop's words."""

from psycopg import DataError, Error, IntegrityError, OperationalError, errors

from awesome_analytics.core.errors import (
    AwesomeError,
    Conflict,
    InvalidInput,
    NotInitialised,
    OperationError,
    ServerUnavailable,
)
from awesome_analytics.sales import model

RACES = (errors.SerializationFailure, errors.DeadlockDetected, IntegrityError)
"""Worth another try: it sees what the other writer left, and refuses in the handler's words if it must."""

_FORBIDDEN = {
    "returned_no_more_than_bought": "more would have been returned than was bought",
    "whole_order_returned_once": "the whole order is returned already",
}
_IN_FIELD = {
    "shipped_on_or_after_order_date": (model.SHIP_DATE, "an order can't ship before its order date"),
    "line_on_or_after_order_date": (model.ORDER_DATE, "a line of the order has an earlier day of its own"),
    "returned_on_or_after_order_date": (model.RETURN_DATE, "goods can't come back before the order date"),
    "tbl_orders_order_priority_fkey": (model.PRIORITY, "it is no longer one of the choices"),
    "tbl_orders_market_fkey": (model.MARKET, "it is no longer one of the choices"),
    "tbl_orders_region_fkey": (model.REGION, "it is no longer one of the choices"),
    "tbl_customers_market_fkey": (model.MARKET, "it is no longer one of the choices"),
    "tbl_customers_region_fkey": (model.REGION, "it is no longer one of the choices"),
    "tbl_customers_segment_id_fkey": (model.SEGMENT, "it is no longer one of the choices"),
    "tbl_customers_customer_email_check": (model.CUSTOMER_EMAIL, "this is no e-mail address"),
    "order_product_ship_mode_fkey": (model.SHIP_MODE, "it is no longer one of the choices"),
    "tbl_returns_return_reason_fkey": (model.RETURN_REASON, "it is no longer one of the choices"),
    "tbl_returns_return_region_fkey": (model.RETURN_REGION, "it is no longer one of the choices"),
}


def told(error: Error, command: model.Command) -> AwesomeError:
    """The same failure as one of ours; the books stand as before, unless the connection was lost."""
    constraint = error.diag.constraint_name or ""
    if constraint in _IN_FIELD:
        return InvalidInput(*_IN_FIELD[constraint])
    if constraint in _FORBIDDEN:
        return Conflict(f"The books refused this: {_FORBIDDEN[constraint]}. Look at the order and try again.")
    if isinstance(error, IntegrityError | DataError | errors.SerializationFailure | errors.DeadlockDetected):
        return Conflict("The books changed while this was written, and nothing was recorded. Try again.")
    if isinstance(error, errors.UndefinedTable | errors.UndefinedColumn | errors.InsufficientPrivilege):
        return NotInitialised(
            f"The books are not set up for this ({error.diag.message_primary}); run awesome init."
        )
    if isinstance(error, OperationalError):
        return ServerUnavailable(_lost(command))
    return OperationError(f"The books could not do this, and nothing was recorded: {error}")


def _lost(command: model.Command) -> str:
    doubt = "The connection to the books was lost, so it is not known whether this was recorded. "
    if command.idempotency_key is None:
        return doubt + "Look the order up before you send it again."
    return (
        doubt
        + f"Send it again with the same key ({command.idempotency_key}): it is recorded once, never twice."
    )
