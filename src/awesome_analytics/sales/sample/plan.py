"""What a sample shop is made of: its size, its days, its seed, and the choices the books offer."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from awesome_analytics.core.errors import Conflict, InvalidInput
from awesome_analytics.sales.sample.habits import LINES_PER_ORDER

MOST_LINES_PER_ORDER = 6
_LARGEST = 100_000_000
_MOST_PRODUCTS = 100_000
_EARLIEST, _LATEST = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, kw_only=True)
class SamplePlan:
    """Either `orders` or `lines` is given, and met exactly; customers and products have fitting defaults.

    `orders`, `customers` and `products` are always set once the plan stands.
    """

    first_day: date
    last_day: date
    seed: int = 7
    orders: int = 0
    lines: int | None = None
    customers: int = 0
    products: int = 0

    def __post_init__(self) -> None:
        if self.lines is not None and self.orders == 0:
            _refuse_outside("--lines", self.lines, 1, _LARGEST)
            self._default("orders", max(1, round(self.lines / LINES_PER_ORDER)))
        _refuse_outside("--orders", self.orders, 1, _LARGEST)
        self._default("customers", min(max(self.orders // 6, 20), self.orders, 50_000))
        self._default("products", min(max(self.orders // 25, 60), 3_000))
        _refuse_outside("--customers", self.customers, 1, self.orders)
        _refuse_outside("--products", self.products, 1, _MOST_PRODUCTS)
        if self.lines is not None:
            _refuse_outside("--lines", self.lines, self.orders, self.orders * MOST_LINES_PER_ORDER)
        if not _EARLIEST <= self.first_day <= self.last_day <= _LATEST:
            raise InvalidInput(
                "--until", f"the days {self.first_day} to {self.last_day} are no period of 1900-2199"
            )

    def _default(self, name: str, value: int) -> None:
        if getattr(self, name) == 0:
            object.__setattr__(self, name, value)

    @property
    def days(self) -> int:
        """How many days the shop was open, first and last included."""
        return (self.last_day - self.first_day).days + 1

    def day(self, number: int) -> date:
        """The day of a number; the first is 0."""
        return self.first_day + timedelta(days=number)


def _refuse_outside(field: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidInput(field, f"{value:,} is not possible here; give a number from {low:,} to {high:,}")


@dataclass(frozen=True, kw_only=True)
class Subcategory:
    """A sub-category as the books number it."""

    subcategory_id: int
    category_id: int
    name: str
    category: str


@dataclass(frozen=True, kw_only=True)
class SampleChoices:
    """What the books let a shop choose from, each in the books' order."""

    segments: tuple[tuple[int, str], ...]
    subcategories: tuple[Subcategory, ...]
    markets: tuple[str, ...]
    regions: tuple[str, ...]
    priorities: tuple[str, ...]
    ship_modes: tuple[str, ...]
    reasons: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not getattr(self, name):
                raise Conflict(
                    f"the books offer no {name.replace('_', ' ')} to choose from; run `awesome init` first"
                )


def month_starts(plan: SamplePlan) -> list[int]:
    """The numbers of the days on which a month begins; the first day of all begins one too."""
    days = [plan.day(number) for number in range(plan.days)]
    return [
        0,
        *(number for number, (before, day) in enumerate(pairwise(days), 1) if day.month != before.month),
    ]
