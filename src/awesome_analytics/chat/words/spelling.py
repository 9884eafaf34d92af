"""Misspelled words, set right by the nearest word that means something here."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from awesome_analytics.chat.words.dates import MONTHS, WEEKDAYS
from awesome_analytics.chat.words.lexicon import Lexicon, grammar
from awesome_analytics.chat.words.tokens import Token, retoken, stem
from awesome_analytics.chat.words.values import Values

_SHORTEST = 4
_LONG = 8
_DATES = frozenset((*MONTHS, *WEEKDAYS, *(m[:3] for m in MONTHS), *grammar()["spelling"]["dates"]))
_SLIPS: dict[str, str] = grammar()["spelling"]["slips"]
_TALK = grammar()["chatter"]
_ENGLISH = frozenset(
    [
        *grammar()["rounds_off"]["words"],
        *grammar()["spelling"]["english"],
        *_TALK["told"],
        *_TALK["tells"],
        *_TALK["scene"],
        *_TALK["words"],
    ]
)


@dataclass(frozen=True, kw_only=True)
class Slip:
    """A word as it was written, and as it was read."""

    written: str
    read: str


class Speller:
    """Knows every word that means something; made once."""

    def __init__(self, lexicon: Lexicon, values: Values) -> None:
        self._known = lexicon.words | values.words | _DATES
        self._stems = frozenset(stem(word) for word in self._known)
        self._names = values.parts
        self._targets = tuple(sorted(word for word in self._known if len(word) >= _SHORTEST))

    def corrected(self, tokens: Sequence[Token]) -> tuple[list[Token], list[Slip]]:
        """The words with slips of the hand set right, and which they were."""
        made, slips = [], []
        for token in tokens:
            better = self._better(token)
            made.append(retoken(token, better) if better else token)
            if better:
                slips.append(Slip(written=token.text, read=better))
        return made, slips

    def knows(self, word: str) -> bool:
        """Whether the word, or its stem, means something here."""
        return word in self._known or stem(word) in self._stems or word in _ENGLISH

    def _better(self, token: Token) -> str:
        word = token.word
        if word in _SLIPS and not self.knows(word) and token.stem not in self._names:
            return _SLIPS[word]
        if not token.is_word or len(word) < _SHORTEST or not word.isalpha():
            return ""
        if self.knows(word) or token.stem in self._names:
            return ""
        limit = 2 if len(word) >= _LONG else 1
        hits = process.extract(word, self._targets, scorer=OSA.distance, score_cutoff=limit, limit=6)
        near = [(distance, hit[:1] != word[:1], abs(len(hit) - len(word)), hit) for hit, distance, _ in hits]
        near = [row for row in near if row[0] < 2 or not row[1]]
        return min(near)[3] if near else ""
