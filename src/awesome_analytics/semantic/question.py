"""A Query resolved against the model and a day: its dimensions, its days, what it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Days, Period, Reckoning
from awesome_analytics.semantic import buckets
from awesome_analytics.semantic.model import Catalog, Dimension, Distinct, Formula, Minus
from awesome_analytics.semantic.query import COMPARED, Form, Query, Role, Shown


@dataclass(kw_only=True)
class Question:
    """What a Query is about, checked. Raises InvalidInput that names the part which doesn't fit the others.

    `shown` are all figures that rows need: shown, asked of or sorted by. `steps` is how many buckets of
    `series` lie between a row and the one it is compared with.
    """

    query: Query
    catalog: Catalog
    today: date
    reckoning: Reckoning
    dimensions: list[Dimension] = field(init=False)
    days: Days = field(init=False)
    series: Dimension | None = field(init=False)
    steps: int = field(init=False)
    before: Days | None = field(init=False)
    shown: list[Shown] = field(init=False)

    def __post_init__(self) -> None:
        self.dimensions = [self.catalog.dimension(name) for name in self.query.dimensions]
        self.days = self._days(self.query.time.period) if self.query.time else Days()
        along = [dimension for dimension in self.dimensions if dimension.is_series]
        self.series = along[0] if len(along) == 1 else None
        self.shown = self._shown()
        self.steps = self._steps()
        self.before = self._before()
        for each in self.shown:
            self._check(each)

    @property
    def role(self) -> Role:
        """The date that time ranges are about."""
        if self.query.time:
            return self.query.time.role
        return (self.series.role if self.series else None) or Role.ORDERED

    @property
    def is_parted(self) -> bool:
        """Whether shares are those of a part."""
        return bool(self.query.part or self.query.part_members)

    def columns_of(self, names: Sequence[str]) -> list[str]:
        """The columns that hold dimensions in every select: `d0`, and `d0_k` where names are not unique."""
        made = []
        for name in names:
            position = self.query.dimensions.index(name)
            made.append(f"d{position}")
            if self.dimensions[position].identity:
                made.append(f"d{position}_k")
        return made

    def is_of_whole(self, shown: Shown) -> bool:
        """Whether a share's total is not the sum of the rows."""
        return (
            shown.form is Form.SHARE and not self.is_parted and not self.catalog.metric(shown.metric).additive
        )

    def _days(self, period: Period) -> Days:
        return period.days(self.today, self.reckoning)

    def _shown(self) -> list[Shown]:
        named = [*self.query.metrics, *(having.metric for having in self.query.having)]
        named += [Shown.parse(o.by) for o in self.query.order if o.by not in self.query.dimensions]
        return list(dict.fromkeys(named))

    # ------------------------------------------------------------ comparison

    def _steps(self) -> int:
        query = self.query
        if query.compare is None:
            if any(shown.form in COMPARED for shown in self.shown):
                raise InvalidInput("compare", "say with what: previous, year_before or a period such as 2013")
            return 0
        if self.series is None:
            if any(dimension.is_series for dimension in self.dimensions):
                raise InvalidInput("compare", "a comparison goes along one time dimension, not along two")
            return 0
        if query.time and self.series.role is not query.time.role:
            raise InvalidInput("compare", "the time dimension and the time range are of different dates")
        assert self.series.part is not None
        return buckets.steps_back(self.series.part, query.compare, self.days, self._other(), self.reckoning)

    def _other(self) -> Days | None:
        """The period named to compare with."""
        compare = self.query.compare
        if compare is None or compare in ("previous", "year_before"):
            return None
        return self._days(Period(compare))

    def _before(self) -> Days | None:
        if self.query.compare is None:
            return None
        try:
            if self.series is not None:
                assert self.series.part is not None
                return buckets.shifted(self.series.part, self.days, self.steps)
            if self.query.compare == "previous":
                return self.days.previous()
            return self._other() or self.days.shifted_months(-12)
        except (ValueError, OverflowError) as error:
            raise InvalidInput(
                "compare", "the period compared with lies before the calendar begins"
            ) from error

    # ------------------------------------------------------------ what may be shown

    def _check(self, shown: Shown) -> None:
        metric = self.catalog.metric(shown.metric)
        if shown.form is Form.SHARE:
            if metric.format not in ("money", "number"):
                raise InvalidInput("metrics", f"{metric.label} is itself a ratio: it has no share of a total")
            if not set(self.query.share_of) <= set(self.query.dimensions):
                raise InvalidInput(
                    "share_of", "a share is of the total or of a dimension that is in the answer"
                )
        if shown.form is Form.RUNNING:
            if self.series is None:
                raise InvalidInput("metrics", "a running total needs one time dimension to run along")
            if not self._adds_up(metric.name):
                raise InvalidInput(
                    "metrics", f"{metric.label} of several periods don't add up to a running total"
                )

    def _adds_up(self, name: str) -> bool:
        """Whether the figures of the series' periods add up to that of all of them."""
        metric = self.catalog.metric(name)
        formula: Formula = metric.formula
        if isinstance(formula, Minus):
            return self._adds_up(formula.left) and self._adds_up(formula.right)
        # An order stands in one period, but for one with lines of several days: the running total is of the
        # periods as they are shown, which count such an order in each.
        of_order = isinstance(formula, Distinct) and formula.dimension in ("order", "return")
        return metric.additive or (of_order and self.series is not None and self.series.role is Role.ORDERED)
