"""What came back of an order and what still can."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from awesome_analytics.core.sql import blocks
from awesome_analytics.sales.model import REJECTED
from awesome_analytics.sales.work import Desk

_SQL = blocks("awesome_analytics.sales", "returns.sql")

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Count:
    """Pieces of one product of one order; a return of the whole order isn't counted here."""

    bought: int
    returned: int
    return_ids: tuple[str, ...]

    @property
    def left(self) -> int:
        """How many can still come back."""
        return self.bought - self.returned


def returns_of(desk: Desk, order_id: str) -> list[dict[str, Any]]:
    """Every return of the order, the rejected too."""
    return desk.rows(_SQL["returns"], order_id=order_id)


def whole_order_return(returns: Sequence[Row]) -> str | None:
    """The ID of the active return that took the whole order."""
    return next(
        (r["return_id"] for r in returns if r["product_id"] is None and r["status"] != REJECTED), None
    )


def count(lines: Sequence[Row], returns: Sequence[Row], product_id: str) -> Count:
    """What was bought and came back of a product; rejected returns take nothing."""
    active = [r for r in returns if r["product_id"] == product_id and r["status"] != REJECTED]
    return Count(
        bought=sum(line["quantity"] for line in lines if line["product_id"] == product_id),
        returned=sum(r["quantity"] for r in active),
        return_ids=tuple(r["return_id"] for r in active),
    )
