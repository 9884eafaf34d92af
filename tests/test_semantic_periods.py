"""Periods beside a calendar that is counted out day by day."""

import calendar
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Days, Grain, Period, Reckoning, around
from awesome_analytics.semantic import buckets
from awesome_analytics.semantic.model import Part

MANY = settings(derandomize=True, database=None, deadline=None, max_examples=300)
ONE = timedelta(days=1)

days = st.dates(date(1905, 1, 1), date(2195, 12, 31))
reckonings = st.builds(Reckoning, week_start=st.integers(0, 6), fiscal_start=st.integers(1, 12))
grains = st.sampled_from(tuple(Grain))


def same(grain: Grain, reckoning: Reckoning) -> Callable[[date], object]:
    """What two days of one step have in common."""
    return {
        Grain.DAY: lambda day: day,
        Grain.WEEK: lambda day: week_of(day, reckoning),
        Grain.MONTH: lambda day: (day.year, day.month),
        Grain.QUARTER: lambda day: (day.year, (day.month + 2) // 3),
        Grain.YEAR: lambda day: day.year,
    }[grain]


def week_of(day: date, reckoning: Reckoning) -> date:
    """The last day on or before this one on which a week starts, by walking back."""
    while day.weekday() != reckoning.week_start:
        day -= ONE
    return day


def walked(day: date, alike: Callable[[date], object]) -> Days:
    """The longest stretch around a day whose days are all alike, by walking both ways."""
    start = end = day
    while alike(start - ONE) == alike(day):
        start -= ONE
    while alike(end + ONE) == alike(day):
        end += ONE
    return Days(start=start, end=end)


@MANY
@given(day=days, grain=grains, reckoning=reckonings)
def test_the_step_around_a_day_is_the_longest_stretch_of_days_alike(
    day: date, grain: Grain, reckoning: Reckoning
) -> None:
    assert around(day, grain, reckoning) == walked(day, same(grain, reckoning))


@MANY
@given(day=days, grain=grains.filter(lambda grain: grain is not Grain.DAY), reckoning=reckonings)
def test_this_one_is_around_today_and_the_last_one_ends_the_day_before(
    day: date, grain: Grain, reckoning: Reckoning
) -> None:
    this, last = (Period(f"{which}_{grain}").days(day, reckoning) for which in ("this", "last"))
    assert this == walked(day, same(grain, reckoning))
    assert this.start is not None
    assert last == walked(this.start - ONE, same(grain, reckoning))


@MANY
@given(start=days, length=st.integers(0, 800))
def test_the_period_before_is_as_long_and_ends_the_day_before(start: date, length: int) -> None:
    period = Days(start=start, end=start + timedelta(days=length))
    before = period.previous()
    assert before.start is not None
    assert before.end == start - ONE
    assert period.end is not None
    if start.day == 1 and (period.end + ONE).day == 1:
        assert before.start.day == 1
        assert months(before) == months(period)
    else:
        assert before.end - before.start == timedelta(days=length)


def months(period: Days) -> int:
    """How many months the period's days lie in, counted day by day."""
    assert period.start is not None
    assert period.end is not None
    length = (period.end - period.start).days + 1
    return len({(d.year, d.month) for d in (period.start + ONE * n for n in range(length))})


@MANY
@given(start=days, length=st.integers(0, 500))
def test_a_year_before_keeps_the_days_of_the_calendar(start: date, length: int) -> None:
    period = Days(start=start, end=start + timedelta(days=length))
    before = period.shifted_months(-12)
    assert before.start == a_year_before(start, keep_end=False)
    assert period.end is not None
    assert before.end == a_year_before(period.end, keep_end=True)


def a_year_before(day: date, *, keep_end: bool) -> date:
    last = calendar.monthrange(day.year - 1, day.month)[1]
    is_last = (day + ONE).day == 1
    return date(day.year - 1, day.month, last if keep_end and is_last else min(day.day, last))


@MANY
@given(day=days, reckoning=reckonings)
def test_a_fiscal_year_is_twelve_months_named_after_its_end(day: date, reckoning: Reckoning) -> None:
    found = Period("this_fiscal_year").days(day, reckoning)
    assert found.start is not None
    assert found.end is not None
    assert found.start <= day <= found.end
    assert (found.start.day, found.start.month) == (1, reckoning.fiscal_start)
    assert (found.end + ONE).month == reckoning.fiscal_start
    assert months(found) == 12
    assert Period(f"fy{found.end.year}").days(day, reckoning) == found
    quarters = [Period(f"fy{found.end.year}-q{n}").days(day, reckoning) for n in (1, 2, 3, 4)]
    assert (quarters[0].start, quarters[3].end) == (found.start, found.end)
    assert [months(quarter) for quarter in quarters] == [3] * 4
    assert [q.end and q.end + ONE for q in quarters[:3]] == [q.start for q in quarters[1:]]
    assert Period("last_fiscal_year").days(day, reckoning).end == found.start - ONE


@MANY
@given(day=days, count=st.integers(1, 400))
def test_rolling_days_end_today_and_are_so_many(day: date, count: int) -> None:
    found = Period(f"last_{count}_days").days(day)
    assert found.end == day
    assert found.start == day - ONE * (count - 1)
    weeks = Period(f"last_{count}_weeks").days(day)
    assert weeks == Days(start=day - ONE * (7 * count - 1), end=day)


@MANY
@given(day=days, count=st.integers(1, 60))
def test_rolling_months_begin_the_day_after_the_same_day_so_many_months_ago(day: date, count: int) -> None:
    found = Period(f"last_{count}_months").days(day)
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    same_day = date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    assert found == Days(start=same_day + ONE, end=day)


@MANY
@given(day=days, reckoning=reckonings)
def test_to_date_is_the_step_around_today_up_to_today(day: date, reckoning: Reckoning) -> None:
    for word, grain in (
        ("wtd", Grain.WEEK),
        ("mtd", Grain.MONTH),
        ("qtd", Grain.QUARTER),
        ("ytd", Grain.YEAR),
    ):
        found = Period(word).days(day, reckoning)
        assert found == Days(start=walked(day, same(grain, reckoning)).start, end=day)


@MANY
@given(year=st.integers(1905, 2195))
def test_iso_weeks_are_those_of_the_standard(year: int) -> None:
    weeks = 53 if date(year, 12, 28).isocalendar().week == 53 else 52
    for week in (1, 27, weeks):
        found = Period(f"{year}-W{week:02}").days(date(2000, 1, 1))
        assert found.start is not None
        assert found.start.isocalendar() == (year, week, 1)
        assert found.end == found.start + 6 * ONE
    with pytest.raises(InvalidInput):
        Period(f"{year}-W{weeks + 1}")


@MANY
@given(day=days, other=days, reckoning=reckonings)
def test_buckets_part_the_days_as_the_calendar_does(day: date, other: date, reckoning: Reckoning) -> None:
    parts: tuple[tuple[Part, Grain], ...] = (
        ("day", Grain.DAY),
        ("week", Grain.WEEK),
        ("month", Grain.MONTH),
        ("quarter", Grain.QUARTER),
        ("year", Grain.YEAR),
    )
    for part, grain in parts:
        alike = same(grain, reckoning)
        here, there = (buckets.bucket(part, each, reckoning) for each in (day, other))
        assert (here == there) == (alike(day) == alike(other))
        after = around(day, grain, reckoning).end
        assert after is not None
        assert buckets.bucket(part, after + ONE, reckoning) == here + 1
    assert buckets.label("week", buckets.bucket("week", day, reckoning), reckoning) == week_of(day, reckoning)
    assert buckets.label("day", buckets.bucket("day", day, reckoning), reckoning) == day
    assert buckets.label("month", buckets.bucket("month", day, reckoning), reckoning) == f"{day:%Y-%m}"


@pytest.mark.parametrize(
    "text",
    ["", "..", "2014-13", "2014-02-30", "2014-Q5", "1899", "2200", "last_0_days", "this_day", "2015..2014",
     "last_10000_days", "fy", "2014-W54", "２０１４", "2014-6", "2014..2015..2016",
     "yesterday..today..", "last_9999_years"],
)  # fmt: skip
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Period(text)
    assert refused.value.field == "time"


@MANY
@given(text=st.text(max_size=20), today=days)
def test_any_text_is_a_period_or_refused(text: str, today: date) -> None:
    try:
        period = Period(text)
    except InvalidInput:
        return
    assert period.days(today) is not None
