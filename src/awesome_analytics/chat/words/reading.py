"""What a question turns out to be: a Query with its assumptions, a question back, a no, or small talk."""

from dataclasses import dataclass
from enum import StrEnum

from awesome_analytics.semantic.query import Filter, Query, Time


class Why(StrEnum):
    """Why a question is declined."""

    FORECAST = "forecast"
    NOT_IN_DATA = "not_in_data"
    WRITE = "write"
    SQL = "sql"
    INJECTION = "injection"
    PERSONAL = "personal"
    OFF_TOPIC = "off_topic"
    CAUSE = "cause"


class Talk(StrEnum):
    """Which kind of small talk it is."""

    GREETING = "greeting"
    HELP = "help"
    THANKS = "thanks"


Choice = tuple[str, Query]
"""What a reader may pick: its label and what it stands for."""


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """How something open was read; a chip the reader can change."""

    text: str
    alternatives: tuple[Choice, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Understood:
    """A question read as a Query."""

    query: Query
    assumptions: tuple[Assumption, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Clarify:
    """A short question back, with choices where there are some."""

    question: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refuse:
    """Declined kindly; nothing runs."""

    reason: str
    kind: Why


@dataclass(frozen=True, kw_only=True)
class Help:
    """Small talk; no figures are asked for."""

    kind: Talk


Reading = Understood | Clarify | Refuse | Help


@dataclass(frozen=True, kw_only=True)
class Turn:
    """An earlier question of the conversation, and the Query it was answered by, if any.

    `top` is what the only row of its answer named, where that is known.
    """

    question: str
    query: Query | None = None
    top: Filter | Time | None = None


@dataclass(frozen=True, kw_only=True)
class Example:
    """A verified question with the Query that answers it."""

    question: str
    query: Query
