"""The part of a long, polite question that asks: what is said around it holds nothing that could choose."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from awesome_analytics.chat.words.lexicon import grammar
from awesome_analytics.chat.words.spans import Cut, Span
from awesome_analytics.chat.words.tokens import normal, tokenise

_STRONG = r"(?<=[.!?;])\s+|\n+|(?<=:)\s+|\s+[-–—]{1,2}\s+|(?<=\.\.\.)"
_SOFT = r"(?=,\s+(?:(?:could|can|would|will) you|please|pls|thanks|thank you|if you|cheers|ta)\b)"
_THEM = re.compile(r"\b(?:them|they|it|those|these|their|its)\b", re.IGNORECASE)
_THEN = re.compile(
    r"\b(?:in |during |for |over )?(?:that|this|the same) (?P<grain>day|week|month|quarter|year)\b",
    re.IGNORECASE,
)
_MENDED = re.compile(
    r"\b(?:(?:oh|sorry|no|wait|actually)\W+)*(?:i mean|i meant|scratch that|let me rephrase|correction)\b"
    r"[\W_]*(?=(?:how|what|which|who|show|give|list)\b)",
    re.IGNORECASE,
)
_THANKS = frozenset({"thanks", "please", "cheers", "ta", "regards", "hello", "hi", "hey", "morning", "sorry"})
_TAGS = frozenset((verb, "you") for verb in ("will", "would", "can", "could"))
_GRAMMATICAL = frozenset({"stop", "be", "prep", "pronoun", "rel", "and", "vaguely"})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked, and what was taken as its setting."""

    text: str
    setting: tuple[str, ...] = ()


def asked(question: str, cut: Callable[[str], Cut]) -> Asked:
    """The asking part; the whole where nothing around it is mere talk."""
    question = _MENDED.split(question)[-1]
    pieces = _pieces(question)
    kept = [piece for at, piece in enumerate(pieces) if not _is_talk(piece, at)]
    if not kept:
        return Asked(text=question)
    told: list[str] = []
    while len(kept) > 1 and (put := _put_in(kept[0], kept[1], cut)):
        told.append(kept[0].strip(" .!-–—"))
        kept = [put, *kept[2:]]
    if len(kept) == len(pieces) and not told:
        return Asked(text=question)
    return Asked(text=" ".join(piece.strip() for piece in kept).lstrip(", "), setting=tuple(told))


def _pieces(question: str) -> list[str]:
    """Sentences, what stands before a colon or a dash, and the polite clauses at either end."""
    made = []
    for sentence in re.split(_STRONG, question):
        led = _pivot().search(sentence)
        heads = [sentence[: led.end()], sentence[led.end() :]] if led else [sentence]
        for head in heads:
            made.extend(re.split(_SOFT, head))
    return [piece for piece in made if re.search(r"\w", piece)]


def _is_talk(piece: str, at: int) -> bool:
    """Whether every word is one of everyday talk, and one at least means nothing else.

    A lone word behind the question is heard unless it thanks: `sales - management` may be a choice.
    """
    bare, leads = _pivot().subn("", piece)
    words = [token.word for token in normal(tokenise(bare)) if token.word[:1].isalnum()]
    chatty, soft = _vocabulary()
    if leads:
        return all(word in soft for word in words)
    if at and tuple(words) in _TAGS:
        return True
    if at and len(words) == 1 and words[0] not in _THANKS:
        return False
    return bool(words) and all(word in soft for word in words) and any(word in chatty for word in words)


def _put_in(statement: str, question: str, cut: Callable[[str], Cut]) -> str:
    """The question with what the sentence before it named in place of `them` or `that month`; empty if none.

    The statement may name one thing or one time, and say nothing else that could choose.
    """
    if statement.rstrip().endswith("?"):
        return ""
    made = cut(statement)
    names = [span for span in made.spans if span.tag == "val" and not span.contains]
    times = [span for span in made.spans if span.tag == "per" and span.stretch and span.stretch.text]
    rest = [span for span in made.spans if span not in names and span not in times]
    if len(names) + len(times) != 1 or not all(_says_nothing(span) for span in rest):
        return ""
    if names:
        there = cut(question).spans
        taken = {member.dimension for span in there for member in span.members}
        if taken & {member.dimension for member in names[0].members}:
            return ""
        put, count = _THEM.subn(lambda _: names[0].members[0].text, question, count=1)
        return put if count and not _THEM.search(put) else ""
    if any(span.tag == "per" and not _THEN.search(span.text) for span in cut(question).spans):
        return ""
    put, count = _THEN.subn(lambda _: f"in {times[0].text}", question, count=1)
    return put if count else ""


def _says_nothing(span: Span) -> bool:
    """Whether a span of a statement can't choose anything."""
    words = [token.word for token in normal(tokenise(span.text)) if token.word[:1].isalnum()]
    scene = _vocabulary()[1] | frozenset(grammar()["chatter"]["scene"])
    return span.tag in _GRAMMATICAL or all(word in scene for word in words)


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    """Words of everyday talk, and those with the little words between them."""
    words = grammar()
    chatty = {*words["chatter"]["words"]}
    small = {*words["talk"]["soft"], *words["chatter"]["small"]}
    return frozenset(chatty), frozenset(chatty | small)


@cache
def _pivot() -> re.Pattern[str]:
    """What leads from the talk to the question: would love to know."""
    leads = sorted(grammar()["chatter"]["leads"], key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(re.escape(lead) for lead in leads) + r")\b", re.IGNORECASE)
