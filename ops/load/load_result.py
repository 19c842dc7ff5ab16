"""The results of a load: time series and latency percentiles."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ops.load.sent import Sent, achieved_rate, rejections
from ops.load.timeline import Timeline, hops
from ops.reconciliation import RECORDED, Reconciliation

PERCENTILES = (50, 90, 95, 99, 100)

type Series = list[tuple[float, int]]


@dataclass(frozen=True)
class LoadResult:
    """The results of a load."""

    endpoint: str
    rate: float
    stages: Sequence[str]
    timelines: list[Timeline]
    reconciliation: Reconciliation

    @property
    def sent(self) -> list[Sent]:
        """All submitted transactions."""
        return [one.sent for one in self.timelines]

    @property
    def start(self) -> float:
        """Time at which the first transaction was due."""
        return min(one.due_at for one in self.sent)

    @property
    def accepted(self) -> Series:
        """Accepted transactions over time, by the gateway's clock if known."""
        return self._counted(
            one.accepted_at or one.sent.response.responded_at
            for one in self.timelines
            if one.sent.accepted
        )

    def logged(self, stage: str) -> Series:
        """Return the outcomes that a stage logged over time."""
        return self._counted(one.logged_at.get(stage) for one in self.timelines)

    @property
    def notified(self) -> Series:
        """Notifications over time."""
        return self._counted(one.notified_at for one in self.timelines)

    def _counted(self, times: Iterable[float | None]) -> Series:
        start = self.start  # computed from all timelines
        seen = sorted(time - start for time in times if time is not None)
        return [(time, count) for count, time in enumerate(seen, 1)]


def backlog(accepted: Series, notified: Series) -> Series:
    """Return the number of accepted but unnotified transactions after each change."""
    changes = sorted([(time, 1) for time, _ in accepted] + [(time, -1) for time, _ in notified])
    height, heights = 0, []
    for time, change in changes:
        height += change
        heights.append((time, height))
    return heights


def percentile(values: list[float], percent: int) -> float:
    """Return the nearest-rank percentile."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def latencies(load: LoadResult) -> dict[str, dict[str, float]]:
    """Return the count and the percentiles in ms of each hop that was observed."""
    found: dict[str, dict[str, float]] = {}
    for hop in hops(load.stages):
        if seconds := hop.seconds(load.timelines):
            found[hop.name] = {
                "count": len(seconds),
                **{
                    "max" if percent == 100 else f"p{percent}": round(
                        percentile(seconds, percent) * 1_000, 1
                    )
                    for percent in PERCENTILES
                },
            }
    return found


def summary(load: LoadResult) -> dict[str, Any]:
    """Return the results as JSON."""
    heights = backlog(load.accepted, load.notified)
    return {
        "endpoint": load.endpoint,
        "submitted": len(load.sent),
        "accepted": len(load.accepted),
        "recorded": load.reconciliation.counts()[RECORDED],
        "notified": len(load.notified),
        "clientErrors": dict(rejections(load.sent)),
        "rate": {
            "target": load.rate,
            "achieved": round(achieved_rate(load.sent), 1),
            "late": sum(one.late for one in load.sent),
        },
        "backlogPeak": max((height for _, height in heights), default=0),
        "seconds": round(max((time for time, _ in load.notified), default=0.0), 1),
        "latencies": latencies(load),
        "requests": load.reconciliation.counts(),
        "discrepancies": load.reconciliation.discrepancies,
        "inconsistent": load.reconciliation.inconsistent,
        "reconciled": load.reconciliation.reconciled,
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
    else:
        discrepancies = [*found["discrepancies"].values(), *found["inconsistent"].values()]
        lines.append(f"Discrepancies: {', '.join(sorted({*discrepancies}))}.")
    return lines
