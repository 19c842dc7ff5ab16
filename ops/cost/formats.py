"""The report as Markdown for docs/cost.md and as JSON."""

from collections.abc import Iterable, Sequence

from ops.cost.cost_report import NOT_IN_IT, CostReport

NUMERIC = {"used", "price", "dollars", "share", "against this", "dollars saved"}

TITLE = "# Cost\n\nWritten by `pipeline cost --write docs/cost.md`.\n"

BASIS = (
    "Durations: `benchmarks/results.json`, the least of the samples, measured at a full core "
    "(Lambda gives 0.29 of one at 512 MB: the functions' own few ms take longer there), and "
    "without AWS's network, and for it an assumed "
    "time of each call (`--call-latency`; of small objects AWS says ["
    '"tens of milliseconds"](https://docs.aws.amazon.com/whitepapers/latest/'
    "s3-optimizing-performance-best-practices/"
    "timeouts-and-retries-for-latency-sensitive-applications.html)). Give those of your own "
    "REPORT lines with `--stage-duration processor=42.5`. Initialization is billed "
    "[since August 2025]("
    "https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/). "
    "The prices of `ap-southeast-1`, where `samconfig.toml` deploys to, are not in `prices.toml` "
    "yet: not all of them could be read from AWS; `--region` refuses what it does not know.\n"
)


def markdown(report: CostReport) -> str:
    """Return the content of docs/cost.md."""
    sources = sorted({price.source for price in report.prices.items.values()})
    return "\n".join(
        [
            TITLE,
            f"{report.assumptions}\n",
            *(
                f"## {title}\n\n{_markdown_table(columns, rows)}"
                for title, columns, rows in report.tables()
            ),
            f"{report.dominating}\n",
            f"{NOT_IN_IT}\n",
            BASIS,
            "Prices: `ops/cost/prices.toml`, from " + ", ".join(f"<{x}>" for x in sources),
            "",
        ]
    )


def as_json(report: CostReport) -> dict[str, object]:
    """Return the report as JSON, with exact numbers as strings."""
    return {
        "region": report.prices.region,
        "checked": report.prices.checked.isoformat(),
        "transactions": f"{report.month.transactions:f}",
        "dollars": f"{report.ours.dollars:f}",
        "lines": [
            {
                "item": line.item,
                "service": line.price.service,
                "unit": line.price.unit,
                "quantity": f"{line.quantity:f}",
                "price": f"{line.price.dollars:f}",
                "dollars": f"{line.dollars:f}",
            }
            for line in report.ours.lines
        ],
        "alternatives": {one.design.name: f"{one.dollars:f}" for one in report.others},
        "savings": {lever.change: f"{lever.dollars:f}" for lever in report.levers},
    }


def _markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---:" if column in NUMERIC else "---" for column in columns]
    lines = [f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows)]
    return "\n".join(lines) + "\n"
