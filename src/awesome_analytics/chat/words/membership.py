"""Conditions by what orders, customers and products did: bought in 2013 but not in 2014, never came back."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from awesome_analytics.chat.words.board import Board, Found
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear, at_least
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.core.periods import Period
from awesome_analytics.semantic.query import Filter, Having, Members, Op, Shown, Time

_NO = "not|except"
_BUT = "and|whatabout"


def read(board: Board, draft: Draft, setting: Setting) -> None:
    """Read what members did and did not do."""
    _returns(board, draft)
    if not _has_subject(board):
        return
    _once(board, draft)
    _two_times(board, draft)
    _two_goods(board, draft)
    _not_bought(board, draft)
    _all_of(board, draft, setting)


def _has_subject(board: Board) -> bool:
    return board.has("who", "thing:customer", "thing:product", "thing:order")


def _entity(board: Board, at: int) -> str:
    """Whose deeds they are: the thing named before, or whoever buys."""
    before = board.before(at, "thing", "who")
    if before is not None and before.tag == "thing" and before.name in ("product", "customer", "order"):
        return before.name
    return "customer"


def _bought(entity: str, span: Span, *, negate: bool = False) -> Members:
    """A member with orders in a period, or of some goods."""
    time = Time(period=Period(span.stretch.text)) if span.stretch else None
    filters = (values_filter([span]),) if span.members else ()
    return Members(entity=entity, having=(at_least("orders"),), filters=filters, time=time, negate=negate)


def values_filter(spans: Sequence[Span], op: Op = Op.IN) -> Filter:
    """One filter for names of one dimension."""
    names = dict.fromkeys(span.members[0].text for span in spans)
    return Filter(field=spans[0].members[0].dimension, op=op, values=tuple(names))


def _once(board: Board, draft: Draft) -> None:
    """Who only placed one order: the number one is said by the noun's form."""
    found = board.find("thing:customer! who|rel? only bought x=thing:order")
    if found is not None and not found.one("x").plural:
        board.remove(found.taken)
        having = Having(metric=Shown("orders"), op=Op.IN, values=(Decimal(1),))
        draft.place(found.one("x").first, Members(entity="customer", having=(having,)))


def _two_times(board: Board, draft: Draft) -> None:
    """In 2013 but not in 2014; in both 2013 and 2014."""
    row = f"bought! prep? a=per {_BUT}? {_NO} bought? prep? b=per"
    while found := board.take(row):
        _pair(board, draft, found, negate=True)
    while found := board.take(f"{_NO} bought prep? b=per {_BUT}? bought prep? a=per"):
        _pair(board, draft, found, negate=True)
    if found := board.take("bought! prep a=per and bought? prep b=per"):
        _pair(board, draft, found, negate=False)
    both = board.find("both! a=per") or board.find("prep both! a=per")
    if both is not None and (stretch := both.one("a").stretch) and len(stretch.ends) > 1:
        entity = _entity(board, both.at)
        for end in stretch.ends:
            having = (at_least("orders"),)
            draft.place(
                both.one("a").first, Members(entity=entity, having=having, time=Time(period=Period(end)))
            )
        board.remove([*both.taken, *board.all("both"), *board.all("bought")])


def _pair(board: Board, draft: Draft, found: Found, *, negate: bool) -> None:
    one, two = found.one("a"), found.one("b")
    entity = _entity(board, min(found.at, len(board.spans)))
    both = (_bought(entity, one), _bought(entity, two, negate=negate))
    when = [span for span in board.all("per") if span.stretch and span.first > one.first]
    if one.members and len(when) == 1 and len(board.all("per")) == 1 and (stretch := when[0].stretch):
        # Said of what they did: both within the one period.
        time = Time(period=Period(stretch.text))
        both = (replace(both[0], time=time), replace(both[1], time=time))
    draft.place(one.first, both[0])
    draft.place(two.first, both[1])


def _two_goods(board: Board, draft: Draft) -> None:
    """Furniture but never Technology; both Furniture and Technology."""
    while found := board.take(f"bought prep|by? a=val {_BUT}? {_NO} bought|not? prep|by? b=val"):
        _pair(board, draft, found, negate=True)
    while found := board.take(f"bought prep? a=val prep? per! {_BUT}? {_NO} bought|not? prep? b=val"):
        _pair(board, draft, found, negate=True)
    if board.find("thing:product be|rel* sold"):
        while found := board.take(f"sold prep? a=val {_BUT}? {_NO} sold|bought? prep? b=val"):
            _pair(board, draft, found, negate=True)
    for row in (
        "bought|with|prep prep? both prep? a=val thing? and prep? b=val",
        "bought! prep? a=val and both? prep? b=val",
    ):
        while (found := board.find(row)) and _alike(found):
            before = board.before(found.at + 1, "thing", "who")
            if before is None or (before.tag == "thing" and before.name not in ("customer", "order")):
                break
            board.remove(found.taken)
            _pair(board, draft, found, negate=False)
            draft.note(f"both {found.one('a').text} and {found.one('b').text}")
    if found := board.take("bought only prep? a=val+") or board.take("only bought prep? a=val+"):
        entity = _entity(board, found.at)
        goods = found.named["a"]
        draft.place(goods[0].first, _bought(entity, goods[0]))
        others = Members(
            entity=entity,
            having=(at_least("orders"),),
            filters=(values_filter(goods, Op.NOT_IN),),
            negate=True,
        )
        draft.place(goods[0].first, others)


def _alike(found: Found) -> bool:
    return found.one("a").members[0].dimension == found.one("b").members[0].dimension


def _not_bought(board: Board, draft: Draft) -> None:
    """Have not ordered since June, never bought Chairs, with no orders in 2014."""
    rows = (
        f"{_NO} be? bought|sold all|once? prep? v=val prep? b=per",
        f"{_NO} be? bought|sold all? prep? b=per",
        f"{_NO} be? bought|sold all? prep? v=val",
        f"with? {_NO} thing:order|met:sales bought|prep? b=per",
        f"with? {_NO} thing:order bought|prep|with? v=val",
        f"{_NO} be? bought|sold",
    )
    for row in rows:
        while found := board.find(row):
            said = found.maybe("v") or found.maybe("b")
            if said is None and not _entity_named(board, found.at):
                return
            board.remove(found.taken)
            entity = _entity(board, found.at)
            time = found.maybe("b")
            made = Members(
                entity=entity,
                having=(at_least("orders"),),
                filters=(values_filter([said]),) if said is not None and said.members else (),
                time=Time(period=Period(time.stretch.text)) if time is not None and time.stretch else None,
                negate=True,
            )
            draft.place(found.taken[0].first, made)


def _entity_named(board: Board, at: int) -> bool:
    before = board.before(at, "thing")
    return before is not None and before.name in ("product", "customer")


def _all_of(board: Board, draft: Draft, setting: Setting) -> None:
    """Bought in all three categories: as many different ones as there are."""
    _steadily(board, draft)
    _in_every(board, draft, setting)
    steady = board.find("bought|sold prep* o=each|all num? part")
    steady = steady or board.find(
        "thing|who with thing:order|met:sales|met:orders prep* o=each|all num? part"
    )
    counted = board.has("howmany") and not board.find("list|which|who")
    if (
        steady
        and not (counted and "each" in steady.one("o").text.lower().split())
        and board.has("thing:customer", "who", "thing:product")
    ):
        raise Unclear("I can tell who bought in one period, or in each of a few that you name: which ones?")
    row = "bought|with prep? o=all|each|both|eq|ge|only prep? n=num? distinct? d=thing"
    while found := board.find(row) or _sold_in_all(board):
        thing = found.one("d")
        counter = setting.lexicon.counts.get(thing.name)
        if counter is None or thing.name in ("order", "customer", "product", "return"):
            return
        if counted and "each" in found.one("o").text.lower().split():
            return  # How many bought in each market: a number for each of them.
        entity = _entity(board, found.at + (board.spans[found.at].tag == "thing"))
        board.remove(found.taken)
        said = found.maybe("n")
        count = int(said.number) if said else len(setting.values.members_of(thing.name))
        op = Op.IN if found.one("o").tag in ("eq", "only") else Op.GE
        having = Having(metric=Shown(counter), op=op, values=(Decimal(count),))
        draft.place(thing.first, Members(entity=entity, having=(having,)))


def _steadily(board: Board, draft: Draft) -> None:
    """Ordered in all four years, in at least 10 months: so many different ones."""
    row = "bought|with thing:order? prep* o=each|all|ge|eq|only|gt? n=num distinct? d=part"
    found = board.find(row)
    counter = {"order_year": "order_years", "order_month": "order_months", "order_day": "order_days"}
    if found is None or found.one("d").name not in counter or not found.one("d").plural:
        return
    word = found.maybe("o")
    op = {"eq": Op.IN, "only": Op.IN, "gt": Op.GT}.get(word.tag if word else "", Op.GE)
    entity = _entity(board, found.at)
    board.remove(found.taken)
    having = Having(metric=Shown(counter[found.one("d").name]), op=op, values=(found.one("n").number,))
    draft.place(found.one("d").first, Members(entity=entity, having=(having,)))


def _in_every(board: Board, draft: Draft, setting: Setting) -> None:
    """Ordered in every year from 2011 to 2014: in as many as that period has."""
    found = board.find("bought|with thing:order? prep* o=each|all d=part prep* p=per")
    if found is None or not (found.one("d").name in _COUNTED_IN and (stretch := found.one("p").stretch)):
        return
    days = Period(stretch.text).days(setting.today, setting.reckoning)
    if days.start is None or days.end is None:
        return
    years, months = days.end.year - days.start.year + 1, days.end.month - days.start.month
    counter, count = _COUNTED_IN[found.one("d").name], years
    if counter == "order_months":
        count = (years - 1) * 12 + months + 1
    entity = _entity(board, found.at)
    board.remove(found.taken)
    having = Having(metric=Shown(counter), op=Op.GE, values=(Decimal(count),))
    time = Time(period=Period(stretch.text))
    draft.place(found.one("d").first, Members(entity=entity, having=(having,), time=time))


_COUNTED_IN = {"order_year": "order_years", "order_month": "order_months"}


def _sold_in_all(board: Board) -> Found | None:
    """Products sold in every region; those sold in each region are a list for each."""
    found = board.find("thing:product! be|rel* sold prep? o=all|each|only|eq|ge n=num? d=thing")
    if found is None:
        return None
    word = found.one("o")
    return found if word.tag != "each" or {"every", "all"} & set(word.text.lower().split()) else None


def _returns(board: Board, draft: Draft) -> None:
    """Never returned; with returns; who returned something."""
    rows = ("except thing:order rel? returned", "except returned thing:order", "except met:returned_orders")
    while found := next(filter(None, map(board.find, rows)), None):
        led = board.spans[found.at - 1] if found.at else None
        whose = led.name if led and led.tag == "thing" and led.name in ("customer", "product") else "order"
        board.remove(found.taken)
        draft.place(found.taken[0].first, _came_back(whose, negate=True))
    while found := board.take("be|rel|with|bought? s=no_returns"):
        draft.place(found.one("s").first, _came_back(_owner(board, found.at), negate=True))
    while found := board.find("with thing:return"):
        if _owner(board, found.at) not in ("customer", "product", "order"):
            return
        board.remove(found.taken)
        draft.place(found.taken[0].first, _came_back(_owner(board, found.at)))


def _owner(board: Board, at: int) -> str:
    before = board.before(at, "thing", "who")
    after = next((span for span in board.spans[at:] if span.tag == "thing"), None)
    named = before or after
    if named is None or named.tag == "who":
        return "customer" if named is not None else "order"
    return named.name if named.name in ("customer", "product", "order") else "order"


def _came_back(entity: str, *, negate: bool = False) -> Members:
    return Members(entity=entity, having=(at_least("returned_lines"),), negate=negate)
