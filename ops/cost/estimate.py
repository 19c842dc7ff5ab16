"""The costs in dollars: usage times the AWS list prices in prices.toml, and possible savings."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Self

from ops.cost.designs import ALTERNATIVES, OURS, Design
from ops.cost.usage import FIXED_RATE, GB, PLATFORM_LINES, Month

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


@dataclass(frozen=True)
class Line:
    """The quantity of one item in its unit, with its price."""

    item: str
    price: Price
    quantity: Decimal

    @property
    def dollars(self) -> Decimal:
        """Cost of the item."""
        return self.quantity * self.price.dollars


@dataclass(frozen=True)
class Estimate:
    """The cost of one design."""

    design: Design
    lines: list[Line]

    @classmethod
    def of(cls, design: Design, month: Month, prices: Prices) -> "Estimate":
        """Price a design's usage; unused items have no line."""
        return cls(
            design,
            [
                Line(item, prices.items[item], quantity / prices.items[item].per)
                for item, quantity in design.usage(month).items()
                if quantity
            ],
        )

    @property
    def dollars(self) -> Decimal:
        """Total cost."""
        return sum((line.dollars for line in self.lines), Decimal())

    def share(self, *items: str) -> Decimal:
        """Return the share of these items in the cost."""
        some = sum((line.dollars for line in self.lines if line.item in items), Decimal())
        return some / self.dollars


@dataclass(frozen=True)
class Lever:
    """A possible saving, and what it loses."""

    change: str
    loss: str
    dollars: Decimal


def levers(month: Month, prices: Prices) -> list[Lever]:
    """Return the possible savings, largest first."""
    count = month.transactions
    platform_lines = count * len(month.measured.ours) * PLATFORM_LINES / GB
    traces = max(Decimal(), month.traces - FIXED_RATE * month.requests)
    found = [
        Lever(
            "claim the transactionId in DynamoDB alone",
            "the audit object, which is the claim and an independent second record",
            prices.cost("s3_put", count),
        ),
        Lever(
            "record 5% of the traces, without X-Ray's reservoir of one a second",
            "traces of quiet hours; requires only a sampling rule",
            prices.cost("xray_trace", traces),
        ),
        Lever(
            "an HTTP API in place of the REST API",
            "API key, usage plan and request model, which HTTP APIs do not have",
            prices.cost("api_gateway_request", month.requests)
            - prices.cost("http_api_request", month.requests),
        ),
        Lever(
            "system log level WARN",
            "the platform's start and report lines of each execution",
            prices.cost("logs_ingestion", platform_lines),
        ),
    ]
    return sorted(found, key=lambda lever: -lever.dollars)


def estimates(month: Month, prices: Prices) -> tuple[Estimate, list[Estimate]]:
    """Return the estimates of this pipeline and of the alternatives."""
    return (
        Estimate.of(OURS, month, prices),
        [Estimate.of(design, month, prices) for design in ALTERNATIVES],
    )
