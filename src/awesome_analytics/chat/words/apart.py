"""Names and ways of splitting side by side: Furniture against Technology, segment against year."""

from dataclasses import replace

from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.draft import Draft

_THANS = frozenset({"more than", "less than", "fewer than", "better than", "worse than"})
_KINDS = "thing:category|thing:subcategory|thing:segment|thing:market|thing:region|thing:ship_mode"


def read(board: Board, draft: Draft) -> None:
    """Read what stands side by side."""
    _crossed(board, draft)
    _values_apart(board, draft)


def _crossed(board: Board, draft: Draft) -> None:
    """Segment against year: two ways of splitting."""
    rows = ["x=thing|part vs y=part", "x=part vs y=thing|part"]
    if board.has("met"):
        rows.append(f"x={_KINDS} vs y={_KINDS}")
    for row in rows:
        while found := board.take(row):
            draft.add_dim(found.one("x").name)
            draft.add_dim(found.one("y").name)


def _values_apart(board: Board, draft: Draft) -> None:
    """Furniture against Technology: each on a row of its own."""
    for at, span in enumerate(board.spans):
        if span.tag == "prep" and span.text.lower() in _THANS:
            board.spans[at] = replace(span, tag="vs")
    while found := board.find("val! thing? sold|bought? more? met? v=vs|or prep? val!"):
        draft.split_values = True
        if found.one("v").tag == "or" and not board.has("rank", "ranked", "more", "which", "compare"):
            draft.split_values = False
            return
        board.remove([found.one("v")])
    _each_apart(board, draft)
    if board.has("compare", "change") and board.find("val! thing? and|with|prep|vs* val!"):
        draft.split_values = True
        board.remove([*board.all("compare"), *board.all("change")])
    if not draft.split_values:
        return
    if not any(m.dimension == "customer" for span in board.all("val") for m in span.members):
        board.remove(board.all("who"))
    if board.has("more"):
        board.remove(board.all("more"))


def _each_apart(board: Board, draft: Draft) -> None:
    """Sales of chairs and tables, each."""
    if board.spans[-1:] and board.spans[-1].tag == "each" and board.has("val"):
        board.spans.pop()
        while board.spans[-1].tag == "and":
            board.spans.pop()
        draft.split_values = True
