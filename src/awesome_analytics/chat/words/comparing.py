"""Two periods side by side: 2014 against 2013, growth, change, month over month."""

from dataclasses import replace

from awesome_analytics.chat.words import apart
from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear
from awesome_analytics.chat.words.ranges import Stretch
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.core.periods import Period
from awesome_analytics.semantic.query import Form

_SERIES = {"mom": "order_month", "qoq": "order_quarter", "wow": "order_week"}
_WORDS = (
    "growth",
    "decline",
    "change",
    "vs",
    "compare",
    "yoy",
    "mom",
    "qoq",
    "wow",
    "yearbefore",
    "more",
    "ranked:growth",
)
_PARTS = {"year": "order_year", "quarter": "order_quarter", "month": "order_month"}
_UPS = {"up": "growth", "down": "decline"}
_MOVERS = (
    "which|list be? thing be|rel* growth|decline",
    "which|what|list be? thing which|be|rel|with|pronoun|prep* met be|with|rel* growth|decline",
    "thing which|where|with|rel met be* growth|decline",
    "thing where|with|rel* decline met",
    "which|what|list? be? thing who|be|rel|sold|bought|spent* more met? prep? per vs prep? per",
    "thing with|where more met prep? per vs prep? per",
)
_BY_AMOUNT = frozenset(
    ["increase", "decrease", "drop", "fall", "gain", "gained", "jump", "rise", "change", "decline"]
)
_BY_PERCENT = frozenset({"percent", "percentage", "%", "pct", "rate", "relative"})
_MOVES = "growth|decline|change"
_LESS = frozenset({"less", "lower", "fewer", "smaller"})
_ALL = [Form.BEFORE, Form.CHANGE, Form.GROWTH]
_CURRENT = {
    "last_year": "this_year", "last_month": "this_month", "last_quarter": "this_quarter",
    "last_week": "this_week", "yesterday": "today", "last_fiscal_year": "this_fiscal_year",
}  # fmt: skip


def read(board: Board, draft: Draft, setting: Setting) -> None:
    """Read a comparison of periods, if there is one."""
    _ups_and_downs(board)
    apart.read(board, draft)
    if not board.has(*_WORDS):
        return
    moved = [span.tag for span in board.spans if span.tag in ("growth", "decline", "change")]
    draft.moves_only = any(board.find(row) for row in _MOVERS)
    draft.ranks_movement = bool(
        board.find(f"rank num? met? prep? {_MOVES}") or board.find("ranked:growth met")
    )
    draft.by_amount = board.has("inmoney") or _is_by_amount(board)
    if draft.by_amount and draft.ranks_movement and not board.has("inmoney"):
        draft.note("by how much it changed, not by percent")
    board.remove(board.all("inmoney"))
    draft.moved = moved[0] if moved else "growth" if board.has("ranked:growth") else ""
    if draft.moves_only and not moved and (more := board.all("more")):
        _counted_movers(board, draft)
        draft.moved = "decline" if more[0].text.lower() in _LESS else "growth"
    steps = next((_SERIES[span.tag] for span in board.spans if span.tag in _SERIES), None)
    yearly = board.has("yoy", "yearbefore")
    if steps:
        draft.add_dim(steps)
    _between_periods(board, draft, setting)
    if draft.compare is None and (
        steps or yearly or board.has("growth", "decline", "change", "before", "vs", "ranked:growth")
    ):
        _with_the_one_before(board, draft, setting, yearly=yearly)
    if draft.compare is None:
        return
    draft.forms = list(_ALL)
    _drop_words(board)


def _is_by_amount(board: Board) -> bool:
    """The biggest increase, the largest drop, gained the most: by how much, and not in percent."""
    moves = [span for span in board.spans if span.tag in ("growth", "decline", "change")]
    moves += [span for span in board.all("ranked") if span.name == "growth"]
    words = {word for span in moves for word in span.text.lower().split()}
    return bool(words & _BY_AMOUNT) and not words & _BY_PERCENT and not board.has("inpercent")


def _counted_movers(board: Board, draft: Draft) -> None:
    """How many spent more than the year before: those who did, a row each."""
    if found := board.take("howmany x=thing"):
        draft.add_dim(found.one("x").name)
        draft.head = found.one("x").name
        draft.note("one row for each that did")
    if not board.has("met"):
        draft.add_metric("sales")


def _drop_words(board: Board) -> None:
    for tag in (*_WORDS[:-1], "before", "inpercent"):
        board.remove(board.all(tag))
    while board.take("by what? share") or board.take("share! change|growth"):
        pass
    board.remove(board.all("share"))
    # What follows a comparison's words says how much, not what.
    board.remove([span for span in board.spans if span.tag in ("howmuch", "how")])


def _ups_and_downs(board: Board) -> None:
    """Are sales up this year: a little word that asks for a comparison, unlike `up to June`."""
    for at, span in enumerate(board.spans):
        before = board.spans[at - 1] if at else None
        after = board.spans[at + 1].text.lower() if at + 1 < len(board.spans) else ""
        if (
            before is not None
            and before.tag in ("met", "thing")
            and before.last + 1 == span.first
            and board.spans[0].tag in ("be", "how", "met", "thing")
            and span.text.lower() in _UPS
            and after != "to"
        ):
            board.spans[at] = replace(span, tag=_UPS[span.text.lower()])


def _between_periods(board: Board, draft: Draft, setting: Setting) -> None:
    """Two periods named in the question."""
    periods = [span for span in board.all("per") if span.stretch]
    if (
        len(periods) == 1
        and board.has("compare", "vs")
        and (stretch := periods[0].stretch)
        and len(stretch.ends) > 2
    ):
        draft.add_dim(_PARTS.get(stretch.kind, "order_year"))
        board.remove([*board.all("compare"), *board.all("vs")])
        return
    named = [span.stretch for span in periods if span.stretch]
    range_said = len(periods) == 1 and len(named[0].ends) == 2
    if range_said and not board.has("yoy", *_SERIES) and not _is_series(board):
        draft.period, draft.compare = _later_first(named[0].ends[0], named[0].ends[1], setting)
        board.remove(periods)
    elif len(periods) == 2 and not any(stretch.ends for stretch in named):
        one, two = (_text(stretch) for stretch in named)
        if one == two:
            draft.period, draft.compare = one, "previous"
        elif named[1].prior or named[0].prior:
            main = named[0] if named[1].prior else named[1]
            other = named[1] if named[1].prior else named[0]
            draft.period = _text(main)
            draft.compare = "year_before" if "year" in other.text and main.kind != "year" else "previous"
        else:
            draft.period, draft.compare = _later_first(one, two, setting)
            if (draft.period, draft.compare) == ("ytd", "last_year"):
                draft.compare = "year_before"
                draft.note("against the same days a year before")
        board.remove(periods)
        _whole_and_part(draft)


def _whole_and_part(draft: Draft) -> None:
    if draft.period == "this_year" and draft.compare == "last_year":
        draft.note("this year so far is set against the whole of last year")


def _is_series(board: Board) -> bool:
    """Whether the question asks for a row per month or the like, so that `from A to B` is a range."""
    return board.has("series", "trend") or bool(board.find("by|each part"))


def _text(stretch: Stretch) -> str:
    return stretch.text


def _later_first(one: str, two: str, setting: Setting) -> tuple[str, str]:
    """The later period is the one that is looked at; the other is what it is compared with."""
    first = Period(one).days(setting.today, setting.reckoning).start
    second = Period(two).days(setting.today, setting.reckoning).start
    if first is None or second is None:
        raise Unclear("Both periods of a comparison need a beginning: which two do you mean?")
    return (one, two) if first > second else (two, one)


def _with_the_one_before(board: Board, draft: Draft, setting: Setting, *, yearly: bool) -> None:
    """One period, or none: compared with the one before it, or with the year before."""
    periods = board.all("per")
    series = _is_series(board) or bool(draft.dims)
    lone = board.all("yearbefore")
    if lone and not (periods or series or board.has("vs", "growth", "decline", "change", "compare", "more")):
        raise Unclear(f"Which period do you mean by '{lone[0].text}'? Name the month, quarter or year.")
    against = board.find("vs|growth|decline|change|compare prep? thing? p=per")
    if len(periods) == 1 and against is not None and _stands_alone(board, against.one("p"), draft):
        _against(board, draft, against.one("p"), setting)
        return
    if board.has("vs", "compare", "more") and not (yearly or periods or series or board.has("before")):
        return
    if (yearly and series and not _by_year(board, draft)) or (yearly and periods):
        draft.compare = "year_before"
    elif yearly and board.has("vs") and not series:
        draft.period, draft.compare = "ytd", "year_before"
        draft.note("this year so far, against the same days a year before")
    elif periods or series:
        draft.compare = "previous"
        if periods and not series:
            draft.note("compared with the period of the same length just before")
    else:
        draft.add_dim("order_year")
        draft.compare = "previous"
        draft.note("year by year, each compared with the year before")


def _by_year(board: Board, draft: Draft) -> bool:
    return board.has("series:order_year", "part:order_year") or "order_year" in draft.dims


def _stands_alone(board: Board, span: Span, draft: Draft) -> bool:
    """Whether the only period named is what is compared with: `against last year`."""
    before = board.spans[board.spans.index(span) - 1]
    text = span.stretch.text if span.stretch else ""
    relative = text in _CURRENT
    return not draft.dims and (
        before.tag == "vs"
        or (relative and before.tag == "prep" and before.text in ("from", "since", "on", "over"))
    )


def _against(board: Board, draft: Draft, span: Span, setting: Setting) -> None:
    text = span.stretch.text if span.stretch else ""
    year = str(setting.today.year)
    if text in _CURRENT:
        draft.period, draft.compare = _CURRENT[text], text
        _whole_and_part(draft)
    elif text.isdigit() and text < year:
        draft.period, draft.compare = year, text
        draft.note(f"{year} compared with {text}")
    else:
        raise Unclear(f"Which period should be compared with {span.text}?")
    board.remove([span])
