"""The tables of docs/scale.md: the simulated defaults, and the settings that each rate needs."""

import math
from collections.abc import Mapping

from cfn_lint_async_pipelines.concurrency import UNRESERVED_MINIMUM
from ops.capacity.function_sim import StageConfig as Stage
from ops.capacity.gateway import OfferedLoad
from ops.capacity.simulation import simulate, stages_of
from ops.stage_durations import StageDurations
from template.backlog import DAY, Peak, UsagePlan
from template.settings import Settings

RATES = (10, 1_000, 100_000)


def tables() -> str:
    """Return both tables, for the default settings and the measured durations."""
    settings = Settings()
    stages = stages_of(StageDurations.default(), retries=0)
    return (
        "\nA simulated day at each rate with the default settings:\n\n"
        "| offered | accepted | throttled | over quota | peak backlog | oldest event | drain time "
        "|\n|---:|---:|---:|---:|---:|---:|---:|\n"
        + "".join(_simulated(rate, stages, settings) for rate in RATES)
        + "\nThe minimum settings for each rate, sustained all day:\n\n"
        "| rate | `rate_limit`, `stage_rate_limit` | `daily_quota` | `reserved_concurrency` at "
        f"{settings.typical_duration} ms (`typical_duration`) | account concurrency with it "
        f"| `reserved_concurrency` at {_slowest_ms(stages):.0f} ms (measured, with AWS calls) |\n"
        "|---:|---:|---:|---:|---:|---:|\n"
        + "".join(_required(rate, stages, settings) for rate in RATES)
    )


def _simulated(rate: int, stages: Mapping[str, Stage], settings: Settings) -> str:
    plan = UsagePlan(
        rate_limit=settings.rate_limit,
        burst_limit=settings.burst_limit,
        daily_quota=settings.daily_quota,
    )
    outcome = simulate(OfferedLoad(rate=rate, duration=DAY), plan, stages)
    return _row(
        f"{rate:,}/s",
        f"{outcome.accepted:,}",
        f"{outcome.throttled:,}",
        f"{outcome.over_quota:,}",
        f"{outcome.backlog_peak:,}",
        time(outcome.oldest_event),
        time(outcome.drain),
    )


def _required(rate: int, stages: Mapping[str, Stage], settings: Settings) -> str:
    peak = Peak(
        plan=UsagePlan(rate_limit=rate, burst_limit=2 * rate, daily_quota=rate * DAY),
        concurrency=1,
        duration=settings.typical_duration / 1_000,
    )
    reserved = peak.least_concurrency
    return _row(
        f"{rate:,}/s",
        f"{rate:,}",
        f"{rate * DAY:,}",
        f"{reserved:,}",
        f"{len(stages) * reserved + UNRESERVED_MINIMUM:,}",
        f"{math.ceil(rate * _slowest_ms(stages) / 1_000):,}",
    )


def _slowest_ms(stages: Mapping[str, Stage]) -> float:
    return max(stage.duration for stage in stages.values()) * 1_000


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def time(seconds: float) -> str:
    """Return a duration in a readable unit."""
    if seconds < 120:
        return f"{seconds:,.1f} s"
    if seconds < 7_200:
        return f"{seconds / 60:,.1f} min"
    return f"{seconds / 3_600:,.1f} h"
