"""Which metrics are asked for: those that are named, counts of things, and what verbs imply."""

from decimal import Decimal

from awesome_analytics.chat.words import averaging
from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.semantic.query import Form, Having, Members, Op, Shown


def read(board: Board, draft: Draft, setting: Setting) -> None:
    """Read the metrics that are left, in order."""
    board.take("met! vs met!")
    if board.take("met:average_order_value prep met:units"):
        draft.add_metric("units_per_order")
    if board.has("median"):
        raise Unclear(
            "I can show averages, totals and counts, but no medians or other statistics. Which one helps?"
        )
    _running(board, draft)
    if draft.lined and any(span.name != "lines" for span in board.all("met")):
        board.remove([span for span in board.all("met") if span.name == "lines"])
    if board.find("howmany part:order_day") and any(s.text.lower() == "ship" for s in board.all("shipped")):
        board.take("howmany part:order_day")
        draft.add_metric("days_to_ship")
    averaging.refuse_comparison(board)
    averaging.of_one(board, draft)
    _counts(board, draft, setting)
    averaging.read(board, draft, setting)
    draft.shows_beside = bool(board.find("pronoun met") or board.find("with met"))
    for span in board.all("met"):
        draft.add_metric(span.name)
        draft.explicit_metric = True
        board.remove([span])
    _verbs(board, draft)


def new_and_old(board: Board, draft: Draft) -> None:
    """New versus returning, repeat buyers."""
    rows = (
        ("new vs|and|or? met:returning_customers", ("new_customers", "returning_customers")),
        ("new vs|and|or? returning thing:customer", ("new_customers", "returning_customers")),
        ("new vs|and|or? repeat thing:customer", ("new_customers", "repeat_customers")),
        ("new vs|and|or? met:repeat_customers", ("new_customers", "repeat_customers")),
        (
            "returning vs|and|or? met:new_customers|new thing:customer?",
            ("returning_customers", "new_customers"),
        ),
        ("howmany thing:customer be met:repeat_customers", ("repeat_customers",)),
        ("howmany thing:customer be met:one_time_customers", ("one_time_customers",)),
        ("howmany? thing:customer be|rel* lose", ("lapsed_customers",)),
        ("howmany? new thing:customer be* new?", ("new_customers",)),
        ("howmany? returning thing:customer", ("returning_customers",)),
        ("howmany? repeat thing:customer", ("repeat_customers",)),
        ("howmany? thing:customer be* new", ("new_customers",)),
        ("howmany? thing:customer be? bought prep? first times?", ("new_customers",)),
        ("howmany? thing:customer who|rel? bought prep? new", ("new_customers",)),
        ("first thing:order prep? thing:customer", ("new_customers",)),
        ("howmany? thing:customer bought? prep|by? f=firstorder", ("new_customers",)),
    )
    _of_kinds(board, draft)
    board.take("met:new_customers! be? new")
    for row, names in rows:
        if found := board.take(row):
            for name in names:
                draft.add_metric(name)
            draft.dims += [f"order_{grain}" for grain in ("year", "month") if _says(found.maybe("f"), grain)]
    if "new_customers" in draft.metrics:
        board.take("prep|pronoun* who|rel bought")
        board.remove(board.all("pronoun"))


def _says(span: Span | None, word: str) -> bool:
    return span is not None and word in span.text.lower()


def _of_kinds(board: Board, draft: Draft) -> None:
    """Sales to repeat customers: a condition on them."""
    for kind, op, count in (("met:repeat_customers", Op.GE, 2), ("met:one_time_customers", Op.LE, 1)):
        while found := board.take(f"m=met! prep k={kind}"):
            having = Having(metric=Shown("orders"), op=op, values=(Decimal(count),))
            draft.place(found.one("k").first, Members(entity="customer", having=(having,)))


def _running(board: Board, draft: Draft) -> None:
    if board.has("running"):
        board.remove(board.all("running"))
        draft.forms.append(Form.RUNNING)
        if not any(name.startswith(("order_", "ship_", "return_")) for name in draft.dims):
            draft.add_dim("order_month")
            draft.note("month by month")


def _counts(board: Board, draft: Draft, setting: Setting) -> None:
    """How many customers, the number of distinct products, orders."""
    often = board.find("x=howmany be? thing:customer thing:order|bought")
    if often and often.one("x").text.lower() == "how often":
        board.remove(often.taken)
        draft.add_metric("orders_per_customer")
    while found := board.take("howmany prep? distinct? of=prep? x=thing|part bought|sold? "):
        span = found.one("x")
        metric = _PERIODS.get(span.name) if span.tag == "part" else setting.lexicon.counts.get(span.name)
        if span.tag == "part" and metric and draft.having:
            draft.add_dim(span.name)
            draft.head = span.name
            draft.note("one row for each that meets it")
            continue
        if metric is None or (
            span.tag == "part" and board.has("met", "growth", "decline", "change", *_DEEDS)
        ):
            raise Unclear(
                f"I can't count {span.text}. I can count orders, customers, products, returns and more."
            )
        sold = any(each.tag == "sold" for each in found.taken) or board.has("sold")
        plain = not any(each.tag == "distinct" for each in found.taken)
        if metric == "products" and sold and plain and not draft.members:
            draft.note("different products sold", ("pieces sold", "units"), ("order lines", "lines"))
        draft.add_metric(metric)
        draft.counters.append(metric)
        draft.counted = True
        draft.explicit_metric = True
    while found := board.find("distinct x=thing"):
        board.remove(found.taken)
        draft.add_metric(setting.lexicon.counts.get(found.one("x").name, "orders"))
        draft.explicit_metric = True
    _bare_things(board, draft, setting)


_DEEDS = ("shipped", "loss", "elapsed", "returned")
_PERIODS = {"order_day": "order_days", "order_month": "order_months", "order_year": "order_years"}


def _bare_things(board: Board, draft: Draft, setting: Setting) -> None:
    """Nouns that are left: counted when nothing else is asked, else a way to speak of what is."""
    for row in (
        "x=thing:order|thing:customer|thing:product and! met!",
        "met! and! x=thing:order|thing:customer",
    ):
        if (found := board.find(row)) and found.one("x").name not in (draft.head, *draft.dims):
            board.remove(found.taken)
            draft.add_metric(setting.lexicon.counts[found.one("x").name])
    asked = bool(draft.metrics or board.has("met", "sold", "spent", "performing") or draft.ranked_by)
    board.remove([span for span in board.all("part") if span.name in draft.dims])
    for span in board.all("thing"):
        counter = setting.lexicon.counts.get(span.name)
        noise = span.name in ("order", "product", "customer") and asked
        own = draft.head == span.name or span.name in draft.dims
        members = any(member.entity == span.name for member in draft.members)
        if noise or own:
            board.remove([span])
            continue
        if members and not asked:
            board.remove([span])
            draft.head = draft.head or span.name
            if span.name == "order" and (draft.dims or draft.share):
                draft.add_metric("orders")
            elif draft.share or draft.dims:
                draft.add_metric(counter or "orders")
            else:
                draft.add_dim(span.name)
                draft.listed = True
            continue
        if counter is not None:
            board.remove([span])
            draft.add_metric(counter)
            draft.explicit_metric = True
            asked = True


def _verbs(board: Board, draft: Draft) -> None:
    """How much did we sell, how much was spent, how are we doing."""
    if board.has("performing") or (board.has("how") and not draft.metrics and not draft.dims):
        if draft.metrics == []:
            for name in ("sales", "profit", "margin", "orders"):
                draft.add_metric(name)
            draft.note("the usual figures: sales, profit, margin, orders")
        board.remove([*board.all("performing"), *board.all("vaguely")])
    if not draft.metrics:
        _implied(board, draft)


def _implied(board: Board, draft: Draft) -> None:
    """What `how many` and `how much` count where no figure is named."""
    values = any(filter_.field in ("product", "subcategory", "category") for filter_ in draft.filters)
    if board.has("howmany") and board.has("sold", "bought") and values:
        draft.add_metric("units")
    elif (board.has("howmany") and board.has("times")) or (board.has("howmany") and board.has("bought")):
        draft.add_metric("orders")
    elif board.has("howmany") and values:
        draft.add_metric("units")
        draft.note("counted in pieces sold", ("order lines", "lines"), ("orders", "orders"))
    elif board.has("howmuch") or (board.has("sold", "spent") and not draft.listed):
        draft.add_metric("sales")
        if not board.has("howmuch"):
            draft.note("by sales", ("by units", "units"), ("by products", "products"))
    elif board.has("shipped") and board.has("howmany"):
        draft.add_metric("orders")
    if draft.metrics:
        draft.explicit_metric = True
        draft.implied = not board.has("sold", "spent", "bought", "shipped")
