"""Which pages each role has. A page of another role does not exist for a session, by URL either."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from awesome_analytics.app import roles
from awesome_analytics.web.screens import (
    builder,
    chat,
    dashboard,
    data_entry,
    etl,
    order_lookup,
    users,
)


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A page: its place in the address, its name in the menu and what draws it."""

    path: str
    title: str
    icon: str
    show: Callable[[], None]


SCREENS: Mapping[str, Sequence[Screen]] = {
    roles.SALES_ASSOCIATE: (
        Screen(path="data-entry", title="Data Entry", icon=":material/edit_note:", show=data_entry.show),
        Screen(path="orders", title="Order Look-up", icon=":material/search:", show=order_lookup.show),
    ),
    roles.STORE_MANAGER: (
        Screen(path="dashboard", title="Dashboard", icon=":material/monitoring:", show=dashboard.show),
        Screen(path="chat", title="Chat Analytics", icon=":material/forum:", show=chat.show),
        Screen(path="builder", title="Query Builder", icon=":material/tune:", show=builder.show),
        Screen(path="etl", title="ETL Management", icon=":material/sync:", show=etl.show),
    ),
    roles.ADMINISTRATOR: (Screen(path="users", title="Users", icon=":material/group:", show=users.show),),
}
