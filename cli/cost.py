"""`pipeline cost`: estimate the cost of a month of transactions."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import click
from rich.table import Table

from cli.duration_options import with_durations
from cli.options import OUT, SHARE, DecimalRange, json_option, print_table
from ops.cost import formats
from ops.cost.cost_report import NOT_IN_IT, CostReport
from ops.cost.price_list import Prices, UnknownRegion
from ops.cost.usage import Month
from ops.stage_durations import StageDurations
from template.settings import InvalidSettings, Settings


@click.command("cost", epilog="Example: pipeline cost --transactions 1e6 --cold-start-rate 0.01")
@click.option(
    "--transactions",
    type=DecimalRange("1", "1e12"),
    default=Month.transactions,
    show_default=Month.transactions,
    help="Transactions per month.",
)
@click.option(
    "--polls",
    type=DecimalRange("0", "1e6"),
    default=Month.polls,
    show_default="0, as if clients subscribe to the topic",
    help="Reads of the outcome per transaction. Each is a request to the API.",
)
@click.option("--region", default="us-east-1", show_default=True, help="Region of the list prices.")
@click.option(
    "--cold-start-rate",
    "cold",
    type=SHARE,
    default=Month.cold,
    show_default=True,
    help="Share of executions that are cold starts, whose initialization is billed.",
)
@click.option(
    "--retain-data",
    "retains_data",
    is_flag=True,
    help="With all alarms, as in prod, where the parameter RetainData is true.",
)
@click.option(
    "--architecture",
    type=click.Choice(["arm64", "x86_64"]),
    default=Month.architecture,
    show_default=True,
    help="Architecture of the functions.",
)
@click.option(
    "--memory",
    type=int,
    default=Settings.memory,
    show_default=True,
    help="Memory of a function in MB.",
)
@click.option(
    "--sampling-rate",
    type=int,
    default=Settings.sampling_rate,
    show_default=True,
    help="Share of the API's requests that X-Ray records, in percent.",
)
@click.option(
    "--platform-lines/--no-platform-lines",
    default=Settings.platform_lines,
    show_default=True,
    help="Whether Lambda logs the start and the report of each execution.",
)
@with_durations
@json_option
def command(
    *,
    transactions: Decimal,
    polls: Decimal,
    region: str,
    cold: Decimal,
    retains_data: bool,
    architecture: str,
    measured: StageDurations,
    as_json: bool,
    **settings: Any,
) -> None:
    """Estimate the monthly cost by service, and compare it with alternative designs."""
    month = Month(
        transactions=transactions,
        polls=polls,
        cold=cold,
        retains_data=retains_data,
        architecture=architecture,
        settings=_settings(settings),
        measured=measured,
    )
    try:
        report = CostReport.of(month, Prices.read(region))
    except UnknownRegion as error:
        raise click.BadParameter(str(error), param_hint="--region") from error
    if as_json:
        click.echo(json.dumps(formats.as_json(report), indent=2))
    else:
        OUT.print(report.assumptions, markup=False)
        for table in _tables(report):
            print_table(table)
        OUT.print(report.dominating, NOT_IN_IT, sep="\n", markup=False)


def _settings(given: Mapping[str, Any]) -> Settings:
    try:
        return Settings(**given)
    except InvalidSettings as error:
        flag = "--" + str(error).partition(" ")[0].replace("_", "-")
        raise click.BadParameter(str(error), param_hint=flag) from error


def _tables(report: CostReport) -> Iterator[Table]:
    """Yield the tables for a terminal."""
    for title, columns, rows in report.tables():
        table = Table(title=title, title_justify="left")
        for column in columns:
            table.add_column(column, justify="right" if column in formats.NUMERIC else "left")
        for row in rows:
            table.add_row(*row)
        yield table
