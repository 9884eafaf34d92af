"""A chat's turns as they are kept: what was said and asked, without the rows, which are asked again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from awesome_analytics.chat.answer import Answer
from awesome_analytics.chat.words import Assumption, Choice
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.query import Query


@dataclass(frozen=True, kw_only=True)
class Told:
    """An answer of an earlier moment."""

    kind: str
    sentences: tuple[str, ...]
    engine: str
    assumptions: tuple[Assumption, ...] = ()
    choices: tuple[Choice, ...] = ()
    meant: Query | None = None
    query: Query | None = None
    sql: str | None = None
    today: date | None = None
    as_of: datetime | None = None
    note: str | None = None


def kept(answer: Answer, today: date) -> dict[str, Any]:
    """The form that is kept; `today` is the day the question was asked on."""
    return {
        "kind": answer.kind,
        "sentences": list(answer.sentences),
        "engine": answer.engine,
        "assumptions": [
            {"text": each.text, "alternatives": _choices(each.alternatives)} for each in answer.assumptions
        ],
        "choices": _choices(answer.choices),
        "meant": answer.meant.to_dict() if answer.meant else None,
        "query": answer.query.to_dict() if answer.query else None,
        "today": today.isoformat(),
        "sql": answer.sql,
        "as_of": answer.as_of.isoformat() if answer.as_of else None,
        "note": answer.note,
    }


def told(data: Mapping[str, Any]) -> Told:
    """Read it back; a Query that this version no longer understands is left out."""
    return Told(
        kind=str(data.get("kind", "rows")),
        sentences=tuple(map(str, data.get("sentences", ()))),
        engine=str(data.get("engine", "")),
        assumptions=tuple(
            Assumption(
                text=str(each.get("text", "")), alternatives=_read_choices(each.get("alternatives", ()))
            )
            for each in data.get("assumptions", ())
        ),
        choices=_read_choices(data.get("choices", ())),
        meant=_query(data.get("meant")),
        query=_query(data.get("query")),
        today=date.fromisoformat(data["today"]) if data.get("today") else None,
        sql=data.get("sql"),
        as_of=datetime.fromisoformat(data["as_of"]) if data.get("as_of") else None,
        note=data.get("note"),
    )


def _choices(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    return [{"label": label, "query": query.to_dict()} for label, query in choices]


def _read_choices(data: Sequence[Mapping[str, Any]]) -> tuple[Choice, ...]:
    read = ((str(each.get("label", "")), _query(each.get("query"))) for each in data)
    return tuple((label, query) for label, query in read if query is not None)


def _query(data: object) -> Query | None:
    try:
        return Query.from_dict(data) if data else None
    except InvalidInput:
        return None
