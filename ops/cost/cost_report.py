"""The report of a month's cost, its alternatives and possible savings."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ops.cost.designs import ALTERNATIVES, OURS
from ops.cost.estimate import Estimate, Lever, estimates, levers
from ops.cost.price_list import Prices
from ops.cost.usage import Month
from template.settings import Settings

CENT = Decimal("0.01")

NOT_IN_IT = (
    "Not included: the free tier, volume discounts, data transfer, email, retries, client errors, "
    "outcomes other than PROCESSED, each of which is a custom metric in the hours in which it "
    "occurs, and tax. Storage is priced for one month; its cost accumulates with each month of "
    "retention."
)


@dataclass(frozen=True)
class CostReport:
    """The cost of a month, beside alternative designs and possible savings."""

    month: Month
    prices: Prices
    ours: Estimate
    others: list[Estimate]
    levers: list[Lever]

    @classmethod
    def of(cls, month: Month, prices: Prices) -> "CostReport":
        """Return the report of a month at these prices."""
        return cls(month, prices, *estimates(month, prices), levers(month, prices))

    @property
    def assumptions(self) -> str:
        """The assumptions, in one sentence."""
        month = self.month
        assumed = ""
        if stages := month.measured.assumed:
            took = f"{Settings.typical_duration} ms"
            assumed = f" Not measured, assumed to take {took}: {', '.join(stages)}."
        return (
            f"{month.transactions:,f} transactions per month in {self.prices.region}, "
            f"{month.polls:f} polls for each, "
            f"{month.settings.memory} MB on {month.architecture}, "
            f"{_percent(month.cold)} cold starts, "
            f"{month.measured.wait:f} ms per call to AWS, "
            f"{'all alarms, as in prod' if month.retains_data else 'the alarms of dev'}; "
            f"list prices of {self.prices.checked}.{assumed}{self._unpriced}"
        )

    @property
    def dominating(self) -> str:
        """The largest cost items, in a few sentences."""
        share = self.ours.share("s3_put", "api_gateway_request")
        call = sum(
            (
                line.dollars
                for line in self.ours.lines
                if not line.item.startswith(("xray", "logs", "alarm", "dashboard", "metric"))
            ),
            Decimal(),
        )
        of_the_call = share * self.ours.dollars / call
        return (
            f"The S3 PUT and the API Gateway request are {_percent(share)} of the cost, and "
            f"{_percent(of_the_call)} of the cost without CloudWatch and X-Ray. "
            f"X-Ray records {self.month.traces:,.0f} traces."
        )

    @property
    def unpriced(self) -> list[str]:
        """What is used and has no price, in words."""
        used = {name for design in (OURS, *ALTERNATIVES) for name in design.usage(self.month)}
        return [words for name, words in self.prices.unpriced.items() if name in used]

    @property
    def _unpriced(self) -> str:
        missing = ", ".join(self.unpriced)
        return f" Not priced, as no source states it: {missing}." if missing else ""

    def tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        """Return the title, columns and rows of each table."""
        return [
            (
                "This pipeline",
                ["service", "used", "of", "price", "dollars", "share"],
                [
                    *(
                        [
                            line.price.service,
                            _number(line.quantity),
                            line.price.unit,
                            f"{line.price.dollars:f}",
                            _dollars(line.dollars),
                            _percent(line.dollars / self.ours.dollars),
                        ]
                        for line in self.ours.lines
                    ),
                    ["total", "", "", "", _dollars(self.ours.dollars), _percent(Decimal(1))],
                ],
            ),
            (
                "Alternative designs",
                ["design", "difference", "dollars", "relative cost"],
                [
                    [
                        one.design.name,
                        one.design.difference,
                        _dollars(one.dollars),
                        f"{one.dollars / self.ours.dollars:.2f}",
                    ]
                    for one in (self.ours, *self.others)
                ],
            ),
            (
                "Possible savings",
                ["change", "trade-off", "dollars saved"],
                [[one.change, one.loss, _dollars(one.dollars)] for one in self.levers],
            ),
        ]


def _number(quantity: Decimal) -> str:
    return f"{quantity:,.3f}".rstrip("0").rstrip(".")


def _dollars(amount: Decimal) -> str:
    return f"{amount.quantize(CENT, ROUND_HALF_UP):,f}"


def _percent(share: Decimal) -> str:
    return f"{share * 100:.1f}".removesuffix(".0") + "%"
