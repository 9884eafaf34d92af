"""The three roles, by the names the log-in form shows."""

from collections.abc import Iterable

from awesome_analytics.core.errors import InvalidInput

SALES_ASSOCIATE = "sales_associate"
STORE_MANAGER = "store_manager"
ADMINISTRATOR = "administrator"

LABELS = {
    SALES_ASSOCIATE: "Sales Associate",
    STORE_MANAGER: "Store Manager",
    ADMINISTRATOR: "Administrator",
}


def known(roles: Iterable[str], *, field: str = "Roles") -> tuple[str, ...]:
    """Roles typed by name or label, each once, in the order the form shows them."""
    by_word = {word.casefold(): role for role, label in LABELS.items() for word in (role, label)}
    wanted = set()
    for typed in roles:
        role = by_word.get(typed.strip().casefold().replace("-", "_"))
        if role is None:
            raise InvalidInput(field, f"there is no role '{typed}'. There are: {', '.join(LABELS)}")
        wanted.add(role)
    if not wanted:
        raise InvalidInput(field, f"choose at least one. There are: {', '.join(LABELS)}")
    return tuple(role for role in LABELS if role in wanted)
