"""The parts that a Query is made of; none of them can be built wrong."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Self

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Period

Value = str | Decimal
"""What a filter compares with: text, or a number."""

MOST_ROWS = 10_000
"""Rows that one answer may have at most."""
MOST_PARTS = 100
"""Entries that one part of a Query may have at most."""
_DIGITS = 15

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


class Op(StrEnum):
    """How a filter or a having compares; JSON carries these words."""

    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    BETWEEN = "between"
    EMPTY = "empty"
    NOT_EMPTY = "not_empty"


COMPARING = frozenset({Op.LT, Op.LE, Op.GT, Op.GE, Op.BETWEEN})
MATCHING = frozenset({Op.CONTAINS, Op.NOT_CONTAINS, Op.STARTS_WITH})
_COUNTS = {Op.BETWEEN: (2, 2), Op.EMPTY: (0, 0), Op.NOT_EMPTY: (0, 0), Op.IN: (1, 1000), Op.NOT_IN: (1, 1000)}


class Form(StrEnum):
    """What is shown of a metric: itself, or a figure beside it."""

    ITSELF = ""
    BEFORE = "before"
    CHANGE = "change"
    GROWTH = "growth"
    SHARE = "share"
    RUNNING = "running"


COMPARED = frozenset({Form.BEFORE, Form.CHANGE, Form.GROWTH})


class Role(StrEnum):
    """Which of a sale's dates counts."""

    ORDERED = "ordered"
    SHIPPED = "shipped"
    RETURNED = "returned"


@dataclass(frozen=True, order=True)
class Shown:
    """A column of figures: a metric in one of its forms, written `sales` or `sales.growth`."""

    metric: str
    form: Form = Form.ITSELF

    def __post_init__(self) -> None:
        _check_name("metrics", self.metric)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `sales.growth`; raises InvalidInput("metrics")."""
        metric, _, form = text.partition(".")
        if form not in set(Form) or text.endswith("."):
            raise InvalidInput("metrics", f"'{text}' has no form '{form}'; there are {words(Form)}")
        return cls(metric, Form(form))

    def __str__(self) -> str:
        return f"{self.metric}.{self.form}" if self.form else self.metric


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A condition on a dimension or on a line's own value.

    Names are matched as they are written; `contains` and `starts_with` without regard to case.
    """

    field: str
    op: Op = Op.IN
    values: tuple[Value, ...] = ()

    def __post_init__(self) -> None:
        _check_name("filters", self.field)
        object.__setattr__(self, "values", _checked_values("filters", self.op, self.values))


@dataclass(frozen=True, kw_only=True)
class Having:
    """A condition on a figure of the answer's rows."""

    metric: Shown
    op: Op
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        if self.op not in COMPARING and self.op not in (Op.IN, Op.NOT_IN):
            raise InvalidInput("having", f"a figure can't be compared by '{self.op}'")
        object.__setattr__(self, "values", _checked_values("having", self.op, self.values))
        if any(isinstance(value, str) for value in self.values):
            raise InvalidInput("having", f"'{self.metric}' is compared with numbers")


@dataclass(frozen=True, kw_only=True)
class Time:
    """The stretch of time in which something was ordered, shipped or returned."""

    period: Period
    role: Role = Role.ORDERED


@dataclass(frozen=True, kw_only=True)
class Top:
    """The first `count` by a figure: those with the highest, or the lowest."""

    count: int
    by: Shown
    descending: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_ROWS:
            raise InvalidInput("members", f"the top {self.count} are outside 1 to {MOST_ROWS}")


@dataclass(frozen=True, kw_only=True)
class Members:
    """A condition on an order, a customer, a product or another entity by figures of its own.

    `members` keeps what stands in a member that meets every `having` and, of those, is among the `top` (or,
    with `negate`, in none of these). The figures are taken in `time` and under `filters`, whatever those of
    the Query are.
    """

    entity: str
    having: tuple[Having, ...] = ()
    top: Top | None = None
    filters: tuple[Filter, ...] = ()
    time: Time | None = None
    negate: bool = False

    def __post_init__(self) -> None:
        _check_name("members", self.entity)
        if not self.having and self.top is None:
            raise InvalidInput(
                "members", f"say which figure of the {self.entity} is meant, such as orders >= 2"
            )
        check_size("members", self.having)
        check_size("members", self.filters)


@dataclass(frozen=True, kw_only=True)
class Order:
    """Sort by a dimension or a figure."""

    by: str
    descending: bool = False


@dataclass(frozen=True, kw_only=True)
class LimitPer:
    """Keep the first `count` rows of every group, after `skip` rows that are left out."""

    dimensions: tuple[str, ...]
    count: int
    skip: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_ROWS or not self.dimensions:
            raise InvalidInput("limit_per", f"keep 1 to {MOST_ROWS} rows of each group of a dimension")
        if not 0 <= self.skip <= MOST_ROWS:
            raise InvalidInput("limit_per", f"leave out 0 to {MOST_ROWS} rows of each group, not {self.skip}")


def as_value(raw: object, *, field: str = "filters") -> Value:
    """A filter's value: numbers become exact, everything else must be text."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise InvalidInput(field, f"{str(raw)[:60]} is neither text nor a number")
    if isinstance(raw, str):
        if "\0" in raw or any("\ud800" <= letter <= "\udfff" for letter in raw) or len(raw) > 500:
            raise InvalidInput(
                field, "a text holds characters that no text of the shop has, or over 500 of them"
            )
        return raw
    try:
        number = Decimal(str(raw))
    except InvalidOperation as error:
        raise InvalidInput(field, f"{raw} is no number") from error
    if not number.is_finite() or abs(number) >= Decimal("1e15") or number != round(number, 6):
        raise InvalidInput(field, f"{raw} is no number to compare with: below 10^15, up to 6 decimals")
    # Never 1E+1: a database reads that as a float, and a name or a year is not written so.
    number = Decimal(f"{number.normalize():f}")
    if len(number.as_tuple().digits) > _DIGITS:
        raise InvalidInput(field, f"{raw} has more than {_DIGITS} digits")
    return number


def _checked_values(field: str, op: Op, values: Sequence[object]) -> tuple[Value, ...]:
    made = tuple(as_value(value, field=field) for value in values)
    least, most = _COUNTS.get(op, (1, 1))
    if not least <= len(made) <= most:
        asked = str(least) if least == most else f"{least} to {most}"
        raise InvalidInput(field, f"'{op}' takes {asked} values; {len(made)} came")
    if op is Op.BETWEEN and type(made[0]) is type(made[1]) and made[1] < made[0]:  # type: ignore[operator]
        raise InvalidInput(field, f"between {made[0]} and {made[1]} lies nothing")
    return made


def _check_name(field: str, name: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidInput(field, f"'{str(name)[:60]}' is no name")


def check_size(field: str, values: Sequence[object]) -> None:
    """Refuse a part with too many entries."""
    if len(values) > MOST_PARTS:
        raise InvalidInput(field, f"{len(values)} entries are too many; {MOST_PARTS} at most")


def words(kind: type[StrEnum]) -> str:
    """The words of a list of choices."""
    return ", ".join(word for word in kind if word)
