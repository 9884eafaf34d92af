"""The products: their names, prices, what they earn, how much they are wanted in each month."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from awesome_analytics.sales.sample import habits
from awesome_analytics.sales.sample.chance import (
    between,
    geometric_between,
    pick,
    running_total,
    spread,
    stream,
)
from awesome_analytics.sales.sample.people import trend
from awesome_analytics.sales.sample.plan import SampleChoices, SamplePlan, Subcategory
from awesome_analytics.sales.sample.words import BRANDS, MODELS

_ENDINGS = (1, 1, 1, 5, 50, 100)
_CHANCES = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """`price` in cents on the first day, `wanted` beside others; `last_day` past the shop's: still sold."""

    product_id: str
    name: str
    subcategory: Subcategory
    kind: habits.Kind
    price: int
    ending: int
    cost_share: float
    drift: float
    first_day: int
    last_day: int
    wanted: float
    returned: float
    faulty: bool


class Article(NamedTuple):
    """A product as it stands on the shelf in one month; money in cents, chances in 65536ths."""

    product_id: str
    price: int
    cost: int
    freight: int
    in_numbers: bool
    returned: int
    category: str
    faulty: bool


class Shelf(NamedTuple):
    """What is on offer in one month: articles, and for each segment how much they are wanted and rebated."""

    articles: Sequence[Article]
    wanted: Sequence[Sequence[float]]
    rebates: Sequence[Sequence[int]]


def products(plan: SamplePlan, choices: SampleChoices) -> list[Product]:
    """The whole assortment; each sub-category has a product before one has two."""
    random = stream(plan.seed, "products")
    kinds = [habits.habit(habits.KINDS, subcategory.name) for subcategory in choices.subcategories]
    running = running_total(kind.share for kind in kinds)
    ranks = _ranks(random, plan.products)
    names: set[str] = set()
    found = []
    for number, rank in enumerate(ranks):
        chosen = number if number < len(kinds) else pick(random, running)
        name = _name(random, kinds[chosen], names)
        found.append(_product(random, plan, number, rank, choices.subcategories[chosen], kinds[chosen], name))
    return found


def _ranks(random: Random, count: int) -> list[int]:
    return sorted(range(count), key=[random.random() for _ in range(count)].__getitem__)


def _product(
    random: Random,
    plan: SamplePlan,
    number: int,
    rank: int,
    subcategory: Subcategory,
    kind: habits.Kind,
    name: str,
) -> Product:
    # The best-sellers are there from the first day to the last.
    staple = rank <= plan.products // 10
    later, withdrawn = random.random() < habits.LAUNCHED_LATER, random.random() < habits.WITHDRAWN
    first, last = between(random, 0, 0.8), between(random, 0.4, 1)
    faulty = rank == min(habits.FAULTY_RANK, plan.products - 1)
    return Product(
        product_id=f"PROD-{501 + number}",
        name=name,
        subcategory=subcategory,
        kind=kind,
        price=int(geometric_between(random, *kind.price)),
        ending=_ENDINGS[int(random.random() * len(_ENDINGS))],
        cost_share=1 - between(random, *kind.margin),
        drift=between(random, *habits.DRIFT),
        first_day=int(first * plan.days) if later and not staple else 0,
        last_day=int(last * plan.days) if withdrawn and not (later or staple) else plan.days,
        wanted=1 / (rank + 4),
        returned=kind.returned * between(random, 0.6, 1.4) * (habits.FAULTY_TIMES if faulty else 1),
        faulty=faulty,
    )


def _name(random: Random, kind: habits.Kind, taken: set[str]) -> str:
    def word(words: Sequence[str]) -> str:
        return words[int(random.random() * len(words))]

    while True:
        mark = 100 + 10 * int(random.random() * 90)
        name = f"{word(BRANDS)} {word(MODELS)} {mark} {word(kind.nouns)}"
        if name not in taken:
            taken.add(name)
            return name


def shelf(plan: SamplePlan, choices: SampleChoices, assortment: Sequence[Product], day: int) -> Shelf:
    """The shelf of the month that begins with `day`."""
    offered = [product for product in assortment if product.first_day <= day < product.last_day]
    segments = [habits.habit(habits.SEGMENTS, name) for _, name in choices.segments]
    rising = trend(habits.RISING, day / plan.days)
    return Shelf(
        articles=[_article(product, day) for product in offered],
        wanted=[_wanted(offered, segment, rising) for segment in segments],
        rebates=[_rebates(segment, plan.day(day).month) for segment in segments],
    )


def _article(product: Product, day: int) -> Article:
    # Prices change twice a year, costs with them.
    price = product.price * (1 + product.drift) ** (int(day / 182.6) / 2)
    return Article(
        product_id=product.product_id,
        price=max(99, round(price / 100) * 100 - product.ending),
        cost=max(1, round(price * product.cost_share)),
        freight=product.kind.freight,
        in_numbers=product.kind.bought_in_numbers,
        returned=int(product.returned * _CHANCES),
        category=product.subcategory.category,
        faulty=product.faulty,
    )


def _wanted(offered: Sequence[Product], segment: habits.Segment, rising: float) -> list[float]:
    return running_total(
        product.wanted
        * segment.appeal.get(product.subcategory.name, 1.0)
        * (rising if product.subcategory.name == habits.RISING_SUBCATEGORY else 1.0)
        for product in offered
    )


def _rebates(segment: habits.Segment, month: int) -> tuple[int, ...]:
    table = habits.PROMOTIONS if month in habits.PROMOTION_MONTHS else habits.DISCOUNTS
    more = 100 * segment.more_discount
    return spread((percent, weight + (more / 2 if percent in (5, 10) else 0)) for percent, weight in table)
