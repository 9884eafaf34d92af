"""A question's way to its answer: verified example, or the system's own engine.

Whatever reads the question, the figures come from a Query (or from guarded SQL) run as a reader, and every
number that is said stands in the rows.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from awesome_analytics.chat import small_talk
from awesome_analytics.chat.narrative import is_whole, narrate
from awesome_analytics.chat.numbers import checked
from awesome_analytics.chat.pointing import with_top
from awesome_analytics.chat.shaping import shaped
from awesome_analytics.chat.words import (
    Assumption,
    Choice,
    Clarify,
    Example,
    Help,
    Reading,
    Refuse,
    Turn,
    Understood,
    Words,
)
from awesome_analytics.core.errors import InvalidInput, TooSlow
from awesome_analytics.core.periods import PLAIN_RECKONING, Reckoning
from awesome_analytics.semantic.english import describe
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import Cell, Column, Result, run
from awesome_analytics.warehouse.engine import Engine
from awesome_analytics.warehouse.watchdog import watched

Kind = Literal["rows", "clarification", "refusal", "help"]
EngineName = Literal["verified example", "own engine", "gemini", "vanna"]

PATIENCE = 20.0
"""Seconds that one answer may take."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is shown for a question; without rows it is a question back, a refusal or small talk.

    `meant` is the Query as the question was read: follow-ups change that one. `query` is what ran: the same
    in an order to be read, with a companion beside a lonely figure.
    """

    kind: Kind
    sentences: tuple[str, ...]
    engine: EngineName
    assumptions: tuple[Assumption, ...] = ()
    choices: tuple[Choice, ...] = ()
    meant: Query | None = None
    query: Query | None = None
    sql: str | None = None
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    truncated: bool = False
    as_of: datetime | None = None
    note: str | None = None
    result: Result | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """The sentences, a line each."""
        return "\n".join(self.sentences)


@dataclass(frozen=True, kw_only=True)
class Assistant:
    """Answers questions over one shop's warehouse. Read names again by building a new one."""

    catalog: Catalog
    words: Words
    examples: Sequence[Example] = ()
    reckoning: Reckoning = PLAIN_RECKONING

    @classmethod
    def build(
        cls,
        catalog: Catalog,
        members: Callable[[str], Sequence[str]],
        *,
        examples: Sequence[Example] = (),
        reckoning: Reckoning = PLAIN_RECKONING,
    ) -> "Assistant":
        """Index the shop's names."""
        words = Words.build(catalog, members, reckoning=reckoning)
        return cls(catalog=catalog, words=words, examples=examples, reckoning=reckoning)

    def ask(self, reader: Engine, question: str, *, today: date, context: Sequence[Turn] = ()) -> Answer:
        """The answer to a question; never raises for what was asked, only for servers that fail."""
        verified = self.verified(question, today=today, context=context)
        if verified is not None:
            return self.answered(reader, verified, question, today=today, engine="verified example")
        return self.of_reading(
            reader, self.read(question, today=today, context=context, reader=reader), question, today=today
        )

    def turn(self, question: str, *, today: date, context: Sequence[Turn], reader: Engine) -> Turn:
        """A question as one that later ones may lean on."""
        reading = self.read(question, today=today, context=context, reader=reader)
        return Turn(question=question, query=reading.query if isinstance(reading, Understood) else None)

    def read(
        self, question: str, *, today: date, context: Sequence[Turn] = (), reader: Engine | None = None
    ) -> Reading:
        """What the system's own engine makes of a question; a `reader` tells what "its" points at."""
        if reader is not None:
            context = with_top(
                reader, question, context, catalog=self.catalog, today=today, reckoning=self.reckoning
            )
        return self.words.read(question, today=today, context=context)

    def of_reading(self, reader: Engine, reading: Reading, question: str, *, today: date) -> Answer:
        """The answer to a question that was read."""
        if isinstance(reading, Clarify):
            return Answer(
                kind="clarification",
                sentences=(reading.question,),
                choices=reading.choices,
                engine="own engine",
            )
        if isinstance(reading, Refuse):
            return Answer(kind="refusal", sentences=(reading.reason,), engine="own engine")
        if isinstance(reading, Help):
            return Answer(
                kind="help", sentences=small_talk.said(reading.kind, self.catalog), engine="own engine"
            )
        assert isinstance(reading, Understood)
        return self.answered(
            reader, reading.query, question, today=today, engine="own engine", assumptions=reading.assumptions
        )

    def answered(
        self,
        reader: Engine,
        query: Query,
        question: str,
        *,
        today: date,
        engine: EngineName,
        assumptions: tuple[Assumption, ...] = (),
    ) -> Answer:
        """The answer by a Query."""
        told = shaped(query, self.catalog)
        try:
            with watched(reader, PATIENCE):
                result = run(reader, told, self.catalog, today=today, reckoning=self.reckoning)
        except InvalidInput as error:
            # The words fit together and the figures don't: that is a thing to say, not to guess around.
            return Answer(kind="clarification", sentences=(_unfit(error),), engine=engine, meant=query)
        except TooSlow as error:
            settle(reader)
            return Answer(kind="clarification", sentences=(str(error),), engine=engine, meant=query)
        return Answer(
            kind="rows",
            sentences=tuple(self.said(result, question)),
            engine=engine,
            assumptions=assumptions,
            meant=query,
            query=told,
            sql=result.sql,
            columns=result.columns,
            rows=result.rows,
            truncated=result.truncated,
            as_of=result.as_of,
            result=result,
        )

    def said(self, result: Result, question: str) -> list[str]:
        """The sentences about a Query's rows."""
        subject = describe(result.query, self.catalog)
        said = narrate(
            result.columns,
            result.rows,
            total_rows_truncated=result.truncated,
            subject=subject,
            is_whole=is_whole(result.query),
        )
        return checked(said, result.rows, question)

    def verified(self, question: str, *, today: date, context: Sequence[Turn] = ()) -> Query | None:
        """The Query of the verified example that asks exactly this, unless it leans on the conversation."""
        plain = normalised(question)
        found = next((each.query for each in self.examples if normalised(each.question) == plain), None)
        return None if found and self.leans(question, today=today, context=context) else found

    def leans(self, question: str, *, today: date, context: Sequence[Turn]) -> bool:
        """Whether a question means another thing after those before it than by itself.

        Such a one is no example: "only 2014" has another answer in every conversation.
        """
        if all(turn.query is None for turn in context):
            return False
        by_itself = self.read(question, today=today)
        return self.read(question, today=today, context=context) != by_itself


def normalised(question: str) -> str:
    """A question without regard to case, spaces and its last marks."""
    return re.sub(r"\s+", " ", question).strip().rstrip("?.! ").casefold()


def settle(reader: Engine) -> None:
    """After TooSlow: a cancel that comes late ends this instead of the next question."""
    with suppress(Exception):
        reader.query("select 1")


def _unfit(error: InvalidInput) -> str:
    words = str(error).partition(": ")[2] or str(error)
    return f"I can't put that together: {words}."
