"""Cuts a question into spans, by the grammar's phrases, the shop's names and the periods found."""

from collections.abc import Sequence
from decimal import Decimal

from awesome_analytics.chat.words.lexicon import Lexicon, Sense, grammar
from awesome_analytics.chat.words.ranges import Stretch
from awesome_analytics.chat.words.settling import settled
from awesome_analytics.chat.words.spans import NUMBERS, SCALES, Cut, Doubt, Span, make, numbered, scaled
from awesome_analytics.chat.words.tokens import Token, fold, stem, tokenise
from awesome_analytics.chat.words.values import Member, Values, is_sure
from awesome_analytics.semantic.model import Catalog

_QUOTES = frozenset('"“”')
_COUNTING = frozenset(["gt", "ge", "lt", "le", "eq", "only", "with", "not", "rank"])
_MARKS_THAT_SPEAK = frozenset(["%", "&", "+", ",", ";", "/", ">", "<", "=", ">=", "<=", "≥", "≤", "=>", "=<"])
_TAKE_BACK = {"met": ("thing", "part"), "stop": ("by",)}
_LEAD_TO_US = frozenset(grammar()["spelling"]["before_us"])
"""Words behind which `us` is the shop's people, and no country."""
_LEAD_TO_NOUN = frozenset({"a", "an", "per", "each", "every", "average", "any", "of"})
_LONGEST_PART = 6
_MANY = 12
_LONG_ENOUGH = 5
_BEFORE_NAME = frozenset({"product", "item", "model", "article", "customer", "like", "mr", "mrs", "ms"})
_OF_A_NAME = frozenset(
    {"name", "names", "word", "words", "called", "named", "containing", "contain", "contains"}
)


class Cutter:
    """Cuts questions; made once from all that has a name."""

    def __init__(self, catalog: Catalog, lexicon: Lexicon, values: Values) -> None:
        self._lexicon, self._values = lexicon, values
        self._labels = {
            name: frozenset(token.stem for token in tokenise(f"{held.label} {held.plural}"))
            for name, held in catalog.dimensions.items()
        }

    def cut(self, tokens: Sequence[Token], periods: Sequence[Stretch]) -> Cut:
        """The spans of a question, left to right."""
        made = Cut()
        at = 0
        while at < len(tokens):
            span = self._span(tokens, at, periods, made)
            if span.tag != "mark":
                made.spans.append(span)
            at = span.last + 1
        made.spans = settled(made.spans)
        return made

    def _span(self, tokens: Sequence[Token], at: int, periods: Sequence[Stretch], made: Cut) -> Span:
        """The span that begins at a word."""
        period = next((each for each in periods if each.first <= at <= each.last), None)
        phrase = self._phrase(tokens, at)
        value = self._value(tokens, at, phrase)
        length = period.last - at + 1 if period else 0
        if value and value[0] > length:
            return self._named(tokens, at, *value)
        said = next((span for span in reversed(made.spans) if span.tag != "stop"), None)
        if tokens[at].word in ("a", "an", "one") and at + 1 < len(tokens) and tokens[at + 1].word in SCALES:
            return scaled(tokens, at, Decimal(1), "")
        if tokens[at].word in ("one", "single") and said is not None and said.tag in _COUNTING:
            return scaled(tokens, at, Decimal(1), "")
        if phrase and phrase[0] > length and not self._cuts_into(phrase[0], at, period, periods):
            return self._spoken(tokens, at, *phrase)
        if period:
            return make(tokens, at, period.last, "per" if period.text else "stop", stretch=period)
        if phrase and tokens[at].number is None:
            return self._spoken(tokens, at, *phrase)
        return self._other(tokens, at, made)

    def _phrase(self, tokens: Sequence[Token], at: int) -> tuple[int, Sense] | None:
        """The longest phrase that begins here and doesn't take the first word of the next thing named."""
        phrase = self._lexicon.at(tokens, at)
        if phrase and phrase[1].tag == "sort" and at and tokens[at - 1].word in _LEAD_TO_NOUN:
            phrase = self._lexicon.at(tokens[: at + 1], at) or phrase
        if phrase is None or phrase[0] == 1 or phrase[1].tag not in ("met", "stop"):
            return phrase
        last = at + phrase[0] - 1
        following = self._lexicon.at(tokens, last)
        if following and following[0] > 1 and following[1].tag in _TAKE_BACK[phrase[1].tag]:
            return self._lexicon.at(tokens[:last], at)
        return phrase

    def _cuts_into(self, size: int, at: int, period: Stretch | None, periods: Sequence[Stretch]) -> bool:
        """Whether a phrase would end inside a period that begins within it."""
        return (
            any(each is not period and at < each.first < at + size <= each.last for each in periods)
            and size > 1
        )

    def _value(
        self, tokens: Sequence[Token], at: int, phrase: tuple[int, Sense] | None
    ) -> tuple[int, tuple[Member, ...]] | None:
        """A name that begins here, unless the words mean something else as well."""
        if not tokens[at].word[:1].isalnum():
            return None
        solid = [index for index in range(at, len(tokens)) if tokens[index].word[:1].isalnum()]
        found = self._values.at([tokens[index] for index in solid], 0)
        if not found:
            return None
        size = solid[found[0] - 1] - at + 1
        if tokens[at].number is not None and size == 1:
            return None
        if phrase and phrase[0] > size:
            return None
        if self._reads_as_figure(tokens, at, size) and not self._is_meant(
            tokens, at, size, Sense("met"), found[1]
        ):
            return None
        if phrase and phrase[0] == size and not self._is_meant(tokens, at, size, phrase[1], found[1]):
            return None
        return size, found[1]

    def _reads_as_figure(self, tokens: Sequence[Token], at: int, size: int) -> bool:
        """Whether a name such as `Total Sales` is a figure in everybody's words."""
        tags = []
        for index in range(at, at + size):
            phrase = self._lexicon.at(tokens[: at + size], index)
            tags.append(phrase[1].tag if phrase else "")
        return size > 1 and tags[-1] == "met" and set(tags) <= {"stop", "met"}

    def _is_meant(
        self, tokens: Sequence[Token], at: int, size: int, sense: Sense, members: tuple[Member, ...]
    ) -> bool:
        """Whether words that the grammar knows too are the name here: quoted, or beside their dimension."""
        if sense.tag == "subject":
            return True
        around = [*tokens[max(0, at - 1) : at], *tokens[at + size : at + size + 1]]
        if len(around) == 2 and all(token.text in _QUOTES for token in around):
            return True
        beside = {token.stem for token in around}
        if any(self._labels[member.dimension] & beside for member in members):
            return sense.tag not in ("met", "thing") or size > 1
        text = " ".join(token.text for token in tokens[at : at + size])
        written = any(text == member.text for member in members)
        if sense.tag in ("stop", "prep") and text.isupper() and len(text) > 1:
            return written and not all(token.text.isupper() for token in tokens if token.is_word)
        if sense.tag == "stop" and text == "us":
            return at == 0 or tokens[at - 1].word not in _LEAD_TO_US
        return sense.tag == "vaguely" and written and at > 0

    def _named(self, tokens: Sequence[Token], at: int, size: int, members: tuple[Member, ...]) -> Span:
        return make(tokens, at, at + size - 1, "val", members=members)

    def _spoken(self, tokens: Sequence[Token], at: int, size: int, sense: Sense) -> Span:
        last = tokens[at + size - 1]
        return make(
            tokens,
            at,
            at + size - 1,
            sense.tag,
            name=sense.name,
            descending=sense.descending,
            guess=sense.guess,
            contains=sense.values,
            plural=last.word != stem(last.word) or last.word == "people",
        )

    def _other(self, tokens: Sequence[Token], at: int, made: Cut) -> Span:
        token = tokens[at]
        if token.number is not None:
            return numbered(tokens, at)
        before = made.spans[-1].tag if made.spans else ""
        if token.word in NUMBERS or (token.word == "one" and before in _COUNTING):
            worth = Decimal(NUMBERS.get(token.word, 1))
            return scaled(tokens, at, worth, "")
        if not token.is_word:
            return make(tokens, at, at, "mark" if token.text not in _MARKS_THAT_SPEAK else "soft")
        if self._rounds_off(tokens, at, made):
            return make(tokens, at, at, "stop")
        short = self._short_form(tokens, at, made)
        return short or self._part_of_name(tokens, at, made) or self._nearly(tokens, at, made)

    def _rounds_off(self, tokens: Sequence[Token], at: int, made: Cut) -> bool:
        """Whether a word in small letters merely rounds off what was named before it: the profit picture."""
        if tokens[at].word not in grammar()["rounds_off"]["words"] or not tokens[at].text.islower():
            return False
        after = self._lexicon.at(tokens, at + 1) if at + 1 < len(tokens) else None
        ends = at + 1 >= len(tokens) or not tokens[at + 1].word[:1].isalnum()
        named = bool(made.spans) and made.spans[-1].tag in ("met", "thing", "part")
        return named and (ends or (after is not None and after[1].tag in ("prep", "by", "each", "be")))

    def _short_form(self, tokens: Sequence[Token], at: int, made: Cut) -> Span | None:
        """A word that only one category, segment or market begins with: tech, corp."""
        around = [*tokens[max(0, at - 1) : at], *tokens[at + 1 : at + 2]]
        of_a_name = (at and tokens[at - 1].stem in _BEFORE_NAME) or any(t.word in _OF_A_NAME for t in tokens)
        if of_a_name or any(token.text in _QUOTES for token in around):
            return None
        found = self._values.beginning(tokens[at].word)
        if not found:
            return None
        made.notes.append(f"'{tokens[at].text}' read as {found[0].text}")
        return make(tokens, at, at, "val", members=found)

    def _run(self, tokens: Sequence[Token], at: int) -> int:
        """How many words from here on mean nothing by themselves."""
        size = 0
        while at + size < len(tokens) and size < _LONGEST_PART:
            token = tokens[at + size]
            if size and (not token.word[:1].isalnum() or self._lexicon.at(tokens, at + size)):
                break
            size += 1
        return size

    def _part_of_name(self, tokens: Sequence[Token], at: int, made: Cut) -> Span | None:
        """Words that stand in a name: `Canon`, `Aaron`, `standard`."""
        for size in range(self._run(tokens, at), 0, -1):
            part = tokens[at : at + size]
            found = self._values.having(token.stem for token in part if token.word[:1].isalnum())
            if not found:
                continue
            text = " ".join(token.text for token in part)
            short = sorted(member for member in found if member.dimension not in ("product", "customer"))
            people = sorted(member for member in found if member.dimension == "customer")
            goods = sorted(member for member in found if member.dimension == "product")
            if len(text) < 3 and not short:
                continue
            return self._partly(tokens, at, size, text, (short, people, goods), made)
        return None

    def _partly(
        self,
        tokens: Sequence[Token],
        at: int,
        size: int,
        text: str,
        found: tuple[list[Member], list[Member], list[Member]],
        made: Cut,
    ) -> Span:
        short, people, goods = found
        likely = short or ([] if goods and people else people)
        if not short and _is_small(tokens, at, size):
            candidates = tuple([*people, *goods][:_MANY])
            made.doubts.append(Doubt(text=text, members=candidates, contains=not people))
            return make(tokens, at, at + size - 1, "doubt")
        if len(likely) == 1 or (not likely and len(goods) == 1 and not people):
            member = (likely or goods)[0]
            made.notes.append(f"'{text}' read as {member.text}")
            return make(tokens, at, at + size - 1, "val", members=(member,))
        if not likely and goods and not people and self._is_name(tokens, at, size):
            made.notes.append(f"'{text}' read as products with '{text}' in their name")
            return make(tokens, at, at + size - 1, "val", members=tuple(goods[:1]), contains=text)
        if not likely and goods and not people:
            made.doubts.append(Doubt(text=text, members=tuple(goods[:1]), contains=True))
            return make(tokens, at, at + size - 1, "doubt")
        candidates = tuple((likely or [*people, *goods])[:_MANY])
        made.doubts.append(Doubt(text=text, members=candidates))
        return make(tokens, at, at + size - 1, "doubt")

    def _is_name(self, tokens: Sequence[Token], at: int, size: int) -> bool:
        """Whether a word is meant as part of a product's name: a capital, quotes, or its noun beside it."""
        around = [*tokens[max(0, at - 2) : at], *tokens[at + size : at + size + 1]]
        if any(token.text in _QUOTES for token in around):
            return True
        if any(token.stem in ("product", "item", "model", "article") for token in around):
            return True
        shouted = all(token.text.isupper() for token in tokens if token.is_word)
        return at > 0 and not shouted and any(t.text[:1].isupper() for t in tokens[at : at + size])

    def _nearly(self, tokens: Sequence[Token], at: int, made: Cut) -> Span:
        """Words that are spelled nearly like a name, or that nobody knows."""
        best: tuple[float, int, list[tuple[Member, float]]] = (0, 1, [])
        for size in range(1, min(4, len(tokens) - at) + 1):
            said = " ".join(token.text for token in tokens[at : at + size])
            hits = self._values.near(said, long=size > 1)
            if hits and hits[0][1] > best[0]:
                best = (hits[0][1], size, hits)
        score, size, hits = best
        said = " ".join(token.text for token in tokens[at : at + size])
        top = tuple(dict.fromkeys(member for member, points in hits if points >= score - 3))
        if is_sure(score) and len({member.text for member in top}) == 1:
            made.notes.append(f"'{said}' read as {top[0].text}")
            return make(tokens, at, at + size - 1, "val", members=top)
        if len({member.text for member in top}) == 1 and _begins(said, top[0].text):
            made.notes.append(f"'{said}' read as {top[0].text}")
            return make(tokens, at, at + size - 1, "val", members=top)
        if hits:
            made.doubts.append(Doubt(text=said, members=tuple(member for member, _ in hits)))
            return make(tokens, at, at + size - 1, "doubt")
        return make(tokens, at, at, "unk")


def _is_small(tokens: Sequence[Token], at: int, size: int) -> bool:
    """Whether one word in small letters, no surname after `Mr` or `to`, merely happens to stand in a name."""
    return size == 1 and not any(letter.isupper() or letter.isdigit() for letter in tokens[at].text)


def _begins(said: str, name: str) -> bool:
    """Whether one word is the beginning of the other: defect, defective."""
    one, two = stem(fold(said)), stem(fold(name))
    return min(len(one), len(two)) >= _LONG_ENOUGH and (one.startswith(two) or two.startswith(one))
