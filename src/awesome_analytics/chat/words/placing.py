"""Places in a ranking: the second best, and what the top ten have together."""

from collections.abc import Sequence
from dataclasses import replace

from awesome_analytics.chat.words.board import Board, Found
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.semantic.query import Members, Order, Query, Shown, Top

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
    elif found := board.find("e=nth"):
        nth = found.one("e")
        draft.skip = place_of(nth) - 1
        best = Span(tag="rank", first=nth.first, last=nth.last, text=nth.text)
        board.spans = [best if span is nth else span for span in board.spans]


def of_the_top(board: Board, draft: Draft, setting: Setting, found: Found) -> bool:
    """The share that the top ten customers have of the sales: theirs together, within all."""
    number, thing, rank = found.maybe("n"), found.maybe("t"), found.one("r")
    if number is None or thing is None or thing.tag == "met" or thing.name not in setting.catalog.entities:
        return False
    led = [span for span in board.spans if span.first < found.taken[0].first]
    howmuch = bool(led) and led[0].tag == "howmuch"
    part_of = howmuch and any(span.tag == "met" for span in led) and led[1].tag == "prep"
    if not part_of and (draft.share is None or not (howmuch or draft.share.first < found.taken[0].first)):
        return False
    by = _figure(board, draft, found, rank)
    top = Top(count=count_of(number), by=Shown(by), descending=rank.descending)
    draft.part_members.append(Members(entity=thing.name, top=top))
    draft.share = draft.share or led[0]
    figure = setting.catalog.metric(by).label.lower()
    draft.note(f"the {rank.text.removeprefix('the ')} {number.text} by {figure}, together")
    return True


def _figure(board: Board, draft: Draft, found: Found, rank: Span) -> str:
    """What the top ones are the top by: named behind them, in the word itself, or what the share is of."""
    said = found.maybe("m") or ((by := board.take("by m=met")) and by.one("m"))
    if said and said.tag == "met":
        return said.name
    if rank.tag == "ranked" and not rank.guess:
        return rank.name
    of = next((span.name for span in board.spans if span.tag == "met"), "")
    return of or next(iter(draft.metrics), "sales")


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
    if tags - {"list", "howmuch"} == {"pronoun", "met"}:
        return _theirs(said, query)
    if "nth" in tags and tags <= {"nth", "rank", "pronoun"}:
        return _at_place(said, query)
    if tags == {"rank", "num"} and not query.dimensions:
        return _of_length(next(span for span in said if span.tag == "num"), query)
    return None


def _theirs(said: Sequence[Span], query: Query) -> Query | None:
    """Their profit, after the top three by sales: of those three, and not of other ones."""
    plural = any(span.tag == "pronoun" and _PLURAL & set(span.text.lower().split()) for span in said)
    figures = [span.name for span in said if span.tag == "met"]
    entity = query.dimensions[0] if len(query.dimensions) == 1 else ""
    if not plural or len(figures) != 1 or len(query.order) != 1 or entity not in _KINDS_RANKED:
        return None
    if query.compare or query.skip or not query.limit or query.order[0].by == entity:
        return None
    order = query.order[0]
    top = Top(count=query.limit, by=Shown.parse(order.by), descending=order.descending)
    held = Members(entity=entity, having=query.having, top=top, filters=query.filters, time=query.time)
    same = (Order(by=figures[0], descending=True),)
    shown = (Shown(figures[0]),)
    return query.but(metrics=shown, members=(*query.members, held), having=(), order=same, limit=None)


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


def _of_length(number: Span, query: Query) -> Query | None:
    if len(query.part_members) != 1 or query.part_members[0].top is None:
        return None
    held = query.part_members[0]
    assert held.top is not None
    return query.but(part_members=(replace(held, top=replace(held.top, count=count_of(number))),))


def kept_within(made: Query, before: Query) -> Query:
    """The top ones of the period and the goods that are asked about now, where they were those of before."""

    def moved(held: Members) -> Members:
        time = made.time if held.time == before.time else held.time
        filters = made.filters if held.filters == before.filters else held.filters
        return replace(held, time=time, filters=filters) if held.top else held

    return made.but(
        members=tuple(map(moved, made.members)), part_members=tuple(map(moved, made.part_members))
    )
