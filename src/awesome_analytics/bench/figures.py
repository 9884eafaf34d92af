"""A measured figure, what it is held against, and the target."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured thing. `against` names what `theirs` is; `value` is held to the target, in words."""

    name: str
    unit: str
    ours: float
    against: str = ""
    theirs: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None
    samples: tuple[float, ...] = ()

    def data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {name: value for name, value in vars(self).items() if value not in (None, "", ())}


@dataclass(frozen=True, kw_only=True)
class Report:
    """All figures of a measurement, and what a reader must know to judge them."""

    what: str
    setting: dict[str, Any]
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "bench": self.what,
            "setting": self.setting,
            "figures": [figure.data() for figure in self.figures],
            "notes": list(self.notes),
        }

    @property
    def missed(self) -> tuple[str, ...]:
        """The figures whose target was not met."""
        return tuple(figure.name for figure in self.figures if figure.met is False)


@dataclass(kw_only=True)
class Samples:
    """Repeated measurements of several things, taken in turn so that the machine's moods hit all alike."""

    taken: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """One more measurement."""
        self.taken.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        """The middle one."""
        return median(self.taken[name])

    def of(self, name: str) -> tuple[float, ...]:
        """All, in the order taken."""
        return tuple(round(value, 4) for value in self.taken[name])

    def least(self, names: Sequence[str]) -> str:
        """The name with the smallest median."""
        return min(names, key=self.median)
