"""When something happened first or last: its day, and nothing where no day is asked for."""

from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.draft import Draft, Unclear
from awesome_analytics.semantic.query import Filter, Order, Role

_DEEDS = ("bought", "sold", "ordered", "returned", "shipped")
_THINGS = ("thing:order", "thing:return", "thing:customer", "met:orders", "met:returns", "met:sales")


def read(board: Board, draft: Draft) -> None:
    """When did Acme last order; when was the first return: the one day."""
    dated = board.find("what? be? part:order_day prep latest|firstorder|first")
    if not board.has("anywhen") and (dated is None or dated.at):
        return
    ends = [*board.all("latest"), *board.all("firstorder"), *board.all("first")]
    if len(ends) != 1:
        return
    came_back = board.has("thing:return", "met:returns", "returned")
    if board.has("shipped"):
        raise Unclear("I can tell the day of the first or last order or return. Which one?")
    gone = {"anywhen", "what", "latest", "firstorder", "first", *_DEEDS}
    taken = [s for s in board.spans if s.tag in gone or f"{s.tag}:{s.name}" in (*_THINGS, "part:order_day")]
    board.remove(taken)
    name = "return_day" if came_back else "order_day"
    draft.add_metric("returns" if came_back else "orders")
    draft.add_dim(name)
    draft.order.append(Order(by=name, descending=ends[0].tag == "latest"))
    draft.limit = 1


def two_dates(board: Board, draft: Draft) -> None:
    """Placed in 2014 but shipped in 2015: the day it was ordered and the day it left."""
    found = board.find(f"a=per {_THEN} s=shipped prep* b=per")
    found = found or board.find(f"s=shipped prep* b=per {_THEN} bought|ordered|prep* a=per!")
    if found is None or not (stretch := found.one("b").stretch):
        return
    values = stretch.ends or (stretch.text,)
    if stretch.kind not in ("day", "month", "quarter", "year") or any(".." in value for value in values):
        return
    ordered = found.one("a")
    board.remove([span for span in found.taken if span is not ordered])
    draft.role = Role.ORDERED
    draft.place(found.one("b").first, Filter(field=f"ship_{stretch.kind}", values=values))


_THEN = "whatabout|and|rel|be|only*"


def settle(board: Board, draft: Draft) -> None:
    """A "when" that no day, week or month answers was not understood."""
    if board.has("anywhen") and not any(
        name.startswith(("order_", "ship_", "return_")) for name in draft.dims
    ):
        raise Unclear(
            "When, you ask: I can tell the day of the first or last order or return, and the best day, week "
            "or month by sales, profit or orders. Which one?"
        )
