"""The rules in their order: spans in, a draft out, and nothing left unread."""

from awesome_analytics.chat.words import (
    comparing,
    conditions,
    figures,
    filtering,
    grouping,
    membership,
    moments,
    newcomers,
    ranking,
    returning,
    sharing,
    tidying,
)
from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.draft import Draft, Setting
from awesome_analytics.chat.words.spans import Span

# Parts of speech that may stay unread: they hold a sentence together and choose nothing.
_SOFT = frozenset(
    [
        "stop",
        "cutup",
        "prep",
        "be",
        "and",
        "or",
        "both",
        "all",
        "how",
        "howmany",
        "howmuch",
        "what",
        "which",
        "list",
        "who",
        "by",
        "rel",
        "with",
        "bought",
        "sold",
        "spent",
        "shipped",
        "ordered",
        "whatabout",
        "whatdo",
        "addto",
        "same",
        "instead",
        "pronoun",
        "soft",
        "times",
        "distinct",
        "wise",
        "anywhen",
        "drill",
        "trend",
        "performing",
    ]
)


def read(spans: list[Span], setting: Setting) -> tuple[Draft, Board]:
    """What the rules make of the spans, and what they left."""
    board, draft = Board(spans), Draft()
    tidying.read(board)
    filtering.settle(board, draft)
    moments.read(board, draft)
    moments.two_dates(board, draft)
    newcomers.read(board, draft)
    membership.read(board, draft, setting)
    conditions.read(board, draft, setting)
    returning.returned(board, draft)
    figures.new_and_old(board, draft)
    comparing.read(board, draft, setting)
    sharing.mark(board, draft, setting)
    ranking.read(board, draft, setting)
    grouping.read(board, draft, setting)
    filtering.read(board, draft, setting)
    filtering.plain(board, draft)
    figures.read(board, draft, setting)
    sharing.settle(draft)
    moments.settle(board, draft)
    return draft, board


def unread(board: Board, *, ranked: bool = False, grouped: bool = False) -> list[Span]:
    """The spans that nobody read and that may change what is asked."""
    soft = _SOFT | {"single"} if ranked else _SOFT
    soft = soft | {"compare"} if grouped else soft
    return [span for span in board.spans if span.tag not in soft]
