"""A Query on its way: what the rules have read so far."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from awesome_analytics.chat.words.lexicon import Lexicon
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.chat.words.values import Values
from awesome_analytics.core.periods import Reckoning
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Filter, Form, Having, Members, Op, Order, Query, Role, Shown

ENTITIES = frozenset({"order", "customer", "product"})
OPS = {"gt": Op.GT, "ge": Op.GE, "lt": Op.LT, "le": Op.LE, "eq": Op.IN}


class Unclear(Exception):
    """The question can't be read as it stands; says what to ask back."""

    def __init__(self, question: str, choices: tuple[tuple[str, Query], ...] = ()) -> None:
        super().__init__(question)
        self.question = question
        self.choices = choices


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What every question is read against; `head` and `metric` are what the talk is of."""

    catalog: Catalog
    lexicon: Lexicon
    values: Values
    reckoning: Reckoning
    today: date
    head: str = ""
    metric: str = ""


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something open and how it was read; `swap` names other metrics it may mean, `fields` dimensions."""

    text: str
    swap: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A condition, and the word of the question at which it stands."""

    at: int
    condition: Filter | Members


@dataclass(kw_only=True)
class Draft:
    """Parts of a Query as they are found."""

    metrics: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    dims: list[str] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    having: list[Having] = field(default_factory=list)
    period: str | None = None
    role: Role | None = None
    compare: str | None = None
    order: list[Order] = field(default_factory=list)
    limit: int | None = None
    skip: int = 0
    per_group: list[str] = field(default_factory=list)
    rank: Span | None = None
    ranked_by: str | None = None
    head: str = ""
    counted: bool = False
    listed: bool = False
    moved: str = ""
    moves_only: bool = False
    ranks_movement: bool = False
    by_amount: bool = False
    share: Span | None = None
    share_at: int = 0
    share_owner: int | None = None
    copula: int | None = None
    part: list[Filter] = field(default_factory=list)
    part_members: list[Members] = field(default_factory=list)
    share_of: list[str] = field(default_factory=list)
    split_values: bool = False
    notes: list[Note] = field(default_factory=list)
    explicit_metric: bool = False
    implied: bool = False
    lined: bool = False
    shows_beside: bool = False
    newcomers: str = ""
    counters: list[str] = field(default_factory=list)

    def add_metric(self, name: str) -> None:
        """Ask for a metric, once."""
        if name not in self.metrics:
            self.metrics.append(name)

    def add_dim(self, name: str) -> None:
        """Split by a dimension, once."""
        if name not in self.dims:
            self.dims.append(name)

    def place(self, at: int, condition: Filter | Members) -> None:
        """Put a condition."""
        self.placed.append(Placed(at=at, condition=condition))

    def note(self, text: str, *swap: tuple[str, str]) -> None:
        """Say how something open was read."""
        if all(note.text != text for note in self.notes):
            self.notes.append(Note(text=text, swap=swap))

    @property
    def filters(self) -> list[Filter]:
        """The conditions on dimensions and line values."""
        return [each.condition for each in self.placed if isinstance(each.condition, Filter)]

    @property
    def members(self) -> list[Members]:
        """The conditions on orders, customers and products."""
        return [each.condition for each in self.placed if isinstance(each.condition, Members)]


def at_least(metric: str, count: int = 1) -> Having:
    """A figure of at least so many."""
    return Having(metric=Shown(metric), op=Op.GE, values=(Decimal(count),))


def worth(number: Span, form: str) -> Decimal:
    """A number as a metric of that format holds it: percents are fractions."""
    if form == "percent" and (number.unit == "percent" or number.number > 1):
        return number.number / 100
    return number.number
