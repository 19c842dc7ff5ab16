"""The report as Markdown for docs/cost.md, and as JSON."""

import textwrap
from collections.abc import Iterable, Sequence

from ops.cost.cost_report import NOT_IN_IT, CostReport
from ops.cost.price_list import Prices
from ops.cost.usage import Month
from ops.stage_durations import StageDurations

NUMERIC = {"used", "price", "dollars", "share", "relative cost", "dollars saved"}


def markdown() -> str:
    """Return the generated part of docs/cost.md: the default month in us-east-1."""
    report = CostReport.of(Month(measured=StageDurations.default()), Prices.read("us-east-1"))
    sources = sorted({price.source for price in report.prices.items.values()})
    return "\n".join(
        [
            f"\n{_wrapped(report.assumptions)}\n",
            *(
                f"## {title}\n\n{_markdown_table(columns, rows)}"
                for title, columns, rows in report.tables()
            ),
            f"{_wrapped(report.dominating)}\n",
            f"{_wrapped(NOT_IN_IT)}\n",
            _wrapped(
                "Prices: `ops/cost/prices/us-east-1.toml`, from "
                + ", ".join(f"<{x}>" for x in sources)
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
        "polls": f"{report.month.polls:f}",
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
        "unpriced": report.unpriced,
        "savings": {lever.change: f"{lever.dollars:f}" for lever in report.levers},
    }


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, 100, break_long_words=False, break_on_hyphens=False)


def _markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---:" if column in NUMERIC else "---" for column in columns]
    lines = [f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows)]
    return "\n".join(lines) + "\n"
