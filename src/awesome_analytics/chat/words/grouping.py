"""What figures are split by: by region, per month, each category, monthly, over time."""

from dataclasses import replace

from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.core.periods import Period
from awesome_analytics.semantic.model import Ratio
from awesome_analytics.semantic.query import Role

_TEXTUAL = frozenset(
    [
        "category",
        "subcategory",
        "region",
        "market",
        "segment",
        "ship_mode",
        "order_priority",
        "return_reason",
        "return_status",
    ]
)
_X = "thing|part|series"
_DATES = tuple(
    f"{role}_{part}"
    for role in ("order", "ship", "return")
    for part in ("day", "week", "month", "quarter", "year")
)
_NAMED = frozenset({"val", "per"})
_FEW_DAYS, _FEW_WEEKS = 35, 100


def read(board: Board, draft: Draft, setting: Setting) -> None:
    """Read every way of splitting."""
    _sorting(board, draft, setting)
    _dates(board, draft)
    _said_twice(board, setting)
    board.take("by t=thing:customer prep! val!")
    _each_period(board, draft, setting)
    _by_metric(board, draft, setting)
    _lists(board, draft, setting)
    _adjectives(board, draft)


def _sorting(board: Board, draft: Draft, setting: Setting) -> None:
    """Sorted by profit, biggest first, alphabetically."""
    if (found := board.find("x=thing|part sort distinct? howmany? m=FIG!")) and found.at == 0:
        board.remove([found.one("x")])
        draft.add_dim(found.one("x").name)
    if found := board.take("sort prep|all* t=thing|part! by howmany? m=FIG"):
        thing, said = found.one("t"), found.one("m")
        board.remove([thing])
        draft.add_dim(thing.name)
        draft.head = thing.name
        draft.ranked_by = said.name if said.tag == "met" else setting.lexicon.counts.get(said.name)
        draft.rank = Span(tag="rank", first=said.first, last=said.last)
    found = board.take("sort distinct? howmany? m=FIG way=desc|asc?")
    if found:
        said = found.one("m")
        draft.ranked_by = said.name if said.tag == "met" else setting.lexicon.counts.get(said.name)
        way = found.maybe("way")
        draft.rank = draft.rank or Span(
            tag="rank", first=said.first, last=said.last, descending=way is None or way.tag == "desc"
        )
    for tag in ("desc", "asc"):
        for span in board.all(tag):
            draft.rank = Span(tag="rank", first=span.first, last=span.last, descending=tag == "desc")
            board.remove([span])
    if board.take("and? sort? alphabetical"):
        draft.notes = [note for note in draft.notes if "first" not in note.text]
        draft.rank = None
        draft.listed = True
    board.remove(board.all("sort"))


def _dates(board: Board, draft: Draft) -> None:
    """Which date counts, and the words that say so."""
    if board.take("shipped! not|except ordered|bought"):
        draft.role = Role.SHIPPED
    if board.take("by? returndate"):
        draft.role = Role.RETURNED
    if board.find("shipped prep|be|by|only|in* per!") or board.find("per! be? thing? shipped"):
        near_mode = board.find("shipped prep* val!")
        if not near_mode or board.find("shipped prep* per!"):
            draft.role = Role.SHIPPED
    if board.find("shipped by|each|prep* part|series") or board.find("each part be? thing? be? shipped"):
        draft.role = Role.SHIPPED
    if any("date" in span.text.lower() for span in board.all("shipped")):
        draft.role = Role.SHIPPED
    if board.has("ordered"):
        draft.role = Role.ORDERED
        board.remove(board.all("ordered"))
    for span in board.all("series"):
        draft.add_dim(span.name)
        board.remove([span])
    _first_orders(board, draft)


def _first_orders(board: Board, draft: Draft) -> None:
    """New customers by year of first order, which is the order they are new by."""
    if board.has("met:new_customers") or "new_customers" in draft.metrics:
        for span in board.all("firstorder"):
            draft.dims += [f"order_{grain}" for grain in ("year", "month") if grain in span.text.lower()]
        board.take("by? firstorder")


def _each_period(board: Board, draft: Draft, setting: Setting) -> None:
    """Each of the last three years; sales between the segments."""
    found = board.find("each prep* p=per!")
    if found is not None and (stretch := found.one("p").stretch):
        grain = next(
            (g for g in ("day", "week", "month", "quarter", "year") if stretch.text.endswith(f"{g}s")), ""
        )
        if grain:
            board.remove(found.taken)
            _add(draft, setting, replace(found.one("p"), tag="part", name=f"order_{grain}"), grouped=True)
    while between := board.take("between x=thing|part"):
        draft.add_dim(between.one("x").name)


def _said_twice(board: Board, setting: Setting) -> None:
    """An average spend per customer is per customer already."""
    found = board.find("m=met! each x=thing")
    if found is None:
        return
    formula = setting.catalog.metric(found.one("m").name).formula
    counted = setting.lexicon.counts.get(found.one("x").name)
    if isinstance(formula, Ratio) and formula.denominator == counted:
        board.remove(found.taken)


def _by_metric(board: Board, draft: Draft, setting: Setting) -> None:
    """Each `by X and Y`; a figure after `by` is what ranks."""
    while found := board.find(f"by|each|wise prep|all|distinct|each|which? x={_X}"):
        first = found.one("x")
        start = board.spans.index(found.taken[0])
        grouped = found.taken[0].tag == "each"
        if first.name == "order" and found.taken[0].text.lower() == "per" and draft.rank is None:
            raise Unclear(
                "I can't work that out per order. I know sales, units, profit and shipping cost per order."
            )
        board.remove(found.taken)
        _add(draft, setting, first, grouped=grouped)
        while start < len(board.spans):
            more = board.find(f"and|by|each and|by|each|all? x={_X}")
            if more is None or more.at != start or _is_counted(board, more.at + len(more.taken)):
                break
            _add(draft, setting, more.one("x"), grouped=grouped)
            board.remove(more.taken)
    while found := board.take("what|whatdo be|prep|all|distinct|each* x=thing|part by! met!"):
        _add(draft, setting, found.one("x"), grouped=False)
    while found := board.take("x=thing|part wise"):
        _add(draft, setting, found.one("x"), grouped=False)
    if found := board.take("by prep|howmany|howmuch|distinct* m=met"):
        _by(draft, found.one("m").name)
        draft.rank = draft.rank or Span(tag="rank", first=0, last=0, text="by")
        draft.explicit_metric = True
    if found := board.take("by howmany|distinct+ m=thing"):
        _by(draft, setting.lexicon.counts.get(found.one("m").name, "orders"))
        draft.rank = draft.rank or Span(tag="rank", first=0, last=0, text="by")
        draft.explicit_metric = True


def _by(draft: Draft, metric: str) -> None:
    """What is named after `by` ranks, whatever the superlative's own word would have meant."""
    if draft.ranked_by != "growth":
        draft.ranked_by = metric
        draft.notes = [note for note in draft.notes if not note.swap]


def _is_counted(board: Board, at: int) -> bool:
    """Whether a noun after `and` begins something else: a condition, or what was done."""
    return at < len(board.spans) and board.spans[at].tag in ("rel", "who")


def _add(draft: Draft, setting: Setting, span: Span, *, grouped: bool) -> None:
    """Split by it; beside a superlative it is the group of which each has its own top."""
    head = draft.rank is not None and draft.head and draft.limit is not None
    if head and span.name != draft.head and span.name in draft.dims:
        return
    if head and span.name == draft.head:
        # "which region ... by region": said twice.
        return
    if head and span.name == "order" and (draft.ranked_by or "").endswith("per_order"):
        return
    if grouped and draft.rank and draft.limit and not draft.head and not setting.head:
        raise Unclear(f"The first {draft.limit} of what in each {span.text.lower()}: products, customers?")
    draft.add_dim(span.name)
    if head and (grouped or span.tag != "met"):
        draft.per_group.append(span.name)


def _lists(board: Board, draft: Draft, setting: Setting) -> None:
    """Which categories, list the customers, what products are in Technology."""
    while found := board.take("which|list prep|be|all|distinct* x=thing|part") or board.take(
        "what be|all|distinct* x=thing|part"
    ):
        draft.add_dim(found.one("x").name)
        draft.head = draft.head or found.one("x").name
        draft.listed = True
    if (
        board.find("thing:customer who|rel", hidden=_NAMED)
        and not board.has("howmany", "met")
        and draft.share is None
    ):
        draft.add_dim("customer")
        draft.head = draft.head or "customer"
        draft.listed = True
    if board.has("howmany", "thing:customer", "met"):
        board.remove(board.all("who"))
    if board.take("who"):
        draft.add_dim("customer")
        draft.head = draft.head or "customer"
        draft.listed = True
    if board.take("anywhen|what prep? part:order_day"):
        draft.add_dim("order_day")
    if board.spans and board.spans[0].tag == "where" and board.take("where"):
        draft.add_dim("region")
        draft.note("'where' read as the region")
    if not board.has("met", "thing", "howmany") and board.take(
        "what|whatdo be|prep* bought|sold", hidden=_NAMED
    ):
        draft.add_dim("product")
        draft.head, draft.listed = "product", True
    for span in [span for span in board.all("thing") if span.name in ("return_reason", "return_status")]:
        board.remove([span])
        draft.add_dim(span.name)
    _over_time(board, draft, setting)


def _over_time(board: Board, draft: Draft, setting: Setting) -> None:
    """Over time: day by day within five weeks, week by week within a quarter, else month by month."""
    if not board.has("trend"):
        return
    if (found := board.find("t=trend thing:product|thing:customer")) and found.one("t").text == "trending":
        raise Unclear("Which ones: those that sell most of late, or those that grow fastest?")
    board.remove(board.all("trend"))
    if any(name.startswith(_DATES) for name in draft.dims):
        return
    periods = [span.stretch for span in board.all("per") if span.stretch]
    days = Period(periods[0].text).days(setting.today, setting.reckoning) if len(periods) == 1 else None
    length = (days.end - days.start).days if days and days.start and days.end else 999
    grain = "day" if length <= _FEW_DAYS else "week" if length <= _FEW_WEEKS else "month"
    draft.add_dim(f"order_{grain}")
    draft.note(f"{grain} by {grain}")


def _adjectives(board: Board, draft: Draft) -> None:
    """Category sales, month sales, sales for the regions."""
    while found := board.find("x=thing|part m=met!"):
        name = found.one("x").name
        board.remove([found.one("x")])
        if name in _TEXTUAL or found.one("x").tag == "part":
            draft.add_dim(name)
    while found := board.find("m=met! prep! x=thing|part"):
        span = found.one("x")
        if (span.name in _TEXTUAL or span.tag == "part") and span.plural:
            draft.add_dim(span.name)
            draft.note(f"each of the {span.text.lower()} on a row of its own")
            board.remove([span])
        else:
            break
