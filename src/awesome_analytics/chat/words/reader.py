"""Reads questions: words to a Query, a question back, a refusal, or small talk."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from awesome_analytics.chat.words import (
    asking,
    declining,
    followups,
    grammar,
    lexicon,
    occasions,
    telling,
    values,
)
from awesome_analytics.chat.words.assemble import assemble
from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.cutting import Cutter
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear
from awesome_analytics.chat.words.lexicon import Lexicon
from awesome_analytics.chat.words.ranges import stretches
from awesome_analytics.chat.words.reading import (
    Assumption,
    Choice,
    Clarify,
    Reading,
    Refuse,
    Turn,
    Understood,
    Why,
)
from awesome_analytics.chat.words.spans import Cut, Doubt
from awesome_analytics.chat.words.spelling import Slip, Speller
from awesome_analytics.chat.words.tokens import LONGEST, normal, tokenise
from awesome_analytics.chat.words.values import Values
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import PLAIN_RECKONING, Reckoning
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Filter, Query

_MOST_CHOICES = 6
_MOST_PARTS, _LONGEST_TOLD = 4, 400
_SCOPE = "The period you name has not begun."


@dataclass(frozen=True, kw_only=True)
class Words:
    """The system's own engine: built once from the catalog and the shop's names, then asked many times."""

    catalog: Catalog
    lexicon: Lexicon
    values: Values
    speller: Speller
    cutter: Cutter
    reckoning: Reckoning

    @classmethod
    def build(
        cls,
        catalog: Catalog,
        members: Callable[[str], Sequence[str]],
        *,
        reckoning: Reckoning = PLAIN_RECKONING,
    ) -> "Words":
        """Index every phrase and every name."""
        known, names = lexicon.build(catalog), values.index(members)
        return cls(
            catalog=catalog,
            lexicon=known,
            values=names,
            speller=Speller(known, names),
            cutter=Cutter(catalog, known, names),
            reckoning=reckoning,
        )

    def read(self, question: str, *, today: date, context: Sequence[Turn] = ()) -> Reading:
        """What a question is; never raises for what was typed."""
        if len(question) > LONGEST:
            return Clarify(question="That is long: please ask it in a sentence or two.")
        declined = declining.by_text(question) or declining.small_talk(question)
        if declined is not None:
            return declined
        reading = self._tried(question, today, context)
        if isinstance(reading, Understood):
            return reading
        return self._behind_what_is_told(question, today, context) or reading

    def _tried(self, question: str, today: date, context: Sequence[Turn]) -> Reading:
        """What a question is, with what stands in the way as a question back."""
        try:
            return self._read(question, today, context)
        except Unclear as unclear:
            return Clarify(question=unclear.question, choices=unclear.choices)
        except InvalidInput as error:
            return Clarify(question=f"I can't put that together: {str(error).partition(': ')[2] or error}.")

    def _behind_what_is_told(self, question: str, today: date, context: Sequence[Turn]) -> Understood | None:
        """The last part of a question that can't be read as a whole, where nothing before it chooses."""
        if len(question) > _LONGEST_TOLD:
            return None
        hint = followups.year_of(context, today, self.reckoning)
        for each in itertools.islice(telling.parts(question), _MOST_PARTS):
            try:
                if not telling.chooses_nothing(each, lambda text: self._cut(text, today, hint)[0]):
                    continue
            except InvalidInput:
                continue
            reading = self._tried(each.asked, today, context)
            if isinstance(reading, Understood):
                note = Assumption(text=f"'{each.told}' passed over")
                return replace(reading, assumptions=(note, *reading.assumptions))
        return None

    def _read(self, question: str, today: date, context: Sequence[Turn]) -> Reading:
        hint = followups.year_of(context, today, self.reckoning)
        asked = asking.asked(question, lambda text: self._cut(text, today, hint)[0])
        cut, slips = self._cut(asked.text, today, hint)
        setting = Setting(
            catalog=self.catalog,
            lexicon=self.lexicon,
            values=self.values,
            reckoning=self.reckoning,
            today=today,
        )
        declined = declining.by_subject(cut.spans, self.lexicon)
        if declined is not None:
            return declined
        said = [f"'{text}' taken as what the question is about" for text in asked.setting]
        said += [f"'{slip.written}' read as '{slip.read}'" for slip in slips] + cut.notes
        self._ask_doubts(cut, setting)
        patched = followups.read(cut.spans, context, setting)
        if patched is None:
            draft, board = grammar.read(cut.spans, setting)
            self._ask_unread(board, draft)
            self._ask_figure(draft)
            patched = assemble(draft, setting)
        query, assumptions = patched
        if _lies_ahead(query, today, self.reckoning):
            return Refuse(reason=f"{self.lexicon.subjects['forecast'].reason} {_SCOPE}", kind=Why.FORECAST)
        told = (*(Assumption(text=text) for text in said), *assumptions)
        return Understood(query=query, assumptions=told)

    def _cut(self, text: str, today: date, hint: int | None) -> tuple[Cut, list[Slip]]:
        """The spans of some text, and the slips set right in it."""
        tokens, slips = self.speller.corrected(normal(tokenise(text)))
        tokens = occasions.left_out(tokens, today, self.lexicon)
        tokens = occasions.weekdays_left_out(tokens, today)
        return self.cutter.cut(tokens, stretches(tokens, today, self.reckoning, hint)), slips

    def _ask_doubts(self, cut: Cut, setting: Setting) -> None:
        """Ask which of several names was meant."""
        if not cut.doubts:
            return
        doubt = cut.doubts[0]
        if doubt.contains:
            asked = f"Do you mean products with '{doubt.text}' in their name?"
            raise Unclear(asked, self._choices(cut, doubt, setting))
        texts = list(dict.fromkeys(member.text for member in doubt.members))[:_MOST_CHOICES]
        listed = ", ".join(f"'{text}'" for text in texts)
        raise Unclear(
            f"Which one do you mean by '{doubt.text}': {listed}?", self._choices(cut, doubt, setting)
        )

    def _choices(self, cut: Cut, doubt: Doubt, setting: Setting) -> tuple[Choice, ...]:
        """The question as it would be with each of the names."""
        made = []
        for member in doubt.members[:_MOST_CHOICES]:
            spans = followups.with_member(cut.spans, doubt, member)
            try:
                draft, board = grammar.read(spans, setting)
                if grammar.unread(board):
                    continue
                query, _ = assemble(draft, setting)
            except (Unclear, InvalidInput):
                continue
            made.append((f"products with '{doubt.text}'" if doubt.contains else member.text, query))
        return tuple(made)

    def _ask_unread(self, board: Board, draft: Draft) -> None:
        """Ask about words that nobody read."""
        left = grammar.unread(board, ranked=draft.rank is not None, grouped=bool(draft.dims))
        if not left:
            return
        span = left[0]
        if board.has("why"):
            raise Unclear(
                "The books say what happened, not why. I can split a figure by category, region or month, "
                "to see where it comes from."
            )
        text = " ".join(each.text for each in left if each.last - span.last < 3)
        if span.tag == "fuzzytime":
            raise Unclear(f"Which dates do you mean by '{span.text}'? Name the months or the days.")
        near = [member.text for member, _ in self.values.near(span.text, long=True)][:3]
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise Unclear(f"I'm not sure what '{text}' means here.{hint} Could you say it in other words?")

    def _ask_figure(self, draft: Draft) -> None:
        """Ask what to show when nothing was named, and of what the highest is meant."""
        if (
            draft.rank is not None
            and draft.rank.tag in ("rank", "ranked")
            and draft.rank.text
            and not draft.dims
        ):
            text = draft.rank.text
            raise Unclear(
                f"The {text} of what: orders, customers, products, regions, months? Name what to rank."
            )
        nothing = not draft.metrics and not draft.dims and not draft.ranked_by
        placed = [each for each in draft.placed if isinstance(each.condition, Filter)]
        if nothing and not placed and not draft.having and draft.share is None and not draft.members:
            when = " in that time" if draft.period else ""
            raise Unclear(f"What would you like to see{when}: sales, profit, orders, customers or returns?")


def _lies_ahead(query: Query, today: date, reckoning: Reckoning) -> bool:
    """Whether nothing can have happened yet in the period asked for."""
    start = query.time.period.days(today, reckoning).start if query.time else None
    return start is not None and start > today
