"""What stands around every page: title, menu of the role, who is logged in."""

import html
from importlib.resources import files

import streamlit as st

from awesome_analytics.app.roles import LABELS
from awesome_analytics.app.sessions import Visitor
from awesome_analytics.core.errors import AwesomeError
from awesome_analytics.web import access, shop
from awesome_analytics.web.navigation import SCREENS

TITLE = "Awesome Inc. Analytics System"
_ASSETS = files("awesome_analytics.web").joinpath("assets")


def draw() -> None:
    """One run of the app."""
    # A picture of our own: for an icon of the menu Streamlit would ask another host.
    st.set_page_config(page_title=TITLE, page_icon=str(_ASSETS.joinpath("favicon.png")), layout="wide")
    st.html(f"<style>{_ASSETS.joinpath('style.css').read_text(encoding='utf-8')}</style>")
    # A place that is always there: a message that comes and goes moves nothing below it, and nothing closes.
    with st.container(key="awesome-trouble"):
        visitor = _visitor()
    if visitor is None:
        st.navigation([st.Page(access.ended, title="Log in", url_path="ended")], position="hidden").run()
        return
    page = st.navigation(_pages(visitor.role))
    _sidebar(visitor)
    page.run()


def _pages(role: str) -> list[st.Page]:
    """The role's pages. The first stands at the root alone: opened by its own path it leads there."""
    first, *others = SCREENS[role]
    home = st.Page(first.show, title=first.title, icon=first.icon, url_path="home", default=True)

    def go() -> None:
        st.switch_page(home, query_params=st.query_params.to_dict())

    made = [st.Page(each.show, title=each.title, icon=each.icon, url_path=each.path) for each in others]
    return [home, *made, st.Page(go, title=first.title, url_path=first.path, visibility="hidden")]


def _sidebar(visitor: Visitor) -> None:
    name, role = html.escape(visitor.username), html.escape(LABELS[visitor.role])
    with st.sidebar:
        st.html(
            f'<div class="awesome-me"><div><b>{name}</b><span>{role}</span></div>'
            '<a href="/logout" target="_self">Log out</a></div>'
        )


def _visitor() -> Visitor | None:
    """Who asks. While the database can't be reached it is who it was, for the frame and what was typed.

    Every page and action that touches data asks again.
    """
    try:
        found = access.visitor()
    except (AwesomeError, *shop.LOST) as error:
        shop.stand_away(away=True)
        shop.say(error)
        _come_back()
        found = access.remembered()
        if found is None:
            st.stop()
        return found
    shop.stand_away(away=False)
    access.remember(found)
    return found


@st.fragment(run_every=4)
def _come_back() -> None:
    """Draw the page anew once the database answers again."""
    try:
        access.visitor()
    except (AwesomeError, *shop.LOST):
        st.caption("What you typed is kept. The page tries again every few seconds.")
        return
    st.rerun()
