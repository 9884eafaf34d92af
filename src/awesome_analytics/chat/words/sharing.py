"""Shares: of a total across what it is split by, or the part of it that meets a condition."""

from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.draft import Draft, Placed
from awesome_analytics.semantic.query import Filter, Form

_READY = {
    ("met:repeat_customers", "thing:customer"): "repeat_rate",
}


def mark(board: Board, draft: Draft) -> None:
    """Find that a share is asked, of what, and where its condition begins."""
    ready = board.take("what? share prep|be* thing:customer be|rel|prep* met:repeat_customers")
    if ready or board.take("what? share prep|be* thing:customer bought|be|rel* repeat"):
        draft.add_metric("repeat_rate")
        return
    if board.find("what? share prep* met:repeat_customers") and not board.has("thing:customer"):
        board.take("what? share prep* met:repeat_customers")
        draft.add_metric("repeat_rate")
        return
    found = board.find("share") or board.find("inpercent")
    if found is None:
        return
    draft.share = found.taken[0]
    draft.share_at = draft.share.first
    base = next((s for s in board.spans if s.first > draft.share_at and s.tag in ("met", "thing")), None)
    if base is not None:
        after = [s for s in board.spans if s.first > base.last and s.tag in ("be", "rel", "shipped", "bought", "with")]
        draft.copula = after[0].first if after else None
    within = board.take("prep pronoun? x=thing")  if board.find("prep pronoun x=thing") else None
    if within is not None:
        draft.share_of.append(within.one("x").name)
        draft.add_dim(within.one("x").name)
    while board.take("what prep? share"):
        pass
    board.remove([*board.all("share"), *board.all("inpercent")])
    if board.take("prep? pronoun? prep? whole"):
        return


def settle(draft: Draft) -> None:
    """Decide what the share is of, once everything else is read."""
    if draft.share is None:
        return
    draft.forms.insert(0, Form.SHARE)
    if draft.dims or not draft.placed:
        if draft.per_group:
            draft.share_of.extend(draft.per_group)
        return
    chosen = _part(draft)
    draft.placed = [each for each in draft.placed if each not in chosen]
    for each in chosen:
        if isinstance(each.condition, Filter):
            draft.part.append(each.condition)
        else:
            draft.part_members.append(each.condition)


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
