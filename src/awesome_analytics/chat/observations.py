"""What an answer's rows come to: a total, and one useful observation."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from awesome_analytics.chat.narrative_table import (
    Row,
    Table,
    figures,
    form,
    inner_label,
    is_series,
    moved,
    named,
)
from awesome_analytics.chat.numbers import Told
from awesome_analytics.semantic.written import Cell, percent


def _sum(table: Table, at: int) -> Decimal | None:
    column = table.columns[at]
    if not table.is_whole or not column.additive or form(column):
        return None
    return sum((value for value, _ in figures(table, at)), Decimal(0))


def total(table: Table) -> str | None:
    """The sums of the metrics that add up, where the rows are the whole."""
    if len(table.rows) < 2:
        return None
    totals = [(at, each) for at in table.metrics if (each := _sum(table, at)) is not None]
    if not totals:
        return None
    (first, most), *others = totals
    name = inner_label(table.columns[first])
    text = f"Total {name.removeprefix('total ')}: {table.value(most, first)}"
    beside = [named(table.columns[at], table.value(each, at), one=each == 1) for at, each in others]
    return Told(text + (f" ({', '.join(beside)})" if beside else "") + ".", [each for _, each in totals])


def observation(table: Table) -> str | None:
    """The biggest movement of a comparison, a series' course, or who leads."""
    at = table.metrics[0]
    ranked = sorted(figures(table, at), key=lambda each: -each[0])
    if len(ranked) < 2 or table.columns[at].format not in _TOLD:
        return None
    movement = _movement(table, at)
    if movement:
        return movement
    if is_series(table):
        return _course(table, at, ranked)
    return _leading(table, at, ranked)


_TOLD = frozenset({"money", "number", "decimal", "ratio", "percent", "days"})


def _leading(table: Table, at: int, ranked: list[tuple[Decimal, Row]]) -> str | None:
    """Who leads, with a share where it means something; else the highest and the lowest."""
    (most, first), (second, _) = ranked[:2]
    name = inner_label(table.columns[at])
    if most == second:
        return None
    whole = _sum(table, at)
    if whole and ranked[-1][0] >= 0:
        return Told(
            f"{table.name(first)} is leading with {percent(most / whole, in_prose=True)} of {name}.",
            [most / whole],
        )
    least, last = ranked[-1]
    among = "" if table.is_whole else "Of these, "
    said = f"{among}{table.name(first)} has the highest {name} ({table.value(most, at)})"
    if least != ranked[-2][0] and len(ranked) > 1:
        said += f", {table.name(last)} the lowest ({table.value(least, at)})"
    return Told(said + ".")


def _course(table: Table, at: int, ranked: list[tuple[Decimal, Row]]) -> str | None:
    """Highest, lowest, first to last."""
    (most, high), (least, low) = ranked[0], ranked[-1]
    if most == least:
        return None
    place = table.dimensions[0]
    dated = [(row[place], value, row) for value, row in ranked if row[place] is not None]
    in_time = sorted(dated, key=lambda each: _moment(each[0]))
    said = (
        f"Highest: {table.name(high)} with {table.value(most, at)}; "
        f"lowest: {table.name(low)} with {table.value(least, at)}."
    )
    if len(in_time) < 3:
        return Told(said)
    (_, start, first), (_, end, last) = in_time[0], in_time[-1]
    said += (
        f" From {table.name(first)} to {table.name(last)} it went "
        f"from {table.value(start, at)} to {table.value(end, at)}"
    )
    if start <= 0 or start == end:
        return Told(said + ".")
    growth = end / start - 1
    return Told(f"{said} ({'up' if growth > 0 else 'down'} {percent(abs(growth), in_prose=True)}).", [growth])


def _moment(cell: Cell) -> str:
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _movement(table: Table, at: int) -> str | None:
    """The biggest rise and the biggest fall of a comparison."""
    change = table.beside(at, "change")
    growth = table.beside(at, "growth")
    column = change if change is not None else growth
    if column is None:
        return None
    ranked = sorted(figures(table, column), key=lambda each: -each[0])
    if not ranked:
        return None
    ends: list[tuple[str, tuple[Decimal, Row], Callable[[Decimal], bool]]] = [
        ("rise", ranked[0], lambda value: value > 0),
        ("fall", ranked[-1], lambda value: value < 0),
    ]
    said = []
    for word, (value, row), holds in ends:
        if holds(value):
            step = moved(table, row, at, growth=None if column == change else column, change=change)
            said.append(f"biggest {word}: {table.name(row)}, {step}")
    text = "; ".join(said)
    return Told(f"{text[:1].upper()}{text[1:]}.") if said else None
