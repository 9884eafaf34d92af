"""Verified questions with their SQL, found again by their words; and who writes SQL from them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

NEAREST = 5
"""Examples that a prompt is given."""
_WORD = re.compile(r"\w+")

Message = tuple[str, str]
"""Who says it (system, user, model) and what."""


@dataclass(frozen=True, kw_only=True)
class SqlExample:
    """A verified question with its SQL."""

    question: str
    sql: str


class Writer(Protocol):
    """A language model that answers messages of (role, text) with SQL."""

    def write_sql(self, prompt: Sequence[Message]) -> str:
        """SQL, perhaps in prose."""


def _vector(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    shared = sum(one[word] * other[word] for word in one.keys() & other.keys())
    length = sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
    return shared / length if length else 0.0


def nearest(question: str, examples: Sequence[SqlExample], count: int = NEAREST) -> list[SqlExample]:
    """The examples whose questions share most words with this one, most alike first."""
    asked = _vector(question)
    ranked = sorted(examples, key=lambda each: -_likeness(asked, _vector(each.question)))
    return [each for each in ranked[:count] if _likeness(asked, _vector(each.question)) > 0]
