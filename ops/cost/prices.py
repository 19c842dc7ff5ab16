"""AWS's list prices, from prices.toml."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Self

PRICES = Path(__file__).with_name("prices.toml")


class UnknownRegion(ValueError):
    """The prices of a region are not known; the message names those that are."""


@dataclass(frozen=True)
class Price:
    """What `per` of an item cost, in dollars."""

    service: str
    unit: str
    per: int
    dollars: Decimal
    source: str


@dataclass(frozen=True)
class Prices:
    """The price of each item in one region, and when the prices were checked."""

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
                f"the prices of {region!r} are not known, those of {', '.join(sorted(known))} are; "
                f"add them to ops/cost/{path.name}, each from the page that it names"
            )
        return cls(
            region,
            listed["checked"],
            {
                name: Price(
                    item["service"],
                    item["unit"],
                    item["per"],
                    Decimal(item["price"][region]),
                    item["source"],
                )
                for name, item in items.items()
            },
        )
