"""Names as filters: only Furniture, everything except the West, on Mondays."""

from collections.abc import Sequence
from dataclasses import replace

from awesome_analytics.chat.words import when
from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.draft import Draft, Note, Setting
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.chat.words.values import Member
from awesome_analytics.semantic.query import Filter, Op, Role

_SILENT = frozenset({("region", "return_region"), ("subcategory", "product"), ("category", "subcategory")})


def settle(board: Board, draft: Draft) -> None:
    """Decide which dimension each name belongs to, and drop the noun beside it: `the West region`."""
    nouns = {span.name for span in board.spans if span.tag == "thing"}
    certain = {kinds.pop() for span in board.all("val") if len(kinds := _kinds(span)) == 1}
    for at, span in enumerate(board.spans):
        if span.tag != "val" or len(span.members) < 2:
            continue
        beside = {near.name for near in board.spans[max(0, at - 1) : at + 2] if near.tag == "thing"}
        picked = _pick(span.members, beside, certain | nouns, draft)
        board.spans[at] = _with(span, (picked,))
    _wheres(board)
    for pattern in (
        "v=val! t=thing",
        "by|each|rank|which|what|howmany|and! t=thing v=val!",
        "t=thing v=val!",
    ):
        start = 0
        while found := _beside(board, pattern, start):
            start = found


def _wheres(board: Board) -> None:
    """Where the priority is not low: the noun says nothing that the name doesn't."""
    found = board.find("where t=thing be* except|not!? v=val!")
    if found and found.one("t").name == found.one("v").members[0].dimension:
        board.remove(found.taken)


def _kinds(span: Span) -> set[str]:
    """The dimensions a name may belong to, but for where returns are handed in."""
    return {member.dimension for member in span.members} - {"return_region"}


def _beside(board: Board, pattern: str, start: int) -> int:
    """Drop one noun that stands beside a name of its own kind; 0 when there is none."""
    found = board.find(pattern)
    if found is None or board.find("by|each|rank|which t=thing v=val!"):
        found = board.find("v=val! t=thing")
    if found is None or start > len(board.spans):
        return 0
    noun, name = found.one("t"), found.one("v")
    if noun.name != name.members[0].dimension:
        return _try_all(board)
    board.remove([noun])
    return 1


def _try_all(board: Board) -> int:
    for at, span in enumerate(board.spans):
        if span.tag != "thing":
            continue
        for near in board.spans[max(0, at - 1) : at] + board.spans[at + 1 : at + 2]:
            led = board.spans[at - 1].tag if at else ""
            if (
                near.tag == "val"
                and near.members[0].dimension == span.name
                and led not in ("by", "each", "rank", "which")
            ):
                board.remove([span])
                return 1
    return 0


def _with(span: Span, members: tuple[Member, ...]) -> Span:
    return replace(span, members=members)


def _pick(members: Sequence[Member], beside: set[str], likely: set[str], draft: Draft) -> Member:
    """The member meant: its noun stands beside it, or its dimension is spoken of, or it is the usual one."""
    for wanted in (beside, likely):
        fitting = [member for member in members if member.dimension in wanted]
        if fitting:
            return fitting[0]
    first, others = members[0], [m for m in members[1:] if m.dimension != members[0].dimension]
    telling = [
        m for m in others if (first.dimension, m.dimension) not in _SILENT and m.dimension != "return_region"
    ]
    if telling:
        draft.notes.append(_field_note(first, telling))
    return first


def _field_note(first: Member, others: Sequence[Member]) -> Note:
    label = first.dimension.replace("_", " ")
    return Note(
        text=f"'{first.text}' read as the {label}",
        fields=tuple(
            (f"the {m.dimension.replace('_', ' ')} {m.text}", first.dimension, m.dimension) for m in others
        ),
    )


def read(board: Board, draft: Draft, setting: Setting) -> None:
    """Read what is left of names and periods."""
    _names(board, draft, op=Op.NOT_IN, row="except|not prep|be|all|shipped|bought|sold|by* v=val")
    _names(board, draft, op=Op.IN, row="only v=val")
    _days(board, draft)
    when.read(board, draft, setting)
    _starting(board, draft)


def _names(board: Board, draft: Draft, *, op: Op, row: str) -> None:
    while found := board.find(row):
        run = [found.one("v")]
        at = board.spans.index(found.taken[-1]) + 1
        taken = list(found.taken)
        while at < len(board.spans):
            joint = at
            while joint < len(board.spans) and board.spans[joint].tag in (
                "and",
                "or",
                "both",
                "soft",
                "vs",
                "prep",
            ):
                joint += 1
            if joint >= len(board.spans) or board.spans[joint].tag != "val":
                break
            if not _alike(run[0], board.spans[joint]):
                break
            run.append(board.spans[joint])
            taken.extend(board.spans[at : joint + 1])
            at = joint + 1
        board.remove(taken)
        _place(draft, run, op)


def _alike(one: Span, two: Span) -> bool:
    return one.members[0].dimension == two.members[0].dimension and not one.contains and not two.contains


def _place(draft: Draft, run: Sequence[Span], op: Op) -> None:
    first = run[0]
    field = first.members[0].dimension
    if first.contains:
        made = Filter(
            field=field, op=Op.CONTAINS if op is Op.IN else Op.NOT_CONTAINS, values=(first.contains,)
        )
    else:
        names = tuple(dict.fromkeys(span.members[0].text for span in run))
        made = _joined(draft, field, op, names)
    draft.place(first.first, made)
    if draft.split_values and len(made.values) > 1:
        draft.add_dim(field)


def _joined(draft: Draft, field: str, op: Op, names: tuple[str, ...]) -> Filter:
    """Names of one dimension said apart (`Furniture in the West, or Technology`) are one filter."""
    for at, placed in enumerate(draft.placed):
        held = placed.condition
        if (
            isinstance(held, Filter)
            and held.field == field
            and held.op is op
            and op is Op.IN
            and draft.share is None
        ):
            del draft.placed[at]
            both = tuple(dict.fromkeys((*map(str, held.values), *names)))
            return Filter(field=field, op=op, values=both)
    return Filter(field=field, op=op, values=names)


def plain(board: Board, draft: Draft) -> None:
    """Names that nothing else has claimed."""
    _names(board, draft, op=Op.IN, row="v=val")


def _days(board: Board, draft: Draft) -> None:
    """On Mondays, at weekends, each December."""
    while found := board.find("only|prep|all|each|by* d=dayname"):
        span = found.one("d")
        days = [span]
        while more := board.find("dayname! and|or|both|soft+ prep|all|each* d=dayname"):
            if more.one("d").name != span.name:
                break
            days.append(more.one("d"))
            board.remove(more.taken)
        board.remove(found.taken)
        values = dict.fromkeys(value for each in days for value in each.contains.split("|"))
        draft.place(span.first, Filter(field=span.name, values=tuple(values)))


def _starting(board: Board, draft: Draft) -> None:
    if draft.role is None and draft.period is None and board.has("shipped"):
        draft.role = draft.role if not any("date" in s.text for s in board.all("shipped")) else Role.SHIPPED
