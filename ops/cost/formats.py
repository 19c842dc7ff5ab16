"""The report as Markdown for docs/cost.md and as JSON."""

import textwrap
from collections.abc import Iterable, Sequence

from ops.cost.cost_report import NOT_IN_IT, CostReport

NUMERIC = {"used", "price", "dollars", "share", "relative cost", "dollars saved"}

TITLE = "# Cost\n\nWritten by `pipeline cost --write docs/cost.md`.\n"

BASIS = (
    "Durations are the lowest samples in `benchmarks/results.json`, measured on a full core "
    "without AWS's network. Lambda gives 0.29 of a core at 512 MB, so the handlers' few "
    "milliseconds take longer there. For each call to AWS the estimate adds an assumed latency "
    "(`--call-latency`). For small objects, AWS says "
    '["tens of milliseconds"](https://docs.aws.amazon.com/whitepapers/latest/'
    "s3-optimizing-performance-best-practices/"
    "timeouts-and-retries-for-latency-sensitive-applications.html). To use the durations of your "
    "own REPORT lines, pass `--stage-duration processor=42.5`. Initialization is billed "
    "[since August 2025]("
    "https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/). "
    "`prices.toml` does not list `ap-southeast-1`, the region of `samconfig.toml`, because not all "
    "of its prices could be read from AWS. `--region` accepts the listed regions only."
)


def markdown(report: CostReport) -> str:
    """Return the content of docs/cost.md."""
    sources = sorted({price.source for price in report.prices.items.values()})
    return "\n".join(
        [
            TITLE,
            f"{_wrapped(report.assumptions)}\n",
            *(
                f"## {title}\n\n{_markdown_table(columns, rows)}"
                for title, columns, rows in report.tables()
            ),
            f"{_wrapped(report.dominating)}\n",
            f"{_wrapped(NOT_IN_IT)}\n",
            f"{_wrapped(BASIS)}\n",
            _wrapped(
                "Prices: `ops/cost/prices.toml`, from " + ", ".join(f"<{x}>" for x in sources)
            ),
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


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, 100, break_long_words=False, break_on_hyphens=False)


def _markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---:" if column in NUMERIC else "---" for column in columns]
    lines = [f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows)]
    return "\n".join(lines) + "\n"
