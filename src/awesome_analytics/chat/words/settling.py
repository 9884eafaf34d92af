"""What neighbouring spans settle between them, once a question is cut."""

from dataclasses import replace

from awesome_analytics.chat.words.spans import Span

_SPLIT = frozenset(
    [
        "rank",
        "ranked",
        "thing",
        "part",
        "people",
        "each",
        "sort",
        "cutup",
        "list",
        "which",
        "who",
        "vs",
        "compare",
    ]
)
_DEEDS = frozenset({"bought", "sold", "spent", "returned", "ordered", "shipped"})
_GRAINS = frozenset({"month", "quarter", "year"})
_OF_EACH = frozenset({"of each", "of every", "of the", "of", "of all", "of the different", "of the various"})
_ASKING = frozenset({"what", "howmuch", "howmany"})
_TERMS = frozenset({"in terms of", "in terms of the", "measured by", "as measured by"})


def settled(spans: list[Span]) -> list[Span]:
    """The spans as they are read side by side."""
    made = _sold_and_more(_slowest(_market_shares(_each_time(_in_terms_of(_named_first(spans))))))
    return [_as_preposition(span, after) for span, after in zip(made, [*made[1:], None], strict=True)]


def _named_first(spans: list[Span]) -> list[Span]:
    """Every Technology product: each product, and of Technology."""
    made = list(spans)
    for at in range(len(made) - 2):
        each, name, thing = made[at : at + 3]
        is_value = name.tag == "val" and all(member.dimension != thing.name for member in name.members)
        # Bought by Consumer customers, sales by Consumer customers: who did it, and no list of them.
        people = thing.name == "customer" and thing.plural
        done_by = each.tag == "by" and (people or (at > 0 and made[at - 1].tag in _DEEDS))
        if each.tag in ("each", "list", "by") and is_value and thing.tag == "thing" and not done_by:
            made[at + 1 : at + 3] = [thing, name]
    return made


def _in_terms_of(spans: list[Span]) -> list[Span]:
    """How phones did in terms of profit: it tells the figure, where nothing is ranked or split."""
    if any(span.tag in _SPLIT for span in spans):
        return spans
    return [
        replace(span, tag="prep") if span.text.lower() in _TERMS and after.tag == "met" else span
        for span, after in zip(spans, [*spans[1:], *spans[:1]], strict=True)
    ]


def _each_time(spans: list[Span]) -> list[Span]:
    """2013 and 2014, each by category: a row for each year as well."""
    made = list(spans)
    for at in range(1, len(made) - 1):
        before = made[at - 1] if made[at - 1].tag != "and" else made[max(0, at - 2)]
        kind = before.stretch.kind if before.stretch and len(before.stretch.ends) > 1 else ""
        if made[at].tag == "each" and made[at].text.lower() == "each" and made[at + 1].tag == "by" and kind:
            made[at] = replace(made[at], tag="series", name=f"order_{kind}") if kind in _GRAINS else made[at]
    return made


def _market_shares(spans: list[Span]) -> list[Span]:
    """The market share of each region in the profit is its share: competitors have no part in it."""
    made = list(spans)
    if not any(span.tag == "met" for span in made):
        return made
    for at, span in enumerate(made[:-2]):
        of_each = made[at + 1].text.lower() in _OF_EACH and made[at + 2].tag == "thing"
        if span.tag == "subject" and span.text.lower() in ("market share", "market shares") and of_each:
            made[at] = replace(span, tag="share", name="")
    return made


def _slowest(spans: list[Span]) -> list[Span]:
    """The slowest weekday for revenue is the one with the least of it, and no matter of shipping."""
    made = list(spans)
    for at, span in enumerate(made[:-3]):
        thing, tie, figure = made[at + 1 : at + 4]
        is_slow = span.tag == "ranked" and span.text.lower() in ("slowest", "the slowest")
        is_time = thing.tag == "part" and tie.text.lower() in ("for", "in", "in terms of")
        if is_slow and is_time and figure.tag == "met" and figure.name != span.name:
            made[at] = replace(span, tag="rank", name="", descending=False)
    return made


def _sold_and_more(spans: list[Span]) -> list[Span]:
    """How much we sold, and what the profit was: two figures are asked for."""
    tags = [span.tag for span in spans]
    if "howmuch" not in tags or "sold" not in tags:
        return spans
    sold = tags.index("sold")
    asks = [at for at in range(sold + 1, len(tags) - 1) if tags[at] == "and" and tags[at + 1] in _ASKING]
    if (
        tags.index("howmuch") > sold
        or not asks
        or "met" in tags[: asks[0]]
        or {"met", "howmany"}.isdisjoint(tags[asks[0] :])
    ):
        return spans
    return [*spans[:sold], replace(spans[sold], tag="met", name="sales"), *spans[sold + 1 :]]


def _as_preposition(span: Span, after: Span | None) -> Span:
    """`over`, `under` and `between` compare only what is a number."""
    if (
        span.tag in ("gt", "lt", "le", "between")
        and not (span.tag == "between" and after is not None and after.tag == "part")
        and (after is not None and after.tag not in ("num", "thing", "met", "once", "twice"))
    ):
        return replace(span, tag="prep")
    return span
