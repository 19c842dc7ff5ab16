"""Durations in round numbers."""

from decimal import Decimal

from ops.stage_durations import Duration, StageDurations


def a_duration(warm: int, init: int) -> Duration:
    return Duration(Decimal(warm), Decimal(init))


def measured() -> StageDurations:
    """Return durations: ours total 60 ms warm and 540 ms init, Powertools' 90 ms and 900 ms."""
    return StageDurations(
        {
            "validator": a_duration(10, 90),
            "processor": a_duration(30, 270),
            "notifier": a_duration(20, 180),
        },
        {stage: a_duration(30, 300) for stage in ("validator", "processor", "notifier")},
    )
