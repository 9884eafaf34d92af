"""Whoever must know of trouble is told, once when it begins and once when it is over, by each channel set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from awesome_analytics.app import schedule, telling
from awesome_analytics.app.telling import Channel, Notice
from awesome_analytics.core.log import Log
from awesome_analytics.core.settings import Settings
from awesome_analytics.scheduler import post
from awesome_analytics.scheduler.pulse import Doors, take
from awesome_analytics.scheduler.timetable import back_off
from awesome_analytics.scheduler.troubles import MENDS, TITLES, judge
from awesome_analytics.scheduler.words import span

PATIENCE = timedelta(seconds=20)
"""How long a trouble must stand before it is told: what the first two tries mend wakes nobody."""


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """Looks for trouble and tells of it; without a channel it remembers alone."""

    settings: Settings
    now: Callable[[], datetime]
    log: Log
    patience: timedelta = PATIENCE

    def look(self, connection: schedule.Connection, doors: Doors) -> None:
        """Hold what stands against what is remembered, and tell what is to be told."""
        self.remember(connection, doors)
        for channel, tell in self._channels().items():
            for notice in telling.due(connection, channel, now=self.now(), patience=self.patience):
                self._tell(connection, notice, channel, tell)

    def remember(self, connection: schedule.Connection, doors: Doors) -> None:
        """Write down what began and what is over; both are logged."""
        now = self.now()
        found = judge(take(doors, now=now, changes=False), self.settings)
        before = {each.kind: each for each in telling.open_troubles(connection)}
        telling.settle(connection, found.standing, unknown=found.unknown, now=now)
        for kind, told in found.standing.items():
            if kind not in before:
                self.log.event("trouble began", f"{TITLES[kind]}. {told}", level="warning", kind=kind)
        for kind in before.keys() - found.standing.keys() - set(found.unknown):
            self.log.event("trouble over", f"Over: {TITLES[kind]}.", kind=kind)

    def _channels(self) -> Mapping[Channel, Callable[[Notice], None]]:
        set_up = self.settings.telling
        channels: dict[Channel, Callable[[Notice], None]] = {}
        if set_up.mail and set_up.alert_email:
            channels["mail"] = self._mail
        if set_up.alert_webhook:
            channels["webhook"] = self._call
        return channels

    def _tell(
        self,
        connection: schedule.Connection,
        notice: Notice,
        channel: Channel,
        tell: Callable[[Notice], None],
    ) -> None:
        facts: dict[str, Any] = {"kind": notice.kind, "trouble_id": notice.trouble_id, "channel": channel}
        try:
            tell(notice)
        except post.NotTaken as error:
            wait = back_off(notice.attempt + 1)
            telling.note_failed(connection, notice, channel, until=self.now() + wait)
            told = f"an alert could not be sent: {error}; trying again in {wait.total_seconds():.0f} s"
            self.log.event("alert not sent", told, level="error", **facts)
            return
        telling.note_sent(connection, notice, channel, now=self.now())
        self.log.event("alert sent", f"told by {channel}: {subject(notice)}", **facts)

    def _mail(self, notice: Notice) -> None:
        set_up = self.settings.telling
        assert set_up.mail is not None
        letter = post.mail(
            set_up.alert_email,
            f"Awesome: {subject(notice)}",
            f"{text(notice)}\n\n{self._place()}\n",
            sender=set_up.mail.sender,
            now=self.now(),
        )
        refused = post.hand_in(set_up.mail, letter)
        if refused:
            self.log(f"the mail server refuses {refused} of the addresses in AWESOME_ALERT_EMAIL")

    def _call(self, notice: Notice) -> None:
        url = self.settings.telling.alert_webhook
        assert url is not None
        post.call(url, payload(notice, place=self._place()))

    def _place(self) -> str:
        return f"The shop in {self.settings.home}"


def subject(notice: Notice) -> str:
    """One line: what, and whether it is over."""
    return f"Over: {TITLES[notice.kind]}" if notice.over_at else TITLES[notice.kind]


def text(notice: Notice) -> str:
    """What is wrong and what to do; or since when it is not wrong any more."""
    if notice.over_at is None:
        return f"{notice.told}\n\nWhat to do: {MENDS[notice.kind]}\n\nYou will be told once it is over."
    lasted = span(notice.over_at - notice.began_at)
    return f"It is over after {lasted}. It was: {notice.told}"


def payload(notice: Notice, *, place: str) -> Mapping[str, object]:
    """The webhook's JSON; chats like Slack and Mattermost show `text`."""
    return {
        "text": f"{subject(notice)}. {notice.told}",
        "state": "over" if notice.over_at else "began",
        "kind": notice.kind,
        "title": TITLES[notice.kind],
        "told": notice.told,
        "mend": MENDS[notice.kind],
        "trouble_id": notice.trouble_id,
        "began_at": notice.began_at.isoformat(),
        "over_at": notice.over_at.isoformat() if notice.over_at else None,
        "place": place,
    }
