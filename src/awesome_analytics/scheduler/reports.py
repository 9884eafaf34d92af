"""Reports when they are due, by mail: each once, late rather than never, and none twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from awesome_analytics.app import schedule, telling
from awesome_analytics.bootstrap.doctor_pipeline import last_due
from awesome_analytics.core.log import Log
from awesome_analytics.core.settings import Settings
from awesome_analytics.scheduler import post, report, report_page
from awesome_analytics.scheduler.pulse import Doors
from awesome_analytics.scheduler.timetable import back_off, turn
from awesome_analytics.semantic.catalog import load_catalog


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Looks whether a report is due or still owed, makes it and sends it."""

    settings: Settings
    now: Callable[[], datetime]
    log: Log

    def look(self, connection: schedule.Connection, doors: Doors) -> None:
        """Send what is owed; what a mail server does not take stays owed until the next is due."""
        if self.settings.telling.report is None:
            return
        self.look_at_plan(connection)
        owed = telling.read_report_plan(connection)
        if owed is None or owed.owed is None or (owed.not_before or owed.owed) > self.now():
            return
        try:
            self._send(doors, due=owed.owed)
        except Exception as error:  # the mail server, the warehouse, an own catalog: it stays owed
            wait = back_off(owed.attempt + 1)
            telling.report_failed(connection, until=self.now() + wait)
            why = str(error) if isinstance(error, post.NotTaken) else type(error).__name__
            told = f"the report could not be sent: {why}; trying again in {wait.total_seconds():.0f} s"
            self.log.event("report not sent", told, level="error")
            return
        telling.report_sent(connection)

    def look_at_plan(self, connection: schedule.Connection) -> None:
        """Note what became due; of several that were missed the last alone."""
        wanted, now = self.settings.telling.report, self.now()
        assert wanted is not None
        with connection.transaction():
            held = telling.read_report_plan(connection)
            kept = held.plan if held else None
            found = turn(kept, cron=wanted.cron, zone=self.settings.timezone, now=now)
            if found.plan != kept:
                telling.write_report_plan(connection, found.plan)
            if kept is not None and kept.cron != wanted.cron:
                telling.report_sent(connection)
            if found.due is not None:
                last = last_due(wanted.cron, self.settings.timezone, before=now)
                telling.owe_report(connection, max(found.due, last or found.due), now=now)

    def _send(self, doors: Doors, *, due: datetime) -> None:
        wanted, mail, zone = self.settings.telling.report, self.settings.telling.mail, self.settings.timezone
        assert wanted is not None
        assert mail is not None
        # The days before the due moment, however late the report goes out.
        today = self.settings.today or due.astimezone(zone).date()
        with doors.reader() as reader:
            catalog = load_catalog(self.settings.home)
            made = report.make(reader, catalog, period=wanted.period, today=today, zone=zone)
        to = self.settings.telling.report_email
        letter = post.mail(
            to,
            made.title,
            report_page.text(made),
            page=report_page.page(made),
            sender=mail.sender,
            now=self.now(),
        )
        refused = post.hand_in(mail, letter)
        told = f"the {wanted.rhythm} report went to {len(to) - refused} of {len(to)} addresses"
        self.log.event("report sent", told, level="warning" if refused else "info")
