"""The shop's own names: found in a question whole, in part, in the plural, or misspelled."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from awesome_analytics.chat.words.lexicon import grammar
from awesome_analytics.chat.words.tokens import Token, tokenise

FILTERABLE = (
    "category", "subcategory", "segment", "market", "region", "ship_mode", "order_priority",
    "return_status", "return_reason", "return_region", "product", "customer",
)  # fmt: skip
"""Dimensions whose members are known by name; the likelier reading of a name first."""

_LONG = frozenset({"product", "customer"})
_ABBREVIATED = (frozenset({"category", "subcategory", "segment"}), frozenset({"market", "region"}))
_UNKNOWN = "Unknown"
_SURE, _LIKELY = 88, 80
_SHORTEST = 4


@dataclass(frozen=True, order=True)
class Member:
    """One name of one dimension."""

    dimension: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Values:
    """All names, indexed once."""

    whole: Mapping[tuple[str, ...], tuple[Member, ...]]
    longest: Mapping[str, int]
    parts: Mapping[str, frozenset[Member]]
    spellings: Mapping[str, tuple[Member, ...]]
    short: tuple[str, ...]
    words: frozenset[str]

    def at(self, tokens: Sequence[Token], start: int) -> tuple[int, tuple[Member, ...]] | None:
        """The longest name that begins at a word: how many words it has, and whose it may be."""
        for size in range(min(self.longest.get(tokens[start].stem, 0), len(tokens) - start), 0, -1):
            key = tuple(token.stem for token in tokens[start : start + size])
            if key in self.whole:
                return size, self.whole[key]
        return None

    def members_of(self, dimension: str) -> frozenset[str]:
        """The names of one dimension."""
        return frozenset(
            member.text for held in self.whole.values() for member in held if member.dimension == dimension
        )

    def having(self, words: Iterable[str]) -> frozenset[Member]:
        """The names in which every one of the words stands."""
        found: frozenset[Member] | None = None
        for word in words:
            here = self.parts.get(word, frozenset())
            found = here if found is None else found & here
        return found or frozenset()

    def beginning(self, word: str) -> tuple[Member, ...]:
        """The one name of a category, segment or market that a word of four letters or more begins."""
        if len(word) < _SHORTEST or not word.isalpha() or word in grammar()["spelling"]["english"]:
            return ()
        for dimensions in _ABBREVIATED:
            found = [
                member
                for key, members in self.whole.items()
                if key[0].startswith(word)
                for member in members
                if member.dimension in dimensions
            ]
            if found:
                return tuple(found) if len({member.text for member in found}) == 1 else ()
        return ()

    def near(self, said: str, *, long: bool = False) -> list[tuple[Member, float]]:
        """Names spelled nearly so, the nearest first; with `long` among products and customers as well."""
        plain = " ".join(token.stem for token in tokenise(said))
        if len(plain) < _SHORTEST:
            return []
        among = tuple(self.spellings) if long else self.short
        hits = process.extract(plain, among, scorer=fuzz.ratio, score_cutoff=_LIKELY, limit=4)
        return [(member, score) for text, score, _ in hits for member in self.spellings[text]]


def index(members: Callable[[str], Sequence[str]], dimensions: Iterable[str] = FILTERABLE) -> Values:
    """Index every member of the dimensions."""
    whole: dict[tuple[str, ...], list[Member]] = defaultdict(list)
    parts: dict[str, set[Member]] = defaultdict(set)
    longest: dict[str, int] = {}
    short: list[str] = []
    words: set[str] = set()
    for dimension in dimensions:
        for text in members(dimension):
            stems = tuple(token.stem for token in tokenise(text) if token.word[:1].isalnum())
            if not stems or text == _UNKNOWN:
                continue
            member = Member(dimension, text)
            whole[stems].append(member)
            longest[stems[0]] = max(longest.get(stems[0], 0), len(stems))
            for each in stems:
                parts[each].add(member)
            if dimension not in _LONG:
                short.append(" ".join(stems))
                words.update(stems)
    return Values(
        whole={key: tuple(value) for key, value in whole.items()},
        longest=longest,
        parts={word: frozenset(held) for word, held in parts.items()},
        spellings={" ".join(key): tuple(value) for key, value in whole.items()},
        short=tuple(dict.fromkeys(short)),
        words=frozenset(words),
    )


def is_sure(score: float) -> bool:
    """Whether a spelling is near enough to be taken without asking."""
    return score >= _SURE
