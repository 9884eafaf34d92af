"""What a command answers. It is kept with the command, so that a repeated submit gets the same answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Self

_READ: dict[Any, Callable[[str], Any]] = {
    Decimal: Decimal,
    Decimal | None: Decimal,
    date: date.fromisoformat,
    date | None: date.fromisoformat,
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`repeated` says that the same submit was done before and nothing was done now."""

    repeated: bool = False

    @classmethod
    def stored(cls, result: Mapping[str, Any], *, repeated: bool) -> Self:
        """Read the answer as the entry log keeps it."""
        known = {f.name: f.type for f in fields(cls)}
        values = {name: _typed(known[name], value) for name, value in result.items()}
        return cls(**{**values, "repeated": repeated})

    def result(self) -> dict[str, Any]:
        """The form the entry log keeps."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "repeated"}
        return {name: str(v) if isinstance(v, Decimal | date) else v for name, v in values.items()}


def _typed(kind: Any, value: Any) -> Any:
    read = _READ.get(kind)
    if isinstance(value, list):
        return tuple(value)
    return value if read is None or value is None else read(value)


@dataclass(frozen=True, kw_only=True)
class OrderRecorded(Answer):
    """The order and its customer as the books have them.

    `differs` names what was typed otherwise than the customer's own record, which stays.
    """

    order_id: str
    customer_id: str
    customer_name: str
    customer_email: str | None
    segment: str
    new_customer: bool
    order_date: date
    priority: str
    market: str
    region: str
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OrderCorrected(Answer):
    """The order as it stands now; `changed` names the corrected fields."""

    order_id: str
    customer_id: str
    order_date: date
    priority: str
    market: str
    region: str
    changed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OrderVoided(Answer):
    """The order that left the books, and how many lines went with it."""

    order_id: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class LineAdded(Answer):
    """The line as the books have it. `discount` is the amount, `discount_rate` a part of 1."""

    order_id: str
    line_no: int
    product_id: str
    product_name: str
    category: str
    subcategory: str
    new_product: bool
    quantity: int
    sales: Decimal
    discount_rate: Decimal
    discount: Decimal
    profit: Decimal
    shipping_cost: Decimal
    ship_mode: str
    ship_date: date | None


@dataclass(frozen=True, kw_only=True)
class LineCorrected(Answer):
    """The line as it stands now; `money_computed` says that discount and profit were computed anew.

    `order_date` is the line's own day; None is the order's.
    """

    order_id: str
    line_no: int
    product_id: str
    quantity: int
    sales: Decimal
    discount_rate: Decimal
    discount: Decimal
    profit: Decimal
    shipping_cost: Decimal
    ship_mode: str
    ship_date: date | None
    order_date: date | None = None
    changed: tuple[str, ...]
    money_computed: bool


@dataclass(frozen=True, kw_only=True)
class LineVoided(Answer):
    """The line that left its order."""

    order_id: str
    line_no: int
    product_id: str
    product_name: str


@dataclass(frozen=True, kw_only=True)
class ReturnRecorded(Answer):
    """The return as the books have it; no product means the whole order."""

    return_id: str
    order_id: str
    product_id: str | None
    product_name: str | None
    quantity: int | None
    reason: str
    status: str
    region: str
    return_date: date


@dataclass(frozen=True, kw_only=True)
class ReturnStatusSet(Answer):
    """The return's status before and now."""

    return_id: str
    order_id: str
    before: str
    status: str


@dataclass(frozen=True, kw_only=True)
class ReturnVoided(Answer):
    """The return that left the books."""

    return_id: str
    order_id: str


@dataclass(frozen=True, kw_only=True)
class ChoiceAdded(Answer):
    """The new value, ready to be chosen."""

    kind: str
    value: str
    category: str | None = None
