"""When orders come: growth over the years, the seasons, weekdays, holidays and a little noise."""

from datetime import date

from awesome_analytics.sales.sample import habits
from awesome_analytics.sales.sample.chance import between, rounded_shares, stream
from awesome_analytics.sales.sample.plan import SamplePlan


def orders_by_day(plan: SamplePlan) -> list[int]:
    """How many orders each day has; they sum to the plan's."""
    random = stream(plan.seed, "days")
    weights = [
        _busy(plan.day(number), number) * between(random, 1 - habits.NOISE, 1 + habits.NOISE)
        for number in range(plan.days)
    ]
    return rounded_shares(weights, plan.orders)


def _busy(day: date, number: int) -> float:
    growth: float = habits.YEARLY_GROWTH ** (number / 365.25)
    season = habits.MONTHS[day.month - 1] * habits.WEEKDAYS[day.weekday()]
    return growth * season * habits.HOLIDAYS.get((day.month, day.day), 1.0)
