"""What an import is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.sales.importer.dates import DateStyle
from awesome_analytics.sales.importer.rows import read_name


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """Values for columns a file lacks altogether."""

    market: str | None = None
    priority: str | None = None

    def by_column(self) -> Mapping[str, str]:
        """Staging column -> value; a file without shipping cost cost nothing to ship."""
        found = {"shipping_cost": "0"}
        if self.market is not None:
            found["market"] = read_name("--market", self.market)
        if self.priority is not None:
            found["order_priority"] = read_name("--priority", self.priority)
        return found


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """The files and how to take them; refused rows go into `refused_folder` unless `refused` names a file."""

    actor: str
    refused_folder: Path
    orders: Path | None = None
    returns: Path | None = None
    refused: Path | None = None
    dry_run: bool = False
    update: bool = False
    date_style: DateStyle = DateStyle.AUTO
    defaults: Defaults = field(default_factory=Defaults)

    def __post_init__(self) -> None:
        if self.orders is None and self.returns is None:
            raise InvalidInput("ORDERS", "name a file of orders, or --returns with a file of returns")

    def refused_file(self, source: Path) -> Path:
        """Where the refused rows of `source` go; with two files, returns get a name beside it."""
        if self.refused is None:
            stem = source.name.removesuffix(".gz").removesuffix(".csv")
            return self.refused_folder / f"{stem}-refused.csv"
        if source == self.returns and self.orders is not None:
            return self.refused.with_name(f"{self.refused.stem}-returns{self.refused.suffix}")
        return self.refused
