"""The pages in a real Chromium: what somebody waits for, from the click to the last chart."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

from awesome_analytics.app import roles
from awesome_analytics.bench.web_place import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PATIENCE = 60_000
_REST = 600
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_DRAWN = """heading => {
    const app = document.querySelector('[data-testid=stApp]');
    const there = [...document.querySelectorAll('h1')].some(h => h.textContent.trim() === heading);
    const busy = document.querySelector('[data-stale=true], [data-testid=stSkeleton]');
    return there && !busy && app?.getAttribute('data-test-script-state') === 'notRunning'; }"""
"""A page is usable when its title stands there, its run has finished and no part waits for its content."""
_NARROWED = """part => {
    const app = document.querySelector('[data-testid=stApp]');
    const busy = document.querySelector('[data-stale=true], [data-testid=stSkeleton]');
    return location.search.includes(part) && !busy
        && app?.getAttribute('data-test-script-state') === 'notRunning'; }"""
_SUGGESTED = "() => document.querySelector('.st-key-order-known button') !== null"
_CLEARED = "() => document.querySelector('.st-key-order-known button') === null"

HOME = "Dashboard"
PAGES = {
    "Chat Analytics": "Chat Analytics",
    "Query Builder": "Query Builder",
    "ETL Management": "ETL Pipeline Management",
}
"""The menu's words and the heading of the page they lead to."""
RANGES = (("Last year", "last_year"), ("Last 12 months", "last_12_months"), ("Last month", "last_month"))


@dataclass(kw_only=True)
class Looks:
    """Seconds that a manager waited."""

    first: float
    later: dict[str, float] = field(default_factory=dict)
    narrowed: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)


def missing() -> str | None:
    """Why the browser's figures can't be measured here; None where they can."""
    if find_spec("playwright") is None:
        return "The browser's figures are left out: they need playwright (pip install playwright)."
    if _program() is None:
        return "The browser's figures are left out: no Chromium on PATH (apt-get install chromium)."
    return None


def look(site: Site) -> Looks:
    """A manager on a server that has shown nobody anything yet."""
    with _page(site, roles.STORE_MANAGER) as page:
        begun = time.perf_counter()
        page.goto(site.url, wait_until="commit")
        _wait(page, _DRAWN, HOME)
        looks = Looks(first=time.perf_counter() - begun)
        for link, heading in PAGES.items():
            looks.later[link] = _visit(page, link, heading)
        looks.later[HOME] = _visit(page, HOME, HOME)
        for taken in (looks.narrowed, looks.again):
            taken += [_narrow(page, *each) for each in RANGES]
        return looks


def type_ahead(site: Site, typed: Sequence[str]) -> list[float]:
    """Seconds from the last key to the known customers under the field, at the order's form."""
    with _page(site, roles.SALES_ASSOCIATE) as page:
        page.goto(site.url)
        _wait(page, _DRAWN, "Data Entry")
        return [_type(page, text) for text in typed]


def _visit(page: "Page", link: str, heading: str) -> float:
    begun = time.perf_counter()
    page.get_by_test_id("stSidebarNavLink").filter(has_text=link).click()
    _wait(page, _DRAWN, heading)
    return time.perf_counter() - begun


def _narrow(page: "Page", shown: str, period: str) -> float:
    page.get_by_role("combobox", name="Period").click()
    option = page.get_by_role("option", name=shown, exact=True)
    option.wait_for()
    begun = time.perf_counter()
    option.click()
    _wait(page, _NARROWED, urlencode({"period": period}))
    return time.perf_counter() - begun


def _type(page: "Page", text: str) -> float:
    box = page.get_by_label("Customer Name", exact=True)
    box.fill("")
    _wait(page, _CLEARED, None)
    # A page that ran a moment ago would answer later than one that rests, as a person's does.
    page.wait_for_timeout(_REST)
    box.press_sequentially(text[:-1])
    begun = time.perf_counter()
    box.press(text[-1])
    _wait(page, _SUGGESTED, None)
    return time.perf_counter() - begun


def _wait(page: "Page", condition: str, given: str | None) -> None:
    polling: Literal["raf"] = "raf"
    page.wait_for_function(condition, arg=given, timeout=_PATIENCE, polling=polling)


@contextmanager
def _page(site: Site, role: str) -> Iterator["Page"]:
    """A fresh visitor's page that is logged in, and has loaded nothing."""
    with _chromium() as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        context.set_default_timeout(_PATIENCE)
        pairs = (pair.partition("=") for pair in site.log_in(role).split("; "))
        context.add_cookies([{"name": name, "value": value, "url": site.url} for name, _, value in pairs])
        yield context.new_page()


@contextmanager
def _chromium() -> Iterator["Browser"]:
    # A tool of those who measure and test; who sells needs no browser driver.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_program(), args=["--no-sandbox"])
        yield started
        started.close()


def _program() -> str | None:
    return next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
