"""`awesome ask` and `awesome eval`: questions in plain words."""

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, get_args

import click

from awesome_analytics.app import desk
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.chat import learnt
from awesome_analytics.chat.answer import Answer, Assistant
from awesome_analytics.chat.gemini import GeminiClient
from awesome_analytics.chat.modelled import ModelAssistant, Preferred
from awesome_analytics.chat.words import Turn
from awesome_analytics.cli.context import Context, command, plain
from awesome_analytics.cli.query import cells
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Days
from awesome_analytics.semantic.catalog import load_catalog
from awesome_analytics.semantic.members import members
from awesome_analytics.warehouse.engine import Engine

_ENGINE = click.option(
    "--engine",
    "preferred",
    type=click.Choice(get_args(Preferred)),
    default="auto",
    show_default=True,
    help="Who reads the question first; gemini and vanna need GEMINI_API_KEY.",
)


@command(name="ask")
@_ENGINE
@click.argument("question")
@click.option("--today", "today", type=click.DateTime(["%Y-%m-%d"]), help="Answer as on this day.")
@click.option("--context", "context_questions", multiple=True, help="An earlier question; repeat in order.")
def ask(
    context: Context,
    *,
    question: str,
    today: datetime | None,
    context_questions: tuple[str, ...],
    preferred: Preferred,
) -> None:
    """Answer a question in plain words, from the warehouse."""
    day = today.date() if today else context.today()
    with context.shop() as shop, closing(shop.reader()) as reader:
        helper = _helper(context, shop, reader, preferred)
        answer = _in_conversation(helper, reader, question, context_questions, day)
    if context.json:
        context.answer(as_json(answer))
        return
    _show(context, answer)


@command(name="eval")
@_ENGINE
@click.argument("questions", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Predictions, JSON lines."
)
def evaluate(context: Context, *, questions: Path, out: Path, preferred: Preferred) -> None:
    """Answer a file of questions, a JSON object a line, in one process."""
    asked = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    with context.shop() as shop, closing(shop.reader()) as reader:
        helper = _helper(context, shop, reader, preferred)
        with out.open("w", encoding="utf-8") as file:
            for each in asked:
                file.write(json.dumps(_prediction(helper, reader, each, context), default=_number) + "\n")
    context.note(f"{len(asked)} answers written to {out}")


def _helper(context: Context, shop: Shop, reader: Engine, preferred: Preferred) -> ModelAssistant:
    catalog = load_catalog(context.settings.home)
    with shop.app() as connection:
        held = desk.examples(connection)
    return ModelAssistant(
        assistant=Assistant.build(catalog, partial(members, reader, catalog), examples=learnt.queries(held)),
        client=GeminiClient.of(context.settings),
        preferred=preferred,
        sql_examples=learnt.statements(held),
    )


def _in_conversation(
    helper: ModelAssistant, reader: Engine, question: str, earlier: Sequence[str], today: date
) -> Answer:
    turns: list[Turn] = []
    for each in earlier:
        turns.append(helper.assistant.turn(each, today=today, context=turns, reader=reader))
    return helper.ask(reader, question, today=today, context=turns)


def _prediction(
    helper: ModelAssistant, reader: Engine, asked: dict[str, Any], context: Context
) -> dict[str, Any]:
    if not isinstance(asked, dict) or not {"id", "question"} <= set(asked):
        raise InvalidInput("questions", "every line needs an id and a question")
    today = date.fromisoformat(asked["today"]) if asked.get("today") else context.today()
    answer = _in_conversation(helper, reader, asked["question"], asked.get("context") or (), today)
    return {
        "id": asked["id"],
        "columns": [column.name for column in answer.columns],
        "rows": answer.rows,
        "refused": answer.kind == "refusal",
        "clarification": answer.text if answer.kind == "clarification" else False,
        "answer": answer.text,
        "query": answer.query.to_dict() if answer.query else None,
    }


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer's form for programs."""
    days = answer.result.days if answer.result else Days()
    return {
        "kind": answer.kind,
        "answer": answer.text,
        "assumptions": [each.text for each in answer.assumptions],
        "choices": [label for label, _ in answer.choices],
        "query": answer.query.to_dict() if answer.query else None,
        "sql": answer.sql,
        "columns": [column.name for column in answer.columns],
        "rows": answer.rows,
        "truncated": answer.truncated,
        "days": [days.start, days.end],
        "as_of": answer.as_of,
        "engine": answer.engine,
        "note": answer.note,
    }


def _show(context: Context, answer: Answer) -> None:
    click.echo(answer.text)
    if answer.note:
        context.note(answer.note)
    for label, _ in answer.choices:
        click.echo(f"  - {label}")
    for each in answer.assumptions:
        context.note(f"assumed: {each.text}")
    if answer.rows:
        context.table(
            [c.label for c in answer.columns],
            cells(answer.columns, answer.rows[:50]),
            empty="",
            figures=[c.label for c in answer.columns if c.is_metric],
        )
    if answer.as_of:
        context.note(f"as of {answer.as_of:%Y-%m-%d %H:%M:%S} UTC, by {answer.engine}")


def _number(value: Any) -> Any:
    """Figures as numbers: a scorer compares them as such."""
    made = plain(value)
    return float(made) if made is not None and not isinstance(value, date | datetime | Path) else made
