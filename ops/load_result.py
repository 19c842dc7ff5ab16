"""The results of a load: the times of each transaction, time series and latency percentiles."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

from ops.foreign import problems
from ops.reconciliation import RECORDED, Accepted, Reconciliation
from ops.submission import ApiResponse
from ops.transaction import Content

LATE_SECONDS = 0.1
PERCENTILES = {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "max": 100}

type Series = list[tuple[float, int]]


@dataclass(frozen=True)
class Timeline:
    """A transaction of a load, when it was due, the API's response, and the observed times.

    All times are in seconds since the epoch. `times` is by AWS's clocks: API Gateway's at
    "accepted", CloudWatch's for each stage's log line, and the SQS queue's at "notified".
    """

    body: dict[str, Any]
    due_at: float
    response: ApiResponse
    times: Mapping[str, float] = field(default_factory=dict)

    @property
    def late(self) -> bool:
        """True if the request left late because all threads were busy."""
        return self.response.sent_at - self.due_at > LATE_SECONDS

    @property
    def accepted_request(self) -> Accepted:
        """The request to reconcile."""
        fields = {**self.body, "amount": Decimal(repr(self.body["amount"]))}
        return Accepted(self.response.request_id, Content.of(fields))


@dataclass(frozen=True)
class LoadResult:
    """The results of a load, with at least one timeline."""

    endpoint: str
    rate: float
    stages: Sequence[str]
    timelines: list[Timeline]
    reconciliation: Reconciliation

    @property
    def accepted(self) -> Series:
        """Accepted transactions over time, by the gateway's clock if known."""
        return self._counted(
            one.times.get("accepted", one.response.responded_at)
            for one in self.timelines
            if one.response.accepted
        )

    def observed(self, point: str) -> Series:
        """Return the transactions over time at a stage, or at "notified"."""
        return self._counted(one.times[point] for one in self.timelines if point in one.times)

    def _counted(self, times: Iterable[float]) -> Series:
        start = min(one.due_at for one in self.timelines)
        return [(time - start, count) for count, time in enumerate(sorted(times), 1)]

    @property
    def achieved_rate(self) -> float:
        """Actual rate in transactions per second."""
        times = [one.response.sent_at for one in self.timelines]
        seconds = max(times) - min(times)
        return (len(times) - 1) / seconds if seconds else 0.0

    def hops(self) -> dict[str, list[float]]:
        """Return the seconds of each hop, for the transactions with both of its times."""
        points = ["accepted", *self.stages[:-1], "notified"]
        seconds = {
            "POST to response": [
                one.response.responded_at - one.response.sent_at
                for one in self.timelines
                if one.response.accepted
            ]
        }
        for begin, end in [*pairwise(points), (points[0], points[-1])]:
            seconds[f"{begin} to {end}"] = [
                one.times[end] - one.times[begin]
                for one in self.timelines
                if {begin, end} <= one.times.keys()
            ]
        return seconds


def backlog(load: LoadResult) -> Series:
    """Return the number of accepted but unnotified transactions after each change."""
    changes = [(time, 1) for time, _ in load.accepted]
    changes += [(time, -1) for time, _ in load.observed("notified")]
    height, heights = 0, []
    for time, change in sorted(changes):
        height += change
        heights.append((time, height))
    return heights


def percentile(values: list[float], percent: int) -> float:
    """Return the nearest-rank percentile."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def latencies(load: LoadResult) -> dict[str, dict[str, float]]:
    """Return the count and the percentiles in ms of each hop that was observed."""
    return {
        hop: {"count": len(seconds)}
        | {
            name: round(percentile(seconds, percent) * 1_000, 1)
            for name, percent in PERCENTILES.items()
        }
        for hop, seconds in load.hops().items()
        if seconds
    }


def summary(load: LoadResult) -> dict[str, Any]:
    """Return the results as JSON."""
    notified = load.observed("notified")
    not_accepted = [one.response.status for one in load.timelines if not one.response.accepted]
    reconciliation = load.reconciliation
    return {
        "endpoint": load.endpoint,
        "submitted": len(load.timelines),
        "accepted": len(load.accepted),
        "recorded": reconciliation.counts()[RECORDED],
        "notified": len(notified),
        "clientErrors": dict(Counter(sorted(not_accepted))),
        "rate": {
            "target": load.rate,
            "achieved": round(load.achieved_rate, 1),
            "late": sum(one.late for one in load.timelines),
        },
        "backlogPeak": max((height for _, height in backlog(load)), default=0),
        "seconds": round(max((time for time, _ in notified), default=0.0), 1),
        "latencies": latencies(load),
        "requests": reconciliation.counts(),
        "discrepancies": reconciliation.discrepancies,
        "inconsistent": reconciliation.inconsistent,
        "foreign": problems(reconciliation.foreign),
        "reconciled": reconciliation.reconciled,
    }


def sentences(load: LoadResult) -> list[str]:
    """Return the results as sentences."""
    found = summary(load)
    target, achieved, late = (found["rate"][name] for name in ("target", "achieved", "late"))
    lines = [
        f"{found['submitted']} submitted at {achieved} per second (target: {target:g}).",
        "{accepted} accepted, {recorded} recorded, {notified} notified.".format(**found),
    ]
    if late:
        lines.append(f"The target rate was not achieved: {late} left late.")
    if found["clientErrors"]:
        counts = ", ".join(f"{status} ({count})" for status, count in found["clientErrors"].items())
        lines.append(f"Not accepted: {counts}.")
    lines.append(f"Peak backlog: {found['backlogPeak']}.")
    if found["reconciled"]:
        lines.append("Every accepted request is reconciled.")
    elif discrepancies := {*found["discrepancies"].values(), *found["inconsistent"].values()}:
        lines.append(f"Discrepancies: {', '.join(sorted(discrepancies))}.")
    return lines + [f"Foreign: {name}: {problem}." for name, problem in found["foreign"].items()]
