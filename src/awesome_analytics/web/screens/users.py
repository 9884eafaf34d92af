"""Users: who may come in, as what, and what was done with people."""

from datetime import datetime

import streamlit as st

from awesome_analytics.app import people, roles
from awesome_analytics.app.people import Person
from awesome_analytics.app.sessions import Visitor
from awesome_analytics.core.errors import AwesomeError
from awesome_analytics.web import shop
from awesome_analytics.web.access import guard
from awesome_analytics.web.shop import plain

_DONE = "users done"


def show() -> None:
    """Draw the page."""
    visitor = guard(roles.ADMINISTRATOR)
    st.title("Users")
    if _DONE in st.session_state:
        st.success(plain(st.session_state.pop(_DONE)), icon=":material/check_circle:")
    with shop.told():
        with shop.app() as connection:
            everyone, audit = people.everyone(connection), people.audit(connection, limit=50)
        _list(everyone)
        known, new, log = st.tabs(["Change", "New person", "Audit"])
        with known:
            _change(everyone, visitor)
        with new:
            _new(visitor)
        with log:
            rows = [
                {
                    "When": _moment(e.at),
                    "Who": e.actor,
                    "What": e.what,
                    "Detail": _words(e.detail),
                    "From": e.address or "",
                }
                for e in audit
            ]
            st.dataframe(rows, hide_index=True)


def _words(detail: dict[str, object]) -> str:
    return ", ".join(
        f"{name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in detail.items()
    )


def _moment(at: datetime | None) -> str:
    return "never" if at is None else f"{at.astimezone(shop.settings().timezone):%Y-%m-%d %H:%M}"


def _list(everyone: tuple[Person, ...]) -> None:
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


def _finish(text: str) -> None:
    st.session_state[_DONE] = text
    st.rerun()


def _new(visitor: Visitor) -> None:
    with st.form("users-new", border=False):
        username = st.text_input("Username", key="new-username")
        password = st.text_input("Password", type="password", key="new-password", autocomplete="new-password")
        given = st.multiselect("Roles", roles.LABELS, format_func=roles.LABELS.__getitem__, key="new-roles")
        sent = st.form_submit_button("Add person", type="primary")
    if not sent:
        return
    try:
        with shop.app() as connection:
            people.add(
                connection,
                username=username,
                password=password,
                roles_given=given,
                actor=visitor.username,
                now=shop.now(),
            )
    except (AwesomeError, *shop.LOST) as error:
        shop.say(error)
    else:
        _finish(f"'{username.strip().casefold()}' may log in now.")


def _change(everyone: tuple[Person, ...], visitor: Visitor) -> None:
    by_name = {each.username: each for each in everyone}
    name = st.selectbox("Person", list(by_name), index=None, placeholder="Choose a person", key="person")
    if name is None:
        return
    given = st.multiselect(
        "Roles",
        roles.LABELS,
        default=by_name[name].roles,
        format_func=roles.LABELS.__getitem__,
        key=f"roles-{name}",
    )
    password = st.text_input(
        "New password", type="password", key=f"password-{name}", autocomplete="new-password"
    )
    with st.container(horizontal=True):
        wish = {
            "roles": st.button("Save roles", key="save-roles", type="primary"),
            "password": st.button("Set password", key="set-password", disabled=not password),
            "sessions": st.button("Log out everywhere", key="end-sessions"),
            "remove": st.button("Remove", key="remove-person", icon=":material/delete:"),
        }
    asked = next((what for what, pressed in wish.items() if pressed), None)
    if asked is not None:
        _do(asked, name, given, password, visitor)


def _do(asked: str, name: str, given: list[str], password: str, visitor: Visitor) -> None:
    done_by = {"username": name, "actor": visitor.username, "now": shop.now()}
    try:
        with shop.app() as connection:
            if asked == "roles":
                people.set_roles(connection, roles_given=given, **done_by)  # type: ignore[arg-type]
            elif asked == "password":
                people.set_password(connection, password=password, **done_by)  # type: ignore[arg-type]
            elif asked == "sessions":
                people.end_sessions(connection, **done_by)  # type: ignore[arg-type]
            else:
                people.remove(connection, **done_by)  # type: ignore[arg-type]
    except (AwesomeError, *shop.LOST) as error:
        shop.say(error)
    else:
        told = {"roles": "has the roles chosen", "password": "has a new password and is logged out"}
        told |= {"sessions": "is logged out everywhere", "remove": "is removed"}
        _finish(f"'{name}' {told[asked]}.")
