"""Products: found by ID or name, or created once however many clerks add them."""

from collections.abc import Sequence
from typing import Any

from awesome_analytics.core.errors import Ambiguous, InvalidInput, NotFound
from awesome_analytics.core.sql import blocks
from awesome_analytics.sales import choices, model
from awesome_analytics.sales.model import AddLine
from awesome_analytics.sales.work import Desk

_SQL = blocks("awesome_analytics.sales", "lines.sql")


def find_or_create(desk: Desk, command: AddLine) -> tuple[dict[str, Any], bool]:
    """The product's row (id, name, category, subcategory) and whether it is new."""
    if command.product_id is not None:
        return _known(desk, command.product_id, command.product_name), False
    category = command.category and desk.choices.spelled(choices.CATEGORY, command.category, model.CATEGORY)
    found = _find(desk, command, category)
    if found is not None:
        return found, False
    category, subcategory = _place(category, command)
    desk.row(_SQL["lock_new_products"])
    found = _find(desk, command, category)
    if found is not None:
        return found, False
    return _create(desk, command, category, subcategory), True


def _known(desk: Desk, product_id: str, name: str | None) -> dict[str, Any]:
    row = desk.row(_SQL["product_by_id"], product_id=product_id)
    if row is None:
        raise NotFound(f"There is no product '{product_id}'; leave the ID out to find one by name.")
    if name is not None and name.casefold() != row["product_name"].casefold():
        raise InvalidInput(model.PRODUCT_NAME, f"{product_id} is '{row['product_name']}', not '{name}'")
    return row


def _find(desk: Desk, command: AddLine, category: str | None) -> dict[str, Any] | None:
    """The one product the name fits, narrowed by category and sub-category; None when it must be created."""
    named = desk.rows(_SQL["products_by_name"], product_name=command.product_name)
    fitting = [row for row in named if _fits(row, category, command.subcategory)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise Ambiguous(
            f"Several products are called '{command.product_name}'; name one by its product ID.",
            _candidates(fitting),
        )
    if named and not command.new_product:
        raise Ambiguous(
            f"'{command.product_name}' exists in another category. Name that one by its product ID, "
            "or say that this is a new product.",
            _candidates(named),
        )
    return None


def _fits(row: dict[str, Any], category: str | None, subcategory: str | None) -> bool:
    return category in (None, row["category"]) and (
        subcategory is None or subcategory.casefold() == row["subcategory"].casefold()
    )


def _candidates(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [f"{r['product_id']}: {r['product_name']} ({r['category']} / {r['subcategory']})" for r in rows]


def _place(category: str | None, command: AddLine) -> tuple[str, str]:
    """Where a new product belongs."""
    new = f"this is needed: '{command.product_name}' is a new product"
    if category is None:
        raise InvalidInput(model.CATEGORY, new)
    if command.subcategory is None:
        raise InvalidInput(model.SUBCATEGORY, new)
    return category, command.subcategory


def _create(desk: Desk, command: AddLine, category: str, subcategory: str) -> dict[str, Any]:
    existing = [row["subcategory_name"] for row in desk.rows(_SQL["subcategories"], category=category)]
    known = choices.same(existing, subcategory)
    if known is None:
        desk.write(_SQL["insert_subcategory"], category=category, subcategory=subcategory)
    product = {
        "product_id": desk.value(_SQL["free_product_id"]),
        "product_name": command.product_name,
        "category": category,
        "subcategory": known or subcategory,
    }
    desk.write(_SQL["insert_product"], **product)
    return product
