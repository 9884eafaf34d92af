"""JSON's form of a Query and its parts, both ways."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Period
from awesome_analytics.semantic.parts import (
    Filter,
    Having,
    LimitPer,
    Members,
    Op,
    Order,
    Role,
    Shown,
    Time,
    Top,
    as_value,
    words,
)

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
    ("Members", "top"): Top,
    ("Members", "filters"): Filter,
    ("Members", "time"): Time,
    ("Top", "by"): Shown,
    ("Time", "period"): Period,
    ("Time", "role"): Role,
}
_CONDITIONS = {"filters", "members", "having", "part", "part_members", "values"}
_LISTS = frozenset({"metrics", "dimensions", "share_of", "order", *_CONDITIONS})
_WHOLE = frozenset({"limit", "count", "skip"})
_TRUTHS = frozenset({"descending", "negate", "totals"})
_OPTIONAL = frozenset({"time", "compare", "limit", "limit_per", "top"})
_LARGEST = 10**9
"""A whole number's bound, looked at before a number of a million digits is written out."""


def plain(value: Any) -> Any:
    """Lists, objects, texts and numbers; parts at their default are left out."""
    if isinstance(value, Shown):
        return str(value)
    if isinstance(value, Period):
        return value.text
    if isinstance(value, Decimal):
        # Fifteen digits come back from a float exactly.
        return int(value) if value == int(value) else float(value)
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        made = {part.name: (getattr(value, part.name), part.default) for part in fields(value)}
        return {name: plain(held) for name, (held, default) in made.items() if held != default}
    return value


def read(kind: Any, data: object, where: str) -> Any:
    """A Query or one of its parts; raises InvalidInput that names the part."""
    if kind is Shown or kind is Period:
        if not isinstance(data, str):
            raise InvalidInput(where, f"{str(data)[:60]} is no text")
        return Shown.parse(data) if kind is Shown else Period(data)
    if issubclass(kind, StrEnum):
        if not isinstance(data, str) or data not in set(kind):
            raise InvalidInput(where, f"'{str(data)[:60]}' is none of {words(kind)}")
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
        return tuple(read(inside, each, name) if inside else _read_plain(name, each) for each in value)
    if value is None:
        if name not in _OPTIONAL:
            raise InvalidInput(name, "null is no value here; leave the part out")
        return None
    if inside:
        return read(inside, value, name)
    return _read_plain(name, value)


def _read_plain(name: str, value: object) -> Any:
    if name == "values":
        return as_value(value)
    if name in _TRUTHS:
        if not isinstance(value, bool):
            raise InvalidInput(name, f"{str(value)[:60]} is neither true nor false")
        return value
    if name in _WHOLE:
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or not _is_whole(value):
            raise InvalidInput(name, f"{str(value)[:60]} is no whole number")
        return int(value)
    if not isinstance(value, str):
        raise InvalidInput(name, f"{str(value)[:60]} is no text")
    return value


def _is_whole(value: int | Decimal) -> bool:
    return -_LARGEST <= value <= _LARGEST and value == int(value)
