"""The scheduler: due moments on the wall's clock, wishes done by a real process, and what a kill leaves."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from awesome_analytics.app.schedule import Plan
from awesome_analytics.scheduler.timetable import back_off, next_due, turn

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTLY = "30 2 * * *"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def starts(cron: str, zone: ZoneInfo, *, since: datetime, until: datetime) -> list[datetime]:
    """Every start of a scheduler that looks at its plan each minute."""
    plan: Plan | None = None
    found = []
    now = since
    while now < until:
        look = turn(plan, cron=cron, zone=zone, now=now)
        plan = look.plan
        if look.due is not None:
            found.append(look.due)
        now += timedelta(minutes=1)
    return found


# Clocks in Berlin: 2026-03-29 01:00 UTC 02:00 -> 03:00; 2026-10-25 01:00 UTC 03:00 -> 02:00.


def test_a_job_inside_the_skipped_hour_starts_once_when_the_hour_is_over() -> None:
    assert starts(NIGHTLY, BERLIN, since=utc("2026-03-28 12:00"), until=utc("2026-03-30 12:00")) == [
        utc("2026-03-29 01:00"),  # 03:00 in summer time, the first moment after the gap
        utc("2026-03-30 00:30"),
    ]


def test_a_job_inside_the_hour_shown_twice_starts_once_the_first_time() -> None:
    assert starts(NIGHTLY, BERLIN, since=utc("2026-10-24 12:00"), until=utc("2026-10-26 12:00")) == [
        utc("2026-10-25 00:30"),  # 02:30 in summer time
        utc("2026-10-26 01:30"),  # 02:30 in winter time
    ]


@pytest.mark.parametrize("began", ["00:31", "01:05", "01:29", "01:31", "02:00"])
def test_a_scheduler_begun_between_the_two_half_past_twos_waits_for_the_next_night(began: str) -> None:
    since = utc(f"2026-10-25 {began}")
    assert next_due(NIGHTLY, BERLIN, after=since) == utc("2026-10-26 01:30")


@pytest.mark.parametrize(
    ("day", "due"), [("2026-01-15", "01:00"), ("2026-07-15", "00:00"), ("2026-12-31", "01:00")]
)
def test_two_in_the_morning_is_the_shops_two_in_the_morning(day: str, due: str) -> None:
    midnight = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
    assert next_due("0 2 * * *", BERLIN, after=midnight) == utc(f"{day} {due}")


def test_an_hourly_job_starts_in_each_real_hour_of_both_nights() -> None:
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25)):
        since = datetime.fromisoformat(day).replace(tzinfo=BERLIN).astimezone(UTC) - timedelta(minutes=1)
        until = datetime.fromisoformat(day).replace(hour=23, minute=59, tzinfo=BERLIN).astimezone(UTC)
        assert len(starts("0 * * * *", BERLIN, since=since, until=until)) == hours


def test_a_week_without_a_scheduler_is_made_up_for_by_one_run() -> None:
    kept = Plan(cron=NIGHTLY, timezone="Europe/Berlin", next_due=utc("2026-06-01 00:30"))
    back = utc("2026-06-08 09:00")
    look = turn(kept, cron=NIGHTLY, zone=BERLIN, now=back)
    assert look.due == utc("2026-06-01 00:30")
    assert look.plan.next_due == utc("2026-06-09 00:30")
    assert turn(look.plan, cron=NIGHTLY, zone=BERLIN, now=back).due is None


def test_a_scheduler_asleep_through_the_autumn_hour_starts_once() -> None:
    kept = Plan(cron=NIGHTLY, timezone="Europe/Berlin", next_due=utc("2026-10-25 00:30"))
    look = turn(kept, cron=NIGHTLY, zone=BERLIN, now=utc("2026-10-25 01:10"))  # 02:10, the second time
    assert (look.due, look.plan.next_due) == (utc("2026-10-25 00:30"), utc("2026-10-26 01:30"))


def test_another_line_or_zone_begins_afresh_and_off_never_starts() -> None:
    kept = Plan(cron=NIGHTLY, timezone="Europe/Berlin", next_due=utc("2026-06-01 00:30"))
    now = utc("2026-06-08 09:00")
    assert turn(kept, cron="0 4 * * *", zone=BERLIN, now=now).due is None
    assert turn(kept, cron="0 4 * * *", zone=BERLIN, now=now).plan.next_due == utc("2026-06-09 02:00")
    assert turn(kept, cron=NIGHTLY, zone=ZoneInfo("UTC"), now=now).plan.next_due == utc("2026-06-09 02:30")
    assert turn(kept, cron=None, zone=BERLIN, now=now).plan.next_due is None


def test_waits_double_up_to_ten_minutes() -> None:
    assert [back_off(n).total_seconds() for n in (1, 2, 3, 8, 500)] == [5, 10, 20, 600, 600]
