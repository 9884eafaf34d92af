"""A Query said in an English sentence, made of the same parts as its SQL."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from awesome_analytics.core.periods import Period
from awesome_analytics.semantic.model import Catalog, Dimension, LineValue
from awesome_analytics.semantic.query import (
    Filter,
    Form,
    Having,
    Members,
    Op,
    Query,
    Role,
    Shown,
    Time,
    Value,
)

OPERATORS: Mapping[Op, str] = {
    Op.IN: "is",
    Op.NOT_IN: "is not",
    Op.CONTAINS: "contains",
    Op.NOT_CONTAINS: "does not contain",
    Op.STARTS_WITH: "starts with",
    Op.LT: "is less than",
    Op.LE: "is at most",
    Op.GT: "is more than",
    Op.GE: "is at least",
    Op.BETWEEN: "is between",
    Op.EMPTY: "is empty",
    Op.NOT_EMPTY: "is not empty",
}
"""Each operator in words, for sentences and for the builder's lists."""

FORMS: Mapping[Form, str] = {
    Form.ITSELF: "{}",
    Form.BEFORE: "{} before",
    Form.CHANGE: "change in {}",
    Form.GROWTH: "growth of {} in percent",
    Form.SHARE: "share of {}",
    Form.RUNNING: "running total of {}",
}


def describe(query: Query, catalog: Catalog) -> str:
    """The Query as one sentence, without a full stop."""
    parts = [_figures(query, catalog) + _split(query, catalog)]
    parts += [_filter(each, catalog) for each in query.filters]
    parts += [_members(each, catalog) for each in query.members]
    said = _where(parts)
    if query.time:
        said += f", {_time(query.time)}"
    if query.compare:
        said += f", compared with {_compared(query.compare)}"
    if query.part or query.part_members:
        inside = [_filter(each, catalog) for each in query.part]
        inside += [_members(each, catalog) for each in query.part_members]
        said += f", the share being of those where {_and(inside)}"
    if query.having:
        said += f", keeping rows where {_and([_having(each, catalog) for each in query.having])}"
    return _first_capital(said + _end(query, catalog))


def period(text: str) -> str:
    """A period's text as people say it."""
    if ".." in text:
        first, last = text.split("..", 1)
        if not first:
            return f"up to {period(last)}"
        return f"from {period(first)} to {period(last)}" if last else f"since {period(first)}"
    plain = text.lower()
    if plain in _SAID:
        return _SAID[plain]
    if plain[:1].isdigit():
        return text.upper().replace("-Q", " Q").replace("-W", " week ")
    return plain.replace("_", " ").replace("fy", "fiscal year ")


_SAID = {
    "all": "all time",
    "ytd": "this year to date",
    "qtd": "this quarter to date",
    "mtd": "this month to date",
    "wtd": "this week to date",
}
_COMPARED = {"previous": "the period before", "year_before": "the same period a year before"}
_ROLES = {Role.ORDERED: "ordered", Role.SHIPPED: "shipped", Role.RETURNED: "returned"}


def _figures(query: Query, catalog: Catalog) -> str:
    if not query.metrics:
        return "the list"
    return _and([_shown(each, catalog) for each in query.metrics])


def _shown(shown: Shown, catalog: Catalog) -> str:
    return FORMS[shown.form].format(_lower(catalog.metric(shown.metric).label))


def _split(query: Query, catalog: Catalog) -> str:
    if not query.dimensions:
        return ""
    names = _and([_lower(catalog.dimension(name).label) for name in query.dimensions])
    return f" of {names}" if not query.metrics else f" by {names}"


def _where(parts: Sequence[str]) -> str:
    return parts[0] + (f" where {_and(parts[1:])}" if parts[1:] else "")


def _filter(each: Filter, catalog: Catalog) -> str:
    held: Dimension | LineValue = catalog.filterable(each.field)
    return f"{_lower(held.label)} {_compare(each.op, each.values)}"


def _compare(op: Op, values: Sequence[Value], *, money: bool = False) -> str:
    texts = [_value(value, money=money) for value in values]
    if op is Op.NOT_IN and len(texts) > 1:
        return f"is none of {_or(texts)}"
    joined = " and ".join(texts) if op is Op.BETWEEN else _or(texts)
    return f"{OPERATORS[op]} {joined}".rstrip()


def _value(value: Value, *, money: bool = False) -> str:
    if isinstance(value, Decimal):
        plain = f"{value:,f}"
        return f"${plain}" if money else plain
    return value


def _having(each: Having, catalog: Catalog) -> str:
    money = catalog.metric(each.metric.metric).format == "money" and each.metric.form is Form.ITSELF
    return f"{_shown(each.metric, catalog)} {_compare(each.op, each.values, money=money)}"


def _members(each: Members, catalog: Catalog) -> str:
    entity = catalog.entity(each.entity)
    said = f"the {entity.label} is {'none' if each.negate else 'one'}"
    if each.top:
        place = "highest" if each.top.descending else "lowest"
        said += f" of the {each.top.count} with the {place} {_shown(each.top.by, catalog)}"
    if each.having:
        among = " among those" if each.top else ""
        said += f"{among} whose {_and([_having(having, catalog) for having in each.having])}"
    if each.filters:
        said += f" where {_and([_filter(f, catalog) for f in each.filters])}"
    return said + (f" {_time(each.time)}" if each.time else " over all time")


def _time(time: Time) -> str:
    said = period(time.period.text)
    plain = time.period.text.lower()
    joins = said.startswith(("from", "since", "up to")) or plain in ("today", "yesterday")
    before = "" if joins else "in the " if plain.startswith("last_") and plain[-1] == "s" else "in "
    return f"{_ROLES[time.role]} {before}{said}"


def _compared(compare: str) -> str:
    return _COMPARED.get(compare) or period(Period(compare).text)


def _end(query: Query, catalog: Catalog) -> str:
    said = ""
    if query.order:
        said += (
            f"; {_and([_sorted(o.by, catalog, query, descending=o.descending) for o in query.order])} first"
        )
    if query.limit_per:
        groups = _and([_lower(catalog.dimension(name).label) for name in query.limit_per.dimensions])
        said += f"; {_rows(query.limit_per.count, query.limit_per.skip)} of each {groups}"
    if query.limit or query.skip:
        said += f"; {_rows(query.limit, query.skip)}"
    if query.share_of:
        groups = _and([_lower(catalog.dimension(name).label) for name in query.share_of])
        said += f"; shares are of each {groups}"
    return said + ("; with a total" if query.totals else "")


def _rows(count: int | None, skip: int) -> str:
    """Which rows are kept, in their order."""
    if not skip:
        return f"the first {count}"
    if count == 1:
        return f"only number {skip + 1}"
    return f"from number {skip + 1}" + (f" to {skip + count}" if count else "")


def _sorted(by: str, catalog: Catalog, query: Query, *, descending: bool) -> str:
    if by in query.dimensions:
        label = _lower(catalog.dimension(by).label)
        return f"last {label}" if descending else label
    return f"{'highest' if descending else 'lowest'} {_shown(Shown.parse(by), catalog)}"


def _lower(label: str) -> str:
    # 'Order ID' keeps its capitals, 'Ship mode' does not.
    return " ".join(word if word.isupper() else word.lower() for word in label.split())


def _first_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _and(texts: Sequence[str]) -> str:
    return _joined(texts, "and")


def _or(texts: Sequence[str]) -> str:
    return _joined(texts, "or")


def _joined(texts: Sequence[str], word: str) -> str:
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {word} {texts[-1]}"
