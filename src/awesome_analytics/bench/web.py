"""The pages' speed: a cold start, later pages, narrowing, typeahead among many customers, a crowd."""

import os
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from statistics import median

from awesome_analytics.bench import web_browser, web_crowd
from awesome_analytics.bench.figures import Figure, Report
from awesome_analytics.bench.web_browser import Looks
from awesome_analytics.bench.web_crowd import percentile
from awesome_analytics.bench.web_place import Note, Place, Site, open_site, place_of, sample_place
from awesome_analytics.core.settings import Settings
from awesome_analytics.core.sql import blocks
from awesome_analytics.sales import finding

FIRST_TARGET, LATER_TARGET, NARROW_TARGET, TYPED_TARGET = 4.0, 1.5, 1.0, 0.150
FIELD_WAITS = 0.2
"""Seconds that the field lets pass after a key before it asks, so that a word is looked up once."""

_SQL = blocks("awesome_analytics.bench", "web.sql")
_LOOK_UPS, _TYPED = 200, 12


def measure(
    settings: Settings | None,
    *,
    lines: int,
    users: Sequence[int],
    seconds: float,
    think: float,
    customers: int,
    browser: bool,
    note: Note,
) -> Report:
    """A shop as the settings name it, else a sample of so many lines; 0 customers leaves typing out."""
    lacking = web_browser.missing() if browser else None
    browser = browser and lacking is None
    place: AbstractContextManager[Place] = (
        place_of(settings, note=note) if settings else sample_place(lines=lines, note=note)
    )
    with place as opened:
        report = _pages(opened, users=users, seconds=seconds, think=think, browser=browser, note=note)
    setting = {"shop": str(settings.home) if settings else f"sample of {lines:,} lines", **report.setting}
    figures, notes = report.figures, (*report.notes, *([lacking] if lacking else ()))
    if customers:
        with sample_place(lines=customers, orders=customers, customers=customers, note=note) as many:
            figures = (*figures, *_typing(many, browser=browser, note=note))
        setting["customers_typed"] = customers
    return replace(report, setting=setting, figures=figures, notes=notes)


def _pages(
    place: Place, *, users: Sequence[int], seconds: float, think: float, browser: bool, note: Note
) -> Report:
    """First alone with a browser, then with each crowd in turn."""
    figures: list[Figure] = []
    notes = [_SAME_MACHINE]
    with open_site(place, note=note) as site:
        if browser:
            note("A manager looks")
            figures += _figures_of_looks(site, web_browser.look(site))
        for count in users:
            note(f"{count} users for {seconds:g} s")
            crowd = web_crowd.measure(site, users=count, seconds=seconds, think=think)
            figures += crowd.figures()
            notes += crowd.notes()
    return Report(
        what="web", setting=_setting(users, seconds, think), figures=tuple(figures), notes=tuple(notes)
    )


def _typing(place: Place, *, browser: bool, note: Note) -> tuple[Figure, ...]:
    """The look-up of customers while they are typed: by itself, and up to the list under the field."""
    with place.shop.entry() as books:
        rows = books.execute(_SQL["customer_names"], {"count": _LOOK_UPS}).fetchall()
        typed = [_begun(name) for (name,) in rows]
        taken = []
        for text in typed:
            begun = time.perf_counter()
            finding.customers(books, text)
            taken.append(time.perf_counter() - begun)
    found = _figures_of_typing("looked up", taken, waits=0.0)
    if not browser:
        return found
    with open_site(place, note=note) as site:
        note("A clerk types")
        seen = web_browser.type_ahead(site, typed[:_TYPED])
    return (*found, *_figures_of_typing("last key to the list on screen", seen, waits=FIELD_WAITS))


_SAME_MACHINE = (
    "The simulated users and the browser run on the cores that serve the pages. A run counts from the "
    "request to the message that the page's script has finished; auto-refreshes run beside and count as load."
)


def _setting(users: Iterable[int], seconds: float, think: float) -> dict[str, object]:
    who = ", ".join(map(str, users))
    return {"cores": os.cpu_count() or 0, "users": who, "seconds": seconds, "think_seconds": think}


def _begun(name: str) -> str:
    """A name as far as somebody types it: two letters of each word."""
    return " ".join(word[:2] for word in name.split()[:2])


def _figures_of_looks(site: Site, looks: Looks) -> tuple[Figure, ...]:
    slowest = max(looks.later, key=lambda name: looks.later[name])
    return (
        Figure(name="start of the pages until they answer", unit="s", ours=site.answered),
        _held("first page of a server just started", "s", looks.first, FIRST_TARGET),
        _held(f"later pages, the slowest ({slowest})", "s", looks.later[slowest], LATER_TARGET),
        Figure(name="later pages, median", unit="s", ours=median(looks.later.values())),
        _held("dashboard narrowed, not asked before, slowest", "s", max(looks.narrowed), NARROW_TARGET),
        Figure(name="dashboard narrowed, asked before, slowest", unit="s", ours=max(looks.again)),
    )


def _figures_of_typing(what: str, taken: Sequence[float], *, waits: float) -> tuple[Figure, ...]:
    worst = percentile(taken, 95)
    target = f"< {1000 * TYPED_TARGET:.0f} ms" + (
        f" after the field's {1000 * waits:.0f} ms" if waits else ""
    )
    return (
        Figure(name=f"typeahead, {what}: median", unit="ms", ours=1000 * median(taken)),
        Figure(
            name=f"typeahead, {what}: 95th of 100",
            unit="ms",
            ours=1000 * worst,
            target=target,
            met=worst < TYPED_TARGET + waits,
        ),
    )


def _held(name: str, unit: str, ours: float, target: float) -> Figure:
    return Figure(name=name, unit=unit, ours=ours, target=f"< {target:g} {unit}", met=ours < target)
