"""The star schema as data: what each table's rows are, how they are found again, what they point at.

Reading and writing both start here; the engines turn it into their own SQL.
"""

from dataclasses import dataclass
from enum import Enum

LONGEST_ID = 64
"""Characters of a natural key."""


class Kind(Enum):
    """What a column holds; each engine has its own type for it."""

    ID = "a natural key, at most 64 characters"
    NAME = "text, at most 200 characters"
    KEY = "a surrogate key"
    WHOLE = "a whole number"
    MONEY = "18 digits, 5 of them decimals"
    RATE = "a fraction from 0 to 1, 6 decimals"
    DATE = "a calendar day"
    COUNT = "a number of rows, or a sum of whole numbers"
    AMOUNT = "a sum of money: 24 digits, 5 of them decimals"
    RATES = "a sum of rates, 6 decimals"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column; `finds` names the dimension whose surrogate key it holds."""

    name: str
    kind: Kind
    finds: str | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of the star.

    `key` finds a row again; `scope` is the column by which changes arrive: everything in the scope is
    derived anew, and what is no longer derived goes. `surrogate` is the key column that a merge assigns.
    """

    name: str
    key: tuple[str, ...]
    scope: str
    columns: tuple[Column, ...]
    surrogate: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the order of the table."""
        return tuple(column.name for column in self.columns)

    @property
    def is_fact(self) -> bool:
        """Whether rows are things that happened, not members."""
        return self.name.startswith("fact_")

    @property
    def staged(self) -> tuple[Column, ...]:
        """The columns as they arrive: natural keys in place of the surrogate keys they find."""
        arrived: dict[str, Column] = {}
        for column in self.columns:
            if column.name == self.surrogate:
                continue
            natural = DIMENSIONS[column.finds].key[0] if column.finds else None
            came = Column(name=natural, kind=Kind.ID) if natural else column
            arrived.setdefault(came.name, came)
        return tuple(arrived.values())


def _id(name: str) -> Column:
    return Column(name=name, kind=Kind.ID)


def _name(name: str) -> Column:
    return Column(name=name, kind=Kind.NAME)


def _key(name: str, finds: str | None = None) -> Column:
    return Column(name=name, kind=Kind.KEY, finds=finds)


def _whole(name: str) -> Column:
    return Column(name=name, kind=Kind.WHOLE)


def _money(name: str) -> Column:
    return Column(name=name, kind=Kind.MONEY)


DIM_DATE = Table(
    name="dim_date",
    key=("date_key",),
    scope="date_key",
    columns=(
        _key("date_key"),
        Column(name="date", kind=Kind.DATE),
        _whole("year"),
        _whole("quarter"),
        _whole("month"),
        _name("month_name"),
        _whole("week"),
        Column(name="week_start", kind=Kind.DATE),
        _name("day_of_week"),
    ),
)
DIM_CUSTOMER = Table(
    name="dim_customer",
    key=("customer_id",),
    scope="customer_id",
    surrogate="customer_key",
    columns=(
        _key("customer_key"),
        _id("customer_id"),
        _name("customer_name"),
        _name("region"),
        _name("segment_name"),
        _name("market"),
    ),
)
DIM_PRODUCT = Table(
    name="dim_product",
    key=("product_id",),
    scope="product_id",
    surrogate="product_key",
    columns=(
        _key("product_key"),
        _id("product_id"),
        _name("product_name"),
        _name("category_name"),
        _name("subcategory_name"),
    ),
)
DIM_RETURN = Table(
    name="dim_return",
    key=("return_id",),
    scope="return_id",
    surrogate="return_key",
    columns=(
        _key("return_key"),
        _id("return_id"),
        _name("return_status"),
        _name("return_region"),
        _name("return_reason"),
    ),
)
DIMENSIONS = {table.name: table for table in (DIM_CUSTOMER, DIM_PRODUCT, DIM_RETURN)}
"""The dimensions whose members come from the books; the calendar is made."""

FACT_SALES = Table(
    name="fact_sales",
    key=("order_id", "line_no"),
    scope="order_id",
    columns=(
        _id("order_id"),
        _whole("line_no"),
        _id("product_id"),
        _key("customer_key", finds="dim_customer"),
        _key("product_key", finds="dim_product"),
        _key("date_key"),
        _key("order_date_key"),
        _whole("quantity"),
        _money("sales"),
        _money("discount"),
        Column(name="discount_rate", kind=Kind.RATE),
        _money("profit"),
        _money("shipping_cost"),
        _name("order_priority"),
        _name("ship_mode"),
        _name("market"),
        _name("region"),
    ),
)
FACT_RETURN = Table(
    name="fact_return",
    key=("return_id", "line_no"),
    scope="order_id",
    columns=(
        _id("return_id"),
        _id("order_id"),
        _whole("line_no"),
        _key("customer_key", finds="dim_customer"),
        _key("return_key", finds="dim_return"),
        _key("product_key", finds="dim_product"),
        _key("date_key"),
        _key("return_date_key"),
        _name("return_status"),
        _whole("quantity"),
        _money("returned_sales"),
    ),
)
FACTS = (FACT_SALES, FACT_RETURN)
STAR = (DIM_DATE, *DIMENSIONS.values(), *FACTS)
"""Every table of the star, dimensions first: the order of loading."""

UNKNOWN_KEY = 0
"""The member that stands for 'not known' in every dimension."""
