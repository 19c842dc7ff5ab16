"""The usage plan: its token bucket and its daily quota, and the load that meets them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from template.backlog import DAY, UsagePlan

PACKETS = 5_000
"""The maximum number of simulated events; in larger loads, each is several transactions."""

ROUNDING = 1e-6  # requests; tolerates rounding errors in the number of tokens


@dataclass(frozen=True, kw_only=True)
class OfferedLoad:
    """A load of `rate` requests per second for `duration` seconds, after a burst."""

    rate: float
    duration: float
    burst: int = 0


class Gateway:
    """The gateway, which admits or throttles requests; the first day starts with the load."""

    def __init__(self, plan: UsagePlan, load: OfferedLoad) -> None:
        self.plan, self.load = plan, load
        self.accepted = self.throttled = self.over_quota = 0
        self.last_accepted = 0.0
        self._tokens = float(plan.burst_limit)
        self._left, self._day = plan.daily_quota, 0
        days = math.ceil(load.duration / DAY) or 1
        throttled = plan.burst_limit + plan.rate_limit * load.duration
        most = min(load.burst + load.rate * load.duration, throttled, plan.daily_quota * days)
        self.packet = max(1, math.ceil(most / PACKETS))

    def accepted_at(self) -> Iterator[tuple[float, int]]:
        """Yield the time and size of each batch of admitted requests."""
        yield from self._admit(0.0, 0.0, self.load.burst)
        if not self.load.rate:
            return
        step = self.packet / min(self.load.rate, self.plan.rate_limit)
        now = 0.0
        while now < self.load.duration:
            self._begin_day(now)
            # Once the quota is used up, the rest of the day takes one step.
            end = now + step if self._left else (self._day + 1.0) * DAY
            end = min(end, self.load.duration)
            yield from self._admit(now, end, self._requests(now, end))
            now = end

    def _begin_day(self, now: float) -> None:
        if now // DAY > self._day:
            self._day, self._left = int(now // DAY), self.plan.daily_quota

    def _requests(self, start: float, end: float) -> int:
        """Count the requests in the interval [start, end)."""
        rate = self.load.rate
        return math.ceil(rate * end - ROUNDING) - math.ceil(rate * start - ROUNDING)

    def _admit(self, start: float, end: float, requests: int) -> Iterator[tuple[float, int]]:
        """Take a token for each request, tokens refilled before `end` included."""
        tokens = self._tokens + (end - start) * self.plan.rate_limit
        passed = min(requests, int(tokens + ROUNDING))
        admitted = min(passed, self._left)
        self._tokens = min(tokens - passed, self.plan.burst_limit)
        self._left -= admitted
        self.last_accepted = start if admitted else self.last_accepted
        self.accepted += admitted
        self.throttled += requests - passed
        self.over_quota += passed - admitted
        while admitted > 0:
            yield start, min(admitted, self.packet)
            admitted -= self.packet
