"""The list prices of a region: the items that AWS bills, and a file of prices for each region."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Self

ITEMS = Path(__file__).with_name("items.toml")
PRICES = Path(__file__).with_name("prices")

REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


class UnknownRegion(ValueError):
    """The prices of a region are not listed; the message contains the remedy."""


@dataclass(frozen=True)
class Item:
    """What AWS bills in units of `per`, and where an offer file lists it.

    An item without an offer has the same price in all regions.
    """

    service: str
    unit: str
    per: int
    offer: str = ""
    usage: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    dollars: str = ""
    source: str = ""


@dataclass(frozen=True)
class Price:
    """The price in dollars of `per` units of an item."""

    service: str
    unit: str
    per: int
    dollars: Decimal
    source: str


def items() -> dict[str, Item]:
    """Return the items by name."""
    listed = tomllib.loads(ITEMS.read_text(encoding="utf-8"))
    return {name: Item(**item) for name, item in listed.items()}


def check_region(region: str) -> None:
    """Raise UnknownRegion unless the text has the form of a region's name."""
    if not REGION.fullmatch(region):
        raise UnknownRegion(f"{region!r} is not the name of a region, such as us-east-1")


@dataclass(frozen=True)
class Prices:
    """The prices in one region, and the date of their last check."""

    region: str
    checked: date
    items: dict[str, Price]

    @classmethod
    def read(cls, region: str, folder: Path = PRICES) -> Self:
        """Read the prices of a region; raises UnknownRegion."""
        check_region(region)
        known = {path.stem: path for path in sorted(folder.glob("*.toml"))}
        if region not in known:
            raise UnknownRegion(
                f"no prices are listed for {region}, only for {', '.join(known)}; "
                f"read them from AWS with: make prices REGION={region}"
            )
        listed = tomllib.loads(known[region].read_text(encoding="utf-8"))
        return cls(region, listed.pop("checked"), dict(_priced(listed)))

    @property
    def unpriced(self) -> dict[str, str]:
        """The items without a price, each in words."""
        return {
            name: f"{item.service}'s {item.unit}"
            for name, item in items().items()
            if name not in self.items
        }

    def cost(self, item: str, used: Decimal) -> Decimal:
        """Return the cost in dollars of a usage, 0 if the item has no price."""
        price = self.items.get(item)
        return price.dollars * used / price.per if price else Decimal()


def _priced(listed: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Price]]:
    for name, item in items().items():
        given = listed.get(name, {"dollars": item.dollars, "source": item.source})
        if given["dollars"]:
            yield (
                name,
                Price(
                    item.service, item.unit, item.per, Decimal(given["dollars"]), given["source"]
                ),
            )
