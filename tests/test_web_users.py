"""Who may come in, in a real browser: the first start, the Users page, and sessions that end at once."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from awesome_analytics.app import people
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.settings import Settings
from browser import PASSWORD, PATIENCE, choose, let_in, log_in, settled, web_server
from test_embedded import until

NEW = "another good password"
OTHERS = {
    "data-entry": "Sales Associate",
    "orders": "Sales Associate",
    "dashboard": "Store Manager",
    "chat": "Store Manager",
    "builder": "Store Manager",
    "etl": "Store Manager",
    "users": "Administrator",
}


@dataclass(frozen=True, kw_only=True)
class Site:
    url: str
    shop: Shop
    first_link: str

    def roles(self) -> dict[str, tuple[str, ...]]:
        with self.shop.app() as connection:
            return {each.username: each.roles for each in people.everyone(connection)}

    def audit(self) -> list[tuple[str, str]]:
        with self.shop.app() as connection:
            return [(each.actor, each.what) for each in people.audit(connection, limit=20)]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="aw-users-"))
    try:
        with Shop.open(Settings(home=home), on_note=print) as shop:
            with shop.app() as connection:
                token = people.first_link(connection, now=datetime.now(UTC))
            with web_server(home, AWESOME_TODAY="2024-12-07") as url:
                yield Site(url=url, shop=shop, first_link=f"{url}/welcome?token={token}")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Browsers of further people."""
    opened: list[BrowserContext] = []

    def make() -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        return context.new_page()

    yield make
    for each in opened:
        each.close()


def fill_welcome(page: Page, username: str, password: str, again: str) -> None:
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=False).first.fill(password)
    page.get_by_label("Password again").fill(again)
    page.get_by_role("button", name="Create account").click()


def test_the_first_link_makes_the_first_manager_once(site: Site, page: Page) -> None:
    page.goto(site.first_link)
    expect(page.get_by_role("heading", name="Welcome to your shop")).to_be_visible()
    fill_welcome(page, "ada", PASSWORD, NEW)
    expect(page.get_by_role("alert")).to_have_text("The two passwords differ.")
    expect(page.get_by_label("Username")).to_have_value("ada")
    fill_welcome(page, "ada", "aaaaaaaaaaaa", "aaaaaaaaaaaa")
    expect(page.get_by_role("alert")).to_contain_text("too easily guessed")
    assert site.roles() == {}
    fill_welcome(page, "ada", PASSWORD, PASSWORD)
    expect(page.get_by_label("Role")).to_be_visible()
    assert site.roles() == {"ada": ("store_manager", "administrator")}
    page.goto(site.first_link)
    expect(page.get_by_role("heading", name="This link can't be used")).to_be_visible()
    log_in(page, site.url, "ada", "Administrator")
    expect(page.get_by_role("heading", name="Users")).to_be_visible()


@pytest.fixture(scope="module")
def staff(site: Site) -> Site:
    """The shop with an administrator, whichever test runs first."""
    wanted = {"ada": "administrator", "john": "sales_associate", "sarah": "store_manager"}
    let_in(site.shop, **{name: role for name, role in wanted.items() if name not in site.roles()})
    return site


@pytest.fixture
def desk(staff: Site, page: Page) -> Page:
    """The Users page, as the administrator."""
    log_in(page, staff.url, "ada", "Administrator")
    return page


def shown(page: Page, words: str) -> None:
    expect(page.get_by_test_id("stAlert").filter(has_text=words)).to_be_visible(timeout=PATIENCE)
    settled(page)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).locator("visible=true").click()


def add(desk: Page, name: str, role: str) -> None:
    desk.get_by_role("tab", name="New person").click()
    desk.get_by_label("Username", exact=True).fill(name)
    desk.get_by_label("Password", exact=True).fill(PASSWORD)
    choose(desk, "Roles", role)
    desk.keyboard.press("Escape")  # else the list stays open above the button
    press(desk, "Add person")


def pick(desk: Page, name: str) -> None:
    desk.get_by_role("tab", name="Change").click()
    choose(desk, "Person", name)
    settled(desk)


def test_a_person_added_may_log_in_and_the_form_is_empty_again(
    staff: Site, desk: Page, visitor: Callable[[], Page]
) -> None:
    add(desk, "Bella", "Store Manager")
    shown(desk, "'bella' may log in now.")
    expect(desk.get_by_label("Password", exact=True)).to_have_value("")
    assert staff.roles()["bella"] == ("store_manager",)
    log_in(visitor(), staff.url, "bella", "Store Manager")
    add(desk, "bella", "Store Manager")
    shown(desk, "There is somebody called 'bella' already")
    expect(desk.get_by_label("Username", exact=True)).to_have_value("bella")


def test_a_role_given_opens_its_pages_and_one_taken_closes_them_at_once(
    staff: Site, desk: Page, visitor: Callable[[], Page]
) -> None:
    let_in(staff.shop, carl="sales_associate")
    theirs = visitor()
    log_in(theirs, staff.url, "carl", "Sales Associate")
    desk.reload()
    settled(desk)
    pick(desk, "carl")
    choose(desk, "Roles", "Store Manager")
    desk.keyboard.press("Escape")
    press(desk, "Save roles")
    shown(desk, "'carl' has the roles chosen.")
    until(lambda: staff.roles()["carl"] == ("sales_associate", "store_manager"))
    log_in(visitor(), staff.url, "carl", "Store Manager")
    desk.get_by_role("button", name="Remove Sales Associate").or_(
        desk.locator("span[data-tag]", has_text="Sales Associate").get_by_role("button")
    ).first.click()
    press(desk, "Save roles")
    shown(desk, "'carl' has the roles chosen.")
    # The first save's words may still stand there.
    until(lambda: staff.roles()["carl"] == ("store_manager",))
    theirs.get_by_role("button", name="Record Order", exact=True).click()
    expect(theirs.get_by_text("Your session has ended")).to_be_visible()


def test_the_only_administrator_keeps_the_role(staff: Site, desk: Page) -> None:
    before = staff.roles()
    pick(desk, "ada")
    desk.get_by_role("button", name="Remove …").click()
    desk.get_by_role("button", name="Remove ada", exact=True).click()
    shown(desk, "'ada' is the only administrator")
    assert staff.roles() == before


def cookies(page: Page) -> Any:
    return page.context.cookies()


def replay(staff: Site, visitor: Callable[[], Page], kept: Any, path: str) -> Page:
    """A thief's browser with the cookie as it was."""
    page = visitor()
    page.context.add_cookies(kept)
    page.goto(f"{staff.url}/{path}")
    return page


def test_a_new_password_ends_every_session_and_is_the_only_one_that_opens(
    staff: Site, desk: Page, visitor: Callable[[], Page]
) -> None:
    let_in(staff.shop, dora="sales_associate")
    theirs = visitor()
    log_in(theirs, staff.url, "dora", "Sales Associate")
    kept = cookies(theirs)
    desk.reload()
    settled(desk)
    pick(desk, "dora")
    desk.get_by_label("New password", exact=True).fill(NEW)
    press(desk, "Set password")
    shown(desk, "'dora' has a new password and is logged out.")
    expect(desk.get_by_label("New password", exact=True)).to_have_value("")
    theirs.get_by_role("tab", name="Product Entry").click()
    theirs.get_by_role("button", name="Add Product to Order", exact=True).click()
    expect(theirs.get_by_text("Your session has ended")).to_be_visible()
    expect(replay(staff, visitor, kept, "data-entry").get_by_label("Username")).to_be_visible()
    fresh = visitor()
    fresh.goto(f"{staff.url}/login")
    fresh.get_by_label("Username").fill("dora")
    for password, there in ((PASSWORD, "alert"), (NEW, "tablist")):
        fresh.get_by_label("Password").fill(password)
        fresh.get_by_label("Role").select_option(label="Sales Associate")
        fresh.get_by_role("button", name="Login").click()
        expect(fresh.get_by_role(there).first).to_be_visible()  # type: ignore[arg-type]


def test_the_administrators_word_ends_a_session_in_use_and_its_cookie(
    staff: Site, desk: Page, visitor: Callable[[], Page]
) -> None:
    theirs = visitor()
    log_in(theirs, staff.url, "sarah", "Store Manager")
    theirs.goto(f"{staff.url}/etl")
    expect(theirs.get_by_role("heading", name="ETL Run History")).to_be_visible()
    kept = cookies(theirs)
    pick(desk, "sarah")
    press(desk, "Log out everywhere")
    shown(desk, "'sarah' is logged out everywhere.")
    expect(theirs.get_by_text("Your session has ended")).to_be_visible()
    expect(theirs.get_by_role("heading", name="ETL Run History")).to_have_count(0)
    expect(replay(staff, visitor, kept, "etl").get_by_label("Username")).to_be_visible()
    theirs.get_by_role("link", name="Log in").click()
    expect(theirs.get_by_label("Username")).to_be_visible()
    assert ("ada", "sessions ended") in staff.audit()


def test_somebody_removed_is_out_at_once_and_can_not_come_back(
    staff: Site, desk: Page, visitor: Callable[[], Page]
) -> None:
    let_in(staff.shop, eve="store_manager")
    theirs = visitor()
    log_in(theirs, staff.url, "eve", "Store Manager")
    kept = cookies(theirs)
    desk.reload()
    settled(desk)
    pick(desk, "eve")
    desk.get_by_role("button", name="Remove …").click()
    desk.get_by_role("button", name="Remove eve", exact=True).click()
    shown(desk, "'eve' is removed.")
    assert "eve" not in staff.roles()
    expect(replay(staff, visitor, kept, "dashboard").get_by_label("Username")).to_be_visible()
    theirs.get_by_role("link", name="Query Builder").click()
    expect(theirs.get_by_text("Your session has ended")).to_be_visible()


def test_pages_of_other_roles_do_not_exist_for_an_administrator_by_address(staff: Site, desk: Page) -> None:
    for path, role in OTHERS.items():
        desk.goto(f"{staff.url}/{path}")
        settled(desk)
        if role == "Administrator":
            expect(desk.get_by_role("heading", name="Users")).to_be_visible()
        else:
            expect(desk.get_by_text("Page not found")).to_be_visible()


def test_a_session_of_one_role_can_not_act_in_another_by_its_cookie(
    staff: Site, visitor: Callable[[], Page]
) -> None:
    theirs = visitor()
    log_in(theirs, staff.url, "john", "Sales Associate")
    kept = cookies(theirs)
    for path in ("dashboard", "users", "etl"):
        page = replay(staff, visitor, kept, path)
        expect(page.get_by_text("Page not found")).to_be_visible()
