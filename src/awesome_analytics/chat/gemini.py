"""Gemini where a key is set: a question to `Query | Clarify | NeedsSql | Decline`, and sentences said better.

Whatever goes wrong is ModelUnavailable or ModelNonsense, after which the system answers by itself.
The key is in no repr, no error and no log.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from awesome_analytics.chat.gemini_wire import Request, send
from awesome_analytics.chat.gemini_words import ASKING, REPHRASING, SQL_WRITING
from awesome_analytics.chat.words import Example, Turn
from awesome_analytics.core.errors import InvalidInput, ModelNonsense
from awesome_analytics.core.settings import GEMINI_MODEL, Settings
from awesome_analytics.semantic.query import Query

if TYPE_CHECKING:
    from pydantic import BaseModel

_MOST_ROWS = 50


@dataclass(frozen=True, kw_only=True)
class Clarify:
    """A short question back, with choices."""

    question: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NeedsSql:
    """No Query can say it; the question again, so that it stands by itself."""

    question: str


@dataclass(frozen=True, kw_only=True)
class Decline:
    """The shop's data can't answer it."""

    reason: str


Meant = Query | Clarify | NeedsSql | Decline


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the model took the question for, and what it assumed."""

    meant: Meant
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GeminiClient:
    """Gemini by its REST interface. `timeout` bounds one request with all its retries, in seconds."""

    key: str = field(repr=False)
    model: str = GEMINI_MODEL
    base_url: str | None = None
    timeout: float = 20.0

    @classmethod
    def of(cls, settings: Settings) -> "GeminiClient | None":
        """The client that the settings describe; None without a key."""
        if not settings.gemini_key:
            return None
        return cls(key=settings.gemini_key, model=settings.gemini_model, base_url=settings.gemini_base_url)

    def ask(
        self,
        question: str,
        *,
        catalog: Sequence[str],
        today: date,
        examples: Sequence[Example] = (),
        conversation: Sequence[Turn] = (),
        check: Callable[[Query], object] | None = None,
    ) -> Reply:
        """What the question means in the catalog's terms.

        `check` plans the Query and raises InvalidInput for a name that the model does not have; the model
        then gets one try to mend it, and ModelNonsense is raised if it can't.
        """
        from awesome_analytics.chat.gemini_shapes import AnswerShape

        system = _system(catalog, examples, today)
        contents = _conversation(conversation, question)
        answer = self._send(system, contents, AnswerShape)
        try:
            return _reply(answer, question, check)
        except InvalidInput as error:
            contents += [("model", answer), ("user", f"That can't be run: {error}. Answer again.")]
        answer = self._send(system, contents, AnswerShape)
        try:
            return _reply(answer, question, check)
        except InvalidInput as error:
            raise ModelNonsense(f"the language model's Query can't be used: {error}") from None

    def rephrase(
        self,
        sentences: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        question: str = "",
    ) -> list[str]:
        """The same sentences in better words; hold them against the rows with `narrative.checked`."""
        from awesome_analytics.chat.gemini_shapes import SentencesShape

        told = {
            "question": question,
            "sentences": list(sentences),
            "rows": [[None if cell is None else str(cell) for cell in row] for row in rows[:_MOST_ROWS]],
        }
        answer = self._send(REPHRASING, [("user", json.dumps(told, ensure_ascii=False))], SentencesShape)
        made = SentencesShape.model_validate_json(answer).sentences
        found = [sentence.strip() for sentence in made if sentence.strip()]
        if not found:
            raise ModelNonsense("the language model said nothing")
        return found[: 2 * len(sentences) + 3]

    def write_sql(self, prompt: Sequence[tuple[str, str]]) -> str:
        """The answer to messages of (role, text) with roles system, user and model: SQL as plain text."""
        system = "\n".join([text for role, text in prompt if role == "system"] + [SQL_WRITING])
        return self._send(system, [each for each in prompt if each[0] != "system"], None)

    def __getstate__(self) -> Mapping[str, Any]:
        raise TypeError("a client holds a key and is not to be stored")

    def _send(self, system: str, contents: Sequence[tuple[str, str]], shape: "type[BaseModel] | None") -> str:
        """The answer's text, which fits the shape."""
        request = Request(model=self.model, system=system, contents=tuple(contents), shape=shape)
        return send(request, key=self.key, base_url=self.base_url, timeout=self.timeout)


def _reply(text: str, question: str, check: Callable[[Query], object] | None) -> Reply:
    from awesome_analytics.chat.gemini_shapes import AnswerShape

    answer = AnswerShape.model_validate_json(text)
    said = (answer.text or "").strip()
    return Reply(
        meant=_meant(answer.kind, answer.query, said, tuple(answer.choices), question, check),
        assumptions=tuple(each.strip() for each in answer.assumptions if each.strip())[:5],
    )


def _meant(
    kind: str,
    query: "BaseModel | None",
    said: str,
    choices: tuple[str, ...],
    question: str,
    check: Callable[[Query], object] | None,
) -> Meant:
    if kind == "query" and query is not None:
        made = Query.from_dict(query.model_dump(exclude_none=True, exclude_defaults=True))
        if check:
            check(made)
        return made
    if kind == "clarify" and said:
        return Clarify(question=said[:300], choices=choices[:6])
    if kind == "needs_sql":
        return NeedsSql(question=said[:500] or question)
    if kind == "decline":
        return Decline(reason=said[:300] or "The shop's data can't answer this.")
    raise ModelNonsense("the language model's answer is empty")


def _system(catalog: Sequence[str], examples: Sequence[Example], today: date) -> str:
    shown = [f"Q: {each.question}\nA: {each.query.to_json()}" for each in examples]
    return ASKING.format(
        today=today.isoformat(),
        weekday=today.strftime("%A"),
        catalog="\n".join(catalog),
        examples="\n".join(shown) or "(none)",
    )


def _conversation(turns: Sequence[Turn], question: str) -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = []
    for turn in turns[-6:]:
        answer = {"kind": "query", "query": turn.query.to_dict()} if turn.query else {"kind": "clarify"}
        said += [("user", turn.question), ("model", json.dumps(answer, ensure_ascii=False))]
    return [*said, ("user", question[:2000])]
