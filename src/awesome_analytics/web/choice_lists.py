"""What the forms' lists offer; the last known ones while the books can't be reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from awesome_analytics.core.errors import AwesomeError
from awesome_analytics.sales import choices, lookups
from awesome_analytics.web import shop


@dataclass(frozen=True, kw_only=True)
class Lists:
    """Every list of the forms; sub-categories by category."""

    of: Mapping[str, Sequence[str]]
    subcategories: Mapping[str, Sequence[str]]

    def __getitem__(self, kind: str) -> Sequence[str]:
        return self.of.get(kind, ())


@st.cache_data(ttl=30, show_spinner=False)
def _rows() -> list[tuple[str, str, str | None]]:
    with shop.books() as connection:
        return lookups.list_choices(connection)


_last: Lists | None = None


def lists() -> Lists:
    """The lists as of the last half minute."""
    global _last
    try:
        rows = _rows()
    except (AwesomeError, *shop.LOST):
        if _last is None:
            raise
        return _last
    of: dict[str, list[str]] = {}
    under: dict[str, list[str]] = {}
    for kind, value, category in rows:
        of.setdefault(kind, []).append(value)
        if kind == choices.SUBCATEGORY and category is not None:
            under.setdefault(category, []).append(value)
    _last = Lists(of=of, subcategories=under)
    return _last
