"""Follow-ups that are more than a patch: make it ten, who are they, why, how many of those came back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from awesome_analytics.chat.words import placing
from awesome_analytics.chat.words.averaging import EACH
from awesome_analytics.chat.words.draft import Unclear, at_least
from awesome_analytics.chat.words.reading import Turn
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.semantic.query import Filter, Form, Having, LimitPer, Members, Op, Order, Query, Shown

_RETURNED = {
    "orders": "returned_orders", "units": "returned_units", "sales": "returned_sales",
    "lines": "returned_lines",
    "average_order_value": "returned_sales", "profit": "returned_sales",
}  # fmt: skip
_RETURNS = frozenset({"returns", "returned_orders", "returned_units", "returned_sales", "returned_lines"})
_ENTITIES = {
    "orders": "order", "customers": "customer", "products": "product", "new_customers": "customer",
    "repeat_customers": "customer", "one_time_customers": "customer", "returning_customers": "customer",
}  # fmt: skip


def special(said: Sequence[Span], query: Query, context: Sequence[Turn]) -> Query | None:
    """The follow-ups that are more than a patch."""
    tags = [span.tag for span in said]
    has = set(tags)
    if "why" in has and not has & {"returned", "met", "thing"}:
        return _why(has, query)
    _ask_vague(has)
    for other in (placing.followed, _longer, _beside, _who_bought, _listed, _without, _best_of_them):
        if (made := other(said, query)) is not None:
            return made
    if (per := _per_each(said, query)) is not None:
        return per
    if "new" in has and "pronoun" in has and query.metrics and query.metrics[0].metric == "customers":
        return query.but(metrics=(Shown("new_customers"),), order=(), limit=None, skip=0)
    if _asks_difference(said, has):
        return _difference(query, context)
    if (against := _against(said, query)) is not None:
        return against
    return _of_those(has, tags, query, said)


def _asks_difference(said: Sequence[Span], has: set[str]) -> bool:
    points = bool(has & {"pronoun", "num"}) or len(said) <= 2
    named = has & {"yoy", "per", "val", "met", "part", "thing", "series"}
    return points and bool(has & {"change", "growth", "compare"}) and not named


def _of_those(has: set[str], tags: Sequence[str], query: Query, said: Sequence[Span]) -> Query | None:
    """How many of those came back; who they are."""
    bare = has <= {"howmany", "howmuch", "be", "returned", "and", "share", "prep", "whatabout", "what", "not"}
    if "returned" in has and ("pronoun" in has or bare) and not has & {"who", "which", "part", "by"}:
        return _returned(query, share=bool(has & {"share"}), negated=bool(has & {"not", "no_returns"}))
    if (
        has & {"who", "which", "list", "what"}
        and has <= {"who", "which", "list", "what", "pronoun", "be", "and", "prep", "thing"}
        and ("pronoun" in has or tags in (["which"], ["who"]))
    ):
        return _members_of(query, said)
    return None


def _per_each(said: Sequence[Span], query: Query) -> Query | None:
    """How much was that per order?: the same, for each order or customer."""
    tags = [span.tag for span in said if span.tag not in ("be", "and", "howmuch", "what")]
    metric = query.metrics[0].metric if query.metrics else ""
    if tags not in (["pronoun", "each", "thing"], ["each", "thing"]) or said[-1].name not in EACH:
        return None
    if not any(span.text.lower() == "per" for span in said):
        return None
    made = EACH[said[-1].name].get(metric)
    return query.but(metrics=(Shown(made),), order=(), limit=None, skip=0) if made else None


def _best_of_them(said: Sequence[Span], query: Query) -> Query | None:
    """Which of them sold the most units: of those that were shown, by that figure."""
    tags = [span.tag for span in said if span.tag not in ("be", "and", "prep", "sold")]
    ways = (["which", "pronoun", "ranked", "met"], ["which", "pronoun", "rank", "met"])
    if tags not in ways or not query.dimensions:
        return None
    rank, by = (next(s for s in said if s.tag in kinds) for kinds in (("ranked", "rank"), ("met",)))
    order = (Order(by=by.name, descending=rank.descending),)
    return query.but(metrics=(Shown(by.name),), order=order, limit=1, skip=0, having=(), compare=None)


def _without(said: Sequence[Span], query: Query) -> Query | None:
    """Drop the year filter; forget the market: without the conditions on it."""
    if len(said) < 2 or said[0].tag != "drop" or said[1].tag not in ("part", "thing", "per"):
        return None
    if not {span.tag for span in said} <= {
        "drop",
        "part",
        "thing",
        "per",
        "and",
        "all",
        "both",
        "pronoun",
        "prep",
        "only",
        "each",
    }:
        return None
    if said[1].tag != "thing":
        return query.but(time=None) if query.time is not None else None
    name = said[1].name
    if all(held.field != name for held in query.filters):
        return None
    return query.but(filters=tuple(held for held in query.filters if held.field != name))


def _why(has: set[str], query: Query) -> Query:
    """Goods come back for reasons; of all else the books say what happened, not why."""
    if has <= {"why", "be", "pronoun", "and"} and _RETURNS & {held.metric for held in query.metrics}:
        return query.but(
            dimensions=("return_reason",), order=(), limit=None, skip=0, limit_per=None, having=()
        )
    raise Unclear(
        "The books say what happened, not why. Shall I split it, to see where it comes from?",
        tuple(
            (
                f"by {name.replace('_', ' ')}",
                query.but(dimensions=(name,), limit=None, skip=0, limit_per=None, order=()),
            )
            for name in ("category", "region", "segment", "order_month")
            if name not in query.dimensions
        ),
    )


def _longer(said: Sequence[Span], query: Query) -> Query | None:
    """Make it 10; show 20 instead: a list of another length."""
    numbers = [span for span in said if span.tag == "num"]
    if len(numbers) != 1 or numbers[0].unit or not (query.limit or query.limit_per):
        return None
    if not {span.tag for span in said} <= {
        "num",
        "whatabout",
        "instead",
        "only",
        "pronoun",
        "list",
        "and",
        "be",
    }:
        return None
    count = numbers[0].number
    if count != int(count) or not 1 <= count <= 10_000:
        return None
    if query.limit_per is not None:
        return query.but(limit_per=replace(query.limit_per, count=int(count), skip=0))
    return query.but(limit=int(count), skip=0)


def _beside(said: Sequence[Span], query: Query) -> Query | None:
    """Compare that with the EU, after the APAC's: both, a row each."""
    named = [span for span in said if span.tag == "val"]
    tags = {span.tag for span in said} - {"prep", "with", "and", "whatabout", "be", "how", "rel", "pronoun"}
    if len(named) != 1 or tags not in ({"compare", "val"}, {"vs", "val"}, {"compare", "vs", "val"}):
        return None
    new = named[0].members[0]
    old = next((held for held in query.filters if held.field == new.dimension and held.op is Op.IN), None)
    if old is None or named[0].contains or query.limit_per:
        return None
    both = replace(old, values=tuple(dict.fromkeys((*old.values, new.text))))
    filters = tuple(both if held is old else held for held in query.filters)
    dimensions = tuple(dict.fromkeys((new.dimension, *query.dimensions)))
    if query.limit is None:
        return query.but(filters=filters, dimensions=dimensions)
    per = LimitPer(dimensions=(new.dimension,), count=query.limit, skip=query.skip)
    return query.but(filters=filters, dimensions=dimensions, limit=None, skip=0, limit_per=per)


def _who_bought(said: Sequence[Span], query: Query) -> Query | None:
    """How many of them bought Technology, after customers were counted: those customers again."""
    tags = [span.tag for span in said if span.tag not in ("prep", "be", "and")]
    metric = query.metrics[0].metric if query.metrics else ""
    if tags != ["howmany", "pronoun", "bought", "val"] or query.dimensions or metric not in _ENTITIES:
        return None
    goods = said[-1].members[0]
    new = Filter(field=goods.dimension, values=(goods.text,))
    return query.but(filters=(*(held for held in query.filters if held.field != new.field), new))


def _listed(said: Sequence[Span], query: Query) -> Query | None:
    """List the top 3 by sales, after customers were counted: those customers."""
    tags = [span.tag for span in said if span.tag not in ("list", "only", "be", "and")]
    metric = query.metrics[0].metric if query.metrics else ""
    if (
        tags not in (["rank", "num"], ["rank", "num", "by", "met"])
        or query.dimensions
        or metric not in _ENTITIES
    ):
        return None
    rank, number = (next(span for span in said if span.tag == tag) for tag in ("rank", "num"))
    by = next((span.name for span in said if span.tag == "met"), "sales")
    if number.unit or number.number != int(number.number) or not 1 <= number.number <= 10_000:
        return None
    order = (Order(by=by, descending=rank.descending),)
    return query.but(
        metrics=(Shown(by),), dimensions=(_ENTITIES[metric],), order=order, limit=int(number.number)
    )


def _ask_vague(has: set[str]) -> None:
    """Follow-ups that point back without saying at what."""
    named = has & {"met", "thing", "part", "series", "per", "val", "by"}
    if named:
        return
    if has == {"both"}:
        raise Unclear("Both of what? Please name the two.")
    if "cutup" in has:
        raise Unclear("Split by what: category, region, segment, month?")
    if "bought" in has and "pronoun" in has and has & {"what", "whatdo"}:
        raise Unclear("Shall I list the categories, the sub-categories or the products?")


def _against(said: Sequence[Span], query: Query) -> Query | None:
    """Compare that with 2013; how does it compare to the same quarter last year; year over year."""
    tags = {span.tag for span in said}
    periods = [span for span in said if span.stretch]
    comparing_words = tags & {"vs", "compare", "yoy", "growth", "change"}
    if (
        query.time is None
        or not comparing_words
        or tags & {"met", "thing", "part", "series", "val", "rank", "ranked", "by"}
    ):
        return None
    if len(periods) == 1 and periods[0].stretch and not periods[0].stretch.ends and tags & {"vs", "compare"}:
        compare = "year_before" if periods[0].stretch.prior else periods[0].stretch.text
    elif not periods and tags & {"yearbefore", "yoy"}:
        compare = "year_before"
    elif not periods and tags & {"before", "growth", "change"}:
        compare = "previous"
    else:
        return None
    names = dict.fromkeys(held.metric for held in query.metrics)
    forms = (Form.ITSELF, Form.BEFORE, Form.CHANGE, Form.GROWTH)
    return query.but(metrics=tuple(Shown(name, form) for name in names for form in forms), compare=compare)


def _difference(query: Query, context: Sequence[Turn]) -> Query:
    """The two answers before, set against each other."""
    if query.compare is not None:
        return query
    earlier = [turn.query for turn in context if turn.query is not None]
    before = next((held for held in reversed(earlier[:-1]) if held != query), None)
    if before is None or before.metrics != query.metrics or before.dimensions != query.dimensions:
        raise Unclear("Which two figures should I set against each other?")
    changes = [
        name for name in ("time", "filters", "members") if getattr(before, name) != getattr(query, name)
    ]
    metric = query.metrics[0].metric
    shown = tuple(Shown(metric, form) for form in (Form.ITSELF, Form.BEFORE, Form.CHANGE, Form.GROWTH))
    if changes == ["time"] and query.time is not None and before.time is not None:
        start, other = (
            query.time.period.days(date(2000, 1, 1)).start,
            before.time.period.days(date(2000, 1, 1)).start,
        )
        turned = start is not None and other is not None and start < other
        now, then = (before.time, query.time) if turned else (query.time, before.time)
        return query.but(metrics=shown, time=now, compare=then.period.text)
    if changes == ["filters"] and len(query.filters) == len(before.filters) == 1:
        one, two = before.filters[0], query.filters[0]
        if one.field == two.field:
            both = replace(two, values=tuple(dict.fromkeys((*one.values, *two.values))))
            return query.but(filters=(both,), dimensions=(*query.dimensions, two.field))
    raise Unclear("Which two figures should I set against each other?")


def _returned(query: Query, *, share: bool, negated: bool) -> Query:
    """How many of those were returned."""
    metric = query.metrics[0].metric if query.metrics else "orders"
    plain = query.but(having=(), order=(), limit=None, skip=0, compare=None, part=(), part_members=())
    if metric in ("customers", "products"):
        entity = _ENTITIES[metric]
        came = Members(entity=entity, having=(at_least("returned_lines"),), negate=negated)
        return plain.but(members=(*query.members, came))
    if share:
        return plain.but(metrics=(Shown("return_rate"),))
    if negated:
        came = Members(entity="order", having=(at_least("returned_lines"),), negate=True)
        return plain.but(members=(*query.members, came))
    return plain.but(metrics=(Shown(_RETURNED.get(metric, "returned_orders")),))


def _members_of(query: Query, said: Sequence[Span]) -> Query:
    """Who they are: the members that were counted, by name."""
    metric = query.metrics[0].metric if query.metrics else ""
    named = next((span.name for span in said if span.tag == "thing"), "")
    entity = named or _ENTITIES.get(metric) or (query.members[0].entity if query.members else "")
    if not entity:
        raise Unclear("Whom or what do you mean: customers, products or orders?")
    having: tuple[Having, ...] = query.having
    shown: tuple[Shown, ...] = (Shown("sales"), Shown("orders"))
    if metric.endswith("_customers"):
        having, shown = (*having, at_least(metric)), (Shown(metric), *shown)
    return query.but(
        dimensions=(entity,), metrics=shown, having=having, order=(), limit=None, skip=0, compare=None
    )
