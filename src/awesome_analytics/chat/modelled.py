"""The assistant with a language model beside it: asked where the system's own engine has to ask back or decline.

A model's Query is checked like anybody's, its SQL goes through the guard, its sentences keep only the numbers that
stand in the rows. Whatever goes wrong with it, the own engine's answer stands and says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlglot import exp, parse_one

from awesome_analytics.chat import gemini
from awesome_analytics.chat.answer import PATIENCE, Answer, Assistant
from awesome_analytics.chat.gemini import GeminiClient, NeedsSql
from awesome_analytics.chat.guard import MOST_ROWS, Dialect, Guarded
from awesome_analytics.chat.narrative import narrate
from awesome_analytics.chat.numbers import checked
from awesome_analytics.chat.vanna_sql import SqlExample, answer_with_sql
from awesome_analytics.chat.words import Assumption, Reading, Refuse, Turn, Understood, Why
from awesome_analytics.core.errors import InvalidInput, ModelNonsense, ModelUnavailable, Refused, TooSlow
from awesome_analytics.semantic.dialect import DIALECTS
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import Cell, Column, as_of, compile_query
from awesome_analytics.warehouse.engine import Engine
from awesome_analytics.warehouse.watchdog import watched

Preferred = Literal["auto", "own", "gemini", "vanna"]
"""Who answers first: auto is the own engine where it is sure, and the model where it isn't."""

_FINAL = frozenset({Why.WRITE, Why.SQL, Why.INJECTION, Why.PERSONAL})
"""Refusals that no model is asked about."""

_FAILURES = (ModelUnavailable, ModelNonsense, Refused, TooSlow, InvalidInput)


@dataclass(frozen=True, kw_only=True)
class ModelAssistant:
    """An Assistant and a model. `client` is None where no key is set."""

    assistant: Assistant
    client: GeminiClient | None
    preferred: Preferred = "auto"
    sql_examples: Sequence[SqlExample] = ()

    def ask(self, reader: Engine, question: str, *, today: date, context: Sequence[Turn] = ()) -> Answer:
        """The answer to a question; never raises for what was asked, only for servers that fail."""
        own = self.assistant
        client = self.client
        if client is None or self.preferred == "own":
            return own.ask(reader, question, today=today, context=context)
        if self.preferred == "auto" and own.verified(question) is not None:
            return own.ask(reader, question, today=today, context=context)
        reading = own.read(question, today=today, context=context)
        if not self._is_for_model(reading):
            answer = own.of_reading(reader, reading, question, today=today)
            return _reworded(client, answer, question) if answer.kind == "rows" else answer
        try:
            return self._modelled(client, reader, question, today=today, context=context)
        except _FAILURES as error:
            answer = own.of_reading(reader, reading, question, today=today)
            return replace(
                answer, note=f"The language model could not answer ({error}); this is the system's own."
            )

    def _is_for_model(self, reading: Reading) -> bool:
        if isinstance(reading, Refuse) and reading.kind in _FINAL:
            return False
        return self.preferred != "auto" or not isinstance(reading, Understood)

    def _modelled(
        self, client: GeminiClient, reader: Engine, question: str, *, today: date, context: Sequence[Turn]
    ) -> Answer:
        if self.preferred == "vanna":
            return self._by_sql(client, reader, question, today=today)
        reply = client.ask(
            question,
            catalog=catalog_lines(self.assistant.catalog),
            today=today,
            examples=[gemini.Example(question=e.question, query=e.query) for e in self.assistant.examples],
            conversation=[gemini.Turn(question=t.question, query=t.query) for t in context],
            check=self._checker(reader, today),
        )
        meant = reply.meant
        if isinstance(meant, Query):
            assumed = tuple(Assumption(text=text) for text in reply.assumptions)
            answer = self.assistant.answered(
                reader, meant, question, today=today, engine="gemini", assumptions=assumed
            )
            return _reworded(client, answer, question) if answer.kind == "rows" else answer
        if isinstance(meant, NeedsSql):
            return self._by_sql(client, reader, meant.question, today=today)
        if isinstance(meant, gemini.Clarify):
            said = (meant.question, *(f"- {choice}" for choice in meant.choices))
            return Answer(kind="clarification", sentences=said, engine="gemini")
        return Answer(kind="refusal", sentences=(meant.reason,), engine="gemini")

    def _checker(self, reader: Engine, today: date) -> Callable[[Query], object]:
        catalog = self.assistant.catalog
        return lambda query: compile_query(query, catalog, engine=reader.name, today=today)

    def _by_sql(self, client: GeminiClient, reader: Engine, question: str, *, today: date) -> Answer:
        dialect: Dialect = "mysql" if reader.name == "mysql" else "postgresql"

        def rows_of(made: Guarded) -> list[tuple[Any, ...]]:
            with watched(reader, PATIENCE):
                return reader.query(made.sql)

        found = answer_with_sql(
            question,
            rows_of,
            writer=client,
            dialect=dialect,
            examples=self.sql_examples,
            documentation=catalog_lines(self.assistant.catalog),
            today=today,
        )
        columns = sql_columns(found.guarded.sql, reader.name, found.result)
        most = found.guarded.limit
        # The guard lets one row more through than may be shown; a limit that the statement set cuts nothing off.
        truncated = len(found.result) >= most > MOST_ROWS
        rows = tuple(found.result[:MOST_ROWS])
        said = narrate(columns, rows, total_rows_truncated=truncated, subject=question)
        return Answer(
            kind="rows",
            sentences=tuple(checked(said, rows, question)),
            engine="vanna",
            sql=found.guarded.sql,
            columns=columns,
            rows=rows,
            truncated=truncated,
            as_of=as_of(reader),
        )


def _reworded(client: GeminiClient, answer: Answer, question: str) -> Answer:
    """The sentences in the model's words, where every number of them stands in the rows or in our own words."""
    try:
        words = client.rephrase(answer.sentences, answer.rows, question=question)
    except (ModelUnavailable, ModelNonsense):
        return answer
    said = checked(words, answer.rows, question, allowed=answer.sentences)
    return replace(answer, sentences=tuple(said)) if said else answer


def catalog_lines(catalog: Catalog) -> list[str]:
    """The catalog as a model is told of it, a line each."""
    made = [f"metric {m.name}: {m.description}" for m in catalog.shown_metrics]
    made += [f"dimension {d.name}: {d.description}" for d in catalog.dimensions.values()]
    made += [f"line value {v.name}: {v.label}" for v in catalog.values.values()]
    return made + [f"entity {e.name}" for e in catalog.entities.values()]


def sql_columns(sql: str, engine: str, rows: Sequence[Sequence[Cell]]) -> tuple[Column, ...]:
    """The columns of a statement that no Query made: named as it names them, figures told from texts."""
    tree = parse_one(sql, dialect=DIALECTS[engine].sqlglot)
    assert isinstance(tree, exp.Query)  # what the guard lets through
    names = tree.named_selects
    made = []
    for position, name in enumerate(names):
        held = [row[position] for row in rows if row[position] is not None]
        numeric = bool(held) and all(isinstance(value, int | Decimal | float) for value in held)
        whole = numeric and all(isinstance(value, int) for value in held)
        shape: Literal["number", "decimal", "text"] = "number" if whole else "decimal" if numeric else "text"
        label = name.replace("_", " ").capitalize()
        made.append(Column(name=name, label=label, format=shape, is_metric=numeric))
    return tuple(made)
