"""Superlatives: the top five products, the worst month, the best customer of every segment."""

from dataclasses import replace

from awesome_analytics.chat.words import placing
from awesome_analytics.chat.words.board import Board, Found
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.semantic.query import Form

USUAL = 10
"""Rows of a top list whose length isn't said."""

_T = "thing|part|people"
# The thing ranked is `t`, what ranks it `r`, by what `m`, how many `n`.
_PATTERNS = (
    "q=whatdo thing:customer? bought|sold* r=ranked|rank",
    f"r=rank n=num? k=ranked m=met? t={_T}",
    f"n=num r=rank prep? m=met? t={_T}",
    f"n=num r=ranked m=met? t={_T}",
    f"r=rank n=num? m=met t={_T}",
    f"r=rank n=num? t={_T} with|rel prep? howmany? r2=rank? prep? distinct? m=FIG",
    f"which|what prep|be|all* n=num? t={_T} GLUE|shipped* r=rank prep? howmany|howmuch? distinct? m=FIG",
    f"which|what be? n=num? t={_T} GLUE* r=ranked m=FIG",
    f"which|what be? n=num? t={_T} GLUE* v=returned r=rank|ranked prep? m=FIG?",
    "who v=returned r=rank|ranked m=FIG?",
    "w=where GLUE* r=rank|ranked m=FIG?",
    "who GLUE* r=ranked n=num? t=thing:customer",
    "who GLUE* r=ranked m=FIG",
    f"which|what be? n=num? t={_T} be|with|bought|sold|spent|rel|prep|returned* r=ranked|rank",
    "which|what be? t=thing:ship_mode|thing:category|thing:subcategory be* thing:customer r=rank",
    f"n=num? t={_T} be|with|rel|bought|sold* prep? r=rank prep? howmany? distinct? m=FIG",
    f"r=rank n=num? t={_T}",
    f"r=ranked n=num? t={_T}",
    "r=rank series! m=met",
    f"n=num t={_T} be|with|rel|pronoun* r=ranked",
    f"t={_T} be|with|rel* r=ranked n=num?",
    "who be|with|bought* r=rank howmany? m=FIG",
    "who be|with|bought* r=ranked",
    f"r=ranked n=num? be? t={_T}",
    "r=rank n=num? t=met:units",
    "r=rank prep? n=num? m=met",
    "q=what bought|sold* r=ranked",
    "r=people n=num?",
    "r=rank n=num",
    "n=num r=rank",
)  # fmt: skip


_MOST_BY = "r=rank m=thing:order|thing:return|thing:customer|thing:product by|each t=thing|part"
_BY_COUNT = f"r=rank|ranked n=num? t={_T} by prep? m=thing:order|thing:customer|thing:product|thing:return"
_MOSTS = frozenset({"most", "fewest", "least"})
_BACK = {
    "orders": "returned_orders",
    "units": "returned_units",
    "sales": "returned_sales",
    "products": "returned_units",
}
_MOVED = frozenset({"growth"})
_HIDDEN = frozenset({"per", "val", "dayname"})


def read(board: Board, draft: Draft, setting: Setting) -> None:
    """Read a superlative, if there is one."""
    placing.ask_place(board, draft)
    if not board.has("rank", "ranked", "people"):
        return
    if _by_count(board, draft, setting):
        return
    for pattern in _PATTERNS:
        found = board.take(pattern, hidden=_HIDDEN)
        if found:
            _put(board, draft, setting, found)
            break
    if draft.rank is not None and (found := board.take("only? r=rank n=num")):
        if found.one("r").descending is not draft.rank.descending:
            raise Unclear("One list at a time, please: the top ones, or the bottom ones?")
        _limit(draft, found.one("n"))
        draft.notes = [note for note in draft.notes if note.text != f"the {USUAL} first"]
    if setting.head and draft.rank is None and (found := board.take("r=rank|ranked")):
        _put(board, draft, setting, found)
    if draft.compare and draft.rank and (draft.ranks_movement or not draft.ranked_by):
        draft.metrics += [draft.ranked_by] if draft.ranked_by and draft.ranked_by not in _MOVED else []
        draft.ranked_by = "growth"
        if draft.moved == "decline":
            draft.rank = replace(draft.rank, descending=not draft.rank.descending)


def _by_count(board: Board, draft: Draft, setting: Setting) -> bool:
    """The most orders by region; the bottom two segments by orders."""
    found = board.find(_MOST_BY)
    if found and found.one("r").text.lower().removeprefix("the ") in _MOSTS:
        board.remove(found.taken)
        _put(board, draft, setting, found)
        draft.limit = None
        return True
    found = board.find(_BY_COUNT)
    if found and found.one("m").plural:
        board.remove(found.taken)
        _put(board, draft, setting, found)
        return True
    return False


def _put(board: Board, draft: Draft, setting: Setting, found: Found) -> None:
    rank = found.maybe("k") or found.one("r")
    thing, said = _thing(draft, found, rank), found.maybe("m")
    draft.rank = _turned(rank) if found.maybe("k") and not found.one("r").descending else rank
    draft.ranked_by = _metric(said, rank, setting)
    _other_figure(draft, found, thing, rank)
    if rank.tag == "ranked" and rank.guess and said is None and draft.ranked_by == rank.name:
        draft.note(*_guess(rank))
    if placing.of_the_top(board, draft, setting, found):
        return
    _refuse_nested(board, draft, found)
    number = found.maybe("n")
    if number is not None:
        _limit(draft, number)
    if thing is not None:
        _of_thing(draft, thing, number, found, said)
    draft.rank = placing.turned_where_less_is_better(draft.rank, draft.ranked_by)


def _thing(draft: Draft, found: Found, rank: Span) -> Span | None:
    """What is ranked: named, or a customer for `who` and a region for `where`."""
    thing = found.maybe("t")
    if thing is None and rank.tag == "people":
        return rank
    if thing is None and any(span.tag == "who" for span in found.taken):
        return Span(tag="thing", name="customer", first=rank.first, last=rank.last)
    if thing is None and found.maybe("q"):
        return Span(tag="thing", name="product", first=rank.first, last=rank.last, plural=True)
    if thing is None and found.maybe("w"):
        draft.note("'where' read as the region")
        return Span(tag="thing", name="region", first=rank.first, last=rank.last)
    return thing


def _other_figure(draft: Draft, found: Found, thing: Span | None, rank: Span) -> None:
    """Where the superlative's usual figure doesn't fit what is ranked."""
    name, said = thing.name if thing is not None else "", found.maybe("m")
    if name.startswith("order_") and rank.tag == "ranked" and draft.ranked_by == "days_to_ship":
        raise Unclear(f"The {rank.text} by what: sales, orders, or days to ship?")
    if name == "ship_mode" and draft.ranked_by == "sales_per_unit":
        draft.ranked_by = "shipping_per_order"
        draft.note("by the shipping cost of an order", ("by total shipping cost", "shipping_cost"))
    if found.maybe("v") or (rank.name == "returns" and said is not None):
        draft.ranked_by = _BACK.get(draft.ranked_by or "", "returns")
    if name.startswith("return_") and said is None and rank.name in ("", "orders", "sales", "units"):
        draft.ranked_by = "returns"


def _refuse_nested(board: Board, draft: Draft, found: Found) -> None:
    """Figures of the top five only are a question within a question."""
    first = found.taken[0].first
    led = [span for span in board.spans if span.first < first]
    grouped = any(span.tag in ("by", "each", "series") for span in led)
    if led and led[-1].tag == "prep" and (grouped or draft.dims):
        raise Unclear(
            "I can list the top ones, or split all of them, but not yet split only the top ones. Which?"
        )


def _of_thing(draft: Draft, thing: Span, number: Span | None, found: Found, said: Span | None) -> None:
    name = "product" if thing.tag == "met" else thing.name
    draft.head = name
    draft.add_dim(name)
    asked = any(span.tag in ("which", "what", "who") for span in found.taken)
    if number is not None:
        return
    if not thing.plural:
        draft.limit = 1
    elif name in ("product", "customer", "order") or not asked:
        draft.limit = USUAL
        if said is None or not asked:
            draft.note(f"the {USUAL} first")


def _turned(rank: Span) -> Span:
    return Span(
        tag=rank.tag, first=rank.first, last=rank.last, text=rank.text, name=rank.name, descending=False
    )


def _limit(draft: Draft, number: Span) -> None:
    draft.limit = placing.count_of(number)


def _metric(said: Span | None, rank: Span, setting: Setting) -> str | None:
    if said is not None:
        return said.name if said.tag == "met" else setting.lexicon.counts.get(said.name)
    if rank.tag != "ranked":
        return None
    return rank.name


def _guess(rank: Span) -> tuple[str, tuple[str, str], tuple[str, str]]:
    others = [name for name in ("sales", "units", "orders", "profit") if name != rank.name][:2]
    return (
        f"'{rank.text}' read as by {rank.name}",
        (f"by {others[0]}", others[0]),
        (f"by {others[1]}", others[1]),
    )


def form_of(draft: Draft) -> Form:
    """What of the metric is ranked: itself, or its growth where a comparison is asked."""
    if not draft.compare or draft.ranked_by != "growth":
        return Form.ITSELF
    return Form.CHANGE if draft.by_amount else Form.GROWTH
