"""The check that every number said stands in the rows or the question."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from awesome_analytics.semantic.written import PLACES, rounded


class Told(str):
    """A sentence of our own making: what was computed for it, and the text of the question it repeats."""

    __slots__ = ("asked", "computed")
    computed: frozenset[Decimal]
    asked: str

    def __new__(cls, text: str, computed: Iterable[Decimal] = (), *, asked: str = "") -> "Told":
        """A str is made by `__new__` alone."""
        made = super().__new__(cls, text)
        made.computed = frozenset(computed)
        made.asked = asked
        return made


_SCALES = {
    "k": 3,
    "thousand": 3,
    "m": 6,
    "mn": 6,
    "million": 6,
    "b": 9,
    "bn": 9,
    "billion": 9,
    "trillion": 12,
}
_NUMBER = re.compile(
    r"(?P<minus>(?<![\w.,)])[-\u2212](?:[^\w\s.]|[A-Z]{2,3}\s)?)?(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+)(?P<exponent>[eE][+-]?\d+\b)?"
    r"(?:\s?(?P<scale>k|m|mn|b|bn|thousand|million|billion|trillion)\b)?(?P<percent>\s?(?:%|percent\b|points?\b))?",
    re.IGNORECASE,
)
_UNITS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred")
_WORDS: Mapping[str, Decimal] = {
    **{word: Decimal(worth) for worth, word in enumerate(_UNITS, 2)},
    **{word: Decimal(10 * worth) for worth, word in enumerate(_TENS, 2)},
    "pair": Decimal(2),
    "dozen": Decimal(12),
    "hundreds": Decimal(100),
    **{word: Decimal(1000) for word in ("thousand", "thousands")},
    **{word: Decimal(10**6) for word in ("million", "millions")},
}
_RELATION = re.compile(
    r"\b(twice|thrice|doubl\w*|tripl\w*|quadrupl\w*|\w+fold|half|halves|halved|thirds|quarters of|"
    r"a (?:third|quarter) of|majority|most of)\b",
    re.IGNORECASE,
)
"""Words that compute: a template may use them, and a model that repeats one or the question."""
_LESS = re.compile(
    r"\b(down|loss\w*|los[et]\w*|fell|fall\w*|drop\w*|declin\w*|decreas\w*|minus|negative|less|lower|below|"
    r"shrank|shrink\w*|shrunk|fewer|worse)\b",
    re.IGNORECASE,
)
"""Words by which a negative figure may be told without its minus."""
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_STRANGE = re.compile("[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u218f\u2460-\u24ff]")
"""Fractions, powers and numbers in circles, which nobody here writes."""
_LARGEST = Decimal("1e18")
_ENOUGH_DIGITS = 3
"""Significant digits with which a figure may be told more coarsely than it is shown."""


@dataclass(frozen=True)
class _Mention:
    """A number as it stands in a sentence: its worth, the decimals told, and whether a percent."""

    worth: Decimal
    places: int
    percent: bool
    digits: int
    negative: bool


def checked(
    sentences: Iterable[str], rows: Sequence[Sequence[object]], question: str, *, allowed: Iterable[str] = ()
) -> list[str]:
    """The sentences of which every number stands in the rows, in the question or in an `allowed` sentence.

    A number may be rounded as figures are shown, or to three digits and more. `Told` sentences carry what was
    computed for them; pass a template's own sentences as `allowed` for a model's wording of them.
    """
    said = (question, *allowed)
    known = _Known.of(rows, said)
    relations = set(_RELATION.findall(" ".join(said).lower()))
    names = {cell for row in rows for cell in row if isinstance(cell, str) and _is_relating(cell)}
    return [each for each in sentences if _relates_rightly(each, relations, names) and _stands(each, known)]


def _is_relating(text: str) -> bool:
    return bool(_STRANGE.search(text) or _RELATION.search(text))


def _relates_rightly(sentence: str, relations: set[str], names: Iterable[str]) -> bool:
    """No relation that nobody told; a product may be called 'Half Pint'."""
    if isinstance(sentence, Told) or not _is_relating(sentence):
        return True
    for name in names:
        sentence = sentence.replace(name, " ")
    return not _STRANGE.search(sentence) and set(_RELATION.findall(sentence.lower())) <= relations


def _stands(sentence: str, known: "_Known") -> bool:
    # A format of ours may round to whole numbers; anybody else who does so may mean another figure.
    coarse = isinstance(sentence, Told)
    mentions = _mentions(sentence)
    if isinstance(sentence, Told):
        known = known.beside(sentence)
    else:
        mentions += _worded(sentence)
    less = bool(_LESS.search(sentence))
    return all(known.has(each, less=less, coarse=coarse) for each in mentions)


def _mentions(text: str) -> list[_Mention]:
    found = []
    for match in _NUMBER.finditer(text):
        number = match["number"].replace(",", "")
        scale = _SCALES[match["scale"].lower()] if match["scale"] else 0
        scale += int(match["exponent"][1:]) if match["exponent"] and len(match["exponent"]) < 5 else 0
        found.append(
            _Mention(
                worth=Decimal(number).scaleb(scale),
                places=len(number.partition(".")[2]) - scale,
                percent=bool(match["percent"]),
                digits=len(number.replace(".", "").lstrip("0")),
                negative=bool(match["minus"]),
            )
        )
    return found


def _worded(text: str) -> list[_Mention]:
    words = _WORD.findall(_NUMBER.sub(" ", text).lower())
    worths = [_WORDS[word] for word in words if word in _WORDS]
    return [_Mention(worth=worth, places=3, percent=False, digits=0, negative=False) for worth in worths]


@dataclass(frozen=True)
class _Known:
    """What may be said: figures, and the losses without their minus; numbers in texts are both.

    They are looked up by their roundings, made once for each number of decimals.
    """

    gains: frozenset[Decimal]
    losses: frozenset[Decimal]
    roundings: dict[tuple[int, int, bool], frozenset[Decimal]] = field(default_factory=dict)
    wider: "_Known | None" = None

    @classmethod
    def of(cls, rows: Sequence[Sequence[object]], said: Iterable[str]) -> "_Known":
        signed = {figure for row in rows for cell in row for figure in _figures(cell)}
        texts = [*said, *(cell for row in rows for cell in row if isinstance(cell, str))]
        told = {Decimal(len(rows))}
        for text in texts:
            told |= {each.worth / 100 if each.percent else each.worth for each in _mentions(text)}
            told |= {each.worth for each in (*_mentions(text), *_worded(text))}
            signed |= text.computed if isinstance(text, Told) else set()
        return cls._split(signed, told)

    @classmethod
    def _split(
        cls, signed: Iterable[Decimal], told: Iterable[Decimal], wider: "_Known | None" = None
    ) -> "_Known":
        held = list(signed)
        gains = frozenset([*told, *(each for each in held if each >= 0)])
        return cls(gains, frozenset([*told, *(-each for each in held if each <= 0)]), wider=wider)

    def beside(self, sentence: Told) -> "_Known":
        """The same and what one sentence of our own brings with it."""
        return self._split(sentence.computed, {each.worth for each in _mentions(sentence.asked)}, wider=self)

    def has(self, mention: _Mention, *, less: bool, coarse: bool) -> bool:
        """Whether the number stands among them, exactly or rounded."""
        if self.wider and self.wider.has(mention, less=less, coarse=coarse):
            return True
        either = not mention.worth or (less and not mention.negative)
        kinds = (True, False) if either else (mention.negative,)
        return any(self._holds(mention, losses=losses, coarse=coarse) for losses in kinds)

    def _holds(self, mention: _Mention, *, losses: bool, coarse: bool) -> bool:
        exact = self.losses if losses else self.gains
        if mention.worth in exact or (mention.percent and mention.worth / 100 in exact):
            return True
        fine = mention.places >= (1 if mention.percent else 2) or mention.digits >= _ENOUGH_DIGITS
        if not (fine or coarse):
            # Too coarse to tell figures apart, but for a percent whose decimal is nought.
            return mention.percent and mention.worth in self._rounded(PLACES["percent"], 100, losses=losses)
        return mention.worth in self._rounded(mention.places, 1, losses=losses) or (
            mention.percent and mention.worth in self._rounded(mention.places, 100, losses=losses)
        )

    def _rounded(self, places: int, by: int, *, losses: bool) -> frozenset[Decimal]:
        key = (places, by, losses)
        if key not in self.roundings:
            held = self.losses if losses else self.gains
            self.roundings[key] = frozenset(rounded(by * each, places) for each in held if each < _LARGEST)
        return self.roundings[key]


def _figures(cell: object) -> set[Decimal]:
    """The numbers of a cell with their signs; a text's are read elsewhere."""
    if isinstance(cell, date):
        return {Decimal(cell.year), Decimal(cell.month), Decimal(cell.day)}
    if isinstance(cell, bool) or not isinstance(cell, Decimal | int | float):
        return set()
    made = Decimal(str(cell))
    return {made} if made.is_finite() else set()
