"""Verified examples that ask much the same: words weighted by how rare they are, synonyms as one word."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from awesome_analytics.chat.words.reader import Words
from awesome_analytics.chat.words.tokens import normal, tokenise
from awesome_analytics.semantic.query import Query

_SILENT = frozenset({"stop", "soft", "prep", "be", "what"})


@dataclass(frozen=True, kw_only=True)
class Near:
    """An example and how near its question is, from 0 to 1."""

    question: str
    query: Query
    score: float


def similar(words: Words, question: str, examples: Sequence[tuple[str, Query]], most: int = 5) -> list[Near]:
    """The examples nearest to a question, the nearest first; those that share nothing are left out."""
    held = [Counter(terms(words, text)) for text, _ in examples]
    seen = Counter(term for counts in held for term in counts)
    weight = {term: math.log((1 + len(held)) / (1 + number)) + 1 for term, number in seen.items()}
    asked = Counter(terms(words, question))
    scored = [
        Near(question=text, query=query, score=_cosine(asked, counts, weight))
        for (text, query), counts in zip(examples, held, strict=True)
    ]
    return sorted((near for near in scored if near.score > 0), key=lambda near: -near.score)[:most]


def terms(words: Words, question: str) -> list[str]:
    """What a question speaks of: a metric by its name whatever it was called, other words by their stem."""
    tokens, _ = words.speller.corrected(normal(tokenise(question)))
    made = []
    for span in words.cutter.cut(tokens, ()).spans:
        if span.tag in _SILENT:
            continue
        if span.name:
            made.append(f"{span.tag}:{span.name}")
        elif span.members:
            made += [f"in:{span.members[0].dimension}", f"is:{span.members[0].text}"]
        elif span.tag == "unk":
            made += [token.stem for token in tokens[span.first : span.last + 1]]
        else:
            made.append(span.tag)
    return made


def _cosine(one: Counter[str], two: Counter[str], weight: dict[str, float]) -> float:
    usual = max(weight.values(), default=1.0)
    shared = sum(one[term] * two[term] * weight[term] ** 2 for term in one.keys() & two.keys())
    lengths = [
        math.sqrt(sum((number * weight.get(term, usual)) ** 2 for term, number in counts.items()))
        for counts in (one, two)
    ]
    return shared / (lengths[0] * lengths[1]) if all(lengths) else 0.0
