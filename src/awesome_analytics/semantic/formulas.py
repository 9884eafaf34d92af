"""A catalog file's entries and the formulas in them, with the line to point at when one can't be read."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.model import (
    Count,
    Distinct,
    Formula,
    MembersMeeting,
    Minus,
    Newcomers,
    Ratio,
    Returning,
    SoFar,
    Sum,
)
from awesome_analytics.semantic.query import Having, Op, Shown, as_value

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "sales": (
        "quantity",
        "sales",
        "discount",
        "discount_rate",
        "profit",
        "shipping_cost",
        "ship_days",
        "shipped_lines",
    ),
    "returns": ("quantity", "returned_sales"),
}
"""What can be added up of each fact."""

FORMULAS = ("sum", "count", "distinct", "members", "new", "returning", "so_far", "ratio", "minus")


@dataclass(frozen=True, kw_only=True)
class CatalogFile:
    """A catalog file being read: knows where an entry stands."""

    name: str
    text: str
    data: Mapping[str, Any]

    def line_of(self, section: str, entry: str, key: str = "") -> int:
        """The line of an entry, or of a key in it; 1 when it is written some other way."""
        head = re.compile(rf"\[\s*{re.escape(section)}\s*\.\s*\"?{re.escape(entry)}\"?\s*\]")
        inside = 0
        for number, line in enumerate(self.text.splitlines(), start=1):
            if inside and line.lstrip().startswith("["):
                break
            if head.match(line.strip()):
                inside = number
            if inside and key and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line):
                return number
        return inside or 1

    def refuse(self, section: str, entry: str, key: str, why: str) -> InvalidInput:
        """The error to raise about an entry."""
        return InvalidInput(
            "catalog", f"{self.name}, line {self.line_of(section, entry, key)}: {entry}: {why}"
        )


def read_formula(file: CatalogFile, entry: str, body: Mapping[str, Any]) -> Formula:
    """A metric's formula; raises InvalidInput with the line."""
    said = [key for key in FORMULAS if key in body]
    if len(said) != 1:
        raise file.refuse("metrics", entry, "", f"say exactly one of {listed(FORMULAS)}")
    key = said[0]
    if key in ("sum", "count", "distinct") and body.get("fact") not in COLUMNS:
        raise file.refuse("metrics", entry, "fact", f"say of which fact: {listed(COLUMNS)}")
    try:
        return _MAKERS[key](body)
    except (InvalidInput, TypeError, ValueError, KeyError) as error:
        raise file.refuse("metrics", entry, key, f"'{body[key]}' can't be read: {_HOW[key]}") from error


def _make_members(body: Mapping[str, Any]) -> MembersMeeting:
    held = body["members"]
    having = Having(
        metric=Shown.parse(held["metric"]),
        op=Op(held["op"]),
        values=(as_value(held["value"], field="value"),),
    )
    return MembersMeeting(entity=str(held["entity"]), having=having)


def _pair(value: Any) -> tuple[str, str]:
    left, right = value
    return str(left), str(right)


_MAKERS: Mapping[str, Callable[[Mapping[str, Any]], Formula]] = {
    "sum": lambda body: Sum(fact=body["fact"], column=str(body["sum"])),
    "count": lambda body: Count(fact=body["fact"]),
    "distinct": lambda body: Distinct(fact=body["fact"], dimension=str(body["distinct"])),
    "members": _make_members,
    "new": lambda body: Newcomers(entity=str(body["new"])),
    "returning": lambda body: Returning(entity=str(body["returning"])),
    "so_far": lambda body: SoFar(metric=str(body["so_far"])),
    "ratio": lambda body: Ratio(numerator=_pair(body["ratio"])[0], denominator=_pair(body["ratio"])[1]),
    "minus": lambda body: Minus(left=_pair(body["minus"])[0], right=_pair(body["minus"])[1]),
}
_HOW = {
    "sum": 'write sum = "profit"',
    "count": 'write count = "lines"',
    "distinct": 'write distinct = "customer"',
    "members": 'write members = { entity = "customer", metric = "orders", op = "ge", value = 2 }',
    "new": 'write new = "customer"',
    "returning": 'write returning = "customer"',
    "so_far": 'write so_far = "customers"',
    "ratio": 'write ratio = ["profit", "orders"]',
    "minus": 'write minus = ["sales", "discount"]',
}


def rests_on(formula: Formula) -> tuple[str, ...]:
    """The metrics that a formula is made of."""
    if isinstance(formula, Ratio):
        return (formula.numerator, formula.denominator)
    if isinstance(formula, Minus):
        return (formula.left, formula.right)
    if isinstance(formula, SoFar):
        return (formula.metric,)
    if isinstance(formula, MembersMeeting):
        return (formula.having.metric.metric,)
    return ()


def listed(words: Iterable[str]) -> str:
    """Words in order, for a message."""
    return ", ".join(sorted(words))
