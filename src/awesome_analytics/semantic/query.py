"""The one shape every question takes: chat, builder, dashboard, links and the command line all make a Query."""

import base64
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Self

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Period

Value = str | Decimal
"""What a filter compares with: text, or a number."""

MOST_ROWS = 10_000
"""Rows that one answer may have at most."""
MOST_PARTS = 100
"""Entries that one part of a Query may have at most."""
LONGEST_LINK = 20_000
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
            raise InvalidInput("metrics", f"'{text}' has no form '{form}'; there are {_words(Form)}")
        return cls(metric, Form(form))

    def __str__(self) -> str:
        return f"{self.metric}.{self.form}" if self.form else self.metric


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A condition on a dimension or on a line's own value; text matches without regard to case."""

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
class Members:
    """A condition on an order, a customer or a product by figures of its own.

    `members` keeps what stands in a member that meets every `having` (or, with `negate`, in none that does);
    the figures are taken in `time` and under `filters`, whatever the Query's own are.
    """

    entity: str
    having: tuple[Having, ...]
    filters: tuple[Filter, ...] = ()
    time: Time | None = None
    negate: bool = False

    def __post_init__(self) -> None:
        _check_name("members", self.entity)
        if not self.having:
            raise InvalidInput(
                "members", f"say which figure of the {self.entity} is meant, such as orders >= 2"
            )
        _check_size("members", self.having)
        _check_size("members", self.filters)


@dataclass(frozen=True, kw_only=True)
class Order:
    """Sort by a dimension or a figure."""

    by: str
    descending: bool = False


@dataclass(frozen=True, kw_only=True)
class LimitPer:
    """Keep the first `count` rows of every group."""

    dimensions: tuple[str, ...]
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_ROWS or not self.dimensions:
            raise InvalidInput("limit_per", f"keep 1 to {MOST_ROWS} rows of each group of a dimension")


Comparison = str
"""`previous`, `year_before`, or a period's text."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """A question: figures by dimensions, filtered, in a stretch of time, compared, ordered and cut.

    `part` turns `share` into the share of those rows that meet it; without it a share is of the total, or of
    the group named by `share_of`. Names are checked against the model when the Query is planned.
    """

    metrics: tuple[Shown, ...] = ()
    dimensions: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    members: tuple[Members, ...] = ()
    having: tuple[Having, ...] = ()
    time: Time | None = None
    compare: Comparison | None = None
    part: tuple[Filter, ...] = ()
    part_members: tuple[Members, ...] = ()
    share_of: tuple[str, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    limit_per: LimitPer | None = None
    totals: bool = False

    def __post_init__(self) -> None:
        if not self.metrics and not self.dimensions:
            raise InvalidInput("metrics", "a question needs a metric or a dimension")
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, tuple):
                _check_size(part.name, value)
        for name in ("metrics", "dimensions"):
            if len(set(getattr(self, name))) < len(getattr(self, name)):
                raise InvalidInput(name, "one of them is named twice")
        if self.limit is not None and not 1 <= self.limit <= MOST_ROWS:
            raise InvalidInput("limit", f"{self.limit} is outside 1 to {MOST_ROWS}")
        if self.compare is not None and self.compare not in ("previous", "year_before"):
            Period(self.compare)

    def but(self, **changes: Any) -> "Query":
        """This Query with parts exchanged."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """JSON's form; parts at their default are left out."""
        plain = _plain(self)
        assert isinstance(plain, dict)
        return plain

    def to_json(self) -> str:
        """The same as text, always in one order."""
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True)

    def to_link(self) -> str:
        """A form that fits into an address."""
        packed = zlib.compress(self.to_json().encode(), 9)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def from_json(cls, text: str) -> "Query":
        """Read JSON; raises InvalidInput that names the part."""
        try:
            return cls.from_dict(json.loads(text, parse_float=Decimal, parse_int=Decimal))
        except (ValueError, RecursionError) as error:
            raise InvalidInput("query", f"this is no JSON: {error}") from error

    @classmethod
    def from_link(cls, text: str) -> "Query":
        """Read a link; raises InvalidInput when it is cut, altered or of another version."""
        if len(text) > LONGEST_LINK:
            raise InvalidInput("query", "the link is too long")
        try:
            packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            unpacker = zlib.decompressobj()
            plain = unpacker.decompress(packed, 20 * LONGEST_LINK)
            return cls.from_json(plain.decode())
        except (ValueError, zlib.error) as error:
            raise InvalidInput(
                "query", "the link is damaged: open the question again and copy the whole link"
            ) from error

    @classmethod
    def from_dict(cls, data: object) -> "Query":
        """Read JSON's form; raises InvalidInput that names the part."""
        made = _read(cls, data, "query")
        assert isinstance(made, Query)
        return made


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
    number = number.normalize()
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


def _check_size(field: str, values: Sequence[object]) -> None:
    if len(values) > MOST_PARTS:
        raise InvalidInput(field, f"{len(values)} entries are too many; {MOST_PARTS} at most")


def _words(kind: type[StrEnum]) -> str:
    return ", ".join(word for word in kind if word)


# ---------------------------------------------------------------- JSON, both ways

_INSIDE: Mapping[tuple[str, str], type] = {
    ("Query", "metrics"): Shown,
    ("Query", "filters"): Filter,
    ("Query", "members"): Members,
    ("Query", "having"): Having,
    ("Query", "time"): Time,
    ("Query", "part"): Filter,
    ("Query", "part_members"): Members,
    ("Query", "order"): Order,
    ("Query", "limit_per"): LimitPer,
    ("Filter", "op"): Op,
    ("Having", "op"): Op,
    ("Having", "metric"): Shown,
    ("Members", "having"): Having,
    ("Members", "filters"): Filter,
    ("Members", "time"): Time,
    ("Time", "period"): Period,
    ("Time", "role"): Role,
}
_LISTS = frozenset(
    "metrics dimensions filters members having part part_members share_of order values".split()
)
_WHOLE = frozenset({"limit", "count"})
_TRUTHS = frozenset({"descending", "negate", "totals"})


def _plain(value: Any) -> Any:
    if isinstance(value, Shown):
        return str(value)
    if isinstance(value, Period):
        return value.text
    if isinstance(value, Decimal):
        # Fifteen digits come back from a float exactly.
        return int(value) if value == int(value) else float(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Query | Filter | Having | Members | Time | Order | LimitPer):
        made = {part.name: (getattr(value, part.name), part.default) for part in fields(value)}
        return {name: _plain(held) for name, (held, default) in made.items() if held != default}
    return value


def _read(kind: Any, data: object, where: str) -> Any:
    """Make one dataclass of JSON's form."""
    if kind is Shown or kind is Period:
        if not isinstance(data, str):
            raise InvalidInput(where, f"{str(data)[:60]} is no text")
        return Shown.parse(data) if kind is Shown else Period(data)
    if issubclass(kind, StrEnum):
        if data not in set(kind):
            raise InvalidInput(where, f"'{str(data)[:60]}' is none of {_words(kind)}")
        return kind(data)
    if not isinstance(data, Mapping):
        raise InvalidInput(where, f"{str(data)[:60]} is no JSON object")
    known = {part.name for part in fields(kind)}
    strange = sorted(set(map(str, data)) - known)
    if strange:
        raise InvalidInput(where, f"there is no part '{strange[0]}'; there are {', '.join(sorted(known))}")
    made = {name: _read_part(kind, name, value) for name, value in data.items()}
    try:
        return kind(**made)
    except TypeError as error:
        missing = [part.name for part in fields(kind) if part.name not in data]
        raise InvalidInput(where, f"a part is missing; it may have {', '.join(missing)}") from error


def _read_part(kind: Any, name: str, value: object) -> Any:
    inside = _INSIDE.get((kind.__name__, name))
    if name in _LISTS:
        if not isinstance(value, list | tuple):
            raise InvalidInput(name, f"{str(value)[:60]} is no list")
        return tuple(_read(inside, each, name) if inside else _read_plain(name, each) for each in value)
    if value is None:
        return None
    if inside:
        return _read(inside, value, name)
    return _read_plain(name, value)


def _read_plain(name: str, value: object) -> Any:
    if name == "values":
        return as_value(value)
    if name in _TRUTHS:
        if not isinstance(value, bool):
            raise InvalidInput(name, f"{str(value)[:60]} is neither true nor false")
        return value
    if name in _WHOLE:
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value):
            raise InvalidInput(name, f"{str(value)[:60]} is no whole number")
        return int(value)
    if not isinstance(value, str):
        raise InvalidInput(name, f"{str(value)[:60]} is no text")
    return value
