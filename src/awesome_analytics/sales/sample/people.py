"""The customers: who they are, when they first order, how often they come back and when they stop."""

import math
import unicodedata
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from awesome_analytics.sales.sample import habits
from awesome_analytics.sales.sample.chance import bell, pick, running_total, stream
from awesome_analytics.sales.sample.plan import SampleChoices, SamplePlan
from awesome_analytics.sales.sample.words import EMAIL_HOSTS, FIRST_NAMES, LAST_NAMES

_INITIALS = "ABCDEFGHIJKLMNOPRSTVWYZ"
_NOT_DECOMPOSED = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "ß": "ss", "'": None})


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """`first_order` counts the shop's orders from 0; `rate` is how often this one comes beside others."""

    customer_id: str
    name: str
    email: str
    segment: int
    market: str
    region: str
    first_order: int
    last_day: int
    rate: float


def customers(plan: SamplePlan, choices: SampleChoices, by_day: Sequence[int]) -> list[Customer]:
    """Everybody who ever orders, in the order in which they come."""
    random = stream(plan.seed, "customers")
    names = _names(random)
    segments = [habits.habit(habits.SEGMENTS, name) for _, name in choices.segments]
    by_segment = running_total(segment.share for segment in segments)
    by_market = running_total(habits.habit(habits.MARKETS, market) for market in choices.markets)
    by_region = running_total(habits.habit(habits.REGIONS, region) for region in choices.regions)
    ends = list(accumulate(by_day))
    found = []
    for number, first_order in enumerate(_first_orders(plan, random)):
        segment = pick(random, by_segment)
        name, email = next(names)
        found.append(
            Customer(
                customer_id=str(1001 + number),
                name=name,
                email=email,
                segment=segment,
                market=choices.markets[pick(random, by_market)],
                region=choices.regions[pick(random, by_region)],
                first_order=first_order,
                last_day=_last_day(random, plan, bisect(ends, first_order)),
                # The very first stays, so that there is always somebody to come back.
                rate=segments[segment].rate * _eagerness(random, may_order_once=number > 0),
            )
        )
    return found


def _first_orders(plan: SamplePlan, random: Random) -> list[int]:
    """The orders that are somebody's first, rising: many in the beginning, fewer as the shop gets known."""
    drawn = sorted(int(plan.orders * random.random() ** 1.3) for _ in range(plan.customers))
    first_orders: list[int] = []
    for number, wish in enumerate(drawn):
        after = first_orders[-1] + 1 if first_orders else 0
        first_orders.append(min(max(wish, after), plan.orders - plan.customers + number) if number else 0)
    return first_orders


def _last_day(random: Random, plan: SamplePlan, first_day: int) -> int:
    lost, patience = random.random() < habits.LOST, -math.log(1 - random.random()) * habits.LOST_AFTER
    return min(plan.days, first_day + int(patience)) if lost and first_day > 0 else plan.days


def _eagerness(random: Random, *, may_order_once: bool) -> float:
    once, eager = random.random() < habits.ONCE, math.exp(0.9 * bell(random))
    return 0.0 if once and may_order_once else eager


def _names(random: Random) -> Iterator[tuple[str, str]]:
    """Names and addresses; people may share a name, as they do, but never an address."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    while True:
        first, last = _one_of(random, FIRST_NAMES), _one_of(random, LAST_NAMES)
        initial = _one_of(random, _INITIALS)
        name = f"{first} {initial}. {last}" if f"{first} {last}" in taken else f"{first} {last}"
        taken.add(name)
        address = f"{_plain(first)}.{_plain(last)}"
        counts[address] = counts.get(address, 0) + 1
        again = str(counts[address]) if counts[address] > 1 else ""
        yield name, f"{address}{again}@{_one_of(random, EMAIL_HOSTS)}"


def _one_of(random: Random, words: Sequence[str]) -> str:
    return words[int(random.random() * len(words))]


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.translate(_NOT_DECOMPOSED))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower()


def trend(ends: tuple[float, float], progress: float) -> float:
    """Between what holds on the first day (progress 0) and on the last (1)."""
    return ends[0] + (ends[1] - ends[0]) * progress


class Regulars:
    """Those who came before and may come again; a newcomer joins with his first order."""

    def __init__(self, people: Sequence[Customer]) -> None:
        self._people = people
        self.running: list[float] = []
        self._total = 0.0
        self._falling = 1.0

    def turn_month(self, day: int, progress: float) -> None:
        """Leave out who has gone; the falling region comes less often."""
        self._falling = trend(habits.FALLING, progress)
        known, self.running, self._total = len(self.running), [], 0.0
        for customer in self._people[:known]:
            self.join(customer, day)

    def join(self, customer: Customer, day: int) -> None:
        """Count the next of the people in; called in their order."""
        if day <= customer.last_day:
            falls = self._falling if customer.region == habits.FALLING_REGION else 1.0
            self._total += customer.rate * falls
        self.running.append(self._total)

    def pick(self, random: Random) -> Customer:
        """One of them, the eager more often."""
        return self._people[pick(random, self.running)]
