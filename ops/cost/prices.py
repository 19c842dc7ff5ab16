"""The AWS list prices in prices.toml."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Self

PRICES = Path(__file__).with_name("prices.toml")


class UnknownRegion(ValueError):
    """The prices of a region are not listed; the message names the listed regions."""


@dataclass(frozen=True)
class Price:
    """The price in dollars of `per` units of an item."""

    service: str
    unit: str
    per: int
    dollars: Decimal
    source: str


@dataclass(frozen=True)
class Prices:
    """The prices in one region, and the date of their last check."""

    region: str
    checked: date
    items: dict[str, Price]

    @classmethod
    def read(cls, region: str, path: Path = PRICES) -> Self:
        """Read the prices of a region; raises UnknownRegion."""
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
        items = listed["items"]
        known = set.intersection(*(set(item["price"]) for item in items.values()))
        if region not in known:
            raise UnknownRegion(
                f"no prices are listed for {region!r}, only for {', '.join(sorted(known))}; "
                f"add them to ops/cost/{path.name}, each from its source page"
            )
        prices = {
            name: Price(
                service=item["service"],
                unit=item["unit"],
                per=item["per"],
                dollars=Decimal(item["price"][region]),
                source=item["source"],
            )
            for name, item in items.items()
        }
        return cls(region, listed["checked"], prices)

    def cost(self, item: str, used: Decimal) -> Decimal:
        """Return the cost in dollars of a usage."""
        return self.items[item].dollars * used / self.items[item].per
