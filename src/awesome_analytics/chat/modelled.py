"""The assistant with a language model beside it: asked where the own engine has to ask back or decline.

A model's Query is checked like anybody's, its SQL goes through the guard, its sentences keep only the numbers
that stand in the rows. Whatever goes wrong with it, the own engine's answer stands and says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from awesome_analytics.chat import by_sql, gemini
from awesome_analytics.chat.answer import Answer, Assistant, normalised
from awesome_analytics.chat.gemini import GeminiClient, NeedsSql
from awesome_analytics.chat.numbers import checked
from awesome_analytics.chat.vanna_sql import SqlExample, answer_with_sql
from awesome_analytics.chat.words import Assumption, Example, Reading, Refuse, Turn, Understood, Why, similar
from awesome_analytics.core.errors import InvalidInput, ModelNonsense, ModelUnavailable, Refused, TooSlow
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import compile_query
from awesome_analytics.warehouse.engine import Engine

Preferred = Literal["auto", "own", "gemini", "vanna"]
"""Who answers first: auto is the own engine where it is sure, and the model where it isn't."""

_FINAL = frozenset({Why.WRITE, Why.SQL, Why.INJECTION, Why.PERSONAL})
"""Refusals that no model is asked about."""

_FAILURES = (ModelUnavailable, ModelNonsense, Refused, TooSlow, InvalidInput)

_SHOWN_EXAMPLES = 8
_REWORDING = 6.0
"""Seconds that better words are waited for: the answer stands already."""


@dataclass(frozen=True, kw_only=True)
class ModelAssistant:
    """An Assistant and a model. `client` is None where no key is set."""

    assistant: Assistant
    client: GeminiClient | None
    preferred: Preferred = "auto"
    sql_examples: Sequence[SqlExample] = ()

    def ask(self, reader: Engine, question: str, *, today: date, context: Sequence[Turn] = ()) -> Answer:
        """The answer to a question; never raises for what was asked, only for servers that fail."""
        own, client = self.assistant, self.client
        if self.preferred in ("auto", "own"):
            held = self._by_example(reader, question, today, context)
            if held is not None:
                return held
        if client is None or self.preferred == "own":
            answer = own.ask(reader, question, today=today, context=context)
            return answer if self.preferred in ("auto", "own") else replace(answer, note=_NO_KEY)
        reading = own.read(question, today=today, context=context, reader=reader)
        if not self._is_for_model(reading):
            answer = own.of_reading(reader, reading, question, today=today)
            return _reworded(client, answer, question) if answer.kind == "rows" else answer
        try:
            return self._modelled(client, reader, question, today=today, context=context)
        except _FAILURES as error:
            answer = own.of_reading(reader, reading, question, today=today)
            told = f"The language model could not answer ({error}); this is the system's own answer."
            return replace(answer, note=told)

    def _by_example(
        self, reader: Engine, question: str, today: date, context: Sequence[Turn]
    ) -> Answer | None:
        """The answer of the verified example that asks exactly this."""
        query = self.assistant.verified(question, today=today, context=context)
        if query is not None:
            return self.assistant.answered(reader, query, question, today=today, engine="verified example")
        plain = normalised(question)
        for each in self.sql_examples:
            if normalised(each.question) == plain and not self.assistant.leans(
                question, today=today, context=context
            ):
                try:
                    found = by_sql.run_again(reader, each.sql, today=today)
                except (Refused, TooSlow):
                    return None
                return by_sql.answer_of(found, each.sql, question, engine="verified example")
        return None

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
            examples=self._examples(question),
            conversation=context,
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
            said = (meant.question, *(f"• {choice}" for choice in meant.choices))
            return Answer(kind="clarification", sentences=said, engine="gemini")
        return Answer(kind="refusal", sentences=(meant.reason,), engine="gemini")

    def _examples(self, question: str) -> list[Example]:
        """The verified examples that ask much the same."""
        held = [(each.question, each.query) for each in self.assistant.examples]
        near = similar(self.assistant.words, question, held, most=_SHOWN_EXAMPLES)
        return [Example(question=each.question, query=each.query) for each in near]

    def _checker(self, reader: Engine, today: date) -> Callable[[Query], object]:
        catalog = self.assistant.catalog
        return lambda query: compile_query(query, catalog, engine=reader.name, today=today)

    def _by_sql(self, client: GeminiClient, reader: Engine, question: str, *, today: date) -> Answer:
        made = answer_with_sql(
            question,
            lambda statement: by_sql.run_guarded(reader, statement),
            writer=client,
            dialect=by_sql.dialect_of(reader),
            examples=self.sql_examples,
            documentation=catalog_lines(self.assistant.catalog),
            today=today,
        )
        return by_sql.answer_of(made.result, made.guarded.sql, question, engine="vanna")


_NO_KEY = "No GEMINI_API_KEY is set, so there is no language model to ask: this is the system's own answer."


def _reworded(client: GeminiClient, answer: Answer, question: str) -> Answer:
    """The sentences in the model's words, where their numbers stand in the rows or in our own words."""
    quick = replace(client, timeout=min(client.timeout, _REWORDING))
    try:
        words = quick.rephrase(answer.sentences, answer.rows, question=question)
    except (ModelUnavailable, ModelNonsense) as error:
        told = f"The language model found no words ({error}); these are the system's own."
        return replace(answer, note=told)
    said = checked(words, answer.rows, question, allowed=answer.sentences)
    return replace(answer, sentences=tuple(said)) if said else answer


def catalog_lines(catalog: Catalog) -> list[str]:
    """The catalog as a model is told of it, a line each."""
    made = [f"metric {m.name}: {m.description}" for m in catalog.shown_metrics]
    made += [f"dimension {d.name}: {d.description}" for d in catalog.dimensions.values()]
    made += [f"line value {v.name}: {v.label}" for v in catalog.values.values()]
    return made + [f"entity {e.name}" for e in catalog.entities.values()]
