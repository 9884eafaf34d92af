"""Vanna for what no Query can say: verified examples and the schema in, one guarded SELECT out.

Only `generate_sql` of the library is used: `ask` and its plots run Python that a model wrote.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from awesome_analytics.chat.guard import Dialect, Guarded, guarded
from awesome_analytics.chat.sql_examples import SqlExample as SqlExample
from awesome_analytics.chat.sql_examples import Writer
from awesome_analytics.core.errors import AwesomeError, ModelNonsense, ModelUnavailable, Refused, TooSlow
from awesome_analytics.warehouse.star import STAR, Kind

_TYPES = {
    Kind.ID: "varchar",
    Kind.NAME: "varchar",
    Kind.KEY: "int",
    Kind.WHOLE: "int",
    Kind.MONEY: "decimal(18,5)",
    Kind.RATE: "decimal(9,6)",
    Kind.DATE: "date",
}
_LEFT_OUT = {"dim_customer": ("region", "market")}
"""Columns that a model is not told of: it would take them for those of the facts."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class SqlAnswer(Generic[Answer]):
    """What ran, what came of it, and whether the first try had to be mended."""

    guarded: Guarded
    result: Answer
    repaired: bool


def star_ddl() -> list[str]:
    """The star as CREATE TABLE statements, for prompts."""
    made = []
    for table in STAR:
        columns = [
            f"{column.name} {_TYPES[column.kind]}"
            for column in table.columns
            if column.name not in _LEFT_OUT.get(table.name, ())
        ]
        made.append(f"CREATE TABLE {table.name} ({', '.join(columns)});")
    return made


def generate_sql(
    question: str,
    *,
    writer: Writer,
    dialect: Dialect,
    examples: Sequence[SqlExample] = (),
    schema: Sequence[str] = (),
    documentation: Sequence[str] = (),
    today: date,
) -> str:
    """SQL as the model wrote it: not to be run before the guard has seen it."""
    made = _vanna(writer, "MySQL" if dialect == "mysql" else "PostgreSQL")
    for example in examples:
        made.add_question_sql(example.question, example.sql)
    for ddl in schema or star_ddl():
        made.add_ddl(ddl)
    for text in (f"Today is {today.isoformat()}.", *documentation):
        made.add_documentation(text)
    return str(made.generate_sql(question, allow_llm_to_see_data=False))


def answer_with_sql(
    question: str,
    run: Callable[[Guarded], Answer],
    *,
    writer: Writer,
    dialect: Dialect,
    examples: Sequence[SqlExample] = (),
    schema: Sequence[str] = (),
    documentation: Sequence[str] = (),
    today: date,
) -> SqlAnswer[Answer]:
    """Generate, guard, run; what is refused or fails is told to the model once.

    `run` executes a guarded statement as the reader and raises what the server says. Raises Refused, TooSlow
    or ModelNonsense when the second try is no better, ModelUnavailable when there is no model.
    """
    asked = question
    for repaired in (False, True):
        sql = generate_sql(
            asked,
            writer=writer,
            dialect=dialect,
            examples=examples,
            schema=schema,
            documentation=documentation,
            today=today,
        )
        try:
            made = guarded(sql, dialect, today=today)
            return SqlAnswer(guarded=made, result=run(made), repaired=repaired)
        except (ModelUnavailable, TooSlow):
            raise
        except Exception as error:
            if repaired:
                raise _said(error) from error
            asked = f"{question}\n\nYour SQL was:\n{sql[:4000]}\nIt failed: {_reason(error)}\nWrite it anew."
    raise AssertionError("unreachable")


def _reason(error: Exception) -> str:
    if isinstance(error, Refused):
        return error.reason
    return " ".join(str(error).split())[:500]


def _said(error: Exception) -> AwesomeError:
    if isinstance(error, AwesomeError):
        return error
    return ModelNonsense("the SQL that the language model wrote does not run")


def _vanna(writer: Writer, dialect: str) -> Any:
    """Vanna with our store and our model, imported when it is first needed: that takes seconds."""
    try:
        with warnings.catch_warnings():
            # Vanna's own models are written for an older pydantic.
            warnings.simplefilter("ignore")
            from awesome_analytics.chat.vanna_class import V
    except ImportError:
        raise ModelUnavailable("Vanna is missing: pip install 'awesome-analytics[ai]'") from None
    return V(writer, dialect)
