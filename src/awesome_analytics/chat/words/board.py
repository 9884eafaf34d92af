"""The spans of a question laid out for rules: a rule names a row of parts of speech and takes it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from awesome_analytics.chat.words.spans import Span

_MACROS = {
    "OP": "gt|ge|lt|le|eq",
    "FIG": "met|thing",
    "DIM": "thing|part",
    "SOFT": "prep|be|and|rel|with|all",
    "GLUE": "prep|be|rel|with|bought|sold|spent|what|pronoun",
}
_ELEMENT = re.compile(r"(?:(?P<name>\w+)=)?(?P<tags>[\w|:]+)(?P<keep>!?)(?P<many>[?*+]?)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A row that a rule matched: its named spans, and where it stood."""

    at: int
    named: dict[str, list[Span]]
    taken: tuple[Span, ...]

    def one(self, name: str) -> Span:
        """The first span of a name."""
        return self.named[name][0]

    def maybe(self, name: str) -> Span | None:
        """The first span of a name, if it was there."""
        held = self.named.get(name)
        return held[0] if held else None


@cache
def _compiled(pattern: str) -> tuple[re.Pattern[str], tuple[tuple[str, bool], ...]]:
    parts, kept = [], []
    for word in pattern.split():
        found = _ELEMENT.fullmatch(word)
        assert found, word
        tags = "|".join(_MACROS.get(tag, tag) for tag in found["tags"].split("|"))
        each = "|".join(re.escape(tag) if ":" in tag else tag + r"(?::\w+)?" for tag in tags.split("|"))
        parts.append(rf"((?:(?:{each}) ){found['many']})")
        kept.append((found["name"] or "", bool(found["keep"])))
    return re.compile(r"(?<!\S)" + "".join(parts)), tuple(kept)


class Board:
    """What is left of a question to read."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = _without_altogether([span for span in spans if span.tag != "stop"])

    def has(self, *tags: str) -> bool:
        """Whether a span of one of the parts of speech is left; `tag:name` asks for what it names."""
        return any(span.tag in tags or f"{span.tag}:{span.name}" in tags for span in self.spans)

    def all(self, tag: str) -> list[Span]:
        """The spans of a part of speech."""
        return [span for span in self.spans if span.tag == tag]

    def find(self, pattern: str, hidden: frozenset[str] = frozenset()) -> Found | None:
        """The first row that matches, left where it is; `hidden` parts of speech don't part its elements."""
        finder, kept = _compiled(pattern)
        view = [span for span in self.spans if span.tag not in hidden]
        text, starts = _text(view)
        match = finder.search(text)
        if not match or match.start() == match.end():
            return None
        named: dict[str, list[Span]] = {}
        taken: list[Span] = []
        for number, (name, keep) in enumerate(kept, start=1):
            first, last = match.span(number)
            spans = view[starts[first] : starts[last]]
            if name:
                named.setdefault(name, []).extend(spans)
            if not keep:
                taken.extend(spans)
        at = self.spans.index(view[starts[match.start()]])
        return Found(at=at, named=named, taken=tuple(taken))

    def take(self, pattern: str, hidden: frozenset[str] = frozenset()) -> Found | None:
        """The first row that matches, taken off the board; elements with `!` stay."""
        found = self.find(pattern, hidden)
        if found:
            self.remove(found.taken)
        return found

    def remove(self, spans: Sequence[Span]) -> None:
        """Take spans off the board."""
        gone = {id(span) for span in spans}
        self.spans = [span for span in self.spans if id(span) not in gone]

    def before(self, at: int, *tags: str) -> Span | None:
        """The nearest span of a part of speech to the left of a place."""
        return next((span for span in reversed(self.spans[:at]) if span.tag in tags), None)


def _without_altogether(spans: list[Span]) -> list[Span]:
    """Orders in all: a total, where `in all regions` is every one of them."""
    followed = [bool(after.tag in ("thing", "part", "num", "val")) for after in spans[1:]]
    pairs = zip(spans, [*followed, False], strict=False)
    return [span for span, is_followed in pairs if is_followed or span.text.lower() != "in all"]


def _text(spans: Sequence[Span]) -> tuple[str, dict[int, int]]:
    """The parts of speech in a row, and which span begins at each place."""
    pieces, starts, at = [], {}, 0
    for index, span in enumerate(spans):
        starts[at] = index
        piece = f"{span.tag}:{span.name} " if span.name else f"{span.tag} "
        pieces.append(piece)
        at += len(piece)
    starts[at] = len(spans)
    return "".join(pieces), starts
