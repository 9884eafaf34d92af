"""What the verb `returned` asks for: orders, units, sales or rates of what came back."""

from awesome_analytics.chat.words.board import Board, Found
from awesome_analytics.chat.words.draft import Draft, Unclear, at_least
from awesome_analytics.semantic.query import Members, Role

_COUNTERS = ("howmany", "distinct", "prep")
_NAMED = frozenset({"val", "per", "dayname"})
_WHAT_CAME_BACK = "thing:return|thing:order|met:returned_orders|met:returns|met:returned_sales"
_RETURNED = {
    "units": "returned_units", "sales": "returned_sales", "lines": "returned_lines",
    "orders": "returned_orders",
}  # fmt: skip
_RATES = {
    "orders": "return_rate", "units": "unit_return_rate", "sales": "sales_return_rate",
    "lines": "unit_return_rate",
}  # fmt: skip


def _values(board: Board, draft: Draft) -> None:
    """The value of what came back."""
    if board.find("met:profit met:returned_sales"):
        raise Unclear("I know the sales of what came back, not its profit. Shall I show those?")
    if board.take("howmuch prep? thing:return", hidden=_NAMED) or board.take(
        "howmuch met:sales? be|prep* met:returned_sales"
    ):
        draft.add_metric("returned_sales")
    if board.take("howmuch prep? met:returned_orders|met:returns be? prep? met:sales?") or board.take(
        "howmuch|whatdo|what be? met:returned_orders|met:returns prep met:sales", hidden=_NAMED
    ):
        draft.add_metric("returned_sales")
    if board.take(f"met:sales netof prep? returned? {_WHAT_CAME_BACK}"):
        draft.add_metric("net_sales")
    if board.take("howmuch prep* thing:order|thing:product be|rel|with* returned", hidden=_NAMED):
        draft.add_metric("returned_sales")


def _of_orders(board: Board, draft: Draft) -> None:
    """The returned units of 2013 orders: of what was ordered then, whenever it came back."""
    for row in (
        f"x={_BACK} returned? prep* per! t=thing:order",
        f"x={_BACK} returned? prep* t=thing:order bought|ordered? prep* per!",
    ):
        if board.has(
            "returned", "thing:return", "met:returns", "met:returned_units", "met:returned_sales"
        ) and (found := board.find(row)):
            board.remove([found.one("t")])
            draft.role = Role.ORDERED


_BACK = "met:units|met:sales|met:lines|met:returns|met:returned_units|met:returned_sales|thing:return"


def returned(board: Board, draft: Draft) -> None:
    """What the verb `returned` makes of what was returned."""
    _of_orders(board, draft)
    _values(board, draft)
    if board.has("thing:return_reason", "thing:return_status") and not board.has("howmany", "why", "share"):
        board.remove(board.all("returned"))
    if not board.has("returned", "why") or board.find("returned rank|ranked"):
        return
    if board.has("why") and board.has("returned", "thing:return"):
        board.remove([*board.all("why"), *board.all("how")])
        draft.add_dim("return_reason")
        found = board.take("thing:order|thing:product! be* returned")
        board.remove(board.all("returned"))
        if found:
            board.remove([span for span in board.spans if span.tag == "thing" and span.name == "order"])
        draft.add_metric("returns")
        return
    rows = (
        "x=met prep thing:order|thing:product be|rel|with* returned", "x=met prep returned thing:order",
        "howmany thing:order be|prep|rel|with* returned", "thing:order be|rel|with|prep* returned",
        "returned thing:order",
        "howmany? x=met be|rel|prep* returned", "returned howmany? x=met",
        "howmany|distinct* prep? distinct? x=thing:product|thing:customer be|rel|with|bought* r=returned",
        "r=returned x=thing:product", "v=val! be|rel* returned", "howmany returned", "howmuch be? returned",
    )  # fmt: skip
    for row in rows:
        while found := board.find(row, hidden=frozenset() if "val" in row else _NAMED):
            if not _returned_one(board, draft, found):
                break


def _returned_one(board: Board, draft: Draft, found: Found) -> bool:
    """Read one `returned`; False when it belongs to something else."""
    counted = any(span.tag in ("howmany", "distinct") for span in found.taken)
    thing, share = found.maybe("x"), board.has("share")
    if share and thing is None and found.maybe("v") is None:
        board.remove([*found.taken, *board.all("share")])
        draft.add_metric("return_rate")
        return True
    if thing is not None and thing.tag == "met":
        table = _RATES if share else _RETURNED
        owner = next((span for span in found.taken if span.tag == "thing"), None)
        if thing.name not in table and owner is not None:
            board.remove([span for span in found.taken if span is not thing])
            draft.place(owner.first, Members(entity=owner.name, having=(at_least("returned_lines"),)))
            return True
        if thing.name not in table:
            return False
        board.remove([*found.taken, *(board.all("share") if share else ())])
        draft.add_metric(table[thing.name])
        return True
    if thing is not None:
        _members_returned(board, draft, found, counted=counted or share)
        return True
    value = found.maybe("v")
    board.remove(found.taken)
    if value is not None:
        board.remove(board.all("howmany"))
        draft.add_metric("returned_units")
        draft.note("pieces that came back", ("returns", "returns"), ("value", "returned_sales"))
    elif any(span.tag == "howmuch" for span in found.taken):
        draft.add_metric("returned_sales")
    else:
        ordered = any(span.tag == "thing" for span in found.taken)
        draft.add_metric("returned_orders" if ordered else "returns")
    return True


def _members_returned(board: Board, draft: Draft, found: Found, *, counted: bool) -> None:
    """Products and customers with returns: counted, or listed with their returns."""
    thing = found.one("x")
    back = found.maybe("r")
    if thing.name == "customer" and back is not None and back.text.lower() in ("came back", "come back"):
        raise Unclear("Customers who ordered again (repeat customers), or who returned something: which?")
    if not counted:
        board.remove(found.taken)
        draft.add_dim(thing.name)
        draft.head = thing.name
        for metric in ("returns", "returned_units", "returned_sales"):
            draft.add_metric(metric)
        return
    board.remove([span for span in found.taken if span is not thing and span.tag not in _COUNTERS])
    draft.place(found.one("r").first, Members(entity=thing.name, having=(at_least("returned_lines"),)))
