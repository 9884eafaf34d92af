"""A question cut into words and numbers, each folded to the form in which it is looked up."""

import re
import unicodedata
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

LONGEST = 1_000
"""Characters of a question that are read."""
_WORDS = 1 << 14
"""Words remembered: a shop's names are made of the same few thousand."""

_FINDER = re.compile(
    r"(?P<day>\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{4})(?![\w/])"
    r"|(?P<bucket>(?:19|20)\d\d-(?:q[1-4]|w\d{1,2}|\d{2}))(?![\w/-])"
    r"|(?P<number>(?:(?<=\s)-)?(?:[$€£]\s?)?(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\s?(?:%|(?:k|m|mn|bn)\b)?\+?)(?!\w)"
    r"|(?P<letters>(?<![^\W_])[^\W\d_](?:\.[^\W\d_])+(?![^\W_]))"
    r"|(?P<word>[^\W_]+(?:['’][^\W_]+)*)"
    r"|(?P<mark>>=|<=|=>|=<|--|[%&+,;:?!<>=≥≤()/\"“”–—*#-])",
    re.IGNORECASE,
)
_MONTH = re.compile(r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)
_SHORT_YEAR = re.compile(r"(?<![\w])['’](\d\d)(?![\w])")
_SCALES = {"k": 1_000, "m": 1_000_000, "mn": 1_000_000, "bn": 1_000_000_000}
_SHORT = {
    "what's": "what is", "whats": "what is", "who's": "who is", "how's": "how is", "hows": "how is",
    "where's": "where is", "that's": "that is", "it's": "it is", "let's": "let us", "didn't": "did not",
    "didnt": "did not", "don't": "do not", "dont": "do not", "doesn't": "does not", "haven't": "have not",
    "havent": "have not", "hasn't": "has not", "wasn't": "was not", "weren't": "were not",
    "aren't": "are not", "isn't": "is not", "we've": "we have", "we're": "we are", "i'm": "i am",
    "i'd": "i would", "can't": "can not", "cannot": "can not", "won't": "will not", "there's": "there is",
    "which's": "which is", "we'll": "we will", "they've": "they have", "who've": "who have",
    "couldn't": "could not", "hadn't": "had not", "they're": "they are", "who're": "who are",
    "what're": "what are", "y'all": "you all", "wouldn't": "would not",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Token:
    """A piece of the question: `word` is folded, `stem` has no plural's ending; a number has its worth."""

    text: str
    word: str
    stem: str
    start: int
    end: int
    number: Decimal | None = None
    unit: str = ""

    @property
    def is_word(self) -> bool:
        """Whether it is made of letters."""
        return self.number is None and self.word[:1].isalnum()


@lru_cache(maxsize=_WORDS)
def fold(text: str) -> str:
    """Small letters without accents, one kind of apostrophe."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").casefold().replace("ß", "ss"))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return bare.replace("ø", "o").replace("æ", "ae").replace("ł", "l").replace("đ", "d")


@lru_cache(maxsize=_WORDS)
def stem(word: str) -> str:
    """A noun without its plural's ending; good enough to compare by."""
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def tokenise(question: str) -> list[Token]:
    """The pieces of a question, in order; marks of punctuation that mean nothing are left out."""
    found = []
    question = _SHORT_YEAR.sub(r"20\1", question[:LONGEST])
    for match in _FINDER.finditer(question):
        found.extend(_pieces(match))
    return found


_ALIASES = {
    "avg": "average", "avrg": "average", "ave": "average", "mean": "average", "qty": "quantity",
    "rev": "revenue",
    "cust": "customer", "custs": "customers", "prod": "product", "prods": "products", "cat": "category",
    "cats": "categories",
    "tot": "total", "ttl": "total",
    "yr": "year", "yrs": "years", "mth": "month", "mths": "months", "mo": "month", "qtr": "quarter",
    "qtrs": "quarters", "wk": "week", "wks": "weeks", "nr": "number", "vol": "volume", "w/o": "without",
    "rtn": "return", "rtns": "returns", "ord": "order", "ords": "orders", "mkt": "market", "mkts": "markets",
    "seg": "segment", "segs": "segments", "subcat": "subcategory", "subcats": "subcategories",
    "u": "you", "ur": "your", "giv": "give", "gimme": "give", "thx": "thanks", "plz": "please",
}  # fmt: skip
_STEPS = frozenset({"day", "week", "month", "quarter", "year", "order", "customer"})
_TOPS = frozenset({"top", "best", "bottom", "first"})
_BEST = re.compile(r"(?:best|top) ?sellers\b|(?:biggest|top) (?:spenders|buyers)\b")
_RANKED = re.compile(r"(?P<rank>top|bottom)(?P<many>\d{1,3})", re.ASCII)


def normal(tokens: list[Token]) -> list[Token]:
    """Common abbreviations written out; a slash before a single step is a per: orders/month."""
    made = [retoken(token, _ALIASES[token.word]) if token.word in _ALIASES else token for token in tokens]
    made = _with_top(made)
    for at in range(1, len(made) - 1):
        before, after = made[at - 1], made[at + 1]
        is_list = before.word in _STEPS or "/" in (made[at - 2].text if at > 1 else "", *_next(made, at + 2))
        if made[at].text == "/" and before.is_word and after.word in _STEPS and not is_list:
            made[at] = replace(made[at], word="per", stem="per")
    return made


def _with_top(tokens: list[Token]) -> list[Token]:
    """`tp 5` is the top 5, and so are the 3 best sellers."""
    made: list[Token] = []
    for at, token in enumerate(tokens):
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if token.word == "tp" and after is not None and after.number is not None:
            made.append(retoken(token, "top"))
            continue
        says = " ".join(each.word for each in tokens[at + 1 : at + 3])
        before = tokens[at - 1].word if at else ""
        if token.number is not None and not token.unit and before not in _TOPS and _BEST.match(says):
            made.append(replace(token, text="top", word="top", stem="top", number=None))
        made.append(token)
    return made


def _next(tokens: list[Token], at: int) -> tuple[str, ...]:
    return tuple(token.text for token in tokens[at : at + 1])


def retoken(token: Token, word: str) -> Token:
    """The token as if it had been spelled so."""
    return replace(token, word=word, stem=stem(word))


def _pieces(match: re.Match[str]) -> list[Token]:
    text, kind = match[0], match.lastgroup
    start, end = match.span()
    if kind == "number":
        return [_number(text, start, end)]
    if text in ("-", "–") and _is_hyphen(match.string, start, end):
        return []
    if kind not in ("word", "letters"):
        return [Token(text=text, word=fold(text), stem=fold(text), start=start, end=end)]
    word = fold(text).replace(".", "")
    if word in _SHORT:
        return [_token(text, each, start, end) for each in _SHORT[word].split()]
    if ranked := _RANKED.fullmatch(word):
        middle = start + len(ranked["rank"])
        return [
            _token(text[: middle - start], ranked["rank"], start, middle),
            _number(ranked["many"], middle, end),
        ]
    if word.endswith(("'s", "s'")) and len(word) > 2:
        owner = word[:-2] if word.endswith("'s") else word[:-1]
        return [_token(text[: len(owner)], owner, start, start + len(owner))]
    return [_token(text, word, start, end)]


def _is_hyphen(question: str, start: int, end: int) -> bool:
    """Whether a dash joins two words, and no months: best-selling, but Jan-Mar."""
    before, after = re.search(r"[^\W\d_]+$", question[:start]), re.match(r"[^\W\d_]+", question[end:])
    return bool(before and after) and not (_MONTH.match(before[0]) and _MONTH.match(after[0]))  # type: ignore[index]


def _token(text: str, word: str, start: int, end: int) -> Token:
    return Token(text=text, word=word, stem=stem(word), start=start, end=end)


def _number(text: str, start: int, end: int) -> Token:
    plain = text.strip().lower()
    negative = plain.startswith("-")
    plain = plain.lstrip("-")
    unit = "money" if plain[0] in "$€£" else ""
    plain = plain.lstrip("$€£ ")
    plus = plain.endswith("+")
    plain = plain.rstrip("+").strip()
    if plain.endswith("%"):
        unit, plain = "percent", plain[:-1].strip()
    digits = re.match(r"[\d.,]+", plain)
    assert digits
    worth = Decimal(digits[0].replace(",", "").rstrip("."))
    scale = plain[digits.end() :].strip()
    worth *= _SCALES.get(scale, 1) * (-1 if negative else 1)
    word = digits[0] if not scale and "," not in digits[0] else str(worth)
    return Token(
        text=text, word=word, stem=word, start=start, end=end, number=worth, unit="plus" if plus else unit
    )
