"""A row's cells read strictly into the values of its staging table."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.money import LARGEST, parse_decimal
from awesome_analytics.sales.importer.columns import Column, Kind, Layout, Need
from awesome_analytics.sales.importer.dates import DateStyle, read_date
from awesome_analytics.sales.importer.refusal import RefusedCell
from awesome_analytics.sales.importer.source import Row
from awesome_analytics.sales.importer.text import clean, refuse_unprintable

Value = str | int | None
"""As COPY writes it: money and rates in plain digits, days in ISO 8601."""

_LONGEST_ID = 58  # the books hold 64; the rest is room for a suffix
_LONGEST_NAME = 200
_LARGEST_COUNT = 1_000_000
_PLAIN_AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,5})?", re.ASCII)
_PLAIN_RATE = re.compile(r"0(\.\d{1,6})?", re.ASCII)
_MONEY_DIGITS, _RATE_DIGITS = Decimal("0.00001"), Decimal("0.000001")
_STATUSES = {status.casefold(): status for status in ("Pending", "Approved", "Rejected", "Completed")}
_YES = frozenset({"yes", "y", "true", "1"})
_NO = frozenset({"no", "n", "false", "0"})
_REPEATED = frozenset(Kind) - {Kind.ORDINAL, Kind.AMOUNT, Kind.SIGNED_AMOUNT, Kind.RATE}
_MOST_KNOWN = 20_000


@dataclass(kw_only=True)
class Tally:
    """What was done to cells on the way, counted."""

    mended: int = 0
    respaced: int = 0
    rounded: int = 0


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads the rows of one file."""

    layout: Layout
    style: DateStyle
    tally: Tally = field(default_factory=Tally)

    def rows(self, columns: Sequence[Column]) -> Callable[[Row], dict[str, Value]]:
        """A function from a row to its values by staging column, `columns` in their order.

        It raises RefusedCell for the first cell that can't be taken.
        """
        nothing: dict[str, Value] = dict.fromkeys(c.name for c in columns) | dict(self.layout.defaults)
        places: list[tuple[str, int, dict[str, Value], Column]] = [
            (column.name, index, {}, column) for column, index in self.layout.columns
        ]

        def read(row: Row) -> dict[str, Value]:
            _refuse_structure(row, self.layout.width)
            values, cells = nothing.copy(), row.cells
            for name, index, known, column in places:
                cell = cells[index]
                values[name] = known[cell] if cell in known else self._value(column, cell, known)
            return values

        return read

    def _value(self, column: Column, cell: str, known: dict[str, Value]) -> Value:
        """A cell's value, kept in `known` where cells repeat; an altered one is not: each is counted."""
        cleaned = clean(cell)
        if not cleaned.text:
            if column.need in (Need.ALWAYS, Need.CELL):
                raise RefusedCell(f"{column.title} is missing")
            return None
        refuse_unprintable(column.title, cleaned.text)
        value = _READ[column.kind](self, column.title, cleaned.text)
        self.tally.mended += cleaned.mended
        self.tally.respaced += cleaned.respaced
        if column.kind in _REPEATED and not (cleaned.mended or cleaned.respaced) and len(known) < _MOST_KNOWN:
            known[cell] = value
        return value

    def _id(self, title: str, text: str) -> str:
        return _no_longer_than(_LONGEST_ID, title, text)

    def _name(self, title: str, text: str) -> str:
        return _no_longer_than(_LONGEST_NAME, title, text)

    def _date(self, title: str, text: str) -> str:
        return read_date(title, text, self.style).isoformat()

    def _signed_amount(self, title: str, text: str) -> str:
        if _PLAIN_AMOUNT.fullmatch(text):
            return text
        number = _number(title, text)
        if abs(number) >= LARGEST:
            raise RefusedCell(f"{title} is too large", text)
        return self._rounded(number, _MONEY_DIGITS)

    def _amount(self, title: str, text: str) -> str:
        amount = self._signed_amount(title, text)
        if amount.startswith("-") and Decimal(amount):
            raise RefusedCell(f"{title} is negative", text)
        return amount

    def _rate(self, title: str, text: str) -> str:
        if _PLAIN_RATE.fullmatch(text):
            return text
        rate = _number(title, text)
        if not 0 <= rate <= 1:
            raise RefusedCell(f"{title} lies outside 0 to 1", text)
        return self._rounded(rate, _RATE_DIGITS)

    def _rounded(self, number: Decimal, digits: Decimal) -> str:
        short = number.quantize(digits, ROUND_HALF_UP)
        self.tally.rounded += short != number
        return f"{short:f}"

    def _count(self, title: str, text: str) -> int:
        number = _number(title, text)
        if number != number.to_integral_value():
            raise RefusedCell(f"{title} is no whole number", text)
        if not 1 <= number <= _LARGEST_COUNT:
            raise RefusedCell(f"{title} lies outside 1 to {_LARGEST_COUNT:,}", text)
        return int(number)

    def _ordinal(self, _title: str, text: str) -> int | None:
        # Row IDs only say which came first; rows without a usable one follow in the file's order.
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None

    def _status(self, title: str, text: str) -> str:
        status = _STATUSES.get(text.casefold())
        if status is None:
            raise RefusedCell(f"{title} is none of {', '.join(_STATUSES.values())}", text)
        return status

    def _yes(self, title: str, text: str) -> str:
        if text.casefold() not in _YES | _NO:
            raise RefusedCell(f"{title} is neither Yes nor No", text)
        return "yes" if text.casefold() in _YES else "no"


_READ: Mapping[Kind, Callable[[Reader, str, str], Value]] = {
    Kind.ORDINAL: Reader._ordinal,
    Kind.ID: Reader._id,
    Kind.NAME: Reader._name,
    Kind.DATE: Reader._date,
    Kind.AMOUNT: Reader._amount,
    Kind.SIGNED_AMOUNT: Reader._signed_amount,
    Kind.RATE: Reader._rate,
    Kind.COUNT: Reader._count,
    Kind.STATUS: Reader._status,
    Kind.YES: Reader._yes,
}


def refuse_early_shipping(values: Mapping[str, Value]) -> None:
    """Raise RefusedCell where the goods left before they were ordered."""
    ordered, shipped = values["order_date"], values["ship_date"]
    if shipped is not None and str(shipped) < str(ordered):
        raise RefusedCell("Ship Date is before Order Date", f"{shipped} < {ordered}")


def read_name(flag: str, text: str) -> str:
    """A name given on the command line for a column the file lacks, by the same rules as a cell."""
    try:
        name = clean(text).text
        refuse_unprintable(flag, name)
        if name:
            return _no_longer_than(_LONGEST_NAME, flag, name)
    except RefusedCell as refused:
        raise InvalidInput(flag, refused.problem) from refused
    raise InvalidInput(flag, "is empty")


def _refuse_structure(row: Row, width: int) -> None:
    if row.broken:
        raise RefusedCell("a quotation mark isn't closed")
    if len(row.cells) != width:
        raise RefusedCell(f"the row doesn't have {width} cells as the header does", str(len(row.cells)))


def _no_longer_than(most: int, title: str, text: str) -> str:
    if len(text) > most:
        raise RefusedCell(f"{title} is longer than {most} characters", text)
    return text


def _number(title: str, text: str) -> Decimal:
    try:
        return parse_decimal(text, field=title)
    except InvalidInput:
        raise RefusedCell(f"{title} is no number", text) from None
