"""The outcome of a load, for people."""

from collections.abc import Mapping

from rich.table import Table

from ops.capacity.function_sim import StageConfig
from ops.capacity.scale import time
from ops.capacity.simulation import SimulationResult
from template.backlog import EVENT_AGE


def slowest(stages: Mapping[str, StageConfig]) -> tuple[str, float]:
    """Name the function that lets the fewest through, and how many a second."""
    rates = {name: one.concurrency / one.duration for name, one in stages.items()}
    name = min(rates, key=rates.__getitem__)
    return name, rates[name]


def table(outcome: SimulationResult, stages: Mapping[str, StageConfig]) -> Table:
    """Draw the outcome."""
    name, rate = slowest(stages)
    drawn = Table(show_header=False)
    drawn.add_column()
    drawn.add_column(justify="right")
    for row in (
        ("requests", f"{outcome.offered:,}"),
        ("accepted (202)", f"{outcome.accepted:,}"),
        ("refused by the throttle (429)", f"{outcome.throttled:,}"),
        ("refused by the daily quota (429)", f"{outcome.over_quota:,}"),
        ("notifications", f"{outcome.notified:,}"),
        ("events dead-lettered, of all functions", f"{outcome.dead_lettered:,}"),
        (
            f"events expired after {EVENT_AGE // 3_600} hours, of all functions",
            f"{outcome.expired:,}",
        ),
        ("events that waited at once, at most", f"{outcome.backlog_peak:,}"),
        ("oldest event when its turn came", time(outcome.oldest_event)),
        ("drained after the last acceptance", time(outcome.drain)),
        (f"the {name} keeps up with, a second", f"{rate:,.0f}"),
    ):
        drawn.add_row(*row)
    return drawn
