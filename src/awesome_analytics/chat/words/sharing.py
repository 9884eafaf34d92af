"""Shares: of a total across what it is split by, or the part of it that meets a condition."""

from awesome_analytics.chat.words.board import Board, Found
from awesome_analytics.chat.words.draft import Draft, Placed, Setting, Unclear
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.semantic.model import Ratio
from awesome_analytics.semantic.query import Filter, Form

_KINDS_COUNTED = frozenset({"categories", "subcategories", "segments", "regions", "markets", "ship_modes"})
_MIXES = frozenset({"mix", "distribution", "split"})
_LED = "each? x=thing|part share prep pronoun? met! each? y=thing|part?"
_PER = "a=met be* each b=thing:customer|thing:order"


def mark(board: Board, draft: Draft, setting: Setting) -> None:
    """Find that a share is asked, of what, and where its condition begins."""
    _ratio(board, draft, setting)
    _rates(board, draft)
    _of_percents(board, setting)
    if not board.has("share", "inpercent"):
        return
    _begin(board, draft)


def _of_percents(board: Board, setting: Setting) -> None:
    """The margin in percent: a figure that is a percentage already."""
    mets = board.all("met")
    if mets and all(setting.catalog.metric(span.name).format == "percent" for span in mets):
        board.remove([*board.all("share"), *board.all("inpercent")])


def _rates(board: Board, draft: Draft) -> None:
    """Shares that are metrics of their own."""
    if board.take("what? share prep* met:returned_orders"):
        draft.add_metric("return_rate")
        draft.note("returned orders of all orders")
    ready = board.take("what? share prep|be* thing:customer be|rel|prep* met:repeat_customers")
    if ready or board.take("what? share prep|be* thing:customer bought|be|rel* repeat"):
        draft.add_metric("repeat_rate")
        return
    if board.find("what? share prep* met:repeat_customers") and not board.has("thing:customer"):
        board.take("what? share prep* met:repeat_customers")
        draft.add_metric("repeat_rate")
        return


def _begin(board: Board, draft: Draft) -> None:
    """What the share is of, and where the verb stands behind which its condition begins."""
    for span in board.all("each"):
        if span.text.lower().startswith("within") and board.has("share", "inpercent"):
            at = board.spans.index(span)
            draft.share_of += [
                near.name for near in board.spans[at + 1 : at + 2] if near.tag in ("thing", "part")
            ]
    _split_by(board, draft)
    found = board.find("share") or board.find("inpercent")
    if found is None:
        return
    draft.share = found.taken[0]
    draft.share_at = draft.share.first
    draft.share_owner = _owner(board, draft.share)
    base = next((s for s in board.spans if s.first > draft.share_at and s.tag in ("met", "thing")), None)
    if base is not None:
        after = [
            s
            for s in board.spans
            if s.first > base.last and s.tag in ("be", "rel", "shipped", "bought", "with")
        ]
        draft.copula = after[0].first if after else None
    within = board.take("prep pronoun? x=thing") if board.find("prep pronoun x=thing") else None
    if within is not None:
        draft.share_of.append(within.one("x").name)
        draft.add_dim(within.one("x").name)
    while board.take("what|which prep? share"):
        pass
    board.remove([*board.all("share"), *board.all("inpercent")])
    if board.take("prep? pronoun? prep? whole"):
        return


def _split_by(board: Board, draft: Draft) -> None:
    """Category share of sales within each market; the segment mix."""
    if (led := board.find(_LED)) and led.one("x").name not in ("order", "return"):
        draft.add_dim(led.one("x").name)
        board.remove([span for span in led.taken[:2] if span.tag != "share"])
        if group := led.maybe("y"):
            draft.share_of.append(group.name)
    if (mixed := board.find("x=thing|part s=share")) and mixed.one("s").text.lower() in _MIXES:
        draft.add_dim(mixed.one("x").name)
        board.remove([mixed.one("x")])


def _owner(board: Board, share: Span) -> int | None:
    """Where the names begin whose share it is: `Anna's and Ben's share of`."""
    at = board.spans.index(share)
    first = at
    while first and board.spans[first - 1].tag in ("val", "and", "or", "both"):
        first -= 1
    named = [span for span in board.spans[first:at] if span.tag == "val"]
    return named[0].first if named and board.spans[at - 1].tag == "val" else None


def _ratio(board: Board, draft: Draft, setting: Setting) -> None:
    """Discount as a share of sales, the ratio of profit to sales: one metric divided by another."""
    rows = (
        "a=FIG inpercent|share prep b=FIG", "ratio prep? a=FIG prep|and b=FIG", "a=FIG prep b=FIG ratio",
        "ratio a=FIG prep|and b=FIG", "a=FIG ratio prep b=FIG", "a=FIG each b=FIG", _PER,
    )  # fmt: skip
    for row in rows:
        found = board.find(row)
        if found is None or ("each" in row and not _is_per(found, board)):
            continue
        one, two = (_counted(found.one(name), setting) for name in ("a", "b"))
        one = "returned_orders" if (one, two) == ("returns", "orders") else one
        made = next(
            (
                metric.name
                for metric in setting.catalog.shown_metrics
                if isinstance(metric.formula, Ratio)
                and (metric.formula.numerator, metric.formula.denominator) == (one, two)
            ),
            None,
        )
        if made is None and row == rows[0] and one != two and _is_of_another(found, board):
            names = f"{found.one('a').text} as a percentage of {found.one('b').text}"
            raise Unclear(f"I don't work out {names}. I know margin, discount, return and repeat rates.")
        if made is not None:
            board.remove(found.taken)
            draft.add_metric(made)
            draft.explicit_metric = True
            return


def _is_of_another(found: Found, board: Board) -> bool:
    """Whether `X as a percentage of Y` compares two figures; after `by` X is what they are split by."""
    led = board.spans[found.at - 1].tag if found.at else ""
    said = any(span.tag == "inpercent" for span in found.taken)
    return said and led not in ("by", "each", "and")


def _is_per(found: Found, board: Board) -> bool:
    """An average, where `for each` would be a list: profit per unit; how much profit per customer."""
    per = any(span.tag == "each" and span.text.lower() == "per" for span in found.taken)
    return per and (found.one("b").tag == "met" or board.has("howmuch", "average"))


def _counted(span: Span, setting: Setting) -> str:
    return span.name if span.tag == "met" else setting.lexicon.counts.get(span.name, "")


def settle(draft: Draft) -> None:
    """Decide what the share is of, once everything else is read."""
    if draft.share is None:
        return
    if draft.metrics and set(draft.metrics) <= _KINDS_COUNTED and draft.dims:
        raise Unclear("A share of what: sales, profit, units or orders?")
    draft.forms.insert(0, Form.SHARE)
    if any(held.top for held in draft.part_members):
        return  # The part is the top ones; every other condition is on the whole.
    chosen = _after_the_verb(draft) if draft.dims else []
    if (draft.dims and not chosen) or not draft.placed:
        if draft.per_group:
            draft.share_of.extend(draft.per_group)
        return
    chosen = chosen or _part(draft)
    draft.placed = [each for each in draft.placed if each not in chosen]
    for each in chosen:
        if isinstance(each.condition, Filter):
            draft.part.append(each.condition)
        else:
            draft.part_members.append(each.condition)


def _after_the_verb(draft: Draft) -> list[Placed]:
    """The percentage of orders that were Critical in each region: a part within each row."""
    later = [
        each
        for each in draft.placed
        if (draft.copula is not None and each.at > draft.copula)
        or each.at == draft.share_owner
        or (isinstance(each.condition, Filter) and each.condition.field.startswith("line_"))
    ]
    return [
        each
        for each in later
        if not (isinstance(each.condition, Filter) and each.condition.field in draft.dims)
    ]


def _part(draft: Draft) -> list[Placed]:
    """The conditions that make the part: those after the verb, or the last, or the only one."""
    if len(draft.placed) == 1:
        return list(draft.placed)
    if draft.copula is not None:
        later = [each for each in draft.placed if each.at > draft.copula]
        if later:
            return later
    ordered = sorted(draft.placed, key=lambda each: each.at)
    early = [each for each in ordered if each.at < draft.share_at]
    return early[-1:] if early else ordered[-1:]
