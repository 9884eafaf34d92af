"""The system's own engine: questions of two shops read into the Queries they mean."""

import random
import re
import time
from datetime import date

import pytest
import sqlglot
from sqlglot import exp

from awesome_analytics.chat.words import Clarify, Help, Refuse, Turn, Understood, Words, similar
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import compile_query
from awesome_analytics.warehouse.star import STAR
from awesome_analytics.warehouse.summaries import SUMMARIES
from conftest import Engine
from words_asked import QUESTIONS, Asked, asked, difference, reading, words_of

TODAY = date(2014, 12, 31)
SLOWEST = 1.0
"""Seconds that reading one question may take."""
ENGINES: tuple[Engine, ...] = ("postgresql", "mysql")
PARSED_AS = {"postgresql": "postgres", "mysql": "mysql"}
STAR_TABLES = {each.name for each in (*STAR, *SUMMARIES)}


def _all(shop: str) -> list[object]:
    return [pytest.param(each, id=f"{shop}: {each.question[:60]}") for each in asked(shop)]


@pytest.mark.parametrize("each", _all("superstore"))
def test_a_question_of_the_superstore_is_read_as_it_is_meant(each: Asked) -> None:
    assert not difference(each, reading(words_of("superstore"), each))


@pytest.mark.parametrize("each", _all("camping"))
def test_a_question_of_a_shop_with_other_words_is_read_as_it_is_meant(each: Asked) -> None:
    assert not difference(each, reading(words_of("camping"), each))


def test_no_name_of_a_shop_stands_in_the_grammar() -> None:
    source = (QUESTIONS.parents[1] / "src" / "awesome_analytics" / "chat" / "words").glob("*")
    text = "\n".join(path.read_text(encoding="utf-8") for path in source if path.suffix in (".py", ".toml"))
    for name in ("Oceania", "Office Supplies", "Bookcases", "APAC", "Home Office"):
        assert f'"{name.lower()}"' not in text.lower()


@pytest.mark.parametrize(
    "question",
    [
        "sales of gizmos in the West",
        "sales by region and flavour",
        "profit for left-handed customers",
        "orders over",
        "the quick brown fox",
        "sales in the third month of the second era",
    ],
)
def test_words_that_nobody_knows_are_asked_about_and_never_passed_over(question: str) -> None:
    assert isinstance(words_of("superstore").read(question, today=TODAY), Clarify | Refuse)


def test_a_doubtful_name_is_asked_back_with_the_candidates() -> None:
    got = words_of("superstore").read("sales to Aaron", today=TODAY)
    assert isinstance(got, Clarify)
    assert {"Aaron Bergman", "Aaron Hawkins"} <= {label for label, _ in got.choices}


def test_what_was_assumed_is_said_and_can_be_changed() -> None:
    got = words_of("superstore").read("show me the top products", today=TODAY)
    assert isinstance(got, Understood)
    assert any(label == "by profit" for each in got.assumptions for label, _ in each.alternatives)


def test_an_example_that_asks_the_same_in_other_words_is_the_nearest() -> None:
    words = words_of("superstore")
    texts = ("sales by region", "profit by category", "top customers by sales", "return rate by region")
    examples = []
    for text in texts:
        got = words.read(text, today=TODAY)
        assert isinstance(got, Understood)
        examples.append((text, got.query))
    nearest = similar(words, "show me turnover for every area", examples)
    assert nearest[0].question == "sales by region"
    assert nearest[0].score > nearest[1].score


def _mutated(rng: random.Random, question: str) -> str:
    words = question.split()
    for _ in range(rng.randint(1, 4)):
        match rng.randrange(6):
            case 0:
                rng.shuffle(words)
            case 1:
                words.insert(rng.randrange(len(words) + 1), rng.choice(_SHRAPNEL))
            case 2 if len(words) > 1:
                del words[rng.randrange(len(words))]
            case 3:
                at = rng.randrange(len(words))
                letters = list(words[at])
                rng.shuffle(letters)
                words[at] = "".join(letters)
            case 4:
                words += words[: rng.randint(1, 6)]
            case _:
                words = [word.upper() for word in words]
    return " ".join(words)


_SHRAPNEL = (
    "'", '"', "--", ";", "%", "$", "not", "except", "top", "vs", "2013", "Q5", "31 February 2014",
    "99999999999999999999", "0.0000001", "último", "日本", "\u202e", "\x00", "and", "by", "last", "0", "-5",
    "1e9", "more than", "each", "share", "week 99", "2014-13-45", "between", "the", "growth", "H3", "fy",
    "1/1/1", "who", "returned", "month", "(", "🙂",
)  # fmt: skip


def _random_question(rng: random.Random) -> str:
    known = [each.question for each in (*asked("superstore"), *asked("camping"))]
    if rng.random() < 0.3:
        pool = [word for question in known for word in question.split()] + list(_SHRAPNEL)
        return " ".join(rng.choices(pool, k=rng.randint(0, 25)))
    return _mutated(rng, rng.choice(known))


def _sends_no_more_than_a_select(query: Query, engine: Engine) -> None:
    try:
        sql = compile_query(query, builtin_catalog(), engine=engine, today=TODAY).sql
    except InvalidInput:
        return  # parts that don't fit together: nothing is sent, and the answer says why
    tree = sqlglot.parse_one(re.sub(r"%\(\w+\)s", "1", sql), dialect=PARSED_AS[engine])
    named = {table.name for table in tree.find_all(exp.Table)}
    own = {part.alias for part in tree.find_all(exp.CTE)}
    assert isinstance(tree, exp.Query), sql
    assert named - own <= STAR_TABLES, sql


def _fuzzed(seed: int, count: int) -> None:
    """Whatever is asked is read in time, and what is understood is a SELECT on the star and nothing else."""
    rng = random.Random(seed)
    words: Words = words_of("superstore")
    turns: list[Turn] = []
    for number in range(count):
        question = _random_question(rng)
        began = time.perf_counter()
        got = words.read(question, today=TODAY, context=turns)
        assert time.perf_counter() - began < SLOWEST, question
        assert isinstance(got, Understood | Clarify | Refuse | Help), question
        query = got.query if isinstance(got, Understood) else None
        if query is not None:
            _sends_no_more_than_a_select(query, ENGINES[number % 2])
        turns = [*turns, Turn(question=question, query=query)][-3:] if rng.random() < 0.7 else []


def test_no_question_whatever_breaks_the_reader_or_holds_it_up() -> None:
    _fuzzed(20141231, 300)


@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize("seed", range(4))
def test_a_hundred_thousand_questions_neither_break_the_reader_nor_hold_it_up(seed: int) -> None:
    _fuzzed(seed, 25_000)
