"""Misspelled words, set right by the nearest word that means something here."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from awesome_analytics.chat.words.dates import MONTHS, WEEKDAYS
from awesome_analytics.chat.words.lexicon import Lexicon
from awesome_analytics.chat.words.tokens import Token, retoken, stem
from awesome_analytics.chat.words.values import Values

_SHORTEST = 4
_LONG = 8
_DATES = frozenset(
    (*MONTHS, *WEEKDAYS, *(m[:3] for m in MONTHS), "sept", "today", "yesterday", "week", "quarter")
    + tuple("weekend weekends fiscal financial since before after until through between ago half".split())
)
# Words of ordinary English that lie one slip away from a word of ours: they mean themselves.
_ENGLISH = frozenset(
    "whether fewer pages cause causes clause case cases stories story shows shown knows whole whose whom form forms "
    "than that them then they this thus very even ever never over under house mouse month mouth price prices prize "
    "costs cost lost last late rate rates date data gate back pack park part port post past path bath both boat beat "
    "best rest test text next nest list lost loss less lets live love move more most must much such each teach reach "
    "made male make take tale talk walk work word world would could should will well wall ball call cell sell sold "
    "hold held help heap cheap there their where were here hear year years your yours hours ours users using usage "
    "side size site sign since wine line lines link like life file fill full pull push cash crash wash watch match "
    "band bank land hand lend send sent cent center plan plane plant planet state status stats start stars story tier "
    "times timer item items team teams term terms farm firm film title table tables cable able apple people purple "
    "place plate late later rater water waste taste paste cost coast toast most host ghost guest quest request profile "
    "profiles promise premise segment cement moment comment content context contest contact contract product produce "
    "unit unity unite until united untied order older holder folder border odder return retain regain reason season "
    "region religion legion carton cartoon market marked basket bracket rocket ticket priority privacy quality quantity "
    "equality shipment shopping chipping tripping sheet sweet street greet great treat threat bread broad board road "
    "paid pain rain gain main mail nail tail tall ball bill hill pill till fill kill skill still style mile mild wild "
    "child children brand grand stand found round sound pound mount count county country city cities duties parties".split()
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
        if not token.is_word or len(word) < _SHORTEST or not word.isalpha():
            return ""
        if self.knows(word) or token.stem in self._names:
            return ""
        limit = 2 if len(word) >= _LONG else 1
        hits = process.extract(word, self._targets, scorer=OSA.distance, score_cutoff=limit, limit=6)
        near = [(distance, hit[:1] != word[:1], abs(len(hit) - len(word)), hit) for hit, distance, _ in hits]
        near = [row for row in near if row[0] < 2 or not row[1]]
        return min(near)[3] if near else ""
