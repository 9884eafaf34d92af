"""Reads the catalog, the product's and the shop's own, and refuses what doesn't fit, with the line."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.model import (
    Catalog,
    Count,
    Dimension,
    Distinct,
    Entity,
    Format,
    Formula,
    LineValue,
    MembersMeeting,
    Metric,
    Minus,
    Newcomers,
    Part,
    Ratio,
    Returning,
    SoFar,
    Sum,
)
from awesome_analytics.semantic.query import Having, Op, Role, Shown, as_value

OWN_FILE = "catalog.toml"
"""The shop's own additions, in AWESOME_HOME."""

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

_SECTIONS = ("metrics", "dimensions", "dates", "parts", "values", "entities")
_WORDING = ("label", "fact", "format", "synonyms", "description", "example", "good", "hidden")
_FORMULAS = ("sum", "count", "distinct", "members", "new", "returning", "so_far", "ratio", "minus")
_METRIC_KEYS = frozenset((*_WORDING, *_FORMULAS))


@dataclass(frozen=True, kw_only=True)
class _File:
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


@cache
def builtin_catalog() -> Catalog:
    """The product's own catalog."""
    text = files(__package__).joinpath("catalog.toml").read_text(encoding="utf-8")
    return _checked(*_read(text, "catalog.toml"))


def load_catalog(home: Path) -> Catalog:
    """The product's catalog with the shop's own file on top; raises InvalidInput that names file and line."""
    own = home / OWN_FILE
    if not own.exists():
        return builtin_catalog()
    try:
        return extended(builtin_catalog(), own.read_text(encoding="utf-8"), name=str(own))
    except UnicodeDecodeError as error:
        raise InvalidInput("catalog", f"{own} is not written in UTF-8") from error


def extended(catalog: Catalog, text: str, *, name: str) -> Catalog:
    """A catalog with a file's metrics added and the words of its entries replaced or added to."""
    file = _parse(text, name)
    metrics, dimensions = dict(catalog.metrics), dict(catalog.dimensions)
    for entry, body in _entries(file, "metrics"):
        known = metrics.get(entry)
        metrics[entry] = _reworded(file, "metrics", known, body) if known else _metric(file, entry, body)
    for entry, body in _entries(file, "dimensions"):
        if entry not in dimensions:
            raise file.refuse(
                "dimensions",
                entry,
                "",
                "new dimensions need the warehouse; only words can be added to those there are",
            )
        dimensions[entry] = _reworded(file, "dimensions", dimensions[entry], body)
    for section in file.data:
        if section not in ("metrics", "dimensions"):
            raise InvalidInput(
                "catalog", f"{name}: a shop's own file has [metrics.…] and [dimensions.…], no [{section}]"
            )
    return _checked(replace(catalog, metrics=metrics, dimensions=dimensions), file)


def _parse(text: str, name: str) -> _File:
    try:
        return _File(name=name, text=text, data=tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("catalog", f"{name}: {error}") from error


def _entries(file: _File, section: str) -> list[tuple[str, Mapping[str, Any]]]:
    held = file.data.get(section, {})
    if not isinstance(held, dict) or not all(isinstance(body, dict) for body in held.values()):
        raise InvalidInput("catalog", f"{file.name}: write [{section}.name] and its keys below")
    for entry in held:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", entry):
            raise file.refuse(section, entry, "", "a name has small letters, digits and underscores")
    return list(held.items())


def _read(text: str, name: str) -> tuple[Catalog, _File]:
    file = _parse(text, name)
    dimensions = {entry: _dimension(file, entry, body) for entry, body in _entries(file, "dimensions")}
    dimensions |= _date_dimensions(file)
    values = {
        entry: LineValue(
            name=entry, label=body["label"], column=body["column"], synonyms=tuple(body["synonyms"])
        )
        for entry, body in _entries(file, "values")
    }
    entities = {
        entry: Entity(name=entry, label=body["label"], plural=body["plural"], dimension=body["dimension"])
        for entry, body in _entries(file, "entities")
    }
    metrics = {entry: _metric(file, entry, body) for entry, body in _entries(file, "metrics")}
    return Catalog(metrics=metrics, dimensions=dimensions, values=values, entities=entities), file


def _dimension(file: _File, entry: str, body: Mapping[str, Any]) -> Dimension:
    table, column = _text(file, "dimensions", entry, body, "column").split(".")
    return Dimension(
        name=entry,
        label=_text(file, "dimensions", entry, body, "label"),
        plural=_text(file, "dimensions", entry, body, "plural"),
        description=_text(file, "dimensions", entry, body, "description"),
        synonyms=_words(file, "dimensions", entry, body),
        table=table,
        column=column,
        identity=body.get("identity"),
    )


def _date_dimensions(file: _File) -> dict[str, Dimension]:
    made = {}
    for prefix, date in _entries(file, "dates"):
        for part, body in _entries(file, "parts"):
            assert part in get_args(Part)
            label = f"{date['label']} {body['label']}"
            made[f"{prefix}_{part}"] = Dimension(
                name=f"{prefix}_{part}",
                label=label,
                plural=f"{label}s",
                description=f"The {body['label']} in which it was {date['role']}.",
                synonyms=tuple(body["synonyms"]),
                role=Role(date["role"]),
                part=part,  # type: ignore[arg-type]
            )
    return made


def _metric(file: _File, entry: str, body: Mapping[str, Any]) -> Metric:
    strange = sorted(set(body) - _METRIC_KEYS)
    if strange:
        raise file.refuse(
            "metrics", entry, strange[0], f"there is no key '{strange[0]}'; there are {_listed(_METRIC_KEYS)}"
        )
    shape = body.get("format", "number")
    if shape not in ("money", "number", "decimal", "percent", "days"):
        raise file.refuse("metrics", entry, "format", "a format is money, number, decimal, percent or days")
    if body.get("good", "up") not in ("up", "down"):
        raise file.refuse("metrics", entry, "good", "good news is up or down")
    assert shape in get_args(Format)
    return Metric(
        name=entry,
        label=_text(file, "metrics", entry, body, "label"),
        formula=_formula(file, entry, body),
        format=shape,
        description=_text(file, "metrics", entry, body, "description"),
        synonyms=_words(file, "metrics", entry, body),
        example=str(body.get("example", "")),
        good=body.get("good", "up"),
        hidden=bool(body.get("hidden", False)),
    )


def _formula(file: _File, entry: str, body: Mapping[str, Any]) -> Formula:
    said = [key for key in _FORMULAS if key in body]
    if len(said) != 1:
        raise file.refuse("metrics", entry, "", f"say exactly one of {_listed(_FORMULAS)}")
    key = said[0]
    if key in ("sum", "count", "distinct") and body.get("fact") not in COLUMNS:
        raise file.refuse("metrics", entry, "fact", f"say of which fact: {_listed(COLUMNS)}")
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


def _reworded(file: _File, section: str, known: Any, body: Mapping[str, Any]) -> Any:
    strange = sorted(set(body) - {"label", "synonyms", "description"})
    if strange:
        raise file.refuse(
            section,
            known.name,
            strange[0],
            "it exists: its label, description and synonyms can be changed, no more",
        )
    words = tuple(dict.fromkeys((*known.synonyms, *_words(file, section, known.name, body))))
    given = {
        key: _text(file, section, known.name, body, key) for key in ("label", "description") if key in body
    }
    return replace(known, synonyms=words, **given)


def _text(file: _File, section: str, entry: str, body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value.strip():
        raise file.refuse(section, entry, key, f"it needs a {key}, a text")
    return value


def _words(file: _File, section: str, entry: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    words = body.get("synonyms", [])
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
        raise file.refuse(section, entry, "synonyms", 'synonyms are a list of texts, ["takings", "income"]')
    return tuple(word.strip().lower() for word in words)


def _checked(catalog: Catalog, file: _File) -> Catalog:
    """Every name that a metric rests on exists, and none rests on itself."""
    for metric in catalog.metrics.values():
        try:
            _follow(catalog, metric.name, ())
        except InvalidInput as error:
            key = next((k for k in _FORMULAS if k in file.data["metrics"].get(metric.name, {})), "")
            raise file.refuse("metrics", metric.name, key, str(error)) from error
    return catalog


def _follow(catalog: Catalog, name: str, above: tuple[str, ...]) -> None:
    if name in above:
        raise InvalidInput("metrics", f"it rests on itself: {' -> '.join((*above, name))}")
    formula = catalog.metric(name).formula
    path = (*above, name)
    if isinstance(formula, Sum) and formula.column not in COLUMNS[formula.fact]:
        raise InvalidInput(
            "metrics",
            f"{formula.fact} has no column '{formula.column}'; there are {_listed(COLUMNS[formula.fact])}",
        )
    if isinstance(formula, Distinct):
        catalog.dimension(formula.dimension)
    if isinstance(formula, MembersMeeting | Newcomers | Returning):
        catalog.entity(formula.entity)
    for inner in _rests_on(formula):
        _follow(catalog, inner, path)


def _rests_on(formula: Formula) -> tuple[str, ...]:
    if isinstance(formula, Ratio):
        return (formula.numerator, formula.denominator)
    if isinstance(formula, Minus):
        return (formula.left, formula.right)
    if isinstance(formula, SoFar):
        return (formula.metric,)
    if isinstance(formula, MembersMeeting):
        return (formula.having.metric.metric,)
    return ()


def _listed(words: Any) -> str:
    return ", ".join(sorted(words))
