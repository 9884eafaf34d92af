"""The assistant of this process: the shop's names are indexed once for each state of the warehouse."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from awesome_analytics.chat.answer import Assistant, Example
from awesome_analytics.semantic.members import members
from awesome_analytics.web import shop
from awesome_analytics.web.answers import Answers, Stamp

_lock = threading.Lock()
_kept: dict[Stamp, Assistant] = {}


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
