"""An estimate for people, on a terminal or in docs/cost.md, and for machines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from rich.table import Table

from ops.cost.estimate import Estimate, Lever, estimates, levers
from ops.cost.prices import Prices
from ops.cost.usage import RESERVOIR, SECONDS_OF_A_MONTH, Month

CENT = Decimal("0.01")

TITLE = "# Cost\n\nWritten by `python -m ops cost --write docs/cost.md`.\n"

NOT_IN_IT = (
    "Not in it: the free tier, volume discounts, data transfer, e-mail, calls to KMS for the "
    "encrypted topic, retries, duplicates and refusals, and tax. What is stored is counted for one "
    "month; it adds up with each month that it is kept."
)

BASIS = (
    "Durations: `benchmarks/results.json`, measured without AWS's network; give those of your own "
    "REPORT lines with `--execution processor=42.5`. Initialisation is billed [since August 2025]"
    "(https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/). "
    "The prices of `ap-southeast-1`, where `samconfig.toml` deploys to, are not in `prices.toml` "
    "yet: not all of them could be read from AWS; `--region` refuses what it does not know.\n"
)


@dataclass(frozen=True)
class Report:
    """What a month costs, beside the alternatives, and what could be saved."""

    month: Month
    prices: Prices
    ours: Estimate
    others: list[Estimate]
    levers: list[Lever]

    @classmethod
    def of(cls, month: Month, prices: Prices) -> "Report":
        """Make it."""
        return cls(month, prices, *estimates(month, prices), levers(month, prices))

    @property
    def assumptions(self) -> str:
        """What was asked, in a sentence."""
        month = self.month
        return (
            f"{month.transactions:,f} transactions a month in {self.prices.region}, "
            f"{month.settings.memory} MB on {month.architecture}, "
            f"{_percent(month.cold)} of the executions in a new environment; list prices of "
            f"{self.prices.checked}."
        )

    @property
    def dominating(self) -> str:
        """What most of the money goes to, in a sentence."""
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
            f"S3's PUT and API Gateway's request are {_percent(share)} of it, and "
            f"{_percent(of_the_call)} of what remains without traces, logs and alarms. "
            f"X-Ray's default rule records {RESERVOIR} trace a second and 5 % of the others: of "
            f"{self.month.transactions:,f} that come evenly, {self.month.traces:,.0f} "
            f"(a month has {SECONDS_OF_A_MONTH:,} seconds)."
        )

    def tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        """Each table: its title, its columns, its rows."""
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
                "The same work elsewhere",
                ["design", "difference", "dollars", "against this"],
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
                "Levers",
                ["change", "what it costs you", "dollars saved"],
                [[one.change, one.loss, _dollars(one.dollars)] for one in self.levers],
            ),
        ]

    def markdown(self) -> str:
        """Write docs/cost.md."""
        sources = sorted({price.source for price in self.prices.items.values()})
        return "\n".join(
            [
                TITLE,
                f"{self.assumptions}\n",
                *(
                    f"## {title}\n\n{_markdown(columns, rows)}"
                    for title, columns, rows in self.tables()
                ),
                f"{self.dominating}\n",
                f"{NOT_IN_IT}\n",
                BASIS,
                "Prices: `ops/cost/prices.toml`, from " + ", ".join(f"<{x}>" for x in sources),
                "",
            ]
        )

    def json(self) -> dict[str, object]:
        """Tell machines; numbers are strings, as exact as they are."""
        return {
            "region": self.prices.region,
            "checked": self.prices.checked.isoformat(),
            "transactions": f"{self.month.transactions:f}",
            "dollars": f"{self.ours.dollars:f}",
            "lines": [
                {
                    "item": line.item,
                    "service": line.price.service,
                    "unit": line.price.unit,
                    "quantity": f"{line.quantity:f}",
                    "price": f"{line.price.dollars:f}",
                    "dollars": f"{line.dollars:f}",
                }
                for line in self.ours.lines
            ],
            "alternatives": {one.design.name: f"{one.dollars:f}" for one in self.others},
            "levers": {lever.change: f"{lever.dollars:f}" for lever in self.levers},
        }


def rich_tables(report: Report) -> Iterable[Table]:
    """Draw the tables for a terminal; columns of numbers are the ones after the words."""
    for title, columns, rows in report.tables():
        table = Table(title=title, title_justify="left")
        for column in columns:
            table.add_column(column, justify="right" if column in NUMERIC else "left")
        for row in rows:
            table.add_row(*row)
        yield table


NUMERIC = {"used", "price", "dollars", "share", "against this", "dollars saved"}


def _markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---:" if column in NUMERIC else "---" for column in columns]
    lines = [f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows)]
    return "\n".join(lines) + "\n"


def _number(quantity: Decimal) -> str:
    return f"{quantity:,.3f}".rstrip("0").rstrip(".")


def _dollars(amount: Decimal) -> str:
    return f"{amount.quantize(CENT, ROUND_HALF_UP):,f}"


def _percent(share: Decimal) -> str:
    return f"{share * 100:.1f}".removesuffix(".0") + " %"
