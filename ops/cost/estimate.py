"""The costs in dollars: usage times the list prices, and possible savings."""

from dataclasses import dataclass
from decimal import Decimal

from ops.cost.designs import ALTERNATIVES, OURS, Design
from ops.cost.price_list import Price, Prices
from ops.cost.usage import GB, PLATFORM_LINES, Month


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
        """Price a design's usage; items that are unused or have no price have no line."""
        return cls(
            design,
            [
                Line(item, prices.items[item], quantity / prices.items[item].per)
                for item, quantity in design.usage(month).items()
                if quantity and item in prices.items
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
    found = [
        Lever(
            "claim the transactionId in DynamoDB alone",
            "the audit object, which is the claim and an independent second record",
            prices.cost("s3_put", count),
        ),
        Lever(
            "an HTTP API in place of the REST API",
            "API key, usage plan and request model, which HTTP APIs do not have",
            prices.cost("api_gateway_request", month.requests)
            - prices.cost("http_api_request", month.requests),
        ),
        Lever(
            "no platform lines (--no-platform-lines)",
            "the start and the report, with its durations, of each successful execution",
            prices.cost("logs_ingestion", platform_lines)
            if month.settings.platform_lines
            else Decimal(),
        ),
    ]
    return sorted(filter(lambda lever: lever.dollars, found), key=lambda lever: -lever.dollars)


def estimates(month: Month, prices: Prices) -> tuple[Estimate, list[Estimate]]:
    """Return the estimates of this pipeline and of the alternatives."""
    return (
        Estimate.of(OURS, month, prices),
        [Estimate.of(design, month, prices) for design in ALTERNATIVES],
    )
