"""The questions that managers ask, each written by hand as one Query, judged by the questions' own scorer."""

import importlib.util
import json
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import run
from awesome_analytics.warehouse.engine import Engine

ASKED = Path(__file__).parent / "queries" / "dev.jsonl"
NOT_QUERIES = {
    "unanswerable-01": "a forecast",
    "unanswerable-03": "the weather is not in the data",
    "unanswerable-07": "an order to change the database",
    "unanswerable-11": "e-mail addresses never reach the warehouse",
    "unanswerable-13": "visits to a website are not in the data",
    "unanswerable-16": "typed SQL",
    "greetings_help-02": "small talk",
}
"""What no Query says, and why: each must be declined or answered in words, with nothing run."""


@pytest.fixture(scope="module")
def score(eval_dir: Path) -> ModuleType:
    """The questions' scorer."""
    spec = importlib.util.spec_from_file_location("score", eval_dir / "eval" / "score.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def gold(score: ModuleType, eval_dir: Path) -> dict[str, Any]:
    return {each["id"]: each for each in score.load(eval_dir / "eval" / "dev.jsonl")}


def asked() -> dict[str, Query]:
    lines = ASKED.read_text(encoding="utf-8").splitlines()
    return {held["id"]: Query.from_json(json.dumps(held["query"])) for held in map(json.loads, lines)}


def prediction(star: Engine, query: Query, today: str) -> dict[str, Any]:
    """An answer as the scorer reads it."""
    found = run(star, query, builtin_catalog(), today=date.fromisoformat(today))
    return {
        "columns": [column.name for column in found.columns],
        "rows": [[None if cell is None else str(cell) for cell in row] for row in found.rows],
    }


def test_every_question_is_either_a_query_or_named_with_its_reason(gold: dict[str, Any]) -> None:
    assert asked().keys() | NOT_QUERIES.keys() == gold.keys()
    assert not asked().keys() & NOT_QUERIES.keys()
    assert {gold[each]["expect"] for each in NOT_QUERIES} <= {"refuse", "chat"}


def test_the_answers_are_accepted(superstore_star: Engine, score: ModuleType, gold: dict[str, Any]) -> None:
    wrong = {}
    for question, query in asked().items():
        found = prediction(superstore_star, query, gold[question]["today"])
        good, why = score.judge(gold[question], found)
        if not good:
            wrong[question] = why
    assert not wrong
