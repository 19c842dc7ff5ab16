"""The figures of a load: series over time, and percentiles."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ops.load.drive import Sent, kept_rate, refusals
from ops.load.timeline import Timeline, hops
from ops.reconciliation import RECORDED, Reconciliation

PERCENTILES = (50, 90, 95, 99, 100)

type Series = list[tuple[float, int]]


@dataclass(frozen=True)
class LoadResult:
    """A load that was driven, and what became of it."""

    endpoint: str
    rate: float
    stages: Sequence[str]
    timelines: list[Timeline]
    ledger: Reconciliation

    @property
    def sent(self) -> list[Sent]:
        """Everything that was submitted."""
        return [one.sent for one in self.timelines]

    @property
    def begun(self) -> float:
        """When the first one was due."""
        return min(one.due_at for one in self.sent)

    @property
    def accepted(self) -> Series:
        """Count what was accepted: by the gateway's clock where that is known."""
        return self._counted(
            one.accepted_at or one.sent.answered_at for one in self.timelines if one.sent.accepted
        )

    def logged(self, stage: str) -> Series:
        """Count what a stage logged."""
        return self._counted(one.logged_at.get(stage) for one in self.timelines)

    @property
    def notified(self) -> Series:
        """Count what the topic told."""
        return self._counted(one.notified_at for one in self.timelines)

    def _counted(self, times: Iterable[float | None]) -> Series:
        begun = self.begun  # it looks at all of them
        seen = sorted(time - begun for time in times if time is not None)
        return [(time, count) for count, time in enumerate(seen, 1)]


def backlog(accepted: Series, notified: Series) -> Series:
    """Tell how many were accepted but not told of yet, after each change."""
    changes = sorted([(time, 1) for time, _ in accepted] + [(time, -1) for time, _ in notified])
    height, heights = 0, []
    for time, change in changes:
        height += change
        heights.append((time, height))
    return heights


def percentile(values: list[float], percent: int) -> float:
    """Give the smallest of the values that so many per cent of them do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def latencies(load: LoadResult) -> dict[str, dict[str, float]]:
    """Give count and percentiles, in ms, of each hop that was seen."""
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
    """Put the figures in a form for JSON."""
    heights = backlog(load.accepted, load.notified)
    return {
        "endpoint": load.endpoint,
        "submitted": len(load.sent),
        "accepted": len(load.accepted),
        "recorded": load.ledger.counts()[RECORDED],
        "notified": len(load.notified),
        "clientErrors": dict(refusals(load.sent)),
        "rate": {
            "target": load.rate,
            "achieved": round(kept_rate(load.sent), 1),
            "late": sum(one.late for one in load.sent),
        },
        "backlogPeak": max((height for _, height in heights), default=0),
        "seconds": round(max((time for time, _ in load.notified), default=0.0), 1),
        "latencies": latencies(load),
        "requests": load.ledger.counts(),
        "discrepancies": load.ledger.discrepancies,
        "inconsistent": load.ledger.inconsistent,
        "reconciled": load.ledger.reconciled,
    }


def sentences(load: LoadResult) -> list[str]:
    """Say in a few sentences what came of the load."""
    found = summary(load)
    asked, kept, late = (found["rate"][name] for name in ("target", "achieved", "late"))
    said = [
        f"{found['submitted']} submitted, {kept} a second ({asked:g} asked for).",
        f"{found['accepted']} accepted, {found['recorded']} recorded, {found['notified']} told of.",
    ]
    if late:
        said.append(f"The rate could not be kept: {late} left late.")
    if found["clientErrors"]:
        counts = ", ".join(f"{status} ({count})" for status, count in found["clientErrors"].items())
        said.append(f"Not accepted: {counts}.")
    said.append(f"At most {found['backlogPeak']} waited to be told of at once.")
    if found["reconciled"]:
        said.append("The ledger balances.")
    else:
        wrong = [*found["discrepancies"].values(), *found["inconsistent"].values()]
        said.append(f"The ledger does not balance: {', '.join(sorted({*wrong}))}.")
    return said
