"""The model as data: metrics, dimensions, line values and entities, each declared once in a catalog file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal, Never

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.query import Having, Role

Fact = Literal["sales", "returns"]
"""What one row is of: an order line, or a line that came back."""

Format = Literal[
    "money", "number", "decimal", "percent", "days", "text", "day", "week", "month", "quarter", "year"
]
"""How a cell is written: percent is a fraction, week the day it begins on."""


@dataclass(frozen=True, kw_only=True)
class Sum:
    """A fact's column added up."""

    fact: Fact
    column: str


@dataclass(frozen=True, kw_only=True)
class Count:
    """A fact's rows counted."""

    fact: Fact


@dataclass(frozen=True, kw_only=True)
class Distinct:
    """A dimension's members counted among a fact's rows, each once."""

    fact: Fact
    dimension: str


@dataclass(frozen=True, kw_only=True)
class MembersMeeting:
    """An entity's members counted that meet a condition by a figure of their own."""

    entity: str
    having: Having


@dataclass(frozen=True, kw_only=True)
class Returning:
    """An entity's members counted whose first order lies before the period, or before the row's own."""

    entity: str


@dataclass(frozen=True, kw_only=True)
class Newcomers:
    """An entity's members counted whose first order ever lies here."""

    entity: str


@dataclass(frozen=True, kw_only=True)
class SoFar:
    """Another metric taken over all time up to the period's end."""

    metric: str


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """One metric divided by another; nothing where the other is zero."""

    numerator: str
    denominator: str


@dataclass(frozen=True, kw_only=True)
class Minus:
    """One metric less another."""

    left: str
    right: str


Formula = Sum | Count | Distinct | MembersMeeting | Newcomers | Returning | SoFar | Ratio | Minus


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A figure a reader asks for. `good` says which way is good news."""

    name: str
    label: str
    formula: Formula
    format: Format
    description: str
    synonyms: tuple[str, ...] = ()
    example: str = ""
    good: Literal["up", "down"] = "up"
    hidden: bool = False

    @property
    def additive(self) -> bool:
        """Whether the rows' figures add up to the total, however the rows are split."""
        return isinstance(self.formula, Sum | Count)


Part = Literal["day", "week", "month", "quarter", "year", "weekday", "month_of_year", "quarter_of_year"]


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """A way to split figures: a column, or a part of one of the dates.

    `table.column` is where its text stands; `identity` tells members of one name apart.
    """

    name: str
    label: str
    plural: str
    description: str
    synonyms: tuple[str, ...] = ()
    table: str = ""
    column: str = ""
    identity: str | None = None
    role: Role | None = None
    part: Part | None = None

    @property
    def format(self) -> Format:
        """How its cells are written."""
        if self.part in ("day", "week", "month", "quarter", "year"):
            return self.part
        return "text"

    @property
    def is_series(self) -> bool:
        """Whether its members follow each other in time, each once."""
        return self.part in ("day", "week", "month", "quarter", "year")

    @property
    def is_text(self) -> bool:
        """Whether its members are names out of the shop's data."""
        return self.part is None


@dataclass(frozen=True, kw_only=True)
class LineValue:
    """A figure that a single order line carries, for filters."""

    name: str
    label: str
    column: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Entity:
    """What conditions on figures of its own may be put on."""

    name: str
    label: str
    plural: str
    dimension: str


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """Everything that can be asked for, by name."""

    metrics: Mapping[str, Metric]
    dimensions: Mapping[str, Dimension]
    values: Mapping[str, LineValue] = field(default_factory=lambda: MappingProxyType({}))
    entities: Mapping[str, Entity] = field(default_factory=lambda: MappingProxyType({}))

    def metric(self, name: str) -> Metric:
        """The metric of that name; raises InvalidInput with what exists."""
        found = self.metrics.get(name)
        return found or _unknown("metrics", "metric", name, (m.name for m in self.shown_metrics))

    def dimension(self, name: str, *, part: str = "dimensions") -> Dimension:
        """The dimension of that name; raises InvalidInput with what exists."""
        found = self.dimensions.get(name)
        return found or _unknown(part, "dimension", name, self.dimensions)

    def entity(self, name: str) -> Entity:
        """The entity of that name; raises InvalidInput with what exists."""
        found = self.entities.get(name)
        return found or _unknown("members", "entity", name, self.entities)

    def filterable(self, name: str) -> Dimension | LineValue:
        """The dimension or line value of that name; raises InvalidInput with what exists."""
        found = self.dimensions.get(name) or self.values.get(name)
        return found or _unknown("filters", "dimension or line value", name, (*self.dimensions, *self.values))

    @property
    def shown_metrics(self) -> tuple[Metric, ...]:
        """The metrics that people see; the others are what these are made of."""
        return tuple(metric for metric in self.metrics.values() if not metric.hidden)

    def facts_of(self, metric: str) -> frozenset[Fact]:
        """The facts that a metric is made of."""
        formula = self.metric(metric).formula
        if isinstance(formula, Sum | Count | Distinct):
            return frozenset({formula.fact})
        if isinstance(formula, Ratio):
            return self.facts_of(formula.numerator) | self.facts_of(formula.denominator)
        if isinstance(formula, Minus):
            return self.facts_of(formula.left) | self.facts_of(formula.right)
        return frozenset({"sales"})


def _unknown(field: str, kind: str, name: str, known: Iterable[str]) -> Never:
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.6)
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    raise InvalidInput(field, f"there is no {kind} '{name}'.{meant} There are: {', '.join(names)}")
