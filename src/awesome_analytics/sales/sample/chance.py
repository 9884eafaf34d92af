"""Chance that a seed decides: the same numbers on every machine and every Python."""

import math
from bisect import bisect
from collections.abc import Iterable, Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

T = TypeVar("T")


def stream(seed: int, purpose: str) -> Random:
    """A stream of its own per purpose, so that a change in one leaves the others as they are."""
    return Random(f"{seed}/{purpose}")  # noqa: S311 a sample shop holds no secrets


def pick(random: Random, running: Sequence[float]) -> int:
    """An index, by the running total of the weights."""
    return bisect(running, random.random() * running[-1], 0, len(running) - 1)


def running_total(weights: Iterable[float]) -> list[float]:
    """What `pick` takes."""
    return list(accumulate(weights))


def spread(weights: Iterable[tuple[T, float]], size: int = 256) -> tuple[T, ...]:
    """The values repeated by their weights, to be picked by an index of random bits alone."""
    pairs = [(value, weight) for value, weight in weights if weight > 0]
    running = running_total(weight for _, weight in pairs)
    places = (bisect(running, (i + 0.5) / size * running[-1], 0, len(pairs) - 1) for i in range(size))
    return tuple(pairs[place][0] for place in places)


def between(random: Random, low: float, high: float) -> float:
    """Evenly in the range."""
    return low + (high - low) * random.random()


def geometric_between(random: Random, low: float, high: float) -> float:
    """Evenly in the range's logarithm: cheap things are more than dear ones."""
    return low * math.exp(random.random() * math.log(high / low))


def bell(random: Random) -> float:
    """About the standard normal; the sum of uniforms is the same on every Python."""
    return (random.random() + random.random() + random.random() - 1.5) * 2


def rounded_shares(weights: Sequence[float], total: int) -> list[int]:
    """`total` shared out in whole numbers that follow the weights and sum to it exactly."""
    running = running_total(weights)
    ends = [round(total * end / running[-1]) for end in running]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]
