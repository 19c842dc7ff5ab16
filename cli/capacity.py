"""`pipeline capacity`: simulate a load."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal

import click
from rich.table import Table

from cli.duration_options import with_durations
from cli.options import SHARE, DecimalRange, json_option, print_table
from ops.capacity.function_sim import StageConfig
from ops.capacity.gateway import OfferedLoad
from ops.capacity.scale import time
from ops.capacity.simulation import SimulationResult, simulate, stages_of
from ops.stage_durations import StageDurations
from template.backlog import EVENT_AGE, UsagePlan
from template.settings import Settings

DEFAULTS = Settings()
RATE = DecimalRange("0", "1e6")
POSITIVE = click.IntRange(min=1)


@click.command(
    "capacity",
    epilog="Example: pipeline capacity --rate 300 --duration 600 --stage-duration processor=80",
)
@click.option("--rate", type=RATE, default="0", help="Requests per second, evenly spaced.")
@click.option(
    "--duration",
    type=DecimalRange("0", "2592000"),
    default="0",
    help="Duration of the load in seconds.",
)
@click.option(
    "--burst",
    type=click.IntRange(0, 1_000_000),
    default=0,
    help="Requests sent at once, before the steady load.",
)
@click.option(
    "--rate-limit",
    type=DecimalRange("0.001", "1e6"),
    default=DEFAULTS.rate_limit,
    show_default=True,
    help="Requests per second that the usage plan admits.",
)
@click.option(
    "--burst-limit",
    type=POSITIVE,
    default=DEFAULTS.burst_limit,
    show_default=True,
    help="Requests that the usage plan admits at once.",
)
@click.option(
    "--daily-quota",
    type=POSITIVE,
    default=DEFAULTS.daily_quota,
    show_default=True,
    help="Requests that the usage plan admits per day. The first day starts with the load.",
)
@click.option(
    "--concurrency",
    type=POSITIVE,
    show_default="as in the settings",
    help="Reserved concurrency of each function.",
)
@click.option(
    "--retries",
    type=click.IntRange(min=0, max=2),
    show_default="as configured for each stage",
    help="Retry attempts of a failed execution, after one and two minutes.",
)
@click.option(
    "--failure-rate",
    type=SHARE,
    default="0",
    show_default=True,
    help="Share of executions that fail in every stage but the first.",
)
@with_durations
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="Seed for choosing the executions that fail.",
)
@json_option
def command(
    *,
    rate: Decimal,
    duration: Decimal,
    burst: int,
    rate_limit: Decimal,
    burst_limit: int,
    daily_quota: int,
    concurrency: int | None,
    retries: int | None,
    failure_rate: Decimal,
    measured: StageDurations,
    seed: int,
    as_json: bool,
) -> None:
    """Simulate a load on the pipeline.

    Exits with 1 if an event would expire. The simulation covers throttling, the daily quota,
    queues, concurrency, cold starts and retries. Defaults come from the settings and the measured
    durations. Queues are first in, first out and add no delay between two executions.
    """
    if not burst and not rate * duration:
        raise click.UsageError("the load is empty: pass --rate and --duration, or --burst, or both")
    stages = stages_of(
        measured, concurrency=concurrency, retries=retries, failure_rate=float(failure_rate)
    )
    plan = UsagePlan(rate_limit=float(rate_limit), burst_limit=burst_limit, daily_quota=daily_quota)
    load = OfferedLoad(rate=float(rate), duration=float(duration), burst=burst)
    outcome = simulate(load, plan, stages, seed=seed)
    if as_json:
        click.echo(json.dumps(asdict(outcome), indent=2))
    else:
        print_table(_table(outcome, stages))
    if outcome.expired:
        sys.exit(1)


def _table(outcome: SimulationResult, stages: Mapping[str, StageConfig]) -> Table:
    rates = {name: one.concurrency / one.duration for name, one in stages.items()}
    slowest = min(rates, key=rates.__getitem__)
    drawn = Table(show_header=False)
    drawn.add_column()
    drawn.add_column(justify="right")
    for row in (
        ("requests", f"{outcome.offered:,}"),
        ("accepted (202)", f"{outcome.accepted:,}"),
        ("throttled (429)", f"{outcome.throttled:,}"),
        ("over the daily quota (429)", f"{outcome.over_quota:,}"),
        ("notifications", f"{outcome.notified:,}"),
        ("dead-lettered events, all functions", f"{outcome.dead_lettered:,}"),
        (
            f"expired events (after {EVENT_AGE // 3_600} hours), all functions",
            f"{outcome.expired:,}",
        ),
        ("peak backlog", f"{outcome.backlog_peak:,}"),
        ("age of the oldest event", time(outcome.oldest_event)),
        ("drain time after the last acceptance", time(outcome.drain)),
        (f"{slowest} throughput, per second", f"{rates[slowest]:,.0f}"),
    ):
        drawn.add_row(*row)
    return drawn
