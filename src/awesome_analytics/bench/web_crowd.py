"""A crowd of managers at the pages: each looks, thinks, narrows the dashboard or goes to another page."""

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from awesome_analytics.app import roles
from awesome_analytics.bench.figures import Figure
from awesome_analytics.bench.web_place import Site
from awesome_analytics.bench.web_wire import LOST, BrokenRun, PageWire, Run, options_of

THINK = 5.0
PATIENCE = 30.0
P95_TARGET, P95_USERS = 1.0, 25
_LISTS = ("dash_period", "dash_pick_category", "dash_pick_segment", "dash_pick_region", "dash_pick_market")
_NO_PRESET = "Custom range …"
_NARROWS = 0.7
"""How often a user at the dashboard narrows it; else another page is opened."""


@dataclass(kw_only=True)
class Crowd:
    """What the users met: seconds of each finished run by what was asked, and failures by their words."""

    users: int
    seconds: float
    visits: list[float] = field(default_factory=list)
    narrowings: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> list[float]:
        """Every finished run."""
        return self.visits + self.narrowings

    def figures(self) -> tuple[Figure, ...]:
        """As a report shows them."""
        who, failed = f"{self.users} users", self.errors.total()
        return (
            *self._percentiles(who),
            Figure(name=f"{who}: answers a second", unit="answers/s", ours=len(self.all) / self.seconds),
            Figure(
                name=f"{who}: errors",
                unit=f"of {len(self.all) + failed:,}",
                ours=failed,
                target="none",
                met=failed == 0,
            ),
        )

    def _percentiles(self, who: str) -> tuple[Figure, ...]:
        if not self.all:
            return ()
        held = self.users == P95_USERS
        p95 = percentile(self.all, 95)
        return (
            Figure(name=f"{who}: p50", unit="ms", ours=1000 * percentile(self.all, 50)),
            Figure(
                name=f"{who}: p95",
                unit="ms",
                ours=1000 * p95,
                target=f"< {1000 * P95_TARGET:.0f} ms" if held else "",
                met=p95 < P95_TARGET if held else None,
            ),
            Figure(name=f"{who}: p99", unit="ms", ours=1000 * percentile(self.all, 99)),
            *(
                Figure(name=f"{who}: p95 of {name}", unit="ms", ours=1000 * percentile(taken, 95))
                for name, taken in (("page visits", self.visits), ("filter changes", self.narrowings))
                if taken
            ),
        )

    def notes(self) -> tuple[str, ...]:
        """What went wrong, the most frequent first."""
        return tuple(
            f"{self.users} users, {count} times: {words}" for words, count in self.errors.most_common(5)
        )


def percentile(taken: Sequence[float], part: float) -> float:
    """The smallest measured value that so many of a hundred don't exceed."""
    ordered = sorted(taken)
    return ordered[max(0, math.ceil(len(ordered) * part / 100) - 1)]


def measure(site: Site, *, users: int, seconds: float, think: float = THINK, seed: int = 7) -> Crowd:
    """So many users for so many seconds; they come in over the first pause for thought."""
    crowd = Crowd(users=users, seconds=seconds)
    fill(crowd, site, think=think, seed=seed)
    return crowd


def fill(crowd: Crowd, site: Site, *, think: float, seed: int = 7) -> None:
    """Let the users in; what they meet is noted as it happens."""
    cookies = _log_in(site, crowd)
    asyncio.run(_all(site, cookies, crowd, think=think, seed=seed))


def _log_in(site: Site, crowd: Crowd) -> list[str]:
    """Each user's own session."""
    cookies = []
    for _ in range(crowd.users):
        try:
            cookies.append(site.log_in(roles.STORE_MANAGER))
        except Exception as error:  # a failure of any kind is what is counted here
            crowd.errors[f"log-in: {error}"] += 1
    return cookies


async def _all(site: Site, cookies: Sequence[str], crowd: Crowd, *, think: float, seed: int) -> None:
    end = time.perf_counter() + crowd.seconds
    users = (
        _User(site=site, cookie=cookie, crowd=crowd, think=think, chance=random.Random(seed + number))  # noqa: S311
        for number, cookie in enumerate(cookies)
    )
    await asyncio.gather(
        *(user.stay(end, after=think * number / len(cookies)) for number, user in enumerate(users))
    )


@dataclass(kw_only=True)
class _User:
    """Somebody at a page, who comes back when the connection breaks."""

    site: Site
    cookie: str
    crowd: Crowd
    think: float
    chance: random.Random
    wire: PageWire | None = None

    async def stay(self, end: float, *, after: float) -> None:
        """Come after a while and act until the end."""
        await asyncio.sleep(after)
        while time.perf_counter() < end:
            await self._act()
            # Pauses differ, so that the users don't fall into step.
            await asyncio.sleep(min(self.think * self.chance.uniform(0.5, 1.5), _left(end)))
        if self.wire is not None:
            await self.wire.close()

    async def _act(self) -> None:
        try:
            if self.wire is None:
                self.wire = await PageWire.open(self.site.url, cookie=self.cookie)
                taken, run = self.crowd.visits, await self.wire.visit("", patience=PATIENCE)
            else:
                taken, run = await self._next(self.wire)
        except (BrokenRun, *LOST) as error:
            told = str(error) if isinstance(error, BrokenRun) else "the pages could not be reached"
            self.crowd.errors[told] += 1
            await self._leave()
            return
        if run.errors:
            self.crowd.errors[run.errors[0]] += 1
        else:
            taken.append(run.seconds)

    async def _next(self, wire: PageWire) -> tuple[list[float], Run]:
        narrowed = [each for each in options_of(wire, *_LISTS) if each[1] != _NO_PRESET]
        if wire.path == "" and narrowed and self.chance.random() < _NARROWS:
            key = self.chance.choice(sorted({key for key, _ in narrowed}))
            option = self.chance.choice([option for name, option in narrowed if name == key])
            return self.crowd.narrowings, await wire.choose(key, option, patience=PATIENCE)
        others = sorted(page for page in wire.pages if page not in (wire.path, "home", "dashboard"))
        if not others:
            raise BrokenRun("the menu showed no page")
        path = "" if wire.path else self.chance.choice(others)
        return self.crowd.visits, await wire.visit(path, patience=PATIENCE)

    async def _leave(self) -> None:
        if self.wire is not None:
            await self.wire.close()
        self.wire = None


def _left(end: float) -> float:
    return max(0.0, end - time.perf_counter())
