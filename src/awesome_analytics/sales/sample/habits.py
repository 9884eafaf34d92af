"""How the sample shop and its customers behave: every figure that makes it look like a real one.

Values the books may offer are looked up by name; a name that is not listed here behaves like `ANY`.
Money is in cents.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

ANY = ""


def habit(table: Mapping[str, T], name: str) -> T:
    """What is said of `name`, or of any other."""
    return table.get(name, table[ANY])


# ---------------------------------------------------------------- when people buy

YEARLY_GROWTH = 1.18
MONTHS = (0.84, 0.86, 0.96, 0.97, 0.99, 0.94, 0.80, 0.82, 1.03, 1.08, 1.38, 1.72)
"""January to December: a dip in summer, the peak before Christmas."""
WEEKDAYS = (1.10, 1.14, 1.10, 1.08, 1.02, 0.74, 0.58)
"""Monday to Sunday."""
HOLIDAYS = {(1, 1): 0.35, (12, 24): 0.5, (12, 25): 0.2, (12, 26): 0.45, (12, 31): 0.5}
"""Month and day, and what is left of an ordinary day there."""
NOISE = 0.16
"""Days differ by up to this part for no reason at all."""
PROMOTION_MONTHS = frozenset({1, 7, 11, 12})

# ---------------------------------------------------------------- who buys


@dataclass(frozen=True, kw_only=True)
class Segment:
    """How a kind of customer buys: their share, how often, how much."""

    share: float
    rate: float
    basket: tuple[tuple[int, float], ...]
    few: tuple[tuple[int, float], ...]
    many: tuple[tuple[int, float], ...]
    appeal: Mapping[str, float] = field(default_factory=dict)
    more_discount: float = 0.0


_FEW = ((1, 70), (2, 20), (3, 7), (4, 2), (5, 1))
_MANY = ((1, 34), (2, 24), (3, 15), (4, 9), (5, 8), (6, 4), (8, 2), (10, 3), (12, 1))

SEGMENTS = {
    "Consumer": Segment(
        share=0.55,
        rate=1.0,
        basket=((1, 46), (2, 27), (3, 14), (4, 8), (5, 3), (6, 2)),
        few=_FEW,
        many=_MANY,
        appeal={"Phones": 1.5, "Accessories": 1.3, "Binders": 0.8, "Chairs": 0.8},
    ),
    "Corporate": Segment(
        share=0.27,
        rate=1.7,
        basket=((1, 25), (2, 26), (3, 20), (4, 14), (5, 9), (6, 6)),
        few=((1, 46), (2, 26), (3, 11), (4, 8), (5, 5), (6, 2), (8, 1), (10, 1)),
        many=((1, 14), (2, 18), (3, 15), (4, 12), (5, 14), (6, 8), (8, 5), (10, 9), (12, 3), (20, 2)),
        appeal={"Laptops": 1.5, "Chairs": 1.5, "Tables": 1.3, "Paper": 1.3},
        more_discount=0.06,
    ),
    "Home Office": Segment(
        share=0.18,
        rate=1.2,
        basket=((1, 36), (2, 28), (3, 17), (4, 10), (5, 6), (6, 3)),
        few=_FEW,
        many=_MANY,
        appeal={"Bookcases": 1.6, "Storage": 1.5, "Tables": 1.3},
    ),
}
SEGMENTS[ANY] = SEGMENTS["Consumer"]

LINES_PER_ORDER = 2.4
"""About what the baskets come to, for as many orders as a number of lines needs."""

MARKETS = {
    "US": 38.0,
    "EU": 20.0,
    "APAC": 15.0,
    "LATAM": 10.0,
    "EMEA": 7.0,
    "Canada": 6.0,
    "Africa": 4.0,
    ANY: 5.0,
}
REGIONS = {"East": 27.0, "West": 30.0, "Central": 20.0, "South": 15.0, "North": 8.0, ANY: 10.0}

FALLING_REGION = "South"
FALLING = (1.4, 0.45)
"""How eagerly it buys on the first day and on the last: one thing to find on a dashboard."""
RISING_SUBCATEGORY = "Accessories"
RISING = (0.55, 2.1)
"""How much it is wanted on the first day and on the last: another."""
FAULTY_RANK = 5
FAULTY_TIMES = 9
"""The best-seller of this rank comes back so many times as often as others: a third."""

ONCE = 0.24
"""Part of the customers who order one single time."""
LOST = 0.38
"""Part of the others who stop one day, after about so many days:"""
LOST_AFTER = 260.0
STRAY_ORDERS = 15
"""One order in about so many is for another region than the customer's own."""

# ---------------------------------------------------------------- what they buy


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A sub-category: how it is called, what it costs and earns, how often it comes back.

    `freight` is what it costs to ship beside an ordinary article of the same price, in percent.
    """

    nouns: tuple[str, ...]
    price: tuple[int, int]
    margin: tuple[float, float]
    share: float
    bought_in_numbers: bool = False
    freight: int = 100
    returned: float = 0.020


KINDS = {
    "Phones": Kind(
        nouns=("Smartphone", "Desk Phone", "Cordless Phone", "Conference Phone"),
        price=(7_900, 109_900),
        margin=(0.13, 0.36),
        share=1.1,
        freight=70,
        returned=0.026,
    ),
    "Accessories": Kind(
        nouns=("Wireless Mouse", "Keyboard", "Headset", "Webcam", "USB-C Hub", "Portable Drive"),
        price=(1_400, 17_900),
        margin=(0.20, 0.48),
        share=1.6,
        bought_in_numbers=True,
    ),
    "Laptops": Kind(
        nouns=('Laptop 13"', 'Laptop 14"', 'Laptop 16"', "Workstation"),
        price=(54_900, 259_900),
        margin=(0.09, 0.28),
        share=0.7,
        freight=45,
        returned=0.030,
    ),
    "Tables": Kind(
        nouns=("Standing Desk", "Conference Table", "Side Table", "Writing Desk"),
        price=(8_900, 94_900),
        margin=(0.07, 0.29),
        share=0.6,
        freight=170,
        returned=0.026,
    ),
    "Chairs": Kind(
        nouns=("Task Chair", "Executive Chair", "Visitor Chair", "Stool", "Lounge Chair"),
        price=(5_900, 69_900),
        margin=(0.13, 0.37),
        share=1.0,
        freight=130,
        returned=0.024,
    ),
    "Bookcases": Kind(
        nouns=("Bookcase", "Corner Shelf", "Glass Cabinet", "Wall Shelf"),
        price=(6_900, 52_900),
        margin=(0.07, 0.30),
        share=0.6,
        freight=160,
        returned=0.022,
    ),
    "Paper": Kind(
        nouns=("Copy Paper A4", "Recycled Paper", "Card Stock", "Notebook", "Sticky Notes"),
        price=(399, 4_500),
        margin=(0.19, 0.44),
        share=1.7,
        bought_in_numbers=True,
        freight=120,
        returned=0.010,
    ),
    "Binders": Kind(
        nouns=("Ring Binder", "Lever Arch File", "Presentation Binder", "Clip Folder"),
        price=(349, 5_900),
        margin=(0.20, 0.47),
        share=1.5,
        bought_in_numbers=True,
        returned=0.012,
    ),
    "Storage": Kind(
        nouns=("Storage Box", "Filing Cabinet", "Drawer Unit", "Rolling Cart", "Locker"),
        price=(1_600, 26_900),
        margin=(0.11, 0.38),
        share=1.1,
        freight=140,
    ),
    ANY: Kind(nouns=("Set", "Kit", "Pack", "Unit"), price=(900, 29_900), margin=(0.2, 0.5), share=1.0),
}
DRIFT = (-0.04, 0.09)
"""The yearly change of a product's price lies in here."""
LAUNCHED_LATER = 0.3
WITHDRAWN = 0.12
AGAIN = 127
"""A line in about so many repeats the product of the line before."""

DISCOUNTS = ((0, 62.0), (5, 6.0), (10, 10.0), (15, 6.0), (20, 8.0), (30, 5.0), (40, 2.0), (50, 1.0))
PROMOTIONS = ((0, 42.0), (5, 6.0), (10, 14.0), (15, 10.0), (20, 15.0), (30, 8.5), (40, 3.0), (50, 1.5))
"""Percent, and how many lines of a hundred have it."""

# ---------------------------------------------------------------- how it goes out


@dataclass(frozen=True, kw_only=True)
class Shipping:
    """A ship mode: days until it leaves, what an order costs, and thousandths of the value on top."""

    days: tuple[int, ...]
    base: int
    per_mille: int


SHIPPING = {
    "Same Day": Shipping(days=(0,), base=1_150, per_mille=48),
    "First Class": Shipping(days=(1, 1, 2), base=690, per_mille=36),
    "Second Class": Shipping(days=(2, 2, 3, 4), base=440, per_mille=27),
    "Standard Class": Shipping(days=(3, 4, 4, 5, 5, 6, 7), base=290, per_mille=20),
    ANY: Shipping(days=(1, 2, 3, 4, 5), base=440, per_mille=27),
}
PRIORITIES = {"Low": 8.0, "Medium": 55.0, "High": 28.0, "Critical": 9.0, ANY: 5.0}
MODES = {
    "Low": {"Same Day": 1.0, "First Class": 4.0, "Second Class": 12.0, "Standard Class": 83.0, ANY: 5.0},
    "High": {"Same Day": 8.0, "First Class": 24.0, "Second Class": 28.0, "Standard Class": 40.0, ANY: 5.0},
    "Critical": {
        "Same Day": 30.0,
        "First Class": 40.0,
        "Second Class": 20.0,
        "Standard Class": 10.0,
        ANY: 5.0,
    },
    ANY: {"Same Day": 3.0, "First Class": 11.0, "Second Class": 19.0, "Standard Class": 67.0, ANY: 5.0},
}
"""Which mode an order of a priority goes by."""

# ---------------------------------------------------------------- what comes back

REASONS = {
    "Technology": {
        "Defective": 44.0,
        "Damaged in Transit": 9.0,
        "Wrong Item": 8.0,
        "Not as Described": 18.0,
        "Late Delivery": 6.0,
        "Changed Mind": 12.0,
        "Not Stated": 3.0,
        ANY: 4.0,
    },
    "Furniture": {
        "Defective": 13.0,
        "Damaged in Transit": 40.0,
        "Wrong Item": 7.0,
        "Not as Described": 16.0,
        "Late Delivery": 8.0,
        "Changed Mind": 13.0,
        "Not Stated": 3.0,
        ANY: 4.0,
    },
    ANY: {
        "Defective": 8.0,
        "Damaged in Transit": 11.0,
        "Wrong Item": 36.0,
        "Not as Described": 14.0,
        "Late Delivery": 11.0,
        "Changed Mind": 16.0,
        "Not Stated": 4.0,
        ANY: 4.0,
    },
}
FAULTY_REASON = "Defective"
RETURNED_AFTER = tuple((days, 60.0 / days) for days in range(3, 46))
"""Days from order to return: soon more often than late."""
STATUSES = (
    (14, (("Pending", 72.0), ("Approved", 26.0), ("Rejected", 2.0))),
    (45, (("Pending", 9.0), ("Approved", 46.0), ("Completed", 38.0), ("Rejected", 7.0))),
    (None, (("Completed", 92.0), ("Rejected", 8.0))),
)
"""By the age of a return in days: the newest wait, the old ones are settled."""
