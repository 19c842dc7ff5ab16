"""The check that backlogs drain before Lambda discards events, after six hours.

The closed form of the model that ops/capacity simulates; it errs on the safe side.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass, replace

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
EVENT_AGE = 6 * 3_600
RETRY_INTERVAL = 300
"""The maximum seconds between two attempts at a throttled event."""

DAY = 86_400
QUOTAS = 2
"""A quota counts per calendar day, so two can be used up around midnight."""


class CannotDrain(ValueError):
    """Lambda would discard events before functions run them."""


@dataclass(frozen=True, kw_only=True)
class UsagePlan:
    """The limits of a key, or of all keys: requests per second, at once, and per day."""

    rate_limit: float
    burst_limit: int
    daily_quota: int


@dataclass(frozen=True, kw_only=True)
class Peak:
    """The maximum load that the API admits, and the capacity that drains it."""

    plan: UsagePlan
    keys: int = 1
    """API keys that share the limits."""

    concurrency: int
    duration: float
    """Seconds per execution of the slowest function."""

    @property
    def longest_wait(self) -> float:
        """Maximum seconds that an event is queued."""
        return max(
            (nth - 1) * self.duration / self.concurrency - self._arrival(nth)
            for nth in self._turning_points
        )

    @property
    def work_of_a_day(self) -> float:
        """Maximum seconds of work that one day's events need at this concurrency."""
        return self._events_of_a_day * self.duration / self.concurrency

    @property
    def drains(self) -> bool:
        """True if no event expires on any day."""
        return self.work_of_a_day <= DAY and self.longest_wait <= EVENT_AGE - RETRY_INTERVAL

    @property
    def largest_quota(self) -> int:
        """The largest daily quota of each key, up to this one, that would drain."""
        largest = bisect_left(
            range(1, self.plan.daily_quota + 1),
            x=True,
            key=lambda quota: not replace(self, plan=replace(self.plan, daily_quota=quota)).drains,
        )
        return largest // self.keys

    @property
    def least_concurrency(self) -> int:
        """The minimum concurrency that would drain."""
        return max(
            math.ceil(self._events_of_a_day * self.duration / DAY),
            *(
                math.ceil(
                    (nth - 1) * self.duration / (EVENT_AGE - RETRY_INTERVAL + self._arrival(nth))
                )
                for nth in self._turning_points
            ),
        )

    @property
    def _events_of_a_day(self) -> int:
        return min(self.plan.daily_quota, int(self.plan.burst_limit + self.plan.rate_limit * DAY))

    @property
    def _turning_points(self) -> tuple[int, int]:
        """The last event of the burst and the last event of all; one of them waits longest."""
        events = QUOTAS * self.plan.daily_quota
        return min(self.plan.burst_limit, events), events

    def _arrival(self, nth: int) -> float:
        return max(0, nth - self.plan.burst_limit) / self.plan.rate_limit


def check(peak: Peak, *, most_concurrency: int) -> None:
    """Raise CannotDrain, with values that would fit, unless every event runs in time."""
    if peak.drains:
        return
    fitting = [f"a daily_quota of {peak.largest_quota:,} would fit"]
    if peak.least_concurrency <= most_concurrency:
        fitting.append(f"or a reserved_concurrency of {peak.least_concurrency:,}")
    raise CannotDrain(
        f"{_reason(peak)}: {peak.concurrency:,} executions at a time of "
        f"{peak.duration * 1_000:,.0f} ms each (typical_duration); "
        f"{', '.join([*fitting, 'or faster functions'])}"
    )


def _reason(peak: Peak) -> str:
    if peak.work_of_a_day > DAY:
        return (
            f"a day of {peak.plan.daily_quota:,} requests would take "
            f"{peak.work_of_a_day / 3_600:,.1f} hours of work, so the backlog would grow "
            "every day"
        )
    return (
        f"events would wait up to {peak.longest_wait / 3_600:,.1f} hours, but Lambda discards them "
        f"after {EVENT_AGE // 3_600} hours and retries only every {RETRY_INTERVAL // 60} minutes, "
        f"if two quotas of {peak.plan.daily_quota:,} requests are used up around midnight"
    )
