"""When the pipeline is due, by the clock on the shop's wall; and how long to wait after a failure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim

from awesome_analytics.app.schedule import Plan

LATE = timedelta(minutes=2)
"""A due moment older than this was missed: nobody was there to start the run."""

_FIRST_WAIT = 5.0
_LONGEST_WAIT = 600.0
# In an hour shown for the second time, cronsim begins with that hour's moments of the first time.
_LOOK_AHEAD = 200


def next_due(cron: str, zone: ZoneInfo, *, after: datetime) -> datetime | None:
    """The first moment after `after` that the cron line means; None when there is none in fifty years.

    On the night that skips an hour, a moment inside it is due when the hour has been skipped; on the night
    that shows an hour twice, at the first time alone.
    """
    moments = (found.astimezone(UTC) for found in CronSim(cron, after.astimezone(zone)))
    return next((due for due in islice(moments, _LOOK_AHEAD) if due > after), None)


def back_off(attempt: int) -> timedelta:
    """How long to wait after a failed attempt: five seconds, doubled each time up to ten minutes."""
    return timedelta(seconds=min(_FIRST_WAIT * 2 ** min(attempt - 1, 20), _LONGEST_WAIT))


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What a look at the plan says: the plan to keep, and the moment that is due, if any."""

    plan: Plan
    due: datetime | None = None


def turn(plan: Plan | None, *, cron: str | None, zone: ZoneInfo, now: datetime) -> Turn:
    """Compare the plan that was kept with the settings and the clock.

    However many moments went by, one run makes up for them. Another cron line or time zone begins afresh.
    """

    def following(line: str) -> datetime | None:
        return next_due(line, zone, after=now)

    if plan is None or (plan.cron, plan.timezone) != (cron or "", zone.key):
        last = plan.last_due if plan else None
        return Turn(plan=_planned(cron, zone, following, last_due=last))
    if plan.next_due is None or plan.next_due > now:
        return Turn(plan=plan)
    return Turn(plan=_planned(cron, zone, following, last_due=plan.next_due), due=plan.next_due)


def _planned(
    cron: str | None,
    zone: ZoneInfo,
    following: Callable[[str], datetime | None],
    *,
    last_due: datetime | None,
) -> Plan:
    return Plan(
        cron=cron or "",
        timezone=zone.key,
        next_due=following(cron) if cron else None,
        last_due=last_due,
    )
