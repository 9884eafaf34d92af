"""What an import did, for people and for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """What the file is and how it was read."""

    file: str
    sha256: str
    encoding: str
    date_style: str
    mended_accents: int
    plain_spaces: int
    rounded_numbers: int
    missing_columns: tuple[str, ...]
    """Columns the file lacks whose values were taken from the command or a default."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """How many rows of the file went which way; they add up to `read`."""

    read: int
    inserted: int
    updated: int
    unchanged: int
    differing: int
    refused: int
    problems: Mapping[str, int]
    """The commonest reasons for a refusal."""
    refused_file: Path | None
    """Where the refused and the differing rows were written, if there are any."""

    @property
    def all_refused(self) -> bool:
        """Whether the file had rows and none was taken."""
        return self.read > 0 and self.refused == self.read


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A row that the books hold with other values than the file; `what` says which."""

    id: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Split:
    """A thing that shares its id in the file with others and got another id in the books."""

    source_id: str
    id: str
    of: str
    """Its customer, name or order."""


@dataclass(frozen=True, kw_only=True)
class Things:
    """Orders, customers or products of the file."""

    named: int
    new: int
    updated: int
    differing: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class OrdersReport:
    """What became of a file of orders. Sums are the file's own, over all rows not refused."""

    facts: FileFacts
    rows: Rows
    orders: Things
    customers: Things
    products: Things
    order_splits: tuple[Split, ...]
    product_splits: tuple[Split, ...]
    orders_of_several_days: tuple[Difference, ...]
    """Orders whose rows name several order dates, and these: the first is the order's."""
    orders_varied: tuple[str, ...]
    """Orders whose rows name several priorities, markets or regions: the earliest row's were taken."""
    customers_varied: tuple[str, ...]
    """Customers whose rows give several names or segments: the first were taken."""
    not_shipped: int
    added: Mapping[str, tuple[str, ...]]
    """Choices that were new to the books, by kind."""
    sales: Decimal
    profit: Decimal
    units: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class ReturnsReport:
    """What became of a file of returns; rows that say No are in none of the counts but `not_returned`."""

    facts: FileFacts
    rows: Rows
    returns_new: int
    returns_named: int
    not_returned: int
    dates_raised: int
    """Returns of split orders dated before their own order, moved to its date."""
    markets_unknown: int
    """Rows that name a market in which their Order ID has no order: they cover all its orders."""
    splits: tuple[Split, ...]
    added: Mapping[str, tuple[str, ...]]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """Both files' reports; `dry_run` means that nothing was kept."""

    dry_run: bool
    orders: OrdersReport | None
    returns: ReturnsReport | None

    @property
    def nothing_taken(self) -> bool:
        """Whether every row of every file was refused."""
        rows = [report.rows for report in (self.orders, self.returns) if report is not None]
        return any(r.all_refused for r in rows) and not any(r.read and not r.all_refused for r in rows)
