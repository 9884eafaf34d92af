"""The columns of both kinds of file: title, staging column, kind of value, and whether a file needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from awesome_analytics.core.errors import InvalidInput


class Kind(Enum):
    """What a column's cells must be."""

    ORDINAL = auto()
    ID = auto()
    NAME = auto()
    DATE = auto()
    AMOUNT = auto()
    """Money, not negative."""
    SIGNED_AMOUNT = auto()
    RATE = auto()
    COUNT = auto()
    STATUS = auto()
    YES = auto()


class Need(Enum):
    """What happens without it."""

    ALWAYS = auto()
    """The file is refused without the column, the row without the cell."""
    COLUMN = auto()
    """The column must be there, its cells may be empty."""
    CELL = auto()
    """A file without the column is taken, with a default; where it stands, no cell may be empty."""
    NEVER = auto()


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its title in the file, and the staging column its values go to."""

    title: str
    name: str
    kind: Kind
    need: Need = Need.ALWAYS


ORDER_COLUMNS = (
    Column(title="Row ID", name="ordinal", kind=Kind.ORDINAL, need=Need.NEVER),
    Column(title="Order ID", name="source_order_id", kind=Kind.ID),
    Column(title="Order Date", name="order_date", kind=Kind.DATE),
    # Empty: not shipped yet.
    Column(title="Ship Date", name="ship_date", kind=Kind.DATE, need=Need.COLUMN),
    Column(title="Ship Mode", name="ship_mode", kind=Kind.NAME),
    Column(title="Customer ID", name="customer_id", kind=Kind.ID),
    Column(title="Customer Name", name="customer_name", kind=Kind.NAME),
    Column(title="Segment", name="segment", kind=Kind.NAME),
    Column(title="Market", name="market", kind=Kind.NAME, need=Need.CELL),
    Column(title="Region", name="region", kind=Kind.NAME),
    Column(title="Product ID", name="source_product_id", kind=Kind.ID),
    Column(title="Category", name="category", kind=Kind.NAME),
    Column(title="Sub-Category", name="subcategory", kind=Kind.NAME),
    Column(title="Product Name", name="product_name", kind=Kind.NAME),
    Column(title="Sales", name="sales", kind=Kind.AMOUNT),
    Column(title="Quantity", name="quantity", kind=Kind.COUNT),
    Column(title="Discount", name="discount_rate", kind=Kind.RATE),
    Column(title="Profit", name="profit", kind=Kind.SIGNED_AMOUNT),
    Column(title="Shipping Cost", name="shipping_cost", kind=Kind.AMOUNT, need=Need.CELL),
    Column(title="Order Priority", name="order_priority", kind=Kind.NAME, need=Need.CELL),
)
"""Row ID, City, State, Country and Postal Code may stand in the file; the books don't keep them."""

RETURN_COLUMNS = (
    Column(title="Returned", name="returned", kind=Kind.YES, need=Need.NEVER),
    Column(title="Return ID", name="source_return_id", kind=Kind.ID, need=Need.NEVER),
    Column(title="Order ID", name="source_order_id", kind=Kind.ID),
    # Of the order: an Order ID may be shared by orders of several markets.
    Column(title="Market", name="market", kind=Kind.NAME, need=Need.NEVER),
    Column(title="Return Region", name="region", kind=Kind.NAME, need=Need.NEVER),
    Column(title="Return Date", name="return_date", kind=Kind.DATE, need=Need.NEVER),
    Column(title="Return Reason", name="return_reason", kind=Kind.NAME, need=Need.NEVER),
    Column(title="Return Status", name="return_status", kind=Kind.STATUS, need=Need.NEVER),
    Column(title="Product ID", name="source_product_id", kind=Kind.ID, need=Need.NEVER),
    Column(title="Product Name", name="product_name", kind=Kind.NAME, need=Need.NEVER),
    Column(title="Quantity", name="quantity", kind=Kind.COUNT, need=Need.NEVER),
)

_FLAGS = {"Market": "--market", "Order Priority": "--priority"}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where each column stands in one file; `defaults` fill the columns it lacks."""

    columns: Sequence[tuple[Column, int]]
    defaults: Mapping[str, str]
    width: int


def find_columns(
    header: Sequence[str], columns: Sequence[Column], defaults: Mapping[str, str], *, field: str, file: str
) -> Layout:
    """Match titles whatever their case, spaces and punctuation; raises InvalidInput that names what lacks."""
    places: dict[str, list[int]] = {}
    for index, title in enumerate(header):
        places.setdefault(_plain(title), []).append(index)
    missing = [c for c in columns if _plain(c.title) not in places and _necessary(c, defaults)]
    if missing:
        raise InvalidInput(field, _what_lacks(file, missing, header))
    twice = [c.title for c in columns if len(places.get(_plain(c.title), ())) > 1]
    if twice:
        raise InvalidInput(field, f"{file} has the column {' and '.join(twice)} twice; leave only one")
    return Layout(
        columns=[(c, places[_plain(c.title)][0]) for c in columns if _plain(c.title) in places],
        defaults={
            c.name: defaults[c.name] for c in columns if _plain(c.title) not in places and c.name in defaults
        },
        width=len(header),
    )


def _plain(title: str) -> str:
    return "".join(char for char in title.casefold() if char.isalnum())


def _necessary(column: Column, defaults: Mapping[str, str]) -> bool:
    return column.need is not Need.NEVER and not (column.need is Need.CELL and column.name in defaults)


def _what_lacks(file: str, missing: Sequence[Column], header: Sequence[str]) -> str:
    names = ", ".join(column.title for column in missing)
    found = ", ".join(title.strip()[:40] for title in header if title.strip())
    flags = " and ".join(_FLAGS[column.title] for column in missing if column.title in _FLAGS)
    others = any(column.title not in _FLAGS for column in missing)
    mends = [
        *(["name the columns in the file's first line"] if others else []),
        *([f"give one value for all its rows with {flags}"] if flags else []),
    ]
    return f"{file} has no column {names}; found: {found}; {', and '.join(mends)}"
