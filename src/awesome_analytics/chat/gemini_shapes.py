"""The form Gemini answers in: the Query's parts as plain lists, since its schemas have no free-form maps.

Imported only when a key is set: pydantic comes with the extra `ai`.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_Op = Literal[
    "in", "not_in", "contains", "not_contains", "starts_with", "lt", "le", "gt", "ge", "between",
    "empty", "not_empty",
]  # fmt: skip
_Role = Literal["ordered", "shipped", "returned"]


def _plain(schema: dict[str, Any]) -> None:
    """Leave out what some versions of the service refuse; answers are held against the whole all the same."""
    schema.pop("additionalProperties", None)
    for part in schema.get("properties", {}).values():
        part.pop("default", None)


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=_plain)


class FilterShape(_Shape):
    """A condition on a dimension or on a line's value."""

    field: str
    op: _Op = "in"
    values: list[str | float] = Field(default_factory=list)


class HavingShape(_Shape):
    """A condition on a figure."""

    metric: str
    op: _Op
    values: list[float]


class TimeShape(_Shape):
    """A period such as 2014-Q3, 2014-06..2014-08, last_month, last_30_days, ytd, and which date counts."""

    period: str
    role: _Role = "ordered"


class TopShape(_Shape):
    """The first so many by a figure."""

    count: int
    by: str
    descending: bool = True


class MembersShape(_Shape):
    """Only orders, customers, products or others whose own figures meet a condition, or the top ones."""

    entity: str
    having: list[HavingShape] = Field(default_factory=list)
    top: TopShape | None = None
    filters: list[FilterShape] = Field(default_factory=list)
    time: TimeShape | None = None
    negate: bool = False


class OrderShape(_Shape):
    """Sort by a dimension or a figure."""

    by: str
    descending: bool = False


class LimitPerShape(_Shape):
    """The first rows of each group."""

    dimensions: list[str]
    count: int
    skip: int = 0


class QueryShape(_Shape):
    """A Query. Metrics read `sales`, or in a form: sales.before, .change, .growth, .share, .running."""

    metrics: list[str] = Field(default_factory=list)
    dimensions: list[str] = Field(default_factory=list)
    filters: list[FilterShape] = Field(default_factory=list)
    members: list[MembersShape] = Field(default_factory=list)
    having: list[HavingShape] = Field(default_factory=list)
    time: TimeShape | None = None
    compare: str | None = None
    part: list[FilterShape] = Field(default_factory=list)
    part_members: list[MembersShape] = Field(default_factory=list)
    share_of: list[str] = Field(default_factory=list)
    order: list[OrderShape] = Field(default_factory=list)
    limit: int | None = None
    skip: int = 0
    limit_per: LimitPerShape | None = None
    totals: bool = False


class AnswerShape(_Shape):
    """One of four answers; the part that belongs to `kind` is filled, the others are left out."""

    kind: Literal["query", "clarify", "needs_sql", "decline"]
    query: QueryShape | None = None
    text: str | None = None
    choices: list[str] = Field(default_factory=list)
    assumptions: list[str] = Field(default_factory=list)


class SentencesShape(_Shape):
    """A narrative, a sentence or a bullet each."""

    sentences: list[str]
