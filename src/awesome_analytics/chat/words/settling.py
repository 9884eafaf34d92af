"""What neighbouring spans settle between them, once a question is cut."""

from dataclasses import replace

from awesome_analytics.chat.words.spans import Span

_SPLIT = frozenset(
    {
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
    }
)
_TERMS = frozenset({"in terms of", "in terms of the", "measured by", "as measured by"})


def settled(spans: list[Span]) -> list[Span]:
    """The spans as they are read side by side."""
    made = _in_terms_of(_named_first(spans))
    return [_as_preposition(span, after) for span, after in zip(made, [*made[1:], None], strict=True)]


def _named_first(spans: list[Span]) -> list[Span]:
    """Every Technology product: each product, and of Technology."""
    made = list(spans)
    for at in range(len(made) - 2):
        each, name, thing = made[at : at + 3]
        is_value = name.tag == "val" and all(member.dimension != thing.name for member in name.members)
        if each.tag in ("each", "list", "by") and is_value and thing.tag == "thing":
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


def _as_preposition(span: Span, after: Span | None) -> Span:
    """`over`, `under` and `between` compare only what is a number."""
    if (
        span.tag in ("gt", "lt", "le", "between")
        and not (span.tag == "between" and after is not None and after.tag == "part")
        and (after is not None and after.tag not in ("num", "thing", "met", "once", "twice"))
    ):
        return replace(span, tag="prep")
    return span
