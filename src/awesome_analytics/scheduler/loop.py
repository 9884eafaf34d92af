"""The scheduler's round: look at the plan, do the next wish, keep the pages informed."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg

from awesome_analytics.app import schedule
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.errors import AwesomeError
from awesome_analytics.core.log import Log
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl.runner import Ends
from awesome_analytics.scheduler import work
from awesome_analytics.scheduler.alerts import Alerts
from awesome_analytics.scheduler.lookout import Lookout
from awesome_analytics.scheduler.reports import Reports
from awesome_analytics.scheduler.tenure import BEAT_SECONDS, Tenure
from awesome_analytics.scheduler.timetable import LATE, turn

_LOOK_SECONDS = 0.5
_STANDBY_SECONDS = 5.0
_LONGEST_PAUSE = 30.0
_LOOK_AGAIN = timedelta(seconds=5)
_BY_ITSELF = "the schedule"


@dataclass(kw_only=True)
class Scheduler:
    """Drives the pipeline of one shop. `pause(seconds)` waits and returns False when it is time to stop."""

    settings: Settings
    now: Callable[[], datetime]
    pause: Callable[[float], bool]
    log: Log
    beat_seconds: float = BEAT_SECONDS
    _seen_run: int | None = field(default=None, init=False)
    _looked_at: datetime | None = field(default=None, init=False)

    def serve(self) -> None:
        """Work until told to stop; a server that is away is waited for, however long it takes."""
        wait = 1.0
        while True:
            try:
                if not self._serve_while_it_lasts():
                    return
                wait = 1.0
            except (AwesomeError, psycopg.Error) as error:
                told = " ".join(str(error).split())
                self.log.event("trouble", f"{told}; trying again in {wait:.0f} s", level="warning")
                if not self.pause(wait):
                    return
                wait = min(wait * 2, _LONGEST_PAUSE)

    def _serve_while_it_lasts(self) -> bool:
        """Whether there is more to do, after the lock was another's for a while."""
        with ExitStack() as stack:
            shop = stack.enter_context(Shop.open(self.settings, on_note=self.log))
            tenure = stack.enter_context(Tenure(shop.app, now=self.now, beat_seconds=self.beat_seconds))
            if not tenure.won():
                self.log("another scheduler is at work; this one stands by")
                return self.pause(_STANDBY_SECONDS)
            self.log.event("started", "at work")
            connection = stack.enter_context(shop.app())
            alerts = Alerts(settings=self.settings, now=self.now, log=self.log)
            reports = Reports(settings=self.settings, now=self.now, log=self.log)
            stack.enter_context(Lookout(shop, (alerts.look, reports.look), log=self.log))
            self._settle(connection)
            while True:
                self.round(connection, shop, tenure)
                if not self.pause(_LOOK_SECONDS):
                    return False

    def _settle(self, connection: schedule.Connection) -> None:
        left = schedule.settle(connection, now=self.now())
        if left is not None:
            self.log(f"request {left.request_id} ({left.kind}) was left unfinished: it is done again")

    def round(self, connection: schedule.Connection, shop: Shop, tenure: Tenure) -> None:
        """One look: the plan, the next wish, what changed in the warehouse."""
        tenure.check()
        ends = Ends(open_source=shop.source, open_warehouse=shop.warehouse, now=self.now)
        self.look_at_plan(connection)
        request = schedule.take(connection, now=self.now())
        if request is not None:
            work.do(connection, request, ends, self.log)
        self._publish(connection, ends, tenure, anew=request is not None)

    def look_at_plan(self, connection: schedule.Connection) -> None:
        """Ask for a run when one is due; for one alone when several were missed."""
        now = self.now()
        with connection.transaction():
            kept = schedule.read_plan(connection, hold=True)
            found = turn(kept, cron=self.settings.etl_schedule, zone=self.settings.timezone, now=now)
            if found.plan != kept:
                schedule.write_plan(connection, found.plan)
            if found.due is not None:
                cause: schedule.Cause = "missed" if now - found.due > LATE else "schedule"
                schedule.ask(connection, "run", asked_by=_BY_ITSELF, now=now, cause=cause)

    def _publish(self, connection: schedule.Connection, ends: Ends, tenure: Tenure, *, anew: bool) -> None:
        """Copy the quarantine after a run, whoever started it; a warehouse that is away is told."""
        now = self.now()
        if not anew and self._looked_at is not None and now - self._looked_at < _LOOK_AGAIN:
            return
        self._looked_at = now
        try:
            newest = work.newest_ended_run(ends)
            if anew or newest != self._seen_run:
                work.publish_quarantine(connection, ends)
                self._seen_run = newest
            tenure.trouble = None
        except Exception as error:  # each warehouse's driver has errors of its own
            tenure.trouble = " ".join(str(error).split())
