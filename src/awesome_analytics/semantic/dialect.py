"""The engines' differences in reading, one row each; nothing else asks which engine it is."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

Expression = exp.Expr


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one engine writes what the others write differently.

    `day_number` turns a date key such as 20141205 into days since 1970-01-01, null where the key is 0.
    `folded` is a column's text in small letters, `folded_place` that of a bound value.
    """

    name: str
    sqlglot: str
    day_number: Callable[[Expression], Expression]
    whole_quotient: Callable[[Expression, Expression], Expression]
    folded: Callable[[Expression], Expression]
    folded_place: Callable[[Expression], Expression]

    def text(self, tree: Expression) -> str:
        """The statement, its values as `%(name)s`."""
        written = tree.sql(dialect=self.sqlglot, comments=False, copy=False)
        return _PLACE.sub(r"%(\1)s", written)


_PLACE = re.compile(r"(?<![:\w]):(v\d+)\b", re.ASCII)


def number(value: int) -> Expression:
    """A whole number of our own making."""
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def call(name: str, *arguments: Expression) -> Expression:
    """A function called by the name both engines know."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def left_join(select: exp.Select, table: Expression, on: Expression) -> exp.Select:
    """The select with all its rows beside the table's; sqlglot's own builder would parse the word "left"."""
    select.append("joins", exp.Join(this=table, side="LEFT", on=on))
    return select


def _mysql_day(key: Expression) -> Expression:
    return call("DATEDIFF", call("NULLIF", key, number(0)), exp.Literal.string("1970-01-01"))


def _postgres_day(key: Expression) -> Expression:
    known = call("NULLIF", key, number(0))
    year = _typed_quotient(known, number(10_000))
    month = call("MOD", _typed_quotient(known.copy(), number(100)), number(100))
    day = call("MOD", known.copy(), number(100))
    start = exp.cast(exp.Literal.string("1970-01-01"), "date")
    return exp.Paren(this=exp.Sub(this=call("MAKE_DATE", year, month, day), expression=start))


def _postgres_folded(column: Expression) -> Expression:
    # The columns compare by code point, and by that collation only ASCII has small letters.
    return exp.Lower(this=exp.Collate(this=column, expression=exp.to_identifier("default", quoted=True)))


def _typed_quotient(left: Expression, right: Expression) -> Expression:
    return exp.Paren(this=exp.Div(this=left, expression=right, typed=True, safe=False))


DIALECTS: Mapping[str, Dialect] = {
    "mysql": Dialect(
        name="mysql",
        sqlglot="mysql",
        day_number=_mysql_day,
        whole_quotient=lambda left, right: exp.Paren(this=exp.IntDiv(this=left, expression=right)),
        folded=lambda column: exp.Lower(this=column),
        folded_place=lambda place: exp.Lower(this=exp.cast(place, "char")),
    ),
    "postgresql": Dialect(
        name="postgresql",
        sqlglot="postgres",
        day_number=_postgres_day,
        whole_quotient=_typed_quotient,
        folded=_postgres_folded,
        # A bare place has no type, and lower() wants one.
        folded_place=lambda place: exp.Lower(this=exp.cast(place, "text")),
    ),
}
"""By the name that the warehouse's engine gives itself."""
