"""Small Superstore files for the tests of the import, and what the books hold after it."""

import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from awesome_analytics.sales.importer import ImportReport, ImportRequest, import_files

Connection = psycopg.Connection[tuple[Any, ...]]

LINE = {
    "Row ID": "1",
    "Order ID": "A-1",
    "Order Date": "2014-03-01",
    "Ship Date": "2014-03-04",
    "Ship Mode": "First Class",
    "Customer ID": "C-1",
    "Customer Name": "Ann Lee",
    "Segment": "Corporate",
    "City": "Medellín",
    "State": "Antioquia",
    "Country": "Colombia",
    "Postal Code": "",
    "Market": "LATAM",
    "Region": "North",
    "Product ID": "P-1",
    "Category": "Furniture",
    "Sub-Category": "Chairs",
    "Product Name": "Stool, oak",
    "Sales": "100.5",
    "Quantity": "2",
    "Discount": "0.1",
    "Profit": "-3.14159",
    "Shipping Cost": "1.25",
    "Order Priority": "High",
}


def line(number: int = 1, **changes: str) -> dict[str, str]:
    """A good row; `order_date` and the like name the cells that differ from LINE."""
    titles = {title.lower().replace(" ", "_").replace("-", "_"): title for title in LINE}
    return {**LINE, "Row ID": str(number), **{titles[name]: value for name, value in changes.items()}}


def text_of(rows: Sequence[dict[str, str]], columns: Sequence[str] | None = None) -> str:
    """The rows as CSV text."""
    made = io.StringIO()
    writer = csv.DictWriter(made, columns or list(rows[0]), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue()


def write(path: Path, rows: Sequence[dict[str, str]], columns: Sequence[str] | None = None) -> Path:
    """Write the rows as UTF-8, packed where the name ends in .gz."""
    data = text_of(rows, columns).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def take(
    books: Connection, orders: Path | None = None, returns: Path | None = None, **options: Any
) -> ImportReport:
    """Import with quarantine files beside the sources."""
    folder = (orders or returns or Path()).parent / "refused"
    request = ImportRequest(actor="ann", refused_folder=folder, orders=orders, returns=returns, **options)
    return import_files(books, request)


def take_lines(books: Connection, folder: Path, *rows: dict[str, str], **options: Any) -> Any:
    """Import the rows as a file of orders; its report."""
    report = take(books, write(folder / "orders.csv", rows), **options).orders
    assert report is not None
    return report


def take_returns(books: Connection, folder: Path, *rows: dict[str, str], **options: Any) -> Any:
    """Import the rows as a file of returns; the report of that file."""
    report = take(books, returns=write(folder / "returns.csv", rows), **options).returns
    assert report is not None
    return report


_TABLES = (
    "segment",
    "category",
    "subcategory",
    "tbl_customers",
    "tbl_products",
    "tbl_orders",
    "order_product",
    "tbl_returns",
)


def all_rows(books: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the books with its stamps: equal before and after means that nothing was touched."""
    found = {name: books.execute(f"select * from {name} order by 1, 2").fetchall() for name in _TABLES}
    for name in ("market", "region", "order_priority", "ship_mode", "return_reason"):
        found[name] = books.execute(f"select * from {name} order by 1").fetchall()
    return found


def refused_rows(path: Path) -> list[dict[str, str]]:
    """What a quarantine file holds."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
