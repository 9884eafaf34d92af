"""The one shape that every question takes, from the chat, the builder, a tile, a link or the command line."""

import base64
import json
import zlib
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Period
from awesome_analytics.semantic import wire
from awesome_analytics.semantic.parts import (
    COMPARED,
    COMPARING,
    MATCHING,
    MOST_PARTS,
    MOST_ROWS,
    Filter,
    Form,
    Having,
    LimitPer,
    Members,
    Op,
    Order,
    Role,
    Shown,
    Time,
    Top,
    Value,
    as_value,
    check_size,
)

__all__ = [
    "COMPARED",
    "COMPARING",
    "MATCHING",
    "MOST_PARTS",
    "MOST_ROWS",
    "Filter",
    "Form",
    "Having",
    "LimitPer",
    "Members",
    "Op",
    "Order",
    "Query",
    "Role",
    "Shown",
    "Time",
    "Top",
    "Value",
    "as_value",
]

_LONGEST_LINK = 20_000

Comparison = str
"""`previous`, `year_before`, or a period's text."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """A question: figures by dimensions, filtered, in a stretch of time, compared, ordered and cut.

    `skip` leaves out the first rows, so that the second best can be asked for.
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
    skip: int = 0
    limit_per: LimitPer | None = None
    totals: bool = False

    def __post_init__(self) -> None:
        if not self.metrics and not self.dimensions:
            raise InvalidInput("metrics", "a question needs a metric or a dimension")
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, tuple):
                check_size(part.name, value)
        for name in ("metrics", "dimensions"):
            if len(set(getattr(self, name))) < len(getattr(self, name)):
                raise InvalidInput(name, "one of them is named twice")
        if self.limit is not None and not 1 <= self.limit <= MOST_ROWS:
            raise InvalidInput("limit", f"{self.limit} is outside 1 to {MOST_ROWS}")
        if not 0 <= self.skip <= MOST_ROWS:
            raise InvalidInput("skip", f"{self.skip} is outside 0 to {MOST_ROWS}")
        if self.compare is not None and self.compare not in ("previous", "year_before"):
            Period(self.compare)

    def but(self, **changes: Any) -> "Query":
        """The same Query with parts exchanged."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """JSON's form; parts at their default are left out."""
        plain = wire.plain(self)
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
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise InvalidInput("query", f"this is no JSON: {error}") from error

    @classmethod
    def from_link(cls, text: str) -> "Query":
        """Read a link; raises InvalidInput when it is cut, altered or of another version."""
        if len(text) > _LONGEST_LINK:
            raise InvalidInput("query", "the link is too long")
        try:
            packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            unpacker = zlib.decompressobj()
            plain = unpacker.decompress(packed, 20 * _LONGEST_LINK)
            if not unpacker.eof:
                raise zlib.error("it ends too early")
            return cls.from_json(plain.decode())
        except (ValueError, zlib.error) as error:
            raise InvalidInput(
                "query", "the link is damaged: open the question again and copy the whole link"
            ) from error

    @classmethod
    def from_dict(cls, data: object) -> "Query":
        """Read JSON's form; raises InvalidInput that names the part."""
        made = wire.read(cls, data, "query")
        assert isinstance(made, Query)
        return made
