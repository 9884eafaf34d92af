"""The system's own engine: a manager's words to a Query, a question back, or a kind no."""

from awesome_analytics.chat.words.reader import Words
from awesome_analytics.chat.words.reading import (
    Assumption,
    Choice,
    Clarify,
    Example,
    Help,
    Reading,
    Refuse,
    Talk,
    Turn,
    Understood,
    Why,
)
from awesome_analytics.chat.words.similar import Near, similar

__all__ = [
    "Assumption",
    "Choice",
    "Clarify",
    "Example",
    "Help",
    "Near",
    "Reading",
    "Refuse",
    "Talk",
    "Turn",
    "Understood",
    "Why",
    "Words",
    "similar",
]
