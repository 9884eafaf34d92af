"""Metrics as expressions over measures; the measures are noted for the selects that compute them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlglot import exp

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.columns import Simple
from awesome_analytics.semantic.dialect import Expression, number
from awesome_analytics.semantic.model import MembersMeeting, Minus, Ratio, SoFar
from awesome_analytics.semantic.query import Form, Shown
from awesome_analytics.semantic.question import Question

DECIMALS = 8
"""Of a ratio."""


class Window(StrEnum):
    """Over which rows a measure is taken."""

    NOW = "now"
    BEFORE = "before"
    WHOLE = "whole"
    SO_FAR = "so far"


Measured = tuple[Simple | MembersMeeting, Window]


@dataclass(kw_only=True)
class Figures:
    """The figures of one Question, over the columns of a table called `g` (and `w` for totals of shares)."""

    question: Question
    measured: dict[Measured, str] = field(default_factory=dict)
    """Measure and window -> the column that holds it."""

    @property
    def aliases(self) -> Mapping[Shown, str]:
        """The columns that hold the figures."""
        return {shown: f"c{position}" for position, shown in enumerate(self.question.shown)}

    def whole_alias(self, shown: Shown) -> str:
        """The column of `w` that holds the total of a share."""
        return f"w{self.question.shown.index(Shown(shown.metric, Form.SHARE))}"

    def figure(self, shown: Shown) -> Expression:
        """A metric in one of its forms."""
        now = self._value(shown.metric, Window.NOW)
        if shown.form is Form.ITSELF:
            return now
        if shown.form is Form.SHARE:
            return self._share(shown, now)
        if shown.form is Form.RUNNING:
            return self._running(now)
        before = self._value(shown.metric, Window.BEFORE)
        if shown.form is Form.BEFORE:
            return before
        change = exp.Paren(this=exp.Sub(this=now, expression=before))
        if shown.form is Form.CHANGE:
            return change
        # Growth from nothing or from a loss is no percentage.
        base = exp.Case().when(before.copy() > number(0), before.copy())
        return quotient(change, base)

    def _share(self, shown: Shown, now: Expression) -> Expression:
        if self.question.is_parted:
            return quotient(now, self._value(shown.metric, Window.WHOLE))
        if self.question.is_of_whole(shown):
            return quotient(now, exp.column(self.whole_alias(shown), table="w"))
        groups = self._group_columns(list(self.question.query.share_of))
        return quotient(now, exp.Window(this=exp.Sum(this=now.copy()), partition_by=groups or None))

    def _running(self, now: Expression) -> Expression:
        assert self.question.series is not None
        along = self.question.series.name
        groups = self._group_columns([name for name in self.question.query.dimensions if name != along])
        order = exp.Order(expressions=[exp.Ordered(this=column) for column in self._group_columns([along])])
        return exp.Window(this=exp.Sum(this=now), partition_by=groups or None, order=order)

    def _group_columns(self, names: list[str]) -> list[exp.Column]:
        return [exp.column(key, table="g") for key in self.question.columns_of(names)]

    def _value(self, name: str, window: Window) -> Expression:
        """A metric over the measures, which are noted on the way."""
        metric = self.question.catalog.metric(name)
        formula = metric.formula
        if isinstance(formula, Ratio):
            return quotient(self._value(formula.numerator, window), self._value(formula.denominator, window))
        if isinstance(formula, Minus):
            left, right = self._value(formula.left, window), self._value(formula.right, window)
            return exp.Paren(this=exp.Sub(this=left, expression=right))
        if isinstance(formula, SoFar):
            self._check_so_far(metric.label, window)
            return self._value(formula.metric, Window.SO_FAR)
        alias = self.measured.setdefault((formula, window), f"m{len(self.measured)}")
        return exp.Coalesce(this=exp.column(alias, table="g"), expressions=[number(0)])

    def _check_so_far(self, label: str, window: Window) -> None:
        if self.question.days.start is None:
            raise InvalidInput(
                "time", f"{label} needs a period that begins somewhere, such as last_12_months or 2014"
            )
        if window is not Window.NOW or any(dimension.role for dimension in self.question.dimensions):
            raise InvalidInput(
                "metrics", f"{label} is not to be had by dates or in comparison with another period"
            )


def quotient(left: Expression, right: Expression) -> Expression:
    """A division that both engines do to the same digit, and null where it can't be done."""
    exact = exp.cast(left.copy(), "decimal(38, 10)")
    none = exp.func("NULLIF", right.copy(), number(0))
    return exp.Round(this=exp.Div(this=exact, expression=none), decimals=number(DECIMALS))
