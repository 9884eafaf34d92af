"""Questions written down with the Query they mean, and how a reading is held against it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from awesome_analytics.chat.words import Clarify, Help, Reading, Refuse, Turn, Understood, Words
from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.query import Query

QUESTIONS = Path(__file__).parent / "questions"
_KINDS = {Clarify: "clarify", Refuse: "refuse", Help: "help"}
_FREE = frozenset({"metrics", "dimensions", "time", "filters", "part"})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question, what came before it, and the Query or the kind of reply it should get."""

    question: str
    context: tuple[str, ...]
    today: date
    query: Query | None = None
    kind: str = ""


def asked(shop: str) -> list[Asked]:
    """The questions of a shop."""
    rows = [
        json.loads(line) for line in (QUESTIONS / f"{shop}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return [_asked(row) for row in rows]


def _asked(row: Mapping[str, Any]) -> Asked:
    wanted = row.get("query")
    if wanted is not None and not wanted.get("metrics") and not wanted.get("dimensions"):
        wanted = {**wanted, "metrics": ["sales"]}
    return Asked(
        question=row["question"],
        context=tuple(row["context"]),
        today=date.fromisoformat(row["today"]),
        query=Query.from_dict(wanted) if wanted is not None else None,
        kind=row.get("kind", ""),
    )


@cache
def words_of(shop: str) -> Words:
    """The engine over a shop's names."""
    names = json.loads((QUESTIONS / f"{shop}_names.json").read_text(encoding="utf-8"))
    return Words.build(builtin_catalog(), lambda dimension: names.get(dimension, []))


def reading(words: Words, each: Asked) -> Reading:
    """What the engine makes of a question after those before it."""
    turns: list[Turn] = []
    for question in each.context:
        before = words.read(question, today=each.today, context=turns)
        turns.append(Turn(question=question, query=before.query if isinstance(before, Understood) else None))
    return words.read(each.question, today=each.today, context=turns)


def difference(each: Asked, got: Reading) -> str:
    """What is wrong with a reading; empty when it is right. More metrics than asked for may stand there."""
    if each.query is None:
        kind = _KINDS.get(type(got), "query")
        return "" if kind == each.kind else f"{kind}, not {each.kind}: {got}"
    if not isinstance(got, Understood):
        return f"no query: {got}"
    want, have = each.query, got.query
    wrong = [
        part
        for part in have.__dataclass_fields__
        if part not in _FREE and getattr(want, part) != getattr(have, part)
    ]
    if not set(want.metrics) <= set(have.metrics):
        wrong.append("metrics")
    if set(want.dimensions) != set(have.dimensions):
        wrong.append("dimensions")
    for part in ("filters", "part"):
        if {_filter(held) for held in getattr(want, part)} != {_filter(held) for held in getattr(have, part)}:
            wrong.append(part)
    if _days(want, each.today) != _days(have, each.today):
        wrong.append("time")
    return f"{', '.join(wrong)}: {have.to_json()}" if wrong else ""


def _filter(held: Any) -> tuple[Any, ...]:
    return (held.field, held.op, frozenset(held.values))


def _days(query: Query, today: date) -> Any:
    return (query.time.role, query.time.period.days(today)) if query.time else None
