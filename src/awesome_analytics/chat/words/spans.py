"""What a question is cut into: neighbouring words with their part of speech and what they name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from awesome_analytics.chat.words.ranges import Stretch
from awesome_analytics.chat.words.tokens import Token
from awesome_analytics.chat.words.values import Member

NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100,
    "dozen": 12,
}  # fmt: skip
SCALES = {
    "million": 1_000_000,
    "millions": 1_000_000,
    "mio": 1_000_000,
    "thousand": 1_000,
    "hundred": 100,
    "grand": 1_000,
}


@dataclass(frozen=True, kw_only=True)
class Span:
    """Neighbouring words that belong together."""

    tag: str
    first: int
    last: int
    text: str = ""
    name: str = ""
    descending: bool = True
    guess: bool = False
    members: tuple[Member, ...] = ()
    contains: str = ""
    number: Decimal = Decimal(0)
    unit: str = ""
    stretch: Stretch | None = None
    plural: bool = False


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Words that may name several things."""

    text: str
    members: tuple[Member, ...]
    contains: bool = False


@dataclass(kw_only=True)
class Cut:
    """A question's spans, and what was doubtful about them."""

    spans: list[Span] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


def make(tokens: Sequence[Token], first: int, last: int, tag: str, **held: object) -> Span:
    """The span of some neighbouring words."""
    text = " ".join(token.text for token in tokens[first : last + 1])
    return Span(tag=tag, first=first, last=last, text=text, **held)  # type: ignore[arg-type]


def numbered(tokens: Sequence[Token], at: int) -> Span:
    """The span of a number written in figures."""
    token = tokens[at]
    assert token.number is not None
    return scaled(tokens, at, token.number, token.unit)


def scaled(tokens: Sequence[Token], at: int, worth: Decimal, unit: str) -> Span:
    """The span of a number with what scales it: a million, 15 percent, 20 dollars."""
    last = at
    if at + 1 < len(tokens) and tokens[at + 1].word in SCALES:
        worth, last = worth * SCALES[tokens[at + 1].word], at + 1
    elif at + 1 < len(tokens) and tokens[at + 1].word in ("percent", "pct", "%") and not unit:
        unit, last = "percent", at + 1
    if last + 1 < len(tokens) and tokens[last + 1].word in ("dollars", "usd", "bucks", "$"):
        unit, last = "money", last + 1
    return make(tokens, at, last, "num", number=worth, unit=unit)
