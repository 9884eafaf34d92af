"""What is told before a question, where the part behind it reads completely by itself.

Only tried when the whole can't be read; what was passed over is said with the answer.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from awesome_analytics.chat.words.lexicon import grammar
from awesome_analytics.chat.words.spans import Cut, Span
from awesome_analytics.chat.words.tokens import normal, tokenise

_ENDS = re.compile(r"(?<=[.!?;])\s+|\n+|(?<=:)\s+|\s+[-–—]{1,2}\s+|(?<=\.\.\.)")
_PIVOT = re.compile(
    r",?\s*(?P<but>\bbut\s+)?\b(?:"
    r"(?:can|could|would|will) (?:you|u|ya)(?: (?:please|pls|just|kindly|maybe|quickly))* "
    r"(?:tell|show|give|get|list|find)(?: (?:me|us))?"
    r"|(?:all|what)(?: (?:i|we|she|he|they))(?: (?:really|actually|just|simply))*"
    r" (?:need|want|needs|wants|needed|wanted)(?: to know| to see)? (?:is|are)(?: (?:simply|just|really))?"
    r"|(?:i|we)(?: would|'d|’d|d)?(?: (?:really|just|still|simply))*"
    r" (?:love|like|need|want) to (?:know|see|find out|learn)"
    r"|(?:just |please )+(?:tell|show|give) me"
    r")\b(?P<comma>,)?",
    re.IGNORECASE,
)
_FREE = frozenset(
    """
    stop be prep pronoun rel and or vaguely how what who which where whatabout addto then_before bought
    sold spent all each every list soft howmuch performing negating why whatdo anywhen same
    """.split()  # noqa: SIM905 - a list of them would take a screen
)
_NEVER = frozenset(
    """
    num gt ge lt le eq between only except no_returns rank ranked sort ormore orless half million
    thousand drop new returning repeat first latest firstorder once twice discounted fullprice returned
    """.split()  # noqa: SIM905 - a list of them would take a screen
)
_LOSING = frozenset({"loss", "winning", "lose"})
_TELLER = frozenset(
    """
    i i've ive im i'll me my we our he she they you u your it someone somebody everybody everyone nobody
    that this his her us
    """.split()  # noqa: SIM905 - a list of them would take a screen
)
_CLAUSES = (["whether"], ["why"], ["how"])
_TOPICS = frozenset({"about", "for", "regarding", "concerning", "on", "of"})


@dataclass(frozen=True, kw_only=True)
class Told:
    """A question's last part, what was told before it, and whether the teller turned away from that."""

    asked: str
    told: str
    turned: bool = False


def parts(question: str) -> Iterator[Told]:
    """The ways to part a question from what is told before it, the least told first."""
    for mark in sorted(
        [*_ENDS.finditer(question), *_PIVOT.finditer(question)], key=lambda each: each.start()
    ):
        told, asked = question[: mark.start()], question[mark.end() :]
        if re.search(r"\w", told) and len(asked.split()) > 1:
            turned = bool(mark.re is _PIVOT and mark["but"])
            yield Told(asked=asked.strip(), told=told.strip(" ,:-–—"), turned=turned)


def chooses_nothing(each: Told, cut: Callable[[str], Cut]) -> bool:
    """Whether nothing told could choose: somebody tells, in everyday words, of nothing but what is asked."""
    words = {token.word for token in normal(tokenise(each.told))}
    if words.isdisjoint(_TELLER) or words.isdisjoint(grammar()["chatter"]["tells"]):
        return False
    told, asked = cut(each.told).spans, cut(each.asked).spans
    return all(
        _is_harmless(span, before, asked, turned=each.turned)
        for span, before in zip(told, [None, *told[:-1]], strict=True)
    )


def _is_harmless(span: Span, before: Span | None, asked: Sequence[Span], *, turned: bool) -> bool:
    if span.tag in _NEVER:
        return False
    if span.tag in ("per", "fuzzytime"):
        return any(each.tag == "per" and each.stretch and not each.stretch.loose for each in asked)
    if span.tag == "val":
        return _is_named(span, asked) or (turned and any(each.tag == "val" for each in asked))
    words = [token.word for token in normal(tokenise(span.text)) if token.word[:1].isalnum()]
    everyday = all(word in _everyday() for word in words)
    if span.tag in ("met", "thing", "part", "series", "people", "dayname"):
        recurs = any(each.name == span.name for each in asked if each.name)
        figures = any(each.tag in ("met", "howmany") for each in asked)
        return recurs or turned or (everyday and span.tag == "met" and figures)
    if span.tag == "subject":
        return all(word in _at_work() for word in words)
    if span.tag in ("unk", "doubt"):
        about = before is not None and before.text.lower() in _TOPICS and words[:1] not in _CLAUSES
        return turned or (everyday and not about)
    if span.tag in _LOSING:
        return any(each.tag == "met" for each in asked)
    return everyday or span.tag in _FREE


def _is_named(span: Span, asked: Sequence[Span]) -> bool:
    """Whether what is asked names the same thing."""
    names = {member.text for member in span.members}
    return any(names & {member.text for member in each.members} for each in asked if each.tag == "val")


@cache
def _at_work() -> frozenset[str]:
    """Words that belong to other questions, but for people who come to ask: a boss, a meeting."""
    return frozenset(
        [*grammar()["chatter"]["words"], *grammar()["chatter"]["small"], "colleagues", "meetings", "partner"]
    )


@cache
def _everyday() -> frozenset[str]:
    """Words of people who talk about their day: nobody's goods, times or figures."""
    words = grammar()
    chatter = words["chatter"]
    return frozenset(
        [
            *chatter["words"],
            *chatter["small"],
            *chatter["scene"],
            *chatter["told"],
            *chatter["tells"],
            *words["talk"]["soft"],
        ]
    )
