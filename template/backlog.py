"""The drain of the queues: Lambda discards an event that it could not run within six hours.

Pure arithmetic, which errs on the safe side; `pipeline capacity` simulates the same in detail.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass, replace

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
EVENT_AGE = 6 * 3_600
RETRY_INTERVAL = 300
"""The longest time in s between two attempts at a throttled event: it may miss its turn by that."""

DAY = 86_400
QUOTAS = 2
"""A quota counts calendar days: one may be used up before midnight, the next one after it."""


class CannotDrain(ValueError):
    """Events would be discarded before the functions come to them."""


@dataclass(frozen=True, kw_only=True)
class Peak:
    """All that the quota lets in, as fast as the throttle lets it in, and what works it off."""

    daily_quota: int
    rate_limit: int
    burst_limit: int
    concurrency: int
    duration: float
    """Seconds of an execution of the slowest function, where all of the backlog waits."""

    @property
    def longest_wait(self) -> float:
        """How long an event waits at most, in seconds."""
        return max(
            (nth - 1) * self.duration / self.concurrency - self._arrival(nth)
            for nth in self._turning_points
        )

    @property
    def work_of_a_day(self) -> float:
        """How many seconds all executions need for what one day lets in, at most."""
        return self._events_of_a_day * self.duration / self.concurrency

    @property
    def drains(self) -> bool:
        """Whether no event grows too old, on any day."""
        return self.work_of_a_day <= DAY and self.longest_wait <= EVENT_AGE - RETRY_INTERVAL

    @property
    def largest_quota(self) -> int:
        """The largest daily quota, up to this one, that would drain."""
        return bisect_left(
            range(1, self.daily_quota + 1),
            True,  # noqa: FBT003 - bisect's own signature
            key=lambda quota: not replace(self, daily_quota=quota).drains,
        )

    @property
    def least_concurrency(self) -> int:
        """The least concurrency that would drain."""
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
        return min(self.daily_quota, self.burst_limit + self.rate_limit * DAY)

    @property
    def _turning_points(self) -> tuple[int, int]:
        """Who waits longest: the last event of the burst, or the last of all."""
        events = QUOTAS * self.daily_quota
        return min(self.burst_limit, events), events

    def _arrival(self, nth: int) -> float:
        return max(0, nth - self.burst_limit) / self.rate_limit


def check(peak: Peak, *, most_concurrency: int) -> None:
    """Raise CannotDrain, with what would fit, unless every event runs in time."""
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
            f"a day of {peak.daily_quota:,} requests would take "
            f"{peak.work_of_a_day / 3_600:,.1f} hours to work off, so that events wait longer "
            "from day to day"
        )
    return (
        f"events would wait up to {peak.longest_wait / 3_600:,.1f} hours, but Lambda discards them "
        f"after {EVENT_AGE // 3_600} and tries one only every {RETRY_INTERVAL // 60} minutes: "
        f"two quotas of {peak.daily_quota:,} requests, used up before and after midnight"
    )
