"""The scheduler's state in plain words: spans of time, and why a run failed with what to do about it."""

import re
from dataclasses import dataclass
from datetime import timedelta

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_SHORT = 120


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a run failed and what helps, for somebody who has never seen a database."""

    what: str
    help: str


_CAUSES = (
    (
        r"can't be reached|connection (refused|reset|failed)|server closed|lost connection|gone away"
        r"|terminating connection|shutting down|starting up|admin.*shutdown",
        Cause(
            what="A database server did not answer, or went away in the middle.",
            help="The run is tried again by itself until the server is back. If it stays away, start it.",
        ),
    ),
    (
        r"killed before it finished|stopped in the middle|stopped by hand|stopped with the scheduler",
        Cause(
            what="The run was ended from outside, as by a restart or a power cut.",
            help="Nothing of it stayed. The next run does all of its work.",
        ),
    ),
    (
        r"do not reconcile",
        Cause(
            what="The sums of the books and of the warehouse did not agree, so nothing was let through.",
            help="Try again; if it fails again, load everything anew and show somebody the message.",
        ),
    ),
    (
        r"no space left|disk full|could not extend|table .* is full",
        Cause(
            what="The disk of a database server is full.",
            help="Make room there, then try again.",
        ),
    ),
    (
        r"permission denied|access denied|must be owner",
        Cause(
            what="A database user lacks a right it needs.",
            help="Run `awesome init` once: it gives each user its rights.",
        ),
    ),
    (
        r"another run",
        Cause(
            what="Another run was at work at the same time.",
            help="Only one may be. Wait for the other to end, then try again.",
        ),
    ),
    (
        r"not set up|does not exist|unknown (table|column|database)",
        Cause(
            what="A table or a database that the run needs is not there.",
            help="Run `awesome init` once: it brings both databases up to date.",
        ),
    ),
)
_UNKNOWN = Cause(
    what="The run could not finish; the warehouse stands as it did before.",
    help="Try again. If it fails again, show the message to who runs the system.",
)


def cause(error: str) -> Cause:
    """The cause that a failed run's message speaks of."""
    return next((found for said, found in _CAUSES if re.search(said, error, re.IGNORECASE)), _UNKNOWN)


def span(length: timedelta) -> str:
    """A length of time by its two largest units, like '6 hours 12 minutes'."""
    left = max(0, round(length.total_seconds()))
    if left < 1:
        return "less than a second"
    parts = []
    for seconds, name in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
        elif parts:
            break
    return " ".join(parts[:2])


def seconds(length: float | None) -> str:
    """A run's duration: exact while it is short."""
    if length is None:
        return "–"
    return f"{length:.2f} s" if length < _SHORT else span(timedelta(seconds=length))
