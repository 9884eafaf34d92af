"""Places in a ranking: the second best, and what the top ten have together."""

from collections.abc import Sequence
from dataclasses import replace

from awesome_analytics.chat.words.board import Board, Found
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.core.periods import Period
from awesome_analytics.semantic.query import Members, Order, Query, Shown, Time, Top

_ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_PLACES = {
    word: place
    for words in (_ORDINALS, _NUMBERS)
    for place, word in enumerate(words, start=2)
} | {"up": 2}  # fmt: skip


def place_of(span: Span) -> int:
    """Which place an ordinal names: 2 for the second, 2nd, number two or the runner-up."""
    for word in span.text.lower().replace("-", " ").split():
        digits = "".join(letter for letter in word if letter.isdigit())
        if digits or word in _PLACES:
            return int(digits) if digits else _PLACES[word]
    return 1


def ask_place(board: Board, draft: Draft) -> None:
    """The second best: the best, after one that is left out; what came second is by the highest figure."""
    if found := board.take("e=nth r=rank|ranked!"):
        draft.skip = place_of(found.one("e")) - 1
        return
    found = board.find("e=nth by|prep met") or board.find("e=nth")
    if found is None:
        return
    nth = found.one("e")
    if len(found.taken) > 1 or _PLACED & set(nth.text.lower().split()):
        draft.skip = place_of(nth) - 1
        best = Span(tag="rank", first=nth.first, last=nth.last, text=nth.text)
        board.spans = [best if span is nth else span for span in board.spans]


_PLACED = frozenset(["ranks", "ranked", "rank", "comes", "came", "come", "place", "number", "no", "runner"])


def turned_where_less_is_better(rank: Span, figure: str | None) -> Span:
    """The best return rate is the lowest."""
    judged = bool({"best", "worst"} & set(rank.text.lower().split()))
    return replace(rank, descending=not rank.descending) if judged and figure in _LESS_IS_BETTER else rank


_LESS_IS_BETTER = frozenset(
    {
        "return_rate",
        "unit_return_rate",
        "sales_return_rate",
        "returns",
        "returned_orders",
        "returned_units",
        "returned_sales",
        "days_to_ship",
        "lapsed_customers",
        "shipping_share",
        "shipping_per_order",
    }
)
"""Of these the best is the lowest."""


def of_the_top(board: Board, draft: Draft, setting: Setting, found: Found) -> bool:
    """The share that the top ten customers have of the sales: theirs together, within all.

    `draft.rank` and `draft.ranked_by` are what the superlative says by itself.
    """
    number, thing, rank = found.maybe("n"), found.maybe("t"), draft.rank
    if number is None or thing is None or thing.tag == "met" or rank is None:
        return False
    led = [span for span in board.spans if span.first < found.taken[0].first]
    if not _asks_share(led, draft):
        return False
    if draft.share and any(s.tag == "met" and s.first == draft.share.last + 1 for s in led):
        raise Unclear(
            f"A share of what, or the {thing.text} with a figure of each? Say it in other words, please."
        )
    _refuse_other_shares(board, led, thing, setting)
    by = draft.ranked_by or _figure(board, led, draft, setting)
    rank = turned_where_less_is_better(rank, by)
    top = Top(count=count_of(number), by=Shown(by), descending=rank.descending)
    draft.part_members.append(Members(entity=thing.name, top=top))
    draft.share, draft.rank, draft.ranked_by = draft.share or led[0], None, None
    figure, place = setting.catalog.metric(by).label.lower(), "highest" if top.descending else "lowest"
    draft.note(f"the {number.text} with the {place} {figure}, together")
    return True


def _asks_share(led: Sequence[Span], draft: Draft) -> bool:
    """Whether what stands before the top ones asks for their share: how much of the sales, what percent."""
    if led and led[0].tag == "howmuch" and any(span.tag == "met" for span in led):
        return draft.share is not None or led[1].text.lower() == "of"
    if draft.share is None or not led or draft.share.first > led[-1].last + 1:
        return False
    # A figure that stands before the share is one of its own: sales and share of total of the top ten.
    return all(span.tag != "met" or span.last + 1 >= draft.share.first for span in led)


def _refuse_other_shares(board: Board, led: Sequence[Span], thing: Span, setting: Setting) -> None:
    """What looks alike and is another question."""
    if thing.name not in setting.catalog.entities:
        raise Unclear("I can show each one's share, but not the share of those together. Show each?")
    if board.has("each", "series") or board.find("by thing|part"):
        raise Unclear("I can show the share of the top ones together, or each one's, but not split. Which?")
    behind = [span for span in board.spans if span.first > thing.last]
    of_them = not any(span.tag in ("met", "thing") for span in led)
    if any(span.tag in _CHOOSES for span in behind) or (of_them and any(s.tag == "met" for s in behind)):
        raise Unclear(
            "The share that the top ones have of all, or a share within the top ones? I can tell the first: "
            "what share of sales came from the top 10 customers?"
        )


_CHOOSES = frozenset(["val", "returned", "no_returns", "shipped", "loss", "doubt", "discounted", "fullprice"])


def _figure(board: Board, led: Sequence[Span], draft: Draft, setting: Setting) -> str:
    """What the top ones are the top by: named behind them, or what the share is of."""
    if by := board.take("by m=met"):
        return by.one("m").name
    named = [
        s.name if s.tag == "met" else setting.lexicon.counts.get(s.name, "") for s in led if s.tag in _OF
    ]
    return next(filter(None, named), "") or next(iter(draft.metrics), "") or setting.metric or "sales"


_OF = frozenset({"met", "thing"})


def count_of(number: Span) -> int:
    """A number of rows; raises Unclear for one that is none."""
    count = number.number
    if number.unit or count != int(count) or not 1 <= count <= 10_000:
        raise Unclear(f"How many rows do you want? '{number.text}' is no number of rows.")
    return int(count)


_LED = frozenset({"whatabout", "and", "be", "which", "what", "who", "only", "prep", "instead"})


def followed(said: Sequence[Span], query: Query) -> Query | None:
    """And the second best?; and of the top 20?: the last ranking at another place, or of another length."""
    tags = {span.tag for span in said} - _LED
    if tags & {"thing", "part"}:
        if any(span.name not in query.dimensions for span in said if span.tag in ("thing", "part")):
            return None
        tags -= {"thing", "part"}
    if tags - {"list", "howmuch", "per"} == {"pronoun", "met"}:
        return _theirs(said, query)
    if "nth" in tags and tags <= {"nth", "rank", "pronoun"}:
        return _at_place(said, query)
    if tags == {"rank", "num"} and not query.dimensions:
        number, rank = (next(span for span in said if span.tag == tag) for tag in ("num", "rank"))
        return _of_length(number, rank, query)
    return None


def _theirs(said: Sequence[Span], query: Query) -> Query | None:
    """Their profit (in 2013), after the top three by sales: of those three, and not of other ones."""
    plural = any(span.tag == "pronoun" and _PLURAL & set(span.text.lower().split()) for span in said)
    figures = [span.name for span in said if span.tag == "met"]
    entity = query.dimensions[0] if len(query.dimensions) == 1 else ""
    if not plural or len(figures) != 1 or len(query.order) != 1 or entity not in _KINDS_RANKED:
        return None
    if query.compare or query.skip or not query.limit or query.order[0].by == entity:
        return None
    if query.members:
        raise Unclear("That list has conditions of its own: please ask for the other figure in one question.")
    order = query.order[0]
    top = Top(count=query.limit, by=Shown.parse(order.by), descending=order.descending)
    held = Members(entity=entity, having=query.having, top=top, filters=query.filters, time=query.time)
    same = (Order(by=figures[0], descending=True),)
    shown = (Shown(figures[0]),)
    made = query.but(metrics=shown, members=(*query.members, held), having=(), order=same, limit=None)
    stretches = [span.stretch for span in said if span.stretch is not None]
    if not stretches:
        return made
    if len(stretches) > 1 or len(stretches[0].ends) > 1:
        raise Unclear("Which one period do you mean?")
    period = Period(stretches[0].text)
    return made.but(time=replace(query.time, period=period) if query.time else Time(period=period))


_PLURAL = frozenset({"their", "them", "they", "those", "these", "theirs"})
_KINDS_RANKED = frozenset(
    {"order", "customer", "product", "category", "subcategory", "segment", "market", "region", "ship_mode"}
)


def _at_place(said: Sequence[Span], query: Query) -> Query | None:
    if len(query.order) != 1 or not (query.limit or query.limit_per):
        return None
    skip = place_of(next(span for span in said if span.tag == "nth")) - 1
    rank = next((span for span in said if span.tag == "rank"), None)
    order = (replace(query.order[0], descending=rank.descending),) if rank else query.order
    if query.limit_per:
        return query.but(order=order, limit_per=replace(query.limit_per, count=1, skip=skip))
    return query.but(order=order, limit=1, skip=skip)


def _of_length(number: Span, rank: Span, query: Query) -> Query | None:
    if len(query.part_members) != 1 or query.part_members[0].top is None:
        return None
    held = query.part_members[0]
    assert held.top is not None
    rank = turned_where_less_is_better(rank, held.top.by.metric)
    top = replace(held.top, count=count_of(number), descending=rank.descending)
    return query.but(part_members=(replace(held, top=top),))


def kept_within(made: Query, before: Query) -> Query:
    """The top ones of the period and the goods that are asked about now, where none of their own are told."""

    def moved(held: Members) -> Members:
        time = made.time if held.time in (None, before.time) else held.time
        filters = made.filters if held.filters in ((), before.filters) else held.filters
        return replace(held, time=time, filters=filters) if held.top else held

    return made.but(part_members=tuple(map(moved, made.part_members)))
