"""The assistant of this process: the shop's names are indexed once for each state of the warehouse."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from awesome_analytics.chat.answer import Assistant
from awesome_analytics.chat.words import Example, Turn, Understood
from awesome_analytics.semantic.members import members
from awesome_analytics.semantic.query import Query
from awesome_analytics.web import shop
from awesome_analytics.web.answers import Answers, Stamp

_lock = threading.Lock()
_kept: dict[Stamp, Assistant] = {}

_SUGGESTED = 6
_FOLLOWING = 3
_SPLITS = ("month", "region", "segment", "category", "market", "product")
"""What a follow-up may ask for; those that this shop's catalog does not know are not understood."""


def assistant(found: Answers, examples: Sequence[Example]) -> Assistant:
    """The assistant for the warehouse as it stands, with these verified examples."""
    with _lock:
        held = _kept.get(found.stamp)
        if held is None:
            with shop.reader() as reader:
                held = Assistant.build(found.catalog, partial(members, reader, found.catalog))
            _kept.clear()
            _kept[found.stamp] = held
    return replace(held, examples=tuple(examples))


def suggestions(found: Answers) -> list[str]:
    """First questions, from all over the catalog; each is understood."""
    examples = [metric.example for metric in found.catalog.shown_metrics if metric.example]
    # An example with a year in it may be of a time before the shop.
    examples = [example for example in examples if not any(map(str.isdigit, example))]
    apart = examples[:: max(1, len(examples) // _SUGGESTED)]
    held = assistant(found, ())
    return [
        example[:1].upper() + example[1:]
        for example in apart
        if isinstance(held.read(example, today=found.today), Understood)
    ][:_SUGGESTED]


def followups(found: Answers, query: Query) -> list[str]:
    """Next questions about the same figures, each understood as a change of the Query."""
    if not query.metrics:
        return []
    held, context = assistant(found, ()), [Turn(question="", query=query)]
    labels = [found.catalog.dimension(name).label.lower() for name in query.dimensions]
    made = []
    for word in _SPLITS:
        question = f"And by {word}?"
        is_new = not any(word in label for label in labels)
        if is_new and _changes(held, question, query, found, context):
            made.append(question)
    return made[:_FOLLOWING]


def _changes(held: Assistant, words: str, query: Query, found: Answers, context: Sequence[Turn]) -> bool:
    reading = held.read(words, today=found.today, context=context)
    return isinstance(reading, Understood) and reading.query != query
