"""Figures of new and of returning customers: a condition on those without or with an order before."""

from dataclasses import replace

from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear, at_least
from awesome_analytics.core.periods import ONE_DAY, Period
from awesome_analytics.semantic.query import Members, Time

_KIND = "met:new_customers|met:returning_customers"
_COUNTED = ("customers", "new_customers", "returning_customers")
_OLD = "met:returning_customers|met:repeat_customers|returning|repeat"
_BOTH = (f"new|met:new_customers vs|and|or {_OLD}", f"{_OLD} vs|and|or met:new_customers|new")


def read(board: Board, draft: Draft) -> None:
    """Sales to new customers, what new customers spent; how many there are is a metric of its own."""
    _tell_apart(board)
    if any(board.find(row) for row in _BOTH):
        if board.find(f"met! prep {_OLD}|{_KIND}|new"):
            raise Unclear("I can tell figures of new or of returning customers, one at a time. Which ones?")
        return
    for row in (
        f"m=met! prep stop* k={_KIND}",
        "m=met! prep k=new|returning thing:customer",
        f"t=thing:order! prep k={_KIND}",
        "t=thing:order! prep k=new|returning thing:customer",
        f"howmuch|howmany|what m=met! be* k={_KIND} s=spent|bought?",
        f"howmany t=thing:order! be* k={_KIND} bought?",
        f"howmuch|what be* k={_KIND} s=spent|bought|sold",
        f"k={_KIND} c=and|with pronoun m=met!",
    ):
        found = board.find(row)
        if found is None or ((figure := found.maybe("m")) and figure.name in _COUNTED):
            continue
        kind = found.one("k")
        draft.newcomers = "returning" if "returning" in (kind.tag, kind.name.partition("_")[0]) else "new"
        board.remove(found.taken)
        if found.maybe("c"):
            draft.add_metric("customers")
        elif figure is None and not found.maybe("t"):
            draft.add_metric("sales")
        return


def _tell_apart(board: Board) -> None:
    """Returning versus new: beside new customers no goods are meant."""
    found = board.find("r=returned vs|and|or met:new_customers|new")
    if found is not None and found.one("r").text.lower() == "returning":
        said = found.one("r")
        board.spans = [replace(span, tag="returning") if span is said else span for span in board.spans]


def settle(draft: Draft, setting: Setting) -> None:
    """The condition, which needs the period that they are new in."""
    if not draft.newcomers:
        return
    start = Period(draft.period).days(setting.today, setting.reckoning).start if draft.period else None
    if start is None or draft.compare:
        raise Unclear(
            f"I can tell figures of {draft.newcomers} customers within one period, such as in a year or "
            "a quarter. Which one?"
        )
    before = Time(period=Period(f"..{start - ONE_DAY}"))
    is_new = draft.newcomers == "new"
    draft.place(0, Members(entity="customer", having=(at_least("orders"),), time=before, negate=is_new))
    draft.note(f"{draft.newcomers} customers are those with {'no' if is_new else 'an'} order before {start}")
