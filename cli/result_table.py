"""The table of a simulation's result."""

from collections.abc import Mapping

from rich.table import Table

from ops.capacity.function_sim import StageConfig
from ops.capacity.scale import time
from ops.capacity.simulation import SimulationResult
from template.backlog import EVENT_AGE


def table(outcome: SimulationResult, stages: Mapping[str, StageConfig]) -> Table:
    """Build the table of a result."""
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
