"""Reads the catalog, the product's and the shop's own, and refuses what doesn't fit, with the line."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.formulas import COLUMNS, FORMULAS, CatalogFile, listed, read_formula, rests_on
from awesome_analytics.semantic.model import (
    Catalog,
    Dimension,
    Distinct,
    Entity,
    Format,
    LineValue,
    MembersMeeting,
    Metric,
    Newcomers,
    Part,
    Returning,
    Sum,
)
from awesome_analytics.semantic.query import Role

OWN_FILE = "catalog.toml"
"""The shop's own additions, in AWESOME_HOME."""

_SECTIONS = ("metrics", "dimensions", "dates", "parts", "values", "entities")
_WORDING = ("label", "fact", "format", "synonyms", "description", "example", "good", "hidden")
_METRIC_KEYS = frozenset((*_WORDING, *FORMULAS))


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


def _parse(text: str, name: str) -> CatalogFile:
    try:
        return CatalogFile(name=name, text=text, data=tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("catalog", f"{name}: {error}") from error


def _entries(file: CatalogFile, section: str) -> list[tuple[str, Mapping[str, Any]]]:
    held = file.data.get(section, {})
    if not isinstance(held, dict) or not all(isinstance(body, dict) for body in held.values()):
        raise InvalidInput("catalog", f"{file.name}: write [{section}.name] and its keys below")
    for entry in held:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", entry):
            raise file.refuse(section, entry, "", "a name has small letters, digits and underscores")
    return list(held.items())


def _read(text: str, name: str) -> tuple[Catalog, CatalogFile]:
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


def _dimension(file: CatalogFile, entry: str, body: Mapping[str, Any]) -> Dimension:
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


def _date_dimensions(file: CatalogFile) -> dict[str, Dimension]:
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


def _metric(file: CatalogFile, entry: str, body: Mapping[str, Any]) -> Metric:
    strange = sorted(set(body) - _METRIC_KEYS)
    if strange:
        raise file.refuse(
            "metrics", entry, strange[0], f"there is no key '{strange[0]}'; there are {listed(_METRIC_KEYS)}"
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
        formula=read_formula(file, entry, body),
        format=shape,
        description=_text(file, "metrics", entry, body, "description"),
        synonyms=_words(file, "metrics", entry, body),
        example=str(body.get("example", "")),
        good=body.get("good", "up"),
        hidden=bool(body.get("hidden", False)),
    )


def _reworded(file: CatalogFile, section: str, known: Any, body: Mapping[str, Any]) -> Any:
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


def _text(file: CatalogFile, section: str, entry: str, body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value.strip():
        raise file.refuse(section, entry, key, f"it needs a {key}, a text")
    return value


def _words(file: CatalogFile, section: str, entry: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    words = body.get("synonyms", [])
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
        raise file.refuse(section, entry, "synonyms", 'synonyms are a list of texts, ["takings", "income"]')
    return tuple(word.strip().lower() for word in words)


def _checked(catalog: Catalog, file: CatalogFile) -> Catalog:
    """Every name that a metric rests on exists, and none rests on itself."""
    for metric in catalog.metrics.values():
        try:
            _follow(catalog, metric.name, ())
        except InvalidInput as error:
            key = next((k for k in FORMULAS if k in file.data["metrics"].get(metric.name, {})), "")
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
            f"{formula.fact} has no column '{formula.column}'; there are {listed(COLUMNS[formula.fact])}",
        )
    if isinstance(formula, Distinct):
        catalog.dimension(formula.dimension)
    if isinstance(formula, MembersMeeting | Newcomers | Returning):
        catalog.entity(formula.entity)
    for inner in rests_on(formula):
        _follow(catalog, inner, path)
