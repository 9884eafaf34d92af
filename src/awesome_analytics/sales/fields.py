"""What a field of a form may hold: each function reads one value and refuses it by the field's own name."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.money import CENT, LARGEST, parse_decimal

T = TypeVar("T")

LONGEST_TEXT = 200
LONGEST_ID = 64
LONGEST_EMAIL = 254
MOST_PIECES = 1_000_000
MOST_LINES = 100_000
EARLIEST = date(1970, 1, 1)
LATEST = date(2199, 12, 31)

_BREAKS = str.maketrans("\t\n\r", "   ")
_JOINERS = "\u200c\u200d"  # Persian words and joined emoji are spelled with them
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]+@[^@\s<>()\[\],;:\\\"]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PERCENT_STEP = Decimal("0.0001")


def text(value: object, field: str) -> str:
    """Text in NFC, trimmed, each run of spaces one space; nothing invisible, at most 200 characters."""
    if value is None:
        raise InvalidInput(field, "this is needed")
    if not isinstance(value, str):
        raise InvalidInput(field, "this must be text")
    if len(value) > 50 * LONGEST_TEXT:
        raise InvalidInput(field, f"too long; at most {LONGEST_TEXT} characters")
    plain = value.isascii() and value.isprintable()
    clean = " ".join((value if plain else _visible(value.translate(_BREAKS), field)).split())
    if not clean:
        raise InvalidInput(field, "this is needed")
    if len(clean) > LONGEST_TEXT:
        raise InvalidInput(field, f"{len(clean)} characters are too long; at most {LONGEST_TEXT}")
    return clean


def _visible(value: str, field: str) -> str:
    for character in value:
        if unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in _JOINERS:
            raise InvalidInput(field, f"holds an invisible character (U+{ord(character):04X}); remove it")
    if value.strip() and not any(unicodedata.category(c)[0] in "LNPS" for c in value):
        raise InvalidInput(field, "holds nothing that can be seen")
    return unicodedata.normalize("NFC", value)


def identifier(value: object, field: str) -> str:
    """A natural key as typed: an order, customer, product or return ID."""
    clean = text(value, field)
    if len(clean) > LONGEST_ID:
        raise InvalidInput(field, f"{len(clean)} characters are too long; at most {LONGEST_ID}")
    return clean


def email(value: object, field: str) -> str:
    """An e-mail address in the one form the books compare: NFC, casefolded."""
    clean = unicodedata.normalize("NFC", text(value, field).casefold())
    if not _EMAIL.fullmatch(clean):
        raise InvalidInput(field, f"'{clean}' is no e-mail address; write it like name@company.com")
    if len(clean) > LONGEST_EMAIL:
        raise InvalidInput(field, f"{len(clean)} characters are too long; at most {LONGEST_EMAIL}")
    return clean


def number(value: object, field: str) -> Decimal:
    """A finite number; text as `core.money` reads it."""
    if isinstance(value, bool):
        raise InvalidInput(field, "this must be a number")
    if isinstance(value, str) or value is None:
        return parse_decimal(text(value, field), field=field)
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, int) and abs(value) > LARGEST:
        raise InvalidInput(field, "too large")
    if not isinstance(value, int | Decimal):
        raise InvalidInput(field, "this must be a number")
    found = Decimal(value)
    if not found.is_finite():
        raise InvalidInput(field, "this must be a finite number")
    return found


def _whole(value: object, field: str, most: int) -> int:
    found = number(value, field)
    if not 1 <= found <= most:
        raise InvalidInput(field, f"must be from 1 to {most:,}")
    if found != found.to_integral_value():
        raise InvalidInput(field, "must be a whole number")
    return int(found)


def quantity(value: object, field: str) -> int:
    """Pieces sold or returned: 1 to 1,000,000."""
    return _whole(value, field, MOST_PIECES)


def line_number(value: object, field: str) -> int:
    """A line of an order, from 1."""
    return _whole(value, field, MOST_LINES)


def money(value: object, field: str) -> Decimal:
    """An amount that is not negative, in whole cents."""
    found = number(value, field)
    if found < 0:
        raise InvalidInput(field, "can't be negative")
    if found > LARGEST:
        raise InvalidInput(field, f"can't be more than {LARGEST:,}")
    cents = found.quantize(CENT)
    if cents != found:
        raise InvalidInput(field, "has more than two decimals; write it like 1200.00")
    return abs(cents)


def percent(value: object, field: str) -> Decimal:
    """A percentage from 0 to 100 with at most four decimals; a % sign may follow it."""
    if isinstance(value, str):
        value = text(value, field).removesuffix("%")
    found = number(value, field)
    if not 0 <= found <= 100:
        raise InvalidInput(field, "must be from 0 to 100 percent")
    steps = found.quantize(_PERCENT_STEP)
    if steps != found:
        raise InvalidInput(field, "has more than four decimals; write it like 12.5")
    return abs(steps)


def day(value: object, field: str) -> date:
    """A calendar day from 1970 to 2199; text as YYYY-MM-DD."""
    if isinstance(value, datetime):
        value = value.date()
    if not isinstance(value, date):
        value = _read_day(text(value, field), field)
    if not EARLIEST <= value <= LATEST:
        raise InvalidInput(field, f"{value.isoformat()} is outside {EARLIEST} to {LATEST}")
    return value


def _read_day(typed: str, field: str) -> date:
    try:
        if _DAY.fullmatch(typed):
            return date.fromisoformat(typed)
    except ValueError:
        pass
    raise InvalidInput(field, f"'{typed[:40]}' is no date; write it like 2024-12-05")


def yes(value: object, field: str) -> bool:
    """A tick box."""
    if not isinstance(value, bool):
        raise InvalidInput(field, "this must be ticked or not")
    return value


def optional(read: Callable[[object, str], T]) -> Callable[[object, str], T | None]:
    """The same field, left empty: None and blank text are None."""

    def read_or_none(value: object, field: str) -> T | None:
        if value is None or (isinstance(value, str) and not value.strip(" \t\r\n")):
            return None
        return read(value, field)

    return read_or_none
