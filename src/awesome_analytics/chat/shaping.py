"""A Query as it is best told: the largest first, and the units beside the sales."""

from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.parts import Form
from awesome_analytics.semantic.query import Order, Query, Shown

_COMPANIONS = {"sales": "units"}
"""What is told beside a figure that stands alone: "Technology: $4,800.00 (2 units)"."""

_IN_ORDER = frozenset({Form.ITSELF, Form.SHARE})


def shaped(query: Query, catalog: Catalog) -> Query:
    """The Query with what its question left open: the order of names, and a figure's companion.

    The rows and the figures asked for stay the same.
    """
    if not query.dimensions or not query.metrics or not _is_of_names(query, catalog):
        return query
    return _ordered(_accompanied(query, catalog))


def _is_of_names(query: Query, catalog: Catalog) -> bool:
    return all(found is not None and found.is_text for found in map(catalog.dimensions.get, query.dimensions))


def _accompanied(query: Query, catalog: Catalog) -> Query:
    if len(query.metrics) > 1 or query.compare or query.metrics[0].form is not Form.ITSELF:
        return query
    companion = _COMPANIONS.get(query.metrics[0].metric)
    if companion is None or companion not in catalog.metrics:
        return query
    return query.but(metrics=(*query.metrics, Shown(companion)))


def _ordered(query: Query) -> Query:
    first = query.metrics[0]
    if query.order or query.limit or query.skip or query.limit_per or first.form not in _IN_ORDER:
        return query
    return query.but(order=(Order(by=str(first), descending=True),))
