"""Users: who may come in, as what, and what was done with people."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from awesome_analytics.app import people, roles
from awesome_analytics.app.people import Entry, Person
from awesome_analytics.core.errors import AwesomeError
from awesome_analytics.web import access, shop
from awesome_analytics.web.shop import plain

_DONE = "users done"
_LAST = "users shown last"
_FORM = "users form"
"""The number of the forms on the page: after each thing done they are new and empty."""
_SHOWN = 50


def show() -> None:
    """Draw the page."""
    access.seen(roles.ADMINISTRATOR)
    st.title("Users")
    if _DONE in st.session_state:
        st.success(plain(st.session_state.pop(_DONE)), icon=":material/check_circle:")
    found = _read()
    if found is None:
        return
    everyone, audit = found
    _list(everyone)
    known, new, log = st.tabs(["Change", "New person", "Audit"], key="users-tabs")
    with known:
        _change(everyone)
    with new:
        _new()
    with log:
        _audit(audit)


def _read() -> tuple[Sequence[Person], Sequence[Entry]] | None:
    """Everybody and the audit; while the books can't be reached as shown before, so that the forms stay."""
    try:
        with shop.app() as connection:
            st.session_state[_LAST] = people.everyone(connection), people.audit(connection, limit=_SHOWN)
    except (AwesomeError, *shop.LOST) as error:
        if not shop.is_away():
            shop.say(error)
    found: tuple[Sequence[Person], Sequence[Entry]] | None = st.session_state.get(_LAST)
    return found


def _list(everyone: Sequence[Person]) -> None:
    rows = [
        {
            "Username": each.username,
            "Roles": ", ".join(roles.LABELS[role] for role in each.roles),
            "Created": _moment(each.created_at),
            "Last seen": _moment(each.seen_at),
        }
        for each in everyone
    ]
    st.dataframe(rows, hide_index=True)


def _audit(audit: Sequence[Entry]) -> None:
    rows = [
        {
            "When": _moment(each.at),
            "Who": each.actor,
            "What": each.what,
            "Detail": _words(each.detail),
            "From": each.address or "",
        }
        for each in audit
    ]
    st.dataframe(rows, hide_index=True)
    if len(audit) == _SHOWN:
        st.caption(f"The newest {_SHOWN} lines.")


def _words(detail: dict[str, object]) -> str:
    return ", ".join(
        f"{name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in detail.items()
    )


def _moment(at: datetime | None) -> str:
    return "never" if at is None else f"{at.astimezone(shop.settings().timezone):%Y-%m-%d %H:%M}"


def _key(name: str) -> str:
    return f"{name}-{st.session_state.get(_FORM, 0)}"


def _do(act: Callable[..., Any], done: str, **values: Any) -> None:
    """Do it in the visitor's name and say so on the page drawn anew; a failure leaves the form as it is."""
    visitor = access.asked(roles.ADMINISTRATOR)
    if visitor is None:
        return
    try:
        with shop.app() as connection:
            act(connection, actor=visitor.username, now=shop.now(), **values)
    except (AwesomeError, *shop.LOST) as error:
        shop.say(error)
        return
    st.session_state[_DONE] = done
    st.session_state[_FORM] = st.session_state.get(_FORM, 0) + 1
    st.rerun()


def _roles(key: str, given: Sequence[str] = ()) -> list[str]:
    return st.multiselect("Roles", roles.LABELS, default=given, format_func=roles.LABELS.__getitem__, key=key)


def _password(label: str, key: str) -> str:
    return st.text_input(
        label,
        type="password",
        key=key,
        autocomplete="new-password",
        help="10 characters or more. Tell it to the person yourself: it is shown nowhere.",
    )


def _new() -> None:
    with st.form("users-new", border=False):
        username = st.text_input("Username", key=_key("new-username"), autocomplete="off")
        password = _password("Password", _key("new-password"))
        given = _roles(_key("new-roles"))
        if st.form_submit_button("Add person", type="primary"):
            told = f"'{username.strip().casefold()}' may log in now."
            _do(people.add, told, username=username, password=password, roles_given=given)


def _change(everyone: Sequence[Person]) -> None:
    by_name = {each.username: each for each in everyone}
    name = st.selectbox("Person", list(by_name), index=None, placeholder="Choose a person", key="person")
    if name is None:
        st.caption("Choose a person to give or take roles, set a password, log them out or remove them.")
        return
    with st.form("users-roles", border=False):
        given = _roles(_key(f"roles-{name}"), by_name[name].roles)
        if st.form_submit_button("Save roles", type="primary"):
            _do(people.set_roles, f"'{name}' has the roles chosen.", username=name, roles_given=given)
    with st.form("users-password", border=False):
        password = _password("New password", _key(f"password-{name}"))
        if st.form_submit_button("Set password"):
            told = f"'{name}' has a new password and is logged out."
            _do(people.set_password, told, username=name, password=password)
    _send_away(name)


def _send_away(name: str) -> None:
    with st.container(horizontal=True):
        out = st.button("Log out everywhere", key="end-sessions", icon=":material/logout:")
        with st.popover("Remove …", icon=":material/delete:"):
            st.markdown(
                f"**{plain(name)}** can't log in any more. What they recorded stays, with their name on it."
            )
            gone = st.button(f"Remove {plain(name)}", key="remove-person", type="primary")
    if out:
        _do(people.end_sessions, f"'{name}' is logged out everywhere.", username=name)
    if gone:
        _do(people.remove, f"'{name}' is removed.", username=name)
