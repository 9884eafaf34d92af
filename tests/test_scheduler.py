"""The scheduler: due moments on the wall's clock, the plan and the wishes in the database."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from awesome_analytics.app import schedule
from awesome_analytics.app.schedule import Plan
from awesome_analytics.bootstrap import credentials
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.log import Log
from awesome_analytics.core.settings import Settings
from awesome_analytics.scheduler import words
from awesome_analytics.scheduler.loop import Scheduler
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


class Clock:
    """A clock that the test sets."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def app(
    books_admin: DatabaseUrl, passwords: Mapping[str, str]
) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """The schema `app` of fresh books, as its user."""
    url = books_admin.login(credentials.APP, passwords[credentials.APP])
    with psycopg.connect(**url.parameters(), autocommit=True) as connection:
        yield connection


def a_scheduler(clock: Clock, tmp_path: Path, cron: str = NIGHTLY) -> Scheduler:
    settings = Settings(home=tmp_path, timezone=BERLIN, etl_schedule=cron)
    log = Log(process="scheduler", write=print, now=clock)
    return Scheduler(settings=settings, now=clock, pause=lambda _: True, log=log)


@pytest.mark.parametrize(
    ("first", "last", "due"),
    [
        ("2026-03-28 20:00", "2026-03-29 20:00", "2026-03-29 01:00"),
        ("2026-10-24 20:00", "2026-10-25 20:00", "2026-10-25 00:30"),
    ],
)
def test_each_dst_night_asks_for_one_run_even_when_the_scheduler_starts_anew_all_the_time(
    app: "psycopg.Connection[tuple[Any, ...]]", tmp_path: Path, first: str, last: str, due: str
) -> None:
    clock = Clock(utc(first))
    a_scheduler(clock, tmp_path).look_at_plan(app)
    while clock.moment < utc(last):
        clock.moment += timedelta(minutes=10)
        a_scheduler(clock, tmp_path).look_at_plan(app)
        taken = schedule.take(app, now=clock.moment)
        if taken is not None:
            assert schedule.finish(app, taken, {}, now=clock.moment)
    (asked,) = schedule.newest(app, kinds=schedule.RUNS, limit=10)
    assert utc(due) <= asked.asked_at < utc(due) + timedelta(minutes=10)
    assert (asked.cause, asked.status) == ("schedule", "DONE")


def test_nights_that_were_missed_ask_for_one_run_at_the_start(
    app: "psycopg.Connection[tuple[Any, ...]]", tmp_path: Path
) -> None:
    clock = Clock(utc("2026-06-01 12:00"))
    a_scheduler(clock, tmp_path).look_at_plan(app)
    clock.moment = utc("2026-06-05 09:00")
    for _ in range(3):
        a_scheduler(clock, tmp_path).look_at_plan(app)
    (asked,) = schedule.newest(app, kinds=schedule.RUNS, limit=10)
    assert (asked.cause, asked.status) == ("missed", "WAITING")
    plan = schedule.read_plan(app)
    assert plan is not None
    assert (plan.last_due, plan.next_due) == (utc("2026-06-02 00:30"), utc("2026-06-06 00:30"))


def test_a_second_click_finds_the_wish_that_waits_and_brings_it_forward(
    app: "psycopg.Connection[tuple[Any, ...]]",
) -> None:
    now = utc("2026-06-01 12:00")
    first = schedule.ask(app, "run", asked_by="sarah_manager", now=now)
    taken = schedule.take(app, now=now)
    assert taken is not None
    later = now + timedelta(minutes=10)
    assert schedule.postpone(app, taken, "the warehouse is down", until=later, now=now, counted=True)
    assert schedule.take(app, now=now) is None
    assert schedule.ask(app, "run", asked_by="sarah_manager", now=now) == first
    again = schedule.take(app, now=now)
    assert again is not None
    assert (again.request_id, again.attempt) == (first, 2)


def test_an_attempt_that_was_settled_meanwhile_can_not_write_its_end(
    app: "psycopg.Connection[tuple[Any, ...]]",
) -> None:
    now = utc("2026-06-01 12:00")
    schedule.ask(app, "run", asked_by="sarah_manager", now=now)
    lost = schedule.take(app, now=now)
    assert lost is not None
    assert schedule.settle(app, now=now) == lost
    again = schedule.take(app, now=now)
    assert again is not None
    assert not schedule.finish(app, lost, {"run_id": 1}, now=now)
    assert schedule.finish(app, again, {"run_id": 2}, now=now)
    (done,) = schedule.newest(app, kinds=schedule.RUNS)
    assert (done.status, done.outcome) == ("DONE", {"run_id": 2})


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("the warehouse at mysql://x can't be reached: timed out", "did not answer"),
        ("run 3 failed and changed nothing: server closed the connection unexpectedly", "did not answer"),
        ("the run was killed before it finished; nothing of it stayed", "from outside"),
        ("sales do not reconcile for 2 orders, nothing was loaded", "did not agree"),
        ('could not extend file "base/1": No space left on device', "disk"),
        ("something nobody foresaw", "stands as it did"),
    ],
)
def test_a_failure_has_a_cause_in_plain_words(error: str, told: str) -> None:
    assert told in words.cause(error).what


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(hours=6, minutes=12, seconds=5), "6 hours 12 minutes"),
        (timedelta(days=1, minutes=3), "1 day"),
        (timedelta(seconds=61), "1 minute 1 second"),
        (timedelta(milliseconds=200), "less than a second"),
    ],
)
def test_spans_are_told_by_their_two_largest_units(length: timedelta, told: str) -> None:
    assert words.span(length) == told
