"""What can be chosen on the forms: rows of the books, matched whatever their case."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.sql import blocks

SEGMENT = "segment"
CATEGORY = "category"
SUBCATEGORY = "subcategory"
MARKET = "market"
REGION = "region"
PRIORITY = "order-priority"
SHIP_MODE = "ship-mode"
REASON = "return-reason"
KINDS = (SEGMENT, CATEGORY, SUBCATEGORY, MARKET, REGION, PRIORITY, SHIP_MODE, REASON)

_SQL = blocks("awesome_analytics.sales", "choices.sql")
_SHOWN = 25


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Every kind's values, in the order the forms show them."""

    values: Mapping[str, tuple[str, ...]]

    def spelled(self, kind: str, typed: str, field: str) -> str:
        """The value as the books spell it; an unknown one is refused with what exists."""
        return spelled(self.values.get(kind, ()), typed, field=field, kind=kind)


def spelled(existing: Iterable[str], typed: str, *, field: str, kind: str) -> str:
    """`typed` as one of `existing` spells it; InvalidInput lists what exists and the nearest to it."""
    existing = tuple(existing)
    found = same(existing, typed)
    if found is not None:
        return found
    shown = ", ".join(existing[:_SHOWN]) + (", …" if len(existing) > _SHOWN else "") or "none yet"
    raise InvalidInput(field, f"there is no {kind} '{typed}'.{_nearest(existing, typed)} There are: {shown}")


def same(existing: Iterable[str], typed: str) -> str | None:
    """The one that reads like `typed`, an exact match before one of another case."""
    existing = tuple(existing)
    if typed in existing:
        return typed
    return next((value for value in existing if value.casefold() == typed.casefold()), None)


def _nearest(existing: Iterable[str], typed: str) -> str:
    by_fold = {value.casefold(): value for value in existing}
    near = difflib.get_close_matches(typed.casefold(), by_fold, n=1)
    return f" Did you mean '{by_fold[near[0]]}'?" if near else ""


def read_choices(connection: Connection[Any]) -> Choices:
    """Every choice but the sub-categories."""
    found: dict[str, list[str]] = {}
    for kind, value in connection.execute(_SQL["choices"]):
        found.setdefault(kind, []).append(value)
    return Choices(values={kind: tuple(values) for kind, values in found.items()})
