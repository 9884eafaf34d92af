"""A question in plain words to its rows, beside the SQL alone that it becomes, and the command's start."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from awesome_analytics.bench.figures import Figure, Report
from awesome_analytics.chat.answer import Answer, Assistant
from awesome_analytics.chat.words import Turn
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.members import members
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.warehouse.engine import Engine

MEDIAN_TARGET, WORST_TARGET, START_TARGET = 0.060, 0.200, 1.5


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question, the earlier ones of its conversation, and the day it is asked on."""

    question: str
    context: tuple[str, ...] = ()
    today: date | None = None


def from_catalog(catalog: Catalog) -> list[Asked]:
    """The catalog's own examples."""
    return [Asked(question=metric.example) for metric in catalog.shown_metrics if metric.example]


def from_file(file: Path) -> list[Asked]:
    """A file with a JSON object a line: question, context, today."""
    try:
        held = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        return [_asked(each) for each in held]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput("--questions", f"{file} is no file of JSON lines with a question each") from error


def _asked(held: dict[str, Any]) -> Asked:
    today = date.fromisoformat(held["today"]) if held.get("today") else None
    return Asked(question=str(held["question"]), context=tuple(held.get("context") or ()), today=today)


def measure(
    reader: Engine,
    catalog: Catalog,
    asked: Sequence[Asked],
    *,
    today: date,
    rounds: int,
    note: Callable[[str], None],
) -> Report:
    """Seconds from a question to its rows; the median of the rounds stands for each question."""
    start = time.perf_counter()
    assistant = Assistant.build(catalog, partial(members, reader, catalog))
    built = time.perf_counter() - start
    ours, theirs = [], []
    for position, each in enumerate(asked, start=1):
        note(f"Question {position} of {len(asked)}")
        taken = [_one(assistant, reader, each, today) for _ in range(rounds)]
        if taken[-1][1].kind == "rows":
            ours.append(median(seconds for seconds, _ in taken))
            theirs.append(median(_sql_alone(reader, taken[-1][1]) for _ in range(rounds)))
    if not ours:
        raise InvalidInput("--questions", "none of the questions was answered with rows")
    return Report(
        what="ask",
        setting={"questions": len(asked), "answered": len(ours), "rounds": rounds, "warehouse": reader.name},
        figures=(*_figures(ours, theirs), _figure_of_build(built), _figure_of_start()),
        notes=("A question is read, planned, compiled, run and put into sentences; no key, no network.",),
    )


def _one(assistant: Assistant, reader: Engine, asked: Asked, today: date) -> tuple[float, Answer]:
    day = asked.today or today
    turns: list[Turn] = []
    for earlier in asked.context:
        turns.append(assistant.turn(earlier, today=day, context=turns, reader=reader))
    start = time.perf_counter()
    answer = assistant.ask(reader, asked.question, today=day, context=turns)
    return time.perf_counter() - start, answer


def _sql_alone(reader: Engine, answer: Answer) -> float:
    assert answer.result is not None
    start = time.perf_counter()
    reader.query(answer.result.sql, answer.result.values)
    return time.perf_counter() - start


def _figures(ours: list[float], theirs: list[float]) -> tuple[Figure, Figure]:
    middle, beside = median(ours), median(theirs)
    worst = quantiles(ours, n=20)[-1] if len(ours) > 1 else ours[0]
    return (
        Figure(
            name="question to rows, median",
            unit="ms",
            ours=1000 * middle,
            against="its SQL alone",
            theirs=1000 * beside,
            ratio=middle / beside,
            target=f"< {1000 * MEDIAN_TARGET:.0f} ms",
            met=middle < MEDIAN_TARGET,
        ),
        Figure(
            name="question to rows, 95th of 100",
            unit="ms",
            ours=1000 * worst,
            target=f"< {1000 * WORST_TARGET:.0f} ms",
            met=worst < WORST_TARGET,
        ),
    )


def _figure_of_build(seconds: float) -> Figure:
    return Figure(name="indexing the shop's names, once", unit="s", ours=seconds)


def _figure_of_start() -> Figure:
    """The command line's own start: everything it imports, and nothing asked."""
    command = [str(Path(sys.executable).with_name("awesome")), "ask", "--help"]
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    seconds = median(taken)
    target = f"< {START_TARGET} s"
    return Figure(
        name="start of the command", unit="s", ours=seconds, target=target, met=seconds < START_TARGET
    )
