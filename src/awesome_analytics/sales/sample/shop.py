"""The shop itself: a plan in, rows out, as text for COPY. Pure: the same plan gives the same bytes.

Orders come in the order of their days, so that nothing but customers, products and the returns still under
way is held. The innermost steps are written for speed; a million lines take a few seconds.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple, Self

from awesome_analytics.sales.sample import habits
from awesome_analytics.sales.sample.calendar import orders_by_day
from awesome_analytics.sales.sample.chance import spread, stream
from awesome_analytics.sales.sample.goods import Article, Product, Shelf, products, shelf
from awesome_analytics.sales.sample.people import Customer, Regulars, customers
from awesome_analytics.sales.sample.plan import MOST_LINES_PER_ORDER, SampleChoices, SamplePlan, month_starts

BATCH_LINES = 50_000
_WAYS = 4096
_AGES = 8192


@dataclass(kw_only=True, slots=True)
class Totals:
    """How many rows, and sums over the lines; money in cents."""

    orders: int = 0
    lines: int = 0
    returns: int = 0
    units: int = 0
    sales: int = 0
    discount: int = 0
    profit: int = 0
    shipping_cost: int = 0

    def sell(self, units: int, sales: int, discount: int, profit: int, shipping_cost: int) -> None:
        """Take in the sums of an order's lines."""
        self.units += units
        self.sales += sales
        self.discount += discount
        self.profit += profit
        self.shipping_cost += shipping_cost

    def add(self, other: Self) -> None:
        """Take another's in."""
        for name in (f.name for f in fields(self)):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some days' rows, one a string; a return's order is in this batch or one before."""

    orders: Sequence[str]
    lines: Sequence[str]
    returns: Sequence[str]
    totals: Totals


@dataclass(frozen=True, kw_only=True)
class GeneratedShop:
    """A shop on paper."""

    plan: SamplePlan
    choices: SampleChoices
    people: Sequence[Customer]
    assortment: Sequence[Product]
    by_day: Sequence[int]

    def customer_rows(self) -> Iterator[str]:
        """Rows of tbl_customers."""
        for customer in self.people:
            segment_id, _ = self.choices.segments[customer.segment]
            yield (
                f"{customer.customer_id}\t{customer.name}\t{customer.email}\t{segment_id}"
                f"\t{customer.market}\t{customer.region}\n"
            )

    def product_rows(self) -> Iterator[str]:
        """Rows of tbl_products."""
        for product in self.assortment:
            place = product.subcategory
            yield f"{product.product_id}\t{product.name}\t{place.category_id}\t{place.subcategory_id}\n"

    def batches(self) -> Iterator[Batch]:
        """Rows of tbl_orders, order_product and tbl_returns, about BATCH_LINES lines at a time."""
        till = _Till(self)
        months = frozenset(month_starts(self.plan))
        for day, count in enumerate(self.by_day):
            if day in months:
                till.turn_month(day)
            till.open_day(day)
            for _ in range(count):
                till.ring_up()
                if len(till.lines) >= BATCH_LINES:
                    yield till.hand_over()
        yield till.hand_over()


def generate(plan: SamplePlan, choices: SampleChoices) -> GeneratedShop:
    """The shop of a plan."""
    by_day = orders_by_day(plan)
    return GeneratedShop(
        plan=plan,
        choices=choices,
        people=customers(plan, choices, by_day),
        assortment=products(plan, choices),
        by_day=by_day,
    )


class _Way(NamedTuple):
    """How an order goes out."""

    priority: str
    mode: str
    days: int
    base: int
    per_mille: int


class _Buying(NamedTuple):
    """A segment's tables, each picked from by eight random bits."""

    basket: Sequence[int]
    few: Sequence[int]
    many: Sequence[int]


class _Return(NamedTuple):
    """Goods that will come back; `what` is product and quantity, or neither for the whole order."""

    order_id: str
    what: str
    reason: str
    region: str


@dataclass(slots=True, kw_only=True)
class _Tables:
    """What is picked from by random bits, spread out once."""

    ways: Sequence[_Way]
    buying: Sequence[_Buying]
    regions: Sequence[str]
    reasons: dict[str, Sequence[str]] = field(default_factory=dict)
    lags: Sequence[int] = field(default_factory=lambda: spread(habits.RETURNED_AFTER))
    statuses: Sequence[Sequence[str]] = field(default_factory=lambda: [spread(s) for _, s in habits.STATUSES])

    @classmethod
    def of(cls, choices: SampleChoices) -> Self:
        segments = [habits.habit(habits.SEGMENTS, name) for _, name in choices.segments]
        return cls(
            ways=spread(_weighted_ways(choices), _WAYS),
            buying=[_Buying(spread(s.basket), spread(s.few), spread(s.many)) for s in segments],
            regions=spread((region, habits.habit(habits.REGIONS, region)) for region in choices.regions),
            reasons={
                place.category: _reasons(habits.habit(habits.REASONS, place.category), choices.reasons)
                for place in choices.subcategories
            },
        )


def _reasons(weights: dict[str, float], reasons: Sequence[str]) -> Sequence[str]:
    return spread((reason, habits.habit(weights, reason)) for reason in reasons)


def _weighted_ways(choices: SampleChoices) -> Iterator[tuple[_Way, float]]:
    for priority in choices.priorities:
        modes = habits.habit(habits.MODES, priority)
        whole = sum(habits.habit(modes, mode) for mode in choices.ship_modes)
        for mode in choices.ship_modes:
            weight = habits.habit(habits.PRIORITIES, priority) * habits.habit(modes, mode) / whole
            shipping = habits.habit(habits.SHIPPING, mode)
            for days in shipping.days:
                way = _Way(priority, mode, days, shipping.base, shipping.per_mille)
                yield way, weight / len(shipping.days)


class _Till:
    """Rings up order after order; what it has rung up is handed over in batches."""

    def __init__(self, shop: GeneratedShop) -> None:
        self._shop, self._plan = shop, shop.plan
        self._random = stream(shop.plan.seed, "orders")
        self._tables = _Tables.of(shop.choices)
        self._regulars = Regulars(shop.people)
        self._shelf = Shelf((), (), ())
        self._dates = [shop.plan.day(number).isoformat() for number in range(shop.plan.days)]
        self._day = 0
        self._order_number = self._line_number = self._return_number = self._newcomers = 0
        self._coming_back: dict[int, list[_Return]] = {}
        self._orders: list[str] = []
        self.lines: list[str] = []
        self._returns: list[str] = []
        self._totals = Totals()

    def hand_over(self) -> Batch:
        """What was rung up since the last time."""
        totals, self._totals = self._totals, Totals()
        batch = Batch(orders=self._orders, lines=self.lines, returns=self._returns, totals=totals)
        totals.orders, totals.lines, totals.returns = map(len, (batch.orders, batch.lines, batch.returns))
        self._orders, self.lines, self._returns = [], [], []
        self._line_number += totals.lines
        return batch

    def turn_month(self, day: int) -> None:
        """New goods, prices and rebates; some customers are gone."""
        self._shelf = shelf(self._plan, self._shop.choices, self._shop.assortment, day)
        self._regulars.turn_month(day, day / self._plan.days)

    def open_day(self, day: int) -> None:
        """Take in what comes back on this day, of orders of the days before."""
        self._day = day
        for returned in self._coming_back.pop(day, ()):
            self._return_number += 1
            self._returns.append(
                f"RET-{self._return_number:03d}\t{returned.order_id}\t{returned.what}\t{returned.reason}"
                f"\t{self._status()}\t{returned.region}\t{self._dates[day]}\n"
            )

    def _status(self) -> str:
        age = self._plan.days - 1 - self._day
        place = next(i for i, (days, _) in enumerate(habits.STATUSES) if days is None or age < days)
        return self._tables.statuses[place][self._random.getrandbits(8)]

    def ring_up(self) -> None:
        """One order of the day."""
        customer = self._customer()
        self._order_number += 1
        order_id = f"ORD-{self._order_number:03d}"
        bits = self._random.getrandbits(40)
        way = self._tables.ways[bits & 4095]
        region = customer.region
        if (bits >> 12) & 255 < 256 // habits.STRAY_ORDERS:
            region = self._tables.regions[(bits >> 20) & 255]
        buying = self._tables.buying[customer.segment]
        self._orders.append(
            f"{order_id}\t{customer.customer_id}\t{self._dates[self._day]}\t{way.priority}"
            f"\t{customer.market}\t{region}\n"
        )
        size = self._fitting(buying.basket[(bits >> 28) & 255])
        for article, quantity in self._fill(order_id, size, way, buying, customer.segment):
            whole = size == 1 or (bits >> 36) & 7 < 3
            self._expect_back(
                order_id, region, article, "\\N\t\\N" if whole else self._part(article, quantity)
            )
            if whole:
                break

    def _customer(self) -> Customer:
        people = self._shop.people
        if self._newcomers < len(people) and people[self._newcomers].first_order <= self._order_number:
            customer = people[self._newcomers]
            self._newcomers += 1
            self._regulars.join(customer, self._day)
            return customer
        return self._regulars.pick(self._random)

    def _fitting(self, size: int) -> int:
        """The size of the next basket; nudged by one where the number of lines would drift off the plan's."""
        if self._plan.lines is None:
            return size
        lines = self._plan.lines - self._line_number - len(self.lines)
        orders = self._plan.orders - self._order_number
        surplus = lines - size - orders * self._plan.lines / self._plan.orders
        if abs(surplus) > min(40, orders):
            size += 1 if surplus > 0 else -1
        return max(1, lines - orders * MOST_LINES_PER_ORDER, min(size, MOST_LINES_PER_ORDER, lines - orders))

    def _fill(
        self, order_id: str, size: int, way: _Way, buying: _Buying, segment: int
    ) -> list[tuple[Article, int]]:
        """Ring up the lines; returns what of them will come back, no product twice.

        Amounts are written as whole cents with the exponent -2, which PostgreSQL reads exactly.
        """
        random, bits_of = self._random.random, self._random.getrandbits
        articles, running, rebates = (
            self._shelf.articles,
            self._shelf.wanted[segment],
            self._shelf.rebates[segment],
        )
        top, last = running[-1], len(running) - 1
        ship_day = self._day + way.days
        shipped = self._dates[ship_day] if ship_day < len(self._dates) else "\\N"
        tail = f"e-2\t{way.mode}\t{shipped}\n"
        base = way.base // size
        article = articles[0]
        back: list[tuple[Article, int]] = []
        add_line = self.lines.append
        units = all_sales = all_discount = all_profit = all_shipping = 0
        for line_no in range(1, size + 1):
            bits = bits_of(48)
            if line_no == 1 or bits & habits.AGAIN:
                article = articles[bisect(running, random() * top, 0, last)]
            product_id, price, cost, freight, in_numbers, returned, _, _ = article
            quantity = (buying.many if in_numbers else buying.few)[(bits >> 8) & 255]
            percent = rebates[(bits >> 16) & 255]
            sales = price * quantity
            discount = (sales * percent + 50) // 100
            shipping = base + sales * way.per_mille * freight // 100_000
            # A product costs the shop a little more one day and a little less another.
            profit = sales - discount - shipping - cost * quantity * (948 + ((bits >> 24) & 127)) // 1000
            add_line(
                f"{order_id}\t{line_no}\t{product_id}\t{quantity}\t{sales}e-2\t{discount}e-2\t{percent}e-2"
                f"\t{profit}e-2\t{shipping}{tail}"
            )
            units += quantity
            all_sales += sales
            all_discount += discount
            all_profit += profit
            all_shipping += shipping
            if bits >> 32 < returned and article not in (known for known, _ in back):
                back.append((article, quantity))
        self._totals.sell(units, all_sales, all_discount, all_profit, all_shipping)
        return back

    def _part(self, article: Article, bought: int) -> str:
        """Of what was bought usually all comes back, of many some."""
        chance = self._random.random()
        return f"{article.product_id}\t{bought if chance < 0.5 else 1 + int(chance * bought)}"

    def _expect_back(self, order_id: str, region: str, article: Article, what: str) -> None:
        bits = self._random.getrandbits(24)
        day = self._day + self._tables.lags[bits & 255]
        if day >= self._plan.days:
            return
        reason = self._tables.reasons[article.category][(bits >> 8) & 255]
        if article.faulty and (bits >> 16) & 3 and habits.FAULTY_REASON in self._shop.choices.reasons:
            reason = habits.FAULTY_REASON
        self._coming_back.setdefault(day, []).append(_Return(order_id, what, reason, region))
