"""Money as Decimal: read strictly, rounded half-up to the cent."""

import re
from decimal import ROUND_HALF_UP, Decimal

from awesome_analytics.core.errors import InvalidInput

CENT = Decimal("0.01")
LARGEST = Decimal("9999999999999")
"""Thirteen digits before the point: what NUMERIC(18, 5) holds."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)


def to_cent(amount: Decimal) -> Decimal:
    """Round half-up, as a shop does, not half-even."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def parse_decimal(text: str, *, field: str) -> Decimal:
    """Read a plain number, thousands commas and a leading $ allowed; no exponent, NaN or infinity."""
    plain = text.strip().replace("$", "", 1).strip()
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain) or len(plain) > 40:
        raise InvalidInput(field, f"'{text[:40]}' is no number; write it like 1200.00")
    return Decimal(plain)
