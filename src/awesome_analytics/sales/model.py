"""The commands a shop's clerk gives, as values that can't be built wrong.

Each field's label is the one on the form; a refusal names it. Fields take typed values or the text as
typed. What needs the books (does the order exist, is the segment known) is checked by the handlers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.money import to_cent
from awesome_analytics.sales import fields as read
from awesome_analytics.sales.fields import optional

ORDER_ID = "Order ID"
LINE = "Line"
RETURN_ID = "Return ID"
CUSTOMER_ID = "Customer ID"
CUSTOMER_NAME = "Customer Name"
CUSTOMER_EMAIL = "Customer Email"
SEGMENT = "Segment"
MARKET = "Market"
REGION = "Region"
PRIORITY = "Order Priority"
ORDER_DATE = "Order Date"
PRODUCT_ID = "Product ID"
PRODUCT_NAME = "Product Name"
NEW_PRODUCT = "New Product"
CATEGORY = "Category"
SUBCATEGORY = "Subcategory"
QUANTITY = "Quantity"
SALES = "Sales Amount"
DISCOUNT = "Discount (%)"
SHIPPING_COST = "Shipping Cost"
SHIP_MODE = "Ship Mode"
SHIP_DATE = "Ship Date"
NOT_SHIPPED = "Not Shipped"
RETURN_REASON = "Return Reason"
RETURN_STATUS = "Return Status"
RETURN_REGION = "Return Region"
RETURN_DATE = "Return Date"
VALUE = "Value"
KEY = "Idempotency Key"

STATUSES = ("Pending", "Approved", "Rejected", "Completed")
REJECTED = "Rejected"


def form(label: str, reader: Any) -> dict[str, Any]:
    """A field's metadata: its label on the form and the function that reads it."""
    return {"label": label, "read": reader}


_FORMS: dict[type, tuple[tuple[str, str, Any], ...]] = {}


def _form(command: type[Any]) -> tuple[tuple[str, str, Any], ...]:
    """(name, label, reader) of each field, looked up once per command."""
    if command not in _FORMS:
        _FORMS[command] = tuple((f.name, f.metadata["label"], f.metadata["read"]) for f in fields(command))
    return _FORMS[command]


@dataclass(frozen=True, kw_only=True)
class Command:
    """One submit. The same key with the same content is the same submit, however often it is sent."""

    idempotency_key: str | None = field(default=None, metadata=form(KEY, optional(read.text)))

    def __post_init__(self) -> None:
        for name, label, reader in _form(type(self)):
            object.__setattr__(self, name, reader(getattr(self, name), label))
        self.check()

    def check(self) -> None:
        """Refuse values that don't go together."""

    def payload(self) -> dict[str, Any]:
        """What was asked, as JSON keeps it: all but the key, unset fields left out."""
        asked = {name: getattr(self, name) for name, _, _ in _form(type(self)) if name != "idempotency_key"}
        return {name: _json(value) for name, value in asked.items() if value is not None}


def _json(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def labels(command: type[Command]) -> Mapping[str, str]:
    """Each field's label on the form, by the field's name."""
    return {name: label for name, label, _ in _form(command)}


@dataclass(frozen=True, kw_only=True)
class RecordOrder(Command):
    """An order of a customer, found by e-mail (or ID, or a name that fits one alone) or created."""

    market: str = field(metadata=form(MARKET, read.text))
    region: str = field(metadata=form(REGION, read.text))
    priority: str = field(metadata=form(PRIORITY, read.text))
    order_date: date = field(metadata=form(ORDER_DATE, read.day))
    customer_name: str | None = field(default=None, metadata=form(CUSTOMER_NAME, optional(read.text)))
    customer_email: str | None = field(default=None, metadata=form(CUSTOMER_EMAIL, optional(read.email)))
    customer_id: str | None = field(default=None, metadata=form(CUSTOMER_ID, optional(read.identifier)))
    segment: str | None = field(default=None, metadata=form(SEGMENT, optional(read.text)))

    def check(self) -> None:
        """Somebody must be named."""
        if not (self.customer_email or self.customer_id or self.customer_name):
            raise InvalidInput(
                CUSTOMER_EMAIL, "this is needed, or a customer ID, or the name of a known customer"
            )


@dataclass(frozen=True, kw_only=True)
class CorrectOrder(Command):
    """New values for an order; what is None stays."""

    order_id: str = field(metadata=form(ORDER_ID, read.identifier))
    customer_id: str | None = field(default=None, metadata=form(CUSTOMER_ID, optional(read.identifier)))
    market: str | None = field(default=None, metadata=form(MARKET, optional(read.text)))
    region: str | None = field(default=None, metadata=form(REGION, optional(read.text)))
    priority: str | None = field(default=None, metadata=form(PRIORITY, optional(read.text)))
    order_date: date | None = field(default=None, metadata=form(ORDER_DATE, optional(read.day)))

    def check(self) -> None:
        """Something must be corrected."""
        if not set(self.payload()) - {"order_id"}:
            raise InvalidInput(ORDER_ID, "say what to correct: customer, market, region, priority or date")


@dataclass(frozen=True, kw_only=True)
class VoidOrder(Command):
    """Take an order and its lines out of the books; the audit keeps them."""

    order_id: str = field(metadata=form(ORDER_ID, read.identifier))


@dataclass(frozen=True, kw_only=True)
class AddLine(Command):
    """A product of an order. `product_id` names a known product; a name is found or created."""

    order_id: str = field(metadata=form(ORDER_ID, read.identifier))
    quantity: int = field(metadata=form(QUANTITY, read.quantity))
    sales: Decimal = field(metadata=form(SALES, read.money))
    discount_percent: Decimal = field(default=Decimal(0), metadata=form(DISCOUNT, read.percent))
    shipping_cost: Decimal = field(default=Decimal(0), metadata=form(SHIPPING_COST, read.money))
    ship_mode: str = field(metadata=form(SHIP_MODE, read.text))
    ship_date: date | None = field(default=None, metadata=form(SHIP_DATE, optional(read.day)))
    product_name: str | None = field(default=None, metadata=form(PRODUCT_NAME, optional(read.text)))
    product_id: str | None = field(default=None, metadata=form(PRODUCT_ID, optional(read.identifier)))
    category: str | None = field(default=None, metadata=form(CATEGORY, optional(read.text)))
    subcategory: str | None = field(default=None, metadata=form(SUBCATEGORY, optional(read.text)))
    new_product: bool = field(default=False, metadata=form(NEW_PRODUCT, read.yes))

    def check(self) -> None:
        """A product must be named."""
        if not (self.product_name or self.product_id):
            raise InvalidInput(PRODUCT_NAME, "this is needed, or the product's ID")


@dataclass(frozen=True, kw_only=True)
class CorrectLine(Command):
    """New values for a line; what is None stays. `not_shipped` empties the ship date."""

    order_id: str = field(metadata=form(ORDER_ID, read.identifier))
    line_no: int = field(metadata=form(LINE, read.line_number))
    quantity: int | None = field(default=None, metadata=form(QUANTITY, optional(read.quantity)))
    sales: Decimal | None = field(default=None, metadata=form(SALES, optional(read.money)))
    discount_percent: Decimal | None = field(default=None, metadata=form(DISCOUNT, optional(read.percent)))
    shipping_cost: Decimal | None = field(default=None, metadata=form(SHIPPING_COST, optional(read.money)))
    ship_mode: str | None = field(default=None, metadata=form(SHIP_MODE, optional(read.text)))
    ship_date: date | None = field(default=None, metadata=form(SHIP_DATE, optional(read.day)))
    not_shipped: bool = field(default=False, metadata=form(NOT_SHIPPED, read.yes))

    def check(self) -> None:
        """Something must be corrected, and a line is shipped or not."""
        if self.not_shipped and self.ship_date is not None:
            raise InvalidInput(SHIP_DATE, "a line not shipped yet has none")
        if not self.not_shipped and not set(self.payload()) - {"order_id", "line_no", "not_shipped"}:
            raise InvalidInput(
                LINE, "say what to correct: quantity, sales, discount, shipping or the ship date"
            )


@dataclass(frozen=True, kw_only=True)
class VoidLine(Command):
    """Take one line out of an order; the audit keeps it."""

    order_id: str = field(metadata=form(ORDER_ID, read.identifier))
    line_no: int = field(metadata=form(LINE, read.line_number))


@dataclass(frozen=True, kw_only=True)
class RecordReturn(Command):
    """Goods that came back: the whole order, or some pieces of one of its products.

    The product is named by name, ID or line. The region defaults to the order's.
    """

    order_id: str = field(metadata=form(ORDER_ID, read.identifier))
    reason: str = field(metadata=form(RETURN_REASON, read.text))
    return_date: date = field(metadata=form(RETURN_DATE, read.day))
    status: str = field(default="Pending", metadata=form(RETURN_STATUS, read.text))
    region: str | None = field(default=None, metadata=form(RETURN_REGION, optional(read.text)))
    product_name: str | None = field(default=None, metadata=form(PRODUCT_NAME, optional(read.text)))
    product_id: str | None = field(default=None, metadata=form(PRODUCT_ID, optional(read.identifier)))
    line_no: int | None = field(default=None, metadata=form(LINE, optional(read.line_number)))
    quantity: int | None = field(default=None, metadata=form(QUANTITY, optional(read.quantity)))

    def check(self) -> None:
        """A quantity is of a product."""
        if self.quantity is not None and not self.names_product:
            raise InvalidInput(PRODUCT_NAME, "say which product the quantity is of")

    @property
    def names_product(self) -> bool:
        """Whether a product, not the whole order, comes back."""
        return not (self.product_name is None and self.product_id is None and self.line_no is None)


@dataclass(frozen=True, kw_only=True)
class SetReturnStatus(Command):
    """Pending, Approved, Rejected or Completed; a rejected return frees what it claimed."""

    return_id: str = field(metadata=form(RETURN_ID, read.identifier))
    status: str = field(metadata=form(RETURN_STATUS, read.text))


@dataclass(frozen=True, kw_only=True)
class VoidReturn(Command):
    """Take a return out of the books; the audit keeps it."""

    return_id: str = field(metadata=form(RETURN_ID, read.identifier))


@dataclass(frozen=True, kw_only=True)
class AddChoice(Command):
    """A new value to choose: a segment, a market and so on; a sub-category belongs to a category."""

    kind: str = field(metadata=form("Kind", read.text))
    value: str = field(metadata=form(VALUE, read.text))
    category: str | None = field(default=None, metadata=form(CATEGORY, optional(read.text)))


@dataclass(frozen=True, kw_only=True)
class LineMoney:
    """A line's money by the shop's formula: profit = sales - rate x sales - shipping cost, to the cent."""

    discount: Decimal
    profit: Decimal

    @classmethod
    def of(cls, *, sales: Decimal, rate: Decimal, shipping_cost: Decimal) -> "LineMoney":
        """The discount is rounded first, as it stands on the bill; the profit is won from it."""
        discount = to_cent(rate * sales)
        return cls(discount=discount, profit=to_cent(sales - discount - shipping_cost))
