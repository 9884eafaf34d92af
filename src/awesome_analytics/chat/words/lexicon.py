"""Every phrase that means something, with its part of speech: the grammar's own words and the catalog's."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from awesome_analytics.chat.words.dates import MONTHS, WEEKDAYS
from awesome_analytics.chat.words.reading import Why
from awesome_analytics.chat.words.tokens import Token, normal, tokenise
from awesome_analytics.semantic.model import Catalog, Distinct

Key = tuple[str, ...]

_ADVERBS = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year",
    "annual": "year", "annually": "year",
}  # fmt: skip
_PREFIXES = {
    "order": ("order", "ordering", "purchase"),
    "ship": ("ship", "shipping", "shipped", "shipment", "dispatch"),
    "return": ("return", "returned"),
}  # fmt: skip
_SUFFIXES = {
    "order": ("ordered", "of order", "of the order", "of purchase", "placed", "of ordering"),
    "ship": ("shipped", "of shipping", "of shipment", "of dispatch", "dispatched"),
    "return": ("returned", "of return", "of the return"),
}


_COUNTING = ("number of", "unique", "distinct", "different")
_THINGS = frozenset(
    [
        "order",
        "customer",
        "product",
        "category",
        "subcategory",
        "region",
        "market",
        "segment",
        "ship_mode",
        "return",
    ]
)


@dataclass(frozen=True)
class Sense:
    """What a phrase is: its part of speech, and what it names."""

    tag: str
    name: str = ""
    descending: bool = True
    guess: bool = False
    values: str = ""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Something that can't be asked here, and what to say."""

    why: Why
    reason: str


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """Phrases by their words, and by their words' stems; how long those get that begin with a word."""

    exact: Mapping[Key, Sense]
    stems: Mapping[Key, Sense]
    longest: Mapping[str, int]
    subjects: Mapping[str, Subject]
    words: frozenset[str]
    counts: Mapping[str, str] = field(default_factory=dict)

    def at(self, tokens: Sequence[Token], start: int) -> tuple[int, Sense] | None:
        """The longest phrase that begins at a word, and how many words it has."""
        most = max(self.longest.get(tokens[start].word, 0), self.longest.get(tokens[start].stem, 0))
        for size in range(min(most, len(tokens) - start), 0, -1):
            part = tokens[start : start + size]
            sense = self.exact.get(tuple(token.word for token in part))
            sense = sense or self.stems.get(tuple(token.stem for token in part))
            if sense:
                return size, sense
        return None


@cache
def grammar() -> Mapping[str, Any]:
    """The grammar's own words, as written in lexicon.toml."""
    return tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text(encoding="utf-8"))


def build(catalog: Catalog) -> Lexicon:
    """All phrases of the grammar and of a catalog; the grammar's come first where both know one."""
    exact: dict[Key, Sense] = {}
    stems: dict[Key, Sense] = {}
    counts = _counts(catalog)
    for phrase, sense in (
        *_own(),
        *_of_dates(),
        *_regional(catalog),
        *_of_catalog(catalog, counts),
        *_of_subjects(),
    ):
        tokens = normal(tokenise(phrase))
        if not tokens:
            continue
        exact.setdefault(tuple(token.word for token in tokens), sense)
        if sense.tag in ("met", "thing", "part", "subject", "people"):
            stems.setdefault(tuple(token.stem for token in tokens), sense)
    longest: dict[str, int] = {}
    for key in (*exact, *stems):
        longest[key[0]] = max(longest.get(key[0], 0), len(key))
    return Lexicon(
        exact=exact,
        stems=stems,
        longest=longest,
        subjects=_subjects(),
        words=frozenset(word for key in exact for word in key if word.isalpha()),
        counts=counts,
    )


def _counts(catalog: Catalog) -> dict[str, str]:
    """Which metric counts a dimension's members."""
    made: dict[str, str] = {}
    for metric in catalog.metrics.values():
        formula = metric.formula
        if isinstance(formula, Distinct) and not metric.hidden:
            sales = formula.fact == "sales" or formula.dimension.startswith("return")
            if sales and formula.dimension not in made:
                made[formula.dimension] = metric.name
    return made


def _own() -> Iterable[tuple[str, Sense]]:
    words = grammar()
    for tag, phrases in words["words"].items():
        for phrase in phrases:
            yield phrase, Sense(tag)
    for way, phrases in words["ranks"].items():
        for phrase in phrases:
            yield phrase, Sense("rank", descending=way == "desc")
    for row in words["ranked"]:
        for way in ("desc", "asc"):
            for phrase in row.get(way, ()):
                sense = Sense(
                    "ranked", row["metric"], descending=way == "desc", guess=bool(row.get("guess", False))
                )
                yield phrase, sense
                yield f"the {phrase}", sense
    for name, phrases in words["people"].items():
        for phrase in phrases:
            yield phrase, Sense("people", name, descending="worst" not in phrase and "slow" not in phrase)


def _of_dates() -> Iterable[tuple[str, Sense]]:
    for word, part in _ADVERBS.items():
        yield word, Sense("series", f"order_{part}")
    for part in ("day", "week", "month", "quarter", "year"):
        for phrase in ("over the", "across the", "through the", "throughout the", "over all"):
            yield f"{phrase} {part}s", Sense("series", f"order_{part}")
        yield f"{part} by {part}", Sense("series", f"order_{part}")
        yield f"{part} after {part}", Sense("series", f"order_{part}")
    yield from _named_days()
    parts = ("day", "date", "week", "month", "quarter", "year", "weekday", "day of week", "day of the week")
    for part in parts:
        name = {"date": "day", "day of week": "weekday", "day of the week": "weekday"}.get(part, part)
        for prefix, before in _PREFIXES.items():
            for word in before:
                if part != "date":
                    yield f"{word} {part}", Sense("part", f"{prefix}_{name}")
            for word in _SUFFIXES[prefix]:
                yield f"{part} {word}", Sense("part", f"{prefix}_{name}")


def _named_days() -> Iterable[tuple[str, Sense]]:
    """Mondays, weekends, each December: days that come again."""
    for day in WEEKDAYS:
        for phrase in (day, f"{day}s"):
            yield phrase, Sense("dayname", "order_weekday", values=day.title())
    for phrase in ("weekend", "weekends", "the weekend", "saturdays and sundays"):
        yield phrase, Sense("dayname", "order_weekday", values="Saturday|Sunday")
    for phrase in ("on weekdays", "during weekdays", "on working days", "on workdays", "during the week"):
        yield phrase, Sense("dayname", "order_weekday", values="|".join(d.title() for d in WEEKDAYS[:5]))
    for month in MONTHS:
        for phrase in (
            f"each {month}",
            f"every {month}",
            f"{month}s",
            f"all {month}s",
            f"{month} of each year",
            f"{month} of every year",
            f"month of {month} across all years",
        ):
            if phrase not in ("marchs", "mays"):
                yield phrase, Sense("dayname", "order_month_of_year", values=month.title())


def _regional(catalog: Catalog) -> Iterable[tuple[str, Sense]]:
    """Regional sales are split as monthly ones are."""
    if "region" in catalog.dimensions:
        yield "regional", Sense("series", "region")


def _of_catalog(catalog: Catalog, counts: Mapping[str, str]) -> Iterable[tuple[str, Sense]]:
    counted = {metric: dimension for dimension, metric in counts.items()}
    for dimension in catalog.dimensions.values():
        if dimension.part is None:
            for phrase in (dimension.label, dimension.plural, *dimension.synonyms):
                yield phrase, Sense("thing", dimension.name)
        elif dimension.name.startswith("order_"):
            for phrase in dimension.synonyms:
                yield phrase, Sense("part", dimension.name)
    for metric in catalog.shown_metrics:
        for phrase in (metric.label, *metric.synonyms):
            if phrase.startswith(_COUNTING):
                continue
            thing = counted.get(metric.name, "")
            sense = (
                Sense("thing", thing)
                if thing in _THINGS and "count" not in phrase
                else Sense("met", metric.name)
            )
            yield phrase, sense
            if metric.format in ("percent", "days") and not phrase.startswith("average"):
                yield f"average {phrase}", sense


_KINDS = {"advice": Why.CAUSE}


def _subjects() -> dict[str, Subject]:
    return {
        name: Subject(why=_KINDS.get(name) or Why(name), reason=row["reason"])
        for name, row in grammar()["subjects"].items()
    }


def _of_subjects() -> Iterable[tuple[str, Sense]]:
    for name, row in grammar()["subjects"].items():
        for phrase in row["words"]:
            yield phrase, Sense("subject", name)
