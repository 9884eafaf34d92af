"""Conditions: on the lines, on members by figures of their own, and on the answer's rows."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TypeVar

import streamlit as st

from awesome_analytics.core.money import parse_decimal
from awesome_analytics.semantic.english import OPERATORS
from awesome_analytics.semantic.model import Catalog, LineValue
from awesome_analytics.semantic.query import Filter, Op, Query, Value
from awesome_analytics.semantic.written import written
from awesome_analytics.web.answers import Answers
from awesome_analytics.web.editor import fits
from awesome_analytics.web.editor.state import attempt
from awesome_analytics.web.shop import plain

T = TypeVar("T")
Put = Callable[[tuple[T, ...]], Query]
_MOST_OFFERED = 300
_LONGEST_LABEL = 60


def entries(
    name: str,
    held: Sequence[T],
    catalog: Catalog,
    *,
    add: str,
    say: Callable[[T], str],
    form: Callable[[str, T | None], Callable[[], T]],
    put: Put[T],
) -> None:
    """A list of conditions, each with its form behind it, and one more form to add another.

    `form` draws the fields under keys that begin with its text and returns what makes a condition of them.
    """
    for place, each in enumerate(held):
        key = f"qb_{name}_{place}_{hash(each)}"
        said = say(each)
        label = said[:1].upper() + said[1:]
        short = label if len(label) <= _LONGEST_LABEL else f"{label[:_LONGEST_LABEL]} …"
        with st.popover(plain(short), key=f"{key}_open", width="stretch"):
            make = form(key, each)
            others = (tuple(held[:place]), tuple(held[place + 1 :]))
            with st.container(horizontal=True):
                st.button(
                    "Apply",
                    key=f"{key}_apply",
                    type="primary",
                    on_click=lambda m=make, o=others: attempt(lambda: put((*o[0], m(), *o[1])), catalog),
                )
                st.button(
                    "Remove",
                    key=f"{key}_remove",
                    on_click=lambda o=others: attempt(lambda: put((*o[0], *o[1])), catalog),
                )
    key = f"qb_{name}_new_{len(held)}_{hash(tuple(held))}"
    with st.popover(add, icon=":material/add:", key=f"{key}_open", type="tertiary"):
        make = form(key, None)
        st.button(
            "Add",
            key=f"{key}_add",
            type="primary",
            on_click=lambda: attempt(lambda: put((*held, make())), catalog),
        )


# ---------------------------------------------------------------- on the lines


def filters(query: Query, found: Answers, *, name: str = "filters", add: str = "Add a filter") -> None:
    """Conditions on dimensions and on what a line carries; `name` is the Query's part they stand in."""
    entries(
        name,
        getattr(query, name),
        found.catalog,
        add=add,
        say=partial(_filter_text, catalog=found.catalog),
        form=partial(_filter_form, found=found),
        put=lambda held: query.but(**{name: held}),
    )


def _filter_text(each: Filter, *, catalog: Catalog) -> str:
    field = catalog.filterable(each.field)
    values = " and " if each.op is Op.BETWEEN else ", "
    return f"{field.label} {OPERATORS[each.op]} {values.join(map(as_text, each.values))}".strip()


def as_text(value: Value) -> str:
    """A value as it stands in a field."""
    return f"{value:f}" if isinstance(value, Decimal) else value


def _filter_form(key: str, held: Filter | None, *, found: Answers) -> Callable[[], Filter]:
    catalog = found.catalog
    fields = [*catalog.dimensions, *catalog.values]
    labels = {name: _field_label(name, catalog) for name in fields}
    field = st.selectbox(
        "What",
        fields,
        index=fields.index(held.field) if held else fields.index("category"),
        format_func=lambda name: labels[name],
        key=f"{key}_field",
    )
    ops = fits.operators(field, catalog)
    op = st.selectbox(
        "How",
        ops,
        index=ops.index(held.op) if held and held.op in ops else 0,
        format_func=lambda each: OPERATORS[each],
        key=f"{key}_op_{field}",
    )
    same = held if held and held.field == field else None
    values = _values(f"{key}_{field}_{op}", field, op, same, found)
    return lambda: Filter(field=field, op=op, values=values())


def _field_label(name: str, catalog: Catalog) -> str:
    label = catalog.filterable(name).label
    return label[:1].upper() + label[1:]


def _values(
    key: str, field: str, op: Op, held: Filter | None, found: Answers
) -> Callable[[], tuple[Value, ...]]:
    """Fields for what an operator compares with."""
    if op in (Op.EMPTY, Op.NOT_EMPTY):
        return tuple
    known = [as_text(value) for value in held.values] if held else []
    column = found.catalog.filterable(field)
    if isinstance(column, LineValue):
        return numbers(key, op, known)
    if op in (Op.IN, Op.NOT_IN):
        chosen = _members_box(key, field, known, found)
        return lambda: tuple(chosen)
    if op is Op.BETWEEN:
        return _two_texts(key, known)
    text = st.text_input(
        "Value", known[0] if known else "", key=f"{key}_text", placeholder=_hint(field, found.catalog)
    )
    return lambda: (text.strip(),)


def _hint(field: str, catalog: Catalog) -> str:
    held = catalog.dimensions.get(field)
    return {
        "day": "2014-06-15",
        "week": "2014-W24",
        "month": "2014-06",
        "quarter": "2014-Q2",
        "year": "2014",
    }.get((held and held.part) or "", "")


def _two_texts(key: str, known: Sequence[str]) -> Callable[[], tuple[Value, ...]]:
    first, last = [*known, "", ""][:2]
    left, right = st.columns(2)
    low = left.text_input("From", first, key=f"{key}_low")
    high = right.text_input("To", last, key=f"{key}_high")
    return lambda: (low.strip(), high.strip())


def numbers(key: str, op: Op, known: Sequence[str]) -> Callable[[], tuple[Value, ...]]:
    """A field for numbers, or two for a range."""
    if op is Op.BETWEEN:
        pair = _two_texts(key, known)
        return lambda: tuple(number(str(value)) for value in pair())
    many = op in (Op.IN, Op.NOT_IN)
    label = "Numbers, with ; between them" if many else "Number"
    text = st.text_input(label, "; ".join(known), key=f"{key}_number", placeholder="20% or 0.2 or 1,200.00")
    return lambda: tuple(number(part) for part in (text.split(";") if many else [text]))


def number(text: str) -> Decimal:
    """A number as people type it; 20% is 0.2."""
    typed = text.strip()
    if typed.endswith("%"):
        return parse_decimal(typed[:-1], field="Number") / 100
    return parse_decimal(typed, field="Number")


def _members_box(key: str, field: str, known: Sequence[str], found: Answers) -> list[str]:
    """The members to choose from; where there are too many to list they are searched for."""
    offered = _offered(field, "", found)
    if len(offered) >= _MOST_OFFERED and found.catalog.dimension(field).is_text:
        typed = st.text_input("Search", key=f"{key}_search", placeholder="A part of the name, then Enter")
        offered = _offered(field, typed.strip(), found)
    chosen: list[str] = st.session_state.get(f"{key}_members", list(known))
    labels = {_raw(value): written(value, found.catalog.dimension(field).format) for value in offered}
    every = list(dict.fromkeys((*chosen, *known, *labels)))
    return st.multiselect(
        "Values",
        every,
        default=[name for name in known if f"{key}_members" not in st.session_state] or None,
        format_func=lambda name: labels.get(name, name),
        key=f"{key}_members",
        placeholder="Choose",
        select_all=False,
    )


def _offered(field: str, typed: str, found: Answers) -> list[str | int | date]:
    narrowed = (Filter(field=field, op=Op.CONTAINS, values=(typed,)),) if typed else ()
    rows = found(Query(dimensions=(field,), filters=narrowed, limit=_MOST_OFFERED)).rows
    return [row[0] for row in rows if isinstance(row[0], str | int | date) and row[0] != ""]


def _raw(value: str | int | date) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
